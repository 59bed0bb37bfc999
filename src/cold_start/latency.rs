//! How long requests take when some of them start cold.

use crate::stats::{Durations, weighted_quantile};
use crate::units::{TimeSpan, decimal_from_statistic, statistic_from_decimal};

/// What a cold start adds before and to the handler.
#[derive(Debug, Clone, PartialEq)]
pub struct StartUp {
    /// The start of the sandbox and the fetch of the code, which no log shows.
    pub overhead: TimeSpan,
    /// The INIT phase, or the restore of a snapshot.
    pub init: Durations,
    /// What the first call of the handler takes more than the others.
    pub first_call: TimeSpan,
}

/// The start of a sandbox and the fetch of the code take about 50 to 150 ms (remembered from published measurements, not checked).
pub const LAMBDA_OVERHEAD: TimeSpan = TimeSpan::from_whole_milliseconds(100);

impl StartUp {
    /// With this INIT phase, 100 ms for what comes before it, and a handler that is as fast the first time.
    #[must_use]
    pub fn of(init: Durations) -> Self {
        Self { overhead: LAMBDA_OVERHEAD, init, first_call: TimeSpan::ZERO }
    }

    /// What a cold call waits beside the INIT phase.
    ///
    /// ```
    /// # use millicent::cold_start::{Deployment, Package, RuntimeInit};
    /// let dotnet = RuntimeInit::of(Deployment { runtime: "dotnet8", package: Package::Zip, arm64: false })?;
    /// // 100 ms of Lambda's own, and 172 ms that the first call takes more than the others.
    /// assert_eq!(dotnet.start_up(1.0)?.beside_init().to_string(), "272 ms");
    /// # Ok::<(), millicent::cold_start::ColdStartError>(())
    /// ```
    #[must_use]
    pub fn beside_init(&self) -> TimeSpan {
        self.overhead + self.first_call
    }

    /// On average, all together.
    #[must_use]
    pub fn mean_s(&self) -> f64 {
        statistic_from_decimal((self.beside_init() + self.init.mean()).seconds())
    }
}

/// How long the faster part of the requests takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantiles {
    /// The median.
    pub p50: TimeSpan,
    /// 99 of 100.
    pub p99: TimeSpan,
    /// 999 of 1000.
    pub p999: TimeSpan,
}

/// Requests with a warm environment, those without, and all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latencies {
    /// With a warm environment.
    pub warm: Quantiles,
    /// With a new one.
    pub cold: Quantiles,
    /// All, as often as each happens.
    pub all: Quantiles,
}

/// So many equally likely points stand for a distribution: a Fibonacci number, see [`LATTICE_STEP`].
const POINTS: u32 = 6765;
/// Start and handler of cold requests are joined on a Fibonacci lattice: point i has the i-th of all starts and, counted around, the
/// (i·4181)-th of all handlers. Each occurs once, and no two points are near each other.
const LATTICE_STEP: usize = 4181;

impl Latencies {
    /// When the share `cold_share` of the requests starts cold.
    ///
    /// The distribution is a mixture: (1 − s)·P(D > x) + s·P(start + D > x), start and handler independent.
    ///
    /// ```
    /// # use millicent::cold_start::{Latencies, StartUp};
    /// // 100 ms warm; 2 % start cold, after 100 ms of Lambda's own and 800 ms of INIT.
    /// let start_up = StartUp::of("800ms".parse().unwrap());
    /// let latencies = Latencies::of(&"100ms".parse().unwrap(), &start_up, 0.02);
    /// assert_eq!(latencies.all.p50.to_string(), "100 ms");
    /// assert_eq!(latencies.all.p99.to_string(), "1 s");
    /// ```
    #[must_use]
    pub fn of(handler: &Durations, start_up: &StartUp, cold_share: f64) -> Self {
        let always_ms = statistic_from_decimal(start_up.beside_init().milliseconds());
        let handlers_ms = handler.points_ms(POINTS);
        let starts_ms = start_up.init.points_ms(POINTS);
        let joined = |(place, start_ms): (usize, &f64)| {
            (always_ms + start_ms + handlers_ms[place * LATTICE_STEP % handlers_ms.len()], 1.0)
        };
        let mut cold: Vec<(f64, f64)> = starts_ms.iter().enumerate().map(joined).collect();
        let mut warm: Vec<(f64, f64)> = handlers_ms.iter().map(|time_ms| (*time_ms, 1.0)).collect();
        let weighted = |points: &[(f64, f64)], share: f64| -> Vec<(f64, f64)> {
            points.iter().map(|(time_ms, _)| (*time_ms, share / points.len() as f64)).collect()
        };
        let mut all = [weighted(&warm, 1.0 - cold_share), weighted(&cold, cold_share)].concat();
        all.retain(|(_, weight)| 0.0 < *weight);
        Self { warm: quantiles(&mut warm), cold: quantiles(&mut cold), all: quantiles(&mut all) }
    }
}

fn quantiles(points: &mut [(f64, f64)]) -> Quantiles {
    let mut at = |share: f64| {
        let milliseconds = weighted_quantile(points, share);
        TimeSpan::from_milliseconds(decimal_from_statistic(milliseconds, 3).unwrap_or_default())
    };
    Quantiles { p50: at(0.5), p99: at(0.99), p999: at(0.999) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stats::{Random, quantile};

    fn ms(span: TimeSpan) -> f64 {
        statistic_from_decimal(span.milliseconds())
    }

    #[test]
    fn a_mixture_of_exact_times_has_their_quantiles() {
        let latencies = |share| Latencies::of(&"20ms".parse().unwrap(), &StartUp::of("400ms".parse().unwrap()), share);
        let rare = latencies(0.005);
        assert_eq!([rare.all.p50, rare.all.p99, rare.all.p999], [20, 20, 520].map(TimeSpan::from_whole_milliseconds));
        assert_eq!([rare.warm.p999, rare.cold.p50], [20, 520].map(TimeSpan::from_whole_milliseconds));
        assert_eq!([latencies(0.0).all.p999, latencies(1.0).all.p50], [20, 520].map(TimeSpan::from_whole_milliseconds));
    }

    #[test]
    fn quantiles_of_a_sum_are_those_of_the_distribution() {
        // A constant handler only shifts the start.
        let start_up = StartUp { overhead: TimeSpan::ZERO, ..StartUp::of("p50=100ms,p99=300ms".parse().unwrap()) };
        let cold = Latencies::of(&"50ms".parse().unwrap(), &start_up, 0.01).cold;
        for (found, expected) in [(cold.p50, 150.0), (cold.p99, 350.0)] {
            assert!((ms(found) / expected - 1.0).abs() < 2e-3, "{found}");
        }
        // Two log-normals of the same place and scale: the sum is symmetric in them.
        let both: Durations = "p50=100ms,p99=300ms".parse().unwrap();
        let start_up = StartUp { init: both.clone(), ..start_up };
        let sum = Latencies::of(&both, &start_up, 0.01).cold;
        let mut random = Random::from_seed(5);
        let scale = 3.0_f64.ln() / 2.326_347_874;
        let mut drawn: Vec<f64> =
            (0..200_000).map(|_| 100.0 * ((scale * random.normal()).exp() + (scale * random.normal()).exp())).collect();
        drawn.sort_by(f64::total_cmp);
        // The drawn quantiles have deviations of 0.2, 0.5 and 1.5 %.
        for (found, share, tolerance) in [(sum.p50, 0.5, 5e-3), (sum.p99, 0.99, 0.015), (sum.p999, 0.999, 0.04)] {
            let expected = quantile(&drawn, share);
            assert!((ms(found) / expected - 1.0).abs() < tolerance, "{found} {expected}");
        }
        let warm = Latencies::of(&"p50=100ms,p99=300ms".parse().unwrap(), &start_up, 0.01).warm;
        let p999 = ms("p50=100ms,p99=300ms".parse::<Durations>().unwrap().quantile(0.999));
        assert!((ms(warm.p99) / 300.0 - 1.0).abs() < 2e-3 && (ms(warm.p999) / p999 - 1.0).abs() < 0.015, "{warm:?} {p999}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn more_cold_starts_are_never_faster(share in 0.0_f64..0.9, more in 0.001_f64..0.1) {
            let of = |share| Latencies::of(&"p50=100ms,p95=300ms".parse().unwrap(), &StartUp::of("p50=300ms,p95=900ms".parse().unwrap()), share);
            let (fewer, more) = (of(share), of(share + more));
            prop_assert!(fewer.all.p50 <= more.all.p50 && fewer.all.p99 <= more.all.p99 && fewer.all.p999 <= more.all.p999);
            prop_assert!(fewer.warm.p99 <= fewer.all.p99 && fewer.all.p999 <= fewer.cold.p999);
        }
    }
}
