//! A few levels of provisioned concurrency a day, each set by one scheduled action.

use super::demand::ratio;
use super::prices::MeanUse;
use super::segments::{Cuts, Segments, Stretch};
use super::{Demand, Function, ProvisioningError, check};
use crate::units::{Decimal, Usd};

/// A time with one level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its first second of the period.
    pub start_s: u32,
    /// The second that it ends before. Where it is not after the start, the window goes over the end of the period.
    pub end_s: u32,
    /// The environments that are kept in it.
    pub units: u64,
}

/// A plan of levels.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// Its windows, the first of the period first. Neighbors differ in their level, so each start is one scheduled action.
    pub windows: Vec<Window>,
    /// What a month costs, without requests.
    pub cost: Usd,
    /// The share of the work that runs on demand.
    pub spilled: f64,
    /// The share of the time that what is kept is busy.
    pub utilization: f64,
}

/// Schedules of one, two, … windows, each the best of its kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedules {
    /// The best with at most 1, 2, … windows. The first is a static level.
    pub by_windows: Vec<Schedule>,
    /// What a month costs when everything runs on demand.
    pub on_demand: Usd,
    /// The best with a level of its own in each slot: no schedule of such slots saves more.
    pub attainable: Schedule,
    /// The index in `by_windows` of the first that saves [`ENOUGH_OF_ATTAINABLE`] of what is attainable; of the last where none
    /// does.
    pub recommended: usize,
}

/// A schedule that saves this share of what is attainable is enough; more windows are more to maintain. On a typical day three do.
pub const ENOUGH_OF_ATTAINABLE: Decimal = Decimal::from_parts(75, 0, 0, false, 2);

/// Provisioned concurrency is billed in steps of 5 minutes (AWS Lambda pricing page, 2026).
const STEP_S: u32 = 300;
/// A week of steps.
const MOST_SLOTS: usize = 7 * 24 * 12;
/// Beyond, nobody maintains a schedule.
const MOST_WINDOWS: usize = 48;
/// A starting point that has been improved so often is as good as it gets.
const MOST_ANCHORS: usize = 16;

impl Schedules {
    /// The recommended schedule.
    #[must_use]
    pub fn chosen(&self) -> &Schedule {
        &self.by_windows[self.recommended]
    }

    /// What a schedule saves against running everything on demand.
    #[must_use]
    pub fn saving(&self, schedule: &Schedule) -> Usd {
        self.on_demand - schedule.cost
    }

    /// What each further window saves; the first, against running everything on demand.
    #[must_use]
    pub fn gains(&self) -> Vec<Usd> {
        let before = [self.on_demand].into_iter().chain(self.by_windows.iter().map(|schedule| schedule.cost));
        before.zip(&self.by_windows).map(|(before, schedule)| before - schedule.cost).collect()
    }

    /// What a schedule saves as a share of what is attainable; nothing where nothing is.
    #[must_use]
    pub fn share_of_attainable(&self, schedule: &Schedule) -> Option<Decimal> {
        self.saving(schedule).share_of(self.saving(&self.attainable))
    }
}

/// The best schedules with up to `most_windows` levels in the period of the load, whose slots are of 5 minutes or a multiple.
///
/// Within a window the best level is the (1 − u*) quantile of its load. Where to cut is found by dynamic programming. With
/// `over_the_end` a window may go from one period into the next, which frees the cut at midnight for another place: the cuts are
/// found from several starting points, each a cut of the schedule before, until that gains nothing more.
///
/// A level counts from the start of its window; AWS needs one or two minutes of it to get it ready.
///
/// Tiers of the price on demand are exact: their cost is the least of lines, so the best schedule is the best for one of their
/// prices. Of free GB-seconds it is only known that either they are worth leaving work for, or they are not.
///
/// # Errors
/// When a slot is no multiple of 5 minutes, the slots are more than a week of them, or the windows none or more than 48.
pub fn schedules(
    function: &Function,
    demand: &Demand,
    most_windows: usize,
    over_the_end: bool,
) -> Result<Schedules, ProvisioningError> {
    let slot_s = demand.slot_s();
    check("length of a slot in seconds", f64::from(slot_s), slot_s.is_multiple_of(STEP_S), "a multiple of 300")?;
    let slots = demand.means().len();
    check("count of slots", slots as f64, slots <= MOST_SLOTS, "at most 2016, a week of 5 minutes each")?;
    check("count of windows", most_windows as f64, (1..=MOST_WINDOWS).contains(&most_windows), "from 1 to 48")?;
    let nothing = Schedule::new(function, demand, vec![(Stretch { start: 0, length: slots }, 0)]);
    let mut by_windows = vec![nothing.clone(); most_windows.min(slots)];
    let mut attainable = nothing.clone();
    let most_units = demand.most_units()?;
    for threshold in function.thresholds() {
        let segments = Segments::new(demand, most_units, threshold);
        let every_slot: Vec<usize> = (0..slots).collect();
        keep_cheaper(&mut attainable, Schedule::of_cuts(function, demand, &segments, &every_slot));
        // The plans without a window over the end stay candidates: costs decide, not the gains that the search adds up.
        let wrapped = over_the_end.then(|| cuts_over_the_end(&segments, most_windows));
        for cuts in [Some(segments.cut(0, most_windows)), wrapped].into_iter().flatten() {
            for (best, cuts) in by_windows.iter_mut().zip(cuts) {
                keep_cheaper(best, Schedule::of_cuts(function, demand, &segments, &cuts.starts));
            }
        }
    }
    // Who may use more windows may leave them unused.
    for index in 1..by_windows.len() {
        let fewer = by_windows[index - 1].clone();
        keep_cheaper(&mut by_windows[index], fewer);
    }
    // Among plans that cost the same, the sums may differ by their last digit.
    by_windows.iter().for_each(|schedule| keep_cheaper(&mut attainable, schedule.clone()));
    let on_demand = nothing.cost;
    let enough = (on_demand - attainable.cost).amount() * ENOUGH_OF_ATTAINABLE;
    let found = by_windows.iter().position(|schedule| enough <= (on_demand - schedule.cost).amount());
    let recommended = found.unwrap_or(by_windows.len() - 1);
    Ok(Schedules { by_windows, on_demand, attainable, recommended })
}

fn keep_cheaper(best: &mut Schedule, other: Schedule) {
    if other.cost < best.cost {
        *best = other;
    }
}

/// The best cuts of each count that were found from any starting point.
fn cuts_over_the_end(segments: &Segments<'_>, most_windows: usize) -> Vec<Cuts> {
    let mut best = segments.cut(0, most_windows);
    let mut tried = vec![0];
    while tried.len() < MOST_ANCHORS {
        let anchors = best.iter().flat_map(|cuts| cuts.starts.iter().copied());
        let Some(anchor) = anchors.into_iter().find(|start| !tried.contains(start)) else { break };
        tried.push(anchor);
        for (best, cuts) in best.iter_mut().zip(segments.cut(anchor, most_windows)) {
            if best.gain < cuts.gain {
                *best = cuts;
            }
        }
    }
    best
}

impl Schedule {
    fn of_cuts(function: &Function, demand: &Demand, segments: &Segments<'_>, starts: &[usize]) -> Self {
        let slots = demand.means().len();
        let ends = starts.iter().cycle().skip(1);
        let stretches = starts.iter().zip(ends).map(|(start, end)| {
            // One window alone ends where it starts, a period later.
            let length = if start < end { end - start } else { end + slots - start };
            let stretch = Stretch { start: *start, length };
            (stretch, segments.best_units(stretch))
        });
        Self::new(function, demand, stretches.collect())
    }

    fn new(function: &Function, demand: &Demand, levels: Vec<(Stretch, u64)>) -> Self {
        let slots = demand.means().len();
        let mut units_of = vec![0; slots];
        for (stretch, units) in &levels {
            (stretch.start..stretch.start + stretch.length).for_each(|slot| units_of[slot % slots] = *units);
        }
        // Summed from the first slot on, so that the same plan costs the same to the last digit, wherever its cuts began.
        let kept: f64 = units_of.iter().map(|units| *units as f64).sum();
        let busy: f64 = units_of.iter().enumerate().map(|(slot, units)| demand.served(slot, *units)).sum();
        let (load, kept, busy) = (demand.mean(), kept / slots as f64, busy / slots as f64);
        let on_demand = (load - busy).max(0.0);
        Self {
            windows: windows(demand, levels),
            cost: function.cost(MeanUse { kept, busy, on_demand }),
            spilled: ratio(on_demand, load),
            utilization: ratio(busy, kept),
        }
    }
}

/// Stretches as windows, without boundaries between equal levels.
fn windows(demand: &Demand, mut levels: Vec<(Stretch, u64)>) -> Vec<Window> {
    levels.sort_unstable_by_key(|(stretch, _)| stretch.start);
    let period_s = demand.means().len() as u32 * demand.slot_s();
    let last_units = levels.last().map(|(_, units)| *units);
    // A cut at the beginning of the period stays where the level changes there.
    let changes: Vec<(u32, u64)> = levels
        .iter()
        .zip([last_units].into_iter().chain(levels.iter().map(|(_, units)| Some(*units))))
        .filter(|((_, units), before)| Some(*units) != *before)
        .map(|((stretch, units), _)| (stretch.start as u32 * demand.slot_s(), *units))
        .collect();
    match changes.as_slice() {
        [] => vec![Window { start_s: 0, end_s: period_s, units: last_units.unwrap_or(0) }],
        [first, ..] => {
            let ends = changes[1..].iter().map(|change| change.0).chain([if first.0 == 0 { period_s } else { first.0 }]);
            changes.iter().zip(ends).map(|((start_s, units), end_s)| Window { start_s: *start_s, end_s, units: *units }).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{DAY, HOURS, day_of_hours, x86, x86_with_bound};
    use super::super::{Inside, levels};
    use super::*;
    use crate::stats::Random;

    fn dollars(cost: Usd) -> String {
        cost.amount().round_dp(6).to_string()
    }

    fn hours(schedule: &Schedule) -> Vec<(u32, u32, u64)> {
        schedule.windows.iter().map(|window| (window.start_s / 3600, window.end_s / 3600, window.units)).collect()
    }

    /// Computed independently, to the digits.
    #[test]
    fn the_schedules_of_a_day_are_those_of_the_worked_example() {
        let found = schedules(&x86(DAY), &day_of_hours(), 24, false).unwrap();
        assert_eq!(dollars(found.on_demand), "54.780110");
        for (windows, cost, saving) in
            [(1, "52.530092", "0.0411"), (3, "47.670053", "0.1298"), (4, "47.250049", "0.1375"), (24, "45.650037", "0.1667")]
        {
            let schedule = &found.by_windows[windows - 1];
            assert_eq!(dollars(schedule.cost), cost, "{windows}");
            assert_eq!(found.saving(schedule).share_of(found.on_demand).unwrap().round_dp(4).to_string(), saving, "{windows}");
        }
        assert_eq!(hours(&found.by_windows[0]), [(0, 24, 20)]);
        assert_eq!(hours(&found.by_windows[2]), [(0, 9, 6), (9, 18, 70), (18, 24, 22)]);
        assert_eq!(found.attainable.cost, found.by_windows[23].cost);
        // Three windows save 77.9 % of what 24 save.
        assert_eq!(found.recommended, 2);
        assert_eq!(found.share_of_attainable(found.chosen()).unwrap().round_dp(3).to_string(), "0.779");
        assert!(found.gains().iter().all(|gain| Usd::ZERO <= *gain));
    }

    /// Without a cut at midnight two windows do what three did.
    #[test]
    fn a_window_over_midnight_saves_a_cut() {
        let found = schedules(&x86(DAY), &day_of_hours(), 3, true).unwrap();
        assert_eq!(hours(&found.by_windows[1]), [(9, 19, 70), (19, 9, 10)]);
        assert_eq!(dollars(found.by_windows[1].cost), "47.980055");
        assert_eq!(dollars(found.by_windows[2].cost), "47.420051");
    }

    /// Each anchor tried is a cut found before; on noisy days that misses nothing that all anchors find.
    #[test]
    fn a_few_starting_points_find_what_all_of_them_do() {
        let mut random = Random::from_seed(1);
        for day in 0..20 {
            let noisy = |hour: f64| hour * (0.5 * random.normal()).exp();
            let demand = Demand::new(HOURS.map(noisy).to_vec(), 3600, Inside::Constant).unwrap();
            let segments = Segments::new(&demand, demand.most_units().unwrap(), 0.6);
            let found = cuts_over_the_end(&segments, 6);
            for anchor in 0..HOURS.len() {
                let all = segments.cut(anchor, 6);
                assert!(
                    found.iter().zip(all).all(|(found, other)| other.gain <= found.gain + 1e-9),
                    "day {day}, anchor {anchor}"
                );
            }
        }
    }

    /// More levels than are tried at first.
    #[test]
    fn the_level_of_a_large_function_is_exact() {
        for inside in [Inside::Constant, Inside::Poisson] {
            let means = (0..600).map(|slot| 3_000.0 + 5.0 * f64::from(slot)).collect();
            let demand = Demand::new(means, 300, inside).unwrap();
            let best = levels(&x86(DAY), &demand, None).unwrap();
            let found = schedules(&x86(DAY), &demand, 1, false).unwrap();
            assert_eq!(found.chosen().windows[0].units, best.chosen().units, "{inside:?}");
            assert_eq!(dollars(found.chosen().cost), dollars(best.chosen().cost), "{inside:?}");
        }
    }

    #[test]
    fn what_is_no_period_to_schedule_is_refused() {
        let demand = |slots, slot_s| Demand::new(vec![1.0; slots], slot_s, Inside::Constant).unwrap();
        assert!(schedules(&x86(DAY), &demand(10, 60), 3, false).is_err());
        assert!(schedules(&x86(DAY), &demand(2017, 300), 3, false).is_err());
        assert!(schedules(&x86(DAY), &demand(10, 300), 0, false).is_err());
        assert!(schedules(&x86(DAY), &demand(10, 300), 49, false).is_err());
    }

    #[test]
    fn without_load_there_is_one_window_with_nothing() {
        let demand = Demand::new(vec![0.0; 24], 3600, Inside::Poisson).unwrap();
        let found = schedules(&x86(DAY), &demand, 3, true).unwrap();
        assert_eq!(hours(found.chosen()), [(0, 24, 0)]);
        assert_eq!((found.recommended, found.share_of_attainable(found.chosen())), (0, None));
    }

    /// The cheapest of all ways to give each slot a level, with so many changes.
    fn cheapest_by_trial(function: &Function, demand: &Demand, windows: usize, most: u64) -> Usd {
        let slots = demand.means().len();
        let plans = (0..(most + 1).pow(slots as u32)).filter_map(|mut code| {
            let mut plan = Vec::new();
            for start in 0..slots {
                plan.push((Stretch { start, length: 1 }, code % (most + 1)));
                code /= most + 1;
            }
            let changes = plan.windows(2).filter(|pair| pair[0].1 != pair[1].1).count();
            (changes < windows).then(|| Schedule::new(function, demand, plan).cost)
        });
        plans.min().unwrap()
    }

    /// Two plans of the same gain, whose sums once differed by the last digit of a double.
    #[test]
    fn a_plan_that_may_wrap_costs_no_more_to_the_last_digit() {
        let means = vec![
            49.871_881_965_171_035,
            6.218_563_280_812_841,
            13.822_359_676_083_8,
            33.148_524_232_142_36,
            38.190_975_588_680_9,
            40.758_490_853_360_86,
            46.544_662_837_650_776,
            46.090_914_273_740_204,
        ];
        let demand = Demand::new(means, 300, Inside::Poisson).unwrap();
        let [fixed, free] = [false, true].map(|over_the_end| schedules(&x86(DAY), &demand, 6, over_the_end).unwrap());
        assert!(free.by_windows.iter().zip(&fixed.by_windows).all(|(free, fixed)| free.cost <= fixed.cost));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        /// With one price and with two tiers of it, of which units pay in the first only.
        #[test]
        fn no_schedule_is_cheaper(means in prop::collection::vec(0.0..4.0_f64, 1..5), windows in 1_usize..4, poisson: bool, bound in 1_u32..400_000) {
            let inside = if poisson { Inside::Poisson } else { Inside::Constant };
            let demand = Demand::new(means, 300, inside).unwrap();
            for function in [x86(DAY), x86_with_bound(DAY, bound)] {
                let found = schedules(&function, &demand, windows, false).unwrap();
                let best = cheapest_by_trial(&function, &demand, windows, 4);
                let cost = found.by_windows.last().unwrap().cost;
                prop_assert!((cost - best).amount() <= Decimal::new(1, 9), "{cost:?} {best:?}");
            }
        }

        #[test]
        fn more_freedom_never_costs_more(means in prop::collection::vec(0.0..50.0_f64, 1..40), poisson: bool) {
            let inside = if poisson { Inside::Poisson } else { Inside::Constant };
            let demand = Demand::new(means, 300, inside).unwrap();
            let [fixed, free] = [false, true].map(|over_the_end| schedules(&x86(DAY), &demand, 6, over_the_end).unwrap());
            for found in [&fixed, &free] {
                prop_assert!(found.by_windows[0].cost <= found.on_demand);
                prop_assert!(found.gains().iter().all(|gain| Usd::ZERO <= *gain));
                prop_assert!(found.by_windows.iter().all(|schedule| found.attainable.cost <= schedule.cost));
                for (index, schedule) in found.by_windows.iter().enumerate() {
                    prop_assert!(schedule.windows.len() <= index + 1);
                    let covered: u32 = schedule.windows.iter().map(|window| if window.start_s < window.end_s { window.end_s - window.start_s } else { window.end_s + demand.means().len() as u32 * 300 - window.start_s }).sum();
                    prop_assert_eq!(covered, demand.means().len() as u32 * 300);
                }
            }
            prop_assert!(free.by_windows.iter().zip(&fixed.by_windows).all(|(free, fixed)| free.cost <= fixed.cost));
            prop_assert_eq!(levels(&x86(DAY), &demand, None).unwrap().chosen().cost.amount().round_dp(6), fixed.by_windows[0].cost.amount().round_dp(6));
        }
    }
}
