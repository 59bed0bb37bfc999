//! Costs along the requests, to be drawn.

use super::parameter::{MOST, stops};
use super::{Change, WhatIf};
use crate::break_even::{Axis, Interval};
use crate::price_book::{PriceBook, Quotes};
use crate::scenario::{Draft, Scenario, ScenarioError};
use crate::units::{Decimal, Rate, Usd};
use crate::workload::Workload;

/// Places of a curve: enough for a line.
const PLACES: usize = 49;

/// What every option costs along the requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Curves {
    /// The names of the options, in the order of the scenario.
    pub options: Vec<String>,
    /// The points, by rising requests; what happens between two of them they do not say.
    pub points: Vec<Point>,
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

impl WhatIf {
    /// The costs along the requests of one workload, or of all in their proportion, with some keys changed: from a thousand to
    /// a billion a month, as `millicent break-even` goes, and at least ten times around where they stand. Nothing where there
    /// are no requests.
    ///
    /// # Errors
    /// When a change is malformed or contradicts another.
    pub fn curves(&self, changes: &[Change], workload: Option<usize>) -> Result<Curves, ScenarioError> {
        let draft = self.draft(changes)?;
        let scenario = draft.place(&self.book, &|name, at| self.kept(name, at))?;
        let options = scenario.options.iter().map(|option| option.name.clone()).collect();
        let places = along(&draft, workload).map(|(_, interval)| stops((interval.from(), interval.to()), PLACES));
        let mut walk = Walk::new(scenario, &self.book, workload);
        Ok(Curves { options, points: places.into_iter().flatten().map(|requests| walk.point(requests)).collect() })
    }
}

/// The axis, and how far it goes; nothing where no requests come.
pub(super) fn along(draft: &Draft, workload: Option<usize>) -> Option<(Axis, Interval)> {
    let monthly = |workload: &Workload| workload.requests.per_month(draft.month());
    let (over, here) = match workload {
        None => (Axis::Requests, draft.workloads.iter().map(monthly).sum()),
        Some(place) => {
            let workload = draft.workloads.get(place)?;
            (Axis::RequestsOf(workload.name.clone()), monthly(workload))
        }
    };
    let (least, most) = over.usual_ends();
    let (from, to): (Decimal, Decimal) = (least.min(here / Decimal::TEN), most.max((here * Decimal::TEN).min(MOST)));
    let scale = over.usual_scale();
    Some((over, Interval::new(from, to, scale).ok()?))
}

/// The scenario along one axis. It is read once: how many requests come changes no setting.
pub(super) struct Walk<'w> {
    pub(super) scenario: Scenario,
    quotes: Vec<Quotes<'w>>,
    /// What is moved: each workload, and its part of all that is moved.
    moved: Vec<(usize, Decimal)>,
}

impl<'w> Walk<'w> {
    pub(super) fn new(scenario: Scenario, book: &'w PriceBook, workload: Option<usize>) -> Self {
        let monthly: Vec<Decimal> =
            scenario.workloads.iter().map(|workload| workload.requests.per_month(scenario.month)).collect();
        let all: Decimal = monthly.iter().sum();
        let parts = || monthly.iter().map(|part| part.checked_div(all).unwrap_or_default()).enumerate().collect();
        let moved = workload.map_or_else(parts, |place| vec![(place, Decimal::ONE)]);
        Self { quotes: vec![Quotes::of(book); scenario.options.len()], scenario, moved }
    }

    pub(super) fn point(&mut self, requests: Decimal) -> Point {
        for (place, part) in &self.moved {
            if let Some(rate) = Rate::in_a_month(requests * part) {
                self.scenario.workloads[*place].requests = rate;
            }
        }
        let (scenario, options) = (&self.scenario, self.scenario.options.iter().zip(&mut self.quotes));
        let costs = options.map(|(option, quotes)| {
            // What has no price, or one that is too large, has no place on a curve.
            let plain = scenario.estimate_plainly(option, quotes).ok().flatten();
            Cost { total: plain.as_ref().map(|plain| plain.total()), carries: plain.is_some_and(|plain| plain.carries()) }
        });
        Point { requests, costs: costs.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{SHOP, TWO, change, what_if};
    use super::*;
    use crate::compare::Verdict;

    #[test]
    fn points_are_what_a_comparison_says() {
        let line_up = "region = \"us-east-1\"\n[workload]\nrequests = \"40/s\"\ncpu = \"20ms\"\nwait = \"0.2s\"\nmemory = \"1GB\"\np99 = \"2s\"\n";
        for scenario in [TWO, line_up, SHOP] {
            let what_if = what_if(scenario);
            let curves = what_if.curves(&[], Some(0)).unwrap();
            for point in curves.points.iter().step_by(8) {
                let there = what_if.compare(&[what_if.parameters()[0].set(point.requests)]).unwrap();
                for (name, cost) in curves.options.iter().zip(&point.costs) {
                    let option = there.options.iter().find(|option| option.name == *name).unwrap();
                    // Lines are added in another order: that may change the last of 28 digits.
                    let [there, here] = [option.total(), cost.total].map(|total| total.map(|total| total.amount().round_dp(18)));
                    assert_eq!((there, option.verdict == Verdict::Carries), (here, cost.carries), "{name}");
                }
            }
        }
    }

    #[test]
    fn the_axis_holds_where_the_requests_stand() {
        let ends = |rate: &str| {
            let curves = what_if(TWO).curves(&[change("requests", rate)], None).unwrap();
            let texts = |point: Option<&Point>| point.map(|point| point.requests.normalize().to_string());
            (texts(curves.points.first()), texts(curves.points.last()))
        };
        let expected = |from: &str, to: &str| (Some(from.to_owned()), Some(to.to_owned()));
        assert_eq!(ends("3M/month"), expected("1000", "1000000000"));
        assert_eq!(ends("30/month"), expected("3", "1000000000"));
        assert_eq!(ends("3000M/month"), expected("1000", "30000000000"));
        assert_eq!(ends("0/month"), (None, None));
    }
}
