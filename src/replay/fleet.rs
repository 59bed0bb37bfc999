//! Containers and machines, call by call: instances with slots, one line for who finds none free, and an autoscaler that reacts
//! late.
//!
//! Each instance works on a fixed number of calls at once, each as long as its duration says, whatever else runs beside it: what
//! that number is, and so that the processors keep up, is for [`crate::capacity`] to say. Of a fraction that is left over all
//! instances, one more call is worked on that much slower. Calls that find no free slot stand in it, first come, first served, and give up when their patience ends; in a
//! mixed design they go to a function instead. Further instances take a while to start; an instance that is removed finishes its
//! calls. Where machines carry them, these are what is paid for ([`Hosts`]).

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::credits::{Balances, Credits};
use super::function::{Function, FunctionReplay};
use super::hosts::{Hosts, Lately};
use super::load::MinuteLoad;
use super::moment::moment_s;
use super::paid::Paid;
use super::recorder::{Recorder, Served};
use super::totals::{Call, Totals};
use crate::autoscaling::{HorizontalPodAutoscaler, TargetTracking};
use crate::stats::Random;

/// An application load balancer ends a connection without an answer after 60 seconds, unless set otherwise (AWS Elastic Load
/// Balancing guide, 2026): who waits that long is lost.
pub const PATIENCE_S: f64 = 60.0;

/// How the number of instances follows the load.
#[derive(Debug, Clone)]
pub enum Scaling {
    /// It does not.
    Fixed(u64),
    /// Target tracking of the share of all slots in use, a mean of a minute: ECS services.
    TargetTracking(TargetTracking),
    /// Kubernetes by the same share, every 15 seconds.
    HorizontalPod(HorizontalPodAutoscaler, u64),
}

impl Scaling {
    fn first(&self) -> u64 {
        match self {
            Self::Fixed(instances) | Self::HorizontalPod(_, instances) => *instances,
            Self::TargetTracking(tracking) => tracking.desired(),
        }
    }

    fn interval_s(&self) -> f64 {
        match self {
            Self::Fixed(_) => f64::INFINITY,
            Self::HorizontalPod(..) => 15.0,
            Self::TargetTracking(_) => 60.0,
        }
    }
}

/// Instances as they are replayed.
#[derive(Debug, Clone)]
pub struct Fleet {
    /// Calls that one instance works on at once; five instances of 2.5 work on twelve, and on one more at half the speed.
    pub slots: f64,
    /// How the number of instances follows the load.
    pub scaling: Scaling,
    /// Seconds from the request for an instance until it takes calls.
    pub start_s: f64,
    /// Seconds after which a waiting call is lost.
    pub patience_s: f64,
    /// What carries the instances, and is paid for.
    pub hosts: Hosts,
    /// What these earn, where they are burstable.
    pub credits: Option<Credits>,
    /// Each of these is billed for a whole number of these seconds …
    pub paid_step_s: f64,
    /// … and for so many at least.
    pub paid_least_s: f64,
}

impl Fleet {
    /// Replays calls in the order of their arrival; a horizon without end is that of the last call.
    ///
    /// ```
    /// # use millicent::replay::{Call, Fleet, Hosts, Recorder, Scaling};
    /// let fleet = Fleet {
    ///     slots: 1.0, scaling: Scaling::Fixed(1), start_s: 30.0, patience_s: 60.0,
    ///     hosts: Hosts::NONE, credits: None, paid_step_s: 1.0, paid_least_s: 60.0,
    /// };
    /// // Three calls at once on one slot: the second waits a second, the third two.
    /// let calls = [0.0; 3].map(|at_s| Call { at_s, duration_s: 1.0 });
    /// let mut recorder = Recorder::new();
    /// let totals = fleet.replay(calls, 100.0, &mut recorder);
    /// assert_eq!((totals.instances.calls, totals.instance_s), (3, 100.0));
    /// assert!((recorder.total().latencies().quantile(1.0).unwrap() / 3.0 - 1.0).abs() < 0.01);
    /// ```
    pub fn replay(&self, calls: impl IntoIterator<Item = Call>, horizon_s: f64, recorder: &mut Recorder) -> Totals {
        let mut replay = FleetReplay::new(self, true);
        for call in calls.into_iter().map(Call::at_a_moment) {
            replay.until(call.at_s, recorder);
            replay.totals.arrived += 1;
            if !replay.take(call, call.at_s, recorder) {
                replay.waiting.push_back(call);
            }
            replay.note_peaks(call.at_s, recorder);
        }
        replay.finish(horizon_s, recorder)
    }

    /// How many calls so many instances work on at once, at so much of their speed.
    fn places(&self, instances: u64, speed: f64, uses_part: bool) -> Places {
        let all = instances as f64 * self.slots * speed;
        // What is just below a whole number is the error of a double.
        let whole = (all * (1.0 + 1e-12)).floor();
        let part = (all - whole).max(0.0);
        let is_used = uses_part && (LEAST_PART <= part || whole < 1.0);
        Places { whole: whole as u64, part: if is_used { part } else { 0.0 } }
    }

    /// How often the autoscaler is told, and credits are reckoned.
    fn interval_s(&self) -> f64 {
        let every_minute = if self.credits.is_some() { 60.0 } else { f64::INFINITY };
        self.scaling.interval_s().min(every_minute)
    }

    /// The same without a line: a call that finds no free slot, or a part of one only, is served by `function`.
    pub fn replay_with_overflow(
        &self,
        function: &Function,
        calls: impl IntoIterator<Item = Call>,
        horizon_s: f64,
        recorder: &mut Recorder,
        seed: u64,
        init_s: &mut dyn FnMut(&mut Random) -> f64,
    ) -> Totals {
        let mut base = FleetReplay::new(self, false);
        let mut burst = FunctionReplay::new(function, Random::from_seed(seed));
        for call in calls.into_iter().map(Call::at_a_moment) {
            base.until(call.at_s, recorder);
            if base.take(call, call.at_s, recorder) {
                base.totals.arrived += 1;
            } else {
                base.totals.spilled += 1;
                let spilled = recorder.at(call.at_s).spilled + 1;
                burst.arrive(call, recorder, init_s);
                // Once, whether the function has a unit for it or not.
                recorder.at(call.at_s).spilled = spilled;
            }
            base.note_peaks(call.at_s, recorder);
        }
        let mut totals = base.finish(horizon_s, recorder);
        totals.add(&Totals { spilled: 0, ..burst.finish(horizon_s, recorder) });
        totals
    }
}

/// The least part of a slot that a call is given: it takes three times as long there.
const LEAST_PART: f64 = 1.0 / 3.0;

/// What all instances work on at once.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Places {
    /// Calls at full speed.
    whole: u64,
    /// The speed of one more.
    part: f64,
}

impl Places {
    fn all(self) -> f64 {
        self.whole as f64 + self.part
    }
}

/// The state of a fleet between two calls.
#[derive(Debug)]
struct FleetReplay<'f> {
    fleet: &'f Fleet,
    /// Whether a call may be worked on by the part of a slot.
    uses_part: bool,
    scaling: Scaling,
    /// Instances that take calls, since when so many, and the calls that they take at once.
    ready: u64,
    ready_since_s: f64,
    places: Places,
    /// Until when a call is worked on by the part of a slot.
    part_until_s: f64,
    /// What comes after is not noted.
    horizon_s: f64,
    /// Instances that will, and from when on, in the order of time.
    starting: VecDeque<(f64, u64)>,
    /// The bits of the times at which calls end.
    in_progress: BinaryHeap<Reverse<u64>>,
    waiting: VecDeque<Call>,
    paid: Paid,
    credits: Option<Balances>,
    load: MinuteLoad,
    /// What the instances needed lately: the most of it is kept.
    hosts: Lately,
    /// When the last call arrived.
    last_s: f64,
    totals: Totals,
}

impl<'f> FleetReplay<'f> {
    fn new(fleet: &'f Fleet, uses_part: bool) -> Self {
        let first = fleet.scaling.first();
        let mut paid = Paid::new(fleet.paid_step_s, fleet.paid_least_s);
        paid.set(fleet.hosts.carrying(first), 0.0);
        Self {
            fleet,
            uses_part,
            scaling: fleet.scaling.clone(),
            ready: first,
            ready_since_s: 0.0,
            places: fleet.places(first, 1.0, uses_part),
            part_until_s: 0.0,
            horizon_s: f64::INFINITY,
            starting: VecDeque::new(),
            in_progress: BinaryHeap::new(),
            waiting: VecDeque::new(),
            credits: fleet.credits.map(|credits| Balances::of(credits, paid.count())),
            load: MinuteLoad::every(fleet.interval_s()),
            hosts: Lately::of(fleet.hosts.kept_s),
            last_s: 0.0,
            totals: Totals { peak_instances: paid.count(), ..Totals::default() },
            paid,
        }
    }

    /// Runs a call that arrived or waited, from `now_s` on, if a slot is free.
    fn take(&mut self, call: Call, now_s: f64, recorder: &mut Recorder) -> bool {
        let on_part = now_s < self.part_until_s;
        let whole = self.load.busy() - u64::from(on_part);
        let takes_s = if whole < self.places.whole {
            call.duration_s
        } else if !on_part && 0.0 < self.places.part {
            self.part_until_s = moment_s(now_s + call.duration_s / self.places.part);
            call.duration_s / self.places.part
        } else {
            return false;
        };
        self.load.begin(now_s);
        self.in_progress.push(Reverse(moment_s(now_s + takes_s).to_bits()));
        self.totals.instances.add(takes_s, None);
        self.totals.busy_s += takes_s;
        recorder.answered(call.at_s, takes_s, now_s - call.at_s + takes_s, Served::Warm);
        true
    }

    /// Lets everything happen that happens before `now_s`.
    fn until(&mut self, now_s: f64, recorder: &mut Recorder) {
        self.last_s = now_s;
        loop {
            let end_s = self.in_progress.peek().map_or(f64::INFINITY, |Reverse(bits)| f64::from_bits(*bits));
            let started_s = self.starting.front().map_or(f64::INFINITY, |(ready_s, _)| *ready_s);
            let minute_s = self.load.minute_end_s();
            let next_s = end_s.min(started_s).min(minute_s);
            if now_s < next_s || next_s == f64::INFINITY {
                return;
            }
            if end_s <= next_s {
                self.in_progress.pop();
                self.load.end(next_s);
            } else if started_s <= next_s {
                let started = self.starting.pop_front().map_or(0, |(_, instances)| instances);
                self.become_ready(self.ready + started, next_s, recorder);
            } else {
                self.scale(next_s, recorder);
            }
            self.serve_waiting(next_s, recorder);
        }
    }

    fn serve_waiting(&mut self, now_s: f64, recorder: &mut Recorder) {
        while let Some(first) = self.waiting.front().copied() {
            if moment_s(first.at_s + self.fleet.patience_s) < now_s {
                self.totals.throttled += 1;
                recorder.throttled(first.at_s);
            } else if !self.take(first, now_s, recorder) {
                return;
            }
            self.waiting.pop_front();
        }
    }

    /// The interval is over: the autoscaler is told, and heard.
    fn scale(&mut self, now_s: f64, recorder: &mut Recorder) {
        let (busy, _) = self.load.end_minute();
        if let Some(credits) = &mut self.credits {
            credits.pass(busy, self.fleet.interval_s());
        }
        let ready = self.ready;
        // A machine that is slowed down reports what it earns as a share of all that it has.
        let metric = (busy / self.fleet.places(ready, 1.0, self.uses_part).all().max(1.0)).min(1.0);
        let wanted = match &mut self.scaling {
            Scaling::Fixed(instances) => *instances,
            Scaling::TargetTracking(tracking) => tracking.minute(Some(metric), ready),
            Scaling::HorizontalPod(scaler, _) => scaler.sync(Some(metric), ready),
        };
        self.become_instances(wanted, now_s, recorder);
    }

    fn become_ready(&mut self, ready: u64, now_s: f64, recorder: &mut Recorder) {
        let until_s = now_s.min(self.horizon_s);
        recorder.instances(self.ready_since_s, until_s, self.ready);
        self.totals.ready_s += (until_s - self.ready_since_s).max(0.0) * self.ready as f64;
        let calls_of_a_machine = ready as f64 * self.fleet.slots / self.paid.count().max(1) as f64;
        let speed = self.credits.as_ref().map_or(1.0, |credits| credits.speed(calls_of_a_machine));
        (self.ready, self.ready_since_s, self.places) = (ready, now_s, self.fleet.places(ready, speed, self.uses_part));
    }

    /// Instances that take calls or will.
    fn asked_for(&self) -> u64 {
        self.ready + self.starting.iter().map(|(_, instances)| instances).sum::<u64>()
    }

    fn become_instances(&mut self, wanted: u64, now_s: f64, recorder: &mut Recorder) {
        let before = self.asked_for();
        self.paid.set(self.hosts.most(self.fleet.hosts.carrying(wanted), now_s), now_s);
        if let Some(credits) = &mut self.credits {
            credits.set(self.paid.count());
        }
        self.totals.peak_instances = self.totals.peak_instances.max(self.paid.count());
        if before < wanted {
            self.starting.push_back((moment_s(now_s + self.fleet.start_s), wanted - before));
        }
        let mut ending = before.saturating_sub(wanted);
        // What has not started yet is given up first.
        while let Some((_, instances)) = self.starting.back_mut().filter(|_| 0 < ending) {
            let given_up = ending.min(*instances);
            *instances -= given_up;
            ending -= given_up;
            if *instances == 0 {
                self.starting.pop_back();
            }
        }
        self.become_ready(self.ready - ending, now_s, recorder);
    }

    fn note_peaks(&mut self, at_s: f64, recorder: &mut Recorder) {
        let busy = self.load.busy();
        self.totals.peak_busy = self.totals.peak_busy.max(busy);
        let stretch = recorder.at(at_s);
        stretch.peak_on_instances = stretch.peak_on_instances.max(busy);
        stretch.peak_waiting = stretch.peak_waiting.max(self.waiting.len() as u64);
    }

    /// Calls that still wait are served after the horizon; instances are paid for up to it.
    fn finish(mut self, horizon_s: f64, recorder: &mut Recorder) -> Totals {
        let horizon_s = if horizon_s.is_finite() { horizon_s } else { self.last_s };
        self.until(horizon_s, recorder);
        self.become_ready(self.ready, horizon_s, recorder);
        self.horizon_s = horizon_s;
        self.totals.instance_s = self.paid.clone().finish(horizon_s);
        (self.totals.surplus_vcpu_s, self.totals.slowed_s) = self.credits.clone().map_or((0.0, 0.0), Balances::finish);
        let (peak_instances, mut end_s) = (self.totals.peak_instances, horizon_s);
        while !self.waiting.is_empty() {
            end_s += 60.0;
            self.until(end_s, recorder);
            // Where no instance is left, nothing happens but that patience ends.
            self.serve_waiting(end_s, recorder);
        }
        self.totals.peak_instances = peak_instances;
        self.totals
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autoscaling::{HorizontalPodPolicy, TargetTrackingPolicy};
    use crate::queueing::{Queue, Traffic};

    fn fleet(slots: f64, scaling: Scaling) -> Fleet {
        Fleet {
            slots,
            scaling,
            start_s: 30.0,
            patience_s: PATIENCE_S,
            hosts: Hosts::NONE,
            credits: None,
            paid_step_s: 1.0,
            paid_least_s: 60.0,
        }
    }

    /// Independent calls at a rate that depends on the time, each as long as a draw from an exponential distribution.
    fn poisson(rate_at: impl Fn(f64) -> f64, mean_s: f64, horizon_s: f64) -> Vec<Call> {
        let (mut random, mut at_s, mut calls) = (Random::from_seed(3), 0.0, Vec::new());
        loop {
            at_s += random.exponential() / rate_at(at_s);
            if horizon_s < at_s {
                return calls;
            }
            calls.push(Call { at_s, duration_s: random.exponential() * mean_s });
        }
    }

    /// The mean wait of each tenth of the time.
    fn mean_waits(recorder: &Recorder) -> Vec<f64> {
        let waited = |parts: &[crate::replay::Stretch]| {
            let calls: u64 = parts.iter().map(|part| part.latencies().count()).sum();
            let took: f64 =
                parts.iter().map(|part| part.latencies().mean().unwrap_or(0.0) * part.latencies().count() as f64).sum();
            (took - parts.iter().map(|part| part.busy_s).sum::<f64>()) / calls as f64
        };
        recorder.stretches().chunks(recorder.stretches().len().div_ceil(10)).map(waited).collect()
    }

    #[test]
    fn who_waits_waits_as_long_as_erlang_says() {
        for (rate_per_s, mean_s, servers) in [(40.0, 0.1, 5), (9.0, 0.1, 1), (100.0, 0.1, 14)] {
            let horizon_s = 400_000.0 / rate_per_s;
            let mut recorder = Recorder::lasting(horizon_s);
            let fleet = Fleet { patience_s: f64::INFINITY, ..fleet(1.0, Scaling::Fixed(servers)) };
            let totals = fleet.replay(poisson(|_| rate_per_s, mean_s, horizon_s), horizon_s, &mut recorder);
            assert_eq!(totals.throttled, 0);
            let exact = Queue::new(Traffic::new(rate_per_s, mean_s).unwrap(), servers).unwrap();
            let waits = mean_waits(&recorder);
            let count = waits.len() as f64;
            let mean = waits.iter().sum::<f64>() / count;
            let error = (waits.iter().map(|wait| (wait - mean).powi(2)).sum::<f64>() / (count - 1.0) / count).sqrt();
            // Student's t of nine degrees of freedom at 99 %.
            assert!((mean - exact.mean_wait_s()).abs() < 3.25 * error, "{mean} ± {error}, {}", exact.mean_wait_s());
            let (p99, expected) = (recorder.latency(0.99).unwrap(), exact.response_quantile_s(0.99).unwrap());
            assert!(p99.low * 0.98 < expected && expected < p99.high * 1.02, "{p99:?} {expected}");
        }
    }

    #[test]
    fn who_waits_longer_than_his_patience_is_lost() {
        let calls = [(0.0, 100.0), (1.0, 1.0), (50.0, 1.0)].map(|(at_s, duration_s)| Call { at_s, duration_s });
        let mut recorder = Recorder::lasting(200.0);
        let totals = fleet(1.0, Scaling::Fixed(1)).replay(calls, 200.0, &mut recorder);
        assert_eq!((totals.throttled, totals.instances.calls, totals.peak_busy), (1, 2, 1));
        assert_eq!(recorder.total().peak_waiting, 2);
        assert!((recorder.total().latencies().quantile(0.5).unwrap() - 51.0).abs() < 1e-9);
        let none = fleet(1.0, Scaling::Fixed(0)).replay(calls, 200.0, &mut Recorder::lasting(200.0));
        assert_eq!((none.throttled, none.instances.calls), (3, 0));
    }

    /// 20 calls in progress, 120 from minute 30 to minute 90: of ten slots at 70 %, 3 instances and 18.
    fn step(scaling: Scaling) -> (Vec<u64>, Totals) {
        let rate_at = |at_s: f64| if (1800.0..5400.0).contains(&at_s) { 240.0 } else { 40.0 };
        let mut recorder = Recorder::lasting(7200.0);
        let totals = fleet(10.0, scaling).replay(poisson(rate_at, 0.5, 7200.0), 7200.0, &mut recorder);
        (recorder.stretches().iter().map(|stretch| stretch.peak_instances).collect(), totals)
    }

    #[test]
    fn every_autoscaler_follows_a_step_in_its_time() {
        let tracking = TargetTracking::new(TargetTrackingPolicy::ecs(0.7, 1, 100), 3).unwrap();
        let pods = HorizontalPodAutoscaler::new(HorizontalPodPolicy::new(0.7, 1, 100), 3).unwrap();
        // The minutes after which it has reacted, has as many as are needed, and has given them up. The use that is tracked is
        // 100 % at most, so target tracking gets no further than by 1 ÷ 0.7 each five minutes.
        for (scaling, reacts, suffices, gives_up) in
            [(Scaling::TargetTracking(tracking), 3..5, 18..19, 15..17), (Scaling::HorizontalPod(pods, 3), 0..2, 1..5, 5..7)]
        {
            let (instances, totals) = step(scaling.clone());
            let after = |minute: usize, reached: &dyn Fn(u64) -> bool| {
                instances[minute..].iter().position(|instances| reached(*instances)).unwrap()
            };
            let seen = [
                after(30, &|instances| 4 < instances),
                after(30, &|instances| 15 <= instances),
                after(90, &|instances| instances <= 6),
            ];
            for (minutes, expected) in seen.iter().zip([reacts, suffices, gives_up]) {
                assert!(expected.contains(minutes), "{scaling:?}: {seen:?}: {instances:?}");
            }
            assert!(instances[50..90].iter().all(|instances| (15..=24).contains(instances)), "{scaling:?}: {instances:?}");
            assert_eq!(totals.arrived, totals.throttled + totals.instances.calls);
        }
    }

    /// 3 × 2.5 = 7.5: seven at full speed, the eighth at half of it, the ninth waits for the first to end.
    #[test]
    fn a_part_of_a_slot_is_a_slow_one() {
        let calls = [0.0; 9].map(|at_s| Call { at_s, duration_s: 1.0 });
        let mut recorder = Recorder::lasting(100.0);
        let totals = fleet(2.5, Scaling::Fixed(3)).replay(calls, 100.0, &mut recorder);
        assert_eq!((totals.peak_busy, recorder.total().peak_waiting), (8, 1));
        assert!((totals.busy_s - 10.0).abs() < 1e-9, "{}", totals.busy_s);
        // Two instances have no part left.
        let two = fleet(2.5, Scaling::Fixed(2)).replay(calls, 100.0, &mut Recorder::lasting(100.0));
        assert_eq!(two.peak_busy, 5);
    }

    /// 90 % of what 2.5 slots carry: without the half slot the line would grow without end.
    #[test]
    fn a_part_of_a_slot_carries_its_part() {
        let mut recorder = Recorder::lasting(20_000.0);
        let fleet = Fleet { patience_s: f64::INFINITY, ..fleet(2.5, Scaling::Fixed(1)) };
        fleet.replay(poisson(|_| 22.5, 0.1, 20_000.0), 20_000.0, &mut recorder);
        assert!(recorder.latency(0.99).unwrap().high < 3.0, "{:?}", recorder.latency(0.99));
    }

    /// Twelve tasks for an hour, seven on a machine, then four: two machines, and one more for the quarter of an hour in which
    /// it might be needed again.
    #[test]
    fn machines_that_are_not_needed_stay_for_a_while() {
        let hosts = Hosts { places: 7, zones: 1, kept_s: 900.0 };
        let pods = HorizontalPodAutoscaler::new(HorizontalPodPolicy::new(0.5, 1, 100), 12).unwrap();
        let mut calls: Vec<Call> = (0..6).map(|_| Call { at_s: 0.0, duration_s: 3600.0 }).collect();
        calls.extend((0..2).map(|_| Call { at_s: 3600.0, duration_s: 3600.0 }));
        let fleet = Fleet { hosts, ..fleet(1.0, Scaling::HorizontalPod(pods, 12)) };
        let totals = fleet.replay(calls, 7200.0, &mut Recorder::lasting(7200.0));
        assert_eq!(totals.peak_instances, 2);
        // Five minutes of the autoscaler and fifteen of the machines.
        assert!((totals.instance_s - (7200.0 + 3600.0 + 1200.0)).abs() < 60.0, "{}", totals.instance_s);
    }

    /// Two vCPUs that earn 0.4, and calls that keep one busy: one a second of 0.8 s is 0.4 vCPU beyond, and of 0.3 s nothing.
    #[test]
    fn burstable_machines_pay_for_what_they_do_not_earn_or_are_slowed_down() {
        let of = |duration_s: f64, surplus_allowed| {
            let credits = Some(Credits { earned_vcpus: 0.4, vcpus_per_call: 1.0, surplus_allowed });
            let calls = (0..7200).map(|second| Call { at_s: f64::from(second), duration_s });
            let fleet = Fleet { credits, ..fleet(2.0, Scaling::Fixed(1)) };
            fleet.replay(calls, 7200.0, &mut Recorder::lasting(7200.0))
        };
        let charged = of(0.8, true);
        assert!((charged.surplus_vcpu_s - 0.4 * 7200.0).abs() < 30.0, "{}", charged.surplus_vcpu_s);
        assert!(charged.slowed_s <= 0.0 && charged.throttled == 0);
        let slowed = of(0.8, false);
        // Half of the calls can be served with what is earned; the others wait, and give up.
        assert!((0.4..0.5).contains(&(slowed.throttled as f64 / 7200.0)), "{}", slowed.throttled);
        assert!(7000.0 < slowed.slowed_s && slowed.surplus_vcpu_s <= 0.0, "{}", slowed.slowed_s);
        let enough = of(0.3, false);
        assert!(enough.slowed_s <= 0.0 && enough.throttled == 0);
    }

    #[test]
    fn nobody_waits_for_a_slot_that_becomes_free_as_he_comes() {
        let calls = (0..1000).map(|tenth| Call { at_s: f64::from(tenth) / 10.0, duration_s: 0.2 });
        let mut recorder = Recorder::lasting(100.0);
        let totals = fleet(1.0, Scaling::Fixed(2)).replay(calls.clone(), 100.0, &mut recorder);
        assert_eq!((totals.peak_busy, recorder.total().peak_waiting), (2, 0));
        let function = Function::plain(crate::queueing::KeepAlive::TEN_MINUTES);
        let base = fleet(1.0, Scaling::Fixed(2));
        assert_eq!(base.replay_with_overflow(&function, calls, 100.0, &mut recorder, 1, &mut |_| 0.0).spilled, 0);
    }

    #[test]
    fn instances_are_seen_where_nothing_arrives() {
        let mut recorder = Recorder::lasting(100.0);
        fleet(1.0, Scaling::Fixed(2)).replay([Call { at_s: 50.0, duration_s: 1.0 }], 100.0, &mut recorder);
        assert_eq!(recorder.stretches().len(), 100);
        assert!(recorder.stretches().iter().all(|stretch| stretch.peak_instances == 2));
    }
}
