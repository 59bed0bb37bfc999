//! Google Cloud Functions, first generation: one request at a time on an instance whose memory decides its CPU. For functions
//! that exist; new ones are made on Cloud Run.
//!
//! Rules (pricing page of the first generation, 2024-12; documentation, "Configure memory and vCPU limits (1st gen)"): the time
//! of each request is rounded up to 100 ms, and billed as memory and as gigahertz of CPU; 1 vCPU is 2.4 GHz. Idle instances
//! that are kept are billed too; what they cost is published for the CPU only, so they are not offered here.
//!
//! Worked number: 10 million requests of 300 ms with 128 MB and 200 MHz are 375,000 GB-s, 600,000 GHz-s and 10 million
//! invocations; of these 400,000, 200,000 and 2 million are free, and the rest is $7.20.

use super::lambda::DURATION;
use super::task_size::memory_needed;
use super::{Metered, Placement, Platform, Refusals, Site, requests};
use crate::note::{Note, Refusal};
use crate::settings::{Key, Section, SettingError};
use crate::stats::Durations;
use crate::units::{DataSize, Decimal, Month, TimeSpan, Unit};
use crate::usage::{Meter, Provider, Region, Steps, TooLarge};
use crate::workload::{Workload, read_durations};

pub(super) const PLATFORM: Platform = Platform {
    name: "cloud-functions",
    provider: Provider::Google,
    about: "functions on Google Cloud Functions of the first generation (legacy), billed by the request",
    keys: &[KEYS],
    read,
};

const KEYS: &[Key] = &[
    Key {
        name: "memory",
        value: "SIZE",
        help: "128MB, 256MB, 512MB, 1GB, 2GB, 4GB or 8GB [default: the least that holds the workload, 256MB at least]",
    },
    DURATION,
    Key { name: "internet_egress", value: "BOOL", help: "Answers leave to the internet, which is billed [default: false]" },
];

/// Memory in megabytes, and the CPU that goes with it in megahertz.
const SIZES: &[(u32, u32)] = &[(128, 200), (256, 400), (512, 800), (1024, 1400), (2048, 2400), (4096, 4800), (8192, 4800)];
const MEGAHERTZ_PER_VCPU: u32 = 2400;
const DEFAULT_MEMORY: DataSize = DataSize::from_megabytes(256);
const STEP: TimeSpan = TimeSpan::from_whole_milliseconds(100);
const LONGEST: TimeSpan = TimeSpan::from_seconds(540);
const MOST_PAYLOAD: DataSize = DataSize::from_megabytes(10);

static CPU: Meter = Meter::fixed("cloud_functions.cpu", "Cloud Functions CPU", Unit::GhzSecond);
static MEMORY: Meter = Meter::fixed("cloud_functions.memory", "Cloud Functions memory", Unit::GbSecond);
static INVOCATIONS: Meter = Meter::fixed("cloud_functions.invocations", "Cloud Functions invocations", Unit::Request);
static EGRESS: Meter = Meter::fixed("cloud_functions.internet_egress", "Cloud Functions data to the internet", Unit::Gb);

#[derive(Debug)]
struct CloudFunction {
    memory: DataSize,
    megahertz: u32,
    durations: Durations,
    egress: bool,
    notes: Vec<Note>,
}

fn read(section: &mut Section, workload: &Workload, site: &Site<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let stated = section.positive_size("memory")?;
    let sizes = || SIZES.iter().map(|(memory, megahertz)| (DataSize::from_megabytes(*memory), *megahertz));
    let needed = memory_needed(workload).max(DEFAULT_MEMORY);
    let mut notes = Vec::new();
    let (memory, megahertz) = match &stated {
        Some(stated) => sizes().find(|(memory, _)| *memory == stated.value).ok_or_else(|| {
            let problem = format!("`memory` is {} (128 MB, 256 MB, 512 MB, 1 GB, 2 GB, 4 GB or 8 GB)", stated.value);
            SettingError::other(&stated.at, problem)
        })?,
        None => {
            let largest = (DataSize::from_megabytes(8192), 4800);
            let size = sizes().find(|(memory, _)| needed <= *memory).unwrap_or(largest);
            notes.push(Note::default_used("memory", size.0.to_string(), "the least that holds the workload, 256 MB at least"));
            size
        }
    };
    let durations = match (read_durations(section, "duration", site.read_file)?, workload.demand()) {
        (Some(stated), _) => stated.value,
        (None, Some(demand)) => {
            let durations = demand.durations_on(Decimal::from(megahertz) / Decimal::from(MEGAHERTZ_PER_VCPU));
            notes.push(Note::assumption(format!(
                "a request takes {} on {megahertz} MHz (2.4 GHz are taken to be as fast as a Lambda function of 1,769 MB)",
                durations.mean().rounded()
            )));
            durations
        }
        (None, None) => return Err(section.missing("duration", "how long a request takes, for example duration = \"200ms\"")),
    };
    let egress = section.flag("internet_egress")?.unwrap_or(false);
    Ok(Box::new(CloudFunction { memory, megahertz, durations, egress, notes }))
}

impl Placement for CloudFunction {
    fn title(&self) -> String {
        format!("{}, {} MHz", self.memory, self.megahertz)
    }

    fn refusals(&self, workload: &Workload, _month: Month) -> Vec<Refusal> {
        let mut refusals = Refusals::default();
        let takes = self.durations.longest();
        refusals.unless(takes <= LONGEST, || format!("a request of {}", takes.rounded()), "9 min at most for one request");
        let needed = memory_needed(workload);
        refusals.unless(
            needed <= self.memory,
            || format!("memory {needed} for a request"),
            format_args!("the function has {}", self.memory),
        );
        for (what, size) in [("a payload", workload.payload), ("a response", workload.response)] {
            let size = size.unwrap_or_default();
            refusals.unless(size <= MOST_PAYLOAD, || format!("{what} of {size}"), "10 MB at most");
        }
        refusals.no_gpu(workload, "functions have none; cloud-run has L4");
        refusals.unless(
            !workload.stateful,
            || "state kept between requests".to_owned(),
            "instances come and go with what they hold",
        );
        refusals.unless(!workload.websocket, || "a connection kept open".to_owned(), "a function answers one request at a time");
        refusals.0
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let mut steps = Steps::in_region(region);
        let count = requests(workload.requests.per_month(month));
        let billed = (self.durations.mean_rounded_up(STEP, TimeSpan::ZERO).seconds(), "s");
        steps.add(&CPU, "requests", &[count, billed, (Decimal::new(self.megahertz.into(), 3), "GHz")]);
        steps.add(&MEMORY, "requests", &[count, billed, (self.memory.gigabytes(), "GB")]);
        steps.add(&INVOCATIONS, "requests", &[count]);
        if self.egress {
            steps.add(&EGRESS, "answers", &[count, (workload.response.unwrap_or_default().gigabytes(), "GB")]);
        }
        Ok(Metered { steps: steps.finish()?, notes: self.notes.clone(), peak_concurrency: None, capacity: None })
    }
}
