//! Ranges in place of values: `requests = { p50 = "1M/month", p90 = "4M/month" }`.
//!
//! Where a range is typed, its median takes its place, so that everything else reads one value; the range is kept beside it
//! with its path, and a draw writes another value there.

use super::Varied;
use crate::neighbor;
use crate::platform;
use crate::settings::{Found, Key, Origin, Section, SettingError, Value};
use crate::stats::{Kind, Spread};
use crate::units::{Count, DataSize, Decimal, Month, QuantityError, Rate, Share, TimeSpan, grouped};
use crate::workload::Workload;

/// A value that is uncertain.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranged {
    /// What it is called in results: "requests", "memory of thumbnails".
    pub name: String,
    /// Where it was written.
    pub at: Origin,
    /// What it may be: in requests a month, milliseconds, megabytes, parts of one, or as a number.
    pub spread: Spread,
    pub(super) key: &'static str,
    pub(super) root: Root,
    path: Vec<Step>,
    quantity: Quantity,
    whole: bool,
}

/// The settings that a range was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Root {
    Month,
    Workload(usize),
    Option(usize),
    /// Flags for all options.
    Flags,
    Neighbor(usize),
}

/// The way from there to the value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Item(usize),
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantity {
    Rate,
    Time,
    Size,
    Share,
    Number,
}

/// Of these, p50 and p95 say how single requests differ; what is uncertain about their mean has names of its own.
const DISTRIBUTIONS: [&str; 2] = ["duration", "provisioned_duration"];
/// How long one request takes.
const TIMES: [&str; 3] = ["duration", "cpu", "wait"];
/// What distinguishes those names.
const OF_MEAN: &str = "mean_";

impl Quantity {
    fn of(key: &Key) -> Option<Self> {
        match key.value {
            "RATE" => Some(Self::Rate),
            "TIME" => Some(Self::Time),
            "SIZE" => Some(Self::Size),
            "SHARE" => Some(Self::Share),
            "N" => Some(Self::Number),
            _ => None,
        }
    }

    fn parse(self, text: &str, month: Month) -> Result<Decimal, QuantityError> {
        Ok(match self {
            Self::Rate => text.parse::<Rate>()?.per_month(month),
            Self::Time => text.parse::<TimeSpan>()?.milliseconds(),
            Self::Size => text.parse::<DataSize>()?.megabytes(),
            Self::Share => text.parse::<Share>()?.get(),
            Self::Number => text.parse::<Count>()?.get(),
        })
    }

    /// As it is typed, and parsed again.
    fn text(self, value: Decimal) -> String {
        match self {
            Self::Rate => format!("{value}/month"),
            Self::Time => format!("{value}ms"),
            Self::Size => format!("{value}MB"),
            Self::Share | Self::Number => value.to_string(),
        }
    }
}

impl Ranged {
    /// The value at a place of the standard normal distribution.
    #[must_use]
    pub fn at(&self, deviation: f64) -> Decimal {
        let value = self.spread.at(deviation);
        // A fleet of none is another thing than a fleet of one.
        if self.whole { value.round().max(Decimal::ONE.min(self.spread.median())) } else { value }
    }

    /// A value in words: "1,000,000 a month", "120 ms", "25%".
    #[must_use]
    pub fn words(&self, value: Decimal) -> String {
        let number = |value: Decimal| grouped(value.round_sf(6).unwrap_or(value).normalize());
        match self.quantity {
            Quantity::Rate => format!("{} a month", number(value)),
            Quantity::Time => format!("{} ms", number(value)),
            Quantity::Size => format!("{} MB", number(value)),
            Quantity::Share => format!("{}%", number(value * Decimal::ONE_HUNDRED)),
            Quantity::Number => number(value),
        }
    }

    /// The unit of its values, for programs.
    #[must_use]
    pub const fn unit(&self) -> &'static str {
        match self.quantity {
            Quantity::Rate => "1/month",
            Quantity::Time => "ms",
            Quantity::Size => "MB",
            Quantity::Share => "share",
            Quantity::Number => "1",
        }
    }

    /// Whether it is the traffic of a workload.
    #[must_use]
    pub fn is_requests(&self) -> bool {
        matches!(self.root, Root::Workload(_)) && self.key == "requests"
    }

    /// Whether it is load: traffic, or how long a request takes. No fleet is smaller for more of it.
    #[must_use]
    pub fn is_load(&self) -> bool {
        self.is_requests() || matches!(self.root, Root::Workload(_)) && self.key == "duration"
    }

    /// The workload whose time for a request it is.
    pub(super) fn time_of(&self) -> Option<usize> {
        match self.root {
            Root::Workload(index) if ["duration", "cpu"].contains(&self.key) => Some(index),
            _ => None,
        }
    }

    /// What changes with it.
    pub(super) fn varied(&self) -> Varied {
        match self.root {
            Root::Month => Varied::Traffic,
            Root::Workload(_) if self.is_requests() => Varied::Traffic,
            Root::Workload(_) if TIMES.contains(&self.key) => Varied::Times,
            _ => Varied::Anything,
        }
    }

    /// Writes a value to its place.
    pub(super) fn write(&self, section: &mut Section, value: Decimal) {
        if let Some(place) = value_at(section, &self.path) {
            *place = Value::Text(self.quantity.text(value));
        }
    }
}

fn value_at<'s>(section: &'s mut Section, path: &[Step]) -> Option<&'s mut Value> {
    let (Step::Key(first), rest) = path.split_first()? else { return None };
    let start = section.value_mut(first)?;
    rest.iter().try_fold(start, |value, step| match (value, step) {
        (Value::Table(table), Step::Key(key)) => table.value_mut(key),
        (Value::List(items), Step::Item(index)) => items.get_mut(*index).map(|(value, _)| value),
        _ => None,
    })
}

/// Replaces the ranges of settings by their medians, and collects them.
pub(super) struct Finder {
    pub(super) month: Month,
    pub(super) found: Vec<Ranged>,
}

impl Finder {
    /// In the settings of a workload.
    pub(super) fn in_workload(&mut self, section: &mut Section, index: usize, alone: bool) -> Result<(), SettingError> {
        let about =
            if alone { None } else { Some(name_of(section, "name").unwrap_or_else(|| format!("workload {}", index + 1))) };
        self.search(section, &Search { root: Root::Workload(index), key: &|name| named(Workload::KEYS.iter(), name), about }, &[])
    }

    /// In the settings of an option, those for single workloads, and its neighbors.
    pub(super) fn in_option(&mut self, section: &mut Section, index: usize) -> Result<(), SettingError> {
        let about = name_of(section, "name").or_else(|| name_of(section, "platform"));
        self.search(section, &Search { root: Root::Option(index), key: &option_key, about }, &[])
    }

    /// In the flags for all options.
    pub(super) fn in_flags(&mut self, section: &mut Section) -> Result<(), SettingError> {
        self.search(section, &Search { root: Root::Flags, key: &option_key, about: None }, &[])
    }

    /// In the settings of a neighbor of all options.
    pub(super) fn in_neighbor(&mut self, section: &mut Section, index: usize) -> Result<(), SettingError> {
        let about = name_of(section, "service");
        self.search(section, &Search { root: Root::Neighbor(index), key: &neighbor_key, about }, &[])
    }

    /// In the length of the month.
    pub(super) fn in_scenario(&mut self, section: &mut Section) -> Result<(), SettingError> {
        let key = |name: &str| named(super::KEYS.iter(), name).filter(|key| key.name == "month_hours");
        self.search(section, &Search { root: Root::Month, key: &key, about: None }, &[])
    }

    fn search(&mut self, section: &mut Section, search: &Search<'_>, path: &[Step]) -> Result<(), SettingError> {
        let keys: Vec<(String, Origin)> = section.keys().map(|(key, at)| (key.to_owned(), at.clone())).collect();
        for (name, at) in keys {
            let Some(value) = section.value_mut(&name) else { continue };
            let path = [path, &[Step::Key(name.clone())]].concat();
            match (search.root, name.as_str(), &mut *value) {
                (Root::Option(_), "workload", Value::Table(overrides)) => {
                    let workloads: Vec<String> = overrides.keys().map(|(workload, _)| workload.to_owned()).collect();
                    for workload in workloads {
                        if let Some(Value::Table(own)) = overrides.value_mut(&workload) {
                            self.search(own, search, &[&path[..], &[Step::Key(workload)]].concat())?;
                        }
                    }
                }
                (Root::Option(_), "neighbor", Value::Table(own)) => self.search(own, &search.of_neighbor(own), &path)?,
                (Root::Option(_), "neighbor", Value::List(items)) => {
                    for (index, (item, _)) in items.iter_mut().enumerate() {
                        if let Value::Table(own) = item {
                            self.search(own, &search.of_neighbor(own), &[&path[..], &[Step::Item(index)]].concat())?;
                        }
                    }
                }
                _ => {
                    if let Some(key) = (search.key)(&name)
                        && let Some(ranged) = self.range(key, value, &at, search, path)?
                    {
                        self.found.push(ranged);
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads a value as a range, if it is one, and puts its median in its place.
    fn range(
        &self,
        key: &'static Key,
        value: &mut Value,
        at: &Origin,
        search: &Search<'_>,
        path: Vec<Step>,
    ) -> Result<Option<Ranged>, SettingError> {
        let Some(quantity) = Quantity::of(key) else { return Ok(None) };
        let Some(parts) = parts(key, value)? else { return Ok(None) };
        let wrong = |at: &Origin, problem: String| SettingError::other(at, format!("`{}`: {problem}", key.name));
        let part = |name: &str| parts.iter().find(|(found, _)| found == name).map(|(_, text)| text);
        let parsed = |text: &Found<String>| {
            quantity.parse(&text.value, self.month).map_err(|problem| wrong(&text.at, problem.to_string()))
        };
        let kind = if quantity == Quantity::Share { Kind::Share } else { Kind::Amount };
        let (spread, stated) = match (parts.len(), part("p10"), part("p50"), part("p90"), part("low"), part("high")) {
            (2, None, Some(p50), Some(p90), ..) => {
                (Spread::by_quantiles(None, parsed(p50)?, parsed(p90)?, kind), Some(p50.value.clone()))
            }
            (3, Some(p10), Some(p50), Some(p90), ..) => {
                (Spread::by_quantiles(Some(parsed(p10)?), parsed(p50)?, parsed(p90)?, kind), Some(p50.value.clone()))
            }
            (2, .., Some(low), Some(high)) => (Spread::uniform(parsed(low)?, parsed(high)?), None),
            _ => return Err(wrong(at, unlike_a_range(key, &parts))),
        };
        let spread = spread.map_err(|problem| wrong(at, problem.to_string()))?;
        // Half an instance cannot be had, and memory comes in whole megabytes; half a request on average can be.
        let comes_whole = match quantity {
            Quantity::Number => matches!(search.root, Root::Option(_) | Root::Flags),
            Quantity::Size => true,
            _ => false,
        };
        let mut numbers = parts.iter().filter_map(|(_, text)| quantity.parse(&text.value, self.month).ok());
        let whole = comes_whole && numbers.all(|number| number.is_integer());
        let name = search.about.as_ref().map_or_else(|| key.name.to_owned(), |about| format!("{} of {about}", key.name));
        let ranged = Ranged { name, at: at.clone(), spread, key: key.name, root: search.root, path, quantity, whole };
        *value = Value::Text(stated.unwrap_or_else(|| quantity.text(ranged.at(0.0))));
        Ok(Some(ranged))
    }
}

/// What is searched.
struct Search<'s> {
    root: Root,
    key: &'s dyn Fn(&str) -> Option<&'static Key>,
    about: Option<String>,
}

impl Search<'_> {
    fn of_neighbor(&self, section: &Section) -> Self {
        let service = name_of(section, "service").unwrap_or_else(|| "neighbor".to_owned());
        let about = self.about.as_ref().map_or_else(|| service.clone(), |about| format!("{service} of {about}"));
        Self { root: self.root, key: &neighbor_key, about: Some(about) }
    }
}

fn named<'k>(mut keys: impl Iterator<Item = &'k Key>, name: &str) -> Option<&'k Key> {
    keys.find(|key| key.name == name)
}

fn option_key(name: &str) -> Option<&'static Key> {
    named(platform::ALL.iter().flat_map(platform::Platform::all_keys), name)
}

fn neighbor_key(name: &str) -> Option<&'static Key> {
    named(neighbor::ALL.iter().flat_map(|neighbor| neighbor.keys), name)
}

fn name_of(section: &Section, key: &str) -> Option<String> {
    match section.clone().take_named(key)?.value {
        Value::Text(name) => Some(name),
        _ => None,
    }
}

/// What a range looks like, beside what was written.
fn unlike_a_range(key: &Key, parts: &Parts) -> String {
    let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
    let has = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    let mean = if DISTRIBUTIONS.contains(&key.name) { OF_MEAN } else { "" };
    format!("a range has {mean}p50 and {mean}p90, a {mean}p10 too, or {mean}low and {mean}high; this one has {has}")
}

/// The parts of a range by their names.
type Parts = Vec<(String, Found<String>)>;

/// The named parts of a range, in a table or as a flag writes it: "p50=1M/month,p90=4M/month"; nothing where the value is none.
fn parts(key: &Key, value: &Value) -> Result<Option<Parts>, SettingError> {
    let mut parts = Parts::new();
    match value {
        Value::Table(table) => {
            let mut table = table.clone();
            let names: Vec<String> = table.keys().map(|(name, _)| name.to_owned()).collect();
            for name in names {
                let Some(Found { value, at }) = table.take_named(&name) else { continue };
                let Value::Text(text) = value else {
                    return Err(SettingError::other(&at, format!("`{}`: {name} should be text in quotes or a number", key.name)));
                };
                parts.push((name, Found { value: text, at }));
            }
        }
        Value::Text(text) if text.contains('=') && !text.starts_with('@') => {
            let at = Origin::Flag(key.name.replace('_', "-"));
            for part in text.split(',') {
                match (part.split_once('='), parts.last_mut()) {
                    (Some((name, value)), _) => {
                        parts.push((name.trim().to_owned(), Found { value: value.trim().to_owned(), at: at.clone() }));
                    }
                    // A comma may also group digits: p50=1,000/day.
                    (None, Some((_, before))) => before.value.push_str(&format!(",{part}")),
                    (None, None) => return Ok(None),
                }
            }
        }
        _ => return Ok(None),
    }
    if !DISTRIBUTIONS.contains(&key.name) {
        return Ok(Some(parts));
    }
    if parts.iter().any(|(name, _)| name.starts_with(OF_MEAN)) {
        let bare = |(name, text): (String, _)| {
            (name.strip_prefix(OF_MEAN).map_or_else(|| format!("{name} of requests"), str::to_owned), text)
        };
        return Ok(Some(parts.into_iter().map(bare).collect()));
    }
    Ok(None)
}
