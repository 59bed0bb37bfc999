//! What the workloads of an option, and the services around them, consume together in a month.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Design, Placed, Scenario, ScenarioError};
use crate::capacity::Capacity;
use crate::note::Note;
use crate::platform::Metered;
use crate::units::Month;
use crate::usage::{Region, Step, TooLarge, Usage};
use crate::workload::Workload;

/// What one account is charged for.
#[derive(Default)]
pub(super) struct Account {
    pub(super) pooled: Usage,
    /// How many instances carry each workload, where its platform has instances.
    pub(super) capacities: Vec<Capacity>,
}

/// How an account comes about, for who explains it.
#[derive(Default)]
pub(super) struct Told {
    /// The workloads whose capacities the account has.
    pub(super) sized: Vec<String>,
    pub(super) usages: Vec<(String, Usage)>,
    pub(super) steps: Vec<(String, Step)>,
    pub(super) notes: Vec<(Option<String>, Note)>,
    pub(super) concurrency: BTreeMap<Region, f64>,
}

impl Scenario {
    /// The account of an option, and into `told` how it comes about. `invoked` are the workloads as the compute meets them.
    pub(super) fn account(
        &self,
        option: &Design,
        invoked: &[Cow<'_, Workload>],
        month: Month,
        mut told: Option<&mut Told>,
    ) -> Result<Account, ScenarioError> {
        let mut account = Account::default();
        for (workload, placed) in invoked.iter().zip(&option.placed) {
            let metered = placed.placement.meter(workload, &placed.region, month)?;
            account.charge(&metered.steps)?;
            if let Some(told) = told.as_deref_mut() {
                told.hear(workload, placed, &metered);
                told.charge(&workload.name, metered.steps)?;
            }
            account.capacities.extend(metered.capacity);
        }
        for beside in self.beside(option) {
            let steps = beside.meter(&self.workloads, invoked, month)?;
            account.charge(&steps)?;
            if let Some(told) = told.as_deref_mut() {
                told.charge(&beside.charged_to(&self.workloads), steps)?;
                let about = || Some(beside.neighbor.name.to_owned());
                told.notes.extend(beside.attached.notes().iter().map(|note| (about(), note.clone())));
            }
        }
        if let Some(told) = told {
            told.notes.extend(self.notes_of_absent(option).map(|note| (None, note)));
        }
        Ok(account)
    }
}

impl Account {
    /// Adds the sum of some steps.
    fn charge(&mut self, steps: &[Step]) -> Result<(), TooLarge> {
        let usage = Usage::of_steps(steps)?;
        if self.pooled == Usage::default() {
            self.pooled = usage;
            return Ok(());
        }
        self.pooled.add_all(&usage)
    }
}

impl Told {
    /// What is said of a workload in its place.
    fn hear(&mut self, workload: &Workload, placed: &Placed, metered: &Metered) {
        if let Some(peak) = metered.peak_concurrency {
            *self.concurrency.entry(placed.region.clone()).or_default() += peak;
        }
        let mut notes: Vec<Note> = placed.notes.iter().chain(&metered.notes).cloned().collect();
        if let Some(capacity) = &metered.capacity {
            notes.extend(capacity.shortfalls.iter().map(|short| Note::observation(format!("it falls short: {short}"))));
            notes.extend(capacity.notes.iter().cloned());
            self.sized.push(workload.name.clone());
        }
        self.notes.extend(notes.into_iter().map(|note| (Some(workload.name.clone()), note)));
    }

    /// Steps for which `name` is charged.
    fn charge(&mut self, name: &str, steps: Vec<Step>) -> Result<(), TooLarge> {
        let usage = Usage::of_steps(&steps)?;
        match self.usages.iter_mut().find(|(charged, _)| charged == name) {
            Some((_, charged)) => charged.add_all(&usage)?,
            None => self.usages.push((name.to_owned(), usage)),
        }
        self.steps.extend(steps.into_iter().map(|step| (name.to_owned(), step)));
        Ok(())
    }
}
