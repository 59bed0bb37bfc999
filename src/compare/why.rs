//! Why the cheapest option is the cheapest, in a sentence or two made of numbers.

use super::{Compared, Verdict};
use crate::scenario::Scenario;
use crate::units::{Decimal, grouped};
use crate::workload::Workload;

/// Below this peak-to-mean ratio traffic is steady.
const BURSTY: Decimal = Decimal::from_parts(3, 0, 0, false, 0);

/// The sentences; none when nothing carries the load, or there is nothing to compare.
pub(super) fn why(scenario: &Scenario, options: &[Compared]) -> Vec<String> {
    let carrying: Vec<&Compared> = options.iter().filter(|option| option.verdict == Verdict::Carries).collect();
    let [winner, others @ ..] = carrying.as_slice() else { return Vec::new() };
    let rival = others.iter().find(|other| is_fleet(other) != is_fleet(winner));
    let mut sentences = Vec::new();
    match rival {
        Some(rival) if is_fleet(winner) => sentences.push(fleet_wins(scenario, winner, rival)),
        Some(rival) => sentences.push(requests_win(scenario, winner, rival)),
        None => {}
    }
    sentences.extend(scenario.workloads.iter().filter_map(|workload| bursts(workload, winner)));
    sentences
}

/// Whether an option pays for instances, by the hour, whatever arrives.
fn is_fleet(option: &Compared) -> bool {
    option.estimate.as_ref().is_some_and(|estimate| !estimate.capacities.is_empty())
}

fn fleet_wins(scenario: &Scenario, winner: &Compared, rival: &Compared) -> String {
    let busy = busy(winner).map_or_else(String::new, |busy| format!(" is busy {busy} of the time it is paid for, and so"));
    let overlap = overlap(scenario).map_or_else(String::new, |overlap| {
        format!(": it bills the whole time of each request, while one vCPU works on up to {overlap} of them at once")
    });
    format!(
        "{}{busy} costs less than paying by the request; {} costs {}{overlap}.",
        winner.name,
        rival.name,
        dearer(winner, rival)
    )
}

fn requests_win(scenario: &Scenario, winner: &Compared, rival: &Compared) -> String {
    let requests: Decimal = scenario.workloads.iter().map(|workload| workload.requests_per_second(scenario.month)).sum();
    let busy = busy(rival).map_or_else(String::new, |busy| format!(", busy {busy} of the time it is paid for,"));
    format!(
        "{} is paid by the request, and there are only {} a second; {}{busy} costs {}.",
        winner.name,
        grouped(requests.round_dp(2).normalize()),
        rival.name,
        dearer(winner, rival)
    )
}

/// How busy the instances of an option are on average, as a percentage; where it has several fleets, the busiest.
fn busy(option: &Compared) -> Option<String> {
    let capacities = &option.estimate.as_ref()?.capacities;
    let most = capacities.iter().map(|(_, capacity)| capacity.mean_utilization).max()?;
    Some(format!("{}%", (most * Decimal::ONE_HUNDRED).round_sf(2)?.normalize()))
}

/// How many requests one vCPU can overlap: response time / CPU time, where requests wait for something else.
fn overlap(scenario: &Scenario) -> Option<String> {
    let [workload] = scenario.workloads.as_slice() else { return None };
    let demand = workload.demand()?;
    if demand.cpu.is_zero() || demand.wait.is_zero() {
        return None;
    }
    let factor = (demand.cpu + demand.wait).milliseconds() / demand.cpu.milliseconds();
    (Decimal::new(15, 1) < factor).then(|| factor.round_sf(2).unwrap_or(factor).normalize().to_string())
}

/// "3.6 times as much", "5% more".
fn dearer(winner: &Compared, rival: &Compared) -> String {
    let multiple = rival.total().zip(winner.total()).and_then(|(rival, winner)| rival.share_of(winner));
    match multiple {
        None => "more".to_owned(),
        Some(multiple) if multiple < Decimal::TWO => {
            format!("{}% more", ((multiple - Decimal::ONE) * Decimal::ONE_HUNDRED).round_dp(0).normalize())
        }
        Some(multiple) => format!("{} times as much", multiple.round_sf(2).unwrap_or(multiple).normalize()),
    }
}

/// What bursts do to a fleet that is sized for its peak.
fn bursts(workload: &Workload, winner: &Compared) -> Option<String> {
    let peak = workload.peak_factor();
    if peak < BURSTY || !is_fleet(winner) {
        return None;
    }
    Some(format!(
        "The peak of `{}` is {} times its mean: what scales by the request pays for the mean, a fleet for the peak.",
        workload.name,
        peak.round_dp(1).normalize()
    ))
}
