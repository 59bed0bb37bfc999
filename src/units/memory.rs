//! The memory size of a function.

use std::fmt;
use std::str::FromStr;

use super::data_size::DataSize;
use super::number::{Grammar, QuantityError, Reason};
use super::{Decimal, grouped};

const GRAMMAR: Grammar = Grammar { what: "a memory size in whole megabytes", examples: "\"512\", \"512MB\" or \"1.5GB\"" };

/// A function's memory, in whole megabytes (2²⁰ bytes): what a provider lets one choose, and what tuning varies.
///
/// ```
/// # use millicent::units::{DataSize, MemoryMb};
/// let memory: MemoryMb = "1.5GB".parse().unwrap();
/// assert_eq!((memory.get(), memory.to_string()), (1536, "1,536 MB".to_owned()));
/// assert_eq!("512".parse(), Ok(MemoryMb::new(512)));
/// assert_eq!(memory.data_size(), DataSize::from_megabytes(1536));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct MemoryMb(u32);

impl MemoryMb {
    /// The size at which a Lambda function has one full virtual CPU (AWS Lambda developer guide, "Configure Lambda function
    /// memory"); CPU is in proportion to memory.
    pub const ONE_VCPU: Self = Self(1769);

    /// So many megabytes.
    #[must_use]
    pub const fn new(megabytes: u32) -> Self {
        Self(megabytes)
    }

    /// In megabytes.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// In megabytes, for statistics.
    #[must_use]
    pub fn statistic(self) -> f64 {
        f64::from(self.0)
    }

    /// As an amount of memory.
    #[must_use]
    pub const fn data_size(self) -> DataSize {
        DataSize::from_megabytes(self.0)
    }
}

impl FromStr for MemoryMb {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let (_, unit) = GRAMMAR.number_and_rest(text)?;
        let size: DataSize = if unit.is_empty() { format!("{}MB", text.trim()).parse()? } else { text.parse()? };
        let megabytes = size.megabytes();
        if !megabytes.fract().is_zero() {
            return Err(GRAMMAR.error(text, Reason::TooSmall("a whole megabyte")));
        }
        u32::try_from(megabytes).map(Self).map_err(|_| GRAMMAR.error(text, Reason::TooLarge("4 PB")))
    }
}

impl fmt::Display for MemoryMb {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} MB", grouped(Decimal::from(self.0)))
    }
}
