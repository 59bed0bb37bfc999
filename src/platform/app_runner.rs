//! AWS App Runner: web services from an image, billed for CPU only while requests are in progress.
//!
//! Rules (AWS App Runner pricing page and developer guide): the memory of every instance all the time it is provisioned; its
//! vCPUs by the second while it processes requests, one minute at least each time it starts to. An instance takes 100 requests
//! at once by default, a request may take 120 s. Closed to new customers since 2026.
//!
//! How long an instance is active: under Poisson arrivals of rate λ and requests of length S that overlap freely, a busy period
//! takes (e^(λS) − 1) / λ on average (M/G/∞) and an idle one 1 / λ. With m = max(60 s, busy period) it is active for
//! m / (m + 1 / λ) of the time.
//!
//! Worked number: one request each minute of 1 s: m = 60 s, so the instance is active half of the time: 1 vCPU and 2 GB cost
//! 365 × 0.064 + 1,460 × 0.007 = $33.58 for 730 h.

use super::task_size::{self, TaskSize};
use super::{Metered, Placement, Platform, Refusals, Site};
use crate::capacity::{Fleet, Level, Noun, Shape};
use crate::note::{Note, Refusal};
use crate::settings::{Key, Section, SettingError};
use crate::units::{DataSize, Decimal, Month, Share, TimeSpan, Unit, statistic_from_decimal};
use crate::usage::{Meter, Provider, Region, Steps, TooLarge};
use crate::workload::Workload;

pub(super) const PLATFORM: Platform = Platform {
    name: "app-runner",
    provider: Provider::Aws,
    about: "web services on AWS App Runner (legacy: closed to new customers)",
    keys: &[task_size::KEYS, KEYS, Fleet::INSTANCE_KEYS],
    read,
};

const KEYS: &[Key] =
    &[Key { name: "concurrency", value: "N", help: "Requests that one instance works on at once, 1 to 200 [default: 100]" }];

/// The pairs that can be run (AWS App Runner developer guide, "Configuring vCPU and memory").
const SIZES: &[TaskSize] = &[
    TaskSize::steps("0.25", 512, 1024, 512),
    TaskSize::steps("0.5", 1024, 1024, 1),
    TaskSize::steps("1", 2048, 4096, 1024),
    TaskSize::steps("2", 4096, 6144, 2048),
    TaskSize::steps("4", 8192, 12_288, 2048),
];
const CONCURRENCY: u32 = 100;
const MOST_CONCURRENCY: u32 = 200;
const LONGEST_REQUEST: TimeSpan = TimeSpan::from_seconds(120);
/// An instance that starts to process requests is charged for this long at least.
const LEAST_ACTIVE_SECONDS: f64 = 60.0;

static ACTIVE: Meter = Meter::fixed("app_runner.active_vcpu", "App Runner vCPU while active", Unit::VcpuHour);
static PROVISIONED: Meter = Meter::fixed("app_runner.provisioned_memory", "App Runner memory", Unit::GbHour);

#[derive(Debug)]
struct AppRunner {
    vcpu: Decimal,
    memory: DataSize,
    concurrency: Decimal,
    fleet: Fleet,
    notes: Vec<Note>,
}

fn read(section: &mut Section, workload: &Workload, _site: &Site<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let (size, mut notes) = TaskSize::read(section, workload, SIZES)?;
    let fleet = Fleet::read(section, workload, Noun::Instance)?;
    let concurrency = super::read_concurrency(section)?.unwrap_or_else(|| {
        notes.push(Note::default_used("concurrency", "100", "requests that one instance works on at once"));
        CONCURRENCY.into()
    });
    notes.extend(super::speed_note(workload, size.0, Noun::Instance));
    Ok(Box::new(AppRunner { vcpu: size.0, memory: size.1, concurrency, fleet, notes }))
}

/// The share of the time that an instance is active.
fn active_share(rate: f64, request_seconds: f64) -> f64 {
    // A busy period beyond e⁷⁰⁰ requests does not end, which the quotient below says too.
    let load = (rate * request_seconds).min(700.0);
    let busy = load.exp_m1().max(LEAST_ACTIVE_SECONDS * rate);
    busy / (busy + 1.0)
}

impl AppRunner {
    fn shape(&self) -> Shape {
        Shape { concurrency: Some(self.concurrency), ..Shape::new(self.vcpu, self.memory) }
    }

    /// Instance-hours in which requests are in progress, spread evenly over the instances.
    fn active_hours(&self, workload: &Workload, levels: &[Level], month: Month) -> Decimal {
        let seconds = workload.demand().map_or(TimeSpan::ZERO, |demand| demand.mean_on(self.vcpu)).seconds();
        let mean_rate = workload.requests_per_second(month);
        let even = [Decimal::ONE];
        // One level stands for all hours where the fleet does not follow them.
        let factors = workload.hourly.as_ref().filter(|hourly| hourly.factors().len() == levels.len());
        let factors = factors.map_or(&even[..], |hourly| hourly.factors());
        let active = levels.iter().zip(factors).map(|(level, factor)| {
            let each = (mean_rate * factor).checked_div(level.instances).unwrap_or_default();
            let share = active_share(statistic_from_decimal(each), statistic_from_decimal(seconds));
            level.instances * level.hours * Share::from_statistic(share).get()
        });
        active.sum::<Decimal>().normalize()
    }
}

impl Placement for AppRunner {
    fn title(&self) -> String {
        format!("{} vCPU, {}", self.vcpu.normalize(), self.memory)
    }

    fn refusals(&self, workload: &Workload, _month: Month) -> Vec<Refusal> {
        let mut refusals = Refusals::default();
        refusals.no_gpu(workload, "App Runner has none; ECS on EC2 has");
        refusals.unless(
            !workload.stateful,
            || "state kept between requests".to_owned(),
            "instances come and go; ECS or EC2 keep it",
        );
        refusals.unless(!workload.websocket, || "WebSocket connections".to_owned(), "HTTP requests only");
        let most = Decimal::from(MOST_CONCURRENCY);
        refusals.unless(self.concurrency <= most, || format!("{} requests at once", self.concurrency), "200 at most");
        if let Some(demand) = workload.demand() {
            let longest = demand.durations_on(self.vcpu).longest();
            refusals.unless(longest <= LONGEST_REQUEST, || format!("a request of {}", longest.rounded()), "120 s at most");
        }
        refusals.0
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let (mut steps, mut notes) = (Steps::in_region(region), self.notes.clone());
        let (capacity, levels) = self.fleet.size_and_levels(workload, &self.shape(), month);
        let active = self.active_hours(workload, &levels, month);
        steps.add(&ACTIVE, "while requests are in progress", &[(active, "active instance-hours"), (self.vcpu, "vCPU")]);
        let hours = capacity.hour_factors(month);
        steps.add(&PROVISIONED, "instances kept running", &[hours.as_slice(), &[(self.memory.gigabytes(), "GB")]].concat());
        notes.push(Note::assumption("closed to new customers since 2026; AWS names ECS Express Mode (Fargate) as the successor"));
        notes.push(Note::assumption(
            "an instance is active from a request until none is in progress, for a minute at least; requests arrive at random and are spread evenly",
        ));
        Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity: Some(capacity) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_active_for_a_minute_at_least_and_always_under_load() {
        let close = |got: f64, expected: f64| assert!((got - expected).abs() < 1e-9, "{got} {expected}");
        close(active_share(1.0 / 60.0, 1.0), 0.5);
        // Overlapping requests: 1 − e^(−λS).
        close(active_share(1.0, 100.0), 1.0);
        close(active_share(0.01, 200.0), 1.0 - (-2.0_f64).exp());
        close(active_share(0.0, 1.0), 0.0);
        close(active_share(1e9, 1e9), 1.0);
    }
}
