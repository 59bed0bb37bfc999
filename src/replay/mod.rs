//! Calls replayed one by one, recorded or generated: on a function, on instances, on both.
//!
//! Formulas ([`crate::queueing`]) answer for steady Poisson traffic; this room answers for everything else: bursts, days and
//! nights, traces, autoscalers that come late. What comes out is counted in [`Totals`], which a platform turns into usage, so
//! that a replay is priced by the code that prices an estimate, and noted in a [`Recorder`]: latencies, cold starts and
//! refusals by stretches of time, with their confidence intervals.
//!
//! - [`Function`]: environments of Lambda. Plain functions take a short cut of about 20 ns a call that gives the same answer.
//! - [`Fleet`]: instances with slots, a line and an autoscaler, on [`Hosts`] where machines carry them, with [`Credits`] where
//!   these are burstable;
//!   [`Fleet::replay_with_overflow`] sends who finds no slot to a function.
//! - [`Service`]: instances that the platform starts and stops with the requests, each followed by itself.
//!
//! Calls come from an iterator and are never held: memory grows with the calls in progress. Seeds are arguments. No price, no
//! platform, no file, no clock.

mod account;
mod block;
mod credits;
mod fleet;
mod function;
mod histogram;
mod hosts;
mod interval;
mod load;
mod moment;
mod paid;
mod provisioned;
mod recorder;
mod service;
mod starts;
mod totals;
mod window;

pub use self::account::{Account, Replays, SpreadMinutes};
pub use self::credits::Credits;
pub use self::fleet::{Fleet, PATIENCE_S, Scaling};
pub use self::function::{Function, Pings};
pub use self::histogram::Histogram;
pub use self::hosts::Hosts;
pub use self::interval::Interval;
pub use self::provisioned::{ALLOCATION_S, Levels, Provisioned};
pub use self::recorder::{MOST_STRETCHES, Recorder, Served, Stretch};
pub use self::service::{Routing, Service, Steering};
pub use self::starts::StartLimit;
pub use self::totals::{Call, Executed, Totals};
