//! The result of a run for programs; also the work profile that a scenario takes (`profile = "..."`).

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::Number;

use super::words::{infeasible, verdict};
use crate::fit::Fit;
use crate::lambda_log::FunctionErrorKind;
use crate::report::json::number;
use crate::stats::Estimate;
use crate::tune::{Enough, History, Label, Restored, SizeSummary, TuneResult};
use crate::units::{MemoryMb, Usd};

/// The JSON schema of the result of a run.
pub const TUNE_SCHEMA: &str = include_str!("tune.schema.json");

/// The version of the contract; raised when a key changes its meaning or goes away.
const SCHEMA: &str = "millicent/tune/1";

#[derive(Serialize)]
struct TuneJson<'r> {
    schema: &'static str,
    function: &'r str,
    architecture: &'static str,
    region: &'r str,
    verdict: String,
    current: CurrentJson,
    recommendation: Option<RecommendationJson>,
    sizes: Vec<SizeJson<'r>>,
    infeasible: Vec<InfeasibleJson>,
    fit: Option<FitJson<'r>>,
    requests_per_month: Option<Number>,
    history: Option<HistoryJson>,
    spent: SpentJson<'r>,
    restored: bool,
    stopped: Option<String>,
    enough: Option<Enough>,
    applied: Option<AppliedJson<'r>>,
    prices_as_of: Option<&'r str>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct CurrentJson {
    memory_mb: u32,
    measured: bool,
    cost_per_million_usd: Option<f64>,
    mean_ms: Option<f64>,
}

#[derive(Serialize)]
struct RecommendationJson {
    memory_mb: u32,
    strategy: &'static str,
    cost_per_million_usd: f64,
    mean_billed_ms: f64,
    p95_ms: f64,
    regret_bound: f64,
    regret_expected: f64,
    confidence: f64,
    ties: Vec<u32>,
    meets_limit: bool,
    monthly_usd: Option<Number>,
    monthly_saving_usd: Option<Number>,
}

#[derive(Serialize)]
struct IntervalJson {
    point: f64,
    low: f64,
    high: f64,
}

#[derive(Serialize)]
struct SizeJson<'r> {
    memory_mb: u32,
    calls: u32,
    cold_calls: u32,
    mean_ms: f64,
    mean_interval_ms: IntervalJson,
    mean_billed_ms: f64,
    mean_billed_interval_ms: IntervalJson,
    p50_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
    p95_interval_ms: IntervalJson,
    cost_per_million_usd: f64,
    cost_interval_usd: IntervalJson,
    monthly_usd: Option<Number>,
    max_memory_used_mb: Option<u32>,
    init_ms: Option<f64>,
    durations_ms: &'r [f64],
}

#[derive(Serialize)]
struct InfeasibleJson {
    memory_mb: u32,
    reason: String,
}

#[derive(Serialize)]
struct FitJson<'r> {
    curve: &'r crate::fit::Curve,
    formula: String,
    family: &'r crate::fit::Family,
    r_squared: Option<f64>,
    leave_one_out_error: Option<f64>,
    residuals: Vec<ResidualJson>,
}

#[derive(Serialize)]
struct ResidualJson {
    memory_mb: u32,
    residual: f64,
}

#[derive(Serialize)]
struct HistoryJson {
    memory_mb: u32,
    seconds: f64,
    calls: u32,
    cold_calls: u32,
    failed_calls: u32,
    failures: BTreeMap<FunctionErrorKind, u32>,
    warm: Option<WarmJson>,
    max_memory_used_mb: Option<MemoryUsedJson>,
    init_ms: Option<f64>,
    requests_per_month: Option<Number>,
}

#[derive(Serialize)]
struct WarmJson {
    calls: u32,
    mean_ms: f64,
    p50_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
    log_variance: Option<f64>,
}

#[derive(Serialize)]
struct MemoryUsedJson {
    least: u32,
    median: u32,
    most: u32,
}

#[derive(Serialize)]
struct SpentJson<'r> {
    usd: Number,
    unknown_usd: Number,
    invocations: u32,
    cold_invocations: usize,
    throttled: u32,
    configuration_changes: u32,
    api_calls: &'r BTreeMap<&'static str, u32>,
    seconds: f64,
}

#[derive(Serialize)]
struct AppliedJson<'r> {
    memory_mb: u32,
    alias: Option<&'r str>,
    version: Option<&'r str>,
}

/// Writes the result.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_tune_json(result: &TuneResult, out: &mut dyn Write) -> io::Result<()> {
    let at_current = result.at_current();
    let json = TuneJson {
        schema: SCHEMA,
        function: &result.function,
        architecture: result.architecture.name(),
        region: result.region.code(),
        verdict: verdict(result),
        current: CurrentJson {
            memory_mb: result.current.get(),
            measured: at_current.is_some_and(|(.., measured)| measured),
            cost_per_million_usd: at_current.map(|(cost, ..)| cost.point),
            mean_ms: at_current.map(|(_, duration, _)| duration.point),
        },
        recommendation: recommendation(result),
        sizes: result.sizes.iter().map(|size| size_json(result, size)).collect(),
        infeasible: result
            .infeasible
            .iter()
            .map(|(memory, reason)| InfeasibleJson { memory_mb: memory.get(), reason: infeasible(reason) })
            .collect(),
        fit: result.curves.as_ref().map(|curves| fit_json(&curves.fit)),
        requests_per_month: result.requests_per_month.map(number),
        history: result.history.as_ref().map(history),
        spent: spent(result),
        restored: !matches!(result.ended.restored, Restored::No { .. }) && result.ended.left.is_empty(),
        stopped: result.ended.stop.as_ref().map(ToString::to_string),
        enough: result.ended.enough,
        applied: result.ended.applied.as_ref().map(|applied| AppliedJson {
            memory_mb: applied.memory.get(),
            alias: applied.alias.as_ref().map(|(alias, _)| alias.as_str()),
            version: applied.alias.as_ref().map(|(_, version)| version.as_str()),
        }),
        prices_as_of: result.prices_as_of.as_deref(),
        notes: result.notes.iter().map(ToString::to_string).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &json)?;
    writeln!(out)
}

fn usd(cost: Usd) -> Number {
    number(cost.amount())
}

fn recommendation(result: &TuneResult) -> Option<RecommendationJson> {
    let (recommendation, chosen) = (result.recommendation.as_ref()?, result.chosen()?);
    let (now, then) = (result.monthly.get(&result.current), result.monthly.get(&chosen.memory));
    Some(RecommendationJson {
        memory_mb: recommendation.memory.get(),
        strategy: result.strategy.name(),
        cost_per_million_usd: chosen.cost_per_million_usd.point,
        mean_billed_ms: chosen.billed_ms.point,
        p95_ms: chosen.p95_ms.point,
        regret_bound: recommendation.regret.bound,
        regret_expected: recommendation.regret.expected,
        confidence: recommendation.regret.level,
        ties: recommendation.ties.iter().copied().map(MemoryMb::get).collect(),
        meets_limit: recommendation.meets_limit,
        monthly_usd: then.copied().map(usd),
        monthly_saving_usd: now.zip(then).map(|(now, then)| usd(*now - *then)),
    })
}

fn interval(estimate: &Estimate) -> IntervalJson {
    IntervalJson { point: estimate.point, low: estimate.low, high: estimate.high }
}

fn size_json<'r>(result: &TuneResult, size: &'r SizeSummary) -> SizeJson<'r> {
    SizeJson {
        memory_mb: size.memory.get(),
        calls: size.calls,
        cold_calls: size.cold_calls,
        mean_ms: size.duration_ms.point,
        mean_interval_ms: interval(&size.duration_ms),
        mean_billed_ms: size.billed_ms.point,
        mean_billed_interval_ms: interval(&size.billed_ms),
        p50_ms: size.p50_ms.point,
        p95_ms: size.p95_ms.point,
        p99_ms: size.p99_ms.point,
        p95_interval_ms: interval(&size.p95_ms),
        cost_per_million_usd: size.cost_per_million_usd.point,
        cost_interval_usd: interval(&size.cost_per_million_usd),
        monthly_usd: result.monthly.get(&size.memory).copied().map(usd),
        max_memory_used_mb: size.max_memory_used_mb,
        // INIT runs at full speed whatever the size: one mean for all.
        init_ms: result.init_ms,
        durations_ms: &size.durations_ms,
    }
}

fn fit_json(fit: &Fit) -> FitJson<'_> {
    let residuals = fit.quality.residuals.iter();
    FitJson {
        curve: &fit.curve,
        formula: fit.curve.to_string(),
        family: &fit.quality.family,
        r_squared: fit.quality.r_squared,
        leave_one_out_error: fit.quality.leave_one_out_error,
        residuals: residuals.map(|(memory, residual)| ResidualJson { memory_mb: memory.get(), residual: *residual }).collect(),
    }
}

fn history(history: &History) -> HistoryJson {
    HistoryJson {
        memory_mb: history.memory.get(),
        seconds: history.span.as_secs_f64(),
        calls: history.calls,
        cold_calls: history.cold_calls,
        failed_calls: history.failed_calls,
        failures: history.failures.clone(),
        warm: history.warm.map(|warm| WarmJson {
            calls: warm.calls,
            mean_ms: warm.mean_ms,
            p50_ms: warm.p50_ms,
            p95_ms: warm.p95_ms,
            p99_ms: warm.p99_ms,
            log_variance: warm.log_variance,
        }),
        max_memory_used_mb: history.memory_used.map(|used| MemoryUsedJson {
            least: used.least.get(),
            median: used.median.get(),
            most: used.most.get(),
        }),
        init_ms: history.init_ms,
        requests_per_month: history.requests_per_month.map(number),
    }
}

fn spent(result: &TuneResult) -> SpentJson<'_> {
    let (ledger, counts) = (&result.ended.ledger, &result.ended.counts);
    SpentJson {
        usd: usd(ledger.spent() + ledger.unknown()),
        unknown_usd: usd(ledger.unknown()),
        invocations: ledger.invocations(),
        cold_invocations: result.count(Label::Cold),
        throttled: counts.throttled,
        configuration_changes: counts.configuration_changes,
        api_calls: &counts.api_calls,
        seconds: result.ended.time.as_secs_f64(),
    }
}
