//! A cart with what it comes to, and why.

use std::collections::HashMap;

use db::Conn;
use types::CartId;

use super::Cart;
use super::contents::Carts;
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

/// Reads a cart and works out what it comes to.
pub(super) async fn price(
    conn: &mut Conn,
    market: &Market,
    (id, shopper): (CartId, &Shopper),
    place: Place,
) -> Result<Priced> {
    let usual = match (&place, shopper.user()) {
        (Place::Usual, Some(user)) => Some(accounts::ask_default_address(conn, user).await?),
        (Place::Usual, None) | (Place::Named(_), _) => None,
    };
    let carts = Carts::one(id, shopper);
    let contents = carts.contents(conn).await?;
    let destination = match (place, usual) {
        (Place::Named(destination), _) => Some(destination),
        (Place::Usual, Some(asked)) => {
            conn.answer(asked).await?.map(|address| Destination::from(&address.postal))
        }
        (Place::Usual, None) => None,
    };
    // Nothing goes nowhere.
    let destination = destination.filter(|_| !contents.is_empty());
    let countries: Vec<String> =
        destination.iter().map(|destination| destination.country.as_str().to_owned()).collect();
    let conditions = contents.ask_conditions(conn, &countries).await?;
    let cart = contents.offered(conn, market.now()).await?.remove(shopper).unwrap_or_default();
    let conditions = conditions.answer(conn, std::iter::once(&cart)).await?;
    let included = market.settings.prices_include_tax;
    let quote = conditions.quote(&cart, (destination.as_ref(), &HashMap::new()), included, market.now());
    Ok(Priced { coupons: conditions.coupons_of(&cart).to_vec(), cart, quote })
}
