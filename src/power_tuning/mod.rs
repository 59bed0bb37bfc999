//! The formats and formulas of aws-lambda-power-tuning, so that its users can switch in both directions.
//!
//! - [`PowerTuningInput`]: its execution input, read unchanged and checked before anything costs money.
//! - [`PowerTuningOutput`]: its output object, read and written; [`Analysis`] makes it of results, as the tool does.
//! - [`ChartLink`]: the link to its chart, read and written byte for byte.
//! - [`Strategy`], [`SizeResult`], [`lambda_base_cost`] and their like: its formulas, for comparison with ours.
//!
//! The one idea: **the same bits**. Money and durations are `f64` here, added in the same order and rounded at the same
//! places as there, because a result that differs in the last digit cannot be compared with `==`. Nothing of it ends up on a
//! bill: what compute costs is computed by [`crate::bill`] in exact decimals.
//!
//! Where the tool is wrong we differ on purpose, and an input that meets such a difference carries a note;
//! `tests/reference/power-tuning/README.md` has the whole table. This room invokes nothing and changes no function.

mod error;
mod input;
mod link;
mod output;
mod payload;
mod percent;
mod price;
mod setting;
mod statistics;
mod strategy;

pub use self::error::PowerTuningError;
pub use self::input::{DEFAULT_MEMORY_SIZES_MB, LEAST_CALLS, PayloadSource, PowerTuningInput, region_of_arn};
pub use self::link::{ChartLink, Charts, Currency, DEFAULT_CHART_PAGE, NamedCurve};
pub use self::output::{Analysis, PowerTuningOutput, StateMachine};
pub use self::payload::{Payloads, S3Object, WeightedPayload, payload_bytes};
pub use self::price::{call_price, execution_cost, lambda_base_cost, step_functions_base_cost, total_price};
pub use self::statistics::{DEFAULT_TRIM_SHARE, SizeAverage, SizeResult, trimmed_mean};
pub use self::strategy::{DEFAULT_BALANCED_WEIGHT, Strategy};
