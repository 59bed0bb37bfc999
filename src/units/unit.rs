//! The units that providers bill in.

use std::fmt;
use std::str::FromStr;

/// Defines the enumeration and its one spelling, so that a unit cannot be added without its name.
macro_rules! units {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// What one price buys, and what a quantity of usage counts. A price applies only to usage in the same unit.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Unit { $($(#[$doc])* $variant),+ }

        impl Unit {
            /// Every unit, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As it is written in price lists and output.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

units! {
    /// One request or invocation.
    Request = "request",
    /// One gigabyte (1024 MB) of memory for one second.
    GbSecond = "GB-second",
    /// One gigabyte (1024³ bytes) of data.
    Gb = "GB",
    /// One gigabyte stored for one month.
    GbMonth = "GB-month",
    /// One gigabyte of memory of one environment that is created.
    GbEnvironment = "GB-environment",
    /// One virtual CPU for one second.
    VcpuSecond = "vCPU-second",
    /// One instance for one hour.
    InstanceHour = "instance-hour",
    /// One instance for one month.
    InstanceMonth = "instance-month",
    /// One provisioned unit, whatever its size, for one hour.
    UnitHour = "unit-hour",
    /// One event poller unit for one hour.
    EpuHour = "EPU-hour",
    /// One durable operation.
    Operation = "operation",
    /// One millisecond.
    Millisecond = "millisecond",
    /// One gigabyte (1024³ bytes) of memory or disk for one hour.
    GbHour = "GB-hour",
    /// One gibibyte for one second; what some providers call a gigabyte here is 1024³ bytes too.
    GibSecond = "GiB-second",
    /// One gibibyte for one hour.
    GibHour = "GiB-hour",
    /// One gibibyte of data.
    Gib = "GiB",
    /// One gibibyte stored for one month.
    GibMonth = "GiB-month",
    /// One virtual CPU for one hour.
    VcpuHour = "vCPU-hour",
    /// One physical core, two virtual CPUs, for one second.
    CoreSecond = "core-second",
    /// One gigahertz of processor for one second.
    GhzSecond = "GHz-second",
    /// One millisecond of active CPU.
    CpuMillisecond = "CPU-millisecond",
    /// One hour of active CPU.
    CpuHour = "CPU-hour",
    /// One GPU for one second.
    GpuSecond = "GPU-second",
    /// One second of existence.
    Second = "second",
    /// One hour of existence: a load balancer, a gateway, an address, a cluster.
    Hour = "hour",
    /// One day of existence.
    Day = "day",
    /// One month of existence.
    Month = "month",
    /// One minute.
    Minute = "minute",
    /// One capacity unit of a load balancer for one hour.
    CapacityUnitHour = "capacity-unit-hour",
    /// One open connection for one minute.
    ConnectionMinute = "connection-minute",
    /// One message.
    Message = "message",
    /// One event.
    Event = "event",
    /// One notification that is delivered.
    Notification = "notification",
    /// One transition of a state machine.
    StateTransition = "state-transition",
    /// One trace.
    Trace = "trace",
    /// One metric kept for one month.
    MetricMonth = "metric-month",
    /// One alarm, or one metric of it, for one month.
    AlarmMonth = "alarm-month",
    /// One secret kept for one month.
    SecretMonth = "secret-month",
    /// One parameter kept for one month.
    ParameterMonth = "parameter-month",
    /// One unit of 25 KB put into a stream.
    PayloadUnit = "payload-unit",
    /// One shard for one hour.
    ShardHour = "shard-hour",
    /// One read or write unit of a table.
    RequestUnit = "request-unit",
    /// One read or write unit a second, kept ready for one hour.
    RequestUnitHour = "request-unit-hour",
    /// One input or output operation a second, kept for one month.
    IopsMonth = "IOPS-month",
    /// One megabyte a second of disk throughput, kept for one month.
    MbpsMonth = "MBps-month",
    /// One dollar of credit.
    Dollar = "USD",
}

impl Unit {
    /// The name for more than one: "GB-seconds"; GB has no plural.
    #[must_use]
    pub fn plural(self) -> String {
        match self {
            Self::Gb | Self::Gib | Self::Dollar => self.name().to_owned(),
            _ => format!("{}s", self.name()),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

/// A unit that no price list here knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown unit {0:?} (known: {known})", known = Unit::ALL.iter().map(|unit| unit.name()).collect::<Vec<_>>().join(", "))]
pub struct UnknownUnit(String);

impl FromStr for Unit {
    type Err = UnknownUnit;

    fn from_str(text: &str) -> Result<Self, UnknownUnit> {
        Self::ALL.iter().copied().find(|unit| unit.name() == text).ok_or_else(|| UnknownUnit(text.to_owned()))
    }
}
