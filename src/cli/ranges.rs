//! `millicent ranges`: what it costs, and what is probably the cheapest, when the inputs are not known.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use millicent::compare::line_up;
use millicent::report;
use millicent::uncertainty::{Sampling, Uncertainty};

use super::files::write_all;
use super::scenario::{Format, ScenarioArgs};
use super::{LEFT_OUT, LIMIT_NOT_MET, width};

const EXAMPLES: &str =
    "A range is { p50, p90 } (or p10 too), or { low, high }; of a duration mean_p50 and mean_p90, because p50 and p95
there say how single requests differ. Any number of a workload, an option or a neighbor may be one.

Examples:
  millicent ranges --requests p50=1M/month,p90=4M/month --duration 1s --memory 512MB
  millicent ranges --requests low=5/s,high=50/s --duration mean_p50=120ms,mean_p90=200ms --memory 512MB --correlation 0.3
  millicent ranges scenario.toml --format markdown";

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
    /// How many draws of the ranges; powers of two are spread most evenly
    #[arg(long, value_name = "N", default_value_t = Sampling::default().draws)]
    draws: usize,
    /// The seed of the draws: the same seed gives the same output
    #[arg(long, value_name = "N", default_value_t = Sampling::default().seed)]
    seed: u64,
    /// End with code 4 when an option has no price
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    scenario: ScenarioArgs,
}

/// Runs the command.
pub(super) fn run(args: Args, out: &mut dyn Write, talk: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let Args { format, output, draws, seed, strict, scenario } = args;
    scenario.refuse_budget("where inputs are ranges a month has no one cost")?;
    let (draft, book, read_file) = scenario.read_draft(line_up)?;
    let uncertainty = Uncertainty::of(Sampling { draws, seed }, &draft, &book, &read_file)?;
    let mut bytes = Vec::new();
    match format {
        Format::Table => report::write_ranges(&uncertainty, width(), &mut bytes)?,
        Format::Json => report::write_ranges_json(&uncertainty, &mut bytes)?,
        Format::Csv => report::write_ranges_csv(&uncertainty, &mut bytes)?,
        Format::Markdown => report::write_ranges_markdown(&uncertainty, &mut bytes)?,
    }
    write_all(output.as_deref(), &bytes, out)?;
    out.flush()?;
    writeln!(talk, "note: the assumptions behind each cost are those of `millicent compare`; prices are taken as certain")?;
    Ok(match uncertainty.likeliest() {
        None => ExitCode::from(LIMIT_NOT_MET),
        Some(_) if strict && uncertainty.is_incomplete() => ExitCode::from(LEFT_OUT),
        Some(_) => ExitCode::SUCCESS,
    })
}
