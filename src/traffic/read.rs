//! The settings of a pattern.

use super::{BurstTiming, Bursts, Pattern, Spike, TrafficError};
use crate::settings::{Found, Key, Section, SettingError, refuse_without, value_or};
use crate::units::{Count, Month, TimeSpan, statistic_from_decimal};
use crate::workload::{HourlyProfile, Workload};

/// The shapes by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Constant,
    Poisson,
    Hourly,
    Diurnal,
    Bursts(BurstTiming),
}

const SHAPES: [(&str, Shape); 7] = [
    ("constant", Shape::Constant),
    ("poisson", Shape::Poisson),
    ("hourly", Shape::Hourly),
    ("diurnal", Shape::Diurnal),
    ("bursts", Shape::Bursts(BurstTiming::Regular)),
    ("random_bursts", Shape::Bursts(BurstTiming::RandomStart)),
    ("mmpp", Shape::Bursts(BurstTiming::Random)),
];

/// The day of a public cloud has about twice the load of its night (Azure Functions 2019, whole fleet).
const PEAK_TO_TROUGH: f64 = 2.0;
const PEAK_HOUR: f64 = 14.0;

impl Pattern {
    /// The keys of `[traffic]`, which are also flags.
    pub const KEYS: &'static [Key] = &[
        Key {
            name: "pattern",
            value: "NAME",
            help: "constant (a clock), poisson, hourly (the workload's profile), diurnal, bursts, random_bursts or mmpp [default: hourly with a profile, else poisson]",
        },
        Key {
            name: "arrival_cv",
            value: "N",
            help: "Coefficient of variation of the times between requests: 0 a clock, 1 independent, more for clusters, up to 30 [default: 1]",
        },
        Key { name: "peak_to_trough", value: "N", help: "diurnal: the highest rate as a multiple of the lowest [default: 2]" },
        Key { name: "peak_hour", value: "N", help: "diurnal: the hour of the highest rate, 0 to 24 [default: 14]" },
        Key { name: "burst_factor", value: "N", help: "bursts: the rate in a burst as a multiple of the rate between bursts" },
        Key { name: "burst_size", value: "N", help: "bursts: instead of a factor, the requests of a burst" },
        Key { name: "burst_length", value: "TIME", help: "bursts: how long one lasts (with mmpp on average)" },
        Key { name: "burst_every", value: "TIME", help: "bursts: the time from one to the next (with random ones on average)" },
        Key {
            name: "peakedness",
            value: "N",
            help: "mmpp: instead of a factor, variance over mean of the requests in progress, above 1",
        },
        Key {
            name: "spike_factor",
            value: "N",
            help: "A spike on top of any pattern: the rate at its top as a multiple of the usual",
        },
        Key { name: "spike_start", value: "TIME", help: "spike: when the rate begins to rise, from the start" },
        Key { name: "spike_ramp", value: "TIME", help: "spike: how long it rises [default: 0s]" },
        Key { name: "spike_hold", value: "TIME", help: "spike: how long it stays [default: 0s]" },
        Key { name: "spike_decay", value: "TIME", help: "spike: how long it falls [default: 0s]" },
    ];

    /// Reads a pattern, whose long-run mean is the workload's rate in `month`.
    ///
    /// Without a stated pattern the workload's hourly profile is one, and requests are independent where there is none. A stated
    /// pattern stands in place of the profile. The workload's `peak_to_mean` is no pattern and is not looked at.
    ///
    /// # Errors
    /// When a key is malformed, missing, or of another pattern.
    pub fn read(section: &mut Section, workload: &Workload, month: Month) -> Result<Self, SettingError> {
        let mean_per_s = statistic_from_decimal(workload.requests_per_second(month));
        let default = if workload.hourly.is_some() { Shape::Hourly } else { Shape::Poisson };
        let shape = value_or(section.choice("pattern", &SHAPES)?, default);
        let pattern = match shape {
            Shape::Poisson => Self::poisson(mean_per_s),
            Shape::Constant => Self::clock(mean_per_s),
            Shape::Hourly => Self::hourly(mean_per_s, &factors(section, workload.hourly.as_ref())?),
            Shape::Diurnal => {
                let ratio = number(section, "peak_to_trough", (1.0, 1e6), "from 1 to 1,000,000")?;
                let hour = number(section, "peak_hour", (0.0, 24.0), "an hour from 0 to 24")?;
                Self::daily(mean_per_s, value_or(ratio, PEAK_TO_TROUGH), value_or(hour, PEAK_HOUR))
            }
            Shape::Bursts(timing) => Self::bursts(read_bursts(section, workload, mean_per_s, timing)?, timing),
        };
        let mut pattern = pattern.map_err(|problem| problem.at(section))?;
        if let Some(variation) = number(section, "arrival_cv", (0.0, 30.0), "0, or from 0.001 to 30")? {
            pattern = pattern.with_variation(variation.value).map_err(|problem| refused(&variation, "arrival_cv", &problem))?;
        }
        if let Some(spike) = read_spike(section)? {
            pattern = pattern.with_spike(spike).map_err(|problem| problem.at(section))?;
        }
        refuse_other_patterns(section, shape)?;
        Ok(pattern)
    }
}

impl TrafficError {
    /// As a complaint about a section whose keys make it together.
    fn at(&self, section: &Section) -> SettingError {
        SettingError::other(section.at(), self.to_string())
    }
}

fn refused(found: &Found<f64>, key: &str, problem: &TrafficError) -> SettingError {
    SettingError::other(&found.at, format!("`{key}`: {problem}"))
}

/// Takes a number within bounds.
fn number(
    section: &mut Section,
    key: &'static str,
    (least, most): (f64, f64),
    allowed: &str,
) -> Result<Option<Found<f64>>, SettingError> {
    let Some(Found { value, at }) = section.quantity::<Count>(key)? else { return Ok(None) };
    let number = statistic_from_decimal(value.get());
    if (least..=most).contains(&number) {
        return Ok(Some(Found { value: number, at }));
    }
    Err(SettingError::other(&at, format!("`{key}` is {value} (write {allowed})")))
}

/// Takes a time in seconds.
fn seconds(section: &mut Section, key: &'static str) -> Result<Option<Found<f64>>, SettingError> {
    let found = section.quantity::<TimeSpan>(key)?;
    Ok(found.map(|found| Found { value: statistic_from_decimal(found.value.seconds()), at: found.at }))
}

/// The multiples of the mean of the workload's profile.
fn factors(section: &Section, profile: Option<&HourlyProfile>) -> Result<Vec<f64>, SettingError> {
    let profile = profile.ok_or_else(|| {
        SettingError::other(section.at(), "`pattern` is hourly, but the workload has no `hourly` (give it a file hour,weight)")
    })?;
    Ok(profile.factors().iter().map(|factor| statistic_from_decimal(*factor)).collect())
}

fn read_bursts(section: &mut Section, workload: &Workload, mean_per_s: f64, timing: BurstTiming) -> Result<Bursts, SettingError> {
    let (length_s, every_s) = read_burst_times(section)?;
    let factor = number(section, "burst_factor", (0.0, 1e9), "from 0 to 10^9")?;
    let size = number(section, "burst_size", (0.0, 1e15), "from 0 to 10^15")?;
    let peakedness = match timing {
        BurstTiming::Random => number(section, "peakedness", (1.0, 1e9), "above 1, up to 10^9")?,
        _ => None,
    };
    match (factor, size, peakedness) {
        (Some(factor), None, None) => {
            let bursts = Bursts::of_factor(mean_per_s, factor.value, length_s, every_s);
            bursts.map_err(|problem| refused(&factor, "burst_factor", &problem))
        }
        (None, Some(size), None) => bursts_of_size(&size, mean_per_s, length_s, every_s),
        (None, None, Some(peakedness)) => {
            let service_s = workload.mean_time().map(|time| statistic_from_decimal(time.seconds())).ok_or_else(|| {
                SettingError::other(&peakedness.at, "`peakedness` needs a workload with a `duration`, or `cpu`")
            })?;
            let bursts = Bursts::from_peakedness(mean_per_s, peakedness.value, service_s, length_s / every_s, every_s);
            bursts.map_err(|problem| refused(&peakedness, "peakedness", &problem))
        }
        (None, None, None) => Err(section.missing("burst_factor", "for example 10, or `burst_size`")),
        (Some(_), Some(other), _) | (_, Some(_), Some(other)) | (Some(_), _, Some(other)) => {
            Err(SettingError::other(&other.at, "give one of `burst_factor`, `burst_size` and `peakedness`"))
        }
    }
}

/// How long a burst is and how far it is to the next, in seconds.
fn read_burst_times(section: &mut Section) -> Result<(f64, f64), SettingError> {
    let length = seconds(section, "burst_length")?.ok_or_else(|| section.missing("burst_length", "for example \"1min\""))?;
    let every = seconds(section, "burst_every")?.ok_or_else(|| section.missing("burst_every", "for example \"1h\""))?;
    // A month of shorter bursts would be nothing but bursts to follow.
    if 0.01 <= length.value && length.value + 0.01 <= every.value {
        return Ok((length.value, every.value));
    }
    Err(SettingError::other(&length.at, "`burst_length` must be 10 ms at least, and `burst_every` 10 ms longer"))
}

fn bursts_of_size(size: &Found<f64>, mean_per_s: f64, length_s: f64, every_s: f64) -> Result<Bursts, SettingError> {
    let arriving = mean_per_s * every_s;
    if arriving < size.value {
        let remedy = "give a smaller size, a longer `burst_every` or more requests";
        let problem = format!(
            "`burst_size` is {}, but only {arriving:.0} requests arrive from one burst to the next ({remedy})",
            size.value
        );
        return Err(SettingError::other(&size.at, problem));
    }
    Bursts::of_size(mean_per_s, size.value, length_s, every_s).map_err(|problem| refused(size, "burst_size", &problem))
}

fn read_spike(section: &mut Section) -> Result<Option<Spike>, SettingError> {
    let factor = number(section, "spike_factor", (0.0, 1e6), "from 0 to 1,000,000")?;
    let start = seconds(section, "spike_start")?;
    let (ramp, hold, decay) =
        (seconds(section, "spike_ramp")?, seconds(section, "spike_hold")?, seconds(section, "spike_decay")?);
    let Some(factor) = factor else {
        let origins = [&start, &ramp, &hold, &decay].map(|found| found.as_ref().map(|found| &found.at));
        return refuse_without("`spike_factor`", &origins).map(|()| None);
    };
    let start = start.ok_or_else(|| section.missing("spike_start", "for example \"18h\""))?;
    let or_none = |found| value_or(found, 0.0);
    let spike = Spike {
        factor: factor.value,
        start_s: start.value,
        ramp_s: or_none(ramp),
        hold_s: or_none(hold),
        decay_s: or_none(decay),
    };
    if spike.ramp_s + spike.hold_s + spike.decay_s > 0.0 {
        return Ok(Some(spike));
    }
    Err(SettingError::other(&factor.at, "the spike lasts no time (give `spike_hold`, `spike_ramp` or `spike_decay`)"))
}

/// Keys that only some patterns have are refused with the others, by name: a silent one would be taken for granted.
fn refuse_other_patterns(section: &Section, shape: Shape) -> Result<(), SettingError> {
    let of_pattern = |key: &str| match key {
        "peak_to_trough" | "peak_hour" => Some("diurnal"),
        "burst_factor" | "burst_size" | "burst_length" | "burst_every" => Some("bursts, random_bursts or mmpp"),
        "peakedness" => Some("mmpp"),
        _ => None,
    };
    let named = SHAPES.iter().find(|(_, known)| *known == shape).map_or("", |(name, _)| name);
    match section.keys().find_map(|(key, at)| of_pattern(key).map(|pattern| (key, at, pattern))) {
        Some((key, at, pattern)) => {
            Err(SettingError::other(at, format!("`{key}` goes with the pattern {pattern}, but the pattern is {named}")))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Origin, Value};

    /// The pattern of some settings for a workload of 2 requests a second that each take 500 ms.
    fn read(keys: &[(&str, &str)], hourly: bool) -> Result<Pattern, SettingError> {
        let section = |name: &str, keys: &[(&str, &str)]| {
            let mut section = Section::new(name, Origin::CommandLine);
            for (key, value) in keys {
                section.set(*key, Value::Text((*value).to_owned()), Origin::Flag(key.replace('_', "-")));
            }
            section
        };
        let mut workload = section("[workload]", &[("requests", "2/s"), ("duration", "500ms"), ("memory", "512MB")]);
        if hourly {
            workload.set("hourly", Value::Text("day.csv".to_owned()), Origin::CommandLine);
        }
        let day: String = (0..24).map(|hour| format!("{hour},{}\n", u32::from(hour < 12) * 2 + 1)).collect();
        let workload = Workload::read(&mut workload, "main", &|_, _| Ok(day.clone()))?;
        let mut traffic = section("[traffic]", keys);
        let pattern = Pattern::read(&mut traffic, &workload, Month::STANDARD)?;
        traffic.finish()?;
        Ok(pattern)
    }

    #[test]
    fn every_pattern_has_the_rate_of_the_workload() {
        let bursts = [("burst_length", "10s"), ("burst_every", "100s")];
        let with = |name, more: &[(&'static str, &'static str)]| -> Vec<(&str, &str)> {
            [("pattern", name)].into_iter().chain(more.iter().copied()).collect()
        };
        for keys in [
            vec![],
            with("constant", &[]),
            with("poisson", &[("arrival_cv", "2.5")]),
            with("diurnal", &[("peak_to_trough", "4"), ("peak_hour", "9.5")]),
            with("bursts", &[bursts[0], bursts[1], ("burst_factor", "11")]),
            with("random_bursts", &[bursts[0], bursts[1], ("burst_size", "150")]),
            with("mmpp", &[bursts[0], bursts[1], ("peakedness", "3")]),
            with("poisson", &[("spike_factor", "10"), ("spike_start", "1h"), ("spike_hold", "2h")]),
        ] {
            let pattern = read(&keys, false).unwrap();
            assert!((pattern.mean_per_s() - 2.0).abs() < 1e-9, "{keys:?}: {}", pattern.mean_per_s());
            let days = if keys.len() > 3 { 0.0 } else { 1.0 };
            let of_a_day: f64 = (0..86_400).map(|second| pattern.rate_at(f64::from(second))).sum::<f64>() / 86_400.0;
            assert!(days < 0.5 || (of_a_day - 2.0).abs() < 1e-6, "{keys:?}: {of_a_day}");
        }
    }

    #[test]
    fn a_profile_is_the_pattern_unless_another_is_stated() {
        let (by_profile, stated) = (read(&[], true).unwrap(), read(&[("pattern", "poisson")], true).unwrap());
        assert!((by_profile.rate_at(3600.0) - 3.0).abs() < 1e-9 && (by_profile.rate_at(50_000.0) - 1.0).abs() < 1e-9);
        assert!((stated.rate_at(3600.0) - 2.0).abs() < 1e-9);
        let error = read(&[("pattern", "hourly")], false).unwrap_err().to_string();
        assert!(error.contains("the workload has no `hourly`"), "{error}");
    }

    #[test]
    fn what_contradicts_or_is_missing_is_refused_with_its_remedy() {
        let burst = [("pattern", "bursts"), ("burst_length", "10s"), ("burst_every", "100s")];
        let bursts = |more: &[(&'static str, &'static str)]| -> Vec<(&str, &str)> { burst.iter().chain(more).copied().collect() };
        for (keys, part) in [
            (vec![("pattern", "gaussian")], "\"gaussian\" is not a known pattern"),
            (
                vec![("burst_factor", "5")],
                "--burst-factor: `burst_factor` goes with the pattern bursts, random_bursts or mmpp, but the pattern is poisson",
            ),
            (vec![("peak_hour", "5")], "goes with the pattern diurnal"),
            (vec![("pattern", "diurnal"), ("peak_to_trough", "0.5")], "`peak_to_trough` is 0.5 (write from 1"),
            (vec![("pattern", "diurnal"), ("peak_hour", "25")], "`peak_hour` is 25"),
            (vec![("pattern", "bursts"), ("burst_length", "10s")], "needs `burst_every`"),
            (bursts(&[]), "needs `burst_factor`"),
            (bursts(&[("burst_factor", "5"), ("burst_size", "5")]), "--burst-size: give one of"),
            (bursts(&[("burst_size", "201")]), "only 200 requests arrive from one burst to the next"),
            (bursts(&[("peakedness", "3")]), "needs `burst_factor`"),
            (bursts(&[("burst_length", "100s"), ("burst_factor", "5")]), "`burst_every` 10 ms longer"),
            (
                vec![("pattern", "mmpp"), ("burst_length", "10s"), ("burst_every", "100s"), ("peakedness", "1")],
                "--peakedness: `peakedness`",
            ),
            (vec![("pattern", "mmpp"), ("burst_length", "1s"), ("burst_every", "2s"), ("peakedness", "9")], "a burst must bring"),
            (vec![("arrival_cv", "0.0001")], "0, or from 0.001 to 30"),
            (vec![("arrival_cv", "31")], "`arrival_cv` is 31"),
            (vec![("spike_hold", "1h")], "needs `spike_factor`"),
            (vec![("spike_factor", "3"), ("spike_hold", "1h")], "needs `spike_start`"),
            (vec![("spike_factor", "3"), ("spike_start", "1h")], "the spike lasts no time"),
            (vec![("patern", "bursts")], "did you mean `pattern`"),
        ] {
            let error = read(&keys, false).unwrap_err().to_string();
            assert!(error.contains(part), "{keys:?}: {error}");
        }
    }
}
