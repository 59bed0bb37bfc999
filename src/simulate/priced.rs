//! A replay in place of a formula: what it consumed, as a placement that an estimate can price.

use crate::note::{Note, Refusal};
use crate::platform::{Metered, Placement};
use crate::units::Month;
use crate::usage::{Region, Step, TooLarge};
use crate::workload::Workload;

/// A placement that consumed what was seen.
#[derive(Debug)]
pub(super) struct Replayed {
    pub(super) title: String,
    pub(super) steps: Vec<Step>,
    pub(super) notes: Vec<Note>,
    /// Environments at once, where they count against a quota.
    pub(super) peak_concurrency: Option<f64>,
}

impl Placement for Replayed {
    fn title(&self) -> String {
        self.title.clone()
    }

    fn refusals(&self, _workload: &Workload, _month: Month) -> Vec<Refusal> {
        Vec::new()
    }

    fn meter(&self, _workload: &Workload, _region: &Region, _month: Month) -> Result<Metered, TooLarge> {
        let (steps, notes) = (self.steps.clone(), self.notes.clone());
        Ok(Metered { steps, notes, peak_concurrency: self.peak_concurrency, capacity: None })
    }
}
