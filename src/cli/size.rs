//! `millicent size`: how many environments, instances, kept units and connections, each choice with its cost.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use millicent::provisioning::Target;
use millicent::report;
use millicent::sizing::{FunctionSizing, OptionSizing, Settings, Sizing, SizingError, usual_options};

use super::files::write_all;
use super::keys::SizeFlags;
use super::scenario::{Format, ScenarioArgs};
use super::{LIMIT_NOT_MET, WrongInput, over_budget, width};

const EXAMPLES: &str = "Examples:
  millicent size --requests 50/s --duration 200ms --memory 512MB --runtime python3.13
  millicent size --requests 200/s --cpu 100ms --platform fargate,vcpu=1
  millicent size examples/checkout-function.toml
  millicent size examples/checkout-function.toml --commands aws-cli --function checkout --qualifier live
  millicent size --requests 20/s --duration 120ms --memory 512MB --database-time 30ms --database-connections 100";

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
    /// Instead: what sets the recommended provisioned concurrency
    #[arg(long, value_enum, requires_all = ["function", "qualifier"], conflicts_with = "format")]
    commands: Option<Language>,
    /// With --commands: the function that it is for
    #[arg(long, value_name = "NAME", requires = "commands")]
    function: Option<String>,
    /// With --commands: its alias or version
    #[arg(long, value_name = "NAME", requires = "commands")]
    qualifier: Option<String>,
    /// With --commands: the option, by its name, where several are functions
    #[arg(long, value_name = "NAME", requires = "commands")]
    option: Option<String>,
    #[command(flatten)]
    size: SizeFlags,
    #[command(flatten)]
    scenario: ScenarioArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    AwsCli,
    Terraform,
}

/// Runs the command.
pub(super) fn run(args: Args, out: &mut dyn Write, talk: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let Args { format, output, commands, function, qualifier, option, size, scenario } = args;
    let target = match (commands, function, qualifier) {
        (Some(_), Some(function), Some(qualifier)) => Some(Target::new(&function, &qualifier).map_err(SizingError::from)?),
        _ => None,
    };
    let mut section = scenario.own_table("size")?;
    section.lay_over(&size.0);
    let (draft, book, read_file) = scenario.read_draft(usual_options)?;
    let settings = Settings::read(section, draft.month())?;
    let sizing = Sizing::of(&settings, &draft, &book, &read_file)?;
    let mut bytes = Vec::new();
    match (commands, target) {
        (Some(language), Some(target)) => {
            bytes.extend(commands_for(&sizing, option.as_deref(), language, &target)?.into_bytes());
        }
        _ => match format {
            Format::Table => report::write_sizing(&sizing, width(), &mut bytes)?,
            Format::Json => report::write_sizing_json(&sizing, &mut bytes)?,
            Format::Csv => report::write_sizing_csv(&sizing, &mut bytes)?,
            Format::Markdown => report::write_sizing_markdown(&sizing, &mut bytes)?,
        },
    }
    write_all(output.as_deref(), &bytes, out)?;
    out.flush()?;
    // In JSON and Markdown the notes are part of the data.
    if commands.is_none() && matches!(format, Format::Table | Format::Csv) {
        for note in report::sizing_notes(&sizing) {
            writeln!(talk, "note: {note}")?;
        }
    }
    let bills = sizing.options.iter().filter_map(|option| option.estimate.as_ref());
    let code = over_budget(&sizing.basis, bills.filter(|option| sizing.basis.is_exceeded_by(&option.bill)), talk)?;
    let carried = sizing.options.iter().any(OptionSizing::is_within_limits);
    Ok(if carried { code } else { ExitCode::from(LIMIT_NOT_MET) })
}

/// What sets the recommendation for the only function, or the one of the named option.
fn commands_for(sizing: &Sizing, option: Option<&str>, language: Language, target: &Target) -> anyhow::Result<String> {
    let functions: Vec<(&str, &FunctionSizing)> = sizing
        .options
        .iter()
        .filter(|sized| option.is_none_or(|name| sized.name == name))
        .flat_map(|sized| sized.functions().map(|(_, function)| (sized.name.as_str(), function)))
        .collect();
    let [(_, function)] = functions.as_slice() else {
        let known: Vec<&str> =
            sizing.options.iter().filter(|sized| 0 < sized.functions().count()).map(|sized| sized.name.as_str()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join("; ") };
        let problem = format!(
            "--commands are for one function (choose with --option, or with a scenario of one workload; options with functions: {known})"
        );
        return Err(WrongInput(problem).into());
    };
    let Some(plan) = &function.provisioning else {
        let problem = "nothing is recommended: the function has SnapStart, or the price book has no provisioned concurrency, or the load is too large (the notes of `millicent size` say which)";
        return Err(WrongInput(problem.to_owned()).into());
    };
    let setting = plan.setting().map_err(SizingError::from)?;
    Ok(match language {
        Language::AwsCli => report::provisioned_commands(target, &setting),
        Language::Terraform => report::provisioned_terraform(target, &setting),
    })
}
