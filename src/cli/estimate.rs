//! `millicent estimate`: what a design costs a month.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use millicent::report;

use super::files::write_all;
use super::scenario::{Format, ScenarioArgs};
use super::{over_budget, width, write_notes};

const EXAMPLES: &str = "Examples:
  millicent estimate examples/order-pipeline.toml
  millicent estimate --requests 1M/month --duration 1s --memory 512MB
  millicent estimate --requests 12/s --duration p50=80ms,p99=900ms --memory 1GB --architecture arm64 --format json
  millicent estimate examples/order-pipeline.toml --region eu-west-1 --prices my-prices.csv --explain";

/// What was typed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Write the result to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Walk every number back: formula, price, tier, source, date
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    scenario: ScenarioArgs,
}

/// Runs the command.
pub(super) fn run(args: Args, out: &mut dyn Write, talk: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let Args { format, explain, output, scenario } = args;
    format.check_explain(explain)?;
    let (scenario, book) = scenario.read(|_| &["lambda"])?;
    let estimate = scenario.estimate(&book)?;
    let mut bytes = Vec::new();
    match format {
        Format::Table if explain => report::write_explanation(&estimate, &mut bytes)?,
        Format::Table => report::write_table(&estimate, width(), &mut bytes)?,
        Format::Json => report::write_json(&estimate, explain, &mut bytes)?,
        Format::Csv => report::write_csv(&estimate, &mut bytes)?,
        Format::Markdown => report::write_markdown(&estimate, &mut bytes)?,
    }
    write_all(output.as_deref(), &bytes, out)?;
    out.flush()?;
    // In JSON and Markdown the notes are part of the data.
    if matches!(format, Format::Table | Format::Csv) {
        let notes: Vec<_> = estimate.options.iter().map(|option| (option.name.clone(), report::note_lines(option))).collect();
        write_notes(&notes, talk)?;
    }
    let over = estimate.options.iter().filter(|option| estimate.basis.is_exceeded_by(&option.bill));
    over_budget(&estimate.basis, over, talk)
}
