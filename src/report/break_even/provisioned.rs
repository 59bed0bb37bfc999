//! The rule for provisioned concurrency, in every format.

use std::io::{self, Write};

use crate::break_even::ProvisionedRule;
#[cfg(feature = "cli")]
use crate::report::json::number;
#[cfg(feature = "cli")]
use crate::report::table::text_table;
#[cfg(feature = "cli")]
use crate::report::tune::wrapped;
use crate::report::words::short;
use crate::units::{Decimal, Share};
use crate::usage::Region;

/// The JSON schema of the rule.
#[cfg(feature = "cli")]
pub const PROVISIONED_SCHEMA: &str = include_str!("provisioned.schema.json");

const HEADER: [&str; 6] = ["architecture", "GB-seconds a month", "on demand", "kept ready", "duration there", "pays from"];

const RULE: &str = "Keep one more unit if it would be busy for at least u* = p_pc / (p_od − p_pcdur) of the time it is kept; \
    memory cancels. The use of that last unit counts, not the mean of all.";

/// Writes the rule as a table.
///
/// # Errors
/// When `out` cannot be written.
#[cfg(feature = "cli")]
pub fn write_provisioned(rules: &[ProvisionedRule], region: &Region, width: u16, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n", wrapped(&sentence(region), width))?;
    let rows = rules.iter().map(|rule| Vec::from(row(rule))).collect();
    writeln!(out, "{}", text_table(&HEADER, &[2, 3, 4, 5], rows, Some(width)))
}

/// Writes the rule as Markdown.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_provisioned_markdown(rules: &[ProvisionedRule], region: &Region, out: &mut dyn Write) -> io::Result<()> {
    let sentence = sentence(region).replace('*', "\\*").replace('_', "\\_");
    writeln!(out, "{sentence}\n\n| {} |\n|---|---|---:|---:|---:|---:|", HEADER.join(" | "))?;
    rules.iter().try_for_each(|rule| writeln!(out, "| {} |", row(rule).join(" | ").replace('_', "\\_")))
}

/// Writes the rule as CSV.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_provisioned_csv(rules: &[ProvisionedRule], region: &Region, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record([
        "region",
        "architecture",
        "tier_from",
        "tier_to",
        "on_demand_usd",
        "provisioned_usd",
        "provisioned_duration_usd",
        "utilization",
    ])?;
    for rule in rules {
        let digits = |number: Decimal| number.normalize().to_string();
        writer.write_record([
            region.code(),
            rule.architecture,
            &digits(rule.tier_from),
            &rule.tier_to.map_or_else(|| "inf".to_owned(), digits),
            &digits(rule.on_demand),
            &digits(rule.provisioned),
            &digits(rule.provisioned_duration),
            &rule.utilization.map_or_else(|| "never".to_owned(), |share| digits(share.round_dp(9))),
        ])?;
    }
    writer.flush()
}

/// Writes the rule as JSON.
///
/// # Errors
/// When `out` cannot be written.
#[cfg(feature = "cli")]
pub fn write_provisioned_json(rules: &[ProvisionedRule], region: &Region, out: &mut dyn Write) -> io::Result<()> {
    let tier = |rule: &ProvisionedRule| {
        serde_json::json!({
            "architecture": rule.architecture,
            "tier_from": number(rule.tier_from),
            "tier_to": rule.tier_to.map(number),
            "on_demand_usd": number(rule.on_demand),
            "provisioned_usd": number(rule.provisioned),
            "provisioned_duration_usd": number(rule.provisioned_duration),
            "utilization": rule.utilization.map(|share| number(share.round_dp(9))),
            "most_saved": number(rule.most_saved.round_dp(9)),
        })
    };
    let tiers: Vec<serde_json::Value> = rules.iter().map(tier).collect();
    let json = serde_json::json!({ "schema": "millicent/provisioned-break-even/1", "region": region.code(), "tiers": tiers });
    serde_json::to_writer_pretty(&mut *out, &json)?;
    writeln!(out)
}

fn sentence(region: &Region) -> String {
    format!("Provisioned concurrency against on demand in {region}. {RULE}")
}

fn row(rule: &ProvisionedRule) -> [String; 6] {
    let tier = match rule.tier_to {
        Some(to) if rule.tier_from.is_zero() => format!("first {}", short(to)),
        Some(to) => format!("{} to {}", short(rule.tier_from), short(to)),
        None if rule.tier_from.is_zero() => "all".to_owned(),
        None => format!("over {}", short(rule.tier_from)),
    };
    let share = |share: Decimal| share.round_dp(5).to_string().parse::<Share>().map(Share::percent).unwrap_or_default();
    [
        rule.architecture.to_owned(),
        tier,
        rule.on_demand.normalize().to_string(),
        rule.provisioned.normalize().to_string(),
        rule.provisioned_duration.normalize().to_string(),
        rule.utilization.map_or_else(|| "never".to_owned(), share),
    ]
}
