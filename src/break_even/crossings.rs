//! From segments of an axis to crossings, regions and what a wrong choice between them costs.

use super::interval::shortest_between;
use super::search::{Among, Curves, Leader, Search, Segment};
use crate::units::{Decimal, Usd};

/// How one option becomes cheaper than another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// They cost the same there.
    Root,
    /// One jumps over the other: a fleet grows by an instance.
    Step,
}

impl Kind {
    /// For people and programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Step => "step",
        }
    }
}

/// A place where another option becomes the cheapest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossing {
    /// The place; of a step, the last one before it.
    pub at: Decimal,
    /// How.
    pub kind: Kind,
    /// The option that is cheaper below; none where several cost the same.
    pub cheaper_below: Option<usize>,
    /// The option that is cheaper above; none where several cost the same.
    pub cheaper_above: Option<usize>,
    /// Whether each option carries the load there.
    pub carries: Vec<bool>,
}

/// A part of the axis in which the answer is the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Its start.
    pub from: Decimal,
    /// Its end.
    pub to: Decimal,
    /// The cheapest option that carries the load; none where nothing carries it, or several cost the same.
    pub winner: Option<usize>,
    /// The option with the lowest cost, whether or not it carries the load; none where several cost the same.
    pub cheapest: Option<usize>,
    /// Whether each option carries the load.
    pub carries: Vec<bool>,
}

impl Region {
    /// Whether any option carries the load.
    #[must_use]
    pub fn is_carried(&self) -> bool {
        self.carries.contains(&true)
    }
}

/// Between the first crossing of two options and the last, where they take turns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MixedBand {
    /// The first crossing.
    pub from: Decimal,
    /// The last crossing.
    pub to: Decimal,
    /// What it costs at most to stay with one option all the way, for each that carries the load; empty when there are too
    /// many steps to tell.
    pub regrets: Vec<Regret>,
}

/// How much more than the cheaper option one costs at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regret {
    /// The option.
    pub option: usize,
    /// Dollars a month more than the cheaper one.
    pub cost: Usd,
    /// Where.
    pub at: Decimal,
}

/// The crossings and regions of `count` options.
pub(super) fn read(segments: &[Segment], count: usize) -> (Vec<Crossing>, Vec<Region>) {
    let (mut crossings, mut regions): (Vec<Crossing>, Vec<Region>) = (Vec::new(), Vec::new());
    let mut last: Option<(Leader, Vec<bool>)> = None;
    let mut gap: Option<(Decimal, Decimal, bool)> = None;
    for segment in segments {
        match segment {
            Segment::Gap { from, to, jumps } => {
                let (start, _, jumped) = gap.unwrap_or((*from, *to, false));
                gap = Some((start, *to, jumped || *jumps));
            }
            Segment::Led { from, to, leader, carries } => {
                let at = gap.map_or(*from, |(start, end, _)| shortest_between(start, end));
                let kind = if gap.is_some_and(|(_, _, jumps)| jumps) { Kind::Step } else { Kind::Root };
                if let Some((before, carried)) = last.as_ref().filter(|(before, _)| before != leader) {
                    crossings.extend(crossing(at, kind, (*before, *leader), (carried, carries)));
                }
                let region = Region { from: at, to: *to, ..region(*leader, carries, count) };
                match regions.last_mut() {
                    Some(open) if is_same(open, &region) => open.to = *to,
                    before => {
                        if let Some(before) = before {
                            before.to = at;
                        }
                        regions.push(region);
                    }
                }
                (last, gap) = (Some((*leader, carries.to_vec())), None);
            }
        }
    }
    if let (Some(open), Some((_, end, _))) = (regions.last_mut(), gap) {
        open.to = end;
    }
    (crossings, regions)
}

/// The crossing between two leaders; none where one of them leads only because the other cannot carry the load.
fn crossing(
    at: Decimal,
    kind: Kind,
    (below, above): (Leader, Leader),
    (carried, carries): (&[bool], &[bool]),
) -> Option<Crossing> {
    let only = |leader: Leader| match leader {
        Leader::Only(option) => Some(option),
        Leader::Nobody | Leader::Tied => None,
    };
    let (cheaper_below, cheaper_above) = (only(below), only(above));
    let appears = cheaper_above.is_some_and(|option| carries[option] && !carried[option]);
    let vanishes = cheaper_below.is_some_and(|option| carried[option] && !carries[option]);
    let by_cost = below != Leader::Nobody && above != Leader::Nobody && !appears && !vanishes;
    by_cost.then(|| Crossing { at, kind, cheaper_below, cheaper_above, carries: carried.to_vec() })
}

fn region(leader: Leader, carries: &[bool], count: usize) -> Region {
    let cheapest = match leader {
        Leader::Only(option) => Some(option),
        Leader::Nobody | Leader::Tied => None,
    };
    let mut carrying = (0..count).filter(|option| carries[*option]);
    let winner = match (cheapest, carrying.next(), carrying.next()) {
        (Some(cheapest), _, _) if carries[cheapest] => Some(cheapest),
        (_, only, None) => only,
        // Several carry the load and cost the same.
        _ => None,
    };
    Region { from: Decimal::ZERO, to: Decimal::ZERO, winner, cheapest, carries: carries.to_vec() }
}

fn is_same(one: &Region, other: &Region) -> bool {
    (one.winner, one.cheapest, &one.carries) == (other.winner, other.cheapest, &other.carries)
}

/// The band in which two options take turns, walked once more for what a wrong choice costs.
pub(super) fn mixed_band(
    crossings: &[Crossing],
    regions: &[Region],
    search: Search,
    curves: &mut dyn Curves,
    most_samples: usize,
) -> Option<MixedBand> {
    let (first, last) = (crossings.first()?, crossings.last()?);
    if crossings.len() == 1 || search.among == Among::Carrying {
        return None;
    }
    let (from, to) = (first.at, last.at);
    let inside = || regions.iter().filter(|region| from < region.to && region.from < to);
    let walk = Search { from, to, first_only: false, everywhere: true, most_samples, ..search };
    let excesses = walk.run(curves).map(|found| found.excesses).unwrap_or_default();
    let carrying = excesses.into_iter().filter(|excess| inside().all(|region| region.carries[excess.option]));
    let mut regrets: Vec<Regret> =
        carrying.map(|excess| Regret { option: excess.option, cost: Usd::new(excess.cost), at: excess.at }).collect();
    regrets.sort_by_key(|regret| regret.option);
    Some(MixedBand { from, to, regrets })
}
