//! Costs along the requests of one workload, and where the cheapest option changes.

use super::{Change, WhatIf};
use crate::price_book::PriceBook;
use crate::scenario::{Scenario, ScenarioError};
use crate::units::{Decimal, Rate, Usd, decimal_from_statistic, statistic_from_decimal};

/// A change of the cheapest is narrowed down to this share of the requests.
const NARROW: Decimal = Decimal::from_parts(1, 0, 0, false, 4);

/// What every option costs at some numbers of requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Curves {
    /// The names of the options, in the order of the scenario.
    pub options: Vec<String>,
    /// The points, by rising requests.
    pub points: Vec<Point>,
    /// Where the cheapest option that carries the load changes. Between two points it may change and change back unseen.
    pub crossings: Vec<Crossing>,
}

/// The costs at one number of requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// Requests a month.
    pub requests: Decimal,
    /// The cost of each option.
    pub costs: Vec<Cost>,
}

/// What an option costs at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// In a month; nothing where it cannot be said.
    pub total: Option<Usd>,
    /// Whether the option carries the load.
    pub carries: bool,
}

/// A change of the cheapest option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossing {
    /// Requests a month from which on another is the cheapest, to four digits.
    pub requests: Decimal,
    /// The cheapest below; nothing where none carries the load.
    pub below: Option<usize>,
    /// The cheapest from there on.
    pub above: Option<usize>,
    /// Its cost there.
    pub total: Option<Usd>,
}

impl Point {
    /// The cheapest option that carries the load; the first of equals.
    #[must_use]
    pub fn cheapest(&self) -> Option<usize> {
        let carrying = self.costs.iter().enumerate().filter(|(_, cost)| cost.carries);
        carrying.min_by_key(|(_, cost)| cost.total).map(|(place, _)| place)
    }
}

impl WhatIf {
    /// The costs at these numbers of requests of a workload, in rising order, beside other changes.
    ///
    /// # Errors
    /// When a change is malformed or contradicts another.
    pub fn curves(&self, changes: &[Change], workload: usize, stops: &[Decimal]) -> Result<Curves, ScenarioError> {
        let mut walk = Walk { scenario: self.scenario(changes)?, book: &self.book, workload };
        let points: Vec<Point> = stops.iter().map(|stop| walk.point(*stop)).collect();
        let mut crossings = Vec::new();
        for (lower, upper) in points.iter().zip(points.iter().skip(1)) {
            walk.find_crossings(lower, upper, &mut crossings);
        }
        Ok(Curves { options: walk.scenario.options.into_iter().map(|option| option.name).collect(), points, crossings })
    }

    /// `count` numbers of requests of a workload, from one end of its range to the other; none where it has no requests.
    #[must_use]
    pub fn stops(&self, workload: usize, count: usize) -> Vec<Decimal> {
        let requests = self.parameters.iter().find(|parameter| parameter.workload == workload && parameter.key == "requests");
        requests.map_or_else(Vec::new, |requests| requests.stops(count))
    }
}

/// The scenario along one axis. It is read once: how many requests come changes no setting.
struct Walk<'w> {
    scenario: Scenario,
    book: &'w PriceBook,
    workload: usize,
}

impl Walk<'_> {
    fn point(&mut self, requests: Decimal) -> Point {
        let rate = Rate::in_a_month(requests);
        if let Some((workload, rate)) = self.scenario.workloads.get_mut(self.workload).zip(rate) {
            workload.requests = rate;
        }
        let assessed = self.scenario.assess(self.book);
        let costs = assessed.into_iter().map(|assessed| {
            let total = assessed.priced.as_ref().and_then(|priced| priced.as_ref().ok()).map(|estimate| estimate.bill.total());
            Cost { total, carries: total.is_some() && assessed.reasons.is_empty() }
        });
        Point { requests, costs: costs.collect() }
    }

    /// Halves the interval, in ratios, wherever its ends have different winners, until it is narrow.
    fn find_crossings(&mut self, lower: &Point, upper: &Point, found: &mut Vec<Crossing>) {
        let (below, above) = (lower.cheapest(), upper.cheapest());
        if below == above {
            return;
        }
        let (from, to) = (statistic_from_decimal(lower.requests), statistic_from_decimal(upper.requests));
        let middle =
            decimal_from_statistic((from * to).sqrt(), 6).filter(|middle| lower.requests < *middle && *middle < upper.requests);
        match middle.filter(|_| lower.requests * (Decimal::ONE + NARROW) < upper.requests) {
            Some(middle) => {
                let middle = self.point(middle);
                self.find_crossings(lower, &middle, found);
                self.find_crossings(&middle, upper, found);
            }
            None => {
                let requests = upper.requests.round_sf(4).unwrap_or(upper.requests).normalize();
                let total = above.and_then(|place| upper.costs[place].total);
                found.push(Crossing { requests, below, above, total });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{change, what_if};
    use crate::compare::Verdict;

    const SCENARIO: &str = "region = \"us-east-1\"\n[workload]\nrequests = \"3M/month\"\nduration = \"1s\"\nmemory = \"512MB\"\n\
                            [[option]]\nplatform = \"lambda\"\n[[option]]\nplatform = \"ec2\"\ninstance = \"t3.medium\"\ncount = 1\n";

    /// One t3.medium is 730 × 0.0416 = 30.368 dollars; a request on Lambda 0.5 × 0.0000166667 + 0.0000002 = 0.00000853335:
    /// they cost the same at 3,558,743 requests, where the machine is far from carrying a second of work for each.
    #[test]
    fn the_cheapest_changes_where_the_costs_meet() {
        let what_if = what_if(SCENARIO);
        let curves = what_if.curves(&[change("cpu_fraction", "10%")], 0, &what_if.stops(0, 25)).unwrap();
        let first = &curves.crossings[0];
        assert_eq!((first.requests.to_string().as_str(), first.below, first.above), ("3559000", Some(0), Some(1)));
        // Then the machine is full: it falls short, and what carries the load is the function again.
        let second = &curves.crossings[1];
        assert_eq!((second.below, second.above, curves.crossings.len()), (Some(1), Some(0), 2));
        let full = curves.points.last().unwrap();
        assert!(!full.costs[1].carries && full.costs[1].total.is_some());
    }

    #[test]
    fn points_are_what_a_comparison_says() {
        let line_up = "region = \"us-east-1\"\n[workload]\nrequests = \"40/s\"\ncpu = \"20ms\"\nwait = \"0.2s\"\nmemory = \"1GB\"\np99 = \"2s\"\n";
        for scenario in [SCENARIO, line_up, include_str!("../../examples/ecommerce.toml")] {
            let what_if = what_if(scenario);
            let curves = what_if.curves(&[], 0, &what_if.stops(0, 7)).unwrap();
            for point in &curves.points {
                let there = what_if.compare(&[what_if.parameters()[0].set(point.requests)]).unwrap();
                for (name, cost) in curves.options.iter().zip(&point.costs) {
                    let option = there.options.iter().find(|option| option.name == *name).unwrap();
                    assert_eq!((option.total(), option.verdict == Verdict::Carries), (cost.total, cost.carries), "{name}");
                }
            }
        }
    }
}
