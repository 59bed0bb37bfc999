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

use super::function::Function;
use super::recorder::Recorder;
use super::starts::Starts;
use super::totals::{Call, Totals, billed_ms};

/// The least number of calls in a block, where there are as many within the keep-alive time.
const LEAST_BLOCK: usize = 1024;
/// A block has this many times as many calls as are in progress, so that those in progress are no burden.
const BLOCK_PER_BUSY: usize = 4;
/// So many arrivals are compared at once with a departure.
const LOOK_AHEAD: usize = 4;
/// The same where few calls are in progress, so that most end before so many others arrive: then no place need be looked up.
const FAR_AHEAD: usize = 8;
/// So few.
const SPARSE: usize = 4;

/// The gap of a call that was refused.
const REFUSED: u32 = u32::MAX;
/// When a call that was refused departs.
const NEVER: f64 = f64::NAN;

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

/// The calls of one block; kept so that nothing is allocated anew.
#[derive(Debug, Default)]
struct Block {
    /// When they arrive, then [`FAR_AHEAD`] times infinity.
    arrivals: Vec<f64>,
    durations: Vec<f64>,
    departures: Vec<f64>,
    /// For each call the first arrival that its departure comes before; those that stay beyond the block count on from its
    /// end, by their place among the calls that stay.
    gap_of: Vec<u32>,
    /// The same of the calls that were in progress before.
    gap_of_earlier: Vec<u32>,
    /// How many departures lie before each arrival and after the one before.
    departed: Vec<u32>,
    /// Calls in progress after each arrival.
    busy: Vec<u32>,
    /// The last arrival that left so many in progress; `u32::MAX` where none did.
    last_seen: Vec<u32>,
    /// How many arrivals come before each slice of the block's time.
    grid: Vec<u32>,
    staying: Vec<f64>,
    /// Whether the departures of a gap are wanted in order.
    wanted: Vec<bool>,
    in_gaps: Vec<(u32, f64)>,
}

/// The slice that so many seconds after the first arrival lie in. The way over a signed number takes half as long: it has no
/// case of numbers beyond its own.
#[inline]
fn slice_of(after_s: f64, scale: f64) -> usize {
    (after_s * scale) as i64 as usize
}

impl Block {
    fn len(&self) -> usize {
        self.durations.len()
    }

    fn clear(&mut self) {
        self.arrivals.clear();
        self.durations.clear();
    }

    /// Counts arrivals by slices of time, one slice for each call.
    fn index_arrivals(&mut self) {
        let (count, first, scale) = (self.len(), self.arrivals[0], self.scale());
        self.grid.clear();
        self.grid.resize(count + 1, 0);
        for at_s in &self.arrivals[..count] {
            self.grid[slice_of(at_s - first, scale).min(count - 1) + 1] += 1;
        }
        let mut before = 0;
        for slice in &mut self.grid {
            before += *slice;
            *slice = before;
        }
    }

    fn scale(&self) -> f64 {
        let (count, last) = (self.len(), self.arrivals[self.len() - 1]);
        let span_s = last - self.arrivals[0];
        if span_s > 0.0 { count as f64 / span_s } else { 0.0 }
    }

    /// The first arrival, from `least` on, that does not come before `departure_s`, which is within the block.
    #[inline(always)]
    fn gap<const SPARSE: bool>(&self, departure_s: f64, least: usize, scale: f64) -> usize {
        if SPARSE {
            return self.gap_from::<FAR_AHEAD>(departure_s, least);
        }
        let slice = slice_of(departure_s - self.arrivals[0], scale).min(self.len() - 1);
        self.gap_from::<LOOK_AHEAD>(departure_s, (self.grid[slice] as usize).max(least))
    }

    #[inline(always)]
    fn gap_from<const AHEAD: usize>(&self, departure_s: f64, from: usize) -> usize {
        let ahead = &self.arrivals[from..from + AHEAD];
        let earlier: usize = ahead.iter().map(|at_s| usize::from(*at_s < departure_s)).sum();
        if earlier < AHEAD {
            return from + earlier;
        }
        from + self.arrivals[from..self.len()].partition_point(|at_s| *at_s < departure_s)
    }

    /// Finds for every departure the gap between arrivals in which it lies.
    fn place_departures<const SPARSE: bool>(&mut self, in_progress: &[f64]) {
        let (count, scale) = (self.len(), self.scale());
        let last_s = self.arrivals[count - 1];
        self.departed.clear();
        self.departed.resize(count + 1, 0);
        self.staying.clear();
        self.gap_of.clear();
        self.gap_of_earlier.clear();
        self.departures.clear();
        for departure_s in in_progress {
            let gap = if last_s < *departure_s { count } else { self.gap::<SPARSE>(*departure_s, 0, scale) };
            if gap == count {
                self.staying.push(*departure_s);
            }
            self.departed[gap] += 1;
            self.gap_of_earlier.push(gap as u32);
        }
        self.departures.extend(self.arrivals.iter().zip(&self.durations).map(|(at_s, duration_s)| at_s + duration_s));
        for place in 0..count {
            let departure_s = self.departures[place];
            let gap = if last_s < departure_s { count } else { self.gap::<SPARSE>(departure_s, place + 1, scale) };
            self.departed[gap] += 1;
            if gap == count {
                self.gap_of.push((count + self.staying.len()) as u32);
                self.staying.push(departure_s);
            } else {
                self.gap_of.push(gap as u32);
            }
        }
    }

    /// Counts the calls in progress after each arrival, up to the first with more than `most`, which it does not note.
    fn follow(&mut self, (first, mut busy): (usize, usize), most: usize) -> (usize, usize) {
        let (count, last_seen) = (self.durations.len(), &mut self.last_seen);
        let rest = self.departed[first..count].iter().zip(&mut self.busy[first..count]);
        for (place, (departed, after)) in (first..).zip(rest) {
            busy = busy + 1 - *departed as usize;
            if most < busy {
                return (place, busy);
            }
            *after = busy as u32;
            last_seen[busy] = place as u32;
        }
        (count, busy)
    }

    /// Notes how many are in progress after an arrival.
    fn note(&mut self, place: usize, busy: usize) {
        self.busy[place] = busy as u32;
        self.last_seen[busy] = place as u32;
    }

    /// A call that had to start its environment departs later.
    fn delay(&mut self, place: usize, init_s: f64) {
        let count = self.len();
        self.departures[place] += init_s;
        let departure_s = self.departures[place];
        let before = self.gap_of[place] as usize;
        if count <= before {
            self.staying[before - count] = departure_s;
            return;
        }
        self.departed[before] -= 1;
        if self.arrivals[count - 1] < departure_s {
            self.gap_of[place] = (count + self.staying.len()) as u32;
            self.staying.push(departure_s);
        } else {
            let gap = self.gap_from::<FAR_AHEAD>(departure_s, place + 1);
            self.departed[gap] += 1;
            self.gap_of[place] = gap as u32;
        }
    }

    /// A call that was refused never departs.
    fn forget(&mut self, place: usize) {
        let gap = std::mem::replace(&mut self.gap_of[place], REFUSED) as usize;
        match gap.checked_sub(self.len()) {
            None => self.departed[gap] -= 1,
            Some(staying) => self.staying[staying] = NEVER,
        }
    }

    /// Collects the departures of the wanted gaps in order.
    fn collect_wanted(&mut self, in_progress: &[f64]) {
        self.in_gaps.clear();
        let earlier = self.gap_of_earlier.iter().zip(in_progress);
        let own = self.gap_of.iter().zip(&self.departures);
        for (gap, departure_s) in earlier.chain(own) {
            if self.wanted.get(*gap as usize).copied().unwrap_or(false) {
                self.in_gaps.push((*gap, *departure_s));
            }
        }
        self.in_gaps.sort_unstable_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
    }
}

impl WindowReplay {
    pub(super) fn new(keep_alive_s: f64, function: &Function) -> Self {
        Self {
            keep_alive_s,
            beside_init_s: function.beside_init_s,
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
        if self.block_end_s <= call.at_s || self.block_most <= self.block.len() {
            self.replay_block(recorder, init_s);
            self.begin_block(call.at_s, recorder);
        }
        self.block.arrivals.push(call.at_s);
        self.block.durations.push(call.duration_s);
    }

    fn begin_block(&mut self, first_s: f64, recorder: &mut Recorder) {
        self.block.clear();
        self.end_before(first_s);
        self.block_most = LEAST_BLOCK.max(BLOCK_PER_BUSY * self.in_progress.len());
        // Less than the keep-alive time, whatever is rounded.
        self.block_end_s = recorder.stretch_end(first_s).min(first_s + self.keep_alive_s * 0.9);
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
        while most < self.alive && self.levels[self.alive - 1].left_s + self.keep_alive_s < now_s {
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
        if known.is_some_and(|known| at_s <= known.left_s + self.keep_alive_s) {
            return true;
        }
        if !self.starts.allow(at_s) {
            return false;
        }
        let started = Level { started_s: at_s, left_s: f64::INFINITY };
        match known {
            None => self.levels.push(started),
            Some(known) => {
                self.totals.alive_s += known.left_s + self.keep_alive_s - known.started_s;
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
            let end_s = (level.left_s + self.keep_alive_s).min(horizon_s);
            self.totals.alive_s += (end_s - level.started_s).max(0.0);
        }
        self.totals.arrived = self.totals.on_demand.calls + self.totals.throttled;
        self.totals
    }
}
