//! A tuning run as text: the sentence that matters, the table, and the same for programs.

#[cfg(feature = "charts")]
mod figure;
#[cfg(feature = "cli")]
mod json;
mod link;
mod markdown;
mod rows;
mod samples;
#[cfg(feature = "cli")]
mod table;
mod words;

#[cfg(feature = "charts")]
pub use self::figure::{tuning_figure, tuning_figure_of_json};
#[cfg(feature = "cli")]
pub use self::json::{TUNE_SCHEMA, write_tune_json};
pub use self::link::power_tuning_output;
pub use self::markdown::{write_tune_csv, write_tune_markdown};
pub use self::samples::write_samples_csv;
#[cfg(feature = "cli")]
pub use self::table::{wrapped, write_tune_table};
pub use self::words::{dollars, infeasible, milliseconds, run_cost, verdict};
