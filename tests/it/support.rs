//! What several tests need: a scenario as text becomes an estimate, without the command.

use std::collections::BTreeMap;

use millicent::scenario::{Estimate, Flags, Scenario, ScenarioError, read_price_book, read_toml};
use millicent::settings::Origin;

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
    Scenario::read(file, Flags::none(), &book, &read_file)?.estimate(&book)
}

/// The total of one option in cents; `workload` and `option` are lines of TOML.
pub(crate) fn option_total(platform: &str, workload: &str, option: &str, free_tier: bool) -> String {
    let scenario = format!("free_tier = {free_tier}\n[workload]\n{workload}\n[[option]]\nplatform = \"{platform}\"\n{option}\n");
    estimate(&scenario).unwrap().options[0].bill.total().cents().amount().to_string()
}
