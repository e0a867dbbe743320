//! A cart with what it comes to, and why.

use std::collections::HashMap;

use db::Conn;

use super::{Cart, Conditions};
use crate::accounts::{self, PostalAddress};
use crate::coupons::Presented;
use crate::pricing::{OrderQuote, Quote};
use crate::shipping::Destination;
use crate::{Market, Result, Shopper};

/// Where a cart is to be priced for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Place {
    /// The shopper's default address, if they have one.
    #[default]
    Usual,
    /// This place.
    Named(Destination),
}

/// A cart at the prices of one moment, shipped in the cheapest ways.
#[derive(Debug, Clone, Default)]
pub struct Priced {
    /// The cart.
    pub cart: Cart,
    /// Its coupons, in the order in which they were put in.
    pub coupons: Vec<Presented>,
    /// What it comes to.
    pub quote: Quote,
}

impl From<&PostalAddress> for Destination {
    fn from(address: &PostalAddress) -> Self {
        let region = address.region.as_ref().map(|region| region.as_str().to_owned());
        Self { country: address.country.clone(), region }
    }
}

impl Priced {
    /// What the seller's part comes to. Every seller of the cart has one.
    pub fn order_of(&self, vendor: types::VendorId) -> Option<&OrderQuote> {
        self.quote.order_of(vendor)
    }
}

/// Works out what a cart comes to.
pub(super) async fn price(
    conn: &mut Conn,
    market: &Market,
    shopper: &Shopper,
    cart: Cart,
    place: Place,
) -> Result<Priced> {
    if cart.lines.is_empty() {
        let conditions = Conditions::load_coupons(conn, &cart).await?;
        let quote = conditions.quote(&cart, (None, &HashMap::new()), false, market.now());
        return Ok(Priced { coupons: conditions.coupons_of(&cart).to_vec(), cart, quote });
    }
    let destination = match (place, shopper.user()) {
        (Place::Named(destination), _) => Some(destination),
        (Place::Usual, Some(user)) => {
            let address = accounts::default_address(conn, user).await?;
            address.map(|address| Destination::from(&address.postal))
        }
        (Place::Usual, None) => None,
    };
    let countries: Vec<String> =
        destination.iter().map(|destination| destination.country.as_str().to_owned()).collect();
    let conditions = Conditions::load(conn, &[&cart], &countries).await?;
    let included = market.settings.prices_include_tax;
    let quote = conditions.quote(&cart, (destination.as_ref(), &HashMap::new()), included, market.now());
    Ok(Priced { coupons: conditions.coupons_of(&cart).to_vec(), cart, quote })
}
