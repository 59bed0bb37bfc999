//! What several tests need: a scenario as text becomes an estimate, without the command; the command with another AWS.

use std::collections::BTreeMap;

use millicent::scenario::{Estimate, Flags, Scenario, ScenarioError, read_price_book, read_toml};
use millicent::settings::{Origin, Section};

/// Estimates a scenario given as TOML; it can name no files.
pub(crate) fn estimate(scenario: &str) -> Result<Estimate, ScenarioError> {
    estimate_with_files(scenario, &BTreeMap::new())
}

/// Estimates a scenario that names files (price lists, samples) by these names.
pub(crate) fn estimate_with_files(scenario: &str, files: &BTreeMap<&str, &str>) -> Result<Estimate, ScenarioError> {
    let read_file =
        |name: &str, _: &Origin| files.get(name).map(|text| (*text).to_owned()).ok_or_else(|| "no such file".to_owned());
    let mut file = read_toml("scenario.toml", scenario)?;
    let book = read_price_book(&mut file, &read_file)?;
    let none = || Section::new("flags", Origin::Flag("none".to_owned()));
    let flags = Flags { scenario: none(), workload: none(), option: none(), platforms: Vec::new() };
    Scenario::read(file, flags, &book, &read_file)?.estimate(&book)
}

/// The command `millicent`, with an endpoint as its only AWS, in `us-east-1`, and `home` as the place of its files.
#[cfg(all(feature = "cli", feature = "aws"))]
pub(crate) fn millicent(home: &std::path::Path, endpoint: &str, arguments: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_millicent"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
        command.env_remove(name);
    }
    let nothing = home.join("no-such-file");
    command
        .args(arguments)
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", &nothing)
        .env("AWS_SHARED_CREDENTIALS_FILE", &nothing)
        .env("HOME", home)
        .env("XDG_STATE_HOME", home.join("state"))
        .current_dir(home);
    command
}
