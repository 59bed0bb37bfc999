//! What was typed, and where: settings from a scenario file or from flags, read once and left empty.
//!
//! A [`Section`] holds keys and values with their [`Origin`]. Code asks for the keys it knows; whatever is left when the
//! section is [finished](Section::finish) is an error that suggests the nearest key that was asked for. So the list of valid
//! keys cannot drift from the code that reads them.
//!
//! This room reads no file and knows no format: [`crate::scenario`] fills it from TOML, the front desk from flags.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::sync::Arc;

use crate::stats::DurationsError;
use crate::units::{Count, DataSize, Decimal, QuantityError, grouped};

/// A key that may be set: in a scenario file by its name, on the command line by the same name with dashes.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// In the scenario file.
    pub name: &'static str,
    /// What stands for the value in the help.
    pub value: &'static str,
    /// One line of help.
    pub help: &'static str,
}

/// Where a setting was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In a file; line and column count from one.
    File {
        /// Its name as the user gave it.
        name: Arc<str>,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
    },
    /// On the command line, as `--name`.
    Flag(String),
    /// On the command line as a whole.
    CommandLine,
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { name, line, column } => write!(out, "{name}:{line}:{column}"),
            Self::Flag(flag) => write!(out, "--{flag}"),
            Self::CommandLine => out.write_str("command line"),
        }
    }
}

/// A value as it was written. Numbers stay text, so that no digit is lost on the way to a decimal.
#[derive(Debug, Clone)]
pub enum Value {
    /// Text in quotes, a number, or the argument of a flag.
    Text(String),
    /// `true` or `false`.
    Flag(bool),
    /// `[…]`
    List(Vec<(Value, Origin)>),
    /// `{…}` or `[header]`
    Table(Section),
}

impl Value {
    fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text or a number",
            Self::Flag(_) => "true or false",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {problem}")]
pub struct SettingError {
    at: Origin,
    // Boxed, because settings are read by functions that return small things.
    problem: Box<Problem>,
}

/// What is wrong with a setting, by the way it is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Problem {
    #[error("`{key}`: {problem}")]
    Quantity { key: String, problem: QuantityError },
    #[error("`{key}`: {problem}")]
    Durations { key: String, problem: DurationsError },
    #[error("`{key}` should be {expected}, but it is {found}")]
    WrongKind { key: String, expected: &'static str, found: &'static str },
    #[error("unknown key `{key}` in {section} ({})", suggestion(nearest.as_deref(), known))]
    UnknownKey { key: String, section: String, nearest: Option<String>, known: Vec<&'static str> },
    #[error("{key:?} is not a known {what} ({})", suggestion(nearest.as_deref(), known))]
    UnknownChoice { key: String, what: &'static str, nearest: Option<String>, known: Vec<String> },
    #[error("{section} needs `{key}` ({}{example})", instead.as_ref().map(|near| format!("is `{near}` meant to be it? ")).unwrap_or_default())]
    Missing { section: String, key: &'static str, example: &'static str, instead: Option<String> },
    #[error("{0}")]
    Other(String),
}

fn suggestion<S: AsRef<str>>(nearest: Option<&str>, known: &[S]) -> String {
    let known = known.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
    nearest.map_or_else(|| format!("known: {known}"), |nearest| format!("did you mean `{nearest}`? known: {known}"))
}

/// The candidates by their edit distance from what was typed, nearest first; case, and dash against underscore, do not count.
pub fn by_distance<'c>(typed: &str, candidates: impl IntoIterator<Item = &'c str>) -> Vec<(usize, &'c str)> {
    let plain = |text: &str| text.to_lowercase().replace('-', "_");
    let typed = plain(typed);
    let distances = candidates.into_iter().map(|candidate| (strsim::damerau_levenshtein(&typed, &plain(candidate)), candidate));
    let mut ranked: Vec<_> = distances.collect();
    ranked.sort_unstable();
    ranked
}

/// The candidate nearest to what was typed, if one is near enough to be a slip of the fingers.
pub fn nearest<'c>(typed: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let (distance, candidate) = by_distance(typed, candidates).into_iter().next()?;
    (distance <= 1 + candidate.len() / 4).then_some(candidate)
}

impl SettingError {
    fn new(at: &Origin, problem: Problem) -> Self {
        Self { at: at.clone(), problem: Box::new(problem) }
    }

    /// Something that only the caller can word.
    pub fn other(at: &Origin, problem: impl Into<String>) -> Self {
        Self::new(at, Problem::Other(problem.into()))
    }

    /// A name that is none of the known ones.
    pub fn unknown_choice(at: &Origin, what: &'static str, typed: &str, known: Vec<String>) -> Self {
        let nearest = nearest(typed, known.iter().map(String::as_str)).map(str::to_owned);
        Self::new(at, Problem::UnknownChoice { key: typed.to_owned(), what, nearest, known })
    }
}

/// A setting after it was parsed, with its origin for later complaints.
#[derive(Debug, Clone)]
pub struct Found<T> {
    /// What it means.
    pub value: T,
    /// Where it was written.
    pub at: Origin,
}

/// The value of a setting, or what holds without it.
pub fn value_or<T>(found: Option<Found<T>>, default: T) -> T {
    found.map_or(default, |found| found.value)
}

/// Where a setting was written, if it was.
pub fn origin<T>(found: &Option<Found<T>>) -> Option<&Origin> {
    found.as_ref().map(|found| &found.at)
}

/// Refuses settings that need another one which is missing.
///
/// # Errors
/// When one of `dependents` is there.
pub fn refuse_without(needed: &str, dependents: &[Option<&Origin>]) -> Result<(), SettingError> {
    match dependents.iter().copied().flatten().next() {
        Some(at) => Err(SettingError::other(at, format!("this key needs {needed}"))),
        None => Ok(()),
    }
}

/// Refuses one of two settings without the other: they mean something only together.
///
/// # Errors
/// When one is there and the other is not.
pub fn together(one: (&str, Option<&Origin>), other: (&str, Option<&Origin>)) -> Result<(), SettingError> {
    match (one.1, other.1) {
        (Some(at), None) => Err(SettingError::other(at, format!("`{}` needs `{}`", one.0, other.0))),
        (None, Some(at)) => Err(SettingError::other(at, format!("`{}` needs `{}`", other.0, one.0))),
        _ => Ok(()),
    }
}

#[derive(Debug, Clone)]
struct Entry {
    key: String,
    value: Value,
    at: Origin,
}

/// Some keys and their values, read by taking them out.
#[derive(Debug, Clone)]
pub struct Section {
    name: String,
    at: Origin,
    entries: Vec<Entry>,
    asked: Vec<&'static str>,
}

impl Section {
    /// An empty section called `name` in messages ("`[workload]`").
    #[must_use]
    pub fn new(name: impl Into<String>, at: Origin) -> Self {
        Self { name: name.into(), at, entries: Vec::new(), asked: Vec::new() }
    }

    /// Sets a key, replacing an earlier value: flags are laid over the file.
    pub fn set(&mut self, key: impl Into<String>, value: Value, at: Origin) {
        let key = key.into();
        self.entries.retain(|entry| entry.key != key);
        self.entries.push(Entry { key, value, at });
    }

    /// Lays all entries of `other` over this section.
    pub fn lay_over(&mut self, other: &Self) {
        for entry in &other.entries {
            self.set(entry.key.clone(), entry.value.clone(), entry.at.clone());
        }
    }

    /// What messages call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Renames it, once its content says what it is.
    pub fn rename(&mut self, name: impl Into<String>) {
        self.name = name.into();
    }

    /// Where it starts.
    #[must_use]
    pub fn at(&self) -> &Origin {
        &self.at
    }

    /// The keys not read yet, with where they were written.
    pub fn keys(&self) -> impl Iterator<Item = (&str, &Origin)> {
        self.entries.iter().map(|entry| (entry.key.as_str(), &entry.at))
    }

    /// The value of a key, to be changed in its place.
    pub fn value_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.value)
    }

    /// Takes a key out as it is.
    pub fn take(&mut self, key: &'static str) -> Option<Found<Value>> {
        self.asked.push(key);
        self.take_named(key)
    }

    /// Takes out a key whose name the user chose.
    pub fn take_named(&mut self, key: &str) -> Option<Found<Value>> {
        let position = self.entries.iter().position(|entry| entry.key == key)?;
        let entry = self.entries.remove(position);
        Some(Found { value: entry.value, at: entry.at })
    }

    /// Takes a text.
    ///
    /// # Errors
    /// When the key is there but is no text.
    pub fn text(&mut self, key: &'static str) -> Result<Option<Found<String>>, SettingError> {
        self.take(key).map(|found| expect_text(key, found)).transpose()
    }

    /// Takes a quantity.
    ///
    /// # Errors
    /// When the key is there but is no such quantity.
    pub fn quantity<T: FromStr<Err = QuantityError>>(&mut self, key: &'static str) -> Result<Option<Found<T>>, SettingError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        let value = text
            .value
            .parse()
            .map_err(|problem| SettingError::new(&text.at, Problem::Quantity { key: key.to_owned(), problem }))?;
        Ok(Some(Found { value, at: text.at }))
    }

    /// Takes a size that is not zero.
    ///
    /// # Errors
    /// When the key is there but is no size, or zero.
    pub fn positive_size(&mut self, key: &'static str) -> Result<Option<Found<DataSize>>, SettingError> {
        let found = self.quantity::<DataSize>(key)?;
        match found.as_ref().filter(|found| found.value.is_zero()) {
            Some(zero) => Err(SettingError::other(&zero.at, format!("`{key}` is zero (write for example \"512MB\")"))),
            None => Ok(found),
        }
    }

    /// Takes a whole number within a range; the upper end is often only a bound against typing mistakes.
    ///
    /// # Errors
    /// When the key is there but is no whole number, or out of the range.
    pub fn whole_number(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u32>,
    ) -> Result<Option<Found<Decimal>>, SettingError> {
        let Some(Found { value, at }) = self.quantity::<Count>(key)? else { return Ok(None) };
        let (number, least, most) = (value.get(), Decimal::from(*range.start()), Decimal::from(*range.end()));
        if number.is_integer() && least <= number && number <= most {
            return Ok(Some(Found { value: number, at }));
        }
        let remedy = format!("write a whole number from {least} to {}", grouped(most));
        Err(SettingError::other(&at, format!("`{key}` is {value} ({remedy})")))
    }

    /// Takes a quantity that must be there.
    ///
    /// # Errors
    /// When it is missing or malformed.
    pub fn required<T: FromStr<Err = QuantityError>>(
        &mut self,
        key: &'static str,
        example: &'static str,
    ) -> Result<T, SettingError> {
        self.quantity(key)?.map(|found| found.value).ok_or_else(|| self.missing(key, example))
    }

    /// The complaint that a key is missing.
    #[must_use]
    pub fn missing(&self, key: &'static str, example: &'static str) -> SettingError {
        let instead = nearest(key, self.entries.iter().map(|entry| entry.key.as_str())).map(str::to_owned);
        let problem = Problem::Missing { section: self.name.clone(), key, example, instead };
        SettingError::new(&self.at, problem)
    }

    /// The complaint about a malformed duration or distribution.
    #[must_use]
    pub fn bad_durations(key: &str, at: &Origin, problem: DurationsError) -> SettingError {
        SettingError::new(at, Problem::Durations { key: key.to_owned(), problem })
    }

    /// Takes `true` or `false` (or the words, from a flag).
    ///
    /// # Errors
    /// When the key is there but is neither.
    pub fn flag(&mut self, key: &'static str) -> Result<Option<bool>, SettingError> {
        match self.take(key) {
            None => Ok(None),
            Some(Found { value: Value::Flag(flag), .. }) => Ok(Some(flag)),
            Some(Found { value: Value::Text(text), .. }) if text == "true" => Ok(Some(true)),
            Some(Found { value: Value::Text(text), .. }) if text == "false" => Ok(Some(false)),
            Some(found) => Err(wrong_kind(key, "true or false", &found)),
        }
    }

    /// Takes one of some names.
    ///
    /// # Errors
    /// When the key is there but is none of them; the message lists them.
    pub fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&'static str, T)],
    ) -> Result<Option<Found<T>>, SettingError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        match choices.iter().find(|(name, _)| *name == text.value) {
            Some((_, value)) => Ok(Some(Found { value: *value, at: text.at })),
            None => {
                let known = choices.iter().map(|(name, _)| (*name).to_owned()).collect();
                Err(SettingError::unknown_choice(&text.at, key, &text.value, known))
            }
        }
    }

    /// Takes a table.
    ///
    /// # Errors
    /// When the key is there but is no table.
    pub fn table(&mut self, key: &'static str) -> Result<Option<Self>, SettingError> {
        self.take(key).map(|found| expect_table(key, found)).transpose()
    }

    /// Takes one table or a list of tables.
    ///
    /// # Errors
    /// When the key is there but is neither.
    pub fn tables(&mut self, key: &'static str) -> Result<Vec<Self>, SettingError> {
        match self.take(key) {
            None => Ok(Vec::new()),
            Some(Found { value: Value::Table(table), .. }) => Ok(vec![table]),
            Some(Found { value: Value::List(items), .. }) => {
                items.into_iter().map(|(value, at)| expect_table(key, Found { value, at })).collect()
            }
            Some(found) => Err(wrong_kind(key, "a table", &found)),
        }
    }

    /// Takes one text or a list of texts.
    ///
    /// # Errors
    /// When the key is there but is neither.
    pub fn texts(&mut self, key: &'static str) -> Result<Vec<Found<String>>, SettingError> {
        match self.take(key) {
            None => Ok(Vec::new()),
            Some(Found { value: Value::List(items), .. }) => {
                items.into_iter().map(|(value, at)| expect_text(key, Found { value, at })).collect()
            }
            Some(found) => expect_text(key, found).map(|text| vec![text]),
        }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// When a key is left that nobody asked for.
    pub fn finish(mut self) -> Result<(), SettingError> {
        let Some(entry) = self.entries.first() else { return Ok(()) };
        self.asked.sort_unstable();
        self.asked.dedup();
        let nearest = nearest(&entry.key, self.asked.iter().copied()).map(str::to_owned);
        let problem =
            Problem::UnknownKey { key: entry.key.chars().take(60).collect(), section: self.name, nearest, known: self.asked };
        Err(SettingError::new(&entry.at, problem))
    }
}

fn expect_text(key: &str, found: Found<Value>) -> Result<Found<String>, SettingError> {
    match found.value {
        // A control character in a name would reach terminals, tables and files.
        Value::Text(value) if value.chars().any(char::is_control) => {
            Err(SettingError::other(&found.at, format!("`{key}` contains a line end or another control character (remove it)")))
        }
        Value::Text(value) => Ok(Found { value, at: found.at }),
        _ => Err(wrong_kind(key, "text in quotes or a number", &found)),
    }
}

fn expect_table(key: &str, found: Found<Value>) -> Result<Section, SettingError> {
    match found.value {
        Value::Table(table) => Ok(table),
        _ => Err(wrong_kind(key, "a table", &found)),
    }
}

fn wrong_kind(key: &str, expected: &'static str, found: &Found<Value>) -> SettingError {
    let problem = Problem::WrongKind { key: key.to_owned(), expected, found: found.value.kind() };
    SettingError::new(&found.at, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(keys: &[(&str, &str)]) -> Section {
        let at = Origin::File { name: Arc::from("s.toml"), line: 3, column: 1 };
        let mut section = Section::new("[workload]", at.clone());
        for (key, value) in keys {
            section.set(*key, Value::Text((*value).to_owned()), at.clone());
        }
        section
    }

    #[test]
    fn a_left_over_key_is_an_error_with_the_nearest_known_one() {
        let mut workload = section(&[("memroy", "512MB")]);
        assert!(workload.quantity::<DataSize>("memory").unwrap().is_none());
        assert!(workload.text("name").unwrap().is_none());
        let message = workload.finish().unwrap_err().to_string();
        assert_eq!(message, "s.toml:3:1: unknown key `memroy` in [workload] (did you mean `memory`? known: memory, name)");
    }

    #[test]
    fn a_malformed_value_is_shown_with_place_key_and_remedy() {
        let message = section(&[("memory", "512XB")]).quantity::<DataSize>("memory").unwrap_err().to_string();
        assert!(message.starts_with("s.toml:3:1: `memory`: \"512XB\" is not a size") && message.contains("1.5GB"), "{message}");
    }

    #[test]
    fn a_far_fetched_name_is_not_suggested() {
        assert_eq!(nearest("mars-1", ["us-east-1"]), None);
        assert_eq!(nearest("us-esat-1", ["us-east-1", "us-west-1"]), Some("us-east-1"));
    }
}
