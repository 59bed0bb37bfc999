//! A scenario whose main quantities are moved by hand: what if there were ten times the requests, or half the memory?
//!
//! A [`WhatIf`] keeps the scenario as it was written. A [`Change`] sets one key of one workload, and the scenario is read again
//! and [compared](Comparison): so every answer is the one that `millicent compare` gives for the changed file, with its checks,
//! its notes and its choice of machines. [`WhatIf::curves`] goes along the requests, and [`WhatIf::regions`] says where the
//! cheapest changes, as `millicent break-even` does; [`WhatIf::excerpt`] is the part of the price book that
//! any position of the [parameters](Parameter) can need.
//!
//! Nothing is concluded here from what stands at two points about what lies between them, and no scenario file is written.

mod curves;
mod overlay;
mod parameter;
mod regions;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use self::curves::{Cost, Curves, Point};
pub use self::overlay::Overlay;
pub use self::parameter::{Parameter, Scale};
pub use self::regions::Region;
use crate::compare::Comparison;
use crate::price_book::{Excerpt, PriceBook};
use crate::scenario::{Draft, Scenario, ScenarioError};
use crate::settings::{Origin, Section, SettingError, Value};

/// A key of a workload set to another value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The workload, by its place in the scenario, from 0.
    pub workload: usize,
    /// The key, such as `requests`.
    pub key: String,
    /// The value as a scenario file has it, such as `500/month`.
    pub value: String,
}

/// A scenario and the prices it is judged by, to be asked for changes of it.
#[derive(Debug)]
pub struct WhatIf {
    file: Section,
    overlay: Overlay,
    files: BTreeMap<String, String>,
    book: PriceBook,
    parameters: Vec<Parameter>,
}

impl WhatIf {
    /// Takes a scenario's settings without `prices`, `discount` and `free_tier_used_up`, which are what `book` was made of, what
    /// is laid over them, and the text of every file that they name.
    ///
    /// # Errors
    /// When a setting is wrong.
    pub fn new(file: Section, overlay: Overlay, files: BTreeMap<String, String>, book: PriceBook) -> Result<Self, ScenarioError> {
        let mut what_if = Self { file, overlay, files, book, parameters: Vec::new() };
        let scenario = what_if.scenario(&[])?;
        let parameters = scenario.workloads.iter().enumerate();
        what_if.parameters = parameters.flat_map(|(place, workload)| parameter::of(place, workload, scenario.month)).collect();
        Ok(what_if)
    }

    /// As [`WhatIf::new`] with the prices of an excerpt, from whole settings: those about prices are in the excerpt already.
    ///
    /// # Errors
    /// When the excerpt is no price list, or a setting is wrong.
    pub fn of_excerpt(
        mut file: Section,
        overlay: Overlay,
        files: BTreeMap<String, String>,
        excerpt: Excerpt,
    ) -> Result<Self, ScenarioError> {
        for key in ["prices", "discount", "free_tier_used_up"] {
            file.take_named(key);
        }
        let book = PriceBook::from_excerpt(excerpt)?;
        Self::new(file, overlay, files, book)
    }

    /// What can be moved, by workload.
    #[must_use]
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// What is laid over the scenario.
    #[must_use]
    pub fn overlay(&self) -> &Overlay {
        &self.overlay
    }

    /// The scenario with some keys changed.
    ///
    /// # Errors
    /// When a value is malformed or contradicts another.
    pub fn scenario(&self, changes: &[Change]) -> Result<Scenario, ScenarioError> {
        self.draft(changes)?.place(&self.book, &|name, at| self.kept(name, at))
    }

    /// The text of a file that the scenario names.
    fn kept(&self, name: &str, _: &Origin) -> Result<String, String> {
        self.files.get(name).cloned().ok_or_else(|| "it is not kept with the scenario".to_owned())
    }

    fn draft(&self, changes: &[Change]) -> Result<Draft, ScenarioError> {
        let (mut file, mut flags) = (self.file.clone(), self.overlay.flags());
        // A flag for the workload is laid over whatever its section says, so there a change is another flag.
        let is_laid_over = flags.workload.keys().next().is_some();
        let mut workloads = file.tables("workload")?;
        for Change { workload, key, value } in changes {
            let at = Origin::Flag(key.replace('_', "-"));
            let section = if is_laid_over { Some(&mut flags.workload) } else { workloads.get_mut(*workload) };
            let Some(section) = section else {
                return Err(SettingError::other(&at, format!("there is no workload {} in the scenario", workload + 1)).into());
            };
            section.set(key.clone(), Value::Text(value.clone()), at);
        }
        if !workloads.is_empty() {
            let at = file.at().clone();
            let tables = workloads.into_iter().map(|section| (section.at().clone(), section));
            file.set("workload", Value::List(tables.map(|(at, section)| (Value::Table(section), at)).collect()), at);
        }
        Draft::read(file, flags, &self.book, &|name, at| self.kept(name, at))
    }

    /// The options compared, with some keys changed.
    ///
    /// # Errors
    /// When a value is malformed or contradicts another.
    pub fn compare(&self, changes: &[Change]) -> Result<Comparison, ScenarioError> {
        Ok(Comparison::of(&self.scenario(changes)?, &self.book))
    }

    /// The prices that the options meet when the parameters are moved: every combination of both ends and the present value of
    /// each, and memory in finer steps, because it decides which machine is rented. Of several workloads one is moved at a time,
    /// or the requests of all.
    #[must_use]
    pub fn excerpt(&self) -> Excerpt {
        let mut wanted: BTreeSet<(String, String)> = BTreeSet::new();
        for changes in parameter::grid(&self.parameters) {
            // What cannot be read at some corner has no price there.
            let Ok(scenario) = self.scenario(&changes) else { continue };
            for assessed in scenario.assess(&self.book) {
                let Some(Ok(estimate)) = assessed.priced else { continue };
                let steps = estimate.steps.iter();
                wanted.extend(steps.map(|(_, step)| (step.meter.id().to_owned(), step.region.code().to_owned())));
            }
        }
        self.book.excerpt(wanted.iter().map(|(meter, region)| (meter.as_str(), region.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::read_toml;

    const SCENARIO: &str = "region = \"us-east-1\"\n[workload]\nrequests = \"1M/month\"\nduration = \"200ms\"\nmemory = \"512MB\"\ncpu_fraction = 0.5\n";

    pub(super) const TWO: &str = "region = \"us-east-1\"\n[workload]\nrequests = \"3M/month\"\nduration = \"1s\"\nmemory = \"512MB\"\n\
        [[option]]\nplatform = \"lambda\"\n[[option]]\nplatform = \"ec2\"\ninstance = \"t3.medium\"\ncount = 1\n";
    pub(super) const SHOP: &str = include_str!("../../examples/ecommerce.toml");

    pub(super) fn what_if(scenario: &str) -> WhatIf {
        WhatIf::new(read_toml("s.toml", scenario).unwrap(), Overlay::default(), BTreeMap::new(), PriceBook::bundled()).unwrap()
    }

    pub(super) fn change(key: &str, value: &str) -> Change {
        Change { workload: 0, key: key.to_owned(), value: value.to_owned() }
    }

    fn totals(comparison: &Comparison) -> Vec<(String, Option<String>)> {
        let total = |option: &crate::compare::Compared| option.total().map(|total| total.amount().to_string());
        comparison.options.iter().map(|option| (option.name.clone(), total(option))).collect()
    }

    #[test]
    fn a_change_gives_what_the_changed_file_gives() {
        let changed = what_if(SCENARIO).compare(&[change("requests", "70M/month"), change("memory", "1GB")]).unwrap();
        let file = SCENARIO.replace("1M/month", "70M/month").replace("512MB", "1GB");
        assert_eq!(totals(&changed), totals(&what_if(&file).compare(&[]).unwrap()));
    }

    #[test]
    fn an_excerpt_gives_the_same_answers_wherever_the_parameters_stand() {
        let whole = what_if(SCENARIO);
        let part =
            WhatIf::of_excerpt(read_toml("s.toml", SCENARIO).unwrap(), Overlay::default(), BTreeMap::new(), whole.excerpt())
                .unwrap();
        for (requests, duration, memory, share) in [
            ("1000", "2", "128", "100"),
            ("31M", "900", "3000", "0"),
            ("900M", "77.5", "10240", "20"),
            ("5G", "20000", "700", "60"),
        ] {
            let changes = [
                change("requests", &format!("{requests}/month").replace('G', "000M")),
                change("duration", &format!("{duration}ms")),
                change("memory", &format!("{memory}MB")),
                change("cpu_fraction", &format!("{share}%")),
            ];
            let (one, other) = (whole.compare(&changes).unwrap(), part.compare(&changes).unwrap());
            assert_eq!(totals(&one), totals(&other));
            assert!(one.options.iter().any(|option| option.total().is_some()));
        }
    }

    #[test]
    fn settings_about_prices_come_with_the_excerpt() {
        let scenario = format!("discount = {{ lambda = \"50%\" }}\n{SCENARIO}");
        let mut file = read_toml("s.toml", &scenario).unwrap();
        let book = crate::scenario::read_price_book(&mut file, &|_, _| Err(String::new())).unwrap();
        let whole = WhatIf::new(file, Overlay::default(), BTreeMap::new(), book).unwrap();
        let settings = read_toml("s.toml", &scenario).unwrap();
        let part = WhatIf::of_excerpt(settings, Overlay::default(), BTreeMap::new(), whole.excerpt()).unwrap();
        assert_eq!(totals(&whole.compare(&[]).unwrap()), totals(&part.compare(&[]).unwrap()));
        assert_ne!(totals(&whole.compare(&[]).unwrap()), totals(&what_if(SCENARIO).compare(&[]).unwrap()));
    }

    #[test]
    fn what_is_laid_over_is_what_a_changed_file_says_and_can_be_moved() {
        let texts = |keys: &[(&str, &str)]| keys.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let overlay = Overlay {
            scenario: texts(&[("free_tier", "true")]),
            workload: texts(&[("requests", "3M/month")]),
            option: texts(&[("architecture", "arm64")]),
            platforms: vec!["lambda".to_owned()],
        };
        assert_eq!(overlay.typed(), ["--free-tier true", "--requests 3M/month", "--architecture arm64", "--platform lambda"]);
        let laid = |overlay: &Overlay| {
            let file = read_toml("s.toml", SCENARIO).unwrap();
            WhatIf::new(file, overlay.clone(), BTreeMap::new(), PriceBook::bundled()).unwrap()
        };
        let file = format!(
            "free_tier = true\n{}[[option]]\nplatform = \"lambda\"\narchitecture = \"arm64\"\n",
            SCENARIO.replace("1M/month", "3M/month")
        );
        let (whole, written) = (laid(&overlay), what_if(&file));
        assert_eq!(totals(&whole.compare(&[]).unwrap()), totals(&written.compare(&[]).unwrap()));
        for change in [change("requests", "70M/month"), change("memory", "1GB")] {
            let changes = [change];
            assert_eq!(totals(&whole.compare(&changes).unwrap()), totals(&written.compare(&changes).unwrap()));
        }
        assert_eq!(Overlay::of(&overlay.flags()), overlay);
    }

    #[test]
    fn a_workload_that_is_not_there_is_named() {
        let error = what_if(SCENARIO).compare(&[Change { workload: 4, ..change("requests", "1/s") }]).unwrap_err().to_string();
        assert_eq!(error, "--requests: there is no workload 5 in the scenario");
    }
}
