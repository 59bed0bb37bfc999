//! The front desk: flags, files, terminal. It computes nothing.
//!
//! Every subcommand has the same three parts: what was typed (`Args`), what is meant, and `run`, which calls the library and
//! hands the result to [`millicent::report`]. Data goes to the writer it is given, talk to the other one.

mod break_even;
#[cfg(feature = "charts")]
mod chart_file;
mod compare;
mod estimate;
mod files;
mod keys;
mod prices;
mod ranges;
#[cfg(feature = "charts")]
mod report;
mod scenario;
mod simulate;
mod size;
#[cfg_attr(
    not(feature = "aws"),
    expect(dead_code, unused_mut, reason = "without the driver, what only deployed functions need is read and not used")
)]
mod tune;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use millicent::break_even::BreakEvenError;
use millicent::scenario::{Basis, OptionEstimate, ScenarioError};
use millicent::settings::SettingError;
use millicent::simulate::SimulateError;
use millicent::sizing::SizingError;
use millicent::uncertainty::UncertaintyError;
use millicent::units::Usd;

/// What compute will cost: exact, explained, dated.
#[derive(Debug, Parser)]
#[command(name = "millicent", version, about, max_term_width = 110, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 answered, 1 failed, 2 wrong usage or input, 3 answered but a stated limit is not met,
4 answered with something left out (--strict only), 130 interrupted.
Data goes to standard output, notes and errors to standard error.";

#[derive(Debug, Subcommand)]
enum Command {
    /// What a design costs a month, line by line, with the source of every price
    Estimate(Box<estimate::Args>),
    /// What this should run on: which platforms carry the load, what they cost, and why
    Compare(Box<compare::Args>),
    /// Where that answer flips: over requests, duration, memory, a price, for any two options or all
    BreakEven(Box<break_even::Args>),
    /// What if the inputs are not known: ranges in, distributions out; who is probably the cheapest, and what matters most
    Ranges(Box<ranges::Args>),
    /// What happens call by call: a trace or generated traffic replayed on each design, and what a month of it costs
    Simulate(Box<simulate::Args>),
    /// How many: environments, instances, units kept ready, connections; what each choice costs and removes
    Size(Box<size::Args>),
    /// What a design review needs, in one folder: page, figures, data
    #[cfg(feature = "charts")]
    Report(Box<report::Args>),
    /// Which memory size a deployed function should have: measure it, recommend, apply, put everything back
    Tune(Box<tune::Args>),
    /// Look into the price lists, or check one of your own
    Prices(prices::Args),
}

/// Runs the command line and says how it ended.
pub(crate) fn run() -> ExitCode {
    let cli = match Cli::try_parse_from(keys::joined_switches(arguments())) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers (0), everything else is wrong usage (2); a closed pipe is nobody's fault.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    // Standard error is not locked: the progress line of a run draws there from a thread of its own.
    let (mut out, mut talk) = (io::BufWriter::new(io::stdout().lock()), io::stderr());
    let result = match cli.command {
        Command::Estimate(args) => estimate::run(*args, &mut out, &mut talk),
        Command::Compare(args) => compare::run(*args, &mut out, &mut talk),
        Command::BreakEven(args) => break_even::run(*args, &mut out, &mut talk),
        Command::Ranges(args) => ranges::run(*args, &mut out, &mut talk),
        Command::Simulate(args) => simulate::run(*args, &mut out, &mut talk),
        Command::Size(args) => size::run(*args, &mut out, &mut talk),
        #[cfg(feature = "charts")]
        Command::Report(args) => report::run(*args, &mut out, &mut talk),
        Command::Tune(args) => tune::run(*args, &mut out, &mut talk),
        Command::Prices(args) => prices::run(args, &mut out),
    };
    match result.and_then(|code| out.flush().map(|()| code).map_err(Into::into)) {
        Ok(code) => code,
        Err(error) => report_failure(&error, &mut talk),
    }
}

#[expect(clippy::disallowed_methods, reason = "the command line belongs to the front desk")]
fn arguments() -> impl Iterator<Item = std::ffi::OsString> {
    std::env::args_os()
}

fn report_failure(error: &anyhow::Error, talk: &mut dyn Write) -> ExitCode {
    // `millicent … | head` closes the pipe; the reader has what it wanted.
    if is_closed_pipe(error) {
        return ExitCode::SUCCESS;
    }
    let _ = writeln!(talk, "error: {error:#}");
    let wrong_input = error.chain().any(|cause| {
        cause.is::<WrongInput>()
            || cause.is::<SettingError>()
            || cause.downcast_ref::<ScenarioError>().is_some_and(ScenarioError::is_wrong_input)
            || cause.downcast_ref::<SimulateError>().is_some_and(SimulateError::is_wrong_input)
            || cause.downcast_ref::<BreakEvenError>().is_some_and(BreakEvenError::is_wrong_input)
            || cause.downcast_ref::<SizingError>().is_some_and(SizingError::is_wrong_input)
            || cause.downcast_ref::<UncertaintyError>().is_some_and(UncertaintyError::is_wrong_input)
    });
    ExitCode::from(if wrong_input { 2 } else { 1 })
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe))
}

/// An error that the user's input caused.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct WrongInput(String);

/// The exit code of an answer that does not meet a stated limit, or finds nothing that carries the load.
const LIMIT_NOT_MET: u8 = 3;
/// The exit code when an option had to be left out for want of a price and `--strict` was asked for.
const LEFT_OUT: u8 = 4;

/// Says which options cost more than the budget, and what exit code that is.
fn over_budget<'o>(
    basis: &Basis,
    over: impl Iterator<Item = &'o OptionEstimate>,
    talk: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let mut code = ExitCode::SUCCESS;
    for option in over {
        let (total, budget) = (option.bill.invoice_total(), basis.budget.unwrap_or(Usd::ZERO));
        writeln!(talk, "over budget: {} costs {total} a month, the budget is {budget}", option.name)?;
        code = ExitCode::from(LIMIT_NOT_MET);
    }
    Ok(code)
}

/// Notes by the names they are about, last and to standard error; with the names only where they differ.
fn write_notes(notes: &[(String, Vec<String>)], talk: &mut dyn Write) -> anyhow::Result<()> {
    let mut seen: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, lines) in notes {
        for line in lines {
            match seen.iter_mut().find(|(text, _)| text == line) {
                Some((_, names)) => names.push(name),
                None => seen.push((line, vec![name])),
            }
        }
    }
    for (note, names) in seen {
        if names.len() == notes.len() {
            writeln!(talk, "note: {note}")?;
        } else {
            writeln!(talk, "note: [{}] {note}", names.join("; "))?;
        }
    }
    Ok(())
}

/// Columns of the terminal; of a page when the output is none, so that a file does not depend on who wrote it.
fn width() -> u16 {
    terminal_size::terminal_size_of(io::stdout()).map_or(100, |(width, _)| width.0.max(60))
}
