//! One price list: rows joined into prices, found by meter and region.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::ANY_REGION;
use super::csv::{Rate, Row, read_rows};
use super::problems::{PriceFileError, PriceFileProblem, Problems};
use super::tier::{Allowance, DerivedPrice, Price, Tier};
use crate::units::Unit;

/// The prices of one file, or of one meter of a shipped file.
#[derive(Debug)]
pub(super) struct PriceList {
    file: String,
    by_meter: FxHashMap<Arc<str>, FxHashMap<Arc<str>, Arc<Price>>>,
    derived: Vec<Arc<DerivedPrice>>,
    allowances: FxHashMap<Arc<str>, Arc<Allowance>>,
    /// What the rows state, to be compared with the lists below.
    stated: Vec<Stated>,
    /// Whether the file has the column `free_allowance`.
    states_allowances: bool,
}

/// What the first row of a price or rule states.
#[derive(Debug)]
struct Stated {
    line: u64,
    meter: Arc<str>,
    region: Arc<str>,
    unit: Unit,
    allowance: Option<Arc<str>>,
    tiers: usize,
}

impl PriceList {
    /// Parses a whole file and checks it, but for the allowances it names, which may be another list's.
    pub(super) fn parse(file: &str, text: &[u8]) -> Result<Self, PriceFileError> {
        let mut problems = Vec::new();
        let (mut rows, states_allowances) = read_rows(file, text, &mut problems);
        rows.sort_by(|one, other| {
            (&one.meter, &one.region, one.from, one.line).cmp(&(&other.meter, &other.region, other.from, other.line))
        });
        let mut list = Self {
            file: file.to_owned(),
            by_meter: FxHashMap::default(),
            derived: Vec::new(),
            allowances: FxHashMap::default(),
            stated: Vec::new(),
            states_allowances,
        };
        for group in rows.chunk_by(|one, other| one.meter == other.meter && one.region == other.region) {
            list.insert(group, &mut problems);
        }
        list.or_problems(problems)
    }

    fn or_problems(self, mut problems: Problems) -> Result<Self, PriceFileError> {
        if problems.is_empty() {
            return Ok(self);
        }
        problems.sort_by_key(|(line, _)| *line);
        Err(PriceFileError { file: self.file, problems })
    }

    /// Checks what the rows state against the lists below: allowances exist and count the same unit, and a meter that is known
    /// there (`unit_below`) is priced in its unit.
    pub(super) fn check_against(
        self,
        below: &[Arc<Allowance>],
        unit_below: impl Fn(&str, &str) -> Option<Unit>,
    ) -> Result<Self, PriceFileError> {
        let mut problems = Vec::new();
        for stated in &self.stated {
            if let Some(known) = unit_below(&stated.meter, &stated.region).filter(|known| *known != stated.unit) {
                problems.push((
                    stated.line,
                    PriceFileProblem::OtherUnit { meter: stated.meter.to_string(), known, unit: stated.unit },
                ));
            }
            if let Some(name) = &stated.allowance {
                let problem = self.allowance_problem(name, stated, below);
                problems.extend(problem.map(|problem| (stated.line, problem)));
            }
        }
        self.or_problems(problems)
    }

    fn allowance_problem(&self, name: &str, stated: &Stated, below: &[Arc<Allowance>]) -> Option<PriceFileProblem> {
        let (known, unit) = (|| self.allowances.values().chain(below), stated.unit);
        match known().find(|allowance| *allowance.meter == *name) {
            // How many units a dollar of credit pays for must not depend on how many are used.
            Some(found) if found.is_credit() && 1 < stated.tiers => Some(PriceFileProblem::CreditTiers(name.to_owned())),
            Some(found) if found.is_credit() || found.unit == unit => None,
            Some(found) => Some(PriceFileProblem::AllowanceUnit { name: name.to_owned(), allowance: found.unit, unit }),
            None => {
                let names: BTreeSet<&str> = known().map(|known| &*known.meter).collect();
                let known = names.into_iter().collect::<Vec<_>>().join(", ");
                Some(PriceFileProblem::UnknownAllowance { name: name.to_owned(), known })
            }
        }
    }

    /// Joins the sorted rows of one meter and region into a price, or reports why they do not fit together.
    fn insert(&mut self, rows: &[Row], problems: &mut Problems) {
        let Some(first) = rows.first() else { return };
        // The second word says it: `lambda.free.requests`.
        if first.meter.split('.').nth(1) == Some("free") {
            return self.insert_allowance(rows, problems);
        }
        let before = problems.len();
        check_tiers(rows, problems);
        if problems.len() > before {
            return;
        }
        let (meter, region) = (Arc::clone(&first.meter), Arc::clone(&first.region));
        self.stated.push(Stated {
            line: first.line,
            meter: Arc::clone(&meter),
            region: Arc::clone(&region),
            unit: first.unit,
            allowance: first.free_allowance.clone(),
            tiers: rows.len(),
        });
        if let Rate::Fraction { fraction, of, decimals } = &first.rate {
            let (of, provenance) = (of.clone(), Arc::clone(&first.provenance));
            let (fraction, decimals, free_allowance) = (*fraction, *decimals, first.free_allowance.clone());
            let (unit, states_allowance) = (first.unit, self.states_allowances);
            let rule = DerivedPrice { meter, region, unit, fraction, of, decimals, free_allowance, states_allowance, provenance };
            self.derived.push(Arc::new(rule));
            return;
        }
        let tiers = rows.iter().filter_map(|row| match row.rate {
            Rate::Usd(price) => Some(Tier { from: row.from, to: row.to, price, provenance: Arc::clone(&row.provenance) }),
            Rate::Fraction { .. } => None,
        });
        let (tiers, free_allowance, states_allowance) = (tiers.collect(), first.free_allowance.clone(), self.states_allowances);
        let price = Price { meter, region, unit: first.unit, tiers, free_allowance, states_allowance };
        let by_region = self.by_meter.entry(Arc::clone(&first.meter)).or_default();
        by_region.insert(Arc::clone(&first.region), Arc::new(price));
    }

    fn insert_allowance(&mut self, rows: &[Row], problems: &mut Problems) {
        match rows {
            [Row { meter, region, unit, from, to: Some(granted), rate: Rate::Usd(price), provenance, .. }]
                if **region == *ANY_REGION && from.is_zero() && price.is_zero() =>
            {
                let allowance =
                    Allowance { meter: Arc::clone(meter), unit: *unit, granted: *granted, provenance: Arc::clone(provenance) };
                self.allowances.insert(Arc::clone(meter), Arc::new(allowance));
            }
            [first, ..] => problems.push((first.line, PriceFileProblem::Allowance(first.meter.to_string()))),
            [] => {}
        }
    }

    pub(super) fn exact(&self, meter: &str, region: &str) -> Option<&Arc<Price>> {
        self.by_meter.get(meter)?.get(region)
    }

    /// The derived price of a meter with the longest pattern.
    pub(super) fn rule_for(&self, meter: &str, region: &str) -> Option<&Arc<DerivedPrice>> {
        let rules = self.derived.iter().filter(|rule| rule.covers(meter) && rule.region() == region);
        rules.max_by_key(|rule| rule.meter().len())
    }

    pub(super) fn derived(&self) -> impl Iterator<Item = &Arc<DerivedPrice>> {
        self.derived.iter()
    }

    pub(super) fn allowances(&self) -> impl Iterator<Item = &Arc<Allowance>> {
        self.allowances.values()
    }

    pub(super) fn prices(&self) -> impl Iterator<Item = &Arc<Price>> {
        self.by_meter.values().flat_map(FxHashMap::values)
    }

    pub(super) fn regions(&self) -> BTreeSet<&str> {
        self.prices().map(|price| price.region()).collect()
    }

    pub(super) fn services(&self) -> BTreeSet<&str> {
        let derived = self.derived.iter().map(|price| price.meter());
        let allowances = self.allowances.keys().map(|name| &**name);
        self.by_meter.keys().map(|meter| &**meter).chain(derived).chain(allowances).map(super::service_of).collect()
    }

    /// How many prices, derived prices and allowances it has.
    pub(super) fn len(&self) -> usize {
        self.prices().count() + self.derived.len() + self.allowances.len()
    }
}

/// Checks the sorted rows of one meter and region: from zero upward, no gap, no overlap, open at the end.
fn check_tiers(rows: &[Row], problems: &mut Problems) {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return };
    if !first.from.is_zero() {
        let problem =
            PriceFileProblem::FirstTier { meter: first.meter.to_string(), region: first.region.to_string(), from: first.from };
        problems.push((first.line, problem));
    }
    for (lower, upper) in rows.iter().zip(rows.iter().skip(1)) {
        problems.extend(tiers_apart(lower, upper).map(|problem| (upper.line, problem)));
        if upper.unit != first.unit || upper.free_allowance != first.free_allowance {
            problems.push((upper.line, PriceFileProblem::Mixed(first.line)));
        }
        if matches!(upper.rate, Rate::Fraction { .. }) != matches!(first.rate, Rate::Fraction { .. }) {
            problems.push((upper.line, PriceFileProblem::DerivedTiers));
        }
    }
    if let Some(end) = last.to {
        problems.push((last.line, PriceFileProblem::Open(end)));
    }
}

/// Why the upper of two neighboring tiers does not start where the lower ends.
fn tiers_apart(lower: &Row, upper: &Row) -> Option<PriceFileProblem> {
    let (from, line) = (upper.from, lower.line);
    match lower.to {
        _ if from == lower.from => Some(PriceFileProblem::Duplicate(line)),
        None => Some(PriceFileProblem::Overlap { from, before: "inf".to_owned(), line }),
        Some(end) if from < end => Some(PriceFileProblem::Overlap { from, before: end.to_string(), line }),
        Some(end) if end < from => Some(PriceFileProblem::Gap { from, before: end, line }),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::price_book::Confidence;
    use crate::units::Decimal;

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
        // A list cut off after its first tier must not make the rest free.
        check(&rows(&["m.a,r,0,5,request,0"]), "the last tier ends at 5");
        check(&rows(&["m.free.a,r,0,5,request,0"]), "is a free allowance: it needs one row for region `any`");
        check(&rows(&["m.free.a,any,0,inf,request,0"]), "is a free allowance");
        check(&rows(&["m.a.*,r,0,inf,request,1"]), "a `*` may only end the meter of a derived price");
        check(&rows(&["m.a.*,r,0,inf,request,0.1 of m.b"]), "a `*` may only end");
        check(&rows(&["m.a,r*,0,inf,request,1"]), "a `*` may only end");
        check(&rows(&["m.a.*,r,0,inf,request,1e9 of m.b.*"]), "larger than 1000");
        check(&rows(&["m.a,r,0,5,request,1"]), "the last tier ends at 5");
        check(&rows(&["m.a,r,5,5,request,1"]), "not above its start");
        check(&rows(&["m.a,r,0,5,request,1", "m.a,r,5,inf,GB,1"]), "same unit");
        check(&rows(&["m.a,r,0,5,request,0.1 of m.b"]), "has one tier");
        check(&rows(&["m.a,r,0,inf,request,0.1 of m.b rounded to 13"]), "is not rounded to a number of decimals from 0 to 12");
        check(&rows(&["m.a,r,0,inf,request,0.1 of m.b rounded to few"]), "`price_usd` is \"rounded to few\"");
        check(&rows(&["m.a,r,0,inf,request,0.1 of m.b rounded"]), "\"m.b rounded\" is not a meter");
        check("meter,region,unit,price_usd,confidence\nm.a,r,request,1,sure\n", "`confidence` is \"sure\"");
        check("meter,region,unit,price_usd\nm.a,r,request,\"1\n", "my.csv:2:");
    }

    #[test]
    fn a_wide_list_has_a_column_for_each_region() {
        let text = "meter,unit,confidence,us-east-1,eu-west-1\nm.a,instance-hour,high,0.10,\nm.a,instance-hour,low,,0.12\n\
                    m.fee.*,instance-hour,high,,0.5 of m.*\n";
        let list = PriceList::parse("my.csv", text.as_bytes()).unwrap();
        let price =
            |region| list.exact("m.a", region).map(|price| (price.tiers()[0].price, price.tiers()[0].provenance.confidence));
        assert_eq!(price("us-east-1"), Some((Decimal::new(10, 2), Confidence::High)));
        assert_eq!(price("eu-west-1"), Some((Decimal::new(12, 2), Confidence::Low)));
        assert_eq!((list.exact("m.a", "eu-west-2"), list.derived().count(), list.len()), (None, 1, 3));
    }

    #[test]
    fn every_way_to_be_wrong_in_a_wide_list_is_named() {
        check("meter,unit\nm.a,request\n", "column `region` is missing");
        check("meter,unit,r,r\nm.a,request,1,1\n", "column `r` appears twice");
        check("meter,unit,us east\nm.a,request,1\n", "my.csv:1: \"us east\" is not a region");
        check("meter,unit,r*\nm.a,request,1\n", "my.csv:1: a `*` may only end");
        check("meter,unit,r,s\nm.a,request,,\n", "my.csv:2: no region has a price on this line");
        check("meter,unit,r,s\nm.a,request,1,\nm.a,request,2,3\n", "my.csv:3: the same meter, region and tier stand on line 2");
        check("meter,unit,r,s\nm.a,request,1,x\n", "`price_usd` is \"x\"");
        check("meter,unit,tier_from,r\nm.a,request,0,1\n", "unknown column \"r\"");
    }

    #[test]
    fn a_credit_in_dollars_covers_flat_prices_in_any_unit() {
        let head = "meter,region,tier_from,tier_to,unit,price_usd,free_allowance\nm.free.credit,any,0,30,USD,0,\n";
        let check_rows = |rows: &str| {
            PriceList::parse("my.csv", format!("{head}{rows}").as_bytes())?.check_against(&[], |_, _| None).map(|list| list.len())
        };
        assert_eq!(check_rows("m.a,r,0,inf,request,1,m.free.credit\nm.b,r,0,inf,GB,2,m.free.credit\n"), Ok(3));
        let tiers = check_rows("m.a,r,0,5,request,1,m.free.credit\nm.a,r,5,inf,request,0.5,m.free.credit\n");
        let error = tiers.unwrap_err().to_string();
        assert_eq!(
            error,
            "my.csv:3: the free allowance `m.free.credit` is a credit in dollars: a price that it covers has one tier"
        );
    }

    #[test]
    fn line_numbers_count_every_line_of_the_file() {
        check("meter,region,unit,price_usd\r\nm.a,r,request,x\r\n", "my.csv:2: ");
        check("meter,region,unit,price_usd\r\nm.a,r,request,1\r\nm.b,r,request,x\r\n", "my.csv:3: ");
        check("meter,region,unit,price_usd\n\n\nm.a,r,request,x\n", "my.csv:4: ");
        check("# mine\nmeter,region,unit,price_usd\n# more, words\n\nm.a,r,request,1\nm.b,r,request\n", "my.csv:6: ");
    }

    #[test]
    fn all_problems_are_reported_at_once() {
        let error = PriceList::parse("my.csv", rows(&["m.a,r,0,inf,furlong,1", "m.b,r,0,inf,request,x"]).as_bytes()).unwrap_err();
        assert_eq!(error.to_string().lines().count(), 2);
    }
}
