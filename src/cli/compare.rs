//! `millicent compare`: what a workload should run on.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use millicent::compare::{Comparison, line_up};
use millicent::report;

use super::files::write_all;
use super::scenario::{Format, ScenarioArgs};
use super::{LEFT_OUT, LIMIT_NOT_MET, over_budget, width};

const EXAMPLES: &str = "Examples:
  millicent compare --requests 1M/month --duration 1s --memory 512MB
  millicent compare --requests 40/s --cpu 20ms --wait 180ms --memory 256MB --p99 400ms
  millicent compare --requests 5M/month --cpu 50ms --platform lambda --platform ec2,instance=t4g.small,count=2
  millicent compare examples/order-pipeline.toml --format markdown";

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
    /// Each option's bill as well, every number walked back: capacity, formula, price, source, date
    #[arg(long)]
    explain: bool,
    /// End with code 4 when an option has no price
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    scenario: ScenarioArgs,
}

/// Runs the command.
pub(super) fn run(args: Args, out: &mut dyn Write, talk: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let Args { format, output, explain, strict, scenario } = args;
    format.check_explain(explain)?;
    let (scenario, book) = scenario.read(line_up)?;
    let comparison = Comparison::of(&scenario, &book);
    let mut bytes = Vec::new();
    match format {
        Format::Table => report::write_comparison(&comparison, explain, width(), &mut bytes)?,
        Format::Json => report::write_comparison_json(&comparison, explain, &mut bytes)?,
        Format::Csv => report::write_comparison_csv(&comparison, &mut bytes)?,
        Format::Markdown => report::write_comparison_markdown(&comparison, &mut bytes)?,
    }
    write_all(output.as_deref(), &bytes, out)?;
    out.flush()?;
    // In JSON and Markdown the notes are part of the data.
    if matches!(format, Format::Table | Format::Csv) {
        for note in report::comparison_notes(&comparison) {
            writeln!(talk, "note: {note}")?;
        }
    }
    ending(&comparison, strict, talk)
}

/// How a comparison ends: whether anything carries the load, within the budget, with nothing left out.
pub(super) fn ending(comparison: &Comparison, strict: bool, talk: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let cheapest = comparison.cheapest().and_then(|cheapest| cheapest.estimate.as_ref());
    let over = cheapest.filter(|option| comparison.basis.is_exceeded_by(&option.bill));
    Ok(match cheapest {
        None => ExitCode::from(LIMIT_NOT_MET),
        Some(_) if over.is_some() => return over_budget(&comparison.basis, over.into_iter(), talk),
        Some(_) if strict && comparison.is_incomplete() => ExitCode::from(LEFT_OUT),
        Some(_) => ExitCode::SUCCESS,
    })
}
