//! A service whose platform starts and stops its instances with the requests: Cloud Run, Container Apps.
//!
//! Each instance is followed by itself, since what is billed may be the time in which it has a request. Calls that find no free
//! slot wait in one line for one, or for an instance that is started for them. An autoscaler is told the load of each interval;
//! what it no longer wants is stopped, at once or when it has been idle for a while. The rules of platforms are data here
//! ([`Service`], [`Steering`]); none is named.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};

use super::load::MinuteLoad;
use super::moment::moment_s;
use super::recorder::{Recorder, Served};
use super::totals::{Call, Totals};
use crate::autoscaling::{CloudRun, HttpScaling};

/// Which of the instances with a free slot takes a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routing {
    /// The one with the most calls: the others become idle.
    Fullest,
    /// The one with the fewest.
    Emptiest,
}

/// What says how many instances there should be.
#[derive(Debug, Clone)]
pub enum Steering {
    /// Cloud Run: by the mean of a minute, and at once when more calls are there than instances may take; instances beyond are
    /// stopped when they have been idle for a while.
    CloudRun {
        /// What it wants.
        scaler: CloudRun,
        /// vCPUs that a call keeps busy.
        vcpus_per_call: f64,
        /// Calls that an instance may take at once, though its processors may not keep up with so many.
        concurrency: u64,
        /// Seconds without a call after which an instance is stopped.
        idle_s: f64,
    },
    /// Nothing: there are as many as at the start.
    Constant,
    /// By the requests of an interval; instances beyond are stopped when they have answered their calls.
    Http(HttpScaling),
}

/// A service as it is replayed.
#[derive(Debug, Clone)]
pub struct Service {
    /// Calls that one instance works on at once.
    pub slots: u64,
    /// Who takes a call.
    pub routing: Routing,
    /// How many instances there should be.
    pub steering: Steering,
    /// Instances at the start.
    pub first: u64,
    /// Never fewer than so many …
    pub least: u64,
    /// … and never more.
    pub most: u64,
    /// Seconds from the request for an instance until it takes calls.
    pub start_s: f64,
    /// Seconds after which a waiting call is lost.
    pub patience_s: f64,
    /// The time of an instance with a call, and its life, are billed in whole steps of so many seconds.
    pub step_s: f64,
    /// A life is billed for so many seconds at least.
    pub least_s: f64,
}

impl Service {
    /// Replays calls in the order of their arrival; a horizon without end is that of the last call.
    ///
    /// ```
    /// # use millicent::autoscaling::{CloudRun, CloudRunPolicy};
    /// # use millicent::replay::{Call, Recorder, Routing, Service, Steering};
    /// let scaler = CloudRun::new(CloudRunPolicy::new(1.0, 2))?;
    /// let service = Service {
    ///     slots: 2, routing: Routing::Fullest, first: 0, least: 0, most: 100, start_s: 3.0, patience_s: 60.0, step_s: 0.1, least_s: 60.0,
    ///     steering: Steering::CloudRun { scaler, vcpus_per_call: 0.1, concurrency: 2, idle_s: 900.0 },
    /// };
    /// // Two calls at once share the instance that is started for them, which then waits for 15 minutes.
    /// let calls = [0.0; 2].map(|at_s| Call { at_s, duration_s: 1.0 });
    /// let totals = service.replay(calls, 3600.0, &mut Recorder::new());
    /// assert_eq!((totals.starts, totals.instances.started), (1, 2));
    /// assert!((totals.active_s - 1.0).abs() < 1e-9 && (totals.instance_s - 904.0).abs() <= 60.0);
    /// # Ok::<(), millicent::autoscaling::AutoscalingError>(())
    /// ```
    pub fn replay(&self, calls: impl IntoIterator<Item = Call>, horizon_s: f64, recorder: &mut Recorder) -> Totals {
        let mut replay = ServiceReplay::new(self);
        for call in calls.into_iter().map(Call::at_a_moment) {
            replay.until(call.at_s, recorder);
            replay.totals.arrived += 1;
            replay.arrived += 1;
            if !replay.take(call, call.at_s, recorder) {
                replay.waiting.push_back(call);
                replay.hurry(call.at_s);
            }
            replay.note_peaks(call.at_s, recorder);
        }
        replay.finish(horizon_s, recorder)
    }

    /// How many instances so many calls a second of that mean length want.
    #[must_use]
    pub fn fitting(&self, calls_per_s: f64, mean_s: f64) -> u64 {
        let busy = calls_per_s * mean_s;
        let wanted = match &self.steering {
            Steering::CloudRun { scaler, vcpus_per_call, .. } => scaler.instances(busy * vcpus_per_call, busy),
            Steering::Http(scaling) => scaling.fitting(calls_per_s),
            Steering::Constant => self.first,
        };
        wanted.clamp(self.least, self.most)
    }

    fn interval_s(&self) -> f64 {
        match &self.steering {
            Steering::CloudRun { .. } => 60.0,
            Steering::Http(scaling) => scaling.interval_s(),
            Steering::Constant => f64::INFINITY,
        }
    }

    /// Time in whole steps; a nanosecond more is the error of a double.
    fn billed_s(&self, lasted_s: f64) -> f64 {
        ((lasted_s - 1e-9) / self.step_s).ceil().max(0.0) * self.step_s
    }
}

/// An instance that takes calls.
#[derive(Debug, Clone, Copy)]
struct Instance {
    asked_s: f64,
    ready_s: f64,
    busy: u64,
    /// Since when it has calls, or has none.
    since_s: f64,
}

/// The state of a service between two calls.
#[derive(Debug)]
struct ServiceReplay<'s> {
    service: &'s Service,
    steering: Steering,
    /// By the order of their start.
    instances: BTreeMap<u64, Instance>,
    /// Those with a free slot: their calls, and the oldest of equals last.
    free: BTreeSet<(u64, Reverse<u64>)>,
    next: u64,
    /// Instances that were asked for: when, and from when on they take calls.
    starting: VecDeque<(f64, f64)>,
    /// The bits of the times at which calls end, and on which instance.
    in_progress: BinaryHeap<Reverse<(u64, u64)>>,
    waiting: VecDeque<Call>,
    load: MinuteLoad,
    /// Calls that arrived in this interval.
    arrived: u64,
    /// Instances with a call.
    active: u64,
    /// Up to when idle time is counted.
    counted_s: f64,
    noted_s: f64,
    last_s: f64,
    horizon_s: f64,
    totals: Totals,
}

impl<'s> ServiceReplay<'s> {
    fn new(service: &'s Service) -> Self {
        let mut replay = Self {
            service,
            steering: service.steering.clone(),
            instances: BTreeMap::new(),
            free: BTreeSet::new(),
            next: 0,
            starting: VecDeque::new(),
            in_progress: BinaryHeap::new(),
            waiting: VecDeque::new(),
            load: MinuteLoad::every(service.interval_s()),
            arrived: 0,
            active: 0,
            counted_s: 0.0,
            noted_s: 0.0,
            last_s: 0.0,
            horizon_s: f64::INFINITY,
            totals: Totals { peak_instances: service.first, ..Totals::default() },
        };
        (0..service.first).for_each(|_| replay.add(0.0, 0.0));
        replay
    }

    fn add(&mut self, asked_s: f64, ready_s: f64) {
        self.instances.insert(self.next, Instance { asked_s, ready_s, busy: 0, since_s: ready_s });
        self.free.insert((0, Reverse(self.next)));
        self.next += 1;
    }

    /// Instances that take calls or will.
    fn asked_for(&self) -> u64 {
        (self.instances.len() + self.starting.len()) as u64
    }

    /// Counts idle time, before the number of instances or of active ones changes.
    fn count(&mut self, now_s: f64) {
        let lasted_s = now_s.min(self.horizon_s) - self.counted_s;
        if lasted_s <= 0.0 {
            return;
        }
        let ready = self.instances.len() as u64;
        let kept = self.service.least.min(ready).saturating_sub(self.active);
        self.totals.kept_idle_s += lasted_s * kept as f64;
        self.totals.ready_s += lasted_s * ready as f64;
        if ready <= self.service.least {
            self.totals.least_idle_s += lasted_s * (ready - self.active) as f64;
        }
        self.counted_s = now_s;
    }

    fn take(&mut self, call: Call, now_s: f64, recorder: &mut Recorder) -> bool {
        let found = match self.service.routing {
            Routing::Fullest => self.free.last(),
            Routing::Emptiest => self.free.first(),
        };
        let Some(found @ (busy, Reverse(id))) = found.copied() else { return false };
        self.free.remove(&found);
        if busy == 0 {
            self.count(now_s);
            self.active += 1;
        }
        let Some(instance) = self.instances.get_mut(&id) else { return false };
        instance.busy += 1;
        if busy == 0 {
            instance.since_s = now_s;
        }
        let cold = call.at_s < instance.ready_s;
        if instance.busy < self.service.slots {
            self.free.insert((instance.busy, Reverse(id)));
        }
        self.load.begin(now_s);
        self.in_progress.push(Reverse((moment_s(now_s + call.duration_s).to_bits(), id)));
        self.totals.instances.add(call.duration_s, cold.then_some(0.0));
        self.totals.busy_s += call.duration_s;
        let served = if cold { Served::Cold } else { Served::Warm };
        recorder.answered(call.at_s, call.duration_s, now_s - call.at_s + call.duration_s, served);
        true
    }

    fn end(&mut self, id: u64, now_s: f64) {
        self.load.end(now_s);
        let Some(busy) = self.instances.get(&id).map(|instance| instance.busy) else { return };
        self.free.remove(&(busy, Reverse(id)));
        if busy == 1 {
            self.count(now_s);
            self.active -= 1;
        }
        if let Some(instance) = self.instances.get_mut(&id) {
            instance.busy -= 1;
            if instance.busy == 0 {
                self.totals.active_s += self.service.billed_s(now_s - instance.since_s);
                instance.since_s = now_s;
            }
            self.free.insert((instance.busy, Reverse(id)));
        }
    }

    /// Lets everything happen that happens before `now_s`.
    fn until(&mut self, now_s: f64, recorder: &mut Recorder) {
        self.last_s = now_s;
        loop {
            let end = self.in_progress.peek().map(|Reverse((bits, id))| (f64::from_bits(*bits), *id));
            let end_s = end.map_or(f64::INFINITY, |(end_s, _)| end_s);
            let started_s = self.starting.front().map_or(f64::INFINITY, |(_, ready_s)| *ready_s);
            let next_s = end_s.min(started_s).min(self.load.minute_end_s());
            if now_s < next_s || next_s == f64::INFINITY {
                return;
            }
            if let Some((_, id)) = end.filter(|_| end_s <= next_s) {
                self.in_progress.pop();
                self.end(id, next_s);
            } else if started_s <= next_s {
                self.note_instances(next_s, recorder);
                if let Some((asked_s, ready_s)) = self.starting.pop_front() {
                    self.count(next_s);
                    self.add(asked_s, ready_s);
                }
            } else {
                self.scale(next_s, recorder);
            }
            self.serve_waiting(next_s, recorder);
        }
    }

    fn serve_waiting(&mut self, now_s: f64, recorder: &mut Recorder) {
        while let Some(first) = self.waiting.front().copied() {
            if moment_s(first.at_s + self.service.patience_s) < now_s {
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
        let arrived = std::mem::take(&mut self.arrived);
        let asked_for = self.asked_for();
        let (wanted, idle_s) = match &mut self.steering {
            Steering::CloudRun { scaler, vcpus_per_call, idle_s, .. } => {
                (scaler.instances(busy * *vcpus_per_call, busy), Some(*idle_s))
            }
            Steering::Http(scaling) => (scaling.interval(arrived, self.load.busy(), asked_for), None),
            Steering::Constant => (asked_for, None),
        };
        let wanted = wanted.clamp(self.service.least, self.service.most);
        self.start(wanted.saturating_sub(asked_for), now_s);
        self.note_instances(now_s, recorder);
        for _ in wanted..asked_for {
            let stopped = match idle_s {
                Some(idle_s) => self.longest_idle().filter(|(since_s, _)| moment_s(since_s + idle_s) <= now_s).map(|(_, id)| id),
                None => self.instances.last_key_value().map(|(id, _)| *id),
            };
            let Some(id) = stopped else { break };
            self.stop(id, now_s);
        }
        // Where no instance is left, a call that waits has one started.
        self.hurry(now_s);
    }

    fn longest_idle(&self) -> Option<(f64, u64)> {
        let idle = self.free.iter().take_while(|(busy, _)| *busy == 0);
        let since = idle.filter_map(|(_, Reverse(id))| Some((self.instances.get(id)?.since_s, *id)));
        since.min_by(|one, other| one.0.total_cmp(&other.0))
    }

    fn start(&mut self, count: u64, now_s: f64) {
        self.totals.starts += count;
        (0..count).for_each(|_| self.starting.push_back((now_s, moment_s(now_s + self.service.start_s))));
        self.totals.peak_instances = self.totals.peak_instances.max(self.asked_for());
    }

    fn stop(&mut self, id: u64, now_s: f64) {
        self.count(now_s);
        let Some(instance) = self.instances.remove(&id) else { return };
        self.free.remove(&(instance.busy, Reverse(id)));
        if 0 < instance.busy {
            self.active -= 1;
            self.totals.active_s += self.service.billed_s(now_s - instance.since_s);
        }
        self.totals.instance_s += self.service.billed_s(now_s - instance.asked_s).max(self.service.least_s);
    }

    /// Starts instances at once for calls that wait: as many as may not take them, or one where there is none.
    fn hurry(&mut self, now_s: f64) {
        let asked_for = self.asked_for();
        let wanted = match &self.steering {
            Steering::CloudRun { concurrency, .. } if !self.waiting.is_empty() => {
                (self.load.busy() + self.waiting.len() as u64).div_ceil(*concurrency)
            }
            Steering::CloudRun { .. } => 0,
            Steering::Http(_) | Steering::Constant => u64::from(!self.waiting.is_empty()),
        };
        self.start(wanted.min(self.service.most).saturating_sub(asked_for), now_s);
    }

    fn note_peaks(&mut self, at_s: f64, recorder: &mut Recorder) {
        let busy = self.load.busy();
        self.totals.peak_busy = self.totals.peak_busy.max(busy);
        let stretch = recorder.at(at_s);
        stretch.peak_on_instances = stretch.peak_on_instances.max(busy);
        stretch.peak_waiting = stretch.peak_waiting.max(self.waiting.len() as u64);
    }

    /// Notes the instances that took calls since the last time, before their number changes.
    fn note_instances(&mut self, now_s: f64, recorder: &mut Recorder) {
        recorder.instances(self.noted_s, now_s.min(self.horizon_s), self.instances.len() as u64);
        self.noted_s = now_s;
    }

    /// Calls that still wait are served after the horizon; what is billed is billed up to it. What goes on after it is not
    /// rounded up.
    fn finish(mut self, horizon_s: f64, recorder: &mut Recorder) -> Totals {
        let horizon_s = if horizon_s.is_finite() { horizon_s } else { self.last_s };
        self.until(horizon_s, recorder);
        self.count(horizon_s);
        self.note_instances(horizon_s, recorder);
        self.horizon_s = horizon_s;
        let lives =
            self.instances.values().map(|instance| instance.asked_s).chain(self.starting.iter().map(|(asked_s, _)| *asked_s));
        let instance_s = self.totals.instance_s + lives.map(|asked_s| horizon_s - asked_s).sum::<f64>();
        let with_calls = self.instances.values().filter(|instance| 0 < instance.busy);
        let active_s = self.totals.active_s + with_calls.map(|instance| horizon_s - instance.since_s).sum::<f64>();
        let (starts, peak_instances, mut end_s) = (self.totals.starts, self.totals.peak_instances, horizon_s);
        while !self.waiting.is_empty() {
            end_s += 60.0;
            self.until(end_s, recorder);
            self.serve_waiting(end_s, recorder);
        }
        Totals { instance_s, active_s, starts, peak_instances, ..self.totals }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autoscaling::{CloudRunPolicy, HttpScalingPolicy};
    use crate::queueing::mean_packed_servers;
    use crate::stats::Random;

    const HORIZON_S: f64 = 200_000.0;

    fn cloud_run(slots: u32, vcpus_per_call: f64, least: u64) -> Service {
        let policy = CloudRunPolicy { min_instances: least, ..CloudRunPolicy::new(1.0, slots) };
        Service {
            slots: slots.into(),
            routing: Routing::Fullest,
            steering: Steering::CloudRun {
                scaler: CloudRun::new(policy).unwrap(),
                vcpus_per_call,
                concurrency: slots.into(),
                idle_s: 900.0,
            },
            first: least,
            least,
            most: 100,
            start_s: 2.0,
            patience_s: 60.0,
            step_s: 0.001,
            least_s: 0.0,
        }
    }

    fn app(least: u64) -> Service {
        let scaling = HttpScaling::new(HttpScalingPolicy::new(10.0, least, 100), least).unwrap();
        Service { steering: Steering::Http(scaling), routing: Routing::Emptiest, ..cloud_run(50, 0.0, least) }
    }

    /// Independent calls, each as long as a draw from an exponential distribution.
    fn poisson(rate_per_s: f64, mean_s: f64, horizon_s: f64) -> impl Iterator<Item = Call> {
        let (mut random, mut at_s) = (Random::from_seed(7), 0.0);
        std::iter::from_fn(move || {
            at_s += random.exponential() / rate_per_s;
            (at_s < horizon_s).then(|| Call { at_s, duration_s: random.exponential() * mean_s })
        })
    }

    fn replayed(service: &Service, rate_per_s: f64, mean_s: f64) -> Totals {
        service.replay(poisson(rate_per_s, mean_s, HORIZON_S), HORIZON_S, &mut Recorder::lasting(HORIZON_S))
    }

    fn near(got: f64, expected: f64, share: f64) {
        assert!((got / expected - 1.0).abs() < share, "{got} {expected}");
    }

    #[test]
    fn nobody_waits_for_a_slot_that_becomes_free_as_he_comes() {
        let two = Service { slots: 1, steering: Steering::Constant, first: 2, least: 2, most: 2, ..cloud_run(1, 0.0, 2) };
        let calls = (0..1000).map(|tenth| Call { at_s: f64::from(tenth) / 10.0, duration_s: 0.2 });
        let mut recorder = Recorder::lasting(100.0);
        two.replay(calls, 100.0, &mut recorder);
        assert_eq!((recorder.total().peak_on_instances, recorder.total().peak_waiting), (2, 0));
    }

    #[test]
    fn calls_in_progress_are_as_many_as_little_says() {
        for (service, rate_per_s, mean_s) in [(cloud_run(10, 0.0, 0), 3.0, 0.8), (app(1), 3.0, 0.8)] {
            let totals = replayed(&service, rate_per_s, mean_s);
            near(totals.busy_s / HORIZON_S, rate_per_s * mean_s, 0.01);
            assert_eq!(totals.arrived, totals.instances.calls + totals.throttled);
        }
    }

    /// One at a time the time with a call is the sum of all calls. Several at once, calls that stay where they are take up to a
    /// fifth more than if they moved together whenever one ends, which is what an estimate takes as the least.
    #[test]
    fn instances_with_a_call_are_as_many_as_an_estimate_says() {
        for (slots, rate_per_s, most) in [(1, 2.0, 1.01), (4, 3.0, 1.2), (16, 3.0, 1.01), (8, 20.0, 1.2)] {
            let totals = replayed(&cloud_run(slots, 0.0, 0), rate_per_s, 1.0);
            let least = mean_packed_servers(rate_per_s, slots.into()).unwrap();
            let seen = totals.active_s / HORIZON_S;
            assert!((0.99 * least..most * least).contains(&seen), "{slots}: {seen} {least}");
        }
    }

    /// The share of the time in which the last call is not longer ago than 15 minutes: 1 − e^(−rate × 901 s), and the start.
    #[test]
    fn a_service_that_is_rarely_asked_lives_for_a_quarter_of_an_hour() {
        for per_hour in [1.0, 4.0] {
            // Ten thousand calls.
            let (rate_per_s, horizon_s) = (per_hour / 3600.0, 3.6e7 / per_hour);
            let calls = poisson(rate_per_s, 1.0, horizon_s);
            let totals = cloud_run(10, 0.0, 0).replay(calls, horizon_s, &mut Recorder::lasting(horizon_s));
            // It is stopped at the end of a minute.
            let alive = -(-rate_per_s * (900.0 + 1.0 + 30.0)).exp_m1();
            near(totals.instance_s / horizon_s, alive, 0.03);
            // Whoever comes while one starts waits for it too.
            assert!((totals.starts..totals.starts + 20).contains(&totals.instances.started), "{totals:?}");
        }
    }

    /// 30 calls a second that keep 0.2 vCPU busy for a second: 6 vCPUs at 60 % are ten instances, one more in a busy minute.
    #[test]
    fn the_busier_of_processors_and_slots_says_how_many_there_are() {
        let totals = replayed(&cloud_run(80, 0.2, 0), 30.0, 1.0);
        assert!((10.0..12.5).contains(&(totals.instance_s / HORIZON_S)), "{}", totals.instance_s / HORIZON_S);
    }

    /// Two are kept; a load of one keeps 1 − e⁻¹ of one busy, as calls go to the fullest.
    #[test]
    fn kept_instances_are_idle_while_they_have_no_call() {
        let totals = replayed(&cloud_run(80, 0.0, 2), 1.0, 1.0);
        near(totals.kept_idle_s / HORIZON_S, 2.0 - (1.0 - (-1.0_f64).exp()), 0.01);
        assert_eq!(totals.instances.started, 0);
    }

    /// Four replicas share 0.4 calls in progress evenly: each has none for at least e^(−0.1) of the time; while only four are
    /// there all of that is idle.
    #[test]
    fn replicas_that_share_the_calls_are_idle_for_the_rest() {
        let totals = replayed(&app(4), 0.4, 1.0);
        near(totals.instance_s / HORIZON_S, 4.0, 1e-6);
        near(totals.least_idle_s / HORIZON_S, 4.0 * (-0.1_f64).exp(), 0.01);
    }

    /// An app that goes to zero: the 300 s after a call count, and the interval in which it was noticed.
    #[test]
    fn an_app_goes_to_zero_and_comes_back() {
        let rate_per_s = 1.0 / 900.0;
        let totals = replayed(&app(0), rate_per_s, 2.0);
        near(totals.instance_s / HORIZON_S, -(-rate_per_s * (302.0 + 7.5)).exp_m1(), 0.1);
        assert!(0 < totals.starts && totals.throttled == 0);
    }

    #[test]
    fn who_finds_no_instance_and_none_may_start_is_lost() {
        let service = Service { most: 1, ..cloud_run(1, 0.0, 0) };
        let calls = [(0.0, 100.0), (1.0, 1.0)].map(|(at_s, duration_s)| Call { at_s, duration_s });
        let totals = service.replay(calls, 200.0, &mut Recorder::lasting(200.0));
        assert_eq!((totals.throttled, totals.instances.calls, totals.starts), (1, 1, 1));
    }
}
