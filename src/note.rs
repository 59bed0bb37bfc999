//! What a reader must know beside the numbers: assumptions, defaults, doubts. What several rooms say is worded here, once; an
//! assumption of one platform is worded where it is made.
//!
//! Arithmetic returns notes, it never prints them.

use std::borrow::Cow;
use std::fmt;

/// Something the reader should know about a result.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// A key was left out and its default changed the answer.
    DefaultUsed {
        /// The key that would change it.
        key: &'static str,
        /// The value that was used.
        value: Cow<'static, str>,
        /// What that means, or what to consider.
        meaning: Cow<'static, str>,
    },
    /// The model's reading of an input, or a rule that is not obvious.
    Assumption(Cow<'static, str>),
    /// Something seen while measuring, and what to do about it.
    Observation(Cow<'static, str>),
    /// The account's free allowances were not used.
    FreeTierOff,
    /// A user's price list has prices that the lists below it do not have.
    UnknownPrices {
        /// The prices, with what exists instead.
        prices: Vec<String>,
    },
    /// The free allowances were wanted, but none covers anything on the bill.
    NothingFree,
    /// Several meters shared one free allowance.
    AllowanceShared {
        /// The allowance.
        allowance: String,
    },
    /// All functions together may need more concurrent executions than an account has by default.
    ConcurrencyQuota {
        /// Where.
        region: String,
        /// How many at peak.
        peak: String,
        /// How many by default.
        quota: u32,
    },
    /// A share was taken off the prices of a service.
    Discounted {
        /// The service.
        service: String,
        /// The share, as a percentage.
        share: String,
    },
    /// Prices below high confidence, as "item (region, source, date)".
    DoubtfulPrice {
        /// "low" or "medium".
        confidence: &'static str,
        /// The items they price, with source.
        items: Vec<String>,
    },
}

/// A limit that what was asked for does not respect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What was asked for: "memory 20 GB".
    pub asked: String,
    /// The limit: "at most 10,240 MB".
    pub limit: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ({})", self.asked, self.limit)
    }
}

impl Note {
    /// A default, in one line.
    pub fn default_used(key: &'static str, value: impl Into<Cow<'static, str>>, meaning: impl Into<Cow<'static, str>>) -> Self {
        Self::DefaultUsed { key, value: value.into(), meaning: meaning.into() }
    }

    /// An assumption, in one line.
    pub fn assumption(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Assumption(text.into())
    }

    /// An observation, in one line.
    pub fn observation(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Observation(text.into())
    }
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DefaultUsed { key, value, meaning } => write!(out, "`{key}` not given, {value} used: {meaning}"),
            Self::Assumption(text) | Self::Observation(text) => out.write_str(text),
            Self::FreeTierOff => {
                out.write_str("free tier not applied (`--free-tier` or `free_tier = true` applies the account's allowances)")
            }
            Self::UnknownPrices { prices } => {
                write!(out, "your price list alone prices {}: new, or misspelled?", prices.join("; "))
            }
            Self::NothingFree => out.write_str("no free allowance of this price book covers anything on this bill"),
            Self::AllowanceShared { allowance } => {
                write!(out, "the free allowance {allowance} is one per account: it is shared in proportion to use")
            }
            Self::ConcurrencyQuota { region, peak, quota } => write!(
                out,
                "about {peak} functions run at once at peak in {region}: above the account's default quota of {quota}, which AWS raises on request"
            ),
            Self::Discounted { service, share } => write!(out, "{share} taken off all prices of {service}"),
            Self::DoubtfulPrice { confidence, items } => {
                let meaning =
                    if *confidence == "low" { "check before relying on it" } else { "one source, not confirmed by another" };
                write!(out, "{confidence}-confidence price ({meaning}): {}", items.join("; "))
            }
        }
    }
}
