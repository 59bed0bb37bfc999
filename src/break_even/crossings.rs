//! From segments of an axis to crossings, regions and what a wrong choice between them costs.

use super::interval::shortest_between;
use super::search::{Curves, Leader, Search, Segment};
use crate::units::{Decimal, Usd};

/// How one option takes the place of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// They cost the same there.
    Root,
    /// One jumps over the other: a fleet grows by an instance.
    Step,
    /// One no longer carries the load, or begins to.
    Limit,
}

impl Kind {
    /// For people and programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Step => "step",
            Self::Limit => "limit",
        }
    }
}

/// A place where another option becomes the cheapest, of all that have a price or of those that carry the load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossing {
    /// The place; of a step, the last one before it.
    pub at: Decimal,
    /// How.
    pub kind: Kind,
    /// The option with the lowest cost below, whether or not it carries the load; none where several cost the same.
    pub cheaper_below: Option<usize>,
    /// The same above.
    pub cheaper_above: Option<usize>,
    /// The cheapest option below that carries the load; none where nothing carries it, or several cost the same.
    pub winner_below: Option<usize>,
    /// The same above.
    pub winner_above: Option<usize>,
    /// Whether each option carries the load there.
    pub carries: Vec<bool>,
}

impl Crossing {
    /// Whether costs cross, and not only an option reaches its limit.
    #[must_use]
    pub fn is_by_cost(&self) -> bool {
        self.kind != Kind::Limit
    }

    /// Whether the cheapest option that carries the load is another one above than below.
    #[must_use]
    pub fn changes_winner(&self) -> bool {
        self.winner_below != self.winner_above
    }
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

/// The crossings and regions of an axis.
pub(super) fn read(segments: &[Segment]) -> (Vec<Crossing>, Vec<Region>) {
    let (mut crossings, mut regions): (Vec<Crossing>, Vec<Region>) = (Vec::new(), Vec::new());
    let mut last: Option<Led> = None;
    let mut gap: Option<(Decimal, Decimal, bool)> = None;
    for segment in segments {
        match segment {
            Segment::Gap { from, to, jumps } => {
                let (start, _, jumped) = gap.unwrap_or((*from, *to, false));
                gap = Some((start, *to, jumped || *jumps));
            }
            Segment::Led { from, to, leader, winner, carries } => {
                let at = gap.map_or(*from, |(start, end, _)| shortest_between(start, end));
                let kind = if gap.is_some_and(|(_, _, jumps)| jumps) { Kind::Step } else { Kind::Root };
                let led = Led { leader: *leader, winner: *winner, carries };
                crossings.extend(last.as_ref().and_then(|below| crossing(at, kind, below, &led)));
                let region =
                    Region { from: at, to: *to, winner: winner.option(), cheapest: leader.option(), carries: carries.to_vec() };
                match regions.last_mut() {
                    Some(open) if is_same(open, &region) => open.to = *to,
                    before => {
                        if let Some(before) = before {
                            before.to = at;
                        }
                        regions.push(region);
                    }
                }
                (last, gap) = (Some(led), None);
            }
        }
    }
    if let (Some(open), Some((_, end, _))) = (regions.last_mut(), gap) {
        open.to = end;
    }
    (crossings, regions)
}

/// Who leads in a segment.
struct Led<'s> {
    leader: Leader,
    winner: Leader,
    carries: &'s [bool],
}

/// The crossing between two segments; none where the same lead.
fn crossing(at: Decimal, kind: Kind, below: &Led<'_>, above: &Led<'_>) -> Option<Crossing> {
    let by_cost = [(below.leader, above.leader), (below.winner, above.winner)].into_iter().any(|(one, other)| {
        let appears = other.option().is_some_and(|option| above.carries[option] && !below.carries[option]);
        let vanishes = one.option().is_some_and(|option| below.carries[option] && !above.carries[option]);
        one != other && one != Leader::Nobody && other != Leader::Nobody && !appears && !vanishes
    });
    (by_cost || below.winner != above.winner).then(|| Crossing {
        at,
        kind: if by_cost { kind } else { Kind::Limit },
        cheaper_below: below.leader.option(),
        cheaper_above: above.leader.option(),
        winner_below: below.winner.option(),
        winner_above: above.winner.option(),
        carries: below.carries.to_vec(),
    })
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
    let by_cost: Vec<&Crossing> = crossings.iter().filter(|crossing| crossing.is_by_cost()).collect();
    let [first, .., last] = by_cost.as_slice() else { return None };
    if curves.count() != 2 {
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
