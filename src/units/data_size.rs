//! Amounts of memory, storage and payload.

use std::fmt;
use std::ops::Add;
use std::str::FromStr;

use rust_decimal::Decimal;

use super::number::{Grammar, QuantityError, Reason};

const GRAMMAR: Grammar = Grammar { what: "a size", examples: "\"512MB\", \"1.5GB\" or \"64KB\"" };

/// An amount of memory or data. Units are binary, as AWS bills them: 1 GB = 1024 MB = 1024³ bytes; "GiB" means the same.
///
/// ```
/// # use millicent::units::DataSize;
/// let size: DataSize = "1.5GB".parse().unwrap();
/// assert_eq!(size.megabytes(), 1536.into());
/// assert_eq!(size.to_string(), "1.5 GB");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct DataSize {
    bytes: Decimal,
}

impl DataSize {
    /// Nothing.
    pub const ZERO: Self = Self { bytes: Decimal::ZERO };

    const KIB: u64 = 1 << 10;
    const MIB: u64 = 1 << 20;
    const GIB: u64 = 1 << 30;
    const TIB: u64 = 1 << 40;
    const PIB: u64 = 1 << 50;

    /// A whole number of megabytes, for limits and defaults written in code.
    #[must_use]
    pub const fn from_megabytes(megabytes: u32) -> Self {
        Self::from_whole_bytes(megabytes as u64 * Self::MIB)
    }

    /// A whole number of kilobytes, for limits and defaults written in code.
    #[must_use]
    pub const fn from_kilobytes(kilobytes: u32) -> Self {
        Self::from_whole_bytes(kilobytes as u64 * Self::KIB)
    }

    /// A computed number of gigabytes; negative counts as none.
    #[must_use]
    pub fn from_gigabytes(gigabytes: Decimal) -> Self {
        Self { bytes: (gigabytes * Decimal::from(Self::GIB)).max(Decimal::ZERO).normalize() }
    }

    const fn from_whole_bytes(bytes: u64) -> Self {
        let low = (bytes & 0xFFFF_FFFF) as u32;
        let middle = (bytes >> 32) as u32;
        Self { bytes: Decimal::from_parts(low, middle, 0, false, 0) }
    }

    /// In megabytes (2²⁰ bytes).
    #[must_use]
    pub fn megabytes(self) -> Decimal {
        (self.bytes / Decimal::from(Self::MIB)).normalize()
    }

    /// In gigabytes (2³⁰ bytes): the GB of GB-seconds.
    #[must_use]
    pub fn gigabytes(self) -> Decimal {
        (self.bytes / Decimal::from(Self::GIB)).normalize()
    }

    /// In kilobytes (2¹⁰ bytes).
    #[must_use]
    pub fn kilobytes(self) -> Decimal {
        (self.bytes / Decimal::from(Self::KIB)).normalize()
    }

    /// What is left after taking `other` away; nothing when `other` is larger.
    #[must_use]
    pub fn beyond(self, other: Self) -> Self {
        Self { bytes: (self.bytes - other.bytes).max(Decimal::ZERO) }
    }

    /// Whether nothing is there.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.bytes.is_zero()
    }
}

impl Add for DataSize {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { bytes: self.bytes + other.bytes }
    }
}

impl FromStr for DataSize {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let (number, unit) = GRAMMAR.number_and_rest(text)?;
        let factor = match unit.to_ascii_lowercase().as_str() {
            "" => return Err(GRAMMAR.error(text, Reason::MissingUnit)),
            "b" | "byte" | "bytes" => 1,
            "kb" | "kib" | "ki" => Self::KIB,
            "mb" | "mib" | "mi" => Self::MIB,
            "gb" | "gib" | "gi" => Self::GIB,
            "tb" | "tib" | "ti" => Self::TIB,
            "k" | "m" | "g" | "t" => {
                return Err(GRAMMAR.error(text, Reason::Ambiguous("a single letter may mean 1000 or 1024")));
            }
            _ => return Err(GRAMMAR.error(text, Reason::UnknownUnit(unit.to_owned()))),
        };
        match number.checked_mul(Decimal::from(factor)) {
            Some(bytes) if !bytes.is_zero() && bytes < Decimal::ONE => Err(GRAMMAR.error(text, Reason::TooSmall("a byte"))),
            Some(bytes) if bytes <= Decimal::from(Self::PIB) => Ok(Self { bytes: bytes.normalize() }),
            _ => Err(GRAMMAR.error(text, Reason::TooLarge("1024 TB"))),
        }
    }
}

impl fmt::Display for DataSize {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The largest unit that leaves at most two decimals, so that 1769 MB is not printed as 1.7275390625 GB.
        let units = [(Self::TIB, "TB"), (Self::GIB, "GB"), (Self::MIB, "MB"), (Self::KIB, "KB")];
        for (factor, name) in units {
            let value = self.bytes / Decimal::from(factor);
            if value >= Decimal::ONE && value == value.round_dp(2) {
                return write!(out, "{} {name}", super::grouped(value));
            }
        }
        if self.bytes < Decimal::from(Self::MIB) {
            return write!(out, "{} bytes", super::grouped(self.bytes));
        }
        write!(out, "{} MB", super::grouped(self.megabytes().round_dp(2)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_survives_the_round_trip_through_its_text() {
        for text in ["512 MB", "1.5 GB", "1,769 MB", "64 KB", "10 GB", "100 bytes", "1 TB"] {
            let size: DataSize = text.parse().unwrap();
            assert_eq!(size.to_string(), text);
            assert_eq!(size.to_string().parse::<DataSize>().unwrap(), size);
        }
    }

    #[test]
    fn gigabytes_are_binary() {
        let size: DataSize = "1GB".parse().unwrap();
        assert_eq!(size, DataSize::from_megabytes(1024));
        assert_eq!(size.kilobytes(), Decimal::from(1_048_576));
        assert_eq!("1769MB".parse::<DataSize>().unwrap().gigabytes().to_string(), "1.7275390625");
        assert_eq!(DataSize::from_megabytes(u32::MAX).megabytes(), Decimal::from(u32::MAX));
    }

    #[test]
    fn a_unit_is_required_and_must_be_clear() {
        for (text, part) in [
            ("512", "the unit is missing"),
            ("512M", "may mean 1000 or 1024"),
            ("512XB", "unknown unit \"XB\""),
            ("9999999TB", "larger than 1024 TB"),
        ] {
            let error = text.parse::<DataSize>().unwrap_err().to_string();
            assert!(error.contains(part) && error.contains("512MB"), "{error}");
        }
    }
}
