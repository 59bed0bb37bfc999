//! Before the first change: whether the function can be tuned, and what is there.
//!
//! Nothing here changes anything. What it finds becomes the restore point, which is on the disk before the first change.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use super::action::{Action, Failure, FailureKind, FunctionState, Limits, Outcome, Progress, PublishedVersion};
use super::history::History;
use super::invocation::Invocation;
use super::journal::{Entry, FORMAT, RestorePoint};
use super::measure::Measurement;
use super::money::Rates;
use super::plan::{Plan, is_left_over};
use super::run::{Run, Stop, unexpected};
use super::sizes::belief;
use super::task::Ticket;
use crate::units::MemoryMb;

/// How long a run waits for what production reports: it can do without.
const HISTORY_PATIENCE: Duration = Duration::from_secs(15);

/// What is known before the first change.
pub(super) struct Begun {
    pub(super) measurement: Measurement,
    pub(super) function: FunctionState,
    /// The size that production has.
    pub(super) current: MemoryMb,
}

/// Looks at the function, and notes what is there before anything is changed.
pub(super) async fn begin(run: &Run, plan: &Rc<Plan>) -> Result<Begun, Stop> {
    let failed = |failure: Failure| Stop::Failed(failure.message);
    let function = usable(run, plan).await?;
    let current = match &plan.qualifier {
        None => function.memory,
        Some(qualifier) => named_version(run, qualifier, &function).await?.memory,
    };
    let rates = Rates::of(&plan.prices, &plan.region, function.architecture, function.ephemeral_storage)
        .map_err(|missing| Stop::Failed(missing.to_string()))?;
    let versions = match run.patiently(Action::ListVersions).await.map_err(failed)? {
        Outcome::Versions(versions) => versions,
        other => return Err(failed(unexpected(&other))),
    };
    refuse_left_overs(&versions)?;
    if let Some(alias) = &plan.alias {
        check_alias(run, alias, &function).await?;
    }
    let concurrency = concurrency(run, plan, &function).await?;
    run.going_on()?;
    // Asked for now and looked at below: the logs take their time.
    let history = plan.history.map(|span| ask_history(run, span));
    let before = RestorePoint {
        format: FORMAT,
        run: plan.run.clone(),
        function: function.arn.clone(),
        region: plan.region.code().to_owned(),
        connection: plan.connection.clone(),
        memory: function.memory,
        description: function.description.clone(),
        fingerprint: function.fingerprint.clone(),
        code_sha256: function.code_sha256.clone(),
        versions: versions.into_iter().map(|version| version.version).collect::<BTreeSet<_>>(),
    };
    run.record(Entry::Begun(Box::new(before.clone()))).await?;
    let run = Run { before: Rc::new(before), ..run.clone() };
    // From the first entry on no other run of this machine can begin; one that ended just before may have changed what was read.
    run.refresh().await?;
    keep_earlier(&run, plan).await?;
    if let Some(asked) = history {
        take_history(&run, asked, current).await;
    }
    run.state.borrow_mut().rates = Some(rates);
    let timeout = function.timeout;
    let belief = Rc::new(belief(plan, current));
    let measurement = Measurement { run, plan: Rc::clone(plan), rates, timeout, concurrency, belief, jobs: Rc::default() };
    Ok(Begun { measurement, function, current })
}

/// The function, once no earlier change is on its way; or why it cannot be tuned.
async fn usable(run: &Run, plan: &Plan) -> Result<FunctionState, Stop> {
    let deadline = run.desk.now() + run.pace.patience;
    loop {
        run.going_on()?;
        let function = run.read(None).await.map_err(|failure| Stop::Failed(failure.message))?;
        let cause = match (&function.state, &function.last_update) {
            (Progress::Ready, Progress::Ready) => None,
            (Progress::Failed { reason }, _) => Some(format!("the function cannot be invoked: {reason}")),
            (_, Progress::Failed { reason }) => {
                Some(format!("the function's last update failed: {reason} (deploy it again first)"))
            }
            _ if deadline <= run.desk.now() => {
                Some("the function is still being created or updated (try again later)".to_owned())
            }
            _ => {
                run.desk.sleep(run.pace.poll_interval).await;
                continue;
            }
        };
        let cause = cause.or_else(|| {
            let resumed = plan.resumed.as_ref()?;
            let what = if resumed.function != function.arn {
                format!("the run that is to be resumed was on {}", resumed.function)
            } else if resumed.code_sha256 != function.code_sha256 {
                "the function has other code than when the run was begun".to_owned()
            } else if resumed.fingerprint != function.fingerprint {
                "the function has another configuration than when the run was begun".to_owned()
            } else {
                return None;
            };
            Some(format!("{what}: its calls say nothing of this (start a new run)"))
        });
        return cause.map_or(Ok(function), |cause| Err(Stop::Failed(cause)));
    }
}

/// The version or alias that was named. Sizes are measured with the code of `$LATEST`: it must be the same.
async fn named_version(run: &Run, qualifier: &str, latest: &FunctionState) -> Result<FunctionState, Stop> {
    let named = run.read(Some(qualifier.to_owned())).await.map_err(|failure| Stop::Failed(failure.message))?;
    if named.code_sha256 == latest.code_sha256 && named.fingerprint == latest.fingerprint {
        return Ok(named);
    }
    let what = if named.code_sha256 == latest.code_sha256 { "another configuration" } else { "other code" };
    Err(Stop::Failed(format!(
        "{qualifier} (version {}) has {what} than $LATEST, and only $LATEST can be given another memory size (publish $LATEST and point the alias there first, or tune the function without a qualifier)",
        named.version
    )))
}

/// A version of a run that has not ended properly, perhaps on another machine: what is there now may not be the owner's.
fn refuse_left_overs(versions: &[PublishedVersion]) -> Result<(), Stop> {
    match versions.iter().find(|version| is_left_over(&version.description)) {
        None => Ok(()),
        Some(version) => Err(Stop::Failed(format!(
            "version {} is of another run of this program ({:?}), which is going on elsewhere or was killed (end it, or run `millicent tune restore` there; if that is not possible, check the function's memory and delete the version)",
            version.version, version.description
        ))),
    }
}

/// Applying moves the alias to the code that is measured: that must not be a deployment that nobody asked for.
async fn check_alias(run: &Run, alias: &str, latest: &FunctionState) -> Result<(), Stop> {
    match run.patiently(Action::ReadAlias { name: alias.to_owned() }).await.map_err(|failure| Stop::Failed(failure.message))? {
        Outcome::Alias(None) => Ok(()),
        Outcome::Alias(Some(_)) => named_version(run, alias, latest).await.map(drop),
        other => Err(Stop::Failed(unexpected(&other).message)),
    }
}

/// How many calls may be under way at once.
async fn concurrency(run: &Run, plan: &Plan, function: &FunctionState) -> Result<u32, Stop> {
    let limits = match run.patiently(Action::ReadLimits).await {
        Ok(Outcome::Limits(limits)) => limits,
        Ok(other) => return Err(Stop::Failed(unexpected(&other).message)),
        // Not being allowed to read the account's limits is no reason not to measure.
        Err(failure) if failure.kind == FailureKind::Denied => {
            run.state.borrow_mut().limits_unknown = Some(failure.message);
            Limits { unreserved_concurrency: None }
        }
        Err(failure) => return Err(Stop::Failed(failure.message)),
    };
    let limit = function.reserved_concurrency.or(limits.unreserved_concurrency);
    if limit == Some(0) {
        let advice = "the function's reserved concurrency is 0, so nobody can invoke it (raise it first)";
        return Err(Stop::Failed(advice.to_owned()));
    }
    // Half of it, so that production is not throttled by the measuring.
    Ok(limit.map_or(plan.concurrency, |limit| plan.concurrency.min(limit.div_ceil(2))))
}

/// Asks what production reports.
fn ask_history(run: &Run, span: Duration) -> Ticket {
    let action = Action::ReadHistory { span };
    run.state.borrow_mut().count(&action);
    run.desk.ask(action)
}

/// Takes what production reports at its current size. It is asked for once and waited for a while; whatever comes of it, the run
/// goes on. An interrupted run waits no longer.
async fn take_history(run: &Run, asked: Ticket, current: MemoryMb) {
    let deadline = run.desk.now() + HISTORY_PATIENCE;
    let moment = || Some(if run.is_stopped() { Duration::ZERO } else { deadline });
    let outcome = run.desk.outcome_until(asked, moment).await;
    let history = match outcome {
        Some(Outcome::History(logged)) => History::of(&logged, current, &run.before.versions),
        Some(Outcome::Failed(failure)) => Err(failure.message),
        Some(other) => Err(unexpected(&other).message),
        None => Err(format!("the logs gave no answer within {} s", HISTORY_PATIENCE.as_secs())),
    };
    let mut state = run.state.borrow_mut();
    match history {
        Ok(history) => state.history = Some(history),
        Err(why) => state.history_unknown = Some(why),
    }
}

/// Takes over the calls of the run that is resumed; they are in the new journal too, so that it stands alone.
async fn keep_earlier(run: &Run, plan: &Plan) -> Result<(), Stop> {
    for (number, earlier) in (0_u32..).zip(&plan.earlier) {
        let invocation = Invocation { number, ..earlier.clone() };
        run.record(Entry::Invoked(Box::new(invocation.clone()))).await?;
        let mut state = run.state.borrow_mut();
        state.call_number = number + 1;
        state.next_event = number as usize + 1;
        state.size(invocation.memory).invocations.push(invocation);
    }
    Ok(())
}
