//! A replay in every format, from the same rows.

mod csv;
#[cfg(feature = "charts")]
mod figure;
#[cfg(feature = "cli")]
mod json;
mod markdown;
#[cfg(feature = "cli")]
mod table;
mod words;

pub use self::csv::write_simulation_csv;
#[cfg(feature = "charts")]
pub use self::figure::timeline_figure;
#[cfg(feature = "cli")]
pub use self::json::{SIMULATE_SCHEMA, write_simulation_json};
pub use self::markdown::write_simulation_markdown;
#[cfg(feature = "cli")]
pub use self::table::write_simulation;
pub use self::words::simulation_notes;
