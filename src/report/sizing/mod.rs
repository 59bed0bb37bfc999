//! Sizes in every format. What is said is said once, as [`words::Block`]s; a terminal and Markdown only lay them out.

mod csv;
mod fleet;
mod function;
#[cfg(feature = "cli")]
mod json;
mod markdown;
mod provisioned;
#[cfg(feature = "cli")]
mod table;
mod words;

pub use self::csv::write_sizing_csv;
#[cfg(feature = "cli")]
pub use self::json::{SIZING_SCHEMA, write_sizing_json};
pub use self::markdown::write_sizing_markdown;
#[cfg(feature = "cli")]
pub use self::table::write_sizing;
pub use self::words::sizing_notes;
