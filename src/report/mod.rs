//! Results as text, to any writer: tables for people, JSON and CSV for programs, Markdown for documents.
//!
//! The writers compute nothing: every number comes from the result, so all formats agree. Nothing is written to a terminal
//! or a file here.

mod break_even;
mod compare;
mod csv;
mod curves;
mod explain;
#[cfg(feature = "charts")]
mod figures;
mod json;
mod markdown;
mod pack;
#[cfg(feature = "cli")]
mod page;
mod provisioning;
mod ranges;
mod simulate;
mod sizing;
#[cfg(feature = "cli")]
mod table;
mod tune;
mod words;

#[cfg(feature = "cli")]
pub use self::break_even::{
    BREAK_EVEN_SCHEMA, PROVISIONED_SCHEMA, write_break_even, write_break_even_json, write_provisioned, write_provisioned_json,
};
pub use self::break_even::{
    break_even_notes, write_break_even_csv, write_break_even_markdown, write_provisioned_csv, write_provisioned_markdown,
};
#[cfg(feature = "cli")]
pub use self::compare::write_comparison;
pub use self::compare::{
    COMPARE_SCHEMA, comparison_notes, write_comparison_csv, write_comparison_json, write_comparison_markdown,
};
pub use self::csv::write_csv;
pub use self::curves::{write_curves_json, write_regions_json};
pub use self::explain::write_explanation;
#[cfg(feature = "charts")]
pub use self::figures::{
    cheapest_figure, cost_curve_figure, cost_items_figure, load_duration_figure, provisioned_figure, tornado_figure,
};
pub use self::json::{ESTIMATE_SCHEMA, write_json};
pub use self::markdown::write_markdown;
pub use self::pack::{FigureFile, ReviewPage, write_review_page};
#[cfg(feature = "cli")]
pub use self::page::{ReportPage, write_report_html};
pub use self::provisioning::{provisioned_commands, provisioned_terraform};
#[cfg(feature = "cli")]
pub use self::ranges::{RANGES_SCHEMA, write_ranges, write_ranges_json};
pub use self::ranges::{write_ranges_csv, write_ranges_markdown};
#[cfg(feature = "charts")]
pub use self::simulate::timeline_figure;
#[cfg(feature = "cli")]
pub use self::simulate::{SIMULATE_SCHEMA, write_simulation, write_simulation_json};
pub use self::simulate::{simulation_notes, write_simulation_csv, write_simulation_markdown};
#[cfg(feature = "cli")]
pub use self::sizing::{SIZING_SCHEMA, write_sizing, write_sizing_json};
pub use self::sizing::{sizing_notes, write_sizing_csv, write_sizing_markdown};
#[cfg(feature = "cli")]
pub use self::table::{text_table, write_table};
#[cfg(feature = "cli")]
pub use self::tune::{TUNE_SCHEMA, wrapped, write_tune_json, write_tune_table};
pub use self::tune::{
    dollars, infeasible, milliseconds, power_tuning_output, run_cost, verdict, write_samples_csv, write_tune_csv,
    write_tune_markdown,
};
#[cfg(feature = "charts")]
pub use self::tune::{tuning_figure, tuning_figure_of_json};
pub use self::words::note_lines;
