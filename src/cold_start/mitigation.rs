//! What can be done about cold starts, and what is left of them then.

use super::{ColdStartError, ColdStarts, Conditions, StartUp, checked, supports_snap_start};
use crate::note::Note;
use crate::queueing::Pings;
use crate::stats::Durations;
use crate::units::{TimeSpan, counted, decimal_from_statistic, grouped, statistic_from_decimal};

/// Something that can be done.
#[derive(Debug, Clone, PartialEq)]
pub enum Mitigation {
    /// Provisioned concurrency: environments that are always there.
    Provisioned {
        /// How many.
        units: u64,
    },
    /// Invocations that do nothing, all at once and overlapping, so that so many environments are used now and then.
    ///
    /// The environment used last is the first to be used again, so one ping after the other would meet the same one: only
    /// pings that overlap meet several. While they do, requests that need more environments than there were start cold. A busy
    /// function loses more by that than it wins; one that is seldom called wins.
    Pings {
        /// How many at once.
        environments: u64,
        /// The time between two rounds.
        interval_s: f64,
    },
    /// Cold starts restore a snapshot instead of initializing.
    SnapStart {
        /// The runtime as Lambda calls it.
        runtime: String,
        /// How long a restore takes.
        restore: Durations,
    },
    /// Fewer or later loaded dependencies: an INIT phase that takes a part of the time.
    LighterInit {
        /// The part, above 0 and up to 1.
        part: f64,
    },
}

/// What is left.
#[derive(Debug, Clone, PartialEq)]
pub struct Mitigated {
    /// What cold starts depend on now.
    pub conditions: Conditions,
    /// What they are now, without a sensitivity.
    pub cold_starts: ColdStarts,
    /// What to set on the option, as keys and values of a scenario.
    pub settings: Vec<(&'static str, String)>,
    /// Invocations of pings in a day.
    pub pings_per_day: f64,
    /// What must be known of it.
    pub notes: Vec<Note>,
}

/// A ping with less than this part of the keep-alive time to spare is likely to come too late once in a while.
const LEAST_MARGIN: f64 = 0.2;
const DAY_S: f64 = 86_400.0;
/// Tools that keep functions warm hold each environment for 75 to 100 ms, so that the next ping meets another one. Longer pings meet
/// more requests; INIT comes before it where a ping starts cold, and holds the new environment only.
pub const PING_HOLD: TimeSpan = TimeSpan::from_whole_milliseconds(100);

impl Mitigation {
    /// What is left of the cold starts when this is done as well.
    ///
    /// ```
    /// use millicent::cold_start::{ColdStarts, Conditions, Mitigation};
    /// use millicent::queueing::{KeepAlive, Traffic};
    ///
    /// let conditions = Conditions::new(Traffic::new(0.9, 1.991)?, KeepAlive::TEN_MINUTES);
    /// let expired = |units| Mitigation::Provisioned { units }.on(&conditions).map(|left| left.cold_starts.per_day.expired.round());
    /// // Five units serve 97 % of the requests, and remove no such cold start: keep-alive covered those.
    /// assert_eq!([expired(0)?, expired(5)?, expired(9)?], [103.0, 103.0, 6.0]);
    /// # Ok::<(), millicent::cold_start::ColdStartError>(())
    /// ```
    ///
    /// # Errors
    /// When it cannot be done, or would do nothing.
    pub fn on(&self, conditions: &Conditions) -> Result<Mitigated, ColdStartError> {
        let mut changed = conditions.clone();
        let (mut settings, mut notes, mut pings_per_day) = (Vec::new(), Vec::new(), 0.0);
        match self {
            Self::Provisioned { units } => {
                changed.provisioned += units;
                settings.push(("provisioned_concurrency", changed.provisioned.to_string()));
            }
            Self::Pings { environments, interval_s } => {
                notes.extend(check_pings(*interval_s, conditions.keep_alive.shortest_s())?);
                let hold_s = statistic_from_decimal(PING_HOLD.seconds());
                changed.pings = Some(Pings { servers: *environments, interval_s: *interval_s, hold_s });
                pings_per_day = *environments as f64 * DAY_S / interval_s;
            }
            Self::SnapStart { runtime, restore } => {
                check_snap_start(runtime, conditions)?;
                settings.push(("snap_start", "true".to_owned()));
                settings.push(("runtime", runtime.clone()));
                settings.push(("restore_duration", milliseconds(restore)));
                if let Some((_, start_up)) = &mut changed.durations {
                    start_up.init = restore.clone();
                }
            }
            Self::LighterInit { part } => {
                if let Some((_, start_up)) = &mut changed.durations {
                    *start_up = lighter(start_up, *part)?;
                    settings.push(("init_duration", milliseconds(&start_up.init)));
                }
            }
        }
        let cold_starts = ColdStarts::kept_as_stated(&changed)?;
        notes.extend(self.useless(changed.provisioned, &cold_starts));
        Ok(Mitigated { conditions: changed, cold_starts, settings, pings_per_day, notes })
    }

    /// What to say of environments that are kept, but would be alive anyway.
    fn useless(&self, all_kept: u64, cold_starts: &ColdStarts) -> Option<Note> {
        let Self::Provisioned { units: kept } = self else { return None };
        let peak = cold_starts.window_peak;
        (0 < *kept && all_kept < peak).then(|| {
            Note::assumption(format!(
                "keeping {} removes hardly a cold start after a pause: up to {}, the peak of a usual keep-alive time, requests keep them alive anyway",
                counted(*kept, "environment"),
                grouped(peak.into())
            ))
        })
    }
}

/// What to say of the time between pings, if anything.
fn check_pings(interval_s: f64, keep_alive_s: f64) -> Result<Option<Note>, ColdStartError> {
    checked("time between pings in seconds", interval_s, 0.0 < interval_s && interval_s.is_finite(), "above 0")?;
    if keep_alive_s <= interval_s {
        return Err(ColdStartError::PingsTooSlow { interval_s, keep_alive_s });
    }
    let is_thin = keep_alive_s * (1.0 - LEAST_MARGIN) < interval_s;
    Ok(is_thin.then(|| {
        Note::assumption(format!(
            "pings every {interval_s} s leave little margin to environments that may be dropped after {keep_alive_s} s"
        ))
    }))
}

fn check_snap_start(runtime: &str, conditions: &Conditions) -> Result<(), ColdStartError> {
    if !supports_snap_start(runtime) {
        let remedy = "it needs Java 11, Python 3.12, .NET 8 or later";
        return Err(ColdStartError::NoSnapStart { with: format!("the runtime {runtime}"), remedy });
    }
    if 0 < conditions.provisioned {
        return Err(ColdStartError::NoSnapStart { with: "provisioned concurrency".to_owned(), remedy: "use one or the other" });
    }
    Ok(())
}

fn lighter(start_up: &StartUp, part: f64) -> Result<StartUp, ColdStartError> {
    checked("part of the INIT phase that is left", part, (0.001..=1.0).contains(&part), "from 0.001 to 1")?;
    let factor = decimal_from_statistic(part, 6).unwrap_or_default();
    Ok(StartUp { init: start_up.init.scaled(factor, 1.into()), ..start_up.clone() })
}

/// The mean, as a setting says it.
fn milliseconds(durations: &Durations) -> String {
    format!("{}ms", durations.mean().milliseconds().round_dp(3).normalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queueing::{KeepAlive, Traffic};

    fn conditions(rate: f64) -> Conditions {
        let durations = ("100ms".parse().unwrap(), StartUp::of("p50=800ms,p99=2s".parse().unwrap()));
        let traffic = Traffic::new(rate, 0.1).unwrap();
        Conditions { deploys_per_day: 2.0, durations: Some(durations), ..Conditions::new(traffic, KeepAlive::CONSERVATIVE) }
    }

    fn pings(environments: u64, interval_s: f64) -> Mitigation {
        Mitigation::Pings { environments, interval_s }
    }

    #[test]
    fn pings_keep_what_is_seldom_called_warm_until_the_next_deployment() {
        let conditions = conditions(0.001);
        let before = ColdStarts::of(&conditions).unwrap();
        let pinged = pings(1, 200.0).on(&conditions).unwrap();
        let provisioned = Mitigation::Provisioned { units: 1 }.on(&conditions).unwrap();
        let left = pinged.cold_starts.per_day;
        assert!(left.expired < before.per_day.expired / 1000.0);
        // What pings keep alive is recycled, and missed until the next round: 12 times a day, for half of 200 s, by a request in
        // 1000 s.
        assert!((0.5..1.3).contains(&left.recycled) && left.pinged < 0.1, "{left:?}");
        assert!((left.deployed - before.per_day.deployed).abs() < 1e-12);
        assert!(provisioned.cold_starts.per_day.deployed < before.per_day.deployed / 10.0);
        assert!((pinged.pings_per_day - 432.0).abs() < 1e-9);
        assert_eq!(provisioned.settings, [("provisioned_concurrency", "1".to_owned())]);
    }

    #[test]
    fn pings_of_a_busy_function_add_cold_starts() {
        let conditions = Conditions { deploys_per_day: 0.0, ..conditions(100.0) };
        let before = ColdStarts::of(&conditions).unwrap().per_day;
        let left = pings(34, 240.0).on(&conditions).unwrap().cold_starts.per_day;
        assert!(left.expired < 1e-3 && before.sum() < left.sum(), "{left:?}");
    }

    #[test]
    fn pings_need_a_margin() {
        let conditions = conditions(1.0);
        assert!(pings(9, 200.0).on(&conditions).unwrap().notes.is_empty());
        assert!(pings(9, 270.0).on(&conditions).unwrap().notes[0].to_string().contains("little margin"));
        let error = pings(9, 300.0).on(&conditions).unwrap_err();
        assert!(matches!(error, ColdStartError::PingsTooSlow { .. }), "{error}");
        assert!(pings(9, 0.0).on(&conditions).is_err());
    }

    #[test]
    fn kept_environments_below_the_peak_of_the_window_are_said_to_be_useless() {
        let conditions = conditions(100.0);
        let notes = |units| Mitigation::Provisioned { units }.on(&conditions).unwrap().notes;
        assert!(notes(20)[0].to_string().contains("hardly a cold start"));
        assert!(notes(40).is_empty());
    }

    #[test]
    fn snap_start_changes_the_latency_and_not_the_number() {
        let conditions = conditions(0.01);
        let before = ColdStarts::of(&conditions).unwrap();
        let snap_start = |runtime: &str| Mitigation::SnapStart { runtime: runtime.to_owned(), restore: "200ms".parse().unwrap() };
        let after = snap_start("java21").on(&conditions).unwrap();
        assert!((after.cold_starts.per_day.expired - before.per_day.expired).abs() < 1e-12);
        assert!(after.cold_starts.latencies.unwrap().cold.p99 < before.latencies.unwrap().cold.p50);
        assert_eq!(after.settings[2], ("restore_duration", "200ms".to_owned()));
        assert!(snap_start("nodejs22.x").on(&conditions).unwrap_err().to_string().contains("needs Java 11"));
        let provisioned = Conditions { provisioned: 1, ..conditions };
        assert!(snap_start("java21").on(&provisioned).is_err());
    }

    #[test]
    fn a_lighter_init_is_shorter_by_its_part() {
        let conditions = conditions(0.01);
        let half = Mitigation::LighterInit { part: 0.5 }.on(&conditions).unwrap();
        let init = |conditions: &Conditions| conditions.durations.as_ref().unwrap().1.init.mean().milliseconds();
        assert_eq!((init(&half.conditions) / init(&conditions)).round_dp(6), crate::units::Decimal::new(5, 1));
        assert!(Mitigation::LighterInit { part: 0.0 }.on(&conditions).is_err());
    }
}
