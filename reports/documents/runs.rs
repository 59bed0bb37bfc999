//! A run of the model: one of the scenario files of this study, with settings laid over it as the command lays its flags.

use std::sync::LazyLock;

use millicent::bill::Line;
use millicent::price_book::PriceBook;
use millicent::scenario::{self, Estimate, Flags, OptionEstimate, Scenario, ScenarioError, read_toml};
use millicent::settings::{Key, Origin, Value};
use millicent::units::{Decimal, Usd};
use millicent::workload::Workload;

static BUNDLED: LazyLock<PriceBook> = LazyLock::new(PriceBook::bundled);
static DOCUMENTS: LazyLock<PriceBook> = LazyLock::new(PriceBook::documents);

/// Which prices a run uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Book {
    /// The prices of AWS that the program carries.
    Bundled,
    /// The prices that the documents state, right or wrong.
    Documents,
}

impl Book {
    /// The prices.
    pub(crate) fn prices(self) -> &'static PriceBook {
        match self {
            Self::Bundled => &BUNDLED,
            Self::Documents => &DOCUMENTS,
        }
    }
}

/// A scenario file of the study, by name.
#[derive(Debug)]
pub(crate) struct File {
    /// Without folder and ending.
    pub(crate) name: &'static str,
    text: &'static str,
}

macro_rules! file {
    ($identifier:ident, $name:literal) => {
        pub(crate) static $identifier: File = File { name: $name, text: include_str!(concat!("scenarios/", $name, ".toml")) };
    };
}

file!(ALWAYS_BUSY, "always-busy");
file!(BATCHES, "batches");
file!(EVENT_SIZES, "event-sizes");
file!(FASTER_AND_CHEAPER, "faster-and-cheaper");
file!(INITIALIZATION, "initialization");
file!(MEMORY_SIZES, "memory-sizes");
file!(MILLION_A_DAY, "million-a-day");
file!(ONE_MILLISECOND, "one-millisecond");
file!(ORDER_PIPELINE, "order-pipeline");
file!(PROVISIONED_IDLE, "provisioned-idle");
file!(PROVISIONED_LOAD, "provisioned-load");
file!(WARM_UP, "warm-up");

/// A scenario file with flags laid over it. The same as a command line, see [`Run::arguments`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    /// The scenario.
    pub(crate) file: &'static File,
    keys: &'static [(&'static str, &'static str)],
    book: Book,
    free_tier: bool,
}

impl Run {
    /// The scenario as it is written.
    pub(crate) const fn of(file: &'static File) -> Self {
        Self { file, keys: &[], book: Book::Bundled, free_tier: false }
    }

    /// With these keys of the workload or of every option.
    pub(crate) const fn with(mut self, keys: &'static [(&'static str, &'static str)]) -> Self {
        self.keys = keys;
        self
    }

    /// With the account's free allowances.
    pub(crate) const fn free_tier(mut self) -> Self {
        self.free_tier = true;
        self
    }

    /// With the prices that the documents state.
    pub(crate) const fn at_the_documents_prices(mut self) -> Self {
        self.book = Book::Documents;
        self
    }

    /// The arguments with which the command does the same.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let mut arguments = self.scenario_and_flags();
        arguments[0] = format!("reports/documents/scenarios/{}", arguments[0]);
        arguments.insert(0, "estimate".to_owned());
        arguments
    }

    /// The name of the scenario file, and the flags laid over it.
    pub(crate) fn scenario_and_flags(&self) -> Vec<String> {
        let mut flags = vec![format!("{}.toml", self.file.name)];
        for (key, value) in self.keys {
            let flag = format!("--{}", key.replace('_', "-"));
            match *value {
                // A switch takes its value after an equals sign.
                "true" | "false" => flags.push(format!("{flag}={value}")),
                _ => flags.extend([flag, (*value).to_owned()]),
            }
        }
        if self.free_tier {
            flags.push("--free-tier".to_owned());
        }
        if self.book == Book::Documents {
            flags.extend(["--prices".to_owned(), "documents".to_owned()]);
        }
        flags
    }

    /// The estimate, or why there is none.
    pub(crate) fn try_estimate(&self) -> Result<Estimate, ScenarioError> {
        self.estimate_over(&[])
    }

    /// The estimate.
    pub(crate) fn estimate(&self) -> Estimate {
        self.try_estimate().expect("the scenario is compiled in, and a test runs every run of the study")
    }

    /// The estimate with more keys, whose values are computed.
    pub(crate) fn estimate_with(&self, more: &[(&str, &str)]) -> Estimate {
        self.estimate_over(more).expect("the study computes requests and memory within the limits of a function")
    }

    /// The scenario's only option, or its first.
    pub(crate) fn first(&self) -> OptionEstimate {
        self.estimate().options.swap_remove(0)
    }

    /// The option of this name.
    pub(crate) fn option(&self, name: &str) -> OptionEstimate {
        let mut options = self.estimate().options.into_iter();
        options.find(|option| option.name == name).expect("the study names options as its scenario files do")
    }

    fn estimate_over(&self, more: &[(&str, &str)]) -> Result<Estimate, ScenarioError> {
        let mut flags = Flags::none();
        for (key, value) in self.keys.iter().chain(more) {
            let section = if has(scenario::KEYS, key) {
                &mut flags.scenario
            } else if has(Workload::KEYS, key) {
                &mut flags.workload
            } else {
                &mut flags.option
            };
            section.set(*key, Value::Text((*value).to_owned()), Origin::Flag(key.replace('_', "-")));
        }
        let mut file = read_toml(self.file.name, self.file.text)?;
        if self.free_tier {
            file.set("free_tier", Value::Flag(true), Origin::Flag("free-tier".to_owned()));
        }
        let prices = self.book.prices();
        Scenario::read(file, flags, prices, &|name, _| Err(format!("no file {name}")))?.estimate(prices)
    }
}

fn has(keys: &[Key], name: &str) -> bool {
    keys.iter().any(|key| key.name == name)
}

/// What the lines of a bill cost whose meter is `meter` or lies below it.
pub(crate) fn cost_below(option: &OptionEstimate, meter: &str) -> Usd {
    lines_below(option, meter).map(|line| line.cost).sum()
}

/// How much is consumed of `meter` and of all meters below it.
pub(crate) fn quantity_below(option: &OptionEstimate, meter: &str) -> Decimal {
    lines_below(option, meter).map(|line| line.quantity).sum()
}

pub(crate) fn lines_below<'o>(option: &'o OptionEstimate, meter: &str) -> impl Iterator<Item = &'o Line> {
    option.bill.lines.iter().filter(move |line| line.meter.id().starts_with(meter))
}

/// The largest number up to `most` for which `holds` is true, given that it holds at 0 and, once false, stays so.
pub(crate) fn largest(most: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut held, mut failed) = (0, most + 1);
    while failed - held > 1 {
        let middle = held + (failed - held) / 2;
        if holds(middle) { held = middle } else { failed = middle }
    }
    held
}
