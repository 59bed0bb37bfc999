//! The documents' claims, recomputed: what five articles about serverless computing state, and what the model says.
//!
//! `cargo run --example documents-study` writes `reports/documents/README.md`; with `-- --stdout` it prints the page instead.
//!
//! A claim is data ([`claims`]): a quote, a judgement, and a function that asks the model. The model is asked in one way
//! only ([`runs`]): a scenario file of `scenarios/` with settings laid over it, which is also a command line. No result on the
//! page is typed in; the integration tests compare the page with this program byte by byte.

pub(crate) mod claims;
pub(crate) mod limits;
pub(crate) mod numbers;
mod page;
mod runs;
mod words;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

pub(crate) use self::page::render;

#[expect(clippy::print_stderr, reason = "a command says what went wrong")]
fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes the page to its file, or prints it.
#[expect(clippy::disallowed_methods, reason = "this is a command with an argument and an output file, not the model")]
fn run() -> io::Result<()> {
    match std::env::args().nth(1).as_deref() {
        None => std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/documents/README.md"), render()),
        Some("--stdout") => io::stdout().write_all(render().as_bytes()),
        Some(other) => Err(io::Error::other(format!("unknown argument {other:?} (give none, or --stdout)"))),
    }
}
