//! The journal of a run: what was there before, what was changed, what was measured. One JSON object a line.
//!
//! Each line is on the disk before the next step is taken, so whatever stops the program, the next one knows what to put back
//! and what has been paid for. There is no payload, no response, no environment variable and no credential in it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::invocation::Invocation;
use crate::units::MemoryMb;

/// The version of the format; raised when an older program would misread a newer journal.
pub const FORMAT: u32 = 1;

/// How the function is reached, so that putting back needs no flags.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// The named profile.
    pub profile: Option<String>,
    /// The role that is assumed.
    pub assume_role: Option<String>,
    /// Another endpoint than AWS's own.
    pub endpoint_url: Option<String>,
}

/// What was there before the first change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestorePoint {
    /// [`FORMAT`].
    pub format: u32,
    /// The name of the run.
    pub run: String,
    /// The function, as an unqualified ARN.
    pub function: String,
    /// Where it is.
    pub region: String,
    /// How it is reached.
    pub connection: Connection,
    /// Its memory.
    pub memory: MemoryMb,
    /// Its description.
    pub description: String,
    /// A digest of its other configuration.
    pub fingerprint: String,
    /// The digest of its code.
    pub code_sha256: String,
    /// The versions that were there: none of them is ever deleted.
    pub versions: BTreeSet<String>,
}

/// A line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// The run begins.
    Begun(Box<RestorePoint>),
    /// `$LATEST` is about to be changed, where it has to be, and published.
    Changing {
        /// With this memory.
        memory: MemoryMb,
        /// And this description, where that changes too.
        description: Option<String>,
    },
    /// A version is about to be published.
    Publishing {
        /// Its description, by which it is found again.
        description: String,
    },
    /// A version is there that was not there before.
    Published {
        /// Its number.
        version: String,
    },
    /// A call ended.
    Invoked(Box<Invocation>),
    /// Everything is as it was before the run.
    Restored,
    /// The recommended size was set, as asked for: this is now how the function is to be.
    Applied {
        /// The memory.
        memory: MemoryMb,
    },
}

impl Entry {
    /// The entry as a line, with its end.
    #[must_use]
    pub fn line(&self) -> String {
        // Only maps with keys that are no text, and numbers that are not finite, cannot be written; there are none here.
        let mut line = serde_json::to_string(self).unwrap_or_default();
        line.push('\n');
        line
    }
}

/// A journal, read back.
#[derive(Debug, Clone, PartialEq)]
pub struct Journal {
    /// What was there before.
    pub before: RestorePoint,
    /// What `$LATEST` may have from the run: the last change that arrived, and those that were tried since.
    pub changes: Vec<(MemoryMb, Option<String>)>,
    /// Whether a version may have been published.
    pub publishing: bool,
    /// The versions that were published, as far as their numbers are known.
    pub published: Vec<String>,
    /// The calls that ended.
    pub invocations: Vec<Invocation>,
    /// Whether nothing is left to put back.
    pub settled: bool,
}

/// Why a journal cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// It does not begin with a restore point.
    #[error("line 1 is no restore point: this is not the journal of a tuning run ({0})")]
    NoBeginning(String),
    /// A later program wrote it.
    #[error("it has format {0}, this program reads format {FORMAT} (use the version that wrote it)")]
    Format(u32),
    /// A line in the middle is broken.
    #[error("line {line}: {problem}")]
    Line {
        /// Its number.
        line: usize,
        /// What is wrong.
        problem: String,
    },
}

impl Journal {
    /// Reads a journal. The last line may be torn: the program was stopped while it wrote it.
    ///
    /// # Errors
    /// When it is none, or is broken before its end.
    pub fn read(text: &str) -> Result<Self, JournalError> {
        let mut lines = text.lines().enumerate();
        let first = lines.next().map_or("", |(_, line)| line);
        let before = match serde_json::from_str(first) {
            Ok(Entry::Begun(before)) => *before,
            Ok(_) => return Err(JournalError::NoBeginning("another entry stands there".to_owned())),
            Err(problem) => return Err(JournalError::NoBeginning(problem.to_string())),
        };
        if before.format != FORMAT {
            return Err(JournalError::Format(before.format));
        }
        let mut journal = Self {
            before,
            changes: Vec::new(),
            publishing: false,
            published: Vec::new(),
            invocations: Vec::new(),
            settled: false,
        };
        for (index, line) in lines {
            match serde_json::from_str(line) {
                Ok(entry) => journal.take(entry),
                Err(_) if !text.ends_with('\n') && index + 1 == text.lines().count() => {}
                Err(problem) => return Err(JournalError::Line { line: index + 1, problem: problem.to_string() }),
            }
        }
        Ok(journal)
    }

    fn take(&mut self, entry: Entry) {
        match entry {
            Entry::Begun(_) => {}
            Entry::Changing { memory, description } => {
                self.settled = false;
                self.changes.push((memory, description));
            }
            Entry::Publishing { .. } => {
                self.settled = false;
                self.publishing = true;
            }
            Entry::Published { version } => {
                self.published.push(version);
                // The newest change had arrived: nothing before it can be there any more.
                let older = self.changes.len().saturating_sub(1);
                self.changes.drain(..older);
            }
            Entry::Invoked(invocation) => self.invocations.push(*invocation),
            Entry::Restored | Entry::Applied { .. } => self.settled = true,
        }
    }

    /// Whether the run changed anything that has not been put back.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.settled && (!self.changes.is_empty() || self.publishing)
    }
}
