//! CloudWatch: logs, custom metrics, alarms.
//!
//! Rules (CloudWatch pricing page, 2025-09):
//! - logs are charged for each GB that is taken in. Logs of Lambda functions are vended logs, in tiers (since 2025-05-01); what
//!   containers and machines send is custom, at one price. Infrequent access costs half. Lambda can deliver to S3 or Firehose
//!   instead, which then store;
//! - what is kept is charged for each GB and month as compressed: 0.15 of its size (the estimate of the AWS Pricing
//!   Calculator, 2021-09);
//! - a query of Logs Insights is charged for each GB that it scans;
//! - a custom metric and an alarm are charged for the month; an alarm for each metric it watches.
//!
//! Worked number: 1,000 GB a month kept for 73 days are 1,000 × 73 × 24 / 730 × 0.15 = 360 GB-months.
//!
//! The first tier of vended logs ends at 10,240 GB: 61,440 GB (60 TB) are 5,120 + 5,120 + 2,048 + 512 = 12,800 dollars. The
//! "12,500" often read takes a TB as 1,000 GB.

use super::reader::{DATA, DATA_PER_REQUEST, Reader};
use super::traffic::Volume;
use super::{Attached, Follows, Neighbor};
use crate::settings::{Found, Key, SettingError, value_or};
use crate::units::{DataSize, Decimal, TimeSpan, Unit};
use crate::usage::Meter;

pub(super) const LOGS: Neighbor = Neighbor {
    name: "cloudwatch-logs",
    about: "CloudWatch Logs: data taken in, stored and queried",
    keys: &[
        DATA,
        DATA_PER_REQUEST,
        Key { name: "source", value: "KIND", help: "vended (Lambda) or custom (containers, machines) [default: vended]" },
        Key { name: "class", value: "NAME", help: "standard or infrequent-access [default: standard]" },
        Key { name: "destination", value: "NAME", help: "cloudwatch, or s3 or firehose for vended logs [default: cloudwatch]" },
        Key { name: "retention", value: "TIME", help: "How long logs are kept [default: 30days]" },
        Key { name: "stored", value: "SIZE", help: "Instead of retention: compressed data kept all month" },
        Key { name: "scanned", value: "SIZE", help: "Data that queries scan in the month [default: none]" },
    ],
    follows: Follows::Invocations,
    read: read_logs,
};

pub(super) const METRICS: Neighbor = Neighbor {
    name: "cloudwatch-metrics",
    about: "CloudWatch custom metrics, by the month",
    keys: &[Key { name: "metrics", value: "N", help: "Custom metrics; each set of dimensions is one" }],
    follows: Follows::Requests,
    read: read_metrics,
};

pub(super) const ALARMS: Neighbor = Neighbor {
    name: "cloudwatch-alarms",
    about: "CloudWatch alarms, by the month and metric",
    keys: &[
        Key { name: "alarms", value: "N", help: "Metrics that alarms watch; composite alarms by number" },
        Key { name: "kind", value: "NAME", help: "standard, high-resolution or composite [default: standard]" },
    ],
    follows: Follows::Requests,
    read: read_alarms,
};

static STORED: Meter = Meter::fixed("cloudwatch_logs.storage", "logs stored", Unit::GbMonth);
static SCANNED: Meter = Meter::fixed("cloudwatch_logs.insights", "logs scanned by queries", Unit::Gb);
static TO_S3: Meter = Meter::fixed("cloudwatch_logs.delivery.s3", "logs delivered to S3", Unit::Gb);
static TO_FIREHOSE: Meter = Meter::fixed("cloudwatch_logs.delivery.firehose", "logs delivered to Firehose", Unit::Gb);
static VENDED: Meter = Meter::fixed("cloudwatch_logs.ingestion.standard.vended", "logs of functions", Unit::Gb);
static CUSTOM: Meter = Meter::fixed("cloudwatch_logs.ingestion.standard.custom", "logs", Unit::Gb);
static VENDED_RARELY_READ: Meter =
    Meter::fixed("cloudwatch_logs.ingestion.infrequent_access.vended", "logs of functions, infrequent access", Unit::Gb);
static CUSTOM_RARELY_READ: Meter =
    Meter::fixed("cloudwatch_logs.ingestion.infrequent_access.custom", "logs, infrequent access", Unit::Gb);
static CUSTOM_METRICS: Meter = Meter::fixed("cloudwatch.metrics", "custom metrics", Unit::MetricMonth);
static STANDARD_ALARMS: Meter = Meter::fixed("cloudwatch.alarms.standard", "alarms", Unit::AlarmMonth);
static FINE_ALARMS: Meter = Meter::fixed("cloudwatch.alarms.high_resolution", "high-resolution alarms", Unit::AlarmMonth);
static COMPOSITE_ALARMS: Meter = Meter::fixed("cloudwatch.alarms.composite", "composite alarms", Unit::AlarmMonth);

/// The size of stored logs as a share of what was taken in.
const COMPRESSED: Decimal = Decimal::from_parts(15, 0, 0, false, 2);
const DEFAULT_RETENTION: TimeSpan = TimeSpan::from_seconds(30 * 86_400);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Vended,
    Custom,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Standard,
    InfrequentAccess,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Destination {
    CloudWatch,
    S3,
    Firehose,
}

/// What is kept of the logs.
#[derive(Debug, Clone, Copy)]
enum Kept {
    For(TimeSpan),
    Stated(DataSize),
    Elsewhere,
}

fn read_logs(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let data: Volume = reader.needed_volume(None)?;
    let sources = [("vended", Source::Vended), ("custom", Source::Custom)];
    let source = reader.choice("source", &sources, "logs of Lambda functions are vended, those of anything else custom")?;
    let classes = [("standard", Class::Standard), ("infrequent-access", Class::InfrequentAccess)];
    let class = reader.choice("class", &classes, "infrequent access costs half and can do less")?;
    let destinations = [("cloudwatch", Destination::CloudWatch), ("s3", Destination::S3), ("firehose", Destination::Firehose)];
    let destination = reader.section().choice("destination", &destinations)?;
    let elsewhere = destination.as_ref().filter(|found| found.value != Destination::CloudWatch && source == Source::Custom);
    if let Some(elsewhere) = elsewhere {
        return Err(SettingError::other(&elsewhere.at, "only vended logs can be delivered to S3 or Firehose"));
    }
    let destination = value_or(destination, Destination::CloudWatch);
    let kept = read_kept(&mut reader, destination)?;
    let scanned = reader.size("scanned")?.unwrap_or(DataSize::ZERO);
    let meter = match (destination, source, class) {
        (Destination::S3, ..) => &TO_S3,
        (Destination::Firehose, ..) => &TO_FIREHOSE,
        (Destination::CloudWatch, Source::Vended, Class::Standard) => &VENDED,
        (Destination::CloudWatch, Source::Custom, Class::Standard) => &CUSTOM,
        (Destination::CloudWatch, Source::Vended, Class::InfrequentAccess) => &VENDED_RARELY_READ,
        (Destination::CloudWatch, Source::Custom, Class::InfrequentAccess) => &CUSTOM_RARELY_READ,
    };
    Ok(reader.finish(move |traffic, steps| {
        data.add(traffic, steps, meter, "log data", &[]);
        match kept {
            Kept::Elsewhere => {}
            Kept::Stated(size) => steps.add(&STORED, "logs kept", &[(size.gigabytes(), "GB-months")]),
            Kept::For(retention) => {
                let months = (retention.hours() / traffic.month.hours(), "months kept");
                data.add(traffic, steps, &STORED, "logs kept", &[months, (COMPRESSED, "of the size, compressed")]);
            }
        }
        steps.add(&SCANNED, "queries", &[(scanned.gigabytes(), "GB")]);
    }))
}

fn read_kept(reader: &mut Reader<'_>, destination: Destination) -> Result<Kept, SettingError> {
    let retention = reader.section().quantity::<TimeSpan>("retention")?;
    let stored = reader.section().quantity::<DataSize>("stored")?;
    if destination != Destination::CloudWatch {
        let at = retention.map(|found| found.at).or(stored.map(|found| found.at));
        let problem =
            "logs that are delivered elsewhere are kept there (leave it out, and add the storage as `service = \"s3\"`)";
        return at.map_or(Ok(Kept::Elsewhere), |at| Err(SettingError::other(&at, problem)));
    }
    match (retention, stored) {
        (Some(_), Some(Found { at, .. })) => Err(SettingError::other(&at, "give `retention` or `stored`, not both")),
        (Some(retention), None) => Ok(Kept::For(retention.value)),
        (None, Some(stored)) => Ok(Kept::Stated(stored.value)),
        (None, None) => {
            reader.default("retention", DEFAULT_RETENTION.to_string(), "logs that never expire are stored in growing amounts");
            Ok(Kept::For(DEFAULT_RETENTION))
        }
    }
}

fn read_metrics(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let metrics = reader.needed_count("metrics", "for example metrics = 10")?;
    Ok(reader.finish(move |_, steps| steps.add(&CUSTOM_METRICS, "metrics", &[(metrics, "metrics")])))
}

fn read_alarms(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let alarms = reader.needed_count("alarms", "for example alarms = 5")?;
    let kinds = [("standard", &STANDARD_ALARMS), ("high-resolution", &FINE_ALARMS), ("composite", &COMPOSITE_ALARMS)];
    let meter = reader.choice("kind", &kinds, "alarms on periods below a minute are of high resolution")?;
    Ok(reader.finish(move |_, steps| steps.add(meter, "alarms", &[(alarms, "alarms")])))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MILLION, error, notes, usage};

    #[test]
    fn logs_are_stored_compressed_for_as_long_as_they_are_kept() {
        let keys = [("data", "1000GB"), ("retention", "73days")];
        let expected = ["cloudwatch_logs.ingestion.standard.vended 1000", "cloudwatch_logs.storage 360"];
        assert_eq!(usage("cloudwatch-logs", &keys, MILLION), expected);
        let said = notes("cloudwatch-logs", &[("data_per_request", "1KB")], MILLION).join("\n");
        assert!(said.contains("`retention` not given, 30 days used"), "{said}");
    }

    #[test]
    fn where_logs_come_from_and_go_to_decides_their_price() {
        let lines = |keys: &[(&str, &str)]| {
            let keys: Vec<_> = [("data", "1GB"), ("stored", "0GB")].into_iter().chain(keys.iter().copied()).collect();
            usage("cloudwatch-logs", &keys, MILLION)
        };
        assert_eq!(lines(&[("source", "custom")]), ["cloudwatch_logs.ingestion.standard.custom 1"]);
        let rarely = [("source", "custom"), ("class", "infrequent-access")];
        assert_eq!(lines(&rarely), ["cloudwatch_logs.ingestion.infrequent_access.custom 1"]);
        let to_s3 = [("data", "1GB"), ("destination", "s3")];
        assert_eq!(usage("cloudwatch-logs", &to_s3, MILLION), ["cloudwatch_logs.delivery.s3 1"]);
    }

    #[test]
    fn contradictions_about_logs_are_refused() {
        for (keys, part) in [
            (vec![], "needs `data`"),
            (vec![("data", "1GB"), ("destination", "s3"), ("source", "custom")], "only vended logs"),
            (vec![("data", "1GB"), ("destination", "s3"), ("retention", "1days")], "kept there"),
            (vec![("data", "1GB"), ("stored", "1GB"), ("retention", "1days")], "not both"),
        ] {
            let error = error("cloudwatch-logs", &keys, MILLION);
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn metrics_and_alarms_are_charged_by_the_month() {
        assert_eq!(usage("cloudwatch-metrics", &[("metrics", "12")], MILLION), ["cloudwatch.metrics 12"]);
        let keys = [("alarms", "3"), ("kind", "high-resolution")];
        assert_eq!(usage("cloudwatch-alarms", &keys, MILLION), ["cloudwatch.alarms.high_resolution 3"]);
        assert!(error("cloudwatch-alarms", &[], MILLION).contains("needs `alarms`"));
    }
}
