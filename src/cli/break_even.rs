//! `millicent break-even`: where the cheapest option changes.

use std::io::Write;
#[cfg(feature = "charts")]
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
#[cfg(feature = "charts")]
use millicent::break_even::ProvisionedLevels;
use millicent::break_even::{Axis, BreakEven, Interval, Question, Scale, provisioned_rules};
#[cfg(feature = "charts")]
use millicent::chart::Theme;
use millicent::compare::line_up;
use millicent::report;
use millicent::units::{Decimal, Month};

#[cfg(feature = "charts")]
use super::chart_file::ChartFile;
use super::files::write_all;
use super::scenario::{Format, ScenarioArgs};
use super::{LEFT_OUT, LIMIT_NOT_MET, WrongInput, width};

const EXAMPLES: &str = "Examples:
  millicent break-even --duration 1s --memory 512MB --platform lambda --platform ec2,instance=t3.medium,count=1
  millicent break-even examples/order-pipeline.toml --over requests --from 10k/month --to 100M/month
  millicent break-even --requests 20M/month --duration 200ms --memory 512MB --over cpu-fraction --between lambda fargate
  millicent break-even --requests 20M/month --duration 200ms --memory 512MB --over price:ec2 --between x86_64 m7i
  millicent break-even --provisioned --region eu-west-1
  millicent break-even --provisioned --requests 20/s --duration 300ms --memory 1GB --chart levels.svg";

/// Where requests start when the axis changes them anyway.
const ANY_RATE: &str = "1M/month";

/// What was typed.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// What changes: requests, requests:WORKLOAD, duration, memory, cpu-fraction, peak-to-mean, utilization, price:SERVICE
    #[arg(long, value_name = "AXIS", default_value = "requests")]
    over: String,
    /// Where the axis starts [default: 1k/month, 1ms, 128MB, 1%, 1, 10%, 0.1]
    #[arg(long, value_name = "PLACE")]
    from: Option<String>,
    /// Where it ends [default: 1B/month, 900s, 10GB, 100%, 100, 100%, 10]
    #[arg(long, value_name = "PLACE")]
    to: Option<String>,
    /// How it is divided [default: log, linear for shares]
    #[arg(long, value_enum)]
    scale: Option<ScaleFlag>,
    /// Two options, by name or a part of it that fits one alone [default: all]
    #[arg(long, num_args = 2, value_names = ["OPTION", "OPTION"])]
    between: Option<Vec<String>>,
    /// Instead: from which use on provisioned concurrency pays, by tier
    #[arg(long, conflicts_with_all = ["from", "to", "scale", "between"])]
    provisioned: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Write the result to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Also draw the costs along the axis, or with --provisioned the levels of the first function: FILE.svg or FILE.png
    #[cfg(feature = "charts")]
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    /// End with code 4 when an option has no price
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    scenario: ScenarioArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ScaleFlag {
    Log,
    Linear,
}

/// Runs the command.
pub(super) fn run(args: Args, out: &mut dyn Write, talk: &mut dyn Write) -> anyhow::Result<ExitCode> {
    if args.provisioned {
        args.scenario.refuse_budget("a rule has no cost of a month")?;
        return run_provisioned(args, out);
    }
    #[cfg(feature = "charts")]
    let chart = args.chart.as_deref().map(ChartFile::named).transpose()?;
    let over = args.over.parse::<Axis>()?;
    let mut scenario = args.scenario;
    scenario.refuse_budget("an axis has a cost at each of its places, and not one of a month")?;
    if over == Axis::Requests {
        scenario.state_requests(ANY_RATE)?;
    }
    let (draft, book, read_file) = scenario.read_draft(line_up)?;
    let interval = interval(&over, args.from.as_deref(), args.to.as_deref(), args.scale, draft.month())?;
    let between = match args.between.as_deref() {
        Some([one, other]) => Some((one.clone(), other.clone())),
        _ => None,
    };
    let question = Question { over, interval, between };
    let answer = BreakEven::of(&question, &draft, &book, &read_file)?;
    let bytes = formatted(args.format, &answer)?;
    write_all(args.output.as_deref(), &bytes, out)?;
    out.flush()?;
    #[cfg(feature = "charts")]
    if let Some(chart) = &chart {
        let curves = answer.curves(&draft, &book, &read_file)?;
        let title = answer.reference.basis.title.clone().unwrap_or_else(|| "This workload".to_owned());
        let figure = report::cost_curve_figure(&answer, &curves, &draft.workloads, &title);
        chart.write(figure.svg(Theme::Light)?)?;
    }
    // In JSON and Markdown the notes are part of the data.
    if matches!(args.format, Format::Table | Format::Csv) {
        for note in report::break_even_notes(&answer) {
            writeln!(talk, "note: {note}")?;
        }
    }
    Ok(match answer.has_winner() {
        false => ExitCode::from(LIMIT_NOT_MET),
        true if args.strict && answer.is_incomplete() => ExitCode::from(LEFT_OUT),
        true => ExitCode::SUCCESS,
    })
}

fn formatted(format: Format, answer: &BreakEven) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match format {
        Format::Table => report::write_break_even(answer, width(), &mut bytes)?,
        Format::Json => report::write_break_even_json(answer, &mut bytes)?,
        Format::Csv => report::write_break_even_csv(answer, &mut bytes)?,
        Format::Markdown => report::write_break_even_markdown(answer, &mut bytes)?,
    }
    Ok(bytes)
}

fn run_provisioned(args: Args, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    #[cfg(feature = "charts")]
    if let Some(path) = &args.chart {
        draw_levels(path, args.scenario.clone())?;
    }
    let (book, region) = args.scenario.read_prices()?;
    let rules = provisioned_rules(&book, &region)?;
    let mut bytes = Vec::new();
    match args.format {
        Format::Table => report::write_provisioned(&rules, &region, width(), &mut bytes)?,
        Format::Json => report::write_provisioned_json(&rules, &region, &mut bytes)?,
        Format::Csv => report::write_provisioned_csv(&rules, &region, &mut bytes)?,
        Format::Markdown => report::write_provisioned_markdown(&rules, &region, &mut bytes)?,
    }
    write_all(args.output.as_deref(), &bytes, out)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(feature = "charts")]
fn draw_levels(path: &Path, scenario: ScenarioArgs) -> anyhow::Result<()> {
    let file = ChartFile::named(path)?;
    let (draft, book, read_file) = scenario.read_draft(line_up)?;
    let Some(levels) = ProvisionedLevels::of(&draft, false, &book, &read_file)? else {
        let problem = "--chart: there are no levels to draw (of one workload, a function that leaves open what its units serve, with a load of up to about 170)";
        return Err(WrongInput(problem.to_owned()).into());
    };
    file.write(report::provisioned_figure(&levels).svg(Theme::Light)?)
}

fn interval(
    over: &Axis,
    from: Option<&str>,
    to: Option<&str>,
    scale: Option<ScaleFlag>,
    month: Month,
) -> anyhow::Result<Interval> {
    let place = |flag: &str, text: Option<&str>, usual: Decimal| match text {
        None => Ok(usual),
        Some(text) => over.parse(text, month).map_err(|problem| WrongInput(format!("--{flag}: {problem}"))),
    };
    let (least, most) = over.usual_ends();
    let scale = match scale {
        None => over.usual_scale(),
        Some(ScaleFlag::Log) => Scale::Logarithmic,
        Some(ScaleFlag::Linear) => Scale::Linear,
    };
    Ok(Interval::new(place("from", from, least)?, place("to", to, most)?, scale)?)
}
