//! What if the inputs are not known? Ranges in, distributions out.
//!
//! Every option is evaluated on the *same* draws of the ranges ([`Draft::ranges`]), with its exact cost in each: what decides
//! between two options is the distribution of their difference, and common draws leave nothing else in it. Whether an option
//! carries the load is judged in each draw, and what falls short there cannot win there.
//!
//! The median of a cost is the cost of a draw, not the cost of the medians; the two differ, and both are given.
//!
//! Nothing here reads a clock: the seed is an argument, and the same seed gives the same bytes on any machine. Prices are not
//! uncertain.

mod draws;
mod evaluate;
mod sampled;
mod sensitivity;
mod volume;

use self::draws::normal_draws;
use self::evaluate::Evaluator;
use self::sampled::{Sampled, share};
pub use self::sensitivity::Swing;
pub use self::volume::{BreakEvenBand, VolumeBand};
use crate::break_even::BreakEvenError;
use crate::price_book::PriceBook;
use crate::scenario::{Basis, Draft, Ranged, ScenarioError};
use crate::stats::P90_DEVIATION;
use crate::units::{Decimal, Usd};
use crate::workload::ReadFile;

/// Why there is no distribution.
#[derive(Debug, thiserror::Error)]
pub enum UncertaintyError {
    /// The scenario cannot be placed or priced.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// A value within the ranges cannot be used.
    #[error("{problem} (the ranges reach a value that cannot be used: give narrower ones)")]
    Draw {
        /// Why.
        problem: Box<ScenarioError>,
    },
    /// The break-even cannot be searched.
    #[error(transparent)]
    BreakEven(#[from] BreakEvenError),
    /// Nothing is uncertain.
    #[error(
        "nothing is stated as a range (write for example requests = {{ p50 = \"1M/month\", p90 = \"4M/month\" }}, or --requests p50=1M/month,p90=4M/month)"
    )]
    NoRange,
    /// Too few draws say nothing, too many take hours.
    #[error("{draws} draws are not possible (16 to 1,000,000)")]
    Draws {
        /// How many were asked for.
        draws: usize,
    },
    /// Nothing can be evaluated.
    #[error("no option has a price ({reasons})")]
    NothingPriced {
        /// Why, option by option.
        reasons: String,
    },
}

impl UncertaintyError {
    /// Whether the input is at fault, rather than what the program knows.
    #[must_use]
    pub fn is_wrong_input(&self) -> bool {
        match self {
            Self::Scenario(problem) => problem.is_wrong_input(),
            Self::Draw { problem } => problem.is_wrong_input(),
            Self::BreakEven(problem) => problem.is_wrong_input(),
            Self::NoRange | Self::Draws { .. } => true,
            Self::NothingPriced { .. } => false,
        }
    }
}

/// How the ranges are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampling {
    /// How many draws; a power of two is spread most evenly.
    pub draws: usize,
    /// The seed of their random shift.
    pub seed: u64,
}

impl Sampling {
    fn check(self) -> Result<(), UncertaintyError> {
        let possible = (16..=1_000_000).contains(&self.draws);
        if possible { Ok(()) } else { Err(UncertaintyError::Draws { draws: self.draws }) }
    }
}

impl Default for Sampling {
    /// 4,096 draws: the standard error of a probability is at most 0.8 points, of independent draws; these are spread more
    /// evenly and do better.
    fn default() -> Self {
        Self { draws: 4096, seed: 1 }
    }
}

/// Quantiles of what the draws gave, each the value of a draw, and their mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantiles {
    /// One in ten is not greater.
    pub p10: Decimal,
    /// One in two is not greater.
    pub p50: Decimal,
    /// Nine in ten are not greater.
    pub p90: Decimal,
    /// The mean, to six decimals.
    pub mean: Decimal,
}

impl Quantiles {
    /// By rank: the p10 of ten values is the least.
    fn of(mut values: Vec<Decimal>) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        let mean = mean_of(&values)?;
        let count = values.len();
        let mut at = |percent: usize| *values.select_nth_unstable((count * percent).div_ceil(100).max(1) - 1).1;
        Some(Self { p10: at(10), p50: at(50), p90: at(90), mean })
    }
}

/// The mean to six decimals.
fn mean_of(values: &[Decimal]) -> Option<Decimal> {
    let count = Decimal::from(values.len());
    let sum = values.iter().try_fold(Decimal::ZERO, |sum, value| sum.checked_add(*value))?;
    sum.checked_div(count).map(|mean| mean.round_dp(6).normalize())
}

/// An input that is a range.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// The range as it was stated.
    pub ranged: Ranged,
    /// Its P10, median and P90.
    pub values: [Decimal; 3],
}

/// The distribution of what a scenario costs.
#[derive(Debug)]
pub struct Uncertainty {
    /// What all options have in common.
    pub basis: Basis,
    /// How the ranges were drawn.
    pub sampling: Sampling,
    /// The ranges.
    pub inputs: Vec<Input>,
    /// The correlation of traffic and the time of a request.
    pub correlation: f64,
    /// The options, the likeliest to be the cheapest first; everything below names them by their place in this list.
    pub options: Vec<OptionOutlook>,
    /// The share of the draws in which no option carries the load.
    pub nobody: f64,
    /// Options that have no price, and why.
    pub left_out: Vec<(String, String)>,
    /// What matters most: the ranges by how far each moves the cost of the first option.
    pub tornado: Vec<Swing>,
    /// Where the first two options cross over requests; nothing where there are no two, or no such question.
    pub break_even: Option<BreakEvenBand>,
    /// How likely each option is to be the cheapest, by traffic; empty where the traffic is certain.
    pub by_requests: Vec<VolumeBand>,
}

/// What an option costs, and how likely it is the one to choose.
#[derive(Debug, Clone, PartialEq)]
pub struct OptionOutlook {
    /// Its name.
    pub name: String,
    /// Its platform, or all of them joined by "+".
    pub platform: String,
    /// What it costs with every range at its median; nothing where it is refused there.
    pub at_medians: Option<Usd>,
    /// What it costs a month, over the draws in which its platform takes the work.
    pub cost: Option<Quantiles>,
    /// The share of the draws in which it is the cheapest that carries the load.
    pub cheapest: f64,
    /// The share of the draws in which it does not carry the load.
    pub falls_short: f64,
    /// What choosing it costs more than choosing the cheapest, on average over the draws in which it carries the load.
    pub regret: Option<Decimal>,
}

impl Uncertainty {
    /// Evaluates the ranges of a scenario with the prices of `book`.
    ///
    /// # Errors
    /// When nothing is a range, the ranges reach values that cannot be used, or no option has a price.
    pub fn of(sampling: Sampling, draft: &Draft, book: &PriceBook, read_file: &ReadFile<'_>) -> Result<Self, UncertaintyError> {
        sampling.check()?;
        if draft.ranges().is_empty() {
            return Err(UncertaintyError::NoRange);
        }
        let mut evaluator = Evaluator::new(draft, book, read_file)?;
        let medians = vec![0.0; draft.ranges().len()];
        let basis = evaluator.scenario_at(&medians)?.basis(book);
        let at_medians = evaluator.outcomes(&medians)?;
        let draws = correlated_draws(sampling, draft);
        let sampled = Sampled::of(&mut evaluator, &draws)?;
        let outlook = |place: usize| (place, sampled.outlook(place, evaluator.named(place), at_medians[place]));
        let (order, options) = ranked((0..evaluator.count()).map(outlook).collect());
        let second = order.get(1).copied().filter(|_| options[1].cost.is_some());
        let tornado = sensitivity::tornado(&mut evaluator, draft.ranges().len(), order[0], second)?;
        let break_even = match second {
            Some(second) => volume::break_even_band(&mut evaluator, [order[0], second], book, read_file)?,
            None => None,
        };
        Ok(Self {
            basis,
            sampling,
            inputs: draft.ranges().iter().map(Input::of).collect(),
            correlation: draft.correlation().0,
            nobody: share(sampled.winners.iter().filter(|winner| winner.is_none()).count(), sampling.draws),
            by_requests: volume::by_requests(&sampled.requests, &sampled.winners_in(&order), options.len()),
            options,
            left_out: evaluator.left_out,
            tornado,
            break_even,
        })
    }

    /// The option that is the likeliest to be the cheapest that carries the load, where any carries it in any draw.
    #[must_use]
    pub fn likeliest(&self) -> Option<&OptionOutlook> {
        self.options.first().filter(|option| 0.0 < option.cheapest)
    }

    /// Whether an option had to be left out for want of a price.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        !self.left_out.is_empty()
    }
}

impl Input {
    fn of(ranged: &Ranged) -> Self {
        let values = [-P90_DEVIATION, 0.0, P90_DEVIATION].map(|deviation| ranged.at(deviation));
        Self { ranged: ranged.clone(), values }
    }
}

/// The options in order, by their places. What is never refused and cheap comes before what is refused, where neither ever wins.
fn ranked(mut options: Vec<(usize, OptionOutlook)>) -> (Vec<usize>, Vec<OptionOutlook>) {
    let median = |option: &OptionOutlook| option.cost.map_or(Decimal::MAX, |cost| cost.p50);
    options.sort_by(|(_, one), (_, other)| other.cheapest.total_cmp(&one.cheapest).then_with(|| median(one).cmp(&median(other))));
    options.into_iter().unzip()
}

/// The draws of all ranges; the time of a request follows the traffic of its workload as far as the correlation says:
/// z′ = ρ·z_traffic + √(1 − ρ²)·z.
fn correlated_draws(sampling: Sampling, draft: &Draft) -> Vec<Vec<f64>> {
    let mut draws = normal_draws(sampling.draws, draft.ranges().len(), sampling.seed);
    let (correlation, pairs) = draft.correlation();
    let rest = (1.0 - correlation * correlation).sqrt();
    for draw in &mut draws {
        for (traffic, time) in &pairs {
            draw[*time] = correlation * draw[*traffic] + rest * draw[*time];
        }
    }
    draws
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scenario::{Flags, read_toml};
    use crate::units::statistic_from_decimal;

    fn draft(text: &str) -> Result<Draft, ScenarioError> {
        let file = read_toml("s.toml", text)?;
        Draft::read(file, Flags::none(), &PriceBook::bundled(), &|name, _| Err(format!("no file {name}")))
    }

    fn outlook_of(text: &str, sampling: Sampling) -> Uncertainty {
        let read_file = |name: &str, _: &_| Err(format!("no file {name}"));
        Uncertainty::of(sampling, &draft(text).unwrap(), &PriceBook::bundled(), &read_file).unwrap()
    }

    fn outlook(text: &str) -> Uncertainty {
        outlook_of(text, Sampling { draws: 512, seed: 1 })
    }

    fn problem(text: &str) -> String {
        draft(text).unwrap_err().to_string()
    }

    const TWO: &str = "[[option]]\nplatform = \"lambda\"\n[[option]]\nplatform = \"ec2\"\ninstance = \"t3.medium\"\ncount = 1\ncredits = \"unlimited\"\n";

    #[test]
    fn costs_in_proportion_have_the_quantiles_of_the_traffic() {
        let text = "[workload]\nrequests = { p50 = \"10M/month\", p90 = \"40M/month\" }\nduration = \"1s\"\nmemory = \"512MB\"\n";
        let found = outlook_of(text, Sampling::default());
        let cost = found.options[0].cost.unwrap();
        // A million requests cost 8.53335; the mean of a log-normal is p50 · e^(σ²/2), σ = ln 4 / 1.28155.
        for (quantile, millions) in [(cost.p10, 2.5), (cost.p50, 10.0), (cost.p90, 40.0), (cost.mean, 10.0 * 0.585_044_f64.exp())]
        {
            let error = statistic_from_decimal(quantile) / (8.533_35 * millions) - 1.0;
            assert!(error.abs() < 0.01, "{quantile} of {millions} millions: {error}");
        }
        assert_eq!(
            (found.options[0].at_medians.unwrap().to_string(), found.tornado[0].elasticity),
            ("$85.33".to_owned(), Some(1.0))
        );
        assert_eq!(found.tornado[0].cost.map(|cost| cost.unwrap().to_string()), ["$21.33", "$341.33"]);
    }

    #[test]
    fn a_range_without_width_is_the_point_estimate() {
        let wide = |range: &str| format!("[workload]\nrequests = {range}\nduration = \"120ms\"\nmemory = \"512MB\"\n{TWO}");
        let point = draft(&wide("\"12/s\"")).unwrap();
        let book = PriceBook::bundled();
        let estimate = point.place(&book, &|name, _| Err(format!("no file {name}"))).unwrap().estimate(&book).unwrap();
        let found = outlook(&wide("{ p50 = \"12/s\", p90 = \"12/s\" }"));
        for option in &found.options {
            let exact = estimate.options.iter().find(|other| other.name == option.name).unwrap().bill.total().amount();
            let cost = option.cost.unwrap();
            assert_eq!([cost.p10, cost.p50, cost.p90, cost.mean], [exact, exact, exact, exact.round_dp(6).normalize()]);
        }
        assert_eq!((found.options[0].cheapest.to_bits(), found.by_requests.len()), (1.0_f64.to_bits(), 0));
    }

    #[test]
    fn what_falls_short_in_a_draw_does_not_win_it() {
        let found = outlook(&format!(
            "[workload]\nrequests = {{ p50 = \"10M/month\", p90 = \"30M/month\" }}\nduration = \"1s\"\nmemory = \"512MB\"\n{TWO}"
        ));
        let machine = found.options.iter().find(|option| option.platform == "ec2").unwrap();
        let lambda = found.options.iter().find(|option| option.platform == "lambda").unwrap();
        // 512 of 1,769 MB are 0.2894 vCPU, so one t3.medium carries 2 / 0.2894 a second, 18.16 million a month:
        // z = ln(18.16 / 10) / 0.8572 = 0.696, and 24.3 % lie above.
        assert!((machine.falls_short - 0.243).abs() < 0.005 && lambda.falls_short < 1e-9, "{machine:?}");
        // Below 3.56 million, where 11.4 % lie, Lambda costs less.
        assert!((lambda.cheapest - 0.357).abs() < 0.005 && (machine.cheapest - 0.643).abs() < 0.005, "{lambda:?}");
        let crossing = found.break_even.unwrap();
        assert_eq!((crossing.draws, crossing.crossed), (1, 1));
        assert_eq!(found.by_requests.len(), 16);
    }

    #[test]
    fn ranges_are_found_wherever_a_number_may_stand() {
        let found = outlook(
            "month_hours = { low = 720, high = 744 }\ncorrelation = 0.5\n\
             [workload]\nrequests = { p10 = \"1M/month\", p50 = \"2M/month\", p90 = \"4M/month\" }\n\
             duration = { mean_p50 = \"100ms\", mean_p90 = \"150ms\" }\nmemory = \"512MB\"\n\
             [[neighbor]]\nservice = \"data-transfer-out\"\ndata = { p50 = \"10GB\", p90 = \"20GB\" }\n\
             [[option]]\nname = \"one\"\nplatform = \"lambda\"\ncold_start_share = { p50 = \"1%\", p90 = \"5%\" }\ninit_duration = \"1s\"\n\
             [[option]]\nname = \"two\"\nplatform = \"ec2\"\ninstance = \"t3.medium\"\ncount = { p50 = 2, p90 = 4 }\n",
        );
        let names: Vec<&str> = found.inputs.iter().map(|input| input.ranged.name.as_str()).collect();
        let expected =
            ["month_hours", "requests", "duration", "cold_start_share of one", "count of two", "data of data-transfer-out"];
        assert_eq!(names, expected);
        assert_eq!(found.tornado.len(), 6);
        // No fleet has two and a half machines.
        assert!([-1.0, 0.3, 1.0].iter().all(|deviation| found.inputs[4].ranged.at(*deviation).is_integer()));
    }

    #[test]
    fn traffic_and_time_that_rise_together_spread_the_cost() {
        let with = |correlation: &str| {
            let found = outlook(&format!(
                "correlation = {correlation}\n[workload]\nrequests = {{ p50 = \"10M/month\", p90 = \"20M/month\" }}\n\
                 duration = {{ mean_p50 = \"1s\", mean_p90 = \"2s\" }}\nmemory = \"512MB\"\n"
            ));
            let cost = found.options[0].cost.unwrap();
            statistic_from_decimal(cost.p90 / cost.p10).ln()
        };
        // Of a product of equal spreads, ln p90/p10 is 2 · 1.28155 · σ · √(2 + 2ρ) with σ = ln 2 / 1.28155; requests cost little.
        for (correlation, expected) in [("0", 2.0_f64), ("1", 4.0), ("-0.5", 1.0)] {
            let expected = 2.0 * 2.0_f64.ln() * expected.sqrt();
            assert!((with(correlation) / expected - 1.0).abs() < 0.05, "{correlation}: {} {expected}", with(correlation));
        }
    }

    #[test]
    fn the_break_even_band_is_that_of_the_other_inputs() {
        for correlation in ["0", "0.6", "-0.5"] {
            let found = outlook(&format!(
                "correlation = {correlation}\n[workload]\nrequests = {{ p50 = \"5M/month\", p90 = \"20M/month\" }}\n\
                 duration = {{ mean_p50 = \"200ms\", mean_p90 = \"500ms\" }}\nmemory = \"1GB\"\n\
                 [[option]]\nplatform = \"lambda\"\narchitecture = \"arm64\"\n\
                 [[option]]\nplatform = \"fargate\"\nvcpu = 1\nmemory = \"2GB\"\ncount = 1\n"
            ));
            let band = found.break_even.unwrap();
            assert_eq!((band.draws, band.crossed), (65, 65));
            // One task costs 36.0401 a month; on Lambda a request of d seconds 2e-7 + d · 1.33334e-5, with d at its P90, median, P10.
            let at = band.requests.unwrap();
            for (crossing, seconds) in [(at.p10, 0.5), (at.p50, 0.2), (at.p90, 0.08)] {
                let expected = 36.0401 / (2e-7 + seconds * 1.333_34e-5);
                assert!((statistic_from_decimal(crossing) / expected - 1.0).abs() < 1e-5, "{crossing} {expected}");
            }
        }
    }

    #[test]
    fn what_is_no_range_is_refused_where_it_stands() {
        let of = |requests: &str| problem(&format!("[workload]\nrequests = {requests}\nduration = \"1s\"\nmemory = \"512MB\"\n"));
        for (range, part) in [
            (
                "{ p50 = \"4M/month\", p90 = \"1M/month\" }",
                "s.toml:2:12: `requests`: p90 is less than p50: the range is upside down (swap them)",
            ),
            ("{ low = \"4M/month\", high = \"1M/month\" }", "high is less than low"),
            ("{ p50 = \"4M/month\" }", "a range has p50 and p90, a p10 too, or low and high; this one has p50"),
            ("{ p50 = \"4M/month\", p95 = \"1M/month\" }", "this one has p50, p95"),
            ("{ p50 = \"4M/month\", p90 = \"5M\" }", "s.toml:2:38: `requests`: \"5M\" is not a rate: the period is missing"),
            ("{ p50 = \"0/month\", p90 = \"5M/month\" }", "a quantile of zero has nothing around it (give low and high)"),
            ("{}", "this one has nothing"),
        ] {
            let message = of(range);
            assert!(message.contains(part), "{message}");
        }
        let share = "[workload]\nrequests = \"1M/month\"\nduration = \"1s\"\nmemory = \"512MB\"\ncpu_fraction = { p50 = \"50%\", p90 = 1 }\n";
        assert!(problem(share).contains("s.toml:5:16: `cpu_fraction`: the quantiles of a share lie between 0% and 100%"));
        let mixed = "[workload]\nrequests = \"1M/month\"\nduration = { p50 = \"1s\", mean_p90 = \"2s\" }\nmemory = \"512MB\"\n";
        assert!(problem(mixed).contains("a range has mean_p50 and mean_p90"), "{}", problem(mixed));
        let alone =
            format!("correlation = 0.5\n{}", "[workload]\nrequests = \"1M/month\"\nduration = \"1s\"\nmemory = \"512MB\"\n");
        assert!(problem(&alone).starts_with("s.toml:1:15: `correlation` is between"), "{}", problem(&alone));
        let name = format!(
            "[workload]\nrequests = \"1M/month\"\nduration = \"1s\"\nmemory = \"512MB\"\n{TWO}count = {{ p50 = 1, p90 = 2, p99 = 3 }}\n"
        );
        assert!(
            problem(&name).contains("duplicate") || problem(&name).contains("this one has p50, p90, p99"),
            "{}",
            problem(&name)
        );
    }

    #[test]
    fn without_a_range_there_is_no_distribution() {
        let text = "[workload]\nrequests = \"1M/month\"\nduration = { p50 = \"1s\", p95 = \"2s\" }\nmemory = \"512MB\"\n";
        let read_file = |name: &str, _: &_| Err(format!("no file {name}"));
        let refused = |text: &str, draws| {
            let sampling = Sampling { draws, seed: 1 };
            Uncertainty::of(sampling, &draft(text).unwrap(), &PriceBook::bundled(), &read_file).unwrap_err().to_string()
        };
        assert!(refused(text, 64).starts_with("nothing is stated as a range"));
        let ranged = text.replace("\"1M/month\"", "{ low = \"1M/month\", high = \"2M/month\" }");
        assert_eq!(refused(&ranged, 15), "15 draws are not possible (16 to 1,000,000)");
        // The median of the range is 1.5 million: what else is read of the scenario reads that.
        assert_eq!(draft(&ranged).unwrap().workloads[0].requests.per_month(crate::units::Month::STANDARD), 1_500_000.into());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        #[test]
        fn quantiles_are_in_order_and_probabilities_add_to_one(
            millions in 1_u32..100, factor in 100_u32..1000, milliseconds in 1_u32..2000, seed in 0_u64..1000,
        ) {
            let p90 = u64::from(millions) * u64::from(factor) * 10_000;
            let text = format!(
                "[workload]\nrequests = {{ p50 = \"{millions}M/month\", p90 = \"{p90}/month\" }}\n\
                 duration = {{ mean_low = \"{milliseconds}ms\", mean_high = \"{}ms\" }}\nmemory = \"512MB\"\n{TWO}",
                milliseconds * 2
            );
            let sampling = Sampling { draws: 32, seed };
            let found = outlook_of(&text, sampling);
            for cost in found.options.iter().filter_map(|option| option.cost) {
                prop_assert!(cost.p10 <= cost.p50 && cost.p50 <= cost.p90);
            }
            let all: f64 = found.options.iter().map(|option| option.cheapest).sum::<f64>() + found.nobody;
            prop_assert!((all - 1.0).abs() < 1e-12);
            prop_assert!(found.options.iter().all(|option| option.cheapest + option.falls_short <= 1.0 + 1e-12));
            prop_assert!(found.options.iter().filter_map(|option| option.regret).all(|regret| Decimal::ZERO <= regret));
            let again = outlook_of(&text, sampling);
            prop_assert_eq!(found.options, again.options);
            prop_assert_eq!(found.tornado, again.tornado);
            prop_assert_eq!(found.break_even, again.break_even);
        }
    }
}
