//! Provisioned concurrency of a function: a constant level, a schedule, target tracking, or none.

use super::day::Day;
use super::{Arrivals, Question, SizingError};
use crate::autoscaling::TargetTrackingPolicy;
use crate::break_even::provisioned_rules;
use crate::note::Note;
use crate::platform::ReplayedFunction;
use crate::price_book::PriceBook;
use crate::provisioning::{
    ColdStarts, Demand, Function, Inside, Levels, Prices, ProvisioningError, Schedule, Schedules, Setting, Tracked, levels,
    scheduled_actions, schedules, track,
};
use crate::queueing::{WarmPool, concurrency_quantile};
use crate::scenario::Scenario;
use crate::units::{Decimal, Usd, statistic_from_decimal};
use crate::usage::Region;
use crate::workload::Workload;

/// What could be kept ready, and what each choice costs: compute alone, without requests.
#[derive(Debug)]
pub struct Provisioning {
    /// Every constant level, and the best of them.
    pub levels: Levels,
    /// The share of the time the last unit must be busy to pay, by tier of the price on demand; nothing where none does.
    pub thresholds: Vec<Option<Decimal>>,
    /// Levels by the hour, where the workload says its hours.
    pub schedules: Option<Schedules>,
    /// Target tracking over the same hours.
    pub tracking: Option<Tracking>,
    /// Seconds after which the hours repeat; none without hours.
    pub period_s: Option<u32>,
    /// The cheapest; of equal ones the simplest.
    pub recommended: Choice,
}

/// Target tracking of the use of provisioned units.
#[derive(Debug)]
pub struct Tracking {
    /// Its policy.
    pub policy: TargetTrackingPolicy,
    /// What it would have done.
    pub tracked: Tracked,
}

/// What to keep ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Nothing.
    OnDemand,
    /// So many units, always.
    Level(u64),
    /// The recommended schedule.
    Schedule,
    /// Target tracking.
    Tracking,
}

/// The target of the example in the AWS Lambda developer guide.
const TARGET: f64 = 0.7;
/// Provisioned units are ready after one or two minutes (AWS Lambda developer guide, 2026).
const ALLOCATION_MINUTES: u32 = 2;
/// More are no schedule that people maintain.
const MOST_WINDOWS: usize = 6;
const HOUR_S: u32 = 3600;
const MINUTES_OF_AN_HOUR: usize = 60;
/// Cold starts are looked up for loads up to this.
const LARGEST_LOAD: f64 = 1e4;

impl Provisioning {
    /// What a month costs without any unit.
    #[must_use]
    pub fn on_demand(&self) -> Usd {
        self.levels.levels[0].cost
    }

    /// The schedule that is enough.
    #[must_use]
    pub fn schedule(&self) -> Option<&Schedule> {
        self.schedules.as_ref().map(Schedules::chosen)
    }

    /// What a month of a choice costs.
    #[must_use]
    pub fn cost_of(&self, choice: Choice) -> Option<Usd> {
        match choice {
            Choice::OnDemand => Some(self.on_demand()),
            Choice::Level(units) => self.levels.levels.get(usize::try_from(units).ok()?).map(|level| level.cost),
            Choice::Schedule => self.schedule().map(|schedule| schedule.cost),
            Choice::Tracking => self.tracking.as_ref().map(|tracking| tracking.tracked.cost),
        }
    }

    /// What the recommendation saves in a month.
    #[must_use]
    pub fn saving(&self) -> Usd {
        self.on_demand() - self.cost_of(self.recommended).unwrap_or(self.on_demand())
    }

    /// The recommendation as what is set.
    ///
    /// # Errors
    /// When a schedule repeats with no clock.
    pub fn setting(&self) -> Result<Setting, ProvisioningError> {
        Ok(match (self.recommended, self.schedule(), &self.tracking) {
            (Choice::Level(units), ..) => Setting::Level(units),
            (Choice::Schedule, Some(schedule), _) => {
                let actions = scheduled_actions(&schedule.windows, self.period_s.unwrap_or(0))?;
                Setting::Schedule { actions, timezone: None }
            }
            (Choice::Tracking, _, Some(tracking)) => Setting::Tracking(tracking.policy),
            _ => Setting::Level(0),
        })
    }

    /// The cheapest; a schedule of one window is a level.
    fn choose(&mut self) {
        let best = self.levels.chosen();
        let mut choices = vec![(best.cost, Choice::Level(best.units))];
        // What cold starts are worth is counted in levels only, so where it counts a level is chosen.
        if best.cold_cost <= Usd::ZERO && self.levels.levels[0].cold_cost <= Usd::ZERO {
            let schedule = self.schedule().filter(|schedule| 1 < schedule.windows.len());
            choices.extend(schedule.map(|schedule| (schedule.cost, Choice::Schedule)));
            choices.extend(self.tracking.as_ref().map(|tracking| (tracking.tracked.cost, Choice::Tracking)));
        }
        let cheapest = choices.into_iter().min_by_key(|(cost, _)| *cost).map_or(Choice::OnDemand, |(_, choice)| choice);
        self.recommended = if cheapest == Choice::Level(0) { Choice::OnDemand } else { cheapest };
    }
}

impl Question<'_> {
    pub(super) fn provisioning(
        &self,
        scenario: &Scenario,
        (workload, day): (&Workload, &Day),
        function: &ReplayedFunction,
        region: &Region,
        notes: &mut Vec<Note>,
    ) -> Result<Option<Provisioning>, SizingError> {
        if function.snap_start {
            notes.push(Note::observation("a function with SnapStart can have no provisioned concurrency: nothing is said of it"));
            return Ok(None);
        }
        let Ok(rules) = provisioned_rules(self.book, region) else {
            notes.push(Note::observation("what provisioned concurrency costs is not in this price book: nothing is said of it"));
            return Ok(None);
        };
        let Some(prices) = Prices::of_rules(&rules, function.architecture.name()) else { return Ok(None) };
        let free = if scenario.free_tier { free_gb_seconds(self.book, function, region) } else { Decimal::ZERO };
        let prices = prices.with_free_gb_seconds(free);
        let priced = Function { memory_gb: function.memory.gigabytes(), prices, month_s: scenario.month.seconds() };
        let loads = loads(workload, day.mean_per_s() * statistic_from_decimal(function.durations.mean().seconds()));
        let inside = match self.settings.arrivals {
            Arrivals::Random => Inside::Poisson,
            Arrivals::Steady => Inside::Constant,
        };
        let Ok(demand) = Demand::new(loads.clone(), HOUR_S, inside) else {
            notes.push(Note::observation("above 100,000 requests in progress nothing is said of provisioned concurrency"));
            return Ok(None);
        };
        let mut plan = Provisioning {
            levels: self.levels(&priced, &demand, day, function)?,
            thresholds: priced.prices.thresholds(),
            schedules: None,
            tracking: None,
            period_s: None,
            recommended: Choice::OnDemand,
        };
        if workload.hourly.is_some() {
            plan.period_s = Some(HOUR_S * loads.len() as u32);
            plan.schedules = Some(schedules(&priced, &demand, MOST_WINDOWS, true)?);
            plan.tracking = Some(self.tracking(&priced, &loads, inside)?);
        }
        plan.choose();
        Ok(Some(plan))
    }

    /// The levels with the share of cold starts of each, where the load is within the model.
    fn levels(&self, priced: &Function, demand: &Demand, day: &Day, function: &ReplayedFunction) -> Result<Levels, SizingError> {
        let service_s = statistic_from_decimal(function.durations.mean().seconds());
        if LARGEST_LOAD < day.busiest_per_s() * service_s || service_s <= 0.0 {
            return Ok(levels(priced, demand, None)?);
        }
        let pools =
            day.hours().iter().map(|(rate, _)| Ok(WarmPool::new(super::day::traffic(*rate, service_s)?, &function.keep_alive)));
        let pools: Vec<WarmPool> = pools.collect::<Result<_, SizingError>>()?;
        let share = |units: u64| day.mean_over_requests(&|hour| pools[hour].cold_probability_above(units)).min(1.0);
        let usd_each = self.settings.cold_start_value.map_or(Decimal::ZERO, Usd::amount);
        let cold = ColdStarts { usd_each, requests_per_s: day.mean_per_s(), share: &share };
        Ok(levels(priced, demand, Some(cold))?)
    }

    fn tracking(&self, priced: &Function, loads: &[f64], inside: Inside) -> Result<Tracking, SizingError> {
        let minutes = loads.iter().flat_map(|load| std::iter::repeat_n(*load, MINUTES_OF_AN_HOUR)).collect();
        let demand = Demand::new(minutes, 60, inside)?;
        let busiest = loads.iter().copied().fold(0.0, f64::max);
        let most = (concurrency_quantile(busiest, self.settings.peakedness, 0.999)? as f64 / TARGET).ceil() as u64;
        let policy = TargetTrackingPolicy::without_cooldown(TARGET, 1, most.max(1));
        Ok(Tracking { policy, tracked: track(priced, &demand, policy, ALLOCATION_MINUTES)? })
    }
}

/// The requests in progress in each hour of the profile, or all the time.
fn loads(workload: &Workload, mean: f64) -> Vec<f64> {
    match &workload.hourly {
        None => vec![mean],
        Some(hourly) => hourly.factors().iter().map(|factor| mean * statistic_from_decimal(*factor)).collect(),
    }
}

/// What an account has free on demand.
fn free_gb_seconds(book: &PriceBook, function: &ReplayedFunction, region: &Region) -> Decimal {
    let quote = book.price(&format!("lambda.duration.{}", function.architecture.name()), region.code());
    let allowance = quote.ok().and_then(|quote| quote.free_allowance.filter(|allowance| !allowance.is_credit()).cloned());
    allowance.map_or(Decimal::ZERO, |allowance| allowance.granted())
}
