//! What is searched along an axis, and what is found: who costs least where, and who of those that carry the load.
//!
//! The options are [`Curves`]; [`Search::run`] walks them and returns the axis in [segments](Segment), in order and without
//! holes. How the walk finds every place where one comes below another is told where it [walks](super::walk).

use std::rc::Rc;

use super::BreakEvenError;
use super::interval::{Interval, Scale};
use super::walk::Walk;
use crate::platform::ColdOdds;
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
    /// Whether the curve is known to rise, or to fall, all the way.
    pub(super) is_steady: bool,
}

impl Sample {
    /// Whether nothing tells them apart but who carries the load.
    pub(super) fn is_same_as(self, other: Self) -> bool {
        self == Self { carries: self.carries, ..other }
    }
}

/// The options as functions of the axis.
pub(super) trait Curves {
    /// How many options there are.
    fn count(&self) -> usize;

    /// One of them at one place.
    fn sample(&mut self, option: usize, x: Decimal) -> Result<Sample, BreakEvenError>;

    /// Between which costs one that is not steady stays in an interval where it has a price all the way.
    fn bounds(&mut self, option: usize, ends: [Decimal; 2]) -> Result<Bounds, BreakEvenError>;
}

/// The least and the greatest cost in an interval.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bounds {
    pub(super) least: Decimal,
    pub(super) greatest: Decimal,
    /// Where they come from, if it can be compared.
    pub(super) corners: Option<Corners>,
}

/// What an option costs at each end of an interval with each extreme of the cold starts that there may be, on one piece of its
/// prices.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Corners {
    pub(super) odds: Vec<Option<[ColdOdds; 2]>>,
    pub(super) costs: Vec<Decimal>,
}

impl Bounds {
    /// Whether another option surely costs more.
    ///
    /// With the same cold starts, whatever they are, both costs are affine in their share and, with a share that stays, along the
    /// axis: who costs less at all corners does so wherever both may be.
    pub(super) fn are_below(&self, other: &Self) -> bool {
        let corners = self.corners.as_ref().zip(other.corners.as_ref());
        self.greatest < other.least
            || corners.is_some_and(|(mine, theirs)| {
                mine.odds == theirs.odds && mine.costs.iter().zip(&theirs.costs).all(|(mine, theirs)| mine < theirs)
            })
    }
}

/// What is searched, and how.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search {
    pub(super) from: Decimal,
    pub(super) to: Decimal,
    pub(super) scale: Scale,
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

impl Leader {
    /// The option, where it is one alone.
    pub(super) fn option(self) -> Option<usize> {
        match self {
            Self::Only(option) => Some(option),
            Self::Nobody | Self::Tied => None,
        }
    }
}

/// A part of the axis.
#[derive(Debug, Clone)]
pub(super) enum Segment {
    /// One option costs least, one costs least of those that carry the load, and the same ones carry it.
    Led { from: Decimal, to: Decimal, leader: Leader, winner: Leader, carries: Rc<[bool]> },
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

/// Curves that agree at more places than this are taken to be the same.
pub(super) const PLACES_TO_DIFFER: u32 = 32;

/// So many samples take about a second.
const MOST_SAMPLES: usize = 200_000;

impl Search {
    /// Of a whole interval, in so many parts.
    pub(super) fn along(interval: &Interval, parts: u32) -> Self {
        let (from, to, scale) = (interval.from(), interval.to(), interval.scale());
        Self { from, to, scale, parts, first_only: false, everywhere: false, most_samples: MOST_SAMPLES }
    }

    /// Walks the axis from end to end.
    ///
    /// # Errors
    /// When a sample fails, or there are too many.
    pub(super) fn run(self, curves: &mut dyn Curves) -> Result<Found, BreakEvenError> {
        Walk::new(self, curves).end_to_end()
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
    pub(super) fn middle(&self, from: Decimal, to: Decimal) -> Decimal {
        if self.scale == Scale::Logarithmic && !from.is_zero() && Decimal::from(4) < to / from {
            let mean = (statistic_from_decimal(from) * statistic_from_decimal(to)).sqrt();
            if let Some(middle) = decimal_from_statistic(mean, 12).and_then(|middle| middle.round_sf(6)) {
                return middle.normalize();
            }
        }
        (from + (to - from) / Decimal::TWO).normalize()
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
            let (cost, instance_hours) = (Some(curve.cost(x)), curve.steps(x));
            Ok(Sample { cost, carries: x <= curve.most, lines: 1, instance_hours, is_steady: true })
        }

        fn bounds(&mut self, _: usize, _: [Decimal; 2]) -> Result<Bounds, BreakEvenError> {
            unreachable!("staircases are steady")
        }
    }

    fn search() -> Search {
        Search::along(&Interval::new(Decimal::ONE, Decimal::from(10_000), Scale::Logarithmic).unwrap(), 32)
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
        ) {
            let mut staircases = Staircases(curves.clone());
            // Curves that have the same steps and cost in a part of the axis can be told apart nowhere in it: they may take all samples.
            let Ok(found) = search().run(&mut staircases) else { return Ok(()) };
            let mut end = Decimal::ONE;
            for segment in &found.segments {
                let (from, to) = match segment {
                    Segment::Gap { from, to, .. } => (*from, *to),
                    Segment::Led { from, to, leader, winner, carries } => {
                        for share in &places {
                            let x = *from + (*to - *from) * decimal_from_statistic(*share, 6).unwrap();
                            for (who, priced) in [(leader, true), (winner, false)] {
                                let may: Vec<usize> = (0..curves.len()).filter(|option| priced || x <= curves[*option].most).collect();
                                let least = may.iter().map(|option| curves[*option].cost(x)).min();
                                let close = |cost: Decimal| least.is_some_and(|least| cost - least <= Decimal::new(1, 9));
                                match who {
                                    Leader::Nobody => prop_assert!(may.is_empty()),
                                    Leader::Only(option) => prop_assert!(may.contains(option) && close(curves[*option].cost(x)), "{option} at {x}"),
                                    Leader::Tied => {
                                        let cheapest = may.iter().filter(|option| close(curves[**option].cost(x)));
                                        prop_assert!(1 < cheapest.count(), "{x}");
                                    }
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
}
