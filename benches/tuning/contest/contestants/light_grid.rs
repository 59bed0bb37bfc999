//! The sizes of power tuning with the fewest calls that leave a median: one that warms up, and two.

use super::{Meter, Run, power_tuning};

/// Measures every size and takes the cheapest.
pub(super) fn run(meter: &mut Meter<'_>) -> Run {
    let mut cheapest: Option<(u32, f64)> = None;
    for memory_mb in power_tuning::sizes(meter.function) {
        meter.configure();
        let calls = [true, false, false].map(|is_first| meter.call(memory_mb, is_first));
        let times = calls.iter().map(|called| called.duration_ms + called.init_ms.unwrap_or(0.0));
        meter.wait(times.sum());
        if calls.iter().any(|called| called.failure.is_some()) {
            continue;
        }
        // The median of two is their mean.
        let price = f64::from(memory_mb) * (calls[1].billed_ms() + calls[2].billed_ms()) / 2.0;
        if cheapest.is_none_or(|(_, least)| price < least) {
            cheapest = Some((memory_mb, price));
        }
    }
    meter.recommend(cheapest.map(|(memory_mb, _)| memory_mb), true)
}
