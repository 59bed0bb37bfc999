//! What a Lambda function cannot do, with the reason. Limits from the AWS Lambda developer guide (quotas, 2026).

use std::ops::RangeInclusive;

use super::{EventSource, LAMBDA_INCLUDED_STORAGE, Lambda, Poller, PollerAmount};
use crate::cold_start::supports_snap_start;
use crate::platform::{Refusal, Refusals, refuse_state};
use crate::units::{DataSize, Decimal, MemoryMb, Month, SECONDS_PER_HOUR, TimeSpan, grouped, statistic_from_decimal};
use crate::workload::{Invocation, Workload};

/// The sizes a function can have: 128 to 10,240 MB in whole megabytes.
pub const LAMBDA_MEMORY: RangeInclusive<MemoryMb> = MemoryMb::new(128)..=MemoryMb::new(10_240);
pub(super) const LONGEST_INVOCATION: TimeSpan = TimeSpan::from_seconds(900);
const MOST_STORAGE: DataSize = DataSize::from_megabytes(10_240);
const SYNCHRONOUS_PAYLOAD: DataSize = DataSize::from_megabytes(6);
/// Raised from 256 KB in 2025-10.
const ASYNCHRONOUS_PAYLOAD: DataSize = DataSize::from_megabytes(1);
/// Raised from 20 MB in 2025-07.
const STREAMED_RESPONSE: DataSize = DataSize::from_megabytes(200);
const DURABLE_LONGEST: TimeSpan = TimeSpan::from_seconds(365 * 86_400);
const DURABLE_DATA: DataSize = DataSize::from_megabytes(100);
const DAY: TimeSpan = TimeSpan::from_seconds(86_400);

pub(super) fn refusals(function: &Lambda, workload: &Workload, month: Month) -> Vec<Refusal> {
    let mut refusals = Refusals::default();
    let memory = function.memory;
    refusals.size_within("memory", memory, LAMBDA_MEMORY.start().data_size(), LAMBDA_MEMORY.end().data_size());
    let megabytes = memory.megabytes();
    refusals.unless(megabytes.is_integer(), || format!("memory {megabytes} MB"), "whole megabytes");
    refusals.size_within("ephemeral storage", function.ephemeral_storage, LAMBDA_INCLUDED_STORAGE, MOST_STORAGE);
    refusals.no_gpu(workload, "Lambda has none; ECS on EC2 has");
    refuse_state(workload, &mut refusals);
    function.refuse_times(workload, month, &mut refusals);
    function.refuse_latency(workload, month, &mut refusals);
    function.refuse_payloads(workload, &mut refusals);
    function.refuse_snap_start(&mut refusals);
    function.refuse_durable(&mut refusals);
    if let Some(Poller { source: EventSource::Sqs, amount: PollerAmount::Units(units) }) = &function.poller {
        refusals.unless(Decimal::TWO <= *units, || format!("{units} SQS event poller units"), "2 at least");
    }
    refusals.0
}

impl Lambda {
    /// What cannot fit into an invocation, the month, or the traffic.
    fn refuse_times(&self, workload: &Workload, month: Month, refusals: &mut Refusals) {
        let longest = self.durations.longest();
        let remedy = "15 min at most for one invocation; split it, or use containers, MicroVMs or durable functions";
        refusals.unless(longest <= LONGEST_INVOCATION, || format!("a duration of {longest}"), remedy);
        let init = self.init;
        refusals.unless(init <= LONGEST_INVOCATION, || format!("an init phase of {init}"), "15 min at most");
        if let Some(provisioned) = &self.provisioned {
            let enabled = provisioned.seconds(month);
            let hours = || format!("provisioned concurrency for {} h", grouped(enabled / SECONDS_PER_HOUR));
            refusals.unless(enabled <= month.seconds(), hours, format_args!("the month has {month}"));
            if let Some(served) = provisioned.requests {
                let count = served.per_month(month);
                let asked = || format!("{served} served by provisioned units");
                refusals.unless(count <= workload.requests.per_month(month), asked, "no more than all requests");
                let busy = statistic_from_decimal(count * self.invocations)
                    * statistic_from_decimal(provisioned.durations.mean().seconds());
                let ready = statistic_from_decimal(provisioned.units) * statistic_from_decimal(enabled);
                refusals.unless(busy <= ready, asked, "more than the units have time for while they are enabled");
            }
            let longest = provisioned.durations.longest();
            refusals.unless(longest <= LONGEST_INVOCATION, || format!("a provisioned duration of {longest}"), "15 min at most");
        }
        if let Some(time) = self.snap_start.as_ref().and_then(|snap_start| snap_start.time) {
            refusals.unless(
                time.seconds() <= month.seconds(),
                || format!("SnapStart for {time}"),
                format_args!("the month has {month}"),
            );
        }
    }

    fn refuse_payloads(&self, workload: &Workload, refusals: &mut Refusals) {
        let (payload_limit, kind) = match workload.invocation {
            Invocation::Synchronous => (SYNCHRONOUS_PAYLOAD, "6 MB at most for a synchronous invocation"),
            Invocation::Asynchronous => (ASYNCHRONOUS_PAYLOAD, "1 MB at most for an asynchronous event"),
        };
        if let Some(payload) = workload.payload {
            refusals.unless(payload <= payload_limit, || format!("a payload of {payload}"), kind);
        }
        if let Some(response) = workload.response {
            let (limit, text) = if self.streams {
                (STREAMED_RESPONSE, "200 MB at most when streamed")
            } else {
                (SYNCHRONOUS_PAYLOAD, "6 MB at most; `response_streaming = true` allows 200 MB")
            };
            refusals.unless(response <= limit, || format!("a response of {response}"), text);
        }
    }

    fn refuse_snap_start(&self, refusals: &mut Refusals) {
        if self.snap_start.is_none() {
            return;
        }
        let asked = |with: &str| format!("SnapStart with {with}");
        refusals.unless(self.provisioned.is_none(), || asked("provisioned concurrency"), "use one or the other");
        refusals.unless(!self.mounts_efs, || asked("an EFS mount"), "SnapStart excludes EFS");
        let storage = self.ephemeral_storage;
        refusals.unless(
            storage <= LAMBDA_INCLUDED_STORAGE,
            || asked(&format!("{storage} of ephemeral storage")),
            "512 MB at most with SnapStart",
        );
        if let Some(runtime) = &self.runtime {
            let limit = "Java 11, Python 3.12, .NET 8 and later";
            refusals.unless(supports_snap_start(runtime), || asked(&format!("runtime {runtime}")), limit);
        }
    }

    fn refuse_durable(&self, refusals: &mut Refusals) {
        let Some(durable) = &self.durable else { return };
        let operations = durable.operations;
        refusals.unless(
            operations <= Decimal::from(3000),
            || format!("{operations} operations"),
            "3,000 at most for one execution",
        );
        let written = durable.written;
        refusals.unless(written <= DURABLE_DATA, || format!("{written} written"), "100 MB at most for one execution");
        let retention = durable.retention;
        let days = TimeSpan::from_seconds(90 * 86_400);
        refusals.unless(DAY <= retention && retention <= days, || format!("a retention of {retention}"), "1 to 90 days");
        let time = durable.execution_time;
        refusals.unless(time <= DURABLE_LONGEST, || format!("an execution of {time}"), "one year at most");
    }
}
