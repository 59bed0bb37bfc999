//! The data of the tuning figure.

use super::words::{headline, infeasible, title};
use crate::chart::{CurvePoint, FailedSize, Interval, MeasuredSize, TuningFigure};
use crate::stats::Estimate;
use crate::tune::TuneResult;
use crate::units::MemoryMb;

/// Points of the drawn curve between two neighboring sizes.
const CURVE_POINTS: u32 = 60;

/// The figure of a result: what was measured, the curve through it, the choice.
#[must_use]
pub fn tuning_figure(result: &TuneResult) -> TuningFigure {
    let sizes = result.sizes.iter().map(|size| MeasuredSize {
        memory: size.memory,
        duration_ms: interval(&size.duration_ms),
        p95_ms: Some(size.p95_ms.point),
        cost_per_million_usd: interval(&size.cost_per_million_usd),
        invocations: size.calls,
    });
    let failed = result.infeasible.iter().map(|(memory, reason)| FailedSize { memory: *memory, reason: infeasible(reason) });
    let date = result.prices_as_of.as_deref().map_or_else(String::new, |date| format!(" of {date}"));
    TuningFigure {
        title: title(result),
        subtitle: headline(result),
        sizes: sizes.collect(),
        failed: failed.collect(),
        curve: curve(result),
        chosen: result.recommendation.as_ref().map(|recommendation| recommendation.memory),
        current: Some(result.current),
        footnote: format!("Cost by list prices{date}, with the request fee."),
    }
}

fn interval(estimate: &Estimate) -> Interval {
    Interval { point: estimate.point, low: estimate.low, high: estimate.high }
}

/// The fitted curve between the smallest and the largest measured size, with what the measurements leave possible.
fn curve(result: &TuneResult) -> Vec<CurvePoint> {
    let (Some(curves), Some(first), Some(last)) = (&result.curves, result.sizes.first(), result.sizes.last()) else {
        return Vec::new();
    };
    if first.memory == last.memory {
        return Vec::new();
    }
    let ratio = last.memory.statistic() / first.memory.statistic();
    let point = |step: u32| {
        let memory_mb = first.memory.statistic() * ratio.powf(f64::from(step) / f64::from(CURVE_POINTS));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two memory sizes")]
        let memory = MemoryMb::new(memory_mb.round() as u32);
        let predicted = curves.outlook.draws.predict(memory);
        CurvePoint {
            memory_mb,
            duration_ms: curves.fit.curve.duration_ms(memory),
            low_ms: predicted.low,
            high_ms: predicted.high,
        }
    };
    (0..=CURVE_POINTS).map(point).collect()
}

/// The figure of a result that `millicent tune --export-json` wrote; nothing where the text is no such result.
#[must_use]
pub fn tuning_figure_of_json(text: &str) -> Option<TuningFigure> {
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    let word = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
    let interval = |value: &serde_json::Value| {
        Some(Interval { point: value["point"].as_f64()?, low: value["low"].as_f64()?, high: value["high"].as_f64()? })
    };
    let memory = |value: &serde_json::Value| Some(MemoryMb::new(u32::try_from(value.as_u64()?).ok()?));
    let sizes: Option<Vec<MeasuredSize>> = json["sizes"]
        .as_array()?
        .iter()
        .map(|size| {
            Some(MeasuredSize {
                memory: memory(&size["memory_mb"])?,
                duration_ms: interval(&size["mean_interval_ms"])?,
                p95_ms: size["p95_ms"].as_f64(),
                cost_per_million_usd: interval(&size["cost_interval_usd"])?,
                invocations: u32::try_from(size["calls"].as_u64()?).ok()?,
            })
        })
        .collect();
    Some(TuningFigure {
        title: format!("{} ({}, {})", word("function"), word("architecture"), word("region")),
        subtitle: word("verdict"),
        sizes: sizes?,
        failed: Vec::new(),
        curve: Vec::new(),
        chosen: memory(&json["recommendation"]["memory_mb"]),
        current: memory(&json["current"]["memory_mb"]),
        footnote: "Cost by list prices, with the request fee.".to_owned(),
    })
}
