//! Invoke: which version runs, in which environment, for how long, and what comes back. It begins and finishes under the lock
//! of the account; in between the caller lets the time of the invocation pass.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::account::{Account, Deployed, Environment, LogEvent, Phase};
use super::fault::FaultKind;
use super::function::{Behavior, Configuration};
use super::http::Reply;
use super::lambda::{Call, resolve};
use super::report::{End, Report};
use super::service::Refusal;

/// The last bytes of the log that come with the answer.
const TAIL_BYTES: usize = 4096;
const LARGEST_EVENT: usize = 6_291_456;

/// An invocation that runs.
pub(crate) struct Running {
    name: String,
    environment: u64,
    report: Report,
    answer: Value,
    json_logs: bool,
    tail: bool,
    pub(crate) wall_time: Duration,
}

/// Starts an invocation; an answer at once when nothing is to run.
pub(crate) fn begin(call: &mut Call<'_>) -> Result<Result<Running, Reply>, Refusal> {
    let event = event(&call.incoming.body)?;
    let tail = call.incoming.header("x-amz-log-type") == Some("Tail");
    let invocation_type = call.incoming.header("x-amz-invocation-type").unwrap_or("RequestResponse").to_owned();
    let (name, qualifier) = call.target();
    let concurrency = call.account.settings.concurrency;
    let all_in_flight: u32 = call.account.functions.values().map(|deployed| deployed.in_flight).sum();
    let request_id = request_id(call.account);
    let time_scale = call.account.settings.time_scale;
    let deployed = call.function(None)?;
    let qualifier = routed(deployed, qualifier);
    let version = resolve(deployed, qualifier.as_deref())?;
    refuse_unready(version.map_or(&Phase::Done, |number| &deployed.versions[&number].phase))?;
    match invocation_type.as_str() {
        "RequestResponse" => {}
        "DryRun" => return Ok(Err(Reply::empty(204))),
        other => return Err(Refusal::invalid(format!("the fake has no invocation type {other}"))),
    }
    match deployed.reserved_concurrency {
        Some(reserved) if deployed.in_flight >= reserved => {
            return Err(Refusal::throttled("ReservedFunctionConcurrentInvocationLimitExceeded"));
        }
        None if all_in_flight >= concurrency => return Err(Refusal::throttled("ConcurrentInvocationLimitExceeded")),
        _ => {}
    }
    let configuration = version.map_or(&deployed.running, |number| &deployed.versions[&number].configuration).clone();
    let key = version.map_or_else(|| "$LATEST".to_owned(), |number| number.to_string());
    let answer = (deployed.behavior.answer)(&event);
    let (environment, report) = run(deployed, &configuration, key, &event, request_id);
    call.account.most_in_flight = call.account.most_in_flight.max(all_in_flight + 1);
    let total_ms = report.duration_ms + report.init_ms.or(report.restore_ms).unwrap_or(0.0);
    let wall_time = Duration::from_secs_f64(total_ms * time_scale / 1000.0);
    Ok(Ok(Running { name, environment, report, answer, json_logs: configuration.json_logs, tail, wall_time }))
}

fn refuse_unready(phase: &Phase) -> Result<(), Refusal> {
    let state = match phase {
        Phase::Done => return Ok(()),
        Phase::Failed => "Failed",
        Phase::Moving { .. } => "Pending",
    };
    let text = "The operation cannot be performed at this time. The function is currently in the following state";
    Err(Refusal::conflict(format!("{text}: {state}")))
}

fn event(body: &[u8]) -> Result<Value, Refusal> {
    if body.len() > LARGEST_EVENT {
        let text = format!("Request must be smaller than {LARGEST_EVENT} bytes for the InvokeFunction operation");
        return Err(Refusal::new(413, "RequestTooLargeException", text));
    }
    if body.is_empty() {
        return Ok(json!({}));
    }
    let unreadable = |error| format!("Could not parse request body into json: {error}");
    serde_json::from_slice(body).map_err(|error| Refusal::new(400, "InvalidRequestContentException", unreadable(error)))
}

pub(crate) fn request_id(account: &mut Account) -> String {
    account.request_ids += 1;
    format!("{:08x}-c0de-4000-8000-{:012x}", account.request_ids, account.request_ids)
}

/// An alias with shares sends every call of a round of a hundred to its place; others stay what they are.
fn routed(deployed: &Deployed, qualifier: Option<String>) -> Option<String> {
    let alias = qualifier.as_ref().and_then(|name| deployed.aliases.get(name));
    let calls: u64 = deployed.calls.values().sum();
    // 37 has no factor in common with 100, so a round takes every hundredth once, well mixed.
    let mut point = f64::from(u32::try_from(calls * 37 % 100).unwrap_or(0)) / 100.0;
    for (version, weight) in alias.into_iter().flat_map(|alias| &alias.routing) {
        point -= weight.parse().unwrap_or(0.0);
        if point < 0.0 {
            return Some(version.clone());
        }
    }
    qualifier
}

/// An environment taken for a call.
struct Taken {
    id: u64,
    is_new: bool,
    crashed: bool,
}

/// Takes an idle environment of the version, or makes one.
fn take_environment(deployed: &mut Deployed, version: &str) -> Taken {
    let environments = deployed.environments.entry(version.to_owned()).or_default();
    if let Some(idle) = environments.iter_mut().find(|environment| !environment.busy) {
        idle.busy = true;
        return Taken { id: idle.id, is_new: false, crashed: std::mem::take(&mut idle.crashed) };
    }
    let id = deployed.next_environment;
    deployed.next_environment += 1;
    environments.push(Environment { id, busy: true, crashed: false });
    Taken { id, is_new: true, crashed: false }
}

/// Duration and end of a call that would take `duration_ms` if nothing happened to it.
fn outcome(behavior: &Behavior, configuration: &Configuration, event: &Value, duration_ms: f64) -> (f64, End) {
    let timeout_ms = f64::from(configuration.timeout_s) * 1000.0;
    let is_killed = configuration.memory_mb < behavior.floor_mb;
    let lived_ms = if is_killed { duration_ms / 2.0 } else { duration_ms };
    let end = match event["error"].as_str().or(behavior.error_type.as_deref()) {
        _ if lived_ms > timeout_ms => End::TimedOut,
        _ if is_killed => End::Killed,
        Some(error_type) => End::HandlerError(error_type.to_owned()),
        None => End::Success,
    };
    (lived_ms.min(timeout_ms), end)
}

/// Works out what the call will have been, and in which environment.
fn run(
    deployed: &mut Deployed,
    configuration: &Configuration,
    version: String,
    event: &Value,
    request_id: String,
) -> (u64, Report) {
    let memory_mb = configuration.memory_mb;
    let environment = take_environment(deployed, &version);
    deployed.in_flight += 1;
    let calls = deployed.calls.entry(memory_mb).or_default();
    let behavior = &deployed.behavior;
    let noise = behavior.noise_factor(memory_mb, *calls);
    *calls += 1;
    // After a crash the new process is set up within the next call, and no field of the report says so.
    let hidden_ms = if environment.crashed { behavior.init_ms } else { 0.0 };
    let duration_ms = (behavior.curve)(memory_mb, event) * noise + hidden_ms;
    let (duration_ms, end) = outcome(behavior, configuration, event, duration_ms);
    let restored = configuration.snap_start && version != "$LATEST";
    let set_up_ms = environment.is_new.then_some(hundredths(behavior.init_ms));
    let report = Report {
        request_id,
        version,
        duration_ms: hundredths(duration_ms),
        memory_mb,
        memory_used_mb: if end == End::Killed { memory_mb } else { behavior.memory_used_mb.min(memory_mb) },
        timeout_s: configuration.timeout_s,
        init_ms: set_up_ms.filter(|_| !restored),
        restore_ms: set_up_ms.filter(|_| restored),
        end,
        printed_bytes: behavior.printed_bytes,
        printed_after_report_bytes: behavior.printed_after_report_bytes,
    };
    (environment.id, report)
}

/// Lambda reports hundredths of a millisecond.
fn hundredths(milliseconds: f64) -> f64 {
    (milliseconds * 100.0).round() / 100.0
}

/// Ends an invocation: the environment is free again, the log is stored, the answer is made.
pub(crate) fn finish(account: &mut Account, running: Running, fault: Option<&FaultKind>) -> Reply {
    let Running { name, environment, report, .. } = &running;
    if let Some(deployed) = account.functions.get_mut(name) {
        deployed.in_flight -= 1;
        // It may be gone: an update replaces all environments of `$LATEST`.
        let environments = deployed.environments.get_mut(&report.version).into_iter().flatten();
        for environment in environments.filter(|candidate| candidate.id == *environment) {
            environment.busy = false;
            environment.crashed = matches!(report.end, End::Killed | End::TimedOut);
        }
    }
    account.reports.push(report.clone());
    let log = store_log(account, &running);
    let body = report.error_body();
    let mut reply = Reply::json(200, body.as_ref().unwrap_or(&running.answer))
        .with("x-amz-executed-version", &report.version)
        .with("x-amzn-requestid", &report.request_id);
    if body.is_some() {
        reply = reply.with("x-amz-function-error", "Unhandled");
    }
    if running.tail {
        let tail = &log[log.len().saturating_sub(TAIL_BYTES)..];
        reply = reply.with(
            "x-amz-log-result",
            match fault {
                Some(FaultKind::LogIsNotBase64) => "!! this is not base64 !!".to_owned(),
                Some(FaultKind::LogIsNoReport) => STANDARD.encode("nothing to see here\n"),
                _ => STANDARD.encode(tail),
            },
        );
    }
    reply
}

/// Stores the lines and gives back the whole log of the call.
fn store_log(account: &mut Account, running: &Running) -> Vec<u8> {
    store_lines(account, &running.name, running.environment, Duration::ZERO, running.json_logs, &running.report)
}

/// Stores the lines of a call that ended so long ago, and gives back its whole log.
pub(crate) fn store_lines(
    account: &mut Account,
    function: &str,
    environment: u64,
    age: Duration,
    json_logs: bool,
    report: &Report,
) -> Vec<u8> {
    let moment = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() - age;
    let timestamp_ms = u64::try_from(moment.as_millis()).unwrap();
    let time = jiff::Timestamp::from_millisecond(i64::try_from(timestamp_ms).unwrap()).unwrap();
    let lines = report.lines(&format!("{time:.3}"), json_logs);
    let visible_from = Instant::now() + account.settings.log_delay;
    let log = lines.concat().into_bytes();
    account.logs.extend(lines.into_iter().map(|message| LogEvent {
        group: format!("/aws/lambda/{function}"),
        stream: format!("2026/01/01/[{}]{environment:032x}", report.version),
        timestamp_ms,
        visible_from,
        message,
    }));
    log
}
