//! The only room that reads and writes files.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Reads a text; `-` is standard input. The error says what is wrong, not where.
#[expect(clippy::disallowed_methods, reason = "files are the front desk's business")]
pub(super) fn read_text(path: &Path) -> Result<String, String> {
    let bytes = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    let bytes = bytes.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory, not a file".to_owned(),
        _ => error.to_string(),
    })?;
    String::from_utf8(bytes)
        .map_err(|error| format!("it is not UTF-8 text (byte {} is not valid)", error.utf8_error().valid_up_to() + 1))
}

/// A reader of files named in a scenario, relative to the scenario's folder.
pub(super) fn reader_beside(scenario: Option<&Path>) -> impl Fn(&str) -> Result<String, String> {
    let folder: PathBuf = scenario.and_then(Path::parent).map(Path::to_path_buf).unwrap_or_default();
    move |name| {
        let path = Path::new(name);
        // A flag names files from where the user stands; a scenario names those beside it.
        let beside = folder.join(path);
        if beside.exists() || path.is_absolute() { read_text(&beside) } else { read_text(path) }
    }
}

/// Writes a whole file, or to `out` when there is none. The file appears complete or not at all.
#[expect(clippy::disallowed_methods, reason = "files are the front desk's business")]
pub(super) fn write_all(path: Option<&Path>, bytes: &[u8], out: &mut dyn Write) -> anyhow::Result<()> {
    use anyhow::Context as _;
    match path {
        None => out.write_all(bytes).map_err(Into::into),
        Some(path) => {
            let partial = path.with_extension("partial");
            std::fs::write(&partial, bytes)
                .and_then(|()| std::fs::rename(&partial, path))
                .with_context(|| format!("could not write {}", path.display()))
        }
    }
}
