//! The sentences and cells that several formats share.

use crate::report::words::price_basis;
use crate::uncertainty::{BreakEvenBand, Input, OptionOutlook, Quantiles, Swing, Uncertainty};
use crate::units::{Decimal, Usd, grouped};

/// What stands above the options.
pub(super) const OPTIONS: [&str; 8] = ["option", "P10", "P50", "P90", "mean", "cheapest", "falls short", "regret"];
/// What stands above the inputs.
pub(super) const INPUTS: [&str; 6] = ["input", "P10 to P90", "cost at P10", "cost at P90", "elasticity", "the next costs more"];

/// Which option to choose, how surely, and what being wrong costs.
pub(super) fn headline(uncertainty: &Uncertainty) -> String {
    let subject = uncertainty.basis.title.as_deref().unwrap_or("This workload");
    let Some(best) = uncertainty.likeliest() else {
        return format!("{subject}: no option carries it in any draw.");
    };
    let cost = best.cost.map_or_else(String::new, |cost| {
        format!(", at {} a month ({} to {} in eight draws of ten)", dollars(cost.p50), dollars(cost.p10), dollars(cost.p90))
    });
    let regret = best.regret.map_or_else(String::new, |regret| {
        format!("; choosing it costs {} a month more than the cheapest, on average where it carries the load", dollars(regret))
    });
    let all = uncertainty.options.len();
    if all == 1 {
        return format!("{subject}: {} carries it in {} of the draws{cost}.", best.name, percent(1.0 - best.falls_short));
    }
    format!(
        "{subject}: of {all} options, {} is the cheapest in {} of the draws{cost}{regret}.",
        best.name,
        percent(best.cheapest)
    )
}

/// Which prices, and which draws.
pub(super) fn basis(uncertainty: &Uncertainty) -> String {
    let correlation = if uncertainty.correlation.abs() > 0.0 {
        format!("; correlation of traffic and time {}", uncertainty.correlation)
    } else {
        String::new()
    };
    format!(
        "{} draws, seed {}, the same for all options{correlation}. {}",
        grouped(Decimal::from(uncertainty.sampling.draws)),
        uncertainty.sampling.seed,
        price_basis(&uncertainty.basis)
    )
}

/// Where the two best take turns.
pub(super) fn break_even(uncertainty: &Uncertainty) -> Option<String> {
    let band = uncertainty.break_even.as_ref()?;
    let (one, other) = (&uncertainty.options.first()?.name, &uncertainty.options.get(1)?.name);
    let whole = |value: Decimal| grouped(value.round_dp(0));
    let BreakEvenBand { requests, draws, crossed, within: (from, to) } = band;
    let searched = format!("searched from {} to {}", whole(*from), whole(*to));
    Some(match requests {
        None => format!("Break-even over requests: {one} and {other} never cross ({searched} requests a month)."),
        Some(only) if *draws == 1 => {
            format!("Break-even over requests: {one} and {other} cross at {} a month ({searched}).", whole(only.p50))
        }
        Some(at) => format!(
            "Break-even over requests: {one} and {other} first cross at {} a month, {} to {} in eight draws of ten; they cross in {crossed} of {draws} draws ({searched}).",
            whole(at.p50),
            whole(at.p10),
            whole(at.p90)
        ),
    })
}

/// What the reader should know.
pub(super) fn remarks(uncertainty: &Uncertainty) -> Vec<String> {
    let mut remarks = Vec::new();
    if 0.0 < uncertainty.nobody {
        remarks.push(format!("in {} of the draws no option carries the load", percent(uncertainty.nobody)));
    }
    remarks.extend(uncertainty.left_out.iter().map(|(name, reason)| format!("left out: {name}: {reason}")));
    remarks
}

/// Cells of the options, the likeliest to be the cheapest first.
pub(super) fn option_rows(uncertainty: &Uncertainty) -> Vec<[String; 8]> {
    uncertainty.options.iter().map(option_row).collect()
}

fn option_row(option: &OptionOutlook) -> [String; 8] {
    let cost = |value: fn(&Quantiles) -> Decimal| option.cost.as_ref().map_or_else(nothing, |cost| dollars(value(cost)));
    [
        option.name.clone(),
        cost(|cost| cost.p10),
        cost(|cost| cost.p50),
        cost(|cost| cost.p90),
        cost(|cost| cost.mean),
        percent(option.cheapest),
        percent(option.falls_short),
        option.regret.map_or_else(nothing, dollars),
    ]
}

/// Cells of the inputs, what matters most first.
pub(super) fn input_rows(uncertainty: &Uncertainty) -> Vec<[String; 6]> {
    uncertainty.tornado.iter().map(|swing| input_row(&uncertainty.inputs[swing.input], swing)).collect()
}

fn input_row(input: &Input, swing: &Swing) -> [String; 6] {
    let [low, _, high] = input.values.map(|value| input.ranged.words(value));
    let usd = |cost: Option<Usd>| cost.map_or_else(nothing, |cost| dollars(cost.amount()));
    [
        input.ranged.name.clone(),
        format!("{low} to {high}"),
        usd(swing.cost[0]),
        usd(swing.cost[1]),
        swing.elasticity.map_or_else(nothing, |elasticity| format!("{elasticity:.2}")),
        format!("{} to {}", usd(swing.difference[0]), usd(swing.difference[1])),
    ]
}

fn nothing() -> String {
    "–".to_owned()
}

fn dollars(amount: Decimal) -> String {
    Usd::new(amount).cents().to_string()
}

/// A share of the draws; one in a thousand is the least that is told from nothing.
fn percent(share: f64) -> String {
    match share * 100.0 {
        percent if percent <= 0.0 => "0%".to_owned(),
        percent if percent < 0.1 => "under 0.1%".to_owned(),
        percent if percent < 10.0 || (99.0 < percent && percent < 100.0) => format!("{percent:.1}%"),
        percent => format!("{percent:.0}%"),
    }
}
