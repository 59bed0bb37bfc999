//! `millicent estimate`: what a design costs a month.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use millicent::report;
use millicent::scenario::{Estimate, Flags, Scenario, ScenarioError, read_price_book, read_toml};
use millicent::settings::{Origin, Section, SettingError, Value};

use super::files::{read_text, reader_beside, write_all};
use super::keys::{KeyFlags, set_prices};
use super::{WrongInput, width};

const EXAMPLES: &str = "Examples:
  millicent estimate examples/order-pipeline.toml
  millicent estimate --requests 1M/month --duration 1s --memory 512MB
  millicent estimate --requests 12/s --duration p50=80ms,p99=900ms --memory 1GB --architecture arm64 --format json
  millicent estimate examples/order-pipeline.toml --region eu-west-1 --prices my-prices.csv --explain";

/// What was typed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Scenario file (TOML); `-` reads standard input. Flags are laid over it
    scenario: Option<PathBuf>,
    /// Platform to estimate; repeat for several [default: lambda]
    #[arg(long, value_name = "NAME")]
    platform: Vec<String>,
    /// Apply the account's free allowances
    #[arg(long)]
    free_tier: bool,
    /// Price book: bundled, documents, or a CSV file of your own laid over them; repeat for several
    #[arg(long, value_name = "BOOK")]
    prices: Vec<String>,
    /// Percentage off all prices of a service, such as lambda=12%; repeat for several
    #[arg(long, value_name = "SERVICE=PERCENT")]
    discount: Vec<String>,
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
    keys: KeyFlags,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
    Markdown,
}

/// Runs the command.
pub(super) fn run(args: Args, out: &mut dyn Write, talk: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let (format, explain, output) = (args.format, args.explain, args.output.clone());
    if explain && matches!(format, Format::Csv | Format::Markdown) {
        return Err(WrongInput("--explain goes with --format table or json".to_owned()).into());
    }
    let estimate = estimate(args)?;
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
        write_notes(&estimate, talk)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn estimate(args: Args) -> Result<Estimate, ScenarioError> {
    let mut file = match &args.scenario {
        None => Section::new("the scenario", Origin::CommandLine),
        Some(path) => {
            let name = path.display().to_string();
            let text = read_text(path).map_err(|message| ScenarioError::Unreadable { file: name.clone(), message })?;
            read_toml(&name, &text)?
        }
    };
    lay_flags_over(&mut file, &args)?;
    let read_file = reader_beside(args.scenario.as_deref());
    let book = read_price_book(&mut file, &read_file)?;
    let KeyFlags { scenario, workload, option } = args.keys;
    let flags = Flags { scenario, workload, option, platforms: args.platform };
    Scenario::read(file, flags, &book, &read_file)?.estimate(&book)
}

fn lay_flags_over(file: &mut Section, args: &Args) -> Result<(), ScenarioError> {
    if args.free_tier {
        file.set("free_tier", Value::Flag(true), Origin::Flag("free-tier".to_owned()));
    }
    set_prices(file, &args.prices);
    if !args.discount.is_empty() {
        let at = Origin::Flag("discount".to_owned());
        let mut discounts = file.table("discount")?.unwrap_or_else(|| Section::new("--discount", at.clone()));
        let mut seen = BTreeSet::new();
        for discount in &args.discount {
            let Some((service, percentage)) = discount.split_once('=') else {
                return Err(SettingError::other(&at, format!("{discount:?} is not SERVICE=PERCENT, such as lambda=12%")).into());
            };
            if !seen.insert(service) {
                return Err(SettingError::other(&at, format!("two discounts on {service}; give one")).into());
            }
            discounts.set(service, Value::Text(percentage.to_owned()), at.clone());
        }
        file.set("discount", Value::Table(discounts), at);
    }
    Ok(())
}

/// The notes, last and to standard error; with the option's name only where options differ in them.
fn write_notes(estimate: &Estimate, talk: &mut dyn Write) -> anyhow::Result<()> {
    let mut seen: Vec<(String, Vec<&str>)> = Vec::new();
    for option in &estimate.options {
        for note in report::note_lines(option) {
            match seen.iter_mut().find(|(text, _)| *text == note) {
                Some((_, options)) => options.push(&option.name),
                None => seen.push((note, vec![&option.name])),
            }
        }
    }
    for (note, options) in seen {
        if options.len() == estimate.options.len() {
            writeln!(talk, "note: {note}")?;
        } else {
            writeln!(talk, "note: [{}] {note}", options.join("; "))?;
        }
    }
    Ok(())
}
