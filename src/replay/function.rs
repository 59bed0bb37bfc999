//! A Lambda function, call by call: environments that are started, reused last in first out, kept for a while and dropped.
//!
//! Rules (AWS Lambda developer guide, 2026, and the measurements that the documentation of [`KeepAlive`] names):
//! - an environment serves one call at a time; provisioned units are used first, then idle environments, the one used last
//!   first, then a new one is started;
//! - a call that ends as another arrives frees its environment for it;
//! - an idle environment is dropped after its keep-alive time, and a busy one after its call when it is older than its
//!   lifetime or its version was replaced;
//! - a function may start 1,000 environments at once and 100 more each second, and have no more calls in progress than its
//!   reserved concurrency; calls beyond either are refused and do not come back here.
//!
//! This room knows no price, no platform and no file.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::moment::moment_s;
use super::provisioned::{Provisioned, Units};
use super::recorder::{Recorder, Served};
use super::starts::{StartLimit, Starts};
use super::totals::{Call, Totals};
use super::window::WindowReplay;
use crate::queueing::KeepAlive;
use crate::stats::Random;

/// Calls that keep environments warm.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pings {
    /// So often.
    pub every_s: f64,
    /// So many at once, each occupying an environment of its own.
    pub environments: u32,
    /// For so long.
    pub hold_s: f64,
}

/// A function as it is replayed.
#[derive(Debug, Clone)]
pub struct Function {
    /// How long an idle environment is kept.
    pub keep_alive: KeepAlive,
    /// What a call that starts an environment waits beside the INIT phase: it holds the environment, and is not billed.
    pub beside_init_s: f64,
    /// A call that would run longer is ended then: it is billed so far, and nobody gets an answer.
    pub longest_s: f64,
    /// How long an environment may live, busy or idle.
    pub lifetime_s: Option<f64>,
    /// Calls in progress, at most.
    pub reserved: Option<u64>,
    /// How fast environments may be started; `None` = at once.
    pub start_limit: Option<StartLimit>,
    /// Units that are kept ready.
    pub provisioned: Option<Provisioned>,
    /// Calls that keep environments warm.
    pub pings: Option<Pings>,
    /// Seconds between deployments, each of which starts with no environment.
    pub deploys_every_s: Option<f64>,
}

impl Function {
    /// A function on demand, with nothing but its keep-alive time.
    #[must_use]
    pub fn plain(keep_alive: KeepAlive) -> Self {
        Self {
            keep_alive,
            beside_init_s: 0.0,
            longest_s: f64::INFINITY,
            lifetime_s: None,
            reserved: None,
            start_limit: None,
            provisioned: None,
            pings: None,
            deploys_every_s: None,
        }
    }

    /// The keep-alive time, where nothing else happens to the environments: then [`WindowReplay`] answers.
    fn plain_keep_alive_s(&self) -> Option<f64> {
        let plain =
            self.lifetime_s.is_none() && self.provisioned.is_none() && self.pings.is_none() && self.deploys_every_s.is_none();
        self.keep_alive.constant_s().filter(|_| plain)
    }

    /// Replays calls in the order of their arrival; a horizon without end is that of the last call. `init_s` says how long the
    /// INIT phase of each environment takes.
    ///
    /// ```
    /// # use millicent::queueing::KeepAlive;
    /// # use millicent::replay::{Call, Function, Recorder};
    /// // A call every second, each of 1.5 s: two environments serve all of them.
    /// let calls = (0..1000_u32).map(|second| Call { at_s: f64::from(second), duration_s: 1.5 });
    /// let function = Function::plain(KeepAlive::TEN_MINUTES);
    /// let totals = function.replay(calls, 1000.0, &mut Recorder::new(), 7, &mut |_| 0.25);
    /// assert_eq!((totals.cold(), totals.peak_busy, totals.on_demand.handler_ms), (2, 2, 1_500_000));
    /// ```
    pub fn replay(
        &self,
        calls: impl IntoIterator<Item = Call>,
        horizon_s: f64,
        recorder: &mut Recorder,
        seed: u64,
        init_s: &mut dyn FnMut(&mut Random) -> f64,
    ) -> Totals {
        match Replay::begin(self, seed) {
            // One way is chosen for all calls, not for each.
            Replay::Window(mut replay, mut random) => {
                let mut init_s = || init_s(&mut random);
                calls.into_iter().for_each(|call| replay.arrive(call, recorder, &mut init_s));
                replay.finish(horizon_s, recorder, &mut init_s)
            }
            Replay::Events(mut replay) => {
                calls.into_iter().for_each(|call| _ = replay.arrive(call, recorder, init_s));
                replay.finish(horizon_s, recorder)
            }
        }
    }
}

/// A function between two calls, whichever way it is replayed.
#[derive(Debug)]
pub(super) enum Replay<'f> {
    /// The short cut, and the random numbers of starts.
    Window(Box<WindowReplay>, Random),
    Events(Box<FunctionReplay<'f>>),
}

impl<'f> Replay<'f> {
    pub(super) fn begin(function: &'f Function, seed: u64) -> Self {
        let random = Random::from_seed(seed);
        match function.plain_keep_alive_s() {
            Some(keep_alive_s) => Self::Window(Box::new(WindowReplay::new(keep_alive_s, function)), random),
            None => Self::Events(Box::new(FunctionReplay::new(function, random))),
        }
    }

    #[inline]
    pub(super) fn arrive(&mut self, call: Call, recorder: &mut Recorder, init_s: &mut dyn FnMut(&mut Random) -> f64) {
        match self {
            Self::Window(replay, random) => replay.arrive(call, recorder, &mut || init_s(random)),
            Self::Events(replay) => _ = replay.arrive(call, recorder, init_s),
        }
    }

    /// The end of the replay: what is still there is counted up to `horizon_s`.
    pub(super) fn finish(self, horizon_s: f64, recorder: &mut Recorder, init_s: &mut dyn FnMut(&mut Random) -> f64) -> Totals {
        match self {
            Self::Window(replay, mut random) => replay.finish(horizon_s, recorder, &mut || init_s(&mut random)),
            Self::Events(replay) => replay.finish(horizon_s, recorder),
        }
    }
}

/// An environment that waits for a call.
#[derive(Debug, Clone, Copy)]
struct Idle {
    until_s: f64,
    started_s: f64,
}

/// Where a call runs.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    /// On an environment that was started then.
    Environment { started_s: f64 },
    /// On a provisioned unit.
    Unit,
}

/// A call in progress; the order is that of the ends.
#[derive(Debug, Clone, Copy)]
struct InProgress {
    /// The bits of a time that is not negative, which are ordered as the times are.
    until: u64,
    place: Place,
}

impl PartialEq for InProgress {
    fn eq(&self, other: &Self) -> bool {
        self.until == other.until
    }
}

impl Eq for InProgress {}

impl PartialOrd for InProgress {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for InProgress {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.until.cmp(&other.until)
    }
}

/// The state of a function between two calls.
#[derive(Debug)]
pub(super) struct FunctionReplay<'f> {
    function: &'f Function,
    random: Random,
    in_progress: BinaryHeap<Reverse<InProgress>>,
    /// The one used last is the last.
    idle: VecDeque<Idle>,
    /// Environments that are busy.
    busy: u64,
    units: Option<Units>,
    starts: Starts,
    next_ping_s: f64,
    next_deploy_s: f64,
    last_deploy_s: f64,
    /// When the last call arrived.
    last_s: f64,
    totals: Totals,
}

impl<'f> FunctionReplay<'f> {
    pub(super) fn new(function: &'f Function, random: Random) -> Self {
        Self {
            function,
            random,
            in_progress: BinaryHeap::new(),
            idle: VecDeque::new(),
            busy: 0,
            units: function.provisioned.as_ref().map(Units::new),
            starts: Starts::new(function.start_limit),
            next_ping_s: function.pings.map_or(f64::INFINITY, |_| 0.0),
            next_deploy_s: moment_s(function.deploys_every_s.unwrap_or(f64::INFINITY)),
            last_deploy_s: 0.0,
            last_s: 0.0,
            totals: Totals::default(),
        }
    }

    /// Takes a call; says whether it was refused.
    pub(super) fn arrive(
        &mut self,
        call: Call,
        recorder: &mut Recorder,
        init_s: &mut dyn FnMut(&mut Random) -> f64,
    ) -> Option<Served> {
        let is_too_long = self.function.longest_s < call.duration_s;
        let call = Call { duration_s: call.duration_s.min(self.function.longest_s), ..call.at_a_moment() };
        self.until(call.at_s, recorder, init_s);
        self.totals.arrived += 1;
        let spilled = self.totals.spilled;
        let served = self.serve(call, false, init_s);
        recorder.at(call.at_s).spilled += self.totals.spilled - spilled;
        match served {
            None => {
                self.totals.throttled += 1;
                recorder.throttled(call.at_s);
            }
            Some((served, waited_s)) => {
                self.totals.busy_s += call.duration_s;
                self.totals.timed_out += u64::from(is_too_long);
                recorder.answered(call.at_s, call.duration_s, waited_s + call.duration_s, served);
            }
        }
        self.note_peaks(call.at_s, recorder);
        served.map(|(served, _)| served)
    }

    fn note_peaks(&mut self, at_s: f64, recorder: &mut Recorder) {
        let on_units = self.units.as_ref().map_or(0, Units::busy);
        let (busy, alive) = (self.busy + on_units, self.busy + self.idle.len() as u64);
        let ready = alive + self.units.as_ref().map_or(0, Units::ready);
        self.totals.peak_busy = self.totals.peak_busy.max(busy);
        self.totals.peak_alive = self.totals.peak_alive.max(alive);
        let stretch = recorder.at(at_s);
        stretch.peak_busy = stretch.peak_busy.max(busy);
        stretch.peak_ready = stretch.peak_ready.max(ready);
    }

    /// Lets everything happen that happens before `now_s`: ends of calls, deployments, pings, changes of the units.
    fn until(&mut self, now_s: f64, recorder: &mut Recorder, init_s: &mut dyn FnMut(&mut Random) -> f64) {
        self.last_s = now_s;
        loop {
            let change_s = self.units.as_ref().map_or(f64::INFINITY, Units::next_change_s);
            let next_s = self.next_ping_s.min(self.next_deploy_s).min(change_s);
            if now_s < next_s {
                break;
            }
            self.end_calls(next_s);
            if self.next_deploy_s <= next_s {
                self.deploy();
            } else if change_s <= next_s {
                if let Some(units) = &mut self.units {
                    units.change(&mut self.totals, recorder, &mut || init_s(&mut self.random));
                }
            } else {
                self.ping(init_s);
            }
        }
        self.end_calls(now_s);
        self.drop_expired(now_s);
    }

    /// The environment that was used first of the idle ones is mostly the first to be dropped.
    fn drop_expired(&mut self, now_s: f64) {
        while let Some(idle) = self.idle.front().copied().filter(|idle| idle.until_s < now_s) {
            self.totals.alive_s += idle.until_s - idle.started_s;
            self.idle.pop_front();
        }
    }

    fn end_calls(&mut self, now_s: f64) {
        while let Some(Reverse(first)) = self.in_progress.peek().copied() {
            let at_s = f64::from_bits(first.until);
            if now_s < at_s {
                return;
            }
            self.in_progress.pop();
            match first.place {
                Place::Unit => {
                    if let Some(units) = &mut self.units {
                        units.release(at_s);
                    }
                }
                Place::Environment { started_s } => {
                    self.busy -= 1;
                    self.rest(started_s, at_s);
                }
            }
        }
    }

    /// An environment has nothing to do from `at_s` on.
    fn rest(&mut self, started_s: f64, at_s: f64) {
        let too_old_s = self.function.lifetime_s.map_or(f64::INFINITY, |lifetime_s| moment_s(started_s + lifetime_s));
        if too_old_s <= at_s || started_s < self.last_deploy_s {
            self.totals.alive_s += at_s - started_s;
            return;
        }
        let until_s = moment_s(at_s + self.function.keep_alive.quantile_s(self.random.uniform())).min(too_old_s);
        self.idle.push_back(Idle { until_s, started_s });
    }

    /// Drops the environments that were started before.
    fn deploy(&mut self) {
        let now_s = self.next_deploy_s;
        self.last_deploy_s = now_s;
        self.next_deploy_s = moment_s(now_s + self.function.deploys_every_s.unwrap_or(f64::INFINITY));
        for idle in self.idle.drain(..) {
            self.totals.alive_s += idle.until_s.min(now_s) - idle.started_s;
        }
    }

    fn ping(&mut self, init_s: &mut dyn FnMut(&mut Random) -> f64) {
        let Some(pings) = self.function.pings else { return };
        for _ in 0..pings.environments {
            let call = Call { at_s: self.next_ping_s, duration_s: pings.hold_s };
            self.serve(call, true, init_s);
        }
        self.next_ping_s = moment_s(self.next_ping_s + pings.every_s);
    }

    /// Runs a call somewhere; `None` where it is refused. Says how long it waited for an environment to start.
    fn serve(&mut self, call: Call, is_ping: bool, init_s: &mut dyn FnMut(&mut Random) -> f64) -> Option<(Served, f64)> {
        let on_units = self.units.as_ref().map_or(0, Units::busy);
        if self.function.reserved.is_some_and(|reserved| reserved <= self.busy + on_units) {
            return None;
        }
        // Pings are sent to keep environments on demand.
        if !is_ping && self.units.as_mut().is_some_and(|units| units.take(call.at_s)) {
            self.totals.provisioned.add(call.duration_s, None);
            self.begin(call.at_s + call.duration_s, Place::Unit);
            return Some((Served::Warm, 0.0));
        }
        let (started_s, init_s) = match self.awake(call.at_s) {
            Some(started_s) => (started_s, None),
            None if self.starts.allow(call.at_s) => (call.at_s, Some(init_s(&mut self.random))),
            None => return None,
        };
        if !is_ping && self.units.as_ref().is_some_and(|units| 0 < units.ready()) {
            self.totals.spilled += 1;
        }
        let executed = if is_ping { &mut self.totals.pings } else { &mut self.totals.on_demand };
        executed.add(call.duration_s, init_s);
        self.busy += 1;
        let (served, waited_s) =
            init_s.map_or((Served::Warm, 0.0), |init_s| (Served::Cold, self.function.beside_init_s + init_s));
        self.begin(call.at_s + waited_s + call.duration_s, Place::Environment { started_s });
        Some((served, waited_s))
    }

    fn begin(&mut self, until_s: f64, place: Place) {
        self.in_progress.push(Reverse(InProgress { until: moment_s(until_s).to_bits(), place }));
    }

    /// The idle environment that was used last, if it is still there: when it was started.
    fn awake(&mut self, now_s: f64) -> Option<f64> {
        while let Some(idle) = self.idle.pop_back() {
            if now_s <= idle.until_s {
                return Some(idle.started_s);
            }
            self.totals.alive_s += idle.until_s - idle.started_s;
        }
        None
    }

    /// The end of the replay: what is still there is counted up to `horizon_s`.
    pub(super) fn finish(mut self, horizon_s: f64, recorder: &mut Recorder) -> Totals {
        let horizon_s = if horizon_s.is_finite() { horizon_s } else { self.last_s };
        self.until(horizon_s, recorder, &mut |_| 0.0);
        for Reverse(call) in &self.in_progress {
            if let Place::Environment { started_s } = call.place {
                self.totals.alive_s += horizon_s - started_s;
            }
        }
        for idle in &self.idle {
            self.totals.alive_s += idle.until_s.min(horizon_s) - idle.started_s;
        }
        if let Some(units) = self.units {
            units.finish(horizon_s, &mut self.totals, recorder);
        }
        self.totals
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::queueing::{Traffic, WarmPool, erlang_b};
    use crate::replay::{Histogram, Levels};

    /// Poisson arrivals and exponential durations, by inversion: slow and plain.
    fn poisson(rate_per_s: f64, mean_s: f64, horizon_s: f64, seed: u64) -> Vec<Call> {
        let mut random = Random::from_seed(seed);
        let mut exponential = move |mean: f64| -mean * (1.0 - random.uniform()).ln();
        let mut at_s = 0.0;
        let mut calls = Vec::new();
        loop {
            at_s += exponential(1.0 / rate_per_s);
            if horizon_s < at_s {
                return calls;
            }
            calls.push(Call { at_s, duration_s: exponential(mean_s) });
        }
    }

    fn by_events(function: &Function, calls: &[Call], horizon_s: f64, init_s: f64) -> (Totals, Recorder) {
        let mut recorder = Recorder::lasting(horizon_s);
        let mut replay = FunctionReplay::new(function, Random::from_seed(1));
        calls.iter().for_each(|call| _ = replay.arrive(*call, &mut recorder, &mut |_| init_s));
        (replay.finish(horizon_s, &mut recorder), recorder)
    }

    fn by_window(function: &Function, calls: &[Call], horizon_s: f64, init_s: f64) -> (Totals, Recorder) {
        let mut recorder = Recorder::lasting(horizon_s);
        let totals = function.replay(calls.iter().copied(), horizon_s, &mut recorder, 1, &mut |_| init_s);
        (totals, recorder)
    }

    fn kept(seconds: f64) -> Function {
        Function::plain(KeepAlive::constant(seconds).unwrap())
    }

    fn same(one: &(Totals, Recorder), other: &(Totals, Recorder)) -> Result<(), TestCaseError> {
        let ((left, left_record), (right, right_record)) = (one, other);
        let close = |left: f64, right: f64| (left - right).abs() <= 1e-9 * left.abs().max(1.0);
        prop_assert!(close(left.alive_s, right.alive_s), "{} {}", left.alive_s, right.alive_s);
        prop_assert!(close(left.busy_s, right.busy_s));
        let plain = |totals: &Totals| Totals { alive_s: 0.0, busy_s: 0.0, ..*totals };
        prop_assert_eq!(plain(left), plain(right));
        let (left_latencies, right_latencies) = (left_record.total().latencies(), right_record.total().latencies());
        prop_assert_eq!(left_latencies.count(), right_latencies.count());
        for share in [0.01, 0.5, 0.9, 0.99, 1.0] {
            let quantile = |latencies: &Histogram| latencies.quantile(share).unwrap_or(0.0);
            prop_assert!(close(quantile(&left_latencies), quantile(&right_latencies)));
        }
        for (left, right) in left_record.stretches().iter().zip(right_record.stretches()) {
            prop_assert_eq!(
                (left.arrived, left.cold, left.peak_busy, left.throttled),
                (right.arrived, right.cold, right.peak_busy, right.throttled)
            );
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn the_short_cut_gives_the_same_answer_call_by_call(
            rate_per_s in 0.01_f64..300.0, mean_s in 0.001_f64..5.0, keep_s in 0.5_f64..600.0, init_s in 0.0_f64..10.0, beside_init_s in 0.0_f64..1.0, seed in 0_u64..1000,
        ) {
            let horizon_s = 20_000.0 / rate_per_s;
            let calls = poisson(rate_per_s, mean_s, horizon_s, seed);
            let function = Function { beside_init_s, ..kept(keep_s) };
            same(&by_window(&function, &calls, horizon_s, init_s), &by_events(&function, &calls, horizon_s, init_s))?;
        }

        #[test]
        fn limits_refuse_the_same_calls(
            rate_per_s in 1.0_f64..300.0, mean_s in 0.01_f64..2.0, keep_s in 0.5_f64..100.0, init_s in 0.0_f64..3.0,
            reserved in 1_u64..100, at_once in 1.0_f64..20.0, per_s in 0.0_f64..5.0, longest_s in 0.1_f64..5.0, seed in 0_u64..1000,
        ) {
            let horizon_s = 5_000.0 / rate_per_s;
            let calls = poisson(rate_per_s, mean_s, horizon_s, seed);
            let start_limit = Some(StartLimit { at_once, per_s });
            let function = Function { reserved: Some(reserved), start_limit, longest_s, ..kept(keep_s) };
            same(&by_window(&function, &calls, horizon_s, init_s), &by_events(&function, &calls, horizon_s, init_s))?;
        }

        /// Crowds that arrive at the same time, on a grid that makes ends and arrivals coincide.
        #[test]
        fn the_short_cut_is_not_confused_by_ties(
            steps in proptest::collection::vec((0_u32..4, 1_u32..9), 1..400), keep in 1_u32..40, init in 0_u32..6,
        ) {
            let mut at = 0;
            let calls: Vec<Call> = steps.iter().map(|(gap, duration)| {
                at += gap * gap;
                Call { at_s: f64::from(at), duration_s: f64::from(*duration) }
            }).collect();
            let (function, horizon_s) = (kept(f64::from(keep)), f64::from(at) + 100.0);
            same(&by_window(&function, &calls, horizon_s, init.into()), &by_events(&function, &calls, horizon_s, init.into()))?;
        }

        /// What ties in whole seconds ties in tenths, of which doubles have none.
        #[test]
        fn tenths_of_a_second_are_as_good_as_seconds(
            steps in proptest::collection::vec((0_u32..4, 0_u32..9), 1..400), keep in 1_u32..40, reserved in 1_u64..9, init in 0_u32..6,
        ) {
            let replayed = |per_s: f64| {
                let mut at = 0;
                let calls: Vec<Call> = steps.iter().map(|(gap, duration)| {
                    at += gap * gap;
                    Call { at_s: f64::from(at) / per_s, duration_s: f64::from(*duration) / per_s }
                }).collect();
                let function = Function { reserved: Some(reserved), ..kept(f64::from(keep) / per_s) };
                let (horizon_s, init_s) = (f64::from(at + 100) / per_s, f64::from(init) / per_s);
                let found = by_window(&function, &calls, horizon_s, init_s);
                same(&found, &by_events(&function, &calls, horizon_s, init_s))?;
                Ok::<_, TestCaseError>(found.0)
            };
            let (seconds, tenths) = (replayed(1.0)?, replayed(10.0)?);
            let counted = |totals: &Totals| (totals.throttled, totals.cold(), totals.peak_busy, totals.peak_alive);
            prop_assert_eq!(counted(&seconds), counted(&tenths));
            prop_assert!((seconds.alive_s - 10.0 * tenths.alive_s).abs() < 1e-6);
        }

        /// Little's law: what is in progress on average is the arrivals times the time of one.
        #[test]
        fn every_second_of_every_call_is_counted(rate_per_s in 0.1_f64..50.0, mean_s in 0.01_f64..3.0, seed in 0_u64..100) {
            let calls = poisson(rate_per_s, mean_s, 5000.0 / rate_per_s, seed);
            let work_s: f64 = calls.iter().map(|call| call.duration_s).sum();
            let (totals, recorder) = by_window(&kept(300.0), &calls, 5000.0 / rate_per_s, 0.0);
            prop_assert!((totals.busy_s / work_s - 1.0).abs() < 1e-9);
            prop_assert_eq!(totals.arrived, calls.len() as u64);
            prop_assert!((recorder.total().latencies().mean().unwrap() / (work_s / calls.len() as f64) - 1.0).abs() < 0.01);
        }
    }

    /// A call every 20 minutes on environments kept for ten: each waits 0.1 s of Lambda's own and 0.3 s of INIT, for 0.5 s of work.
    #[test]
    fn what_comes_beside_init_is_waited_for_and_not_billed() {
        let calls: Vec<Call> = (0..10).map(|call| Call { at_s: f64::from(call) * 1200.0, duration_s: 0.5 }).collect();
        let function = Function { beside_init_s: 0.1, ..kept(600.0) };
        for (totals, recorder) in [by_events(&function, &calls, 12_000.0, 0.3), by_window(&function, &calls, 12_000.0, 0.3)] {
            assert_eq!((totals.cold(), totals.on_demand.handler_ms, totals.on_demand.init_ms), (10, 5000, 3000));
            assert!((recorder.total().latencies().quantile(0.5).unwrap() - 0.9).abs() < 1e-9);
            // Idle for ten minutes after 0.9 s.
            assert!((totals.alive_s - 10.0 * 600.9).abs() < 1e-6, "{}", totals.alive_s);
        }
    }

    #[test]
    fn a_call_is_ended_and_billed_at_the_longest_that_it_may_run() {
        let calls = [(0.0, 1.0), (5.0, 1000.0), (5.0, 900.0)].map(|(at_s, duration_s)| Call { at_s, duration_s });
        let function = Function { longest_s: 900.0, ..kept(600.0) };
        for (totals, recorder) in [by_events(&function, &calls, 5.0, 0.0), by_window(&function, &calls, 5.0, 0.0)] {
            assert_eq!((totals.timed_out, totals.answered(), totals.on_demand.handler_ms), (1, 3, 1000 + 2 * 900_000));
            assert!((recorder.total().latencies().quantile(1.0).unwrap() - 900.0).abs() < 1e-9);
        }
    }

    /// Ten a second of 0.2 s each: exactly two are always in progress, the one that ends frees the environment of the one that begins.
    #[test]
    fn as_many_as_are_reserved_are_enough() {
        let calls: Vec<Call> = (0..100_000).map(|tenth| Call { at_s: f64::from(tenth) / 10.0, duration_s: 0.2 }).collect();
        let reserved = Function { reserved: Some(2), ..kept(600.0) };
        for (totals, _) in [by_events(&reserved, &calls, 10_000.0, 0.0), by_window(&reserved, &calls, 10_000.0, 0.0)] {
            assert_eq!((totals.throttled, totals.cold(), totals.peak_busy, totals.peak_alive), (0, 2, 2, 2));
            assert!((totals.alive_s - 19_999.9).abs() < 1e-6, "{}", totals.alive_s);
        }
    }

    #[test]
    fn an_environment_is_still_there_at_the_end_of_its_keep_alive_time() {
        // 0.6 + 0.1 + 0.1 is below 0.8 in doubles.
        for (next_s, cold) in [(0.8, 1), (0.800_001, 2)] {
            let calls = [0.6, next_s].map(|at_s| Call { at_s, duration_s: 0.1 });
            for (totals, _) in [by_events(&kept(0.1), &calls, 1.0, 0.0), by_window(&kept(0.1), &calls, 1.0, 0.0)] {
                assert_eq!(totals.cold(), cold, "{next_s}");
            }
        }
    }

    #[test]
    fn the_replay_agrees_with_the_exact_model() {
        for (rate_per_s, mean_s, keep_s) in [(0.9, 1.991, 600.0), (10.0, 0.2, 420.0), (0.01, 60.0, 300.0), (1.0, 10.0, 60.0)] {
            let horizon_s = 600_000.0 / rate_per_s;
            let (totals, recorder) = by_window(&kept(keep_s), &poisson(rate_per_s, mean_s, horizon_s, 3), horizon_s, 0.0);
            let exact = WarmPool::new(Traffic::new(rate_per_s, mean_s).unwrap(), &KeepAlive::constant(keep_s).unwrap());
            let seen = recorder.cold_share().unwrap();
            assert!(seen.holds(exact.cold_probability()), "{rate_per_s}: {seen:?} {}", exact.cold_probability());
            assert!((totals.alive_s / horizon_s / exact.mean_alive() - 1.0).abs() < 0.02, "{rate_per_s}");
        }
    }

    /// 3.8: 5 units at 0.9/s × 1.991 s spill 2.59 %, 6 at 10/s × 0.2 s 1.21 %.
    #[test]
    fn what_spills_over_is_erlangs_loss() {
        for (rate_per_s, mean_s, units) in [(0.9, 1.991, 5), (10.0, 0.2, 6)] {
            let function = Function { provisioned: Some(Provisioned::constant(units)), ..kept(600.0) };
            let horizon_s = 400_000.0 / rate_per_s;
            let (totals, recorder) = by_events(&function, &poisson(rate_per_s, mean_s, horizon_s, 5), horizon_s, 0.0);
            let exact = erlang_b(units, rate_per_s * mean_s);
            let seen = recorder.spilled_share().unwrap();
            assert!(seen.holds(exact), "{seen:?} {exact}");
            assert_eq!(totals.spilled, totals.on_demand.calls);
            assert!((totals.provisioned_s - units as f64 * horizon_s).abs() < 1e-3);
        }
    }

    #[test]
    fn reserved_concurrency_refuses_as_erlang_says() {
        let function = Function { reserved: Some(8), ..kept(600.0) };
        let (totals, recorder) = by_events(&function, &poisson(50.0, 0.1, 8000.0, 7), 8000.0, 0.0);
        assert!(recorder.throttled_share().unwrap().holds(erlang_b(8, 5.0)));
        assert_eq!(totals.peak_busy, 8);
    }

    #[test]
    fn a_flash_crowd_meets_the_limit_of_starts() {
        // 3,000 a second from nothing, each a second long and a second to start: 1,000 at once, then 100 a second.
        let calls: Vec<Call> = (0..9000).map(|call| Call { at_s: f64::from(call) / 3000.0, duration_s: 1.0 }).collect();
        let function = Function { start_limit: Some(StartLimit::LAMBDA), ..kept(600.0) };
        let (totals, _) = by_events(&function, &calls, 10.0, 1.0);
        assert!((1290..=1310).contains(&totals.cold()), "{}", totals.cold());
        assert!(0 < totals.throttled);
        // Without the limit every call of the first second starts its own.
        let (free, _) = by_events(&kept(600.0), &calls, 10.0, 1.0);
        assert!(free.cold() >= 5900 && free.throttled == 0, "{}", free.cold());
    }

    #[test]
    fn pings_keep_as_many_environments_as_are_sent_at_once() {
        // A call every 20 minutes, kept for ten: always cold, but for the pings.
        let calls: Vec<Call> = (1..100).map(|call| Call { at_s: f64::from(call) * 1200.0 + 7.0, duration_s: 0.5 }).collect();
        let (cold, _) = by_events(&kept(600.0), &calls, 120_000.0, 0.3);
        assert_eq!(cold.cold(), 99);
        let pings = Pings { every_s: 300.0, environments: 1, hold_s: 0.1 };
        let (warm, _) = by_events(&Function { pings: Some(pings), ..kept(600.0) }, &calls, 120_000.0, 0.3);
        assert_eq!((warm.cold(), warm.pings.calls, warm.pings.started), (0, 401, 1));
    }

    #[test]
    fn deployments_and_age_empty_the_pool() {
        let calls: Vec<Call> = (0..1000).map(|call| Call { at_s: f64::from(call), duration_s: 0.1 }).collect();
        let deployed = Function { deploys_every_s: Some(100.0), ..kept(600.0) };
        assert_eq!(by_events(&deployed, &calls, 1000.0, 0.0).0.cold(), 10);
        let aging = Function { lifetime_s: Some(100.0), ..kept(600.0) };
        assert_eq!(by_events(&aging, &calls, 1000.0, 0.0).0.cold(), 10);
    }

    #[test]
    fn a_schedule_is_followed_and_paid_for() {
        let levels = Levels::Schedule { period_s: 86_400.0, steps: vec![(0.0, 2), (43_200.0, 10), (64_800.0, 2)] };
        let function = Function { provisioned: Some(Provisioned { levels, allocation_s: 90.0 }), ..kept(600.0) };
        let (totals, recorder) = by_events(&function, &poisson(1.0, 1.0, 172_800.0, 1), 172_800.0, 0.5);
        // Two all the time, eight more for six hours of each of two days.
        assert!((totals.provisioned_s - (2.0 * 172_800.0 + 8.0 * 2.0 * 21_600.0)).abs() < 1.0, "{}", totals.provisioned_s);
        assert_eq!((totals.peak_provisioned, totals.provisioned.started), (10, 16));
        let units: Vec<u64> = recorder.stretches().iter().map(|stretch| stretch.peak_units).collect();
        // Half hours: the morning, the first with the evening's, and from 18:00 on.
        assert!(units.len() == 96 && units[..24].iter().all(|units| *units == 2), "{units:?}");
        assert!(units[24..36].iter().all(|units| *units == 10) && units[36..48].iter().all(|units| *units == 2), "{units:?}");
    }
}
