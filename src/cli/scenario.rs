//! What every command about a scenario takes: the file, flags laid over it, prices.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::ValueEnum;
use millicent::price_book::PriceBook;
use millicent::scenario::{Draft, Flags, Scenario, ScenarioError, read_price_book, read_toml};
use millicent::settings::{Found, Origin, Section, SettingError, Value};
use millicent::usage::{Provider, Region};
#[cfg(feature = "charts")]
use millicent::what_if::Overlay;
use millicent::workload::{ReadFile, Workload};

use super::WrongInput;
use super::files::{read_text, reader_beside};
use super::keys::{KeyFlags, set_prices};

/// What was typed.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ScenarioArgs {
    /// Scenario file (TOML); `-` reads standard input. Flags are laid over it
    scenario: Option<PathBuf>,
    /// Platform, with settings of its own after commas (ec2,instance=m7g.large,count=2); repeat for several
    #[arg(long, value_name = "NAME")]
    platform: Vec<String>,
    /// Apply the account's free allowances
    #[arg(long)]
    free_tier: bool,
    /// Price book: bundled, documents, or a CSV file of your own laid over them; repeat for several
    #[arg(long, value_name = "BOOK")]
    prices: Vec<String>,
    /// Percentage off all prices of a service, such as lambda=12%; repeat for several
    #[arg(long, value_name = "SERVICE=PERCENT")]
    discount: Vec<String>,
    #[command(flatten)]
    keys: KeyFlags,
    /// The text of the file: standard input can be read only once.
    #[arg(skip)]
    text: OnceCell<String>,
}

/// A scenario file as it was written.
#[cfg(feature = "charts")]
#[derive(Debug)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) text: String,
    /// What is laid over it.
    args: ScenarioArgs,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Table,
    Json,
    Csv,
    Markdown,
}

impl Format {
    /// Explanations are for people and programs, not for cells.
    pub(super) fn check_explain(self, explain: bool) -> Result<(), WrongInput> {
        if explain && matches!(self, Self::Csv | Self::Markdown) {
            return Err(WrongInput("--explain goes with --format table or json".to_owned()));
        }
        Ok(())
    }
}

#[cfg(feature = "charts")]
impl Source {
    /// Its settings under another name, those about prices and the free tier laid over, and the other flags.
    pub(super) fn settings(&self, name: &str) -> Result<(Section, Overlay), ScenarioError> {
        let mut settings = read_toml(name, &self.text)?;
        self.args.lay_flags_over(&mut settings)?;
        let KeyFlags { scenario, workload, option } = self.args.keys.clone();
        let mut flags = Flags { scenario, workload, option, platforms: self.args.platform.clone(), ..Flags::none() };
        if self.args.free_tier {
            flags.scenario.set("free_tier", Value::Text("true".to_owned()), Origin::Flag("free-tier".to_owned()));
        }
        Ok((settings, Overlay::of(&flags)))
    }
}

impl ScenarioArgs {
    /// The scenario file, where there is one.
    #[cfg(feature = "charts")]
    pub(super) fn source(&self) -> Result<Option<Source>, String> {
        let Some(path) = self.scenario.as_deref().filter(|path| path.as_os_str() != "-") else { return Ok(None) };
        let text = read_text(path).map_err(|problem| format!("{}: {problem}", path.display()))?;
        Ok(Some(Source { path: path.to_path_buf(), text, args: self.clone() }))
    }

    /// The scenario and the prices it is estimated with; `line_up` names the platforms when nobody does.
    pub(super) fn read(
        self,
        line_up: fn(&[Workload]) -> &'static [&'static str],
    ) -> Result<(Scenario, PriceBook), ScenarioError> {
        let (draft, book, read_file) = self.read_draft(line_up)?;
        Ok((draft.place(&book, &read_file)?, book))
    }

    /// The scenario before its workloads are placed, the prices, and what reads the files that it names.
    pub(super) fn read_draft(
        self,
        line_up: fn(&[Workload]) -> &'static [&'static str],
    ) -> Result<(Draft, PriceBook, Box<ReadFile<'static>>), ScenarioError> {
        let mut file = self.read_settings()?;
        let read_file: Box<ReadFile<'static>> = Box::new(reader_beside(self.scenario.as_deref()));
        let book = read_price_book(&mut file, &read_file)?;
        let KeyFlags { scenario, workload, option } = self.keys;
        let flags = Flags { scenario, workload, option, platforms: self.platform, line_up };
        Ok((Draft::read(file, flags, &book, &read_file)?, book, read_file))
    }

    /// The prices alone, and the first region that is one of AWS.
    pub(super) fn read_prices(self) -> Result<(PriceBook, Region), ScenarioError> {
        let mut file = self.read_settings()?;
        let book = read_price_book(&mut file, &reader_beside(self.scenario.as_deref()))?;
        file.lay_over(&self.keys.scenario);
        let mut wrong = None;
        for Found { value, at } in file.texts("region")? {
            for code in value.split(',').map(str::trim) {
                match book.check_region_of(Provider::Aws, code) {
                    Ok(region) => return Ok((book, region)),
                    Err(problem) => wrong = wrong.or(Some(ScenarioError::Region { at: at.clone(), problem })),
                }
            }
        }
        wrong.map_or_else(|| Ok((book, Region::new(Provider::Aws.default_region()))), Err)
    }

    /// States a rate for one workload that has none: where it is the axis, any will do. Of several the file must say it, because
    /// their proportion matters.
    pub(super) fn state_requests(&mut self, rate: &str) -> Result<(), ScenarioError> {
        let workloads = self.read_file_settings()?.tables("workload")?;
        let lacks = match workloads.as_slice() {
            [] => self.scenario.is_none() || self.keys.workload.keys().next().is_some(),
            [only] => only.keys().all(|(key, _)| key != "requests"),
            _ => false,
        };
        if lacks && !self.states("requests") {
            self.state("requests", rate);
        }
        Ok(())
    }

    /// Refuses a budget where no one month has a cost that could exceed it.
    pub(super) fn refuse_budget(&self, why: &str) -> Result<(), WrongInput> {
        match self.keys.scenario.keys().any(|(key, _)| key == "budget") {
            true => Err(WrongInput(format!("--budget: {why} (`millicent compare --budget` checks one)"))),
            false => Ok(()),
        }
    }

    /// Whether nobody says how long a request takes: a scenario may, so it is asked only where there is none.
    pub(super) fn lacks_time(&self) -> bool {
        self.scenario.is_none() && !["duration", "cpu", "profile"].iter().any(|key| self.states(key))
    }

    /// Whether a flag states this key of the workload.
    pub(super) fn states(&self, key: &str) -> bool {
        self.keys.workload.keys().any(|(stated, _)| stated == key)
    }

    /// States a key of the workload that any value will do for.
    pub(super) fn state(&mut self, key: &'static str, value: &str) {
        self.keys.workload.set(key, Value::Text(value.to_owned()), Origin::CommandLine);
    }

    /// The tables of a scenario that only one command reads.
    pub(super) fn own_table(&self, name: &'static str) -> Result<Section, ScenarioError> {
        let table = self.read_file_settings()?.table(name)?;
        Ok(table.unwrap_or_else(|| Section::new(format!("[{name}]"), Origin::CommandLine)))
    }

    fn read_settings(&self) -> Result<Section, ScenarioError> {
        let mut file = self.read_file_settings()?;
        self.lay_flags_over(&mut file)?;
        Ok(file)
    }

    fn read_file_settings(&self) -> Result<Section, ScenarioError> {
        let Some(path) = &self.scenario else { return Ok(Section::new("the scenario", Origin::CommandLine)) };
        let name = path.display().to_string();
        if let Some(text) = self.text.get() {
            return read_toml(&name, text);
        }
        let text = read_text(path).map_err(|message| ScenarioError::Unreadable { file: name.clone(), message })?;
        read_toml(&name, self.text.get_or_init(|| text))
    }

    fn lay_flags_over(&self, file: &mut Section) -> Result<(), ScenarioError> {
        if self.free_tier {
            file.set("free_tier", Value::Flag(true), Origin::Flag("free-tier".to_owned()));
        }
        set_prices(file, &self.prices);
        if !self.discount.is_empty() {
            let at = Origin::Flag("discount".to_owned());
            let mut discounts = file.table("discount")?.unwrap_or_else(|| Section::new("--discount", at.clone()));
            let mut seen = BTreeSet::new();
            for discount in &self.discount {
                let Some((service, percentage)) = discount.split_once('=') else {
                    return Err(
                        SettingError::other(&at, format!("{discount:?} is not SERVICE=PERCENT, such as lambda=12%")).into()
                    );
                };
                if !seen.insert(service) {
                    return Err(SettingError::other(&at, format!("two discounts on {service}; give one")).into());
                }
                discounts.set(service, Value::Text(percentage.to_owned()), at.clone());
            }
            file.set("discount", Value::Table(discounts), at);
        }
        Ok(())
    }
}
