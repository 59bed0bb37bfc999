//! `millicent tune show`: the result of another tool, a chart link, or an earlier run.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use millicent::power_tuning::{ChartLink, Charts, Currency, PowerTuningOutput, SizeAverage};
use millicent::report::{milliseconds, text_table, wrapped};
use millicent::units::{Decimal, decimal_from_statistic, grouped, significant};
use serde_json::Value;

use super::super::files::read_text;
use super::super::{WrongInput, width};

/// What was typed.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A chart link, or a file: output of aws-lambda-power-tuning, or JSON that `millicent tune` wrote; `-` is standard input
    source: String,
}

/// Runs the command.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let is_file = args.source == "-" || Path::new(&args.source).exists();
    let text = if is_file {
        read_text(args.source.as_ref()).map_err(|problem| WrongInput(format!("{}: {problem}", args.source)))?
    } else {
        args.source.clone()
    };
    let wrong = |problem: String| {
        let source = if is_file { args.source.as_str() } else { "the link" };
        WrongInput(format!("{source}: {problem}"))
    };
    if !is_file && !text.contains(['#', ';', '{', '%']) {
        return Err(WrongInput(format!("{}: there is no such file, and a chart link it is not", args.source)).into());
    }
    let looks_like_json = text.trim_start().starts_with(['{', '"', 'n']);
    if !looks_like_json {
        return link(&ChartLink::read(&text).map_err(|problem| wrong(problem.to_string()))?, out);
    }
    match serde_json::from_str::<Value>(&text) {
        Ok(value) if value["schema"].as_str().is_some_and(|schema| schema.starts_with("millicent/tune/")) => own(&value, out),
        _ => output(&PowerTuningOutput::read(&text).map_err(|problem| wrong(problem.to_string()))?, out),
    }
}

fn link(link: &ChartLink, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    match &link.charts {
        Charts::One(sizes) => write_sizes(None, sizes, link.currency, out)?,
        Charts::Two(curves) => {
            for curve in curves.iter() {
                write_sizes(Some(&curve.name), &curve.sizes, link.currency, out)?;
            }
        }
    }
    writeln!(out, "A chart link holds 32-bit numbers: about seven digits. Cost is that of compute, without the request fee.")?;
    Ok(ExitCode::SUCCESS)
}

fn output(output: &PowerTuningOutput, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let chosen = format!(
        "Chosen: {}, {} ms and ${} a call on average; the run cost ${} for Lambda and ${} for the state machine.",
        output.power,
        milliseconds(output.duration_ms),
        digits(output.cost),
        digits(output.state_machine.lambda_cost),
        digits(output.state_machine.execution_cost)
    );
    writeln!(out, "{}\n", wrapped(&chosen, width()))?;
    match (&output.stats, ChartLink::read(&output.state_machine.visualization)) {
        (Some(sizes), _) => write_sizes(None, sizes, Currency::Dollars, out)?,
        (None, Ok(chart)) => return link(&chart, out),
        (None, Err(_)) => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// What `millicent tune` wrote: the sentence and the sizes.
fn own(value: &Value, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let title = format!("{} ({}, {})", text("function"), text("architecture"), text("region"));
    writeln!(out, "{title}\n\n{}\n", wrapped(&text("verdict"), width()))?;
    let number = |value: &Value| value.as_f64().map_or_else(String::new, milliseconds);
    let rows = value["sizes"].as_array().into_iter().flatten().map(|size| {
        vec![
            size["memory_mb"].as_u64().map_or_else(String::new, |memory| format!("{} MB", grouped(memory.into()))),
            size["calls"].to_string(),
            number(&size["mean_ms"]),
            number(&size["p95_ms"]),
            size["cost_per_million_usd"].as_f64().map_or_else(String::new, digits),
        ]
    });
    let header = ["memory", "calls", "mean ms", "p95 ms", "USD per million"];
    writeln!(out, "{}", text_table(&header, &[0, 1, 2, 3, 4], rows.collect(), Some(width())))?;
    Ok(ExitCode::SUCCESS)
}

fn write_sizes(name: Option<&str>, sizes: &[SizeAverage], currency: Currency, out: &mut dyn Write) -> anyhow::Result<()> {
    if let Some(name) = name {
        writeln!(out, "{name}")?;
    }
    let cheapest = sizes.iter().map(|size| size.average_cost).fold(f64::INFINITY, f64::min);
    let fastest = sizes.iter().map(|size| size.average_duration_ms).fold(f64::INFINITY, f64::min);
    let is = |value: f64, best: f64| value <= best;
    let mut sizes: Vec<&SizeAverage> = sizes.iter().collect();
    sizes.sort_by_key(|size| size.memory);
    let rows = sizes.into_iter().map(|size| {
        let mut marks = Vec::new();
        if is(size.average_cost, cheapest) {
            marks.push("cheapest");
        }
        if is(size.average_duration_ms, fastest) {
            marks.push("fastest");
        }
        vec![
            size.memory.to_string(),
            milliseconds(size.average_duration_ms),
            digits(size.average_cost * 1e6),
            against(size.average_cost / cheapest),
            marks.join(", "),
        ]
    });
    let unit = if currency == Currency::Yuan { "CNY per million" } else { "USD per million" };
    let header = ["memory", "mean ms", unit, "vs cheapest", ""];
    writeln!(out, "{}", text_table(&header, &[0, 1, 2, 3], rows.collect(), Some(width())))?;
    Ok(())
}

fn against(ratio: f64) -> String {
    // A cost of nothing is no measure of the others.
    if ratio.is_finite() { format!("{:+.0}%", (ratio - 1.0) * 100.0) } else { String::new() }
}

fn digits(value: f64) -> String {
    significant(decimal_from_statistic(value, 15).unwrap_or(Decimal::ZERO), 4)
}
