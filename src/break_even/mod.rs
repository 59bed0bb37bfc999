//! Where does the answer flip? Crossings of cost curves, exactly, and who carries the load on either side.
//!
//! An [`Axis`] says what changes: requests, duration, memory, a price. Every option is a curve along it, affine between the
//! steps of its fleet and the bounds of its tiers; `search` finds all places where another becomes the cheapest, by an equality
//! (a root) or across a step. A [`Region`] names the cheapest option that carries the load; one that falls short is never the
//! winner, and is listed as such.
//!
//! A [`Crossing`] is a place where the cheapest becomes another: the one with the lowest cost, which need not carry the load, or
//! the one that wins. It names both, on either side, and says which options carry the load there.
//!
//! Worked number: one t3.medium for $30.368 a month meets 512 MB × 1 s on Lambda, $8.53335 a million, at 30.368 / 8.53335 =
//! 3.558743 million requests a month.
//!
//! Nothing here bisects the difference of two whole curves: it may change its sign more than once.

mod axis;
mod crossings;
mod curves;
mod interval;
mod levels;
mod line;
mod odds;
mod provisioned;
mod sampled;
mod search;
mod steps;
mod walk;

pub use self::axis::Axis;
pub use self::crossings::{Crossing, Kind, MixedBand, Region, Regret};
use self::curves::ScenarioCurves;
pub use self::interval::{Interval, Scale};
pub use self::levels::ProvisionedLevels;
pub use self::provisioned::{ProvisionedRule, pays_from, provisioned_rules};
pub use self::sampled::Sampled;
use self::search::{PLACES_TO_DIFFER, Search};
use crate::compare::Comparison;
use crate::price_book::{MissingPrice, PriceBook};
use crate::scenario::{Draft, ScenarioError};
use crate::units::Decimal;
use crate::workload::ReadFile;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum BreakEvenError {
    /// The scenario cannot be placed or priced.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// A price is missing.
    #[error(transparent)]
    Missing(#[from] MissingPrice),
    /// No axis of this name.
    #[error("{typed:?} is no axis ({}requests, requests: with a workload such as requests:api, duration, memory, cpu-fraction, peak-to-mean, utilization, or price: with a service or meter such as price:lambda)", nearest.as_ref().map(|nearest| format!("did you mean {nearest}? ")).unwrap_or_default())]
    UnknownAxis {
        /// What was typed.
        typed: String,
        /// A name near it.
        nearest: Option<String>,
    },
    /// An interval without inside.
    #[error("the interval from {from} to {to} is empty (its end must lie above its start)")]
    EmptyInterval {
        /// Its start.
        from: String,
        /// Its end.
        to: String,
    },
    /// Zero has no logarithm.
    #[error("a logarithmic axis cannot start at zero (start above it, or use a linear scale)")]
    ZeroOnLogarithmicAxis,
    /// The axis does not fit the scenario.
    #[error("{axis} cannot be the axis: {problem}")]
    NotThisScenario {
        /// The axis.
        axis: String,
        /// Why.
        problem: String,
    },
    /// A crossing needs two.
    #[error("{found} of the options {}, a break-even needs two (name more with --platform or [[option]])", if *found == 1 { "has a price" } else { "have a price" })]
    TooFewOptions {
        /// How many there are.
        found: usize,
    },
    /// No option is called so, or several are.
    #[error("{typed:?} names {} of the options (they are called {})", if *matches == 0 { "none".to_owned() } else { matches.to_string() }, known.join("; "))]
    UnknownOption {
        /// What was typed.
        typed: String,
        /// How many it fits.
        matches: usize,
        /// The names.
        known: Vec<String>,
    },
    /// There is nothing to cross.
    #[error("{one} and {other} cost the same from end to end of the axis (compare two that differ)")]
    Identical {
        /// The first.
        one: String,
        /// The second.
        other: String,
    },
    /// No bill has such a line.
    #[error("no option pays for {name:?} (name a service or meter of the options, such as lambda or fargate.vcpu)")]
    NothingPriced {
        /// The service or meter.
        name: String,
    },
    /// The curves cross too often to be listed.
    #[error("the curves have too many steps in this interval: {samples} samples were not enough (choose a narrower one)")]
    TooManySteps {
        /// How many samples were taken.
        samples: usize,
    },
    /// A cost or rate that cannot be held.
    #[error("a cost or rate on this axis is too large to be computed (choose a narrower interval)")]
    TooLarge,
}

impl BreakEvenError {
    /// Whether the input is at fault, rather than what the program knows.
    #[must_use]
    pub fn is_wrong_input(&self) -> bool {
        match self {
            Self::Scenario(problem) => problem.is_wrong_input(),
            Self::Missing(_) => false,
            _ => true,
        }
    }
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What changes.
    pub over: Axis,
    /// Between which places.
    pub interval: Interval,
    /// The two options, by name or a part of it that fits one alone; all options when there are none.
    pub between: Option<(String, String)>,
}

/// An option along the axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Its name.
    pub name: String,
    /// Its platform, or all of them joined by "+".
    pub platform: String,
}

/// Where the cheapest option changes.
#[derive(Debug)]
pub struct BreakEven {
    /// What changes.
    pub over: Axis,
    /// Between which places.
    pub interval: Interval,
    /// The options that are compared; everything below names them by their place in this list.
    pub options: Vec<Compared>,
    /// Options that have no price, and why.
    pub left_out: Vec<(String, String)>,
    /// Where another option becomes the cheapest, or the cheapest that carries the load, in order; none = never.
    pub crossings: Vec<Crossing>,
    /// The whole axis: who wins, and who falls short.
    pub regions: Vec<Region>,
    /// From the first crossing to the last, where two options cross more than once.
    pub mixed: Option<MixedBand>,
    /// The scenario at the first crossing, or where there is none at the start of the axis: instances, assumptions. Of several
    /// options, those that are the cheapest somewhere.
    pub reference: Comparison,
    /// Where that is.
    pub reference_at: Decimal,
    /// How often an option was priced.
    pub samples: usize,
}

/// Regret is a remark; it may not cost more than the answer.
const MOST_SAMPLES_FOR_REGRET: usize = 20_000;

impl BreakEven {
    /// Answers a question about a scenario with the prices of `book`.
    ///
    /// # Errors
    /// When the scenario cannot be placed along the axis, fewer than two options have a price, two options are the same, or
    /// there are too many steps to look at.
    pub fn of(question: &Question, draft: &Draft, book: &PriceBook, read_file: &ReadFile<'_>) -> Result<Self, BreakEvenError> {
        let Question { over, interval, between } = question;
        over.check(draft, interval)?;
        let mut curves = ScenarioCurves::new(over, draft, book, read_file)?;
        let typed = curves.names.clone();
        curves.name_along(interval)?;
        let left_out = leave_out_unpriced(&mut curves, over, interval)?;
        if *over == Axis::Utilization && !curves.follow_utilization(interval.to())? {
            let problem = "the fleet of no option follows it (functions have none, and a `count` is fixed)";
            return Err(BreakEvenError::NotThisScenario { axis: over.name(), problem: problem.to_owned() });
        }
        if let Some((one, other)) = between {
            curves.options = vec![find(&curves, &typed, one)?, find(&curves, &typed, other)?];
        }
        let options = name_options(&mut curves, interval)?;
        let search = Search::along(interval, over.parts());
        if options.len() == 2 {
            refuse_identical(&mut curves, search, &options)?;
        }
        let found = search.run(&mut curves)?;
        let (crossings, regions) = crossings::read(&found.segments);
        let mixed = crossings::mixed_band(&crossings, &regions, search, &mut curves, MOST_SAMPLES_FOR_REGRET);
        let reference_at = crossings.first().map_or(interval.from(), |first| first.at);
        let mut reference = Comparison::of(curves.scenario_at(reference_at)?, book);
        let leads = |option: usize| {
            let crosses = |crossing: &Crossing| {
                let Crossing { cheaper_below, cheaper_above, winner_below, winner_above, .. } = crossing;
                [cheaper_below, cheaper_above, winner_below, winner_above].contains(&&Some(option))
            };
            crossings.iter().any(crosses) || regions.iter().any(|region| region.winner == Some(option))
        };
        let matters: Vec<&str> = (0..options.len())
            .filter(|option| options.len() == 2 || leads(*option))
            .map(|option| options[option].name.as_str())
            .collect();
        reference.options.retain(|option| matters.contains(&option.name.as_str()));
        let (over, interval, samples) = (over.clone(), *interval, found.samples);
        Ok(Self { over, interval, options, left_out, crossings, regions, mixed, reference, reference_at, samples })
    }

    /// How many requests a month come where two options of a scenario, by their place in it, cross first, if they do.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn first_over_requests(
        options: [usize; 2],
        interval: &Interval,
        draft: &Draft,
        book: &PriceBook,
        read_file: &ReadFile<'_>,
    ) -> Result<Option<Decimal>, BreakEvenError> {
        let over = Axis::Requests;
        over.check(draft, interval)?;
        let mut curves = ScenarioCurves::new(&over, draft, book, read_file)?;
        curves.options = options.to_vec();
        let compared = name_options(&mut curves, interval)?;
        let search = Search { first_only: true, ..Search::along(interval, over.parts()) };
        refuse_identical(&mut curves, search, &compared)?;
        let (crossings, _) = crossings::read(&search.run(&mut curves)?.segments);
        Ok(crossings.iter().find(|crossing| crossing.is_by_cost()).map(|first| first.at))
    }

    /// Whether an option had to be left out for want of a price.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        !self.left_out.is_empty()
    }

    /// Whether any option carries the load anywhere.
    #[must_use]
    pub fn has_winner(&self) -> bool {
        self.regions.iter().any(|region| region.is_carried())
    }
}

/// Takes out the options whose prices are missing, and says which.
fn leave_out_unpriced(
    curves: &mut ScenarioCurves<'_>,
    over: &Axis,
    interval: &Interval,
) -> Result<Vec<(String, String)>, BreakEvenError> {
    let (mut kept, mut left_out, mut followed) = (Vec::new(), Vec::new(), false);
    for option in curves.options.clone() {
        match curves.cost_at(option, interval.to()) {
            Ok(priced) => {
                kept.push(option);
                followed |= priced.is_some_and(|(_, cost)| !cost.amount().is_zero());
            }
            Err(BreakEvenError::Scenario(ScenarioError::Bill { option, problem })) => {
                left_out.push((option, problem.to_string()))
            }
            Err(problem) => return Err(problem),
        }
    }
    if kept.len() < 2 {
        return Err(BreakEvenError::TooFewOptions { found: kept.len() });
    }
    match over {
        Axis::Price(name) if !followed => return Err(BreakEvenError::NothingPriced { name: name.clone() }),
        _ => curves.options = kept,
    }
    Ok(left_out)
}

/// The option of this name, along the axis or at the place that the scenario states, or the only one whose name contains the text.
fn find(curves: &ScenarioCurves<'_>, stated: &[String], typed: &str) -> Result<usize, BreakEvenError> {
    let named = |fits: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let fitting = |option: &usize| fits(&curves.names[*option]) || fits(&stated[*option]);
        curves.options.iter().copied().filter(fitting).collect()
    };
    let part = typed.to_lowercase();
    let fitting = named(&|name| name.to_lowercase().contains(&part));
    match (named(&|name| name == typed).as_slice(), fitting.as_slice()) {
        ([exact], _) | (_, [exact]) => Ok(*exact),
        _ => Err(BreakEvenError::UnknownOption {
            typed: typed.to_owned(),
            matches: fitting.len(),
            known: curves.options.iter().map(|option| curves.names[*option].clone()).collect(),
        }),
    }
}

fn name_options(curves: &mut ScenarioCurves<'_>, interval: &Interval) -> Result<Vec<Compared>, BreakEvenError> {
    let kept = curves.options.clone();
    let scenario = curves.scenario_at(interval.from())?;
    let compared = |option: &usize| {
        let design = &scenario.options[*option];
        Compared { name: design.name.clone(), platform: design.platforms() }
    };
    Ok(kept.iter().map(compared).collect())
}

/// Two curves that agree everywhere have no crossing, and no region either.
fn refuse_identical(curves: &mut ScenarioCurves<'_>, search: Search, options: &[Compared]) -> Result<(), BreakEvenError> {
    use self::search::Curves as _;
    for place in search.places(PLACES_TO_DIFFER) {
        let (one, other) = (curves.sample(0, place)?, curves.sample(1, place)?);
        if one.cost != other.cost || one.carries != other.carries {
            return Ok(());
        }
    }
    Err(BreakEvenError::Identical { one: options[0].name.clone(), other: options[1].name.clone() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scenario::{Flags, read_toml};

    fn ask(text: &str, over: &str, ends: (&str, &str)) -> Result<BreakEven, BreakEvenError> {
        let no_file = |name: &str, _: &_| Err(format!("no file {name}"));
        let book = PriceBook::bundled();
        let draft = Draft::read(read_toml("s.toml", text)?, Flags::none(), &book, &no_file)?;
        let over: Axis = over.parse()?;
        let place = |text: &str| over.parse(text, draft.month()).unwrap();
        let interval = Interval::new(place(ends.0), place(ends.1), over.usual_scale())?;
        BreakEven::of(&Question { over, interval, between: None }, &draft, &book, &no_file)
    }

    fn scenario(workload: &str, options: &[&str]) -> String {
        let options: String = options.iter().map(|option| format!("[[option]]\n{option}\n")).collect();
        format!("[workload]\nrequests = \"1M/month\"\n{workload}\n{options}")
    }

    #[test]
    fn over_memory_a_size_that_follows_it_is_no_part_of_a_name() {
        let answer = ask(&scenario(SHORT, &[LAMBDA, "platform = \"fargate\"", T3]), "memory", ("512MB", "10GB")).unwrap();
        let names: Vec<&str> = answer.options.iter().map(|option| option.name.as_str()).collect();
        assert_eq!(
            names,
            ["lambda, x86_64, sized as needed", "fargate, x86_64, sized as needed", "ec2, 1 × t3.medium, on demand"]
        );
        assert!(answer.reference.options.iter().all(|option| names.contains(&option.name.as_str())));
        let over_requests = over_requests(SHORT, &[LAMBDA, T3]);
        assert_eq!(over_requests.options[0].name, "lambda, 512 MB x86_64");
    }

    #[test]
    fn over_utilization_what_has_no_fleet_costs_the_same_everywhere() {
        let options = ["platform = \"azure-functions\"", "platform = \"fargate\""];
        let text = scenario("duration = \"200ms\"\nmemory = \"512MB\"", &options).replace("1M/month", "100M/month");
        let answer = ask(&text, "utilization", ("10%", "100%")).unwrap();
        assert_eq!(answer.options.len(), 2);
        assert!(!answer.crossings.is_empty());
        let own = ["platform = \"azure-functions\"\ntarget_utilization = \"50%\"", "platform = \"fargate\""];
        let problem = ask(&text.replace(options[0], own[0]), "utilization", ("10%", "100%")).unwrap_err();
        assert!(problem.to_string().contains("unknown key `target_utilization`") && problem.is_wrong_input(), "{problem}");
    }

    /// Requests from a thousand to a billion a month.
    fn over_requests(workload: &str, options: &[&str]) -> BreakEven {
        ask(&scenario(workload, options), "requests", ("1k/month", "1B/month")).unwrap()
    }

    /// Where costs cross.
    fn places(answer: &BreakEven, decimals: u32) -> Vec<String> {
        let by_cost = answer.crossings.iter().filter(|crossing| crossing.is_by_cost());
        by_cost.map(|crossing| crossing.at.round_dp(decimals).to_string()).collect()
    }

    const SECOND: &str = "duration = \"1s\"\nmemory = \"512MB\"";
    const SHORT: &str = "duration = \"200ms\"\nmemory = \"512MB\"";
    const LAMBDA: &str = "platform = \"lambda\"";
    const T3: &str = "platform = \"ec2\"\ninstance = \"t3.medium\"\ncount = 1";

    #[test]
    fn one_t3_medium_meets_512_mb_for_a_second_at_3_558_743() {
        let answer = over_requests(SECOND, &[LAMBDA, T3]);
        assert_eq!(places(&answer, 0), ["3558743"]);
        let crossing = &answer.crossings[0];
        assert_eq!((crossing.kind, crossing.cheaper_below, crossing.cheaper_above), (Kind::Root, Some(0), Some(1)));
        // Beyond its credits the instance is still the cheaper one, and wins no more.
        let limit = &answer.crossings[1];
        assert_eq!((limit.at.round_dp(0), answer.crossings.len()), (Decimal::from(3_631_978), 2));
        assert_eq!((limit.kind, limit.cheaper_below, limit.cheaper_above), (Kind::Limit, Some(1), Some(1)));
        assert_eq!((limit.winner_below, limit.winner_above, &answer.mixed), (Some(1), Some(0), &None));
        // (30.368 + 0.20 + 6.66668) / 8.53335: the free tier is worth 6.87. By then the work is beyond the instance's credits.
        let free = |credits: &str| {
            let options = [LAMBDA, &format!("{T3}\ncredits = \"{credits}\"")];
            let text = format!("free_tier = true\n{}", scenario(SECOND, &options));
            ask(&text, "requests", ("1k/month", "1B/month")).unwrap()
        };
        assert_eq!(places(&free("standard"), 0), ["4363431"]);
        let alone = &free("standard").crossings[0];
        assert_eq!((&alone.carries[..], alone.changes_winner(), alone.is_by_cost()), (&[true, false][..], false, true));
        // Surplus credits of 0.05 a vCPU-hour make the instance dearer, and let it carry more.
        assert_eq!(places(&free("unlimited"), 0), ["5014882"]);
        assert_eq!(free("unlimited").crossings[0].carries, [true, true]);
    }

    /// A task that carries 2 requests a second against a function: a root in each step and a jump back at its end.
    #[test]
    fn a_staircase_of_tasks_crosses_a_function_23_times() {
        let tasks = "platform = \"fargate\"\nvcpu = 0.25\nmemory = \"512MB\"\nrequests_per_instance = \"2/s\"";
        let answer = over_requests(SHORT, &[LAMBDA, tasks]);
        assert_eq!(answer.crossings.len(), 23);
        for (index, crossing) in answer.crossings.iter().enumerate() {
            let n = Decimal::from(index / 2 + 1);
            let (kind, at) = match index % 2 {
                0 => (Kind::Root, "4826790.487874".parse::<Decimal>().unwrap() * n),
                _ => (Kind::Step, Decimal::from(5_256_000) * n),
            };
            assert_eq!(crossing.kind, kind);
            assert!((crossing.at - at).abs() < Decimal::new(1, 4), "{} {at}", crossing.at);
        }
        assert_eq!(answer.crossings[22].at.round_dp(2).to_string(), "57921485.85");
        assert_eq!(answer.crossings[1].at.to_string(), "5256000");
        assert_eq!(answer.crossings[22].cheaper_above, Some(1));
        assert!(answer.samples < 3000, "{}", answer.samples);
        let mixed = answer.mixed.unwrap();
        // Tasks lose most just beyond the first step: two of them, where one almost sufficed.
        let tasks = &mixed.regrets[1];
        assert_eq!((tasks.at.round_dp(0).to_string(), tasks.cost.to_string()), ("5256000".to_owned(), "$8.21".to_owned()));
    }

    #[test]
    fn all_roots_of_one_task_against_a_function() {
        let task = |vcpu: &str, memory: &str| format!("platform = \"fargate\"\nvcpu = {vcpu}\nmemory = \"{memory}\"\ncount = 1");
        for (duration, memory, vcpu, size, expected) in [
            ("200ms", "512MB", "0.25", "512MB", "4826790"),
            ("200ms", "512MB", "1", "2GB", "19307162"),
            ("100ms", "512MB", "0.25", "512MB", "8719365"),
            ("100ms", "512MB", "0.5", "1GB", "17438730"),
            ("1s", "1GB", "0.25", "512MB", "534190"),
            ("1s", "1GB", "1", "2GB", "2136761"),
        ] {
            let workload = format!("duration = \"{duration}\"\nmemory = \"{memory}\"");
            let answer = over_requests(&workload, &[LAMBDA, &task(vcpu, size)]);
            assert_eq!(places(&answer, 0), [expected], "{duration} {memory} {vcpu} {size}");
        }
    }

    #[test]
    fn costs_that_meet_once_cross_once() {
        for (level, at) in [(1, "19710000"), (4, "39947425"), (8, "68611403"), (10, "83370018"), (20, "159382382")] {
            let provisioned = format!("{LAMBDA}\nprovisioned_concurrency = {level}");
            let answer = over_requests(SHORT, &[LAMBDA, &provisioned]);
            assert_eq!(places(&answer, 0), [at], "{level} units");
        }
        let answer = over_requests(SHORT, &[LAMBDA, &format!("{LAMBDA}\nprovisioned_concurrency = 10")]);
        assert!((answer.crossings[0].at - "83370018.284".parse::<Decimal>().unwrap()).abs() < Decimal::new(1, 1));
        let short = "cpu = \"20ms\"\nwait = \"180ms\"\nmemory = \"512MB\"";
        let answer = over_requests(short, &[LAMBDA, "platform = \"container-apps\""]);
        assert_eq!(answer.crossings.len(), 1, "{:?}", answer.crossings);
    }

    #[test]
    fn one_rule_says_who_wins_of_two_and_of_more() {
        let tasks = "platform = \"fargate\"\ncount = 1";
        let nano = "platform = \"ec2\"\ninstance = \"t4g.nano\"\ncount = 1";
        let answer = over_requests("duration = \"100ms\"\nmemory = \"256MB\"", &[tasks, nano, LAMBDA]);
        let changes: Vec<_> = answer.crossings.iter().filter(|crossing| crossing.changes_winner()).collect();
        let kinds: Vec<Kind> = changes.iter().map(|crossing| crossing.kind).collect();
        assert_eq!(kinds, [Kind::Root, Kind::Limit, Kind::Limit]);
        let winners: Vec<_> = answer.regions.iter().map(|region| region.winner).collect();
        assert_eq!(winners, [Some(2), Some(1), Some(0), Some(2)]);
        // Costs alone, which carry on as they were.
        assert!(answer.regions[1..].iter().all(|region| region.cheapest == Some(1)), "{:?}", answer.regions);
    }

    #[test]
    fn options_that_cost_the_same_curve_are_followed_once() {
        let units = |region: &str| format!("{LAMBDA}\nprovisioned_concurrency = 5\nregion = \"{region}\"");
        let work = "duration = \"120ms\"\nmemory = \"512MB\"";
        let answer = over_requests(work, &[&units("us-east-1"), &units("us-east-2"), LAMBDA]);
        assert_eq!((answer.crossings.len(), answer.crossings[0].cheaper_above), (1, None), "{:?}", answer.crossings);
        let pair = over_requests(work, &[&units("us-east-1"), LAMBDA]);
        assert!((pair.crossings[0].at / answer.crossings[0].at - Decimal::ONE).abs() < Decimal::new(1, 9));
        let modal = "platform = \"modal\"";
        assert!(!over_requests(work, &[modal, modal, LAMBDA]).crossings.is_empty());
    }

    #[test]
    fn cold_starts_that_cost_less_when_more_requests_come_cross_more_than_once() {
        let work = "duration = \"10ms\"\nmemory = \"256MB\"\ncpu_fraction = \"5%\"";
        let function = "platform = \"lambda\"\nmemory = \"10GB\"\ninit_duration = \"10s\"";
        let answer = over_requests(work, &[function, "platform = \"ec2\"\ninstance = \"t4g.nano\"\ncount = 1"]);
        assert_eq!(places(&answer, 0), ["2633", "16051", "618023"]);
    }

    #[test]
    fn functions_that_differ_in_how_they_start_alone_are_told_apart_at_once() {
        let function = |init: &str| format!("{LAMBDA}\ninit_duration = \"{init}\"");
        let answer = over_requests("duration = \"1s\"\nmemory = \"1GB\"", &[&function("2s"), &function("1s")]);
        assert_eq!((answer.crossings.len(), answer.regions[0].winner), (0, Some(1)));
        assert!(answer.samples < 500, "{}", answer.samples);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        /// Functions that start cold, of sizes and lifetimes at which that costs more or less than the rest, with and without
        /// units and hours, beside machines: wherever one looks, who is said to be the cheapest is.
        #[test]
        fn the_winner_is_the_cheapest_wherever_one_looks(
            (duration, init) in (1_u32..3000, 1_u32..10_000),
            (memory, keep_alive) in (0_usize..4, 1_u32..3000),
            units in 0_u32..4,
            by_hours in any::<bool>(),
            places in prop::collection::vec(0.0..1.0_f64, 40),
        ) {
            let memory = ["512MB", "1GB", "3GB", "10GB"][memory];
            let cold = format!("{LAMBDA}\nmemory = \"{memory}\"\ninit_duration = \"{init}ms\"\nkeep_alive = \"{keep_alive}s\"");
            let with_units = format!("{cold}\nprovisioned_concurrency = {units}");
            let spot = "platform = \"ec2\"\ninstance = \"t4g.small\"\npurchase = \"spot\"";
            let hourly = if by_hours { "\nhourly = [1, 0, 0, 0, 0, 0, 0, 2, 5, 9, 9, 8, 7, 8, 8, 7, 6, 5, 4, 4, 3, 2, 2, 1]" } else { "" };
            let text = scenario(&format!("duration = \"{duration}ms\"\nmemory = \"256MB\"{hourly}"), &[&cold, &with_units, spot]);
            let answer = ask(&text, "requests", ("1k/month", "100M/month")).unwrap();
            let book = PriceBook::bundled();
            let no_file = |name: &str, _: &_| Err(format!("no file {name}"));
            let draft = Draft::read(read_toml("s.toml", &text).unwrap(), Flags::none(), &book, &no_file).unwrap();
            let mut curves = ScenarioCurves::new(&Axis::Requests, &draft, &book, &no_file).unwrap();
            for share in places {
                let x = crate::units::decimal_from_statistic(1e3 * 1e5_f64.powf(share), 3).unwrap();
                let region = answer.regions.iter().find(|region| region.from <= x && x <= region.to).unwrap();
                let Some(winner) = region.winner else { continue };
                let cost = |option: usize, curves: &mut ScenarioCurves<'_>| {
                    let sample = curves.cost_at(option, x).unwrap()?.0;
                    sample.cost.filter(|_| sample.carries)
                };
                let won = cost(winner, &mut curves).unwrap();
                let least = (0..3).filter_map(|option| cost(option, &mut curves)).min().unwrap();
                // Next to a crossing, which has nine digits.
                prop_assert!(won - least <= won * Decimal::new(1, 8), "{text}\nat {x}: {won} {least} {:?}", answer.crossings);
            }
        }
    }

    #[test]
    fn what_falls_short_is_never_the_winner() {
        let work = "cpu = \"1s\"";
        let answer =
            over_requests(work, &["platform = \"lambda\"\nmemory = \"512MB\"", &format!("{T3}\ncredits = \"standard\"")]);
        let regions: Vec<(String, Option<usize>, bool)> =
            answer.regions.iter().map(|region| (region.to.round_dp(0).to_string(), region.winner, region.carries[1])).collect();
        // Its credits pay for 1,051,200 seconds; the cheapest beyond that, at its crossing, cannot carry what it is cheap for.
        assert!(regions.iter().all(|(_, winner, carries)| *carries || *winner == Some(0)), "{regions:?}");
        assert!(regions.iter().any(|(to, _, carries)| to == "1051200" && *carries), "{regions:?}");
    }

    #[test]
    fn over_duration_a_function_loses_at_a_whole_millisecond() {
        let answer = ask(&scenario(SHORT, &[LAMBDA, T3]), "duration", ("1ms", "900s")).unwrap();
        // 1,000,000 × (0.0000002 + d × 0.5 × 0.0000166667) = 30.368 at d = 3.62016 s, and milliseconds are billed whole.
        assert_eq!(places(&answer, 0).len(), 1);
        assert_eq!((answer.crossings[0].at.to_string(), answer.crossings[0].kind), ("3620".to_owned(), Kind::Step));
    }

    #[test]
    fn over_a_price_the_curves_are_lines() {
        let answer = ask(&scenario(SECOND, &[LAMBDA, T3]), "price:ec2", ("0.1", "10")).unwrap();
        assert_eq!(places(&answer, 6), ["0.280998"]); // 8.53335 / 30.368
        let nothing = ask(&scenario(SECOND, &[LAMBDA, T3]), "price:fargate", ("0.1", "10")).unwrap_err();
        assert!(matches!(nothing, BreakEvenError::NothingPriced { .. }));
    }

    /// Whatever the other workload does, it costs the same on both sides.
    #[test]
    fn over_the_requests_of_one_workload_the_others_stay() {
        let text = format!(
            "[[workload]]\nname = \"api\"\nrequests = \"5/month\"\n{SECOND}\n[[workload]]\nname = \"mail\"\nrequests = \"9M/month\"\n\
             {SHORT}\n[[option]]\n{LAMBDA}\n[[option]]\n{LAMBDA}\n[option.workload.api]\n{T3}\n"
        );
        let answer = ask(&text, "requests:api", ("1k/month", "1B/month")).unwrap();
        assert_eq!(places(&answer, 0), ["3558743"]);
        assert_eq!(answer.over.place(answer.crossings[0].at), "3,558,743 requests a month of api");
        let problem = ask(&text, "requests:web", ("1k/month", "1B/month")).unwrap_err().to_string();
        assert_eq!(problem, "requests:web cannot be the axis: no workload has this name (they are called api; mail)");
    }

    #[test]
    fn what_never_crosses_has_no_crossing() {
        let arm = "platform = \"lambda\"\narchitecture = \"arm64\"";
        let answer = over_requests(SECOND, &[LAMBDA, arm]);
        assert_eq!((answer.crossings.len(), answer.regions.len(), answer.regions[0].winner), (0, 1, Some(1)));
    }

    #[test]
    fn questions_without_an_answer_are_refused() {
        let refused = |options: &[&str], over: &str, from: &str, to: &str| {
            ask(&scenario(SECOND, options), over, (from, to)).unwrap_err().to_string()
        };
        for (options, over, from, to, expected) in [
            (&[LAMBDA, T3][..], "requests", "0/month", "1M/month", "cannot start at zero"),
            (&[LAMBDA, T3], "requests", "2M/month", "1M/month", "is empty"),
            (&[LAMBDA, LAMBDA], "requests", "1k/month", "1M/month", "cost the same from end to end"),
            (&[LAMBDA], "requests", "1k/month", "1M/month", "1 of the options has a price"),
            (&[LAMBDA, T3], "request", "1k/month", "1M/month", "did you mean requests?"),
            (&[LAMBDA, T3], "peak-to-mean", "0.5", "3", "a peak is at least the mean"),
            (&[LAMBDA, T3], "utilization", "10%", "100%", "the fleet of no option follows it"),
        ] {
            let message = refused(options, over, from, to);
            assert!(message.contains(expected), "{message}");
        }
    }
}
