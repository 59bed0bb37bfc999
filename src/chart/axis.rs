//! The arithmetic of axes: which range, where a value is, which ticks, and which labels have room.

use super::ChartError;
use crate::units::{Decimal, Usd, decimal_from_statistic, grouped};

/// Whether equal distances are equal differences or equal ratios.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    Linear,
    Log,
}

/// A value with its label.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    pub(super) value: f64,
    pub(super) label: String,
}

/// How a tick is written: its value, the decimals it needs, and the largest value that it is read beside.
pub(super) type TickLabel = fn(f64, u32, f64) -> String;

/// A range of values on a line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    pub(super) scale: Scale,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) ticks: Vec<Tick>,
}

/// A label that wants to stand on an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Label {
    pub(super) center: f64,
    pub(super) width: f64,
    /// Lower ranks are placed first.
    pub(super) rank: u32,
}

/// From this ratio of the largest to the smallest value on, a linear axis would press the small ones onto the floor.
const LOG_FROM_RATIO: f64 = 10.0;

/// On a logarithmic axis an interval may reach this many times below the smallest point before it is cut: the lower end
/// may be close to zero or below it, where a logarithm never ends.
const LOWEST_INTERVAL: f64 = 3.0;

impl Axis {
    /// An axis on which all `points` and, as far as they can be shown, the `ends` of intervals have their place.
    ///
    /// Linear from zero, so that heights compare; logarithmic when the points are of different orders of magnitude.
    pub(super) fn covering(points: &[f64], ends: &[f64], most_ticks: u32, label: TickLabel) -> Self {
        let all = || points.iter().chain(ends).copied();
        let smallest_point = points.iter().copied().fold(f64::INFINITY, f64::min);
        let largest_point = points.iter().copied().fold(0.0, f64::max);
        let largest = all().fold(0.0, f64::max);
        if 0.0 < smallest_point && LOG_FROM_RATIO * smallest_point < largest_point {
            let smallest = all().fold(smallest_point, f64::min).max(smallest_point / LOWEST_INTERVAL);
            Self::log_between(smallest / 1.15, largest * 1.15, most_ticks, label)
        } else {
            Self::linear(0.0, if 0.0 < largest { largest * 1.08 } else { 1.0 }, most_ticks, label)
        }
    }

    /// A linear axis between two ends, of which the first is lower.
    pub(super) fn linear(low: f64, high: f64, most_ticks: u32, label: TickLabel) -> Self {
        let ticks = linear_ticks(low, high, most_ticks).into_iter();
        let ticks = ticks.map(|(value, places)| Tick { value, label: label(value, places, high) }).collect();
        Self { scale: Scale::Linear, low, high, ticks }
    }

    /// A logarithmic axis of `what` over a range; a single value gets room on both sides.
    pub(super) fn log(what: &str, (low, high): (f64, f64), most_ticks: u32, label: TickLabel) -> Result<Self, ChartError> {
        const LONE_PAD: f64 = 3.0;
        if !(0.0 < low && low <= high && high.is_finite()) {
            return Err(ChartError::LogRange { what: what.to_owned(), low, high });
        }
        let pad = if low < high { 1.0 } else { LONE_PAD };
        Ok(Self::log_between(low / pad, high * pad, most_ticks, label))
    }

    fn log_between(low: f64, high: f64, most_ticks: u32, label: TickLabel) -> Self {
        let labeled = |(value, places)| Tick { value, label: label(value, places, value) };
        Self { scale: Scale::Log, low, high, ticks: log_ticks(low, high, most_ticks).into_iter().map(labeled).collect() }
    }

    /// Where a value is: 0 at the low end, 1 at the high end, values beyond at the end they are beyond.
    pub(super) fn fraction(&self, value: f64) -> f64 {
        let value = value.clamp(self.low, self.high);
        match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Log => (value / self.low).ln() / (self.high / self.low).ln(),
        }
    }
}

/// Multiples of 1, 2 or 5 times a power of ten between two values, with the decimals that they need.
fn linear_ticks(low: f64, high: f64, most: u32) -> Vec<(f64, u32)> {
    let rough = (high - low) / f64::from(most.max(1));
    let exponent = rough.log10().floor() as i32;
    let candidates = [(1.0, exponent), (2.0, exponent), (5.0, exponent), (1.0, exponent + 1)];
    let steps = candidates.map(|(digit, exponent)| (digit * 10.0_f64.powi(exponent), exponent));
    let (step, exponent) = steps.into_iter().find(|(step, _)| rough <= *step).unwrap_or(steps[3]);
    // Counted from the first multiple, so that ticks carry no sum of rounding errors.
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    (first..=last).map(|index| (index as f64 * step, places(exponent))).collect()
}

/// 1, 2 and 5 of every decade; only the decades, or every second, third … of them, where that would be too many.
fn log_ticks(low: f64, high: f64, most: u32) -> Vec<(f64, u32)> {
    let decades = (low.log10().floor() as i32)..=(high.log10().ceil() as i32);
    let inside = |(value, _): &(f64, u32)| (low..=high).contains(value);
    let of = |digits: &'static [f64], every: i32| {
        let chosen = decades.clone().filter(move |exponent| exponent.rem_euclid(every) == 0);
        let values = chosen.flat_map(move |exponent| digits.iter().map(move |d| (d * 10.0_f64.powi(exponent), places(exponent))));
        values.filter(inside).collect::<Vec<_>>()
    };
    let fine = of(&[1.0, 2.0, 5.0], 1);
    if fine.len() <= most as usize {
        return fine;
    }
    (1..).map(|every| of(&[1.0], every)).find(|ticks| ticks.len() <= most.max(1) as usize).unwrap_or(fine)
}

/// Decimals of a number whose last digit counts 10ˣ.
fn places(exponent: i32) -> u32 {
    exponent.min(0).unsigned_abs()
}

/// A duration on an axis whose largest value decides between milliseconds and seconds: "200 ms", "1.5 s".
pub(super) fn duration_label(duration_ms: f64, places: u32, largest_ms: f64) -> String {
    if largest_ms < 1000.0 {
        format!("{} ms", number(duration_ms, places))
    } else {
        format!("{} s", number(duration_ms / 1000.0, places + 3))
    }
}

/// Dollars on an axis: "$5", "$0.50", "$0.005".
pub(super) fn dollar_label(dollars: f64, places: u32, _largest: f64) -> String {
    match places {
        1 | 2 if 0.0 < dollars => Usd::new(decimal(dollars, places)).to_string(),
        _ => format!("${}", number(dollars, places)),
    }
}

fn number(value: f64, places: u32) -> String {
    grouped(decimal(value, places))
}

/// A figure refuses numbers that a decimal cannot hold, long before they come here.
fn decimal(value: f64, places: u32) -> Decimal {
    decimal_from_statistic(value, places.min(28)).unwrap_or(Decimal::MAX)
}

/// Which labels stand with at least `gap` between them: the lowest ranks first, of equal ranks the leftmost first. In the
/// order of `labels`.
pub(super) fn thinned(labels: &[Label], gap: f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by(|one, other| {
        let (one, other) = (&labels[*one], &labels[*other]);
        one.rank.cmp(&other.rank).then(one.center.total_cmp(&other.center))
    });
    let mut kept: Vec<usize> = Vec::new();
    for index in order {
        let label = labels[index];
        if kept.iter().all(|other| apart(&label, &labels[*other], gap)) {
            kept.push(index);
        }
    }
    kept.sort_unstable();
    kept
}

/// Whether there is at least `gap` between two labels.
pub(super) fn apart(one: &Label, other: &Label, gap: f64) -> bool {
    (one.width + other.width) / 2.0 + gap <= (one.center - other.center).abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn a_linear_axis_starts_at_zero_and_has_round_ticks() {
        let axis = Axis::covering(&[120.0, 480.0], &[500.0], 6, duration_label);
        assert_eq!((axis.scale, axis.low), (Scale::Linear, 0.0));
        assert_eq!(labels(&axis), ["0 ms", "100 ms", "200 ms", "300 ms", "400 ms", "500 ms"]);
        let axis = Axis::covering(&[0.9, 1.3], &[], 4, dollar_label);
        assert_eq!(labels(&axis), ["$0", "$0.50", "$1.00"]);
        let axis = Axis::covering(&[1400.0, 2100.0], &[], 5, duration_label);
        assert_eq!(labels(&axis), ["0 s", "0.5 s", "1 s", "1.5 s", "2 s"]);
    }

    #[test]
    fn orders_of_magnitude_make_a_logarithmic_axis() {
        let axis = Axis::covering(&[1.0, 900_000.0], &[], 7, duration_label);
        assert_eq!(axis.scale, Scale::Log);
        assert_eq!(labels(&axis), ["1 ms", "10 ms", "100 ms", "1 s", "10 s", "100 s", "1,000 s"]);
        let axis = Axis::covering(&[30.0, 400.0], &[], 7, duration_label);
        assert_eq!(labels(&axis), ["50 ms", "100 ms", "200 ms"]);
        assert!((axis.fraction(110.0) - 0.5).abs() < 0.01);
    }

    #[test]
    fn important_labels_stand_and_others_give_way() {
        let label = |center, rank| Label { center, width: 30.0, rank };
        let crowd = [label(100.0, 1), label(120.0, 0), label(160.0, 1), label(155.0, 2), label(300.0, 2)];
        assert_eq!(thinned(&crowd, 10.0), [1, 2, 4]);
    }

    proptest! {
        #[test]
        fn labels_that_stand_never_overlap(wanted in prop::collection::vec((0.0..900.0_f64, 5.0..80.0_f64, 0_u32..4), 0..60)) {
            let label = |(center, width, rank)| Label { center, width, rank };
            let crowd: Vec<Label> = wanted.into_iter().map(label).collect();
            let kept = thinned(&crowd, 8.0);
            for (position, one) in kept.iter().enumerate() {
                for other in &kept[position + 1..] {
                    prop_assert!(apart(&crowd[*one], &crowd[*other], 8.0));
                }
            }
            // Nothing is left out without need.
            for index in (0..crowd.len()).filter(|index| !kept.contains(index)) {
                prop_assert!(kept.iter().any(|other| !apart(&crowd[index], &crowd[*other], 8.0)));
            }
        }

        #[test]
        fn every_axis_has_a_few_ticks_and_places_inside(
            points in prop::collection::vec(1e-9..1e12_f64, 1..20), magnitudes in prop::collection::vec(-9_i32..12, 1..20)
        ) {
            let powers = magnitudes.into_iter().map(|exponent| 10.0_f64.powi(exponent));
            let points: Vec<f64> = points.into_iter().chain(powers).collect();
            let axis = Axis::covering(&points, &[-5.0, 0.0], 7, dollar_label);
            prop_assert!((1..=8).contains(&axis.ticks.len()), "{axis:?}");
            for value in points {
                prop_assert!((0.0..=1.0).contains(&axis.fraction(value)));
            }
        }
    }
}
