//! What the axis across is a quantity of, and how its values are written.

use super::ChartError;
use super::axis::{Axis, Scale, Tick, TickLabel, dollar_label, duration_label};
use super::words;
use crate::units::{decimal_from_statistic, grouped};

/// The axis across: what it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Across {
    /// In words: "requests a month".
    pub title: String,
    /// How its values are written.
    pub quantity: Quantity,
}

/// How values of an axis are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// Things that are counted: "10M".
    Count,
    /// Durations, in milliseconds: "200 ms", "1.5 s".
    Milliseconds,
    /// Memory sizes, in MB: "1,024 MB".
    Megabytes,
    /// Shares of one: "60%".
    Share,
    /// Dollars: "$0.50".
    Dollars,
    /// Plain numbers: "1.5".
    Number,
}

impl Across {
    /// The title as it stands under the axis.
    pub(super) fn words(&self) -> String {
        format!("{} (log scale)", self.title)
    }

    /// A logarithmic axis over the places of all points.
    pub(super) fn log_axis(&self, places: impl Iterator<Item = f64> + Clone, most_ticks: u32) -> Result<Axis, ChartError> {
        let (low, high) = (places.clone().fold(f64::INFINITY, f64::min), places.fold(0.0, f64::max));
        let mut axis = Axis::log(&self.title, (low, high), most_ticks, self.quantity.tick_label())?;
        if self.quantity == Quantity::Megabytes {
            // Sizes are chosen by doubling.
            let doublings = (0..31).map(|power| f64::from(1_u32 << power)).filter(|size| (axis.low..=axis.high).contains(size));
            axis.ticks = doublings.map(|value| Tick { value, label: megabytes_label(value, 0, value) }).collect();
        }
        Ok(axis)
    }
}

impl Quantity {
    fn tick_label(self) -> TickLabel {
        match self {
            Self::Count => count_label,
            Self::Milliseconds => duration_label,
            Self::Megabytes => megabytes_label,
            Self::Share => share_label,
            Self::Dollars => money_label,
            Self::Number => number_label,
        }
    }

    /// One value as exactly as a reader can use it: "3,558,743".
    pub(super) fn exact(self, value: f64) -> String {
        match self {
            Self::Count | Self::Number => words::number(value),
            Self::Milliseconds => words::duration(value),
            Self::Megabytes => megabytes_label(value, 0, value),
            Self::Share => words::percent(value),
            Self::Dollars => words::dollars(value),
        }
    }
}

/// "500", "20k", "3.5M", "1B", "2T".
pub(super) fn count_label(value: f64, places: u32, _largest: f64) -> String {
    let magnitudes = [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")];
    let (divisor, letter) = magnitudes.into_iter().find(|(divisor, _)| *divisor <= value).unwrap_or((1.0, ""));
    format!("{}{letter}", plain(value / divisor, places.max(6)))
}

/// Dollars as on other axes, from a million on in millions: "$0.01", "$10,000", "$1M".
pub(super) fn money_label(dollars: f64, places: u32, largest: f64) -> String {
    if dollars < 1e6 { dollar_label(dollars, places, largest) } else { format!("${}", count_label(dollars, places, largest)) }
}

/// "60%"; the decimals that a share needs are two fewer as a percentage.
pub(super) fn share_label(share: f64, places: u32, _largest: f64) -> String {
    format!("{}%", plain(100.0 * share, places.saturating_sub(2)))
}

pub(super) fn number_label(value: f64, places: u32, _largest: f64) -> String {
    plain(value, places)
}

fn megabytes_label(value: f64, places: u32, _largest: f64) -> String {
    format!("{} MB", plain(value, places))
}

fn plain(value: f64, places: u32) -> String {
    decimal_from_statistic(value, places.min(28)).map_or_else(|| value.to_string(), grouped)
}

/// The heading of an axis says when equal distances are equal ratios.
pub(super) fn headed(what: &str, axis: &Axis) -> String {
    match axis.scale {
        Scale::Linear => what.to_owned(),
        Scale::Log => format!("{what} (log scale)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(quantity: Quantity, low: f64, high: f64) -> Vec<String> {
        let across = Across { title: "axis".to_owned(), quantity };
        across.log_axis([low, high].into_iter(), 12).unwrap().ticks.into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn every_quantity_is_written_in_its_own_way() {
        assert_eq!(labels(Quantity::Count, 1e3, 1e9), ["1k", "10k", "100k", "1M", "10M", "100M", "1B"]);
        assert_eq!(labels(Quantity::Count, 2e6, 1e7), ["2M", "5M", "10M"]);
        assert_eq!(labels(Quantity::Dollars, 0.01, 1e6).join(" "), "$0.01 $0.10 $1 $10 $100 $1,000 $10,000 $100,000 $1M");
        assert_eq!(labels(Quantity::Megabytes, 128.0, 1769.0), ["128 MB", "256 MB", "512 MB", "1,024 MB"]);
        assert_eq!(labels(Quantity::Share, 0.01, 1.0), ["1%", "2%", "5%", "10%", "20%", "50%", "100%"]);
        assert_eq!(labels(Quantity::Milliseconds, 100.0, 2000.0), ["100 ms", "200 ms", "500 ms", "1 s", "2 s"]);
        assert_eq!(labels(Quantity::Number, 0.5, 4.0), ["0.5", "1", "2"]);
        assert_eq!(Quantity::Count.exact(3_558_742.6), "3,558,743");
    }

    #[test]
    fn a_logarithmic_axis_does_not_begin_at_zero() {
        let across = Across { title: "requests a month".to_owned(), quantity: Quantity::Count };
        for places in [[0.0, 1e6], [-1.0, 1.0], [f64::NAN, f64::NAN], [1.0, f64::INFINITY]] {
            let error = across.log_axis(places.into_iter(), 8).unwrap_err();
            assert!(matches!(error, ChartError::LogRange { .. }), "{places:?}: {error}");
        }
        let error = across.log_axis([0.0, 1e6].into_iter(), 8).unwrap_err().to_string();
        assert!(error.starts_with("requests a month from 0 to 1000000 has no logarithmic axis"), "{error}");
    }
}
