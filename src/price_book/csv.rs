//! Price lists as CSV: parsed strictly, with every problem reported by file and line.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::tier::{Confidence, DerivedPrice, Price, Provenance, Tier};
use crate::settings::nearest;
use crate::units::{Decimal, Unit};

/// The columns of a price list; `pricing/README.md` explains them.
const COLUMNS: [&str; 11] = [
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
const REQUIRED: [&str; 4] = ["meter", "region", "unit", "price_usd"];

/// At most so many problems are listed; a wrong file would otherwise fill the screen.
const MOST_PROBLEMS: usize = 20;

/// A price list that cannot be used, with its problems in order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct PriceFileError {
    file: String,
    problems: Vec<(u64, PriceFileProblem)>,
}

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
    RepeatedColumn(&'static str),
    /// A required column is not there.
    #[error("column `{0}` is missing (required: {req})", req = REQUIRED.join(", "))]
    MissingColumn(&'static str),
    /// The row cannot be split into fields.
    #[error("{0} (is the line cut off?)")]
    Malformed(String),
    /// A required field is empty.
    #[error("`{0}` is empty (every row needs one)")]
    EmptyField(&'static str),
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
    /// A derived price with tiers.
    #[error("a derived price (`F of METER`) has one tier from 0 to inf")]
    DerivedTiers,
}

/// One row, checked by itself.
struct Row {
    line: u64,
    meter: String,
    region: String,
    unit: Unit,
    free_allowance: Option<String>,
    from: Decimal,
    to: Option<Decimal>,
    rate: Rate,
    provenance: Arc<Provenance>,
}

/// What one unit costs, as written.
enum Rate {
    Usd(Decimal),
    Fraction { fraction: Decimal, of: String },
}

/// The prices of one file, found by meter and region.
#[derive(Debug)]
pub(super) struct PriceList {
    by_meter: FxHashMap<String, FxHashMap<String, Arc<Price>>>,
    derived: Vec<Arc<DerivedPrice>>,
    /// Whether the file has the column `free_allowance`, so that an empty field means none.
    states_allowances: bool,
}

impl PriceList {
    /// Gives prices without a stated allowance the one that `below` knows: a negotiated price does not end the free tier.
    pub(super) fn inherit_allowances<'b>(&mut self, below: impl Fn(&str, &str) -> Option<&'b str>) {
        if self.states_allowances {
            return;
        }
        for price in self.by_meter.values_mut().flat_map(FxHashMap::values_mut) {
            if let Some(allowance) = below(&price.meter, &price.region) {
                Arc::make_mut(price).free_allowance = Some(allowance.to_owned());
            }
        }
    }

    /// Parses and checks a whole file.
    pub(super) fn parse(file: &str, text: &[u8]) -> Result<Self, PriceFileError> {
        let mut problems = Vec::new();
        let (mut rows, states_allowances) = read_rows(file, text, &mut problems);
        rows.sort_by(|one, other| {
            (&one.meter, &one.region, one.from, one.line).cmp(&(&other.meter, &other.region, other.from, other.line))
        });
        let mut list = Self { by_meter: FxHashMap::default(), derived: Vec::new(), states_allowances };
        for group in rows.chunk_by(|one, other| one.meter == other.meter && one.region == other.region) {
            list.insert(group, &mut problems);
        }
        if problems.is_empty() {
            return Ok(list);
        }
        problems.sort_by_key(|(line, _)| *line);
        Err(PriceFileError { file: file.to_owned(), problems })
    }

    /// Joins the sorted rows of one meter and region into a price, or reports why they do not fit together.
    fn insert(&mut self, rows: &[Row], problems: &mut Problems) {
        let before = problems.len();
        check_tiers(rows, problems);
        let Some(first) = rows.first().filter(|_| problems.len() == before) else { return };
        let (meter, region, unit) = (first.meter.clone(), first.region.clone(), first.unit);
        if let Rate::Fraction { fraction, of } = &first.rate {
            let (fraction, of, provenance) = (*fraction, of.clone(), Arc::clone(&first.provenance));
            self.derived.push(Arc::new(DerivedPrice { meter, region, unit, fraction, of, provenance }));
            return;
        }
        let tiers = rows.iter().filter_map(|row| match row.rate {
            Rate::Usd(price) => Some(Tier { from: row.from, to: row.to, price, provenance: Arc::clone(&row.provenance) }),
            Rate::Fraction { .. } => None,
        });
        let price = Arc::new(Price { meter, region, unit, tiers: tiers.collect(), free_allowance: first.free_allowance.clone() });
        match self.by_meter.get_mut(&price.meter) {
            Some(regions) => drop(regions.insert(price.region.clone(), price)),
            None => drop(self.by_meter.insert(price.meter.clone(), FxHashMap::from_iter([(price.region.clone(), price)]))),
        }
    }

    pub(super) fn exact(&self, meter: &str, region: &str) -> Option<&Arc<Price>> {
        self.by_meter.get(meter)?.get(region)
    }

    pub(super) fn derived(&self) -> impl Iterator<Item = &Arc<DerivedPrice>> {
        self.derived.iter()
    }

    pub(super) fn prices(&self) -> impl Iterator<Item = &Arc<Price>> {
        self.by_meter.values().flat_map(FxHashMap::values)
    }

    pub(super) fn regions(&self) -> BTreeSet<&str> {
        self.prices().map(|price| price.region.as_str()).collect()
    }

    pub(super) fn services(&self) -> BTreeSet<&str> {
        let derived = self.derived.iter().map(|price| price.meter.as_str());
        self.by_meter.keys().map(String::as_str).chain(derived).map(super::service_of).collect()
    }
}

type Problems = Vec<(u64, PriceFileProblem)>;

/// The rows, and whether the file has the column `free_allowance`.
fn read_rows(file: &str, text: &[u8], problems: &mut Problems) -> (Vec<Row>, bool) {
    if let Some(line) = open_quote(text) {
        problems.push((line, PriceFileProblem::Malformed("a quote is opened and never closed".to_owned())));
        return (Vec::new(), false);
    }
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text);
    let columns = match reader.headers() {
        Ok(header) if header.iter().all(|name| name.trim().is_empty()) => {
            problems.push((1, PriceFileProblem::Empty));
            return (Vec::new(), false);
        }
        Ok(header) => match Columns::of(header) {
            Ok(columns) => columns,
            Err(problem) => {
                problems.push((1, problem));
                return (Vec::new(), false);
            }
        },
        Err(error) => {
            problems.push((1, malformed(&error)));
            return (Vec::new(), false);
        }
    };
    let mut provenances = Provenances { file, known: Vec::new() };
    let mut rows = Vec::new();
    let mut record = csv::StringRecord::new();
    let mut any = false;
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {
                any = true;
                let line = record.position().map_or(0, csv::Position::line);
                match read_row(line, &columns, &record, &mut provenances) {
                    Ok(row) => rows.push(row),
                    Err(problem) => problems.push((line, problem)),
                }
            }
            Err(error) => {
                any = true;
                problems.push((error.position().map_or(0, csv::Position::line), malformed(&error)));
            }
        }
    }
    if !any {
        problems.push((1, PriceFileProblem::NoRows));
    }
    (rows, columns.place("free_allowance").is_some())
}

/// Rows of one source share its provenance; most files have a handful, and neighbors mostly the same.
struct Provenances<'f> {
    file: &'f str,
    known: Vec<Arc<Provenance>>,
}

impl Provenances<'_> {
    fn of(&mut self, columns: &Columns, record: &csv::StringRecord) -> Result<Arc<Provenance>, PriceFileProblem> {
        let source = columns.field(record, "source").unwrap_or(self.file);
        let (source_date, effective) = (columns.field(record, "source_date"), columns.field(record, "effective"));
        let confidence = columns.field(record, "confidence").unwrap_or("high");
        let same = |known: &&Arc<Provenance>| {
            known.source == source
                && known.source_date.as_deref() == source_date
                && known.effective.as_deref() == effective
                && known.confidence.name() == confidence
        };
        if let Some(known) = self.known.iter().rev().find(same) {
            return Ok(Arc::clone(known));
        }
        let provenance = Arc::new(Provenance {
            source: source.to_owned(),
            source_date: source_date.map(str::to_owned),
            effective: effective.map(str::to_owned),
            confidence: confidence.parse::<Confidence>().map_err(|()| PriceFileProblem::Confidence(confidence.to_owned()))?,
        });
        self.known.push(Arc::clone(&provenance));
        Ok(provenance)
    }
}

/// The line of a quote without its partner. The CSV reader would take the rest of the file as one field.
fn open_quote(text: &[u8]) -> Option<u64> {
    let quotes = text.iter().filter(|byte| **byte == b'"').count();
    let last = text.iter().rposition(|byte| *byte == b'"').filter(|_| quotes % 2 == 1)?;
    Some(1 + text[..last].iter().filter(|byte| **byte == b'\n').count() as u64)
}

fn malformed(error: &csv::Error) -> PriceFileProblem {
    PriceFileProblem::Malformed(match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("the row has {len} fields, the header {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "the row is not UTF-8 text".to_owned(),
        _ => "the row cannot be read".to_owned(),
    })
}

/// Where each known column stands in this file.
struct Columns {
    places: [Option<usize>; COLUMNS.len()],
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Self, PriceFileProblem> {
        let mut places = [None; COLUMNS.len()];
        for (place, name) in header.iter().enumerate() {
            // A spreadsheet may have put a byte-order mark before the first name.
            let name = name.trim_start_matches('\u{feff}').trim();
            let Some(known) = COLUMNS.iter().position(|column| *column == name) else {
                return Err(PriceFileProblem::UnknownColumn { column: name.to_owned(), nearest: nearest(name, COLUMNS) });
            };
            if places[known].replace(place).is_some() {
                return Err(PriceFileProblem::RepeatedColumn(COLUMNS[known]));
            }
        }
        let columns = Self { places };
        match REQUIRED.into_iter().find(|name| columns.place(name).is_none()) {
            Some(name) => Err(PriceFileProblem::MissingColumn(name)),
            None => Ok(columns),
        }
    }

    fn place(&self, name: &str) -> Option<usize> {
        COLUMNS.iter().position(|column| *column == name).and_then(|known| self.places[known])
    }

    /// The field, or nothing when the column is not there or the field is empty.
    fn field<'r>(&self, record: &'r csv::StringRecord, name: &str) -> Option<&'r str> {
        self.place(name).and_then(|place| record.get(place)).map(str::trim).filter(|field| !field.is_empty())
    }

    fn required<'r>(&self, record: &'r csv::StringRecord, name: &'static str) -> Result<&'r str, PriceFileProblem> {
        self.field(record, name).ok_or(PriceFileProblem::EmptyField(name))
    }
}

fn read_row(
    line: u64,
    columns: &Columns,
    record: &csv::StringRecord,
    provenances: &mut Provenances<'_>,
) -> Result<Row, PriceFileProblem> {
    let meter = checked_name("meter", columns.required(record, "meter")?, "lambda.duration.x86_64")?;
    let region = checked_name("region", columns.required(record, "region")?, "us-east-1, or any")?;
    let unit = columns.required(record, "unit")?.parse()?;
    let from =
        columns.field(record, "tier_from").map_or(Ok(Decimal::ZERO), |text| number("tier_from", text, "a number from 0"))?;
    let to = match columns.field(record, "tier_to") {
        None | Some("inf") => None,
        Some(text) => Some(number("tier_to", text, "a number or `inf`")?),
    };
    if let Some(to) = to.filter(|to| *to <= from) {
        return Err(PriceFileProblem::EmptyTier { from, to });
    }
    let rate = read_rate(columns.required(record, "price_usd")?)?;
    if matches!(rate, Rate::Fraction { .. }) && (!from.is_zero() || to.is_some()) {
        return Err(PriceFileProblem::DerivedTiers);
    }
    let provenance = provenances.of(columns, record)?;
    let free_allowance = columns.field(record, "free_allowance").map(str::to_owned);
    Ok(Row { line, meter, region, unit, free_allowance, from, to, rate, provenance })
}

fn checked_name(column: &'static str, value: &str, example: &'static str) -> Result<String, PriceFileProblem> {
    let fits = value.len() <= 120 && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-*".contains(&byte));
    let star_is_last = value.find('*').is_none_or(|place| place + 1 == value.len());
    if fits && star_is_last {
        return Ok(value.to_owned());
    }
    Err(PriceFileProblem::BadName { column, value: value.chars().take(60).collect(), example })
}

/// 10^15: a price or bound beyond it is a typing mistake, and below it no product of two overflows.
const MOST: Decimal = Decimal::from_parts(0xA4C6_8000, 0x0003_8D7E, 0, false, 0);

/// A non-negative decimal in plain or scientific notation, exact.
fn number(column: &'static str, text: &str, expected: &'static str) -> Result<Decimal, PriceFileProblem> {
    let parsed = if text.contains(['e', 'E']) { Decimal::from_scientific(text) } else { Decimal::from_str_exact(text) };
    parsed.ok().filter(|number| !number.is_sign_negative() && *number <= MOST).ok_or_else(|| PriceFileProblem::NotANumber {
        column,
        value: text.chars().take(60).collect(),
        expected,
    })
}

fn read_rate(text: &str) -> Result<Rate, PriceFileProblem> {
    let expected =
        "a price in dollars from 0 (such as 0.0000166667) or a fraction of a meter (such as `0.15 of ec2.linux.on_demand.*`)";
    match text.split_once(" of ") {
        None => number("price_usd", text, expected).map(Rate::Usd),
        Some((fraction, of)) => {
            let of = checked_name("meter", of.trim(), "ec2.linux.on_demand.*")?;
            Ok(Rate::Fraction { fraction: number("price_usd", fraction.trim(), expected)?, of })
        }
    }
}

/// Checks the sorted rows of one meter and region: from zero upward, no gap, no overlap, open at the end.
fn check_tiers(rows: &[Row], problems: &mut Problems) {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return };
    if !first.from.is_zero() {
        let problem = PriceFileProblem::FirstTier { meter: first.meter.clone(), region: first.region.clone(), from: first.from };
        problems.push((first.line, problem));
    }
    for (lower, upper) in rows.iter().zip(rows.iter().skip(1)) {
        let from = upper.from;
        let problem = match lower.to {
            _ if from == lower.from => Some(PriceFileProblem::Duplicate(lower.line)),
            None => Some(PriceFileProblem::Overlap { from, before: "inf".to_owned(), line: lower.line }),
            Some(end) if from < end => Some(PriceFileProblem::Overlap { from, before: end.to_string(), line: lower.line }),
            Some(end) if end < from => Some(PriceFileProblem::Gap { from, before: end, line: lower.line }),
            Some(_) => None,
        };
        problems.extend(problem.map(|problem| (upper.line, problem)));
        if upper.unit != first.unit || upper.free_allowance != first.free_allowance {
            problems.push((upper.line, PriceFileProblem::Mixed(first.line)));
        }
        if matches!(upper.rate, Rate::Fraction { .. }) != matches!(first.rate, Rate::Fraction { .. }) {
            problems.push((upper.line, PriceFileProblem::DerivedTiers));
        }
    }
    // An allowance is a band at zero that ends: what lies beyond is priced by the meters it covers.
    let is_allowance = rows.len() == 1 && matches!(last.rate, Rate::Usd(price) if price.is_zero());
    if let Some(end) = last.to.filter(|_| !is_allowance) {
        problems.push((last.line, PriceFileProblem::Open(end)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "meter,region,tier_from,tier_to,unit,price_usd";

    fn check(text: &str, expected: &str) {
        let error = PriceList::parse("my.csv", text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error:?} lacks {expected:?}");
    }

    fn rows(rows: &[&str]) -> String {
        std::iter::once(HEADER).chain(rows.iter().copied()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_short_list_of_ones_own_is_enough() {
        let list = PriceList::parse("my.csv", b"meter,region,unit,price_usd\nlambda.requests.x86_64,us-east-1,request,1.5e-7\n")
            .unwrap();
        let price = list.exact("lambda.requests.x86_64", "us-east-1").unwrap();
        assert_eq!(price.tiers()[0].price, Decimal::new(15, 8));
        assert_eq!(price.tiers()[0].provenance.source, "my.csv");
    }

    #[test]
    fn every_way_to_be_wrong_names_file_line_and_remedy() {
        check("", "my.csv:1: the file is empty");
        check(HEADER, "has a header but no prices");
        check("meter,region,unit,prise_usd\n", "my.csv:1: unknown column \"prise_usd\", did you mean `price_usd`?");
        check("meter,region,unit\n", "column `price_usd` is missing");
        check("meter,meter,unit\n", "column `meter` appears twice");
        check(&rows(&["m.a,r,0,inf,request"]), "my.csv:2: the row has 5 fields, the header 6");
        check(&rows(&["m.a,r,0,inf,furlong,1"]), "my.csv:2: unknown unit \"furlong\" (known: request");
        check(&rows(&["m.a,r,0,inf,request,cheap"]), "my.csv:2: `price_usd` is \"cheap\", which is not a price");
        check(&rows(&["m.a,r,0,inf,request,-1"]), "is not a price in dollars from 0");
        check(&rows(&["m.a,r,0,inf,request,NaN"]), "is not a price");
        check(&rows(&[",r,0,inf,request,1"]), "`meter` is empty");
        check(&rows(&["m a,r,0,inf,request,1"]), "is not a meter");
        check(&rows(&["m.a,r,5,inf,request,1"]), "starts at 5, not at 0");
        check(
            &rows(&["m.a,r,0,5,request,1", "m.a,r,6,inf,request,1"]),
            "my.csv:3: the tier starts at 6, but the one before ends at 5 (line 2): the units between",
        );
        check(
            &rows(&["m.a,r,0,5,request,1", "m.a,r,4,inf,request,1"]),
            "my.csv:3: the tier starts at 4, but the one before ends at 5 (line 2): the tiers overlap",
        );
        check(
            &rows(&["m.a,r,0,inf,request,1", "m.a,r,0,inf,request,1"]),
            "my.csv:3: the same meter, region and tier stand on line 2",
        );
        check(&rows(&["m.a,r,0,inf,request,1", "m.a,r,7,inf,request,1"]), "overlap");
        check(&rows(&["m.a,r,0,5,request,1"]), "the last tier ends at 5");
        check(&rows(&["m.a,r,5,5,request,1"]), "not above its start");
        check(&rows(&["m.a,r,0,5,request,1", "m.a,r,5,inf,GB,1"]), "same unit");
        check(&rows(&["m.a,r,0,5,request,0.1 of m.b"]), "has one tier");
        check("meter,region,unit,price_usd,confidence\nm.a,r,request,1,sure\n", "`confidence` is \"sure\"");
        check("meter,region,unit,price_usd\nm.a,r,request,\"1\n", "my.csv:2:");
    }

    #[test]
    fn all_problems_are_reported_at_once() {
        let error = PriceList::parse("my.csv", rows(&["m.a,r,0,inf,furlong,1", "m.b,r,0,inf,request,x"]).as_bytes()).unwrap_err();
        assert_eq!(error.to_string().lines().count(), 2);
    }
}
