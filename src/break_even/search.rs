//! Which option is the cheapest, between the two ends of an axis: every place where that changes.
//!
//! A cost curve is affine between steps of a fleet and bounds of tiers, as a rule. The search keeps an interval only while two
//! options may still take turns in it:
//!
//! - A curve that rises (or falls) all the way, as costs do, lies between its values at the ends of an interval, so an option whose least
//!   cost there is above another's greatest has no crossing inside, however many steps it has.
//! - Where the curves that are left are affine, their crossings follow from the values at the ends in closed form.
//! - Anything else is split: at the next step of a fleet when its spacing is known, which two samples confirm, else in the
//!   middle. What cannot be split further is a gap across which the sign of the difference may change without any equality.
//!
//! The invariant of every call: segments up to the start of its interval are written, in order. It stops where an interval is
//! as narrow as twelve digits can tell.

use std::rc::Rc;

use super::BreakEvenError;
use super::crossings;
use super::interval::{Interval, Scale, shortest_between};
use super::line::Line;
use crate::units::{Decimal, decimal_from_statistic, statistic_from_decimal};

/// An option at one place of the axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sample {
    /// What a month costs; nothing where a platform refuses the work.
    pub(super) cost: Option<Decimal>,
    /// Whether it carries the load.
    pub(super) carries: bool,
    /// Lines of the bill: a tier or allowance that is left behind adds one.
    pub(super) lines: usize,
    /// Instance-hours that are paid for whatever arrives: a step of a fleet changes them.
    pub(super) instance_hours: Decimal,
}

/// The options as functions of the axis.
pub(super) trait Curves {
    /// How many options there are.
    fn count(&self) -> usize;

    /// One of them at one place.
    fn sample(&mut self, option: usize, x: Decimal) -> Result<Sample, BreakEvenError>;
}

/// Which options may lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Among {
    /// All that have a price, whether or not they carry the load.
    Priced,
    /// Those that carry the load.
    Carrying,
}

/// What is searched, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search {
    pub(super) from: Decimal,
    pub(super) to: Decimal,
    pub(super) scale: Scale,
    pub(super) among: Among,
    /// In how many parts the axis is walked; in each, a curve is taken to rise, or to fall, all the way.
    pub(super) parts: u32,
    /// Whether the walk ends at the first crossing.
    pub(super) first_only: bool,
    /// Whether every piece is walked, also where one option is the cheapest beyond doubt: what regret is measured on.
    pub(super) everywhere: bool,
    /// How many samples may be taken.
    pub(super) most_samples: usize,
}

/// The cheapest option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leader {
    /// None of those that may lead.
    Nobody,
    /// Several cost the same.
    Tied,
    /// This one.
    Only(usize),
}

/// A part of the axis.
#[derive(Debug, Clone)]
pub(super) enum Segment {
    /// One option leads, and the same ones carry the load.
    Led { from: Decimal, to: Decimal, leader: Leader, carries: Rc<[bool]> },
    /// Too narrow to look into; whether a cost jumps there.
    Gap { from: Decimal, to: Decimal, jumps: bool },
}

/// How much more an option costs than the cheapest, at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Excess {
    pub(super) option: usize,
    pub(super) cost: Decimal,
    pub(super) at: Decimal,
}

/// What a search found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The axis in order, without holes.
    pub(super) segments: Vec<Segment>,
    /// The greatest excess of each option, where everything was walked.
    pub(super) excesses: Vec<Excess>,
    /// Samples taken.
    pub(super) samples: usize,
}

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
/// So many steps are taken one by one; more are halved first, since most are out of question then.
const STEPS_IN_A_ROW: Decimal = Decimal::from_parts(4, 0, 0, false, 0);

/// So many samples take about a second.
const MOST_SAMPLES: usize = 200_000;

impl Search {
    /// Of a whole interval, in so many parts.
    pub(super) fn along(interval: &Interval, parts: u32, among: Among) -> Self {
        let (from, to, scale) = (interval.from(), interval.to(), interval.scale());
        Self { from, to, scale, among, parts, first_only: false, everywhere: false, most_samples: MOST_SAMPLES }
    }

    /// Walks the axis from end to end.
    ///
    /// # Errors
    /// When a sample fails, or there are too many.
    pub(super) fn run(self, curves: &mut dyn Curves) -> Result<Found, BreakEvenError> {
        let options: Vec<usize> = (0..curves.count()).collect();
        let open = Open { carries: vec![false; options.len()], options };
        let steps = vec![Vec::new(); open.options.len()];
        let mut walk = Walk { search: self, curves, steps, found: Found::default(), is_answered: false };
        let mut start = walk.point(self.from, &open)?;
        for place in self.grid() {
            let end = walk.point(place, &open)?;
            walk.explore(&start, &end, &open)?;
            start = end;
        }
        Ok(walk.found)
    }

    /// The ends of the parts that are looked at one by one.
    fn grid(&self) -> Vec<Decimal> {
        self.places(self.parts).split_off(1)
    }

    /// The ends of so many parts or more.
    pub(super) fn places(&self, parts: u32) -> Vec<Decimal> {
        let mut places = vec![self.from, self.to];
        while places.len() <= parts as usize {
            let between = places.windows(2).map(|pair| self.middle(pair[0], pair[1])).collect::<Vec<_>>();
            places.extend(between);
            places.sort_unstable();
        }
        places
    }

    /// The middle of an interval, by ratio where the axis is logarithmic and the interval wide.
    fn middle(&self, from: Decimal, to: Decimal) -> Decimal {
        if self.scale == Scale::Logarithmic && !from.is_zero() && Decimal::from(4) < to / from {
            let mean = (statistic_from_decimal(from) * statistic_from_decimal(to)).sqrt();
            if let Some(middle) = decimal_from_statistic(mean, 12).and_then(|middle| middle.round_sf(6)) {
                return middle.normalize();
            }
        }
        (from + (to - from) / Decimal::TWO).normalize()
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

/// A step of a fleet that was found: instance-hours before it, how many it adds, and where.
#[derive(Debug, Clone, Copy)]
struct Step {
    before: Decimal,
    added: Decimal,
    at: Decimal,
}

struct Walk<'w> {
    search: Search,
    curves: &'w mut dyn Curves,
    steps: Vec<Vec<Step>>,
    found: Found,
    /// Whether nothing more is asked.
    is_answered: bool,
}

impl Walk<'_> {
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
        let contenders = self.contenders(from, to, open);
        let changing = |option: &usize| {
            let (one, other) = (from.of(*option), to.of(*option));
            one.carries != other.carries || one.cost.is_some() != other.cost.is_some()
        };
        let mut open = open.clone();
        for option in &open.options {
            open.carries[*option] = from.of(*option).carries;
        }
        open.options.retain(|option| changing(option) || contenders.contains(option));
        if !open.options.iter().any(changing) {
            let settled = contenders.len() <= 1 && !self.search.everywhere;
            if settled {
                let leader = contenders.first().map_or(Leader::Nobody, |only| Leader::Only(*only));
                self.push_led(from.x, to.x, leader, &open);
                return Ok(());
            }
            if self.all_affine(from, to, &contenders)? {
                self.settle_lines(from, to, &contenders, &open);
                return Ok(());
            }
        }
        if self.is_narrow(from, to, &open) {
            self.push_gap(from, to, &contenders);
            return Ok(());
        }
        self.split(from, to, &contenders, &open)
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
    fn contenders(&self, from: &Point, to: &Point, open: &Open) -> Vec<usize> {
        let may_lead = |sample: Sample| self.search.among == Among::Priced || sample.carries;
        let costs = |option: usize| {
            let ends = [from.of(option), to.of(option)];
            ends.into_iter().filter(|end| may_lead(*end)).filter_map(|end| end.cost)
        };
        let bounded = !self.search.everywhere;
        let surely = open.options.iter().filter(|option| costs(**option).count() == 2);
        let best = surely.filter_map(|option| costs(*option).max()).min().filter(|_| bounded);
        let may = |option: &usize| {
            let least = costs(*option).min();
            least.is_some_and(|least| best.is_none_or(|best| least <= best))
        };
        open.options.iter().copied().filter(may).collect()
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

    /// The lower envelope of affine curves: from the cheapest at the start, always on to the line that is met first.
    fn settle_lines(&mut self, from: &Point, to: &Point, contenders: &[usize], open: &Open) {
        let lines = contenders
            .iter()
            .filter_map(|option| Some(Line { option: *option, start: from.cost(*option)?, end: to.cost(*option)? }));
        let lines: Vec<Line> = lines.collect();
        self.note_excess(from.x, &lines, |line| line.start);
        self.note_excess(to.x, &lines, |line| line.end);
        let Some(mut leader) = lines.iter().copied().min_by_key(|line| (line.start, line.end)) else {
            return self.push_led(from.x, to.x, Leader::Nobody, open);
        };
        let (mut x, mut share) = (from.x, Decimal::ZERO);
        loop {
            let tied = lines.iter().any(|line| line.is_same_as(&leader) && line.option != leader.option);
            let who = if tied { Leader::Tied } else { Leader::Only(leader.option) };
            let meetings = lines.iter().filter_map(|line| Some((leader.meets(line)?, line)));
            let next = meetings.filter(|(at, _)| share <= *at).min_by_key(|(at, line)| (*at, line.end));
            let Some((at, line)) = next else { return self.push_led(x, to.x, who, open) };
            let root = from.x + (to.x - from.x) * at;
            self.push_led(x, root, who, open);
            (x, share, leader) = (root, at, *line);
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

    fn push_led(&mut self, from: Decimal, to: Decimal, leader: Leader, open: &Open) {
        self.found.segments.push(Segment::Led { from, to, leader, carries: Rc::from(open.carries.as_slice()) });
        if self.search.first_only {
            self.is_answered = !crossings::read(&self.found.segments, open.carries.len()).0.is_empty();
        }
    }
}

/// A curve that never falls and ends where it began is constant, whatever its fleet does meanwhile.
fn is_flat(one: Sample, other: Sample) -> bool {
    one.cost == other.cost
}

/// The place where a fleet leaves `before` instance-hours, by the steps that are known: one says that places are proportional
/// to instances, two draw a line.
fn expected_step(known: &[Step], before: Decimal, after: Decimal) -> Option<Decimal> {
    let last = known.last()?;
    if after <= before || last.added * STEPS_IN_A_ROW < after - before {
        return None;
    }
    match known {
        [first, last] if first.before != last.before => {
            let pace = (last.at - first.at) / (last.before - first.before);
            Some(last.at + (before - last.before) * pace)
        }
        _ => Some(last.at * (before / last.before)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A fixed cost, a slope, and a step for every so many units: what options are made of.
    #[derive(Debug, Clone, Copy)]
    struct Staircase {
        fixed: Decimal,
        slope: Decimal,
        step: Decimal,
        every: Decimal,
        most: Decimal,
    }

    impl Staircase {
        fn cost(&self, x: Decimal) -> Decimal {
            self.fixed + self.slope * x + self.step * self.steps(x)
        }

        fn steps(&self, x: Decimal) -> Decimal {
            (x / self.every).ceil()
        }
    }

    struct Staircases(Vec<Staircase>);

    impl Curves for Staircases {
        fn count(&self) -> usize {
            self.0.len()
        }

        fn sample(&mut self, option: usize, x: Decimal) -> Result<Sample, BreakEvenError> {
            let curve = self.0[option];
            Ok(Sample { cost: Some(curve.cost(x)), carries: x <= curve.most, lines: 1, instance_hours: curve.steps(x) })
        }
    }

    fn search(among: Among) -> Search {
        let (from, to) = (Decimal::ONE, Decimal::from(10_000));
        let scale = Scale::Logarithmic;
        Search { from, to, scale, among, parts: 1, first_only: false, everywhere: false, most_samples: MOST_SAMPLES }
    }

    fn staircase() -> impl Strategy<Value = Staircase> {
        (0_u32..50, 0_u32..40, 0_u32..60, 40_u32..900, 100_u32..20_000).prop_map(|(fixed, slope, step, every, most)| Staircase {
            fixed: fixed.into(),
            slope: Decimal::new(slope.into(), 3),
            step: step.into(),
            every: every.into(),
            most: most.into(),
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// Whoever is said to lead costs least at any place inside, and segments cover the axis without holes.
        #[test]
        fn the_leader_of_a_segment_is_the_cheapest_in_it(
            curves in prop::collection::vec(staircase(), 2..5),
            places in prop::collection::vec(0.001_f64..0.999, 4),
            priced in any::<bool>(),
        ) {
            let among = if priced { Among::Priced } else { Among::Carrying };
            let mut staircases = Staircases(curves.clone());
            // Curves with the same steps and cost can be told apart nowhere: they may take all samples.
            let Ok(found) = search(among).run(&mut staircases) else { return Ok(()) };
            let mut end = Decimal::ONE;
            for segment in &found.segments {
                let (from, to) = match segment {
                    Segment::Gap { from, to, .. } => (*from, *to),
                    Segment::Led { from, to, leader, carries } => {
                        for share in &places {
                            let x = *from + (*to - *from) * decimal_from_statistic(*share, 6).unwrap();
                            let may: Vec<usize> = (0..curves.len()).filter(|option| priced || x <= curves[*option].most).collect();
                            let least = may.iter().map(|option| curves[*option].cost(x)).min();
                            let close = |cost: Decimal| least.is_some_and(|least| cost - least <= Decimal::new(1, 9));
                            match leader {
                                Leader::Nobody => prop_assert!(may.is_empty()),
                                Leader::Only(option) => prop_assert!(close(curves[*option].cost(x)), "{option} at {x}"),
                                Leader::Tied => {
                                    let cheapest = may.iter().filter(|option| close(curves[**option].cost(x)));
                                    prop_assert!(1 < cheapest.count(), "{x}");
                                }
                            }
                            for (option, curve) in curves.iter().enumerate() {
                                prop_assert_eq!(carries[option], x <= curve.most, "{} at {}", option, x);
                            }
                        }
                        (*from, *to)
                    }
                };
                prop_assert_eq!(from, end);
                prop_assert!(from <= to);
                end = to;
            }
            prop_assert_eq!(end, Decimal::from(10_000));
        }
    }

    #[test]
    fn known_steps_tell_the_next_one() {
        let step = |before: u32, at: u32| Step { before: before.into(), added: Decimal::from(730), at: at.into() };
        let next = |known: &[Step], before: u32| {
            expected_step(known, before.into(), Decimal::from(before + 730)).map(|at| at.round_dp(9).normalize().to_string())
        };
        assert_eq!(next(&[step(730, 500)], 2190), Some("1500".to_owned()));
        // With one to spare, the first step is at two instances.
        assert_eq!(next(&[step(1460, 500), step(2190, 1000)], 2920), Some("1500".to_owned()));
        assert_eq!(next(&[], 730), None);
    }
}
