//! One call of a run and what is known of it: the row that is saved, exported and averaged.

use serde::{Deserialize, Serialize};

use crate::lambda_log::{FunctionErrorKind, Report};
use crate::units::{MemoryMb, Usd};

/// One invocation and its outcome. Its payload, its response and its error message are not kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Invocation {
    /// Which one of the run.
    pub number: u32,
    /// The size it ran at.
    pub memory: MemoryMb,
    /// The class of its payload.
    pub class: usize,
    /// What it is good for.
    pub label: Label,
    /// What Lambda reported; none when no report was found.
    pub report: Option<Report>,
    /// The type of the function's error, where it had one that may be shown.
    pub error_type: Option<String>,
    /// As the caller's clock saw it, with the network.
    pub client_ms: f64,
    /// What it cost; at worst, where nobody knows.
    #[serde(with = "usd")]
    pub cost: Usd,
}

/// What an invocation is good for. Nothing is trimmed: what is not averaged has a label that says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// An environment that was there already.
    Warm,
    /// The first call of a new environment, by the report's own fields.
    Cold,
    /// INIT ran again inside the call, after its environment was lost: longer than what the function takes.
    HiddenInit,
    /// The function failed.
    Failed(FunctionErrorKind),
    /// It ran, but no report of it was found.
    NoReport,
    /// The report is of another size: an environment from before the change.
    OtherSize,
    /// No answer came; it may have run.
    Lost,
}

impl Label {
    /// In a word or two, as the exports write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Warm => "warm",
            Self::Cold => "cold",
            Self::HiddenInit => "hidden-init",
            Self::Failed(FunctionErrorKind::OutOfMemory) => "error:out-of-memory",
            Self::Failed(FunctionErrorKind::Timeout) => "error:timeout",
            Self::Failed(FunctionErrorKind::Crash) => "error:crash",
            Self::Failed(FunctionErrorKind::Handler) => "error:function",
            Self::NoReport => "no-report",
            Self::OtherSize => "other-size",
            Self::Lost => "lost",
        }
    }
}

/// Dollars as text, digit by digit.
mod usd {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::units::Usd;

    pub(super) fn serialize<S: Serializer>(cost: &Usd, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&cost.amount().normalize())
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(text: D) -> Result<Usd, D::Error> {
        String::deserialize(text)?.parse().map(Usd::new).map_err(D::Error::custom)
    }
}
