//! Kinesis data streams: provisioned shards, or on demand.
//!
//! Rules (Kinesis Data Streams pricing page, 2025-11): a provisioned stream charges its shards by the hour and each 25 KB of a
//! record that is put. A shard takes 1,000 records and 1 MB a second. A stream on demand charges its hours, and data in and out
//! by the GB, each record counted up to a whole KB. Lambda's ordinary pollers read once for each consumer.
//!
//! Letters: λ records a second at peak, s KB each: shards = max(1, ⌈λ/1,000⌉, ⌈λ·s/1,024⌉).
//! Worked number: 2,000 records a second of 2 KB are max(2, 3.9…) rounded up, 4 shards; each record is one unit.

use super::reader::{BATCH_SIZE, Reader};
use super::traffic::{Arrivals, Traffic, chunks};
use super::{Attached, Follows, Neighbor};
use crate::settings::{Key, SettingError};
use crate::units::{DataSize, Decimal, Unit};
use crate::usage::{Meter, Steps};

pub(super) const NEIGHBOR: Neighbor = Neighbor {
    name: "kinesis",
    about: "Kinesis data stream: shards and units of 25 KB, or on demand by the GB",
    keys: &[
        Key { name: "capacity", value: "NAME", help: "on-demand or provisioned [default: on-demand]" },
        Key { name: "records", value: "RATE", help: "Records put [default: one for each request]" },
        Key { name: "record_size", value: "SIZE", help: "Size of a record [default: the workload's payload]" },
        Key { name: "shards", value: "N", help: "Provisioned: shards kept all month [default: as many as the peak needs]" },
        Key { name: "consumers", value: "N", help: "On demand: how often each record is read [default: 1]" },
        BATCH_SIZE,
    ],
    follows: Follows::Requests,
    read,
};

static SHARDS: Meter = Meter::fixed("kinesis.provisioned.shards", "shards", Unit::ShardHour);
static PAYLOAD_UNITS: Meter = Meter::fixed("kinesis.provisioned.payload_units", "records put, units of 25 KB", Unit::PayloadUnit);
static STREAMS: Meter = Meter::fixed("kinesis.on_demand.streams", "on-demand streams", Unit::Hour);
static INGESTED: Meter = Meter::fixed("kinesis.on_demand.ingested", "data put", Unit::Gb);
static RETRIEVED: Meter = Meter::fixed("kinesis.on_demand.retrieved", "data read", Unit::Gb);

const PAYLOAD_UNIT: DataSize = DataSize::from_kilobytes(25);
const KILOBYTE: DataSize = DataSize::from_kilobytes(1);
const RECORDS_PER_SECOND: u32 = 1_000;
const KILOBYTES_PER_SECOND: u32 = 1_024;

fn read(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let provisioned =
        reader.choice("capacity", &[("on-demand", false), ("provisioned", true)], "steady traffic costs less provisioned")?;
    if provisioned { read_provisioned(reader) } else { read_on_demand(reader) }
}

fn read_provisioned(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    reader.refuse_without("`capacity = \"on-demand\"`", &["consumers"])?;
    let records = reader.sized_arrivals("records", "record_size", PAYLOAD_UNIT)?;
    let stated_shards = reader.count("shards")?;
    if stated_shards.is_none() {
        reader.default("shards", "as many as the peak needs", "a shard takes 1,000 records and 1 MB a second");
    }
    let batch = reader.batch()?;
    Ok(reader.finish_batched(batch, move |traffic, steps| {
        let shards = stated_shards.unwrap_or_else(|| shards_needed(&records, traffic));
        steps.add(&SHARDS, "shards", &[(shards, "shards"), traffic.hours()]);
        records.add_chunks(traffic, steps, &PAYLOAD_UNITS, "records", PAYLOAD_UNIT);
    }))
}

/// Shards for the peak; records of unknown size are counted only by number.
fn shards_needed(records: &Arrivals, traffic: &Traffic) -> Decimal {
    let (mut count, mut kilobytes) = (Decimal::ZERO, Decimal::ZERO);
    for (records, size) in records.each(traffic) {
        count = count.saturating_add(records);
        kilobytes = kilobytes.saturating_add(records.saturating_mul(size.unwrap_or(DataSize::ZERO).kilobytes()));
    }
    // Divided last, so that what fits exactly is not rounded up.
    let needed = |in_month: Decimal, per_second: u32| {
        let per_month = Decimal::from(per_second) * traffic.month.seconds();
        (in_month.saturating_mul(traffic.peak_to_mean()) / per_month).ceil()
    };
    needed(count, RECORDS_PER_SECOND).max(needed(kilobytes, KILOBYTES_PER_SECOND)).max(Decimal::ONE)
}

fn read_on_demand(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    reader.refuse_without("`capacity = \"provisioned\"`", &["shards"])?;
    let records = reader.arrivals_of_known_size("records", "record_size")?;
    let consumers = reader.count_or("consumers", 1, "each consumer reads every record")?;
    let batch = reader.batch()?;
    Ok(reader.finish_batched(batch, move |traffic, steps| add_on_demand(&records, consumers, traffic, steps)))
}

fn add_on_demand(records: &Arrivals, consumers: Decimal, traffic: &Traffic, steps: &mut Steps) {
    steps.add(&STREAMS, "stream", &[traffic.hours()]);
    for (count, size) in records.each(traffic) {
        let gigabytes = chunks(size, KILOBYTE) * KILOBYTE.gigabytes();
        let data = [(count, "records"), (gigabytes, "GB each")];
        steps.add(&INGESTED, "records put", &data);
        steps.add(&RETRIEVED, "records read", &[data[0], data[1], (consumers, "consumers")]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MILLION, error, usage};

    #[test]
    fn the_peak_decides_the_shards() {
        for (requests, size, peak, shards) in [
            ("2000/s", "2KB", "1", "4"),
            ("2000/s", "0.1KB", "1", "2"),
            ("2000/s", "0.1KB", "2.5", "5"),
            ("1/month", "1KB", "1", "1"),
        ] {
            let workload = [("requests", requests), ("payload", size), ("peak_to_mean", peak)];
            let lines = usage("kinesis", &[("capacity", "provisioned")], &workload);
            let hours: u32 = 730 * shards.parse::<u32>().unwrap();
            assert_eq!(lines[1], format!("kinesis.provisioned.shards {hours}"), "{requests} of {size}");
        }
    }

    #[test]
    fn a_record_is_put_in_units_of_25_kb() {
        let keys = [("capacity", "provisioned"), ("record_size", "26KB"), ("shards", "3")];
        let expected = ["kinesis.provisioned.payload_units 2000000", "kinesis.provisioned.shards 2190"];
        assert_eq!(usage("kinesis", &keys, MILLION), expected);
    }

    #[test]
    fn on_demand_counts_whole_kilobytes_in_and_out() {
        let keys = [("record_size", "0.5KB"), ("consumers", "2"), ("records", "1048576/month")];
        let expected = ["kinesis.on_demand.ingested 1", "kinesis.on_demand.retrieved 2", "kinesis.on_demand.streams 730"];
        assert_eq!(usage("kinesis", &keys, MILLION), expected);
        assert!(error("kinesis", &[], MILLION).contains("needs `record_size`"));
        let shards = [("record_size", "1KB"), ("shards", "2")];
        assert!(error("kinesis", &shards, MILLION).contains("`shards` needs `capacity = \"provisioned\"`"));
    }
}
