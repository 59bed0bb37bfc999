//! What is gained by one level over a stretch of the period, and how to cut the period so that the sum is greatest.

use super::Demand;

/// Of more levels than this, evenly spaced ones are tried first.
const MOST_CANDIDATES: usize = 1024;

/// The greatest gain of each stretch of slots.
///
/// The gain of a level over a stretch, by the slot and in the price of a busy unit: units served − u* · units kept. That is what is
/// saved against on demand, over (p_od − p_pcdur); with it neither price nor memory is needed. It is concave in the level,
/// because each further unit is less busy, so the best one is found by halving.
pub(super) struct Segments<'a> {
    demand: &'a Demand,
    threshold: f64,
    /// Ascending, from none.
    candidates: Vec<u64>,
    /// After each slot, for each candidate, what was served until then.
    served: Vec<f64>,
    /// By end and length − 1: the gain of the stretch of that length that ends after that slot, over midnight where need be.
    gains: Vec<f64>,
}

/// A stretch of slots; it may go over the end of the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) start: usize,
    pub(super) length: usize,
}

/// The best cuts into up to so many stretches, and the gain.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cuts {
    pub(super) gain: f64,
    /// The first slot of each stretch.
    pub(super) starts: Vec<usize>,
}

impl<'a> Segments<'a> {
    /// Looks at all stretches of the period.
    pub(super) fn new(demand: &'a Demand, most_units: u64, threshold: f64) -> Self {
        let candidates = candidates(demand, most_units);
        let (slots, levels) = (demand.means().len(), candidates.len());
        let mut served = vec![0.0; levels];
        for slot in 0..slots {
            let until = served.len() - levels;
            let of_slot = demand.served_by(slot, &candidates);
            for (level, of_slot) in of_slot.into_iter().enumerate() {
                served.push(served[until + level] + of_slot);
            }
        }
        let mut segments = Self { demand, threshold, candidates, served, gains: Vec::with_capacity(slots * slots) };
        for end in 0..slots {
            for length in 1..=slots {
                let start = (end + 1 + slots - length) % slots;
                let stretch = Stretch { start, length };
                let gain = segments.gain(stretch, segments.best_candidate(stretch));
                segments.gains.push(gain);
            }
        }
        segments
    }

    fn slots(&self) -> usize {
        self.demand.means().len()
    }

    /// Of a candidate, over a stretch.
    fn gain(&self, stretch: Stretch, candidate: usize) -> f64 {
        let levels = self.candidates.len();
        let until = |slot: usize| self.served[slot * levels + candidate];
        let end = stretch.start + stretch.length;
        let served = if end <= self.slots() {
            until(end) - until(stretch.start)
        } else {
            until(self.slots()) - until(stretch.start) + until(end - self.slots())
        };
        served - self.threshold * self.candidates[candidate] as f64 * stretch.length as f64
    }

    /// The candidate with the greatest gain, of equal ones the last: further ones are reached while none is worse.
    fn best_candidate(&self, stretch: Stretch) -> usize {
        let (mut low, mut high) = (0, self.candidates.len() - 1);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.gain(stretch, middle) <= self.gain(stretch, middle + 1) + ROUNDING {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The best level of a stretch; between the candidates as well, where they are not all.
    pub(super) fn best_units(&self, stretch: Stretch) -> u64 {
        let candidate = self.best_candidate(stretch);
        let (mut low, mut high) = (
            candidate.checked_sub(1).map_or(0, |below| self.candidates[below]),
            self.candidates.get(candidate + 1).map_or(self.candidates[candidate], |above| above - 1),
        );
        let slots = || (stretch.start..stretch.start + stretch.length).map(|slot| slot % self.slots());
        let served = |units| slots().map(|slot| self.demand.served(slot, units)).sum::<f64>();
        while low < high {
            let middle = low + (high - low) / 2;
            if self.threshold * stretch.length as f64 <= served(middle + 1) - served(middle) + ROUNDING {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The best cuts into 1, 2, … `most` stretches, of which the first starts at `anchor`.
    ///
    /// best(k, end) = max over starts of best(k − 1, start) + gain(start, end) (R. Bellman, "On the approximation of curves by line
    /// segments using dynamic programming", 1961): `most` · slots² / 2 sums.
    pub(super) fn cut(&self, anchor: usize, most: usize) -> Vec<Cuts> {
        let slots = self.slots();
        let mut best = vec![f64::NEG_INFINITY; slots + 1];
        best[0] = 0.0;
        let mut chosen: Vec<Vec<usize>> = Vec::with_capacity(most);
        let mut cuts = Vec::with_capacity(most);
        for count in 1..=most.min(slots) {
            let mut next = vec![f64::NEG_INFINITY; slots + 1];
            let mut starts = vec![0; slots + 1];
            for end in count..=slots {
                let gains = &self.gains[(anchor + end - 1) % slots * slots..][..slots];
                for start in count - 1..end {
                    let gain = best[start] + gains[end - start - 1];
                    if next[end] < gain {
                        (next[end], starts[end]) = (gain, start);
                    }
                }
            }
            best = next;
            chosen.push(starts);
            cuts.push(Cuts { gain: best[slots], starts: self.traced(&chosen, anchor) });
        }
        cuts
    }

    /// The starts of the stretches, from the last back to the first.
    fn traced(&self, chosen: &[Vec<usize>], anchor: usize) -> Vec<usize> {
        let mut end = self.slots();
        let mut starts: Vec<usize> = Vec::with_capacity(chosen.len());
        for of_count in chosen.iter().rev() {
            end = of_count[end];
            starts.push((anchor + end) % self.slots());
        }
        starts.reverse();
        starts
    }
}

/// Two gains that differ by less are equal.
const ROUNDING: f64 = 1e-9;

/// Levels among which is the best one: between whole numbers next to a slot's load the gain of a constant load is linear.
fn candidates(demand: &Demand, most_units: u64) -> Vec<u64> {
    let mut levels: Vec<u64> = match demand.inside() {
        super::Inside::Constant => demand.means().iter().flat_map(|mean| [mean.floor() as u64, mean.ceil() as u64]).collect(),
        super::Inside::Poisson => (0..=most_units).collect(),
    };
    levels.push(0);
    levels.sort_unstable();
    levels.dedup();
    let step = levels.len().div_ceil(MOST_CANDIDATES);
    let last = levels.len() - 1;
    let kept = levels.iter().enumerate().filter(|(index, _)| index % step == 0 || *index == last);
    kept.map(|(_, level)| *level).collect()
}
