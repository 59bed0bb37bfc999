//! The machines under a fleet: what carries tasks and pods, what burstable ones earn, and what became of both.

use super::Run;
use crate::capacity::{Fleet, Noun};
use crate::note::Note;
use crate::platform::ReplayedMachines;
use crate::replay::{Credits, Hosts};
use crate::units::{decimal_from_statistic, significant, statistic_from_decimal};
use crate::workload::Workload;

/// A cluster autoscaler removes a machine that was not needed for ten minutes (Kubernetes cluster-autoscaler FAQ,
/// `scale-down-unneeded-time`, 2026).
pub(super) const KUBERNETES_KEEPS: (f64, &str) = (600.0, "10 minutes, as the cluster autoscaler does");
/// The scale-in alarm of a capacity provider's target tracking has 15 datapoints of a minute (Amazon ECS developer guide,
/// "cluster auto scaling", 2026).
pub(super) const ECS_KEEPS: (f64, &str) = (900.0, "15 minutes, as managed scaling of a capacity provider does");

/// What is paid for in place of tasks or pods, where machines carry them.
pub(super) fn hosts_of(
    machines: Option<&ReplayedMachines>,
    asked: &Fleet,
    (kept_s, rule): (f64, &str),
    notes: &mut Vec<Note>,
) -> Hosts {
    let Some((name, tasks)) = machines.and_then(|machines| Some((&machines.name, machines.tasks?))) else { return Hosts::NONE };
    notes.push(Note::assumption(format!(
        "instances are {name}, each of which takes {tasks} {}; one that is not needed stays for {rule}, the others are taken to be filled anew",
        asked.noun.of(tasks.into())
    )));
    Hosts { places: tasks, zones: statistic_from_decimal(asked.zones) as u64, kept_s }
}

/// What burstable machines earn, and what a call uses of that.
pub(super) fn credits_of(machines: &ReplayedMachines, workload: &Workload, mean_s: f64) -> Option<Credits> {
    let cpu_s = statistic_from_decimal(workload.demand()?.cpu.seconds());
    Some(Credits {
        earned_vcpus: statistic_from_decimal(machines.earned_vcpu?),
        vcpus_per_call: cpu_s / mean_s,
        surplus_allowed: machines.surplus_allowed,
    })
}

impl Run {
    /// How many tasks or pods there were, where the machines that carry them are what is counted, and what became of CPU credits.
    pub(super) fn machine_notes(&self, machines: &ReplayedMachines, noun: Noun) -> impl Iterator<Item = Note> {
        let (totals, horizon_s) = (&self.totals, self.horizon_s);
        let digits = |number: f64| significant(decimal_from_statistic(number, 9).unwrap_or_default(), 3);
        let carried = machines.tasks.map(|_| {
            let (tasks, count) = (digits(totals.ready_s / horizon_s), digits(totals.instance_s / horizon_s));
            format!("{tasks} {} on average, on {count} × {} that were paid for", noun.many(), machines.name)
        });
        let surplus = (0.0 < totals.surplus_vcpu_s).then(|| {
            let share = digits(totals.surplus_vcpu_s / horizon_s);
            format!("{share} vCPU on average beyond what {} earns, charged as surplus credits", machines.name)
        });
        let slowed = (0.0 < totals.slowed_s).then(|| {
            let (share, name) = (digits(100.0 * totals.slowed_s / totals.instance_s), &machines.name);
            format!("CPU credits ran out: {name} was slowed down to what it earns for {share} % of the time")
        });
        [carried, surplus, slowed].into_iter().flatten().map(Note::observation)
    }
}
