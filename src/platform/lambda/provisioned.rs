//! Provisioned concurrency: units that are kept ready, in whole times of five minutes.

use super::{
    DURATION_PROVISIONED, Lambda, MILLISECOND, PROVISIONED, PROVISIONED_STEP, PROVISIONED_UNITS, Provisioned, billed_seconds,
};
use crate::units::{Decimal, Month, SECONDS_PER_HOUR};
use crate::usage::Steps;

impl Lambda {
    pub(super) fn meter_provisioned(&self, served: Decimal, month: Month, steps: &mut Steps) {
        let Some(provisioned) = &self.provisioned else { return };
        let memory = (self.memory.gigabytes(), "GB");
        let units = (provisioned.units, "units");
        let (each, windows) = (provisioned.seconds_each(month), (provisioned.windows, "times"));
        self.add_compute(&PROVISIONED, "units kept ready", &[units, windows, (each, "s"), memory], steps);
        steps.add(&PROVISIONED_UNITS, "units kept ready", &[units, windows, (each / SECONDS_PER_HOUR, "h")]);
        let billed = (billed_seconds(&provisioned.durations), "s");
        self.add_compute(
            &DURATION_PROVISIONED,
            "handler on provisioned units",
            &[(served, "invocations"), billed, memory],
            steps,
        );
        // Preparing an environment runs its INIT phase, billed even if it never serves.
        let init = (self.init.ceil_to(MILLISECOND).seconds(), "s");
        self.add_compute(&DURATION_PROVISIONED, "INIT of provisioned units", &[units, windows, init, memory], steps);
    }
}

impl Provisioned {
    /// Seconds of one enabled time, rounded up to 5 minutes.
    pub(super) fn seconds_each(&self, month: Month) -> Decimal {
        self.time.map_or(month.seconds(), |time| time.ceil_to(PROVISIONED_STEP).seconds())
    }

    /// Seconds in the month, all times together.
    pub(super) fn seconds(&self, month: Month) -> Decimal {
        self.seconds_each(month) * self.windows
    }
}
