//! Arrivals that are generated, from a mean rate and a pattern.
//!
//! The one idea: the rate is a course of steps, and between two arrivals passes a random *amount* of expected requests, not of
//! time. An amount of mean one, laid along the course, gives the next arrival: where the rate is three times as high it comes
//! three times as soon. Exponential amounts make a Poisson process that follows any course exactly, equal amounts a clock,
//! gamma amounts anything between and beyond. The first amount is the rest of one that is under way, so that up to any moment
//! the expected number of arrivals is the integral of the rate.
//!
//! - [`Pattern`] is read from settings and gives [`Arrivals`], an iterator of seconds.
//! - [`spread`] turns counts by the minute into moments, and [`minute_counts`] back.
//! - [`fleet`] makes up functions as they are found in a public cloud, for those who have no trace.
//!
//! Equal seeds give equal bits on every machine, since what is drawn is computed from the four operations alone; only the
//! numbers of a made-up fleet pass through the machine's logarithm. No clock is read: time starts at zero, which is midnight
//! for a pattern that knows days, and the first hour of a profile.

mod arrivals;
mod bursts;
mod course;
mod fleet;
mod pattern;
mod read;
mod spike;
mod within_minute;

pub use arrivals::{Arrivals, minute_counts};
pub use bursts::{BurstTiming, Bursts};
pub use fleet::{FleetFunction, Trigger, fleet};
pub use pattern::Pattern;
pub use spike::Spike;
pub use within_minute::{WithinMinute, spread};

/// Why no such traffic can be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TrafficError {
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

/// Refuses what is not above zero.
fn positive(quantity: &'static str, value: f64) -> Result<(), TrafficError> {
    if value.is_finite() && 0.0 < value {
        return Ok(());
    }
    Err(TrafficError::OutOfRange { quantity, value, allowed: "a positive number" })
}

/// Refuses what is below zero.
fn not_negative(quantity: &'static str, value: f64) -> Result<(), TrafficError> {
    if value.is_finite() && 0.0 <= value {
        return Ok(());
    }
    Err(TrafficError::OutOfRange { quantity, value, allowed: "zero or a positive number" })
}
