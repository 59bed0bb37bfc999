//! From a service whose platform starts and stops its instances to what replays its calls.

use super::Settings;
use super::design::{Ready, Server, at_once_words, percent};
use crate::autoscaling::{CloudRun, HttpScaling};
use crate::note::Note;
use crate::platform::{ReplayedService, ServiceRule};
use crate::replay::{PATIENCE_S, Routing, Service, Steering};
use crate::stats::DurationSampler;
use crate::units::statistic_from_decimal;
use crate::workload::Workload;

/// Instances of Cloud Run and Container Apps start within seconds.
pub(super) const SERVICE_START_S: f64 = 5.0;

/// An instance of Cloud Run without a request is stopped after up to about 15 minutes (Google Cloud documentation, "About instance
/// autoscaling", 2026).
const CLOUD_RUN_KEEPS_S: f64 = 900.0;

/// What says how many instances a service has, who takes a call, and that in words.
fn steering_of(asked: &ReplayedService, vcpus_per_call: f64) -> (Steering, Routing, String) {
    match asked.rule {
        ServiceRule::CloudRun(policy) => {
            let text = format!(
                "scaled by Cloud Run to {} of CPU and of {} requests at once, by the mean of a minute, at once when there are more; requests go to the fullest instance that has room and stay there, which takes up to a fifth more of its time than the least that an estimate counts; one without a request is kept for 15 minutes",
                percent(policy.cpu_target),
                policy.max_concurrency
            );
            let steering = CloudRun::new(policy).map(|scaler| Steering::CloudRun {
                scaler,
                vcpus_per_call,
                concurrency: policy.max_concurrency.into(),
                idle_s: CLOUD_RUN_KEEPS_S,
            });
            (steering.unwrap_or(Steering::Constant), Routing::Fullest, text)
        }
        ServiceRule::Http(policy) => {
            let text = format!(
                "scaled by the HTTP rule to {} requests a second for each replica, which is {} of what it carries (`concurrentRequests`; Azure takes 10 where nobody says): every 15 s, out by steps of 4, 8, 16 and so on, in after 5 minutes; requests are spread evenly",
                policy.target,
                percent(asked.target)
            );
            let steering = HttpScaling::new(policy, asked.least).map(Steering::Http);
            (steering.unwrap_or(Steering::Constant), Routing::Emptiest, text)
        }
    }
}

impl Ready {
    /// Makes a placed workload ready for traffic that starts with `first_per_s`.
    pub(super) fn of_service(asked: &ReplayedService, workload: &Workload, settings: &Settings, first_per_s: f64) -> Self {
        let stated_s = Some(asked.start).filter(|start| !start.is_zero()).map(|start| statistic_from_decimal(start.seconds()));
        let start_s = settings.start_s.or(stated_s);
        let mut notes = Vec::new();
        if start_s.is_none() {
            notes.push(Note::default_used("start_time", format!("{SERVICE_START_S} s"), "seconds, by experience"));
        }
        let mean_s = statistic_from_decimal(asked.durations.mean().seconds());
        let cpu_s = workload.demand().map_or(0.0, |demand| statistic_from_decimal(demand.cpu.seconds()));
        let (steering, routing, rule) = steering_of(asked, cpu_s / mean_s);
        notes.push(Note::assumption(rule));
        let text = at_once_words("instance", asked.slots as f64);
        notes.push(Note::assumption(text));
        let service = Service {
            slots: asked.slots,
            routing,
            steering,
            first: 0,
            least: asked.least,
            most: asked.most,
            start_s: start_s.unwrap_or(SERVICE_START_S),
            patience_s: PATIENCE_S,
            step_s: statistic_from_decimal(asked.step.seconds()),
            least_s: statistic_from_decimal(asked.least_life.seconds()),
        };
        let ready = Self {
            server: Server::Service(service),
            durations: asked.durations.sampler(),
            init: DurationSampler::constant(0.0),
            notes,
            machines: None,
            sizing: None,
            mean_s: Some(mean_s),
        };
        ready.starting_with(first_per_s)
    }
}
