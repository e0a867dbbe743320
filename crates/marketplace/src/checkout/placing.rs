//! The purchase itself: one transaction, all of it or nothing.

use std::collections::HashMap;

use db::{Conn, Tx};
use types::{AddressId, Money, Prose, kind};

use super::split::{split, units};
use super::{Buyer, Checkout, CheckoutStatus, model, store};
use crate::accounts::{self, PostalAddress};
use crate::cart::{self, Cart, Problem};
use crate::catalog::stock;
use crate::jobs::{self, Job};
use crate::orders::{self, NewOrder};
use crate::payments::{self, Method};
use crate::{Error, Market, Result};

/// Where a purchase goes.
#[derive(Debug, Clone)]
pub enum Destination {
    /// An entry of the buyer's address book.
    Kept(AddressId),
    /// An address given with the purchase.
    Inline(Box<PostalAddress>),
}

/// What a buyer says when buying the cart.
#[derive(Debug, Clone)]
pub struct PlaceInput {
    /// Where it goes.
    pub destination: Destination,
    /// How it is to be paid.
    pub method: Method,
    /// What it may cost: anything else is refused.
    pub expected_total: Option<Money>,
    /// A word to the sellers.
    pub note: Option<Prose<500>>,
}

/// Buys the buyer's cart: prices it afresh, checks every line, takes the stock, opens one order per vendor
/// and the payment, and empties the cart. A refusal leaves everything as it was.
///
/// The cart is locked first: of two purchases of the same cart the second finds it empty. The stock is
/// taken last, so that a product that everybody wants is locked for the shortest time.
pub async fn place(tx: &mut Tx, market: &Market, buyer: &Buyer, input: &PlaceInput) -> Result<Checkout> {
    let address = address(tx, buyer, &input.destination).await?;
    let cart = cart::lock(tx, market, &buyer.shopper()).await?;
    let totals = model::price(&cart, input.expected_total)?;
    let created_at = market.now();
    let (guest_email, guest_token_hash) = match buyer {
        Buyer::User(_) => (None, None),
        Buyer::Guest { token, email } => (Some(email.clone()), Some(*token)),
    };
    let checkout = Checkout {
        id: market.id::<kind::Checkout>(),
        user: buyer.shopper().user(),
        guest_email,
        guest_token_hash,
        status: if input.method.is_prepaid() {
            CheckoutStatus::AwaitingPayment
        } else {
            CheckoutStatus::Confirmed
        },
        payment_method: input.method,
        totals,
        address: serde_json::to_string(&address)
            .map_err(|error| Error::failed("an address is no JSON", error))?,
        note: input.note.as_ref().map(ToString::to_string),
        expires_at: created_at.plus_seconds(market.settings.checkout_ttl_seconds),
        created_at,
    };
    store::insert(tx, &checkout, market.settings.currency).await?;
    let orders = split(&cart, &checkout, &market.settings, &market.ids);
    orders::open(tx, market, &orders).await?;
    payments::open(tx, market, checkout.id, checkout.user, input.method, totals.grand()).await?;
    cart::consume(tx, &cart).await?;
    if input.method.is_prepaid() {
        let expiry = Job::ExpireCheckout { checkout: checkout.id.as_i64() };
        jobs::enqueue(tx, market, &expiry, checkout.expires_at).await?;
    } else {
        orders::start(tx, market, checkout.id).await?;
    }
    take_stock(tx, market, &cart, &orders).await?;
    Ok(checkout)
}

async fn address(conn: &mut Conn, buyer: &Buyer, destination: &Destination) -> Result<PostalAddress> {
    let kept = match (destination, buyer) {
        (Destination::Inline(address), _) => return Ok(PostalAddress::clone(address)),
        (Destination::Kept(id), Buyer::User(user)) => accounts::find_address(conn, *user, *id).await?,
        // A guest has no address book.
        (Destination::Kept(_), Buyer::Guest { .. }) => None,
    };
    match kept {
        Some(address) => Ok(address.postal),
        None => Err(Error::invalid("/address_id", "not_found", "there is no such address of yours")),
    }
}

/// Takes what was priced. Somebody else may have been faster since then.
async fn take_stock(tx: &mut Tx, market: &Market, cart: &Cart, orders: &[NewOrder]) -> Result<()> {
    let Err(shortages) = stock::take(tx, market, &units(orders)).await? else { return Ok(()) };
    let problems: HashMap<_, _> = shortages
        .into_iter()
        .map(|short| (short.variant, Problem::InsufficientStock { available: short.available }))
        .collect();
    Ok(model::refuse(cart, &problems)?)
}
