//! AWS Lambda, event functions: requests, duration, and everything else on a Lambda bill.
//!
//! Rules, from the AWS Lambda pricing page and developer guide (editions of 2026):
//! - every invocation is rounded up to 1 ms; GB-seconds = memory in MB / 1024 × seconds;
//! - a cold start's INIT phase is billed with the handler (since 2025-08-01 for zip packages too); how many there are is stated, or
//!   computed from the rate where the INIT phase is known;
//! - an asynchronous event counts one request for its first 256 KB and one for each further 64 KB;
//! - ephemeral storage above 512 MB is charged by its own size × duration, whatever the memory;
//! - provisioned concurrency is charged from enabling to disabling, rounded up to 5 minutes; what it serves is charged at its
//!   own duration rate, what spills over at the ordinary one, never both;
//! - CPU grows with memory: 1,769 MB is one vCPU.
//!
//! Worked number: 1,000,000 requests × 1 s × 512 MB = 500,000 GB-s.
//!
//! This room knows no price: tiers, free allowances and discounts are the price book's.

mod cold_starts;
mod duration;
mod invocation;
mod latency;
mod limits;
mod notes;
mod provisioned;
mod read;
mod replay;

use rust_decimal::prelude::ToPrimitive;

pub(super) use self::duration::{durations_at, handler};
pub use self::invocation::InvocationMeters;
pub use self::limits::LAMBDA_MEMORY;
pub(super) use self::notes::{duration_notes, rounding_note};
pub(super) use self::read::{DURATION, MEMORY, OptionTime, read_memory};
use super::{
    Architecture, ColdOdds, Metered, PerArchitecture, Placement, Platform, Refusal, ReplayedFunction, ReplayedMonth,
    per_architecture, requests,
};
use crate::note::Note;
use crate::queueing::{KeepAlive, erlang_b};
use crate::stats::Durations;
use crate::units::{DataSize, Decimal, Month, Rate, Share, TimeSpan, Unit, statistic_from_decimal};
use crate::usage::{Meter, Provider, Region, Step, Steps, TooLarge};
use crate::workload::{Invocation, Workload};

pub(super) const PLATFORM: Platform = Platform {
    name: "lambda",
    about: "AWS Lambda functions, billed per request and GB-second",
    keys: &[read::KEYS],
    provider: Provider::Aws,
    read: read::read_boxed,
};

/// A meter that Compute Savings Plans cover: by architecture, and by plan under the same name.
struct Compute {
    id: &'static str,
    item: &'static str,
    meters: PerArchitecture,
}

macro_rules! compute {
    ($id:literal, $item:literal) => {
        Compute { id: $id, item: $item, meters: per_architecture!($id, $item, Unit::GbSecond) }
    };
}

static DURATION_ON_DEMAND: Compute = compute!("lambda.duration", "duration");
static DURATION_PROVISIONED: Compute = compute!("lambda.duration.provisioned", "duration, provisioned");
static PROVISIONED: Compute = compute!("lambda.provisioned_concurrency", "provisioned concurrency");

static REQUESTS: PerArchitecture = per_architecture!("lambda.requests", "requests", Unit::Request);
/// AWS charges provisioned concurrency by memory and time; a price list that charges by the unit prices this meter.
static PROVISIONED_UNITS: Meter =
    Meter::second_measure("lambda.provisioned_concurrency.units", "provisioned units", Unit::UnitHour);
static EPHEMERAL_STORAGE: PerArchitecture = per_architecture!("lambda.ephemeral_storage", "ephemeral storage", Unit::GbSecond);
static RESPONSE_STREAM: PerArchitecture = per_architecture!("lambda.response_stream", "response streaming", Unit::Gb);
static TENANT_ISOLATION: PerArchitecture =
    per_architecture!("lambda.tenant_isolation", "tenant isolation, environments created", Unit::GbEnvironment);
static SNAP_START_CACHE: Meter = Meter::fixed("lambda.snapstart.cache", "SnapStart cache", Unit::GbSecond);
static SNAP_START_RESTORE: Meter = Meter::fixed("lambda.snapstart.restore", "SnapStart restore", Unit::Gb);
static POLLER_SQS: Meter = Meter::fixed("lambda.event_poller.sqs", "SQS event pollers", Unit::EpuHour);
static POLLER_KAFKA: Meter = Meter::fixed("lambda.event_poller.kafka", "Kafka event pollers", Unit::EpuHour);
static DURABLE_OPERATIONS: Meter = Meter::fixed("lambda.durable.operations", "durable operations", Unit::Operation);
static DURABLE_WRITTEN: Meter = Meter::fixed("lambda.durable.data_written", "durable data written", Unit::Gb);
static DURABLE_RETAINED: Meter = Meter::fixed("lambda.durable.data_retained", "durable data retained", Unit::GbMonth);

/// The first 512 MB of /tmp are part of the function (AWS Lambda pricing page, 2026).
pub const LAMBDA_INCLUDED_STORAGE: DataSize = DataSize::from_megabytes(512);
/// The first 6 MB of every streamed response are part of the request.
const INCLUDED_RESPONSE: DataSize = DataSize::from_megabytes(6);
const FIRST_EVENT_CHUNK: DataSize = DataSize::from_kilobytes(256);
const FURTHER_EVENT_CHUNK: DataSize = DataSize::from_kilobytes(64);
/// Every invocation is rounded up to this.
const MILLISECOND: TimeSpan = TimeSpan::from_whole_milliseconds(1);
const PROVISIONED_STEP: TimeSpan = TimeSpan::from_seconds(300);
const LEAST_SNAP_START_TIME: TimeSpan = TimeSpan::from_seconds(3 * 3600);
/// How the compute is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purchase {
    OnDemand,
    ComputeSavingsPlan(&'static str),
}

impl Purchase {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("on-demand", Self::OnDemand),
        ("compute-savings-plan-1y-no-upfront", Self::ComputeSavingsPlan("compute_savings_plan_1y_no_upfront")),
        ("compute-savings-plan-1y-all-upfront", Self::ComputeSavingsPlan("compute_savings_plan_1y_all_upfront")),
        ("compute-savings-plan-3y-no-upfront", Self::ComputeSavingsPlan("compute_savings_plan_3y_no_upfront")),
        ("compute-savings-plan-3y-all-upfront", Self::ComputeSavingsPlan("compute_savings_plan_3y_all_upfront")),
    ];
}

#[derive(Debug, Clone)]
struct Provisioned {
    units: Decimal,
    /// Each time; `None` = the whole month.
    time: Option<TimeSpan>,
    windows: Decimal,
    requests: Option<Rate>,
    /// Of one invocation on a unit.
    durations: Durations,
    /// Whether they are stated, and not those on demand.
    duration_stated: bool,
}

#[derive(Debug, Clone)]
struct SnapStart {
    versions: Decimal,
    time: Option<TimeSpan>,
    restore: TimeSpan,
    /// Whether versions or time were left to their defaults.
    defaults_used: bool,
}

#[derive(Debug, Clone)]
struct Durable {
    operations: Decimal,
    written: DataSize,
    execution_time: TimeSpan,
    retention: TimeSpan,
    /// Whether any of these, or the number of invocations, was left to its default.
    defaults_used: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EventSource {
    Sqs,
    Kafka,
}

#[derive(Debug, Clone)]
struct Poller {
    source: EventSource,
    amount: PollerAmount,
}

#[derive(Debug, Clone, Copy)]
enum PollerAmount {
    /// Kept all month.
    Units(Decimal),
    /// Summed over the month.
    UnitHours(Decimal),
}

/// A function as configured.
#[derive(Debug, Clone)]
struct Lambda {
    memory: DataSize,
    /// Of one invocation.
    durations: Durations,
    /// Whether the option states it, so that the workload's does not matter.
    duration_stated: bool,
    /// What must be said of the rounding of one duration.
    rounding: Option<Note>,
    /// What the term of the handler is called.
    handler: &'static str,
    /// Invocations of one request: more than one for a durable execution.
    invocations: Decimal,
    architecture: Architecture,
    architecture_given: bool,
    /// What must be said of the values that come from the workload.
    notes: Vec<Note>,
    purchase: Purchase,
    savings_plan_coverage: Share,
    ephemeral_storage: DataSize,
    cold_start_share: Option<Share>,
    /// How long an idle environment is kept: what the share is computed from where it was not stated.
    keep_alive: KeepAlive,
    /// What is taken instead of computing it.
    cold_odds: Option<ColdOdds>,
    init: TimeSpan,
    provisioned: Option<Provisioned>,
    runtime: Option<String>,
    snap_start: Option<SnapStart>,
    mounts_efs: bool,
    streams: bool,
    poller: Option<Poller>,
    durable: Option<Durable>,
    tenant_environments: Option<Rate>,
}

impl Lambda {
    fn meter_requests(&self, workload: &Workload, count: Decimal, steps: &mut Steps, notes: &mut Vec<Note>) {
        let meter = self.architecture.of(&REQUESTS);
        let chunks = requests_of_event(workload);
        let what = if chunks > Decimal::ONE { "events, counted by size" } else { "invocations" };
        let mut factors = vec![requests(count)];
        if self.invocations != Decimal::ONE {
            factors.push((self.invocations, "invocations each"));
        }
        if !workload.invocation_stated && workload.payload.is_some_and(|payload| event_chunks(payload) > Decimal::ONE) {
            let meaning = "an asynchronous event of this size would count as more than one request";
            notes.push(Note::default_used("invocation", "synchronous", meaning));
        }
        if chunks > Decimal::ONE {
            factors.push((chunks, "requests per event"));
            notes
                .push(Note::assumption("every event has the mean size: one request for the first 256 KB, one per further 64 KB"));
        }
        steps.add(meter, what, &factors);
    }

    /// Adds a term on a meter of compute, split over a savings plan and the list price where there is a plan.
    fn add_compute(&self, compute: &Compute, what: &'static str, factors: &[(Decimal, &'static str)], steps: &mut Steps) {
        let listed = self.architecture.of(&compute.meters);
        let Purchase::ComputeSavingsPlan(plan) = self.purchase else { return steps.add(listed, what, factors) };
        let share = |share: Share, label: &'static str| [factors, &[(share.get(), label)]].concat();
        let covered = self.with_plan(compute.id, compute.item, plan);
        steps.add(&covered, what, &share(self.savings_plan_coverage, "covered by the plan"));
        steps.add(listed, what, &share(self.savings_plan_coverage.rest(), "beyond the plan"));
    }

    fn with_plan(&self, id: &str, item: &str, plan: &str) -> Meter {
        let architecture = self.architecture.name();
        let words = plan.replace('_', " ");
        Meter::named(format!("{id}.{plan}.{architecture}"), format!("{item}, {words}, {architecture}"), Unit::GbSecond)
    }

    /// Requests that provisioned units serve, out of all.
    fn served_by_provisioned(&self, workload: &Workload, month: Month, notes: &mut Vec<Note>) -> Decimal {
        let Some(provisioned) = &self.provisioned else { return Decimal::ZERO };
        let count = workload.requests.per_month(month);
        if let Some(stated) = provisioned.requests {
            return stated.per_month(month);
        }
        let load = mean_concurrency(workload, &provisioned.durations, month) * statistic_from_decimal(self.invocations);
        let spilled = Share::from_statistic(erlang_b(whole(provisioned.units), load));
        // The division comes last: a third of the month should not cost the last digit of every request.
        let served = count * provisioned.seconds(month) * spilled.rest().get() / month.seconds();
        if !count.is_zero() {
            let busy = (load * 100.0).round() / 100.0;
            let peak = workload.peak_factor();
            let without_peak =
                if peak == Decimal::ONE { String::new() } else { format!(", not the peak of {peak} times the mean") };
            notes.push(Note::default_used(
                "provisioned_requests",
                format!("{} of the requests", Share::from_statistic(statistic_from_decimal(served / count)).percent()),
                format!(
                    "Poisson arrivals at a constant rate{without_peak}, {busy} busy on average; {} of those in the enabled time find all units busy and run on demand",
                    spilled.percent()
                ),
            ));
        }
        served
    }

    fn meter_snap_start(&self, cold_starts: Decimal, month: Month, steps: &mut Steps) {
        let Some(snap_start) = &self.snap_start else { return };
        if self.runtime.as_deref().is_some_and(|runtime| runtime.starts_with("java")) {
            return; // Free for Java.
        }
        let time = snap_start.time.map_or(month.seconds(), TimeSpan::seconds).max(LEAST_SNAP_START_TIME.seconds());
        let memory = (self.memory.gigabytes(), "GB");
        steps.add(&SNAP_START_CACHE, "snapshots kept", &[(snap_start.versions, "versions"), (time, "s"), memory]);
        steps.add(&SNAP_START_RESTORE, "snapshots restored", &[(cold_starts, "restores"), memory]);
    }

    fn meter_stream(&self, workload: &Workload, count: Decimal, steps: &mut Steps, notes: &mut Vec<Note>) {
        if !self.streams {
            return;
        }
        let billable = workload.response.unwrap_or(DataSize::ZERO).beyond(INCLUDED_RESPONSE);
        let stream = self.architecture.of(&RESPONSE_STREAM);
        steps.add(stream, "beyond 6 MB a response", &[requests(count), (billable.gigabytes(), "GB")]);
        notes.push(match workload.response {
            Some(_) => Note::assumption("every streamed response has the mean size; its first 6 MB are free"),
            None => Note::default_used("response", "at most 6 MB", "streaming is charged beyond the first 6 MB of a response"),
        });
    }

    fn meter_poller(&self, month: Month, steps: &mut Steps) {
        let Some(poller) = &self.poller else { return };
        let meter = match poller.source {
            EventSource::Sqs => &POLLER_SQS,
            EventSource::Kafka => &POLLER_KAFKA,
        };
        match poller.amount {
            PollerAmount::Units(units) => steps.add(meter, "event poller units", &[(units, "units"), (month.hours(), "h")]),
            PollerAmount::UnitHours(hours) => steps.add(meter, "event poller units", &[(hours, "unit-hours")]),
        }
    }

    fn meter_durable(&self, count: Decimal, month: Month, steps: &mut Steps) {
        let Some(durable) = &self.durable else { return };
        let written = (durable.written.gigabytes(), "GB each");
        steps.add(&DURABLE_OPERATIONS, "operations", &[requests(count), (durable.operations, "operations each")]);
        steps.add(&DURABLE_WRITTEN, "data written", &[requests(count), written]);
        let kept = (durable.execution_time + durable.retention).hours() / month.hours();
        steps.add(&DURABLE_RETAINED, "data kept while running and afterwards", &[requests(count), written, (kept, "months")]);
    }

    fn meter_tenants(&self, month: Month, steps: &mut Steps) {
        let Some(environments) = self.tenant_environments else { return };
        let created = (environments.per_month(month), "environments created");
        let factors = [created, (self.memory.gigabytes(), "GB")];
        steps.add(self.architecture.of(&TENANT_ISOLATION), "environments of one tenant each", &factors);
    }

    /// Environments in use at peak, on demand or provisioned: both count against the account's quota.
    fn peak_concurrency(&self, workload: &Workload, month: Month) -> f64 {
        let mean = mean_concurrency(workload, &self.durations, month) * statistic_from_decimal(self.invocations);
        mean * statistic_from_decimal(workload.peak_factor())
    }
}

impl Placement for Lambda {
    fn title(&self) -> String {
        let mut title = format!("{} {}", self.memory, self.architecture.name());
        if let Some(provisioned) = &self.provisioned {
            title.push_str(&format!(", {} provisioned", provisioned.units));
        }
        if self.snap_start.is_some() {
            title.push_str(", SnapStart");
        }
        if let Some((name, _)) =
            Purchase::CHOICES.iter().find(|(_, purchase)| *purchase == self.purchase && *purchase != Purchase::OnDemand)
        {
            title.push_str(&format!(", {name}"));
        }
        title
    }

    fn retime(&mut self, workload: &Workload) -> bool {
        self.duration_stated || self.take_duration_of(workload)
    }

    fn refusals(&self, workload: &Workload, month: Month) -> Vec<Refusal> {
        limits::refusals(self, workload, month)
    }

    fn function(&self) -> Option<ReplayedFunction> {
        self.replayed()
    }

    fn cold_odds(&self, workload: &Workload, month: Month) -> Option<ColdOdds> {
        self.computed_odds(workload, month)
    }

    fn with_cold_odds(&self, odds: ColdOdds) -> Option<Box<dyn Placement>> {
        Some(Box::new(Self { cold_odds: Some(odds), ..self.clone() }))
    }

    fn meter_replayed(&self, replay: &ReplayedMonth<'_>, workload: &Workload, region: &Region) -> Result<Vec<Step>, TooLarge> {
        self.meter_calls(replay, workload, region)
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let (mut steps, mut notes) = (Steps::in_region(region), Vec::new());
        let count = workload.requests.per_month(month);
        let served = self.served_by_provisioned(workload, month, &mut notes) * self.invocations;
        let on_demand = count * self.invocations - served;
        let memory = (self.memory.gigabytes(), "GB");

        self.meter_requests(workload, count, &mut steps, &mut notes);
        let billed = self.durations.mean_rounded_up(MILLISECOND, TimeSpan::ZERO);
        self.add_compute(
            &DURATION_ON_DEMAND,
            self.handler,
            &[(on_demand, "invocations"), (billed.seconds(), "s"), memory],
            &mut steps,
        );

        let cold_share = self.cold_share(workload, month);
        let cold_starts = self.cold_starts(workload, cold_share, on_demand, month);
        // A cold start bills ⌈init + handler⌉ instead of ⌈handler⌉.
        let added = self.durations.mean_rounded_up(MILLISECOND, self.before_handler()) - billed;
        let what = if self.snap_start.is_some() { "restore of cold starts" } else { "INIT of cold starts" };
        self.add_compute(&DURATION_ON_DEMAND, what, &[(cold_starts, "cold starts"), (added.seconds(), "s"), memory], &mut steps);

        self.meter_provisioned(served, month, &mut steps);
        let extra_storage = (self.ephemeral_storage.beyond(LAMBDA_INCLUDED_STORAGE).gigabytes(), "GB beyond 512 MB");
        let storage = self.architecture.of(&EPHEMERAL_STORAGE);
        steps.add(storage, "/tmp while requests run", &[(on_demand, "invocations"), (billed.seconds(), "s"), extra_storage]);
        steps.add(storage, "/tmp during INIT", &[(cold_starts, "cold starts"), (added.seconds(), "s"), extra_storage]);
        if let Some(provisioned) = &self.provisioned {
            let billed = (billed_seconds(&provisioned.durations), "s");
            steps.add(storage, "/tmp on provisioned units", &[(served, "invocations"), billed, extra_storage]);
        }
        self.meter_snap_start(cold_starts, month, &mut steps);
        self.meter_stream(workload, count, &mut steps, &mut notes);
        self.meter_poller(month, &mut steps);
        self.meter_durable(count, month, &mut steps);
        self.meter_tenants(month, &mut steps);
        self.note_assumptions(workload, cold_share, month, &mut notes);
        Ok(Metered {
            steps: steps.finish()?,
            notes,
            peak_concurrency: Some(self.peak_concurrency(workload, month)),
            capacity: None,
        })
    }
}

/// Mean billed seconds of an invocation: each rounded up to a millisecond.
fn billed_seconds(durations: &Durations) -> Decimal {
    durations.mean_rounded_up(MILLISECOND, TimeSpan::ZERO).seconds()
}

/// Requests that an event of this workload counts as.
fn requests_of_event(workload: &Workload) -> Decimal {
    workload.payload.filter(|_| workload.invocation == Invocation::Asynchronous).map_or(Decimal::ONE, event_chunks)
}

/// Requests that an asynchronous event of this size counts as.
fn event_chunks(payload: DataSize) -> Decimal {
    Decimal::ONE + (payload.beyond(FIRST_EVENT_CHUNK).kilobytes() / FURTHER_EVENT_CHUNK.kilobytes()).ceil()
}

/// Little's law: invocations in progress = arrival rate × duration.
fn mean_concurrency(workload: &Workload, durations: &Durations, month: Month) -> f64 {
    statistic_from_decimal(workload.requests_per_second(month)) * statistic_from_decimal(durations.mean().seconds())
}

fn whole(units: Decimal) -> u64 {
    units.trunc().to_u64().unwrap_or(u64::MAX)
}
