//! How far the replay of single calls agrees with the reference figures that come with them: `-- --check`.

use std::io::Read;

use crate::contest::contestants::{Contestant, all};
use crate::contest::course::course;
use crate::contest::recording::Set;
use crate::contest::replay::{Replay, Scenario};
use crate::contest::scores::{Scored, Scores};
use crate::table::markdown;

/// A row of `replay_truth.csv`.
#[derive(serde::Deserialize)]
struct Truth {
    source: String,
    function: String,
    arch: String,
    best_mb: u32,
    best_cost_usd: f64,
    power_tuning_sizes: String,
    regret_percent_there: String,
}

/// A row of `baseline.csv`, as far as it is compared.
#[derive(serde::Deserialize)]
struct Baseline {
    scenario: String,
    set: String,
    method: String,
    calls_mean: f64,
    dollars_vs_power_tuning_10_geometric: f64,
    spend_multiple_mean: f64,
    regret_mean_percent: f64,
    regret_p95_percent: f64,
    regret_with_fee_mean_percent: f64,
    wall_median_s: f64,
}

/// The largest differences over all functions of the reference.
pub(crate) fn truth(functions: &[Replay], reference: impl Read) -> Result<String, csv::Error> {
    let (mut count, mut missing) = (0, 0);
    let (mut cost, mut regret_points, mut at_best) = (0.0_f64, 0.0_f64, 0.0_f64);
    for row in csv::Reader::from_reader(reference).deserialize() {
        let row: Truth = row?;
        let name = format!("{}/{}/{}", row.source, row.function, row.arch);
        let Some(function) = functions.iter().find(|function| function.name == name) else {
            missing += 1;
            continue;
        };
        count += 1;
        cost = cost.max((function.best_cost_usd() / row.best_cost_usd - 1.0).abs());
        at_best = at_best.max(function.regret(row.best_mb).unwrap_or(f64::INFINITY));
        let sizes = row.power_tuning_sizes.split_whitespace().filter_map(|size| size.parse().ok());
        let regrets = row.regret_percent_there.split_whitespace().filter_map(|regret| regret.parse::<f64>().ok());
        for (size, regret) in sizes.zip(regrets) {
            let own = 100.0 * function.regret(size).unwrap_or(f64::INFINITY);
            regret_points = regret_points.max((own - regret).abs());
        }
    }
    Ok(format!(
        "{count} functions compared, {missing} missing; largest differences: cost of the best size {:.1e}, regret at its best size {at_best:.1e}, regret at power tuning's sizes {regret_points:.3} points\n",
        cost
    ))
}

/// Own figures beside the reference's.
pub(crate) fn baseline(functions: &[Replay], reference: impl Read, seeds: u64) -> Result<String, csv::Error> {
    let rows: Vec<Baseline> = csv::Reader::from_reader(reference).deserialize().collect::<Result<_, _>>()?;
    let head = ["scenario", "set", "contestant", "calls", "dollars", "optimal calls", "regret mean", "p95", "with fee", "wall s"];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    for scenario in [Scenario::FirstCallsWarm, Scenario::FirstCallsCold] {
        let rivals: Vec<Contestant> = all().into_iter().filter(|one| !matches!(one, Contestant::Ours(_))).collect();
        for (contestant, scored) in course(&rivals, functions, scenario, seeds) {
            for set in ["A", "B", "A+B"] {
                let is_row =
                    |row: &&Baseline| row.scenario == scenario.name() && row.set == set && is_method(contestant, &row.method);
                let includes = |scored: &&Scored<'_>| set == "A+B" || scored.function.set.name() == set;
                let scores = Scores::of(scored.iter().filter(includes).filter(|one| one.function.set != Set::OutOfMemory));
                if let (Some(row), Some(scores)) = (rows.iter().find(is_row), scores) {
                    lines.push(line([scenario.name(), set].map(str::to_owned), contestant, &scores, row));
                }
            }
        }
    }
    Ok(markdown(&lines))
}

fn line([scenario, set]: [String; 2], contestant: Contestant, own: &Scores, row: &Baseline) -> Vec<String> {
    let pair = |own: f64, reference: f64, digits: usize| format!("{own:.digits$} ({reference:.digits$})");
    vec![
        scenario,
        set,
        contestant.name(),
        pair(own.calls, row.calls_mean, 1),
        pair(own.dollars, row.dollars_vs_power_tuning_10_geometric, 3),
        pair(own.multiple_mean, row.spend_multiple_mean, 1),
        pair(100.0 * own.regret.mean, row.regret_mean_percent, 2),
        pair(100.0 * own.regret.p95, row.regret_p95_percent, 1),
        pair(100.0 * own.regret_with_fee.mean, row.regret_with_fee_mean_percent, 2),
        pair(own.median_seconds, row.wall_median_s, 0),
    ]
}

/// Whether the reference calls this contestant so.
fn is_method(contestant: Contestant, method: &str) -> bool {
    match contestant {
        Contestant::PowerTuning { calls } => method == format!("power tuning num={calls}"),
        Contestant::LightGrid => method.starts_with("lite grid"),
        Contestant::Parrotfish(_) => method == contestant.name(),
        Contestant::Gaussian => method.starts_with("GP"),
        Contestant::Ours(_) => false,
    }
}
