//! How a scenario is replayed: for how long, with which events, with which reserves.

use crate::autoscaling::{TargetTracking, TargetTrackingPolicy};
use crate::queueing::KeepAlive;
use crate::replay::{ALLOCATION_S, Function, Levels, Pings, Provisioned, StartLimit};
use crate::settings::{Found, Key, Section, SettingError, origin, refuse_without};
use crate::units::{Count, Decimal, Month, Rate, Share, TimeSpan, statistic_from_decimal};

/// The longest replay: a year.
const LONGEST_S: f64 = 366.0 * DAY_S;
const DAY_S: f64 = 86_400.0;
const HOUR_S: f64 = 3600.0;
/// So many calls tell a cold share of a thousandth to within a few percent.
const ENOUGH_CALLS: f64 = 2e6;
/// More calls than that take minutes, and tell no more.
const MOST_CALLS: f64 = 2e9;
/// A month of days is long enough for a default.
const DEFAULT_MOST_DAYS: f64 = 30.0;
const PING_INTERVAL_S: f64 = 300.0;
/// Tools that keep functions warm hold each environment for so long, so that the next ping meets another one.
const PING_HOLD_S: f64 = 0.1;
const MOST_PINGS: u32 = 10_000;
const MOST_CONCURRENCY: u32 = 10_000_000;

/// How a scenario is replayed.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How much time is replayed; the traffic decides when nobody does.
    pub horizon_s: Option<f64>,
    /// Of everything that is drawn.
    pub seed: u64,
    /// Calls in progress on a function, at most.
    pub reserved: Option<u64>,
    /// How long environments live, busy or idle.
    pub lifetime_s: Option<f64>,
    /// Seconds between deployments.
    pub deploys_every_s: Option<f64>,
    /// Calls that keep environments warm.
    pub pings: Option<Pings>,
    /// Provisioned units by a schedule or a target, instead of the option's constant number.
    pub provisioned: Option<Provisioned>,
    /// Whether the speed at which environments may be started is limited.
    pub starts_limited: bool,
    /// How long an instance takes to start; the platform decides when nobody does.
    pub start_s: Option<f64>,
}

impl Settings {
    /// The keys of `[simulate]`, which are also flags.
    pub const KEYS: &'static [Key] = &[
        Key {
            name: "lasts",
            value: "TIME",
            help: "How much time is replayed [default: 1 to 30 days, for two million calls; less for more than two billion]; of a trace, how long was recorded [default: from its first start to its last]",
        },
        Key {
            name: "seed",
            value: "N",
            help: "The seed of everything that is drawn: the same seed gives the same output [default: 1]",
        },
        Key { name: "reserved_concurrency", value: "N", help: "Calls of a function in progress, at most [default: no limit]" },
        Key {
            name: "environment_lifetime",
            value: "TIME",
            help: "How long a function's environments live, even when busy [default: for ever]",
        },
        Key {
            name: "deploys",
            value: "RATE",
            help: "Deployments, each of which starts without environments: 12/day [default: none]",
        },
        Key {
            name: "pings",
            value: "N",
            help: "Environments of a function that are kept warm by as many calls at once [default: 0]",
        },
        Key { name: "ping_interval", value: "TIME", help: "Time between these calls [default: 5min]" },
        Key { name: "provisioned_schedule", value: "LIST", help: "Provisioned units by the hour of the day: 0=6,9=70,18=22" },
        Key {
            name: "provisioned_target",
            value: "SHARE",
            help: "Provisioned units by target tracking of their use, 0.1 to 0.9 (AWS: 0.7)",
        },
        Key { name: "min_provisioned", value: "N", help: "With a target: units, at least [default: 1]" },
        Key { name: "max_provisioned", value: "N", help: "With a target: units, at most [default: 1000]" },
        Key { name: "start_limit", value: "BOOL", help: "Limit the start of environments to 1,000 every 10 s [default: true]" },
        Key { name: "start_time", value: "TIME", help: "How long an instance takes to start [default: by platform]" },
    ];

    /// Reads the settings.
    ///
    /// # Errors
    /// When a key is malformed, unknown or contradicts another.
    pub fn read(section: &mut Section, month: Month) -> Result<Self, SettingError> {
        let horizon = section.quantity::<TimeSpan>("lasts")?;
        if let Some(found) = horizon.as_ref().filter(|found| !(1.0..=LONGEST_S).contains(&seconds(found.value))) {
            return Err(SettingError::other(&found.at, format!("`lasts` is {} (write 1s to 366 days)", found.value)));
        }
        let deploys = section.quantity::<Rate>("deploys")?.map(|found| statistic_from_decimal(found.value.per_month(month)));
        let span = |section: &mut Section, key| -> Result<Option<f64>, SettingError> {
            Ok(section.quantity::<TimeSpan>(key)?.map(|found| seconds(found.value)))
        };
        Ok(Self {
            horizon_s: horizon.map(|found| seconds(found.value)),
            seed: whole(section, "seed", 0..=u32::MAX)?.unwrap_or(1),
            reserved: whole(section, "reserved_concurrency", 0..=MOST_CONCURRENCY)?,
            lifetime_s: span(section, "environment_lifetime")?.filter(|lifetime_s| 0.0 < *lifetime_s),
            deploys_every_s: deploys.filter(|count| 0.0 < *count).map(|count| statistic_from_decimal(month.seconds()) / count),
            pings: read_pings(section)?,
            provisioned: read_provisioned(section)?,
            starts_limited: section.flag("start_limit")?.unwrap_or(true),
            start_s: span(section, "start_time")?,
        })
    }

    /// How much time is replayed of traffic with this mean rate: whole days, enough for two million calls, at most 30; of
    /// traffic that has two billion calls in less than a day, so much.
    #[must_use]
    pub fn horizon_for(&self, mean_per_s: f64) -> f64 {
        let days_s = || (ENOUGH_CALLS / mean_per_s / DAY_S).ceil().clamp(1.0, DEFAULT_MOST_DAYS) * DAY_S;
        self.horizon_s.unwrap_or_else(|| days_s().min(MOST_CALLS / mean_per_s))
    }

    /// A function with its option's keep-alive time and constant units, under these settings.
    #[must_use]
    pub fn function(&self, keep_alive: KeepAlive, units: u64) -> Function {
        Function {
            lifetime_s: self.lifetime_s,
            reserved: self.reserved,
            start_limit: self.starts_limited.then_some(StartLimit::LAMBDA),
            provisioned: self.provisioned.clone().or_else(|| (0 < units).then(|| Provisioned::constant(units))),
            pings: self.pings,
            deploys_every_s: self.deploys_every_s,
            ..Function::plain(keep_alive)
        }
    }
}

fn seconds(span: TimeSpan) -> f64 {
    statistic_from_decimal(span.seconds())
}

fn whole(section: &mut Section, key: &'static str, range: std::ops::RangeInclusive<u32>) -> Result<Option<u64>, SettingError> {
    let found = section.whole_number(key, range)?;
    Ok(found.map(|found| statistic_from_decimal(found.value) as u64))
}

fn read_pings(section: &mut Section) -> Result<Option<Pings>, SettingError> {
    let environments = section.whole_number("pings", 0..=MOST_PINGS)?;
    let interval = section.quantity::<TimeSpan>("ping_interval")?;
    let Some(environments) = environments.filter(|found| !found.value.is_zero()) else {
        return refuse_without("`pings` above 0", &[origin(&interval)]).map(|()| None);
    };
    if let Some(none) = interval.as_ref().filter(|interval| seconds(interval.value) < 1.0) {
        return Err(SettingError::other(&none.at, format!("`ping_interval` is {} (write 1s or more)", none.value)));
    }
    Ok(Some(Pings {
        every_s: interval.map_or(PING_INTERVAL_S, |found| seconds(found.value)),
        environments: statistic_from_decimal(environments.value) as u32,
        hold_s: PING_HOLD_S,
    }))
}

fn read_target(section: &mut Section, key: &'static str) -> Result<Option<Found<f64>>, SettingError> {
    let Some(Found { value, at }) = section.quantity::<Share>(key)? else { return Ok(None) };
    let target = statistic_from_decimal(value.get());
    // Application Auto Scaling takes no other for provisioned concurrency (AWS Lambda developer guide, 2026).
    if (0.1..=0.9).contains(&target) {
        return Ok(Some(Found { value: target, at }));
    }
    Err(SettingError::other(&at, format!("`{key}` is {} (write 0.1 to 0.9)", value.get().normalize())))
}

fn read_provisioned(section: &mut Section) -> Result<Option<Provisioned>, SettingError> {
    let schedule = section.text("provisioned_schedule")?;
    let target = read_target(section, "provisioned_target")?;
    let least = section.whole_number("min_provisioned", 1..=MOST_CONCURRENCY)?;
    let most = section.whole_number("max_provisioned", 1..=MOST_CONCURRENCY)?;
    let levels = match (schedule, target) {
        (Some(_), Some(target)) => {
            let problem = "give either `provisioned_schedule` or `provisioned_target`, not both";
            return Err(SettingError::other(&target.at, problem));
        }
        (None, Some(target)) => {
            let number = |found: Option<Found<Decimal>>, default: u64| {
                found.map_or(default, |found| statistic_from_decimal(found.value) as u64)
            };
            let least = number(least, 1);
            let policy = TargetTrackingPolicy::without_cooldown(target.value, least, number(most, 1000));
            let tracking = TargetTracking::new(policy, least)
                .map_err(|problem| SettingError::other(&target.at, format!("`provisioned_target`: {problem}")))?;
            Levels::Tracked(tracking)
        }
        (schedule, None) => {
            refuse_without("`provisioned_target`", &[origin(&least), origin(&most)])?;
            let Some(schedule) = schedule else { return Ok(None) };
            let steps = read_schedule(&schedule.value).map_err(|problem| SettingError::other(&schedule.at, problem))?;
            Levels::Schedule { period_s: DAY_S, steps }
        }
    };
    Ok(Some(Provisioned { levels, allocation_s: ALLOCATION_S }))
}

/// Units by the hour of the day, in order.
fn read_schedule(text: &str) -> Result<Vec<(f64, u64)>, String> {
    let mut steps: Vec<(f64, u64)> = Vec::new();
    for part in text.split(',') {
        let wrong =
            |why: &str| format!("`provisioned_schedule`: {:?} {why} (write HOUR=UNITS, such as 0=6,9=70,18=22)", part.trim());
        let (hour, units) = part.split_once('=').ok_or_else(|| wrong("is not HOUR=UNITS"))?;
        let number = |text: &str| text.trim().parse::<Count>().map(|count| statistic_from_decimal(count.get()));
        let hour =
            number(hour).ok().filter(|hour| (0.0..24.0).contains(hour)).ok_or_else(|| wrong("has no hour from 0 to 24"))?;
        let units = number(units)
            .ok()
            .filter(|units| units.fract() <= 0.0 && *units <= f64::from(MOST_CONCURRENCY))
            .ok_or_else(|| wrong("has no whole number of units"))?;
        if steps.last().is_some_and(|(before_s, _)| hour * HOUR_S <= *before_s) {
            return Err(wrong("does not come after the hour before it"));
        }
        steps.push((hour * HOUR_S, units as u64));
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Origin, Value};

    fn read(pairs: &[(&str, &str)]) -> Result<Settings, String> {
        let mut section = Section::new("[simulate]", Origin::CommandLine);
        for (key, value) in pairs {
            section.set(*key, Value::Text((*value).to_owned()), Origin::CommandLine);
        }
        Settings::read(&mut section, Month::STANDARD).map_err(|problem| problem.to_string())
    }

    #[test]
    fn nothing_stated_is_a_plain_function_with_the_limit_of_starts() {
        let settings = read(&[]).unwrap();
        let function = settings.function(KeepAlive::TEN_MINUTES, 0);
        assert_eq!(function.start_limit, Some(StartLimit::LAMBDA));
        assert!(function.provisioned.is_none() && function.pings.is_none());
        // 0.9 a second for two million calls: 26 days.
        assert!((settings.horizon_for(0.9) / DAY_S - 26.0).abs() < 1e-9);
        assert!((settings.horizon_for(1000.0) / DAY_S - 1.0).abs() < 1e-9);
        assert!((settings.horizon_for(1e6) - 2000.0).abs() < 1e-9 && (settings.horizon_for(0.0) / DAY_S - 30.0).abs() < 1e-9);
    }

    #[test]
    fn a_schedule_is_read_by_the_hour() {
        let settings = read(&[("provisioned_schedule", "0=6, 9=70,18=22")]).unwrap();
        let Levels::Schedule { steps, .. } = settings.provisioned.unwrap().levels else { panic!() };
        assert_eq!(
            steps.iter().map(|(from_s, units)| (*from_s as u64, *units)).collect::<Vec<_>>(),
            [(0, 6), (32_400, 70), (64_800, 22)]
        );
        for wrong in ["9", "25=1", "9=1.5", "9=1,8=2", "a=b"] {
            assert!(read(&[("provisioned_schedule", wrong)]).unwrap_err().contains("provisioned_schedule"), "{wrong}");
        }
    }

    #[test]
    fn what_contradicts_is_refused() {
        for wrong in [
            &[("provisioned_schedule", "0=1"), ("provisioned_target", "0.7")][..],
            &[("ping_interval", "5min")],
            &[("min_provisioned", "5")],
            &[("lasts", "400days")],
            &[("provisioned_target", "0.91")],
            &[("provisioned_target", "0.09")],
        ] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
        assert!(read(&[("provisioned_target", "0.9")]).is_ok());
        let twelve = read(&[("deploys", "12/day")]).unwrap();
        assert!((twelve.deploys_every_s.unwrap() - 7200.0).abs() < 1.0);
    }
}
