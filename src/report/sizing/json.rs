//! Sizes as JSON: a contract, described by the schema beside this file.

use std::io::{self, Write};

use serde_json::{Map, Number, Value, json};

use super::words::sizing_notes;
use super::{fleet, function};
use crate::capacity::{Capacity, Waiting};
use crate::cold_start::{ColdStarts, Latencies, Quantiles, QuotaProblem};
use crate::provisioning::{Level, Schedule};
use crate::report::json::{BasisJson, number};
use crate::sizing::{
    Choice, ColdSizing, Committed, Connections, Database, FleetSizing, FunctionSizing, InitSource, Mixed, OptionSizing,
    PlacedSizing, Provisioning, Size, Sizing,
};
use crate::units::{TimeSpan, Usd};

/// The JSON schema of sizes.
pub const SIZING_SCHEMA: &str = include_str!("size.schema.json");

/// The version of the contract; raised when a key changes its meaning or goes away.
const SCHEMA: &str = "millicent/size/1";

/// Of a long curve, about so many levels are written, the best among them.
const MOST_LEVELS: usize = 500;

/// Writes the sizes.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_sizing_json(sizing: &Sizing, out: &mut dyn Write) -> io::Result<()> {
    let mut all = Map::new();
    all.insert("schema".to_owned(), SCHEMA.into());
    if let Value::Object(basis) = serde_json::to_value(BasisJson::of(&sizing.basis))? {
        all.extend(basis);
    }
    all.insert("options".to_owned(), sizing.options.iter().map(option).collect());
    all.insert("base_and_burst".to_owned(), sizing.mixed.as_ref().map_or(Value::Null, mixed));
    all.insert("notes".to_owned(), sizing_notes(sizing).into());
    serde_json::to_writer_pretty(&mut *out, &all)?;
    writeln!(out)
}

fn usd(cost: Usd) -> Number {
    number(cost.amount())
}

fn milliseconds(span: TimeSpan) -> Number {
    number(span.milliseconds())
}

fn option(option: &OptionSizing) -> Value {
    let reasons = option
        .reasons
        .iter()
        .map(|reason| json!({ "workload": reason.workload, "asked": reason.refusal.asked, "limit": reason.refusal.limit }));
    json!({
        "name": option.name,
        "platform": option.platform,
        "monthly_usd": option.estimate.as_ref().map(|estimate| usd(estimate.bill.total())),
        "reasons": reasons.collect::<Vec<_>>(),
        "workloads": option.placed.iter().map(placed).collect::<Vec<_>>(),
        "commitments": option.committed.iter().map(committed).collect::<Vec<_>>(),
    })
}

fn placed(placed: &PlacedSizing) -> Value {
    let (of_function, of_fleet) = match &placed.size {
        Size::Function(size) => (Some(function_json(size)), None),
        Size::Fleet(size) => (None, Some(fleet_json(size))),
        Size::Unknown => (None, None),
    };
    json!({
        "name": placed.workload,
        "platform": placed.platform,
        "function": of_function,
        "fleet": of_fleet,
        "database": placed.database.as_ref().map(database),
    })
}

fn fleet_json(size: &FleetSizing) -> Value {
    let alternatives = size.alternatives.iter().map(|alternative| {
        let mut found = capacity(&alternative.capacity, alternative.waiting.as_ref());
        found["rule"] = fleet::rule(alternative.rule).into();
        found["monthly_usd"] = alternative.cost.map_or(Value::Null, |cost| usd(cost).into());
        found
    });
    let mut found = capacity(&size.capacity, size.waiting.as_ref());
    found["requests_at_once"] = size.requests_at_once.into();
    found["target_utilization"] = number(size.target_utilization.get()).into();
    found["mean_utilization"] = number(size.capacity.mean_utilization).into();
    found["requests_per_s_of_one"] = size.capacity.rate_per_instance.map_or(Value::Null, |rate| number(rate).into());
    found["alternatives"] = alternatives.collect();
    found
}

fn capacity(capacity: &Capacity, waiting: Option<&Waiting>) -> Value {
    json!({
        "noun": capacity.noun.one(),
        "instances": number(capacity.instances),
        "binding": capacity.binding.name(),
        "utilization": number(capacity.utilization),
        "share_waiting": waiting.map(|waiting| waiting.probability),
        "mean_wait_ms": waiting.map(|waiting| milliseconds(waiting.mean)),
        "p99_ms": waiting.map(|waiting| milliseconds(waiting.p99_response)),
    })
}

fn function_json(size: &FunctionSizing) -> Value {
    let problems = |problems: &[QuotaProblem]| problems.iter().map(problem).collect::<Vec<_>>();
    let quota = &size.quota;
    json!({
        "memory_mb": number(size.memory.megabytes()),
        "architecture": size.architecture.name(),
        "mean_duration_ms": milliseconds(size.mean_duration),
        "requests_per_s": size.requests_per_s,
        "peak_requests_per_s": size.peak_per_s,
        "mean_concurrency": size.mean_concurrency,
        "peak_concurrency": size.peak_concurrency,
        "concurrency_p999": size.concurrency_p999,
        "from_nothing": {
            "environments": size.crowd.environments(),
            "environments_p99": size.crowd.environments_rarely_exceeded(),
            "start_s": size.crowd.before_s,
        },
        "quota": {
            "account": quota.account,
            "other_functions": quota.others,
            "reserve": quota.reserve,
            "can_be_reserved": quota.is_reservable,
            "problems_at_peak": problems(&quota.at_peak),
            "problems_from_nothing": problems(&quota.in_a_crowd),
            "ask_for": quota.ask_for,
        },
        "cold_starts": size.cold.as_ref().map(cold),
        "provisioned": size.provisioned,
        "provisioned_concurrency": size.provisioning.as_ref().map(provisioning),
    })
}

fn problem(problem: &QuotaProblem) -> Value {
    match problem {
        QuotaProblem::Concurrency { needed, available } => {
            json!({ "limit": "concurrency", "needed": needed, "available": available, "after_s": null })
        }
        QuotaProblem::RequestRate { requests_per_s, most_per_s } => {
            json!({ "limit": "requests_per_s", "needed": requests_per_s, "available": most_per_s, "after_s": null })
        }
        QuotaProblem::ScalingRate { needed, after_s } => {
            json!({ "limit": "scaling", "needed": needed, "available": null, "after_s": after_s })
        }
    }
}

fn cold(cold: &ColdSizing) -> Value {
    let source = match cold.init.source {
        InitSource::Stated => "stated",
        InitSource::Runtime(_) => "runtime",
        InitSource::Unknown => "unknown",
    };
    let mean_ms = cold.init.start_up.as_ref().map(|start_up| milliseconds(start_up.init.mean()));
    let mitigations = cold.mitigations.iter().map(|priced| {
        json!({
            "what": function::mitigation(&priced.mitigation),
            "change_usd": priced.change.map(usd),
            "avoided_per_month": priced.avoided_per_month,
            "usd_per_avoided": priced.usd_per_avoided().map(|cost| number(cost.amount().round_dp(12))),
            "left": day(&priced.left),
            "notes": priced.notes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })
    });
    let sensitivity = cold.day.sensitivity.iter();
    json!({
        "init": { "source": source, "mean_ms": mean_ms },
        "keep_alive_s": [cold.keep_alive.shortest_s(), cold.keep_alive.longest_s()],
        "day": day(&cold.day),
        "none_from": cold.none_from,
        "by_keep_alive": sensitivity
            .map(|at| json!({ "keep_alive_s": at.keep_alive_s, "per_day": at.per_day, "share": at.share }))
            .collect::<Vec<_>>(),
        "mitigations": mitigations.collect::<Vec<_>>(),
    })
}

fn day(day: &ColdStarts) -> Value {
    json!({
        "expired": day.per_day.expired,
        "recycled": day.per_day.recycled,
        "pinged": day.per_day.pinged,
        "deployed": day.per_day.deployed,
        "share": day.share,
        "mean_alive": day.mean_alive,
        "window_peak": day.window_peak,
        "latency_ms": day.latencies.as_ref().map(latencies),
    })
}

fn latencies(found: &Latencies) -> Value {
    let times = |found: &Quantiles| json!({ "p50": milliseconds(found.p50), "p99": milliseconds(found.p99), "p999": milliseconds(found.p999) });
    json!({ "warm": times(&found.warm), "cold": times(&found.cold), "all": times(&found.all) })
}

fn provisioning(plan: &Provisioning) -> Value {
    let recommended = match plan.recommended {
        Choice::OnDemand => "on_demand",
        Choice::Level(_) => "level",
        Choice::Schedule => "schedule",
        Choice::Tracking => "target_tracking",
    };
    let levels = &plan.levels;
    let step = levels.levels.len().div_ceil(MOST_LEVELS).max(1);
    let kept = levels.levels.iter().enumerate().filter(|(place, _)| place % step == 0 || *place == levels.best);
    json!({
        "pays_from": plan.thresholds.iter().map(|share| share.map(number)).collect::<Vec<_>>(),
        "on_demand_usd": usd(plan.on_demand()),
        "recommended": recommended,
        "saving_usd": usd(plan.saving()),
        "best_level": level(levels.chosen()),
        "levels": kept.map(|(_, found)| level(found)).collect::<Vec<_>>(),
        "schedule": plan.schedule().map(schedule),
        "schedules": plan.schedules.iter().flat_map(|schedules| &schedules.by_windows).map(schedule).collect::<Vec<_>>(),
        "attainable_usd": plan.schedules.as_ref().map(|schedules| usd(schedules.attainable.cost)),
        "target_tracking": plan.tracking.as_ref().map(|tracking| json!({
            "target": tracking.policy.target,
            "min_capacity": tracking.policy.min_capacity,
            "max_capacity": tracking.policy.max_capacity,
            "monthly_usd": usd(tracking.tracked.cost),
            "share_on_demand": tracking.tracked.spilled,
            "utilization": tracking.tracked.utilization,
            "short_minutes": tracking.tracked.short_minutes,
            "longest_short_minutes": tracking.tracked.longest_short_minutes,
        })),
    })
}

fn level(level: &Level) -> Value {
    json!({
        "units": level.units,
        "monthly_usd": usd(level.cost),
        "share_on_demand": level.spilled,
        "last_unit_use": level.last_unit_use,
        "share_cold": level.cold,
    })
}

fn schedule(schedule: &Schedule) -> Value {
    let windows = schedule.windows.iter();
    json!({
        "monthly_usd": usd(schedule.cost),
        "share_on_demand": schedule.spilled,
        "utilization": schedule.utilization,
        "windows": windows
            .map(|window| json!({ "start_s": window.start_s, "end_s": window.end_s, "units": window.units }))
            .collect::<Vec<_>>(),
    })
}

fn committed(committed: &Committed) -> Value {
    let found = &committed.commitment;
    json!({
        "plan": committed.plan,
        "usd_per_hour": usd(found.usd_per_hour),
        "before_usd_per_hour": usd(found.before),
        "after_usd_per_hour": usd(found.after),
        "coverage": number(found.coverage),
        "utilization": number(found.utilization),
    })
}

fn database(database: &Database) -> Value {
    let (environments, proxy, pool) = match database.connections {
        Connections::Function { by_environment, by_proxy } => (Some(by_environment), Some(by_proxy), None),
        Connections::Fleet { pool, .. } => (None, None, Some(pool)),
    };
    json!({
        "allowed": database.limit.connections,
        "needed": database.needed(),
        "fits": database.fits(),
        "environments": environments,
        "behind_a_proxy": proxy,
        "pool_of_one_instance": pool,
    })
}

fn mixed(mixed: &Mixed) -> Value {
    let counts = mixed.plan.counts.iter().map(|count| {
        json!({
            "machines": count.machines,
            "last_machine_use": count.last_machine_use,
            "burst_share": count.burst_share,
            "monthly_usd": usd(mixed.month(count.usd_per_hour)),
        })
    });
    json!({
        "base": mixed.base,
        "burst": mixed.burst,
        "machines": mixed.plan.chosen().machines,
        "pays_from": number(mixed.plan.threshold),
        "base_monthly_usd": usd(mixed.base_cost),
        "counts": counts.collect::<Vec<_>>(),
    })
}
