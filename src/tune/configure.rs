//! Changing `$LATEST` and putting it back; publishing versions and deleting them. One change at a time.
//!
//! Every change names the revision it is based on, and every reading is held against what was there before the run: whoever
//! else changes the function is noticed, and is not overwritten. A change whose answer was lost is looked up before it is
//! repeated. Only versions that were not there before, and carry the mark of this run or were handed to it by the provider,
//! are ever deleted.

use std::collections::BTreeSet;
use std::time::Duration;

use super::action::{Action, Failure, FailureKind, FunctionState, Outcome, Progress, PublishedVersion};
use super::journal::Entry;
use super::plan::mark_of;
use super::run::{Run, Stop, unexpected};
use crate::units::MemoryMb;

/// So often the versions of the run are looked for and deleted.
const CLEANING_PASSES: u32 = 3;

/// What `$LATEST` is to have.
struct Wanted {
    memory: MemoryMb,
    description: String,
}

impl Wanted {
    fn is_met_by(&self, now: &FunctionState) -> bool {
        now.memory == self.memory && now.description == self.description
    }
}

/// Why `$LATEST` does not have the wanted size.
pub(super) enum NotSet {
    /// The provider refuses this size; others may do.
    Refused(String),
    /// The run ends.
    Stopped(Stop),
}

impl From<Stop> for NotSet {
    fn from(stop: Stop) -> Self {
        Self::Stopped(stop)
    }
}

/// What was left after putting back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Restored {
    /// Nothing had been changed.
    Untouched,
    /// Everything is as it was before.
    Yes,
    /// Somebody else has set the memory or the description since: theirs is kept.
    KeptByOthers {
        /// What is there now.
        now: String,
    },
    /// It could not be put back; the journal knows how to.
    No {
        /// Why.
        problem: String,
    },
}

impl Run {
    /// Reads `$LATEST` and makes sure that nobody but this run has changed it.
    pub(super) async fn refresh(&self) -> Result<FunctionState, Stop> {
        let now = self.read(None).await.map_err(|failure| Stop::Failed(failure.message))?;
        self.check_untouched(&now)?;
        self.state.borrow_mut().latest = Some(now.clone());
        Ok(now)
    }

    /// What others changed, if they did.
    fn check_untouched(&self, now: &FunctionState) -> Result<(), Stop> {
        let changed = if now.code_sha256 != self.before.code_sha256 {
            "it has other code".to_owned()
        } else if now.fingerprint != self.before.fingerprint {
            "its configuration differs".to_owned()
        } else if !self.set_by_us(now) {
            format!("it has {} and the description {:?}", now.memory, short(&now.description))
        } else {
            return Ok(());
        };
        Err(Stop::ChangedByOthers(changed))
    }

    /// Whether memory and description are what they were before the run, or what this run set last or tried to.
    fn set_by_us(&self, now: &FunctionState) -> bool {
        self.knows_memory(now.memory) && self.knows_description(&now.description)
    }

    fn knows_memory(&self, memory: MemoryMb) -> bool {
        memory == self.before.memory || self.state.borrow().set.iter().any(|(set, _)| *set == memory)
    }

    fn knows_description(&self, description: &str) -> bool {
        let state = self.state.borrow();
        description == self.before.description || state.set.iter().any(|(_, set)| set.as_deref() == Some(description))
    }

    /// Gives `$LATEST` a size, and a description where one is given, and waits until it has arrived.
    pub(super) async fn set(&self, memory: MemoryMb, description: Option<String>) -> Result<FunctionState, NotSet> {
        let wanted = Wanted { memory, description: description.clone().unwrap_or_else(|| self.before.description.clone()) };
        let mut attempt = 0;
        loop {
            self.going_on()?;
            let known = self.state.borrow().latest.clone();
            let now = match known {
                Some(now) => now,
                None => self.refresh().await?,
            };
            // Noted also where nothing has to change: a version of it is published next, and that has to be cleaned up.
            self.record(Entry::Changing { memory, description: description.clone() }).await?;
            self.state.borrow_mut().note_set(memory, description.as_ref());
            if wanted.is_met_by(&now) && now.last_update == Progress::Ready {
                return Ok(now);
            }
            let update = Action::UpdateFunction { memory, description: description.clone(), revision: now.revision.clone() };
            let earlier_unanswered = std::mem::replace(&mut self.state.borrow_mut().unanswered, true);
            let asked = self.once(update).await;
            self.state.borrow_mut().latest = None;
            if asked.as_ref().is_err_and(|failure| failure.kind != FailureKind::Unavailable) {
                self.state.borrow_mut().unanswered = earlier_unanswered;
            }
            match asked {
                Ok(Outcome::Function(_)) => return Ok(self.arrived(&wanted, Some(&now.revision)).await?),
                Ok(other) => return Err(Stop::Failed(unexpected(&other).message).into()),
                Err(failure) if failure.kind == FailureKind::Invalid => return Err(NotSet::Refused(failure.message)),
                Err(failure) if retried(failure.kind) && Self::may_retry(attempt) => {
                    self.back_off(&mut attempt).await;
                    // The answer may have been lost on its way: then the change is there, or on its way.
                    let now = self.refresh().await?;
                    if wanted.is_met_by(&now) {
                        return Ok(self.arrived(&wanted, None).await?);
                    }
                    self.quiet().await?;
                }
                Err(failure) => return Err(Stop::Failed(failure.message).into()),
            }
        }
    }

    /// Waits until a change has arrived: no update under way, and another revision than before. The end of an update alone can be
    /// that of an older one; another revision with other values is somebody else's.
    async fn arrived(&self, wanted: &Wanted, before: Option<&str>) -> Result<FunctionState, Stop> {
        let deadline = self.desk.now() + self.pace.patience;
        loop {
            let now = self.quiet().await?;
            let is_old = before.is_some_and(|before| now.revision == before);
            if !is_old && wanted.is_met_by(&now) {
                self.state.borrow_mut().note_arrived();
                return Ok(now);
            }
            if !is_old {
                let there = format!("it has {} and the description {:?}", now.memory, short(&now.description));
                return Err(Stop::ChangedByOthers(there));
            }
            self.wait_or_give_up(deadline).await?;
        }
    }

    /// Waits until no update is under way.
    async fn quiet(&self) -> Result<FunctionState, Stop> {
        let deadline = self.desk.now() + self.pace.patience;
        loop {
            let now = self.refresh().await?;
            match &now.last_update {
                Progress::Ready => return Ok(now),
                Progress::Failed { reason } => {
                    return Err(Stop::Failed(format!("the change to {} failed on the provider's side: {reason}", now.memory)));
                }
                Progress::Pending => self.wait_or_give_up(deadline).await?,
            }
        }
    }

    /// Waits for the next look, unless it has been long enough.
    async fn wait_or_give_up(&self, deadline: Duration) -> Result<(), Stop> {
        if self.desk.now() >= deadline {
            let waited = self.pace.patience.as_secs();
            return Err(Stop::Failed(format!("the function's update was not finished within {waited} s")));
        }
        self.desk.sleep(self.pace.poll_interval).await;
        Ok(())
    }

    /// Publishes `$LATEST`, which has been given a size; the version may still have to become active.
    pub(super) async fn publish(&self, latest: FunctionState, description: String) -> Result<FunctionState, Stop> {
        let memory = latest.memory;
        let mut latest = latest;
        let mut attempt = 0;
        self.going_on()?;
        self.record(Entry::Publishing { description: description.clone() }).await?;
        self.state.borrow_mut().publishing = true;
        let published = loop {
            self.going_on()?;
            if latest.memory != memory {
                return Err(Stop::ChangedByOthers(format!("it has {} in place of {memory}", latest.memory)));
            }
            let publish = Action::PublishVersion {
                description: description.clone(),
                revision: latest.revision.clone(),
                code_sha256: self.before.code_sha256.clone(),
            };
            match self.once(publish).await {
                Ok(Outcome::Function(version)) => break *version,
                Ok(other) => return Err(Stop::Failed(unexpected(&other).message)),
                Err(failure) if retried(failure.kind) && Self::may_retry(attempt) => {
                    self.back_off(&mut attempt).await;
                    if failure.kind == FailureKind::Unavailable
                        && let Some(found) = self.published_as(&description).await?
                    {
                        break self.read(Some(found.version)).await.map_err(|failure| Stop::Failed(failure.message))?;
                    }
                    latest = self.refresh().await?;
                }
                Err(failure) => return Err(Stop::Failed(failure.message)),
            }
        };
        // With another description it is one that somebody else has published meanwhile, handed out in place of a new one.
        if published.description == description {
            self.note_published(&published.version).await?;
        }
        if published.memory != memory || published.code_sha256 != self.before.code_sha256 {
            let problem = format!("version {} has {} or other code", published.version, published.memory);
            return Err(Stop::ChangedByOthers(problem));
        }
        // Publishing gives $LATEST another revision.
        self.state.borrow_mut().latest = None;
        Ok(published)
    }

    async fn note_published(&self, version: &str) -> Result<(), Stop> {
        let ours = !self.before.versions.contains(version);
        if ours && self.state.borrow_mut().published.insert(version.to_owned()) {
            self.record(Entry::Published { version: version.to_owned() }).await?;
        }
        Ok(())
    }

    /// Waits until a version can be invoked.
    pub(super) async fn ready(&self, version: FunctionState) -> Result<String, Stop> {
        let deadline = self.desk.now() + self.pace.patience;
        let mut now = version;
        loop {
            match &now.state {
                Progress::Ready => return Ok(now.version),
                Progress::Failed { reason } => {
                    return Err(Stop::Failed(format!("version {} cannot be started: {reason}", now.version)));
                }
                Progress::Pending if self.desk.now() >= deadline => {
                    return Err(Stop::Failed(format!("version {} did not become active in time", now.version)));
                }
                Progress::Pending => {}
            }
            self.going_on()?;
            self.desk.sleep(self.pace.poll_interval).await;
            now = self.read(Some(now.version)).await.map_err(|failure| Stop::Failed(failure.message))?;
        }
    }

    /// The version of this description that was not there before the run: an answer that was lost.
    async fn published_as(&self, description: &str) -> Result<Option<PublishedVersion>, Stop> {
        let versions = self.versions().await.map_err(|failure| Stop::Failed(failure.message))?;
        let state = self.state.borrow();
        let mut new = versions.into_iter().filter(|version| !self.before.versions.contains(&version.version));
        Ok(new.find(|version| version.description == description && !state.published.contains(&version.version)))
    }

    async fn versions(&self) -> Result<Vec<PublishedVersion>, Failure> {
        match self.patiently(Action::ListVersions).await? {
            Outcome::Versions(versions) => Ok(versions),
            other => Err(unexpected(&other)),
        }
    }

    /// Gives `$LATEST` back the memory and the description it had, unless somebody else has set them since.
    pub(super) async fn put_back(&self) -> Restored {
        if self.state.borrow().set.is_empty() {
            return if self.state.borrow().touched { Restored::Yes } else { Restored::Untouched };
        }
        let deadline = self.desk.now() + self.pace.patience;
        let mut attempt = 0;
        loop {
            let (problem, passes) = match self.put_back_once().await {
                Ok(Some(restored)) => {
                    // Without this line a later `restore` would take what the owner sets from now on for ours.
                    if restored == Restored::Yes && self.record(Entry::PutBack).await.is_ok() {
                        self.state.borrow_mut().note_put_back();
                    }
                    return restored;
                }
                Ok(None) => ("the function's update did not end".to_owned(), true),
                Err(failure) => (failure.message, failure.kind.passes()),
            };
            // Refusals for lack of permission are tried again too: policies take seconds to arrive, and this matters.
            let worth_it = Self::may_retry(attempt) || (passes && self.desk.now() < deadline);
            if !worth_it {
                return Restored::No { problem };
            }
            self.back_off(&mut attempt).await;
        }
    }

    /// One attempt; `None` when a change is still on its way.
    async fn put_back_once(&self) -> Result<Option<Restored>, Failure> {
        let Outcome::Function(now) = self.once(Action::ReadFunction { qualifier: None }).await? else { return Ok(None) };
        if now.last_update == Progress::Pending {
            return Ok(None);
        }
        let same = now.memory == self.before.memory && now.description == self.before.description;
        if same && now.last_update == Progress::Ready && !self.state.borrow().unanswered {
            self.state.borrow_mut().latest = Some(*now);
            return Ok(Some(Restored::Yes));
        }
        // What somebody else has set since is kept; the rest goes back.
        let memory_is_ours = now.memory != self.before.memory && self.knows_memory(now.memory);
        let description_is_ours = now.description != self.before.description && self.knows_description(&now.description);
        if !memory_is_ours && !description_is_ours && !same {
            let now = format!("{}, description {:?}", now.memory, short(&now.description));
            return Ok(Some(Restored::KeptByOthers { now }));
        }
        let memory = if memory_is_ours { self.before.memory } else { now.memory };
        let description = description_is_ours.then(|| self.before.description.clone());
        let update = Action::UpdateFunction { memory, description, revision: now.revision.clone() };
        self.state.borrow_mut().latest = None;
        // A change whose answer was lost may not be visible yet; this one, once answered, comes after it.
        self.once(update).await?;
        self.state.borrow_mut().unanswered = false;
        Ok(None)
    }

    /// Whether this run has changed anything, or tried to.
    pub(super) fn has_touched(&self) -> bool {
        let state = self.state.borrow();
        state.publishing || state.touched
    }

    /// Deletes the versions of this run, and looks whether they are gone; those that are left, with the reason.
    pub(super) async fn delete_published(&self) -> Vec<(String, String)> {
        if !self.state.borrow().publishing {
            return Vec::new();
        }
        let mut left: Vec<(String, String)> = Vec::new();
        for _ in 0..CLEANING_PASSES {
            let (ours, doubt) = match self.ours().await {
                Ok(ours) if ours.is_empty() => return Vec::new(),
                Ok(ours) => (ours, "it is still listed".to_owned()),
                // Versions whose numbers are known are deleted all the same, but nobody has seen whether there are others.
                Err(failure) => (self.state.borrow().published.clone(), failure.message),
            };
            left.clear();
            for version in &ours {
                let problem = self.delete(version).await.err();
                if problem.is_none() {
                    self.state.borrow_mut().published.remove(version);
                }
                left.push((version.clone(), problem.map_or_else(|| doubt.clone(), |failure| failure.message)));
            }
            if ours.is_empty() {
                left.push(("(number unknown)".to_owned(), doubt));
            }
        }
        left
    }

    /// The versions of this run that may exist: new ones that carry its mark, and those that were handed to it, listed or not.
    async fn ours(&self) -> Result<BTreeSet<String>, Failure> {
        let mark = mark_of(&self.before.run);
        let versions = self.versions().await?;
        let mut state = self.state.borrow_mut();
        let new = versions.into_iter().filter(|version| !self.before.versions.contains(&version.version));
        let (ours, others): (Vec<_>, Vec<_>) =
            new.partition(|version| version.description.starts_with(&mark) || state.published.contains(&version.version));
        // Who publishes during a run may get a size of the run, and put it into production.
        let caught = others
            .into_iter()
            .filter(|version| version.memory != self.before.memory && state.sizes_set.contains(&version.memory));
        state.caught = caught.map(|version| (version.version, version.memory)).collect();
        Ok(ours.into_iter().map(|version| version.version).chain(state.published.iter().cloned()).collect())
    }

    async fn delete(&self, version: &str) -> Result<(), Failure> {
        let mut attempt = 0;
        loop {
            match self.once(Action::DeleteVersion { version: version.to_owned() }).await {
                Ok(_) => return Ok(()),
                Err(failure) if failure.kind == FailureKind::NotFound => return Ok(()),
                // A version that is left costs nothing: a run does not wait minutes for a permission.
                Err(failure) if matches!(failure.kind, FailureKind::Invalid | FailureKind::Denied) => return Err(failure),
                Err(_) if Self::may_retry(attempt) => {
                    self.back_off(&mut attempt).await;
                }
                Err(failure) => return Err(failure),
            }
        }
    }
}

/// Whether a change is tried again, after a look at what is there.
const fn retried(kind: FailureKind) -> bool {
    kind.passes() || matches!(kind, FailureKind::RevisionChanged)
}

/// Enough of a description to recognize it by.
fn short(description: &str) -> String {
    let mut short: String = description.chars().filter(|letter| !letter.is_control()).take(40).collect();
    if short.len() < description.len() {
        short.push('…');
    }
    short
}
