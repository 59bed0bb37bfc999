//! A comparison in every format, from the same rows.

mod csv;
mod json;
mod markdown;
mod rows;
#[cfg(feature = "cli")]
mod table;
mod words;

pub use self::csv::write_comparison_csv;
pub use self::json::{COMPARE_SCHEMA, write_comparison_json};
#[cfg(feature = "cli")]
pub(super) use self::json::{CapacityJson, capacity_json};
pub use self::markdown::write_comparison_markdown;
#[cfg(feature = "cli")]
pub use self::table::write_comparison;
pub use self::words::comparison_notes;
pub(super) use self::words::{assumptions, capacity_in_words, reasons};
