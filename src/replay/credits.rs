//! CPU credits of burstable machines, minute by minute.
//!
//! A machine earns a part of its vCPUs all the time it runs and keeps what it does not use, at most what it earns in a day. What
//! it uses beyond is lent and paid back by what it earns later; of that too it owes at most a day's, and more is charged, as is
//! what it owes when it ends. Where nothing is lent, it is slowed down to what it earns (Amazon EC2 user guide, "CPU credits and
//! baseline utilization", "Unlimited mode", 2026). A machine begins with nothing.
//!
//! Worked number: two vCPUs at 20 % earn 0.4. One busy vCPU for an hour is 0.6 vCPU-hours beyond, which an hour and a half
//! without work pays back.

/// Of what is earned in so long a time, more is neither kept nor owed.
const MOST_KEPT_S: f64 = 86_400.0;

/// What burstable machines earn and calls use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Credits {
    /// vCPUs that a machine earns all the time.
    pub earned_vcpus: f64,
    /// vCPUs that a call in progress keeps busy.
    pub vcpus_per_call: f64,
    /// Whether more than is earned can be used, for money.
    pub surplus_allowed: bool,
}

/// Machines that were started together.
#[derive(Debug, Clone, Copy)]
struct Group {
    count: u64,
    /// vCPU-seconds of each that are saved, or owed where that is negative.
    balance: f64,
    slowed: bool,
}

/// The credits of all machines. What was started last is ended first, as in [`super::paid::Paid`].
#[derive(Debug, Clone)]
pub(super) struct Balances {
    credits: Credits,
    groups: Vec<Group>,
    /// vCPU-seconds that are charged.
    charged: f64,
    /// Seconds that machines were slowed down.
    slowed_s: f64,
}

impl Balances {
    pub(super) fn of(credits: Credits, count: u64) -> Self {
        let mut balances = Self { credits, groups: Vec::new(), charged: 0.0, slowed_s: 0.0 };
        balances.set(count);
        balances
    }

    fn count(&self) -> u64 {
        self.groups.iter().map(|group| group.count).sum()
    }

    /// Makes it so many machines.
    pub(super) fn set(&mut self, count: u64) {
        let before = self.count();
        if before < count {
            self.groups.push(Group { count: count - before, balance: 0.0, slowed: false });
        }
        let mut ending = before.saturating_sub(count);
        while let Some(newest) = self.groups.last_mut().filter(|_| 0 < ending) {
            let ended = ending.min(newest.count);
            self.charged += ended as f64 * (-newest.balance).max(0.0);
            ending -= ended;
            newest.count -= ended;
            if newest.count == 0 {
                self.groups.pop();
            }
        }
    }

    /// So many calls were in progress on average in the last `lasted_s`, spread evenly over the machines.
    pub(super) fn pass(&mut self, calls: f64, lasted_s: f64) {
        let used = calls * self.credits.vcpus_per_call / self.count().max(1) as f64;
        let (beyond, most) = ((used - self.credits.earned_vcpus) * lasted_s, self.credits.earned_vcpus * MOST_KEPT_S);
        for group in &mut self.groups {
            let machines = group.count as f64;
            self.slowed_s += if group.slowed { machines * lasted_s } else { 0.0 };
            group.balance = (group.balance - beyond).min(most);
            let least = if self.credits.surplus_allowed { -most } else { 0.0 };
            let missing = (least - group.balance).max(0.0);
            group.balance += missing;
            group.slowed = !self.credits.surplus_allowed && group.balance <= 0.0;
            self.charged += if self.credits.surplus_allowed { machines * missing } else { 0.0 };
        }
    }

    /// The part of what the machines can do that is left of them, where each works on so many calls.
    pub(super) fn speed(&self, calls_of_a_machine: f64) -> f64 {
        let full = calls_of_a_machine * self.credits.vcpus_per_call;
        let slow = if self.credits.earned_vcpus < full { self.credits.earned_vcpus / full } else { 1.0 };
        let slowed: u64 = self.groups.iter().filter(|group| group.slowed).map(|group| group.count).sum();
        1.0 - slowed as f64 / self.count().max(1) as f64 * (1.0 - slow)
    }

    /// vCPU-seconds that are charged and seconds that machines were slowed down. What is still owed is: a month is many times
    /// the replay, and its next begins with nothing.
    pub(super) fn finish(mut self) -> (f64, f64) {
        self.set(0);
        (self.charged, self.slowed_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t3_medium(surplus_allowed: bool) -> Credits {
        Credits { earned_vcpus: 0.4, vcpus_per_call: 1.0, surplus_allowed }
    }

    fn close(got: f64, expected: f64) {
        assert!((got - expected).abs() < 1e-6, "{got} {expected}");
    }

    /// 0.6 beyond for an hour, of which 40 minutes without work pay back 0.4 × 2,400 = 960 vCPU-seconds.
    #[test]
    fn what_is_lent_is_paid_back_by_what_is_earned_later() {
        let mut balances = Balances::of(t3_medium(true), 1);
        balances.pass(1.0, 3600.0);
        balances.pass(0.0, 2400.0);
        close(balances.clone().finish().0, 2160.0 - 960.0);
        balances.pass(0.0, 3600.0);
        close(balances.finish().0, 0.0);
    }

    /// It owes 0.4 × 86,400 at most: after two days of one vCPU 103,680 − 34,560 are charged already, and the rest when it ends.
    #[test]
    fn more_than_a_day_earns_is_neither_kept_nor_owed() {
        let mut balances = Balances::of(t3_medium(true), 2);
        balances.pass(2.0, 2.0 * 86_400.0);
        close(balances.charged, 2.0 * (103_680.0 - 34_560.0));
        balances.set(1);
        close(balances.charged, 2.0 * (103_680.0 - 34_560.0) + 34_560.0);
        let mut idle = Balances::of(t3_medium(true), 1);
        idle.pass(0.0, 10.0 * 86_400.0);
        idle.pass(2.0, 86_400.0);
        close(idle.finish().0, 1.6 * 86_400.0 - 0.4 * 86_400.0);
    }

    /// An hour without work saves 1,440 vCPU-seconds, which one vCPU uses up in 40 minutes.
    #[test]
    fn without_surplus_a_machine_is_slowed_down_to_what_it_earns() {
        let mut balances = Balances::of(t3_medium(false), 1);
        balances.pass(0.0, 3600.0);
        balances.pass(1.0, 2340.0);
        close(balances.speed(2.0), 1.0);
        balances.pass(1.0, 120.0);
        // Two calls of one vCPU each on 0.4.
        close(balances.speed(2.0), 0.2);
        balances.pass(0.4, 600.0);
        close(balances.speed(2.0), 0.2);
        balances.pass(0.0, 60.0);
        close(balances.speed(2.0), 1.0);
        let (charged, slowed_s) = balances.finish();
        close(charged, 0.0);
        close(slowed_s, 660.0);
    }
}
