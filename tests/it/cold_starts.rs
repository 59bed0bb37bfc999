//! Cold starts on the bill of a Lambda function: computed where INIT is known, unless a share is stated. And what pings and
//! recycling do to them: the model against the replay.

use millicent::cold_start::{ColdStarts, Conditions, Mitigation};
use millicent::queueing::{KeepAlive, Traffic};
use millicent::replay::{Call, Function, Pings, Recorder};
use millicent::scenario::OptionEstimate;
use millicent::stats::Random;

use crate::support::estimate;

const WORKLOAD: &str = "requests = \"0.9/s\"\nduration = \"1991ms\"\nmemory = \"1GB\"";

fn option_of(workload: &str, option: &str) -> OptionEstimate {
    let scenario = format!("[workload]\n{workload}\n[[option]]\nplatform = \"lambda\"\n{option}\n");
    estimate(&scenario).unwrap_or_else(|error| panic!("{error}\n{scenario}")).options.swap_remove(0)
}

/// GB-seconds of INIT: of a second and 1 GB, so the number of cold starts.
fn cold_starts(estimate: &OptionEstimate) -> f64 {
    let init = estimate.steps.iter().filter(|(_, step)| step.what == "INIT of cold starts");
    init.map(|(_, step)| step.quantity.to_string().parse::<f64>().unwrap()).sum()
}

fn notes(estimate: &OptionEstimate) -> String {
    estimate.notes.iter().map(|(_, note)| format!("{note}\n")).collect()
}

/// 0.9 × 2,628,000 requests, of which 0.001329307 start cold when environments are kept for ten minutes.
#[test]
fn the_share_is_that_of_the_exact_pool_where_init_is_known() {
    let estimate = option_of(WORKLOAD, "init_duration = \"1s\"\nkeep_alive = \"10min\"");
    let expected = 0.9 * 2_628_000.0 * 0.001_329_307;
    assert!((cold_starts(&estimate) / expected - 1.0).abs() < 1e-6, "{}", cold_starts(&estimate));
    let notes = notes(&estimate);
    assert!(notes.contains("`cold_start_share` not given, 0.1329% used") && notes.contains("dropped after 10 min"), "{notes}");
    let simfaas = option_of(WORKLOAD, "init_duration = \"1s\"\nkeep_alive = \"simfaas\"");
    assert_eq!(simfaas.bill.total(), estimate.bill.total());
    let shorter = option_of(WORKLOAD, "init_duration = \"1s\"");
    assert!(cold_starts(&estimate) < cold_starts(&shorter));
}

#[test]
fn a_stated_share_wins_and_without_init_nothing_is_computed() {
    let stated = option_of(WORKLOAD, "init_duration = \"1s\"\ncold_start_share = \"1%\"");
    assert!((cold_starts(&stated) - 0.9 * 26_280.0).abs() < 1e-3);
    assert!(!notes(&stated).contains("cold_start_share"));
    for unknown in ["", "keep_alive = \"10min\"", "init_duration = \"0ms\""] {
        let estimate = option_of(WORKLOAD, unknown);
        assert!(cold_starts(&estimate).abs() < 1e-6);
        assert!(notes(&estimate).contains("`cold_start_share` not given, 0 used"), "{unknown}: {}", notes(&estimate));
    }
}

#[test]
fn hours_without_traffic_count_by_their_requests() {
    let hours = |weights: &str| option_of(&format!("{WORKLOAD}\nhourly = [{weights}]"), "init_duration = \"1s\"");
    let (even, half) = (hours(&["1"; 24].join(", ")), hours(&[["2"; 12].join(", "), ["0"; 12].join(", ")].join(", ")));
    let plain = option_of(WORKLOAD, "init_duration = \"1s\"");
    assert!((cold_starts(&even) / cold_starts(&plain) - 1.0).abs() < 1e-6);
    // Twice the rate in half of the time: as if all requests came at 1.8 a second.
    let twice = option_of(&WORKLOAD.replace("0.9/s", "1.8/s"), "init_duration = \"1s\"");
    assert!((cold_starts(&half) * 2.0 / cold_starts(&twice) - 1.0).abs() < 1e-5);
}

#[test]
fn provisioned_units_remove_cold_starts_above_the_peak_of_the_window_only() {
    let left = |units: u32, more: &str| {
        let option = format!("init_duration = \"1s\"\nkeep_alive = \"10min\"\nprovisioned_concurrency = {units}\n{more}");
        cold_starts(&option_of(WORKLOAD, &option))
    };
    let all = 0.9 * 2_628_000.0;
    for (units, share) in [(5, 0.001_329), (6, 0.001_327), (8, 0.000_362), (9, 0.000_082)] {
        let found = left(units, "") / all;
        assert!((found - share).abs() < 6e-7, "{units}: {found}");
    }
    // Enabled for half of the month.
    let half = left(9, "provisioned_time = \"365h\"") / all;
    assert!((half - f64::midpoint(0.001_329_3, 0.000_081_9)).abs() < 6e-7, "{half}");
}

#[test]
fn a_restore_is_as_good_as_an_init_phase() {
    let snap_start = |more: &str| notes(&option_of(WORKLOAD, &format!("snap_start = true\nruntime = \"java21\"\n{more}")));
    assert!(snap_start("restore_duration = \"300ms\"\nkeep_alive = \"10min\"").contains("0.1329% used"));
    assert!(snap_start("").contains("no SnapStart restore is charged"));
}

#[test]
fn a_latency_limit_counts_the_cold_starts_that_were_computed() {
    let scenario = |rate: &str, option: &str| {
        format!(
            "[workload]\nrequests = \"{rate}\"\nduration = \"100ms\"\nmemory = \"1GB\"\np99 = \"500ms\"\n[[option]]\nplatform = \"lambda\"\n{option}\n"
        )
    };
    // A request in five minutes: nearly a third finds none that is kept for 5 to 7 minutes.
    let error = estimate(&scenario("12/hour", "init_duration = \"1s\"")).unwrap_err().to_string();
    assert!(error.contains("% take longer: cold starts begin with 1 s"), "{error}");
    assert!(estimate(&scenario("1/s", "init_duration = \"1s\"")).is_ok());
    let note = |option: &str| {
        let estimate = estimate(&scenario("12/hour", option)).unwrap();
        notes(&estimate.options[0])
    };
    assert!(note("").contains("(`init_duration`)") && !note("").contains("millicent size"));
    assert!(note("runtime = \"python3.13\"").contains("`millicent size` takes it from the runtime"));
}

#[test]
fn what_is_no_keep_alive_time_is_refused_where_it_stands() {
    let scenario = format!("[workload]\n{WORKLOAD}\n[[option]]\nplatform = \"lambda\"\nkeep_alive = \"5\"\n");
    let error = estimate(&scenario).unwrap_err().to_string();
    assert!(error.contains("`keep_alive`") && error.contains("\"5min..7min\""), "{error}");
}

const DAY_S: f64 = 86_400.0;
const KEEP_ALIVE_S: f64 = 420.0;

/// A function, what is done about it, and how long it is replayed.
struct Replayed {
    rate_per_s: f64,
    service_s: f64,
    pings: u32,
    interval_s: f64,
    lifetime_s: Option<f64>,
    lasts_s: f64,
}

impl Replayed {
    /// Cold requests up to a moment: Poisson arrivals and exponential durations, the same ones for each moment.
    fn cold_until(&self, horizon_s: f64) -> f64 {
        let mut random = Random::from_seed(7);
        let mut at_s = 0.0;
        let calls = std::iter::from_fn(move || {
            let mut exponential = |mean: f64| -mean * (1.0 - random.uniform()).ln();
            at_s += exponential(1.0 / self.rate_per_s);
            (at_s < horizon_s).then(|| Call { at_s, duration_s: exponential(self.service_s) })
        });
        let pings = Pings { every_s: self.interval_s, environments: self.pings, hold_s: 0.1 };
        let keep_alive = KeepAlive::constant(KEEP_ALIVE_S).unwrap();
        let pings = Some(pings).filter(|pings| 0 < pings.environments);
        let function = Function { pings, lifetime_s: self.lifetime_s, ..Function::plain(keep_alive) };
        function.replay(calls, horizon_s, &mut Recorder::lasting(horizon_s), 7, &mut |_| 0.001).cold() as f64
    }

    /// Cold requests after the environments of the beginning are gone.
    fn cold(&self) -> f64 {
        let begun_s = 3.0 * self.lifetime_s.unwrap_or(KEEP_ALIVE_S);
        self.cold_until(begun_s + self.lasts_s) - self.cold_until(begun_s)
    }

    fn computed(&self) -> f64 {
        let traffic = Traffic::new(self.rate_per_s, self.service_s).unwrap();
        let lifetime_s = self.lifetime_s.unwrap_or(1e12);
        let conditions = Conditions { lifetime_s, ..Conditions::new(traffic, KeepAlive::constant(KEEP_ALIVE_S).unwrap()) };
        let pings = Mitigation::Pings { environments: self.pings.into(), interval_s: self.interval_s };
        let left = if self.pings == 0 { ColdStarts::of(&conditions) } else { pings.on(&conditions).map(|left| left.cold_starts) };
        left.unwrap().per_day.sum() / DAY_S * self.lasts_s
    }
}

/// Within three deviations of a count, and the error of the model.
fn agrees(case: &Replayed) {
    let (replayed, computed) = (case.cold(), case.computed());
    let allowed = 3.0 * computed.max(1.0).sqrt() + 0.06 * computed;
    let Replayed { rate_per_s, pings, interval_s, lifetime_s, .. } = case;
    assert!(
        (replayed - computed).abs() < allowed,
        "{rate_per_s}/s, {pings} pings every {interval_s} s, {lifetime_s:?}: replayed {replayed}, computed {computed}"
    );
}

/// From a call in five minutes to a hundred a second; pings fewer than the usual peak, and more.
#[test]
fn pings_leave_what_the_replay_of_them_leaves() {
    for (rate_per_s, service_s, pings, interval_s, lasts_s) in [
        (0.003, 0.1, 0, 240.0, 3e6),
        (0.003, 0.1, 1, 240.0, 1e7),
        (0.003, 2.0, 1, 240.0, 1e7),
        (0.1, 0.5, 1, 240.0, 2e6),
        (0.1, 0.5, 4, 240.0, 4e6),
        (0.1, 2.0, 4, 100.0, 4e6),
        (1.0, 0.1, 3, 240.0, 6e5),
        (1.0, 2.0, 10, 60.0, 6e5),
        (10.0, 0.2, 5, 240.0, 8e4),
        (10.0, 0.2, 14, 240.0, 8e4),
        (100.0, 0.1, 12, 240.0, 2e4),
        (100.0, 0.1, 34, 240.0, 2e4),
    ] {
        agrees(&Replayed { rate_per_s, service_s, pings, interval_s, lifetime_s: None, lasts_s });
    }
}

/// Lifetimes that are no multiple of the interval: in step with the pings, environments would always end at one.
#[test]
fn recycling_adds_what_the_replay_of_it_adds() {
    for (rate_per_s, service_s, pings, lifetime_s, lasts_s) in [
        (0.01, 0.2, 0, 7200.0, 5e6),
        (0.9, 2.0, 0, 7200.0, 1e6),
        (10.0, 0.2, 0, 7200.0, 1e5),
        (100.0, 0.1, 0, 1800.0, 2e4),
        (0.003, 0.1, 1, 7100.0, 1e7),
        (1.0, 0.1, 6, 3500.0, 4e5),
        (10.0, 0.2, 14, 3500.0, 8e4),
    ] {
        agrees(&Replayed { rate_per_s, service_s, pings, interval_s: 240.0, lifetime_s: Some(lifetime_s), lasts_s });
    }
}
