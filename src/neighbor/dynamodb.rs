//! DynamoDB tables: reads and writes on demand or provisioned, and storage.
//!
//! Rules (DynamoDB pricing page, 2025-08): a write unit is 1 KB of an item, a read unit 4 KB; an eventually consistent read
//! takes half a unit, a strongly consistent one a unit, a transaction twice that, also to write. Provisioned units are charged
//! for every hour that they are kept. Lambda reads a table's stream for free.
//!
//! Worked number: 1,000,000 eventually consistent reads of 5 KB are 1,000,000 × 2 × 0.5 = 1,000,000 read units.

use super::reader::{BATCH_SIZE, Reader};
use super::traffic::chunks;
use super::{Attached, Follows, Neighbor};
use crate::settings::{Key, SettingError};
use crate::units::{DataSize, Decimal, Unit};
use crate::usage::Meter;

pub(super) const NEIGHBOR: Neighbor = Neighbor {
    name: "dynamodb",
    about: "DynamoDB table: read and write units, on demand or provisioned, and storage",
    keys: &[
        Key { name: "capacity", value: "NAME", help: "on-demand or provisioned [default: on-demand]" },
        Key { name: "reads_per_request", value: "N", help: "On demand: items read for each request [default: 0]" },
        Key { name: "writes_per_request", value: "N", help: "On demand: items written for each request [default: 0]" },
        Key { name: "item_size", value: "SIZE", help: "Size of an item [default: the workload's payload]" },
        Key { name: "consistency", value: "NAME", help: "eventual, strong or transactional [default: eventual]" },
        Key { name: "read_units", value: "N", help: "Provisioned: read units kept all month" },
        Key { name: "write_units", value: "N", help: "Provisioned: write units kept all month" },
        Key { name: "table_class", value: "NAME", help: "standard or infrequent-access [default: standard]" },
        Key { name: "storage", value: "SIZE", help: "Data kept all month [default: none]" },
        BATCH_SIZE,
    ],
    follows: Follows::Requests,
    read,
};

static PROVISIONED_READS: Meter = Meter::fixed("dynamodb.provisioned.reads", "read capacity", Unit::RequestUnitHour);
static PROVISIONED_WRITES: Meter = Meter::fixed("dynamodb.provisioned.writes", "write capacity", Unit::RequestUnitHour);

/// The meters of a class of tables.
#[derive(Debug)]
struct TableClass {
    reads: Meter,
    writes: Meter,
    storage: Meter,
}

static STANDARD: TableClass = TableClass {
    reads: Meter::fixed("dynamodb.on_demand.reads", "read units", Unit::RequestUnit),
    writes: Meter::fixed("dynamodb.on_demand.writes", "write units", Unit::RequestUnit),
    storage: Meter::fixed("dynamodb.storage", "table storage", Unit::GbMonth),
};
static INFREQUENT_ACCESS: TableClass = TableClass {
    reads: Meter::fixed("dynamodb.infrequent_access.reads", "read units, infrequent access", Unit::RequestUnit),
    writes: Meter::fixed("dynamodb.infrequent_access.writes", "write units, infrequent access", Unit::RequestUnit),
    storage: Meter::fixed("dynamodb.infrequent_access.storage", "table storage, infrequent access", Unit::GbMonth),
};

const READ_CHUNK: DataSize = DataSize::from_kilobytes(4);
const WRITE_CHUNK: DataSize = DataSize::from_kilobytes(1);

/// Units that one chunk takes.
#[derive(Debug, Clone, Copy)]
struct Consistency {
    to_read: Decimal,
    to_write: Decimal,
}

const EVENTUAL: Consistency = Consistency { to_read: Decimal::from_parts(5, 0, 0, false, 1), to_write: Decimal::ONE };
const STRONG: Consistency = Consistency { to_read: Decimal::ONE, to_write: Decimal::ONE };
const TRANSACTIONAL: Consistency = Consistency { to_read: Decimal::TWO, to_write: Decimal::TWO };

fn read(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let provisioned =
        reader.choice("capacity", &[("on-demand", false), ("provisioned", true)], "steady traffic costs less provisioned")?;
    if provisioned { read_provisioned(reader) } else { read_on_demand(reader) }
}

fn read_on_demand(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    reader.refuse_without("`capacity = \"provisioned\"`", &["read_units", "write_units"])?;
    let classes = [("standard", &STANDARD), ("infrequent-access", &INFREQUENT_ACCESS)];
    let class = reader.choice("table_class", &classes, "tables that are rarely read cost less to store")?;
    let reads = reader.count("reads_per_request")?;
    let writes = reader.count("writes_per_request")?;
    if reads.is_none() && writes.is_none() {
        return Err(reader.missing("reads_per_request", "or `writes_per_request`, for example reads_per_request = 1"));
    }
    let choices = [("eventual", EVENTUAL), ("strong", STRONG), ("transactional", TRANSACTIONAL)];
    let consistency = reader.choice("consistency", &choices, "strongly consistent reads cost twice as much")?;
    let items = reader.sized_requests("item_size", WRITE_CHUNK)?;
    let storage = reader.size_or_none("storage", "what the table keeps is charged by the month")?;
    let batch = reader.batch()?;
    let (reads, writes) = (reads.unwrap_or(Decimal::ZERO), writes.unwrap_or(Decimal::ZERO));
    Ok(reader.finish_batched(batch, move |traffic, steps| {
        for (requests, size) in items.each(traffic) {
            let requests = (requests, "requests");
            let to_read = [(chunks(size, READ_CHUNK), "chunks each"), (consistency.to_read, "units each")];
            let to_write = [(chunks(size, WRITE_CHUNK), "chunks each"), (consistency.to_write, "units each")];
            steps.add(&class.reads, "reads", &[requests, (reads, "reads each"), to_read[0], to_read[1]]);
            steps.add(&class.writes, "writes", &[requests, (writes, "writes each"), to_write[0], to_write[1]]);
        }
        steps.add(&class.storage, "storage", &[(storage.gigabytes(), "GB-months")]);
    }))
}

fn read_provisioned(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let on_demand = ["reads_per_request", "writes_per_request", "item_size", "consistency", "table_class"];
    reader.refuse_without("`capacity = \"on-demand\"`", &on_demand)?;
    let reads = reader.needed_count("read_units", "for example read_units = 50")?;
    let writes = reader.needed_count("write_units", "for example write_units = 20")?;
    let storage = reader.size_or_none("storage", "what the table keeps is charged by the month")?;
    let batch = reader.batch()?;
    Ok(reader.finish_batched(batch, move |traffic, steps| {
        steps.add(&PROVISIONED_READS, "reads", &[(reads, "units"), traffic.hours()]);
        steps.add(&PROVISIONED_WRITES, "writes", &[(writes, "units"), traffic.hours()]);
        steps.add(&STANDARD.storage, "storage", &[(storage.gigabytes(), "GB-months")]);
    }))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MILLION, error, usage};

    #[test]
    fn items_are_read_in_chunks_of_4_kb_and_written_in_chunks_of_1_kb() {
        let keys = |consistency| {
            [("reads_per_request", "1"), ("writes_per_request", "1"), ("item_size", "5KB"), ("consistency", consistency)]
        };
        for (consistency, reads, writes) in
            [("eventual", "1000000", "5000000"), ("strong", "2000000", "5000000"), ("transactional", "4000000", "10000000")]
        {
            let expected = [format!("dynamodb.on_demand.reads {reads}"), format!("dynamodb.on_demand.writes {writes}")];
            assert_eq!(usage("dynamodb", &keys(consistency), MILLION), expected);
        }
    }

    #[test]
    fn provisioned_units_are_charged_for_every_hour() {
        let keys = [("capacity", "provisioned"), ("read_units", "30"), ("write_units", "20"), ("storage", "1GB")];
        let expected = ["dynamodb.provisioned.reads 21900", "dynamodb.provisioned.writes 14600", "dynamodb.storage 1"];
        assert_eq!(usage("dynamodb", &keys, MILLION), expected);
    }

    #[test]
    fn what_is_done_for_a_request_must_be_stated() {
        assert!(error("dynamodb", &[], MILLION).contains("needs `reads_per_request`"));
        assert!(error("dynamodb", &[("capacity", "provisioned")], MILLION).contains("needs `read_units`"));
        let keys = [("capacity", "provisioned"), ("read_units", "1"), ("write_units", "1"), ("reads_per_request", "1")];
        assert!(error("dynamodb", &keys, MILLION).contains("`reads_per_request` needs `capacity"));
    }

    #[test]
    fn a_table_of_infrequent_access_has_meters_of_its_own() {
        let keys = [("writes_per_request", "1"), ("table_class", "infrequent-access"), ("storage", "2GB")];
        let expected = ["dynamodb.infrequent_access.storage 2", "dynamodb.infrequent_access.writes 1000000"];
        assert_eq!(usage("dynamodb", &keys, MILLION), expected);
    }
}
