//! Google Cloud Run: containers and functions that are there while they have something to do.
//!
//! Cloud Run bills in four ways, each with meters of its own (cloud.google.com/run/pricing, 2025-08 and 2026-08):
//!
//! | way | what is billed | in steps of |
//! |---|---|---|
//! | request-based | each instance while it has a request, each request, and minimum instances while they have none | 100 ms |
//! | instance-based | each instance as long as it lives | 100 ms, a minute at least |
//! | jobs | each task as long as it runs | 100 ms, a minute at least |
//! | worker pools | each instance as long as it lives | 100 ms, a minute at least |
//!
//! Prices have two tiers of regions. Worked number: 4 vCPU, 16 GiB and one L4 for an hour, instance-based in tier 1, are
//! 4 × 0.0648 + 16 × 0.0072 + 0.67212 = $1.04652.
//!
//! Limits are of the documentation in 2026: pages "CPU limits", "Request timeout", "Maximum concurrent requests", "Task timeout".

mod job;
mod service;
mod size;
mod worker_pool;

pub(super) use self::job::PLATFORM as JOBS;
pub(super) use self::service::{FUNCTIONS, PLATFORM as SERVICES};
pub(super) use self::worker_pool::PLATFORM as WORKER_POOLS;
use super::Refusals;
use crate::capacity::Capacity;
use crate::note::Note;
use crate::settings::{Key, Section, SettingError, value_or};
use crate::units::{DataSize, Decimal, Month, SECONDS_PER_HOUR, TimeSpan, Unit};
use crate::usage::{Meter, Steps};
use crate::workload::Workload;

/// What is billed in steps of 100 ms.
const STEP: TimeSpan = TimeSpan::from_whole_milliseconds(100);

const PURCHASE: Key = Key {
    name: "purchase",
    value: "NAME",
    help: "on-demand, flexible-commitment-1y or flexible-commitment-3y [default: on-demand]",
};

/// How instances are paid for: as options name it, and as price lists do.
const PURCHASES: &[(&str, &str)] = &[
    ("on-demand", ""),
    ("flexible-commitment-1y", ".flexible_commitment_1y"),
    ("flexible-commitment-3y", ".flexible_commitment_3y"),
];

/// What one instance is, and how it is paid for.
#[derive(Debug, Clone, PartialEq)]
struct Instance {
    vcpu: Decimal,
    memory: DataSize,
    /// As price lists name it, with the dot before.
    purchase: &'static str,
}

/// What the time of instances is counted by.
#[derive(Debug)]
struct TimeMeters {
    cpu: Meter,
    memory: Meter,
}

impl Instance {
    fn read_purchase(section: &mut Section) -> Result<&'static str, SettingError> {
        Ok(value_or(section.choice("purchase", PURCHASES)?, ""))
    }

    /// A meter of one of the ways of billing, such as `cloud_run.job.cpu`.
    fn meter(&self, way: &str, item: &str, unit: Unit) -> Meter {
        let paid = self.purchase.replace(['.', '_'], " ");
        let paid = if paid.is_empty() { paid } else { format!(",{paid}") };
        let name = format!("{} {}{paid}", way.replace('_', " "), item.replace("cpu", "vCPU").replace('_', " "));
        Meter::named(format!("cloud_run.{way}.{item}{}", self.purchase), format!("Cloud Run {name}"), unit)
    }

    /// The fee of requests, which a commitment makes cheaper too.
    fn request_meter(&self) -> Meter {
        Meter::named(format!("cloud_run.requests{}", self.purchase), "Cloud Run requests".to_owned(), Unit::Request)
    }

    /// What its time is counted by in one of the ways of billing; `idle` is "idle_" or nothing.
    fn time_meters(&self, way: &str, idle: &str) -> TimeMeters {
        TimeMeters {
            cpu: self.meter(way, &format!("{idle}cpu"), Unit::VcpuSecond),
            memory: self.meter(way, &format!("{idle}memory"), Unit::GibSecond),
        }
    }

    /// Adds so much time of instances: their vCPUs and their memory.
    fn add_time(&self, steps: &mut Steps, meters: &TimeMeters, what: &'static str, time: &[(Decimal, &'static str)]) {
        if time.iter().any(|(factor, _)| factor.is_zero()) {
            return;
        }
        let term = |amount: Decimal, label: &'static str| [time, &[(amount, label)]].concat();
        steps.add(&meters.cpu, what, &term(self.vcpu, "vCPU"));
        steps.add(&meters.memory, what, &term(self.memory.gigabytes(), "GiB"));
    }

    /// "1 vCPU, 512 MB".
    fn title(&self) -> String {
        let paid = self.purchase.replace(['.', '_'], " ");
        format!("{} vCPU, {}{}{paid}", self.vcpu.normalize(), self.memory, if paid.is_empty() { "" } else { "," })
    }

    fn notes(&self) -> Option<Note> {
        let commitment = "a flexible commitment is an amount of dollars for each hour, due whether used or not; here all use is covered and nothing is left over";
        (!self.purchase.is_empty()).then(|| Note::assumption(commitment))
    }

    fn is_at_least_one_vcpu(&self, refusals: &mut Refusals) {
        refusals.unless(
            Decimal::ONE <= self.vcpu,
            || format!("{} vCPU", self.vcpu.normalize()),
            "less than one vCPU is for request-based billing",
        );
    }
}

/// The seconds that the instances of a fleet are there, as factors of a term.
fn seconds_of(capacity: &Capacity, month: Month) -> Vec<(Decimal, &'static str)> {
    [capacity.hour_factors(month).as_slice(), &[(SECONDS_PER_HOUR, "s/h")]].concat()
}

/// The GPU of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gpu {
    None,
    L4 { zonal_redundancy: bool },
}

const ZONAL_REDUNDANCY: Key = Key {
    name: "zonal_redundancy",
    value: "BOOL",
    help: "Of a GPU: capacity is kept in another zone, at a higher price [default: false]",
};

impl Gpu {
    /// The L4 where the workload needs one, or any GPU.
    fn read(section: &mut Section, workload: &Workload) -> Result<(Self, Option<Note>), SettingError> {
        let stated = section.flag("zonal_redundancy")?;
        if !workload.runs_on_gpu("l4") {
            return Ok((Self::None, None));
        }
        let note = Note::default_used("zonal_redundancy", "false", "no capacity for the GPU is kept in another zone");
        Ok((Self::L4 { zonal_redundancy: stated.unwrap_or(false) }, stated.is_none().then_some(note)))
    }

    fn count(self) -> Decimal {
        if self == Self::None { Decimal::ZERO } else { Decimal::ONE }
    }

    /// An L4 needs 4 vCPUs and 16 GiB; of other GPUs there is none, or no price.
    fn check(self, workload: &Workload, instance: &Instance, refusals: &mut Refusals) {
        match (self, workload.gpu.as_deref()) {
            (Self::None, None) => {}
            (Self::None, Some("rtx_pro_6000")) => {
                refusals.no_gpu(workload, "Cloud Run has it, but its price is not published; L4 has one");
            }
            (Self::None, Some(_)) => refusals.no_gpu(workload, "Cloud Run has L4 and RTX PRO 6000"),
            (Self::L4 { .. }, _) => refusals.unless(
                size::LEAST_WITH_GPU.0 <= instance.vcpu && size::LEAST_WITH_GPU.1 <= instance.memory,
                || format!("an L4 with {} vCPU and {}", instance.vcpu.normalize(), instance.memory),
                "4 vCPU and 16 GB at least",
            ),
        }
    }

    fn add_time(self, steps: &mut Steps, what: &'static str, time: &[(Decimal, &'static str)]) {
        let Self::L4 { zonal_redundancy } = self else { return };
        let meter = if zonal_redundancy { &L4_REDUNDANT } else { &L4 };
        steps.add(meter, what, &[time, &[(Decimal::ONE, "GPU")]].concat());
    }
}

static L4: Meter = Meter::fixed("cloud_run.gpu.l4.no_zonal_redundancy", "Cloud Run L4, no zonal redundancy", Unit::GpuSecond);
static L4_REDUNDANT: Meter = Meter::fixed("cloud_run.gpu.l4.zonal_redundancy", "Cloud Run L4, zonal redundancy", Unit::GpuSecond);

/// What keeps state cannot run where instances come and go.
fn refuse_state(workload: &Workload, refusals: &mut Refusals) {
    refusals.unless(
        !workload.stateful,
        || "state kept between requests".to_owned(),
        "instances come and go with what they hold; keep state in a service of its own",
    );
}
