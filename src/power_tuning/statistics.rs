//! The averages of one memory size, as the tool computes them.
//!
//! Total and billed durations are sorted and trimmed each on its own, so the two averages may come from different calls, and
//! trimming 20 % from each end removes every call of a payload that makes up 20 % and is the slowest. Both are faults, kept
//! here for comparison: 90 % of calls at 100 ms and 10 % at 2,000 ms average to 100 ms, where the mean is 290 ms.

use serde::{Deserialize, Serialize};

use super::output::{memory_size, plain_number};
use super::price::{call_price, total_price};
use crate::units::MemoryMb;

/// The share of calls that the tool discards at each end when nothing is said.
pub const DEFAULT_TRIM_SHARE: f64 = 0.2;

/// The largest share that can be discarded at each end.
pub(super) const MOST_TRIM_SHARE: f64 = 0.4;

/// A memory size with the averages of one call, as an element of `stats` in the tool's output.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SizeAverage {
    /// The size.
    #[serde(rename = "value", deserialize_with = "memory_size")]
    pub memory: MemoryMb,
    /// In dollars, in China in yuan.
    #[serde(rename = "averagePrice", serialize_with = "plain_number")]
    pub average_cost: f64,
    /// In milliseconds, with the time of initialization or restoring; zero where no call left a report.
    #[serde(rename = "averageDuration", serialize_with = "plain_number")]
    pub average_duration_ms: f64,
}

impl SizeAverage {
    /// Whether there is a duration: sizes without one are left out of the choice, the total and the chart.
    #[must_use]
    pub fn is_measured(&self) -> bool {
        self.average_duration_ms > 0.0
    }
}

/// What the tool keeps of all calls of a memory size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SizeResult {
    /// The averages.
    pub average: SizeAverage,
    /// What all calls cost, none discarded; in dollars, in China in yuan.
    pub total_cost: f64,
}

impl SizeResult {
    /// Of calls that took `total_ms` (Duration + Init Duration + Restore Duration) and were billed `billed_ms` (Billed Duration +
    /// Billed Restore Duration), at a base cost of [`super::lambda_base_cost`].
    ///
    /// ```
    /// # use millicent::power_tuning::SizeResult;
    /// # use millicent::units::MemoryMb;
    /// let result = SizeResult::of_calls(MemoryMb::new(128), 2.1e-9, &[1.2, 0.4, 9.0, 1.0, 1.4], &[2.0, 1.0, 9.0, 1.0, 2.0], 0.2);
    /// assert_eq!(result.average.average_duration_ms, (1.0 + 1.2 + 1.4) / 3.0);
    /// assert_eq!(result.average.average_cost, 2.0 * 2.1e-9); // (1 + 2 + 2) / 3 = 1.67 is billed as 2 ms
    /// ```
    #[must_use]
    pub fn of_calls(memory: MemoryMb, base_cost: f64, total_ms: &[f64], billed_ms: &[f64], trim_share: f64) -> Self {
        let average_duration_ms = trimmed_mean(total_ms, trim_share);
        let average_cost = call_price(base_cost, memory, trimmed_mean(billed_ms, trim_share));
        let average = SizeAverage { memory, average_cost, average_duration_ms };
        Self { average, total_cost: total_price(base_cost, memory, billed_ms) }
    }
}

/// The mean without the k smallest and the k largest values, k = ⌊n · `share`⌋; zero when there are no values. The share is
/// brought into 0 to 0.4.
///
/// The product is one of binary numbers: 100 · 0.29 is 28.999999999999996, and 28 are dropped at each end, not 29.
///
/// ```
/// # use millicent::power_tuning::trimmed_mean;
/// assert_eq!(trimmed_mean(&[2000.0, 1.0, 2.0, 3.0, 4.0], 0.2), 3.0); // (2 + 3 + 4) / 3
/// assert_eq!(trimmed_mean(&[2000.0, 1.0, 2.0, 3.0, 4.0], 0.0), 402.0);
/// ```
#[must_use]
pub fn trimmed_mean(values: &[f64], share: f64) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let dropped = (sorted.len() as f64 * share.clamp(0.0, MOST_TRIM_SHARE)).floor() as usize;
    let kept = &sorted[dropped..sorted.len() - dropped];
    // From zero and smallest first, as there: another order rounds differently.
    kept.iter().fold(0.0, |sum, value| sum + value) / kept.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TOTALS_MS: [f64; 10] = [200.0, 3.0, 0.5, 4.5, 10.0, 2.0, 0.2, 50.0, 3.0, 4.0];

    #[test]
    fn shares_of_the_ends_are_discarded() {
        let five = [2000.0, 1.0, 2.0, 3.0, 4.0];
        for (values, share, expected) in [
            (&TOTALS_MS[..], 0.0, 277.2 / 10.0),
            (&TOTALS_MS[..], 0.2, 26.5 / 6.0),
            (&TOTALS_MS[..], 0.4, 3.5),
            (&TOTALS_MS[..], 0.7, 3.5),
            (&TOTALS_MS[..], -1.0, 277.2 / 10.0),
            (&five[..], 0.2, 3.0),
            (&five[..], 0.4, 3.0),
            (&five[..], 0.0, 402.0),
            (&five[..], 1e-8, 402.0),
            (&five[..4], 0.2, 501.5),
            (&five[..1], 0.4, 2000.0),
            (&five[..0], 0.2, 0.0),
        ] {
            let mean = trimmed_mean(values, share);
            assert!((mean - expected).abs() < 1e-12, "{values:?} {share}: {mean}");
        }
    }

    #[test]
    fn a_product_just_below_a_whole_number_is_rounded_down() {
        // 100 · 0.29 = 28.999999999999996: the 29th smallest value stays.
        let mut values = vec![0.0; 28];
        values.extend([44.0; 44]);
        values.extend([1000.0; 28]);
        assert_eq!(trimmed_mean(&values, 0.29).to_bits(), 44.0_f64.to_bits());
        values[28] = 0.0;
        assert_eq!(trimmed_mean(&values, 0.29).to_bits(), 43.0_f64.to_bits());
    }

    #[test]
    fn a_rare_slow_payload_is_trimmed_away() {
        let mut totals_ms = vec![100.0; 90];
        totals_ms.extend([2000.0; 10]);
        assert_eq!(trimmed_mean(&totals_ms, DEFAULT_TRIM_SHARE).to_bits(), 100.0_f64.to_bits());
        assert_eq!(trimmed_mean(&totals_ms, 0.0).to_bits(), 290.0_f64.to_bits());
    }

    #[test]
    fn both_lists_are_trimmed_on_their_own_and_the_total_is_not() {
        let result = SizeResult::of_calls(
            MemoryMb::new(256),
            2.1e-9,
            &TOTALS_MS,
            &[200.0, 3.0, 1.0, 5.0, 10.0, 2.0, 1.0, 50.0, 3.0, 4.0],
            0.4,
        );
        assert_eq!(result.average.average_duration_ms.to_bits(), 3.5_f64.to_bits());
        assert_eq!(result.average.average_cost.to_bits(), (4.0 * 2.1e-9 * 2.0_f64).to_bits()); // ⌈(3 + 4) / 2⌉ ms
        assert!((result.total_cost - 279.0 * 4.2e-9).abs() < 1e-18);
    }

    #[test]
    fn a_size_without_reports_is_not_measured() {
        let result = SizeResult::of_calls(MemoryMb::new(128), 2.1e-9, &[], &[], 0.2);
        assert!(!result.average.is_measured());
        assert!(!SizeAverage { average_duration_ms: f64::NAN, ..result.average }.is_measured());
    }

    proptest! {
        #[test]
        fn the_mean_lies_within_the_values(values in prop::collection::vec(0.0..1e6_f64, 1..60), share in -1.0..1.0_f64) {
            let mean = trimmed_mean(&values, share);
            let least = values.iter().copied().fold(f64::INFINITY, f64::min);
            let most = values.iter().copied().fold(0.0, f64::max);
            prop_assert!(least - 1e-6 <= mean && mean <= most + 1e-6, "{} not in {}..{}", mean, least, most);
        }
    }
}
