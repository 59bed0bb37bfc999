//! The only room that reads and writes files.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use flate2::bufread::MultiGzDecoder;
use millicent::settings::Origin;

/// Reads a text; `-` is standard input. The error says what is wrong, not where.
#[expect(clippy::disallowed_methods, reason = "files are the front desk's business")]
pub(super) fn read_text(path: &Path) -> Result<String, String> {
    let bytes = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    let bytes = bytes.map_err(|error| reason(&error))?;
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

/// Opens a trace for reading line by line; `-` is standard input. A compressed one, whatever its name, is decompressed on the
/// way: gzip begins with the two bytes 1f 8b (RFC 1952), which no text does. The error says what is wrong, not where.
#[expect(clippy::disallowed_methods, reason = "files are the front desk's business")]
#[cfg_attr(not(test), expect(dead_code, reason = "the command that simulates is not there yet"))]
pub(super) fn open_trace(path: &Path) -> Result<Box<dyn BufRead + Send>, String> {
    let source: Box<dyn Read + Send> = if path.as_os_str() == "-" {
        Box::new(io::stdin())
    } else {
        let file = std::fs::File::open(path).map_err(|error| reason(&error))?;
        if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
            return Err(reason(&io::ErrorKind::IsADirectory.into()));
        }
        Box::new(file)
    };
    let mut source = BufReader::with_capacity(CHUNK, source);
    // A first read may give a single byte of a pipe, which is too few to tell: then the rest of it is put behind that byte.
    let mut first = [0; 2];
    let mut known = 0;
    while known < first.len() {
        match source.read(&mut first[known..]).map_err(|error| reason(&error))? {
            0 => break,
            read => known += read,
        }
    }
    let whole = io::Cursor::new(first).take(known as u64).chain(source);
    if first == [0x1F, 0x8B] {
        return Ok(Box::new(BufReader::with_capacity(CHUNK, MultiGzDecoder::new(whole))));
    }
    Ok(Box::new(whole))
}

/// How much of a trace is read at once.
const CHUNK: usize = 1 << 18;

/// What is wrong with a file.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory, not a file".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_may_be_compressed_whatever_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let text = "timestamp,duration\n1,2\n";
        // Two members one after the other, as `cat a.gz b.gz` makes them.
        let member = |text: &str| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(text.as_bytes()).unwrap();
            encoder.finish().unwrap()
        };
        let compressed = [member(&text[..10]), member(&text[10..])].concat();
        for (bytes, expected) in [(text.as_bytes(), text), (&compressed, text), (b"1", "1"), (b"", "")] {
            let path = folder.path().join("trace.csv");
            write_all(Some(&path), bytes, &mut io::sink()).unwrap();
            let mut read = String::new();
            open_trace(&path).unwrap().read_to_string(&mut read).unwrap();
            assert_eq!(read, expected);
        }
        assert_eq!(open_trace(&folder.path().join("none.csv")).err(), Some("no such file".to_owned()));
        assert_eq!(open_trace(folder.path()).err(), Some("it is a directory, not a file".to_owned()));
    }
}
