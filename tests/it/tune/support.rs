//! One plan, one simulated account with a user's versions and aliases, one journal in memory.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use millicent::lambda_log::find_report;
use millicent::platform::Architecture;
use millicent::power_tuning;
use millicent::price_book::PriceBook;
use millicent::tune::simulated::{Account, Function, SIMULATIONS, Simulation, drive};
use millicent::tune::{
    Action, Connection, Effort, Ended, Entry, Journal, LoggedCall, LoggedCalls, Measuring, Outcome, Pace, Payloads, Plan,
    SizeChoice, Strategy, Tuner,
};
use millicent::units::{Decimal, MemoryMb, Usd};
use millicent::usage::Region;

pub(crate) const PACE: Pace =
    Pace { poll_interval: Duration::from_millis(250), patience: Duration::from_secs(120), grace: Duration::from_secs(10) };

pub(crate) fn sizes(megabytes: &[u32]) -> Vec<MemoryMb> {
    megabytes.iter().copied().map(MemoryMb::new).collect()
}

/// How far back a run reads what production reports.
pub(crate) const SPAN: Duration = Duration::from_secs(6 * 3600);

/// What production reports: calls at 512 MB, as long as this.
pub(crate) fn logged(durations_ms: &[f64]) -> LoggedCalls {
    let call = |duration_ms: &f64| {
        let line = format!("REPORT RequestId: r\tDuration: {duration_ms} ms\tMemory Size: 512 MB\tMax Memory Used: 74 MB");
        LoggedCall { version: Some("2".to_owned()), report: find_report(&line, None).unwrap() }
    };
    LoggedCalls { calls: durations_ms.iter().map(call).collect(), span: SPAN, is_complete: true }
}

/// Three sizes, three calls each.
pub(crate) fn plan(megabytes: &[u32]) -> Plan {
    Plan {
        run: "20261126T120000Z-test".to_owned(),
        qualifier: None,
        sizes: SizeChoice::Listed(sizes(megabytes)),
        bounds: (MemoryMb::new(128), MemoryMb::new(10_240)),
        offered: Vec::new(),
        effort: Effort::USUAL,
        strategy: Strategy::PowerTuning(power_tuning::Strategy::Cost),
        alike: Vec::new(),
        measuring: Measuring::Warm { calls: 3, workers: 1 },
        payloads: Payloads::Weighted(vec![1.0]),
        concurrency: 10,
        pause: Duration::ZERO,
        allowed_errors: Vec::new(),
        max_spend: Usd::new(Decimal::new(5, 1)),
        max_invocations: 1000,
        poll_interval: PACE.poll_interval,
        patience: PACE.patience,
        grace: PACE.grace,
        seed: 7,
        history: Some(SPAN),
        earlier: Vec::new(),
        resumed: None,
        alias: None,
        connection: Connection::default(),
        prices: Rc::new(PriceBook::bundled()),
        region: Region::new("us-east-1"),
    }
}

pub(crate) fn simulation(name: &str) -> Box<dyn Function> {
    let (.., formula) = SIMULATIONS.iter().find(|(known, ..)| *known == name).unwrap();
    Box::new(Simulation::new(*formula, 11))
}

/// A function of 512 MB with a description, two published versions, an alias to one of them, and calls of production in its logs.
pub(crate) fn account(function: Box<dyn Function>) -> Account {
    let mut account = Account::new(function, MemoryMb::new(256), Duration::from_secs(30), Architecture::X86);
    account.publish_as("old");
    account.change(|latest| {
        latest.memory = MemoryMb::new(512);
        latest.description = "orders, do not touch".to_owned();
    });
    account.publish_as("live");
    account.with_logged(logged(&[1000.0, 1040.0, 1080.0]))
}

/// What comes in place of the outcome of an action, by its number, and when; `None` where the account answers itself.
pub(crate) type Disturb<'d> = dyn FnMut(usize, &Action, Duration, &mut Account) -> Option<(Duration, Outcome)> + 'd;

/// A run against an account, and the journal it left.
pub(crate) struct Bench {
    pub(crate) account: Rc<RefCell<Account>>,
    pub(crate) journal: String,
    pub(crate) actions: Vec<Action>,
}

impl Bench {
    pub(crate) fn new(account: Account) -> Self {
        Self { account: Rc::new(RefCell::new(account)), journal: String::new(), actions: Vec::new() }
    }

    /// Drives a run; `fault` may answer in place of the account, `watch` may interrupt. `None` when `watch` says so: killed.
    pub(crate) fn drive(
        &mut self,
        mut tuner: Tuner,
        fault: &mut Disturb<'_>,
        watch: &mut dyn FnMut(&mut Tuner, Duration),
    ) -> Ended {
        let (account, actions) = (Rc::clone(&self.account), RefCell::new(&mut self.actions));
        let journal = RefCell::new(&mut self.journal);
        let result = drive(
            &mut tuner,
            &mut |action, now| {
                let number = actions.borrow().len();
                actions.borrow_mut().push(action.clone());
                let mut account = account.borrow_mut();
                fault(number, action, now, &mut account).unwrap_or_else(|| account.perform(action, now))
            },
            &mut |entry: &Entry| {
                journal.borrow_mut().push_str(&entry.line());
                Outcome::Done
            },
            watch,
        );
        result.unwrap()
    }

    /// Drives a run, and keeps the journal as it stood before the action `at` was asked for.
    pub(crate) fn drive_until(&mut self, at: usize, mut tuner: Tuner, fault: &mut Disturb<'_>, written: &mut Option<String>) {
        let (account, journal) = (Rc::clone(&self.account), RefCell::new(String::new()));
        let number = Cell::new(0);
        let ended = drive(
            &mut tuner,
            &mut |action, now| {
                if number.get() == at {
                    *written = Some(journal.borrow().clone());
                }
                let outcome = fault(number.get(), action, now, &mut account.borrow_mut());
                number.set(number.get() + 1);
                outcome.unwrap_or_else(|| account.borrow_mut().perform(action, now))
            },
            &mut |entry: &Entry| {
                journal.borrow_mut().push_str(&entry.line());
                Outcome::Done
            },
            &mut |_, _| {},
        );
        ended.unwrap();
    }

    pub(crate) fn undisturbed(&mut self, tuner: Tuner) -> Ended {
        self.drive(tuner, &mut |_, _, _, _| None, &mut |_, _| {})
    }

    /// What `tune restore` does.
    pub(crate) fn restore(&mut self) -> Ended {
        let journal = Journal::read(&self.journal).unwrap();
        self.account.borrow_mut().rest();
        self.undisturbed(Tuner::restore(&journal, PACE))
    }

    pub(crate) fn calls(&self, name: &str) -> usize {
        self.actions.iter().filter(|action| action.api_call() == Some(name)).count()
    }
}
