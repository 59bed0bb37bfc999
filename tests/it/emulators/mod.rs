//! `millicent tune` from end to end against emulators of AWS that were written by others: MiniStack, which runs functions and
//! checks permissions, and moto, as a second opinion on the control plane.
//!
//! The one idea: what the owner of a function sees before and after a run is asked of the emulator, never of the command.
//! `MILLICENT_EMULATORS` names the folder that tests/emulators/setup.sh made; without it every test here says that it is skipped.
//! What the emulators do otherwise than Lambda is in tests/emulators/README.md; faults on the wire are `fake_aws`'s business.

mod account;
mod server;

mod curve; // a function whose CPU follows its memory
mod misfortune; // functions that fail, runs that are stopped, limits
mod moto; // a second opinion on the control plane
mod permissions; // the published policy, action by action
mod protocol; // whole runs, and what they recommend

use std::io::Write as _;
use std::path::PathBuf;

use account::Account;
use server::Server;

/// The folder of the emulators; without it a line that says so.
fn emulators(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("MILLICENT_EMULATORS");
    if folder.is_none() {
        skipped(test, "MILLICENT_EMULATORS names no folder (tests/emulators/setup.sh makes one)");
    }
    folder.map(|folder| std::path::absolute(folder).unwrap())
}

/// Says why a test is skipped.
fn skipped(test: &str, reason: &str) {
    say(&format!("{test} is skipped: {reason}"));
}

/// Says a line on the terminal itself: what a passing test prints is not shown.
fn say(line: &str) {
    let mut terminal = std::io::stderr();
    writeln!(terminal, "{line}").unwrap();
}

/// MiniStack as an account, with updates that take a moment.
fn ministack(test: &str) -> Option<Account> {
    ministack_with(test, &[("UPDATE_SECONDS", "0.1"), ("PUBLISH_SECONDS", "0.05")])
}

/// MiniStack as an account, with variables of its own.
fn ministack_with(test: &str, variables: &[(&str, &str)]) -> Option<Account> {
    Some(Account::new(Server::ministack(&emulators(test)?, variables), "000000000000"))
}
