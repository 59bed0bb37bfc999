//! What is noted while calls are replayed: latencies, who started cold, who was refused, by stretches of time.
//!
//! Memory is constant whatever is replayed: at most [`MOST_STRETCHES`] stretches of time, which grow longer when the replay
//! outgrows them, each with a histogram. The stretches are the timeline of the figure, and a few of them together the batches
//! of the confidence intervals.

use super::histogram::Histogram;

/// The most stretches of time that are told apart.
pub const MOST_STRETCHES: usize = 128;

/// Lengths of a stretch that people use, each a whole number of the one before: seconds, minutes, hours, days. Beyond the last
/// they double.
const LENGTHS_S: [u32; 13] = [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400];

/// How a call was served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Served {
    /// By an environment or instance that was there.
    Warm,
    /// By an environment that was started for it.
    Cold,
}

/// What happened in one stretch of time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stretch {
    /// Calls that arrived.
    pub arrived: u64,
    /// Calls that started an environment.
    pub cold: u64,
    /// Calls that were refused.
    pub throttled: u64,
    /// Calls that found every provisioned unit or instance busy and ran elsewhere.
    pub spilled: u64,
    /// Seconds of work of the calls that were answered; over the length of the stretch the mean number in progress.
    pub busy_s: f64,
    /// The most calls in progress on environments at once; of several functions, of the busiest one.
    pub peak_busy: u64,
    /// The most calls in progress on instances at once.
    pub peak_on_instances: u64,
    /// The most calls that waited for an instance at once.
    pub peak_waiting: u64,
    /// The most environments that were there at once, provisioned units among them, as calls found them; of several
    /// functions, of the largest one.
    pub peak_ready: u64,
    /// The most provisioned units that could be used at once; of several functions, of the one with the most.
    pub peak_units: u64,
    /// The most instances that took calls at once.
    pub peak_instances: u64,
    /// How long calls took, waiting and starting included; boxed and absent until the first.
    latencies: Option<Box<Histogram>>,
}

impl Stretch {
    /// How long calls took.
    #[must_use]
    pub fn latencies(&self) -> Histogram {
        self.latencies.as_deref().cloned().unwrap_or_default()
    }

    fn add(&mut self, other: Self) {
        self.arrived += other.arrived;
        self.cold += other.cold;
        self.throttled += other.throttled;
        self.spilled += other.spilled;
        self.busy_s += other.busy_s;
        self.peak_busy = self.peak_busy.max(other.peak_busy);
        self.peak_ready = self.peak_ready.max(other.peak_ready);
        self.peak_on_instances = self.peak_on_instances.max(other.peak_on_instances);
        self.peak_waiting = self.peak_waiting.max(other.peak_waiting);
        self.peak_units = self.peak_units.max(other.peak_units);
        self.peak_instances = self.peak_instances.max(other.peak_instances);
        match (&mut self.latencies, other.latencies) {
            (Some(mine), Some(theirs)) => mine.add(&theirs),
            (mine @ None, theirs) => *mine = theirs,
            (Some(_), None) => {}
        }
    }
}

/// What is noted while calls are replayed.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorder {
    /// Length of a stretch.
    stretch_s: f64,
    stretches: Vec<Stretch>,
    /// What replays of other seeds saw, from which the intervals are then.
    further: Vec<Stretch>,
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

impl Recorder {
    /// Nothing noted yet; stretches start at one second.
    #[must_use]
    pub fn new() -> Self {
        Self { stretch_s: 1.0, stretches: Vec::new(), further: Vec::new() }
    }

    /// Nothing noted yet of a replay that lasts about so long; without an end, stretches start at one second.
    ///
    /// Worked number: of a day 96 quarters of an hour are told apart.
    ///
    /// ```
    /// # use millicent::replay::Recorder;
    /// assert_eq!(Recorder::lasting(86_400.0).stretch_s(), 900.0);
    /// ```
    #[must_use]
    pub fn lasting(horizon_s: f64) -> Self {
        let mut recorder = Self::new();
        while horizon_s.is_finite() && MOST_STRETCHES as f64 * recorder.stretch_s < horizon_s {
            recorder.stretch_s = next_length_s(recorder.stretch_s);
        }
        recorder
    }

    /// The length of a stretch.
    #[must_use]
    pub fn stretch_s(&self) -> f64 {
        self.stretch_s
    }

    /// The stretches, from time zero on.
    #[must_use]
    pub fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }

    /// All of them as one.
    #[must_use]
    pub fn total(&self) -> Stretch {
        let mut total = Stretch::default();
        self.stretches.iter().for_each(|stretch| total.add(stretch.clone()));
        total
    }

    /// From now on intervals come from what replays of the same traffic with other seeds saw, and no longer by batch means.
    pub fn compare_with(&mut self, further: Vec<Stretch>) {
        self.further = further;
    }

    /// What these replays saw.
    #[must_use]
    pub fn further(&self) -> &[Stretch] {
        &self.further
    }

    /// The same in so many stretches at most.
    #[must_use]
    pub fn coarser(&self, most: usize) -> Self {
        let mut coarser = self.clone();
        while most.max(1) < coarser.stretches.len() {
            coarser.lengthen();
        }
        coarser
    }

    /// The time at which the stretch of `at_s` ends.
    pub(super) fn stretch_end(&mut self, at_s: f64) -> f64 {
        let index = self.index(at_s);
        (index + 1) as f64 * self.stretch_s
    }

    /// The stretch of a time.
    pub(super) fn at(&mut self, at_s: f64) -> &mut Stretch {
        let index = self.index(at_s);
        &mut self.stretches[index]
    }

    /// Notes a call of `work_s` that was answered after `latency_s`.
    pub(super) fn answered(&mut self, at_s: f64, work_s: f64, latency_s: f64, served: Served) {
        let stretch = self.at(at_s);
        stretch.arrived += 1;
        stretch.busy_s += work_s;
        stretch.cold += u64::from(served == Served::Cold);
        stretch.latencies.get_or_insert_default().record(latency_s);
    }

    /// Notes calls of one stretch that were all answered warm, and returns the sum of what they took.
    pub(super) fn answered_warm(&mut self, at_s: f64, latencies_s: &[f64]) -> f64 {
        let stretch = self.at(at_s);
        stretch.arrived += latencies_s.len() as u64;
        let work_s = stretch.latencies.get_or_insert_default().record_all(latencies_s);
        stretch.busy_s += work_s;
        work_s
    }

    /// One of the calls noted as warm started an environment: it took `latency_s` and not `warm_s`.
    pub(super) fn was_cold(&mut self, at_s: f64, warm_s: f64, latency_s: f64) {
        let stretch = self.at(at_s);
        stretch.cold += 1;
        let histogram = stretch.latencies.get_or_insert_default();
        histogram.take_back(warm_s);
        histogram.record(latency_s);
    }

    /// One of the calls noted as warm was refused.
    pub(super) fn was_throttled(&mut self, at_s: f64, warm_s: f64) {
        let stretch = self.at(at_s);
        stretch.throttled += 1;
        stretch.busy_s -= warm_s;
        stretch.latencies.get_or_insert_default().take_back(warm_s);
    }

    /// Notes a call that was refused.
    pub(super) fn throttled(&mut self, at_s: f64) {
        let stretch = self.at(at_s);
        stretch.arrived += 1;
        stretch.throttled += 1;
    }

    /// Notes that so many instances took calls from one moment until before another.
    pub(super) fn instances(&mut self, from_s: f64, to_s: f64, instances: u64) {
        self.during(from_s, to_s, |stretch| stretch.peak_instances = stretch.peak_instances.max(instances));
    }

    /// Notes that so many provisioned units could be used from one moment until before another.
    pub(super) fn units(&mut self, from_s: f64, to_s: f64, units: u64) {
        self.during(from_s, to_s, |stretch| stretch.peak_units = stretch.peak_units.max(units));
    }

    /// Changes every stretch from one moment until before another.
    fn during(&mut self, from_s: f64, to_s: f64, change: impl FnMut(&mut Stretch)) {
        if to_s <= from_s {
            return;
        }
        // The later place first: it may lengthen the stretches.
        let last = self.index(to_s.next_down());
        let first = self.index(from_s);
        self.stretches[first..=last].iter_mut().for_each(change);
    }

    /// Adds what was noted of other calls in the same time.
    pub fn add(&mut self, mut other: Self) {
        while self.stretch_s < other.stretch_s {
            self.lengthen();
        }
        while other.stretch_s < self.stretch_s {
            other.lengthen();
        }
        for (index, stretch) in other.stretches.into_iter().enumerate() {
            match self.stretches.get_mut(index) {
                Some(mine) => mine.add(stretch),
                None => self.stretches.push(stretch),
            }
        }
    }

    fn index(&mut self, at_s: f64) -> usize {
        while MOST_STRETCHES as f64 * self.stretch_s <= at_s {
            self.lengthen();
        }
        let index = (at_s / self.stretch_s) as usize;
        if self.stretches.len() <= index {
            self.stretches.resize(index + 1, Stretch::default());
        }
        index
    }

    /// A few stretches become one.
    fn lengthen(&mut self) {
        let length_s = next_length_s(self.stretch_s);
        let together = (length_s / self.stretch_s).round() as usize;
        self.stretch_s = length_s;
        let mut parts = std::mem::take(&mut self.stretches).into_iter();
        while let Some(mut first) = parts.next() {
            parts.by_ref().take(together - 1).for_each(|part| first.add(part));
            self.stretches.push(first);
        }
    }
}

/// The length of a stretch after this one.
fn next_length_s(length_s: f64) -> f64 {
    LENGTHS_S.iter().map(|length_s| f64::from(*length_s)).find(|next_s| length_s < *next_s).unwrap_or(length_s * 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_grow_and_lose_nothing() {
        let mut recorder = Recorder::new();
        for second in 0..1000 {
            recorder.answered(f64::from(second) + 0.5, 0.1, 0.1, if second % 10 == 0 { Served::Cold } else { Served::Warm });
        }
        recorder.throttled(999.9);
        assert!((recorder.stretch_s() - 15.0).abs() < 1e-12);
        assert_eq!(recorder.stretches().len(), 67);
        let total = recorder.total();
        assert_eq!((total.arrived, total.cold, total.throttled, total.latencies().count()), (1001, 100, 1, 1000));
        assert_eq!(recorder.stretches()[0].arrived, 15);
    }

    #[test]
    fn fewer_stretches_have_the_same_calls() {
        let mut recorder = Recorder::lasting(100.0);
        (0..100).for_each(|second| recorder.answered(f64::from(second), 0.1, 0.1, Served::Warm));
        let coarser = recorder.coarser(10);
        assert_eq!((coarser.stretches().len(), coarser.stretch_s() as u32), (7, 15));
        assert_eq!((coarser.total().arrived, coarser.total().latencies().count()), (100, 100));
        assert_eq!(coarser.stretches()[0].arrived, 15);
    }

    #[test]
    fn a_stretch_has_a_length_that_people_use_and_each_is_made_of_shorter_ones() {
        for pair in LENGTHS_S.windows(2) {
            assert_eq!(pair[1] % pair[0], 0);
        }
        let lengths_s = [600.0, 3600.0, 86_400.0, 7.0 * 86_400.0, 30.0 * 86_400.0, 366.0 * 86_400.0, f64::INFINITY];
        let lengths_s = lengths_s.map(|horizon_s| Recorder::lasting(horizon_s).stretch_s() as u32);
        assert_eq!(lengths_s, [5, 30, 900, 7200, 28_800, 345_600, 1]);
    }

    #[test]
    fn instances_are_noted_wherever_they_were() {
        let mut recorder = Recorder::lasting(100.0);
        recorder.instances(2.5, 5.0, 3);
        recorder.instances(1.0, 1.0, 2);
        let seen = |recorder: &Recorder| recorder.stretches().iter().map(|stretch| stretch.peak_instances).collect::<Vec<_>>();
        assert_eq!(seen(&recorder), [0, 0, 3, 3, 3]);
        recorder.instances(100.0, 200.0, 1);
        assert_eq!(seen(&recorder)[..2], [3, 0]);
    }

    #[test]
    fn two_records_of_one_time_add_up() {
        let (mut short, mut long) = (Recorder::new(), Recorder::new());
        short.answered(3.0, 0.1, 0.1, Served::Warm);
        long.answered(500.0, 0.2, 0.2, Served::Cold);
        short.add(long.clone());
        long.add({
            let mut again = Recorder::new();
            again.answered(3.0, 0.1, 0.1, Served::Warm);
            again
        });
        assert_eq!(short, long);
        assert_eq!(short.total().arrived, 2);
    }
}
