//! How the traffic of a day or a week is spread over its hours.

use crate::settings::{Found, Origin, Section, SettingError, Value};
use crate::units::{Count, Decimal};

use super::ReadFile;

/// Weights of the hours of a day (24) or a week (168), as multiples of their mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HourlyProfile {
    factors: Vec<Decimal>,
}

impl HourlyProfile {
    /// Each hour's rate as a multiple of the mean rate; their mean is one.
    #[must_use]
    pub fn factors(&self) -> &[Decimal] {
        &self.factors
    }

    /// The busiest hour's rate as a multiple of the mean.
    #[must_use]
    pub fn peak(&self) -> Decimal {
        self.factors.iter().copied().max().unwrap_or(Decimal::ONE)
    }

    /// Reads `hourly`: a file with the columns hour and weight, or a list of weights.
    ///
    /// # Errors
    /// When it is neither, or its hours are no day and no week.
    pub(super) fn read(section: &mut Section, read_file: &ReadFile<'_>) -> Result<Option<Self>, SettingError> {
        let Some(Found { value, at }) = section.take("hourly") else { return Ok(None) };
        let weights = match value {
            Value::Text(file) => weights_of_file(&file, &at, read_file)?,
            Value::List(items) => items
                .into_iter()
                .map(|(item, at)| match item {
                    Value::Text(text) => weight(&text, &at),
                    _ => Err(SettingError::other(&at, "a weight of `hourly` must be a number")),
                })
                .collect::<Result<_, _>>()?,
            _ => {
                return Err(SettingError::other(
                    &at,
                    "`hourly` must name a file (hour,weight) or be a list of 24 or 168 weights",
                ));
            }
        };
        Self::of_weights(&weights).map(Some).map_err(|problem| SettingError::other(&at, format!("`hourly`: {problem}")))
    }

    fn of_weights(weights: &[Decimal]) -> Result<Self, String> {
        if ![24, 168].contains(&weights.len()) {
            return Err(format!("{} weights (give 24 for a day or 168 for a week)", weights.len()));
        }
        let sum: Decimal = weights.iter().sum();
        if sum.is_zero() {
            return Err("every weight is zero (at least one hour must have traffic)".to_owned());
        }
        let hours = Decimal::from(weights.len());
        Ok(Self { factors: weights.iter().map(|weight| (*weight * hours / sum).normalize()).collect() })
    }
}

fn weight(text: &str, at: &Origin) -> Result<Decimal, SettingError> {
    text.trim().parse::<Count>().map(Count::get).map_err(|problem| SettingError::other(at, format!("`hourly`: {problem}")))
}

/// One line for each hour, in order; a header is allowed.
fn weights_of_file(file: &str, at: &Origin, read_file: &ReadFile<'_>) -> Result<Vec<Decimal>, SettingError> {
    let text = read_file(file, at).map_err(|problem| SettingError::other(at, format!("{file}: {problem}")))?;
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let mut weights = Vec::new();
    for (index, line) in lines {
        let wrong = |problem: String| SettingError::other(at, format!("{file}:{}: {problem}", index + 1));
        let Some((hour, value)) = line.split_once(',') else {
            return Err(wrong(format!("{line:?} is not hour,weight")));
        };
        if weights.is_empty() && hour.trim() == "hour" {
            continue;
        }
        if hour.trim().parse() != Ok(weights.len()) {
            return Err(wrong(format!(
                "hour {:?} where {} is expected (hours count from 0, in order)",
                hour.trim(),
                weights.len()
            )));
        }
        weights.push(value.trim().parse::<Count>().map_err(|problem| wrong(problem.to_string()))?.get());
    }
    Ok(weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_become_multiples_of_their_mean() {
        let mut weights = vec![Decimal::ONE; 24];
        weights[12] = Decimal::from(25);
        let profile = HourlyProfile::of_weights(&weights).unwrap();
        assert_eq!((profile.peak(), profile.factors()[0]), ("12.5".parse().unwrap(), "0.5".parse().unwrap()));
    }

    #[test]
    fn hours_must_be_a_day_or_a_week_in_order() {
        let read = |text: &str| {
            let mut section = Section::new("[workload]", Origin::CommandLine);
            section.set("hourly", Value::Text("day.csv".to_owned()), Origin::CommandLine);
            HourlyProfile::read(&mut section, &|_, _| Ok(text.to_owned())).map(Option::unwrap).map_err(|error| error.to_string())
        };
        let day: String = (0..24).map(|hour| format!("{hour},{}\n", hour + 1)).collect();
        assert_eq!(read(&format!("hour,weight\n{day}")).unwrap().factors().len(), 24);
        assert!(read("0,1\n1,2\n").unwrap_err().contains("2 weights"));
        assert!(read("0,1\n2,2\n").unwrap_err().contains("day.csv:2: hour \"2\" where 1 is expected"));
        assert!(read("0,-1\n").unwrap_err().contains("day.csv:1"));
        assert!(read(&day.replace(char::is_numeric, "0")).is_err());
    }
}
