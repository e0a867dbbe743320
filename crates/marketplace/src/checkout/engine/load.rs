//! What the purchases of a batch need to know, read for all of them at once.
//!
//! What pricing needs is read here, by the carts or the purchases of the whole batch: coupons with their
//! counters, ways of shipping, tax rates, what limits count.

use std::collections::HashMap;

use db::Tx;
use types::{AddressId, CouponId, Timestamp, UserId, VariantId};

use crate::accounts::{self, PostalAddress};
use crate::cart::{self, Cart, Conditions};
use crate::catalog::stock;
use crate::checkout::{Buyer, Destination, Purchase};
use crate::idempotency::{self, Kept, Key, KeyId};
use crate::{Market, Result, Shopper, coupons, limits};

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
    /// Coupons, ways of shipping and taxes.
    pub(super) conditions: Conditions,
    /// How often each coupon was used, in all.
    pub(super) coupon_uses: HashMap<CouponId, i64>,
    /// How often the buyers have used their coupons.
    pub(super) buyers_uses: coupons::Uses,
    /// What the buyers have bought of products with a limit.
    pub(super) bought: limits::Bought,
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
    let locked = cart::lock_all(tx, &shoppers).await?;
    if caution == Caution::Careful {
        coupons::lock_of_carts(tx, &locked.ids()).await?;
        let variants = locked.contents(tx).await?.variants();
        stock::lock_all(tx, &variants).await?;
    }
    // After the carts: who waited for one finds the answer of whom they waited for.
    let keys: Vec<&Key> = batch.iter().map(|purchase| &purchase.key).collect();
    let answers = idempotency::ask_all(tx, &keys, now).await?;
    let addresses = accounts::ask_addresses(tx, &kept_addresses(batch)).await?;
    let contents = locked.contents(tx).await?;
    let (answers, addresses) = (tx.answer(answers).await?, tx.answer(addresses).await?);
    let conditions = contents.ask_conditions(tx, &countries(batch, &addresses)).await?;
    let carts = contents.offered(tx, now).await?;
    let conditions = conditions.answer(tx, carts.values()).await?;
    let lines = carts.values().flat_map(|cart| &cart.lines);
    let stock = lines.map(|line| (line.offer.variant, line.offer.stock)).collect();
    let all = conditions.coupons.values().flatten();
    let coupon_uses = all.map(|presented| (presented.coupon.id, presented.coupon.used_count)).collect();
    let (mut used, mut limited) = (Vec::new(), Vec::new());
    for purchase in batch {
        let Some(cart) = carts.get(&purchase.buyer.shopper()) else { continue };
        let buyer = purchase.buyer.limit_key();
        let own = conditions.coupons_of(cart).iter();
        used.extend(own.map(|presented| (presented.coupon.id, buyer.clone())));
        limited.extend(limits::counted(cart, &buyer).into_iter().map(|count| (count.product, count.buyer)));
    }
    let buyers_uses = coupons::ask_uses(tx, &used).await?;
    let bought = limits::ask_bought(tx, &limited).await?;
    let (buyers_uses, bought) = (tx.answer(buyers_uses).await?, tx.answer(bought).await?);
    Ok(View { now, answers, addresses, carts, stock, conditions, coupon_uses, buyers_uses, bought })
}

/// The countries that the purchases go to, each once.
fn countries(batch: &[&Purchase], addresses: &HashMap<(UserId, AddressId), PostalAddress>) -> Vec<String> {
    let inline = batch.iter().filter_map(|purchase| match &purchase.input.destination {
        Destination::Inline(address) => Some(&**address),
        Destination::Kept(_) => None,
    });
    let all = inline.chain(addresses.values()).map(|address| address.country.as_str().to_owned());
    let mut countries: Vec<String> = all.collect();
    countries.sort_unstable();
    countries.dedup();
    countries
}

fn kept_addresses(batch: &[&Purchase]) -> Vec<(UserId, AddressId)> {
    let kept = |purchase: &&Purchase| match (&purchase.buyer, &purchase.input.destination) {
        (Buyer::User { id, .. }, Destination::Kept(address)) => Some((*id, *address)),
        // A guest has no address book.
        (Buyer::Guest { .. }, _) | (_, Destination::Inline(_)) => None,
    };
    batch.iter().filter_map(kept).collect()
}
