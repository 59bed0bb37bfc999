//! What is meant: a plan, events, and what is best. Everything is checked here, before anything is touched.

use std::io::Write;
use std::path::Path;
#[cfg(feature = "aws")]
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use millicent::fit::Point;
use millicent::power_tuning;
use millicent::price_book::PriceBook;
use millicent::profile::WorkProfile;
use millicent::scenario::read_price_book;
use millicent::settings::{Origin, Section};
use millicent::tune::{Averaging, Connection, Effort, Journal, Measuring, Plan, Rates, SizeChoice, Strategy};
use millicent::units::{Decimal, MemoryMb, Month, QuantityError, Rate, Share, TimeSpan, Usd, statistic_from_decimal};
use millicent::usage::{Provider, Region};

use super::super::WrongInput;
use super::super::files::read_text;
use super::super::keys::set_prices;
use super::exports::Outputs;
use super::input;
use super::payloads::{EventSource, Events, event_source};
use super::target::Target;
use super::{RunArgs, StateArgs, StrategyName};

/// Calls of each size in a full sweep.
const FULL_CALLS: u32 = 10;

/// /tmp of a function that says nothing of it.
const LAMBDA_LEAST_STORAGE: MemoryMb = MemoryMb::new(512);

/// How far back production's reports are read where nothing else is said: recent enough to be of the code that runs now.
const HISTORY: Duration = Duration::from_secs(6 * 3600);
/// The furthest: what is older than 30 days is hardly of the function as it is.
const LONGEST_HISTORY: Duration = Duration::from_secs(720 * 3600);

/// A run that is meant.
pub(super) struct Request {
    pub(super) target: Target,
    pub(super) plan: Plan,
    pub(super) events: EventSource,
    pub(super) steps: Steps,
    pub(super) choice: Choice,
    pub(super) outputs: Outputs,
    pub(super) apply: Option<Apply>,
    pub(super) dry_run: bool,
    pub(super) yes: bool,
    pub(super) log_payload: bool,
    pub(super) state: StateArgs,
    /// The journal of the run that is resumed.
    #[cfg(feature = "aws")]
    pub(super) resume: Option<PathBuf>,
    #[cfg(feature = "aws")]
    pub(super) access: super::live::AccessArgs,
}

/// What runs before and after each call, as typed.
pub(super) struct Steps {
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

/// A size that is to be set at the end.
pub(super) struct Apply {
    pub(super) alias: Option<String>,
}

/// What is best, and what is known of production.
pub(super) struct Choice {
    pub(super) averaging: Averaging,
    pub(super) strategy: Strategy,
    pub(super) requests_per_month: Option<Decimal>,
    pub(super) alike: Vec<Point>,
    pub(super) prices: Rc<PriceBook>,
    pub(super) region: Region,
}

impl Request {
    /// What the flags mean.
    pub(super) fn of(mut args: RunArgs, talk: &mut dyn Write) -> anyhow::Result<Self> {
        let input = match args.input.clone() {
            Some(path) => Some(input::lay_over(&mut args, &path, talk)?),
            None => None,
        };
        let resumed = args.resume.as_deref().map(read_journal).transpose()?;
        let resumed_function = || resumed.as_ref().map(|journal| journal.before.function.clone());
        let typed = args
            .function
            .clone()
            .or_else(resumed_function)
            .ok_or_else(|| WrongInput("which function? (millicent tune NAME, or sim:cpu to see how it works)".to_owned()))?;
        let target = Target::of(&typed, args.seed)?;
        let prices = Rc::new(price_book(&args.prices)?);
        let region = region(&args);
        if let Target::Virtual(function) = &target {
            // A deployed function is asked for its region first.
            Rates::of(&prices, &region, function.architecture, LAMBDA_LEAST_STORAGE)
                .map_err(|problem| WrongInput(problem.to_string()))?;
        }
        let (strategy, events, with_stats) = match input {
            Some(input) => (input.strategy, input.events, input.with_stats),
            None => {
                let events = event_source(args.payload.as_deref(), args.weighted_payloads.as_deref(), args.events.as_deref())?;
                (strategy(&args)?, events, true)
            }
        };
        let events = match &target {
            Target::Virtual(function) if !function.class_weights.is_empty() => {
                EventSource::Here(Events::of_classes(&function.class_weights))
            }
            _ => events,
        };
        let requests: Option<Rate> = parsed("--requests", args.requests.as_deref())?;
        let choosing = Choosing { effort: effort(&args, requests)?, strategy: strategy.clone(), alike: alike(&args)? };
        let alike = choosing.alike.clone();
        let plan = plan(&args, &target, &events, choosing, resumed, Rc::clone(&prices), region.clone())?;
        let averaging = Averaging {
            class_weights: plan.payloads.class_weights(),
            cold_only: args.only_cold_starts,
            cold_fraction: parsed("--cold-fraction", args.cold_fraction.as_deref())?,
            seed: args.seed,
        };
        let requests_per_month = requests.map(|rate| rate.per_month(Month::STANDARD));
        let choice = Choice { averaging, strategy, requests_per_month, alike, prices, region };
        Ok(Self {
            outputs: Outputs::of(&args, with_stats)?,
            apply: args.apply.then(|| Apply { alias: args.alias.clone() }),
            steps: Steps { before: args.pre, after: args.post },
            dry_run: args.dry_run,
            yes: args.yes,
            log_payload: args.log_payload,
            state: args.state,
            #[cfg(feature = "aws")]
            resume: args.resume,
            #[cfg(feature = "aws")]
            access: args.access,
            target,
            plan,
            events,
            choice,
        })
    }

    /// Takes events that had to be fetched.
    #[cfg(feature = "aws")]
    pub(super) fn set_events(&mut self, events: Events) -> Result<(), WrongInput> {
        self.plan.payloads = events.payloads.clone();
        self.choice.averaging.class_weights = events.payloads.class_weights();
        self.events = EventSource::Here(events);
        self.plan.check().map_err(|problem| WrongInput(problem.to_string()))
    }
}

/// The region is known for sure once there is a connection; prices are looked up then.
fn region(args: &RunArgs) -> Region {
    #[cfg(feature = "aws")]
    if let Some(region) = &args.access.region {
        return Region::new(region);
    }
    let _ = args;
    Region::new(Provider::Aws.default_region())
}

fn price_book(names: &[String]) -> anyhow::Result<PriceBook> {
    let mut settings = Section::new("the command line", Origin::CommandLine);
    set_prices(&mut settings, names);
    Ok(read_price_book(&mut settings, &|name, _| read_text(name.as_ref()))?)
}

fn read_journal(path: &Path) -> Result<Journal, WrongInput> {
    let wrong = |problem: String| WrongInput(format!("--resume {}: {problem}", path.display()));
    let text = read_text(path).map_err(wrong)?;
    Journal::read(&text).map_err(|problem| wrong(problem.to_string()))
}

fn parsed<T: std::str::FromStr<Err = QuantityError>>(flag: &str, text: Option<&str>) -> Result<Option<T>, WrongInput> {
    text.map(|text| text.parse().map_err(|problem: QuantityError| WrongInput(format!("{flag}: {problem}")))).transpose()
}

pub(super) fn time(flag: &str, text: &str) -> Result<Duration, WrongInput> {
    let span: TimeSpan = text.parse().map_err(|problem: QuantityError| WrongInput(format!("{flag}: {problem}")))?;
    Ok(Duration::from_secs_f64(statistic_from_decimal(span.seconds())))
}

fn positive_time(flag: &str, text: &str) -> Result<Duration, WrongInput> {
    let time = time(flag, text)?;
    if time.is_zero() { Err(WrongInput(format!("{flag} must be more than nothing (such as 250ms)"))) } else { Ok(time) }
}

fn strategy(args: &RunArgs) -> Result<Strategy, WrongInput> {
    if let Some(p95) = parsed("--p95", args.p95.as_deref())? {
        return Ok(Strategy::CheapestWithin { p95 });
    }
    if let Some(tolerance) = parsed::<Share>("--cost-tolerance", args.cost_tolerance.as_deref())? {
        return Ok(Strategy::FastestWithin { tolerance });
    }
    if let Some(weight) = args.balanced_weight {
        if args.strategy != Some(StrategyName::Balanced) {
            return Err(WrongInput("--balanced-weight goes with --strategy balanced".to_owned()));
        }
        if !(0.0..=1.0).contains(&weight) {
            return Err(WrongInput(format!("--balanced-weight is {weight} (0 is all speed, 1 is all cost)")));
        }
    }
    let weight = args.balanced_weight.unwrap_or(power_tuning::DEFAULT_BALANCED_WEIGHT);
    Ok(Strategy::PowerTuning(match args.strategy.unwrap_or(StrategyName::Cost) {
        StrategyName::Cost => power_tuning::Strategy::Cost,
        StrategyName::Speed => power_tuning::Strategy::Speed,
        StrategyName::Balanced => power_tuning::Strategy::Balanced { weight },
    }))
}

/// What a run that chooses for itself goes by.
struct Choosing {
    effort: Effort,
    strategy: Strategy,
    alike: Vec<Point>,
}

/// What another run of the function has measured.
fn alike(args: &RunArgs) -> Result<Vec<Point>, WrongInput> {
    let Some(path) = &args.like else { return Ok(Vec::new()) };
    if args.sizes != "auto" {
        return Err(WrongInput("--like goes with --sizes auto: listed sizes get the calls of --calls".to_owned()));
    }
    let wrong = |problem: String| WrongInput(format!("--like {}: {problem}", path.display()));
    let text = read_text(path).map_err(wrong)?;
    Ok(WorkProfile::read(&text).map_err(|problem| wrong(problem.to_string()))?.points())
}

/// When a run that chooses for itself has seen enough.
fn effort(args: &RunArgs, requests: Option<Rate>) -> Result<Effort, WrongInput> {
    let usual = if args.thorough { Effort::THOROUGH } else { Effort::USUAL };
    let chooses = args.sizes == "auto" && args.input.is_none();
    if !chooses && (args.thorough || args.target_regret.is_some()) {
        return Err(WrongInput(
            "--target-regret and --thorough go with --sizes auto: listed sizes get the calls of --calls".to_owned(),
        ));
    }
    let target = parsed::<Share>("--target-regret", args.target_regret.as_deref())?;
    let target = target.map_or(usual.target, |share| statistic_from_decimal(share.get()));
    let pay_back = positive_time("--pay-back", &args.pay_back)?;
    let months = pay_back.as_secs_f64() / statistic_from_decimal(Month::STANDARD.seconds());
    let requests = requests.map(|rate| statistic_from_decimal(rate.per_month(Month::STANDARD)) * months);
    Ok(Effort { target, requests, ..usual })
}

fn plan(
    args: &RunArgs,
    target: &Target,
    events: &EventSource,
    choosing: Choosing,
    resumed: Option<Journal>,
    prices: Rc<PriceBook>,
    region: Region,
) -> anyhow::Result<Plan> {
    let sizes = sizes(&args.sizes)?;
    let least = memory("--min-memory", &args.min_memory)?;
    let most = match (&args.max_memory, &sizes) {
        (Some(text), _) => memory("--max-memory", text)?,
        (None, _) => MemoryMb::new(10_240),
    };
    let offered = match target {
        Target::Virtual(function) => function.offered.clone(),
        Target::Aws(_) => Vec::new(),
    };
    let measuring = if args.only_cold_starts {
        Measuring::Cold { calls: args.calls.unwrap_or(FULL_CALLS) }
    } else {
        let enough = if sizes == SizeChoice::Auto { 1 } else { FULL_CALLS };
        Measuring::Warm { calls: args.calls.unwrap_or(enough), workers: args.workers }
    };
    let payloads = match events {
        EventSource::Here(events) => events.payloads.clone(),
        EventSource::S3 { .. } => millicent::tune::Payloads::Weighted(vec![1.0]),
    };
    let plan = Plan {
        run: run_name(),
        qualifier: None,
        sizes,
        effort: choosing.effort,
        strategy: choosing.strategy,
        alike: choosing.alike,
        bounds: (least, most),
        offered,
        measuring,
        payloads,
        concurrency: args.concurrency,
        pause: time("--pause", &args.pause)?,
        allowed_errors: args.allow_error.clone(),
        max_spend: dollars(&args.max_spend)?,
        max_invocations: args.max_invocations,
        poll_interval: positive_time("--poll-interval", &args.poll_interval)?,
        patience: time("--patience", &args.patience)?,
        grace: time("--grace", &args.grace)?,
        seed: args.seed,
        history: history(args.history.as_deref(), target)?,
        resumed: resumed.as_ref().map(|journal| Box::new(journal.before.clone())),
        alias: args.alias.clone(),
        earlier: resumed.map(|journal| journal.invocations).unwrap_or_default(),
        connection: Connection::default(),
        prices,
        region,
    };
    if let SizeChoice::Listed(sizes) = &plan.sizes
        && let Some(missing) = sizes.iter().find(|size| !plan.offered.is_empty() && !plan.offered.contains(size))
    {
        let known = millicent::tune::listed(&plan.offered);
        return Err(WrongInput(format!("--sizes: {missing} was not recorded (there are {known})")).into());
    }
    plan.check().map_err(|problem| WrongInput(problem.to_string()))?;
    Ok(plan)
}

/// How far back to read what production reports. A function that is not there has no logs.
fn history(typed: Option<&str>, target: &Target) -> Result<Option<Duration>, WrongInput> {
    match (typed, target) {
        (Some("none"), _) | (None, Target::Virtual(_)) => Ok(None),
        (None, Target::Aws(_)) => Ok(Some(HISTORY)),
        (Some(_), Target::Virtual(function)) => {
            Err(WrongInput(format!("--history: {} has no logs (functions on AWS have)", function.name)))
        }
        (Some(typed), Target::Aws(_)) => {
            let span = positive_time("--history", typed)?;
            if span > LONGEST_HISTORY {
                return Err(WrongInput(format!("--history {typed} is too long (720h at most, or none)")));
            }
            Ok(Some(span))
        }
    }
}

/// A name for the run that sorts by time and is not given twice.
#[expect(clippy::disallowed_methods, reason = "the clock belongs to the front desk")]
fn run_name() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let stamp = jiff::Timestamp::from_second(i64::try_from(now.as_secs()).unwrap_or(0)).unwrap_or_default();
    let distinct = (now.subsec_nanos() ^ std::process::id()) & 0xFFFF;
    format!("{}-{distinct:04x}", stamp.strftime("%Y%m%dT%H%M%SZ"))
}

fn memory(flag: &str, text: &str) -> Result<MemoryMb, WrongInput> {
    text.parse().map_err(|problem: QuantityError| WrongInput(format!("{flag}: {problem}")))
}

fn sizes(text: &str) -> Result<SizeChoice, WrongInput> {
    if text == "auto" {
        return Ok(SizeChoice::Auto);
    }
    let mut sizes = text.split(',').map(|size| memory("--sizes", size.trim())).collect::<Result<Vec<_>, _>>()?;
    sizes.sort_unstable();
    sizes.dedup();
    Ok(SizeChoice::Listed(sizes))
}

fn dollars(text: &str) -> Result<Usd, WrongInput> {
    let amount: Option<Decimal> = text.trim().trim_start_matches('$').parse().ok();
    amount
        .filter(|amount| !amount.is_sign_negative() && *amount <= Decimal::from(1_000_000))
        .map(Usd::new)
        .ok_or_else(|| WrongInput(format!("--max-spend: {text:?} is not an amount of dollars (such as 0.50)")))
}
