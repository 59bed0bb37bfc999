//! What one request asks of a machine: the same work as a duration, told without a Lambda size.

use super::{Work, Workload};
use crate::stats::Durations;
use crate::units::{DataSize, Decimal, MemoryMb, TimeSpan};

/// The work of one request.
///
/// A vCPU of a container or machine is taken to be as fast as the one of a Lambda function of 1,769 MB; both are a hardware
/// thread of a current server processor, or a core on Graviton.
#[derive(Debug, Clone, PartialEq)]
pub struct Demand {
    /// CPU time of one request, summed over its threads, at full speed.
    pub cpu: TimeSpan,
    /// Time it waits for others, whatever the CPU.
    pub wait: TimeSpan,
    /// Time it has a GPU for itself; none for work without one.
    pub gpu: Option<TimeSpan>,
    /// How many threads compute at once.
    pub threads: Decimal,
    /// How durations are spread: their shape, whatever their mean.
    spread: Durations,
}

impl Demand {
    /// How long a request takes on `vcpu` that it has for itself: wait + CPU / min(vCPU, threads) + GPU.
    #[must_use]
    pub fn mean_on(&self, vcpu: Decimal) -> TimeSpan {
        self.wait + self.computing_on(vcpu) + self.gpu.unwrap_or(TimeSpan::ZERO)
    }

    /// How long it computes there.
    #[must_use]
    pub fn computing_on(&self, vcpu: Decimal) -> TimeSpan {
        TimeSpan::from_milliseconds(self.cpu.milliseconds() / vcpu.min(self.threads))
    }

    /// The same as a distribution: the shape that was stated, with that mean.
    #[must_use]
    pub fn durations_on(&self, vcpu: Decimal) -> Durations {
        self.spread.scaled(self.mean_on(vcpu).milliseconds(), self.spread.mean().milliseconds())
    }
}

/// vCPUs of a Lambda function: memory / 1,769 MB.
fn vcpus(memory: DataSize) -> Decimal {
    memory.megabytes() / Decimal::from(MemoryMb::ONE_VCPU.get())
}

impl Workload {
    /// What one request asks of a machine; nothing where the workload says no time.
    ///
    /// Of a duration d measured at m MB with CPU share f, the CPU time is f · d · min(m / 1,769, threads) and the wait
    /// (1 − f) · d. Worked number: 1 s at 512 MB, all CPU, is 0.2894 s of one vCPU. A profile is asked for 1,769 MB, where a
    /// function has one vCPU.
    ///
    /// ```
    /// # use millicent::{settings::{Origin, Section, Value}, workload::Workload};
    /// let mut section = Section::new("[workload]", Origin::CommandLine);
    /// for (key, value) in [("requests", "1M/month"), ("duration", "1s"), ("memory", "512MB"), ("cpu_fraction", "50%")] {
    ///     section.set(key, Value::Text(value.to_owned()), Origin::CommandLine);
    /// }
    /// let workload = Workload::read(&mut section, "main", &|_, _| Err(String::new()))?;
    /// let demand = workload.demand().unwrap();
    /// assert_eq!((demand.cpu.milliseconds().round_dp(1).to_string(), demand.wait), ("144.7".into(), "500ms".parse().unwrap()));
    /// # Ok::<(), millicent::settings::SettingError>(())
    /// ```
    #[must_use]
    pub fn demand(&self) -> Option<Demand> {
        let (cpu, wait, threads, spread) = match self.work.as_ref()? {
            Work::CpuAndWait { cpu, wait } => (*cpu, *wait, self.threads, Durations::constant(*cpu + *wait).ok()?),
            Work::Measured { durations, memory, cpu_share, .. } => {
                let mean = durations.mean().milliseconds();
                let speed = vcpus(*memory).min(self.threads);
                let cpu = TimeSpan::from_milliseconds(mean * cpu_share.get() * speed);
                (cpu, TimeSpan::from_milliseconds(mean * cpu_share.rest().get()), self.threads, durations.clone())
            }
            Work::Profile(profile) => {
                let (cpu, wait) = profile.work_on_one_vcpu();
                let spread = profile.durations_at(profile.nearest_size(MemoryMb::ONE_VCPU.data_size())).ok()?;
                (cpu, wait, profile.threads(), spread)
            }
        };
        Some(Demand { cpu, wait, gpu: self.gpu_time, threads, spread })
    }
}
