//! How many: environments, instances, units kept ready, connections; what each choice costs and what it removes.
//!
//! The one idea: every answer is a short table of alternatives around what was asked for, each priced by the code that makes
//! an estimate, so that a size is never seen without its cost. A function gets its concurrency, its quota, its cold starts and
//! what could be done about them ([`FunctionSizing`], [`Provisioning`]); a fleet gets the number of instances by several rules
//! ([`FleetSizing`]); both get the commitment, the database connections and the mix of both where these were asked for.
//!
//! Traffic is random at the rate of each hour; nothing is simulated here (that is [`crate::simulate`]), and nothing is set.

mod bills;
mod cold;
mod database;
mod day;
mod fleet;
mod function;
mod provisioned;
mod settings;

pub use self::bills::{Committed, Mixed};
pub use self::cold::{ColdSizing, Init, InitSource, PricedMitigation};
pub use self::database::{Connections, Database};
pub use self::fleet::{Alternative, FleetSizing, Rule};
pub use self::function::{FunctionSizing, Quota};
pub use self::provisioned::{Choice, Provisioning, Tracking};
pub use self::settings::{Arrivals, DatabaseLimit, Settings};
use crate::cold_start::ColdStartError;
use crate::note::Note;
use crate::price_book::{MissingPrice, PriceBook};
use crate::provisioning::ProvisioningError;
use crate::queueing::QueueingError;
use crate::scenario::{Basis, Draft, OptionEstimate, Reason, Scenario, ScenarioError};
use crate::settings::SettingError;
use crate::units::Usd;
use crate::workload::{ReadFile, Workload};

/// Why there are no sizes.
#[derive(Debug, thiserror::Error)]
pub enum SizingError {
    /// A setting of the sizing.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The scenario.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// The cold starts of an option.
    #[error("option `{option}`: {problem}")]
    ColdStart {
        /// The option.
        option: String,
        /// Why.
        problem: Box<ColdStartError>,
    },
    /// What to keep ready.
    #[error(transparent)]
    Provisioning(#[from] ProvisioningError),
    /// A question about queues without an answer.
    #[error(transparent)]
    Queueing(#[from] QueueingError),
    /// A price that is needed beside the bill.
    #[error(transparent)]
    Price(#[from] MissingPrice),
}

impl SizingError {
    /// Whether the input is at fault, rather than what the program knows.
    #[must_use]
    pub fn is_wrong_input(&self) -> bool {
        match self {
            Self::Scenario(problem) => problem.is_wrong_input(),
            Self::Price(_) => false,
            _ => true,
        }
    }
}

/// The sizes of all options of a scenario.
#[derive(Debug)]
pub struct Sizing {
    /// What the options have in common.
    pub basis: Basis,
    /// With which settings.
    pub settings: Settings,
    /// The options, in the order of the scenario.
    pub options: Vec<OptionSizing>,
    /// Machines below functions, where the scenario has both and says the hours.
    pub mixed: Option<Mixed>,
    /// What must be known of all of it.
    pub notes: Vec<Note>,
}

/// The sizes of an option.
#[derive(Debug)]
pub struct OptionSizing {
    /// Its name.
    pub name: String,
    /// Its platform, or all of them joined by "+".
    pub platform: String,
    /// Why a platform refuses a workload, or its fleet falls short.
    pub reasons: Vec<Reason>,
    /// What a month costs as it is; nothing where a platform refuses it, or a price is missing.
    pub estimate: Option<OptionEstimate>,
    /// Each workload in its place.
    pub placed: Vec<PlacedSizing>,
    /// What to commit to under savings plans that save, where the scenario says the hours and the book has such prices.
    pub committed: Vec<Committed>,
}

/// A workload in its place.
#[derive(Debug)]
pub struct PlacedSizing {
    /// The workload.
    pub workload: String,
    /// Its platform.
    pub platform: &'static str,
    /// Its sizes.
    pub size: Size,
    /// The connections it needs to its database, where these were asked for.
    pub database: Option<Database>,
    /// What must be known of it.
    pub notes: Vec<Note>,
}

/// The sizes of a placed workload.
#[derive(Debug)]
pub enum Size {
    /// A function that starts an environment for each call that finds none.
    Function(Box<FunctionSizing>),
    /// Instances that are paid for by their time.
    Fleet(Box<FleetSizing>),
    /// A platform that is neither, or a workload that it refuses.
    Unknown,
}

/// What is sized, and with what.
struct Question<'q> {
    settings: &'q Settings,
    draft: &'q Draft,
    book: &'q PriceBook,
    read_file: &'q ReadFile<'q>,
}

/// The platforms of a scenario without options, when no flag names one.
#[must_use]
pub fn usual_options(_: &[Workload]) -> &'static [&'static str] {
    &["lambda", "fargate"]
}

impl Sizing {
    /// Sizes every option.
    ///
    /// ```
    /// use millicent::price_book::PriceBook;
    /// use millicent::scenario::{Draft, Flags, read_toml};
    /// use millicent::sizing::{Settings, Sizing};
    ///
    /// let file = read_toml("burst.toml", r#"
    ///     [workload]
    ///     requests = "50/s"
    ///     duration = "1s"
    ///     memory = "512MB"
    /// "#)?;
    /// let (book, read_file) = (PriceBook::bundled(), |name: &str, _: &_| Err(format!("no file {name}")));
    /// let draft = Draft::read(file, Flags::none(), &book, &read_file)?;
    /// let sizing = Sizing::of(&Settings::default(), &draft, &book, &read_file)?;
    /// // Fifty in progress on average, at most 73 in all but one moment of a thousand; fifty kept units are the cheapest.
    /// let (_, function) = sizing.options[0].functions().next().unwrap();
    /// assert_eq!(function.concurrency_p999, 73);
    /// assert_eq!(function.provisioning.as_ref().unwrap().levels.chosen().units, 50);
    /// # Ok::<(), millicent::sizing::SizingError>(())
    /// ```
    ///
    /// # Errors
    /// When a setting is wrong, a runtime is unknown, or a load is larger than the model of queues reaches.
    pub fn of(settings: &Settings, draft: &Draft, book: &PriceBook, read_file: &ReadFile<'_>) -> Result<Self, SizingError> {
        let question = Question { settings, draft, book, read_file };
        let mut scenario = draft.place(book, read_file)?;
        let mut options = Vec::new();
        for option in 0..scenario.options.len() {
            options.push(question.option(&mut scenario, option)?);
        }
        let mixed = bills::mixed(&mut scenario, &options, book)?;
        let mut notes = Vec::new();
        if options.iter().any(OptionSizing::has_function) {
            notes.push(Note::assumption(
                "environments are taken most recently used first; AWS publishes neither that nor how long it keeps idle ones",
            ));
        }
        Ok(Self { basis: scenario.basis(book), settings: settings.clone(), options, mixed, notes })
    }
}

impl OptionSizing {
    /// What a month costs as it is, as invoices count.
    #[must_use]
    pub fn cost(&self) -> Option<Usd> {
        self.estimate.as_ref().map(|estimate| estimate.bill.invoice_total())
    }

    /// Whether it carries everything, within the latency limits.
    #[must_use]
    pub fn is_within_limits(&self) -> bool {
        self.reasons.is_empty() && self.functions().all(|(_, function)| function.keeps_limit() != Some(false))
    }

    fn has_function(&self) -> bool {
        self.placed.iter().any(|placed| matches!(placed.size, Size::Function(_)))
    }

    /// The functions of it, with their workloads.
    pub fn functions(&self) -> impl Iterator<Item = (&str, &FunctionSizing)> {
        self.placed.iter().filter_map(|placed| match &placed.size {
            Size::Function(function) => Some((placed.workload.as_str(), &**function)),
            _ => None,
        })
    }
}

/// Whether a platform refuses a workload for more than its latency, which sizes may mend.
fn is_refused(scenario: &Scenario, option: usize) -> bool {
    let design = &scenario.options[option];
    let invoked = scenario.invoked(design);
    design.placed.iter().zip(invoked).any(|(placed, workload)| {
        let patient = Workload { p99: None, ..workload.into_owned() };
        !placed.placement.refusals(&patient, scenario.month).is_empty()
    })
}

impl Question<'_> {
    fn option(&self, scenario: &mut Scenario, option: usize) -> Result<OptionSizing, SizingError> {
        let assessed = scenario.assess(self.book).swap_remove(option);
        let refused = is_refused(scenario, option);
        let estimate = assessed.priced.and_then(Result::ok);
        let mut placed = Vec::new();
        for workload in 0..scenario.workloads.len() {
            let size = if refused { (Size::Unknown, Vec::new()) } else { self.size(scenario, option, workload)? };
            let database = self.database(scenario, (option, workload), &size.0)?;
            let place = &scenario.options[option].placed[workload];
            let (workload, platform) = (scenario.workloads[workload].name.clone(), place.platform.name);
            placed.push(PlacedSizing { workload, platform, size: size.0, database, notes: size.1 });
        }
        let committed = if refused { Vec::new() } else { bills::committed(scenario, option, self.book)? };
        Ok(OptionSizing {
            name: assessed.name,
            platform: assessed.platform,
            reasons: assessed.reasons,
            estimate,
            placed,
            committed,
        })
    }

    fn size(&self, scenario: &mut Scenario, option: usize, workload: usize) -> Result<(Size, Vec<Note>), SizingError> {
        let mut notes = Vec::new();
        if let Some(function) = scenario.options[option].placed[workload].placement.function() {
            let sizing = self.function(scenario, (option, workload), &function, &mut notes)?;
            return Ok((Size::Function(Box::new(sizing)), notes));
        }
        let fleet = self.fleet(scenario, (option, workload), &mut notes)?;
        Ok((fleet.map_or(Size::Unknown, |fleet| Size::Fleet(Box::new(fleet))), notes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cold_start::{Mitigation, QuotaProblem, seconds_to_environments};
    use crate::scenario::{Flags, read_toml};
    use crate::settings::{Origin, Section, Value};
    use crate::units::{Decimal, Month, statistic_from_decimal};

    /// Sizes with settings of `[size]`.
    fn sized(text: &str, settings: &[(&str, &str)]) -> Result<Sizing, SizingError> {
        let book = PriceBook::bundled();
        let read_file = |name: &str, _: &Origin| Err(format!("no file {name}"));
        let file = read_toml("test.toml", text)?;
        let draft = Draft::read(file, Flags { line_up: usual_options, ..Flags::none() }, &book, &read_file)?;
        let mut section = Section::new("[size]", Origin::CommandLine);
        for (key, value) in settings {
            section.set(*key, Value::Text((*value).to_owned()), Origin::Flag((*key).to_owned()));
        }
        Sizing::of(&Settings::read(section, Month::STANDARD)?, &draft, &book, &read_file)
    }

    fn lambda(rate: &str, duration: &str, option: &str) -> String {
        format!(
            "[workload]\nrequests = \"{rate}\"\nduration = \"{duration}\"\nmemory = \"512MB\"\n[[option]]\nplatform = \"lambda\"\n{option}"
        )
    }

    fn function(sizing: &Sizing) -> &FunctionSizing {
        sizing.options.iter().flat_map(OptionSizing::functions).next().unwrap().1
    }

    fn fleet(sizing: &Sizing) -> &FleetSizing {
        match &sizing.options[0].placed[0].size {
            Size::Fleet(fleet) => fleet,
            other => panic!("{other:?}"),
        }
    }

    fn tasks(rate: &str, cpu: &str) -> Sizing {
        let text = format!(
            "[workload]\nrequests = \"{rate}\"\ncpu = \"{cpu}\"\nmemory = \"1GB\"\n[[option]]\nplatform = \"fargate\"\nvcpu = 1\nmemory = \"2GB\""
        );
        sized(&text, &[]).unwrap()
    }

    fn is_near(found: f64, expected: f64, part: f64) -> bool {
        (found / expected - 1.0).abs() < part
    }

    #[test]
    fn published_staffing_cases_are_the_alternatives_of_a_fleet() {
        for (rate, cpu, instances) in
            [("50/s", "100ms", [8, 10, 12, 8]), ("200/s", "100ms", [26, 29, 32, 29]), ("1000/s", "200ms", [216, 226, 235, 286])]
        {
            let sizing = tasks(rate, cpu);
            let found: Vec<Decimal> =
                fleet(&sizing).alternatives.iter().take(4).map(|alternative| alternative.capacity.instances).collect();
            assert_eq!(found, instances.map(Decimal::from), "{rate}");
        }
    }

    #[test]
    fn a_zone_that_may_fail_costs_what_the_others_must_carry() {
        // Need → 2 zones, 3 zones.
        for (rate, needed, two, three) in
            [("5/s", 1, 2, 3), ("10/s", 2, 4, 3), ("35/s", 5, 10, 9), ("70/s", 10, 20, 15), ("140/s", 20, 40, 30)]
        {
            let sizing = tasks(rate, "100ms");
            let size = fleet(&sizing);
            assert_eq!(size.capacity.instances, Decimal::from(needed), "{rate}");
            let found: Vec<Decimal> =
                size.alternatives.iter().skip(4).map(|alternative| alternative.capacity.instances).collect();
            assert_eq!(found, [two, three].map(Decimal::from), "{rate}");
            let one = sizing.options[0].estimate.as_ref().unwrap().bill.total().amount() / Decimal::from(needed);
            for alternative in &size.alternatives {
                assert_eq!(alternative.cost.unwrap().amount(), one * alternative.capacity.instances, "{rate}");
            }
        }
    }

    #[test]
    fn alternatives_leave_the_fleet_as_it_was_asked_for() {
        let plain = tasks("70/s", "100ms");
        let limited = sized(
            "[workload]\nrequests = \"70/s\"\ncpu = \"100ms\"\nmemory = \"1GB\"\np99 = \"50ms\"\n[[option]]\nplatform = \"fargate\"\nvcpu = 1\nmemory = \"2GB\"",
            &[],
        )
        .unwrap();
        let reason = &limited.options[0].reasons[0].refusal.limit;
        assert!(reason.contains("more tasks do not help"), "{reason}");
        let of = |sizing: &Sizing| fleet(sizing).alternatives[1].capacity.instances;
        assert_eq!(of(&plain), of(&limited));
    }

    #[test]
    fn five_kept_units_remove_no_cold_start_after_a_pause_and_eight_remove_most() {
        let sizing = sized(&lambda("0.9/s", "1991ms", "keep_alive = \"10min\""), &[]).unwrap();
        let size = function(&sizing);
        let cold = size.cold.as_ref().unwrap();
        assert!(is_near(cold.day.per_day.expired, 103.367, 1e-4), "{}", cold.day.per_day.expired);
        assert_eq!(cold.day.window_peak, 8);
        let levels = &size.provisioning.as_ref().unwrap().levels.levels;
        let share = |units: usize| levels[units].cold.unwrap();
        assert!(is_near(share(0), 1.329306649e-3, 1e-6) && is_near(share(5), 1.329e-3, 1e-3));
        assert!(is_near(share(8), 3.62e-4, 2e-3), "{}", share(8));
        assert!(is_near(levels[5].spilled, 0.0259188, 1e-4), "{}", levels[5].spilled);
    }

    #[test]
    fn kept_units_are_taken_from_the_first_that_pays() {
        // One erlang: none. Two: one, busy for two thirds of the time, saves 1.389 %. Fifty: fifty.
        for (rate, units, saving) in [("1/s", 0, 0.0), ("2/s", 1, 0.01389), ("50/s", 50, 0.12301), ("100/s", 100, 0.13513)] {
            let sizing = sized(&lambda(rate, "1s", ""), &[]).unwrap();
            let plan = function(&sizing).provisioning.as_ref().unwrap();
            assert_eq!(plan.levels.chosen().units, units, "{rate}");
            let found = statistic_from_decimal(plan.levels.saving().unwrap());
            assert!((found - saving).abs() < 1e-5, "{rate}: {found}");
            let expected = if units == 0 { Choice::OnDemand } else { Choice::Level(units) };
            assert_eq!(plan.recommended, expected);
        }
    }

    #[test]
    fn a_crowd_from_nothing_opens_more_than_the_load_needs() {
        let sizing = sized(&lambda("1000/s", "100ms", "init_duration = \"900ms\""), &[]).unwrap();
        let size = function(&sizing);
        // 100 ms of Lambda's own before 900 ms of INIT. A published simulation opened 1085.
        assert!((size.crowd.before_s - 1.0).abs() < 1e-9);
        assert!(size.crowd.environments() < 1085.0 && 1085.0 < size.crowd.environments_rarely_exceeded());
        assert_eq!(size.quota.at_peak, []);
        assert!(matches!(size.quota.in_a_crowd.as_slice(), [QuotaProblem::Concurrency { .. }, ..]), "{:?}", size.quota);
        assert_eq!(size.quota.ask_for, Some(1300));
        assert_eq!(size.quota.reserve, 132);
        assert!(size.quota.is_reservable);
    }

    #[test]
    fn ten_thousand_environments_take_ninety_seconds() {
        assert!(90.0 <= seconds_to_environments(10_000.0));
        let sizing = sized(&lambda("50000/s", "200ms", ""), &[("account_concurrency", "20000")]).unwrap();
        let size = function(&sizing);
        assert!(10_000.0 <= size.crowd.environments());
        let after = |problem: &QuotaProblem| match problem {
            QuotaProblem::ScalingRate { after_s, .. } => Some(*after_s),
            _ => None,
        };
        assert!(size.quota.in_a_crowd.iter().find_map(after).is_some_and(|after_s| 90.0 <= after_s), "{:?}", size.quota);
        // The default account does not reach it at all.
        let small = sized(&lambda("50000/s", "200ms", ""), &[]).unwrap();
        assert!(!function(&small).quota.at_peak.is_empty() && !function(&small).quota.is_reservable);
    }

    #[test]
    fn ten_units_cost_54_75_a_month_when_nobody_comes() {
        let idle = sized(&lambda("1/month", "1ms", "provisioned_concurrency = 10"), &[]).unwrap();
        assert_eq!(idle.options[0].cost().unwrap().to_string(), "$54.75");
    }

    #[test]
    fn functions_of_one_option_share_the_quota() {
        let text = "[[workload]]\nname = \"a\"\nrequests = \"500/s\"\nduration = \"1s\"\nmemory = \"128MB\"\n\
                    [[workload]]\nname = \"b\"\nrequests = \"500/s\"\nduration = \"1s\"\nmemory = \"128MB\"\n\
                    [[option]]\nplatform = \"lambda\"";
        let sizing = sized(text, &[]).unwrap();
        for (_, size) in sizing.options[0].functions() {
            assert_eq!(size.quota.others, size.concurrency_p999);
            assert!(matches!(size.quota.at_peak.as_slice(), [QuotaProblem::Concurrency { .. }]), "{:?}", size.quota);
        }
    }

    #[test]
    fn mitigations_change_the_bill_by_what_they_are_charged() {
        let sizing = sized(&lambda("1/s", "100ms", "runtime = \"python3.13\""), &[("dependencies", "8")]).unwrap();
        let cold = function(&sizing).cold.as_ref().unwrap();
        let of = |wanted: fn(&Mitigation) -> bool| cold.mitigations.iter().find(|priced| wanted(&priced.mitigation)).unwrap();
        let kept = of(|mitigation| matches!(mitigation, Mitigation::Provisioned { .. }));
        let Mitigation::Provisioned { units } = kept.mitigation else { panic!() };
        // 512 MB are $5.475 a month each while idle; what they serve is a little cheaper than on demand.
        let idle = 5.475 * units as f64;
        let change = statistic_from_decimal(kept.change.unwrap().amount());
        assert!((idle - 1.5..idle).contains(&change), "{change} {idle}");
        let lighter = of(|mitigation| matches!(mitigation, Mitigation::LighterInit { .. }));
        assert!(lighter.change.unwrap() < Usd::ZERO && lighter.usd_per_avoided().is_none());
        let restored = of(|mitigation| matches!(mitigation, Mitigation::SnapStart { .. }));
        assert!(Usd::ZERO < restored.change.unwrap());
        let pings = of(|mitigation| matches!(mitigation, Mitigation::Pings { .. }));
        assert!(0.0 < pings.avoided_per_month && pings.change.unwrap() < kept.change.unwrap());
    }

    #[test]
    fn pings_are_a_remedy_where_they_avoid_more_than_they_cause() {
        for (rate, helps) in [("0.003/s", true), ("1/s", true), ("100/s", false)] {
            let sizing = sized(&lambda(rate, "100ms", "keep_alive = \"7min\"\ninit_duration = \"1ms\""), &[]).unwrap();
            let cold = function(&sizing).cold.as_ref().unwrap();
            let pings = cold.mitigations.iter().find(|priced| matches!(priced.mitigation, Mitigation::Pings { .. }));
            assert_eq!(pings.is_some(), helps, "{rate}");
            let notes: String = sizing.options[0].placed[0].notes.iter().map(ToString::to_string).collect();
            assert_eq!(notes.contains("pings are no remedy here: 34 pings at once"), !helps, "{rate}: {notes}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_where_it_stands() {
        let wrong =
            |option: &str, settings: &[(&str, &str)]| sized(&lambda("1/s", "100ms", option), settings).unwrap_err().to_string();
        let runtime = wrong("runtime = \"pyton3.13\"", &[]);
        assert!(runtime.contains("did you mean python3.13?"), "{runtime}");
        let pings = wrong("", &[("ping_interval", "5min")]);
        assert!(pings.contains("ping_interval") && pings.contains("300 s"), "{pings}");
        let database = wrong("", &[("database_connections", "100")]);
        assert!(database.contains("database_time"), "{database}");
        for (key, value) in [
            ("peakedness", "0.5"),
            ("dependencies", "0"),
            ("account_concurrency", "0"),
            ("arrivals", "evenly"),
            ("deploy", "1/day"),
        ] {
            assert!(sized(&lambda("1/s", "100ms", ""), &[(key, value)]).is_err(), "{key}");
        }
    }

    #[test]
    fn a_proxy_lends_connections_and_an_environment_keeps_one() {
        let settings = [("database_time", "20ms"), ("database_connections", "50")];
        let sizing = sized(&lambda("100/s", "500ms", ""), &settings).unwrap();
        let database = sizing.options[0].placed[0].database.unwrap();
        // Two erlangs in the database, and 50 in the functions.
        let Connections::Function { by_environment, by_proxy } = database.connections else { panic!() };
        assert_eq!(by_proxy, 8);
        assert!(50 < by_environment && !database.fits());
    }

    #[test]
    fn a_latency_limit_that_cold_starts_break_is_sized_all_the_same() {
        let text = lambda("60/day", "100ms", "init_duration = \"5s\"").replace("[[option]]", "p99 = \"1s\"\n[[option]]");
        let sizing = sized(&text, &[]).unwrap();
        assert!(!sizing.options[0].reasons.is_empty() && sizing.options[0].cost().is_none());
        assert!(function(&sizing).cold.as_ref().unwrap().mitigations.iter().all(|priced| priced.change.is_some()));
    }

    #[test]
    fn a_load_of_nobody_needs_nothing_but_the_right_to_run() {
        let sizing = sized(&lambda("0/month", "100ms", ""), &[]).unwrap();
        let size = function(&sizing);
        // Reserving none would switch the function off.
        assert_eq!((size.concurrency_p999, size.quota.reserve), (0, 1));
        assert!(size.cold.as_ref().unwrap().day.per_day.sum() <= 0.0);
    }
}
