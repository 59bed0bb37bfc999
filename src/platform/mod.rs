//! How each platform turns a workload into usage: rounding, minimums, limits.
//!
//! A [`Platform`] is a way to run code that can be chosen by name; reading its keys gives a [`Placement`], which meters a
//! workload: it says what is consumed and why, and which limits forbid it. The steps of providers' own rounding (1 ms,
//! 5 minutes, whole seconds) are stated here and nowhere else.
//!
//! A platform knows no price: what its meters cost is for [`crate::price_book`] to say. It may ask whether something has one
//! ([`Site`]), so that a default is something that is offered where the option is. Adding a platform is one file here,
//! one line in [`ALL`] and one price file.

mod aks;
mod app_runner;
mod azure_functions;
mod azure_vm;
mod busy_time;
mod cloud_functions;
mod cloud_run;
mod cloudflare_workers;
mod container_apps;
mod container_instances;
mod ec2;
mod ecs;
mod eks;
mod eks_fargate;
mod fargate;
mod fly;
mod gce;
mod gke;
mod job;
mod kubernetes;
mod lambda;
mod lambda_edge;
mod lambda_managed_instances;
mod lambda_microvms;
mod machine_fleet;
mod modal;
mod nodes;
mod rental;
mod replayed;
mod sagemaker_serverless;
mod task_size;
mod vercel;

use std::fmt;

pub use self::lambda::{InvocationMeters, LAMBDA_INCLUDED_STORAGE, LAMBDA_MEMORY};
pub use self::replayed::{ReplayedFunction, ReplayedMachines, ReplayedMonth, ReplayedService, ServiceRule};
use crate::capacity::{Capacity, Fleet, Noun};
use crate::machine::Machine;
use crate::note::{Note, Refusal};
use crate::profile::WorkProfile;
use crate::settings::{Found, Key, Section, SettingError};
use crate::units::{Count, DataSize, Decimal, Month};
use crate::usage::{Meter, Provider, Region, Step, TooLarge};
use crate::workload::{ReadFile, Workload};

/// Reads the keys of a platform's option for one workload.
pub type ReadPlacement = fn(&mut Section, &Workload, &Site<'_>) -> Result<Box<dyn Placement>, SettingError>;

/// What a platform may ask while it reads the keys of an option.
pub struct Site<'s> {
    /// Gives the text of a file that a setting names.
    pub read_file: &'s ReadFile<'s>,
    /// Whether something has a price in the region of the option.
    pub is_priced: &'s dyn Fn(&Meter) -> bool,
}

impl fmt::Debug for Site<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Site").finish_non_exhaustive()
    }
}

/// A way to run code, by name.
#[derive(Debug)]
pub struct Platform {
    /// As written in scenarios: `platform = "lambda"`.
    pub name: &'static str,
    /// Whose it is: its regions and prices.
    pub provider: Provider,
    /// What it is, in a line.
    pub about: &'static str,
    /// The keys of its options in groups, which are also flags.
    pub keys: &'static [&'static [Key]],
    /// Reads those keys for one workload.
    pub read: ReadPlacement,
}

/// Every platform, in the order they are listed to the user.
pub const ALL: &[Platform] = &[
    lambda::PLATFORM,
    lambda_edge::PLATFORM,
    lambda_managed_instances::PLATFORM,
    lambda_microvms::PLATFORM,
    fargate::PLATFORM,
    ecs::EC2,
    ecs::MANAGED_INSTANCES,
    eks::EC2,
    eks::AUTO,
    eks_fargate::PLATFORM,
    app_runner::PLATFORM,
    ec2::PLATFORM,
    sagemaker_serverless::PLATFORM,
    azure_functions::PLATFORM,
    cloud_run::SERVICES,
    cloud_run::JOBS,
    cloud_run::WORKER_POOLS,
    cloud_run::FUNCTIONS,
    cloud_functions::PLATFORM,
    gke::STANDARD,
    gke::AUTOPILOT,
    gce::PLATFORM,
    container_apps::PLATFORM,
    container_instances::PLATFORM,
    azure_vm::PLATFORM,
    aks::PLATFORM,
    modal::PLATFORM,
    cloudflare_workers::PLATFORM,
    fly::PLATFORM,
    vercel::PLATFORM,
];

impl Platform {
    /// Whether queues and streams invoke it, with several messages at once: functions on AWS.
    #[must_use]
    pub fn takes_batches(&self) -> bool {
        [lambda::PLATFORM.name, lambda_managed_instances::PLATFORM.name].contains(&self.name)
    }

    /// The keys of its options.
    pub fn all_keys(&self) -> impl Iterator<Item = &'static Key> {
        self.keys.iter().copied().flatten()
    }
}

/// The platform of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Platform> {
    ALL.iter().find(|platform| platform.name == name)
}

/// One workload placed on one platform with its settings.
pub trait Placement: fmt::Debug + Send + Sync {
    /// What distinguishes it from another placement of the same platform: "512 MB arm64".
    fn title(&self) -> String;

    /// Takes over how long a request takes, of a workload of which nothing else has changed since the keys were read; false
    /// where they must be read again. What was said of the old time stays in the notes: this is for who asks for costs alone.
    fn retime(&mut self, _workload: &Workload) -> bool {
        false
    }

    /// Why the platform cannot run the workload; empty when it can.
    fn refusals(&self, workload: &Workload, month: Month) -> Vec<Refusal>;

    /// What the workload consumes in a month.
    ///
    /// # Errors
    /// When a quantity has more than 28 digits.
    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge>;

    /// What a replay needs to know of it, where it starts an environment for each call that finds none.
    fn function(&self) -> Option<ReplayedFunction> {
        None
    }

    /// What a replay needs to know of it, where the platform starts and stops instances with the requests.
    fn service(&self, _workload: &Workload, _month: Month) -> Option<ReplayedService> {
        None
    }

    /// What a replay of [`Self::function`] or [`Self::service`] consumed.
    ///
    /// # Errors
    /// When a quantity has more than 28 digits.
    fn meter_replayed(&self, _replay: &ReplayedMonth<'_>, _workload: &Workload, _region: &Region) -> Result<Vec<Step>, TooLarge> {
        Ok(Vec::new())
    }

    /// How many requests start cold, where that is computed: what they cost may fall while more requests come.
    fn cold_odds(&self, _workload: &Workload, _month: Month) -> Option<ColdOdds> {
        None
    }

    /// The same with these odds whatever the workload, so that a bill rises with it; nothing where they are not computed.
    fn with_cold_odds(&self, _odds: ColdOdds) -> Option<Box<dyn Placement>> {
        None
    }

    /// The fleet of instances that it keeps for the workload, where it is paid for by their time.
    fn fleet(&mut self) -> Option<&mut Fleet> {
        None
    }

    /// The machines of its fleet, where it rents some.
    fn machines(&self) -> Option<ReplayedMachines> {
        None
    }
}

/// How many of the requests to a function start cold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColdOdds {
    /// Requests in progress on average, in the busiest hour where hours differ.
    pub load: f64,
    /// Their share where no unit is kept ready.
    pub share: f64,
    /// The same while provisioned units are.
    pub share_beside_units: f64,
}

/// What a placed workload consumes, and what the reader should know about it.
#[derive(Debug)]
pub struct Metered {
    /// The terms of the usage.
    pub steps: Vec<Step>,
    /// Assumptions and defaults that changed it.
    pub notes: Vec<Note>,
    /// Concurrent executions at peak, where they count against the account's quota of [`LAMBDA_CONCURRENCY`](crate::cold_start::LAMBDA_CONCURRENCY) per region.
    pub peak_concurrency: Option<f64>,
    /// How many instances carry the load, where the platform has instances.
    pub capacity: Option<Capacity>,
}

/// Collects refusals with less ceremony.
#[derive(Debug, Default)]
struct Refusals(Vec<Refusal>);

impl Refusals {
    fn unless(&mut self, allowed: bool, asked: impl FnOnce() -> String, limit: impl fmt::Display) {
        if !allowed {
            self.0.push(Refusal { asked: asked(), limit: limit.to_string() });
        }
    }

    /// A platform without GPUs.
    fn no_gpu(&mut self, workload: &Workload, remedy: &str) {
        if let Some(gpu) = &workload.gpu {
            self.unless(false, || format!("a GPU ({gpu})"), remedy);
        }
    }

    /// A machine that must have the workload's GPU.
    fn gpu_of(&mut self, workload: &Workload, machine: &Machine) {
        if machine_fleet::has_gpu(machine, workload) {
            return;
        }
        let has = if machine.gpus.is_zero() { "no GPU".to_owned() } else { format!("{} × {}", machine.gpus, machine.gpu) };
        let asked = || format!("a GPU ({})", workload.gpu.as_deref().unwrap_or_default());
        self.unless(false, asked, format_args!("{} has {has}", machine.name));
    }

    /// A size between two bounds, or its refusal.
    fn size_within(&mut self, what: &str, size: DataSize, least: DataSize, most: DataSize) {
        if !(least..=most).contains(&size) {
            let limit = if least == most { format!("{most} only") } else { format!("{least} to {most}") };
            self.unless(false, || format!("{what} {size}"), limit);
        }
    }
}

/// The instruction set a function is built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Architecture {
    /// 64-bit x86.
    #[serde(rename = "x86_64")]
    X86,
    /// 64-bit ARM (Graviton).
    #[serde(rename = "arm64")]
    Arm,
}

impl Architecture {
    const CHOICES: &'static [(&'static str, Self)] = &[("x86_64", Self::X86), ("arm64", Self::Arm)];

    /// As AWS writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::X86 => "x86_64",
            Self::Arm => "arm64",
        }
    }

    /// What a function is built for when nobody says: what its profile was measured on, else Lambda's own default.
    fn by_default(workload: &Workload) -> Self {
        let measured_on = workload.profile().map(WorkProfile::architecture);
        let known = Self::CHOICES.iter().find(|(name, _)| measured_on == Some(*name));
        known.map_or(Self::X86, |(_, architecture)| *architecture)
    }

    /// The meter of this architecture out of a pair.
    fn of(self, pair: &PerArchitecture) -> &Meter {
        match self {
            Self::X86 => &pair.x86,
            Self::Arm => &pair.arm,
        }
    }
}

/// A meter that is counted for each architecture by itself.
struct PerArchitecture {
    x86: Meter,
    arm: Meter,
}

/// Defines a pair of meters from their common name.
macro_rules! per_architecture {
    ($id:literal, $item:literal, $unit:expr) => {
        $crate::platform::PerArchitecture {
            x86: $crate::usage::Meter::fixed(concat!($id, ".x86_64"), concat!($item, ", x86_64"), $unit),
            arm: $crate::usage::Meter::fixed(concat!($id, ".arm64"), concat!($item, ", arm64"), $unit),
        }
    };
}
use per_architecture;

/// Requests that one instance works on at once; more than a million is a typing mistake.
fn read_concurrency(section: &mut Section) -> Result<Option<Decimal>, SettingError> {
    let Some(Found { value, at }) = section.quantity::<Count>("concurrency")? else { return Ok(None) };
    if Decimal::ONE <= value.get() && value.get() <= Decimal::from(1_000_000) {
        return Ok(Some(value.get()));
    }
    Err(SettingError::other(&at, format!("`concurrency` is {value} (write a number from 1 to 1,000,000)")))
}

/// A platform of functions, which keep nothing between requests.
fn refuse_state(workload: &Workload, refusals: &mut Refusals) {
    let limit = "functions keep nothing between requests for sure; containers, machines and Lambda MicroVMs do";
    refusals.unless(!workload.stateful, || "state kept between requests".to_owned(), limit);
}

/// How long a request takes on one instance, where that differs from what was measured: a small size is slow.
fn speed_note(workload: &Workload, vcpu: Decimal, noun: Noun) -> Option<Note> {
    let time = workload.demand()?.mean_on(vcpu).rounded();
    let threads = if vcpu < Decimal::ONE { "a part of a vCPU" } else { "a vCPU of its own for each thread" };
    Some(Note::assumption(format!(
        "a request takes {time} on one {} of {} vCPU when none waits ({threads}; a vCPU is taken to be as fast as a Lambda function of 1,769 MB)",
        noun.one(),
        vcpu.normalize()
    )))
}

/// Which GPU is taken, where the workload leaves a choice.
fn gpu_note(workload: &Workload, taken: &str) -> Option<Note> {
    let taken = taken.replace('_', " ").to_uppercase();
    match workload.gpu.as_deref() {
        Some("any") => Some(Note::assumption(format!("any GPU will do: {taken} is taken"))),
        Some("a100") => Some(Note::assumption(format!("a100 is an A100 of 40 or of 80 GB: {taken} is taken"))),
        _ => None,
    }
}

/// Requests, as a factor of a step.
fn requests(count: Decimal) -> (Decimal, &'static str) {
    (count, "requests")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_has_its_own_name_and_described_keys() {
        for (index, platform) in ALL.iter().enumerate() {
            assert!(ALL[..index].iter().all(|other| other.name != platform.name), "{}", platform.name);
            assert!(platform.all_keys().all(|key| !key.help.is_empty() && !key.value.is_empty()));
        }
    }
}
