//! Amazon SageMaker Serverless Inference: a model behind an endpoint that goes to zero.
//!
//! Rules (Amazon SageMaker pricing page and developer guide, "Serverless Inference", 2026): time of requests per millisecond at a
//! price for each memory size, 1 to 6 GB in whole gigabytes; data in and out by the gigabyte; no charge by the request.
//! Provisioned concurrency pays for the time it is enabled, and less for the requests that it serves. 60 s, 4 MB in and out and
//! 200 requests at once at most; no GPU.
//!
//! Worked numbers: 500,000 s at 2 GB are $20.00. Of provisioned concurrency at 2 GB 400,000 s ready are $4.00 and 400,000 s
//! serving $9.32.

use super::lambda::{DURATION, MEMORY, OptionTime, read_memory};
use super::{Architecture, Metered, Placement, Platform, Refusals, Site, requests};
use crate::note::{Note, Refusal};
use crate::queueing::erlang_b;
use crate::settings::{Found, Key, Section, SettingError};
use crate::stats::Durations;
use crate::units::{Count, DataSize, Decimal, Month, Share, TimeSpan, Unit, statistic_from_decimal};
use crate::usage::{Meter, Provider, Region, Steps, TooLarge};
use crate::workload::Workload;

pub(super) const PLATFORM: Platform = Platform {
    name: "sagemaker-serverless",
    provider: Provider::Aws,
    about: "models on SageMaker Serverless Inference, billed per millisecond of requests",
    keys: &[KEYS],
    read,
};

const KEYS: &[Key] = &[
    MEMORY,
    DURATION,
    Key { name: "provisioned_concurrency", value: "N", help: "Provisioned units, ready all month [default: 0]" },
];

static DATA: Meter = Meter::fixed("sagemaker_serverless.data_processed", "SageMaker Serverless data in and out", Unit::Gb);

const LEAST_MEMORY: DataSize = DataSize::from_megabytes(1024);
const MOST_MEMORY: DataSize = DataSize::from_megabytes(6 * 1024);
const LONGEST: TimeSpan = TimeSpan::from_seconds(60);
const MOST_PAYLOAD: DataSize = DataSize::from_megabytes(4);
const MOST_CONCURRENCY: u32 = 200;

#[derive(Debug)]
struct Serverless {
    /// In whole gigabytes, where they are billed.
    memory: DataSize,
    durations: Durations,
    provisioned: u32,
    notes: Vec<Note>,
}

fn read(section: &mut Section, workload: &Workload, site: &Site<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let stated = section.keys().any(|(key, _)| key == "memory");
    let (found, memory_note) = read_memory(section, workload, "for example memory = \"2GB\"")?;
    let mut notes: Vec<Note> = memory_note.into_iter().collect();
    let memory = if stated { found.value } else { DataSize::from_gigabytes(found.value.gigabytes().ceil()) };
    if memory != found.value {
        notes.push(Note::default_used("memory", memory.to_string(), "the workload's in whole gigabytes"));
    }
    let time = OptionTime::read(section, workload, &Found { value: memory, at: found.at }, Architecture::X86, site.read_file)?;
    notes.extend(time.notes);
    notes.push(Note::assumption("an endpoint is taken to be as fast as a Lambda function of its memory"));
    Ok(Box::new(Serverless { memory, durations: time.durations, provisioned: read_provisioned(section)?, notes }))
}

fn read_provisioned(section: &mut Section) -> Result<u32, SettingError> {
    let Some(Found { value, at }) = section.quantity::<Count>("provisioned_concurrency")? else { return Ok(0) };
    let units = Some(value.get()).filter(|units| units.is_integer()).and_then(|units| u32::try_from(units).ok());
    units.filter(|units| *units <= MOST_CONCURRENCY).ok_or_else(|| {
        let problem = format!("`provisioned_concurrency` is {value} (an endpoint has 0 to {MOST_CONCURRENCY} units)");
        SettingError::other(&at, problem)
    })
}

impl Serverless {
    fn meter_of(&self, item: &str, name: &str) -> Meter {
        let gigabytes = self.memory.gigabytes().normalize();
        Meter::named(
            format!("sagemaker_serverless.{item}.{gigabytes}gb"),
            format!("SageMaker Serverless {name}, {gigabytes} GB"),
            Unit::Second,
        )
    }

    /// Requests in progress on average.
    fn load(&self, rate: Decimal) -> f64 {
        statistic_from_decimal(rate) * statistic_from_decimal(self.durations.mean().seconds())
    }
}

impl Placement for Serverless {
    fn title(&self) -> String {
        let units = self.provisioned;
        let provisioned = if units == 0 { String::new() } else { format!(", {units} provisioned") };
        format!("{}{provisioned}", self.memory)
    }

    fn refusals(&self, workload: &Workload, month: Month) -> Vec<Refusal> {
        let mut refusals = Refusals::default();
        refusals.size_within("memory", self.memory, LEAST_MEMORY, MOST_MEMORY);
        let gigabytes = self.memory.gigabytes();
        refusals.unless(gigabytes.is_integer(), || format!("memory {}", self.memory), "whole gigabytes");
        let longest = self.durations.longest();
        refusals.unless(longest <= LONGEST, || format!("a duration of {longest}"), "60 s at most for a request");
        for (what, size) in [("a payload", workload.payload), ("a response", workload.response)] {
            let size = size.unwrap_or_default();
            refusals.unless(size <= MOST_PAYLOAD, || format!("{what} of {size}"), "4 MB at most");
        }
        let peak = self.load(workload.requests_per_second(month)) * statistic_from_decimal(workload.peak_factor());
        refusals.unless(
            peak <= f64::from(MOST_CONCURRENCY),
            || format!("about {} requests at once", peak.ceil()),
            "200 at most for an endpoint; real-time endpoints have no such limit",
        );
        refusals.unless(!workload.websocket, || "WebSocket connections".to_owned(), "an endpoint answers requests");
        refusals.unless(!workload.stateful, || "state between requests".to_owned(), "an endpoint that goes to zero keeps none");
        refusals.no_gpu(workload, "Serverless Inference has none; real-time endpoints have");
        refusals.0
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let (mut steps, mut notes) = (Steps::in_region(region), self.notes.clone());
        let count = requests(workload.requests.per_month(month));
        let time = (self.durations.mean_rounded_up(TimeSpan::from_whole_milliseconds(1), TimeSpan::ZERO).seconds(), "s");
        let spilled = Share::from_statistic(erlang_b(self.provisioned.into(), self.load(workload.requests_per_second(month))));
        let (spilled, served) = (spilled.get(), spilled.rest().get());
        let part = |share: Decimal, label: &'static str| {
            if share == Decimal::ONE { vec![count, time] } else { vec![count, time, (share, label)] }
        };
        steps.add(&self.meter_of("duration", "duration"), "on demand", &part(spilled, "on demand"));
        let ready = [(self.provisioned.into(), "units"), (month.seconds(), "s")];
        steps.add(&self.meter_of("provisioned_concurrency.ready", "provisioned units"), "units kept ready", &ready);
        let serving = self.meter_of("provisioned_concurrency.serving", "duration on provisioned units");
        steps.add(&serving, "on provisioned units", &part(served, "on provisioned units"));
        for (what, size) in [("data in", workload.payload), ("data out", workload.response)] {
            steps.add(&DATA, what, &[count, (size.unwrap_or_default().gigabytes(), "GB")]);
        }
        if self.provisioned != 0 {
            let percent = Share::from_statistic(statistic_from_decimal(spilled)).percent();
            notes.push(Note::assumption(format!(
                "requests arrive at random: {percent} of them find all provisioned units busy and run on demand"
            )));
        }
        for (key, size) in [("payload", workload.payload), ("response", workload.response)] {
            let unknown = Note::default_used(key, "nothing", "data in and out is billed by the gigabyte");
            notes.extend(size.is_none().then_some(unknown));
        }
        Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity: None })
    }
}
