//! Setting the recommended size for good: on `$LATEST`, and on an alias where one is named.

use super::action::{Action, AliasState, Failure, FailureKind, Outcome};
use super::configure::{NotSet, Restored};
use super::journal::{Entry, RestorePoint};
use super::plan::applied_mark;
use super::run::{Run, Stop, unexpected};
use super::tuner::{Ended, put_everything_back};
use crate::units::MemoryMb;

/// A size to set.
#[derive(Debug, Clone)]
pub struct Application {
    /// The function as it is before; the code that was measured must still be there.
    pub before: RestorePoint,
    /// The size.
    pub memory: MemoryMb,
    /// The alias that is to point to a version with it.
    pub alias: Option<String>,
}

/// What was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The memory of `$LATEST` now.
    pub memory: MemoryMb,
    /// The alias and the version that it points to now.
    pub alias: Option<(String, String)>,
}

/// Applies; when a step fails, `$LATEST` gets its memory back and the new version goes.
pub(super) async fn apply(run: Run, application: Application) -> Ended {
    match set_size(&run, &application).await {
        Ok(applied) => {
            let mut ended = run.ended(Restored::Yes, Vec::new());
            ended.applied = Some(applied);
            ended
        }
        Err(stop) => {
            run.stop(stop);
            put_everything_back(run, None).await
        }
    }
}

async fn set_size(run: &Run, application: &Application) -> Result<Applied, Stop> {
    run.record(Entry::Begun(Box::new(application.before.clone()))).await?;
    let memory = application.memory;
    let mut latest = run.set(memory, None).await.map_err(|not_set| match not_set {
        NotSet::Refused(message) => Stop::Failed(message),
        NotSet::Stopped(stop) => stop,
    })?;
    let mut alias = None;
    if let Some(name) = &application.alias {
        let published = run.publish(latest, applied_mark(&run.before.run, memory)).await?;
        let version = run.ready(published).await?;
        latest = run.refresh().await?;
        alias = Some((name.clone(), version));
    }
    if latest.memory != memory {
        return Err(Stop::ChangedByOthers(format!("it has {} now", latest.memory)));
    }
    // The last step: once the alias has moved, nothing is left that could fail and would have to be undone with it.
    let Some((name, version)) = &alias else {
        run.record(Entry::Applied { memory }).await?;
        return Ok(Applied { memory, alias });
    };
    run.record(Entry::Moving { alias: name.clone(), version: version.clone() }).await?;
    if let Err(stop) = point_alias(run, name, version).await
        && !is_moved(run, name, version).await
    {
        return Err(stop);
    }
    // The alias has moved: whatever becomes of this line, `restore` will find it so and leave it.
    let _ = run.record(Entry::Applied { memory }).await;
    Ok(Applied { memory, alias })
}

/// Ends a run that was killed while it moved an alias: if the alias has moved, the size was applied and stays.
pub(super) async fn restore(run: Run, moving: Option<(String, String)>) -> Ended {
    if let Some((name, version)) = moving
        && is_moved(&run, &name, &version).await
    {
        let Ok(latest) = run.read(None).await else { return put_everything_back(run, None).await };
        let memory = latest.memory;
        if let Err(stop) = run.record(Entry::Applied { memory }).await {
            run.stop(stop);
        }
        let mut ended = run.ended(Restored::Yes, Vec::new());
        ended.applied = Some(Applied { memory, alias: Some((name, version)) });
        return ended;
    }
    put_everything_back(run, None).await
}

/// Whether the alias points to the version; not knowing counts as no.
async fn is_moved(run: &Run, name: &str, version: &str) -> bool {
    matches!(read_alias(run, name).await, Ok(Some(alias)) if alias.version == version)
}

/// Points the alias to the version.
async fn point_alias(run: &Run, name: &str, version: &str) -> Result<(), Stop> {
    let failed = |failure: Failure| Stop::Failed(failure.message);
    let mut attempt = 0;
    loop {
        run.going_on()?;
        let change = match read_alias(run, name).await.map_err(failed)? {
            Some(alias) if alias.version == version => return Ok(()),
            Some(alias) if alias.routes_elsewhere => {
                return Err(Stop::Failed(format!(
                    "the alias {name} sends a part of the traffic to a second version: a deployment is under way (finish it, then apply)"
                )));
            }
            Some(alias) => Action::UpdateAlias { name: name.to_owned(), version: version.to_owned(), revision: alias.revision },
            None => Action::CreateAlias { name: name.to_owned(), version: version.to_owned() },
        };
        match run.once(change).await {
            Ok(_) => return Ok(()),
            Err(failure)
                if Run::may_retry(attempt)
                    && (failure.kind.passes() || matches!(failure.kind, FailureKind::RevisionChanged | FailureKind::Exists)) =>
            {
                // The answer may have been lost on its way: what counts is what is there.
                run.back_off(&mut attempt).await;
            }
            Err(failure) => return Err(failed(failure)),
        }
    }
}

async fn read_alias(run: &Run, name: &str) -> Result<Option<AliasState>, Failure> {
    match run.patiently(Action::ReadAlias { name: name.to_owned() }).await? {
        Outcome::Alias(alias) => Ok(alias),
        other => Err(unexpected(&other)),
    }
}
