//! Lambda MicroVMs: isolated machines that run for up to 8 hours and can be suspended.
//!
//! Rules (AWS Lambda pricing page, 2026-06): vCPU and memory per second at the baseline size, and at the peak size for the
//! time it bursts, up to four times the baseline; snapshot bytes read and written; stored snapshots and images by the
//! GB-month, an image for a week at least. Arm only; five baseline sizes of 2 GB for each vCPU, 0.25 to 4 (AWS Lambda developer
//! guide, "MicroVM sizing").
//!
//! A request of the workload is one run; its duration is the time the machine runs. Worked number: 2,000 runs of 2.5 h, a
//! quarter of it at 4 vCPU: 2,000 × 9,000 s × 25 % × 4 = 18,000,000 vCPU-s at peak.

use super::task_size::{self, TaskSize, memory_needed};
use super::{Metered, Placement, Platform, Refusals};
use crate::capacity::Noun;
use crate::note::{Note, Refusal};
use crate::settings::{Key, Section, SettingError, origin, together, value_or};
use crate::stats::Durations;
use crate::units::{Count, DataSize, Decimal, Month, Share, TimeSpan, Unit, VirtualCpus};
use crate::usage::{Meter, Provider, Region, Steps, TooLarge};
use crate::workload::{ReadFile, Workload, read_durations};

pub(super) const PLATFORM: Platform = Platform {
    name: "lambda-microvms",
    about: "Lambda MicroVMs: suspendable machines, billed per second; a request is one run",
    keys: &[task_size::KEYS, KEYS],
    provider: Provider::Aws,
    read,
};

const KEYS: &[Key] = &[
    Key { name: "duration", value: "TIME", help: "Running time of one machine, instead of the workload's" },
    Key { name: "peak_vcpu", value: "N", help: "vCPUs while bursting, up to four times the baseline" },
    Key { name: "peak_share", value: "SHARE", help: "Share of the running time spent bursting [default: 0]" },
    Key { name: "snapshot_size", value: "SIZE", help: "State saved when a machine is suspended" },
    Key { name: "suspends_per_run", value: "N", help: "Suspend and resume cycles of one run [default: 0]" },
    Key { name: "suspended_time", value: "TIME", help: "Time one run spends suspended [default: 0ms]" },
    Key { name: "images", value: "N", help: "Images kept all month [default: 0]" },
    Key { name: "image_size", value: "SIZE", help: "Size of an image, read at each launch" },
];

static VCPU: Meter = Meter::fixed("lambda_microvm.vcpu", "MicroVM vCPU", Unit::VcpuSecond);
static MEMORY: Meter = Meter::fixed("lambda_microvm.memory", "MicroVM memory", Unit::GbSecond);
static SNAPSHOT_READ: Meter = Meter::fixed("lambda_microvm.snapshot_read", "snapshot data read", Unit::Gb);
static SNAPSHOT_WRITE: Meter = Meter::fixed("lambda_microvm.snapshot_write", "snapshot data written", Unit::Gb);
static SNAPSHOT_STORAGE: Meter = Meter::fixed("lambda_microvm.snapshot_storage", "snapshots and images stored", Unit::GbMonth);

const LONGEST_RUN: TimeSpan = TimeSpan::from_seconds(8 * 3600);
const GIGABYTES_PER_VCPU: Decimal = Decimal::TWO;
/// The baseline sizes.
const SIZES: &[TaskSize] = &[
    TaskSize::steps("0.25", 512, 512, 1),
    TaskSize::steps("0.5", 1024, 1024, 1),
    TaskSize::steps("1", 2048, 2048, 1),
    TaskSize::steps("2", 4096, 4096, 1),
    TaskSize::steps("4", 8192, 8192, 1),
];
const MOST_BURST: u32 = 4;

#[derive(Debug)]
struct MicroVms {
    vcpu: Decimal,
    memory: DataSize,
    durations: Durations,
    peak_vcpu: Option<Decimal>,
    peak_share: Share,
    snapshot: DataSize,
    suspends: Decimal,
    suspended: TimeSpan,
    images: Decimal,
    image: DataSize,
    /// What must be said of the values that come from the workload.
    notes: Vec<Note>,
}

fn read(section: &mut Section, workload: &Workload, read_file: &ReadFile<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let ((vcpu, memory), size_notes) = TaskSize::read(section, workload, SIZES)?;
    let (durations, time_notes) = match read_durations(section, "duration", read_file)? {
        Some(stated) => (stated.value, Vec::new()),
        None => time_of_run(section, workload, vcpu)?,
    };
    let peak_vcpu = section.quantity::<VirtualCpus>("peak_vcpu")?;
    let peak_share = section.quantity::<Share>("peak_share")?;
    together(("peak_vcpu", origin(&peak_vcpu)), ("peak_share", origin(&peak_share)))?;
    let snapshot = section.quantity::<DataSize>("snapshot_size")?;
    let suspends = section.quantity::<Count>("suspends_per_run")?;
    let suspended = section.quantity::<TimeSpan>("suspended_time")?;
    let suspension = origin(&suspends).or(origin(&suspended));
    together(("snapshot_size", origin(&snapshot)), ("suspends_per_run` or `suspended_time", suspension))?;
    let images = section.quantity::<Count>("images")?;
    let image = section.quantity::<DataSize>("image_size")?;
    together(("images", origin(&images)), ("image_size", origin(&image)))?;
    Ok(Box::new(MicroVms {
        vcpu,
        memory,
        durations,
        peak_vcpu: peak_vcpu.map(|found| found.value.get()),
        peak_share: value_or(peak_share, Share::NONE),
        snapshot: value_or(snapshot, DataSize::ZERO),
        suspends: suspends.map_or(Decimal::ZERO, |found| found.value.get()),
        suspended: value_or(suspended, TimeSpan::ZERO),
        images: images.map_or(Decimal::ZERO, |found| found.value.get()),
        image: value_or(image, DataSize::ZERO),
        notes: [size_notes, time_notes].concat(),
    }))
}

/// How long a run takes by what is known of the workload's work, and what must be said of that.
///
/// A machine of 2 GB has one vCPU, a Lambda function of 2 GB 1.16: a duration that was measured on a function is not the
/// machine's. 1 s of computing at 512 MB, 0.289 vCPU, is 1.16 s on the quarter of a vCPU that goes with 512 MB here.
fn time_of_run(section: &Section, workload: &Workload, vcpu: Decimal) -> Result<(Durations, Vec<Note>), SettingError> {
    let demand = workload.demand();
    let demand =
        demand.ok_or_else(|| section.missing("duration", "the running time of one machine, for example duration = \"2h\""))?;
    Ok((demand.durations_on(vcpu), super::speed_note(workload, vcpu, Noun::Instance).into_iter().collect()))
}

impl Placement for MicroVms {
    fn title(&self) -> String {
        format!("{} vCPU, {}", self.vcpu.normalize(), self.memory)
    }

    fn refusals(&self, workload: &Workload, _month: Month) -> Vec<Refusal> {
        let mut refusals = Refusals::default();
        refusals.no_gpu(workload, "Lambda MicroVMs have none; ECS on EC2 has");
        let longest = self.durations.longest();
        refusals.unless(
            longest <= LONGEST_RUN,
            || format!("a run of {longest}"),
            "8 h at most; suspend and resume within one run",
        );
        let needed = memory_needed(workload);
        let holds = needed <= self.memory.max(DataSize::from_gigabytes(self.peak_vcpu.unwrap_or_default() * GIGABYTES_PER_VCPU));
        refusals.unless(holds, || format!("memory {needed}"), "8 GB at most, and four times the baseline while bursting");
        if let Some(peak) = self.peak_vcpu {
            let within = self.vcpu <= peak && peak <= self.vcpu * Decimal::from(MOST_BURST);
            refusals.unless(within, || format!("a peak of {} vCPU", peak.normalize()), "the baseline to four times the baseline");
        }
        refusals.0
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let mut steps = Steps::in_region(region);
        let runs = (workload.requests.per_month(month), "runs");
        // Every run is rounded up to a whole second.
        let time = (self.durations.mean_rounded_up(TimeSpan::from_seconds(1), TimeSpan::ZERO).seconds(), "s");
        let at_baseline = (self.peak_share.rest().get(), "of the time at baseline");
        let at_peak = (self.peak_share.get(), "of the time at peak");
        let peak = self.peak_vcpu.unwrap_or(self.vcpu);
        steps.add(&VCPU, "baseline", &[runs, time, at_baseline, (self.vcpu, "vCPU")]);
        steps.add(&VCPU, "peak", &[runs, time, at_peak, (peak, "vCPU")]);
        steps.add(&MEMORY, "baseline", &[runs, time, at_baseline, (self.memory.gigabytes(), "GB")]);
        steps.add(&MEMORY, "peak", &[runs, time, at_peak, (peak * GIGABYTES_PER_VCPU, "GB")]);

        let (suspends, state) = ((self.suspends, "suspends"), (self.snapshot.gigabytes(), "GB"));
        steps.add(&SNAPSHOT_WRITE, "state saved", &[runs, suspends, state]);
        steps.add(&SNAPSHOT_READ, "state resumed", &[runs, suspends, state]);
        steps.add(&SNAPSHOT_READ, "image read at launch", &[runs, (self.image.gigabytes(), "GB")]);
        let months = (self.suspended.hours() / month.hours(), "months suspended");
        steps.add(&SNAPSHOT_STORAGE, "state while suspended", &[runs, months, state]);
        steps.add(&SNAPSHOT_STORAGE, "images", &[(self.images, "images"), (self.image.gigabytes(), "GB")]);

        let mut notes =
            vec![Note::assumption("a request is one run of a machine; it is billed for the time it runs, per second")];
        notes.extend(self.notes.iter().cloned());
        if self.peak_vcpu.is_none() {
            notes.push(Note::default_used("peak_vcpu", "the baseline", "machines that burst cost more for that time"));
        }
        Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity: None })
    }
}
