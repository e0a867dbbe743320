//! What a shopper put aside for later: out of the cart, without being forgotten.

use db::Tx;
use types::{Quantity, VariantId};

use super::{Cart, Line, Priced, model, store, store_offers};
use crate::error::Refusal;
use crate::{Market, Result, Shopper};

/// The most variants that are put aside.
pub const SAVED_MAX: i64 = 100;

/// What the shopper put aside, at the prices of this moment, the latest first.
pub async fn list(conn: &mut db::Conn, market: &Market, shopper: &Shopper) -> Result<Vec<Line>> {
    match store::find(conn, shopper).await? {
        Some(cart) => store_offers::saved_lines(conn, cart, shopper.user(), market.now()).await,
        None => Ok(Vec::new()),
    }
}

/// Puts a line of the cart aside. What was put aside of the variant before adds up. One that is not in the
/// cart is `not_found`.
pub async fn save(tx: &mut Tx, market: &Market, shopper: &Shopper, variant: VariantId) -> Result<Priced> {
    let id = store::lock(tx, market, shopper).await?.ok_or(Refusal::NotFound)?;
    let Cart { lines, .. } = super::load(tx, market, id, shopper).await?;
    let line = lines.into_iter().find(|line| line.offer.variant == variant).ok_or(Refusal::NotFound)?;
    store::delete_line(tx, id, variant).await?;
    store::save(tx, id, variant, line.quantity, market.now()).await?;
    if store::saved_count(tx, id).await? > SAVED_MAX {
        return Err(super::CartError::Full(variant).into());
    }
    super::show(tx, market, id, shopper).await
}

/// Puts what was put aside back into the cart, on top of what is there. Refused like putting it in anew.
pub async fn restore(tx: &mut Tx, market: &Market, shopper: &Shopper, variant: VariantId) -> Result<Priced> {
    let id = store::lock(tx, market, shopper).await?.ok_or(Refusal::NotFound)?;
    let units: Quantity = store::take_saved(tx, id, variant).await?.ok_or(Refusal::NotFound)?;
    let offer = store_offers::offer(tx, id, shopper.user(), variant, market.now()).await?;
    let (offer, held) = offer.ok_or(Refusal::NotFound)?;
    let quantity = model::add(&offer, held, units)?;
    store::put_line(tx, id, &offer, quantity, market.now()).await?;
    super::reminders::put_off(tx, market, id, shopper).await?;
    super::show(tx, market, id, shopper).await
}

/// Forgets what was put aside. What was not is `not_found`.
pub async fn forget(tx: &mut Tx, market: &Market, shopper: &Shopper, variant: VariantId) -> Result<()> {
    let id = store::lock(tx, market, shopper).await?.ok_or(Refusal::NotFound)?;
    store::take_saved(tx, id, variant).await?.map(drop).ok_or_else(|| Refusal::NotFound.into())
}
