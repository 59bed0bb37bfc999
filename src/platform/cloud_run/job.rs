//! Jobs: each request is a task, which runs to its end on an instance of its own.
//!
//! A task is billed for a minute at least, in steps of 100 ms. Worked number: 730 tasks of a minute with 1 vCPU and 512 MiB are
//! 43,800 vCPU-s and 21,900 GiB-s, $0.8322 in a region of tier 1.

use super::size::{self, Preset};
use super::{Gpu, Instance, PURCHASE, STEP, TimeMeters, ZONAL_REDUNDANCY, refuse_state};
use crate::capacity::Noun;
use crate::note::{Note, Refusal};
use crate::platform::{Metered, Placement, Platform, Refusals, Site, requests, speed_note, task_size};
use crate::settings::{Key, Section, SettingError};
use crate::stats::Durations;
use crate::units::{Month, TimeSpan};
use crate::usage::{Provider, Region, Steps, TooLarge};
use crate::workload::{Workload, read_durations};

pub(in crate::platform) const PLATFORM: Platform = Platform {
    name: "cloud-run-jobs",
    provider: Provider::Google,
    about: "jobs on Google Cloud Run: a task for each request, billed for a minute at least",
    keys: &[KEYS, task_size::KEYS],
    read,
};

const KEYS: &[Key] = &[
    PURCHASE,
    Key { name: "duration", value: "TIME", help: "How long a task runs [default: the workload's on that many vCPUs]" },
    ZONAL_REDUNDANCY,
];

const SHORTEST: TimeSpan = TimeSpan::from_seconds(60);
const LONGEST: TimeSpan = TimeSpan::from_seconds(168 * 3600);
const LONGEST_WITH_GPU: TimeSpan = TimeSpan::from_seconds(3600);

#[derive(Debug)]
struct Job {
    instance: Instance,
    time: TimeMeters,
    gpu: Gpu,
    durations: Durations,
    notes: Vec<Note>,
}

fn read(section: &mut Section, workload: &Workload, site: &Site<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let (gpu, gpu_note) = Gpu::read(section, workload)?;
    let preset = if gpu == Gpu::None { Preset::Container } else { Preset::WithGpu };
    let ((vcpu, memory), mut notes) = size::read(section, workload, preset)?;
    let durations = match (read_durations(section, "duration", site.read_file)?, workload.demand()) {
        (Some(stated), _) => stated.value,
        (None, Some(demand)) => {
            notes.extend(speed_note(workload, vcpu, Noun::Task));
            demand.durations_on(vcpu)
        }
        (None, None) => return Err(section.missing("duration", "how long a task runs, for example duration = \"10min\"")),
    };
    let instance = Instance { vcpu, memory, purchase: Instance::read_purchase(section)? };
    notes.extend(gpu_note.into_iter().chain(instance.notes()));
    notes.push(Note::assumption(
        "each request is a task of its own, billed for a minute at least; its start is billed too and is not included",
    ));
    let time = instance.time_meters("job", "");
    Ok(Box::new(Job { instance, time, gpu, durations, notes }))
}

impl Placement for Job {
    fn title(&self) -> String {
        self.instance.title()
    }

    fn refusals(&self, workload: &Workload, _month: Month) -> Vec<Refusal> {
        let mut refusals = Refusals::default();
        let (longest, limit) = if self.gpu == Gpu::None {
            (LONGEST, "7 days at most for one task")
        } else {
            (LONGEST_WITH_GPU, "1 h at most for a task with a GPU")
        };
        let takes = self.durations.longest();
        refusals.unless(takes <= longest, || format!("a task of {}", takes.rounded()), limit);
        self.instance.is_at_least_one_vcpu(&mut refusals);
        self.gpu.check(workload, &self.instance, &mut refusals);
        refuse_state(workload, &mut refusals);
        refusals.unless(!workload.websocket, || "a connection kept open".to_owned(), "a task answers no requests");
        refusals.0
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let mut steps = Steps::in_region(region);
        let billed = self.durations.mean_billed(STEP, SHORTEST).seconds();
        let time = [requests(workload.requests.per_month(month)), (billed, "s")];
        self.instance.add_time(&mut steps, &self.time, "one task for each request", &time);
        self.gpu.add_time(&mut steps, "one task for each request", &time);
        Ok(Metered { steps: steps.finish()?, notes: self.notes.clone(), peak_concurrency: None, capacity: None })
    }
}
