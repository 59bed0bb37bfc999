//! The figure of the study: dollars of the search against regret.

use crate::table::Ran;

/// Without the feature there is no ink.
#[cfg(not(feature = "charts"))]
pub(crate) fn drawn(_ran: &[Ran<'_>], _seeds: u64) -> Result<(String, Vec<u8>), String> {
    Err("--study draws a figure (build with the feature charts)".to_owned())
}

/// As SVG and PNG.
#[cfg(feature = "charts")]
pub(crate) fn drawn(ran: &[Ran<'_>], seeds: u64) -> Result<(String, Vec<u8>), String> {
    let svg = figure(ran, seeds).svg(millicent::chart::Theme::Light).map_err(|problem| problem.to_string())?;
    let png = millicent::chart::png(&svg, 2.0).map_err(|problem| problem.to_string())?;
    Ok((svg, png))
}

#[cfg(feature = "charts")]
fn figure(ran: &[Ran<'_>], seeds: u64) -> millicent::chart::TradeOffFigure {
    use millicent::chart::{Shape, TradeOffFigure, TradeOffPoint, TradeOffSeries};

    use crate::contest::contestants::Contestant;
    use crate::contest::scores::Scores;
    use crate::study::{AIM_DOLLARS, AIM_REGRET, AIM_REGRET_P95};

    let shape = |contestant: &Contestant| match contestant {
        Contestant::Ours(_) => Shape::Dot,
        Contestant::PowerTuning { .. } => Shape::Square,
        Contestant::Parrotfish(_) => Shape::Diamond,
        Contestant::LightGrid | Contestant::Gaussian => Shape::Ring,
    };
    let mut series: Vec<TradeOffSeries> = Vec::new();
    for (contestant, scored) in ran {
        let Some(scores) = Scores::of(scored.iter()) else { continue };
        let lost = [100.0 * scores.regret.mean, 100.0 * scores.regret.p95];
        let point = (contestant.name(), TradeOffPoint { spent: scores.dollars, lost });
        let shape = shape(contestant);
        // The ring says "something else": two of them have nothing in common that a line could join.
        match series.last_mut().filter(|last| last.shape == shape && shape != Shape::Ring) {
            Some(last) => last.points.push(point),
            None => series.push(TradeOffSeries { shape, points: vec![point] }),
        }
    }
    for one in &mut series {
        one.points.sort_by(|(_, one), (_, other)| one.spent.total_cmp(&other.spent));
    }
    let functions = ran.first().map_or(0, |(_, scored)| scored.len());
    TradeOffFigure {
        title: "What it costs to find a memory size, and what the size found is worth".to_owned(),
        subtitle: format!(
            "{functions} recorded Lambda functions of equal weight, {seeds} runs each; down and to the left is better"
        ),
        spent: "dollars spent on the search, relative to power tuning with ten calls of each size".to_owned(),
        lost: [
            "Regret on average: how much dearer the recommended size is than the cheapest".to_owned(),
            "Regret that one run of twenty exceeds".to_owned(),
        ],
        series,
        aim: Some(TradeOffPoint { spent: AIM_DOLLARS, lost: [100.0 * AIM_REGRET, 100.0 * AIM_REGRET_P95] }),
        note: "Replay of public recordings; first calls like all others. Both scales are logarithmic. \
               The number behind power tuning is its calls of each size."
            .to_owned(),
    }
}
