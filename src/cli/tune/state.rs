//! Where journals are kept.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use etcetera::BaseStrategy as _;
use millicent::tune::Journal;

use super::StateArgs;

/// The folder of the journals.
pub(super) fn folder(args: &StateArgs) -> anyhow::Result<PathBuf> {
    if let Some(folder) = &args.state_dir {
        return Ok(folder.clone());
    }
    let places = etcetera::choose_base_strategy().context("no home directory (name a folder with --state-dir)")?;
    let state = places.state_dir().unwrap_or_else(|| places.data_dir());
    Ok(state.join("millicent").join("tune"))
}

/// A journal on disk that was read, with its path.
pub(super) struct Kept {
    pub(super) path: PathBuf,
    pub(super) journal: Journal,
}

/// Every journal in the folder that can be read, oldest first; what cannot be read is reported to `broken`.
#[expect(clippy::disallowed_methods, reason = "files are the front desk's business")]
pub(super) fn journals(folder: &Path, mut broken: impl FnMut(&Path, String)) -> anyhow::Result<Vec<Kept>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("could not read {}", folder.display())),
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    paths.sort();
    let mut kept = Vec::new();
    for path in paths {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                broken(&path, error.to_string());
                continue;
            }
        };
        // A journal without one whole line is that of a run which was stopped before it touched anything.
        if !text.contains('\n') {
            continue;
        }
        match Journal::read(&text) {
            Ok(journal) => kept.push(Kept { path, journal }),
            Err(problem) => broken(&path, problem.to_string()),
        }
    }
    Ok(kept)
}
