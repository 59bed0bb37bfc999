//! The journal of a run on disk: created before the first change, flushed to the disk at every line, readable by its owner only.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::Write;
#[cfg(unix)]
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use millicent::tune::{Entry, Failure, FailureKind, Outcome, RestorePoint};
use sha2::{Digest as _, Sha256};

use super::state::journals;

/// The journal of a run that goes on.
pub(super) struct JournalFile {
    folder: PathBuf,
    /// Its name on disk; the file is made with its first entry.
    path: PathBuf,
    file: Option<File>,
    /// Held while the run goes on: one run at a time for each function.
    lock: Option<File>,
}

impl JournalFile {
    /// A journal for a run of this name on this function.
    pub(super) fn new(folder: PathBuf, function: &str, run: &str) -> Self {
        let path = folder.join(format!("{}-{run}.jsonl", file_name(function)));
        Self { folder, path, file: None, lock: None }
    }

    /// Goes on with a journal that is there.
    pub(super) fn reopen(path: &Path, before: &RestorePoint) -> anyhow::Result<Self> {
        let folder = path.parent().unwrap_or(Path::new(".")).to_path_buf();
        let lock = lock(&folder, &before.function)?;
        let mut file = open(path).with_context(|| format!("could not open {}", path.display()))?;
        cut_torn_line(path, &mut file).with_context(|| format!("could not mend {}", path.display()))?;
        Ok(Self { folder, path: path.to_path_buf(), file: Some(file), lock: Some(lock) })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether anything has been written.
    pub(super) fn is_begun(&self) -> bool {
        self.file.is_some()
    }

    /// Appends an entry, and waits until it is on the disk.
    pub(super) fn record(&mut self, entry: &Entry) -> Outcome {
        match self.append(entry) {
            Ok(()) => Outcome::Done,
            Err(error) => Outcome::Failed(Failure::new(FailureKind::Journal, format!("{error:#}"))),
        }
    }

    fn append(&mut self, entry: &Entry) -> anyhow::Result<()> {
        if let Entry::Begun(before) = entry
            && self.file.is_none()
        {
            self.begin(before)?;
        }
        let file = self.file.as_mut().context("the journal has no beginning")?;
        let place = || format!("could not write {}", self.path.display());
        let whole = file.metadata().with_context(place)?.len();
        let written = file.write_all(entry.line().as_bytes()).and_then(|()| file.sync_data());
        if written.is_err() {
            // Half a line would make every later one unreadable.
            let _ = file.set_len(whole);
        }
        written.with_context(place)
    }

    #[expect(clippy::disallowed_methods, reason = "files are the front desk's business")]
    fn begin(&mut self, before: &RestorePoint) -> anyhow::Result<()> {
        let place = || format!("could not make {}", self.folder.display());
        make_folder(&self.folder).with_context(place)?;
        self.lock = Some(lock(&self.folder, &before.function)?);
        let own_name = format!("{}-", file_name(&before.function));
        let mut broken = None;
        let kept = journals(&self.folder, |path, problem| {
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&own_name)) {
                broken = Some(format!("{}: {problem}", path.display()));
            }
        })?;
        if let Some(broken) = broken {
            anyhow::bail!(
                "the journal of an earlier run cannot be read, so it is not known what that run has left: {broken} (check the function, then move the file away)"
            );
        }
        if let Some(open) = kept.iter().find(|kept| kept.journal.before.function == before.function && kept.journal.is_open()) {
            anyhow::bail!(
                "an earlier run has left its changes on this function: {} (run `millicent tune restore` first)",
                open.path.display()
            );
        }
        self.file = Some(open(&self.path).with_context(|| format!("could not make {}", self.path.display()))?);
        // The name of a new file is on the disk when its folder is.
        File::open(&self.folder).and_then(|folder| folder.sync_all()).with_context(place)
    }
}

/// A function's name as part of a file's name.
fn file_name(function: &str) -> String {
    let name = function.rsplit(':').next().unwrap_or(function);
    name.chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || "-_".contains(letter) { letter } else { '-' })
        .take(80)
        .collect()
}

/// Takes away what a killed program wrote of its last line: what follows must begin on a line of its own.
#[expect(clippy::disallowed_methods, reason = "files are the front desk's business")]
fn cut_torn_line(path: &Path, file: &mut File) -> std::io::Result<()> {
    let text = std::fs::read(path)?;
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    if whole < text.len() {
        file.set_len(whole as u64)?;
        file.sync_data()?;
    }
    Ok(())
}

/// For its owner only.
fn make_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    builder.mode(0o700);
    builder.create(path)
}

/// For its owner only.
fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    options.mode(0o600);
    options.open(path)
}

/// Takes the function's lock; it goes when the program ends, however it ends.
fn lock(folder: &Path, function: &str) -> anyhow::Result<File> {
    let digest: String = Sha256::digest(function).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let path = folder.join(format!("{}-{digest}.lock", file_name(function)));
    let file = open(&path).with_context(|| format!("could not make {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            anyhow::bail!("another run of this program is tuning {function} now (wait for it, or end it with Ctrl-C)")
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("could not lock {}", path.display())),
    }
}
