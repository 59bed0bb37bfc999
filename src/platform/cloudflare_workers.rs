//! Cloudflare Workers on the Paid plan: requests and CPU time; waiting costs nothing.
//!
//! Rules (Cloudflare documentation, "Workers pricing" and "limits", 2026): $5 a month with 10 million requests and 30 million
//! CPU-milliseconds; beyond them by the request and the CPU-millisecond. No charge for duration or data out. 128 MB of memory
//! for an isolate, which many requests share; 30 s of CPU for a request, 5 min where it is set so; requests of 100 MB.
//!
//! Worked number: 15 million requests of 7 ms of CPU are 5 million beyond the plan, $1.50, and 75 million CPU-ms beyond it,
//! $1.50: with the plan $8.00.

use super::{Metered, Placement, Platform, Refusals, Site, requests};
use crate::note::{Note, Refusal};
use crate::settings::{Key, Section, SettingError, value_or};
use crate::units::{DataSize, Decimal, Month, Share, TimeSpan, Unit};
use crate::usage::{Meter, Provider, Region, Steps, TooLarge};
use crate::workload::{Demand, Workload};

pub(super) const PLATFORM: Platform = Platform {
    name: "cloudflare-workers",
    provider: Provider::Cloudflare,
    about: "Cloudflare Workers on the Paid plan, billed for requests and CPU time",
    keys: &[KEYS],
    read,
};

const KEYS: &[Key] = &[Key {
    name: "static_share",
    value: "SHARE",
    help: "Share of the requests that static files answer, free of charge [default: 0]",
}];

static PLAN: Meter = Meter::fixed("cloudflare_workers.plan.paid", "Workers Paid plan", Unit::Month);
static REQUESTS: Meter = Meter::fixed("cloudflare_workers.requests", "Workers requests", Unit::Request);
static CPU: Meter = Meter::fixed("cloudflare_workers.cpu", "Workers CPU time", Unit::CpuMillisecond);

const MOST_MEMORY: DataSize = DataSize::from_megabytes(128);
const MOST_PAYLOAD: DataSize = DataSize::from_megabytes(100);
const MOST_CPU: TimeSpan = TimeSpan::from_seconds(300);

#[derive(Debug)]
struct Workers {
    demand: Demand,
    static_share: Share,
}

fn read(section: &mut Section, workload: &Workload, _site: &Site<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let demand = workload.demand().ok_or_else(|| section.missing("cpu", "the CPU time of a request, in the workload"))?;
    let static_share = value_or(section.quantity("static_share")?, Share::NONE);
    Ok(Box::new(Workers { demand, static_share }))
}

impl Placement for Workers {
    fn title(&self) -> String {
        "Paid plan".to_owned()
    }

    fn refusals(&self, workload: &Workload, _month: Month) -> Vec<Refusal> {
        let mut refusals = Refusals::default();
        let memory = super::task_size::memory_needed(workload);
        refusals.unless(memory <= MOST_MEMORY, || format!("memory {memory}"), "128 MB for an isolate");
        let cpu = self.demand.cpu;
        refusals.unless(cpu <= MOST_CPU, || format!("{} of CPU for a request", cpu.rounded()), "5 min at most");
        if let Some(payload) = workload.payload {
            refusals.unless(payload <= MOST_PAYLOAD, || format!("a payload of {payload}"), "100 MB at most");
        }
        refusals.unless(!workload.stateful, || "state between requests".to_owned(), "isolates keep none; Durable Objects do");
        refusals.no_gpu(workload, "Workers have none");
        refusals.0
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let mut steps = Steps::in_region(region);
        let dynamic = (self.static_share.rest().get(), "that run code");
        let all = requests(workload.requests.per_month(month));
        let count = if self.static_share == Share::NONE { vec![all] } else { vec![all, dynamic] };
        steps.add(&PLAN, "plan", &[(Decimal::ONE, "month")]);
        steps.add(&REQUESTS, "requests", &count);
        steps.add(&CPU, "requests", &[count.as_slice(), &[(self.demand.cpu.milliseconds(), "ms of CPU")]].concat());
        let notes = vec![
            Note::assumption("the plan includes 10 million requests and 30 million CPU-ms, which count as its free allowance"),
            Note::assumption("a request takes the CPU time that it takes on one vCPU of a Lambda function of 1,769 MB"),
        ];
        Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity: None })
    }
}
