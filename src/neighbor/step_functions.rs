//! Step Functions: standard workflows by transition, express workflows by request and GB-second.
//!
//! Rules (Step Functions pricing page, 2026): a standard execution counts every transition, the first one and retries too. An
//! express execution counts one request, and its duration in steps of 100 ms times its memory in steps of 64 MB.
//!
//! Worked number: 100,000 express executions of 123 ms within 64 MB are 100,000 × 0.2 s × 0.0625 GB = 1,250 GB-s.

use super::reader::Reader;
use super::{Attached, Follows, Neighbor};
use crate::settings::{Key, SettingError};
use crate::units::{DataSize, Decimal, TimeSpan, Unit};
use crate::usage::Meter;

const EXECUTIONS: Key = Key { name: "executions", value: "RATE", help: "Executions [default: one for each request]" };

pub(super) const STANDARD: Neighbor = Neighbor {
    name: "step-functions-standard",
    about: "Step Functions, standard workflows: state transitions",
    keys: &[
        EXECUTIONS,
        Key { name: "transitions", value: "N", help: "Transitions of one execution, the start and retries included" },
    ],
    follows: Follows::Requests,
    read: read_standard,
};

pub(super) const EXPRESS: Neighbor = Neighbor {
    name: "step-functions-express",
    about: "Step Functions, express workflows: requests and GB-seconds",
    keys: &[
        EXECUTIONS,
        Key { name: "duration", value: "TIME", help: "Duration of one execution [default: that of one request]" },
        Key { name: "memory", value: "SIZE", help: "Memory of one execution [default: 64MB]" },
    ],
    follows: Follows::Requests,
    read: read_express,
};

static TRANSITIONS: Meter = Meter::fixed("step_functions.standard.transitions", "state transitions", Unit::StateTransition);
static REQUESTS: Meter = Meter::fixed("step_functions.express.requests", "express workflow requests", Unit::Request);
static DURATION: Meter = Meter::fixed("step_functions.express.duration", "express workflow duration", Unit::GbSecond);

const DURATION_STEP: TimeSpan = TimeSpan::from_whole_milliseconds(100);
const MEMORY_STEP: DataSize = DataSize::from_megabytes(64);

fn read_standard(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let executions = reader.arrivals(EXECUTIONS.name)?;
    let transitions = reader.needed_count("transitions", "for example transitions = 5")?;
    Ok(reader.finish(move |traffic, steps| {
        let factors = [(executions.count(traffic), "executions"), (transitions, "transitions each")];
        steps.add(&TRANSITIONS, "transitions", &factors);
    }))
}

fn read_express(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let executions = reader.arrivals(EXECUTIONS.name)?;
    let duration = reader.duration_or_work("duration", "for example duration = \"800ms\"")?;
    let memory = match reader.size("memory")? {
        Some(memory) => memory,
        None => {
            reader.default("memory", MEMORY_STEP.to_string(), "large payloads and parallel branches need more");
            MEMORY_STEP
        }
    };
    let seconds = duration.ceil_to(DURATION_STEP).seconds();
    let steps_of_memory = (memory.megabytes() / MEMORY_STEP.megabytes()).ceil().max(Decimal::ONE);
    let gigabytes = steps_of_memory * MEMORY_STEP.gigabytes();
    Ok(reader.finish(move |traffic, steps| {
        let count = (executions.count(traffic), "executions");
        steps.add(&REQUESTS, "executions", &[count]);
        steps.add(&DURATION, "duration", &[count, (seconds, "s"), (gigabytes, "GB")]);
    }))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MILLION, error, notes, usage};

    #[test]
    fn a_standard_execution_counts_its_transitions() {
        let expected = ["step_functions.standard.transitions 5000000"];
        assert_eq!(usage("step-functions-standard", &[("transitions", "5")], MILLION), expected);
        assert!(error("step-functions-standard", &[], MILLION).contains("needs `transitions`"));
    }

    #[test]
    fn an_express_execution_waits_for_its_request_unless_it_says_otherwise() {
        let work = [("requests", "1M/month"), ("cpu", "100ms"), ("wait", "50ms")];
        // 150 ms are billed as 200 ms, of 64 MB: 1,000,000 × 0.2 × 0.0625.
        let expected = ["step_functions.express.duration 12500", "step_functions.express.requests 1000000"];
        assert_eq!(usage("step-functions-express", &[], &work), expected);
        assert!(
            notes("step-functions-express", &[], &work).iter().any(|note| note.contains("`duration` not given, 150 ms used"))
        );
        assert!(error("step-functions-express", &[], MILLION).contains("needs `duration`"));
    }

    #[test]
    fn an_express_execution_is_rounded_up_to_100_ms_and_64_mb() {
        for (requests, duration, memory, gb_seconds) in [
            ("100k/month", "123ms", "0MB", "1250"),
            ("10M/month", "800ms", "512MB", "4000000"),
            ("100M/month", "801ms", "1200MB", "106875000"),
        ] {
            let keys = [("duration", duration), ("memory", memory)];
            let usage = usage("step-functions-express", &keys, &[("requests", requests)]);
            assert_eq!(usage[0], format!("step_functions.express.duration {gb_seconds}"));
        }
    }
}
