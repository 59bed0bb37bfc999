//! A scenario: workloads, and the designs that could run them.
//!
//! The file is TOML; flags are laid over it key by key, so a command line without a file is a scenario too. Every value
//! keeps the place it was written at, so that a complaint can point to it. Unknown keys are errors.
//!
//! This room computes no usage and no price: it reads settings, asks each platform for a placement, and hands both to
//! [`Scenario::estimate`].

mod account;
mod draft;
mod estimate;
mod neighbors;
mod options;
mod prices;
mod ranges;
mod regions;
mod toml;

use std::collections::BTreeSet;

pub use self::draft::{Draft, Varied};
pub use self::estimate::{Assessed, Basis, Estimate, OptionEstimate, PlainEstimate, Reason, WorkloadShare};
pub use self::neighbors::Beside;
pub use self::prices::read_price_book;
pub use self::ranges::Ranged;
use self::regions::StatedRegions;
pub use self::toml::read_toml;
use crate::bill::BillError;
use crate::note::Note;
use crate::platform::{self, Placement, Platform, Site};
use crate::price_book::{PriceBook, PriceFileError, UnknownRegion};
use crate::settings::{Found, Key, Origin, Section, SettingError, Value};
use crate::units::{Decimal, Month, Usd};
use crate::usage::{Meter, Region, TooLarge};
use crate::workload::{ReadFile, Workload};

/// The keys at the top of a scenario file that are also flags.
pub const KEYS: &[Key] = &[
    Key { name: "title", value: "TEXT", help: "What the scenario is called in the output" },
    Key {
        name: "region",
        value: "CODE",
        help: "Region, or one for each provider: us-east-1,europe-west1 [default: us-east-1, us-central1, eastus, …]",
    },
    Key { name: "budget", value: "MONEY", help: "Most that a month may cost, such as 500/month; exit code 3 above it" },
    Key { name: "month_hours", value: "N", help: "Length of the billing month in hours [default: 730]" },
    Key {
        name: "correlation",
        value: "RHO",
        help: "Correlation, -1 to 1, of a workload's traffic and the time of a request where both are ranges [default: 0]",
    },
];

/// Why a scenario cannot be read or estimated.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file is no TOML.
    #[error("{at}: {message}")]
    Toml {
        /// Where.
        at: Origin,
        /// What the parser says.
        message: String,
    },
    /// The file cannot be read.
    #[error("{file}: {message}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        message: String,
    },
    /// A setting is wrong.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// A region does not exist.
    #[error("{at}: {problem}")]
    Region {
        /// Where it was written.
        at: Origin,
        /// The region and its near names.
        problem: UnknownRegion,
    },
    /// A price list is wrong.
    #[error(transparent)]
    PriceFile(#[from] PriceFileError),
    /// A platform cannot run a workload.
    #[error("{at}: option `{option}` cannot run workload `{workload}` on {platform}: {reasons}")]
    Refused {
        /// Where the option is written.
        at: Box<Origin>,
        /// The option.
        option: String,
        /// The workload.
        workload: String,
        /// The platform.
        platform: &'static str,
        /// Every limit that is not respected.
        reasons: String,
    },
    /// A usage that cannot be held.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// A usage that cannot be priced.
    #[error("option `{option}`: {problem}")]
    Bill {
        /// The option.
        option: String,
        /// Why.
        problem: Box<BillError>,
    },
}

impl ScenarioError {
    /// Whether the input is at fault, rather than what the program knows.
    #[must_use]
    pub fn is_wrong_input(&self) -> bool {
        !matches!(self, Self::Bill { .. })
    }
}

/// Settings from the command line, laid over those of the file.
#[derive(Debug, Clone)]
pub struct Flags {
    /// Keys of the scenario itself.
    pub scenario: Section,
    /// Keys of the workload.
    pub workload: Section,
    /// Keys of the options; each applies to the platforms that know it.
    pub option: Section,
    /// Platforms, one option each, with settings of their own: "lambda", "ec2,instance=m7g.large,count=2".
    pub platforms: Vec<String>,
    /// The platforms of a scenario without options, when no flag names one.
    pub line_up: fn(&[Workload]) -> &'static [&'static str],
}

impl Flags {
    /// No flags: a file alone, on Lambda where it has no options.
    #[must_use]
    pub fn none() -> Self {
        let section = || Section::new("flags", Origin::CommandLine);
        let (scenario, workload, option) = (section(), section(), section());
        Self { scenario, workload, option, platforms: Vec::new(), line_up: |_| &["lambda"] }
    }
}

/// Workloads and the designs that could run them.
#[derive(Debug)]
pub struct Scenario {
    /// What it is called.
    pub title: Option<String>,
    /// The stated regions, one of a provider at most, for options that name none.
    pub regions: Vec<Region>,
    /// Whether the account's free allowances apply.
    pub free_tier: bool,
    /// The billing month.
    pub month: Month,
    /// What a month may cost.
    pub budget: Option<Usd>,
    /// The workloads; at least one.
    pub workloads: Vec<Workload>,
    /// The designs; at least one.
    pub options: Vec<Design>,
    /// Services around the compute, for all designs.
    pub neighbors: Vec<Beside>,
    /// Whether the month was stated, or is [`Month::STANDARD`].
    pub month_stated: bool,
    /// What is stated as a range, of which this scenario holds one value.
    pub ranged: Vec<String>,
}

/// One way to run all workloads.
#[derive(Debug)]
pub struct Design {
    /// Its name; unique in the scenario.
    pub name: String,
    /// One placement for each workload, in the order of the scenario.
    pub placed: Vec<Placed>,
    /// Services around the compute, for this design alone.
    pub neighbors: Vec<Beside>,
}

impl Design {
    /// Its platform, or all of them joined by "+".
    #[must_use]
    pub fn platforms(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        for placed in &self.placed {
            if !names.contains(&placed.platform.name) {
                names.push(placed.platform.name);
            }
        }
        names.join("+")
    }
}

/// A workload's place in a design.
#[derive(Debug)]
pub struct Placed {
    /// On which platform.
    pub platform: &'static Platform,
    /// Where.
    pub region: Region,
    /// Whether that was stated, or is the provider's default region.
    pub region_stated: bool,
    /// With which settings.
    pub placement: Box<dyn Placement>,
    /// Where the settings start.
    pub at: Origin,
    /// What a reader of the flags should know about it.
    pub notes: Vec<Note>,
}

impl Scenario {
    /// Reads a scenario from the settings of a file (or none) and flags.
    ///
    /// # Errors
    /// When a setting is missing, malformed, unknown or contradicts another.
    pub fn read(file: Section, flags: Flags, book: &PriceBook, read_file: &ReadFile<'_>) -> Result<Self, ScenarioError> {
        Draft::read(file, flags, book, read_file)?.place(book, read_file)
    }

    /// Takes over how long requests take; false where something must be read again. A neighbor may have read the time, and
    /// whether a batch makes a request longer is for it to say.
    fn retime(&mut self) -> bool {
        let alone = self.neighbors.is_empty() && self.options.iter().all(|option| option.neighbors.is_empty());
        let workloads = &self.workloads;
        let mut placed = self.options.iter_mut().flat_map(|option| workloads.iter().zip(&mut option.placed));
        alone && placed.all(|(workload, placed)| placed.placement.retime(workload))
    }
}

/// The settings of the workloads, with flags laid over them.
fn workload_sections(file: &mut Section, flags: &Section) -> Result<Vec<Section>, SettingError> {
    let mut sections = file.tables("workload")?;
    if let Some((_, at)) = flags.keys().next() {
        if sections.len() > 1 {
            let problem =
                format!("the scenario has {} workloads, a flag cannot tell which one it means: change the file", sections.len());
            return Err(SettingError::other(at, problem));
        }
        if sections.is_empty() {
            sections.push(Section::new("the workload", Origin::CommandLine));
        }
    }
    if sections.is_empty() {
        let problem = "there is no workload (give a scenario file with [workload], or --requests, --duration and --memory)";
        return Err(SettingError::other(file.at(), problem));
    }
    sections.iter_mut().for_each(|section| section.lay_over(flags));
    Ok(sections)
}

fn read_workload(mut section: Section, index: usize, alone: bool, read_file: &ReadFile<'_>) -> Result<Workload, SettingError> {
    let default_name = if alone { "main".to_owned() } else { format!("workload {}", index + 1) };
    let workload = Workload::read(&mut section, &default_name, read_file)?;
    section.finish()?;
    Ok(workload)
}

fn read_workloads(sections: &[Section], read_file: &ReadFile<'_>) -> Result<Vec<Workload>, SettingError> {
    let mut workloads: Vec<Workload> = Vec::new();
    for (index, section) in sections.iter().enumerate() {
        let workload = read_workload(section.clone(), index, sections.len() == 1, read_file)?;
        if workloads.iter().any(|other| other.name == workload.name) {
            let problem = format!("two workloads are called {:?}; names must differ", workload.name);
            return Err(SettingError::other(section.at(), problem));
        }
        workloads.push(workload);
    }
    Ok(workloads)
}

/// What reading an option needs to know of the scenario.
struct Context<'c> {
    workloads: &'c [Workload],
    regions: &'c StatedRegions,
    book: &'c PriceBook,
    read_file: &'c ReadFile<'c>,
}

impl Context<'_> {
    fn read_option(
        &self,
        name: Option<Found<String>>,
        mut base: Section,
        shared_neighbors: &[Beside],
        flags: &Flags,
        flags_used: &mut BTreeSet<String>,
    ) -> Result<Design, ScenarioError> {
        let mut overrides = base.table("workload")?;
        let neighbors: Vec<Beside> =
            base.tables("neighbor")?.into_iter().map(|section| self.read_neighbor(section)).collect::<Result<_, _>>()?;
        let mut placed = Vec::new();
        let mut base_used = false;
        for (index, workload) in self.workloads.iter().enumerate() {
            let own = overrides.as_mut().map(|overrides| take_override(overrides, workload)).transpose()?.flatten();
            let (section, uses_base) = with_override(&base, own);
            base_used |= uses_base;
            let batch = neighbors::batch_of(shared_neighbors.iter().chain(&neighbors), index);
            placed.push(self.place(section, workload, batch, flags, flags_used)?);
        }
        if let Some((name, at)) = overrides.as_ref().and_then(|overrides| overrides.keys().next()) {
            let known = self.workloads.iter().map(|workload| workload.name.clone()).collect();
            return Err(SettingError::unknown_choice(at, "workload", name, known).into());
        }
        let shared = ["platform", "region"];
        if let Some((key, at)) = base.keys().find(|(key, _)| !base_used && !shared.contains(key)) {
            let problem = format!("`{key}` changes nothing: every workload of this option names another platform");
            return Err(SettingError::other(at, problem).into());
        }
        let name = name.map_or_else(|| default_name(&placed), |found| found.value);
        Ok(Design { name, placed, neighbors })
    }

    fn place(
        &self,
        mut section: Section,
        workload: &Workload,
        batch: Decimal,
        flags: &Flags,
        flags_used: &mut BTreeSet<String>,
    ) -> Result<Placed, ScenarioError> {
        let platform = read_platform(&mut section)?;
        let notes = overridden_flags(&section, flags);
        let mut applicable = flags.option.clone();
        for (key, _) in flags.option.keys() {
            if platform.all_keys().any(|known| known.name == key) {
                flags_used.insert(key.to_owned());
            } else {
                applicable.take_named(key);
            }
        }
        options::lay_flags_over(&mut section, &applicable);
        let (region, region_stated) = self.regions.of(platform.provider, section.text("region")?, self.book)?;
        section.rename(format!("a {} option", platform.name));
        let at = section.at().clone();
        let invoked = neighbors::invoked(workload, batch, platform);
        let is_priced = |meter: &Meter| self.book.has_price(meter.id(), region.code());
        let site = Site { read_file: self.read_file, is_priced: &is_priced };
        let placement = (platform.read)(&mut section, &invoked, &site)?;
        section.finish()?;
        Ok(Placed { platform, region, region_stated, placement, at, notes })
    }
}

/// A flag for the scenario or the workload does not change an option that states the same key: that must be said.
fn overridden_flags(option: &Section, flags: &Flags) -> Vec<Note> {
    let shared = flags.scenario.keys().chain(flags.workload.keys()).map(|(key, _)| key);
    let stated: Vec<&str> = shared.filter(|key| option.keys().any(|(own, _)| own == *key)).collect();
    let notes = stated.into_iter().map(|key| {
        Note::assumption(format!("`--{}` does not change this option, which states its own `{key}`", key.replace('_', "-")))
    });
    notes.collect()
}

fn take_override(overrides: &mut Section, workload: &Workload) -> Result<Option<Section>, SettingError> {
    match overrides.take_named(&workload.name) {
        None => Ok(None),
        Some(Found { value: Value::Table(table), .. }) => Ok(Some(table)),
        Some(found) => {
            Err(SettingError::other(&found.at, format!("the settings of workload `{}` must be a table", workload.name)))
        }
    }
}

/// The option's settings with a workload's own laid over, and whether the option's were used: of an option for another
/// platform only the region is.
fn with_override(base: &Section, own: Option<Section>) -> (Section, bool) {
    let Some(mut own) = own else { return (base.clone(), true) };
    let platform_of = |section: &Section| section.clone().take_named("platform").map(|found| format!("{:?}", found.value));
    if platform_of(&own).is_some_and(|platform| Some(platform) != platform_of(base)) {
        let states_region = own.keys().any(|(key, _)| key == "region");
        if let Some(region) = base.clone().take_named("region").filter(|_| !states_region) {
            own.set("region", region.value, region.at);
        }
        return (own, false);
    }
    let mut section = base.clone();
    section.lay_over(&own);
    (section, true)
}

fn read_platform(section: &mut Section) -> Result<&'static Platform, SettingError> {
    let known = || platform::ALL.iter().map(|platform| platform.name.to_owned()).collect::<Vec<_>>();
    let name = section.text("platform")?.ok_or_else(|| section.missing("platform", "for example platform = \"lambda\""))?;
    platform::named(&name.value).ok_or_else(|| SettingError::unknown_choice(&name.at, "platform", &name.value, known()))
}

fn default_name(placed: &[Placed]) -> String {
    let mut names: Vec<String> =
        placed.iter().map(|placed| format!("{}, {}", placed.platform.name, placed.placement.title())).collect();
    names.dedup();
    match names.as_slice() {
        [name] => name.clone(),
        _ => {
            let mut platforms: Vec<&str> = placed.iter().map(|placed| placed.platform.name).collect();
            platforms.sort_unstable();
            platforms.dedup();
            platforms.join(" + ")
        }
    }
}

/// Makes generated names differ by a number; names that were stated must differ already.
fn name_apart(options: &mut [Design], stated: &[Option<Origin>]) -> Result<(), SettingError> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for (design, at) in options.iter().zip(stated).filter_map(|(design, at)| Some((design, at.as_ref()?))) {
        if !taken.insert(design.name.clone()) {
            return Err(SettingError::other(at, format!("two options are called {:?}; names must differ", design.name)));
        }
    }
    for (design, _) in options.iter_mut().zip(stated).filter(|(_, stated)| stated.is_none()) {
        let plain = design.name.clone();
        for number in 2.. {
            if taken.insert(design.name.clone()) {
                break;
            }
            design.name = format!("{plain} ({number})");
        }
    }
    Ok(())
}
