//! Ways of shipping: where they go, and what they cost for goods of a value and a weight.

use serde::{Deserialize, Serialize};
use types::{Country, Money, ShippingMethodId, Timestamp, VendorId};

/// Where goods go, as far as shipping and tax ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The country.
    pub country: Country,
    /// The state or province, as the buyer writes it.
    pub region: Option<String>,
}

impl Destination {
    /// Whether it lies in this country, and in this region if one is named. Case does not matter.
    pub fn lies_in(&self, country: &str, region: Option<&str>) -> bool {
        let own = self.region.as_deref().map(|own| own.trim().to_lowercase());
        self.country.as_str() == country
            && region.is_none_or(|region| own.as_deref() == Some(region.trim().to_lowercase().as_str()))
    }
}

/// A country, or regions of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// The country.
    pub country: Country,
    /// Its regions; none means all of it.
    pub regions: Vec<String>,
}

/// What a parcel up to a weight costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Band {
    /// The heaviest parcel, in grams.
    pub up_to_grams: i64,
    /// What it costs.
    pub price: Money,
}

/// A way in which a shop ships.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Method {
    /// Identifier.
    pub id: ShippingMethodId,
    /// Whose.
    pub vendor: VendorId,
    /// What buyers read.
    pub name: String,
    /// What it costs, where no weight decides.
    pub price: Money,
    /// It is free for goods of this value and more.
    pub free_above: Option<Money>,
    /// What it costs by weight, the lightest first; it takes nothing heavier than the last.
    pub bands: Vec<Band>,
    /// Where it goes; none means everywhere.
    pub destinations: Vec<Area>,
    /// Days it takes at least.
    pub min_days: Option<i64>,
    /// Days it takes at most.
    pub max_days: Option<i64>,
    /// When it was switched off.
    pub paused_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Method {
    /// Whether it goes there. Where nobody knows yet, every way is open.
    pub fn reaches(&self, destination: Option<&Destination>) -> bool {
        let Some(destination) = destination else { return true };
        let within = |area: &Area| {
            let country = area.country.as_str();
            let mut regions = area.regions.iter();
            if area.regions.is_empty() {
                destination.lies_in(country, None)
            } else {
                regions.any(|region| destination.lies_in(country, Some(region)))
            }
        };
        self.destinations.is_empty() || self.destinations.iter().any(within)
    }

    /// What it costs for goods of this value and weight; `None` when they are too heavy for it.
    pub fn price_for(&self, goods: Money, grams: i64) -> Option<Money> {
        let price = match self.bands.as_slice() {
            [] => self.price,
            bands => bands.iter().find(|band| grams <= band.up_to_grams)?.price,
        };
        let free = self.free_above.is_some_and(|above| goods >= above);
        Some(if free { Money::ZERO } else { price })
    }
}

/// A way of shipping that is open to a buyer, with its price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShippingOption {
    /// The method.
    pub id: ShippingMethodId,
    /// What buyers read.
    pub name: String,
    /// What it costs.
    pub price: Money,
    /// Days it takes at least.
    pub min_days: Option<i64>,
    /// Days it takes at most.
    pub max_days: Option<i64>,
}

/// An option as an order keeps it.
#[derive(Serialize, Deserialize)]
struct KeptOption {
    id: i64,
    name: String,
    price: i64,
    min_days: Option<i64>,
    max_days: Option<i64>,
}

impl ShippingOption {
    /// As the JSON that an order keeps.
    pub fn to_json(&self) -> Option<String> {
        let Self { id, name, price, min_days, max_days } = self.clone();
        let kept = KeptOption { id: id.as_i64(), name, price: price.minor(), min_days, max_days };
        serde_json::to_string(&kept).ok()
    }

    /// What [`ShippingOption::to_json`] wrote.
    pub fn from_json(kept: &str) -> Option<Self> {
        let KeptOption { id, name, price, min_days, max_days } = serde_json::from_str(kept).ok()?;
        let (id, price) = (ShippingMethodId::from_i64(id), Money::from_minor(price));
        Some(Self { id, name, price, min_days, max_days })
    }
}

/// The ways that are open for goods of this value and weight, the cheapest first.
pub fn options(
    methods: &[Method],
    destination: Option<&Destination>,
    goods: Money,
    grams: i64,
) -> Vec<ShippingOption> {
    let open = methods.iter().filter(|method| method.paused_at.is_none() && method.reaches(destination));
    let option = |method: &Method| {
        let price = method.price_for(goods, grams)?;
        let Method { id, name, min_days, max_days, .. } = method.clone();
        Some(ShippingOption { id, name, price, min_days, max_days })
    };
    let mut options: Vec<_> = open.filter_map(option).collect();
    options.sort_by_key(|option| (option.price, option.id));
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn method() -> Method {
        Method {
            id: ShippingMethodId::from_i64(1),
            vendor: VendorId::from_i64(1),
            name: "Parcel".to_owned(),
            price: Money::from_minor(490),
            free_above: None,
            bands: Vec::new(),
            destinations: Vec::new(),
            min_days: None,
            max_days: None,
            paused_at: None,
            created_at: Timestamp::from_millis(0),
        }
    }

    fn place(country: &str, region: Option<&str>) -> Destination {
        Destination { country: country.parse().unwrap(), region: region.map(str::to_owned) }
    }

    #[test]
    fn weight_decides_where_there_are_bands() {
        let band = |up_to_grams, price| Band { up_to_grams, price: Money::from_minor(price) };
        let method = Method { bands: vec![band(1_000, 500), band(5_000, 900)], ..method() };
        for (grams, price) in
            [(0, Some(500)), (1_000, Some(500)), (1_001, Some(900)), (5_000, Some(900)), (5_001, None)]
        {
            let got = method.price_for(Money::from_minor(1), grams).map(Money::minor);
            assert_eq!(got, price, "{grams} g");
        }
    }

    #[test]
    fn it_is_free_from_a_value_on() {
        let method = Method { free_above: Some(Money::from_minor(5_000)), ..method() };
        assert_eq!(method.price_for(Money::from_minor(4_999), 0).map(Money::minor), Some(490));
        assert_eq!(method.price_for(Money::from_minor(5_000), 0).map(Money::minor), Some(0));
    }

    #[test]
    fn it_goes_where_it_goes() {
        let areas = vec![
            Area { country: "DE".parse().unwrap(), regions: Vec::new() },
            Area { country: "US".parse().unwrap(), regions: vec!["CA".to_owned(), "NY".to_owned()] },
        ];
        let method = Method { destinations: areas, ..method() };
        for (country, region, reached) in [
            ("DE", None, true),
            ("DE", Some("Bayern"), true),
            ("US", Some(" ca "), true),
            ("US", Some("TX"), false),
            ("US", None, false),
            ("FR", None, false),
        ] {
            assert_eq!(method.reaches(Some(&place(country, region))), reached, "{country} {region:?}");
        }
        assert!(method.reaches(None));
    }
}
