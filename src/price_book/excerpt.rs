//! The rows of a book that some usage needs, as one price list: to take along where the whole book is too much.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::list::PriceList;
use super::source::{BookSource, Entry};
use super::tier::{Allowance, DerivedPrice, Price, Provenance};
use super::{ANY_REGION, PriceBook, PriceFileError};
use crate::units::Share;

const HEADER: &str = "meter,region,tier_from,tier_to,unit,price_usd,free_allowance,effective,source,source_date,confidence\n";

/// A part of a price book that answers as the whole does, for the prices it was made for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Excerpt {
    /// The name of the whole book.
    pub name: String,
    /// The newest date its prices were checked against.
    pub as_of: Option<String>,
    /// The rows, in the long form of a price list.
    pub list: String,
    /// The regions that the user's own lists price.
    pub own_regions: BTreeSet<String>,
    /// The share taken off the prices of a service.
    pub discounts: Vec<(String, String)>,
    /// What the user's lists price that the lists below them do not know.
    pub unknown: Vec<String>,
    /// Free allowances that the account has used up elsewhere.
    pub used_up: Vec<String>,
}

impl PriceBook {
    /// The part of this book that prices these meters in these regions; what has no price is left out.
    ///
    /// ```
    /// # use millicent::price_book::PriceBook;
    /// let book = PriceBook::bundled();
    /// let excerpt = book.excerpt([("lambda.requests.arm64", "us-east-1")]);
    /// assert_eq!(excerpt.list.lines().count(), 3); // the header, the allowance, the price
    /// let part = PriceBook::from_excerpt(excerpt)?;
    /// let tiers = |book: &PriceBook| book.price("lambda.requests.arm64", "us-east-1").unwrap().price.tiers().to_vec();
    /// assert_eq!(tiers(&part), tiers(&book));
    /// # Ok::<(), millicent::price_book::PriceFileError>(())
    /// ```
    #[must_use]
    pub fn excerpt<'m>(&self, wanted: impl IntoIterator<Item = (&'m str, &'m str)>) -> Excerpt {
        let mut rows = BTreeSet::new();
        for (meter, region) in wanted {
            self.add_rows(meter, region, &mut rows);
        }
        Excerpt {
            name: self.name.clone(),
            as_of: self.as_of.clone(),
            list: std::iter::once(HEADER.to_owned()).chain(rows).collect(),
            own_regions: self.lists.iter().flat_map(BookSource::own_regions).map(str::to_owned).collect(),
            discounts: self.discounts.iter().map(|(service, share)| (service.clone(), share.get().to_string())).collect(),
            unknown: self.unknown.clone(),
            used_up: self.used_up.clone(),
        }
    }

    /// A book that knows what the excerpt has, and nothing else.
    ///
    /// # Errors
    /// When its rows are no price list.
    pub fn from_excerpt(excerpt: Excerpt) -> Result<Self, PriceFileError> {
        let Excerpt { name, as_of, list, own_regions, discounts, unknown, used_up } = excerpt;
        let list = PriceList::parse(&name, list.as_bytes())?.check_against(&[], |_, _| None)?;
        let share = |(service, share): (String, String)| share.parse::<Share>().ok().map(|share| (service, share));
        let discounts = discounts.into_iter().filter_map(share).collect();
        Ok(Self { name, as_of, lists: vec![BookSource::Part { list, own_regions }], discounts, unknown, used_up })
    }

    /// Adds the rows behind the price of a meter: its own, those it is a fraction of, and the allowance of each.
    fn add_rows(&self, meter: &str, region: &str, rows: &mut BTreeSet<String>) {
        let allowance = self.allowance_name(meter, region);
        match self.entry(meter, region) {
            None => return,
            Some(Entry::Price(price)) => rows.extend(price_rows(price, allowance)),
            Some(Entry::Rule(rule)) => {
                rows.insert(rule_row(rule, allowance));
                let base = rule.base_of(meter);
                // A rule that leads to another rule gives no price.
                if let Some(Entry::Price(price)) = self.entry(&base, region) {
                    rows.extend(price_rows(price, self.allowance_name(&base, region)));
                }
            }
        }
        let named = allowance.and_then(|name| self.lists.iter().find_map(|source| source.allowance(name)));
        rows.extend(named.map(allowance_row));
    }
}

fn price_rows(price: &Price, allowance: Option<&str>) -> Vec<String> {
    let rows = price.tiers().iter().map(|tier| {
        let to = tier.to.map_or_else(|| "inf".to_owned(), |to| to.to_string());
        let (from, unit, usd) = (tier.from.to_string(), price.unit().name(), tier.price.to_string());
        row([price.meter(), price.region(), &from, &to, unit, &usd, allowance.unwrap_or("")], &tier.provenance)
    });
    rows.collect()
}

fn rule_row(rule: &DerivedPrice, allowance: Option<&str>) -> String {
    let rounded = rule.decimals().map_or_else(String::new, |decimals| format!(" rounded to {decimals}"));
    let usd = format!("{} of {}{rounded}", rule.fraction(), rule.of());
    row([rule.meter(), rule.region(), "0", "inf", rule.unit().name(), &usd, allowance.unwrap_or("")], rule.provenance())
}

fn allowance_row(allowance: &Arc<Allowance>) -> String {
    let granted = allowance.granted().to_string();
    row([allowance.name(), ANY_REGION, "0", &granted, allowance.unit().name(), "0", ""], allowance.provenance())
}

fn row(fields: [&str; 7], provenance: &Provenance) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let origin = [
        text(&provenance.effective),
        provenance.source.clone(),
        text(&provenance.source_date),
        provenance.confidence.to_string(),
    ];
    let fields: Vec<String> = fields.into_iter().map(str::to_owned).chain(origin).map(quoted).collect();
    format!("{}\n", fields.join(","))
}

/// A field of CSV: the name of a user's file may have a comma.
fn quoted(field: String) -> String {
    if field.contains([',', '"', '\n', '\r', '#']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both books give the same answer for every pair that was asked for.
    fn check(book: &PriceBook, wanted: &[(&str, &str)]) {
        let part = PriceBook::from_excerpt(book.excerpt(wanted.iter().copied())).unwrap();
        for (meter, region) in wanted {
            let (whole, part) = (book.price(meter, region).unwrap(), part.price(meter, region).unwrap());
            assert_eq!(whole.price.tiers(), part.price.tiers(), "{meter} in {region}");
            assert_eq!(whole.kept, part.kept);
            assert_eq!(whole.free_allowance, part.free_allowance, "{meter} in {region}");
            let per_unit = |quote: &super::super::Quote<'_>| quote.per_unit(&quote.price.tiers()[0]);
            assert_eq!(per_unit(&whole), per_unit(&part), "{meter} in {region}");
            let origin = |quote: &super::super::Quote<'_>| quote.derivation.as_ref().map(|found| found.provenance.clone());
            assert_eq!(origin(&whole), origin(&part), "{meter} in {region}");
        }
    }

    #[test]
    fn an_excerpt_answers_as_the_whole_book_does() {
        let mut book = PriceBook::bundled();
        book.discount("lambda", "12%".parse().unwrap());
        let wanted = [
            ("lambda.duration.x86_64", "eu-west-1"),
            ("lambda.duration.arm64", "us-east-1"),
            ("ecs_managed_instances.fee.m7g.large", "us-east-1"),
            ("ec2.linux.on_demand.m7g.large", "us-east-1"),
            ("cloud_run.cpu.request_based", "us-central1"),
        ];
        let priced: Vec<_> = wanted.into_iter().filter(|(meter, region)| book.price(meter, region).is_ok()).collect();
        assert!(4 <= priced.len(), "{priced:?}");
        check(&book, &priced);
    }

    #[test]
    fn a_list_of_ones_own_and_a_used_up_allowance_go_into_it() {
        let mut book = PriceBook::bundled();
        let own = b"meter,region,unit,price_usd\nlambda.requests.arm64,us-east-1,request,1e-7\nlambda.new,any,request,1\n";
        book.lay_over("my, own #1.csv", own).unwrap();
        let wanted = [("lambda.requests.arm64", "us-east-1"), ("lambda.new", "us-east-1")];
        check(&book, &wanted);
        book.use_up_allowance("lambda.free.requests");
        check(&book, &wanted);
        let part = PriceBook::from_excerpt(book.excerpt(wanted)).unwrap();
        assert_eq!((part.name(), part.unknown()), (book.name(), book.unknown()));
        assert_eq!(part.price(wanted[0].0, wanted[0].1).unwrap().price.tiers()[0].provenance.source, "my, own #1.csv");
    }

    #[test]
    fn a_region_in_it_is_no_other_providers() {
        let part = PriceBook::from_excerpt(PriceBook::bundled().excerpt([("lambda.requests.arm64", "us-east-1")])).unwrap();
        assert!(part.check_region_of(crate::usage::Provider::Google, "us-east-1").is_err());
    }

    #[test]
    fn what_has_no_price_is_left_out() {
        let excerpt = PriceBook::bundled().excerpt([("lambda.none", "us-east-1")]);
        assert_eq!(excerpt.list.lines().count(), 1);
    }
}
