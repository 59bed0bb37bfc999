//! Services and functions: instances that answer requests.
//!
//! Request-based, an instance is billed while it has a request, however many; so the time depends on how requests overlap, and
//! is that of the fewest instances that can hold them. Each time an instance wakes, its time is rounded up to 100 ms, half of it
//! on average; where each request has an instance for itself, it is rounded by itself.
//!
//! Worked number: 10 requests a second of 400 ms that wait for others are 4 in progress on average. With 80 at once one
//! instance is active for 1 − e⁻⁴ = 98.2 % of the time; one at a time, 4 are.

use super::size::{self, Preset};
use super::{Gpu, Instance, PURCHASE, STEP, TimeMeters, ZONAL_REDUNDANCY, refuse_state, seconds_of};
use crate::autoscaling::CloudRunPolicy;
use crate::capacity::{Capacity, Count, Fleet, Noun, Shape};
use crate::note::{Note, Refusal};
use crate::platform::busy_time::{Busy, requests_at_once};
use crate::platform::lambda::DURATION;
use crate::platform::{
    Metered, Placement, Platform, Refusals, ReplayedMonth, ReplayedService, ServiceRule, Site, read_concurrency, requests,
    speed_note, task_size,
};
use crate::settings::{Key, Section, SettingError, value_or};
use crate::stats::Durations;
use crate::units::{Decimal, Month, Share, TimeSpan, statistic_from_decimal};
use crate::usage::{Meter, Provider, Region, Step, Steps, TooLarge};
use crate::workload::{Invocation, ReadFile, Workload, read_durations};

pub(in crate::platform) const PLATFORM: Platform = Platform {
    name: "cloud-run",
    provider: Provider::Google,
    about: "containers on Google Cloud Run, billed while they have a request, or while they live",
    keys: &[KEYS, SERVICE_KEYS, task_size::KEYS, Fleet::INSTANCE_KEYS],
    read: read_service,
};

pub(in crate::platform) const FUNCTIONS: Platform = Platform {
    name: "cloud-run-functions",
    provider: Provider::Google,
    about: "functions on Google Cloud Run (second generation), billed while they have a request",
    keys: &[KEYS, task_size::KEYS, Fleet::INSTANCE_KEYS],
    read: read_function,
};

const KEYS: &[Key] = &[
    PURCHASE,
    DURATION,
    Key {
        name: "concurrency",
        value: "N",
        help: "Requests that one instance works on at once, 1 to 1000 [default: 80, functions 1]",
    },
    Key { name: "cold_start_share", value: "SHARE", help: "Share of requests that start an instance [default: 0]" },
    Key { name: "init_duration", value: "TIME", help: "Billed start of an instance [default: 0ms]" },
];
const SERVICE_KEYS: &[Key] = &[
    Key {
        name: "billing",
        value: "NAME",
        help: "request (while there is one) or instance (while it lives) [default: request, instance with a GPU]",
    },
    ZONAL_REDUNDANCY,
];

const MOST_CONCURRENCY: u32 = 1000;
/// Where nobody says; of functions, and below one vCPU, it is 1.
const DEFAULT_CONCURRENCY: u32 = 80;
const LONGEST_REQUEST: TimeSpan = TimeSpan::from_seconds(3600);
/// Of functions that are called by an event.
const LONGEST_EVENT: TimeSpan = TimeSpan::from_seconds(540);
/// Instances that have nothing to do are kept for up to 15 minutes.
const KEPT_IDLE: TimeSpan = TimeSpan::from_seconds(900);
/// What the autoscaler aims at, of CPU and of concurrency.
const TARGET: &str = "60%";
/// What it may be told to aim at (Cloud Run documentation, "Scaling controls", 2026).
const LEAST_TARGET: f64 = 0.1;
const MOST_CPU_TARGET: f64 = 0.9;
const MOST_CONCURRENCY_TARGET: f64 = 0.95;
/// An instance that is billed while it lives is billed for so long at least.
const LEAST_LIFE: TimeSpan = TimeSpan::from_seconds(60);
/// So many instances may a service have, unless its owner says otherwise.
const DEFAULT_MOST: u32 = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Service,
    Function,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Billing {
    Request,
    Instance,
}

impl Billing {
    /// As price lists call it.
    const fn way(self) -> &'static str {
        match self {
            Self::Request => "request_based",
            Self::Instance => "instance_based",
        }
    }
}

#[derive(Debug)]
struct Service {
    kind: Kind,
    billing: Billing,
    instance: Instance,
    time: TimeMeters,
    /// Of minimum instances without a request.
    idle: TimeMeters,
    requests: Meter,
    gpu: Gpu,
    concurrency: Decimal,
    /// How long requests take, as stated or on that many vCPUs; a fixed number of instances can do without.
    durations: Option<Durations>,
    duration_stated: bool,
    cold_start_share: Share,
    init: TimeSpan,
    fleet: Fleet,
    notes: Vec<Note>,
}

fn read_service(section: &mut Section, workload: &Workload, site: &Site<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let (gpu, gpu_note) = Gpu::read(section, workload)?;
    let stated = section.choice("billing", &[("request", Billing::Request), ("instance", Billing::Instance)])?;
    let (by_default, name) = if gpu == Gpu::None { (Billing::Request, "request") } else { (Billing::Instance, "instance") };
    let mut notes: Vec<Note> = gpu_note.into_iter().collect();
    if stated.is_none() {
        let meaning = "an instance is billed while it has a request; `instance` bills it while it lives, and is needed for a GPU";
        notes.push(Note::default_used("billing", name, meaning));
    }
    let preset = if gpu == Gpu::None { Preset::Container } else { Preset::WithGpu };
    let service = Service::read(section, workload, site.read_file, Kind::Service, (value_or(stated, by_default), gpu, preset))?;
    notes.extend(service.notes);
    Ok(Box::new(Service { notes, ..service }))
}

fn read_function(section: &mut Section, workload: &Workload, site: &Site<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let choice = (Billing::Request, Gpu::None, Preset::Function);
    Ok(Box::new(Service::read(section, workload, site.read_file, Kind::Function, choice)?))
}

impl Service {
    fn read(
        section: &mut Section,
        workload: &Workload,
        read_file: &ReadFile<'_>,
        kind: Kind,
        (billing, gpu, preset): (Billing, Gpu, Preset),
    ) -> Result<Self, SettingError> {
        let ((vcpu, memory), mut notes) = size::read(section, workload, preset)?;
        let instance = Instance { vcpu, memory, purchase: Instance::read_purchase(section)? };
        let (concurrency, concurrency_note) = read_slots(section, kind, vcpu)?;
        let stated = read_durations(section, "duration", read_file)?;
        let duration_stated = stated.is_some();
        if !duration_stated {
            notes.extend(speed_note(workload, vcpu, Noun::Instance));
        }
        let durations = stated.map(|stated| stated.value).or_else(|| durations_on(workload, vcpu));
        if durations.is_none() && billing == Billing::Request {
            return Err(section.missing("duration", "how long a request takes, for example duration = \"200ms\""));
        }
        let cold_start_share = section.quantity("cold_start_share")?;
        let init = section.quantity("init_duration")?;
        if cold_start_share.is_none() && billing == Billing::Request {
            let meaning = "the start of an instance is billed too; say how many requests start one and how long it takes";
            notes.push(Note::default_used("cold_start_share", "0", meaning));
        }
        notes.extend(concurrency_note.into_iter().chain(instance.notes()));
        Ok(Self {
            kind,
            billing,
            time: instance.time_meters(billing.way(), ""),
            idle: instance.time_meters(billing.way(), "idle_"),
            requests: instance.request_meter(),
            instance,
            gpu,
            concurrency,
            durations,
            duration_stated,
            cold_start_share: value_or(cold_start_share, Share::NONE),
            init: value_or(init, TimeSpan::ZERO),
            fleet: read_fleet(section, workload)?,
            notes,
        })
    }

    fn size(&self, workload: &Workload, month: Month) -> Capacity {
        let shape = Shape {
            concurrency: Some(self.concurrency),
            gpus: self.gpu.count(),
            ..Shape::new(self.instance.vcpu, self.instance.memory)
        };
        let mut capacity = self.fleet.size(workload, &shape, month);
        // A service is in all zones of its region.
        capacity.notes.retain(|note| !matches!(note, Note::DefaultUsed { key: "zones", .. }));
        capacity
    }

    /// Instances that are there without a request.
    fn kept(&self) -> Decimal {
        match self.fleet.count {
            Count::Fixed(count) => count,
            Count::Auto => self.fleet.least,
        }
    }

    /// Meters the time with a request, starts and minimum instances, and returns the capacity with the hours that are paid for.
    fn add_request_based(
        &self,
        steps: &mut Steps,
        workload: &Workload,
        durations: &Durations,
        (mut capacity, month): (Capacity, Month),
    ) -> Capacity {
        capacity.notes.clear();
        let count = requests(workload.requests.per_month(month));
        let slots = requests_at_once(&capacity, durations.mean());
        let alone = slots == Decimal::ONE;
        let held = if alone { durations.mean_rounded_up(STEP, TimeSpan::ZERO) } else { durations.mean() };
        let busy = Busy::sharing(slots, capacity, workload, held, month);
        self.instance.add_time(steps, &self.time, "instances with a request", &busy.second_factors(month));
        if !alone {
            let half_step = (STEP.seconds() / Decimal::TWO, "s of rounding");
            let rounding = [busy.wakings(count.0).as_slice(), &[half_step]].concat();
            self.instance.add_time(steps, &self.time, "rounding of active time", &rounding);
        }
        let starts = [count, (self.cold_start_share.get(), "cold"), (self.init.seconds(), "s init")];
        self.instance.add_time(steps, &self.time, "instances that start", &starts);
        let idle = (self.kept() - busy.busy_of(self.kept())).max(Decimal::ZERO);
        let minimum = [(idle, "instances without a request"), (month.seconds(), "s")];
        self.instance.add_time(steps, &self.idle, "minimum instances", &minimum);
        steps.add(&self.requests, "requests", &[count]);
        with_idle(busy, idle, month)
    }

    fn add_instance_based(&self, steps: &mut Steps, workload: &Workload, capacity: &Capacity, month: Month) {
        let mut time = seconds_of(capacity, month);
        if self.kept().is_zero() {
            let alive = self.alive(workload, month);
            if alive < Decimal::ONE {
                time.push((alive, "of the time"));
            }
        }
        self.instance.add_time(steps, &self.time, "instances alive", &time);
        self.gpu.add_time(steps, "instances alive", &time);
    }

    /// The share of the time in which the last request is not longer ago than instances are kept: 1 − e^(−rate·(R + T)), with
    /// the mean time R of a request and T = 15 min. Once an hour with a short request: 1 − e^(−¼) = 22 %.
    fn alive(&self, workload: &Workload, month: Month) -> Decimal {
        let rate = statistic_from_decimal(workload.requests_per_second(month));
        let held = self.durations.as_ref().map_or(TimeSpan::ZERO, Durations::mean) + KEPT_IDLE;
        let alive = -(-rate * statistic_from_decimal(held.seconds())).exp_m1();
        Share::from_statistic(alive).get()
    }
}

fn durations_on(workload: &Workload, vcpu: Decimal) -> Option<Durations> {
    workload.demand().map(|demand| demand.durations_on(vcpu))
}

/// Cloud Run's autoscaler aims at 60 % and may go down to no instance.
fn read_fleet(section: &mut Section, workload: &Workload) -> Result<Fleet, SettingError> {
    let least_is_stated = section.keys().any(|(key, _)| key == "min_instances");
    let mut fleet = Fleet::read(section, workload, Noun::Instance)?;
    if !least_is_stated {
        fleet.least = Decimal::ZERO;
    }
    let by_default = |note: &&mut Note| matches!(note, Note::DefaultUsed { key: "target_utilization", .. });
    if let Some(note) = fleet.notes.iter_mut().find(by_default) {
        fleet.target_utilization = TARGET.parse().unwrap_or(Share::ALL);
        let meaning = "what the autoscaler aims at by default, of CPU and of concurrency";
        *note = Note::default_used("target_utilization", TARGET, meaning);
    }
    Ok(fleet)
}

/// How many requests an instance takes at once.
fn read_slots(section: &mut Section, kind: Kind, vcpu: Decimal) -> Result<(Decimal, Option<Note>), SettingError> {
    let small = vcpu < Decimal::ONE;
    let at = section.keys().find(|(key, _)| *key == "concurrency").map(|(_, at)| at.clone());
    let Some((stated, at)) = read_concurrency(section)?.zip(at) else {
        let one = small || kind == Kind::Function;
        let (concurrency, name) = if one { (Decimal::ONE, "1") } else { (DEFAULT_CONCURRENCY.into(), "80") };
        let meaning = "requests that one instance takes at once; instances are shared by as many as their CPU and memory allow";
        return Ok((concurrency, (!small).then(|| Note::default_used("concurrency", name, meaning))));
    };
    if Decimal::from(MOST_CONCURRENCY) < stated {
        return Err(SettingError::other(&at, format!("`concurrency` is {stated} (Cloud Run allows 1 to 1000)")));
    }
    if small && Decimal::ONE < stated {
        return Err(SettingError::other(&at, format!("`concurrency` is {stated} (below one vCPU it must be 1)")));
    }
    Ok((stated, None))
}

impl Placement for Service {
    fn title(&self) -> String {
        let billing = if self.billing == Billing::Instance { ", instance-based" } else { "" };
        let gpu = if self.gpu == Gpu::None { "" } else { ", L4" };
        format!("{}{gpu}{billing}", self.instance.title())
    }

    fn retime(&mut self, workload: &Workload) -> bool {
        if !self.duration_stated {
            self.durations = durations_on(workload, self.instance.vcpu);
        }
        true
    }

    fn refusals(&self, workload: &Workload, _month: Month) -> Vec<Refusal> {
        let mut refusals = Refusals::default();
        let by_event = self.kind == Kind::Function && workload.invocation == Invocation::Asynchronous;
        let (longest, limit) = if by_event {
            (LONGEST_EVENT, "9 min at most for a function called by an event")
        } else {
            (LONGEST_REQUEST, "60 min at most for one request; a job may run for 7 days")
        };
        if let Some(takes) = self.durations.as_ref().map(Durations::longest) {
            refusals.unless(takes <= longest, || format!("a request of {}", takes.rounded()), limit);
        }
        if self.billing == Billing::Instance {
            self.instance.is_at_least_one_vcpu(&mut refusals);
        }
        refuse_state(workload, &mut refusals);
        if self.kind == Kind::Function {
            refusals.no_gpu(workload, "functions have none; cloud-run has L4");
        } else {
            self.gpu.check(workload, &self.instance, &mut refusals);
            let gpu_by_request = self.gpu != Gpu::None && self.billing == Billing::Request;
            refusals.unless(
                !gpu_by_request,
                || "a GPU with billing = \"request\"".to_owned(),
                "GPUs need billing = \"instance\"",
            );
        }
        refusals.0
    }

    fn service(&self, workload: &Workload, month: Month) -> Option<ReplayedService> {
        let durations = self.durations.clone()?;
        let whole = |count: Decimal| u64::try_from(count).unwrap_or(u64::MAX);
        let (least, most) = match (self.fleet.count, self.fleet.most) {
            (Count::Fixed(count), _) => (whole(count), whole(count)),
            (Count::Auto, most) => {
                let least = whole(self.fleet.least);
                (least, most.map_or(DEFAULT_MOST.into(), |most| whole(most.count)).max(least))
            }
        };
        let target = statistic_from_decimal(self.fleet.target_utilization.get());
        let policy = CloudRunPolicy {
            cpu_target: target.clamp(LEAST_TARGET, MOST_CPU_TARGET),
            concurrency_target: target.clamp(LEAST_TARGET, MOST_CONCURRENCY_TARGET),
            min_instances: least,
            max_instances: most,
            ..CloudRunPolicy::new(
                statistic_from_decimal(self.instance.vcpu),
                u32::try_from(self.concurrency).unwrap_or(MOST_CONCURRENCY),
            )
        };
        Some(ReplayedService {
            slots: whole(requests_at_once(&self.size(workload, month), durations.mean())),
            durations,
            least,
            most,
            target,
            start: self.init,
            step: STEP,
            least_life: if self.billing == Billing::Instance { LEAST_LIFE } else { TimeSpan::ZERO },
            rule: ServiceRule::CloudRun(policy),
        })
    }

    fn meter_replayed(&self, replay: &ReplayedMonth<'_>, _workload: &Workload, region: &Region) -> Result<Vec<Step>, TooLarge> {
        let (mut steps, totals) = (Steps::in_region(region), replay.totals);
        let times = (replay.times, "times in a month");
        let time = |seconds: f64| [replay.seconds(seconds), times];
        match self.billing {
            Billing::Request => {
                self.instance.add_time(&mut steps, &self.time, "instances with a request, as replayed", &time(totals.active_s));
                let starts = [(totals.starts.into(), "starts"), (self.init.seconds(), "s init"), times];
                self.instance.add_time(&mut steps, &self.time, "instances that start", &starts);
                let minimum = time(totals.kept_idle_s);
                self.instance.add_time(&mut steps, &self.idle, "minimum instances without a request", &minimum);
                steps.add(&self.requests, "requests", &[requests(totals.answered().into()), times]);
            }
            Billing::Instance => {
                let alive = time(totals.instance_s);
                self.instance.add_time(&mut steps, &self.time, "instances alive, as replayed", &alive);
                self.gpu.add_time(&mut steps, "instances alive, as replayed", &alive);
            }
        }
        steps.finish()
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let (mut steps, mut notes) = (Steps::in_region(region), self.notes.clone());
        let mut capacity = self.size(workload, month);
        if Decimal::from(DEFAULT_MOST) < capacity.instances {
            notes.push(Note::assumption(format!("a service may have {DEFAULT_MOST} instances unless its maximum is raised")));
        }
        match (self.billing, &self.durations) {
            (Billing::Request, Some(durations)) => {
                capacity = self.add_request_based(&mut steps, workload, durations, (capacity, month));
                notes.push(Note::assumption("requests are packed into as few instances as can hold them, and an instance is billed once for all of its requests: the least that can be billed"));
            }
            _ => {
                self.add_instance_based(&mut steps, workload, &capacity, month);
                notes.push(Note::assumption("an instance without requests is kept for 15 minutes"));
            }
        }
        Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity: Some(capacity) })
    }
}

/// The capacity of busy instances, with the hours of those that are kept beside them.
fn with_idle(busy: Busy, idle: Decimal, month: Month) -> Capacity {
    let mut capacity = busy.capacity;
    capacity.paid_while_idle = !idle.is_zero();
    let Some(all) = busy.instances.checked_add(idle).filter(|all| !all.is_zero()) else { return capacity };
    capacity.mean_utilization = (capacity.mean_utilization * (busy.instances / all)).normalize();
    // What is too large is refused as usage.
    capacity.instance_hours = all.checked_mul(month.hours()).unwrap_or(capacity.instance_hours).normalize();
    capacity
}
