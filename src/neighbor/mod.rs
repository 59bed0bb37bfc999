//! The services that a design pays for around the compute: gateways, balancers, queues, tables, logs, networks.
//!
//! A [`Neighbor`] is such a service by name. Reading its keys gives an [`Attached`] one, which says what it consumes for the
//! workloads that it serves. Quantities that are not stated follow the workloads, and each such default is a note; where a
//! workload says nothing that could be followed, the key must be given. The sizes in which providers count (64 KB, 25 KB,
//! 100 ms) are stated here and nowhere else.
//!
//! A neighbor knows no price and no platform: the same queue stands before a function and before a container. It counts at the
//! mean rate of the month. Adding one is a few lines in the file of its kind, one line in [`ALL`] and rows of a price file.

mod api_gateway;
mod cloudwatch;
mod data_transfer;
mod dynamodb;
mod eventbridge;
mod kinesis;
mod load_balancer;
mod network;
mod rds_proxy;
mod reader;
mod secrets;
mod sns;
mod sqs;
mod step_functions;
mod storage;
mod traffic;
mod x_ray;

use std::fmt;

use self::reader::Reader;
use self::traffic::Traffic;
use crate::note::Note;
use crate::settings::{Key, Section, SettingError};
use crate::units::{Decimal, Month};
use crate::usage::{Region, Step, Steps, TooLarge};
use crate::workload::Workload;

/// A service that can be paid for around the compute, by name.
#[derive(Debug)]
pub struct Neighbor {
    /// As written in scenarios: `service = "sqs"`.
    pub name: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    /// Its keys in a scenario.
    pub keys: &'static [Key],
    /// What its quantities follow.
    pub follows: Follows,
    read: fn(Reader<'_>) -> Result<Attached, SettingError>,
}

/// What the quantities of a neighbor follow where nothing else is stated. The two differ where a neighbor before the compute
/// [hands over several messages at once](Attached::batch).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follows {
    /// The requests of the workload, each of them.
    Requests,
    /// The invocations of the compute, which batches make fewer.
    Invocations,
}

/// Every neighbor, in the order they are listed to the user.
pub const ALL: &[Neighbor] = &[
    api_gateway::HTTP,
    api_gateway::REST,
    api_gateway::WEBSOCKET,
    data_transfer::FUNCTION_URL,
    load_balancer::APPLICATION,
    load_balancer::NETWORK,
    network::NAT_GATEWAY,
    network::PUBLIC_IPV4,
    network::INTERFACE_ENDPOINT,
    data_transfer::OUT,
    data_transfer::CROSS_ZONE,
    data_transfer::INTER_REGION,
    cloudwatch::LOGS,
    cloudwatch::METRICS,
    cloudwatch::ALARMS,
    x_ray::NEIGHBOR,
    sqs::NEIGHBOR,
    sns::NEIGHBOR,
    eventbridge::NEIGHBOR,
    step_functions::STANDARD,
    step_functions::EXPRESS,
    dynamodb::NEIGHBOR,
    storage::S3,
    kinesis::NEIGHBOR,
    rds_proxy::NEIGHBOR,
    secrets::SECRETS_MANAGER,
    secrets::PARAMETER_STORE,
    storage::ECR,
    storage::EBS,
];

/// The neighbor of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Neighbor> {
    ALL.iter().find(|neighbor| neighbor.name == name)
}

impl Neighbor {
    /// Reads its keys, for the workloads that it serves.
    ///
    /// # Errors
    /// When a key is malformed, contradicts another, or is missing and no workload says what it would be.
    pub fn read(&self, section: &mut Section, workloads: &[&Workload]) -> Result<Attached, SettingError> {
        (self.read)(Reader::new(section, workloads))
    }
}

/// What a neighbor adds for some traffic.
type Metering = Box<dyn Fn(&Traffic, &mut Steps) + Send + Sync>;

/// A neighbor with its settings.
pub struct Attached {
    metering: Metering,
    notes: Vec<Note>,
    batch: Option<Decimal>,
}

impl fmt::Debug for Attached {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Attached").field("notes", &self.notes).field("batch", &self.batch).finish_non_exhaustive()
    }
}

impl Attached {
    /// What it consumes in a month. `workloads` are those it was read for; their requests may have changed since.
    ///
    /// # Errors
    /// When a quantity has more than 28 digits.
    pub fn meter(&self, workloads: &[&Workload], region: &Region, month: Month) -> Result<Vec<Step>, TooLarge> {
        let mut steps = Steps::in_region(region);
        (self.metering)(&Traffic::of(workloads, month), &mut steps);
        steps.finish()
    }

    /// Assumptions and defaults that changed what it consumes.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// How many messages it hands over at once, where that is stated: the compute behind it is invoked once for so many requests.
    #[must_use]
    pub fn batch(&self) -> Option<Decimal> {
        self.batch
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::settings::{Origin, Value};
    use crate::units::Rate;
    use crate::usage::Usage;

    /// A neighbor of these keys, for one workload of those.
    fn attach(service: &str, keys: &[(&str, &str)], workload: &[(&str, &str)]) -> Result<(Attached, Workload), SettingError> {
        let filled = |name: &str, keys: &[(&str, &str)]| {
            let mut section = Section::new(name, Origin::CommandLine);
            for (key, value) in keys {
                section.set(*key, Value::Text((*value).to_owned()), Origin::CommandLine);
            }
            section
        };
        let workload = Workload::read(&mut filled("[workload]", workload), "main", &|_, _| Err(String::new()))?;
        let mut section = filled("[[neighbor]]", keys);
        let attached = named(service).unwrap().read(&mut section, &[&workload])?;
        section.finish()?;
        Ok((attached, workload))
    }

    pub(super) fn error(service: &str, keys: &[(&str, &str)], workload: &[(&str, &str)]) -> String {
        attach(service, keys, workload).unwrap_err().to_string()
    }

    pub(super) fn notes(service: &str, keys: &[(&str, &str)], workload: &[(&str, &str)]) -> Vec<String> {
        attach(service, keys, workload).unwrap().0.notes().iter().map(ToString::to_string).collect()
    }

    /// What a neighbor consumes in a month of 730 hours, as "meter quantity".
    pub(super) fn usage(service: &str, keys: &[(&str, &str)], workload: &[(&str, &str)]) -> Vec<String> {
        let (attached, workload) = attach(service, keys, workload).unwrap();
        let steps = attached.meter(&[&workload], &Region::new("us-east-1"), Month::STANDARD).unwrap();
        let usage = Usage::of_steps(&steps).unwrap();
        usage.iter().map(|entry| format!("{} {}", entry.meter, entry.quantity.normalize())).collect()
    }

    pub(super) const MILLION: &[(&str, &str)] = &[("requests", "1M/month")];
    const SIZED: &[(&str, &str)] = &[("requests", "1M/month"), ("payload", "3KB"), ("response", "100KB")];

    #[test]
    fn every_neighbor_has_its_own_name_and_described_keys() {
        for (index, neighbor) in ALL.iter().enumerate() {
            assert!(ALL[..index].iter().all(|other| other.name != neighbor.name), "{}", neighbor.name);
            assert!(!neighbor.about.is_empty());
            assert!(neighbor.keys.iter().all(|key| !key.help.is_empty() && !key.value.is_empty()), "{}", neighbor.name);
        }
    }

    #[test]
    fn a_key_that_is_misspelled_is_refused_by_every_neighbor() {
        for neighbor in ALL {
            let message = error(neighbor.name, &[("no_such_key", "1")], MILLION);
            assert!(message.contains("no_such_key") || message.contains("needs `"), "{}: {message}", neighbor.name);
        }
    }

    /// Keys with which each neighbor can be read that needs some.
    const NEEDED: &[(&str, &[(&str, &str)])] = &[
        ("nat-gateway", &[("data_per_request", "20KB")]),
        ("interface-endpoint", &[("data_per_request", "20KB")]),
        ("inter-region-transfer", &[("data_per_request", "20KB")]),
        ("cloudwatch-logs", &[("data_per_request", "1KB")]),
        ("cloudwatch-metrics", &[("metrics", "1")]),
        ("cloudwatch-alarms", &[("alarms", "1")]),
        ("step-functions-standard", &[("transitions", "5")]),
        ("step-functions-express", &[("duration", "1s")]),
        ("dynamodb", &[("reads_per_request", "1"), ("writes_per_request", "1")]),
        ("rds-proxy", &[("vcpu", "1")]),
        ("ecr", &[("storage", "1GB")]),
        ("ebs", &[("size", "1GB")]),
    ];

    fn needed(service: &str) -> &'static [(&'static str, &'static str)] {
        NEEDED.iter().find(|(name, _)| *name == service).map_or(&[], |(_, keys)| keys)
    }

    #[test]
    fn the_keys_that_are_read_are_those_that_are_listed() {
        for neighbor in ALL {
            let unknown = [needed(neighbor.name), &[("no_such_key", "1")]].concat();
            let message = error(neighbor.name, &unknown, SIZED);
            let known = message.rsplit("known: ").next().unwrap_or_default().trim_end_matches(')');
            for key in known.split(", ") {
                assert!(neighbor.keys.iter().any(|listed| listed.name == key), "{}: {key} of {message}", neighbor.name);
            }
        }
    }

    #[test]
    fn a_batch_is_told_by_the_services_that_hand_over_several_messages() {
        for service in ["sqs", "kinesis", "dynamodb"] {
            let keys = [needed(service), &[("batch_size", "10")]].concat();
            assert_eq!(attach(service, &keys, SIZED).unwrap().0.batch(), Some(Decimal::TEN), "{service}");
        }
        assert_eq!(attach("sqs", &[], MILLION).unwrap().0.batch(), None);
    }

    #[test]
    fn extreme_settings_are_metered_or_refused_and_never_panic() {
        let workload = [("requests", "1e15/month"), ("payload", "1024TB"), ("response", "1024TB"), ("peak_to_mean", "1e6")];
        for neighbor in ALL {
            for key in neighbor.keys {
                let least_and_most = match key.value {
                    "SIZE" => ["0KB", "1024TB"],
                    "RATE" => ["0/month", "1e15/month"],
                    "TIME" => ["0ms", "36500days"],
                    "SHARE" => ["0", "1"],
                    _ => ["0", "1e15"],
                };
                for value in least_and_most {
                    let keys = [needed(neighbor.name), &[(key.name, value)]].concat();
                    let Ok((attached, workload)) = attach(neighbor.name, &keys, &workload) else { continue };
                    for month in ["1", "744"] {
                        let _ = attached.meter(&[&workload, &workload], &Region::new("us-east-1"), month.parse().unwrap());
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn more_requests_never_consume_less(fewer in 0..10_000_000_u64, more in 0..10_000_000_u64, which in 0..ALL.len()) {
            let service = ALL[which].name;
            let (attached, mut workload) = attach(service, needed(service), SIZED).unwrap();
            let mut usage = |requests| {
                workload.requests = Rate::monthly(requests);
                let steps = attached.meter(&[&workload], &Region::new("us-east-1"), Month::STANDARD).unwrap();
                Usage::of_steps(&steps).unwrap()
            };
            let (less, most) = (usage(fewer), usage(fewer + more));
            for entry in less.iter() {
                prop_assert!(most.quantity(entry.region, entry.meter) >= entry.quantity, "{service}: {}", entry.meter);
            }
        }

        #[test]
        fn two_workloads_consume_what_their_requests_do_together(one in 0..10_000_000_u64, other in 0..10_000_000_u64) {
            for service in ["api-gateway-http", "sqs", "sns", "eventbridge", "dynamodb", "data-transfer-out", "cloudwatch-logs"] {
                let (attached, workload) = attach(service, needed(service), SIZED).unwrap();
                let with = |requests| Workload { requests: Rate::monthly(requests), ..workload.clone() };
                let usage = |workloads: &[&Workload]| {
                    Usage::of_steps(&attached.meter(workloads, &Region::new("us-east-1"), Month::STANDARD).unwrap()).unwrap()
                };
                let (apart, together) = (usage(&[&with(one), &with(other)]), usage(&[&with(one + other)]));
                for entry in together.iter() {
                    let difference = (apart.quantity(entry.region, entry.meter) - entry.quantity).abs();
                    prop_assert!(difference < Decimal::new(1, 12), "{service}: {difference}");
                }
            }
        }
    }

    #[test]
    fn a_quantity_that_cannot_be_held_is_an_error() {
        let (attached, workload) =
            attach("dynamodb", &[("writes_per_request", "1e15"), ("item_size", "1024TB")], &[("requests", "1e15/month")])
                .unwrap();
        assert!(attached.meter(&[&workload], &Region::new("us-east-1"), Month::STANDARD).is_err());
    }
}
