//! What is kept: objects in S3, images in ECR, volumes of EBS.
//!
//! Rules (their pricing pages; S3 2025-10, the others 2024-07): every GB by the month; S3 also each request, and each GB read
//! back from infrequent access; EBS also the operations a second beyond those included (3,000 with gp3, none with io1 and io2)
//! and the throughput beyond 125 MB/s of gp3.
//!
//! Worked number: a gp3 volume of 100 GB with 4,000 operations a second is 100 GB-months and 1,000 IOPS-months.

use super::reader::Reader;
use super::{Attached, Follows, Neighbor};
use crate::settings::{Key, SettingError};
use crate::units::{DataSize, Decimal, Unit};
use crate::usage::Meter;

pub(super) const S3: Neighbor = Neighbor {
    name: "s3",
    about: "S3: storage and requests",
    keys: &[
        Key {
            name: "class",
            value: "NAME",
            help: "standard, standard-infrequent-access, one-zone-infrequent-access, express-one-zone, glacier-instant-retrieval or glacier-flexible-retrieval [default: standard]",
        },
        Key { name: "storage", value: "SIZE", help: "Data kept all month [default: none]" },
        Key { name: "puts_per_request", value: "N", help: "PUT, COPY, POST or LIST for each request [default: 0]" },
        Key { name: "gets_per_request", value: "N", help: "GET and others for each request [default: 0]" },
        Key { name: "retrieved", value: "SIZE", help: "Data read back from infrequent access [default: none]" },
    ],
    follows: Follows::Requests,
    read: read_s3,
};

pub(super) const ECR: Neighbor = Neighbor {
    name: "ecr",
    about: "ECR: storage of container images",
    keys: &[Key { name: "storage", value: "SIZE", help: "Images kept all month" }],
    follows: Follows::Requests,
    read: read_ecr,
};

pub(super) const EBS: Neighbor = Neighbor {
    name: "ebs",
    about: "EBS volumes: size, operations and throughput",
    keys: &[
        Key { name: "kind", value: "NAME", help: "gp3, gp2, io1, io2, st1 or sc1 [default: gp3]" },
        Key { name: "size", value: "SIZE", help: "Size of a volume" },
        Key { name: "volumes", value: "N", help: "Volumes kept all month [default: 1]" },
        Key { name: "iops", value: "N", help: "Operations a second of a volume; gp3, io1 and io2" },
        Key { name: "throughput_mbps", value: "N", help: "Throughput of a gp3 volume in MB/s" },
    ],
    follows: Follows::Requests,
    read: read_ebs,
};

static IMAGES: Meter = Meter::fixed("ecr.storage", "container images stored", Unit::GbMonth);

fn read_s3(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let classes = [
        ("standard", "standard"),
        ("standard-infrequent-access", "standard_infrequent_access"),
        ("one-zone-infrequent-access", "one_zone_infrequent_access"),
        ("express-one-zone", "express_one_zone"),
        ("glacier-instant-retrieval", "glacier_instant_retrieval"),
        ("glacier-flexible-retrieval", "glacier_flexible_retrieval"),
    ];
    let class = reader.choice("class", &classes, "rarely read data costs less in other classes")?;
    let storage = reader.size_or_none("storage", "what is kept is charged by the month")?;
    let puts = reader.count_or("puts_per_request", 0, "objects that are written are charged")?;
    let gets = reader.count_or("gets_per_request", 0, "objects that are read are charged")?;
    let retrieved = reader.size("retrieved")?.unwrap_or(DataSize::ZERO);
    let meter = |what: &str, item: &str, unit| Meter::named(format!("s3.{class}.{what}"), format!("S3 {item}"), unit);
    let stored = meter("storage", "storage", Unit::GbMonth);
    let put = meter("put_requests", "PUT requests", Unit::Request);
    let get = meter("get_requests", "GET requests", Unit::Request);
    let read_back = meter("retrieved", "data read back", Unit::Gb);
    Ok(reader.finish(move |traffic, steps| {
        let requests = (traffic.requests(), "requests");
        steps.add(&stored, "storage", &[(storage.gigabytes(), "GB-months")]);
        steps.add(&put, "objects written", &[requests, (puts, "PUT each")]);
        steps.add(&get, "objects read", &[requests, (gets, "GET each")]);
        steps.add(&read_back, "data read back", &[(retrieved.gigabytes(), "GB")]);
    }))
}

fn read_ecr(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let storage: DataSize = reader.section().required("storage", "for example storage = \"2GB\"")?;
    Ok(reader.finish(move |_, steps| steps.add(&IMAGES, "images", &[(storage.gigabytes(), "GB-months")])))
}

/// A kind of volume, and what of its performance is included in the size.
#[derive(Debug, Clone, Copy)]
struct VolumeKind {
    name: &'static str,
    /// Included operations a second, where more can be bought.
    iops: Option<u32>,
    /// Included MB a second, where more can be bought.
    throughput: Option<u32>,
}

const fn volume_kind(name: &'static str, iops: Option<u32>, throughput: Option<u32>) -> VolumeKind {
    VolumeKind { name, iops, throughput }
}

const VOLUME_KINDS: &[(&str, VolumeKind)] = &[
    ("gp3", volume_kind("gp3", Some(3_000), Some(125))),
    ("gp2", volume_kind("gp2", None, None)),
    ("io1", volume_kind("io1", Some(0), None)),
    ("io2", volume_kind("io2", Some(0), None)),
    ("st1", volume_kind("st1", None, None)),
    ("sc1", volume_kind("sc1", None, None)),
];

fn read_ebs(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let kind = reader.choice("kind", VOLUME_KINDS, "other kinds have other prices")?;
    let size: DataSize = reader.section().required("size", "for example size = \"30GB\"")?;
    let volumes = reader.count_or("volumes", 1, "each is charged by its size")?;
    let iops = beyond_included(&mut reader, "iops", kind.iops, "`kind` gp3, io1 or io2")?;
    let throughput = beyond_included(&mut reader, "throughput_mbps", kind.throughput, "`kind` gp3")?;
    let meter = |what: &str, unit| Meter::named(format!("ebs.{}.{what}", kind.name), format!("{} {what}", kind.name), unit);
    let (stored, operations, speed) =
        (meter("storage", Unit::GbMonth), meter("iops", Unit::IopsMonth), meter("throughput", Unit::MbpsMonth));
    Ok(reader.finish(move |_, steps| {
        let volumes = (volumes, "volumes");
        steps.add(&stored, "volumes", &[volumes, (size.gigabytes(), "GB-months")]);
        steps.add(&operations, "operations beyond those included", &[volumes, (iops, "IOPS")]);
        steps.add(&speed, "throughput beyond what is included", &[volumes, (throughput, "MB/s")]);
    }))
}

/// What is charged of a performance: the part beyond what the size includes.
fn beyond_included(
    reader: &mut Reader<'_>,
    key: &'static str,
    included: Option<u32>,
    needed: &str,
) -> Result<Decimal, SettingError> {
    let Some(included) = included else {
        return reader.refuse_without(needed, &[key]).map(|()| Decimal::ZERO);
    };
    let stated = reader.count(key)?.unwrap_or(Decimal::ZERO);
    Ok((stated - Decimal::from(included)).max(Decimal::ZERO))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MILLION, error, usage};

    #[test]
    fn objects_are_kept_written_and_read() {
        let keys = [("storage", "100GB"), ("puts_per_request", "1"), ("gets_per_request", "0.5")];
        let expected = ["s3.standard.get_requests 500000", "s3.standard.put_requests 1000000", "s3.standard.storage 100"];
        assert_eq!(usage("s3", &keys, MILLION), expected);
        let rarely = [("class", "standard-infrequent-access"), ("storage", "1GB"), ("retrieved", "2GB")];
        let expected = ["s3.standard_infrequent_access.retrieved 2", "s3.standard_infrequent_access.storage 1"];
        assert_eq!(usage("s3", &rarely, MILLION), expected);
    }

    #[test]
    fn performance_is_charged_beyond_what_a_volume_includes() {
        let keys = [("size", "40GB"), ("iops", "4000"), ("throughput_mbps", "130"), ("volumes", "2")];
        assert_eq!(usage("ebs", &keys, MILLION), ["ebs.gp3.iops 2000", "ebs.gp3.storage 80", "ebs.gp3.throughput 10"]);
        let keys = [("kind", "io1"), ("size", "30GB"), ("iops", "300")];
        assert_eq!(usage("ebs", &keys, MILLION), ["ebs.io1.iops 300", "ebs.io1.storage 30"]);
        assert!(error("ebs", &[("kind", "gp2"), ("size", "1GB"), ("iops", "9")], MILLION).contains("`iops` needs `kind`"));
    }

    #[test]
    fn images_are_kept() {
        assert_eq!(usage("ecr", &[("storage", "1GB")], MILLION), ["ecr.storage 1"]);
        assert!(error("ecr", &[], MILLION).contains("needs `storage`"));
    }
}
