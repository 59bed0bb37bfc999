//! Lambda Managed Instances: Lambda functions on EC2 instances of one's own account.
//!
//! Rules (AWS Lambda pricing page, 2026): the EC2 price of the instances, a management fee of 15 % of their *on-demand* price
//! whatever is paid for them, and the request fee; no duration charge. At least three instances, one in each of three zones,
//! unless a capacity provider says otherwise.
//!
//! Worked number: 2,000 hours of m7g.xlarge, $0.1632 on demand, carry a fee of 2,000 × 0.02448 = $48.96.
//!
//! Many requests share an environment: by default 16 for each vCPU in Python, 32 in Java and .NET, 64 in Node.js (AWS Lambda
//! developer guide, Managed Instances). How many instances the load needs follows from that and from the CPU time; an
//! environment is taken to have the whole instance.

use super::machine_fleet::{self, MachineFleet};
use super::rental::RunningMachines;
use super::{Metered, Placement, Platform, Refusal, Refusals, Site, ec2, requests};
use crate::capacity::Fleet;
use crate::machine::Machine;
use crate::note::Note;
use crate::profile::WorkProfile;
use crate::settings::{Found, Key, Section, SettingError};
use crate::units::{Count, DataSize, Decimal, Month, TimeSpan, Unit, grouped};
use crate::usage::{Meter, Provider, Region, Steps, TooLarge};
use crate::workload::{Invocation, Work, Workload};

pub(super) const PLATFORM: Platform = Platform {
    name: "lambda-managed-instances",
    about: "Lambda functions on EC2 instances that AWS manages in your account",
    keys: &[KEYS, machine_fleet::KEYS, Fleet::INSTANCE_KEYS],
    provider: Provider::Aws,
    read,
};

const KEYS: &[Key] = &[
    Key {
        name: "runtime",
        value: "NAME",
        help: "Runtime such as python3.13, java21, nodejs22.x: requests at once for each vCPU [default: as Python, the fewest]",
    },
    Key { name: "instance_hours", value: "N", help: "Instance hours in the month, instead of a number of instances" },
    ec2::PURCHASE,
];

static REQUESTS: Meter = Meter::fixed("lambda_managed_instances.requests", "requests, Managed Instances", Unit::Request);
const LEAST_INSTANCES: Decimal = Decimal::from_parts(3, 0, 0, false, 0);
const MOST_MEMORY: DataSize = DataSize::from_megabytes(32 * 1024);
/// What is taken when no type is named: the first that holds the workload; that of the example on the pricing page first.
const DEFAULT_TYPES: &[&str] = &["m7g.xlarge", "m7g.2xlarge", "m7g.4xlarge"];

#[derive(Debug)]
struct ManagedInstances {
    machines: MachineFleet,
    purchase: String,
    /// Stated instance-hours, which no load changes.
    hours: Option<Decimal>,
}

fn read(section: &mut Section, workload: &Workload, site: &Site<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let hours = section.quantity::<Count>("instance_hours")?;
    if let (Some(hours), Some((key, _))) = (&hours, section.keys().find(|(key, _)| is_fleet_key(key))) {
        let problem = format!("give `{key}` or `instance_hours`, not both");
        return Err(SettingError::other(&hours.at, problem));
    }
    let least_stated = section.keys().any(|(key, _)| ["min_instances", "count"].contains(&key));
    let purchase = ec2::read_purchase(section, site)?;
    let offered = |machine: &Machine| {
        let meters = [ec2::instance_meter(&purchase, &machine.name), fee_meter(&machine.name)];
        meters.iter().all(|meter| (site.is_priced)(meter))
    };
    let mut machines = MachineFleet::read(section, workload, (Provider::Aws, DEFAULT_TYPES), offered)?;
    if !least_stated && hours.is_none() {
        let most = machines.fleet.most.map_or(LEAST_INSTANCES, |most| most.count);
        machines.fleet.least = LEAST_INSTANCES.min(most);
        machines.notes.push(Note::default_used("min_instances", "3", "one instance in each of three zones"));
    }
    let runtime = section.text("runtime")?;
    if machines.concurrency.is_none() {
        let (slots, note) = slots_per_vcpu(runtime)?;
        machines.concurrency = Some(slots * machines.machine.vcpu);
        machines.notes.extend(note);
    }
    Ok(Box::new(ManagedInstances { machines, purchase, hours: hours.map(|found| found.value.get()) }))
}

fn fee_meter(instance: &str) -> Meter {
    Meter::named(format!("lambda_managed_instances.fee.{instance}"), format!("{instance}, management fee"), Unit::InstanceHour)
}

fn is_fleet_key(key: &str) -> bool {
    Fleet::INSTANCE_KEYS.iter().any(|known| known.name == key)
}

/// Requests at once for each vCPU, by runtime.
fn slots_per_vcpu(runtime: Option<Found<String>>) -> Result<(Decimal, Option<Note>), SettingError> {
    const SLOTS: [(&str, u32); 4] = [("python", 16), ("java", 32), ("dotnet", 32), ("nodejs", 64)];
    let Some(Found { value, at }) = runtime else {
        let meaning = "16 requests at once for each vCPU, the fewest; Java and .NET take 32, Node.js 64";
        return Ok((16.into(), Some(Note::default_used("runtime", "python", meaning))));
    };
    let slots = SLOTS.iter().find(|(name, _)| value.starts_with(name)).map(|(_, slots)| Decimal::from(*slots));
    let known = || SLOTS.iter().map(|(name, _)| (*name).to_owned()).collect();
    slots
        .map(|slots| (slots, None))
        .ok_or_else(|| SettingError::unknown_choice(&at, "runtime of Managed Instances", &value, known()))
}

impl ManagedInstances {
    /// Requests are not billed by duration: a size that the profile says nothing about is no reason to refuse.
    fn refuse_durations(&self, workload: &Workload, memory: Option<DataSize>, refusals: &mut Refusals) {
        let durations = match &workload.work {
            Some(Work::Measured { durations, .. }) => Some(durations.clone()),
            Some(Work::Profile(profile)) => memory.and_then(|memory| profile.durations_at(memory).ok()),
            Some(Work::CpuAndWait { .. }) => workload.demand().map(|demand| demand.durations_on(self.machines.machine.vcpu)),
            None => None,
        };
        if let Some(longest) = durations.map(|durations| durations.longest()) {
            let (limit, text) = match workload.invocation {
                Invocation::Synchronous => (TimeSpan::from_seconds(900), "15 min at most for a synchronous invocation"),
                Invocation::Asynchronous => (TimeSpan::from_seconds(5400), "90 min at most"),
            };
            refusals.unless(longest <= limit, || format!("a duration of {longest}"), text);
        }
    }
}

impl Placement for ManagedInstances {
    fn title(&self) -> String {
        let name = &self.machines.machine.name;
        self.hours.map_or_else(|| self.machines.title(), |hours| format!("{} h of {name}", grouped(hours)))
    }

    fn refusals(&self, workload: &Workload, _month: Month) -> Vec<Refusal> {
        let mut refusals = Refusals::default();
        refusals.no_gpu(workload, "Managed Instances have none; ECS on EC2 has");
        super::refuse_state(workload, &mut refusals);
        let recommended = workload.profile().and_then(WorkProfile::recommended);
        let memory = workload.memory.or(recommended);
        if let Some(memory) = memory {
            refusals.unless(memory <= MOST_MEMORY, || format!("memory {memory}"), "32 GB at most");
        }
        self.refuse_durations(workload, memory, &mut refusals);
        refusals.0
    }

    fn fleet(&mut self) -> Option<&mut Fleet> {
        self.hours.is_none().then_some(&mut self.machines.fleet)
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let (mut steps, mut notes) = (Steps::in_region(region), self.machines.notes.clone());
        let instance = &self.machines.machine.name;
        let capacity = self.hours.is_none().then(|| self.machines.size(workload, month));
        // Stated hours are taken as they are; how many machines they are of is not known.
        let (hours, paid) = match &capacity {
            Some(capacity) => {
                let running = RunningMachines::of(capacity, month);
                let paid = ec2::paid_hours(&self.purchase, &running, month);
                (running.hours, paid)
            }
            None => {
                let stated = vec![(self.hours.unwrap_or_default(), "instance-hours")];
                (stated.clone(), stated)
            }
        };
        let compute = ec2::instance_meter(&self.purchase, instance);
        steps.add(&REQUESTS, "invocations", &[requests(workload.requests.per_month(month))]);
        steps.add(&compute, "instances", &paid);
        steps.add(&fee_meter(instance), "15% of the on-demand price", &hours);
        notes.extend(ec2::purchase_note(&self.purchase));
        notes.push(Note::assumption(match capacity {
            Some(_) => "the instances serve this workload alone; requests share them, so their duration is not charged; a load that more than doubles within 5 minutes is throttled at first",
            None => "the instances serve this workload alone, and whether they can carry it is not checked; requests share them, so their duration is not charged",
        }));
        Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity })
    }
}
