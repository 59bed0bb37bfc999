//! The words and rows that the formats of a replay share.

use crate::replay::{Interval, Recorder};
use crate::report::note_lines;
use crate::report::words::price_basis;
use crate::scenario::OptionEstimate;
use crate::simulate::{Run, Simulated, Simulation};
use crate::units::{Decimal, TimeSpan, Usd, decimal_from_statistic, grouped, significant};

const DAY_S: f64 = 86_400.0;
/// Digits of a number that was drawn.
const DIGITS: u32 = 3;

/// The columns: who, what happened, what it took.
pub(super) const COLUMNS: [&str; 11] =
    ["design", "calls", "cold", "refused", "p50", "p99", "p99.9", "at once", "environments", "instances", "a month"];

/// A number with so many significant digits and separators.
pub(super) fn rounded(value: f64) -> String {
    let value = decimal_from_statistic(value, 12).unwrap_or(Decimal::ZERO);
    if value.abs() < Decimal::ONE_THOUSAND { significant(value, DIGITS) } else { grouped(value.round()) }
}

/// A share in percent.
pub(super) fn percent(share: f64) -> String {
    format!("{}%", rounded(share * 100.0))
}

/// How much time was replayed; a whole number of minutes exactly.
pub(super) fn span(span_s: f64) -> String {
    match decimal_from_statistic(span_s, 3) {
        Some(exact) if (exact % Decimal::from(60)).is_zero() => {
            TimeSpan::from_milliseconds(exact * Decimal::ONE_THOUSAND).to_string()
        }
        _ => seconds(span_s),
    }
}

/// A time in its own unit.
pub(super) fn seconds(seconds: f64) -> String {
    let (unit, per_s) = unit_of(seconds);
    format!("{} {unit}", rounded(seconds * per_s))
}

/// The unit in which a time is told, and how many of it a second is.
fn unit_of(seconds: f64) -> (&'static str, f64) {
    match seconds {
        short if short < 1.0 => ("ms", 1000.0),
        usual if usual < 600.0 => ("s", 1.0),
        long if long < 2.0 * 3600.0 => ("min", 1.0 / 60.0),
        long if long < 2.0 * DAY_S => ("h", 1.0 / 3600.0),
        _ => ("days", 1.0 / DAY_S),
    }
}

/// An interval that is wider than this part of its number is told: of shares and of latencies, whose buckets are a percent wide.
const WIDTH_THAT_MATTERS: f64 = 0.04;

/// A share with the half width of its interval, where that matters and the share is known to differ from nothing; of too few
/// calls nothing is known.
fn with_interval(interval: Option<Interval>) -> String {
    let Some(interval) = interval else { return "-".to_owned() };
    let width = (interval.high - interval.low) / 2.0;
    if interval.point <= 0.0 {
        return "0%".to_owned();
    }
    if interval.low <= 0.0 && 1.0 <= interval.high {
        return format!("{} (0–100)", percent(interval.point));
    }
    let told = WIDTH_THAT_MATTERS / 2.0 < width / interval.point && width < interval.point;
    if told { format!("{} ±{}", percent(interval.point), rounded(significant_width(width))) } else { percent(interval.point) }
}

/// Half a width in percent, with two digits.
fn significant_width(width: f64) -> f64 {
    let percent = width * 100.0;
    let digits = 10.0_f64.powf(1.0 - percent.log10().floor());
    (percent * digits).round() / digits
}

/// A quantile, with its interval where that matters: it is seldom as far up as down.
fn latency(recorder: &Recorder, share: f64) -> String {
    let Some(Interval { point, low, high }) = recorder.latency(share) else { return "-".to_owned() };
    if WIDTH_THAT_MATTERS < (high - low) / point {
        let (unit, per_s) = unit_of(point);
        format!("{} {unit} ({}–{})", rounded(point * per_s), rounded(low * per_s), rounded(high * per_s))
    } else {
        seconds(point)
    }
}

/// What is there on average.
fn mean(kept_s: f64, run: &Run) -> String {
    rounded(kept_s / run.horizon_s)
}

/// The name of a run: its design's, with the workload where there are several.
fn name(design: &Simulated, run: &Run) -> String {
    if design.runs.len() == 1 { design.name.clone() } else { format!("{}: {}", design.name, run.workload) }
}

fn row(design: &Simulated, place: usize, run: &Run) -> [String; 11] {
    let cost = if place == 0 { monthly(design) } else { String::new() };
    [
        name(design, run),
        grouped(Decimal::from(run.totals.arrived)),
        with_interval(run.recorder.cold_share()),
        with_interval(run.recorder.throttled_share()),
        latency(&run.recorder, 0.5),
        latency(&run.recorder, 0.99),
        latency(&run.recorder, 0.999),
        grouped(Decimal::from(run.totals.peak_busy)),
        mean(run.totals.alive_s + run.totals.provisioned_s, run),
        mean(run.totals.instance_s, run),
        cost,
    ]
}

fn monthly(design: &Simulated) -> String {
    match &design.estimate {
        Some(Ok(estimate)) => estimate.bill.invoice_total().to_string(),
        Some(Err(problem)) => problem.to_string(),
        None => "-".to_owned(),
    }
}

/// One row for each workload of each design that was replayed.
pub(super) fn rows(simulation: &Simulation) -> Vec<[String; 11]> {
    let designs = simulation.designs.iter();
    designs.flat_map(|design| design.runs.iter().enumerate().map(|(place, run)| row(design, place, run))).collect()
}

/// The bill of a design, where there is one.
pub(super) fn bill_of(design: &Simulated) -> Option<&OptionEstimate> {
    design.estimate.as_ref().and_then(|estimate| estimate.as_ref().ok())
}

fn runs(simulation: &Simulation) -> impl Iterator<Item = &Run> {
    simulation.designs.iter().flat_map(|design| &design.runs)
}

/// How much time of which traffic.
pub(super) fn replayed(simulation: &Simulation) -> String {
    let longest_s = runs(simulation).map(|run| run.horizon_s).reduce(f64::max);
    longest_s.map_or_else(|| simulation.traffic.clone(), |longest_s| format!("{} of {}", span(longest_s), simulation.traffic))
}

/// Two sentences: what was replayed, and which design serves all of it for the least money.
pub(super) fn headline(simulation: &Simulation) -> String {
    let subject = simulation.basis.title.as_deref().unwrap_or("This workload");
    format!("{subject}: {}. {}", replayed(simulation), verdict(simulation))
}

/// What came of it, as a title.
#[cfg(feature = "charts")]
pub(super) fn headline_of(simulation: &Simulation) -> String {
    let verdict = verdict(simulation);
    let verdict = verdict.trim_end_matches('.');
    simulation.basis.title.as_deref().map_or_else(|| verdict.to_owned(), |title| format!("{title}: {verdict}"))
}

fn verdict(simulation: &Simulation) -> String {
    if runs(simulation).next().is_none() {
        return "Nothing was replayed: no design takes it.".to_owned();
    }
    if runs(simulation).all(|run| run.totals.answered() == 0) {
        return nothing_answered(simulation);
    }
    let in_time = if runs(simulation).any(|run| run.limit.is_some()) { " in time" } else { "" };
    let Some((name, cost)) = cheapest(simulation, Simulated::serves_all) else {
        return format!("No design that has a price serves every call{in_time}.");
    };
    if simulation.designs.len() == 1 {
        format!("{name} serves every call{in_time} for {cost} a month.")
    } else {
        format!("{name} is the cheapest that serves every call{in_time}: {cost} a month.")
    }
}

/// What no call met says nothing of latencies, and still has a price.
fn nothing_answered(simulation: &Simulation) -> String {
    let arrived = runs(simulation).any(|run| 0 < run.totals.arrived);
    let what = if arrived { "Every call was refused or gave up waiting" } else { "No call arrived" };
    let cost = match cheapest(simulation, |_| true) {
        None => String::new(),
        Some((name, cost)) if simulation.designs.len() == 1 => format!(" {name} costs {cost} a month all the same."),
        Some((name, cost)) => format!(" {name} costs the least all the same: {cost} a month."),
    };
    format!("{what}: there is no latency and no cold start to tell.{cost}")
}

/// The name and the monthly cost of the cheapest of some designs.
fn cheapest(simulation: &Simulation, of: impl Fn(&Simulated) -> bool) -> Option<(&str, Usd)> {
    let priced = simulation.designs.iter().filter(|design| of(design)).filter_map(|design| Some((design, bill_of(design)?)));
    let (best, estimate) = priced.min_by_key(|(_, estimate)| estimate.bill.total())?;
    Some((&best.name, estimate.bill.invoice_total()))
}

/// Prices, and how certain the numbers are.
pub(super) fn basis(simulation: &Simulation) -> String {
    format!(
        "{}. Times include starting and waiting; environments and instances are means; ± and the times in brackets are 95 % intervals {}; seed {}",
        price_basis(&simulation.basis),
        intervals(simulation),
        simulation.seed
    )
}

/// Where the intervals come from.
fn intervals(simulation: &Simulation) -> String {
    let further = |run: &Run| run.recorder.further().len();
    let most = runs(simulation).map(further).max().unwrap_or(0);
    if most == 0 {
        return "by batch means".to_owned();
    }
    let replays = format!("from {most} further replays with other seeds");
    if runs(simulation).all(|run| 0 < further(run)) { replays } else { format!("{replays}, or by batch means") }
}

/// Why designs were not replayed.
pub(super) fn left_out(simulation: &Simulation) -> Vec<String> {
    let designs = simulation.designs.iter().filter(|design| !design.reasons.is_empty());
    let reasons =
        |design: &Simulated| design.reasons.iter().map(|reason| reason.refusal.to_string()).collect::<Vec<_>>().join("; ");
    designs.map(|design| format!("{} was not replayed: {}", design.name, reasons(design))).collect()
}

/// What must be said of each design: its name, and a note.
#[must_use]
pub fn simulation_notes(simulation: &Simulation) -> Vec<(String, Vec<String>)> {
    let designs = simulation.designs.iter();
    designs.map(|design| (design.name.clone(), bill_of(design).map(note_lines).unwrap_or_default())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_told_as_surely_as_it_is_known() {
        for (point, low, high, words) in [
            (0.1, 0.095, 0.105, "10% ±0.5"),
            (0.1, 0.0999, 0.1001, "10%"),
            (0.1, 0.0, 0.25, "10%"),
            // Two calls: a half width would say that it is 50 % at least.
            (1.0, 0.0, 1.0, "100% (0–100)"),
            (0.0, 0.0, 1.0, "0%"),
        ] {
            assert_eq!(with_interval(Some(Interval { point, low, high })), words);
        }
    }
}
