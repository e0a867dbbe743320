//! What the purchases of a batch need to know, read for all of them at once.
//!
//! What a later rule of pricing needs is read here, by the carts or the purchases of the whole batch, and put
//! into the [`View`]: coupons with their counters, shipping methods, tax rates.

use std::collections::HashMap;

use db::Tx;
use types::{AddressId, Timestamp, UserId, VariantId};

use crate::accounts::{self, PostalAddress};
use crate::cart::{self, Cart};
use crate::catalog::stock;
use crate::checkout::{Buyer, Destination, Purchase};
use crate::idempotency::{self, Kept, Key, KeyId};
use crate::{Market, Result, Shopper};

/// Whether others may be in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caution {
    /// Probably not: the stock is read without a lock and taken last, so that a product that everybody wants
    /// is locked for the shortest time.
    Bold,
    /// They were a moment ago: the stock is locked before it is read, so that what is decided holds.
    Careful,
}

/// The world as the purchases of a batch see it; while they are decided, as the earlier ones leave it.
pub(super) struct View {
    /// The moment of all of them.
    pub(super) now: Timestamp,
    /// The answers under their keys.
    pub(super) answers: HashMap<KeyId, Kept>,
    /// The entries of address books that they name.
    pub(super) addresses: HashMap<(UserId, AddressId), PostalAddress>,
    /// Their carts, locked.
    pub(super) carts: HashMap<Shopper, Cart>,
    /// The stock of what is in the carts.
    pub(super) stock: HashMap<VariantId, i64>,
}

/// Reads it.
pub(super) async fn load(
    tx: &mut Tx,
    market: &Market,
    batch: &[&Purchase],
    caution: Caution,
) -> Result<View> {
    let now = market.now();
    let mut shoppers: Vec<Shopper> = batch.iter().map(|purchase| purchase.buyer.shopper()).collect();
    let mut seen = std::collections::HashSet::with_capacity(shoppers.len());
    shoppers.retain(|shopper| seen.insert(shopper.clone()));
    let shoppers: Vec<&Shopper> = shoppers.iter().collect();
    let mut carts = cart::lock_all(tx, &shoppers, now).await?;
    if caution == Caution::Careful {
        let lines = carts.values().flat_map(|cart| &cart.lines);
        stock::lock_all(tx, &mut lines.map(|line| line.offer.variant).collect()).await?;
        carts = cart::lock_all(tx, &shoppers, now).await?;
    }
    // After the carts: who waited for one finds the answer of whom they waited for.
    let keys: Vec<&Key> = batch.iter().map(|purchase| &purchase.key).collect();
    let answers = idempotency::find_all(tx, &keys, now).await?;
    let addresses = accounts::find_addresses(tx, &kept_addresses(batch)).await?;
    let lines = carts.values().flat_map(|cart| &cart.lines);
    let stock = lines.map(|line| (line.offer.variant, line.offer.stock)).collect();
    Ok(View { now, answers, addresses, carts, stock })
}

fn kept_addresses(batch: &[&Purchase]) -> Vec<(UserId, AddressId)> {
    let kept = |purchase: &&Purchase| match (&purchase.buyer, &purchase.input.destination) {
        (Buyer::User(user), Destination::Kept(address)) => Some((*user, *address)),
        // A guest has no address book.
        (Buyer::Guest { .. }, _) | (_, Destination::Inline(_)) => None,
    };
    batch.iter().filter_map(kept).collect()
}
