//! Azure Container Apps: containers that scale by themselves, on the Consumption or the Dedicated plan.
//!
//! Rules (Azure Container Apps documentation, "Billing" of 2025-12-09, "Scaling", "Workload profiles"): Consumption bills the
//! vCPUs and memory of each replica per second and external requests by number. A replica is idle, at a lower rate for its
//! vCPUs, only while the app is at its least number of replicas, above zero, and no request is in progress on it. An app of no
//! least number goes to zero 300 s after the last request. A GPU is paid for beside vCPUs and memory and is never idle. Jobs
//! are active as long as they run and pay for no requests. Dedicated bills whole profile instances and an hourly fee.
//!
//! Worked number: one replica of 0.5 vCPU and 1 GB that is always there and never asked is 2,628,000 s × (0.5 × 0.000003 +
//! 0.000003) = $11.826; always busy, 2,628,000 × (0.5 × 0.000024 + 0.000003) = $39.42.

mod activity;

use self::activity::Activity;
use super::task_size::{self, TaskSize};
use super::{Metered, Placement, Platform, Refusals, ReplayedMonth, ReplayedService, ServiceRule, Site, job};
use crate::autoscaling::HttpScalingPolicy;
use crate::capacity::{Count, Fleet, Level, Noun, Peak, Shape};
use crate::note::{Note, Refusal};
use crate::settings::{Key, Section, SettingError, value_or};
use crate::stats::Durations;
use crate::units::{DataSize, Decimal, Month, SECONDS_PER_HOUR, TimeSpan, Unit, statistic_from_decimal};
use crate::usage::{Meter, Provider, Region, Step, Steps, TooLarge};
use crate::workload::{Invocation, Workload};

pub(super) const PLATFORM: Platform = Platform {
    name: "container-apps",
    provider: Provider::Azure,
    about: "Azure Container Apps, on the Consumption plan (also with a GPU) or the Dedicated plan",
    keys: &[KEYS, job::KEYS, task_size::KEYS, Fleet::REPLICA_KEYS],
    read,
};

const KEYS: &[Key] = &[
    super::azure_functions::PLAN,
    Key { name: "concurrency", value: "N", help: "Requests that one replica works on at once [default: no limit]" },
];

/// The pairs of the Consumption plan: 2 GB for each vCPU.
const SIZES: &[TaskSize] = &[
    TaskSize::steps("0.25", 512, 512, 1),
    TaskSize::steps("0.5", 1024, 1024, 1),
    TaskSize::steps("0.75", 1536, 1536, 1),
    TaskSize::steps("1", 2048, 2048, 1),
    TaskSize::steps("1.25", 2560, 2560, 1),
    TaskSize::steps("1.5", 3072, 3072, 1),
    TaskSize::steps("1.75", 3584, 3584, 1),
    TaskSize::steps("2", 4096, 4096, 1),
    TaskSize::steps("2.25", 4608, 4608, 1),
    TaskSize::steps("2.5", 5120, 5120, 1),
    TaskSize::steps("2.75", 5632, 5632, 1),
    TaskSize::steps("3", 6144, 6144, 1),
    TaskSize::steps("3.25", 6656, 6656, 1),
    TaskSize::steps("3.5", 7168, 7168, 1),
    TaskSize::steps("3.75", 7680, 7680, 1),
    TaskSize::steps("4", 8192, 8192, 1),
];
/// The instances of the Dedicated plan: D4 to D32 with 4 GB for each vCPU, E4 to E32 with 8 GB.
const DEDICATED_SIZES: &[TaskSize] = &[
    TaskSize::steps("4", 16_384, 32_768, 16_384),
    TaskSize::steps("8", 32_768, 65_536, 32_768),
    TaskSize::steps("16", 65_536, 131_072, 65_536),
    TaskSize::steps("32", 131_072, 262_144, 131_072),
];
const T4_SIZE: &[TaskSize] = &[TaskSize::steps("8", 57_344, 57_344, 1)];
const A100_SIZE: &[TaskSize] = &[TaskSize::steps("24", 225_280, 225_280, 1)];
const MOST_REPLICAS: Decimal = Decimal::from_parts(1000, 0, 0, false, 0);
/// How much of what a replica carries it gets, where nobody says.
const USUAL_TARGET: f64 = 0.7;
const LONGEST_ANSWER: TimeSpan = TimeSpan::from_seconds(240);
const SECOND: TimeSpan = TimeSpan::from_seconds(1);

static ACTIVE_VCPU: Meter = Meter::fixed("container_apps.vcpu.active", "Container Apps vCPU, active", Unit::VcpuSecond);
static IDLE_VCPU: Meter = Meter::fixed("container_apps.vcpu.idle", "Container Apps vCPU, idle", Unit::VcpuSecond);
static MEMORY: Meter = Meter::fixed("container_apps.memory", "Container Apps memory", Unit::GibSecond);
static REQUESTS: Meter = Meter::fixed("container_apps.requests", "Container Apps requests", Unit::Request);
static DEDICATED_VCPU: Meter = Meter::fixed("container_apps.dedicated.vcpu", "Container Apps Dedicated vCPU", Unit::VcpuHour);
static DEDICATED_MEMORY: Meter =
    Meter::fixed("container_apps.dedicated.memory", "Container Apps Dedicated memory", Unit::GibHour);
static DEDICATED_MANAGEMENT: Meter =
    Meter::fixed("container_apps.dedicated.management", "Container Apps Dedicated management", Unit::Hour);

#[derive(Debug)]
struct ContainerApps {
    dedicated: bool,
    vcpu: Decimal,
    memory: DataSize,
    /// The GPU of the profile, as price rows name it.
    gpu: Option<&'static str>,
    concurrency: Option<Decimal>,
    fleet: Fleet,
    /// Whether the app goes to zero when nobody asks.
    to_zero: bool,
    /// How long the replica of a job runs; an app stays up.
    job: Option<Durations>,
    notes: Vec<Note>,
}

fn read(section: &mut Section, workload: &Workload, site: &Site<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let plan = section.choice("plan", &[("consumption", false), ("dedicated", true)])?;
    let dedicated = value_or(plan, false);
    // The model, and what price rows call it: its A100 has 80 GB.
    let models = [("t4", "t4"), ("a100_80gb", "a100")];
    let gpu = models.into_iter().find(|(model, _)| !dedicated && workload.runs_on_gpu(model));
    let gpu_note = gpu.and_then(|(model, _)| super::gpu_note(workload, model));
    let gpu = gpu.map(|(_, priced)| priced);
    let sizes = match gpu {
        Some("t4") => T4_SIZE,
        Some(_) => A100_SIZE,
        None if dedicated => DEDICATED_SIZES,
        None => SIZES,
    };
    let ((vcpu, memory), mut notes) = TaskSize::read(section, workload, sizes)?;
    notes.extend(gpu_note);
    let job = job::read(section, workload, vcpu, site.read_file)?;
    let stated_least = section.keys().any(|(key, _)| key == "min_replicas");
    let mut fleet = Fleet::read(section, workload, Noun::Replica)?;
    let to_zero = fleet.least.is_zero();
    // While anything is asked there is a replica; the hours at zero are taken off.
    fleet.least = fleet.least.max(Decimal::ONE);
    fleet.limit(MOST_REPLICAS, "the platform");
    if !stated_least && job.is_none() && fleet.count == Count::Auto {
        notes.push(Note::default_used("min_replicas", "1", "0 lets the app go to zero 300 s after a request, and start cold"));
    }
    notes.extend(super::speed_note(workload, vcpu, Noun::Replica));
    let concurrency = super::read_concurrency(section)?;
    Ok(Box::new(ContainerApps { dedicated, vcpu, memory, gpu, concurrency, fleet, to_zero, job, notes }))
}

impl ContainerApps {
    fn shape(&self) -> Shape {
        let gpus = if self.gpu.is_some() { Decimal::ONE } else { Decimal::ZERO };
        Shape { concurrency: self.concurrency, gpus, ..Shape::new(self.vcpu, self.memory) }
    }

    /// Of replicas at these levels.
    fn activity(&self, workload: &Workload, levels: &[Level], month: Month) -> Activity {
        let least = match self.fleet.count {
            Count::Auto => self.fleet.least,
            Count::Fixed(count) => count,
        };
        if self.to_zero {
            Activity::down_to_zero(workload, self.vcpu, month)
        } else if self.gpu.is_some() {
            Activity::ALWAYS
        } else {
            Activity::of_levels(workload, levels, least, self.vcpu, month)
        }
    }

    /// Seconds of replicas at the rates of the Consumption plan.
    fn add_replicas(&self, steps: &mut Steps, what: &'static str, seconds: &[(Decimal, &'static str)], activity: &Activity) {
        let with = |factors: &[(Decimal, &'static str)]| [seconds, factors].concat();
        let part = |share: Decimal, label: &'static str| {
            if share == Decimal::ONE { Vec::new() } else { vec![(share, label)] }
        };
        let vcpu = (self.vcpu, "vCPU");
        steps.add(&ACTIVE_VCPU, what, &with(&[part(activity.active, "of the time active"), vec![vcpu]].concat()));
        steps.add(&IDLE_VCPU, what, &with(&[part(activity.idle(), "of the time idle"), vec![vcpu]].concat()));
        steps.add(&MEMORY, what, &with(&[(self.memory.gigabytes(), "GiB")]));
        if let Some(gpu) = self.gpu {
            let meter = Meter::named(
                format!("container_apps.gpu.{gpu}"),
                format!("Container Apps GPU, {}", gpu.to_uppercase()),
                Unit::GpuSecond,
            );
            steps.add(&meter, what, &with(&[(Decimal::ONE, "GPU")]));
        }
    }

    fn most(&self) -> Decimal {
        self.fleet.most.map_or(MOST_REPLICAS, |most| most.count)
    }

    fn meter_job(&self, run: &Durations, workload: &Workload, steps: &mut Steps, month: Month) {
        let time = (run.mean_billed(SECOND, TimeSpan::ZERO).seconds(), "s");
        let seconds = [super::requests(workload.requests.per_month(month)), time];
        self.add_replicas(steps, "one replica for each request", &seconds, &Activity::ALWAYS);
    }
}

impl Placement for ContainerApps {
    fn title(&self) -> String {
        let plan = if self.dedicated { "Dedicated, " } else { "" };
        let gpu = self.gpu.map_or_else(String::new, |gpu| format!(", {}", gpu.to_uppercase()));
        format!("{plan}{} vCPU, {}{gpu}", self.vcpu.normalize(), self.memory)
    }

    /// Only of a job the time is read with its size.
    fn retime(&mut self, _workload: &Workload) -> bool {
        self.job.is_none()
    }

    fn refusals(&self, workload: &Workload, _month: Month) -> Vec<Refusal> {
        let mut refusals = Refusals::default();
        if self.gpu.is_none() {
            refusals.no_gpu(workload, "Container Apps has T4 and A100, on the Consumption plan");
        }
        if workload.invocation == Invocation::Synchronous && self.job.is_none() && !workload.websocket {
            let longest = workload.demand().map_or(TimeSpan::ZERO, |demand| demand.durations_on(self.vcpu).longest());
            let remedy = "an HTTP caller gets its answer within 240 s; run = \"job\", or `invocation = \"asynchronous\"`";
            refusals.unless(longest <= LONGEST_ANSWER, || format!("a duration of {longest}"), remedy);
        }
        refusals.unless(
            !(workload.stateful && self.to_zero),
            || "state between requests".to_owned(),
            "an app that goes to zero keeps none; `min_replicas = 1`",
        );
        let whole = self.dedicated && self.job.is_some();
        refusals.unless(
            !whole,
            || "a job on the Dedicated plan".to_owned(),
            "its instances are billed as a service; use Consumption",
        );
        refusals.0
    }

    /// Apps on the Consumption plan; the instances of a Dedicated plan carry several, and jobs are started by themselves.
    fn service(&self, workload: &Workload, month: Month) -> Option<ReplayedService> {
        if self.dedicated || self.job.is_some() {
            return None;
        }
        let capacity = self.fleet.size(workload, &self.shape(), month);
        let (slots, durations) = capacity.peak.as_ref().and_then(Peak::at_once)?;
        let whole = |count: Decimal| u64::try_from(count.floor()).unwrap_or(u64::MAX);
        let (least, most) = match self.fleet.count {
            Count::Fixed(count) => (whole(count), whole(count)),
            Count::Auto if self.to_zero => (0, whole(self.most())),
            Count::Auto => (whole(self.fleet.least), whole(self.most())),
        };
        let stated = statistic_from_decimal(self.fleet.target_utilization.get());
        let carried = capacity.rate_per_instance.map_or(f64::MAX, statistic_from_decimal);
        // Where waiting decides no share is stated. The rule takes whole numbers.
        let requests = (carried * if stated < 1.0 { stated } else { USUAL_TARGET }).floor().max(1.0);
        Some(ReplayedService {
            slots: whole(slots),
            durations,
            least,
            most,
            target: requests / carried,
            start: TimeSpan::ZERO,
            step: SECOND,
            least_life: TimeSpan::ZERO,
            rule: ServiceRule::Http(HttpScalingPolicy::new(requests, least, most)),
        })
    }

    fn meter_replayed(&self, replay: &ReplayedMonth<'_>, _workload: &Workload, region: &Region) -> Result<Vec<Step>, TooLarge> {
        let (mut steps, totals) = (Steps::in_region(region), replay.totals);
        let times = (replay.times, "times in a month");
        let idle = if self.gpu.is_some() { 0.0 } else { totals.least_idle_s };
        let activity = Activity::seen(idle / totals.instance_s.max(f64::MIN_POSITIVE));
        self.add_replicas(&mut steps, "replicas, as replayed", &[replay.seconds(totals.instance_s), times], &activity);
        steps.add(&REQUESTS, "requests", &[super::requests(totals.answered().into()), times]);
        steps.finish()
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let (mut steps, mut notes) = (Steps::in_region(region), self.notes.clone());
        if let Some(run) = &self.job {
            self.meter_job(run, workload, &mut steps, month);
            notes.push(job::start_note());
            return Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity: None });
        }
        let (mut capacity, levels) = self.fleet.size_and_levels(workload, &self.shape(), month);
        if self.dedicated {
            let hours = capacity.hour_factors(month);
            let term = |amount: Decimal, label: &'static str| [hours.as_slice(), &[(amount, label)]].concat();
            steps.add(&DEDICATED_VCPU, "instances", &term(self.vcpu, "vCPU"));
            steps.add(&DEDICATED_MEMORY, "instances", &term(self.memory.gigabytes(), "GiB"));
            steps.add(&DEDICATED_MANAGEMENT, "environment", &[(month.hours(), "h")]);
        } else {
            let activity = self.activity(workload, &levels, month);
            notes.extend(activity.note());
            capacity.instance_hours = (capacity.instance_hours - activity.hours_at_zero).max(Decimal::ZERO);
            let seconds = [capacity.hour_factors(month).as_slice(), &[(SECONDS_PER_HOUR, "s")]].concat();
            self.add_replicas(&mut steps, "replicas", &seconds, &activity);
            steps.add(&REQUESTS, "requests", &[super::requests(workload.requests.per_month(month))]);
        }
        Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity: Some(capacity) })
    }
}
