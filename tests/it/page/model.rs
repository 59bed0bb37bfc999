//! The model inside the interactive page was made from the sources beside it.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Rooms that the page has no use for.
const NOT_INSIDE: &[&str] = &[
    "autoscaling",
    "aws",
    "chart",
    "cli",
    "main.rs",
    "tune",
    "lambda_log",
    "provisioning",
    "report/break_even",
    "report/page",
    "report/tune",
    "report/figures",
    "report/pack",
    "report/provisioning",
    "report/ranges",
    "report/simulate",
    "replay",
    "simulate",
    "report/sizing",
    "sizing",
    "trace",
    "traffic",
    "uncertainty",
];
/// What else goes into it.
const BESIDE: &[&str] = &["web/Cargo.toml", "web/src/lib.rs", "pricing/regions.csv"];

#[test]
fn the_model_in_the_page_is_made_from_these_sources() {
    let stamp = root().join("src/report/page/model.sources");
    let now = format!("{}\n", fingerprint());
    // Not the variable of the other tests: only the script has made the model anew.
    if std::env::var_os("MILLICENT_MODEL_BUILT").is_some() {
        fs::write(&stamp, &now).unwrap();
    }
    assert_eq!(fs::read_to_string(&stamp).unwrap(), now, "src/report/page/model.wasm.gz is stale: web/build.sh makes it anew");
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn fingerprint() -> String {
    let mut files = Vec::new();
    collect(&root().join("src"), ".rs", &mut files);
    collect(&root().join("pricing/machines"), ".csv", &mut files);
    files.extend(BESIDE.iter().map(|file| root().join(file)));
    let mut names: Vec<String> =
        files.iter().map(|file| file.strip_prefix(root()).unwrap().to_string_lossy().into_owned()).collect();
    names.retain(|name| !NOT_INSIDE.iter().any(|room| name.strip_prefix("src/").is_some_and(|name| name.starts_with(room))));
    names.sort();
    let mut hash = Sha256::new();
    for name in names {
        hash.update(format!("{name}\n{}", code(&fs::read_to_string(root().join(&name)).unwrap())));
    }
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A source without comments and tests, which change nothing.
fn code(text: &str) -> String {
    let lines = text.lines().map(str::trim).take_while(|line| *line != "mod tests {");
    lines.filter(|line| !line.is_empty() && !line.starts_with("//")).fold(String::new(), |code, line| code + line + "\n")
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
}
