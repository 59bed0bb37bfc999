//! The input of aws-lambda-power-tuning, as flags.

use std::io::Write;
use std::path::Path;

use millicent::power_tuning::{PayloadSource, PowerTuningInput};
use millicent::tune::Strategy;

use super::super::WrongInput;
use super::super::files::read_text;
use super::payloads::{EventSource, Events, Reading};
use super::{Format, RunArgs};

/// What an input says that flags say otherwise.
pub(super) struct FromInput {
    /// What is best.
    pub(super) strategy: Strategy,
    /// The events.
    pub(super) events: EventSource,
    /// Whether the output lists every size.
    pub(super) with_stats: bool,
}

/// Lays an input over the flags: what it says holds, and what it does not say stays.
pub(super) fn lay_over(args: &mut RunArgs, path: &Path, talk: &mut dyn Write) -> anyhow::Result<FromInput> {
    let wrong = |problem: String| WrongInput(format!("{}: {problem}", path.display()));
    let text = read_text(path).map_err(wrong)?;
    let input = PowerTuningInput::read(&text).map_err(|problem| wrong(problem.to_string()))?;
    for note in &input.notes {
        writeln!(talk, "note: {note}")?;
    }
    for warning in &input.warnings {
        writeln!(talk, "warning: {}: {warning}", path.display())?;
    }
    if args.function.is_none() {
        args.function = Some(input.lambda_arn);
    }
    args.sizes = input.power_values.iter().map(|size| size.get().to_string()).collect::<Vec<_>>().join(",");
    args.only_cold_starts = input.only_cold_starts;
    // `num` counts every call of a size. One worker warms one environment up, so that call is one of them.
    args.calls = Some(if input.only_cold_starts { input.num } else { input.num - 1 });
    if input.parallel_invocation && !input.only_cold_starts {
        args.workers = (input.num / 2).max(1);
        args.calls = Some(input.num - args.workers);
        args.concurrency = args.concurrency.max(args.workers);
    }
    args.pause = format!("{}ms", input.sleep_between_runs_ms);
    args.pre = input.pre_processor_arn;
    args.post = input.post_processor_arn;
    args.allow_error.extend(input.allowed_exceptions);
    args.dry_run |= input.dry_run;
    args.apply |= input.auto_optimize;
    args.alias = input.auto_optimize_alias.or_else(|| args.alias.take());
    if args.format == Format::Table && args.output.is_none() {
        args.format = Format::PowerTuning;
    }
    let events = match input.payload {
        PayloadSource::Inline(payloads) => EventSource::Here(Events::of_power_tuning(payloads)),
        PayloadSource::S3(object) => {
            EventSource::S3 { address: format!("s3://{}/{}", object.bucket, object.key), reading: Reading::PowerTuning }
        }
    };
    Ok(FromInput { strategy: Strategy::PowerTuning(input.strategy), events, with_stats: input.include_output_results })
}
