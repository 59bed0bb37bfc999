//! Everything that can be wrong with a price list, worded once.

use std::fmt;

use crate::units::{Decimal, Unit};

/// The columns of a price list; `pricing/README.md` explains them.
pub(super) const COLUMNS: [&str; 11] = [
    "meter",
    "region",
    "tier_from",
    "tier_to",
    "unit",
    "price_usd",
    "free_allowance",
    "effective",
    "source",
    "source_date",
    "confidence",
];

/// A list without these columns prices nothing.
pub(super) const REQUIRED: [&str; 4] = ["meter", "region", "unit", "price_usd"];

/// A list with one of these columns is in the long form; without them, its other columns are regions.
pub(super) const LONG_FORM: [&str; 4] = ["region", "price_usd", "tier_from", "tier_to"];

/// At most so many problems are listed; a wrong file would otherwise fill the screen.
const MOST_PROBLEMS: usize = 20;

/// A price list that cannot be used, with its problems in order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct PriceFileError {
    pub(super) file: String,
    pub(super) problems: Problems,
}

/// Problems with the line of each.
pub(super) type Problems = Vec<(u64, PriceFileProblem)>;

impl fmt::Display for PriceFileError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (line, problem)) in self.problems.iter().take(MOST_PROBLEMS).enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(out, "{separator}{}:{line}: {problem}", self.file)?;
        }
        match self.problems.len().saturating_sub(MOST_PROBLEMS) {
            0 => Ok(()),
            more => write!(out, "\n{}: and {more} more problems", self.file),
        }
    }
}

/// What is wrong with a line of a price list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceFileProblem {
    /// No header.
    #[error("the file is empty (the first line must name the columns: {})", COLUMNS.join(","))]
    Empty,
    /// A header without rows.
    #[error("the file has a header but no prices (add at least one row)")]
    NoRows,
    /// A column that means nothing here.
    #[error("unknown column {column:?}{} (columns: {})", nearest.map(|name| format!(", did you mean `{name}`?")).unwrap_or_default(), COLUMNS.join(","))]
    UnknownColumn {
        /// As written.
        column: String,
        /// The likely one.
        nearest: Option<&'static str>,
    },
    /// The same column twice.
    #[error("column `{0}` appears twice (keep one)")]
    RepeatedColumn(String),
    /// A required column is not there.
    #[error("column `{0}` is missing (required: {req})", req = REQUIRED.join(", "))]
    MissingColumn(&'static str),
    /// The row cannot be split into fields.
    #[error("{0} (is the line cut off?)")]
    Malformed(String),
    /// A required field is empty.
    #[error("`{0}` is empty (every row needs one)")]
    EmptyField(&'static str),
    /// A line of the wide form with nothing in it.
    #[error("no region has a price on this line (fill one in, or take the line out)")]
    NoPrice,
    /// A name with characters that no meter or region has.
    #[error("{value:?} is not a {column} (letters, digits, `.`, `_`, `-`, such as {example})")]
    BadName {
        /// The column.
        column: &'static str,
        /// As written.
        value: String,
        /// A valid one.
        example: &'static str,
    },
    /// A unit that nothing is billed in.
    #[error(transparent)]
    Unit(#[from] crate::units::UnknownUnit),
    /// A number that is not one.
    #[error("`{column}` is {value:?}, which is not {expected}")]
    NotANumber {
        /// The column.
        column: &'static str,
        /// As written.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A confidence that does not exist.
    #[error("`confidence` is {0:?} (use high, medium or low)")]
    Confidence(String),
    /// Two rows for one tier.
    #[error("the same meter, region and tier stand on line {0} (remove one)")]
    Duplicate(u64),
    /// The first tier does not start at zero.
    #[error("the first tier of {meter} in {region} starts at {from}, not at 0 (add the row for the units below)")]
    FirstTier {
        /// Meter.
        meter: String,
        /// Region.
        region: String,
        /// Where it starts.
        from: Decimal,
    },
    /// Units that no tier prices.
    #[error("the tier starts at {from}, but the one before ends at {before} (line {line}): the units between have no price")]
    Gap {
        /// Where it starts.
        from: Decimal,
        /// Where the tier before ends.
        before: Decimal,
        /// The line of the tier before.
        line: u64,
    },
    /// Units that two tiers price.
    #[error("the tier starts at {from}, but the one before ends at {before} (line {line}): the tiers overlap")]
    Overlap {
        /// Where it starts.
        from: Decimal,
        /// Where the tier before ends, or "inf".
        before: String,
        /// The line of the tier before.
        line: u64,
    },
    /// A band with nothing in it.
    #[error("the tier ends at {to}, not above its start {from}")]
    EmptyTier {
        /// Start.
        from: Decimal,
        /// End.
        to: Decimal,
    },
    /// The last tier ends somewhere, and it is no free allowance.
    #[error("the last tier ends at {0}: the units beyond have no price (write `inf`)")]
    Open(Decimal),
    /// Tiers of one price in different units or with different allowances.
    #[error("tiers of one meter and region must have the same unit and free_allowance (see line {0})")]
    Mixed(u64),
    /// A free allowance that is none.
    #[error("`{0}` is a free allowance: it needs one row for region `any`, from 0 to its bound, at price 0")]
    Allowance(String),
    /// A price refers to an allowance that does not exist.
    #[error("no free allowance `{name}` is known (known: {known})")]
    UnknownAllowance {
        /// The name.
        name: String,
        /// The known ones.
        known: String,
    },
    /// A known meter in another unit.
    #[error("{meter} is priced per {unit} here, but it is counted in {known}")]
    OtherUnit {
        /// The meter.
        meter: String,
        /// The unit it is counted in.
        known: Unit,
        /// The unit of the row.
        unit: Unit,
    },
    /// A price refers to an allowance of something else.
    #[error("the free allowance `{name}` is counted in {allowance}, this price in {unit}")]
    AllowanceUnit {
        /// The name.
        name: String,
        /// The allowance's unit.
        allowance: Unit,
        /// The price's unit.
        unit: Unit,
    },
    /// A credit in dollars for a price with tiers.
    #[error("the free allowance `{0}` is a credit in dollars: a price that it covers has one tier")]
    CreditTiers(String),
    /// A star where none can stand.
    #[error("a `*` may only end the meter of a derived price (`F of METER.*`), and then both meters end in it")]
    Star,
    /// A fraction beyond reason.
    #[error("the fraction {0} is larger than 1000")]
    Fraction(Decimal),
    /// A derived price with tiers.
    #[error("a derived price (`F of METER`) has one tier from 0 to inf")]
    DerivedTiers,
}
