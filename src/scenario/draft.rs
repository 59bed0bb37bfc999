//! A scenario before its workloads are placed, so that they can be changed and placed again.

use std::collections::BTreeSet;

use super::regions::StatedRegions;
use super::{Beside, Context, Flags, Scenario, ScenarioError, name_apart, options, read_workloads};
use crate::price_book::PriceBook;
use crate::settings::{Section, SettingError};
use crate::units::{Budget, Month, Usd};
use crate::usage::Region;
use crate::workload::{ReadFile, Workload};

/// What a scenario says, read up to its workloads. How long a request takes on a platform, or which size holds it, follows from
/// the workload; who asks "what if it took longer" changes the workload here and places it again.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The workloads; at least one.
    pub workloads: Vec<Workload>,
    /// Settings from the command line.
    pub flags: Flags,
    title: Option<String>,
    regions: StatedRegions,
    free_tier: bool,
    stated_month: Option<Month>,
    budget: Option<Usd>,
    options: Vec<Section>,
    neighbors: Vec<Section>,
}

impl Draft {
    /// Reads the settings of a file (or none) and flags.
    ///
    /// # Errors
    /// When a setting outside the options is missing, malformed, unknown or contradicts another.
    pub fn read(mut file: Section, flags: Flags, book: &PriceBook, read_file: &ReadFile<'_>) -> Result<Self, ScenarioError> {
        file.lay_over(&flags.scenario);
        let title = file.text("title")?.map(|found| found.value);
        let regions = StatedRegions::read(&mut file, book)?;
        let free_tier = file.flag("free_tier")?.unwrap_or(false);
        let stated_month = file.quantity::<Month>("month_hours")?.map(|found| found.value);
        let month = stated_month.unwrap_or(Month::STANDARD);
        let budget = file.quantity::<Budget>("budget")?.map(|found| found.value.per_month(month));
        let workloads = read_workloads(&mut file, &flags.workload, read_file)?;
        let options = options::option_sections(&mut file, &flags, &workloads, &regions, book)?;
        let neighbors = file.tables("neighbor")?;
        file.finish()?;
        Ok(Self { workloads, flags, title, regions, free_tier, stated_month, budget, options, neighbors })
    }

    /// The billing month.
    #[must_use]
    pub fn month(&self) -> Month {
        self.stated_month.unwrap_or(Month::STANDARD)
    }

    /// Places the workloads as every option says.
    ///
    /// # Errors
    /// When a setting of an option or neighbor is missing, malformed, unknown or contradicts another.
    pub fn place(&self, book: &PriceBook, read_file: &ReadFile<'_>) -> Result<Scenario, ScenarioError> {
        let context = Context { workloads: &self.workloads, regions: &self.regions, book, read_file };
        let neighbors: Vec<Beside> =
            self.neighbors.iter().map(|section| context.read_neighbor(section.clone())).collect::<Result<_, _>>()?;
        let mut options = Vec::new();
        let mut flags_used = BTreeSet::new();
        let mut names_stated = Vec::new();
        for section in &self.options {
            let mut section = section.clone();
            let name = section.text("name")?;
            names_stated.push(name.as_ref().map(|name| name.at.clone()));
            options.push(context.read_option(name, section, &neighbors, &self.flags, &mut flags_used)?);
        }
        if let Some((key, at)) = self.flags.option.keys().find(|(key, _)| !flags_used.contains(*key)) {
            return Err(SettingError::other(at, format!("none of the chosen platforms has the key `{key}`")).into());
        }
        name_apart(&mut options, &names_stated)?;
        Ok(Scenario {
            title: self.title.clone(),
            regions: self.regions.0.iter().map(|found| Region::new(&found.value)).collect(),
            free_tier: self.free_tier,
            month: self.month(),
            budget: self.budget,
            workloads: self.workloads.clone(),
            options,
            neighbors,
            month_stated: self.stated_month.is_some(),
        })
    }
}
