//! X-Ray: traces that are recorded and looked at.
//!
//! Rule (X-Ray pricing page, secondary, 2026): a trace is charged when it is recorded and when it is retrieved or scanned.
//! Without a rule of one's own, the first request of each second is recorded, and 5 % of the others (X-Ray developer
//! guide; the same in `DEFAULT_RULES` of the aws-xray-sdk gem 0.9.0).
//!
//! Letters: N requests in a month of S seconds, evenly spread. Recorded: N where N ≤ S, else S + 0.05 × (N − S).
//! Worked number: 10 requests a second are 26,280,000 in 2,628,000 s: 2,628,000 + 0.05 × 23,652,000 = 3,810,600 traces.

use super::reader::Reader;
use super::{Attached, Follows, Neighbor};
use crate::note::Note;
use crate::settings::{Key, SettingError};
use crate::units::{Decimal, Share, Unit};
use crate::usage::Meter;

pub(super) const NEIGHBOR: Neighbor = Neighbor {
    name: "x-ray",
    about: "X-Ray: traces recorded and retrieved",
    keys: &[
        Key {
            name: "sampled_share",
            value: "SHARE",
            help: "Share of requests traced [default: first of each second, 5% of the rest]",
        },
        Key { name: "traces_retrieved", value: "N", help: "Traces retrieved or scanned in the month [default: 0]" },
    ],
    follows: Follows::Invocations,
    read,
};

static RECORDED: Meter = Meter::fixed("x_ray.traces.recorded", "traces recorded", Unit::Trace);
static RETRIEVED: Meter = Meter::fixed("x_ray.traces.retrieved", "traces retrieved", Unit::Trace);

/// What is recorded of the requests beyond the first of each second.
const SHARE_OF_THE_REST: Decimal = Decimal::from_parts(5, 0, 0, false, 2);

fn read(mut reader: Reader<'_>) -> Result<Attached, SettingError> {
    let share = reader.section().quantity::<Share>("sampled_share")?.map(|found| found.value.get());
    if share.is_none() {
        reader.default("sampled_share", "the first request of each second and 5% of the others", "X-Ray's own rule");
        reader.note(Note::assumption("requests are taken to come evenly; the same number in bursts leaves fewer traces"));
    }
    let retrieved = reader.count("traces_retrieved")?.unwrap_or(Decimal::ZERO);
    Ok(reader.finish(move |traffic, steps| {
        for stream in &traffic.streams {
            match share {
                Some(share) => steps.add(&RECORDED, "traces", &[(stream.requests, "requests"), (share, "of them traced")]),
                None => {
                    let first = stream.requests.min(traffic.month.seconds());
                    let rest = stream.requests - first;
                    steps.add(&RECORDED, "first request of each second", &[(first, "requests")]);
                    steps.add(&RECORDED, "others", &[(rest, "requests"), (SHARE_OF_THE_REST, "of them traced")]);
                }
            }
        }
        steps.add(&RETRIEVED, "traces retrieved", &[(retrieved, "traces")]);
    }))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MILLION, usage};

    #[test]
    fn the_first_request_of_each_second_is_traced_and_5_percent_of_the_others() {
        assert_eq!(usage("x-ray", &[], &[("requests", "10/s")]), ["x_ray.traces.recorded 3810600"]);
        assert_eq!(usage("x-ray", &[], MILLION), ["x_ray.traces.recorded 1000000"]);
    }

    #[test]
    fn a_share_of_ones_own_replaces_the_rule() {
        let keys = [("sampled_share", "1%"), ("traces_retrieved", "500")];
        assert_eq!(usage("x-ray", &keys, MILLION), ["x_ray.traces.recorded 10000", "x_ray.traces.retrieved 500"]);
    }
}
