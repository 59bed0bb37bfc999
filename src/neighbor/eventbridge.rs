//! EventBridge: events on a bus, pipes, schedules.
//!
//! Rules (EventBridge pricing page, secondary, 2026): each 64 KB of an event published by one's own code or a partner counts
//! once; events of AWS services are free. A pipe counts each 64 KB that passes its filter, a scheduler each invocation.
//!
//! Worked number: 1,000,000 events of 65 KB are 2,000,000.

use super::reader::Reader;
use super::{Attached, Follows, Neighbor};
use crate::settings::{Key, SettingError};
use crate::units::{DataSize, Unit};
use crate::usage::Meter;

pub(super) const NEIGHBOR: Neighbor = Neighbor {
    name: "eventbridge",
    about: "EventBridge: events, pipes (each 64 KB) or schedules",
    keys: &[
        Key { name: "kind", value: "NAME", help: "custom, third-party, pipes or scheduler [default: custom]" },
        Key { name: "events", value: "RATE", help: "Events or invocations [default: one for each request]" },
        Key { name: "event_size", value: "SIZE", help: "Size of an event [default: the workload's payload]" },
    ],
    follows: Follows::Requests,
    read,
};

static CUSTOM: Meter = Meter::fixed("eventbridge.events.custom", "custom events", Unit::Event);
static THIRD_PARTY: Meter = Meter::fixed("eventbridge.events.third_party", "partner events", Unit::Event);
static PIPES: Meter = Meter::fixed("eventbridge.pipes", "EventBridge Pipes requests", Unit::Request);
static SCHEDULER: Meter = Meter::fixed("eventbridge.scheduler", "EventBridge Scheduler invocations", Unit::Request);

const CHUNK: DataSize = DataSize::from_kilobytes(64);

fn read(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let kinds = [("custom", &CUSTOM), ("third-party", &THIRD_PARTY), ("pipes", &PIPES), ("scheduler", &SCHEDULER)];
    let meter = reader.choice("kind", &kinds, "events of AWS services are free, pipes and schedules have their own price")?;
    if *meter == SCHEDULER {
        reader.refuse_without("another kind: an invocation counts once, whatever its size", &["event_size"])?;
        let events = reader.arrivals("events")?;
        return Ok(reader.finish(move |traffic, steps| events.add_count(traffic, steps, meter, "invocations")));
    }
    let events = reader.sized_arrivals("events", "event_size", CHUNK)?;
    Ok(reader.finish(move |traffic, steps| events.add_chunks(traffic, steps, meter, "events", CHUNK)))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{error, usage};

    #[test]
    fn an_event_counts_for_each_64_kb_and_a_schedule_once() {
        let workload = [("requests", "1M/month"), ("payload", "65KB")];
        for (kind, expected) in [
            ("custom", "eventbridge.events.custom 2000000"),
            ("third-party", "eventbridge.events.third_party 2000000"),
            ("pipes", "eventbridge.pipes 2000000"),
            ("scheduler", "eventbridge.scheduler 1000000"),
        ] {
            assert_eq!(usage("eventbridge", &[("kind", kind)], &workload), [expected]);
        }
        let keys = [("kind", "scheduler"), ("event_size", "1KB")];
        assert!(error("eventbridge", &keys, &workload).contains("`event_size` needs another kind"));
    }
}
