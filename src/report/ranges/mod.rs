//! A distribution in every format, from the same rows.

mod csv;
#[cfg(feature = "cli")]
mod json;
mod markdown;
#[cfg(feature = "cli")]
mod table;
mod words;

pub use self::csv::write_ranges_csv;
#[cfg(feature = "cli")]
pub use self::json::{RANGES_SCHEMA, write_ranges_json};
pub use self::markdown::write_ranges_markdown;
#[cfg(feature = "cli")]
pub use self::table::write_ranges;
