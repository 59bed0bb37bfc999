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
        /// Its description: the mark by which it is known, in the journal and in the account.
        description: String,
    },
    /// A version is there that was not there before.
    Published {
        /// Its number.
        version: String,
    },
    /// An alias is about to be pointed to a version, which is the last step of applying a size.
    Moving {
        /// The alias.
        alias: String,
        /// The version.
        version: String,
    },
    /// A call ended.
    Invoked(Box<Invocation>),
    /// `$LATEST` is as it was before the run; what it is given from now on is its owner's, until the run changes it again.
    PutBack,
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
    /// The alias that was about to be moved, and the version it was to point to.
    pub moving: Option<(String, String)>,
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
    /// Whether a text is that of a run which was stopped before its first entry was on the disk: it had touched nothing.
    #[must_use]
    pub fn is_unbegun(text: &str) -> bool {
        !text.contains('\n')
    }

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
            moving: None,
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
                self.settled = false;
                self.publishing = true;
                self.published.push(version);
                // The newest change had arrived: nothing before it can be there any more.
                let older = self.changes.len().saturating_sub(1);
                self.changes.drain(..older);
            }
            Entry::PutBack => self.changes.clear(),
            Entry::Moving { alias, version } => self.moving = Some((alias, version)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lambda_log::{FunctionErrorKind, Report};
    use crate::tune::Label;
    use crate::units::Usd;
    use proptest::prelude::*;

    fn before() -> RestorePoint {
        RestorePoint {
            format: FORMAT,
            run: "20261126T120000Z-beef".to_owned(),
            function: "arn:aws:lambda:eu-west-1:123456789012:function:orders".to_owned(),
            region: "eu-west-1".to_owned(),
            connection: Connection { profile: Some("shop".to_owned()), ..Connection::default() },
            memory: MemoryMb::new(512),
            description: "with \"quotes\"\nand a line break".to_owned(),
            fingerprint: "f".to_owned(),
            code_sha256: "c".to_owned(),
            versions: BTreeSet::from(["1".to_owned(), "2".to_owned()]),
        }
    }

    fn invocation(label: Label) -> Invocation {
        let report = Report {
            request_id: "r".to_owned(),
            duration_ms: 0.1 + 0.2,
            billed_ms: 1,
            memory_mb: Some(512),
            max_memory_used_mb: None,
            init_ms: Some(280.4),
            restore_ms: None,
            billed_restore_ms: None,
            status: None,
            error_type: None,
        };
        Invocation {
            number: 7,
            memory: MemoryMb::new(512),
            class: 1,
            label,
            report: Some(report),
            error_type: Some("NotFound".to_owned()),
            client_ms: 12.25,
            cost: Usd::new("0.0000000020833375".parse().unwrap()),
        }
    }

    fn changing(memory: u32) -> Entry {
        Entry::Changing { memory: MemoryMb::new(memory), description: None }
    }

    fn published(version: &str) -> Entry {
        Entry::Published { version: version.to_owned() }
    }

    fn text(entries: &[Entry]) -> String {
        std::iter::once(&Entry::Begun(Box::new(before()))).chain(entries).map(Entry::line).collect()
    }

    #[test]
    fn every_entry_comes_back_as_it_was_written() {
        let labels = [
            Label::Warm,
            Label::Cold,
            Label::HiddenInit,
            Label::Failed(FunctionErrorKind::Timeout),
            Label::NoReport,
            Label::OtherSize,
            Label::Lost,
        ];
        let calls = labels.map(|label| Entry::Invoked(Box::new(invocation(label))));
        let others = [
            Entry::Begun(Box::new(before())),
            Entry::Changing { memory: MemoryMb::new(1769), description: Some("d".to_owned()) },
            published("3"),
            Entry::Restored,
            Entry::Applied { memory: MemoryMb::new(1024) },
        ];
        for entry in calls.iter().chain(&others) {
            let line = entry.line();
            assert_eq!(line.matches('\n').count(), 1, "{line}");
            assert_eq!(serde_json::from_str::<Entry>(&line).unwrap(), *entry);
        }
        let journal = Journal::read(&text(&calls)).unwrap();
        assert_eq!((journal.before, journal.invocations.len()), (before(), labels.len()));
        assert_eq!(journal.invocations[1], invocation(Label::Cold));
    }

    #[test]
    fn a_journal_is_open_from_the_first_change_until_everything_is_settled() {
        for (entries, open) in [
            (vec![], false),
            (vec![Entry::Invoked(Box::new(invocation(Label::Warm)))], false),
            (vec![changing(128)], true),
            (vec![published("3")], true),
            (vec![changing(128), Entry::Restored], false),
            (vec![changing(128), published("3"), Entry::Applied { memory: MemoryMb::new(128) }], false),
            (vec![changing(128), Entry::Restored, changing(256)], true),
            (vec![changing(128), Entry::Restored, published("3")], true),
        ] {
            assert_eq!(Journal::read(&text(&entries)).unwrap().is_open(), open, "{entries:?}");
        }
    }

    #[test]
    fn a_published_version_proves_that_the_change_before_it_arrived() {
        let entries = [changing(128), changing(256), published("3"), changing(512), changing(1024)];
        let journal = Journal::read(&text(&entries)).unwrap();
        assert_eq!(journal.changes.iter().map(|(memory, _)| memory.get()).collect::<Vec<_>>(), [256, 512, 1024]);
        assert_eq!(journal.published, ["3"]);
    }

    #[test]
    fn a_torn_last_line_is_forgiven_and_a_broken_middle_is_not() {
        let whole = text(&[changing(128), published("3")]);
        let first = whole.find('\n').unwrap();
        for end in first + 1..whole.len() {
            let journal = Journal::read(&whole[..end]).unwrap();
            assert!(journal.changes.len() <= 1 && journal.published.len() <= 1);
        }
        let broken = whole.replacen("changing", "chan", 1);
        let error = Journal::read(&broken).unwrap_err();
        assert!(matches!(error, JournalError::Line { line: 2, .. }), "{error}");
        // The end of the line is there, so the program was not stopped while it wrote it.
        assert!(Journal::read(&format!("{whole}nonsense\n")).is_err());
        assert!(Journal::read(&format!("{whole}nonsense")).is_ok());
    }

    #[test]
    fn what_is_no_journal_or_a_newer_one_is_refused() {
        let newer = Entry::Begun(Box::new(RestorePoint { format: FORMAT + 1, ..before() })).line();
        assert_eq!(Journal::read(&newer), Err(JournalError::Format(FORMAT + 1)));
        for text in ["", "\n", "{}", "[package]", &Entry::Restored.line()] {
            assert!(matches!(Journal::read(text), Err(JournalError::NoBeginning(_))), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_journal_or_an_error(noise in prop::collection::vec(any::<u8>(), 0..200), cut in 0_usize..900) {
            let whole = text(&[changing(128), published("3"), Entry::Restored]);
            let noise = String::from_utf8_lossy(&noise);
            let _ = Journal::read(&noise);
            let _ = Journal::read(&format!("{whole}{noise}"));
            let end = whole.char_indices().map(|(place, _)| place).rfind(|place| *place <= cut).unwrap_or(0);
            let _ = Journal::read(&format!("{}{noise}{}", &whole[..end], &whole[end..]));
        }
    }
}
