//! How many tasks, instances or replicas a workload needs, and what binds.
//!
//! A [`Shape`] is one instance of a platform: vCPUs, memory, requests at once, GPUs. A [`Fleet`] is what was asked for: a fixed
//! count or "auto", target utilization, zones, spares, limits. Together with the [`Demand`](crate::workload::Demand) of one
//! request and the traffic they give a [`Capacity`]: how many instances at peak, how many instance-hours in the month, how busy
//! they are, how long requests wait, and which bound decided. What cannot be carried is said in `shortfalls`; it is never
//! solved by silently adding what was not asked for.
//!
//! This room knows no platform and no price.

mod bounds;
mod fleet;
mod shortfall;
mod size;
mod surplus;
mod waiting;

pub use self::fleet::{Count, Fleet, Limit, MOST_INSTANCES, Noun, Scaling, Seen};
pub use self::size::Level;
pub use self::surplus::Surplus;
pub use self::waiting::{Peak, Waiting};
use crate::note::{Note, Refusal};
use crate::units::{DataSize, Decimal, Month};

/// One instance, task, replica or pod, and what it can do.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// vCPUs while it computes.
    pub vcpu: Decimal,
    /// vCPUs it can use all the time, where that is less: burstable machines.
    pub sustained_vcpu: Option<Decimal>,
    /// Whether use above the sustained vCPUs is charged (true) or not possible for long.
    pub surplus_allowed: bool,
    /// Memory for the workload.
    pub memory: DataSize,
    /// Requests that it works on at once, where that is limited.
    pub concurrency: Option<Decimal>,
    /// GPUs.
    pub gpus: Decimal,
}

impl Shape {
    /// A shape of vCPUs and memory with nothing special.
    #[must_use]
    pub fn new(vcpu: Decimal, memory: DataSize) -> Self {
        Self { vcpu, sustained_vcpu: None, surplus_allowed: false, memory, concurrency: None, gpus: Decimal::ZERO }
    }
}

/// Which bound decides how much one instance can carry, or how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// CPU time.
    Cpu,
    /// CPU time over the day: a burstable machine earns credits at its baseline share only.
    SustainedCpu,
    /// Requests at once.
    Concurrency,
    /// Memory of requests in progress.
    Memory,
    /// GPU time.
    Gpu,
    /// The capacity that was stated for one instance.
    Stated,
    /// The limit on waiting or latency.
    Waiting,
    /// One zone may fail.
    Zones,
    /// Spare instances.
    Spares,
    /// The least count.
    Minimum,
    /// The count was given.
    Fixed,
}

impl Binding {
    /// For people and programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "CPU",
            Self::SustainedCpu => "sustained CPU",
            Self::Concurrency => "concurrency",
            Self::Memory => "memory",
            Self::Gpu => "GPU",
            Self::Stated => "stated rate",
            Self::Waiting => "waiting",
            Self::Zones => "zones",
            Self::Spares => "spares",
            Self::Minimum => "minimum",
            Self::Fixed => "fixed count",
        }
    }
}

/// What a fleet of instances can carry, and how busy it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Capacity {
    /// "task", "instance", "replica".
    pub noun: Noun,
    /// Instances at peak.
    pub instances: Decimal,
    /// Instance-hours of the month: less than instances × month where the fleet follows the hours.
    pub instance_hours: Decimal,
    /// Requests per second that one instance carries at 100 % of its tightest bound; none where requests take nothing.
    pub rate_per_instance: Option<Decimal>,
    /// What decided the number of instances.
    pub binding: Binding,
    /// Peak load as a part of what the fleet carries; from one on it falls short.
    pub utilization: Decimal,
    /// Mean load as a part of what the hours paid for carry.
    pub mean_utilization: Decimal,
    /// vCPU-hours above what burstable instances sustain.
    pub surplus_vcpu_hours: Decimal,
    /// Requests in progress at peak.
    pub concurrency: Decimal,
    /// The fleet at its busiest: what [`Self::waiting`] follows from.
    pub peak: Option<Peak>,
    /// Whether instances are paid for while they have no request.
    pub paid_while_idle: bool,
    /// Why the fleet cannot carry the load.
    pub shortfalls: Vec<Refusal>,
    /// What the reader should know.
    pub notes: Vec<Note>,
}

impl Capacity {
    /// Who waits at peak, and how long; nothing where nobody does, or a line would grow without end. It is computed when
    /// asked for, because it takes longer than everything else.
    #[must_use]
    pub fn waiting(&self) -> Option<Waiting> {
        self.peak.as_ref().and_then(Peak::waiting)
    }

    /// Whether the fleet has the same size all month.
    #[must_use]
    pub fn is_constant(&self, month: Month) -> bool {
        self.instance_hours == self.instances * month.hours()
    }

    /// The instance-hours as the factors of a term of usage.
    #[must_use]
    pub fn hour_factors(&self, month: Month) -> Vec<(Decimal, &'static str)> {
        if self.is_constant(month) {
            vec![(self.instances, self.noun.of(self.instances)), (month.hours(), "h")]
        } else {
            vec![(self.instance_hours, self.noun.hours())]
        }
    }
}
