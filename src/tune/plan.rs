//! What a run is to do: sizes, calls, payloads, limits. Checked once, before anything is touched.

use std::rc::Rc;
use std::time::Duration;

use super::invocation::Invocation;
use super::journal::{Connection, RestorePoint};
use super::recommend::Strategy;
use super::sampler::Effort;
use crate::fit::Point;
use crate::platform::LAMBDA_MEMORY;
use crate::price_book::PriceBook;
use crate::units::{MemoryMb, Usd, counted};
use crate::usage::Region;

/// Calls of one size under way at once, at most, when a new environment is wanted for each.
pub const COLD_BURST: u32 = 10;

/// Sizes that a run which chooses for itself looks at, on average.
const EXPECTED_SIZES: usize = 6;

/// A tuning run.
#[derive(Debug)]
pub struct Plan {
    /// The name of the run: part of the description of every version it publishes, so that they are known again.
    pub run: String,
    /// The alias or version that was named; `$LATEST` must have the same code.
    pub qualifier: Option<String>,
    /// Which sizes to measure.
    pub sizes: SizeChoice,
    /// No size outside is tried.
    pub bounds: (MemoryMb, MemoryMb),
    /// The only sizes that there are, ascending; none where any size can be had.
    pub offered: Vec<MemoryMb>,
    /// When a run that chooses for itself has seen enough.
    pub effort: Effort,
    /// What is best, for a run that chooses for itself.
    pub strategy: Strategy,
    /// Another run whose curve has the same shape.
    pub alike: Vec<Point>,
    /// How each size is measured.
    pub measuring: Measuring,
    /// The payloads, by number.
    pub payloads: Payloads,
    /// Invocations under way at once, all sizes together.
    pub concurrency: u32,
    /// A pause after each call of a size.
    pub pause: Duration,
    /// Error types that count as an ordinary answer.
    pub allowed_errors: Vec<String>,
    /// Dollars that the run may cost, at most.
    pub max_spend: Usd,
    /// Invocations, at most.
    pub max_invocations: u32,
    /// How often to look whether a change has arrived; waits after a refusal grow from here.
    pub poll_interval: Duration,
    /// How long to wait for a change before giving up.
    pub patience: Duration,
    /// How long an interrupted run waits for calls under way.
    pub grace: Duration,
    /// For jitter and for the order of payloads.
    pub seed: u64,
    /// How far back to read what production reports; `None` reads nothing.
    pub history: Option<Duration>,
    /// What an earlier run of the same function has measured already.
    pub earlier: Vec<Invocation>,
    /// What the function was then: samples of another one, or of other code, say nothing of this one.
    pub resumed: Option<Box<RestorePoint>>,
    /// The alias that is to be moved at the end: what it points to must have the code that is measured.
    pub alias: Option<String>,
    /// How the function is reached, for the journal.
    pub connection: Connection,
    /// The prices.
    pub prices: Rc<PriceBook>,
    /// Where the function is.
    pub region: Region,
}

/// Which sizes to measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SizeChoice {
    /// These and no others, ascending.
    Listed(Vec<MemoryMb>),
    /// One first, then those that promise the most.
    Auto,
}

/// How a size is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measuring {
    /// Warm calls, `workers` at a time; the first call of each worker warms its environment up and is labelled by its report.
    Warm {
        /// Warm calls wanted of each size.
        calls: u32,
        /// Calls of one size under way at once.
        workers: u32,
    },
    /// First calls of new environments only.
    Cold {
        /// Cold calls wanted of each size.
        calls: u32,
    },
}

impl Measuring {
    /// Calls of the wanted kind, of each size.
    #[must_use]
    pub const fn calls(self) -> u32 {
        match self {
            Self::Warm { calls, .. } | Self::Cold { calls } => calls,
        }
    }

    /// Calls of one size under way at once.
    #[must_use]
    pub const fn workers(self) -> u32 {
        match self {
            Self::Warm { workers, .. } => workers,
            Self::Cold { calls } => {
                if calls < COLD_BURST {
                    calls
                } else {
                    COLD_BURST
                }
            }
        }
    }

    /// Calls to expect of each size, with those that warm up.
    #[must_use]
    pub const fn expected(self) -> u32 {
        match self {
            Self::Warm { calls, workers } => calls + workers,
            Self::Cold { calls } => calls,
        }
    }

    /// Calls of one size where so many are wanted, at most: some environments are replaced on the way, but not all of them all
    /// the time.
    #[must_use]
    pub const fn most(self, wanted: u32) -> u32 {
        let warming = match self {
            Self::Warm { workers, .. } => workers,
            Self::Cold { .. } => 0,
        };
        wanted + warming + wanted / 2 + 3
    }
}

/// The payloads of a run, by number; what is in them is the driver's business.
#[derive(Debug, Clone, PartialEq)]
pub enum Payloads {
    /// Kinds of request, each with its share of the traffic; every size gets the same mixture.
    Weighted(Vec<f64>),
    /// So many events, each for one call.
    Unique(usize),
}

impl Payloads {
    /// The weights of the classes that results are averaged over.
    #[must_use]
    pub fn class_weights(&self) -> Vec<f64> {
        match self {
            Self::Weighted(weights) => weights.clone(),
            Self::Unique(_) => vec![1.0],
        }
    }

    /// Calls of each class out of `calls`: in proportion to weight, by largest remainder, at least one each.
    ///
    /// Worked number: weights 1, 1, 1 and 20 calls give 7, 7, 6 (aws-lambda-power-tuning: 6, 6, 8). A light class that would
    /// get no call takes one from the class with most.
    #[must_use]
    pub fn counts(&self, calls: u32) -> Vec<u32> {
        let weights = self.class_weights();
        let total: f64 = weights.iter().sum();
        let exact: Vec<f64> = weights.iter().map(|weight| weight / total * f64::from(calls)).collect();
        let mut counts: Vec<u32> = exact.iter().map(|share| whole(share.floor())).collect();
        let mut order: Vec<usize> = (0..counts.len()).collect();
        order.sort_by(|one, other| exact[*other].fract().total_cmp(&exact[*one].fract()));
        let missing = calls.saturating_sub(counts.iter().sum());
        for class in order.into_iter().cycle().take(missing as usize) {
            counts[class] += 1;
        }
        while let Some(empty) = counts.iter().position(|count| *count == 0) {
            let Some(most) = (0..counts.len()).max_by_key(|class| counts[*class]).filter(|class| counts[*class] > 1) else {
                break;
            };
            counts[most] -= 1;
            counts[empty] += 1;
        }
        counts
    }

    /// The classes of `calls` calls, interleaved: at every moment each class is as near to its share as can be.
    #[must_use]
    pub fn schedule(&self, calls: u32) -> Vec<usize> {
        let counts = self.counts(calls);
        let mut given = vec![0_u32; counts.len()];
        let total: u32 = counts.iter().sum();
        (1..=total)
            .map(|step| {
                // The class that is furthest behind its share.
                let behind =
                    |class: &usize| f64::from(counts[*class]) * f64::from(step) / f64::from(total) - f64::from(given[*class]);
                let open = (0..counts.len()).filter(|class| given[*class] < counts[*class]);
                let class = open.max_by(|one, other| behind(one).total_cmp(&behind(other)).then(other.cmp(one))).unwrap_or(0);
                given[class] += 1;
                class
            })
            .collect()
    }
}

/// A small, non-negative whole number.
fn whole(value: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a number of calls, rounded down")]
    let whole = value as u32;
    whole
}

/// Why a run cannot be planned.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// A size that no function can have.
    #[error("{0} is not a memory size of Lambda (128 to 10,240 MB)")]
    Size(MemoryMb),
    /// No size at all.
    #[error("there is no size to measure between {0} and {1} (change --sizes, --min-memory or --max-memory)")]
    NoSize(MemoryMb, MemoryMb),
    /// Too few calls for the payloads.
    #[error("{} for each size cannot hold all {classes} payloads (at least {classes} are needed: --calls {classes})", counted(*calls, "call"))]
    TooFewCalls {
        /// Calls of each size.
        calls: u32,
        /// Payloads.
        classes: usize,
    },
    /// Too few events.
    #[error(
        "the run may need {needed} events, one for each call, and the file has {given} (add events, or lower --calls or the number of sizes)"
    )]
    TooFewEvents {
        /// Calls to expect.
        needed: u32,
        /// Events.
        given: usize,
    },
    /// A number that must be at least one.
    #[error("{0} must be at least 1")]
    Zero(&'static str),
}

impl Plan {
    /// Checks what can be checked without the function.
    ///
    /// # Errors
    /// With the first thing that makes the run impossible.
    pub fn check(&self) -> Result<(), PlanError> {
        let (least, most) = self.bounds;
        for bound in [least, most] {
            check_size(bound)?;
        }
        if let SizeChoice::Listed(sizes) = &self.sizes {
            sizes.iter().try_for_each(|size| check_size(*size))?;
            if !sizes.iter().any(|size| least <= *size && *size <= most) {
                return Err(PlanError::NoSize(least, most));
            }
        } else if least > most {
            return Err(PlanError::NoSize(least, most));
        }
        for (number, what) in
            [(self.measuring.calls(), "--calls"), (self.measuring.workers(), "--workers"), (self.concurrency, "--concurrency")]
        {
            if number == 0 {
                return Err(PlanError::Zero(what));
            }
        }
        let classes = self.payloads.class_weights().len();
        let calls = self.measuring.calls();
        if (calls as usize) < classes && self.sizes != SizeChoice::Auto {
            return Err(PlanError::TooFewCalls { calls, classes });
        }
        if let Payloads::Unique(given) = self.payloads {
            let needed = self.expected_invocations();
            if given < needed as usize {
                return Err(PlanError::TooFewEvents { needed, given });
            }
        }
        Ok(())
    }

    /// Sizes to expect: those of the list, or as many as a run that chooses for itself looks at on average.
    #[must_use]
    pub const fn expected_sizes(&self) -> usize {
        match &self.sizes {
            SizeChoice::Listed(sizes) => sizes.len(),
            SizeChoice::Auto => EXPECTED_SIZES,
        }
    }

    /// Invocations to expect: all sizes that are sure to be measured, with the calls that warm up.
    #[must_use]
    pub fn expected_invocations(&self) -> u32 {
        let each = match (&self.sizes, self.measuring) {
            // A warm call at most sizes, or a few.
            (SizeChoice::Auto, Measuring::Warm { workers, .. }) => 2 * self.calls_each() + workers,
            (_, measuring) => measuring.expected(),
        };
        u32::try_from(self.expected_sizes()).unwrap_or(u32::MAX).saturating_mul(each)
    }

    /// Calls of a size that are made together: one of each payload, or as many as were asked for.
    #[must_use]
    pub fn calls_each(&self) -> u32 {
        self.measuring.calls().max(u32::try_from(self.payloads.class_weights().len()).unwrap_or(u32::MAX))
    }

    /// The size nearest to one that can be had, by ratio.
    #[must_use]
    pub fn nearest_offered(&self, size: MemoryMb) -> MemoryMb {
        let distance = |offered: &MemoryMb| (offered.statistic() / size.statistic()).ln().abs();
        let nearest = self.offered.iter().copied().min_by(|one, other| distance(one).total_cmp(&distance(other)));
        nearest.unwrap_or(size)
    }

    /// The description of a version that this run publishes.
    #[must_use]
    pub fn mark(&self, memory: MemoryMb) -> String {
        format!("{} {memory}", mark_of(&self.run))
    }
}

/// How the description of every version of a run begins.
pub(super) fn mark_of(run: &str) -> String {
    format!("{MARK}{run}:")
}

/// How the description of every version of any run begins.
const MARK: &str = "millicent ";
/// How the description of a version ends that a run was asked to leave.
const APPLIED: &str = ", applied";

/// The description of a version that stays, as the size was applied.
pub(super) fn applied_mark(run: &str, memory: MemoryMb) -> String {
    format!("{} {memory}{APPLIED}", mark_of(run))
}

/// Whether a version is one that a run should have deleted.
pub(super) fn is_left_over(description: &str) -> bool {
    description.strip_prefix(MARK).is_some_and(|rest| rest.contains("Z-") && rest.contains(": "))
        && !description.ends_with(APPLIED)
}

fn check_size(size: MemoryMb) -> Result<(), PlanError> {
    if LAMBDA_MEMORY.contains(&size) { Ok(()) } else { Err(PlanError::Size(size)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn calls_are_shared_out_by_largest_remainder() {
        for (weights, calls, counts) in [
            (vec![10.0, 30.0, 60.0], 10, vec![1, 3, 6]),
            (vec![5.0, 15.0, 30.0], 100, vec![10, 30, 60]),
            (vec![1.0; 3], 20, vec![7, 7, 6]),
            (vec![1.0; 4], 23, vec![6, 6, 6, 5]),
            (vec![90.0, 10.0], 5, vec![4, 1]),
            (vec![98.0, 1.0, 1.0], 10, vec![8, 1, 1]),
        ] {
            assert_eq!(Payloads::Weighted(weights).counts(calls), counts);
        }
    }

    #[test]
    fn classes_are_interleaved() {
        assert_eq!(Payloads::Weighted(vec![1.0, 1.0]).schedule(4), [0, 1, 0, 1]);
        assert_eq!(Payloads::Weighted(vec![3.0, 1.0]).schedule(8), [0, 0, 1, 0, 0, 0, 1, 0]);
        assert_eq!(Payloads::Unique(9).schedule(3), [0, 0, 0]);
    }

    proptest! {
        #[test]
        fn every_class_is_called_and_every_call_has_a_class(weights in prop::collection::vec(0.01_f64..100.0, 1..8), more in 0_u32..60) {
            let calls = weights.len() as u32 + more;
            let payloads = Payloads::Weighted(weights);
            let counts = payloads.counts(calls);
            prop_assert_eq!(counts.iter().sum::<u32>(), calls);
            prop_assert!(counts.iter().all(|count| *count > 0));
            let schedule = payloads.schedule(calls);
            for (class, count) in counts.iter().enumerate() {
                prop_assert_eq!(schedule.iter().filter(|entry| **entry == class).count(), *count as usize);
            }
        }
    }
}
