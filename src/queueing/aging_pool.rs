//! Servers that grow too old, and pings that keep servers alive: what both do to the pool that requests keep alive.
//!
//! Who needs a server takes the one used last, so a server that goes is missing at the far end of the idle ones: it is missed
//! when more are busy than are alive, and not before. Hence
//! - of the servers alive, W, only the number matters, and each that reaches the end of its life takes one away;
//! - W is above k if and only if, some u ≤ T ago, more were busy than k and the ends within that u. Followed back in time, the
//!   level that must have been reached rises by one at each end;
//! - N pings at once are a moment at which N more are busy, and as long as they hold their servers a request that makes more
//!   busy than at the pings before starts another one. So pings cause cold starts of requests as well.

use super::concurrency::Busy;
use super::keep_alive::KeepAlive;
use super::laplace::{Complex, Inversion, NODES};
use super::warm_pool::{NO_TIME, WarmPool};
use super::{QueueingError, Traffic, checked};

/// Calls that do nothing, all at once and overlapping, so that so many servers are used now and then.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pings {
    /// How many at once.
    pub servers: u64,
    /// The time between two rounds.
    pub interval_s: f64,
    /// How long each holds its server, beside a start.
    pub hold_s: f64,
}

/// What happens to servers beside requests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Upkeep {
    /// Servers that are always there, used first and replaced by themselves.
    pub kept: u64,
    /// How long a server lives at most, busy or not.
    pub lifetime_s: f64,
    /// The share of the servers at the end of their life that is replaced before a request needs them.
    pub proactive_share: f64,
    /// Calls that keep servers alive.
    pub pings: Option<Pings>,
}

/// The servers alive under an upkeep, and the requests that start one. Poisson arrivals, exponential service times; a start
/// takes no longer than the service.
///
/// A request that finds k busy rises above k; counting as one the rises that follow each other within a service time, this
/// happens at the rate θ(k), the inverse of the mean time from the mean load a to k + 1:
///
/// 1/θ(k) = Σ P(N ≤ j)/(λ·p(j)) over j from ⌊a⌋ to k, p the Poisson probabilities of the number busy, N.
///
/// Let G(k, u) be the probability that the last u left no more than k alive, with servers reaching the end of their life at the
/// rate ρ. Back in time, G(k, 0) = 1 and
///
/// dG(k)/du = −(θ(k) + ρ)·G(k) + ρ·G(k + 1), and at each round of pings G(k) ← G(k)·(1 − P(N + n > k)),
///
/// n the pings and N the most busy while they hold. Then
/// - requests start cold at the rate Σ θ(k)·G(k, T) between pings, and in a round Σ P(N + n rises above k)·G(k, T) do;
/// - pings start cold in a round: Σ P(N + n > k at its start)·G(k, T); the mean alive is Σ (1 − G(k, T)).
///
/// Servers are well mixed, since any of the busy ones is the next that is idle: one in W is dropped at the rate x/W, x the drops
/// of idle ones, and of those that are started e^(−xL/W) reach the age L. With as many starts as ends ρ = x/(e^(xL/W) − 1). Of
/// those that idle out none is ever recycled, so this is less than the W/L of servers that all live that long.
///
/// How good it is: without pings and recycling Σ θ·e^(−θT) is within 0.7 % of [`WarmPool`], whose number is taken. With a
/// lifetime of two hours simulations from 0.003 to 1000 requests a second are met within 3 %, with pings within 4 %, and 6 %
/// with both; 10 % where the lifetime is a whole number of intervals, so that servers always end at pings. A start that takes
/// five times the service, and so holds its server longer, makes 4 % more cold starts than this, and 14 % more with pings.
///
/// ```
/// # use millicent::queueing::{AgingPool, KeepAlive, Pings, Traffic, Upkeep};
/// let traffic = Traffic::new(100.0, 0.1)?;
/// let upkeep = Upkeep { kept: 0, lifetime_s: 7200.0, proactive_share: 0.0, pings: None };
/// let pool = AgingPool::new(traffic, &KeepAlive::constant(420.0)?, &upkeep)?;
/// // A day: 226 after a pause and 154 by recycling; three simulations of 23 to 34 days found 379, 380 and 381 together.
/// assert_eq!([pool.expired_per_s, pool.recycled_per_s].map(|per_s| (per_s * 86_400.0).round()), [226.0, 154.0]);
///
/// // 34 pings every 4 minutes leave none after a pause, and about 381 that meet them: simulated 382.
/// let pings = Some(Pings { servers: 34, interval_s: 240.0, hold_s: 0.1 });
/// let pinged = AgingPool::new(traffic, &KeepAlive::constant(420.0)?, &Upkeep { lifetime_s: 1e9, pings, ..upkeep })?;
/// assert_eq!([pinged.expired_per_s, pinged.pinged_per_s].map(|per_s| (per_s * 86_400.0).round()), [0.0, 381.0]);
/// # Ok::<(), millicent::queueing::QueueingError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct AgingPool {
    /// What requests alone keep alive.
    pub warm: WarmPool,
    /// Requests a second that start a server since it was idle for too long.
    pub expired_per_s: f64,
    /// Requests a second that start a server since one had lived for too long.
    pub recycled_per_s: f64,
    /// Requests a second that start a server since pings held those that were there.
    pub pinged_per_s: f64,
    /// Pings a second that start a server.
    pub cold_pings_per_s: f64,
    /// How many are alive on average, beside those always kept.
    pub mean_alive: f64,
}

/// A keep-alive time that is random is taken as so many equally likely ones.
const KEEP_ALIVE_TIMES: u32 = 5;
/// A request comes so many equally likely parts of the interval after the last pings.
const PHASES: u32 = 8;
/// A level that is reached so much more often than once in the keep-alive time, and than a server reaches the end of its life, is
/// always alive, but for the moment after such an end: so one below it is missed in one of a thousand ends at most.
const ALWAYS_REACHED: f64 = 50.0;
const ALWAYS_REACHED_PER_END: f64 = 1000.0;
/// A level that is reached less often than this within the keep-alive time never is.
const NEVER_REACHED: f64 = 1e-12;
/// Into so many steps the keep-alive time is cut at least, and at most so many ends come in one, or this part of the root of the
/// load, over which levels differ little.
const LEAST_STEPS: f64 = 32.0;
const ENDS_IN_A_STEP: f64 = 0.5;
const ENDS_PER_ROOT: f64 = 1.0 / 30.0;
/// The rate of ends is found to this part of itself.
const TOLERANCE: f64 = 1e-5;
/// Each round halves the error at least, see [`Rates::aged`].
const MOST_ROUNDS: u32 = 40;

impl AgingPool {
    /// The servers of this traffic.
    ///
    /// # Errors
    /// When a number means nothing.
    pub fn new(traffic: Traffic, keep_alive: &KeepAlive, upkeep: &Upkeep) -> Result<Self, QueueingError> {
        let positive = |value: f64| 0.0 < value && value.is_finite();
        checked("lifetime in seconds", upkeep.lifetime_s, positive(upkeep.lifetime_s), "above 0")?;
        let share = upkeep.proactive_share;
        checked("share of servers replaced in time", share, (0.0..=1.0).contains(&share), "from 0 to 1")?;
        if let Some(Pings { interval_s, hold_s, .. }) = upkeep.pings {
            checked("time between pings in seconds", interval_s, positive(interval_s), "above 0")?;
            checked("time that a ping holds its server in seconds", hold_s, positive(hold_s), "above 0")?;
        }
        let warm = WarmPool::new(traffic, keep_alive);
        let expired_per_s = traffic.arrivals_per_s() * warm.cold_probability_above(upkeep.kept).min(1.0);
        let mean_alive = warm.mean_alive_above(upkeep.kept);
        let most_ends_per_s = (mean_alive + upkeep.pings.map_or(0.0, |pings| pings.servers as f64)) / upkeep.lifetime_s;
        let rates = Rates::new(traffic, keep_alive, upkeep, most_ends_per_s)?;
        let alone = Rates { pings: None, ..rates.clone() }.flows(0.0);
        let young = rates.flows(0.0);
        // The exact number of the pool without any upkeep, where there is hardly a difference.
        let exact = if alone.between_per_s <= 0.0 { 1.0 } else { expired_per_s / alone.between_per_s };
        let alive = |flows: &Flows| mean_alive + alone.missing - flows.missing;
        let aged = rates.aged(&young, upkeep, &alive);
        let more_per_s = aged.between_per_s - young.between_per_s + aged.during_per_s - young.during_per_s;
        Ok(Self {
            warm,
            expired_per_s: exact * young.between_per_s,
            recycled_per_s: more_per_s.max(0.0),
            pinged_per_s: young.during_per_s,
            cold_pings_per_s: aged.cold_pings_per_s,
            mean_alive: alive(&aged),
        })
    }

    /// All requests a second that start a server.
    #[must_use]
    pub fn cold_per_s(&self) -> f64 {
        self.expired_per_s + self.recycled_per_s + self.pinged_per_s
    }
}

/// What makes one more than a number of servers busy.
#[derive(Debug, Clone, Copy)]
struct Level {
    /// How often requests do between pings.
    reached_per_s: f64,
    /// The probability that a round of pings does.
    by_pings: f64,
    /// The probability that a request does while the pings hold.
    during_pings: f64,
}

/// The levels that are not always alive, from the lowest, and when they are reached.
#[derive(Debug, Clone)]
struct Rates {
    levels: Vec<Level>,
    /// Equally likely times, the shortest first.
    keep_alive_s: Vec<f64>,
    pings: Option<Pings>,
    ends_in_a_step: f64,
}

/// What follows from a rate of ends.
struct Flows {
    /// Cold requests between pings.
    between_per_s: f64,
    /// Cold requests while pings hold.
    during_per_s: f64,
    cold_pings_per_s: f64,
    /// Of the levels, so many are not alive on average.
    missing: f64,
}

impl Rates {
    fn new(traffic: Traffic, keep_alive: &KeepAlive, upkeep: &Upkeep, most_ends_per_s: f64) -> Result<Self, QueueingError> {
        let keep_alive_s: Vec<f64> = match keep_alive.constant_s() {
            Some(seconds) => vec![seconds],
            None => (0..KEEP_ALIVE_TIMES)
                .map(|place| keep_alive.quantile_s((f64::from(place) + 0.5) / f64::from(KEEP_ALIVE_TIMES)))
                .collect(),
        };
        let busy = Busy::new(traffic.offered_load(), 1.0);
        let reached_per_s = reached_per_s(&busy, traffic);
        let (shortest_s, longest_s) = (keep_alive.shortest_s(), keep_alive.longest_s());
        let always = ALWAYS_REACHED / shortest_s + ALWAYS_REACHED_PER_END * most_ends_per_s;
        let first = busy.first + reached_per_s.partition_point(|per_s| always < *per_s).saturating_sub(1) as u64;
        let end = busy.first + reached_per_s.partition_point(|per_s| NEVER_REACHED < per_s * longest_s) as u64;
        let (first, pinged) = (first.max(upkeep.kept), upkeep.pings.map_or(0, |pings| pings.servers));
        let rounds = upkeep.pings.map(|pings| Round::new(&busy, traffic, pings.hold_s)).transpose()?;
        let level = |level: u64| {
            let place = usize::try_from(level.saturating_sub(busy.first)).unwrap_or(usize::MAX);
            // Pings find busy what requests hold; beside servers always kept, only what these do not hold.
            let beside = level.checked_sub(pinged).filter(|beside| upkeep.kept <= *beside);
            let (by_pings, during_pings) = rounds.as_ref().map_or((0.0, 0.0), |round| match beside {
                None => (1.0, 0.0),
                Some(beside) => round.rises_above(beside),
            });
            Level { reached_per_s: reached_per_s.get(place).copied().unwrap_or(0.0), by_pings, during_pings }
        };
        let levels = (first..end.max(first) + pinged).map(level).collect();
        let ends_in_a_step = ENDS_IN_A_STEP.max(ENDS_PER_ROOT * traffic.offered_load().sqrt());
        Ok(Self { levels, keep_alive_s, pings: upkeep.pings, ends_in_a_step })
    }

    /// G of each level, when the last pings came so long ago.
    fn not_alive(&self, ends_per_s: f64, last_pings_s: f64) -> Vec<f64> {
        let mut not_alive = vec![1.0; self.levels.len()];
        let mut means = vec![0.0; self.levels.len()];
        let interval_s = self.pings.map_or(f64::INFINITY, |pings| pings.interval_s);
        let (mut before_s, mut pings_s) = (0.0, last_pings_s);
        for keep_alive_s in &self.keep_alive_s {
            while pings_s <= *keep_alive_s {
                self.go_back(&mut not_alive, pings_s - before_s, ends_per_s);
                for (not_alive, level) in not_alive.iter_mut().zip(&self.levels) {
                    *not_alive *= (1.0 - level.by_pings - level.during_pings).max(0.0);
                }
                (before_s, pings_s) = (pings_s, pings_s + interval_s);
            }
            self.go_back(&mut not_alive, keep_alive_s - before_s, ends_per_s);
            before_s = *keep_alive_s;
            means.iter_mut().zip(&not_alive).for_each(|(mean, not_alive)| *mean += not_alive / self.keep_alive_s.len() as f64);
        }
        means
    }

    /// The differential equation over so much time: exactly, if the next level's G were a straight line within a step.
    fn go_back(&self, not_alive: &mut [f64], time_s: f64, ends_per_s: f64) {
        if time_s <= 0.0 {
            return;
        }
        let longest_s = self.keep_alive_s.last().copied().unwrap_or(time_s);
        let steps_per_s = if ends_per_s <= 0.0 { 0.0 } else { (LEAST_STEPS / longest_s).max(ends_per_s / self.ends_in_a_step) };
        let steps = (time_s * steps_per_s).ceil().max(1.0);
        let step_s = time_s / steps;
        let parts: Vec<Step> = self.levels.iter().map(|level| Step::new(level.reached_per_s, ends_per_s, step_s)).collect();
        for _ in 0..steps as u64 {
            let (mut above_before, mut above_after) = (1.0, 1.0);
            for (not_alive, step) in not_alive.iter_mut().zip(&parts).rev() {
                let before = *not_alive;
                *not_alive = step.stays * before + step.from_before * above_before + step.from_after * above_after;
                (above_before, above_after) = (before, *not_alive);
            }
        }
    }

    fn flows(&self, ends_per_s: f64) -> Flows {
        let sum = |not_alive: &[f64], of: fn(&Level) -> f64| -> f64 {
            not_alive.iter().zip(&self.levels).map(|(not_alive, level)| not_alive * of(level)).sum()
        };
        let Some(pings) = self.pings else {
            let not_alive = self.not_alive(ends_per_s, f64::INFINITY);
            let between_per_s = sum(&not_alive, |level| level.reached_per_s);
            return Flows { between_per_s, during_per_s: 0.0, cold_pings_per_s: 0.0, missing: not_alive.iter().sum() };
        };
        // Servers are idle from the end of the pings on.
        let at_pings = self.not_alive(ends_per_s, (pings.interval_s - pings.hold_s).max(0.0));
        let (mut between_per_s, mut missing) = (0.0, 0.0);
        for phase in 0..PHASES {
            let last_pings_s = pings.interval_s * (f64::from(phase) + 0.5) / f64::from(PHASES);
            let not_alive = self.not_alive(ends_per_s, last_pings_s);
            between_per_s += sum(&not_alive, |level| level.reached_per_s) / f64::from(PHASES);
            missing += not_alive.iter().sum::<f64>() / f64::from(PHASES);
        }
        let during_per_s = sum(&at_pings, |level| level.during_pings) / pings.interval_s;
        let cold_pings_per_s = sum(&at_pings, |level| level.by_pings) / pings.interval_s;
        Flows { between_per_s, during_per_s, cold_pings_per_s, missing }
    }

    /// What follows from ρ of those that are not replaced in time, ρ = x/(e^(xL/W) − 1), where x itself falls by less than ρ
    /// rises. The derivative of the right side by x is between −1/2 and 0, so each round halves the error at least.
    fn aged(&self, young: &Flows, upkeep: &Upkeep, alive: &dyn Fn(&Flows) -> f64) -> Flows {
        let missed = 1.0 - upkeep.proactive_share;
        let next_per_s = |flows: &Flows, ends_per_s: f64| {
            let started_per_s = flows.between_per_s + flows.during_per_s + flows.cold_pings_per_s;
            missed * lives_ended_per_s(started_per_s - ends_per_s, alive(flows), upkeep.lifetime_s)
        };
        let mut ends_per_s = next_per_s(young, 0.0);
        let mut flows = self.flows(ends_per_s);
        for _ in 0..MOST_ROUNDS {
            let before_per_s = ends_per_s;
            ends_per_s = next_per_s(&flows, before_per_s);
            if (ends_per_s - before_per_s).abs() <= TOLERANCE * ends_per_s {
                break;
            }
            flows = self.flows(ends_per_s);
        }
        flows
    }
}

/// What a level's G after a step is made of.
struct Step {
    /// Of its own before.
    stays: f64,
    /// Of the next level's before the step.
    from_before: f64,
    /// Of the next level's after it.
    from_after: f64,
}

/// Below that the terms of a step differ by rounding only.
const NO_STEP: f64 = 1e-6;

impl Step {
    /// G′ = −z·G + r·g, with g from its value before to that after in a straight line, over one unit of time: with
    /// φ = (1 − e^(−z))/z, r·(1 − φ)/z comes from the value after, and r·φ less that from the value before.
    fn new(reached_per_s: f64, ends_per_s: f64, step_s: f64) -> Self {
        let (z, r) = ((reached_per_s + ends_per_s) * step_s, ends_per_s * step_s);
        let mean = if z < NO_STEP { 1.0 } else { -(-z).exp_m1() / z };
        let from_after = if z < NO_STEP { r * 0.5 } else { r * (1.0 - mean) / z };
        Self { stays: (-z).exp(), from_before: r * mean - from_after, from_after }
    }
}

/// x/(e^(xL/W) − 1): how many a second reach the age L, of W alive of which x a second are dropped before.
fn lives_ended_per_s(dropped_per_s: f64, alive: f64, lifetime_s: f64) -> f64 {
    if alive <= 0.0 {
        return 0.0;
    }
    let dropped_in_a_life = dropped_per_s.max(0.0) * lifetime_s / alive;
    let share = if dropped_in_a_life <= 0.0 { 1.0 } else { dropped_in_a_life / dropped_in_a_life.exp_m1() };
    alive / lifetime_s * share
}

/// θ of each number of busy servers; below the mean load every rise counts.
fn reached_per_s(busy: &Busy, traffic: Traffic) -> Vec<f64> {
    let (mut fewer, mut time_s) = (0.0, 0.0);
    let mean = traffic.offered_load().floor() as u64;
    let of_level = |(probability, level): (&f64, u64)| {
        fewer += probability;
        let step_s = fewer / (traffic.arrivals_per_s() * probability);
        time_s = if level <= mean { step_s } else { time_s + step_s };
        1.0 / time_s
    };
    busy.probabilities.iter().zip(busy.first..).map(of_level).collect()
}

/// The most requests in progress while pings hold their servers.
struct Round {
    first: u64,
    /// Of each number: that more are in progress at the start, and that more are only later.
    above: Vec<(f64, f64)>,
}

impl Round {
    /// The first passage from n to n + 1 has the transform φ(n) = 1 − ω(n), see [`WarmPool`]; so that from what is in progress at
    /// any time, N ≤ n, has Ψ(n) = φ(n)·(Ψ(n − 1) + p(n)), and Ψ(n)/s belongs to the probability that it is over by then.
    fn new(busy: &Busy, traffic: Traffic, hold_s: f64) -> Result<Self, QueueingError> {
        let load = traffic.offered_load();
        let mut above: Vec<(f64, f64)> = vec![(0.0, 0.0); busy.probabilities.len()];
        for piece in KeepAlive::constant(hold_s)?.pieces(NO_TIME * traffic.mean_service_s()) {
            let inversion = Inversion::over(&piece);
            let places = inversion.places.map(|place| place.scaled(traffic.mean_service_s()));
            let (mut omega, mut reached) = ([Complex::ZERO; NODES], [Complex::ZERO; NODES]);
            for ((above, probability), level) in above.iter_mut().zip(&busy.probabilities).zip(busy.first..) {
                for node in 0..NODES {
                    let u = places[node] + omega[node].scaled(level as f64);
                    omega[node] = u / (u + Complex::new(load, 0.0));
                    let so_far = reached[node] + Complex::new(*probability, 0.0);
                    reached[node] = so_far - omega[node].times(so_far);
                }
                above.1 += inversion.means(&reached.map(|reached| reached.re), &reached.map(|reached| reached.im)).0;
            }
        }
        let mut more = 0.0;
        for (above, probability) in above.iter_mut().zip(&busy.probabilities).rev() {
            *above = (more, above.1.clamp(0.0, 1.0 - more));
            more = (more + probability).min(1.0);
        }
        Ok(Self { first: busy.first, above })
    }

    /// The probabilities that more than `level` requests are in progress at the start of the pings, and only later.
    fn rises_above(&self, level: u64) -> (f64, f64) {
        let place = level.checked_sub(self.first).map(|place| usize::try_from(place).unwrap_or(usize::MAX));
        place.map_or((1.0, 0.0), |place| self.above.get(place).copied().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY_S: f64 = 86_400.0;
    const NO_END_S: f64 = 1e12;
    const OLD: Upkeep = Upkeep { kept: 0, lifetime_s: 7200.0, proactive_share: 0.0, pings: None };

    fn pool(rate: f64, service_s: f64, keep_alive_s: f64, upkeep: &Upkeep) -> AgingPool {
        AgingPool::new(Traffic::new(rate, service_s).unwrap(), &KeepAlive::constant(keep_alive_s).unwrap(), upkeep).unwrap()
    }

    fn pings(servers: u64, interval_s: f64) -> Option<Pings> {
        Some(Pings { servers, interval_s, hold_s: 0.1 })
    }

    /// Rate, service time, keep-alive time, cold starts of a day with servers that live for two hours: simulations of 2·10⁸ calls
    /// or 3·10⁷ s, whose standard error is from 0.5 to 1.1 %.
    const SIMULATED: [(f64, f64, f64, f64); 7] = [
        (0.003, 0.1, 420.0, 73.85),
        (0.01, 0.2, 420.0, 20.13),
        (0.1, 2.0, 600.0, 68.53),
        (0.9, 1.991, 600.0, 138.1),
        (1.0, 0.1, 420.0, 79.93),
        (10.0, 0.2, 420.0, 177.8),
        (100.0, 0.1, 420.0, 379.9),
    ];

    #[test]
    fn recycling_adds_what_simulations_add() {
        for (rate, service_s, keep_alive_s, cold) in SIMULATED {
            let found = pool(rate, service_s, keep_alive_s, &OLD).cold_per_s() * DAY_S;
            assert!((found / cold - 1.0).abs() < 0.013, "{rate}: {found}");
        }
    }

    /// Rate, service time, pings and their interval, lifetime; cold requests and cold pings of a day, from simulations with a
    /// keep-alive time of 420 s.
    const PINGED: [(f64, f64, u64, f64, f64, f64, f64); 12] = [
        (0.003, 0.1, 1, 240.0, NO_END_S, 0.19, 0.11),
        (0.003, 2.0, 1, 240.0, NO_END_S, 1.46, 2.16),
        (0.1, 0.5, 1, 240.0, NO_END_S, 62.99, 2.80),
        (0.1, 0.5, 4, 240.0, NO_END_S, 3.36, 17.17),
        (1.0, 0.1, 3, 240.0, NO_END_S, 35.41, 28.48),
        (1.0, 0.1, 6, 240.0, NO_END_S, 28.73, 30.19),
        (10.0, 0.2, 14, 240.0, NO_END_S, 121.0, 181.6),
        (10.0, 0.2, 14, 60.0, NO_END_S, 112.5, 82.2),
        (10.0, 0.2, 14, 240.0, 7300.0, 132.9, 227.9),
        (100.0, 0.1, 12, 240.0, NO_END_S, 289.8, 69.5),
        (100.0, 0.1, 34, 240.0, NO_END_S, 384.3, 246.1),
        (100.0, 0.1, 34, 240.0, 7300.0, 468.8, 366.9),
    ];

    #[test]
    fn pings_start_and_save_what_they_do_in_simulations() {
        for (rate, service_s, servers, interval_s, lifetime_s, cold, cold_pings) in PINGED {
            let upkeep = Upkeep { lifetime_s, pings: pings(servers, interval_s), ..OLD };
            let found = pool(rate, service_s, 420.0, &upkeep);
            let (requests, started) = (found.cold_per_s() * DAY_S, found.cold_pings_per_s * DAY_S);
            assert!((requests - cold).abs() < 0.04 * cold + 0.15, "{rate}, {servers}: {requests}");
            assert!((started - cold_pings).abs() < 0.1 * cold_pings + 0.15, "{rate}, {servers}: {started}");
        }
    }

    /// One server with a request every ten seconds: 12 times a day it is too old. That a second one is needed at times, which then
    /// idles out, is taken for a danger to the first as well.
    #[test]
    fn a_server_that_never_idles_out_is_recycled_each_lifetime() {
        let found = pool(0.1, 0.001, 600.0, &OLD);
        assert!((11.4..12.0).contains(&(found.recycled_per_s * DAY_S)), "{found:?}");
    }

    /// A fluid: where many are alive and each lives as long, as many are started as reach that age.
    #[test]
    fn a_large_pool_is_recycled_as_a_whole() {
        let found = pool(100_000.0, 0.1, 420.0, &OLD);
        let all_per_s = found.warm.mean_alive() / 7200.0;
        assert!((0.93..1.0).contains(&(found.cold_per_s() / all_per_s)), "{}", found.cold_per_s() / all_per_s);
    }

    #[test]
    fn half_replaced_in_time_are_more_than_half_as_many() {
        let recycled = |proactive_share| pool(100.0, 0.1, 420.0, &Upkeep { proactive_share, ..OLD }).recycled_per_s * DAY_S;
        assert!(recycled(1.0) <= 0.0);
        // What one end leaves missing is missed the more, the more are missing.
        assert!((0.3..0.5).contains(&(recycled(0.5) / recycled(0.0))), "{}", recycled(0.5));
    }

    #[test]
    fn what_means_nothing_is_refused() {
        let traffic = Traffic::new(1.0, 1.0).unwrap();
        for wrong in [
            Upkeep { lifetime_s: 0.0, ..OLD },
            Upkeep { proactive_share: 1.5, ..OLD },
            Upkeep { pings: pings(1, 0.0), ..OLD },
            Upkeep { pings: Some(Pings { servers: 1, interval_s: 1.0, hold_s: f64::NAN }), ..OLD },
        ] {
            assert!(AgingPool::new(traffic, &KeepAlive::TEN_MINUTES, &wrong).is_err(), "{wrong:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn without_upkeep_it_is_the_warm_pool(rate in -4.0_f64..2.0, service in -2.0_f64..0.5, minutes in 1.0_f64..20.0, kept in 0_u64..9) {
            let (rate, service_s, keep_alive_s) = (10_f64.powf(rate), 10_f64.powf(service), minutes * 60.0);
            let found = pool(rate, service_s, keep_alive_s, &Upkeep { kept, lifetime_s: NO_END_S, ..OLD });
            let exact = rate * found.warm.cold_probability_above(kept);
            prop_assert!((found.cold_per_s() - exact).abs() <= 1e-5 * exact + 1e-12, "{} {exact}", found.cold_per_s());
            prop_assert!((found.mean_alive - found.warm.mean_alive_above(kept)).abs() <= 1e-5 * found.mean_alive + 1e-12);
        }

        #[test]
        fn an_upkeep_has_its_order(rate in -4.0_f64..2.0, service in -2.0_f64..0.5, hours in 0.5_f64..8.0, servers in 1_u64..60) {
            let (rate, service_s, lifetime_s) = (10_f64.powf(rate), 10_f64.powf(service), hours * 3600.0);
            let plain = pool(rate, service_s, 420.0, &Upkeep { lifetime_s, ..OLD });
            let longer = pool(rate, service_s, 420.0, &Upkeep { lifetime_s: lifetime_s * 1.5, ..OLD });
            prop_assert!(longer.recycled_per_s <= plain.recycled_per_s * 1.001 + 1e-12);
            // No more are missed than all that live so long.
            prop_assert!(plain.recycled_per_s <= plain.warm.mean_alive() / lifetime_s * (1.0 + 1e-9));
            prop_assert!(plain.mean_alive <= plain.warm.mean_alive() * (1.0 + 1e-9));
            let pinged = pool(rate, service_s, 420.0, &Upkeep { lifetime_s, pings: pings(servers, 240.0), ..OLD });
            prop_assert!(pinged.expired_per_s <= plain.expired_per_s * (1.0 + 1e-9));
            prop_assert!(0.0 <= pinged.pinged_per_s && pinged.cold_pings_per_s * 240.0 <= servers as f64);
            prop_assert!(plain.mean_alive <= pinged.mean_alive * (1.0 + 1e-3));
        }
    }
}
