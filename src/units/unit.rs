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
}

impl Unit {
    /// The name for more than one: "GB-seconds"; GB has no plural.
    #[must_use]
    pub fn plural(self) -> String {
        if self == Self::Gb { self.name().to_owned() } else { format!("{}s", self.name()) }
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
