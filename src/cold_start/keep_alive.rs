//! Keep-alive times as people write them.

use super::ColdStartError;
use crate::queueing::KeepAlive;
use crate::units::{TimeSpan, decimal_from_statistic, statistic_from_decimal};

/// The presets by name: what was last measured on AWS Lambda, and what the simulator SimFaaS takes.
const PRESETS: [(&str, KeepAlive); 2] = [("conservative", KeepAlive::CONSERVATIVE), ("simfaas", KeepAlive::TEN_MINUTES)];

/// Reads a preset, one time, or a range within which every time is equally likely.
///
/// ```
/// # use millicent::{cold_start::read_keep_alive, queueing::KeepAlive};
/// assert_eq!(read_keep_alive("10min")?, KeepAlive::TEN_MINUTES);
/// assert_eq!(read_keep_alive("5min..7min")?, KeepAlive::CONSERVATIVE);
/// assert_eq!(read_keep_alive("conservative")?, KeepAlive::CONSERVATIVE);
/// # Ok::<(), millicent::cold_start::ColdStartError>(())
/// ```
///
/// # Errors
/// When it is none of these.
pub fn read_keep_alive(text: &str) -> Result<KeepAlive, ColdStartError> {
    if let Some((_, preset)) = PRESETS.iter().find(|(name, _)| *name == text.trim()) {
        return Ok(preset.clone());
    }
    let seconds = |part: &str| -> Result<f64, ColdStartError> {
        let span: TimeSpan = part.parse().map_err(|problem| ColdStartError::KeepAlive { typed: text.to_owned(), problem })?;
        Ok(statistic_from_decimal(span.seconds()))
    };
    Ok(match text.split_once("..") {
        None => KeepAlive::constant(seconds(text)?)?,
        Some((low, high)) => KeepAlive::uniform(seconds(low)?, seconds(high)?)?,
    })
}

/// A keep-alive time for people: "10 min", "5 min to 7 min".
#[must_use]
pub fn keep_alive_words(keep_alive: &KeepAlive) -> String {
    let span =
        |seconds: f64| TimeSpan::from_milliseconds(decimal_from_statistic(seconds * 1e3, 3).unwrap_or_default()).to_string();
    let (shortest, longest) = (span(keep_alive.shortest_s()), span(keep_alive.longest_s()));
    if shortest == longest { shortest } else { format!("{shortest} to {longest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_keep_alive_time_is_refused_with_what_was_typed() {
        for (text, part) in [
            ("10", "the unit is missing"),
            ("7min..5min", "shortest keep-alive time"),
            ("5min..", "5min.."),
            ("conservativ", "\"conservativ\""),
        ] {
            let error = read_keep_alive(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn it_is_said_as_it_is_read() {
        assert_eq!(keep_alive_words(&KeepAlive::CONSERVATIVE), "5 min to 7 min");
        assert_eq!(keep_alive_words(&read_keep_alive("90s").unwrap()), "90 s");
    }
}
