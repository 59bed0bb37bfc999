//! The data of the figures about costs: what a comparison and a break-even have found, as numbers with places.

use super::words::short;
use crate::break_even::{Axis, BreakEven, Kind, ProvisionedLevels, ProvisionedRule, Sampled};
use crate::chart::{
    Across, Caption, CheapestFigure, CheapestProbability, CheapestRegion, CostCurve, CostCurveFigure, CostItemsFigure, CostPoint,
    CostStack, Crossing, LoadDurationFigure, LoadMark, LoadPoint, MOST_SERIES, ProvisionedFigure, Quantity, Swing, SwingEnd,
    TornadoFigure, UtilizationThreshold,
};
use crate::compare::{Compared, Comparison, Verdict};
use crate::scenario::Basis;
use crate::uncertainty::{Uncertainty, VolumeBand};
use crate::units::{Decimal, statistic_from_decimal};
use crate::workload::{Work, Workload};

/// The cost of every option along an axis, with the crossings. Of more options than can be told apart, those that win
/// somewhere come first.
#[must_use]
pub fn cost_curve_figure(answer: &BreakEven, curves: &[Vec<Sampled>], workloads: &[Workload], title: &str) -> CostCurveFigure {
    let shown = shown(answer, curves);
    let place = |option: Option<usize>| option.and_then(|option| shown.iter().position(|shown| *shown == option));
    let options = shown.iter().map(|option| CostCurve {
        name: answer.options[*option].name.clone(),
        points: curves[*option].iter().map(point).collect(),
    });
    let regions = answer.regions.iter().map(|region| CheapestRegion {
        from: statistic_from_decimal(region.from),
        to: statistic_from_decimal(region.to),
        cheapest: place(region.winner),
    });
    let subtitle = "Monthly cost of each option; rings mark where the cheapest changes, dots what cannot carry the load";
    let mut caption = caption(&answer.reference.basis, title, subtitle);
    let stated: Vec<String> = workloads.iter().map(|workload| stated(workload, workloads.len() == 1, &answer.over)).collect();
    caption.assumptions = format!("{}. {}", stated.join("; "), caption.assumptions);
    CostCurveFigure {
        caption,
        across: across(&answer.over),
        options: options.collect(),
        crossings: answer.crossings.iter().filter_map(|crossing| mark(crossing, curves, &shown)).collect(),
        regions: regions.collect(),
    }
}

/// What a workload is like, but for what changes along the axis: "A request: 200 ms, 512 MB, 20% CPU."
fn stated(workload: &Workload, is_alone: bool, over: &Axis) -> String {
    let memory = workload.memory.map(|memory| (Axis::Memory, memory.to_string()));
    let mut said = match &workload.work {
        Some(Work::Measured { durations, cpu_share, .. }) => {
            let times = [(Axis::Duration, durations.to_string()), (Axis::CpuFraction, format!("{} CPU", cpu_share.percent()))];
            times.into_iter().collect()
        }
        // The times follow the share, or the share and the sum of the times.
        Some(Work::CpuAndWait { .. }) if matches!(over, Axis::Duration | Axis::CpuFraction) => Vec::new(),
        Some(Work::CpuAndWait { cpu, wait }) => {
            vec![(Axis::Duration, format!("{} of CPU time and {} of waiting", cpu.rounded(), wait.rounded()))]
        }
        Some(Work::Profile(_)) => vec![(Axis::Duration, "as measured at each size".to_owned())],
        None => Vec::new(),
    };
    said.extend(memory);
    said.push((Axis::Requests, workload.requests.to_string()));
    let peak = workload.peak_factor();
    said.extend((peak != Decimal::ONE).then(|| (Axis::PeakToMean, format!("{} times the mean at peak", peak.normalize()))));
    let said: Vec<String> = said.into_iter().filter(|(axis, _)| axis != over).map(|(_, words)| words).collect();
    format!("{}: {}", if is_alone { "A request" } else { &workload.name }, said.join(", "))
}

/// What each option pays for: a bar for each that has a bill, the items that cost most by themselves, the rest together.
#[must_use]
pub fn cost_items_figure(comparison: &Comparison, title: &str) -> CostItemsFigure {
    let items = leading_items(comparison);
    let priced = comparison.options.iter().filter(|option| option.estimate.is_some());
    let options = priced.map(|option| CostStack {
        name: option.name.clone(),
        remark: if option.verdict == Verdict::Carries { String::new() } else { option.verdict.name().to_owned() },
        monthly_cost_usd: stack(option, &items),
        is_feasible: option.verdict == Verdict::Carries,
    });
    CostItemsFigure {
        caption: caption(&comparison.basis, title, "Monthly cost by what is paid for"),
        options: options.collect(),
        items: items.into_iter().map(|(name, _)| name).collect(),
    }
}

/// What the rest is called.
const REST: &str = "everything else";
/// As many kinds as can be told apart, with one for the rest.
const MOST_ITEMS: usize = 8;

/// The items of all bills by what they cost together, and last the rest where there is one.
fn leading_items(comparison: &Comparison) -> Vec<(String, Decimal)> {
    let mut items: Vec<(String, Decimal)> = Vec::new();
    for line in comparison.options.iter().filter_map(|option| option.estimate.as_ref()).flat_map(|estimate| &estimate.bill.lines)
    {
        match items.iter_mut().find(|(name, _)| name == line.meter.item()) {
            Some((_, cost)) => *cost += line.cost.amount(),
            None => items.push((line.meter.item().to_owned(), line.cost.amount())),
        }
    }
    items.sort_by_key(|(_, cost)| std::cmp::Reverse(*cost));
    if MOST_ITEMS < items.len() {
        items.truncate(MOST_ITEMS - 1);
        items.push((REST.to_owned(), Decimal::ZERO));
    }
    items
}

fn stack(option: &Compared, items: &[(String, Decimal)]) -> Vec<f64> {
    let mut costs = vec![Decimal::ZERO; items.len()];
    for line in option.estimate.iter().flat_map(|estimate| &estimate.bill.lines) {
        let place = items.iter().position(|(name, _)| name == line.meter.item()).unwrap_or(items.len() - 1);
        // As invoices print them, so that bars end where the table does.
        costs[place] += line.cost.cents().amount();
    }
    costs.into_iter().map(statistic_from_decimal).collect()
}

/// The options to draw, by their place in the answer.
fn shown(answer: &BreakEven, curves: &[Vec<Sampled>]) -> Vec<usize> {
    let wins = |option: &usize| answer.regions.iter().any(|region| region.winner == Some(*option));
    let mut drawn: Vec<usize> = (0..answer.options.len()).filter(|option| !curves[*option].is_empty()).collect();
    drawn.sort_by_key(|option| !wins(option));
    drawn.truncate(MOST_SERIES);
    drawn.sort_unstable();
    drawn
}

fn point(sampled: &Sampled) -> CostPoint {
    CostPoint {
        at: statistic_from_decimal(sampled.at),
        monthly_cost_usd: statistic_from_decimal(sampled.cost),
        is_feasible: sampled.carries,
    }
}

/// A crossing at the cost of the option that is cheaper below; of a step, at that of the one that does not step. Where one only
/// reaches its limit nothing meets.
fn mark(crossing: &crate::break_even::Crossing, curves: &[Vec<Sampled>], shown: &[usize]) -> Option<Crossing> {
    let alone = [crossing.cheaper_below, crossing.cheaper_above];
    let pair = if alone[0] == alone[1] { [crossing.winner_below, crossing.winner_above] } else { alone };
    if !crossing.is_by_cost() {
        return None;
    }
    let option = pair.into_iter().flatten().find(|option| shown.contains(option))?;
    let option = if crossing.kind == Kind::Step { pair[1].unwrap_or(option) } else { option };
    let at = curves.get(option)?.iter().find(|sampled| crossing.at <= sampled.at)?;
    let carries = pair.into_iter().flatten().all(|option| crossing.carries.get(option).copied().unwrap_or(false));
    Some(Crossing {
        at: statistic_from_decimal(crossing.at),
        monthly_cost_usd: statistic_from_decimal(at.cost),
        is_feasible: carries,
    })
}

fn across(axis: &Axis) -> Across {
    let (title, quantity) = match axis {
        Axis::Requests | Axis::RequestsOf(_) => (axis.label(), Quantity::Count),
        Axis::Duration => ("mean duration of a request".to_owned(), Quantity::Milliseconds),
        Axis::Memory => ("memory of a request".to_owned(), Quantity::Megabytes),
        Axis::CpuFraction => ("share of the duration that is CPU time".to_owned(), Quantity::Share),
        Axis::Utilization => ("target utilization of fleets".to_owned(), Quantity::Share),
        Axis::PeakToMean => ("peak rate as a multiple of the mean".to_owned(), Quantity::Number),
        Axis::Price(of) => (format!("factor on the price of {of}"), Quantity::Number),
    };
    Across { title, quantity }
}

pub(super) fn caption(basis: &Basis, title: &str, subtitle: &str) -> Caption {
    let as_of = basis.price_book_as_of.as_deref().map_or_else(|| "undated".to_owned(), |date| format!("checked {date}"));
    Caption {
        title: title.to_owned(),
        subtitle: subtitle.to_owned(),
        prices: format!("{} book, {as_of}", basis.price_book),
        regions: basis.regions.iter().map(ToString::to_string).collect(),
        assumptions: format!(
            "Month of {}; free tier {}; list prices before tax.",
            basis.month,
            if basis.free_tier { "on" } else { "off" }
        ),
    }
}

/// How likely each option is to be the cheapest, over traffic; nothing where the traffic is certain.
#[must_use]
pub fn cheapest_figure(found: &Uncertainty, title: &str) -> Option<CheapestFigure> {
    let middle = |band: &VolumeBand| statistic_from_decimal(band.from).midpoint(statistic_from_decimal(band.to));
    let options = found.options.iter().enumerate().filter(|(place, _)| {
        // Who never wins has no area.
        found.by_requests.iter().any(|band| band.cheapest.get(*place).is_some_and(|share| 0.0 < *share))
    });
    let options: Vec<CheapestProbability> = options
        .take(MOST_SERIES)
        .map(|(place, option)| CheapestProbability {
            name: option.name.clone(),
            probabilities: found.by_requests.iter().map(|band| band.cheapest[place]).collect(),
        })
        .collect();
    (2 <= found.by_requests.len() && !options.is_empty()).then(|| CheapestFigure {
        caption: caption(&found.basis, title, "Probability of being the cheapest option that carries the load"),
        across: across(&Axis::Requests),
        at: found.by_requests.iter().map(middle).collect(),
        options,
    })
}

/// How far each range moves the cost of the likeliest option; nothing where it has no cost at the medians.
#[must_use]
pub fn tornado_figure(found: &Uncertainty, title: &str) -> Option<TornadoFigure> {
    let best = found.options.first()?;
    let inputs = found.tornado.iter().filter_map(|swing| {
        let input = found.inputs.get(swing.input)?;
        let [low, _, high] = input.values.map(|value| input.ranged.words(value));
        let [at_low, at_high] = swing.cost.map(|cost| cost.map(|cost| statistic_from_decimal(cost.amount())));
        Some(Swing {
            name: input.ranged.name.clone(),
            remark: String::new(),
            low: SwingEnd { label: low, monthly_cost_usd: at_low? },
            high: SwingEnd { label: high, monthly_cost_usd: at_high? },
        })
    });
    let inputs: Vec<Swing> = inputs.take(MOST_SWINGS).collect();
    let expected = best.at_medians.map(|cost| statistic_from_decimal(cost.amount()))?;
    (!inputs.is_empty()).then(|| TornadoFigure {
        caption: caption(&found.basis, title, &format!("What moves the cost of {}", best.name)),
        expected_monthly_cost_usd: expected,
        low_name: "10th percentile".to_owned(),
        high_name: "90th percentile".to_owned(),
        inputs,
    })
}

/// As many inputs as a figure has room for.
const MOST_SWINGS: usize = 20;

/// The load of a workload by how long it lasts; nothing where it states no hours.
#[must_use]
pub fn load_duration_figure(workload: &Workload, basis: &Basis) -> Option<LoadDurationFigure> {
    let mean = statistic_from_decimal(workload.requests_per_second(basis.month));
    let hourly = workload.hourly.as_ref()?;
    let mut loads: Vec<f64> = hourly.factors().iter().map(|factor| mean * statistic_from_decimal(*factor)).collect();
    loads.sort_by(|one, other| other.total_cmp(one));
    let hours = loads.len() as f64;
    // An hour's load lasts for the whole hour: two points each.
    let points = loads
        .iter()
        .enumerate()
        .flat_map(|(place, load)| [place, place + 1].map(|at| LoadPoint { share_of_time: at as f64 / hours, load: *load }));
    let above_mean = loads.iter().filter(|load| mean < **load).count() as f64 / hours;
    Some(LoadDurationFigure {
        caption: caption(basis, &format!("Load of {}", workload.name), "For how much of the time the load is at least so high"),
        load: "Requests a second".to_owned(),
        points: points.collect(),
        layers: Vec::new(),
        marks: vec![LoadMark { label: "mean".to_owned(), share_of_time: above_mean, load: mean }],
    })
}

/// How busy each provisioned environment of a function is, from which use on one pays, and what each level costs.
#[must_use]
pub fn provisioned_figure(levels: &ProvisionedLevels) -> ProvisionedFigure {
    let title = match levels.level {
        0 => format!("All on demand costs least: {}", levels.option),
        1 => format!("One provisioned environment costs least: {}", levels.option),
        level => format!("{level} provisioned environments cost least: {}", levels.option),
    };
    ProvisionedFigure {
        caption: caption(&levels.basis, &title, "How busy each environment would be at the mean rate, and what a month costs"),
        utilization: levels.utilization.clone(),
        thresholds: levels.rules.iter().map(threshold).collect(),
        monthly_cost_usd: levels.monthly_cost.iter().map(|cost| statistic_from_decimal(cost.amount())).collect(),
        level: levels.level,
    }
}

/// More than all the time is never.
const NEVER: f64 = 2.0;

fn threshold(rule: &ProvisionedRule) -> UtilizationThreshold {
    let name = match rule.tier_to {
        None => format!("beyond {} GB-s", short(rule.tier_from)),
        Some(to) => format!("up to {} GB-s", short(to)),
    };
    UtilizationThreshold { name, utilization: rule.utilization.map_or(NEVER, statistic_from_decimal) }
}
