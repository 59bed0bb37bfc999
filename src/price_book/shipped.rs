//! One shipped price list: a meter's rows are found in its text by bisection and parsed when first asked for.
//!
//! The files are sorted by meter (a test checks it), so nothing needs to be read in advance: who prices Lambda does not pay for
//! the 35,000 prices of EC2. What was parsed stays for the life of the program.

use std::hash::BuildHasher;
use std::sync::{Arc, OnceLock};

use rustc_hash::FxBuildHasher;

use super::list::PriceList;
use super::tier::{Allowance, DerivedPrice, Price};

/// So many chains hold the parsed meters: short ones even where all 441 instance types were asked for in all ways to pay.
const CHAINS: usize = 64;

/// One shipped file.
#[derive(Debug)]
pub(super) struct ServiceFile {
    service: &'static str,
    path: &'static str,
    text: &'static str,
    meters: [OnceLock<Box<ParsedMeter>>; CHAINS],
    whole: OnceLock<PriceList>,
}

/// The prices of one meter, if the file has any, and the next meter that was asked for: a pattern that does not exist is asked
/// for as often as the prices that it might cover.
#[derive(Debug)]
struct ParsedMeter {
    meter: Box<str>,
    list: Option<PriceList>,
    next: OnceLock<Box<ParsedMeter>>,
}

impl ServiceFile {
    pub(super) const fn new(service: &'static str, path: &'static str, text: &'static str) -> Self {
        Self { service, path, text, meters: [const { OnceLock::new() }; CHAINS], whole: OnceLock::new() }
    }

    pub(super) fn service(&self) -> &'static str {
        self.service
    }

    #[cfg(test)]
    pub(super) fn path(&self) -> &'static str {
        self.path
    }

    /// The prices of one meter, in all regions.
    pub(super) fn meter(&self, meter: &str) -> Option<&PriceList> {
        let mut place = &self.meters[FxBuildHasher.hash_one(meter) as usize % CHAINS];
        loop {
            // Another thread may put another meter here in the meantime.
            let parsed = place.get_or_init(|| Box::new(self.parse_meter(meter)));
            if *parsed.meter == *meter {
                return parsed.list.as_ref();
            }
            place = &parsed.next;
        }
    }

    fn parse_meter(&self, meter: &str) -> ParsedMeter {
        let list = self.rows_of(meter).map(|rows| self.parse(&[self.header(), rows].concat()));
        ParsedMeter { meter: meter.into(), list, next: OnceLock::new() }
    }

    fn parse(&self, text: &str) -> PriceList {
        PriceList::parse(self.path, text.as_bytes()).expect("a test parses every shipped file, so it has no problem")
    }

    /// The whole file: for lists of prices and for what to suggest in place of a missing one.
    fn whole(&self) -> &PriceList {
        self.whole.get_or_init(|| self.parse(self.text))
    }

    /// Every price.
    pub(super) fn prices(&self) -> impl Iterator<Item = &Arc<Price>> {
        self.whole().prices()
    }

    /// Every derived price.
    pub(super) fn derived(&self) -> impl Iterator<Item = &Arc<DerivedPrice>> {
        self.whole().derived()
    }

    /// The derived price with the longest pattern that covers the meter, such as `fee.*` for `fee.m7g.large`.
    pub(super) fn rule_for(&self, meter: &str, region: &str) -> Option<&Arc<DerivedPrice>> {
        let exact = self.meter(meter).and_then(|list| list.rule_for(meter, region));
        // A test makes sure that every pattern stands for whole segments.
        exact.or_else(|| {
            let dots = meter.rmatch_indices('.');
            let patterns = dots.map(|(dot, _)| format!("{}.*", &meter[..dot]));
            patterns.into_iter().find_map(|pattern| self.meter(&pattern)?.rule_for(meter, region))
        })
    }

    /// The free allowances, such as `lambda.free.requests`.
    pub(super) fn allowances(&self) -> impl Iterator<Item = &Arc<Allowance>> {
        let prefix = format!("{}.free.", self.service);
        let mut rest = self.rows_from(&prefix);
        let meters = std::iter::from_fn(move || {
            let meter = Some(first_field(rest)).filter(|meter| meter.starts_with(&prefix))?;
            rest = &rest[length_of_rows(rest, meter)..];
            Some(meter)
        });
        meters.filter_map(|meter| self.meter(meter)).flat_map(PriceList::allowances)
    }

    fn header(&self) -> &'static str {
        self.text.split_inclusive('\n').next().unwrap_or_default()
    }

    fn rows_of(&self, meter: &str) -> Option<&'static str> {
        let rows = self.rows_from(meter);
        let length = length_of_rows(rows, meter);
        (0 < length).then(|| &rows[..length])
    }

    /// The rows from the first one on whose meter is not below this one in the order of bytes.
    fn rows_from(&self, meter: &str) -> &'static str {
        let rows = &self.text[self.header().len()..];
        // Starts of lines: all rows before `low` are below the meter, none from `high` on.
        let (mut low, mut high) = (0, rows.len());
        while low < high {
            let before = &rows.as_bytes()[low..low + (high - low) / 2];
            let line = low + before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
            if first_field(&rows[line..]) < meter {
                low = line + length_of_line(&rows[line..]);
            } else {
                high = line;
            }
        }
        &rows[low..]
    }
}

fn first_field(rows: &'static str) -> &'static str {
    rows.split(',').next().unwrap_or_default()
}

/// How long the rows of this meter are at the start of `rows`.
fn length_of_rows(rows: &'static str, meter: &str) -> usize {
    let mut length = 0;
    while length < rows.len() && first_field(&rows[length..]) == meter {
        length += length_of_line(&rows[length..]);
    }
    length
}

fn length_of_line(rows: &str) -> usize {
    rows.find('\n').map_or(rows.len(), |newline| newline + 1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::price_book::bundled::{AS_OF, BUNDLED, DOCUMENTS};
    use crate::price_book::source_notes;
    use crate::units::{Decimal, grouped};

    fn all_files() -> impl Iterator<Item = &'static ServiceFile> {
        BUNDLED.iter().chain(DOCUMENTS)
    }

    /// The proof behind the `expect` above, and the checks that only a shipped file must pass.
    #[test]
    fn every_shipped_file_parses_and_names_known_sources() {
        let sources: BTreeSet<String> = source_notes().into_iter().map(|note| note.source).collect();
        for file in all_files() {
            let list = PriceList::parse(file.path, file.text.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
            let list = list.check_against(&[], |_, _| None).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(list.services(), BTreeSet::from([file.service]), "{}", file.path);
            for price in list.prices() {
                for tier in price.tiers() {
                    let provenance = &tier.provenance;
                    assert!(sources.contains(&provenance.source), "{}: source {}", file.path, provenance.source);
                    let date = provenance.source_date.as_deref().unwrap_or("");
                    assert!(date <= AS_OF.trim() || !file.path.contains("/aws/"), "{}: {provenance:?}", file.path);
                }
            }
            for rule in list.derived().filter(|rule| rule.meter().contains('*')) {
                assert!(rule.meter().ends_with(".*"), "{}: {}", file.path, rule.meter());
            }
        }
    }

    #[test]
    fn the_page_about_prices_counts_every_file() {
        let page = include_str!("../../pricing/README.md");
        for file in all_files() {
            let name = file.path.trim_start_matches("pricing/");
            let row = format!("| `{name}` | {} |", grouped(Decimal::from(file.whole().len())));
            assert!(page.contains(&row), "pricing/README.md lacks {row}");
        }
    }

    #[test]
    fn every_row_of_every_shipped_file_is_found() {
        for file in all_files() {
            let meters: Vec<&str> = file.text.lines().skip(1).map(first_field).collect();
            assert!(meters.is_sorted(), "{} is sorted by meter", file.path);
            let meters: BTreeSet<&str> = meters.into_iter().collect();
            let found: usize = meters.iter().map(|meter| file.meter(meter).map_or(0, PriceList::len)).sum();
            assert_eq!(found, file.whole().len(), "{}", file.path);
            assert_eq!(file.allowances().count(), file.whole().allowances().count(), "{}", file.path);
            let around = meters.iter().flat_map(|meter| [format!("{meter}.none"), meter[..meter.len() - 1].to_owned()]);
            for meter in around.chain(["".to_owned(), "a".to_owned(), "~".to_owned()]) {
                assert_eq!(file.meter(&meter).is_some(), meters.contains(meter.as_str()), "{} {meter}", file.path);
            }
        }
    }

    #[test]
    fn the_longest_pattern_that_covers_a_meter_is_its_rule() {
        static FILE: ServiceFile = ServiceFile::new(
            "m",
            "m.csv",
            "meter,region,unit,price_usd\nm.*,any,request,0.1 of n.*\nm.fee.*,any,request,0.2 of n.*\nm.fee.b,any,request,0.3 of n.b\n",
        );
        let fraction = |meter| FILE.rule_for(meter, "any").map(|rule| rule.fraction().to_string());
        assert_eq!(fraction("m.x").as_deref(), Some("0.1"));
        assert_eq!(fraction("m.fee.a.large").as_deref(), Some("0.2"));
        assert_eq!(fraction("m.fee.b").as_deref(), Some("0.3"));
        assert_eq!(FILE.rule_for("m.x", "us-east-1"), None);
    }
}
