//! No limit: how many servers are busy when there is always another one.
//!
//! Under Poisson arrivals the number in service is Poisson with the offered load as its mean, for any distribution of the
//! service time (M/G/∞).

use super::{QueueingError, checked, checked_load, checked_share};

/// The number of servers that is enough for the share `share` of the time: the quantile of how many requests are in service.
///
/// `peakedness` z is the variance of that number over its mean: 1 for Poisson arrivals, more for bursts. Above 1 the
/// distribution is a negative binomial with this mean and variance.
///
/// ```
/// # use millicent::queueing::concurrency_quantile;
/// // 100 busy on average: 124 are enough for 99 % of the time, and 165 if the variance is six times as large.
/// assert_eq!(concurrency_quantile(100.0, 1.0, 0.99)?, 124);
/// assert_eq!(concurrency_quantile(100.0, 6.0, 0.99)?, 165);
/// # Ok::<(), millicent::queueing::QueueingError>(())
/// ```
///
/// # Errors
/// When a number is none, or the peakedness is not from 1 to 1000.
pub fn concurrency_quantile(offered_load: f64, peakedness: f64, share: f64) -> Result<u64, QueueingError> {
    let (offered_load, share) = (checked_load(offered_load)?, checked_share("share", share)?);
    checked("peakedness", peakedness, (1.0..=1000.0).contains(&peakedness), "from 1 to 1000")?;
    let busy = Busy::new(offered_load, peakedness);
    let mut reached = 0.0;
    for (place, probability) in busy.probabilities.iter().enumerate() {
        reached += probability;
        if share <= reached {
            return Ok(busy.first + place as u64);
        }
    }
    // The sum falls short of 1 by rounding only.
    Ok(busy.first + busy.probabilities.len() as u64)
}

/// How many servers are busy on average when each serves up to `slots` requests at once and the requests are packed as tightly
/// as can be: E⌈N/slots⌉, N Poisson with the offered load. No router packs better, so this is the least.
///
/// ⌈N/k⌉ counts the m with N > m·k, so the mean is the sum of P(N > m·k).
///
/// ```
/// # use millicent::queueing::mean_packed_servers;
/// // One slot: as many servers as requests. Many slots: one server, whenever there is a request at all.
/// assert!((mean_packed_servers(4.0, 1)? - 4.0).abs() < 1e-12);
/// assert!((mean_packed_servers(4.0, 1000)? - (1.0 - (-4.0_f64).exp())).abs() < 1e-12);
/// # Ok::<(), millicent::queueing::QueueingError>(())
/// ```
///
/// # Errors
/// When the load is none, or there are no slots.
pub fn mean_packed_servers(offered_load: f64, slots: u64) -> Result<f64, QueueingError> {
    mean_packed_servers_within(offered_load, slots, u64::MAX)
}

/// The part of [`mean_packed_servers`] that falls on the first `servers` of them: E min(⌈N/slots⌉, servers). What a fixed
/// number of servers that are always there does of the work.
///
/// # Errors
/// When the load is none, or there are no slots.
pub fn mean_packed_servers_within(offered_load: f64, slots: u64, servers: u64) -> Result<f64, QueueingError> {
    let packed = packed(offered_load, slots)?;
    Ok(packed.map(|(probability, requests)| probability * requests.div_ceil(slots).min(servers) as f64).sum())
}

/// The share of requests that find every busy server full, and so wake another one: P(N is a multiple of `slots`), N as the
/// arriving request finds it, which is as it is at any time.
///
/// ```
/// # use millicent::queueing::packed_start_share;
/// // One slot: every request. Many slots: who finds nobody there.
/// assert!((packed_start_share(4.0, 1)? - 1.0).abs() < 1e-12);
/// assert!((packed_start_share(4.0, 1000)? - (-4.0_f64).exp()).abs() < 1e-12);
/// # Ok::<(), millicent::queueing::QueueingError>(())
/// ```
///
/// # Errors
/// When the load is none, or there are no slots.
pub fn packed_start_share(offered_load: f64, slots: u64) -> Result<f64, QueueingError> {
    let packed = packed(offered_load, slots)?;
    Ok(packed.filter(|(_, requests)| requests.is_multiple_of(slots)).map(|(probability, _)| probability).sum())
}

/// The probabilities of so many requests in service, if they can be packed.
fn packed(offered_load: f64, slots: u64) -> Result<impl Iterator<Item = (f64, u64)>, QueueingError> {
    let offered_load = checked_load(offered_load)?;
    checked("number of slots", slots as f64, 0 < slots, "1 or more")?;
    let busy = Busy::new(offered_load, 1.0);
    Ok(busy.probabilities.into_iter().zip(busy.first..))
}

/// What is this much less probable than the most probable number changes no digit of a sum.
const NEGLIGIBLE: f64 = 1e-18;

/// The distribution of the number of busy servers, where it is not negligible.
pub(super) struct Busy {
    /// The number that the first probability is of.
    pub(super) first: u64,
    pub(super) probabilities: Vec<f64>,
}

impl Busy {
    /// Mean a, variance z·a: P(n + 1)/P(n) = (a + n·(z − 1)) / (z·(n + 1)), the Poisson distribution for z = 1 and a negative
    /// binomial above (H. H. Panjer, 1981). Followed from the mean in both directions, then scaled to the sum 1: no
    /// factorial, no special function.
    pub(super) fn new(load: f64, peakedness: f64) -> Self {
        let middle = load.floor();
        let ratio = |n: f64| (load + n * (peakedness - 1.0)) / (peakedness * (n + 1.0));
        // Nine standard deviations and a little: what is beyond weighs nothing.
        let width = 9.0 * (load * peakedness).sqrt() + 24.0;
        let mut below: Vec<f64> = Vec::with_capacity(width.min(middle) as usize);
        let (mut n, mut weight) = (middle, 1.0);
        while 0.0 < n {
            weight /= ratio(n - 1.0);
            // A wide distribution may still rise towards zero.
            if weight < NEGLIGIBLE {
                break;
            }
            n -= 1.0;
            below.push(weight);
        }
        let first = n as u64;
        let mut probabilities: Vec<f64> = Vec::with_capacity(below.len() + width as usize);
        probabilities.extend(below.into_iter().rev());
        (n, weight) = (middle, 1.0);
        while NEGLIGIBLE <= weight {
            probabilities.push(weight);
            weight *= ratio(n);
            n += 1.0;
        }
        let sum: f64 = probabilities.iter().sum();
        probabilities.iter_mut().for_each(|probability| *probability /= sum);
        Self { first, probabilities }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_quantiles_are_those_of_the_table() {
        for (load, expected) in [
            (1.0, [1, 2, 4, 5, 6]),
            (5.0, [5, 8, 11, 13, 15]),
            (10.0, [10, 14, 18, 21, 24]),
            (50.0, [50, 59, 67, 73, 78]),
            (100.0, [100, 113, 124, 132, 139]),
        ] {
            let shares = [0.5, 0.9, 0.99, 0.999, 0.9999];
            assert_eq!(shares.map(|share| concurrency_quantile(load, 1.0, share).unwrap()), expected, "{load}");
        }
        assert_eq!(concurrency_quantile(0.0, 1.0, 0.999), Ok(0));
    }

    #[test]
    fn what_is_no_peakedness_or_no_slot_is_refused() {
        assert!(concurrency_quantile(10.0, 0.9, 0.5).is_err());
        assert!(concurrency_quantile(10.0, f64::NAN, 0.5).is_err());
        assert!(mean_packed_servers(10.0, 0).is_err());
    }

    proptest! {
        #[test]
        fn mean_and_variance_are_what_they_shall_be(load in 0.01_f64..20_000.0, peakedness in 1.0_f64..20.0) {
            let busy = Busy::new(load, peakedness);
            let moment = |of: &dyn Fn(f64) -> f64| -> f64 {
                busy.probabilities.iter().zip(busy.first..).map(|(probability, n)| probability * of(n as f64)).sum()
            };
            prop_assert!((moment(&|n| n) / load - 1.0).abs() < 1e-9);
            prop_assert!((moment(&|n| (n - load).powi(2)) / (load * peakedness) - 1.0).abs() < 1e-7);
        }

        #[test]
        fn packing_lies_between_the_bounds(load in 0.01_f64..5_000.0, slots in 1_u64..200) {
            let packed = mean_packed_servers(load, slots).unwrap();
            prop_assert!(load / slots as f64 <= packed * (1.0 + 1e-12));
            prop_assert!(packed <= load / slots as f64 + 1.0);
            prop_assert!(packed <= load * (1.0 + 1e-9));
            let within = mean_packed_servers_within(load, slots, 3).unwrap();
            prop_assert!(within <= packed && within <= 3.0 + 1e-9);
            prop_assert!(packed_start_share(load, slots).unwrap() <= 1.0 + 1e-12);
        }
    }
}
