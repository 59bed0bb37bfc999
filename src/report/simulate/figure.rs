//! The data of the timeline: what was noted of each design, stretch by stretch.

use super::words::{bill_of, headline_of, percent, replayed, seconds};
use crate::chart::{MOST_TIMELINES, TimelineDesign, TimelineFigure, TimelineStretch};
use crate::note::Note;
use crate::replay::Stretch;
use crate::report::figures::caption;
use crate::simulate::{Run, Simulated, Simulation};
use crate::units::statistic_from_decimal;

/// What happened to each design over the time that was replayed; nothing where none was.
///
/// Of several workloads the one with the most calls, of more than four designs the cheapest ones.
#[must_use]
pub fn timeline_figure(simulation: &Simulation) -> Option<TimelineFigure> {
    let replayed_designs = simulation.designs.iter().filter(|design| !design.runs.is_empty());
    let mut designs: Vec<&Simulated> = replayed_designs.collect();
    let count = designs.len();
    if MOST_TIMELINES < count {
        designs.sort_by_key(|design| bill_of(design).map_or((true, None), |estimate| (false, Some(estimate.bill.total()))));
        designs.truncate(MOST_TIMELINES);
    }
    let runs = &designs.first()?.runs;
    // Of equal ones the first.
    let busiest = (0..runs.len()).rev().max_by_key(|place| runs[*place].totals.arrived)?;
    let shown = designs.iter().filter_map(|design| Some((*design, design.runs.get(busiest)?)));
    let run = &runs[busiest];
    let mut subtitle = replayed(simulation);
    if 1 < runs.len() {
        subtitle.push_str(&format!("; the calls of {}", run.workload));
    }
    if designs.len() < count {
        subtitle.push_str(&format!("; the {} cheapest of {count} designs", designs.len()));
    }
    let mut caption = caption(&simulation.basis, &headline_of(simulation), &subtitle);
    caption.assumptions.push_str(&assumptions(simulation, shown.clone().map(|(_, run)| run)));
    Some(TimelineFigure {
        caption,
        designs: shown.map(|(design, run)| timeline(design, run)).collect(),
        limit_ms: run.limit.map(|limit| statistic_from_decimal(limit.milliseconds())),
    })
}

fn timeline(design: &Simulated, run: &Run) -> TimelineDesign {
    TimelineDesign {
        name: design.name.clone(),
        remark: remark(design, run),
        slots: run.slots.unwrap_or(1.0),
        stretches: stretches(run).collect(),
    }
}

/// Of fewer calls, 99 of 100 are as many as all …
const CALLS_OF_A_STRETCH: u64 = 50;
/// … but fewer stretches than these are no timeline.
const FEWEST_STRETCHES: u64 = 16;

/// The last stretch ends with the replay: its rates are those of the time that was replayed. Where nothing happened, all of it is
/// one.
fn stretches(run: &Run) -> impl Iterator<Item = TimelineStretch> {
    let wanted = (run.totals.arrived / CALLS_OF_A_STRETCH).max(FEWEST_STRETCHES);
    let recorder = run.recorder.coarser(usize::try_from(wanted).unwrap_or(usize::MAX));
    let (stretch_s, stretches) = match recorder.stretches() {
        [] => (run.horizon_s, vec![Stretch::default()]),
        stretches => (recorder.stretch_s(), stretches.to_vec()),
    };
    let within = stretches.into_iter().enumerate().map(move |(place, stretch)| (place as f64 * stretch_s, stretch));
    within.filter(|(from_s, _)| *from_s < run.horizon_s).map(move |(from_s, stretch)| TimelineStretch {
        from_s,
        to_s: (from_s + stretch_s).min(run.horizon_s),
        calls: stretch.arrived,
        on_environments: stretch.peak_busy,
        on_instances: stretch.peak_on_instances,
        waiting: stretch.peak_waiting,
        environments: (0 < stretch.peak_ready).then_some(stretch.peak_ready),
        units: stretch.peak_units,
        instances: stretch.peak_instances,
        cold: stretch.cold,
        refused: stretch.throttled,
        p99_ms: stretch.latencies().quantile(0.99).map(|latency_s| latency_s * 1000.0),
    })
}

/// "0.13% start cold, none refused, 99 of 100 within 2 s; $39.91 a month".
fn remark(design: &Simulated, run: &Run) -> String {
    let (totals, recorder) = (&run.totals, &run.recorder);
    let mut parts = Vec::new();
    if 0 < totals.on_demand.calls + totals.provisioned.calls {
        parts.push(recorder.cold_share().map(|share| format!("{} start cold", percent(share.point))));
    }
    if 0 < totals.instances.calls && 0 < totals.spilled {
        parts.push(recorder.spilled_share().map(|share| format!("{} find no free instance", percent(share.point))));
    }
    parts.push(match totals.throttled {
        0 => Some("none refused".to_owned()),
        _ => recorder.throttled_share().map(|share| format!("{} refused", percent(share.point))),
    });
    parts.push(recorder.latency(0.99).map(|p99| format!("99 of 100 within {}", seconds(p99.point))));
    let cost = bill_of(design).map_or_else(String::new, |estimate| format!("; {} a month", estimate.bill.invoice_total()));
    format!("{}{cost}", parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// The seed, and what was assumed of the designs, each once; of defaults only what they are.
fn assumptions<'r>(simulation: &Simulation, runs: impl Iterator<Item = &'r Run>) -> String {
    let mut said = vec![format!("Seed {}", simulation.seed)];
    for note in runs.flat_map(|run| &run.notes) {
        let words = match note {
            Note::DefaultUsed { key, value, .. } => format!("{} {value}", key.replace('_', " ")),
            Note::Assumption(text) => text.replace('`', ""),
            _ => continue,
        };
        if !said.contains(&words) {
            said.push(words);
        }
    }
    format!(" {}.", said.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::{Call, Fleet, Hosts, PATIENCE_S, Recorder, Scaling};

    #[test]
    fn the_last_stretch_ends_with_the_replay() {
        let fleet = Fleet {
            slots: 2.0,
            scaling: Scaling::Fixed(3),
            start_s: 1.0,
            patience_s: PATIENCE_S,
            hosts: Hosts::NONE,
            credits: None,
            paid_step_s: 1.0,
            paid_least_s: 1.0,
        };
        let mut recorder = Recorder::lasting(75.0);
        let calls = [0.0, 72.0].map(|at_s| Call { at_s, duration_s: 10.0 });
        let totals = fleet.replay(calls, 72.5, &mut recorder);
        let run = Run {
            workload: String::new(),
            horizon_s: 72.5,
            functions: 1,
            totals,
            recorder,
            slots: Some(2.0),
            limit: None,
            first_timed_out: None,
            notes: vec![Note::assumption("one")],
        };
        let seen: Vec<TimelineStretch> = stretches(&run).collect();
        // Of two calls, no more than sixteen stretches.
        assert_eq!((seen.len(), seen[14].from_s, seen[14].to_s), (15, 70.0, 72.5));
        assert!(seen.iter().all(|stretch| stretch.instances == 3 && stretch.environments.is_none()));
        assert_eq!((seen[0].on_instances, seen[1].calls, seen[14].calls), (1, 0, 1));
    }
}
