//! Provisioned units: kept ready all the time, by a schedule, or as many as target tracking asks for.
//!
//! Rules (AWS Lambda developer guide, "Configuring provisioned concurrency", 2026): a change is usable only when all of it is
//! allocated, one or two minutes after it was asked for, and is paid for from the moment it was asked for, each unit for whole
//! five minutes. The metric of target tracking is the mean use of a minute; a minute without calls reports nothing.

use super::load::MinuteLoad;
use super::moment::moment_s;
use super::paid::Paid;
use super::recorder::Recorder;
use super::totals::{Totals, billed_ms};
use crate::autoscaling::TargetTracking;

/// From the request to the use of further units: the guide says one to two minutes.
pub const ALLOCATION_S: f64 = 90.0;
/// Provisioned concurrency is charged by five minutes (AWS Lambda pricing page, 2026).
const PAID_STEP_S: f64 = 300.0;

/// How many units there are.
#[derive(Debug, Clone, PartialEq)]
pub enum Levels {
    /// Always so many.
    Constant(u64),
    /// So many from a second of the period on, in the order of time; before the first, as many as at the end of the period.
    Schedule {
        /// After so many seconds it begins anew: a day or a week.
        period_s: f64,
        /// From when on, how many.
        steps: Vec<(f64, u64)>,
    },
    /// As many as the autoscaler asks for, which starts with what it wants now.
    Tracked(TargetTracking),
}

/// Units that are kept ready.
#[derive(Debug, Clone, PartialEq)]
pub struct Provisioned {
    /// How many.
    pub levels: Levels,
    /// Seconds from the request for more units to their use; [`ALLOCATION_S`] where nothing better is known.
    pub allocation_s: f64,
}

impl Provisioned {
    /// Always so many units.
    #[must_use]
    pub fn constant(units: u64) -> Self {
        Self { levels: Levels::Constant(units), allocation_s: ALLOCATION_S }
    }

    fn first_level(&self) -> u64 {
        match &self.levels {
            Levels::Constant(units) => *units,
            Levels::Schedule { steps, .. } => {
                steps.first().filter(|(from_s, _)| *from_s <= 0.0).or(steps.last()).map_or(0, |(_, units)| *units)
            }
            Levels::Tracked(tracking) => tracking.desired(),
        }
    }
}

/// The state of the units between two calls.
#[derive(Debug)]
pub(super) struct Units {
    levels: Levels,
    allocation_s: f64,
    /// How many can be used, and since when so many.
    usable: u64,
    usable_since_s: f64,
    /// How many can be used from when on.
    allocating: Option<(f64, u64)>,
    paid: Paid,
    load: MinuteLoad,
    /// The place of the next step in the schedule, and the period it belongs to.
    next_step: (usize, u64),
    most: u64,
}

impl Units {
    pub(super) fn new(provisioned: &Provisioned) -> Self {
        let first = provisioned.first_level();
        let mut paid = Paid::new(PAID_STEP_S, PAID_STEP_S);
        paid.set(first, 0.0);
        let mut units = Self {
            levels: provisioned.levels.clone(),
            allocation_s: provisioned.allocation_s,
            usable: first,
            usable_since_s: 0.0,
            allocating: None,
            paid,
            load: MinuteLoad::default(),
            next_step: (0, 0),
            most: first,
        };
        if let Levels::Schedule { steps, .. } = &units.levels
            && steps.first().is_some_and(|(from_s, _)| *from_s <= 0.0)
        {
            units.next_step = units.step_after(0, 0);
        }
        units
    }

    fn step_after(&self, place: usize, period: u64) -> (usize, u64) {
        match &self.levels {
            Levels::Schedule { steps, .. } if place + 1 < steps.len() => (place + 1, period),
            _ => (0, period + 1),
        }
    }

    pub(super) fn busy(&self) -> u64 {
        self.load.busy()
    }

    pub(super) fn ready(&self) -> u64 {
        self.usable
    }

    /// Takes a unit, if one is free.
    pub(super) fn take(&mut self, now_s: f64) -> bool {
        let free = self.load.busy() < self.usable;
        if free {
            self.load.begin(now_s);
        }
        free
    }

    pub(super) fn release(&mut self, now_s: f64) {
        self.load.end(now_s);
    }

    fn next_step_s(&self) -> f64 {
        match &self.levels {
            Levels::Schedule { period_s, steps } => {
                let (place, period) = self.next_step;
                steps.get(place).map_or(f64::INFINITY, |(from_s, _)| from_s + period as f64 * period_s)
            }
            _ => f64::INFINITY,
        }
    }

    fn next_minute_s(&self) -> f64 {
        if matches!(self.levels, Levels::Tracked(_)) { self.load.minute_end_s() } else { f64::INFINITY }
    }

    /// When something happens to the units without a call.
    pub(super) fn next_change_s(&self) -> f64 {
        let allocated_s = self.allocating.map_or(f64::INFINITY, |(ready_s, _)| ready_s);
        allocated_s.min(self.next_step_s()).min(self.next_minute_s())
    }

    /// Lets it happen. Each unit that is prepared runs its INIT phase, which is billed.
    pub(super) fn change(&mut self, totals: &mut Totals, recorder: &mut Recorder, init_s: &mut dyn FnMut() -> f64) {
        let now_s = self.next_change_s();
        if let Some((ready_s, units)) = self.allocating.filter(|(ready_s, _)| *ready_s <= now_s) {
            let prepared = units.saturating_sub(self.usable);
            debug_assert!(ready_s <= now_s);
            self.prepare(prepared, totals, init_s);
            self.become_usable(units, now_s, recorder);
            return;
        }
        if self.next_step_s() <= now_s {
            let (place, period) = self.next_step;
            let Levels::Schedule { steps, .. } = &self.levels else { return };
            let units = steps[place].1;
            self.next_step = self.step_after(place, period);
            self.ask_for(units, now_s, recorder);
            return;
        }
        let (mean, reported) = self.load.end_minute();
        let Levels::Tracked(tracking) = &mut self.levels else { return };
        let datapoint = (reported && 0 < self.usable).then(|| mean / self.usable as f64);
        let units = tracking.minute(datapoint, self.usable);
        self.ask_for(units, now_s, recorder);
    }

    fn prepare(&self, units: u64, totals: &mut Totals, init_s: &mut dyn FnMut() -> f64) {
        for _ in 0..units {
            totals.provisioned.init_ms += billed_ms(init_s());
        }
        totals.provisioned.started += units;
    }

    /// From now on so many can be used, and no more are being allocated.
    fn become_usable(&mut self, units: u64, now_s: f64, recorder: &mut Recorder) {
        recorder.units(self.usable_since_s, now_s, self.usable);
        (self.usable, self.usable_since_s, self.allocating) = (units, now_s, None);
    }

    fn ask_for(&mut self, units: u64, now_s: f64, recorder: &mut Recorder) {
        let asked = self.allocating.map_or(self.usable, |(_, asked)| asked);
        if units == asked {
            return;
        }
        self.most = self.most.max(units);
        self.paid.set(units, now_s);
        if units <= self.usable {
            self.become_usable(units, now_s, recorder);
        } else {
            self.allocating = Some((moment_s(now_s + self.allocation_s), units));
        }
    }

    pub(super) fn finish(self, horizon_s: f64, totals: &mut Totals, recorder: &mut Recorder) {
        recorder.units(self.usable_since_s, horizon_s, self.usable);
        totals.provisioned_s += self.paid.finish(horizon_s);
        totals.peak_provisioned = self.most;
    }
}
