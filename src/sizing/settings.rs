//! With which assumptions a scenario is sized.

use super::SizingError;
use crate::cold_start::{LAMBDA_CONCURRENCY, LIFETIME_S, Package};
use crate::settings::{Found, Key, Origin, Section, SettingError, origin, together};
use crate::units::{Budget, Count, Decimal, Month, Rate, Share, TimeSpan, Usd, statistic_from_decimal};

/// How the requests of an hour arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrivals {
    /// At random, at the rate of the hour.
    Random,
    /// Evenly: as many run at once as the mean of the hour.
    Steady,
}

/// What requests do to a database, and what it allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatabaseLimit {
    /// How long a request holds a connection.
    pub time: TimeSpan,
    /// The most connections that the database allows.
    pub connections: u32,
}

/// With which assumptions a scenario is sized.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The variance of the number of requests in progress as a multiple of its mean; 1 for random arrivals.
    pub peakedness: f64,
    /// Inside an hour.
    pub arrivals: Arrivals,
    /// Concurrent executions that the account has in a region.
    pub account_concurrency: u32,
    /// Deployments a day.
    pub deploys_per_day: f64,
    /// How long an environment lives at most.
    pub environment_lifetime_s: f64,
    /// The share of recycled environments that Lambda replaces before a request needs one.
    pub proactive_share: f64,
    /// How many times as long an INIT phase takes as one without dependencies.
    pub dependencies: f64,
    /// How functions are packaged.
    pub package: Package,
    /// What an avoided cold start is worth.
    pub cold_start_value: Option<Usd>,
    /// The time between two rounds of pings, where it was stated.
    pub ping_interval: Option<(f64, Origin)>,
    /// How long the restore of a snapshot takes.
    pub snap_start_restore: TimeSpan,
    /// Whether that was stated.
    pub restore_stated: bool,
    /// The part of an INIT phase that is left with fewer dependencies.
    pub lighter_init: f64,
    /// The database behind it.
    pub database: Option<DatabaseLimit>,
}

/// AWS says that a restore is typically below a second, and publishes no measurement.
const RESTORE: TimeSpan = TimeSpan::from_whole_milliseconds(400);
const DAY_S: f64 = 86_400.0;
const MOST_CONCURRENCY: u32 = 10_000_000;

impl Default for Settings {
    fn default() -> Self {
        Self {
            peakedness: 1.0,
            arrivals: Arrivals::Random,
            account_concurrency: LAMBDA_CONCURRENCY,
            deploys_per_day: 0.0,
            environment_lifetime_s: LIFETIME_S,
            proactive_share: 0.0,
            dependencies: 1.0,
            package: Package::Zip,
            cold_start_value: None,
            ping_interval: None,
            snap_start_restore: RESTORE,
            restore_stated: false,
            lighter_init: 0.5,
            database: None,
        }
    }
}

impl Settings {
    /// The keys of `[size]`, which are also flags.
    pub const KEYS: &'static [Key] = &[
        Key {
            name: "peakedness",
            value: "N",
            help: "Variance of the requests in progress as a multiple of their mean, 1 to 1000 [default: 1, random arrivals]",
        },
        Key { name: "arrivals", value: "NAME", help: "Inside an hour: random or steady [default: random]" },
        Key {
            name: "account_concurrency",
            value: "N",
            help: "Concurrent Lambda executions of the account in the region [default: 1000]",
        },
        Key {
            name: "deploys",
            value: "RATE",
            help: "Deployments, each of which starts without environments: 12/day [default: none]",
        },
        Key { name: "environment_lifetime", value: "TIME", help: "How long an environment lives, even when busy [default: 2h]" },
        Key {
            name: "proactive_share",
            value: "SHARE",
            help: "Share of those that Lambda replaces before a request needs one [default: 0]",
        },
        Key {
            name: "dependencies",
            value: "N",
            help: "With a runtime: its INIT phase is so many times as long as without dependencies; 5 to 10 with many [default: 1]",
        },
        Key { name: "package", value: "NAME", help: "With a runtime: zip or image [default: zip]" },
        Key {
            name: "cold_start_value",
            value: "USD",
            help: "What an avoided cold start is worth, such as 0.001 [default: nothing]",
        },
        Key {
            name: "ping_interval",
            value: "TIME",
            help: "Time between two rounds of pings [default: four fifths of the shortest keep-alive time]",
        },
        Key { name: "snap_start_restore", value: "TIME", help: "How long the restore of a snapshot takes [default: 400ms]" },
        Key {
            name: "lighter_init",
            value: "SHARE",
            help: "Part of the INIT phase that is left with fewer dependencies [default: 50%]",
        },
        Key { name: "database_time", value: "TIME", help: "How long a request holds a connection to the database" },
        Key { name: "database_connections", value: "N", help: "Connections that the database allows" },
    ];

    /// Reads the settings.
    ///
    /// # Errors
    /// When a key is malformed, unknown or contradicts another.
    pub fn read(mut section: Section, month: Month) -> Result<Self, SizingError> {
        let usual = Self::default();
        let deploys = section.quantity::<Rate>("deploys")?;
        let per_day = |rate: Rate| statistic_from_decimal(rate.per_month(month) / month.seconds()) * DAY_S;
        let whole = section.whole_number("account_concurrency", 1..=MOST_CONCURRENCY)?;
        let lifetime = section.quantity::<TimeSpan>("environment_lifetime")?;
        let value = section.text("cold_start_value")?.map(|found| read_value(&found, month)).transpose()?;
        let restore = section.quantity::<TimeSpan>("snap_start_restore")?;
        let settings = Self {
            peakedness: read_within(&mut section, "peakedness", 1, 1000)?.unwrap_or(usual.peakedness),
            arrivals: section
                .choice("arrivals", &[("random", Arrivals::Random), ("steady", Arrivals::Steady)])?
                .map_or(usual.arrivals, |found| found.value),
            account_concurrency: whole.map_or(usual.account_concurrency, |found| statistic_from_decimal(found.value) as u32),
            deploys_per_day: deploys.map_or(usual.deploys_per_day, |found| per_day(found.value)),
            environment_lifetime_s: lifetime.map_or(usual.environment_lifetime_s, |found| seconds(found.value)),
            proactive_share: share(&mut section, "proactive_share")?.unwrap_or(usual.proactive_share),
            dependencies: read_within(&mut section, "dependencies", 1, 1000)?.unwrap_or(usual.dependencies),
            package: section
                .choice("package", &[("zip", Package::Zip), ("image", Package::Image)])?
                .map_or(usual.package, |found| found.value),
            cold_start_value: value,
            ping_interval: section.quantity::<TimeSpan>("ping_interval")?.map(|found| (seconds(found.value), found.at)),
            restore_stated: restore.is_some(),
            snap_start_restore: restore.map_or(usual.snap_start_restore, |found| found.value),
            lighter_init: share(&mut section, "lighter_init")?.unwrap_or(usual.lighter_init),
            database: read_database(&mut section)?,
        };
        section.finish()?;
        Ok(settings)
    }
}

fn seconds(span: TimeSpan) -> f64 {
    statistic_from_decimal(span.seconds())
}

fn share(section: &mut Section, key: &'static str) -> Result<Option<f64>, SettingError> {
    Ok(section.quantity::<Share>(key)?.map(|found| statistic_from_decimal(found.value.get())))
}

fn read_within(section: &mut Section, key: &'static str, least: u32, most: u32) -> Result<Option<f64>, SettingError> {
    let Some(Found { value, at }) = section.quantity::<Count>(key)? else { return Ok(None) };
    if Decimal::from(least) <= value.get() && value.get() <= Decimal::from(most) {
        return Ok(Some(statistic_from_decimal(value.get())));
    }
    Err(SettingError::other(&at, format!("`{key}` is {value} (write a number from {least} to {most})")))
}

/// An amount of dollars, written as a budget without its period.
fn read_value(found: &Found<String>, month: Month) -> Result<Usd, SettingError> {
    let budget = format!("{}/month", found.value).parse::<Budget>();
    let wrong = |_| SettingError::other(&found.at, format!("`cold_start_value` is {:?} (write dollars: 0.001)", found.value));
    Ok(budget.map_err(wrong)?.per_month(month))
}

fn read_database(section: &mut Section) -> Result<Option<DatabaseLimit>, SettingError> {
    let time = section.quantity::<TimeSpan>("database_time")?;
    let connections = section.whole_number("database_connections", 1..=MOST_CONCURRENCY)?;
    together(("database_time", origin(&time)), ("database_connections", origin(&connections)))?;
    if let Some(zero) = time.as_ref().filter(|found| found.value.is_zero()) {
        return Err(SettingError::other(&zero.at, "`database_time` is zero (a request that holds no connection needs none)"));
    }
    let both = time.zip(connections);
    Ok(both.map(|(time, connections)| DatabaseLimit {
        time: time.value,
        connections: statistic_from_decimal(connections.value) as u32,
    }))
}
