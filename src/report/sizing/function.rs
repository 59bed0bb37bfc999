//! The words about a function: its concurrency, its quota, its cold starts.

use super::provisioned;
use super::words::{Block, Table, change, minutes, nothing, percent, rounded, seconds, small_dollars, whole};
use crate::cold_start::{Latencies, Mitigation, QuotaProblem, keep_alive_words, seconds_to_environments};
use crate::sizing::{ColdSizing, FunctionSizing, InitSource, PricedMitigation, Settings};
use crate::units::{Usd, counted};

/// "21 environments at peak; 41 cold starts a day; keep 9 units ready, …".
pub(super) fn answer(size: &FunctionSizing) -> String {
    let quota = &size.quota;
    let verdict = match quota.ask_for {
        Some(ask_for) if !quota.at_peak.is_empty() => {
            format!(", more than the account has (ask for {})", whole(ask_for))
        }
        Some(ask_for) => format!(", and that rate from nothing needs more than the account has (ask for {})", whole(ask_for)),
        None => String::new(),
    };
    let cold = size.cold.as_ref().map_or_else(String::new, |cold| {
        format!("; {} cold starts a day ({})", rounded(cold.day.per_day.sum()), percent(cold.day.share))
    });
    let keep = size.provisioning.as_ref().map_or_else(String::new, |plan| format!("; {}", provisioned::advice(plan)));
    let late = if size.keeps_limit() == Some(false) { "; too slow with its cold starts" } else { "" };
    format!("{} at peak{verdict}{cold}{late}{keep}", environments(size.concurrency_p999))
}

fn environments(count: u64) -> String {
    counted(count, "environment")
}

/// Everything about it.
pub(super) fn blocks(size: &FunctionSizing, blocks: &mut Vec<Block>) {
    blocks.push(Block::Text(concurrency(size)));
    if let Some(cold) = &size.cold {
        cold_starts(cold, size, blocks);
        mitigations(cold, blocks);
    }
    if let Some(plan) = &size.provisioning {
        provisioned::blocks(plan, size, blocks);
    }
}

fn concurrency(size: &FunctionSizing) -> String {
    let crowd = &size.crowd;
    let quota = &size.quota;
    let rarely = crowd.environments_rarely_exceeded();
    let after_s = seconds_to_environments(rarely);
    let ready = if after_s <= 0.0 { "at once".to_owned() } else { format!("after {}", seconds(after_s)) };
    let others = if quota.others == 0 { String::new() } else { format!(", {} of them for other functions", whole(quota.others)) };
    let reserve = if quota.is_reservable {
        format!("Reserved concurrency of {} would set these aside.", whole(quota.reserve))
    } else {
        "They cannot be reserved: 100 must stay unreserved.".to_owned()
    };
    format!(
        "Concurrency: at {} requests a second of {} each, {} are in progress on average; at peak, {} a second, no more than {} in all but one moment of a thousand. That rate from nothing opens about {}, at most {} in 99 of 100 such crowds; Lambda can have them {ready}. The account has {}{others}: {} {reserve}",
        rounded(size.requests_per_s),
        size.mean_duration.rounded(),
        rounded(size.mean_concurrency),
        rounded(size.peak_per_s),
        whole(size.concurrency_p999),
        environments((crowd.environments().round() as u64).max(1)),
        whole(rarely.ceil() as u64),
        whole(quota.account.into()),
        verdict(size),
    )
}

fn verdict(size: &FunctionSizing) -> String {
    let quota = &size.quota;
    let ask_for = quota.ask_for.map_or_else(String::new, |quota| format!(" Ask for a quota of {}.", whole(quota)));
    let problems = |problems: &[QuotaProblem]| problems.iter().map(problem).collect::<Vec<_>>().join("; ");
    if !quota.at_peak.is_empty() {
        return format!("too little at peak: {}.{ask_for}", problems(&quota.at_peak));
    }
    if quota.in_a_crowd.is_empty() {
        return "enough, also from nothing.".to_owned();
    }
    format!("enough at peak, but from nothing requests are throttled: {}.{ask_for}", problems(&quota.in_a_crowd))
}

fn problem(problem: &QuotaProblem) -> String {
    match problem {
        QuotaProblem::Concurrency { needed, available } => {
            format!("{} environments are needed, {} are there", whole(needed.ceil() as u64), whole(available.max(0.0) as u64))
        }
        QuotaProblem::RequestRate { requests_per_s, most_per_s } => {
            format!(
                "{} requests a second arrive, {} are served (ten for each concurrent execution)",
                rounded(*requests_per_s),
                rounded(*most_per_s)
            )
        }
        QuotaProblem::ScalingRate { needed, after_s } => {
            format!("{} environments take {} (1,000 at once, then 100 a second)", whole(needed.ceil() as u64), seconds(*after_s))
        }
    }
}

fn cold_starts(cold: &ColdSizing, size: &FunctionSizing, blocks: &mut Vec<Block>) {
    let day = &cold.day;
    let causes = &day.per_day;
    let deployed = if causes.deployed <= 0.0 { String::new() } else { format!(", {} by deployments", rounded(causes.deployed)) };
    let beyond = if cold.none_from == 0 {
        String::new()
    } else {
        format!(" With {} kept ready, less than one a month is left between deployments.", whole(cold.none_from))
    };
    let limit = match (size.p99_limit, size.keeps_limit()) {
        (Some(limit), Some(true)) => format!(" The limit of {limit} for 99 of 100 requests is kept."),
        (Some(limit), Some(false)) => format!(" The limit of {limit} for 99 of 100 requests is not kept."),
        _ => String::new(),
    };
    blocks.push(Block::Text(format!(
        "Cold starts: {} a day, {} of the requests: {} after {} without a request, {} by recycling{deployed}. {} environments are alive on average. The peak of a usual keep-alive time is {} in use at once: fewer kept ones remove none of those after a pause.{beyond}{limit}",
        rounded(causes.sum()),
        percent(day.share),
        rounded(causes.expired),
        keep_alive_words(&cold.keep_alive),
        rounded(causes.recycled),
        rounded(day.mean_alive),
        whole(day.window_peak),
    )));
    blocks.extend(day.latencies.as_ref().map(|latencies| Block::Table(latency_table(latencies))));
    let header = vec!["if idle environments are kept", "cold starts a day", "of the requests"];
    let row = |at: &crate::cold_start::AtKeepAlive| vec![minutes(at.keep_alive_s), rounded(at.per_day), percent(at.share)];
    blocks.push(Block::Table(Table { header, rows: day.sensitivity.iter().map(row).collect(), spared: &[] }));
}

fn latency_table(latencies: &Latencies) -> Table {
    let rows = [("warm requests", latencies.warm), ("cold requests", latencies.cold), ("all", latencies.all)];
    let row = |(name, times): (&str, crate::cold_start::Quantiles)| {
        vec![name.to_owned(), times.p50.rounded().to_string(), times.p99.rounded().to_string(), times.p999.rounded().to_string()]
    };
    Table { header: vec!["latency", "p50", "p99", "p99.9"], rows: rows.map(row).into(), spared: &[] }
}

fn mitigations(cold: &ColdSizing, blocks: &mut Vec<Block>) {
    if cold.mitigations.is_empty() {
        return;
    }
    blocks.push(Block::Text("What could be done about cold starts, each by itself, with the change of a month's bill and what each avoided one costs:".to_owned()));
    let mut header = vec!["what", "avoided a month", "left a day", "bill", "each"];
    if cold.day.latencies.is_some() {
        header.extend(["p99.9", "cold p99"]);
    }
    let rows = cold.mitigations.iter().map(mitigation_row).collect();
    blocks.push(Block::Table(Table { header, rows, spared: &[2, 5] }));
}

fn mitigation_row(priced: &PricedMitigation) -> Vec<String> {
    let mut row = vec![
        mitigation(&priced.mitigation),
        if priced.avoided_per_month < 0.5 { "0".to_owned() } else { rounded(priced.avoided_per_month) },
        rounded(priced.left.per_day.sum()),
        priced.change.map_or_else(nothing, change),
        priced.usd_per_avoided().map_or_else(nothing, small_dollars),
    ];
    if let Some(latencies) = &priced.left.latencies {
        row.extend([latencies.all.p999, latencies.cold.p99].map(|time| time.rounded().to_string()));
    }
    row
}

/// A mitigation in words.
pub(super) fn mitigation(mitigation: &Mitigation) -> String {
    match mitigation {
        Mitigation::Provisioned { units } => format!("{} more kept ready", whole(*units)),
        Mitigation::Pings { environments, interval_s } => {
            format!("{} pings every {}", whole(*environments), seconds(*interval_s))
        }
        Mitigation::SnapStart { restore, .. } => format!("SnapStart in {}", restore.mean().rounded()),
        Mitigation::LighterInit { part } => format!("{} of INIT left", percent(*part)),
    }
}

/// What must be known of its numbers.
pub(super) fn notes(size: &FunctionSizing, settings: &Settings) -> Vec<String> {
    let Some(cold) = &size.cold else { return Vec::new() };
    let mut notes = vec![init(cold, settings)];
    for priced in &cold.mitigations {
        let about = |note: &crate::note::Note| format!("{}: {note}", mitigation(&priced.mitigation));
        notes.extend(priced.notes.iter().map(about));
        if priced.change.is_none() {
            notes.push(format!(
                "{}: not with the other settings of the option, so it has no price",
                mitigation(&priced.mitigation)
            ));
        }
    }
    let kinds = |wanted: fn(&Mitigation) -> bool| cold.mitigations.iter().any(|priced| wanted(&priced.mitigation));
    if kinds(|mitigation| matches!(mitigation, Mitigation::Pings { .. })) {
        notes.push("pings are taken to hold an environment for 100 ms each, after INIT where one starts cold; requests that need more environments meanwhile start cold, which is counted; no guarantee: they must all overlap, and a new version starts cold all the same".to_owned());
    }
    if kinds(|mitigation| matches!(mitigation, Mitigation::SnapStart { .. })) && !settings.restore_stated {
        notes.push("`snap_start_restore` not given, 400 ms used: AWS says that a restore takes less than a second typically, and publishes no measurement".to_owned());
    }
    if kinds(|mitigation| matches!(mitigation, Mitigation::LighterInit { .. })) {
        notes.push(
            "a lighter INIT and SnapStart avoid hardly a cold start: they make it shorter, which the latencies show".to_owned(),
        );
    }
    if cold.mitigations.iter().any(|priced| priced.change.is_some_and(|change| change < Usd::ZERO)) {
        notes.push("a bill that falls pays by itself, so what an avoided cold start costs is left out there".to_owned());
    }
    notes
}

fn init(cold: &ColdSizing, settings: &Settings) -> String {
    match &cold.init.source {
        InitSource::Stated => "a cold start takes the stated INIT phase, and 100 ms before it that no log shows (remembered from published measurements, not checked)".to_owned(),
        InitSource::Unknown => {
            "how long a cold start takes is not known, so there are no latencies and INIT is not billed (give `init_duration`, or `runtime`)".to_owned()
        }
        InitSource::Runtime(measured) => format!(
            "INIT from the runtime {}: {} at the median, {} at 99 % of a function that does nothing (maxday/lambda-perf, July and August 2026), times {} (`dependencies`; 5 to 10 with many); 100 ms before it that no log shows",
            measured.runtime,
            seconds(measured.median_ms / 1000.0),
            seconds(measured.p99_ms / 1000.0),
            rounded(settings.dependencies)
        ),
    }
}
