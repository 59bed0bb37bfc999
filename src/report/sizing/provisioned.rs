//! The words about what is kept ready or committed to.

use super::words::{Block, Table, change, dollars, exact_percent, nothing, percent, small_dollars, whole};
use crate::provisioning::{Level, Schedule};
use crate::sizing::{Choice, Committed, FunctionSizing, Provisioning};
use crate::units::{Decimal, Usd};

/// "keep 8 units ready, which saves $3.10 a month".
pub(super) fn advice(plan: &Provisioning) -> String {
    let saving = dollars(plan.saving());
    match plan.recommended {
        Choice::OnDemand => "keep no unit ready, none would pay".to_owned(),
        Choice::Level(units) if plan.saving() < Usd::ZERO => format!(
            "keep {} ready for {} a month more, which is less than the cold starts that they avoid are worth",
            units_words(units),
            dollars(Usd::ZERO - plan.saving())
        ),
        Choice::Level(units) => format!("keep {} ready, which saves {saving} a month", units_words(units)),
        Choice::Schedule => {
            let windows = plan.schedule().map_or(0, |schedule| schedule.windows.len());
            format!("keep units ready by a schedule of {windows} levels, which saves {saving} a month")
        }
        Choice::Tracking => format!("keep units ready by target tracking, which saves {saving} a month"),
    }
}

fn units_words(units: u64) -> String {
    format!("{} {}", whole(units), if units == 1 { "unit" } else { "units" })
}

/// The plans beside each other.
pub(super) fn blocks(plan: &Provisioning, size: &FunctionSizing, blocks: &mut Vec<Block>) {
    blocks.push(Block::Text(format!("Provisioned concurrency, compute alone: {}.{}", advice(plan), threshold(plan))));
    let header = vec!["plan", "units", "a month", "change", "on demand", "use"];
    let mut units = vec![0, plan.levels.chosen().units, size.provisioned];
    units.extend(size.cold.as_ref().map(|cold| cold.none_from));
    units.sort_unstable();
    units.dedup();
    let level = |units: u64| plan.levels.levels.get(usize::try_from(units).ok()?);
    let mut rows: Vec<Vec<String>> = units.into_iter().filter_map(level).map(|level| level_row(plan, level, size)).collect();
    rows.extend(plan.schedule().map(|schedule| schedule_row(plan, schedule)));
    rows.extend(plan.tracking.as_ref().map(|tracking| {
        let tracked = &tracking.tracked;
        let (least, most) = bounds(tracked.ready.iter().copied());
        row("target tracking at 70%", format!("{least} to {most}"), plan, (tracked.cost, tracked.spilled, tracked.utilization))
    }));
    blocks.push(Block::Table(Table { header, rows, spared: &[5] }));
    if let Some(schedule) = plan.schedule().filter(|schedule| 1 < schedule.windows.len()) {
        blocks.push(Block::Table(windows(schedule, plan.period_s.unwrap_or(0))));
    }
}

fn threshold(plan: &Provisioning) -> String {
    match plan.thresholds.first() {
        Some(Some(share)) => format!(" A unit pays if it is busy for {} of the time.", exact_percent(*share)),
        _ => " At these prices no unit pays by what it serves.".to_owned(),
    }
}

fn bounds(units: impl Iterator<Item = u64> + Clone) -> (String, String) {
    (whole(units.clone().min().unwrap_or(0)), whole(units.max().unwrap_or(0)))
}

fn level_row(plan: &Provisioning, level: &Level, size: &FunctionSizing) -> Vec<String> {
    let name = match level.units {
        0 => "on demand",
        units if units == size.provisioned => "as it is",
        units if units == plan.levels.chosen().units => "best level",
        _ => "hardly a cold start",
    };
    row(name, whole(level.units), plan, (level.cost, level.spilled, level.utilization))
}

fn schedule_row(plan: &Provisioning, schedule: &Schedule) -> Vec<String> {
    let (least, most) = bounds(schedule.windows.iter().map(|window| window.units));
    let name = format!("schedule, {} levels", schedule.windows.len());
    row(&name, format!("{least} to {most}"), plan, (schedule.cost, schedule.spilled, schedule.utilization))
}

fn row(name: &str, units: String, plan: &Provisioning, (cost, spilled, utilization): (Usd, f64, f64)) -> Vec<String> {
    let share = (cost - plan.on_demand()).share_of(plan.on_demand());
    let share = share.map_or_else(String::new, |share| format!(" ({}%)", (share * Decimal::ONE_HUNDRED).round_dp(1).normalize()));
    vec![
        name.to_owned(),
        units,
        dollars(cost),
        if cost == plan.on_demand() { nothing() } else { format!("{}{share}", change(cost - plan.on_demand())) },
        percent(spilled),
        if utilization <= 0.0 { nothing() } else { percent(utilization) },
    ]
}

fn windows(schedule: &Schedule, period_s: u32) -> Table {
    let weekly = 86_400 < period_s;
    let clock = |second: u32| {
        let day = ["Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "];
        let day = if weekly { day[(second / 86_400 % 7) as usize] } else { "" };
        format!("{day}{:02}:{:02}", second % 86_400 / 3600, second % 3600 / 60)
    };
    let row = |window: &crate::provisioning::Window| vec![clock(window.start_s), clock(window.end_s), whole(window.units)];
    Table { header: vec!["from (UTC)", "to", "units"], rows: schedule.windows.iter().map(row).collect(), spared: &[] }
}

/// What to commit to.
pub(super) fn commitment(committed: &Committed) -> String {
    let found = &committed.commitment;
    let share = found.saving().share_of(found.before).map_or_else(String::new, |share| format!(" ({})", exact_percent(share)));
    format!(
        "Savings plan: a commitment of {} an hour ({}) lowers {} an hour of eligible compute to {}{share}; it covers {} of it, and {} of the commitment is used.",
        small_dollars(found.usd_per_hour),
        committed.words(),
        small_dollars(found.before),
        small_dollars(found.after),
        exact_percent(found.coverage),
        exact_percent(found.utilization)
    )
}
