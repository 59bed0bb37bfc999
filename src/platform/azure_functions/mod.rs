//! Azure Functions: on the Consumption, Flex Consumption and Premium plans.
//!
//! Limits of all plans (Azure Functions documentation, "hosting options", 2026): requests of 210 MB; an HTTP caller gets its
//! answer within 230 s, whatever the function's own timeout, because the load balancer in front gives up; no WebSocket and no
//! GPU. What is counted differs by plan: see its file.

mod consumption;
mod flex;
mod premium;

use super::{Metered, Placement, Platform, Refusals, Site};
use crate::capacity::Fleet;
use crate::note::{Note, Refusal};
use crate::settings::{Key, Origin, Section, SettingError};
use crate::units::{DataSize, Month, TimeSpan};
use crate::usage::{Provider, Region, TooLarge};
use crate::workload::{Invocation, Workload};

pub(super) const PLATFORM: Platform = Platform {
    name: "azure-functions",
    provider: Provider::Azure,
    about: "Azure Functions on the Consumption, Flex Consumption or Premium plan",
    keys: &[KEYS, Fleet::INSTANCE_KEYS],
    read,
};

const KEYS: &[Key] = &[
    PLAN,
    Key {
        name: "memory",
        value: "SIZE",
        help: "Of flex: instance size, 512MB, 2GB or 4GB; of consumption: memory in use [default: what holds the workload]",
    },
    Key {
        name: "duration",
        value: "TIME",
        help: "Of consumption: duration measured there [default: the workload's on one vCPU]",
    },
    Key {
        name: "concurrency",
        value: "N",
        help: "Requests that one instance works on at once [default: of flex 4, 16 or 32 by size; of premium no limit]",
    },
    Key { name: "always_ready", value: "N", help: "Of flex: instances that are always ready [default: 0]" },
    Key {
        name: "busy_instances",
        value: "N",
        help: "Of flex: instances with a request in progress on average, as measured, instead of the computed number",
    },
    Key { name: "instance", value: "TYPE", help: "Of premium: EP1, EP2 or EP3 [default: the first that holds the workload]" },
];

/// How the app, or the account, pays; which plans there are is for the platform to say.
pub(super) const PLAN: Key = Key {
    name: "plan",
    value: "NAME",
    help: "Azure Functions: consumption, flex or premium; Container Apps: consumption or dedicated; Modal: starter or team",
};

const MOST_PAYLOAD: DataSize = DataSize::from_megabytes(210);
const LONGEST_ANSWER: TimeSpan = TimeSpan::from_seconds(230);

#[derive(Debug, Clone, Copy)]
enum Plan {
    Consumption,
    Flex,
    Premium,
}

const PLANS: &[(&str, Plan)] = &[("consumption", Plan::Consumption), ("flex", Plan::Flex), ("premium", Plan::Premium)];

/// The plan that an option is on.
#[derive(Debug)]
enum OnPlan {
    Consumption(consumption::Consumption),
    Flex(flex::Flex),
    Premium(Box<premium::Premium>),
}

#[derive(Debug)]
struct AzureFunctions {
    plan: OnPlan,
    notes: Vec<Note>,
}

fn read(section: &mut Section, workload: &Workload, site: &Site<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let mut notes = Vec::new();
    let plan = section.choice("plan", PLANS)?.map_or_else(
        || {
            notes.push(Note::default_used("plan", "flex", "the plan that new apps are to use; premium keeps instances running"));
            Plan::Flex
        },
        |found| found.value,
    );
    if !matches!(plan, Plan::Premium) {
        notes.extend(pass_over_fleet_flags(section));
    }
    let plan = match plan {
        Plan::Consumption => OnPlan::Consumption(consumption::Consumption::read(section, workload, site.read_file, &mut notes)?),
        Plan::Flex => OnPlan::Flex(flex::Flex::read(section, workload, &mut notes)?),
        Plan::Premium => OnPlan::Premium(Box::new(premium::Premium::read(section, workload, &mut notes)?)),
    };
    Ok(Box::new(AzureFunctions { plan, notes }))
}

/// Only the Premium plan has a fleet to size. A flag for all options means the others, and is passed over here; what was said
/// of this option alone stays, to be refused.
fn pass_over_fleet_flags(section: &mut Section) -> Vec<Note> {
    let is_for_all = |at: &Origin| matches!(at, Origin::Flag(flag) if flag != "platform");
    let is_of_fleet = |key: &str| Fleet::INSTANCE_KEYS.iter().any(|known| known.name == key);
    let flags = section.keys().filter(|(key, at)| is_for_all(at) && is_of_fleet(key));
    let keys: Vec<String> = flags.map(|(key, _)| key.to_owned()).collect();
    let passed_over = keys.into_iter().filter_map(|key| section.take_named(&key).map(|_| key));
    let note = |key: String| Note::assumption(format!("`{key}` does not change this option, whose plan sizes itself"));
    passed_over.map(note).collect()
}

impl Placement for AzureFunctions {
    fn title(&self) -> String {
        match &self.plan {
            OnPlan::Consumption(plan) => plan.title(),
            OnPlan::Flex(plan) => plan.title(),
            OnPlan::Premium(plan) => plan.title(),
        }
    }

    fn retime(&mut self, _workload: &Workload) -> bool {
        !matches!(self.plan, OnPlan::Consumption(_))
    }

    fn refusals(&self, workload: &Workload, _month: Month) -> Vec<Refusal> {
        let mut refusals = Refusals::default();
        let longest = match &self.plan {
            OnPlan::Consumption(plan) => plan.refuse(&mut refusals),
            OnPlan::Flex(plan) => plan.longest(workload),
            OnPlan::Premium(plan) => plan.longest(workload),
        };
        if workload.invocation == Invocation::Synchronous {
            let remedy = "an HTTP caller gets its answer within 230 s; `invocation = \"asynchronous\"` if none waits";
            refusals.unless(longest <= LONGEST_ANSWER, || format!("a duration of {longest}"), remedy);
        }
        if let Some(payload) = workload.payload {
            refusals.unless(payload <= MOST_PAYLOAD, || format!("a payload of {payload}"), "210 MB at most");
        }
        refusals.unless(
            !workload.websocket,
            || "WebSocket connections".to_owned(),
            "functions answer HTTP requests; Web PubSub holds connections",
        );
        refusals.unless(
            !workload.stateful,
            || "state between requests".to_owned(),
            "instances come and go; containers and machines keep state",
        );
        refusals.no_gpu(workload, "Azure Functions has none; Container Apps has");
        refusals.0
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let mut metered = match &self.plan {
            OnPlan::Consumption(plan) => plan.meter(workload, region, month)?,
            OnPlan::Flex(plan) => plan.meter(workload, region, month)?,
            OnPlan::Premium(plan) => plan.meter(workload, region, month)?,
        };
        metered.notes.splice(0..0, self.notes.iter().cloned());
        Ok(metered)
    }
}
