//! Which memory size the tool chooses.
//!
//! It compares averages as if they were exact: no constraint, no interpolation between sizes, no test of whether two sizes differ
//! at all. Ties are ties of every bit.

use std::cmp::Ordering;

use super::{PowerTuningError, SizeAverage};

/// The weight of cost in the strategy `balanced` when nothing is said.
pub const DEFAULT_BALANCED_WEIGHT: f64 = 0.5;

/// What is best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Strategy {
    /// The smallest average cost; of equal ones, the fastest.
    Cost,
    /// The smallest average duration; of equal ones, the cheapest.
    Speed,
    /// The smallest w · c / max c + (1 − w) · d / max d, with c the average cost and d the average duration; of equal ones, the
    /// first. The maximum is taken over all sizes, so an absurd size changes the answer among the others.
    Balanced {
        /// w: 1 is all cost, 0 is all speed; brought into 0 to 1.
        weight: f64,
    },
}

impl Strategy {
    /// By its name, which is in lower case.
    ///
    /// # Errors
    /// When it is none of `cost`, `speed` and `balanced`: the tool finds out after it has measured everything.
    pub fn of_name(name: &str, balanced_weight: f64) -> Result<Self, PowerTuningError> {
        match name {
            "cost" => Ok(Self::Cost),
            "speed" => Ok(Self::Speed),
            "balanced" => Ok(Self::Balanced { weight: balanced_weight }),
            _ => Err(PowerTuningError::Setting {
                key: "strategy".to_owned(),
                found: format!("{name:?}"),
                expected: "\"cost\", \"speed\" or \"balanced\" (in lower case)".to_owned(),
            }),
        }
    }

    /// As it is written in the execution input.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cost => "cost",
            Self::Speed => "speed",
            Self::Balanced { .. } => "balanced",
        }
    }

    /// The best of the measured sizes; none when none was measured.
    ///
    /// ```
    /// # use millicent::power_tuning::{SizeAverage, Strategy};
    /// # use millicent::units::MemoryMb;
    /// let size = |memory, average_cost, average_duration_ms| SizeAverage { memory: MemoryMb::new(memory), average_cost, average_duration_ms };
    /// let sizes = [size(128, 1.0, 100.0), size(256, 1.1, 55.0), size(512, 2.0, 50.0)];
    /// let choose = |strategy: Strategy| strategy.choose(&sizes).unwrap().memory.get();
    /// assert_eq!((choose(Strategy::Cost), choose(Strategy::Speed)), (128, 512));
    /// // 0.5 · 1.0 / 2 + 0.5 · 100 / 100 = 0.75; 0.5 · 1.1 / 2 + 0.5 · 55 / 100 = 0.55; 0.5 · 2 / 2 + 0.5 · 50 / 100 = 0.75
    /// assert_eq!(choose(Strategy::Balanced { weight: 0.5 }), 256);
    /// ```
    #[must_use]
    pub fn choose(self, sizes: &[SizeAverage]) -> Option<SizeAverage> {
        let measured = || sizes.iter().copied().filter(SizeAverage::is_measured);
        let cost = |size: &SizeAverage| size.average_cost;
        let duration = |size: &SizeAverage| size.average_duration_ms;
        // Of several least ones, `min_by` takes the first.
        match self {
            Self::Cost => {
                measured().min_by(|one, other| compare(cost(one), cost(other)).then(compare(duration(one), duration(other))))
            }
            Self::Speed => {
                measured().min_by(|one, other| compare(duration(one), duration(other)).then(compare(cost(one), cost(other))))
            }
            Self::Balanced { weight } => {
                let weight = weight.clamp(0.0, 1.0);
                let most_cost = measured().map(|size| cost(&size)).fold(f64::NEG_INFINITY, f64::max);
                let most_duration = measured().map(|size| duration(&size)).fold(f64::NEG_INFINITY, f64::max);
                let value =
                    |size: &SizeAverage| weight * cost(size) / most_cost + (1.0 - weight) * duration(size) / most_duration;
                measured().min_by(|one, other| compare(value(one), value(other)))
            }
        }
    }
}

/// What is no number is equal to everything, as in the tool's sorting: when every size costs nothing, the first is chosen.
fn compare(one: f64, other: f64) -> Ordering {
    one.partial_cmp(&other).unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::MemoryMb;

    /// "128: 1, 100" is 128 MB with an average cost of 1 and an average duration of 100 ms.
    fn sizes(text: &str) -> Vec<SizeAverage> {
        let row = |row: &str| {
            let numbers: Vec<f64> = row.split([':', ',']).map(|number| number.trim().parse().unwrap()).collect();
            SizeAverage { memory: MemoryMb::new(numbers[0] as u32), average_cost: numbers[1], average_duration_ms: numbers[2] }
        };
        text.split(';').filter(|row| !row.trim().is_empty()).map(row).collect()
    }

    const BALANCED: Strategy = Strategy::Balanced { weight: 0.5 };

    #[test]
    fn the_best_size_is_chosen_and_ties_are_broken() {
        for (strategy, rows, expected) in [
            (Strategy::Cost, "128: 3, 30; 256: 1, 20; 512: 2, 10", 256),
            (Strategy::Cost, "128: 1, 30; 256: 1, 20; 512: 2, 10", 256), // equal cost: the fastest
            (Strategy::Cost, "512: 1, 10; 256: 1, 10", 512),             // equal in both: the first
            (Strategy::Speed, "128: 3, 30; 256: 1, 20; 512: 2, 10", 512),
            (Strategy::Speed, "128: 3, 10; 256: 1, 10; 512: 2, 10", 256), // equal duration: the cheapest
            (Strategy::Speed, "512: 1, 10; 256: 1, 10", 512),
            (BALANCED, "128: 1, 100; 256: 1.1, 55; 512: 2, 50", 256),
            (BALANCED, "512: 1, 2; 128: 2, 1", 512), // 0.75 and 0.75: the first
            (BALANCED, "128: 2, 1; 512: 1, 2", 128),
            // Both 0.9 on paper; multiplied before divided, the second is a last digit less.
            (Strategy::Balanced { weight: 0.7 }, "128: 7, 2; 256: 6, 3", 256),
            (BALANCED, "512: 0, 2; 128: 0, 1", 512), // 0 / 0 is no number: the first
            (Strategy::Balanced { weight: 1.0 }, "128: 3, 30; 256: 1, 20; 512: 2, 10", 256),
            (Strategy::Balanced { weight: 0.0 }, "128: 3, 30; 256: 1, 20; 512: 2, 10", 512),
            (Strategy::Balanced { weight: 7.0 }, "128: 3, 30; 256: 1, 20; 512: 2, 10", 256),
            (Strategy::Balanced { weight: -7.0 }, "128: 3, 30; 256: 1, 20; 512: 2, 10", 512),
            (Strategy::Balanced { weight: 0.3 }, "128: 1, 20; 256: 2, 10", 256), // 0.15 + 0.7 = 0.85 against 0.3 + 0.35 = 0.65
            (Strategy::Balanced { weight: 0.7 }, "128: 1, 20; 256: 2, 10", 128), // 0.35 + 0.3 against 0.7 + 0.15
        ] {
            let chosen = strategy.choose(&sizes(rows)).unwrap().memory.get();
            assert_eq!(chosen, expected, "{strategy:?} of {rows}");
        }
    }

    #[test]
    fn sizes_without_a_duration_are_never_chosen() {
        for strategy in [Strategy::Cost, Strategy::Speed, BALANCED] {
            assert_eq!(strategy.choose(&sizes("128: 0, 0; 256: 0, NaN; 512: 2, 10")).unwrap().memory.get(), 512);
            assert_eq!(strategy.choose(&sizes("128: 0, 0")), None);
            assert_eq!(strategy.choose(&[]), None);
        }
    }

    #[test]
    fn an_absurd_size_changes_the_balanced_choice_among_the_others() {
        let rows = "256: 1, 20; 512: 1.9, 10";
        let choose = |rows: &str| Strategy::Balanced { weight: 0.2 }.choose(&sizes(rows)).unwrap().memory.get();
        assert_eq!(choose(rows), 512); // 0.2 · 1 / 1.9 + 0.8 = 0.905 against 0.2 + 0.4 = 0.6
        assert_eq!(choose(&format!("128: 1, 60000; {rows}")), 256); // 0.1055 against 0.2001
    }

    #[test]
    fn names_are_in_lower_case() {
        for strategy in [Strategy::Cost, Strategy::Speed, BALANCED] {
            assert_eq!(Strategy::of_name(strategy.name(), 0.5), Ok(strategy));
        }
        for name in ["Cost", "SPEED", "ballanced", "cheap", ""] {
            let error = Strategy::of_name(name, 0.5).unwrap_err().to_string();
            assert!(error.contains("\"cost\", \"speed\" or \"balanced\""), "{name}: {error}");
        }
    }
}
