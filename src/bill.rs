//! Usage × price book = bill: the one place where quantities meet prices.
//!
//! Each entry of the usage is priced by the graduated tiers of its meter and region; every tier that is reached is a line.
//! Free allowances are bands at price zero, taken from the start of the usage they cover before the tiers are counted, as the
//! provider's own invoices do it. An allowance shared by several meters (both architectures, all regions) is split in
//! proportion to use. One that is a credit in dollars is split in proportion to cost, and then frees as many units as its part
//! pays for: so no line is ever negative, and what is left of a meter is attributed like any other cost.
//!
//! A bill is exact; [`Bill::invoice_total`] rounds as invoices do: every line half-up to cents, then added.
//!
//! Nothing is rounded, printed or looked up elsewhere here. No price is ever assumed.

use std::sync::Arc;

use crate::note::Note;
use crate::price_book::{
    ANY_REGION, Allowance, Confidence, DerivedPrice, MissingPrice, PriceBook, Provenance, Quote, Quotes, Tier, service_of,
};
use crate::units::{Decimal, Share, Unit, Usd};
use crate::usage::{Consumed, Meter, Region, Usage};

/// Why a usage cannot be billed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BillError {
    /// A price is not in the book.
    #[error(transparent)]
    Missing(#[from] MissingPrice),
    /// The book prices the meter in another unit than it is counted in.
    #[error(
        "{meter} is counted in {counted}, but the price book prices it per {priced} (source {source_name}): the two cannot be multiplied"
    )]
    UnitMismatch {
        /// The meter.
        meter: String,
        /// Its unit.
        counted: Unit,
        /// The price's unit.
        priced: Unit,
        /// Where the price comes from.
        source_name: String,
    },
    /// A cost that cannot be held.
    #[error("the cost of {meter} is too large to be computed (more than 28 digits)")]
    TooLarge {
        /// The meter.
        meter: String,
    },
}

/// A band of a graduated price, for people: "first 6,000,000,000", "beyond 15,000,000,000".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Band {
    /// One price for every unit.
    Flat,
    /// The account's free allowance.
    Free,
    /// A tier with its bounds.
    Tier {
        /// From this unit of the month.
        from: Decimal,
        /// Up to this one; `None` = no bound.
        to: Option<Decimal>,
    },
}

/// One line of a bill: quantity × price = cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What is counted.
    pub meter: Meter,
    /// Where.
    pub region: Region,
    /// How much of it falls into this band.
    pub quantity: Decimal,
    /// Dollars per unit, after discounts.
    pub price: Decimal,
    /// Dollars per unit before discounts; of a derived price, the price it is a fraction of.
    pub listed_price: Decimal,
    /// Quantity × price.
    pub cost: Usd,
    /// Which part of the graduated price this is.
    pub band: Band,
    /// Meter and region of the price list's row, which may be a pattern or `any`.
    pub row: (Arc<str>, Arc<str>),
    /// Where the price comes from.
    pub provenance: Arc<Provenance>,
    /// The rule and the other meter, where the price is a fraction of another.
    pub derived_from: Option<(Arc<DerivedPrice>, String)>,
}

/// What a month costs, line by line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bill {
    /// The lines, by region and meter, tiers upward.
    pub lines: Vec<Line>,
    /// What to know about the prices.
    pub notes: Vec<Note>,
}

impl Bill {
    /// The exact sum of the lines.
    #[must_use]
    pub fn total(&self) -> Usd {
        self.lines.iter().map(|line| line.cost).sum()
    }

    /// The sum as invoices print it: every line rounded half-up to cents, then added. This reproduces AWS's own worked
    /// examples, one of which differs by a cent when the sum is rounded instead.
    #[must_use]
    pub fn invoice_total(&self) -> Usd {
        self.lines.iter().map(|line| line.cost.cents()).sum()
    }

    /// What a part of the billed usage costs, by meter: its share, in proportion to quantity, of what the whole costs.
    ///
    /// `part` must be a part of the usage that was billed. Shares of all parts add up to the bill to within the last of 28
    /// digits.
    #[must_use]
    pub fn share_of(&self, part: &Usage, whole: &Usage) -> Vec<Attributed> {
        let shares = part.iter().map(|consumed| {
            let pooled = whole.quantity(consumed.region, consumed.meter);
            let lines = self.lines.iter().filter(|line| line.meter == *consumed.meter && line.region == *consumed.region);
            let cost: Usd = lines.map(|line| line.cost).sum();
            // Dividing first keeps the product within 28 digits; a meter used by one workload alone keeps every digit.
            let share = if pooled == consumed.quantity { Decimal::ONE } else { consumed.quantity / pooled };
            Attributed {
                meter: consumed.meter.clone(),
                region: consumed.region.clone(),
                quantity: consumed.quantity,
                cost: Usd::new(cost.amount() * share),
            }
        });
        shares.collect()
    }
}

/// A workload's share of the cost of one meter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attributed {
    /// What is counted.
    pub meter: Meter,
    /// Where.
    pub region: Region,
    /// How much of it this workload uses.
    pub quantity: Decimal,
    /// Its share of the pooled cost.
    pub cost: Usd,
}

/// Bills a month's usage of one account. `free_tier` applies the account's free allowances.
///
/// ```
/// # use millicent::{bill::bill, price_book::PriceBook, units::Unit, usage::{Meter, Region, Usage}};
/// let duration = Meter::fixed("lambda.duration.x86_64", "duration", Unit::GbSecond);
/// let mut usage = Usage::default();
/// usage.add(&Region::new("us-east-1"), &duration, 20_000_000_000_u64.into()).unwrap();
/// // 6e9 × 0.0000166667 + 9e9 × 0.000015 + 5e9 × 0.0000133334
/// assert_eq!(bill(&usage, &PriceBook::bundled(), false).unwrap().total().to_string(), "$301,667.20");
/// ```
///
/// # Errors
/// When a price is missing or is for another unit.
pub fn bill(usage: &Usage, book: &PriceBook, free_tier: bool) -> Result<Bill, BillError> {
    let mut quotes = Quotes::of(book);
    let charges = Charges::of(usage, &mut quotes, free_tier)?;
    let mut bill = Bill { lines: Vec::with_capacity(charges.quoted.len() + 2), notes: charges.notes()? };
    charges.each(|charge| bill.lines.push(charge.line()))?;
    note_discounts(&mut bill, book);
    note_doubtful_prices(&mut bill);
    Ok(bill)
}

/// The same bill as bare costs, line by line: for who asks for thousands of bills and shows none of them.
///
/// # Errors
/// As [`bill`].
pub fn costs(usage: &Usage, quotes: &mut Quotes<'_>, free_tier: bool) -> Result<Vec<LineCost>, BillError> {
    let charges = Charges::of(usage, quotes, free_tier)?;
    let mut costs = Vec::with_capacity(charges.quoted.len() + 2);
    charges.each(|charge| costs.push(LineCost { meter: charge.consumed.meter.clone(), cost: charge.cost }))?;
    Ok(costs)
}

/// The cost of a line of a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineCost {
    /// What is counted.
    pub meter: Meter,
    /// What it costs.
    pub cost: Usd,
}

/// A usage beside its prices.
struct Charges<'c> {
    quoted: Vec<(Consumed<'c>, &'c Quote<'c>)>,
    /// How much of the usage each free allowance covers, in its unit; there are a few at most.
    pools: Vec<(&'c Arc<Allowance>, Decimal)>,
    free_tier: bool,
}

/// What becomes a line of a bill.
struct Charge<'c> {
    consumed: Consumed<'c>,
    quote: &'c Quote<'c>,
    quantity: Decimal,
    price: Decimal,
    cost: Usd,
    of: PartOf<'c>,
}

/// Which part of a price it is.
enum PartOf<'c> {
    Allowance(&'c Arc<Allowance>),
    Tier(&'c Tier),
}

impl<'c> Charges<'c> {
    fn of(usage: &'c Usage, quotes: &'c mut Quotes<'_>, free_tier: bool) -> Result<Self, BillError> {
        let mut places = Vec::with_capacity(4);
        for consumed in usage.iter() {
            let place = quotes.ask(consumed.meter, consumed.region)?;
            let quote = quotes.at(place);
            if !quote.fits(consumed.meter) {
                let source_name = quote.price.tiers().first().map_or_else(String::new, |tier| tier.provenance.source.clone());
                let (counted, priced) = (consumed.meter.unit(), quote.price.unit());
                return Err(BillError::UnitMismatch { meter: consumed.meter.id().to_owned(), counted, priced, source_name });
            }
            places.push(place);
        }
        let quotes: &'c Quotes<'_> = quotes;
        let quoted = usage.iter().zip(places).map(|(consumed, place)| (consumed, quotes.at(place))).collect();
        let mut charges = Self { quoted, pools: Vec::new(), free_tier };
        charges.pool_allowances()?;
        Ok(charges)
    }

    fn pool_allowances(&mut self) -> Result<(), BillError> {
        for (consumed, quote) in &self.quoted {
            let Some(allowance) = quote.free_allowance else { continue };
            let amount = amount_of(*consumed, quote, allowance)?;
            match self.pools.iter_mut().find(|(known, _)| known.name() == allowance.name()) {
                Some((_, pool)) => *pool = pool.checked_add(amount).ok_or_else(|| too_large(*consumed))?,
                None => self.pools.push((allowance, amount)),
            }
        }
        Ok(())
    }

    /// The allowance of an entry, and how much of the usage it covers.
    fn pool_of(&self, quote: &Quote<'c>) -> Option<(&'c Arc<Allowance>, Decimal)> {
        let allowance = quote.free_allowance.filter(|_| self.free_tier)?;
        self.pools.iter().find(|(pooled, _)| pooled.name() == allowance.name()).copied()
    }

    /// Goes through the charges in order. They can be added, so that [`Bill::total`] always has an answer; the one more for each
    /// is the room that rounding it up to cents takes.
    fn each(&self, mut charge: impl FnMut(Charge<'c>)) -> Result<(), BillError> {
        let mut total = Decimal::ZERO;
        let mut add = |added: Charge<'c>| {
            let sum = total.checked_add(added.cost.amount()).and_then(|sum| sum.checked_add(Decimal::ONE));
            total = sum.ok_or_else(|| too_large(added.consumed))?;
            charge(added);
            Ok(())
        };
        for (consumed, quote) in &self.quoted {
            let free = match self.pool_of(quote) {
                Some((allowance, pooled)) => free_part(*consumed, quote, allowance, pooled)?,
                None => Decimal::ZERO,
            };
            if let Some(allowance) = quote.free_allowance.filter(|_| !free.is_zero()) {
                let (quantity, price, of) = (free.normalize(), Decimal::ZERO, PartOf::Allowance(allowance));
                add(Charge { consumed: *consumed, quote, quantity, price, cost: Usd::ZERO, of })?;
            }
            each_tier(*consumed, quote, consumed.quantity - free, &mut add)?;
        }
        Ok(())
    }

    /// What is to be said of the free allowances.
    fn notes(&self) -> Result<Vec<Note>, BillError> {
        let mut notes = Vec::new();
        match (self.free_tier, self.pools.is_empty()) {
            (false, false) => notes.push(Note::FreeTierOff),
            (true, true) => notes.push(Note::NothingFree),
            _ => {}
        }
        for (consumed, quote) in &self.quoted {
            let Some((allowance, pooled)) = self.pool_of(quote) else { continue };
            let note = Note::AllowanceShared { allowance: allowance.name().to_owned() };
            let is_short = allowance.granted() < pooled && amount_of(*consumed, quote, allowance)? < pooled;
            if is_short && !notes.contains(&note) {
                notes.push(note);
            }
        }
        Ok(notes)
    }
}

/// An entry in the unit of its allowance: its quantity, or in dollars its cost.
fn amount_of(consumed: Consumed<'_>, quote: &Quote<'_>, allowance: &Allowance) -> Result<Decimal, BillError> {
    if !allowance.is_credit() {
        return Ok(consumed.quantity);
    }
    consumed.quantity.checked_mul(flat_price(quote)).ok_or_else(|| too_large(consumed))
}

/// The price of a unit that a credit covers: the price list makes sure that such a price has one tier.
fn flat_price(quote: &Quote<'_>) -> Decimal {
    quote.price.tiers().first().map_or(Decimal::ZERO, |tier| quote.per_unit(tier))
}

fn too_large(consumed: Consumed<'_>) -> BillError {
    BillError::TooLarge { meter: consumed.meter.id().to_owned() }
}

/// The free part of an entry: the allowance in proportion to the entry's part of the pool.
fn free_part(consumed: Consumed<'_>, quote: &Quote<'_>, allowance: &Allowance, pooled: Decimal) -> Result<Decimal, BillError> {
    let (granted, amount) = (allowance.granted(), amount_of(consumed, quote, allowance)?);
    if pooled <= granted || amount.is_zero() {
        return Ok(consumed.quantity);
    }
    let part = if pooled == amount { granted } else { granted * (amount / pooled) };
    let free = if allowance.is_credit() { part / flat_price(quote) } else { part };
    Ok(free.min(consumed.quantity))
}

/// A charge for each tier that `quantity` reaches.
fn each_tier<'c>(
    consumed: Consumed<'c>,
    quote: &'c Quote<'c>,
    quantity: Decimal,
    mut charge: impl FnMut(Charge<'c>) -> Result<(), BillError>,
) -> Result<(), BillError> {
    for tier in quote.price.tiers() {
        let within = tier.to.map_or(quantity, |to| quantity.min(to)) - tier.from;
        if within <= Decimal::ZERO {
            break;
        }
        let price = quote.per_unit(tier);
        if consumed.meter.is_second_measure() && price.is_zero() {
            continue;
        }
        let cost = Usd::new(within.checked_mul(price).ok_or_else(|| too_large(consumed))?);
        charge(Charge { consumed, quote, quantity: within, price, cost, of: PartOf::Tier(tier) })?;
    }
    Ok(())
}

impl Charge<'_> {
    fn line(&self) -> Line {
        let derivation = self.quote.derivation.as_ref();
        let (listed_price, band, row, provenance, derived_from) = match self.of {
            PartOf::Allowance(allowance) => {
                let row = (Arc::from(allowance.name()), Arc::from(ANY_REGION));
                (Decimal::ZERO, Band::Free, row, allowance.provenance(), None)
            }
            PartOf::Tier(tier) => (
                tier.price,
                band_of(tier, self.quote.price.tiers().len()),
                derivation.map_or_else(|| self.quote.price.row(), |derivation| derivation.rule.row()),
                derivation.map_or(&tier.provenance, |derivation| &derivation.provenance),
                derivation.map(|derivation| (Arc::clone(derivation.rule), derivation.base_meter.clone())),
            ),
        };
        Line {
            meter: self.consumed.meter.clone(),
            region: self.consumed.region.clone(),
            quantity: self.quantity,
            price: self.price,
            listed_price,
            cost: self.cost,
            band,
            row,
            provenance: Arc::clone(provenance),
            derived_from,
        }
    }
}

fn band_of(tier: &Tier, tiers: usize) -> Band {
    if tiers == 1 { Band::Flat } else { Band::Tier { from: tier.from, to: tier.to } }
}

fn note_discounts(bill: &mut Bill, book: &PriceBook) {
    let services = bill.lines.iter().map(|line| service_of(line.meter.id()));
    let mut discounted: Vec<(&str, Share)> = services.filter_map(|service| Some((service, book.discount_on(service)?))).collect();
    discounted.dedup();
    let notes =
        discounted.into_iter().map(|(service, share)| Note::Discounted { service: service.to_owned(), share: share.percent() });
    bill.notes.extend(notes.collect::<Vec<_>>());
    for (service, _) in
        book.discounts().iter().filter(|(service, _)| !bill.lines.iter().any(|line| service_of(line.meter.id()) == *service))
    {
        bill.notes.push(Note::assumption(format!("the discount on {service} changes nothing: no price of it is on this bill")));
    }
}

/// One note for each level of confidence below high, naming what it prices.
fn note_doubtful_prices(bill: &mut Bill) {
    for level in [Confidence::Low, Confidence::Medium] {
        let mut items: Vec<String> = Vec::new();
        for line in bill.lines.iter().filter(|line| line.provenance.confidence == level) {
            let date = line.provenance.source_date.as_deref().unwrap_or("undated");
            let item = format!("{} in {} ({}, {date})", line.meter.item(), line.region, line.provenance.source);
            if !items.contains(&item) {
                items.push(item);
            }
        }
        if !items.is_empty() {
            bill.notes.push(Note::DoubtfulPrice { confidence: level.name(), items });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const X86: Meter = Meter::fixed("lambda.duration.x86_64", "duration, x86_64", Unit::GbSecond);
    const ARM: Meter = Meter::fixed("lambda.duration.arm64", "duration, arm64", Unit::GbSecond);

    fn usage(entries: &[(&str, &Meter, u64)]) -> Usage {
        let mut usage = Usage::default();
        for (region, meter, quantity) in entries {
            usage.add(&Region::new(region), meter, (*quantity).into()).unwrap();
        }
        usage
    }

    #[test]
    fn a_free_allowance_is_one_for_both_architectures_and_all_regions() {
        let usage = usage(&[("us-east-1", &X86, 600_000), ("us-east-1", &ARM, 200_000)]);
        let bill = bill(&usage, &PriceBook::bundled(), true).unwrap();
        let free: Decimal = bill.lines.iter().filter(|line| line.band == Band::Free).map(|line| line.quantity).sum();
        assert_eq!(free, 400_000.into());
        // 300,000 × 0.0000166667 + 100,000 × 0.0000133334
        assert_eq!(bill.total().amount(), "6.33335".parse().unwrap());
        assert!(bill.notes.iter().any(|note| matches!(note, Note::AllowanceShared { .. })));
    }

    const CREDIT: &str = "meter,region,tier_from,tier_to,unit,price_usd,free_allowance\n\
        cloud.free.credit,any,0,5.22,USD,0,\n\
        cloud.cpu,any,0,inf,vCPU-second,0.000024,cloud.free.credit\n\
        cloud.cpu,dear,0,inf,vCPU-second,0.0000336,cloud.free.credit\n\
        cloud.memory,any,0,inf,GiB-second,0.0000025,cloud.free.credit\n\
        cloud.far.*,any,0,inf,vCPU-second,1.5 of cloud.*,cloud.free.credit\n\
        cloud.tiered,any,0,5,vCPU-second,2,\ncloud.tiered,any,5,inf,vCPU-second,1,\n";
    const CPU: Meter = Meter::fixed("cloud.cpu", "CPU", Unit::VcpuSecond);
    const MEMORY: Meter = Meter::fixed("cloud.memory", "memory", Unit::GibSecond);

    fn book_with_credit() -> PriceBook {
        let mut book = PriceBook::bundled();
        book.lay_over("credit.csv", CREDIT.as_bytes()).unwrap();
        book
    }

    /// What Google gives away is worth 5.22 dollars: 180,000 × 0.000024 + 360,000 × 0.0000025; dearer seconds are fewer.
    #[test]
    fn a_credit_in_dollars_frees_what_it_pays_for() {
        let book = book_with_credit();
        let free = bill(&usage(&[("here", &CPU, 180_000), ("here", &MEMORY, 360_000)]), &book, true).unwrap();
        assert_eq!(free.total(), Usd::ZERO);
        // 4,000,000 × 0.000024 + 2,000,000 × 0.0000025 − 5.22
        let rest = bill(&usage(&[("here", &CPU, 4_000_000), ("here", &MEMORY, 2_000_000)]), &book, true).unwrap();
        assert_eq!(rest.invoice_total().to_string(), "$95.78");
        let seconds = |region| bill(&usage(&[(region, &CPU, 1_000_000)]), &book, true).unwrap().lines[0].quantity.round_dp(3);
        assert_eq!((seconds("here"), seconds("dear")), (217_500.into(), Decimal::new(155_357_143, 3)));
    }

    #[test]
    fn a_derived_price_has_an_allowance_of_its_own() {
        let far = |meter| Meter::fixed(meter, "far away", Unit::VcpuSecond);
        // 5.22 ÷ (1.5 × 0.000024) are free.
        let free = bill(&usage(&[("here", &far("cloud.far.cpu"), 1_000_000)]), &book_with_credit(), true).unwrap();
        assert_eq!((free.lines[0].band, free.lines[0].quantity), (Band::Free, 145_000.into()));
        let tiered = bill(&usage(&[("here", &far("cloud.far.tiered"), 1)]), &book_with_credit(), true).unwrap_err().to_string();
        assert!(tiered.contains("derived from cloud.tiered, whose price has tiers"), "{tiered}");
    }

    proptest! {
        #[test]
        fn a_credit_takes_its_dollars_off_and_no_more(
            cpu in 0_u64..10_000_000, dear in 0_u64..10_000_000, memory in 0_u64..10_000_000_000, percent in 0_u32..100,
        ) {
            let mut book = book_with_credit();
            book.discount("cloud", format!("{percent}%").parse().unwrap());
            let parts = [usage(&[("here", &CPU, cpu)]), usage(&[("dear", &CPU, dear), ("here", &MEMORY, memory)])];
            let mut whole = parts[0].clone();
            whole.add_all(&parts[1]).unwrap();
            let (listed, credited) = (bill(&whole, &book, false).unwrap(), bill(&whole, &book, true).unwrap());
            let near = |one: Decimal, other: Decimal| (one - other).abs() < Decimal::new(1, 15);
            let expected = (listed.total().amount() - Decimal::new(522, 2)).max(Decimal::ZERO);
            prop_assert!(near(credited.total().amount(), expected), "{} {expected}", credited.total());
            prop_assert!(credited.lines.iter().all(|line| Usd::ZERO <= line.cost));
            let shares: Usd = parts.iter().flat_map(|part| credited.share_of(part, &whole)).map(|share| share.cost).sum();
            prop_assert!(near(shares.amount(), credited.total().amount()));
            for entry in whole.iter() {
                let lines = credited.lines.iter().filter(|line| line.meter == *entry.meter && line.region == *entry.region);
                prop_assert!(near(lines.map(|line| line.quantity).sum(), entry.quantity));
            }
        }
    }

    #[test]
    fn usage_within_the_allowance_costs_nothing_but_is_shown() {
        let bill = bill(&usage(&[("us-east-1", &X86, 400_000)]), &PriceBook::bundled(), true).unwrap();
        assert_eq!((bill.lines.len(), bill.total()), (1, Usd::ZERO));
    }

    #[test]
    fn a_missing_price_names_the_row_and_what_exists() {
        let vcpu = Meter::fixed("lambda_microvm.vcpu", "vCPU", Unit::VcpuSecond);
        let error = bill(&usage(&[("eu-west-1", &vcpu, 1)]), &PriceBook::bundled(), false).unwrap_err().to_string();
        assert!(error.contains("lambda_microvm.vcpu in eu-west-1") && error.contains("us-east-1"), "{error}");
    }

    #[test]
    fn a_price_in_another_unit_is_refused() {
        let wrong = Meter::fixed("lambda.duration.x86_64", "duration", Unit::Request);
        let error = bill(&usage(&[("us-east-1", &wrong, 1)]), &PriceBook::bundled(), false).unwrap_err();
        assert!(matches!(error, BillError::UnitMismatch { .. }), "{error}");
    }

    #[test]
    fn a_fee_is_a_fraction_of_the_list_price_whatever_the_discount() {
        let fee = Meter::fixed("lambda_managed_instances.fee.m7g.xlarge", "fee", Unit::InstanceHour);
        let mut book = PriceBook::bundled();
        book.discount("ec2", "50%".parse().unwrap());
        let bill = bill(&usage(&[("us-east-1", &fee, 2000)]), &book, false).unwrap();
        assert_eq!(bill.total().amount(), "48.96".parse().unwrap()); // 2,000 × 0.1632 × 0.15
        assert_eq!(bill.lines[0].price, "0.02448".parse().unwrap());
    }

    #[test]
    fn a_fee_may_be_rounded_before_it_is_multiplied() {
        let fee = |meter: &str| Meter::named(meter.to_owned(), "fee".to_owned(), Unit::InstanceHour);
        let price =
            |meter: &str| bill(&usage(&[("us-east-1", &fee(meter), 1)]), &PriceBook::bundled(), false).unwrap().lines[0].price;
        // 0.526 × 0.12 = 0.06312; 0.0042 × 0.12 = 0.000504, to five decimals 0.0005.
        assert_eq!(price("ecs_managed_instances.fee.g4dn.xlarge"), Decimal::new(6312, 5));
        assert_eq!(price("ecs_managed_instances.fee.t4g.nano"), Decimal::new(504, 6));
        assert_eq!(price("eks.auto_mode_fee.t4g.nano"), Decimal::new(5, 4));
    }

    #[test]
    fn shares_follow_quantity_and_add_up() {
        let (one, two) = (usage(&[("us-east-1", &X86, 7_000_000_000)]), usage(&[("us-east-1", &X86, 1_000_000_000)]));
        let mut pooled = one.clone();
        pooled.add_all(&two).unwrap();
        let bill = bill(&pooled, &PriceBook::bundled(), false).unwrap();
        let shares = [&one, &two].map(|part| bill.share_of(part, &pooled)[0].cost);
        assert_eq!(shares[0] + shares[1], bill.total());
        assert_eq!(shares[1].amount(), bill.total().amount() / Decimal::from(8));
    }
}
