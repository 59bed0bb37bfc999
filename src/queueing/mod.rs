//! Waiting and losing: what happens when requests meet a limited number of servers.
//!
//! The one idea: requests arrive at random and each holds a server for a while, so how many servers are busy is a
//! distribution and not a number. Its mean is the offered load a = arrival rate × mean service time, in erlangs (Little's
//! law); everything here follows from a and the number of servers.
//!
//! - No limit: [`concurrency_quantile`], [`mean_packed_servers`].
//! - No limit, and who finds none idle starts one that is kept for a while: [`WarmPool`]; as others model it, [`birth_death_pool`].
//! - The same with servers that grow too old, and pings that keep some alive: [`AgingPool`].
//! - Who finds all servers busy is turned away: [`erlang_b`] and its inverses.
//! - Who finds all servers busy waits: [`Queue`], and [`fewest_servers`] for a [`WaitTarget`].
//!
//! Times are in seconds. A queue that grows for ever is an error and never a number, and so is a target that no number of
//! servers can meet. No platform, no price, no simulation.

mod aging_pool;
mod birth_death;
mod concurrency;
mod erlang;
mod keep_alive;
mod laplace;
mod waiting;
mod warm_pool;

pub use aging_pool::{AgingPool, Pings, Upkeep};
pub use birth_death::{BirthDeathPool, birth_death_pool};
pub use concurrency::{concurrency_quantile, mean_packed_servers, mean_packed_servers_within, packed_start_share};
pub use erlang::{erlang_b, erlang_b_continuous, erlang_b_upward, load_for_blocking, servers_for_blocking};
pub use keep_alive::KeepAlive;
pub use waiting::{Queue, Traffic, WaitTarget, fewest_servers, square_root_servers, square_root_wait_probability};
pub use warm_pool::WarmPool;

/// Why a question about queues has no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum QueueingError {
    /// More work arrives than the servers can do.
    #[error("{servers} servers are unstable under a load of {offered_load} (give more servers than that)")]
    Unstable {
        /// How many servers there are.
        servers: u64,
        /// How many would be busy on average, if there were enough.
        offered_load: f64,
    },
    /// The service alone takes longer than the target allows.
    #[error(
        "a response within {response_s} s for {share} of the requests is out of reach: without any wait it takes {service_s} s \
         (allow more, or make the request faster; more servers do not help)"
    )]
    Infeasible {
        /// The share of the requests that shall be answered in time.
        share: f64,
        /// The time they shall be answered in.
        response_s: f64,
        /// The time in which that share is answered when nobody waits.
        service_s: f64,
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
}

/// The largest offered load: a billion requests at once, still answered in a fraction of a second.
const LARGEST_LOAD: f64 = 1e9;

/// The load, if it is one.
fn checked_load(offered_load: f64) -> Result<f64, QueueingError> {
    let allowed = "from 0 to 10^9";
    checked("offered load", offered_load, (0.0..=LARGEST_LOAD).contains(&offered_load), allowed)
}

/// The share, if it is one that can be missed and met.
fn checked_share(quantity: &'static str, share: f64) -> Result<f64, QueueingError> {
    checked(quantity, share, 0.0 < share && share < 1.0, "between 0 and 1, both excluded")
}

/// `value`, if it is `valid`.
fn checked(quantity: &'static str, value: f64, valid: bool, allowed: &'static str) -> Result<f64, QueueingError> {
    if valid { Ok(value) } else { Err(QueueingError::OutOfRange { quantity, value, allowed }) }
}

/// Where a condition that is false at `low` and true at `high` becomes true, to the last digit of a double.
///
/// Halving keeps the root between the two ends and needs no slope; it ends when no number is left between them.
fn bisect(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || high <= middle {
            return high;
        }
        if holds(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
}
