//! What changes along an axis, and what a scenario is like at one place of it.

use std::fmt;
use std::str::FromStr;

use super::{BreakEvenError, Interval, Scale};
use crate::scenario::Draft;
use crate::settings::{Origin, Value, nearest};
use crate::stats::Durations;
use crate::units::{Count, DataSize, Decimal, Month, QuantityError, Rate, Share, TimeSpan, grouped};
use crate::workload::{Work, Workload};

/// What changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Axis {
    /// Requests of all workloads in the month, in the proportion that the scenario states.
    Requests,
    /// Requests of one workload in the month, by its name; the others stay.
    RequestsOf(String),
    /// The mean duration of a request; its spread, and the CPU's share of it, stay.
    Duration,
    /// The memory a request needs, at which its duration was measured.
    Memory,
    /// The share of a request's duration that is CPU time.
    CpuFraction,
    /// The peak rate as a multiple of the mean.
    PeakToMean,
    /// How busy fleets may be at peak.
    Utilization,
    /// A factor on what is charged for a service or meter, by the start of its name: `lambda`, `fargate.vcpu`.
    Price(String),
}

/// The key of an option that says how busy its fleet may be at peak.
pub(super) const TARGET_UTILIZATION: &str = "target_utilization";

/// The names of the axes, as typed; a price is named with its service or meter, one of several workloads with its own name.
const NAMES: [&str; 8] = ["requests", "duration", "memory", "cpu-fraction", "peak-to-mean", "utilization", "price:", "requests:"];

impl Axis {
    /// As typed.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Requests => NAMES[0].to_owned(),
            Self::Duration => NAMES[1].to_owned(),
            Self::Memory => NAMES[2].to_owned(),
            Self::CpuFraction => NAMES[3].to_owned(),
            Self::PeakToMean => NAMES[4].to_owned(),
            Self::Utilization => NAMES[5].to_owned(),
            Self::Price(of) => format!("{}{of}", NAMES[6]),
            Self::RequestsOf(workload) => format!("{}{workload}", NAMES[7]),
        }
    }

    /// The unit of its places, for programs.
    #[must_use]
    pub const fn unit(&self) -> &'static str {
        match self {
            Self::Requests | Self::RequestsOf(_) => "request/month",
            Self::Duration => "ms",
            Self::Memory => "MB",
            Self::CpuFraction | Self::Utilization => "share",
            Self::PeakToMean | Self::Price(_) => "factor",
        }
    }

    /// What its places count, in words: "requests a month", "ms".
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Requests => "requests a month".to_owned(),
            Self::Duration => "ms".to_owned(),
            Self::Memory => "MB".to_owned(),
            Self::CpuFraction => "CPU".to_owned(),
            Self::PeakToMean => "times the mean at peak".to_owned(),
            Self::Utilization => "target utilization".to_owned(),
            Self::Price(of) => format!("times the price of {of}"),
            Self::RequestsOf(workload) => format!("requests a month of {workload}"),
        }
    }

    /// The number of a place, for people: "3,558,743", "28.1%".
    #[must_use]
    pub fn number(&self, at: Decimal) -> String {
        let short = |at: Decimal| grouped(at.round_dp(if at < Decimal::from(100) { 4 } else { 2 }));
        match self {
            // Requests come whole; a rate below one a month has its decimals.
            Self::Requests | Self::RequestsOf(_) if Decimal::ONE <= at => grouped(at.round_dp(0)),
            Self::CpuFraction | Self::Utilization => format!("{}%", short(at * Decimal::ONE_HUNDRED)),
            _ => short(at),
        }
    }

    /// A place in words: "3,558,743 requests a month".
    #[must_use]
    pub fn place(&self, at: Decimal) -> String {
        format!("{} {}", self.number(at), self.label())
    }

    /// A place as it is typed: a rate, a time, a size, a share, a factor.
    ///
    /// # Errors
    /// When the text is no such quantity.
    pub fn parse(&self, text: &str, month: Month) -> Result<Decimal, QuantityError> {
        Ok(match self {
            Self::Requests | Self::RequestsOf(_) => text.parse::<Rate>()?.per_month(month),
            Self::Duration => text.parse::<TimeSpan>()?.milliseconds(),
            Self::Memory => text.parse::<DataSize>()?.megabytes(),
            Self::CpuFraction | Self::Utilization => text.parse::<Share>()?.get(),
            Self::PeakToMean | Self::Price(_) => text.parse::<Count>()?.get(),
        })
    }

    /// Where it is looked at when nobody says: from next to nothing to more than most have.
    #[must_use]
    pub fn usual_ends(&self) -> (Decimal, Decimal) {
        let ends = |from: i64, from_places: u32, to: i64| (Decimal::new(from, from_places), Decimal::from(to));
        match self {
            Self::Requests | Self::RequestsOf(_) => ends(1_000, 0, 1_000_000_000),
            Self::Duration => ends(1, 0, 900_000),
            Self::Memory => ends(128, 0, 10_240),
            Self::CpuFraction => ends(1, 2, 1),
            Self::PeakToMean => ends(1, 0, 100),
            Self::Utilization => ends(1, 1, 1),
            Self::Price(_) => ends(1, 1, 10),
        }
    }

    /// How it is divided when nobody says.
    #[must_use]
    pub const fn usual_scale(&self) -> Scale {
        match self {
            Self::CpuFraction | Self::Utilization => Scale::Linear,
            _ => Scale::Logarithmic,
        }
    }

    /// In how many parts it is walked, in each of which a cost is taken to rise, or to fall, all the way if nothing is known that
    /// speaks against it. Requests alone are known to; more memory moves a task to a larger size, and then fewer may do; more CPU
    /// lets fewer requests share an instance, and then each is rounded for itself.
    pub(super) const fn parts(&self) -> u32 {
        match self {
            Self::Requests | Self::RequestsOf(_) | Self::Price(_) => 32,
            Self::Duration | Self::PeakToMean => 64,
            Self::Memory | Self::CpuFraction | Self::Utilization => 128,
        }
    }

    /// Whether it changes how many requests are in progress, and with them how many start cold and how busy a fleet is.
    pub(super) const fn changes_load(&self) -> bool {
        matches!(self, Self::Requests | Self::RequestsOf(_) | Self::Duration | Self::CpuFraction)
    }

    /// Whether the designs must be placed anew at every place.
    pub(super) const fn places_anew(&self) -> bool {
        !matches!(self, Self::Requests | Self::RequestsOf(_) | Self::Price(_))
    }

    /// Refuses what this scenario cannot be changed in, and places that mean nothing.
    pub(super) fn check(&self, draft: &Draft, interval: &Interval) -> Result<(), BreakEvenError> {
        let refuse = |problem: &str| Err(BreakEvenError::NotThisScenario { axis: self.name(), problem: problem.to_owned() });
        let most_share = matches!(self, Self::CpuFraction | Self::Utilization) && Decimal::ONE < interval.to();
        if most_share {
            return refuse("a share is at most 100%");
        }
        match self {
            Self::Requests if draft.workloads.iter().all(|workload| workload.requests.is_zero()) && draft.workloads.len() > 1 => {
                refuse("every workload has zero requests, so that their proportion is not known")
            }
            Self::RequestsOf(name) if draft.workloads.iter().all(|workload| workload.name != *name) => {
                let names: Vec<&str> = draft.workloads.iter().map(|workload| workload.name.as_str()).collect();
                refuse(&format!("no workload has this name (they are called {})", names.join("; ")))
            }
            Self::PeakToMean if interval.from() < Decimal::ONE => refuse("a peak is at least the mean (start at 1)"),
            Self::Utilization | Self::Duration if interval.from().is_zero() => refuse("zero means nothing here (start above it)"),
            Self::Duration | Self::Memory | Self::CpuFraction => match draft.workloads.as_slice() {
                [Workload { work: Some(Work::Profile(_)), .. }] => refuse("a profile says how long a request takes at each size"),
                [Workload { work: None, .. }] => refuse("the workload states no duration and no CPU time"),
                [_] => Ok(()),
                _ => refuse("the scenario has several workloads; give one"),
            },
            _ => Ok(()),
        }
    }

    /// Changes the draft to a place of the axis.
    pub(super) fn set(&self, draft: &mut Draft, at: Decimal) {
        let workload = draft.workloads.first_mut();
        match (self, workload) {
            (Self::Utilization, _) => {
                let origin = Origin::Flag("over".to_owned());
                draft.flags.option.set(TARGET_UTILIZATION, Value::Text(at.to_string()), origin);
            }
            (Self::PeakToMean, _) => draft.workloads.iter_mut().for_each(|workload| workload.peak_to_mean = at),
            (Self::Duration, Some(workload)) => set_duration(workload, at),
            (Self::Memory, Some(workload)) => {
                // Sizes come in whole megabytes.
                let size = DataSize::from_gigabytes(at.ceil() / Decimal::from(1024));
                workload.memory = Some(size);
                if let Some(Work::Measured { memory, .. }) = &mut workload.work {
                    *memory = size;
                }
            }
            (Self::CpuFraction, Some(workload)) => set_cpu_fraction(workload, at),
            // What comes, and what it costs, moves without placing anything anew; the rest needs a workload.
            (Self::Requests | Self::RequestsOf(_) | Self::Price(_) | Self::Duration | Self::Memory | Self::CpuFraction, _) => {}
        }
    }
}

fn set_duration(workload: &mut Workload, milliseconds: Decimal) {
    match &mut workload.work {
        Some(Work::Measured { durations, .. }) => {
            let mean = durations.mean().milliseconds();
            // What takes no time at all has no spread to keep.
            let flat = mean.is_zero().then(|| Durations::constant(TimeSpan::from_milliseconds(milliseconds)).ok()).flatten();
            *durations = flat.unwrap_or_else(|| durations.scaled(milliseconds, mean.max(Decimal::new(1, 9))));
        }
        Some(Work::CpuAndWait { cpu, wait }) => {
            let share = cpu.milliseconds() / (*cpu + *wait).milliseconds();
            *cpu = TimeSpan::from_milliseconds(milliseconds * share);
            *wait = TimeSpan::from_milliseconds(milliseconds - milliseconds * share);
        }
        Some(Work::Profile(_)) | None => {}
    }
}

fn set_cpu_fraction(workload: &mut Workload, at: Decimal) {
    match &mut workload.work {
        Some(Work::Measured { cpu_share, cpu_share_given, .. }) => {
            *cpu_share = at.to_string().parse().unwrap_or(Share::ALL);
            *cpu_share_given = true;
        }
        Some(Work::CpuAndWait { cpu, wait }) => {
            let whole = (*cpu + *wait).milliseconds();
            *cpu = TimeSpan::from_milliseconds(whole * at);
            *wait = TimeSpan::from_milliseconds(whole - whole * at);
        }
        Some(Work::Profile(_)) | None => {}
    }
}

impl fmt::Display for Axis {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.name())
    }
}

impl FromStr for Axis {
    type Err = BreakEvenError;

    fn from_str(text: &str) -> Result<Self, BreakEvenError> {
        if let Some(of) = text.strip_prefix(NAMES[6]).filter(|of| !of.is_empty()) {
            return Ok(Self::Price(of.to_owned()));
        }
        if let Some(workload) = text.strip_prefix(NAMES[7]).filter(|workload| !workload.is_empty()) {
            return Ok(Self::RequestsOf(workload.to_owned()));
        }
        let plain = [Self::Requests, Self::Duration, Self::Memory, Self::CpuFraction, Self::PeakToMean, Self::Utilization];
        let typed = text.replace('_', "-");
        plain.into_iter().find(|axis| axis.name() == typed).ok_or_else(|| BreakEvenError::UnknownAxis {
            typed: text.to_owned(),
            nearest: nearest(text, NAMES).map(str::to_owned),
        })
    }
}
