//! Carts: what a buyer means to buy, and the wishlist: what they think of buying.
//!
//! A cart belongs to a user, or to a guest who holds its [`Token`]. Invariants: whoever changes a cart
//! locks it first, so what two requests put in adds up, and a checkout consumes exactly what it priced; a
//! line is 1 to 999 units of one variant, a cart at most [`LINES_MAX`] lines. A cart reserves nothing and
//! its prices are those of the moment it is read: only the checkout takes stock.

mod conditions;
mod contents;
mod error;
mod model;
mod priced;
pub mod reminders;
mod rows;
pub mod saved;
mod store;
mod store_offers;
mod token;
pub mod wishlist;

pub use error::{CartError, Problem};
pub use model::{Cart, Group, Line, Offer, Seller};
pub use priced::{Place, Priced};
pub use token::Token;

pub(crate) use conditions::Conditions;
pub(crate) use contents::lock_all;
pub(crate) use store::{INSERTS, STATEMENTS};
pub(crate) use store_offers::STATEMENTS as OFFER_STATEMENTS;

use db::{Conn, Tx};
use types::{CartId, ProductId, Quantity, UserId, VariantId};

use self::contents::Carts;
use self::model::BareLine;
use crate::coupons::{self, CouponError, Refused};
use crate::error::Refusal;
use crate::{Market, Result, Shopper};

/// The most lines of a cart.
pub const LINES_MAX: i64 = 100;

/// Seconds after which a guest's cart that nobody touched is dropped: 30 days.
const GUEST_CART_SECONDS: i64 = 30 * 24 * 60 * 60;

/// What is to be put into a cart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// This variant.
    Variant(VariantId),
    /// The variant that stands for this product.
    Product(ProductId),
}

/// The shopper's cart at the prices of this moment, as it would be shipped to `place`.
pub async fn view(conn: &mut Conn, market: &Market, shopper: &Shopper, place: Place) -> Result<Priced> {
    match store::find(conn, shopper).await? {
        Some(id) => priced::price(conn, market, (id, shopper), place).await,
        None => Ok(Priced::default()),
    }
}

/// The cart after a change.
async fn show(conn: &mut Conn, market: &Market, id: CartId, shopper: &Shopper) -> Result<Priced> {
    priced::price(conn, market, (id, shopper), Place::Usual).await
}

async fn load(conn: &mut Conn, market: &Market, id: CartId, shopper: &Shopper) -> Result<Cart> {
    let carts = Carts::one(id, shopper);
    let mut offered = carts.contents(conn).await?.offered(conn, market.now()).await?;
    Ok(offered.remove(shopper).unwrap_or_default())
}

/// Puts `more` units into the cart, on top of those that are there.
pub async fn add(
    tx: &mut Tx,
    market: &Market,
    shopper: &Shopper,
    wanted: Wanted,
    more: Quantity,
) -> Result<Priced> {
    let variant = match wanted {
        Wanted::Variant(variant) => variant,
        Wanted::Product(product) => store::default_variant(tx, product).await?.ok_or(Refusal::NotFound)?,
    };
    let cart = store::open(tx, market, shopper).await?;
    let offer = store_offers::offer(tx, cart, shopper.user(), variant, market.now()).await?;
    let (offer, held) = offer.ok_or(Refusal::NotFound)?;
    let quantity = model::add(&offer, held, more)?;
    store::put_line(tx, cart, &offer, quantity, market.now()).await?;
    reminders::put_off(tx, market, cart, shopper).await?;
    show(tx, market, cart, shopper).await
}

/// Refuses a variant that does not exist.
pub async fn check_variant(conn: &mut Conn, variant: VariantId) -> Result<()> {
    if store::variant_exists(conn, variant).await? { Ok(()) } else { Err(Refusal::NotFound.into()) }
}

/// Makes the cart hold `quantity` units of a variant; none takes the line out.
pub async fn set(
    tx: &mut Tx,
    market: &Market,
    shopper: &Shopper,
    variant: VariantId,
    quantity: Option<Quantity>,
) -> Result<Priced> {
    let cart = store::open(tx, market, shopper).await?;
    let offer = store_offers::offer(tx, cart, shopper.user(), variant, market.now()).await?;
    let (offer, held) = offer.ok_or(Refusal::NotFound)?;
    match quantity {
        Some(quantity) => {
            let quantity = model::hold(&offer, held, quantity)?;
            store::put_line(tx, cart, &offer, quantity, market.now()).await?;
        }
        None => {
            store::delete_line(tx, cart, variant).await?;
        }
    }
    reminders::put_off(tx, market, cart, shopper).await?;
    show(tx, market, cart, shopper).await
}

/// Takes a line out. One that is not there is `not_found`.
pub async fn remove(tx: &mut Tx, market: &Market, shopper: &Shopper, variant: VariantId) -> Result<Priced> {
    let cart = store::lock(tx, market, shopper).await?.ok_or(Refusal::NotFound)?;
    if !store::delete_line(tx, cart, variant).await? {
        return Err(Refusal::NotFound.into());
    }
    reminders::put_off(tx, market, cart, shopper).await?;
    show(tx, market, cart, shopper).await
}

/// Takes everything out.
pub async fn clear(tx: &mut Tx, market: &Market, shopper: &Shopper) -> Result<()> {
    if let Some(cart) = store::lock(tx, market, shopper).await? {
        store::empty(tx, cart).await?;
        coupons::clear_carts(tx, &[cart]).await?;
    }
    Ok(())
}

/// Puts a coupon into the cart. One that can't be used for what is in it is refused, and the cart stays as
/// it was.
pub async fn add_coupon(tx: &mut Tx, market: &Market, shopper: &Shopper, code: &str) -> Result<Priced> {
    let cart = store::open(tx, market, shopper).await?;
    let coupon = coupons::put_in_cart(tx, market, cart, code).await?;
    let priced = show(tx, market, cart, shopper).await?;
    let place = priced.coupons.iter().position(|presented| presented.coupon.id == coupon);
    match place.and_then(|place| priced.quote.coupons.get(place)?.problem) {
        None => Ok(priced),
        Some(problem) => {
            let pointer = "/code".to_owned();
            Err(CouponError::Refused(Refused { pointer }, problem).into())
        }
    }
}

/// Takes a coupon out. One that is not there is `not_found`.
pub async fn remove_coupon(tx: &mut Tx, market: &Market, shopper: &Shopper, code: &str) -> Result<Priced> {
    let cart = store::lock(tx, market, shopper).await?.ok_or(Refusal::NotFound)?;
    if !coupons::take_out_of_cart(tx, cart, code).await? {
        return Err(Refusal::NotFound.into());
    }
    show(tx, market, cart, shopper).await
}

/// The shopper's cart as it is shown, locked.
pub async fn lock_shown(tx: &mut Tx, market: &Market, shopper: &Shopper) -> Result<Priced> {
    match store::lock(tx, market, shopper).await? {
        Some(id) => show(tx, market, id, shopper).await,
        None => Ok(Priced::default()),
    }
}

/// The shopper's cart, locked, so that it stays as it is read until the transaction ends.
pub async fn lock(tx: &mut Tx, market: &Market, shopper: &Shopper) -> Result<Cart> {
    match store::lock(tx, market, shopper).await? {
        Some(id) => load(tx, market, id, shopper).await,
        None => Ok(Cart::default()),
    }
}

/// Takes out of locked carts what was bought: all that was read of them, and nothing else.
pub(crate) async fn consume_all(tx: &mut Tx, carts: &[&Cart]) -> Result<()> {
    let ids: Vec<CartId> = carts.iter().filter_map(|cart| cart.id).collect();
    let lines: u64 = carts.iter().flat_map(|cart| &cart.lines).map(|_| 1).sum();
    store::consume(tx, &ids, lines).await
}

/// Makes a guest's cart join a user's at login: quantities add up, coupons and what was put aside come along, products of the user's own
/// shops are left out, and the guest's cart is gone. Without such a cart nothing happens.
pub async fn merge(tx: &mut Tx, market: &Market, guest: &[u8; 32], user: UserId) -> Result<()> {
    let Some(from) = store::lock(tx, market, &Shopper::Guest(*guest)).await? else { return Ok(()) };
    let joining = bare_lines_of(tx, from, user).await?;
    let has_more = coupons::any_in_cart(tx, from).await? || store::saved_count(tx, from).await? > 0;
    if !joining.is_empty() || has_more {
        let into = store::open(tx, market, &Shopper::User(user)).await?;
        coupons::join_carts(tx, from, into).await?;
        store::join_saved(tx, from, into).await?;
        let own = bare_lines_of(tx, into, user).await?;
        store::put_lines(tx, into, &model::join(&own, joining)).await?;
        reminders::put_off(tx, market, into, &Shopper::User(user)).await?;
    }
    store::delete(tx, from).await
}

/// What is in a cart that is about to be `user`'s.
async fn bare_lines_of(tx: &mut Tx, cart: CartId, user: UserId) -> Result<Vec<BareLine>> {
    let rows = store_offers::in_carts(tx, &[(cart, Some(user))]).await?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

/// Drops guests' carts that nobody has touched for 30 days, at most `most`, and says how many.
pub async fn sweep(tx: &mut Tx, market: &Market, most: i64) -> Result<usize> {
    let stale = store::stale(tx, market.now().plus_seconds(-GUEST_CART_SECONDS), most).await?;
    for cart in &stale {
        store::delete(tx, *cart).await?;
    }
    Ok(stale.len())
}

#[cfg(test)]
mod tests;
