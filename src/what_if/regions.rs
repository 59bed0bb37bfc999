//! Who is the cheapest from how many requests on, as `millicent break-even` says it.

use super::curves::{Walk, along};
use super::{Change, WhatIf};
use crate::break_even::{BreakEven, BreakEvenError, Question};
use crate::units::{Decimal, Usd};

/// A part of the requests in which the answer is the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Requests a month where it starts.
    pub from: Decimal,
    /// Where it ends.
    pub to: Decimal,
    /// The cheapest option that carries the load; none where nothing carries it, or several cost the same.
    pub winner: Option<usize>,
    /// What the winner costs in a month where the region starts.
    pub cost: Option<Usd>,
    /// Whether any option carries the load.
    pub is_carried: bool,
}

impl WhatIf {
    /// The cheapest option that carries the load, from end to end of the [curves](Self::curves): every place where it changes,
    /// to the digits of [`BreakEven`], which finds them. Nothing where there are no requests.
    ///
    /// # Errors
    /// When a change is malformed or contradicts another, fewer than two options have a price, two options are the same, or
    /// there are too many steps to look at.
    pub fn regions(&self, changes: &[Change], workload: Option<usize>) -> Result<Vec<Region>, BreakEvenError> {
        let draft = self.draft(changes)?;
        let Some((over, interval)) = along(&draft, workload) else { return Ok(Vec::new()) };
        let read_file = |name: &str, at: &_| self.kept(name, at);
        let question = Question { over, interval, between: None };
        let answer = BreakEven::of(&question, &draft, &self.book, &read_file)?;
        let mut walk = Walk::new(draft.place(&self.book, &read_file)?, &self.book, workload);
        let names: Vec<String> = walk.scenario.options.iter().map(|option| option.name.clone()).collect();
        let mut regions: Vec<Region> = Vec::new();
        for found in &answer.regions {
            let name = found.winner.map(|winner| answer.options[winner].name.as_str());
            let winner = name.and_then(|name| names.iter().position(|option| option == name));
            let is_carried = found.is_carried();
            // Who falls short is another question.
            match regions.last_mut().filter(|last| (last.winner, last.is_carried) == (winner, is_carried)) {
                Some(last) => last.to = found.to,
                None => {
                    let cost = winner.and_then(|winner| walk.point(found.from).costs[winner].total);
                    regions.push(Region { from: found.from, to: found.to, winner, cost, is_carried });
                }
            }
        }
        Ok(regions)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{SHOP, TWO, change, what_if};
    use super::*;

    /// From where on which option wins, to whole requests.
    fn winners(regions: &[Region]) -> Vec<(String, Option<usize>)> {
        regions.iter().map(|region| (region.from.round_dp(0).to_string(), region.winner)).collect()
    }

    fn expected(winners: &[(&str, usize)]) -> Vec<(String, Option<usize>)> {
        winners.iter().map(|(from, winner)| ((*from).to_owned(), Some(*winner))).collect()
    }

    /// One t3.medium is 730 × 0.0416 = 30.368 dollars; a request on Lambda 0.5 × 0.0000166667 + 0.0000002 = 0.00000853335:
    /// they cost the same at 3,558,743 requests, where the machine is far from carrying a second of work for each.
    #[test]
    fn the_cheapest_changes_where_the_costs_meet() {
        let regions = what_if(TWO).regions(&[change("cpu_fraction", "10%")], None).unwrap();
        let found = winners(&regions);
        assert_eq!(found[..2], expected(&[("1000", 0), ("3558743", 1)]));
        assert_eq!(regions[1].cost.unwrap().to_string(), "$30.37");
        // Then the machine is full: it falls short, and what carries the load is the function again.
        assert_eq!((found[2].1, found.len()), (Some(0), 3));
    }

    /// At 63.0 million requests of the API its two zones are full: two more tasks make functions the cheapest for a while.
    #[test]
    fn the_cheapest_changes_back_between_two_points_of_a_curve() {
        let what_if = what_if(SHOP);
        let all = what_if.regions(&[], None).unwrap();
        assert_eq!(winners(&all), expected(&[("1000", 0), ("47893090", 2), ("66102735", 0), ("66531288", 2)]));
        let (api, names) = (what_if.regions(&[], Some(0)).unwrap(), what_if.curves(&[], Some(0)).unwrap().options);
        assert_eq!(api.iter().map(|region| region.winner).collect::<Vec<_>>(), [Some(0), Some(2), Some(0), Some(2)]);
        for millions in [40, 62, 63, 64, 900] {
            let there = what_if.compare(&[change("requests", &format!("{millions}.1M/month"))]).unwrap();
            let at = Decimal::from(millions * 1_000_000 + 100_000);
            let region = api.iter().find(|region| region.from <= at && at < region.to).unwrap();
            assert_eq!(there.cheapest().unwrap().name, names[region.winner.unwrap()], "{millions}");
        }
    }

    #[test]
    fn an_option_alone_has_nobody_to_be_compared_with() {
        let (alone, _) = TWO.split_at(TWO.rfind("[[option]]").unwrap());
        assert!(matches!(what_if(alone).regions(&[], None), Err(BreakEvenError::TooFewOptions { found: 1 })));
        assert_eq!(what_if(TWO).regions(&[change("requests", "0/month")], None).unwrap(), []);
    }
}
