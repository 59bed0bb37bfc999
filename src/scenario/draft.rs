//! A scenario before its workloads are placed, so that they can be changed and placed again.

use std::collections::BTreeSet;

use super::ranges::{Finder, Ranged, Root};
use super::regions::StatedRegions;
use super::{
    Beside, Context, Flags, Scenario, ScenarioError, name_apart, options, read_workload, read_workloads, workload_sections,
};
use crate::price_book::PriceBook;
use crate::settings::{Found, Section, SettingError, Value};
use crate::units::{Budget, Decimal, Month, Rate, Usd};
use crate::usage::Region;
use crate::workload::{ReadFile, Workload};

/// What the ranges of a scenario reach: the more, the less of a placed scenario can stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Varied {
    /// The traffic and the month, which change nothing about a placement.
    Traffic,
    /// How long a request takes, too.
    Times,
    /// Any setting.
    Anything,
}

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
    workload_sections: Vec<Section>,
    ranges: Vec<Ranged>,
    correlation: f64,
}

/// Tables of a scenario that only one question reads: what happens call by call, and how large everything must be.
const TABLES_OF_QUESTIONS: [&str; 3] = ["traffic", "simulate", "size"];

impl Draft {
    /// Reads the settings of a file (or none) and flags.
    ///
    /// # Errors
    /// When a setting outside the options is missing, malformed, unknown or contradicts another.
    pub fn read(mut file: Section, mut flags: Flags, book: &PriceBook, read_file: &ReadFile<'_>) -> Result<Self, ScenarioError> {
        file.lay_over(&flags.scenario);
        // What is for another question is no mistake here.
        for name in TABLES_OF_QUESTIONS {
            file.table(name)?;
        }
        let title = file.text("title")?.map(|found| found.value);
        let regions = StatedRegions::read(&mut file, book)?;
        let free_tier = file.flag("free_tier")?.unwrap_or(false);
        let correlation = read_correlation(&mut file)?;
        let mut finder = Finder { month: Month::STANDARD, found: Vec::new() };
        finder.in_scenario(&mut file)?;
        let stated_month = file.quantity::<Month>("month_hours")?.map(|found| found.value);
        finder.month = stated_month.unwrap_or(Month::STANDARD);
        let budget = file.quantity::<Budget>("budget")?.map(|found| found.value.per_month(finder.month));
        let mut workload_sections = workload_sections(&mut file, &flags.workload)?;
        let alone = workload_sections.len() == 1;
        for (index, section) in workload_sections.iter_mut().enumerate() {
            finder.in_workload(section, index, alone)?;
        }
        let workloads = read_workloads(&workload_sections, read_file)?;
        let mut options = options::option_sections(&mut file, &flags, &workloads, &regions, book)?;
        for (index, section) in options.iter_mut().enumerate() {
            finder.in_option(section, index)?;
        }
        finder.in_flags(&mut flags.option)?;
        let mut neighbors = file.tables("neighbor")?;
        for (index, section) in neighbors.iter_mut().enumerate() {
            finder.in_neighbor(section, index)?;
        }
        file.finish()?;
        let ranges = finder.found;
        let correlation = correlation.map_or(Ok(0.0), |found| check_correlation(&found, &ranges))?;
        Ok(Self {
            workloads,
            flags,
            title,
            regions,
            free_tier,
            stated_month,
            budget,
            options,
            neighbors,
            workload_sections,
            ranges,
            correlation,
        })
    }

    /// The settings of an option, by its place; of none beyond the last.
    #[must_use]
    pub fn option(&self, option: usize) -> Option<&Section> {
        self.options.get(option)
    }

    /// Changes the settings of an option, by its place.
    pub fn change_option(&mut self, option: usize, change: impl FnOnce(&mut Section)) {
        if let Some(section) = self.options.get_mut(option) {
            change(section);
        }
    }

    /// What is stated as a range.
    #[must_use]
    pub fn ranges(&self) -> &[Ranged] {
        &self.ranges
    }

    /// The correlation of traffic and time, and the ranges it is between: traffic first, by their places in [`Draft::ranges`].
    #[must_use]
    pub fn correlation(&self) -> (f64, Vec<(usize, usize)>) {
        (self.correlation, correlated(&self.ranges))
    }

    /// How far a scenario can follow when ranges take other values.
    #[must_use]
    pub fn varied(&self) -> Varied {
        let ranges = self.ranges.iter().filter(|ranged| !ranged.spread.is_constant());
        ranges.map(Ranged::varied).max().unwrap_or(Varied::Traffic)
    }

    /// Gives each range its value at a place of the standard normal distribution.
    ///
    /// # Errors
    /// When a value cannot be used in its place.
    pub fn vary(&mut self, deviations: &[f64], read_file: &ReadFile<'_>) -> Result<(), ScenarioError> {
        let mut changed = BTreeSet::new();
        for (ranged, deviation) in self.ranges.iter().zip(deviations).filter(|(ranged, _)| !ranged.spread.is_constant()) {
            let value = ranged.at(*deviation);
            match ranged.root {
                Root::Month => self.stated_month = Some(parsed_month(ranged, value)?),
                // Nothing else that is read of a workload follows its traffic.
                Root::Workload(index) if ranged.is_requests() => self.workloads[index].requests = parsed_rate(ranged, value)?,
                Root::Workload(index) => {
                    ranged.write(&mut self.workload_sections[index], value);
                    changed.insert(index);
                }
                Root::Option(index) => ranged.write(&mut self.options[index], value),
                Root::Flags => ranged.write(&mut self.flags.option, value),
                Root::Neighbor(index) => ranged.write(&mut self.neighbors[index], value),
            }
        }
        for index in changed {
            let section = self.workload_sections[index].clone();
            let requests = self.workloads[index].requests;
            self.workloads[index] = read_workload(section, index, self.workload_sections.len() == 1, read_file)?;
            self.workloads[index].requests = requests;
        }
        Ok(())
    }

    /// The same with other settings of one workload in one option, whatever the file and the flags say of them; `None` takes a
    /// setting away.
    ///
    /// # Errors
    /// When the option's settings of its workloads are no tables.
    pub fn with_settings(
        &self,
        (option, workload): (usize, usize),
        settings: &[(&'static str, Option<String>)],
    ) -> Result<Self, ScenarioError> {
        let mut changed = self.clone();
        let section = &mut changed.options[option];
        let name = &self.workloads[workload].name;
        let mut of_workloads = section.table("workload")?.unwrap_or_else(|| Section::new("the option", section.at().clone()));
        let mut own = super::take_override(&mut of_workloads, &self.workloads[workload])?
            .unwrap_or_else(|| Section::new(name, section.at().clone()));
        for (key, value) in settings {
            own.take_named(key);
            match value {
                Some(value) => own.set(*key, Value::Text(value.clone()), options::stated_at()),
                None => {
                    section.take_named(key);
                    changed.flags.option.take_named(key);
                }
            }
        }
        of_workloads.set(name.as_str(), Value::Table(own), options::stated_at());
        section.set("workload", Value::Table(of_workloads), options::stated_at());
        Ok(changed)
    }

    /// Brings a scenario that was placed from this draft to its traffic, its month and the time of its requests; false where it
    /// must be placed again. Notes are not brought along.
    pub fn follow(&self, scenario: &mut Scenario) -> bool {
        let varied = self.varied();
        if varied == Varied::Anything {
            return false;
        }
        scenario.month = self.month();
        scenario.workloads.clone_from(&self.workloads);
        varied == Varied::Traffic || scenario.retime()
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
            ranged: self.ranges.iter().map(|ranged| ranged.name.clone()).collect(),
        })
    }
}

fn parsed_month(ranged: &Ranged, value: Decimal) -> Result<Month, SettingError> {
    value.to_string().parse().map_err(|problem| SettingError::other(&ranged.at, format!("a value of the range: {problem}")))
}

fn parsed_rate(ranged: &Ranged, value: Decimal) -> Result<Rate, SettingError> {
    Rate::in_a_month(value).ok_or_else(|| {
        SettingError::other(&ranged.at, "the range of `requests` reaches beyond 10^15 a month (give a narrower one)")
    })
}

fn read_correlation(file: &mut Section) -> Result<Option<Found<f64>>, SettingError> {
    let Some(Found { value, at }) = file.text("correlation")? else { return Ok(None) };
    match value.trim().parse::<f64>() {
        Ok(correlation) if (-1.0..=1.0).contains(&correlation) => Ok(Some(Found { value: correlation, at })),
        _ => Err(SettingError::other(&at, format!("`correlation` is {value:?} (write a number from -1 to 1)"))),
    }
}

fn check_correlation(found: &Found<f64>, ranges: &[Ranged]) -> Result<f64, SettingError> {
    if correlated(ranges).is_empty() {
        let problem = "`correlation` is between the requests of a workload and its duration or CPU time (give a range to both)";
        return Err(SettingError::other(&found.at, problem));
    }
    Ok(found.value)
}

/// The ranges of traffic with those of the time of a request of the same workload.
fn correlated(ranges: &[Ranged]) -> Vec<(usize, usize)> {
    let places = |one: usize| {
        let times = ranges.iter().enumerate().filter(move |(_, other)| {
            ranges[one].is_requests() && other.time_of().is_some_and(|index| ranges[one].root == Root::Workload(index))
        });
        times.map(move |(other, _)| (one, other))
    };
    (0..ranges.len()).flat_map(places).collect()
}
