//! The walk along an axis: every place where another option becomes the cheapest.
//!
//! A cost curve is affine between steps of a fleet and bounds of tiers, as a rule. The walk keeps an interval only while two
//! options may still take turns in it:
//!
//! - A curve that rises (or falls) all the way, as costs do, lies between its values at the ends of an interval, so an option whose least
//!   cost there is above another's greatest has no crossing inside, however many steps it has. A curve that is not steady is asked
//!   for its [bounds](Curves::bounds).
//! - Where the curves that are left are affine, their crossings follow from the values at the ends in closed form.
//! - Anything else is split: at the next step of a fleet when its spacing is known, which two samples confirm, else in the
//!   middle. What cannot be split further is a gap across which the sign of the difference may change without any equality.
//! - Options that cost the same wherever they are looked at cost the same: one is followed for both.
//!
//! The invariant of every call: segments up to the start of its interval are written, in order. It stops where an interval is
//! as narrow as twelve digits can tell.

use std::rc::Rc;

use super::BreakEvenError;
use super::crossings::{self, Crossing};
use super::interval::shortest_between;
use super::line::{Line, envelope};
use super::search::{Bounds, Curves, Excess, Found, Leader, PLACES_TO_DIFFER, Sample, Search, Segment};
use super::steps::{Step, expected_step};
use crate::units::Decimal;

/// Where a smooth curve is taken to be affine: digits that divisions leave behind lie below it.
const AFFINE: Decimal = Decimal::from_parts(1, 0, 0, false, 15);
/// Relative width of a gap around a step of a fleet or the bound of a tier.
const STEP_WIDTH: Decimal = Decimal::from_parts(1, 0, 0, false, 12);
/// Relative width of a gap on a smooth curve, whose own digits (of an Erlang formula, say) end there.
const SMOOTH_WIDTH: Decimal = Decimal::from_parts(1, 0, 0, false, 9);
/// A part of the whole axis, below which nothing is looked at: near zero no width is relative.
const LEAST_WIDTH: Decimal = Decimal::from_parts(1, 0, 0, false, 18);
/// Half the width in which a predicted step is looked for.
const PREDICTION: Decimal = Decimal::from_parts(2, 0, 0, false, 13);
/// A smooth curve changes by its gap's width, about; what changes more than this jumps.
const JUMP: Decimal = Decimal::from_parts(1, 0, 0, false, 7);
/// An odd place inside an interval: where a staircase meets its own chord only by accident.
const ODD_PLACE: Decimal = Decimal::from_parts(381_966, 0, 0, false, 6);

/// The options that may be the cheapest somewhere in an interval.
struct Contenders {
    /// Of all that have a price, whether or not they carry the load.
    priced: Vec<usize>,
    /// Of those that carry the load.
    carrying: Vec<usize>,
}

impl Contenders {
    fn every(&self) -> Vec<usize> {
        let mut every = [self.priced.as_slice(), &self.carrying].concat();
        every.sort_unstable();
        every.dedup();
        every
    }

    fn are_settled(&self) -> bool {
        self.priced.len() <= 1 && self.carrying.len() <= 1
    }
}

/// The options that still matter in an interval.
#[derive(Clone)]
struct Open {
    options: Vec<usize>,
    /// Whether each of the others carries the load there.
    carries: Vec<bool>,
}

/// A place, with the options that were sampled there.
struct Point {
    x: Decimal,
    samples: Vec<Option<Sample>>,
}

impl Point {
    fn of(&self, option: usize) -> Sample {
        self.samples[option].expect("an option that is open in an interval was sampled at both ends")
    }

    fn cost(&self, option: usize) -> Option<Decimal> {
        self.of(option).cost
    }
}

/// A search on its way.
pub(super) struct Walk<'w> {
    search: Search,
    curves: &'w mut dyn Curves,
    steps: Vec<Vec<Step>>,
    /// For each option the first one that it costs the same as, which is followed for it.
    twins: Vec<Option<usize>>,
    found: Found,
    /// Whether nothing more is asked.
    is_answered: bool,
}

impl<'w> Walk<'w> {
    pub(super) fn new(search: Search, curves: &'w mut dyn Curves) -> Self {
        let steps = vec![Vec::new(); curves.count()];
        Self { search, curves, steps, twins: Vec::new(), found: Found::default(), is_answered: false }
    }

    pub(super) fn end_to_end(mut self) -> Result<Found, BreakEvenError> {
        let count = self.curves.count();
        let mut open = Open { carries: vec![false; count], options: (0..count).collect() };
        let places = self.search.places(self.search.parts).into_iter();
        let points: Vec<Point> = places.map(|x| self.point(x, &open)).collect::<Result<_, _>>()?;
        self.twins = twins(&points, count);
        open.options.retain(|option| self.twins[*option].is_none());
        for pair in points.windows(2) {
            self.explore(&pair[0], &pair[1], &open)?;
        }
        Ok(self.found)
    }

    fn point(&mut self, x: Decimal, open: &Open) -> Result<Point, BreakEvenError> {
        let mut samples = vec![None; self.curves.count()];
        for option in &open.options {
            samples[*option] = Some(self.sample(*option, x)?);
        }
        Ok(Point { x, samples })
    }

    fn sample(&mut self, option: usize, x: Decimal) -> Result<Sample, BreakEvenError> {
        self.found.samples += 1;
        if self.search.most_samples < self.found.samples {
            return Err(BreakEvenError::TooManySteps { samples: self.search.most_samples });
        }
        self.curves.sample(option, x)
    }

    fn explore(&mut self, from: &Point, to: &Point, open: &Open) -> Result<(), BreakEvenError> {
        if self.is_answered {
            return Ok(());
        }
        let contenders = self.contenders(from, to, open)?;
        let changing = |option: &usize| {
            let (one, other) = (from.of(*option), to.of(*option));
            one.carries != other.carries || one.cost.is_some() != other.cost.is_some()
        };
        let mut open = open.clone();
        for option in &open.options {
            open.carries[*option] = from.of(*option).carries;
        }
        let every = contenders.every();
        open.options.retain(|option| changing(option) || every.contains(option));
        if !open.options.iter().any(changing) {
            let has_lines = !contenders.are_settled() || self.search.everywhere;
            if has_lines && self.all_affine(from, to, &every)? {
                self.settle_lines(from, to, &contenders, &open);
                return Ok(());
            }
            if !self.search.everywhere
                && self.are_the_same(from, to, &contenders.priced)?
                && self.are_the_same(from, to, &contenders.carrying)?
            {
                let [leader, winner] = [&contenders.priced, &contenders.carrying].map(|same| self.one_of(same));
                self.push_led((from.x, to.x), leader, winner, &open);
                return Ok(());
            }
        }
        if self.is_narrow(from, to, &open) {
            self.push_gap(from, to, &every);
            return Ok(());
        }
        self.split(from, to, &every, &open)
    }

    fn split(&mut self, from: &Point, to: &Point, contenders: &[usize], open: &Open) -> Result<(), BreakEvenError> {
        if let Some(step) = self.next_step(from, to, contenders) {
            let before = self.point(step - step * PREDICTION, open)?;
            let after = self.point(step + step * PREDICTION, open)?;
            self.explore(from, &before, open)?;
            self.explore(&before, &after, open)?;
            return self.explore(&after, to, open);
        }
        let middle = self.point(self.search.middle(from.x, to.x), open)?;
        self.explore(from, &middle, open)?;
        self.explore(&middle, to, open)
    }

    /// The options that may be the cheapest somewhere in the interval.
    fn contenders(&mut self, from: &Point, to: &Point, open: &Open) -> Result<Contenders, BreakEvenError> {
        let mut costs = Vec::with_capacity(open.options.len());
        for option in open.options.iter().copied() {
            let (one, other) = (from.of(option), to.of(option));
            costs.push((option, self.costs_between(option, (from.x, one), (to.x, other))?, [one, other]));
        }
        let among = |may_lead: fn(&Sample) -> bool| {
            let may = |end: &Sample| may_lead(end) && end.cost.is_some();
            let surely = costs.iter().filter(|(_, _, ends)| ends.iter().all(may));
            let surely: Vec<&Bounds> = surely.filter_map(|(_, bounds, _)| bounds.as_ref()).collect();
            let best = surely.iter().map(|bounds| bounds.greatest).min();
            let is_beaten = |bounds: &Bounds| {
                let by_far = best.is_some_and(|best| best < bounds.least);
                by_far || (bounds.corners.is_some() && surely.iter().any(|other| other.are_below(bounds)))
            };
            let those = costs.iter().filter(|(_, bounds, ends)| {
                let is_open = bounds.as_ref().is_some_and(|bounds| self.search.everywhere || !is_beaten(bounds));
                is_open && ends.iter().any(may)
            });
            those.map(|(option, ..)| *option).collect()
        };
        Ok(Contenders { priced: among(|_| true), carrying: among(|end| end.carries) })
    }

    /// Between which costs an option stays, as far as its ends tell; nothing where it has no price.
    fn costs_between(
        &mut self,
        option: usize,
        (from, one): (Decimal, Sample),
        (to, other): (Decimal, Sample),
    ) -> Result<Option<Bounds>, BreakEvenError> {
        let (Some(start), Some(end)) = (one.cost, other.cost) else {
            return Ok(one.cost.or(other.cost).map(|cost| Bounds { least: cost, greatest: cost, corners: None }));
        };
        if !(self.search.everywhere || one.is_steady && other.is_steady) {
            return self.curves.bounds(option, [from, to]).map(Some);
        }
        Ok(Some(Bounds { least: start.min(end), greatest: start.max(end), corners: None }))
    }

    /// Who leads where nobody else may: the option itself, or all that cost the same.
    fn one_of(&self, contenders: &[usize]) -> Leader {
        match contenders {
            [] => Leader::Nobody,
            [only] => self.told(Leader::Only(*only)),
            _ => Leader::Tied,
        }
    }

    /// A leader, of whom another may be the twin.
    fn told(&self, leader: Leader) -> Leader {
        match leader {
            Leader::Only(option) if self.twins.contains(&Some(option)) => Leader::Tied,
            _ => leader,
        }
    }

    /// Whether those that may lead are one and the same curve here, which need not be a line.
    fn are_the_same(&mut self, from: &Point, to: &Point, options: &[usize]) -> Result<bool, BreakEvenError> {
        let [first, others @ ..] = options else { return Ok(true) };
        let ends = [from, to].map(|point| others.iter().all(|other| point.of(*first).is_same_as(point.of(*other))));
        // With a fleet that steps inside, curves may meet at three places and differ between them.
        let steps = from.of(*first).instance_hours != to.of(*first).instance_hours;
        if others.is_empty() || steps || ends.contains(&false) {
            return Ok(others.is_empty());
        }
        let inside = from.x + (to.x - from.x) * ODD_PLACE;
        let sample = self.sample(*first, inside)?;
        for other in others {
            if !self.sample(*other, inside)?.is_same_as(sample) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn all_affine(&mut self, from: &Point, to: &Point, contenders: &[usize]) -> Result<bool, BreakEvenError> {
        let span = to.x - from.x;
        let same_piece = |option: usize| {
            let (one, other) = (from.of(option), to.of(option));
            is_flat(one, other) || (one.lines == other.lines && one.instance_hours == other.instance_hours)
        };
        if !contenders.iter().all(|option| same_piece(*option)) {
            return Ok(false);
        }
        for option in contenders.iter().copied() {
            let (one, other) = (from.of(option), to.of(option));
            if is_flat(one, other) {
                continue;
            }
            let inside = self.sample(option, from.x + span * ODD_PLACE)?;
            let (Some(low), Some(high), Some(cost)) = (one.cost, other.cost, inside.cost) else { return Ok(false) };
            let chord = low + (high - low) * ODD_PLACE;
            if AFFINE * low.max(high) < (cost - chord).abs() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Who costs least, and who of those that carry the load, where all are affine.
    fn settle_lines(&mut self, from: &Point, to: &Point, contenders: &Contenders, open: &Open) {
        let lines = |options: &[usize]| -> Vec<Line> {
            let line = |option: &usize| Some(Line { option: *option, start: from.cost(*option)?, end: to.cost(*option)? });
            options.iter().filter_map(line).collect()
        };
        let priced = lines(&contenders.priced);
        self.note_excess(from.x, &priced, |line| line.start);
        self.note_excess(to.x, &priced, |line| line.end);
        let [leaders, winners] = [priced, lines(&contenders.carrying)].map(|lines| envelope(&lines));
        let mut shares: Vec<Decimal> = leaders.iter().chain(&winners).map(|(share, _)| *share).collect();
        shares.sort_unstable();
        shares.dedup();
        let place = |share: Option<&Decimal>| share.map_or(to.x, |share| from.x + (to.x - from.x) * share);
        for (index, share) in shares.iter().enumerate() {
            let at_share =
                |led: &[(Decimal, Leader)]| led.iter().rev().find(|(from, _)| from <= share).map_or(Leader::Nobody, |led| led.1);
            self.push_led(
                (place(Some(share)), place(shares.get(index + 1))),
                self.told(at_share(&leaders)),
                self.told(at_share(&winners)),
                open,
            );
        }
    }

    fn note_excess(&mut self, at: Decimal, lines: &[Line], cost: impl Fn(&Line) -> Decimal) {
        let Some(least) = lines.iter().map(&cost).min().filter(|_| self.search.everywhere) else { return };
        for line in lines {
            let excess = Excess { option: line.option, cost: cost(line) - least, at };
            match self.found.excesses.iter_mut().find(|known| known.option == line.option) {
                Some(known) if known.cost < excess.cost => *known = excess,
                Some(_) => {}
                None => self.found.excesses.push(excess),
            }
        }
    }

    fn is_narrow(&self, from: &Point, to: &Point, open: &Open) -> bool {
        let (width, search) = (to.x - from.x, &self.search);
        let breaks = open.options.iter().any(|option| {
            let (one, other) = (from.of(*option), to.of(*option));
            one.carries != other.carries || one.lines != other.lines || one.instance_hours != other.instance_hours
        });
        let relative = if breaks { STEP_WIDTH } else { SMOOTH_WIDTH };
        width <= (to.x * relative).max((search.to - search.from) * LEAST_WIDTH)
    }

    fn push_gap(&mut self, from: &Point, to: &Point, contenders: &[usize]) {
        let jump = |option: &usize| {
            let (Some(low), Some(high)) = (from.cost(*option), to.cost(*option)) else { return false };
            JUMP * low.max(high) < (high - low).abs()
        };
        let jumps = contenders.iter().any(jump);
        for option in contenders {
            let (before, after) = (from.of(*option).instance_hours, to.of(*option).instance_hours);
            if before < after && !before.is_zero() {
                let step = Step { before, added: after - before, at: shortest_between(from.x, to.x) };
                // The first and the last are enough to tell the next.
                self.steps[*option].truncate(1);
                self.steps[*option].push(step);
            }
        }
        self.found.segments.push(Segment::Gap { from: from.x, to: to.x, jumps });
    }

    /// Where the next step of a fleet is expected inside the interval: fleets grow evenly, as a rule.
    fn next_step(&self, from: &Point, to: &Point, contenders: &[usize]) -> Option<Decimal> {
        let expected = contenders.iter().filter_map(|option| {
            let (before, after) = (from.of(*option).instance_hours, to.of(*option).instance_hours);
            let at = expected_step(&self.steps[*option], before, after)?;
            let margin = at * STEP_WIDTH;
            (from.x < at - margin && at + margin < to.x).then_some(at)
        });
        expected.min()
    }

    fn push_led(&mut self, (from, to): (Decimal, Decimal), leader: Leader, winner: Leader, open: &Open) {
        let carries = |option: usize| open.carries[self.twins[option].unwrap_or(option)];
        let carries: Rc<[bool]> = (0..open.carries.len()).map(carries).collect();
        self.found.segments.push(Segment::Led { from, to, leader, winner, carries });
        if self.search.first_only {
            let (crossings, _) = crossings::read(&self.found.segments);
            self.is_answered = crossings.iter().any(Crossing::is_by_cost);
        }
    }
}

/// For each option the first one before it that is the same at every point.
fn twins(points: &[Point], count: usize) -> Vec<Option<usize>> {
    let same = |one: usize, other: usize| points.iter().all(|point| point.of(one) == point.of(other));
    let enough = (PLACES_TO_DIFFER as usize) < points.len();
    (0..count).map(|option| (0..option).find(|other| enough && same(*other, option))).collect()
}

/// A curve that never falls and ends where it began is constant, whatever its fleet does meanwhile.
fn is_flat(one: Sample, other: Sample) -> bool {
    one.is_steady && other.is_steady && one.cost == other.cost
}
