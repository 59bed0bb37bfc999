//! aws-lambda-power-tuning, by its published behavior: fixed sizes, a fifth of the calls dropped at each end, lowest price wins.

use super::super::replay::Replay;
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

/// Measures every size and takes the one with the lowest price. When sizes fail, the run is aborted once they have failed as
/// often as they are tried, and begun again without them.
pub(super) fn run(meter: &mut Meter<'_>, calls: usize) -> Run {
    let mut working = sizes(meter.function);
    let tried = working.iter().map(|size| (*size, failing_ms(meter, *size)));
    let tried: Vec<(u32, Option<f64>)> = tried.collect();
    let aborted_ms = tried.iter().filter_map(|(_, failing_ms)| *failing_ms).reduce(f64::max);
    if let Some(aborted_ms) = aborted_ms {
        working = tried.into_iter().filter(|(_, failing_ms)| failing_ms.is_none()).map(|(size, _)| size).collect();
        for size in &working {
            measure(meter, *size, calls, aborted_ms);
        }
        meter.wait(aborted_ms);
    }
    let measured = working.iter().map(|size| (*size, measure(meter, *size, calls, f64::INFINITY)));
    let measured: Vec<(u32, Measured)> = measured.collect();
    meter.wait(measured.iter().map(|(_, measured)| measured.total_ms).fold(0.0, f64::max));
    let price = |(size, measured): &(u32, Measured)| (measured.average_ms.ceil() * f64::from(*size), measured.average_ms);
    let cheapest = measured.iter().min_by(|one, other| {
        let ((price, average), (other_price, other_average)) = (price(one), price(other));
        price.total_cmp(&other_price).then(average.total_cmp(&other_average))
    });
    meter.recommend(cheapest.map(|(size, _)| *size), true)
}

#[derive(Debug, Clone, Copy)]
struct Measured {
    average_ms: f64,
    total_ms: f64,
}

/// How long it takes until a size has failed as often as it is tried; none at a size that works. The comparison is on what
/// sizes cost, not on who notices a failure that leaves no trace: here everybody's user does.
fn failing_ms(meter: &mut Meter<'_>, memory_mb: u32) -> Option<f64> {
    if meter.function.works_from_mb <= memory_mb {
        return None;
    }
    meter.configure();
    Some((0..ATTEMPTS).map(|_| meter.call(memory_mb, true).duration_ms).sum())
}

/// The calls of a size, one after the other, as long as there is time to begin one.
fn measure(meter: &mut Meter<'_>, memory_mb: u32, calls: usize, until_ms: f64) -> Measured {
    meter.configure();
    let mut billed_ms = Vec::with_capacity(calls);
    let mut total_ms = 0.0;
    while billed_ms.len() < calls && total_ms < until_ms {
        let called = meter.call(memory_mb, billed_ms.is_empty());
        billed_ms.push(called.duration_ms.ceil());
        total_ms += called.duration_ms + called.init_ms.unwrap_or(0.0);
    }
    Measured { average_ms: trimmed_mean(billed_ms), total_ms }
}

/// The mean without the lowest and the highest fifth, rounded down in number.
fn trimmed_mean(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let dropped = (DROPPED * values.len() as f64).floor() as usize;
    let kept = &values[dropped..values.len() - dropped];
    kept.iter().sum::<f64>() / kept.len() as f64
}
