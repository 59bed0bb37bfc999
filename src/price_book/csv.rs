//! A price list's CSV as rows, each checked by itself. How rows fit together is for [`super::list`].
//!
//! A list has one of two forms. In the long one a line is a price of one region. In the wide one a line is a meter with a
//! column for each region, as long lists of machines are written: 36 regions of an instance type repeat nothing but the price.

use std::sync::Arc;

use super::problems::{COLUMNS, LONG_FORM, PriceFileProblem, Problems, REQUIRED};
use super::tier::{Confidence, Provenance};
use crate::settings::nearest;
use crate::units::{Decimal, Unit};

/// One row, checked by itself.
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) meter: Arc<str>,
    pub(super) region: Arc<str>,
    pub(super) unit: Unit,
    pub(super) free_allowance: Option<Arc<str>>,
    pub(super) from: Decimal,
    pub(super) to: Option<Decimal>,
    pub(super) rate: Rate,
    pub(super) provenance: Arc<Provenance>,
}

/// What one unit costs, as written.
pub(super) enum Rate {
    Usd(Decimal),
    Fraction { fraction: Decimal, of: Arc<str>, decimals: Option<u32> },
}

/// The rows, and whether the file has the column `free_allowance`.
pub(super) fn read_rows(file: &str, text: &[u8], problems: &mut Problems) -> (Vec<Row>, bool) {
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
    let mut lines = Lines { text, byte: 0, line: 1, in_comment: false };
    let mut provenances = Provenances { file, known: Vec::new() };
    let mut rows = Vec::new();
    let mut record = csv::StringRecord::new();
    let mut any = false;
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {
                any = true;
                let line = lines.of(record.position());
                if let Err(problem) = read_line(line, &columns, &record, &mut provenances, &mut rows) {
                    problems.push((line, problem));
                }
            }
            Err(error) => {
                any = true;
                problems.push((lines.of(error.position()), malformed(&error)));
            }
        }
    }
    if !any {
        problems.push((1, PriceFileProblem::NoRows));
    }
    (rows, columns.place("free_allowance").is_some())
}

/// The line of each record. The reader's own count stands before the line ends, blank lines and comments that it skips.
struct Lines<'t> {
    text: &'t [u8],
    byte: usize,
    line: u64,
    in_comment: bool,
}

impl Lines<'_> {
    /// Positions must come in order.
    fn of(&mut self, position: Option<&csv::Position>) -> u64 {
        let reached = position.and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(self.byte);
        while let Some(byte) = self.text.get(self.byte) {
            let line_starts = self.byte == 0 || self.text[self.byte - 1] == b'\n';
            self.in_comment = if line_starts { *byte == b'#' } else { self.in_comment };
            if reached <= self.byte && !byte.is_ascii_whitespace() && !self.in_comment {
                break;
            }
            self.line += u64::from(*byte == b'\n');
            self.byte += 1;
        }
        self.line
    }
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
    /// The columns of the wide form that are regions; none in the long form.
    regions: Vec<(usize, Arc<str>)>,
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Self, PriceFileProblem> {
        // A spreadsheet may have put a byte-order mark before the first name.
        let names: Vec<&str> = header.iter().map(|name| name.trim_start_matches('\u{feff}').trim()).collect();
        let wide =
            !names.iter().any(|name| LONG_FORM.contains(name)) && ["meter", "unit"].iter().all(|name| names.contains(name));
        let mut columns = Self { places: [None; COLUMNS.len()], regions: Vec::new() };
        for (place, name) in names.into_iter().enumerate() {
            match COLUMNS.iter().position(|column| *column == name) {
                Some(known) if columns.places[known].replace(place).is_some() => {
                    return Err(PriceFileProblem::RepeatedColumn(COLUMNS[known].to_owned()));
                }
                Some(_) => {}
                None if wide => columns.add_region(place, name)?,
                None => return Err(PriceFileProblem::UnknownColumn { column: name.to_owned(), nearest: nearest(name, COLUMNS) }),
            }
        }
        if !columns.regions.is_empty() {
            return Ok(columns);
        }
        match REQUIRED.into_iter().find(|name| columns.place(name).is_none()) {
            Some(name) => Err(PriceFileProblem::MissingColumn(name)),
            None => Ok(columns),
        }
    }

    fn add_region(&mut self, place: usize, name: &str) -> Result<(), PriceFileProblem> {
        let region = checked_name("region", name, "us-east-1, or any")?;
        if region.contains('*') {
            return Err(PriceFileProblem::Star);
        }
        if self.regions.iter().any(|(_, known)| *known == region) {
            return Err(PriceFileProblem::RepeatedColumn(region.to_string()));
        }
        self.regions.push((place, region));
        Ok(())
    }

    fn place(&self, name: &str) -> Option<usize> {
        COLUMNS.iter().position(|column| *column == name).and_then(|known| self.places[known])
    }

    /// The field, or nothing when the column is not there or the field is empty.
    fn field<'r>(&self, record: &'r csv::StringRecord, name: &str) -> Option<&'r str> {
        self.place(name).and_then(|place| filled(record, place))
    }

    fn required<'r>(&self, record: &'r csv::StringRecord, name: &'static str) -> Result<&'r str, PriceFileProblem> {
        self.field(record, name).ok_or(PriceFileProblem::EmptyField(name))
    }

    /// The regions of a line with the price in each, as written.
    fn prices<'r>(&self, record: &'r csv::StringRecord) -> Result<Vec<(Arc<str>, &'r str)>, PriceFileProblem> {
        if self.regions.is_empty() {
            let region = checked_name("region", self.required(record, "region")?, "us-east-1, or any")?;
            return Ok(vec![(region, self.required(record, "price_usd")?)]);
        }
        let priced = self.regions.iter().filter_map(|(place, region)| Some((Arc::clone(region), filled(record, *place)?)));
        let priced: Vec<_> = priced.collect();
        if priced.is_empty() { Err(PriceFileProblem::NoPrice) } else { Ok(priced) }
    }
}

fn filled(record: &csv::StringRecord, place: usize) -> Option<&str> {
    record.get(place).map(str::trim).filter(|field| !field.is_empty())
}

/// Reads a line: one row, or in the wide form one for each region that has a price.
fn read_line(
    line: u64,
    columns: &Columns,
    record: &csv::StringRecord,
    provenances: &mut Provenances<'_>,
    rows: &mut Vec<Row>,
) -> Result<(), PriceFileProblem> {
    let meter = checked_name("meter", columns.required(record, "meter")?, "lambda.duration.x86_64")?;
    let prices = columns.prices(record)?;
    let unit = columns.required(record, "unit")?.parse()?;
    let (from, to) = read_tier(columns, record)?;
    let provenance = provenances.of(columns, record)?;
    let free_allowance = columns.field(record, "free_allowance").map(Arc::from);
    for (region, price) in prices {
        let rate = read_rate(price)?;
        if matches!(rate, Rate::Fraction { .. }) && (!from.is_zero() || to.is_some()) {
            return Err(PriceFileProblem::DerivedTiers);
        }
        let stars = match &rate {
            Rate::Fraction { of, .. } => meter.ends_with('*') == of.ends_with('*') && !region.contains('*'),
            Rate::Usd(_) => !meter.contains('*') && !region.contains('*'),
        };
        if !stars {
            return Err(PriceFileProblem::Star);
        }
        let (meter, free_allowance, provenance) = (Arc::clone(&meter), free_allowance.clone(), Arc::clone(&provenance));
        rows.push(Row { line, meter, region, unit, free_allowance, from, to, rate, provenance });
    }
    Ok(())
}

/// The band of a line; all units where none is written.
fn read_tier(columns: &Columns, record: &csv::StringRecord) -> Result<(Decimal, Option<Decimal>), PriceFileProblem> {
    let from =
        columns.field(record, "tier_from").map_or(Ok(Decimal::ZERO), |text| number("tier_from", text, "a number from 0"))?;
    let to = match columns.field(record, "tier_to") {
        None | Some("inf") => None,
        Some(text) => Some(number("tier_to", text, "a number or `inf`")?),
    };
    match to.filter(|to| *to <= from) {
        Some(to) => Err(PriceFileProblem::EmptyTier { from, to }),
        None => Ok((from, to)),
    }
}

fn checked_name(column: &'static str, value: &str, example: &'static str) -> Result<Arc<str>, PriceFileProblem> {
    let fits = value.len() <= 120 && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-*".contains(&byte));
    let star_is_last = value.find('*').is_none_or(|place| place + 1 == value.len());
    if fits && star_is_last {
        return Ok(Arc::from(value));
    }
    Err(PriceFileProblem::BadName { column, value: value.chars().take(60).collect(), example })
}

/// 10^15: a price or bound beyond it is a typing mistake. Times the largest fraction or discount it is still far from overflow.
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
    let Some((fraction, of)) = text.split_once(" of ") else {
        return number("price_usd", text, expected).map(Rate::Usd);
    };
    let (of, decimals) = match of.split_once(" rounded to ") {
        None => (of, None),
        Some((of, decimals)) => (of, Some(read_decimals(decimals.trim())?)),
    };
    let of = checked_name("meter", of.trim(), "ec2.linux.on_demand.*")?;
    let fraction = number("price_usd", fraction.trim(), expected)?;
    if fraction > Decimal::ONE_THOUSAND {
        return Err(PriceFileProblem::Fraction(fraction));
    }
    Ok(Rate::Fraction { fraction, of, decimals })
}

fn read_decimals(text: &str) -> Result<u32, PriceFileProblem> {
    let most = 12;
    let decimals = text.parse().ok().filter(|decimals| *decimals <= most);
    decimals.ok_or_else(|| PriceFileProblem::NotANumber {
        column: "price_usd",
        value: format!("rounded to {}", text.chars().take(60).collect::<String>()),
        expected: "rounded to a number of decimals from 0 to 12 (such as `0.12 of ec2.linux.on_demand.* rounded to 6`)",
    })
}
