//! A function replayed call by call: what a replay needs to know of it, and what the replay consumed as usage.

use super::limits::LONGEST_INVOCATION;
use super::{
    DURATION_ON_DEMAND, DURATION_PROVISIONED, EPHEMERAL_STORAGE, LAMBDA_INCLUDED_STORAGE, Lambda, PROVISIONED, PROVISIONED_UNITS,
    REQUESTS, requests_of_event,
};
use crate::note::Note;
use crate::platform::{ReplayedFunction, ReplayedMonth, requests};
use crate::replay::Executed;
use crate::units::{Decimal, SECONDS_PER_HOUR};
use crate::usage::{Region, Step, Steps, TooLarge};
use crate::workload::Workload;

/// Milliseconds of a second.
const MILLISECONDS: Decimal = Decimal::ONE_THOUSAND;

impl Lambda {
    pub(super) fn replayed(&self) -> Option<ReplayedFunction> {
        // A durable execution is several invocations, which do not arrive by themselves.
        (self.invocations == Decimal::ONE).then(|| ReplayedFunction {
            keep_alive: self.keep_alive.clone(),
            provisioned: self.provisioned.as_ref().map_or(0, |provisioned| super::whole(provisioned.units)),
            provisioned_at_times: self.provisioned.as_ref().is_some_and(|provisioned| provisioned.time.is_some()),
            durations: self.durations.clone(),
            longest: LONGEST_INVOCATION,
            init: self.before_handler(),
            runtime: self.runtime.clone(),
            memory: self.memory,
            architecture: self.architecture,
            snap_start: self.snap_start.is_some(),
            notes: self.unused_in_a_replay().map(Note::assumption).collect(),
        })
    }

    /// What was stated for an estimate, and is seen in a replay.
    fn unused_in_a_replay(&self) -> impl Iterator<Item = &'static str> {
        let provisioned = self.provisioned.as_ref();
        let said = [
            (
                self.cold_start_share.is_some(),
                "`cold_start_share` changes nothing here: which calls start cold comes out of the replay",
            ),
            (
                provisioned.is_some_and(|provisioned| provisioned.requests.is_some()),
                "`provisioned_requests` changes nothing here: which calls find a provisioned unit comes out of the replay",
            ),
            (
                provisioned.is_some_and(|provisioned| provisioned.duration_stated),
                "`provisioned_duration` changes nothing here: a call takes as long on a provisioned unit as on demand",
            ),
        ];
        said.into_iter().filter(|(is_stated, _)| *is_stated).map(|(_, text)| text)
    }

    /// What a replay consumed, as usage of a month.
    pub(super) fn meter_calls(
        &self,
        replay: &ReplayedMonth<'_>,
        workload: &Workload,
        region: &Region,
    ) -> Result<Vec<Step>, TooLarge> {
        let ReplayedMonth { totals, times, month } = *replay;
        let mut steps = Steps::in_region(region);
        let times = (times, "times in a month");
        let memory = (self.memory.gigabytes(), "GB");
        let billed = |milliseconds: u64| (Decimal::from(milliseconds) / MILLISECONDS, "s billed");
        let counted = |executed: &Executed| requests(executed.calls.into());
        let answered = totals.on_demand.calls + totals.provisioned.calls;
        let asked = [requests(answered.into()), (requests_of_event(workload), "requests each"), times];
        steps.add(self.architecture.of(&REQUESTS), "invocations", &asked);
        steps.add(self.architecture.of(&REQUESTS), "pings", &[counted(&totals.pings), times]);
        for (executed, handler, init) in
            [(&totals.on_demand, "handler, as replayed", "starts, as replayed"), (&totals.pings, "pings", "starts by pings")]
        {
            self.add_compute(&DURATION_ON_DEMAND, handler, &[billed(executed.handler_ms), memory, times], &mut steps);
            self.add_compute(&DURATION_ON_DEMAND, init, &[billed(executed.init_ms), memory, times], &mut steps);
            let storage = (self.ephemeral_storage.beyond(LAMBDA_INCLUDED_STORAGE).gigabytes(), "GB beyond 512 MB");
            let all = billed(executed.handler_ms + executed.init_ms);
            steps.add(self.architecture.of(&EPHEMERAL_STORAGE), "/tmp, as replayed", &[all, storage, times]);
        }
        let ready = replay.seconds(totals.provisioned_s);
        self.add_compute(&PROVISIONED, "units kept ready", &[ready, memory, times], &mut steps);
        steps.add(&PROVISIONED_UNITS, "units kept ready", &[(ready.0 / SECONDS_PER_HOUR, "h"), times]);
        let on_units = billed(totals.provisioned.handler_ms);
        self.add_compute(&DURATION_PROVISIONED, "handler on provisioned units", &[on_units, memory, times], &mut steps);
        let prepared = billed(totals.provisioned.init_ms);
        self.add_compute(&DURATION_PROVISIONED, "INIT of provisioned units", &[prepared, memory, times], &mut steps);
        let started = Decimal::from(totals.on_demand.started + totals.pings.started) * times.0;
        self.meter_snap_start(started, month, &mut steps);
        self.meter_stream(workload, Decimal::from(answered) * times.0, &mut steps, &mut Vec::new());
        self.meter_poller(month, &mut steps);
        self.meter_tenants(month, &mut steps);
        steps.finish()
    }
}
