//! What the tool thinks a call costs: one number for each region and architecture, proportional to memory.
//!
//! The tables are those of version 4.4.0 (2025-11), kept with their errors, because its results contain them; the list price of
//! x86_64 in us-east-1 is 2.0833 × 10⁻⁹ dollars where it has 2.1 × 10⁻⁹. There is no request fee, and regions that it does not
//! know have the price of the row `default`.

use rust_decimal::RoundingStrategy;

use super::PowerTuningError;
use crate::units::{Decimal, MemoryMb};

/// The memory that base costs are for, in MB.
const BASE_MEMORY_MB: f64 = 128.0;

/// Per millisecond at 128 MB: everywhere but in the regions below, x86_64.
const DEFAULT_X86_64: f64 = 2.1e-9;

/// Per millisecond at 128 MB: in every region, arm64; in the regions of China too, where it is dollars taken for yuan.
const DEFAULT_ARM64: f64 = 1.7e-9;

/// Per millisecond at 128 MB, x86_64, in dollars; in China in yuan.
const X86_64: &[(&str, f64)] = &[
    ("ap-east-1", 2.9e-9),
    ("af-south-1", 2.8e-9),
    ("me-south-1", 2.6e-9),
    ("eu-south-1", 2.4e-9),
    ("ap-northeast-3", 2.7e-9),
    ("cn-north-1", 1.42e-8),
    ("cn-northwest-1", 1.42e-8),
];

/// Dollars for one state transition of a standard workflow.
const DEFAULT_TRANSITION: f64 = 0.000_025;

/// The same where it differs; in China in yuan.
const TRANSITION: &[(&str, f64)] = &[
    ("us-gov-west-1", 0.000_03),
    ("us-gov-east-1", 0.000_03),
    ("ap-northeast-2", 0.000_027_1),
    ("eu-south-1", 0.000_026_25),
    ("af-south-1", 0.000_029_75),
    ("us-west-1", 0.000_027_9),
    ("eu-west-3", 0.000_029_7),
    ("ap-east-1", 0.000_027_5),
    ("me-south-1", 0.000_027_5),
    ("ap-south-1", 0.000_028_5),
    ("sa-east-1", 0.000_037_5),
    ("cn-north-1", 0.000_189_1),
    ("cn-northwest-1", 0.000_189_1),
];

fn of_region(table: &[(&str, f64)], region: &str, default: f64) -> f64 {
    table.iter().find(|(name, _)| *name == region).map_or(default, |(_, cost)| *cost)
}

/// What a millisecond at 128 MB costs: in dollars, in China in yuan.
///
/// ```
/// # use millicent::power_tuning::lambda_base_cost;
/// assert_eq!(lambda_base_cost("af-south-1", "x86_64"), Ok(2.8e-9));
/// assert_eq!(lambda_base_cost("eu-central-2", "arm64"), Ok(1.7e-9)); // not in its table: the default
/// ```
///
/// # Errors
/// When the architecture is neither `x86_64` nor `arm64`.
pub fn lambda_base_cost(region: &str, architecture: &str) -> Result<f64, PowerTuningError> {
    match architecture {
        "x86_64" => Ok(of_region(X86_64, region, DEFAULT_X86_64)),
        "arm64" => Ok(DEFAULT_ARM64),
        _ => Err(PowerTuningError::Architecture { found: architecture.to_owned() }),
    }
}

/// What a state transition of the tool's own workflow costs: in dollars, in China in yuan.
#[must_use]
pub fn step_functions_base_cost(region: &str) -> f64 {
    of_region(TRANSITION, region, DEFAULT_TRANSITION)
}

/// What one call costs: ⌈d⌉ · b · (m / 128), with d the billed milliseconds, b the base cost and m the memory in MB.
///
/// ```
/// # use millicent::power_tuning::call_price;
/// # use millicent::units::MemoryMb;
/// assert_eq!(call_price(2.1e-9, MemoryMb::new(256), 99.2), 100.0 * 2.1e-9 * 2.0); // 4.2 × 10⁻⁷
/// ```
#[must_use]
pub fn call_price(base_cost: f64, memory: MemoryMb, billed_ms: f64) -> f64 {
    billed_ms.ceil() * base_cost * (memory.statistic() / BASE_MEMORY_MB)
}

/// What these calls cost together, added in their order.
///
/// ```
/// # use millicent::power_tuning::total_price;
/// # use millicent::units::MemoryMb;
/// assert_eq!(total_price(2.1e-9, MemoryMb::new(128), &[1.0, 1.0, 1.0]), 3.0 * 2.1e-9);
/// ```
#[must_use]
pub fn total_price(base_cost: f64, memory: MemoryMb, billed_ms: &[f64]) -> f64 {
    billed_ms.iter().fold(0.0, |total, billed_ms| total + call_price(base_cost, memory, *billed_ms))
}

/// What the tool says that its own workflow costs, rounded to five decimals: t · (6 + 3n), with t the cost of a transition and n
/// the number of sizes; in cold-start mode t · (6 + n + 2·n·c), with c the calls of each size.
///
/// ```
/// # use millicent::power_tuning::execution_cost;
/// assert_eq!(execution_cost(0.00003, 10, None), 0.00108); // 36 transitions
/// assert_eq!(execution_cost(0.00003, 10, Some(10)), 0.00648); // 216 transitions
/// ```
#[must_use]
pub fn execution_cost(transition_cost: f64, sizes: u32, cold_calls: Option<u32>) -> f64 {
    let sizes = f64::from(sizes);
    let transitions = match cold_calls {
        None => 6.0 + sizes * 3.0,
        Some(calls) => 6.0 + sizes + 2.0 * sizes * f64::from(calls),
    };
    let cost = transition_cost * transitions;
    // Its rounding looks at every binary digit and rounds ties up, which formatting would not.
    let rounded =
        Decimal::from_f64_retain(cost).map(|exact| exact.round_dp_with_strategy(5, RoundingStrategy::MidpointAwayFromZero));
    rounded.and_then(|rounded| rounded.to_string().parse().ok()).unwrap_or(cost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_override_the_default() {
        for (region, x86_64, transition) in [
            ("us-east-1", 2.1e-9, 0.000025),
            ("me-central-1", 2.1e-9, 0.000025),
            ("ap-east-1", 2.9e-9, 0.0000275),
            ("af-south-1", 2.8e-9, 0.00002975),
            ("me-south-1", 2.6e-9, 0.0000275),
            ("eu-south-1", 2.4e-9, 0.00002625),
            ("ap-northeast-3", 2.7e-9, 0.000025),
            ("cn-northwest-1", 1.42e-8, 0.0001891),
            ("us-gov-west-1", 2.1e-9, 0.00003),
            ("sa-east-1", 2.1e-9, 0.0000375),
        ] {
            assert_eq!(lambda_base_cost(region, "x86_64"), Ok(x86_64), "{region}");
            assert_eq!(lambda_base_cost(region, "arm64"), Ok(1.7e-9), "{region}");
            assert_eq!(step_functions_base_cost(region).to_bits(), f64::to_bits(transition), "{region}");
        }
    }

    #[test]
    fn an_unknown_architecture_is_refused() {
        for architecture in ["", "arm", "ARM64", "x86"] {
            let error = lambda_base_cost("us-east-1", architecture).unwrap_err().to_string();
            assert!(error.contains("known: x86_64, arm64"), "{error}");
        }
    }

    #[test]
    fn ten_calls_of_a_millisecond_cost_ten_times_the_base() {
        for (region, expected) in [("us-east-1", 2.1e-8), ("af-south-1", 2.8e-8)] {
            let base_cost = lambda_base_cost(region, "x86_64").unwrap();
            let total = total_price(base_cost, MemoryMb::new(128), &[1.0; 10]);
            assert!((total - expected).abs() < 1e-20, "{region}: {total}");
        }
        assert_eq!(total_price(2.1e-9, MemoryMb::new(128), &[]).to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn a_started_millisecond_is_a_whole_one() {
        for (memory_mb, billed_ms, expected) in
            [(128, 1.0, 2.1e-9), (128, 0.1, 2.1e-9), (1024, 2.0, 2.0 * 2.1e-9 * 8.0), (64, 1.0, 1.05e-9)]
        {
            assert_eq!(call_price(2.1e-9, MemoryMb::new(memory_mb), billed_ms).to_bits(), f64::to_bits(expected));
        }
    }

    #[test]
    fn the_workflow_is_rounded_to_five_decimals_ties_upward() {
        for (transition_cost, sizes, cold_calls, expected) in [
            (0.000025, 4, None, 0.00045),
            (0.000025, 6, None, 0.0006),
            (0.00003, 10, None, 0.00108),
            (0.00003, 10, Some(10), 0.00648),
            (0.000025, 0, None, 0.00015),
            (0.000025, 3, None, 0.00038),       // 0.000375 is a little more in binary
            (0.015625 / 9.0, 1, None, 0.01563), // 1/64 exactly, halfway
        ] {
            let cost = execution_cost(transition_cost, sizes, cold_calls);
            assert_eq!(cost.to_bits(), f64::to_bits(expected), "{transition_cost} {sizes} {cold_calls:?}: {cost}");
        }
    }
}
