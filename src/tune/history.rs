//! What production reported before a run: how long its calls take, what memory they use, how they fail.
//!
//! It costs nothing, and it is no measurement: production's payloads are not those of the run, so none of this ever enters a mean
//! that sizes are compared by. It says where the current size stands: what memory is in use, how much durations scatter, what an
//! INIT takes, what fails. Request ids are not kept.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::action::{LoggedCall, LoggedCalls};
use crate::lambda_log::{FunctionErrorKind, Report};
use crate::stats::quantile;
use crate::units::{Decimal, MemoryMb, Month};

/// The standard deviation of a normal distribution is so many times its median absolute deviation: 1 / Φ⁻¹(3/4) = 1 / 0.67449.
const DEVIATIONS: f64 = 1.4826;
/// Below so many warm calls nothing is said of how they scatter: half of them could be the exception.
pub(super) const LEAST_CALLS: usize = 8;

/// What production reported at one size.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The size.
    pub memory: MemoryMb,
    /// How far back the calls reach.
    pub span: Duration,
    /// All calls at the size.
    pub calls: u32,
    /// Those that started a new environment.
    pub cold_calls: u32,
    /// Those that failed, as far as reports say it: of an error that a handler returned, the text format says nothing.
    pub failed_calls: u32,
    /// How they failed.
    pub failures: BTreeMap<FunctionErrorKind, u32>,
    /// What warm calls took that did not fail; none without such calls.
    pub warm: Option<WarmDurations>,
    /// The memory that calls used; none where no report says it.
    pub memory_used: Option<MemoryUsed>,
    /// The median INIT of cold calls.
    pub init_ms: Option<f64>,
    /// Requests of the function in a month, at any size, were every span like this one; none when not all reports were read.
    pub requests_per_month: Option<Decimal>,
}

/// What warm calls took. Nothing is trimmed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WarmDurations {
    /// How many calls.
    pub calls: u32,
    /// The mean.
    pub mean_ms: f64,
    /// The median.
    pub p50_ms: f64,
    /// Nineteen of twenty calls are not slower.
    pub p95_ms: f64,
    /// All but one of a hundred.
    pub p99_ms: f64,
    /// How durations of all payloads together scatter: variance of their logarithms, by the median absolute deviation, which the
    /// tail does not move. None of few calls.
    pub log_variance: Option<f64>,
}

/// The most memory that environments had used when a call ended, over the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryUsed {
    /// The least: a new environment, or a small payload.
    pub least: MemoryMb,
    /// The median.
    pub median: MemoryMb,
    /// The most: with less, production would have lost calls.
    pub most: MemoryMb,
}

impl History {
    /// What the calls at `memory` come to. Calls of a version that is not among `versions` are left out: it has been deleted, as
    /// those of earlier tuning runs are, whose payloads were not production's.
    ///
    /// # Errors
    /// With the reason, for people, when there is no such call.
    pub fn of(logged: &LoggedCalls, memory: MemoryMb, versions: &BTreeSet<String>) -> Result<Self, String> {
        let is_there = |version: &String| version == "$LATEST" || versions.contains(version);
        let theirs = logged.calls.iter().filter(|call: &&LoggedCall| call.version.as_ref().is_none_or(is_there));
        let all: Vec<&Report> = theirs.map(|call| &call.report).collect();
        let calls: Vec<&Report> = all.iter().copied().filter(|report| report.memory_mb == Some(memory.get())).collect();
        if calls.is_empty() {
            return Err(format!("there is no call at {memory} in the logs of the last {}", span_words(logged.span)));
        }
        let mut failures = BTreeMap::new();
        for kind in calls.iter().filter_map(|report| report.failure()) {
            *failures.entry(kind).or_default() += 1;
        }
        let warm = calls.iter().filter(|report| !report.is_cold() && report.failure().is_none());
        Ok(Self {
            memory,
            span: logged.span,
            calls: count(calls.len()),
            cold_calls: count(calls.iter().filter(|report| report.is_cold()).count()),
            failed_calls: failures.values().sum(),
            failures,
            warm: WarmDurations::of(warm.map(|report| report.duration_ms).collect()),
            memory_used: MemoryUsed::of(&calls),
            init_ms: median(calls.iter().filter_map(|report| report.init_ms).collect()),
            requests_per_month: logged.is_complete.then(|| per_month(all.len(), logged.span)).flatten(),
        })
    }
}

impl WarmDurations {
    fn of(mut durations_ms: Vec<f64>) -> Option<Self> {
        durations_ms.sort_by(f64::total_cmp);
        let at = |probability| quantile(&durations_ms, probability);
        (!durations_ms.is_empty()).then(|| Self {
            calls: count(durations_ms.len()),
            mean_ms: durations_ms.iter().sum::<f64>() / durations_ms.len() as f64,
            p50_ms: at(0.5),
            p95_ms: at(0.95),
            p99_ms: at(0.99),
            log_variance: log_variance(&durations_ms),
        })
    }
}

/// (1.4826 · median |ln d − ln median d|)².
///
/// Worked number: of 50, 80, 90, 100, 100, 110, 125, 200 and 4,000 ms the median is 100, the middle one of the distances of the
/// logarithms is ln 1.25 = 0.2231, and the variance (1.4826 · 0.2231)² = 0.1094; the plain one is 1.65.
fn log_variance(durations_ms: &[f64]) -> Option<f64> {
    let logs: Vec<f64> = durations_ms.iter().filter(|duration| **duration > 0.0).map(|duration| duration.ln()).collect();
    if logs.len() < LEAST_CALLS {
        return None;
    }
    let middle = median(logs.clone())?;
    let distance = median(logs.into_iter().map(|log| (log - middle).abs()).collect())?;
    Some((DEVIATIONS * distance).powi(2))
}

impl MemoryUsed {
    fn of(calls: &[&Report]) -> Option<Self> {
        let mut used: Vec<u32> = calls.iter().filter_map(|report| report.max_memory_used_mb).collect();
        used.sort_unstable();
        let (least, most) = (*used.first()?, *used.last()?);
        let [least, median, most] = [least, used[used.len() / 2], most].map(MemoryMb::new);
        Some(Self { least, median, most })
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    (!values.is_empty()).then(|| quantile(&values, 0.5))
}

/// So many calls in such a time are how many in a month of 730 hours: 1,204 in 6 hours are 146,487.
fn per_month(calls: usize, span: Duration) -> Option<Decimal> {
    let seconds = Decimal::from(span.as_secs());
    let requests = Decimal::from(calls).checked_mul(Month::STANDARD.seconds())?;
    requests.checked_div(seconds).map(|requests| requests.round())
}

fn count(calls: usize) -> u32 {
    u32::try_from(calls).unwrap_or(u32::MAX)
}

/// A span as people say it: "6 h", "90 min", "45 s".
pub fn span_words(span: Duration) -> String {
    match span.as_secs() {
        seconds if seconds >= 3600 && seconds.is_multiple_of(3600) => format!("{} h", seconds / 3600),
        seconds if seconds >= 120 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lambda_log::find_report;
    use proptest::prelude::*;

    const CURRENT: MemoryMb = MemoryMb::new(512);

    /// A report with `fields` behind the duration and `|` for the tabs.
    fn report(duration_ms: f64, fields: &str) -> Report {
        let line = format!("REPORT RequestId: secret-id|Duration: {duration_ms} ms|{fields}").replace('|', "\t");
        find_report(&line, None).unwrap()
    }

    fn at(memory_mb: u32, duration_ms: f64, fields: &str) -> LoggedCall {
        LoggedCall {
            version: Some("$LATEST".to_owned()),
            report: report(duration_ms, &format!("Memory Size: {memory_mb} MB|{fields}")),
        }
    }

    fn six_hours(calls: Vec<LoggedCall>) -> LoggedCalls {
        LoggedCalls { calls, span: Duration::from_secs(6 * 3600), is_complete: true }
    }

    fn history(calls: Vec<LoggedCall>) -> History {
        History::of(&six_hours(calls), CURRENT, &BTreeSet::from(["3".to_owned()])).unwrap()
    }

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-9 * right.abs().max(1.0)
    }

    #[test]
    fn calls_at_the_size_are_summed_up_by_kind() {
        let mut calls: Vec<LoggedCall> = [50.0, 80.0, 90.0, 100.0, 100.0, 110.0, 125.0, 200.0, 4000.0]
            .map(|ms| at(512, ms, "Max Memory Used: 143 MB"))
            .to_vec();
        calls.push(at(512, 300.0, "Max Memory Used: 90 MB|Init Duration: 412.00 ms"));
        calls.push(at(512, 400.0, "Max Memory Used: 171 MB|Restore Duration: 200.00 ms"));
        calls.push(at(512, 9000.0, "Max Memory Used: 150 MB|Status: timeout"));
        calls.push(at(512, 1.0, "Max Memory Used: 150 MB|Status: error|Error Type: Runtime.OutOfMemory"));
        calls.push(at(1024, 7.0, "Max Memory Used: 700 MB"));
        let history = history(calls);
        assert_eq!((history.calls, history.cold_calls, history.failed_calls), (13, 2, 2));
        assert_eq!(history.failures, BTreeMap::from([(FunctionErrorKind::Timeout, 1), (FunctionErrorKind::OutOfMemory, 1)]));
        let warm = history.warm.unwrap();
        assert_eq!(warm.calls, 9);
        assert!(close(warm.mean_ms, 4855.0 / 9.0) && close(warm.p50_ms, 100.0), "{warm:?}");
        // Position 0.95 · 8 = 7.6 lies between 200 and 4,000 ms.
        assert!(close(warm.p95_ms, 2480.0) && close(warm.p99_ms, 3696.0), "{warm:?}");
        assert!(close(warm.log_variance.unwrap(), (DEVIATIONS * 1.25_f64.ln()).powi(2)), "{warm:?}");
        assert_eq!(history.init_ms, Some(412.0));
        let used = MemoryUsed { least: MemoryMb::new(90), median: MemoryMb::new(143), most: MemoryMb::new(171) };
        assert_eq!(history.memory_used, Some(used));
        // 14 calls in 6 h: 14 × 730 / 6 = 1,703.3 a month; the one at another size is a request too.
        assert_eq!(history.requests_per_month, Some(Decimal::from(1703)));
    }

    #[test]
    fn few_calls_do_not_say_how_they_scatter_and_some_say_nothing_else() {
        assert_eq!(history(vec![at(512, 5.0, ""); LEAST_CALLS - 1]).warm.unwrap().log_variance, None);
        assert_eq!(history(vec![at(512, 5.0, ""); LEAST_CALLS]).warm.unwrap().log_variance, Some(0.0));
        // A call of no time at all has no logarithm.
        assert_eq!(history(vec![at(512, 0.0, ""); LEAST_CALLS]).warm.unwrap().log_variance, None);
        let cold = history(vec![at(512, 5.0, "Init Duration: 100 ms")]);
        assert_eq!((cold.calls, cold.warm, cold.memory_used), (1, None, None));
    }

    #[test]
    fn calls_of_versions_that_are_gone_were_those_of_tuning_runs() {
        let of = |version: Option<&str>| LoggedCall { version: version.map(str::to_owned), ..at(512, 10.0, "") };
        let calls = vec![of(None), of(Some("$LATEST")), of(Some("3")), of(Some("4"))];
        let history = history(calls);
        assert_eq!(history.calls, 3);
        assert_eq!(history.requests_per_month, Some(Decimal::from(365))); // 3 × 730 / 6
    }

    #[test]
    fn without_a_call_at_the_size_there_is_a_reason_in_its_place() {
        let none = |calls| History::of(&six_hours(calls), CURRENT, &BTreeSet::new()).unwrap_err();
        assert_eq!(none(vec![]), "there is no call at 512 MB in the logs of the last 6 h");
        assert_eq!(none(vec![at(1024, 5.0, "")]), none(vec![]));
        // A report that does not say its size could be of any.
        assert_eq!(none(vec![LoggedCall { version: None, report: report(5.0, "") }]), none(vec![]));
    }

    #[test]
    fn what_was_read_in_part_says_nothing_of_the_rate() {
        let part = LoggedCalls { is_complete: false, ..six_hours(vec![at(512, 5.0, "")]) };
        assert_eq!(History::of(&part, CURRENT, &BTreeSet::new()).unwrap().requests_per_month, None);
        let at_once = LoggedCalls { span: Duration::ZERO, ..six_hours(vec![at(512, 5.0, "")]) };
        assert_eq!(History::of(&at_once, CURRENT, &BTreeSet::new()).unwrap().requests_per_month, None);
        assert_eq!(per_month(1204, Duration::from_secs(6 * 3600)), Some(Decimal::from(146_487)));
    }

    #[test]
    fn no_request_id_is_kept() {
        let history = history(vec![at(512, 5.0, "")]);
        assert!(!format!("{history:?}").contains("secret-id"));
    }

    #[test]
    fn spans_are_said_as_people_say_them() {
        for (seconds, words) in [(6 * 3600, "6 h"), (5400, "90 min"), (61, "61 s"), (0, "0 s"), (3601, "60 min")] {
            assert_eq!(span_words(Duration::from_secs(seconds)), words);
        }
    }

    proptest! {
        #[test]
        fn figures_lie_where_the_calls_lie(durations in prop::collection::vec(0.01_f64..900_000.0, 1..60)) {
            let history = history(durations.iter().map(|ms| at(512, *ms, "")).collect());
            let warm = history.warm.unwrap();
            let (least, most) = durations.iter().fold((f64::MAX, 0.0_f64), |(least, most), ms| (least.min(*ms), most.max(*ms)));
            prop_assert_eq!(history.calls as usize, durations.len());
            prop_assert!(least <= warm.p50_ms && warm.p50_ms <= warm.p95_ms && warm.p95_ms <= warm.p99_ms && warm.p99_ms <= most);
            prop_assert!(least * (1.0 - 1e-12) <= warm.mean_ms && warm.mean_ms <= most * (1.0 + 1e-12));
        }

        #[test]
        fn scatter_does_not_depend_on_the_unit(durations in prop::collection::vec(1.0_f64..1000.0, LEAST_CALLS..40), scale in 0.1_f64..10.0) {
            let scaled: Vec<f64> = durations.iter().map(|ms| ms * scale).collect();
            let (one, other) = (log_variance(&durations).unwrap(), log_variance(&scaled).unwrap());
            prop_assert!((one - other).abs() < 1e-9, "{one} {other}");
        }
    }
}
