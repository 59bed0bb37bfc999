//! The tuning run: which size to measure next, when to stop, how to put everything back.
mod action;
mod apply;
mod configure;
mod invocation;
mod journal;
mod measure;
mod money;
mod plan;
mod run;
pub mod simulated;
mod sizes;
mod task;
mod tuner;

pub use self::action::*;
pub use self::apply::{Application, Applied};
pub use self::configure::Restored;
pub use self::invocation::{Invocation, Label};
pub use self::journal::{Connection, Entry, FORMAT, Journal, JournalError, RestorePoint};
pub use self::money::{Allowance, LONGEST_INIT, Ledger, Rates, mean_milliseconds};
pub use self::plan::{COLD_BURST, Measuring, Payloads, Plan, PlanError, SizeChoice};
pub use self::run::{Counts, Infeasible, Pace, Stop};
pub use self::sizes::MOST_SIZES;
pub use self::task::Ticket;
pub use self::tuner::{Ended, SoFar, Step, Tuner};
