//! What the bill of each hour says: what to commit to, and what to carry on machines below functions.

use super::fleet::capacity;
use super::{OptionSizing, Size, SizingError};
use crate::price_book::{PriceBook, Quotes};
use crate::provisioning::{BaseAndBurst, Commitment, Eligible, LoadDuration, Machine, base_and_burst, commit};
use crate::scenario::Scenario;
use crate::units::{Decimal, Rate, Usd, saturating_product, statistic_from_decimal};

/// The best commitment to a savings plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The plan, as the meters write it.
    pub plan: &'static str,
    /// The commitment and what it does.
    pub commitment: Commitment,
}

/// Machines below functions.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixed {
    /// The option with the machines.
    pub base: String,
    /// What one of them is called.
    pub noun: &'static str,
    /// The option with the functions.
    pub burst: String,
    /// What a month of the compute of the option with the machines costs as asked for: it may follow the hours.
    pub base_cost: Usd,
    /// Every number of machines, and the best.
    pub plan: BaseAndBurst,
    /// Hours of the month.
    pub month_hours: Decimal,
}

/// The plans that are paid by the month: what is paid in advance is a decision about cash.
const PLANS: [&str; 2] = ["compute_savings_plan_1y_no_upfront", "compute_savings_plan_3y_no_upfront"];

/// The best commitment to each plan, where it saves anything; a longer one that saves no more is left out.
pub(super) fn committed(scenario: &mut Scenario, option: usize, book: &PriceBook) -> Result<Vec<Committed>, SizingError> {
    let Some(hours) = hourly(scenario, option, book) else { return Ok(Vec::new()) };
    let mut found: Vec<Committed> = Vec::new();
    for plan in PLANS {
        let eligible = eligible(scenario, option, book, &hours, plan);
        if eligible.is_empty() {
            continue;
        }
        let commitment = commit(&eligible)?;
        let best = found.iter().map(|shorter| shorter.commitment.saving()).max();
        if best.unwrap_or(Usd::ZERO) < commitment.saving() {
            found.push(Committed { plan, commitment });
        }
    }
    Ok(found)
}

/// Dollars of each meter in each hour of the profile; nothing without a profile, or without a bill.
type HourlyBills = Vec<Vec<(String, Decimal)>>;

fn hourly(scenario: &mut Scenario, option: usize, book: &PriceBook) -> Option<HourlyBills> {
    let stated = scenario.workloads.clone();
    let profiles: Vec<_> = stated.iter().filter_map(|workload| workload.hourly.as_ref()).collect();
    let hours = profiles.iter().map(|profile| profile.factors().len()).max()?;
    let (free_tier, month) = (scenario.free_tier, scenario.month);
    // Free allowances and tiers are of a month, an hour has none of its own.
    scenario.free_tier = false;
    let mut quotes = Quotes::of(book);
    let mut bills = Vec::new();
    for hour in 0..hours {
        for (workload, stated) in scenario.workloads.iter_mut().zip(&stated) {
            let factor = stated.hourly.as_ref().map_or(Decimal::ONE, |hourly| {
                let factors = hourly.factors();
                factors[hour % factors.len()]
            });
            workload.hourly = None;
            let rate = saturating_product(stated.requests.per_month(month), factor);
            workload.requests = Rate::in_a_month(rate).unwrap_or(stated.requests);
        }
        let plain = scenario.estimate_plainly(&scenario.options[option], &mut quotes);
        let lines = plain.ok().flatten().map(|plain| plain.lines);
        bills.push(lines.map(|lines| {
            lines.into_iter().map(|line| (line.meter.id().to_owned(), line.cost.amount() / month.hours())).collect()
        }));
    }
    scenario.workloads = stated;
    scenario.free_tier = free_tier;
    bills.into_iter().collect()
}

/// What a plan covers, by its discount.
fn eligible(scenario: &Scenario, option: usize, book: &PriceBook, hours: &HourlyBills, plan: &str) -> Vec<Eligible> {
    let regions: Vec<&str> = scenario.options[option].placed.iter().map(|placed| placed.region.code()).collect();
    let mut found: Vec<Eligible> = Vec::new();
    let mut meters: Vec<&String> = hours.iter().flatten().map(|(meter, _)| meter).collect();
    meters.sort_unstable();
    meters.dedup();
    for meter in meters {
        let Some(discount) = regions.iter().find_map(|region| discount(book, meter, plan, region)) else { continue };
        let of_hour =
            |lines: &Vec<(String, Decimal)>| lines.iter().filter(|(id, _)| id == meter).map(|(_, usd)| *usd).sum::<Decimal>();
        let spend: Vec<Decimal> = hours.iter().map(of_hour).collect();
        match found.iter_mut().find(|known| known.discount == discount) {
            Some(known) => known.hourly_usd.iter_mut().zip(spend).for_each(|(sum, usd)| *sum += usd),
            None => found.push(Eligible { discount, hourly_usd: spend }),
        }
    }
    found
}

/// The share of the list price that a plan saves: "lambda.duration.x86_64" beside "lambda.duration.PLAN.x86_64".
fn discount(book: &PriceBook, meter: &str, plan: &str, region: &str) -> Option<Decimal> {
    let (item, architecture) = meter.rsplit_once('.')?;
    let first = |id: &str| {
        let quote = book.price(id, region).ok()?;
        Some(quote.per_unit(quote.price.tiers().first()?))
    };
    let (listed, planned) = (first(meter)?, first(&format!("{item}.{plan}.{architecture}"))?);
    let kept = planned.checked_div(listed)?;
    (kept < Decimal::ONE).then(|| Decimal::ONE - kept)
}

/// The cheapest number of machines below functions: the first fleet and the first function of a scenario with one workload that
/// says its hours.
pub(super) fn mixed(scenario: &mut Scenario, options: &[OptionSizing], book: &PriceBook) -> Result<Option<Mixed>, SizingError> {
    let [workload] = scenario.workloads.as_slice() else { return Ok(None) };
    let Some(hourly) = &workload.hourly else { return Ok(None) };
    let mean = statistic_from_decimal(workload.requests_per_second(scenario.month));
    let loads: Vec<f64> = hourly.factors().iter().map(|factor| mean * statistic_from_decimal(*factor)).collect();
    let requests = workload.requests.per_month(scenario.month);
    let with = |wanted: fn(&Size) -> bool| {
        options.iter().position(|option| option.reasons.is_empty() && option.placed.iter().all(|placed| wanted(&placed.size)))
    };
    let base = with(|size| matches!(size, Size::Fleet(fleet) if !fleet.alternatives.is_empty()));
    let burst = with(|size| matches!(size, Size::Function(_)));
    let Some((base, burst)) = base.zip(burst) else { return Ok(None) };
    // Without the queue that hands over batches, functions would be invoked more often.
    if scenario.neighbors.iter().chain(&scenario.options[burst].neighbors).any(|beside| beside.attached.batch().is_some()) {
        return Ok(None);
    }
    let (Some(machines), Some(functions)) = (compute_cost(scenario, base, book), compute_cost(scenario, burst, book)) else {
        return Ok(None);
    };
    let Some((machine, noun)) = machine(scenario, base, machines)? else { return Ok(None) };
    let Some(per_request) = functions.amount().checked_div(requests) else { return Ok(None) };
    let plan = base_and_burst(&LoadDuration::of(&loads)?, machine, per_request)?;
    let (base, burst) = (options[base].name.clone(), options[burst].name.clone());
    Ok(Some(Mixed { base, noun, burst, base_cost: machines, plan, month_hours: scenario.month.hours() }))
}

/// A machine of a fleet: its price by the hour, and what it carries at its target use.
fn machine(scenario: &mut Scenario, option: usize, cost: Usd) -> Result<Option<(Machine, &'static str)>, SizingError> {
    let Some(capacity) = capacity(scenario, (option, 0))? else { return Ok(None) };
    let Some(asked) = scenario.options[option].placed[0].placement.fleet().cloned() else { return Ok(None) };
    let Some(rate) = capacity.rate_per_instance else { return Ok(None) };
    let peak_to_mean = scenario.workloads[0].peak_to_mean;
    let carried = rate * asked.target_utilization.get() / peak_to_mean;
    let Some(usd_per_hour) = cost.amount().checked_div(capacity.instance_hours) else { return Ok(None) };
    let fewest = statistic_from_decimal(asked.zones) as u64;
    let machine = Machine { usd_per_hour, requests_per_s: statistic_from_decimal(carried), fewest };
    Ok(Some((machine, asked.noun.many())))
}

/// A month of an option without the services around it, which the requests pay whoever serves them.
fn compute_cost(scenario: &mut Scenario, option: usize, book: &PriceBook) -> Option<Usd> {
    let shared = std::mem::take(&mut scenario.neighbors);
    let own = std::mem::take(&mut scenario.options[option].neighbors);
    let plain = scenario.estimate_plainly(&scenario.options[option], &mut Quotes::of(book));
    scenario.neighbors = shared;
    scenario.options[option].neighbors = own;
    Some(plain.ok()??.total())
}

/// Digits of dollars by the hour that are kept.
const DIGITS: u32 = 9;

impl Mixed {
    /// A month at so many dollars an hour.
    #[must_use]
    pub fn month(&self, usd_per_hour: Usd) -> Usd {
        Usd::new(saturating_product(usd_per_hour.amount(), self.month_hours).round_dp(DIGITS))
    }
}

impl Committed {
    /// The plan in words: "compute savings plan, 1 year, no upfront".
    #[must_use]
    pub fn words(&self) -> String {
        let years = if self.plan.contains("3y") { "3 years" } else { "1 year" };
        format!("compute savings plan, {years}, no upfront")
    }
}
