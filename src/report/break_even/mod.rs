//! Break-even points in every format, from the same rows.

mod csv;
#[cfg(feature = "cli")]
mod json;
mod markdown;
mod provisioned;
mod rows;
#[cfg(feature = "cli")]
mod table;
mod words;

pub use self::csv::write_break_even_csv;
#[cfg(feature = "cli")]
pub use self::json::{BREAK_EVEN_SCHEMA, write_break_even_json};
pub use self::markdown::write_break_even_markdown;
#[cfg(feature = "cli")]
pub use self::provisioned::{PROVISIONED_SCHEMA, write_provisioned, write_provisioned_json};
pub use self::provisioned::{write_provisioned_csv, write_provisioned_markdown};
#[cfg(feature = "cli")]
pub use self::table::write_break_even;
pub use self::words::break_even_notes;
