//! What is consumed: billable dimension → quantity. The first waist of the house.
//!
//! A [`Meter`] is one thing a provider counts (GB-seconds of x86 duration, requests). [`Usage`] is a sum of
//! (region, meter, quantity); it adds up, so the functions of an account can be pooled before they are priced, as the
//! provider pools them. A [`Step`] is one term of that sum with the factors it was multiplied from; the usage *is* the sum
//! of its steps, so an explanation can never disagree with the number it explains.
//!
//! Who counts is a [`Provider`]; it is named here because both platforms and price lists belong to one.
//!
//! Nothing here knows a price, a platform or a file.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::units::{Decimal, Unit};

/// Defines the providers, so that none can be added without its words.
macro_rules! providers {
    ($($(#[$doc:meta])* $variant:ident = $id:literal, $name:literal, $region:literal;)+) => {
        /// Who runs the compute and sends the bill.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Provider { $($(#[$doc])* $variant),+ }

        impl Provider {
            /// Every provider.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As price lists write it.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),+ }
            }

            /// For people.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The region where nothing else is said: the one with the most published prices, or `any` where all are the same.
            #[must_use]
            pub const fn default_region(self) -> &'static str {
                match self { $(Self::$variant => $region),+ }
            }
        }
    };
}

providers! {
    /// Amazon Web Services.
    Aws = "aws", "AWS", "us-east-1";
    /// Google Cloud.
    Google = "gcp", "Google Cloud", "us-central1";
    /// Microsoft Azure.
    Azure = "azure", "Azure", "eastus";
    /// Modal.
    Modal = "modal", "Modal", "any";
    /// Cloudflare.
    Cloudflare = "cloudflare", "Cloudflare", "any";
    /// Vercel.
    Vercel = "vercel", "Vercel", "iad1";
    /// Fly.io.
    Fly = "fly", "Fly.io", "iad";
}

impl fmt::Display for Provider {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

/// A name that is copied wherever usage is added up, and must cost nothing there.
#[derive(Debug, Clone)]
enum Name {
    Fixed(&'static str),
    Made(Arc<str>),
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Fixed(name) => name,
            Self::Made(name) => name,
        }
    }
}

/// One billable dimension: what a provider counts and charges for.
///
/// Two meters are the same when their identifiers are. The first segment of the identifier names the service, and with it
/// the price file: `lambda.duration.x86_64` is priced in `lambda.csv`.
#[derive(Debug, Clone)]
pub struct Meter {
    id: Name,
    item: Name,
    unit: Unit,
    second_measure: bool,
}

impl Meter {
    /// A meter known when the program is written. `item` is its name on a bill.
    #[must_use]
    pub const fn fixed(id: &'static str, item: &'static str, unit: Unit) -> Self {
        Self { id: Name::Fixed(id), item: Name::Fixed(item), unit, second_measure: false }
    }

    /// A second measure of something that another meter counts already: provisioned units by number beside their memory.
    /// Providers charge by one of the two; where the price book has this one at zero, it is not on the bill.
    #[must_use]
    pub const fn second_measure(id: &'static str, item: &'static str, unit: Unit) -> Self {
        Self { id: Name::Fixed(id), item: Name::Fixed(item), unit, second_measure: true }
    }

    /// A meter whose name depends on a setting, such as an instance type.
    #[must_use]
    pub fn named(id: String, item: String, unit: Unit) -> Self {
        Self { id: Name::Made(id.into()), item: Name::Made(item.into()), unit, second_measure: false }
    }

    /// The identifier, `service.dimension[…]`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What a bill calls it.
    #[must_use]
    pub fn item(&self) -> &str {
        &self.item
    }

    /// Whether another meter counts the same thing, and this one matters only where a book charges for it.
    #[must_use]
    pub fn is_second_measure(&self) -> bool {
        self.second_measure
    }

    /// The unit it counts.
    #[must_use]
    pub fn unit(&self) -> Unit {
        self.unit
    }
}

impl PartialEq for Meter {
    fn eq(&self, other: &Self) -> bool {
        *self.id == *other.id
    }
}

impl Eq for Meter {}

impl PartialOrd for Meter {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Meter {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.id.cmp(&*other.id)
    }
}

impl fmt::Display for Meter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.id)
    }
}

/// A provider's region code, such as `us-east-1`. Whether it exists is for a price book to say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(Arc<str>);

impl Region {
    /// The region with this code.
    #[must_use]
    pub fn new(code: &str) -> Self {
        Self(Arc::from(code))
    }

    /// Its code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Region {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

/// A quantity that no decimal here can hold: a sign of a typing mistake, never of a real bill.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the usage of {meter} is too large to be billed (more than 28 digits): check the requests, duration and memory")]
pub struct TooLarge {
    meter: String,
}

/// What is consumed in a month, by region and meter.
///
/// ```
/// # use millicent::units::Unit;
/// # use millicent::usage::{Meter, Region, Usage};
/// const REQUESTS: Meter = Meter::fixed("lambda.requests.x86_64", "requests", Unit::Request);
/// let region = Region::new("us-east-1");
/// let mut usage = Usage::default();
/// usage.add(&region, &REQUESTS, 3.into()).unwrap();
/// usage.add(&region, &REQUESTS, 4.into()).unwrap();
/// assert_eq!(usage.iter().next().unwrap().quantity, 7.into());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// In order; there are a few at most, and they are read far more often than added to.
    quantities: Vec<((Region, Meter), Decimal)>,
}

/// One entry of a [`Usage`].
#[derive(Debug, Clone, Copy)]
pub struct Consumed<'u> {
    /// Where.
    pub region: &'u Region,
    /// What.
    pub meter: &'u Meter,
    /// How much, in the meter's unit.
    pub quantity: Decimal,
}

impl Usage {
    /// Adds a non-negative quantity of a meter.
    ///
    /// # Errors
    /// When the sum has more than 28 digits.
    pub fn add(&mut self, region: &Region, meter: &Meter, quantity: Decimal) -> Result<(), TooLarge> {
        let place = self.place_of(region, meter).unwrap_or_else(|place| {
            self.quantities.insert(place, ((region.clone(), meter.clone()), Decimal::ZERO));
            place
        });
        let (_, sum) = &mut self.quantities[place];
        *sum = sum.checked_add(quantity).ok_or_else(|| TooLarge { meter: meter.id().to_owned() })?;
        Ok(())
    }

    /// Where the entry of a meter is, or should be.
    fn place_of(&self, region: &Region, meter: &Meter) -> Result<usize, usize> {
        self.quantities.binary_search_by(|((known, at), _)| known.cmp(region).then_with(|| at.cmp(meter)))
    }

    /// Adds all of another usage: what two functions of one account consume together.
    ///
    /// # Errors
    /// When a sum has more than 28 digits.
    pub fn add_all(&mut self, other: &Self) -> Result<(), TooLarge> {
        other.iter().try_for_each(|entry| self.add(entry.region, entry.meter, entry.quantity))
    }

    /// The sum of some steps.
    ///
    /// # Errors
    /// When a sum has more than 28 digits.
    pub fn of_steps(steps: &[Step]) -> Result<Self, TooLarge> {
        let mut usage = Self::default();
        for step in steps {
            usage.add(&step.region, &step.meter, step.quantity)?;
        }
        Ok(usage)
    }

    /// The entries, ordered by region and meter.
    pub fn iter(&self) -> impl Iterator<Item = Consumed<'_>> {
        self.quantities.iter().map(|((region, meter), quantity)| Consumed { region, meter, quantity: *quantity })
    }

    /// How much of one meter; nothing when it is not used.
    #[must_use]
    pub fn quantity(&self, region: &Region, meter: &Meter) -> Decimal {
        self.place_of(region, meter).map_or(Decimal::ZERO, |place| self.quantities[place].1)
    }
}

/// A number in a [`Step`], with the unit or meaning it has there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factor {
    /// The number.
    pub value: Decimal,
    /// Its unit or meaning: "requests", "s", "GB".
    pub label: &'static str,
}

/// One term of a usage: a product of factors on one meter.
#[derive(Debug, Clone)]
pub struct Step {
    /// Where.
    pub region: Region,
    /// What it adds to.
    pub meter: Meter,
    /// What this term stands for: "handler duration", "cold starts".
    pub what: &'static str,
    /// The numbers whose product is the quantity.
    pub factors: Vec<Factor>,
    /// The product of the factors, in the meter's unit.
    pub quantity: Decimal,
}

/// The steps of one placement, collected with less ceremony.
#[derive(Debug)]
pub struct Steps {
    region: Region,
    steps: Result<Vec<Step>, TooLarge>,
}

impl Steps {
    /// No steps yet; all will be in `region`.
    #[must_use]
    pub fn in_region(region: &Region) -> Self {
        Self { region: region.clone(), steps: Ok(Vec::new()) }
    }

    /// Adds a term, unless one of its factors is zero: what is not used is not on the bill.
    pub fn add(&mut self, meter: &Meter, what: &'static str, factors: &[(Decimal, &'static str)]) {
        let Ok(steps) = &mut self.steps else { return };
        if factors.iter().any(|(value, _)| value.is_zero()) {
            return;
        }
        match factors.iter().try_fold(Decimal::ONE, |product, (value, _)| product.checked_mul(*value)) {
            None => self.steps = Err(TooLarge { meter: meter.id().to_owned() }),
            Some(quantity) => {
                let factors = factors.iter().map(|(value, label)| Factor { value: *value, label }).collect();
                let (region, meter, quantity) = (self.region.clone(), meter.clone(), quantity.normalize());
                steps.push(Step { region, meter, what, factors, quantity });
            }
        }
    }

    /// The collected terms.
    ///
    /// # Errors
    /// When a product had more than 28 digits.
    pub fn finish(self) -> Result<Vec<Step>, TooLarge> {
        self.steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const METER: Meter = Meter::fixed("lambda.duration.x86_64", "duration", Unit::GbSecond);

    #[test]
    fn a_step_is_the_product_of_its_factors() {
        let mut steps = Steps::in_region(&Region::new("us-east-1"));
        steps.add(&METER, "handler", &[(1_000_000.into(), "requests"), (Decimal::ONE, "s"), (Decimal::new(5, 1), "GB")]);
        steps.add(&METER, "nothing", &[(Decimal::ZERO, "requests"), (Decimal::ONE, "s")]);
        let steps = steps.finish().unwrap();
        assert_eq!(steps.len(), 1);
        assert_eq!(steps[0].quantity, 500_000.into());
    }

    #[test]
    fn a_product_that_cannot_be_held_is_an_error() {
        let mut steps = Steps::in_region(&Region::new("us-east-1"));
        steps.add(&METER, "handler", &[(Decimal::MAX, "requests"), (Decimal::TEN, "s")]);
        assert!(steps.finish().unwrap_err().to_string().contains("too large"));
    }
}
