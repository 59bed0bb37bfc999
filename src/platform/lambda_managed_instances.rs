//! Lambda Managed Instances: Lambda functions on EC2 instances of one's own account.
//!
//! Rules (AWS Lambda pricing page, 2026): the EC2 price of the instances, a management fee of 15 % of their *on-demand* price
//! whatever is paid for them, and the request fee; no duration charge. At least three instances, one in each of three zones,
//! unless a capacity provider says otherwise.
//!
//! Worked number: 2,000 hours of m7g.xlarge, $0.1632 on demand, carry a fee of 2,000 × 0.02448 = $48.96.
//!
//! How many instances a load needs is not computed here: the number is an input.

use super::{Metered, Placement, Platform, Refusal, Refusals, requests};
use crate::note::Note;
use crate::profile::WorkProfile;
use crate::settings::{Key, Section, SettingError};
use crate::units::{Count, DataSize, Decimal, Month, TimeSpan, Unit, grouped};
use crate::usage::{Meter, Provider, Region, Steps, TooLarge};
use crate::workload::{Invocation, ReadFile, Work, Workload};

pub(super) const PLATFORM: Platform = Platform {
    name: "lambda-managed-instances",
    about: "Lambda functions on EC2 instances that AWS manages in your account",
    keys: &[KEYS],
    provider: Provider::Aws,
    read,
};

const KEYS: &[Key] = &[
    Key { name: "instance", value: "TYPE", help: "EC2 instance type, for example m7g.xlarge" },
    Key { name: "count", value: "N", help: "Instances kept all month [default: 3]" },
    Key { name: "instance_hours", value: "N", help: "Instance hours in the month, instead of a constant count" },
    Key {
        name: "purchase",
        value: "NAME",
        help: "on-demand, or the NAME of a price row ec2.linux.NAME.TYPE [default: on-demand]",
    },
];

static REQUESTS: Meter = Meter::fixed("lambda_managed_instances.requests", "requests, Managed Instances", Unit::Request);
const DEFAULT_COUNT: u32 = 3;
const MOST_MEMORY: DataSize = DataSize::from_megabytes(32 * 1024);

#[derive(Debug)]
struct ManagedInstances {
    instance: String,
    purchase: String,
    instances: Instances,
}

#[derive(Debug, Clone, Copy)]
enum Instances {
    Default,
    Count(Decimal),
    Hours(Decimal),
}

fn read(section: &mut Section, _workload: &Workload, _read_file: &ReadFile<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let instance =
        section.text("instance")?.ok_or_else(|| section.missing("instance", "for example instance = \"m7g.xlarge\""))?;
    let purchase = section.text("purchase")?.map_or_else(|| "on-demand".to_owned(), |found| found.value);
    let count = section.quantity::<Count>("count")?;
    let hours = section.quantity::<Count>("instance_hours")?;
    let instances = match (count, hours) {
        (Some(_), Some(hours)) => return Err(SettingError::other(&hours.at, "give `count` or `instance_hours`, not both")),
        (Some(count), None) => Instances::Count(count.value.get()),
        (None, Some(hours)) => Instances::Hours(hours.value.get()),
        (None, None) => Instances::Default,
    };
    Ok(Box::new(ManagedInstances { instance: instance.value, purchase: purchase.replace('-', "_"), instances }))
}

impl Placement for ManagedInstances {
    fn title(&self) -> String {
        match self.instances {
            Instances::Default => format!("{DEFAULT_COUNT} × {}", self.instance),
            Instances::Count(count) => format!("{} × {}", grouped(count), self.instance),
            Instances::Hours(hours) => format!("{} h of {}", grouped(hours), self.instance),
        }
    }

    fn refusals(&self, workload: &Workload, _month: Month) -> Vec<Refusal> {
        let mut refusals = Refusals::default();
        if let Instances::Count(count) = self.instances {
            refusals.unless(
                count.is_integer() && count >= Decimal::ONE,
                || format!("{count} instances"),
                "a whole number from 1",
            );
        }
        let recommended = workload.profile().and_then(WorkProfile::recommended);
        let memory = workload.memory.or(recommended);
        if let Some(memory) = memory {
            refusals.unless(memory <= MOST_MEMORY, || format!("memory {memory}"), "32 GB at most");
        }
        // Requests are not billed by duration: a size that the profile says nothing about is no reason to refuse.
        let durations = match &workload.work {
            Some(Work::Measured { durations, .. }) => Some(durations.clone()),
            Some(Work::Profile(profile)) => memory.and_then(|memory| profile.durations_at(memory).ok()),
            Some(Work::CpuAndWait { .. }) | None => None,
        };
        if let Some(longest) = durations.map(|durations| durations.longest()) {
            let (limit, text) = match workload.invocation {
                Invocation::Synchronous => (TimeSpan::from_seconds(900), "15 min at most for a synchronous invocation"),
                Invocation::Asynchronous => (TimeSpan::from_seconds(5400), "90 min at most"),
            };
            refusals.unless(longest <= limit, || format!("a duration of {longest}"), text);
        }
        refusals.0
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let (mut steps, mut notes) = (Steps::in_region(region), Vec::new());
        let instance = &self.instance;
        let hours: &[_] = match self.instances {
            Instances::Default => &[(DEFAULT_COUNT.into(), "instances"), (month.hours(), "h")],
            Instances::Count(count) => &[(count, "instances"), (month.hours(), "h")],
            Instances::Hours(hours) => &[(hours, "instance-hours")],
        };
        let compute = Meter::named(
            format!("ec2.linux.{}.{instance}", self.purchase),
            format!("{instance}, {}", self.purchase.replace('_', " ")),
            Unit::InstanceHour,
        );
        let fee = Meter::named(
            format!("lambda_managed_instances.fee.{instance}"),
            format!("{instance}, management fee"),
            Unit::InstanceHour,
        );
        steps.add(&REQUESTS, "invocations", &[requests(workload.requests.per_month(month))]);
        steps.add(&compute, "instances", hours);
        steps.add(&fee, "15% of the on-demand price", hours);
        if matches!(self.instances, Instances::Default) {
            notes.push(Note::default_used("count", "3", "one instance in each of three zones"));
        }
        notes.push(Note::assumption(
            "the instances serve this workload alone, and whether they can carry it is not checked; requests share them, so their duration is not charged",
        ));
        Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity: None })
    }
}
