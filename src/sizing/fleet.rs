//! How many instances a fleet needs, by several rules.

use super::{Question, SizingError};
use crate::capacity::{Capacity, Count, Fleet, Peak, Waiting};
use crate::note::Note;
use crate::price_book::Quotes;
use crate::scenario::Scenario;
use crate::units::{Decimal, Share, Usd};

/// The sizes of a fleet.
#[derive(Debug)]
pub struct FleetSizing {
    /// As asked for.
    pub capacity: Capacity,
    /// Who waits at peak.
    pub waiting: Option<Waiting>,
    /// How many requests one instance works on at once.
    pub requests_at_once: Option<u64>,
    /// How busy its tightest resource may be at peak.
    pub target_utilization: Share,
    /// Zones, one of which may fail.
    pub zones: Decimal,
    /// By other rules.
    pub alternatives: Vec<Alternative>,
}

/// A rule that says how many instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// At most this share of the requests waits.
    Waiting(Share),
    /// The tightest resource is so busy at peak.
    Busy(Share),
    /// As asked for, and one of so many zones may fail.
    ZoneLost(u32),
}

/// A fleet by another rule.
#[derive(Debug, Clone)]
pub struct Alternative {
    /// The rule.
    pub rule: Rule,
    /// The fleet.
    pub capacity: Capacity,
    /// Who waits at peak.
    pub waiting: Option<Waiting>,
    /// What a month of the whole option costs then; nothing where a price is missing.
    pub cost: Option<Usd>,
}

/// Shares of requests that may wait, from a batch to a screen.
const WAITING: [&str; 3] = ["20%", "5%", "1%"];
/// The rule of thumb that autoscalers are set by.
const RULE_OF_THUMB: &str = "70%";
const ZONES: [u32; 2] = [2, 3];

impl Question<'_> {
    /// The sizes of a placed fleet; nothing where the platform has no instances.
    pub(super) fn fleet(
        &self,
        scenario: &mut Scenario,
        place: (usize, usize),
        notes: &mut Vec<Note>,
    ) -> Result<Option<FleetSizing>, SizingError> {
        let Some(capacity) = capacity(scenario, place)? else { return Ok(None) };
        let (option, workload) = place;
        let Some(asked) = scenario.options[option].placed[workload].placement.fleet().cloned() else {
            notes.push(Note::assumption("the platform decides on the number of instances: there are no alternatives"));
            return Ok(Some(FleetSizing::of(capacity, None)));
        };
        let mut sizing = FleetSizing::of(capacity, Some(&asked));
        let limit = scenario.workloads[workload].p99.take();
        for (rule, fleet) in rules(&asked) {
            set(scenario, place, fleet);
            // A rule about zones is about what was asked for.
            scenario.workloads[workload].p99 = limit.filter(|_| matches!(rule, Rule::ZoneLost(_)));
            let capacity = self.alternative(scenario, place, rule)?;
            sizing.alternatives.extend(capacity);
        }
        scenario.workloads[workload].p99 = limit;
        set(scenario, place, asked);
        Ok(Some(sizing))
    }

    fn alternative(&self, scenario: &Scenario, place: (usize, usize), rule: Rule) -> Result<Option<Alternative>, SizingError> {
        let Some(capacity) = capacity(scenario, place)? else { return Ok(None) };
        let priced = scenario.estimate_plainly(&scenario.options[place.0], &mut Quotes::of(self.book));
        let cost = priced.ok().flatten().map(|plain| plain.total());
        Ok(Some(Alternative { rule, waiting: capacity.waiting(), cost, capacity }))
    }
}

impl FleetSizing {
    fn of(capacity: Capacity, asked: Option<&Fleet>) -> Self {
        Self {
            waiting: capacity.waiting(),
            requests_at_once: capacity.peak.as_ref().and_then(Peak::requests_at_once),
            target_utilization: asked.map_or(Share::ALL, |asked| asked.target_utilization),
            zones: asked.map_or(Decimal::ONE, |asked| asked.zones),
            alternatives: Vec::new(),
            capacity,
        }
    }
}

fn set(scenario: &mut Scenario, (option, workload): (usize, usize), fleet: Fleet) {
    if let Some(placed) = scenario.options[option].placed[workload].placement.fleet() {
        *placed = fleet;
    }
}

/// The capacity of a placed workload, where it has instances.
pub(super) fn capacity(scenario: &Scenario, (option, workload): (usize, usize)) -> Result<Option<Capacity>, SizingError> {
    let design = &scenario.options[option];
    let (invoked, placed) = (scenario.invoked(design), &design.placed[workload]);
    let metered = placed.placement.meter(&invoked[workload], &placed.region, scenario.month);
    Ok(metered.map_err(crate::scenario::ScenarioError::from)?.capacity)
}

/// The rules with the fleets they mean. Without zones and spares, so that the rules alone are compared.
fn rules(asked: &Fleet) -> Vec<(Rule, Fleet)> {
    let share = |text: &str| text.parse::<Share>().unwrap_or(Share::ALL);
    let plain = Fleet { count: Count::Auto, zones: Decimal::ONE, spares: Decimal::ZERO, most_waiting: None, ..asked.clone() };
    let waiting = WAITING.map(|text| {
        let fleet = Fleet { most_waiting: Some(share(text)), target_utilization: Share::ALL, ..plain.clone() };
        (Rule::Waiting(share(text)), fleet)
    });
    let busy = Fleet { target_utilization: share(RULE_OF_THUMB), ..plain };
    // A stated rate says nothing of waiting.
    let mut rules: Vec<(Rule, Fleet)> = waiting.into_iter().filter(|_| asked.rate_per_instance.is_none()).collect();
    rules.push((Rule::Busy(share(RULE_OF_THUMB)), busy));
    if asked.count == Count::Auto && asked.zones == Decimal::ONE {
        rules.extend(ZONES.map(|zones| (Rule::ZoneLost(zones), Fleet { zones: zones.into(), ..asked.clone() })));
    }
    rules
}
