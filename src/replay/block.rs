//! One block of calls of a plain function: departures counted between its arrivals, and not sorted.

use super::moment::moment_s;

/// So many arrivals are compared at once with a departure.
const LOOK_AHEAD: usize = 4;
/// The same where few calls are in progress, so that most end before so many others arrive: then no place need be looked up.
pub(super) const FAR_AHEAD: usize = 8;
/// So few.
pub(super) const SPARSE: usize = 4;

/// The gap of a call that was refused.
const REFUSED: u32 = u32::MAX;
/// When a call that was refused departs.
const NEVER: f64 = f64::NAN;

/// The calls of one block; kept so that nothing is allocated anew.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// When they arrive, then [`FAR_AHEAD`] times infinity.
    pub(super) arrivals: Vec<f64>,
    pub(super) durations: Vec<f64>,
    departures: Vec<f64>,
    /// For each call the first arrival that its departure comes before; those that stay beyond the block count on from its
    /// end, by their place among the calls that stay.
    gap_of: Vec<u32>,
    /// The same of the calls that were in progress before.
    gap_of_earlier: Vec<u32>,
    /// How many departures lie before each arrival and after the one before.
    departed: Vec<u32>,
    /// Calls in progress after each arrival.
    pub(super) busy: Vec<u32>,
    /// The last arrival that left so many in progress; `u32::MAX` where none did.
    pub(super) last_seen: Vec<u32>,
    /// How many arrivals come before each slice of the block's time.
    grid: Vec<u32>,
    pub(super) staying: Vec<f64>,
    /// Whether the departures of a gap are wanted in order.
    pub(super) wanted: Vec<bool>,
    pub(super) in_gaps: Vec<(u32, f64)>,
}

/// The slice that so many seconds after the first arrival lie in. The way over a signed number takes half as long: it has no
/// case of numbers beyond its own.
#[inline]
fn slice_of(after_s: f64, scale: f64) -> usize {
    (after_s * scale) as i64 as usize
}

impl Block {
    pub(super) fn len(&self) -> usize {
        self.durations.len()
    }

    pub(super) fn clear(&mut self) {
        self.arrivals.clear();
        self.durations.clear();
    }

    /// Counts arrivals by slices of time, one slice for each call.
    pub(super) fn index_arrivals(&mut self) {
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
    pub(super) fn place_departures<const SPARSE: bool>(&mut self, in_progress: &[f64]) {
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
        self.departures.extend(self.arrivals.iter().zip(&self.durations).map(|(at_s, duration_s)| moment_s(at_s + duration_s)));
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
    pub(super) fn follow(&mut self, (first, mut busy): (usize, usize), most: usize) -> (usize, usize) {
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
    pub(super) fn note(&mut self, place: usize, busy: usize) {
        self.busy[place] = busy as u32;
        self.last_seen[busy] = place as u32;
    }

    /// A call that had to start its environment departs later.
    pub(super) fn delay(&mut self, place: usize, waited_s: f64) {
        let count = self.len();
        let departure_s = moment_s(self.arrivals[place] + waited_s + self.durations[place]);
        self.departures[place] = departure_s;
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
    pub(super) fn forget(&mut self, place: usize) {
        let gap = std::mem::replace(&mut self.gap_of[place], REFUSED) as usize;
        match gap.checked_sub(self.len()) {
            None => self.departed[gap] -= 1,
            Some(staying) => self.staying[staying] = NEVER,
        }
    }

    /// Collects the departures of the wanted gaps in order.
    pub(super) fn collect_wanted(&mut self, in_progress: &[f64]) {
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
