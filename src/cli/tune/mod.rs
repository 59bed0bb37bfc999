//! `millicent tune`: which memory size a deployed function should have, measured.
//!
//! What was typed becomes a plan; a driver (AWS, a recorded file, a simulated function) obeys the tuner; the result is written.

mod exports;
mod input;
mod journal;
#[cfg(feature = "aws")]
mod live;
mod payloads;
#[cfg(feature = "aws")]
mod policy;
#[cfg(feature = "aws")]
mod preview;
mod progress;
mod request;
mod show;
mod state;
mod target;
mod virtual_run;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};
use millicent::report;
use millicent::tune::{Ended, Evaluation, Recommendation, Restored, Stop, TuneResult};
use millicent::units::counted;

use self::request::Request;
use self::target::Target;
#[cfg(not(feature = "aws"))]
use super::WrongInput;
use super::{is_closed_pipe, width};

const EXAMPLES: &str = "Examples:
  millicent tune sim:cpu                                  a simulated function: the whole job, offline, in a second
  millicent tune replay:samples.csv --strategy speed      recorded calls
  millicent tune orders --dry-run                         what a run would do, cost and need, without doing it
  millicent tune orders --payload @event.json --requests 3M/month
  millicent tune orders:live --sizes 256,512,1024 --p95 500ms --apply --alias live --yes
  millicent tune --input power-tuning.json --format power-tuning --yes
  millicent tune restore                                  puts back what a killed run has left";

/// What was typed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<TuneCommand>,
    #[command(flatten)]
    run: RunArgs,
}

#[derive(Debug, Subcommand)]
enum TuneCommand {
    /// Put back what earlier runs have left on functions
    Restore(RestoreArgs),
    /// Show the result of another tool, of a chart link, or of an earlier run
    Show(show::Args),
    /// Print the least-privilege IAM policy for tuning a function
    #[cfg(feature = "aws")]
    Policy(policy::Args),
}

#[derive(Debug, clap::Args)]
pub(super) struct RestoreArgs {
    /// Only functions of this name or ARN, or the journal of one run [default: all that are open]
    function: Option<String>,
    #[command(flatten)]
    state: StateArgs,
    #[cfg(feature = "aws")]
    #[command(flatten)]
    access: live::AccessArgs,
}

#[derive(Debug, Clone, clap::Args)]
pub(super) struct StateArgs {
    /// Where runs keep their journals [default: millicent/tune in the user's state directory]
    #[arg(long, value_name = "DIR", help_heading = "Safety")]
    state_dir: Option<PathBuf>,
}

/// The flags of a run.
#[derive(Debug, clap::Args)]
pub(super) struct RunArgs {
    /// Name or ARN of the function, with a version or alias if wanted; or sim:NAME, or replay:FILE.csv
    function: Option<String>,

    /// Memory sizes in MB, such as 128,256,1024; or auto
    #[arg(long, value_name = "LIST", help_heading = "Measuring", default_value = "auto")]
    sizes: String,
    /// No smaller size is tried
    #[arg(long, value_name = "MB", help_heading = "Measuring", default_value = "128")]
    min_memory: String,
    /// No larger size is tried [default: 3008; 10240 where --sizes lists more]
    #[arg(long, value_name = "MB", help_heading = "Measuring")]
    max_memory: Option<String>,
    /// Warm calls of each size, the cold ones that warm up come on top [default: 10; with --sizes auto as few as decide]
    #[arg(long, value_name = "N", help_heading = "Measuring")]
    calls: Option<u32>,
    /// Calls of one size at the same time
    #[arg(long, value_name = "N", help_heading = "Measuring", default_value_t = 1)]
    workers: u32,
    /// Calls at the same time, all sizes together, under the limits of account and function
    #[arg(long, value_name = "N", help_heading = "Measuring", default_value_t = 10)]
    concurrency: u32,
    /// Measure cold starts: only first calls of new environments count
    #[arg(long, help_heading = "Measuring")]
    only_cold_starts: bool,
    /// Read what production has reported in the logs since so long ago, which is free; none reads nothing [default: 6h]
    #[arg(long, value_name = "TIME", help_heading = "Measuring")]
    history: Option<String>,
    /// With --sizes auto: another run of this function, on the other architecture or before a change, as JSON: the shape of its
    /// curve is used, not its level
    #[arg(long, value_name = "FILE", help_heading = "Measuring", conflicts_with = "input")]
    like: Option<PathBuf>,
    /// Pause after each call of a size
    #[arg(long, value_name = "TIME", help_heading = "Measuring", default_value = "0ms")]
    pause: String,
    /// Count this error type as an ordinary answer; repeat for several
    #[arg(long, value_name = "TYPE", help_heading = "Measuring")]
    allow_error: Vec<String>,

    /// Event of every call: JSON, @FILE or s3://BUCKET/KEY
    #[arg(long, value_name = "EVENT", help_heading = "Payloads", allow_hyphen_values = true)]
    payload: Option<String>,
    /// Several events with weights: JSON list of {"payload": …, "weight": …}, @FILE or s3://BUCKET/KEY
    #[arg(long, value_name = "LIST", help_heading = "Payloads", conflicts_with = "payload")]
    weighted_payloads: Option<String>,
    /// One event for each call, one a line (JSON Lines): for functions with side effects
    #[arg(long, value_name = "FILE", help_heading = "Payloads", conflicts_with_all = ["payload", "weighted_payloads"])]
    events: Option<PathBuf>,
    /// Before each call: a local command (event on standard input; what it prints replaces it) or a function's ARN
    #[arg(long, value_name = "STEP", help_heading = "Payloads")]
    pre: Option<String>,
    /// After each call: a local command (response on standard input) or a function's ARN
    #[arg(long, value_name = "STEP", help_heading = "Payloads")]
    post: Option<String>,

    /// What is best
    #[arg(long, value_enum, help_heading = "Choosing")]
    strategy: Option<StrategyName>,
    /// Weight of cost in the strategy balanced, from 0 (speed) to 1 (cost) [default: 0.5]
    #[arg(long, value_name = "W", help_heading = "Choosing")]
    balanced_weight: Option<f64>,
    /// The cheapest size at which nineteen of twenty calls take no longer
    #[arg(long, value_name = "TIME", help_heading = "Choosing", conflicts_with_all = ["strategy", "cost_tolerance"])]
    p95: Option<String>,
    /// The fastest size that costs at most this much more than the cheapest
    #[arg(long, value_name = "SHARE", help_heading = "Choosing", conflicts_with = "strategy")]
    cost_tolerance: Option<String>,
    /// Share of requests in production that start cold; their INIT is billed
    #[arg(long, value_name = "SHARE", help_heading = "Choosing")]
    cold_fraction: Option<String>,
    /// Requests in production, such as 3M/month: shows money per month, and no look is taken that they do not pay back
    #[arg(long, value_name = "RATE", help_heading = "Choosing")]
    requests: Option<String>,
    /// With --sizes auto: stop when the recommendation is expected to cost at most this much more than the best size [default: 2%]
    #[arg(long, value_name = "SHARE", help_heading = "Choosing")]
    target_regret: Option<String>,
    /// With --sizes auto: look longer, for the answer of a full sweep at a fraction of its calls
    #[arg(long, help_heading = "Choosing")]
    thorough: bool,
    /// With --requests: the time in which savings must pay a look back
    #[arg(long, value_name = "TIME", help_heading = "Choosing", default_value = "30d", requires = "requests")]
    pay_back: String,
    /// Price book: bundled, documents, or a CSV file of your own laid over them; repeat for several
    #[arg(long, value_name = "BOOK", help_heading = "Choosing")]
    prices: Vec<String>,
    /// Set the recommended size when the run ends well
    #[arg(long, help_heading = "Choosing")]
    apply: bool,
    /// With --apply: publish a version and point this alias to it
    #[arg(long, value_name = "NAME", help_heading = "Choosing", requires = "apply")]
    alias: Option<String>,

    /// Dollars that the run may cost, at most: no call starts that could pass them
    #[arg(long, visible_alias = "budget", value_name = "USD", help_heading = "Safety", default_value = "0.50")]
    max_spend: String,
    /// Invocations, at most
    #[arg(long, value_name = "N", help_heading = "Safety", default_value_t = 1000)]
    max_invocations: u32,
    /// Print what a run would do, cost and need; nothing is changed or invoked
    #[arg(long, help_heading = "Safety")]
    dry_run: bool,
    /// Do not ask before invoking
    #[arg(long, short, help_heading = "Safety")]
    yes: bool,
    /// Go on where the run of this journal stopped: its calls are not made again
    #[arg(long, value_name = "FILE", help_heading = "Safety")]
    resume: Option<PathBuf>,
    #[command(flatten)]
    state: StateArgs,
    /// Print events, responses and the function's error messages to standard error
    #[arg(long, help_heading = "Safety")]
    log_payload: bool,
    /// How often to look whether a change has arrived
    #[arg(long, value_name = "TIME", help_heading = "Safety", default_value = "250ms")]
    poll_interval: String,
    /// How long to wait for a change before giving up
    #[arg(long, value_name = "TIME", help_heading = "Safety", default_value = "10min")]
    patience: String,
    /// How long an interrupted run waits for calls under way
    #[arg(long, value_name = "TIME", help_heading = "Safety", default_value = "10s")]
    grace: String,
    /// For everything random: noise of simulated functions, intervals, jitter
    #[arg(long, value_name = "N", help_heading = "Safety", default_value_t = 0)]
    seed: u64,

    /// Take the input of aws-lambda-power-tuning, unchanged
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Output",
        conflicts_with_all = [
            "sizes", "calls", "workers", "only_cold_starts", "pause", "payload", "weighted_payloads", "events", "pre", "post",
            "strategy", "balanced_weight", "p95", "cost_tolerance", "resume",
        ]
    )]
    input: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Table, help_heading = "Output")]
    format: Format,
    /// Write the result to this file instead of standard output
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
    /// Also write the result as JSON: a work profile for scenarios (profile = "FILE")
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    export_json: Option<PathBuf>,
    /// Also write the sizes as CSV
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    export_csv: Option<PathBuf>,
    /// Also write the result as Markdown
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    export_markdown: Option<PathBuf>,
    /// Also write every call as CSV, which replay: reads
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    export_samples: Option<PathBuf>,
    /// Also draw duration and cost over memory: FILE.svg or FILE.png
    #[cfg(feature = "charts")]
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    chart: Option<PathBuf>,
    /// Page that the chart link of the format power-tuning points to
    #[arg(long, value_name = "URL", help_heading = "Output", default_value = millicent::power_tuning::DEFAULT_CHART_PAGE)]
    chart_page: String,

    #[cfg(feature = "aws")]
    #[command(flatten)]
    access: live::AccessArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StrategyName {
    Cost,
    Speed,
    Balanced,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
    Markdown,
    /// The output object of aws-lambda-power-tuning
    PowerTuning,
}

/// Runs the command.
pub(super) fn run(args: Args, out: &mut dyn Write, talk: &mut dyn Write) -> anyhow::Result<ExitCode> {
    match args.command {
        Some(TuneCommand::Show(args)) => return show::run(&args, out),
        #[cfg(feature = "aws")]
        Some(TuneCommand::Policy(args)) => return policy::run(&args, out),
        Some(TuneCommand::Restore(args)) => return restore(args, talk),
        None => {}
    }
    let request = Request::of(args.run, talk)?;
    if request.dry_run {
        return dry_run(request, out);
    }
    let ran = match &request.target {
        Target::Virtual(_) => virtual_run::run(request, talk)?,
        #[cfg(feature = "aws")]
        Target::Aws(_) => live::run(request, talk)?,
        #[cfg(not(feature = "aws"))]
        Target::Aws(name) => return Err(without_aws(name)),
    };
    finish(ran, out, talk)
}

#[cfg(not(feature = "aws"))]
fn without_aws(name: &str) -> anyhow::Error {
    WrongInput(format!("this program was built without AWS, so it cannot reach {name:?} (sim:NAME and replay:FILE work)")).into()
}

#[cfg(feature = "aws")]
fn restore(args: RestoreArgs, talk: &mut dyn Write) -> anyhow::Result<ExitCode> {
    live::restore(args, talk)
}

#[cfg(not(feature = "aws"))]
fn restore(args: RestoreArgs, _: &mut dyn Write) -> anyhow::Result<ExitCode> {
    Err(without_aws(&args.function.unwrap_or_default()))
}

fn dry_run(mut request: Request, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    match &request.target {
        Target::Virtual(function) => {
            let calls = counted(request.plan.expected_invocations(), "call");
            writeln!(out, "{}: up to {calls}, all of them inside this program: nothing is spent", function.name)?;
            Ok(ExitCode::SUCCESS)
        }
        #[cfg(feature = "aws")]
        Target::Aws(_) => preview::run(&mut request, out),
        #[cfg(not(feature = "aws"))]
        Target::Aws(name) => Err(without_aws(name)),
    }
}

/// A run that has ended, and what it takes to write its result.
struct Ran {
    ended: Ended,
    function: String,
    outputs: exports::Outputs,
    choice: request::Choice,
}

/// Writes the result and says how it ended.
fn finish(ran: Ran, out: &mut dyn Write, talk: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let Ran { ended, function, outputs, choice } = ran;
    let (stop, clean) = (ended.stop.clone(), ended.is_clean() && ended.caught.is_empty());
    let said = exports::endings(&ended);
    let result = TuneResult::of(ended, function, choice.evaluation());
    for line in said {
        // Nobody may be listening; how the run ended is said by the exit code too.
        let _ = writeln!(talk, "{line}");
    }
    let result = match result {
        Ok(result) => result,
        // The reason has been said.
        Err(_) if stop.is_some() => return Ok(ExitCode::from(exit_code(None, stop.as_ref(), clean))),
        Err(problem) => return Err(problem.into()),
    };
    let code = exit_code(result.recommendation.as_ref(), stop.as_ref(), clean);
    if result.sizes.is_empty() && result.infeasible.is_empty() {
        if stop.is_none() {
            writeln!(talk, "error: {}", report::verdict(&result))?;
        }
        return Ok(ExitCode::from(code));
    }
    let written = outputs.write(&result, out).and_then(|()| out.flush().map_err(Into::into));
    if outputs.notes_apart() {
        for note in &result.notes {
            let _ = writeln!(talk, "note: {note}");
        }
    }
    match written {
        // A reader that has seen enough does not make a failed run a good one.
        Err(error) if !is_closed_pipe(&error) => Err(error),
        _ => Ok(ExitCode::from(code)),
    }
}

/// 0 answered, 1 failed or something is left behind, 3 a stated limit is not met, 130 interrupted.
fn exit_code(recommendation: Option<&Recommendation>, stop: Option<&Stop>, clean: bool) -> u8 {
    match stop {
        _ if !clean => 1,
        Some(Stop::Failed(_) | Stop::ChangedByOthers(_)) => 1,
        Some(Stop::Interrupted) => 130,
        Some(Stop::SpendingLimit { .. } | Stop::InvocationLimit) => 3,
        None if recommendation.is_some_and(|recommendation| recommendation.meets_limit) => 0,
        None => 3,
    }
}

impl request::Choice {
    /// How the run is evaluated.
    fn evaluation(&self) -> Evaluation<'_> {
        Evaluation {
            averaging: self.averaging.clone(),
            strategy: self.strategy.clone(),
            requests_per_month: self.requests_per_month,
            alike: self.alike.clone(),
            prices: &self.prices,
            region: self.region.clone(),
        }
    }
}

/// What is said of putting back, for a person.
fn restored_words(restored: &Restored) -> Option<String> {
    Some(match restored {
        Restored::Untouched | Restored::Yes => return None,
        Restored::KeptByOthers { now } => {
            format!("warning: somebody else has changed the function meanwhile; left as it is: {now}")
        }
        Restored::No { problem } => format!(
            "warning: THE FUNCTION COULD NOT BE PUT BACK: {problem}\nhint: run `millicent tune restore` as soon as that is mended; the journal knows how"
        ),
    })
}

/// The table for a terminal.
fn table(result: &TuneResult, bytes: &mut Vec<u8>) -> std::io::Result<()> {
    report::write_tune_table(result, width(), bytes)
}
