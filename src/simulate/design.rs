//! From a placed workload to what replays its calls.

use super::machines::{ECS_KEEPS, KUBERNETES_KEEPS, credits_of, hosts_of};
use super::service::SERVICE_START_S;
use super::{Settings, SimulateError};
use crate::autoscaling::{HorizontalPodAutoscaler, HorizontalPodPolicy, TargetTracking, TargetTrackingPolicy};
use crate::capacity::{Binding, Count, MOST_INSTANCES, Noun, Peak};
use crate::cold_start::{ColdStartError, Deployment, LAMBDA_OVERHEAD, Package, RuntimeInit, keep_alive_words};
use crate::note::Note;
use crate::platform::{Architecture, ReplayedFunction, ReplayedMachines};
use crate::replay::{Fleet, Function, Levels, PATIENCE_S, Scaling, Service};
use crate::scenario::Placed;
use crate::stats::DurationSampler;
use crate::units::{Month, TimeSpan, decimal_from_statistic, significant, statistic_from_decimal};
use crate::workload::Workload;

/// What replays the calls of a placed workload.
#[derive(Debug, Clone)]
pub(super) enum Server {
    Function(Function),
    Fleet(Fleet),
    Service(Service),
}

/// A placed workload, ready to be replayed.
#[derive(Debug, Clone)]
pub(super) struct Ready {
    pub(super) server: Server,
    pub(super) durations: DurationSampler,
    pub(super) init: DurationSampler,
    pub(super) notes: Vec<Note>,
    /// The machines of a fleet, and what its instances are called.
    pub(super) machines: Option<(ReplayedMachines, Noun)>,
    /// How many instances of a fleet there are at the start.
    pub(super) sizing: Option<Sizing>,
    /// How long a call of a service takes on average, which says the same of it.
    pub(super) mean_s: Option<f64>,
}

/// How long instances take to start, by platform, with how they are scaled.
struct Habits {
    platforms: &'static [&'static str],
    start_s: f64,
    autoscaler: Autoscaler,
    /// Where the time comes from.
    source: &'static str,
    /// How long machines stay when their tasks or pods fit on fewer, and whose rule that is.
    machines_kept: (f64, &'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Autoscaler {
    TargetTracking,
    HorizontalPod,
    /// None.
    Owner,
}

/// Start times, as others measured them; each can be stated instead.
const HABITS: &[Habits] = &[
    Habits {
        platforms: &["fargate", "eks-fargate"],
        start_s: 30.0,
        autoscaler: Autoscaler::TargetTracking,
        source: "first tasks after about 30 s, measured in 2022",
        machines_kept: ECS_KEEPS,
    },
    Habits {
        platforms: &["eks-ec2", "eks-auto", "gke", "gke-autopilot", "aks"],
        start_s: 150.0,
        autoscaler: Autoscaler::HorizontalPod,
        source: "a node and its pod after about 2.5 min, measured in 2022",
        machines_kept: KUBERNETES_KEEPS,
    },
    Habits {
        platforms: &["cloud-run-worker-pools"],
        start_s: SERVICE_START_S,
        autoscaler: Autoscaler::Owner,
        source: "seconds, by experience",
        machines_kept: ECS_KEEPS,
    },
];

/// Machines boot, join and start their service.
const USUAL: Habits = Habits {
    platforms: &[],
    start_s: 150.0,
    autoscaler: Autoscaler::TargetTracking,
    source: "a machine and its service after about 2.5 min, measured in 2022",
    machines_kept: ECS_KEEPS,
};

/// Instances are billed by the second, a minute at least: Fargate tasks and Linux machines (AWS and Google Cloud price pages, 2026).
const PAID_STEP_S: f64 = 1.0;
const PAID_LEAST_S: f64 = 60.0;

impl Ready {
    /// Makes a placed workload ready for traffic that starts with `first_per_s`.
    pub(super) fn of(
        placed: &mut Placed,
        workload: &Workload,
        settings: &Settings,
        first_per_s: f64,
        month: Month,
    ) -> Result<Self, SimulateError> {
        if let Some(function) = placed.placement.function() {
            return Self::of_function(function, settings);
        }
        match placed.placement.service(workload, month) {
            Some(service) => Ok(Self::of_service(&service, workload, settings, first_per_s)),
            None => Self::of_fleet(placed, workload, settings, first_per_s, month),
        }
    }

    fn of_function(function: ReplayedFunction, settings: &Settings) -> Result<Self, SimulateError> {
        check_units(&function, settings)?;
        let Start { init, beside_init, note } = Start::of(&function);
        let mut notes = vec![
            Note::assumption(format!(
                "idle environments are dropped after {} (`keep_alive`), the one used last is used first; AWS states neither",
                keep_alive_words(&function.keep_alive)
            )),
            beside_init_note(beside_init),
        ];
        notes.extend(note);
        if function.provisioned_at_times && settings.provisioned.is_none() {
            notes.push(Note::assumption(
                "`provisioned_time` does not say when: the units are kept, and paid for, all the time here (`provisioned_schedule` says the hours)",
            ));
        }
        if settings.reserved == Some(0) {
            notes.push(Note::assumption("`reserved_concurrency` is 0: every call is refused"));
        }
        notes.extend(function.notes);
        let replayed = settings.function(function.keep_alive, function.provisioned);
        let [beside_init_s, longest_s] = [beside_init, function.longest].map(|span| statistic_from_decimal(span.seconds()));
        Ok(Self {
            server: Server::Function(Function { beside_init_s, longest_s, ..replayed }),
            durations: function.durations.sampler(),
            init,
            notes,
            machines: None,
            sizing: None,
            mean_s: None,
        })
    }

    fn of_fleet(
        placed: &mut Placed,
        workload: &Workload,
        settings: &Settings,
        first_per_s: f64,
        month: Month,
    ) -> Result<Self, SimulateError> {
        let platform = placed.platform.name;
        let metered = placed.placement.meter(workload, &placed.region, month).map_err(crate::scenario::ScenarioError::from)?;
        let unsupported = || SimulateError::Platform { platform };
        let asked = placed.placement.fleet().ok_or_else(unsupported)?.clone();
        let capacity = metered.capacity.ok_or_else(unsupported)?;
        let no_slots = || match asked.rate_per_instance {
            Some(_) => SimulateError::RatePerInstance,
            None => SimulateError::NoDuration { workload: workload.name.clone() },
        };
        let peak = capacity.peak.as_ref();
        let (slots, durations) = peak.and_then(Peak::at_once).ok_or_else(no_slots)?;
        let slots = statistic_from_decimal(slots);
        let known = HABITS.iter().find(|habits| habits.platforms.contains(&platform)).unwrap_or(&USUAL);
        let mut sizing = Sizing::of(slots, statistic_from_decimal(durations.mean().seconds()), &asked, known.autoscaler);
        let start_s = settings.start_s.unwrap_or(known.start_s);
        let needs_credits = capacity.binding == Binding::SustainedCpu && sizing.fixed.is_none();
        if needs_credits {
            // Machines that are slowed down look idle to an autoscaler: nothing else keeps so many.
            sizing.least = sizing.least.max(statistic_from_decimal(capacity.instances) as u64);
            sizing.most = sizing.most.max(sizing.least);
        }
        if known.autoscaler == Autoscaler::Owner {
            sizing.fixed.get_or_insert(statistic_from_decimal(capacity.instances) as u64);
        }
        let (scaling, mut notes) = (sizing.scaling(first_per_s), sizing.notes());
        if needs_credits {
            let text = format!("{} at least: what they sustain without CPU credits decides", sizing.least);
            notes.push(Note::assumption(text));
        }
        if settings.start_s.is_none() && !matches!(scaling, Scaling::Fixed(_)) {
            notes.push(Note::default_used("start_time", format!("{start_s} s"), known.source));
        }
        notes.extend(unknown_to_autoscalers(&asked));
        notes.push(Note::assumption(at_once_words(asked.noun.one(), slots)));
        let machines = placed.placement.machines();
        let hosts = hosts_of(machines.as_ref(), &asked, known.machines_kept, &mut notes);
        let mean_s = statistic_from_decimal(durations.mean().seconds());
        let credits = machines.as_ref().and_then(|machines| credits_of(machines, workload, mean_s));
        let fleet = Fleet {
            slots,
            scaling,
            start_s,
            patience_s: PATIENCE_S,
            hosts,
            credits,
            paid_step_s: PAID_STEP_S,
            paid_least_s: PAID_LEAST_S,
        };
        let (server, init) = (Server::Fleet(fleet), DurationSampler::constant(0.0));
        let machines = machines.map(|machines| (machines, asked.noun));
        Ok(Self { server, durations: durations.sampler(), init, notes, machines, sizing: Some(sizing), mean_s: None })
    }

    /// The same, with as many instances at the start as so much traffic keeps at their target.
    pub(super) fn starting_with(&self, first_per_s: f64) -> Self {
        let mut ready = self.clone();
        if let (Server::Fleet(fleet), Some(sizing)) = (&mut ready.server, &self.sizing) {
            fleet.scaling = sizing.scaling(first_per_s);
        }
        if let (Server::Service(service), Some(mean_s)) = (&mut ready.server, self.mean_s) {
            service.first = service.fitting(first_per_s, mean_s);
        }
        ready
    }
}

/// How many calls an instance works on, and what becomes of the others.
pub(super) fn at_once_words(noun: &str, slots: f64) -> String {
    let digits = significant(decimal_from_statistic(slots, 9).unwrap_or_default(), 3);
    let part = if slots.fract() < 1e-9 { "" } else { "; the part of a call that is left over all works on one more, slower" };
    format!(
        "one {noun} works on {digits} at once, each as fast as alone{part}; who finds none free waits in one line, {PATIENCE_S} s at most"
    )
}

/// Units cannot be kept for snapshots, nor beyond the reserved concurrency (AWS Lambda developer guide, 2026).
fn check_units(function: &ReplayedFunction, settings: &Settings) -> Result<(), SimulateError> {
    let most = match settings.provisioned.as_ref().map(|provisioned| &provisioned.levels) {
        None => function.provisioned,
        Some(Levels::Constant(units)) => *units,
        Some(Levels::Schedule { steps, .. }) => steps.iter().map(|(_, units)| *units).max().unwrap_or(0),
        Some(Levels::Tracked(tracking)) => tracking.desired(),
    };
    if function.snap_start && 0 < most {
        let problem = "a function with SnapStart can have no provisioned units (leave out one of the two)".to_owned();
        return Err(SimulateError::Units { problem });
    }
    if let Some(reserved) = settings.reserved.filter(|reserved| *reserved < most) {
        let problem = format!("{most} provisioned units are more than the reserved concurrency of {reserved} (reserve more)");
        return Err(SimulateError::Units { problem });
    }
    Ok(())
}

fn beside_init_note(beside_init: TimeSpan) -> Note {
    let first_call = if beside_init == LAMBDA_OVERHEAD { "" } else { ", and its first call takes longer than others" };
    Note::assumption(format!(
        "a cold call takes {beside_init} more than INIT and handler: Lambda's own part is in no log (50 to 150 ms){first_call}; this is not billed"
    ))
}

/// What comes before the handler of a cold call.
struct Start {
    init: DurationSampler,
    /// What is waited for and in no log, as `size` counts it.
    beside_init: TimeSpan,
    note: Option<Note>,
}

impl Start {
    /// As stated, or as was measured of the runtime.
    fn of(function: &ReplayedFunction) -> Self {
        if !function.init.is_zero() {
            let init = DurationSampler::constant(statistic_from_decimal(function.init.seconds()));
            return Self { init, beside_init: LAMBDA_OVERHEAD, note: None };
        }
        let measured = function.runtime.as_deref().filter(|_| !function.snap_start).map(|runtime| {
            let init = RuntimeInit::of(Deployment {
                runtime,
                package: Package::Zip,
                arm64: function.architecture == Architecture::Arm,
            })?;
            Ok::<_, ColdStartError>((init, init.start_up(1.0)?))
        });
        let unknown = match measured {
        Some(Ok((init, start_up))) => {
            let value = format!("{:.0} ms at the median, {:.0} ms at 99 %", init.median_ms, init.p99_ms);
            let meaning = format!(
                "log-normal, as measured of {} functions from a zip archive that do nothing (maxday/lambda-perf, July and August 2026): dependencies take several times that",
                init.runtime
            );
            let note = Some(Note::default_used("init_duration", value, meaning));
            return Self { init: start_up.init.sampler(), beside_init: start_up.beside_init(), note };
        }
        Some(Err(problem)) => format!("{problem}; without it, the INIT phase counts as nothing (`init_duration`)"),
        None => "how long the INIT phase takes is not stated and counts as nothing (`init_duration`, a `runtime` that was measured, or the `restore_duration` of SnapStart)".to_owned(),
    };
        let note = Some(Note::assumption(unknown));
        Self { init: DurationSampler::constant(0.0), beside_init: LAMBDA_OVERHEAD, note }
    }
}

/// What an estimate sizes a fleet by and no autoscaler knows.
fn unknown_to_autoscalers(asked: &crate::capacity::Fleet) -> Option<Note> {
    let stated = [("spares", !asked.spares.is_zero()), ("max_waiting", asked.most_waiting.is_some())];
    let keys: Vec<String> = stated.iter().filter(|(_, stated)| *stated).map(|(key, _)| format!("`{key}`")).collect();
    let text = || {
        format!(
            "an estimate is sized by {} too, and may cost more: an autoscaler knows nothing of that, and it is not replayed",
            keys.join(" and ")
        )
    };
    (!keys.is_empty() && asked.count == Count::Auto).then(|| Note::assumption(text()))
}

/// Of more than this an autoscaler never sees more …
const MOST_TARGET: f64 = 0.95;
/// … so that this is tracked, the usual target.
const USUAL_TARGET: f64 = 0.7;

/// What decides how many instances there are.
#[derive(Debug, Clone)]
pub(super) struct Sizing {
    slots: f64,
    mean_s: f64,
    target: f64,
    least: u64,
    most: u64,
    fixed: Option<u64>,
    autoscaler: Autoscaler,
    /// Whether no target was stated that an autoscaler could track.
    assumed: bool,
    /// Zones, one of which may fail.
    zones: u64,
}

impl Sizing {
    fn of(slots: f64, mean_s: f64, asked: &crate::capacity::Fleet, autoscaler: Autoscaler) -> Self {
        let fixed = if let Count::Fixed(count) = asked.count { Some(statistic_from_decimal(count) as u64) } else { None };
        // A replay has no target of all: an autoscaler that aims at full use never sees more than full use.
        let stated = statistic_from_decimal(asked.target_utilization.get());
        let assumed = stated >= MOST_TARGET;
        let zones = statistic_from_decimal(asked.zones) as u64;
        // The others carry the load of a zone that fails.
        let part = if 1 < zones { (zones - 1) as f64 / zones as f64 } else { 1.0 };
        let target = (if assumed { USUAL_TARGET } else { stated } * part).max(0.05);
        let least = (statistic_from_decimal(asked.least) as u64).max(zones);
        let most = asked.most.map_or(u64::from(MOST_INSTANCES), |most| statistic_from_decimal(most.count) as u64).max(least);
        Self { slots, mean_s, target, least, most, fixed, autoscaler, assumed, zones }
    }

    fn scaling(&self, first_per_s: f64) -> Scaling {
        if let Some(count) = self.fixed {
            return Scaling::Fixed(count);
        }
        let busy = first_per_s * self.mean_s;
        let first = ((busy / (self.slots * self.target)).ceil() as u64).clamp(self.least, self.most);
        self.autoscaled(self.target, (self.least, self.most), first)
    }

    fn notes(&self) -> Vec<Note> {
        if self.fixed.is_some() {
            return Vec::new();
        }
        let (scaler, habit) = match self.autoscaler {
            Autoscaler::TargetTracking => ("target tracking", "out after 3 minutes above, in after 15 below 90 % of it"),
            Autoscaler::HorizontalPod => ("a HorizontalPodAutoscaler", "every 15 s, in after 5 minutes"),
            // A fixed number.
            Autoscaler::Owner => return Vec::new(),
        };
        let use_of = percent(self.target);
        let assumed = if self.assumed { " (no `target_utilization` is stated that it could track)" } else { "" };
        let zones = if 1 < self.zones {
            format!(" (less than otherwise, so that one of {} zones may fail)", self.zones)
        } else {
            String::new()
        };
        vec![Note::assumption(format!("scaled by {scaler} to {use_of} of what it can work on at once{assumed}{zones}: {habit}"))]
    }

    fn autoscaled(&self, target: f64, (least, most): (u64, u64), first: u64) -> Scaling {
        match self.autoscaler {
            Autoscaler::TargetTracking => {
                TargetTracking::new(TargetTrackingPolicy::ecs(target, least, most), first).map(Scaling::TargetTracking)
            }
            Autoscaler::HorizontalPod => HorizontalPodAutoscaler::new(HorizontalPodPolicy::new(target, least, most), first)
                .map(|scaler| Scaling::HorizontalPod(scaler, first)),
            Autoscaler::Owner => Ok(Scaling::Fixed(first)),
        }
        // The bounds were brought into order above.
        .unwrap_or(Scaling::Fixed(first))
    }
}

pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}
