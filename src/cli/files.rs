//! The only room that reads and writes files.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use flate2::bufread::MultiGzDecoder;
use millicent::settings::Origin;

/// Bytes of a trace that are read at once.
const TRACE_BUFFER: usize = 1 << 18;
/// The first bytes of a gzip file (RFC 1952).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

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

/// A reader of the files that settings name: a scenario names files beside itself, a flag from where the user stands.
pub(super) fn reader_beside(scenario: Option<&Path>) -> impl Fn(&str, &Origin) -> Result<String, String> + use<> {
    let folder: PathBuf = scenario.and_then(Path::parent).map(Path::to_path_buf).unwrap_or_default();
    move |name, at| match at {
        Origin::File { .. } => read_text(&folder.join(name)),
        Origin::Flag(_) | Origin::CommandLine => read_text(Path::new(name)),
    }
}

/// Writes a whole file, or to `out` when there is none.
///
/// A file that is new or an ordinary one appears complete or not at all; anything else (a link, a pipe, a device) is written
/// to as it is.
#[expect(clippy::disallowed_methods, reason = "files are the front desk's business")]
pub(super) fn write_all(path: Option<&Path>, bytes: &[u8], out: &mut dyn Write) -> anyhow::Result<()> {
    let Some(path) = path else { return out.write_all(bytes).map_err(Into::into) };
    let written = match std::fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => write_beside(path, bytes, Some(metadata.permissions())),
        Ok(_) => std::fs::write(path, bytes),
        Err(_) => write_beside(path, bytes, None),
    };
    written.with_context(|| format!("could not write {}", path.display()))
}

/// Writes to a new file in the same folder, then gives it the name.
#[expect(clippy::disallowed_methods, reason = "files are the front desk's business")]
fn write_beside(path: &Path, bytes: &[u8], permissions: Option<std::fs::Permissions>) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let partial = path.with_file_name(format!(".{name}.{}.partial", std::process::id()));
    let written = std::fs::write(&partial, bytes)
        .and_then(|()| permissions.map_or(Ok(()), |permissions| std::fs::set_permissions(&partial, permissions)))
        .and_then(|()| std::fs::rename(&partial, path));
    if written.is_err() {
        // What could not be finished is not left behind; the first error is the one to report.
        let _ = std::fs::remove_file(&partial);
    }
    written
}

/// Opens a trace to be read line by line; `-` is standard input. What starts as gzip does is decompressed.
#[expect(clippy::disallowed_methods, reason = "files are the front desk's business")]
pub(super) fn open_trace(path: &Path) -> io::Result<Box<dyn BufRead + Send>> {
    let source: Box<dyn Read + Send> =
        if path.as_os_str() == "-" { Box::new(io::stdin()) } else { Box::new(std::fs::File::open(path)?) };
    let mut source = BufReader::with_capacity(TRACE_BUFFER, source);
    let is_gzip = source.fill_buf()?.starts_with(&GZIP_MAGIC);
    Ok(if is_gzip {
        Box::new(BufReader::with_capacity(TRACE_BUFFER, MultiGzDecoder::new(source)))
    } else {
        Box::new(source)
    })
}
