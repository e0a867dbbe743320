//! Which tax applies where, and how much of an amount it is.

use types::{Country, Money};

use crate::shipping::Destination;

/// Parts of a whole that a rate counts in: a million.
const WHOLE_PPM: i64 = 1_000_000;

/// A rate of the marketplace's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxRate {
    /// Where it applies.
    pub country: Country,
    /// In which state or province; absent for the whole country.
    pub region: Option<String>,
    /// To which products; absent for those without a class of their own.
    pub tax_class: Option<String>,
    /// What it is called.
    pub name: Option<String>,
    /// How much, in millionths: 190,000 is 19 %.
    pub rate_ppm: i64,
    /// Whether shipping is taxed with it, too.
    pub on_shipping: bool,
}

/// Where rates come from: the marketplace's own table, or somebody who knows them better.
///
/// It is asked while a purchase is decided, so it answers from memory; what it needs is loaded before.
pub trait TaxProvider {
    /// The rate on goods of a class that go to `destination`, in millionths; zero where none applies.
    fn goods_ppm(&self, destination: &Destination, tax_class: Option<&str>) -> i64;
    /// The rate on their shipping.
    fn shipping_ppm(&self, destination: &Destination) -> i64;
}

/// The built-in provider: a table that admins keep.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaxTable(Vec<TaxRate>);

impl TaxTable {
    /// A table of these rates.
    pub const fn new(rates: Vec<TaxRate>) -> Self {
        Self(rates)
    }

    /// Its rates.
    pub fn rates(&self) -> &[TaxRate] {
        &self.0
    }

    /// The rate that applies: a region's before its country's, within the class; and where the class has
    /// none there, that of products without a class.
    fn find(&self, destination: &Destination, tax_class: Option<&str>) -> Option<&TaxRate> {
        let of_class = |class: Option<&str>| {
            let matching = self.0.iter().filter(move |rate| {
                rate.tax_class.as_deref() == class
                    && destination.lies_in(rate.country.as_str(), rate.region.as_deref())
            });
            matching.max_by_key(|rate| rate.region.is_some())
        };
        of_class(tax_class).or_else(|| of_class(None))
    }
}

impl TaxProvider for TaxTable {
    fn goods_ppm(&self, destination: &Destination, tax_class: Option<&str>) -> i64 {
        self.find(destination, tax_class).map_or(0, |rate| rate.rate_ppm)
    }

    fn shipping_ppm(&self, destination: &Destination) -> i64 {
        self.find(destination, None).filter(|rate| rate.on_shipping).map_or(0, |rate| rate.rate_ppm)
    }
}

/// The tax that comes on top of `amount`, halves rounded up.
pub fn on_top(amount: Money, rate_ppm: i64) -> Money {
    amount.fraction(rate_ppm, WHOLE_PPM)
}

/// The tax that `amount` contains, so that it and the rest make up the amount.
pub fn contained(amount: Money, rate_ppm: i64) -> Money {
    amount - amount.fraction(WHOLE_PPM, WHOLE_PPM + rate_ppm.max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(country: &str, region: Option<&str>, class: Option<&str>, rate_ppm: i64) -> TaxRate {
        TaxRate {
            country: country.parse().unwrap(),
            region: region.map(str::to_owned),
            tax_class: class.map(str::to_owned),
            name: None,
            rate_ppm,
            on_shipping: class.is_none() && country == "DE",
        }
    }

    fn place(country: &str, region: Option<&str>) -> Destination {
        Destination { country: country.parse().unwrap(), region: region.map(str::to_owned) }
    }

    #[test]
    fn the_most_specific_rate_applies() {
        let table = TaxTable::new(vec![
            rate("DE", None, None, 190_000),
            rate("DE", None, Some("reduced"), 70_000),
            rate("US", None, None, 0),
            rate("US", Some("NY"), None, 88_750),
        ]);
        for (country, region, class, ppm) in [
            ("DE", None, None, 190_000),
            ("DE", Some("Bayern"), Some("reduced"), 70_000),
            ("DE", None, Some("books"), 190_000),
            ("US", Some("ny"), Some("reduced"), 88_750),
            ("US", Some("OR"), None, 0),
            ("FR", None, None, 0),
        ] {
            assert_eq!(
                table.goods_ppm(&place(country, region), class),
                ppm,
                "{country} {region:?} {class:?}"
            );
        }
        assert_eq!(table.shipping_ppm(&place("DE", None)), 190_000);
        assert_eq!(table.shipping_ppm(&place("US", Some("NY"))), 0);
    }

    #[test]
    fn tax_rounds_half_up_on_top_and_within() {
        assert_eq!(on_top(Money::from_minor(1_000), 190_000).minor(), 190);
        assert_eq!(on_top(Money::from_minor(50), 50_000).minor(), 3);
        assert_eq!(contained(Money::from_minor(1_190), 190_000).minor(), 190);
        assert_eq!(contained(Money::from_minor(1_190), 0).minor(), 0);
    }
}
