//! TOML → settings, with the line and column of every key and value.

use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ScenarioError;
use crate::settings::{Origin, Section, Value};

/// Reads the text of a scenario file; `name` is what messages call it.
///
/// # Errors
/// When it is not TOML.
pub fn read_toml(name: &str, text: &str) -> Result<Section, ScenarioError> {
    let places = Places { name: Arc::from(name), text };
    // A byte-order mark is how some editors start a file.
    let start = text.strip_prefix('\u{feff}').unwrap_or(text);
    let skipped = text.len() - start.len();
    let table = DeTable::parse(start).map_err(|error| ScenarioError::Toml {
        at: places.at(skipped + error.span().map_or(0, |span| span.start)),
        message: error.message().to_owned(),
    })?;
    let places = Places { name: places.name, text: start };
    Ok(places.section("the scenario", table.get_ref(), 0))
}

struct Places<'t> {
    name: Arc<str>,
    text: &'t str,
}

impl Places<'_> {
    fn at(&self, offset: usize) -> Origin {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Origin::File {
            name: Arc::clone(&self.name),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    fn section(&self, name: &str, table: &DeTable<'_>, offset: usize) -> Section {
        let mut section = Section::new(name, self.at(offset));
        // The parser orders keys by name; complaints should come in the order of the file.
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in entries {
            section.set(key.get_ref().to_string(), self.value(key.get_ref(), value), self.at(value.span().start));
        }
        section
    }

    fn value(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Value {
        let offset = value.span().start;
        match value.get_ref() {
            DeValue::String(text) => Value::Text(text.to_string()),
            // Radix prefixes and underscores aside, a number stays the digits that were written.
            DeValue::Integer(number) if number.radix() == 10 => Value::Text(number.as_str().to_owned()),
            DeValue::Integer(number) => Value::Text(
                i64::from_str_radix(number.as_str(), number.radix())
                    .map_or_else(|_| number.as_str().to_owned(), |n| n.to_string()),
            ),
            DeValue::Float(number) => Value::Text(number.as_str().to_owned()),
            DeValue::Boolean(flag) => Value::Flag(*flag),
            DeValue::Datetime(datetime) => Value::Text(datetime.to_string()),
            DeValue::Array(items) => {
                Value::List(items.iter().map(|item| (self.value(key, item), self.at(item.span().start))).collect())
            }
            DeValue::Table(table) => Value::Table(self.section(&format!("[{key}]"), table, offset)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_knows_its_place() {
        let mut section = read_toml("s.toml", "title = \"x\"\n\n[workload]\nmemory = 12.50\n").unwrap();
        let mut workload = section.table("workload").unwrap().unwrap();
        let memory = workload.text("memory").unwrap().unwrap();
        assert_eq!((memory.value.as_str(), memory.at.to_string().as_str()), ("12.50", "s.toml:4:10"));
    }

    #[test]
    fn what_is_no_toml_is_refused_with_its_place() {
        for (text, place) in [
            ("a = = 1\n", "s.toml:1:5"),
            ("a = 1\nb = \"", "s.toml:2:"),
            ("a = 1\na = 2\n", "s.toml:2:1"),
            ("[[\u{1f4a3}", "s.toml:1:"),
        ] {
            let message = read_toml("s.toml", text).unwrap_err().to_string();
            assert!(message.starts_with(place), "{message}");
        }
    }
}
