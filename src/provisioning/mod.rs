//! What to pay for by the hour, and what to leave to use: provisioned concurrency, commitments, machines below a function.
//!
//! The one idea: units are bought one by one, and the k-th is worth its fixed price if it would be busy for at least a share of
//! the time that prices alone decide. How busy it would be is read from the load: the more units there are already, the less.
//! Planners of power stations tell base and peak plants apart in the same way.
//!
//! - [`levels`]: one number of provisioned environments for all the time, under steady traffic or a day's.
//! - [`schedules`]: a few levels a day, by dynamic programming. [`track`]: what target tracking would have done.
//! - [`commit`]: how much to commit to by the hour under a savings plan.
//! - [`base_and_burst`]: how many machines carry the base and how much is left to functions; [`layers`] for any options.
//!
//! Loads and shares are statistics, prices and costs are exact. Nothing is forecast here: the load that is given is the load. No
//! cold start is modeled either; what it takes is asked for ([`ColdStarts`]).

mod base;
mod commitment;
mod demand;
mod layers;
mod levels;
mod prices;
mod schedule;
mod segments;
mod setting;
mod tracking;

pub use self::base::{BaseAndBurst, Machine, MachineCount, base_and_burst};
pub use self::commitment::{Commitment, Eligible, commit};
pub use self::demand::{Demand, Inside};
pub use self::layers::{Layer, LoadDuration, Tariff, layers};
pub use self::levels::{ColdStarts, Level, Levels, levels};
pub use self::prices::{Function, Prices};
pub use self::schedule::{ENOUGH_OF_ATTAINABLE, Schedule, Schedules, Window, schedules};
pub use self::setting::{ScheduledAction, Setting, Target, scheduled_actions};
pub use self::tracking::{Tracked, track};
use crate::autoscaling::AutoscalingError;
use crate::queueing::QueueingError;

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ProvisioningError {
    /// There is nothing to plan for.
    #[error("there is no {what} (give at least one)")]
    Nothing {
        /// What is missing.
        what: &'static str,
    },
    /// A number that means nothing here.
    #[error("the {quantity} is {value} (it must be {allowed})")]
    OutOfRange {
        /// What the number is.
        quantity: &'static str,
        /// What was given.
        value: f64,
        /// What may be given.
        allowed: &'static str,
    },
    /// A name that would not be one on a command line, in a policy or at AWS.
    #[error("`{name}` is no name of {what} (letters, digits, - and _ make one, without its ARN)")]
    Name {
        /// What it should name.
        what: &'static str,
        /// What was given.
        name: String,
    },
    /// The version that still changes.
    #[error("provisioned concurrency cannot be set on $LATEST (publish a version and give it or an alias of it)")]
    Unpublished,
    /// A period that no clock repeats.
    #[error("a schedule of {seconds} seconds cannot be set (plan a day of 86400 or a week of 604800)")]
    Period {
        /// Its length.
        seconds: u32,
    },
    /// The queueing model has no answer.
    #[error(transparent)]
    Queueing(#[from] QueueingError),
    /// The autoscaler cannot be set so.
    #[error(transparent)]
    Autoscaling(#[from] AutoscalingError),
}

/// Makes sure of a condition on a number.
fn check(quantity: &'static str, value: f64, valid: bool, allowed: &'static str) -> Result<(), ProvisioningError> {
    if valid { Ok(()) } else { Err(ProvisioningError::OutOfRange { quantity, value, allowed }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::break_even::{ProvisionedRule, pays_from};
    use crate::units::Decimal;

    /// The seconds of a day, for costs of a day.
    pub(super) const DAY: u32 = 86_400;

    /// Requests at once, by the hour: a day that climbs from 5 to 80.
    pub(super) const HOURS: [f64; 24] = [
        10.0, 8.0, 6.0, 5.0, 5.0, 6.0, 10.0, 20.0, 40.0, 60.0, 70.0, 75.0, 80.0, 78.0, 74.0, 70.0, 66.0, 60.0, 50.0, 40.0, 30.0,
        22.0, 16.0, 12.0,
    ];

    /// 1 GB in us-east-1, x86_64, first tier.
    pub(super) fn x86(month_s: u32) -> Function {
        let price = |digits| Decimal::new(digits, 10);
        let prices = Prices::flat(price(166_667), price(41_667), price(97_222));
        Function { memory_gb: Decimal::ONE, prices, month_s: month_s.into() }
    }

    /// The same function with a bound of the first tier, beyond which no unit pays.
    pub(super) fn x86_with_bound(month_s: u32, bound_gb_s: u32) -> Function {
        let price = |digits| Decimal::new(digits, 10);
        let (provisioned, provisioned_duration) = (price(41_667), price(97_222));
        let tier = |tier_from: u32, tier_to: Option<u32>, on_demand| ProvisionedRule {
            architecture: "x86_64",
            tier_from: tier_from.into(),
            tier_to: tier_to.map(Decimal::from),
            on_demand,
            provisioned,
            provisioned_duration,
            utilization: pays_from(on_demand, provisioned, provisioned_duration),
            most_saved: Decimal::ZERO,
        };
        let rules = [tier(0, Some(bound_gb_s), price(166_667)), tier(bound_gb_s, None, price(133_334))];
        Function { prices: Prices::of_rules(&rules, "x86_64").unwrap(), ..x86(month_s) }
    }

    pub(super) fn day_of_hours() -> Demand {
        Demand::new(HOURS.to_vec(), 3600, Inside::Constant).unwrap()
    }

    /// The same day by the minute, from hour to hour in a straight line.
    pub(super) fn day_of_minutes() -> Demand {
        let at = |minute: usize| {
            let (hour, part) = (minute / 60, (minute % 60) as f64 / 60.0);
            HOURS[hour] + part * (HOURS[(hour + 1) % 24] - HOURS[hour])
        };
        Demand::new((0..1440).map(at).collect(), 60, Inside::Constant).unwrap()
    }
}
