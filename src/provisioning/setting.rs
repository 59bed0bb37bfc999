//! A plan as what is set: the version it is set for, and the times at which levels change.

use super::{ProvisioningError, Window};
use crate::autoscaling::TargetTrackingPolicy;

/// A published version of a function, which provisioned concurrency is set for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    function: String,
    qualifier: String,
}

impl Target {
    /// The function by its name, and an alias or a version of it.
    ///
    /// # Errors
    /// When a name has other characters than AWS allows, or the version is the unpublished one.
    pub fn new(function: &str, qualifier: &str) -> Result<Self, ProvisioningError> {
        let is_name =
            |text: &str| !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter));
        if !is_name(function) {
            return Err(ProvisioningError::Name { what: "a function", name: function.to_owned() });
        }
        if qualifier == "$LATEST" {
            return Err(ProvisioningError::Unpublished);
        }
        if !is_name(qualifier) {
            return Err(ProvisioningError::Name { what: "an alias or version", name: qualifier.to_owned() });
        }
        Ok(Self { function: function.to_owned(), qualifier: qualifier.to_owned() })
    }

    /// The name of the function.
    #[must_use]
    pub fn function(&self) -> &str {
        &self.function
    }

    /// The alias or version.
    #[must_use]
    pub fn qualifier(&self) -> &str {
        &self.qualifier
    }
}

/// What is set.
#[derive(Debug, Clone, PartialEq)]
pub enum Setting {
    /// So many environments, always.
    Level(u64),
    /// Levels that change at fixed times.
    Schedule {
        /// The changes.
        actions: Vec<ScheduledAction>,
        /// The time zone of their times, by its IANA name; without it, UTC.
        timezone: Option<String>,
    },
    /// Target tracking. It starts from the least capacity.
    Tracking(TargetTrackingPolicy),
}

/// A change of the level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledAction {
    /// Its name, from its time.
    pub name: String,
    /// When, as AWS writes it: `cron(0 9 * * ? *)`.
    pub cron: String,
    /// The environments from then on.
    pub units: u64,
}

const HOUR_S: u32 = 3_600;
const DAY_S: u32 = 24 * HOUR_S;
/// As AWS writes them in a schedule.
const WEEKDAYS: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

/// The changes of a schedule of a day, or of a week that begins on Monday.
///
/// ```
/// # use millicent::provisioning::{Window, scheduled_actions};
/// let windows = [Window { start_s: 32_400, end_s: 64_800, units: 70 }, Window { start_s: 64_800, end_s: 32_400, units: 6 }];
/// let actions = scheduled_actions(&windows, 86_400)?;
/// assert_eq!((actions[0].cron.as_str(), actions[0].units), ("cron(0 9 * * ? *)", 70));
/// assert_eq!((actions[1].name.as_str(), actions[1].units), ("provisioned-1800", 6));
/// # Ok::<(), millicent::provisioning::ProvisioningError>(())
/// ```
///
/// # Errors
/// When the period is neither a day nor a week: nothing else repeats on a clock.
pub fn scheduled_actions(windows: &[Window], period_s: u32) -> Result<Vec<ScheduledAction>, ProvisioningError> {
    let weekly = match period_s {
        DAY_S => false,
        _ if period_s == 7 * DAY_S => true,
        _ => return Err(ProvisioningError::Period { seconds: period_s }),
    };
    let actions = windows.iter().map(|window| {
        let (hour, minute) = (window.start_s % DAY_S / HOUR_S, window.start_s % HOUR_S / 60);
        let weekday = WEEKDAYS[(window.start_s / DAY_S) as usize % WEEKDAYS.len()];
        let (days, day) = if weekly {
            (format!("? * {weekday}"), format!("{}-", weekday.to_lowercase()))
        } else {
            ("* * ?".to_owned(), String::new())
        };
        ScheduledAction {
            name: format!("provisioned-{day}{hour:02}{minute:02}"),
            cron: format!("cron({minute} {hour} {days} *)"),
            units: window.units,
        }
    });
    Ok(actions.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weeks_changes_name_their_day() {
        let window = |start_s, units| Window { start_s, end_s: 0, units };
        let actions = scheduled_actions(&[window(0, 1), window(5 * DAY_S + 8 * HOUR_S + 300, 2)], 7 * DAY_S).unwrap();
        assert_eq!(actions[0].cron, "cron(0 0 ? * MON *)");
        assert_eq!((actions[1].name.as_str(), actions[1].cron.as_str()), ("provisioned-sat-0805", "cron(5 8 ? * SAT *)"));
        assert!(scheduled_actions(&[window(0, 1)], HOUR_S).is_err());
    }

    #[test]
    fn only_a_published_version_can_be_set() {
        assert!(Target::new("orders", "live").is_ok());
        let unpublished = Target::new("orders", "$LATEST").unwrap_err().to_string();
        assert_eq!(
            unpublished,
            "provisioned concurrency cannot be set on $LATEST (publish a version and give it or an alias of it)"
        );
        for (function, qualifier) in
            [("", "live"), ("orders; true", "live"), ("orders", "li ve"), ("orders", ""), ("ord\"ers", "1")]
        {
            assert!(Target::new(function, qualifier).is_err(), "{function} {qualifier}");
        }
    }
}
