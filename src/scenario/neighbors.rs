//! The services around the compute: which workloads they serve, and what they make of the traffic.

use std::borrow::Cow;

use super::{Context, Design, Placed, Scenario, ScenarioError};
use crate::neighbor::{self, Attached, Follows, Neighbor};
use crate::note::Note;
use crate::platform::Platform;
use crate::settings::{Found, Section, SettingError};
use crate::units::{Decimal, Month};
use crate::usage::{Provider, Region, Step, TooLarge};
use crate::workload::Workload;

/// Whose services the neighbors are.
const PROVIDER: Provider = Provider::Aws;

/// More at once than any chain of services hands over.
const MOST_IN_A_BATCH: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

/// A neighbor in its place.
#[derive(Debug)]
pub struct Beside {
    /// Which service.
    pub neighbor: &'static Neighbor,
    /// With which settings.
    pub attached: Attached,
    /// The workloads that it serves, by their place in the scenario.
    pub serves: Vec<usize>,
    /// Where.
    pub region: Region,
    /// Whether that was stated, or is the default region.
    pub region_stated: bool,
}

impl Context<'_> {
    /// Reads one `[[neighbor]]`: its service, the workload that it serves (all of them by default), and its own keys.
    pub(super) fn read_neighbor(&self, mut section: Section) -> Result<Beside, ScenarioError> {
        let service = section.text("service")?.ok_or_else(|| section.missing("service", "for example service = \"sqs\""))?;
        let neighbor = neighbor::named(&service.value).ok_or_else(|| {
            let known = neighbor::ALL.iter().map(|neighbor| neighbor.name.to_owned()).collect();
            SettingError::unknown_choice(&service.at, "neighbor", &service.value, known)
        })?;
        section.rename(format!("a {} neighbor", neighbor.name));
        let serves = match section.text("workload")? {
            Some(name) => vec![self.place_of(&name)?],
            None => (0..self.workloads.len()).collect(),
        };
        let (region, region_stated) = self.regions.of(PROVIDER, section.text("region")?, self.book)?;
        let workloads: Vec<&Workload> = serves.iter().map(|place| &self.workloads[*place]).collect();
        let attached = neighbor.read(&mut section, &workloads)?;
        section.finish()?;
        Ok(Beside { neighbor, attached, serves, region, region_stated })
    }

    fn place_of(&self, name: &Found<String>) -> Result<usize, SettingError> {
        let known = || self.workloads.iter().map(|workload| workload.name.clone()).collect();
        let place = self.workloads.iter().position(|workload| workload.name == name.value);
        place.ok_or_else(|| SettingError::unknown_choice(&name.at, "workload", &name.value, known()))
    }
}

impl Scenario {
    /// The neighbors that a design pays for: its own, and the scenario's where it has compute beside them.
    pub(super) fn beside<'s>(&'s self, option: &'s Design) -> impl Iterator<Item = &'s Beside> {
        let near = |beside: &&Beside| beside.serves.iter().any(|place| is_near(&option.placed[*place]));
        self.neighbors.iter().filter(near).chain(&option.neighbors)
    }

    /// What must be said of neighbors that a design is not charged for.
    pub(super) fn notes_of_absent(&self, option: &Design) -> impl Iterator<Item = Note> {
        let far = |beside: &&Beside| !beside.serves.iter().any(|place| is_near(&option.placed[*place]));
        self.neighbors.iter().filter(far).map(|beside| {
            Note::assumption(format!(
                "the neighbor {} is of {PROVIDER}, where this option has no compute: it is not on the bill, and neither is what would take its place",
                beside.neighbor.name
            ))
        })
    }

    /// The workloads as the compute of a design meets them.
    #[must_use]
    pub fn invoked(&self, option: &Design) -> Vec<Cow<'_, Workload>> {
        let neighbors = || self.neighbors.iter().chain(&option.neighbors);
        let workloads = self.workloads.iter().zip(&option.placed).enumerate();
        workloads.map(|(place, (workload, placed))| invoked(workload, batch_of(neighbors(), place), placed.platform)).collect()
    }
}

/// How many messages are handed over at once to a workload, by all neighbors before it.
pub(super) fn batch_of<'b>(neighbors: impl Iterator<Item = &'b Beside>, place: usize) -> Decimal {
    let batches = neighbors.filter(|beside| beside.serves.contains(&place)).filter_map(|beside| beside.attached.batch());
    batches.fold(Decimal::ONE, |product, batch| (product * batch).min(MOST_IN_A_BATCH))
}

/// A workload as a platform meets it: functions are invoked once for a batch, others fetch the messages themselves.
pub(super) fn invoked<'w>(workload: &'w Workload, batch: Decimal, platform: &Platform) -> Cow<'w, Workload> {
    if batch == Decimal::ONE || !platform.takes_batches() { Cow::Borrowed(workload) } else { Cow::Owned(workload.batched(batch)) }
}

impl Beside {
    /// What it consumes in a month. `invoked` are the workloads as the compute meets them.
    pub(super) fn meter(
        &self,
        workloads: &[Workload],
        invoked: &[Cow<'_, Workload>],
        month: Month,
    ) -> Result<Vec<Step>, TooLarge> {
        let followed = |place: &usize| match self.neighbor.follows {
            Follows::Requests => &workloads[*place],
            Follows::Invocations => &*invoked[*place],
        };
        let served: Vec<&Workload> = self.serves.iter().map(followed).collect();
        self.attached.meter(&served, &self.region, month)
    }

    /// Whom its cost is charged to: the workload that it serves alone, or itself.
    pub(super) fn charged_to(&self, workloads: &[Workload]) -> String {
        match self.serves.as_slice() {
            [place] => workloads[*place].name.clone(),
            _ => self.neighbor.name.to_owned(),
        }
    }
}

fn is_near(placed: &Placed) -> bool {
    placed.platform.provider == PROVIDER
}
