//! Why the cheapest option is the cheapest, in a sentence or two made of numbers.

use super::{Compared, Verdict};
use crate::note::Note;
use crate::scenario::Scenario;
use crate::units::{Decimal, Month, Usd, grouped};
use crate::workload::Workload;

/// Below this peak-to-mean ratio traffic is steady.
const BURSTY: Decimal = Decimal::from_parts(3, 0, 0, false, 0);

/// The sentences; none when nothing carries the load, or there is nothing to compare.
pub(super) fn why(scenario: &Scenario, options: &[Compared]) -> Vec<String> {
    let carrying: Vec<&Compared> = options.iter().filter(|option| option.verdict == Verdict::Carries).collect();
    let [winner, others @ ..] = carrying.as_slice() else { return Vec::new() };
    if winner.total().is_none_or(|total| total == Usd::ZERO) {
        return Vec::new();
    }
    let kind = Kind::of(winner);
    let quota = winner.estimate.iter().flat_map(|estimate| &estimate.notes);
    let quota = quota.filter(|(_, note)| matches!(note, Note::ConcurrencyQuota { .. })).map(|(_, note)| format!("But {note}."));
    if kind == Kind::Mixed {
        return parts(winner, others).into_iter().chain(quota).collect();
    }
    let mut sentences = Vec::new();
    if let Some(rival) = others.iter().find(|other| Kind::of(other) != kind) {
        let sentence = if kind == Kind::Fleet { fleet_wins } else { requests_win };
        sentences.push(sentence(scenario, winner, rival));
    }
    if kind == Kind::Fleet {
        sentences.extend(scenario.workloads.iter().filter_map(|workload| bursts(workload, winner, scenario.month)));
    }
    sentences.extend(quota);
    sentences
}

/// How an option is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// By the request.
    Requests,
    /// For instances, by the hour, whatever arrives.
    Fleet,
    /// Some workloads one way, some the other.
    Mixed,
}

impl Kind {
    fn of(option: &Compared) -> Self {
        let Some(estimate) = &option.estimate else { return Self::Requests };
        let fleets: Vec<&String> =
            estimate.capacities.iter().filter(|(_, capacity)| capacity.paid_while_idle).map(|(workload, _)| workload).collect();
        // Services around the compute have shares of the cost too; they are on no platform.
        let elsewhere = option.platform.contains('+') && estimate.workloads.iter().any(|share| !fleets.contains(&&share.name));
        match fleets.is_empty() {
            true => Self::Requests,
            false if elsewhere => Self::Mixed,
            false => Self::Fleet,
        }
    }
}

/// Of a design whose parts are paid for differently: what each workload costs, and what it costs where it is dearest.
fn parts(winner: &Compared, others: &[&Compared]) -> Vec<String> {
    let share = |option: &Compared, name: &str| {
        let estimate = option.estimate.as_ref()?;
        estimate.workloads.iter().find(|share| share.name == name).map(|share| share.cost)
    };
    let winning = winner.estimate.iter().flat_map(|estimate| &estimate.workloads);
    let better = winning.filter_map(|own| {
        let dearest =
            others.iter().filter_map(|other| Some((share(other, &own.name)?, &other.name))).max_by_key(|(cost, _)| *cost);
        let (cost, name) = dearest.filter(|(cost, _)| own.cost.cents() < cost.cents())?;
        Some(format!("`{}` for {} instead of {cost} ({name})", own.name, own.cost))
    });
    let better: Vec<String> = better.collect();
    if better.is_empty() {
        Vec::new()
    } else {
        vec![format!("{} puts each part where it is cheap: {}.", winner.name, better.join("; "))]
    }
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
fn bursts(workload: &Workload, winner: &Compared, month: Month) -> Option<String> {
    let fleet = winner.estimate.iter().flat_map(|estimate| &estimate.capacities).find(|(name, _)| *name == workload.name);
    let follows_the_hours = fleet.is_some_and(|(_, capacity)| !capacity.is_constant(month));
    let peak = if follows_the_hours { workload.peak_to_mean } else { workload.peak_factor() };
    (BURSTY <= peak).then(|| {
        format!(
            "The peak of `{}` is {} times its mean: what scales by the request pays for the mean, a fleet for the peak.",
            workload.name,
            peak.round_dp(1).normalize()
        )
    })
}
