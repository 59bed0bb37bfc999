//! aws-lambda-power-tuning, by its published behavior: fixed sizes, a fifth of the calls dropped at each end, lowest price wins.

use super::super::replay::{FailedHow, Replay};
use super::{Meter, Run};

/// The sizes of its documentation's example.
const SIZES: [u32; 6] = [128, 256, 512, 1024, 1536, 3008];
/// A failing call is tried so often before the run is aborted.
const ATTEMPTS: usize = 3;
/// Shares of the sorted calls that are dropped at each end.
const DROPPED: f64 = 0.2;

/// The sizes a user would give it for this range.
pub(super) fn sizes(function: &Replay) -> Vec<u32> {
    let (least, most) = (function.least_mb, function.most_mb);
    let mut sizes: Vec<u32> = SIZES.into_iter().filter(|size| (least..=most).contains(size)).collect();
    if most < 3008 {
        sizes.push(most);
    }
    if 256 < least {
        sizes.push(least);
    }
    sizes.sort_unstable();
    sizes.dedup();
    if sizes.len() < 4 {
        let (low, high) = (f64::from(least).ln(), f64::from(most).ln());
        let spaced = (0..6).map(|step| (low + (high - low) * f64::from(step) / 5.0).exp());
        sizes = spaced.map(|size| (((size / 64.0).round() * 64.0) as u32).clamp(least, most)).collect();
        sizes.dedup();
    }
    sizes
}

/// Measures every size and takes the one with the lowest price. When a size fails, the run is aborted and begun again
/// without it.
pub(super) fn run(meter: &mut Meter<'_>, calls: usize) -> Run {
    let mut sizes = sizes(meter.function);
    loop {
        let measured: Vec<(u32, Option<Measured>)> = sizes.iter().map(|size| (*size, measure(meter, *size, calls))).collect();
        let times = measured.iter().map(|(_, measured)| measured.map_or(0.0, |measured| measured.total_ms));
        meter.wait(times.fold(0.0, f64::max));
        let working: Vec<(u32, Measured)> = measured.iter().filter_map(|(size, measured)| Some((*size, (*measured)?))).collect();
        if working.len() == sizes.len() || working.is_empty() {
            let price = |(size, measured): &(u32, Measured)| (measured.average_ms.ceil() * f64::from(*size), measured.average_ms);
            let cheapest = working.iter().min_by(|one, other| {
                let ((price, average), (other_price, other_average)) = (price(one), price(other));
                price.total_cmp(&other_price).then(average.total_cmp(&other_average))
            });
            return meter.recommend(cheapest.map(|(size, _)| *size), true);
        }
        sizes = working.into_iter().map(|(size, _)| size).collect();
    }
}

#[derive(Debug, Clone, Copy)]
struct Measured {
    average_ms: f64,
    total_ms: f64,
}

/// All calls of a size, one after the other; none when one fails as often as it is tried.
fn measure(meter: &mut Meter<'_>, memory_mb: u32, calls: usize) -> Option<Measured> {
    meter.configure();
    let mut billed_ms = Vec::with_capacity(calls);
    let mut total_ms = 0.0;
    for index in 0..calls {
        let called = (0..ATTEMPTS).map(|_| meter.call(memory_mb, index == 0)).find(|called| !fails(called.failure))?;
        billed_ms.push(called.duration_ms.ceil());
        total_ms += called.duration_ms + called.init_ms.unwrap_or(0.0);
    }
    Some(Measured { average_ms: trimmed_mean(billed_ms), total_ms })
}

/// The comparison is on what a size costs, not on who notices a failure that leaves no trace: its user would.
fn fails(failure: Option<FailedHow>) -> bool {
    failure.is_some()
}

/// The mean without the lowest and the highest fifth, rounded down in number.
fn trimmed_mean(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let dropped = (DROPPED * values.len() as f64).floor() as usize;
    let kept = &values[dropped..values.len() - dropped];
    kept.iter().sum::<f64>() / kept.len() as f64
}
