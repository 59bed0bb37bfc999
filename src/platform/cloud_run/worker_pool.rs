//! Worker pools: instances that stay and take their work themselves, from a queue or a stream.
//!
//! Nothing scales them: there are as many as their owner says. Worked number: one instance of 1 vCPU and 512 MiB for 730 h is
//! 2,628,000 × 0.000011244 + 1,314,000 × 0.000001235 = $31.17. Their price in regions of tier 2 is not published.

use super::size::{self, Preset};
use super::{Instance, PURCHASE, TimeMeters, seconds_of};
use crate::capacity::{Fleet, Noun, Shape};
use crate::note::{Note, Refusal};
use crate::platform::{Metered, Placement, Platform, Refusals, Site, speed_note, task_size};
use crate::settings::{Key, Section, SettingError};
use crate::units::Month;
use crate::usage::{Provider, Region, Steps, TooLarge};
use crate::workload::Workload;

pub(in crate::platform) const PLATFORM: Platform = Platform {
    name: "cloud-run-worker-pools",
    provider: Provider::Google,
    about: "instances on Google Cloud Run that stay and pull their work, as many as the load needs or a fixed number",
    keys: &[KEYS, task_size::KEYS, Fleet::INSTANCE_KEYS],
    read,
};

const KEYS: &[Key] = &[PURCHASE];

#[derive(Debug)]
struct WorkerPool {
    instance: Instance,
    time: TimeMeters,
    fleet: Fleet,
    notes: Vec<Note>,
}

fn read(section: &mut Section, workload: &Workload, _site: &Site<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let ((vcpu, memory), mut notes) = size::read(section, workload, Preset::Container)?;
    let instance = Instance { vcpu, memory, purchase: Instance::read_purchase(section)? };
    notes.extend(speed_note(workload, vcpu, Noun::Instance).into_iter().chain(instance.notes()));
    let time = instance.time_meters("worker_pool", "");
    Ok(Box::new(WorkerPool { instance, time, fleet: Fleet::read(section, workload, Noun::Instance)?, notes }))
}

impl Placement for WorkerPool {
    fn title(&self) -> String {
        self.instance.title()
    }

    fn refusals(&self, workload: &Workload, _month: Month) -> Vec<Refusal> {
        let mut refusals = Refusals::default();
        self.instance.is_at_least_one_vcpu(&mut refusals);
        refusals.no_gpu(workload, "the price of a GPU in a worker pool is not published; a service has one");
        refusals.unless(!workload.websocket, || "a connection kept open".to_owned(), "a worker pool answers no requests");
        refusals.0
    }

    fn fleet(&mut self) -> Option<&mut Fleet> {
        Some(&mut self.fleet)
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let mut steps = Steps::in_region(region);
        let shape = Shape::new(self.instance.vcpu, self.instance.memory);
        let capacity = self.fleet.size(workload, &shape, month);
        let time = seconds_of(&capacity, month);
        self.instance.add_time(&mut steps, &self.time, "instances alive", &time);
        Ok(Metered { steps: steps.finish()?, notes: self.notes.clone(), peak_concurrency: None, capacity: Some(capacity) })
    }
}
