//! The result of a run as the output object of aws-lambda-power-tuning, chart link included: a drop-in for scripts.

use crate::power_tuning::{ChartLink, Charts, Currency, PowerTuningError, PowerTuningOutput, SizeAverage, StateMachine};
use crate::tune::TuneResult;
use crate::units::statistic_from_decimal;

/// The output object. Cost is that of compute alone, as there; there is no state machine, so its execution cost is zero.
///
/// # Errors
/// When no size can be recommended.
pub fn power_tuning_output(
    result: &TuneResult,
    chart_page: &str,
    with_stats: bool,
) -> Result<PowerTuningOutput, PowerTuningError> {
    let chosen = result.chosen().ok_or(PowerTuningError::NothingMeasured)?;
    let averages: Vec<SizeAverage> = result
        .sizes
        .iter()
        .map(|size| SizeAverage {
            memory: size.memory,
            average_cost: size.compute_usd,
            average_duration_ms: size.duration_ms.point,
        })
        .collect();
    let link = ChartLink { currency: Currency::of_region(result.region.code()), charts: Charts::One(averages.clone()) };
    let ledger = &result.ended.ledger;
    Ok(PowerTuningOutput {
        power: chosen.memory,
        cost: chosen.compute_usd,
        duration_ms: chosen.duration_ms.point,
        state_machine: StateMachine {
            execution_cost: 0.0,
            lambda_cost: statistic_from_decimal((ledger.spent() + ledger.unknown()).amount()),
            visualization: link.to_url(chart_page)?,
        },
        stats: with_stats.then_some(averages),
    })
}
