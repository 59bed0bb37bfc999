//! How long a request takes on a function of a given size.

use super::Lambda;
use crate::profile::{Basis, ProfileError};
use crate::stats::Durations;
use crate::units::{DataSize, Decimal, MemoryMb, TimeSpan};
use crate::workload::{Work, Workload};

/// vCPUs of a function: memory / 1,769 MB.
fn vcpus(memory: DataSize) -> Decimal {
    memory.megabytes() / Decimal::from(MemoryMb::ONE_VCPU.get())
}

/// How long requests take on a function of `memory`: as measured at that size, or computed from what was measured elsewhere.
///
/// A function of m MB computes at min(m / 1,769, threads) vCPUs. Of a duration d measured at m₀ with CPU share f, the part
/// (1 − f)·d waits whatever the size and f·d scales with speed(m₀) / speed(m). Worked number: 1 s at 512 MB, all CPU, one
/// thread: 500 ms at 1,024 MB, 289.4 ms at 1,769 MB and above. A profile answers by itself: [`crate::profile`].
///
/// `None` when the workload does not say how long a request takes.
///
/// # Errors
/// When the workload's profile has no answer for this size.
pub(in crate::platform) fn durations_at(workload: &Workload, memory: DataSize) -> Result<Option<Durations>, ProfileError> {
    let speed = |memory: DataSize| vcpus(memory).min(workload.threads);
    let Some(work) = &workload.work else { return Ok(None) };
    Ok(match work {
        Work::CpuAndWait { cpu, wait } => {
            let computing = TimeSpan::from_milliseconds(cpu.milliseconds() / speed(memory));
            Durations::constant(computing + *wait).ok()
        }
        Work::Measured { durations, memory: measured_at, .. } if *measured_at == memory => Some(durations.clone()),
        Work::Measured { durations, memory: measured_at, cpu_share, .. } => {
            // d·((1 − f) + f·s₀/s) = d·((1 − f)·s + f·s₀)/s, with one division at the end.
            let (before, after) = (speed(*measured_at), speed(memory));
            Some(durations.scaled(cpu_share.rest().get() * after + cpu_share.get() * before, after))
        }
        Work::Profile(profile) => Some(profile.durations_at(memory)?),
    })
}

impl Lambda {
    /// Takes over how long requests of a workload take; false where that is not known, or provisioned units may take theirs
    /// from it too.
    pub(super) fn take_duration_of(&mut self, workload: &Workload) -> bool {
        match durations_at(workload, self.memory) {
            Ok(Some(durations)) if self.provisioned.is_none() => {
                self.durations = durations.scaled(Decimal::ONE, self.invocations);
                true
            }
            _ => false,
        }
    }
}

/// What the term of the handler is called in an explanation: a profile's measurements and its predictions are told apart.
pub(in crate::platform) fn handler(workload: &Workload, memory: DataSize) -> &'static str {
    match workload.profile().map(|profile| profile.basis(memory)) {
        None => "handler",
        Some(Basis::Measured) => "handler, as measured",
        Some(Basis::Between { .. } | Basis::Outside { .. }) => "handler, as predicted",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Rate, Share};
    use crate::workload::Invocation;

    fn workload(work: Work, threads: u32) -> Workload {
        Workload {
            name: "main".to_owned(),
            requests: Rate::monthly(1),
            work: Some(work),
            memory: None,
            threads: threads.into(),
            invocation: Invocation::Synchronous,
            invocation_stated: false,
            payload: None,
            response: None,
            peak_to_mean: Decimal::ONE,
            hourly: None,
            memory_at_rest: None,
            memory_per_request: None,
            p99: None,
            gpu: None,
            gpu_time: None,
            stateful: false,
            websocket: false,
        }
    }

    fn milliseconds(workload: &Workload, megabytes: u32) -> String {
        durations_at(workload, DataSize::from_megabytes(megabytes))
            .unwrap()
            .unwrap()
            .mean()
            .milliseconds()
            .round_dp(1)
            .normalize()
            .to_string()
    }

    #[test]
    fn the_cpu_part_shrinks_with_memory_until_the_threads_are_fed() {
        let durations: Durations = "1s".parse().unwrap();
        let measured = |share: &str, threads| {
            let memory = DataSize::from_megabytes(512);
            workload(
                Work::Measured {
                    durations: durations.clone(),
                    memory,
                    cpu_share: share.parse::<Share>().unwrap(),
                    cpu_share_given: true,
                },
                threads,
            )
        };
        assert_eq!(milliseconds(&measured("1", 1), 1024), "500");
        assert_eq!(milliseconds(&measured("1", 1), 1769), "289.4");
        assert_eq!(milliseconds(&measured("1", 1), 3538), "289.4");
        assert_eq!(milliseconds(&measured("1", 2), 3538), "144.7");
        assert_eq!(milliseconds(&measured("0", 1), 128), "1000");
        assert_eq!(milliseconds(&measured("0.5", 1), 256), "1500");
    }

    #[test]
    fn cpu_and_wait_give_the_duration_at_any_size() {
        let profile = workload(Work::CpuAndWait { cpu: "290ms".parse().unwrap(), wait: "10ms".parse().unwrap() }, 1);
        assert_eq!(milliseconds(&profile, 1769), "300");
        assert_eq!(milliseconds(&profile, 10_240), "300");
    }
}
