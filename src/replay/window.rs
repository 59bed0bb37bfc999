//! Plain functions, fast: the warm pool as the maximum of a sliding window.
//!
//! Where the environment used last is used first and idle ones live for a fixed time T, the idle environments are a stack: the
//! environments that are there are as many as were ever busy at once within the last T. So nobody has to follow single
//! environments. Per level n of concurrency two times are enough: when the environment of that level was started, and when the
//! number of busy ones last fell from n + 1 to n. A call that raises it from n to n + 1 starts cold exactly when that was more
//! than T ago.
//!
//! Calls are taken in blocks that are shorter than T. Within a block only a new maximum can be cold, and of the departures
//! only those matter after which a level was not reached again; so departures need not be sorted, only counted between the
//! arrivals. That takes about 20 ns a call where an event queue takes 50 to 110. The result is the same as that of
//! [`super::function`], call by call; a test compares them.

use super::block::{Block, FAR_AHEAD, SPARSE};
use super::function::Function;
use super::moment::moment_s;
use super::recorder::Recorder;
use super::starts::Starts;
use super::totals::{Call, Totals, billed_ms};

/// The least number of calls in a block, where there are as many within the keep-alive time.
const LEAST_BLOCK: usize = 1024;
/// A block has this many times as many calls as are in progress, so that those in progress are no burden.
const BLOCK_PER_BUSY: usize = 4;

/// What is known of one level of concurrency: the environment that serves it.
#[derive(Debug, Clone, Copy)]
struct Level {
    started_s: f64,
    /// When the level was left; meaningless while it is busy.
    left_s: f64,
}

/// The replay of a function with a fixed keep-alive time and limits, and nothing else.
#[derive(Debug)]
pub(super) struct WindowReplay {
    keep_alive_s: f64,
    /// What a call that starts an environment waits beside the INIT phase.
    beside_init_s: f64,
    /// The longest that a call may run.
    longest_s: f64,
    /// The places in the block of calls that would run longer.
    too_long: Vec<usize>,
    /// Calls in progress, at most.
    reserved: usize,
    starts: Starts,
    levels: Vec<Level>,
    /// When the calls in progress end, in no order.
    in_progress: Vec<f64>,
    /// How many levels had an environment when last looked at.
    alive: usize,
    totals: Totals,
    block: Block,
    /// Calls of the block come before this.
    block_end_s: f64,
    /// And are so many at most.
    block_most: usize,
}

impl WindowReplay {
    pub(super) fn new(keep_alive_s: f64, function: &Function) -> Self {
        Self {
            keep_alive_s,
            beside_init_s: function.beside_init_s,
            longest_s: function.longest_s,
            too_long: Vec::new(),
            reserved: function.reserved.and_then(|reserved| usize::try_from(reserved).ok()).unwrap_or(usize::MAX),
            starts: Starts::new(function.start_limit),
            levels: Vec::new(),
            in_progress: Vec::new(),
            alive: 0,
            totals: Totals::default(),
            block: Block::default(),
            block_end_s: f64::NEG_INFINITY,
            block_most: 0,
        }
    }

    /// Takes a call, which is replayed with its block; `init_s` says how long an environment takes to start.
    #[inline]
    pub(super) fn arrive(&mut self, call: Call, recorder: &mut Recorder, init_s: &mut dyn FnMut() -> f64) {
        let at_s = moment_s(call.at_s);
        if self.block_end_s <= at_s || self.block_most <= self.block.len() {
            self.replay_block(recorder, init_s);
            self.begin_block(at_s, recorder);
        }
        self.block.arrivals.push(at_s);
        let duration_s = if call.duration_s <= self.longest_s { call.duration_s } else { self.end_early() };
        self.block.durations.push(duration_s);
    }

    /// The call that joins the block is ended at the longest that a call may run.
    #[cold]
    fn end_early(&mut self) -> f64 {
        self.too_long.push(self.block.len());
        self.longest_s
    }

    fn begin_block(&mut self, first_s: f64, recorder: &mut Recorder) {
        self.block.clear();
        self.end_before(first_s);
        self.block_most = LEAST_BLOCK.max(BLOCK_PER_BUSY * self.in_progress.len());
        // Less than the keep-alive time, whatever is rounded.
        self.block_end_s = recorder.stretch_end(first_s).min(first_s + self.keep_alive_s * 0.9);
    }

    /// When the environment of a level that was left is dropped.
    fn expires_s(&self, level: Level) -> f64 {
        moment_s(level.left_s + self.keep_alive_s)
    }

    /// Ends the calls that end before the block: it may begin long after.
    fn end_before(&mut self, now_s: f64) {
        let mut ended = std::mem::take(&mut self.block.staying);
        ended.clear();
        self.in_progress.retain(|departure_s| {
            let ends = *departure_s <= now_s;
            if ends {
                ended.push(*departure_s);
            }
            !ends
        });
        self.leave(&mut ended);
        self.block.staying = ended;
    }

    /// Calls have ended and are no longer in progress: the first of them left the highest level.
    fn leave(&mut self, ended: &mut [f64]) {
        ended.sort_unstable_by(f64::total_cmp);
        for (level, departure_s) in (self.in_progress.len()..).zip(ended.iter().rev()) {
            self.levels[level].left_s = *departure_s;
        }
    }

    fn replay_block(&mut self, recorder: &mut Recorder, init_s: &mut dyn FnMut() -> f64) {
        let Some(first_s) = self.block.arrivals.first().copied() else { return };
        let handler_ms = self.block.durations.iter().map(|duration_s| billed_ms(*duration_s)).sum::<u64>();
        let work_s = recorder.answered_warm(first_s, &self.block.durations);
        self.totals.busy_s += work_s;
        self.totals.on_demand.handler_ms += handler_ms;
        self.totals.on_demand.calls += self.block.len() as u64;
        self.block.arrivals.resize(self.block.len() + FAR_AHEAD, f64::INFINITY);
        if self.in_progress.len() <= SPARSE {
            self.block.place_departures::<true>(&self.in_progress);
        } else {
            self.block.index_arrivals();
            self.block.place_departures::<false>(&self.in_progress);
        }
        let most = self.follow_levels(recorder, init_s);
        self.leave_levels(most);
        std::mem::swap(&mut self.in_progress, &mut self.block.staying);
        if 0 < self.totals.throttled {
            self.in_progress.retain(|departure_s| !departure_s.is_nan());
        }
        self.totals.timed_out += self.too_long.drain(..).count() as u64;
        let stretch = recorder.at(first_s);
        stretch.peak_busy = stretch.peak_busy.max(most as u64);
        stretch.peak_ready = stretch.peak_ready.max(self.alive as u64);
        self.totals.peak_busy = self.totals.peak_busy.max(most as u64);
    }

    /// Counts the calls in progress after each arrival, finds the cold ones, and says how many were in progress at most.
    fn follow_levels(&mut self, recorder: &mut Recorder, init_s: &mut dyn FnMut() -> f64) -> usize {
        let count = self.block.len();
        let mut busy = self.in_progress.len();
        let mut most = busy;
        self.block.busy.clear();
        self.block.busy.resize(count, 0);
        self.block.last_seen.clear();
        self.block.last_seen.resize(busy + count + 2, u32::MAX);
        // Environments that expired since are no longer there; levels in progress are.
        let now_s = self.block.arrivals[0];
        while most < self.alive && self.expires_s(self.levels[self.alive - 1]) < now_s {
            self.alive -= 1;
        }
        let mut place = 0;
        while place < count {
            (place, busy) = self.block.follow((place, busy), most);
            if most < busy {
                if self.reserved < busy || !self.find_environment((busy - 1, place), recorder, init_s) {
                    self.refuse(place, recorder);
                    busy -= 1;
                } else {
                    most = busy;
                }
                self.block.note(place, busy);
                place += 1;
            }
        }
        self.alive = self.alive.max(most);
        self.totals.peak_alive = self.totals.peak_alive.max(self.alive as u64);
        most
    }

    /// Finds or starts the environment of a call that is the first of its block to make `level` busy; whether there is one.
    fn find_environment(
        &mut self,
        (level, place): (usize, usize),
        recorder: &mut Recorder,
        init_s: &mut dyn FnMut() -> f64,
    ) -> bool {
        let (at_s, duration_s) = (self.block.arrivals[place], self.block.durations[place]);
        let known = self.levels.get(level).copied();
        if known.is_some_and(|known| at_s <= self.expires_s(known)) {
            return true;
        }
        if !self.starts.allow(at_s) {
            return false;
        }
        let started = Level { started_s: at_s, left_s: f64::INFINITY };
        match known {
            None => self.levels.push(started),
            Some(known) => {
                self.totals.alive_s += self.expires_s(known) - known.started_s;
                self.levels[level] = started;
            }
        }
        let init_s = init_s();
        let waited_s = self.beside_init_s + init_s;
        self.block.delay(place, waited_s);
        self.totals.on_demand.started += 1;
        self.totals.on_demand.init_ms += billed_ms(init_s + duration_s) - billed_ms(duration_s);
        recorder.was_cold(at_s, duration_s, waited_s + duration_s);
        true
    }

    /// Takes a call back that was counted as answered.
    fn refuse(&mut self, place: usize, recorder: &mut Recorder) {
        let (at_s, duration_s) = (self.block.arrivals[place], self.block.durations[place]);
        self.block.forget(place);
        self.too_long.retain(|other| *other != place);
        self.totals.on_demand.calls -= 1;
        self.totals.on_demand.handler_ms -= billed_ms(duration_s);
        self.totals.busy_s -= duration_s;
        self.totals.throttled += 1;
        recorder.was_throttled(at_s, duration_s);
    }

    /// Notes for each level that is no longer busy when it was left for the last time.
    fn leave_levels(&mut self, most: usize) {
        let block = &mut self.block;
        let busy_at_end = block.busy.last().map_or(0, |busy| *busy as usize);
        block.wanted.clear();
        block.wanted.resize(block.len(), false);
        // After the last arrival that found the level busy it is left before the next one.
        let mut gaps: Vec<(usize, usize)> = Vec::new();
        let mut gap = 0;
        for level in (busy_at_end..most).rev() {
            match block.last_seen[level + 1] {
                u32::MAX => {}
                place => gap = gap.max(place as usize + 1),
            }
            gaps.push((level, gap));
            block.wanted[gap] = true;
        }
        if gaps.is_empty() {
            return;
        }
        block.collect_wanted(&self.in_progress);
        for (level, gap) in gaps {
            let busy_before = if gap == 0 { self.in_progress.len() } else { block.busy[gap - 1] as usize };
            let from = block.in_gaps.partition_point(|(other, _)| (*other as usize) < gap);
            self.levels[level].left_s = block.in_gaps[from + busy_before - level - 1].1;
        }
    }

    /// The end of the replay: what is still there is counted up to `horizon_s`.
    pub(super) fn finish(mut self, horizon_s: f64, recorder: &mut Recorder, init_s: &mut dyn FnMut() -> f64) -> Totals {
        self.replay_block(recorder, init_s);
        let horizon_s = if horizon_s.is_finite() {
            horizon_s
        } else {
            self.block.arrivals.get(self.block.len().wrapping_sub(1)).copied().unwrap_or(0.0)
        };
        let mut ended = std::mem::take(&mut self.in_progress);
        self.leave(&mut ended);
        for level in &self.levels {
            let end_s = self.expires_s(*level).min(horizon_s);
            self.totals.alive_s += (end_s - level.started_s).max(0.0);
        }
        self.totals.arrived = self.totals.on_demand.calls + self.totals.throttled;
        self.totals
    }
}
