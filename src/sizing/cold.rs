//! The cold starts of a function, and what each thing that could be done about them costs and removes.

use super::day::{Day, with_latencies};
use super::{Provisioning, Question, SizingError};
use crate::cold_start::{
    ColdStartError, ColdStarts, Conditions, Deployment, Mitigation, PING_HOLD, RuntimeInit, StartUp, supports_snap_start,
};
use crate::note::Note;
use crate::platform::{Architecture, ReplayedFunction};
use crate::price_book::Quotes;
use crate::queueing::{KeepAlive, Traffic, erlang_b};
use crate::scenario::Scenario;
use crate::settings::SettingError;
use crate::stats::Durations;
use crate::units::{Decimal, Usd, counted, decimal_from_statistic, saturating_product, significant, statistic_from_decimal};
use crate::usage::Region;

/// What comes before the handler of a cold start.
#[derive(Debug, Clone, PartialEq)]
pub struct Init {
    /// Where it comes from.
    pub source: InitSource,
    /// How long it takes, where that is known.
    pub start_up: Option<StartUp>,
}

/// How the time of a start is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum InitSource {
    /// The option, or the profile of its workload, says it.
    Stated,
    /// From what was measured of the runtime, times a factor for dependencies.
    Runtime(RuntimeInit),
    /// Nobody says anything.
    Unknown,
}

/// The cold starts of a function, and what could be done.
#[derive(Debug)]
pub struct ColdSizing {
    /// What comes before the handler.
    pub init: Init,
    /// How long idle environments are kept.
    pub keep_alive: KeepAlive,
    /// A day as it is.
    pub day: ColdStarts,
    /// With so many units kept ready, less than one environment a month starts cold between deployments.
    pub none_from: u64,
    /// What could be done, each by itself.
    pub mitigations: Vec<PricedMitigation>,
}

/// Something that could be done about cold starts.
#[derive(Debug)]
pub struct PricedMitigation {
    /// What.
    pub mitigation: Mitigation,
    /// What is left then.
    pub left: ColdStarts,
    /// Cold starts that it avoids in a month.
    pub avoided_per_month: f64,
    /// By how much the bill of a month changes; nothing where it cannot be had with the option's other settings.
    pub change: Option<Usd>,
    /// What must be known of it.
    pub notes: Vec<Note>,
}

impl PricedMitigation {
    /// What an avoided cold start costs; nothing where it avoids less than one in a month, or saves money.
    #[must_use]
    pub fn usd_per_avoided(&self) -> Option<Usd> {
        let avoided = decimal_from_statistic(self.avoided_per_month, 6).filter(|avoided| Decimal::ONE <= *avoided)?;
        let change = self.change.filter(|change| Usd::ZERO < *change)?;
        Some(Usd::new(change.amount() / avoided))
    }

    /// What to say of pings that are no remedy.
    fn useless_pings(&self, whole: &ColdStarts, days_per_month: f64) -> Option<Note> {
        let Mitigation::Pings { environments, interval_s } = self.mitigation else { return None };
        let before = whole.per_day.sum();
        let least = (LEAST_AVOIDED * before * days_per_month).max(1.0);
        let shown = |count: f64| significant(decimal_from_statistic(count, 6).unwrap_or_default(), 3);
        (self.avoided_per_month < least).then(|| {
            Note::observation(format!(
                "pings are no remedy here: {} at once every {interval_s} s would leave {} cold starts a day of {}, {} of them of requests that need more environments than there are while the pings hold theirs",
                counted(environments, "ping"),
                shown(self.left.per_day.sum()),
                shown(before),
                shown(self.left.per_day.pinged),
            ))
        })
    }
}

const DAY_S: f64 = 86_400.0;
/// Beyond this load hardly a request finds no warm environment, and the model takes seconds.
const LARGEST_LOAD: f64 = 1e4;
/// Of the keep-alive time, so much passes between two pings by default: what is left is the margin.
const PING_SHARE: f64 = 0.8;
/// Pings are worth a look when they avoid more than this part of the cold starts: where INIT takes longer than the service, less is
/// within the error of the model (see [`crate::queueing::AgingPool`]).
const LEAST_AVOIDED: f64 = 0.2;
/// Digits of a share of cold starts as a setting.
const SHARE_DIGITS: u32 = 12;

/// The question for one function.
struct Asked<'a> {
    day: &'a Day,
    conditions: Conditions,
    function: &'a ReplayedFunction,
    place: (usize, usize),
    /// Where it runs.
    region: Region,
    /// Its invocations in a month.
    requests: Decimal,
    days_per_month: f64,
    /// What kept units leave to run on demand.
    provisioning: Option<&'a Provisioning>,
    /// Settings that hold with and without a mitigation.
    shared: Vec<(&'static str, Option<String>)>,
}

impl Question<'_> {
    /// What comes before the handler: as stated, or as measured of the runtime.
    pub(super) fn init_of(&self, option: &str, function: &ReplayedFunction) -> Result<Init, SizingError> {
        let wrong = |problem: ColdStartError| SizingError::ColdStart { option: option.to_owned(), problem: Box::new(problem) };
        if !function.init.is_zero() {
            let start_up = Durations::constant(function.init).map(StartUp::of).map_err(|problem| wrong(problem.into()))?;
            return Ok(Init { source: InitSource::Stated, start_up: Some(start_up) });
        }
        let Some(runtime) = function.runtime.as_deref().filter(|_| !function.snap_start) else {
            return Ok(Init { source: InitSource::Unknown, start_up: None });
        };
        let arm64 = function.architecture == Architecture::Arm;
        let measured = RuntimeInit::of(Deployment { runtime, package: self.settings.package, arm64 }).map_err(wrong)?;
        let start_up = measured.start_up(self.settings.dependencies).map_err(wrong)?;
        Ok(Init { source: InitSource::Runtime(measured), start_up: Some(start_up) })
    }

    pub(super) fn cold(
        &self,
        scenario: &Scenario,
        place: (usize, usize),
        (day, function, init): (&Day, &ReplayedFunction, Init),
        provisioning: Option<&Provisioning>,
        notes: &mut Vec<Note>,
    ) -> Result<Option<ColdSizing>, SizingError> {
        let service_s = statistic_from_decimal(function.durations.mean().seconds());
        if LARGEST_LOAD < day.busiest_per_s() * service_s || service_s <= 0.0 {
            notes.push(Note::observation(
                "above 10,000 requests in progress hardly one starts cold for want of a warm environment: cold starts are not counted",
            ));
            return Ok(None);
        }
        let option = scenario.options[place.0].name.clone();
        let wrong = |problem: ColdStartError| SizingError::ColdStart { option: option.clone(), problem: Box::new(problem) };
        let traffic = super::day::traffic(day.mean_per_s(), service_s)?;
        let conditions = self.conditions(traffic, function, &init);
        let days_per_month = statistic_from_decimal(scenario.month.seconds()) / DAY_S;
        let (region, requests) = (scenario.options[place.0].placed[place.1].region.clone(), day.requests);
        let shared = Vec::new();
        let mut asked = Asked { day, conditions, function, place, region, requests, days_per_month, provisioning, shared };
        if let (InitSource::Runtime(_), Some(start_up)) = (&init.source, &init.start_up) {
            let mean = start_up.init.mean().milliseconds().round_dp(3).normalize();
            asked.shared.push(("init_duration", Some(format!("{mean}ms"))));
        }
        let whole = day.cold_starts(&asked.conditions, &ColdStarts::of).map_err(wrong)?;
        let whole = with_latencies(whole, &asked.conditions);
        let none_from = asked.none_from().map_err(wrong)?;
        let mut mitigations = Vec::new();
        let before = self.cost_with(&asked, &whole, &asked.shared);
        for mitigation in self.mitigations(&asked, (&whole, none_from), &init) {
            let priced =
                self.priced(&asked, mitigation, &whole, before).map_err(|problem| self.at_its_place(problem, &option))?;
            match priced.useless_pings(&whole, days_per_month) {
                Some(note) => notes.push(note),
                None => mitigations.push(priced),
            }
        }
        Ok(Some(ColdSizing { init, keep_alive: function.keep_alive.clone(), day: whole, none_from, mitigations }))
    }

    /// What the cold starts of a function depend on.
    fn conditions(&self, traffic: Traffic, function: &ReplayedFunction, init: &Init) -> Conditions {
        Conditions {
            provisioned: function.provisioned,
            lifetime_s: self.settings.environment_lifetime_s,
            proactive_share: self.settings.proactive_share,
            deploys_per_day: self.settings.deploys_per_day,
            durations: init.start_up.clone().map(|start_up| (function.durations.clone(), start_up)),
            ..Conditions::new(traffic, function.keep_alive.clone())
        }
    }

    /// A complaint about pings points to where their interval is stated.
    fn at_its_place(&self, problem: ColdStartError, option: &str) -> SizingError {
        match (&problem, &self.settings.ping_interval) {
            (ColdStartError::PingsTooSlow { .. } | ColdStartError::OutOfRange { .. }, Some((_, at))) => {
                SettingError::other(at, format!("`ping_interval`: {problem}")).into()
            }
            _ => SizingError::ColdStart { option: option.to_owned(), problem: Box::new(problem) },
        }
    }

    /// What is worth a look: units by cost, up to what is warm anyway, until none starts cold; pings; lighter starts.
    fn mitigations(&self, asked: &Asked<'_>, (whole, none_from): (&ColdStarts, u64), init: &Init) -> Vec<Mitigation> {
        let by_cost = asked.provisioning.map_or(0, |provisioning| provisioning.levels.chosen().units);
        let mut units = vec![by_cost, whole.window_peak, none_from];
        units.retain(|units| asked.conditions.provisioned < *units);
        units.sort_unstable();
        units.dedup();
        let more = units.iter().map(|units| units - asked.conditions.provisioned);
        let mut found: Vec<Mitigation> =
            if asked.function.snap_start { Vec::new() } else { more.map(|units| Mitigation::Provisioned { units }).collect() };
        let interval_s = self
            .settings
            .ping_interval
            .as_ref()
            .map_or_else(|| asked.conditions.keep_alive.shortest_s() * PING_SHARE, |(seconds, _)| *seconds);
        let pinged = none_from.saturating_sub(asked.conditions.provisioned);
        if 0 < pinged {
            found.push(Mitigation::Pings { environments: pinged, interval_s });
        }
        let can_restore = |runtime: &&String| supports_snap_start(runtime) && asked.conditions.provisioned == 0;
        if let (Some(runtime), false) = (asked.function.runtime.as_ref().filter(can_restore), asked.function.snap_start)
            && let Ok(restore) = Durations::constant(self.settings.snap_start_restore)
        {
            found.push(Mitigation::SnapStart { runtime: runtime.clone(), restore });
        }
        if init.start_up.is_some() && !asked.function.snap_start {
            found.push(Mitigation::LighterInit { part: self.settings.lighter_init });
        }
        found
    }

    fn priced(
        &self,
        asked: &Asked<'_>,
        mitigation: Mitigation,
        whole: &ColdStarts,
        before: Option<Usd>,
    ) -> Result<PricedMitigation, ColdStartError> {
        let done = mitigation.on(&asked.conditions)?;
        let left = asked.day.cold_starts(&asked.conditions, &|hour| Ok(mitigation.on(hour)?.cold_starts))?;
        let left = with_latencies(left, &done.conditions);
        let mut settings = asked.shared.clone();
        for (key, value) in done.settings {
            settings.retain(|(known, _)| *known != key);
            settings.push((key, Some(value)));
        }
        if matches!(mitigation, Mitigation::SnapStart { .. }) {
            settings.retain(|(known, _)| *known != "init_duration");
            settings.push(("init_duration", None));
        }
        let after = self.cost_with(asked, &left, &settings);
        let busiest = Traffic::new(asked.day.busiest_per_s(), asked.conditions.traffic.mean_service_s())?;
        let notes = mitigation.on(&Conditions { traffic: busiest, ..asked.conditions.clone() })?.notes;
        let pings = self.cost_of_pings(asked, done.pings_per_day, left.cold_pings_per_day);
        let change = before.zip(after).zip(pings).map(|((before, after), pings)| after + pings - before);
        let avoided_per_month = (whole.per_day.sum() - left.per_day.sum()) * asked.days_per_month;
        Ok(PricedMitigation { mitigation, left, avoided_per_month, change, notes })
    }

    /// The bill of the option with other settings and these cold starts; nothing where it has none.
    fn cost_with(&self, asked: &Asked<'_>, cold: &ColdStarts, settings: &[(&'static str, Option<String>)]) -> Option<Usd> {
        let (option, workload) = asked.place;
        let mut settings = settings.to_vec();
        let units = settings.iter().find(|(key, _)| *key == "provisioned_concurrency").and_then(|(_, units)| units.clone());
        let on_demand = match units {
            None => erlang_b(asked.conditions.provisioned, asked.conditions.traffic.offered_load()),
            Some(units) => asked.spilled(units.parse().ok()?),
        };
        // The platform counts cold starts as a share of what runs on demand.
        let share = if on_demand <= 0.0 { 0.0 } else { (cold.share / on_demand).min(1.0) };
        let exact = |value: f64| decimal_from_statistic(value, SHARE_DIGITS);
        settings.push(("cold_start_share", Some(exact(share)?.to_string())));
        if asked.conditions.provisioned == 0 && settings.iter().any(|(key, _)| *key == "provisioned_concurrency") {
            let requests = saturating_product(asked.requests, exact(1.0 - on_demand)?);
            settings.push(("provisioned_requests", Some(format!("{requests}/month"))));
        }
        let mut draft = self.draft.with_settings(asked.place, &settings).ok()?;
        // Whether it is fast enough is said by the latencies.
        draft.workloads[workload].p99 = None;
        let scenario = draft.place(self.book, self.read_file).ok()?;
        let plain = scenario.estimate_plainly(&scenario.options[option], &mut Quotes::of(self.book)).ok()??;
        Some(plain.total())
    }

    /// Requests and duration of the pings of a month, and INIT of those that start cold, at the price of the first tier.
    fn cost_of_pings(&self, asked: &Asked<'_>, per_day: f64, cold_per_day: f64) -> Option<Usd> {
        if per_day <= 0.0 {
            return Some(Usd::ZERO);
        }
        let price = |item: &str| {
            let meter = format!("lambda.{item}.{}", asked.function.architecture.name());
            let quote = self.book.price(&meter, asked.region.code()).ok()?;
            Some(quote.per_unit(quote.price.tiers().first()?))
        };
        let second = price("duration")? * asked.function.memory.gigabytes();
        let init_s = asked.conditions.durations.as_ref().map_or(Decimal::ZERO, |(_, start_up)| start_up.init.mean().seconds());
        let month = |per_day: f64| decimal_from_statistic(per_day * asked.days_per_month, 6);
        let each = price("requests")? + second * PING_HOLD.seconds();
        let started = saturating_product(month(cold_per_day)?, second * init_s);
        Some(Usd::new(saturating_product(month(per_day)?, each)) + Usd::new(started))
    }
}

impl Asked<'_> {
    /// The share of the requests that find all of so many units busy, over the hours of the day.
    fn spilled(&self, units: u64) -> f64 {
        let levels = self.provisioning.map(|provisioning| provisioning.levels.levels.as_slice()).unwrap_or_default();
        let level = usize::try_from(units).ok().and_then(|units| levels.get(units));
        level.map_or_else(|| erlang_b(units, self.conditions.traffic.offered_load()), |level| level.spilled)
    }

    /// The fewest kept units with which less than one environment a month starts cold between deployments.
    fn none_from(&self) -> Result<u64, ColdStartError> {
        let per_month = |units: u64| {
            let kept = Conditions { provisioned: units, deploys_per_day: 0.0, ..self.conditions.clone() };
            let left = self.day.cold_starts(&kept, &ColdStarts::kept_as_stated)?;
            Ok::<f64, ColdStartError>(left.per_day.sum() * self.days_per_month)
        };
        let (mut low, mut high) = (0, 1);
        while 1.0 <= per_month(high)? {
            (low, high) = (high, high * 2);
        }
        if per_month(0)? < 1.0 {
            return Ok(0);
        }
        while low + 1 < high {
            let middle = u64::midpoint(low, high);
            if per_month(middle)? < 1.0 { high = middle } else { low = middle }
        }
        Ok(high)
    }
}
