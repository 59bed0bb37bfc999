//! Prices that were asked for before.

use super::{MissingPrice, PriceBook, Quote};
use crate::usage::{Meter, Region};

/// The prices of a book that were asked for, for who bills the same few meters thousands of times.
#[derive(Debug, Clone)]
pub struct Quotes<'b> {
    book: &'b PriceBook,
    known: Vec<(Meter, Region, Quote<'b>)>,
}

impl<'b> Quotes<'b> {
    /// No price was asked for yet.
    #[must_use]
    pub fn of(book: &'b PriceBook) -> Self {
        Self { book, known: Vec::with_capacity(4) }
    }

    /// Asks for the price of a meter in a region; its place among those that were asked for.
    ///
    /// # Errors
    /// When there is none.
    pub fn ask(&mut self, meter: &Meter, region: &Region) -> Result<usize, MissingPrice> {
        let asked = |(known, at, _): &(Meter, Region, Quote<'_>)| known == meter && at == region;
        match self.known.iter().position(asked) {
            Some(place) => Ok(place),
            None => {
                let quote = self.book.price(meter.id(), region.code())?;
                self.known.push((meter.clone(), region.clone(), quote));
                Ok(self.known.len() - 1)
            }
        }
    }

    /// The price at a place that [`Self::ask`] gave.
    #[must_use]
    pub fn at(&self, place: usize) -> &Quote<'b> {
        &self.known[place].2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Unit;

    #[test]
    fn a_meter_in_another_region_is_another_price() {
        let book = PriceBook::bundled();
        let mut quotes = Quotes::of(&book);
        let meter = Meter::fixed("lambda.duration.x86_64", "duration", Unit::GbSecond);
        let (here, there) = (Region::new("us-east-1"), Region::new("eu-south-1"));
        let places = [&here, &there, &here].map(|region| quotes.ask(&meter, region).unwrap());
        assert_eq!(places, [0, 1, 0]);
        let price = |place: usize| quotes.at(place).price.tiers()[0].price;
        assert_eq!(price(0), book.price(meter.id(), here.code()).unwrap().price.tiers()[0].price);
        assert_ne!(price(0), price(1));
        assert!(Quotes::of(&book).ask(&meter, &Region::new("nowhere")).is_err());
    }
}
