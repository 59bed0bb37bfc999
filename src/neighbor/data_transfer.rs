//! Data on its way: to the internet, between zones, between regions.
//!
//! Rules (EC2 on-demand pricing page, 2026): data in is free; data out to the internet is charged in tiers, the first 100 GB of
//! an account's month free, all services and regions together; data between two availability zones is charged in each
//! direction, so twice for each GB; data to another region is charged where it leaves. A TB is 1,024 GB in the price list.
//! A Lambda function URL has no charge of its own but this one.
//!
//! Worked number: 1,000,000 responses of 100 KB are 1,000,000 × 100 / 1,048,576 = 95.37 GB.

use super::reader::{DATA, DATA_PER_REQUEST, Reader};
use super::traffic::Carried;
use super::{Attached, Follows, Neighbor};
use crate::note::Note;
use crate::settings::{Key, SettingError};
use crate::units::{Decimal, Unit};
use crate::usage::Meter;

const KEYS: &[Key] = &[DATA, DATA_PER_REQUEST];

pub(super) const FUNCTION_URL: Neighbor = Neighbor {
    name: "lambda-function-url",
    about: "Lambda function URL: no charge but for the data of the responses",
    keys: KEYS,
    follows: Follows::Requests,
    read: read_function_url,
};

pub(super) const OUT: Neighbor = Neighbor {
    name: "data-transfer-out",
    about: "Data out to the internet, by default the responses",
    keys: KEYS,
    follows: Follows::Requests,
    read: read_out,
};

pub(super) const CROSS_ZONE: Neighbor = Neighbor {
    name: "cross-zone-transfer",
    about: "Data between availability zones, charged in both directions",
    keys: KEYS,
    follows: Follows::Requests,
    read: read_cross_zone,
};

pub(super) const INTER_REGION: Neighbor = Neighbor {
    name: "inter-region-transfer",
    about: "Data out to another region",
    keys: KEYS,
    follows: Follows::Requests,
    read: read_inter_region,
};

static INTERNET_OUT: Meter = Meter::fixed("data_transfer.internet_out", "data out to the internet", Unit::Gb);
static BETWEEN_ZONES: Meter = Meter::fixed("data_transfer.cross_zone", "data between zones", Unit::Gb);
static BETWEEN_REGIONS: Meter = Meter::fixed("data_transfer.inter_region", "data out to another region", Unit::Gb);

fn read_function_url(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    reader.note(Note::assumption("a function URL costs nothing itself; what leaves through it is data out to the internet"));
    read_out(reader)
}

fn read_out(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let data = reader.needed_volume(Some(Carried::Response))?;
    Ok(reader.finish(move |traffic, steps| data.add(traffic, steps, &INTERNET_OUT, "data out", &[])))
}

fn read_cross_zone(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let data = reader.needed_volume(Some(Carried::Both))?;
    let directions = [(Decimal::TWO, "directions, out and in")];
    Ok(reader.finish(move |traffic, steps| data.add(traffic, steps, &BETWEEN_ZONES, "data between zones", &directions)))
}

fn read_inter_region(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let data = reader.needed_volume(None)?;
    Ok(reader.finish(move |traffic, steps| data.add(traffic, steps, &BETWEEN_REGIONS, "data out", &[])))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MILLION, error, notes, usage};

    #[test]
    fn what_leaves_is_the_response() {
        let workload = [("requests", "1M/month"), ("payload", "1MB"), ("response", "128KB")];
        for service in ["data-transfer-out", "lambda-function-url"] {
            assert_eq!(usage(service, &[], &workload), ["data_transfer.internet_out 122.0703125"]);
            assert!(error(service, &[], MILLION).contains("the workload's `response`"));
        }
        assert!(notes("lambda-function-url", &[], &workload)[0].contains("costs nothing itself"));
    }

    #[test]
    fn between_zones_every_gigabyte_is_charged_twice() {
        assert_eq!(usage("cross-zone-transfer", &[("data", "1000GB")], MILLION), ["data_transfer.cross_zone 2000"]);
        assert_eq!(usage("inter-region-transfer", &[("data", "750GB")], MILLION), ["data_transfer.inter_region 750"]);
    }
}
