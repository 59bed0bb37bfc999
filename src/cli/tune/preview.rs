//! `--dry-run`: what a run would do, cost and need. The function is read, where that is possible; nothing is changed or invoked.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use millicent::aws::{AwsDriver, Inputs};
use millicent::report::{dollars, text_table};
use millicent::tune::{Action, FunctionState, Measuring, Outcome, Rates, SizeChoice, first_sizes, listed, span_words};
use millicent::units::{Decimal, MemoryMb, Usd, counted};

use super::live::{function_name, reach, runtime};
use super::request::Request;
use super::target::Target;

/// What an update and its polls take on AWS, about.
const UPDATE: Duration = Duration::from_secs(3);
/// The duration that example costs are given for.
const EXAMPLE_MS: u32 = 100;

/// Runs it.
pub(super) fn run(request: &mut Request, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let Target::Aws(typed) = &request.target else { anyhow::bail!("this function is not on AWS") };
    let typed = typed.clone();
    let read = runtime()?.block_on(read(request, &typed));
    let name = function_name(&typed)?;
    writeln!(out, "Dry run for {name}: nothing is changed, nothing is invoked\n")?;
    let function = match read {
        Ok(function) => Some(function),
        Err(problem) => {
            writeln!(out, "The function could not be read ({problem:#}); sizes and costs below are for any function.\n")?;
            None
        }
    };
    write_plan(request, function.as_ref(), out)?;
    writeln!(out, "Permissions: millicent tune policy {name}")?;
    Ok(ExitCode::SUCCESS)
}

async fn read(request: &mut Request, typed: &str) -> anyhow::Result<FunctionState> {
    let reached = reach(request, typed).await?;
    let driver = AwsDriver::new(&reached.connected, reached.name, Inputs::default());
    match driver.perform(Action::ReadFunction { qualifier: request.plan.qualifier.clone() }).await {
        Outcome::Function(function) => Ok(*function),
        Outcome::Failed(failure) => Err(failure.into()),
        _ => anyhow::bail!("AWS answered with something else"),
    }
}

fn write_plan(request: &Request, function: Option<&FunctionState>, out: &mut dyn Write) -> anyhow::Result<()> {
    let plan = &request.plan;
    let sizes = match function {
        Some(function) => first_sizes(plan, function.memory),
        None => first_sizes(plan, plan.bounds.0),
    };
    if let Some(function) = function {
        let seconds = function.timeout.as_secs();
        writeln!(out, "Function: {}, {}, time-out {seconds} s, {}", function.arn, function.memory, function.architecture.name())?;
        let rates = Rates::of(&plan.prices, &plan.region, function.architecture, function.ephemeral_storage)?;
        writeln!(out, "\n{}", size_table(request, function, &rates, &sizes))?;
    } else {
        writeln!(out, "Sizes: {}", listed(&sizes))?;
    }
    let more = if plan.sizes == SizeChoice::Auto {
        ", then at the sizes where a call tells most for its price, until the choice is good enough"
    } else {
        ""
    };
    let each = match plan.measuring {
        Measuring::Warm { calls, workers } => {
            let warms = if workers == 1 { "warms" } else { "warm" };
            format!("{} of each, and {workers} that {warms} up", counted(calls, "warm call"))
        }
        Measuring::Cold { calls } => format!("{} of each, in new environments", counted(calls, "first call")),
    };
    writeln!(out, "Calls: {each}{more}; {} expected, {} at most", plan.expected_invocations(), plan.max_invocations)?;
    // The current size comes last and is the way back; where it is not measured, the way back is one more.
    let way_back = !function.is_some_and(|function| sizes.contains(&function.memory));
    // A run that chooses goes back after every size, as it does not know whether there is a next one.
    let (changes, about) = match plan.sizes {
        SizeChoice::Auto => (2 * plan.expected_sizes().saturating_sub(1), "about "),
        SizeChoice::Listed(_) => (sizes.len() + usize::from(way_back), ""),
    };
    let changes = u32::try_from(changes).unwrap_or(u32::MAX);
    let minutes = UPDATE.as_secs_f64() * f64::from(changes) / 60.0;
    writeln!(
        out,
        "Changes: $LATEST gets another size {about}{changes} times, the last time its own; about {minutes:.1} min, while sizes are measured"
    )?;
    writeln!(
        out,
        "Money: at most ${} (--max-spend) for its calls; functions that run before and after them are counted when they have run",
        plan.max_spend.amount().normalize()
    )?;
    let calls = "GetFunction, ListVersionsByFunction, GetAccountSettings, UpdateFunctionConfiguration, PublishVersion, Invoke, DeleteFunction (only versions of this run), FilterLogEvents where a report is missing";
    let history = plan.history.map_or_else(String::new, |span| {
        format!(
            ", and for what production reported in the last {} (at most 3 pages, which is free; --history none reads nothing)",
            span_words(span)
        )
    });
    let alias = if request.apply.as_ref().is_some_and(|apply| apply.alias.is_some()) {
        ", GetAlias, CreateAlias, UpdateAlias"
    } else {
        ""
    };
    writeln!(out, "API calls: {calls}{history}{alias}")?;
    Ok(())
}

fn size_table(request: &Request, function: &FunctionState, rates: &Rates, sizes: &[MemoryMb]) -> String {
    let calls = request.plan.measuring.expected();
    let times = |cost: Usd| dollars(cost.amount() * Decimal::from(calls));
    let mut sizes = sizes.to_vec();
    sizes.sort_unstable();
    let mut rows: Vec<Vec<String>> = sizes
        .iter()
        .map(|memory| {
            vec![
                memory.to_string(),
                calls.to_string(),
                times(rates.invocation(*memory, EXAMPLE_MS.into())),
                times(rates.worst(*memory, function.timeout)),
                if *memory == function.memory { "current".to_owned() } else { String::new() },
            ]
        })
        .collect();
    let total = |cost: &dyn Fn(MemoryMb) -> Usd| times(sizes.iter().map(|memory| cost(*memory)).sum());
    rows.push(vec![
        "total".to_owned(),
        (u64::from(calls) * sizes.len() as u64).to_string(),
        total(&|memory| rates.invocation(memory, EXAMPLE_MS.into())),
        total(&|memory| rates.worst(memory, function.timeout)),
        String::new(),
    ]);
    let example = format!("if each takes {EXAMPLE_MS} ms");
    text_table(&["memory", "calls", &example, "if each times out", ""], &[0, 1, 2, 3], rows, None)
}
