//! Limits of products: how many of one a buyer may have, and when its sale opens.
//!
//! Invariant: of a product with a limit nobody has more units in orders that were not cancelled, however many
//! purchases they make at the same time: each counts its units by a guarded update in its own transaction.
//! What was bought before a product got its limit is not counted.
//!
//! A buyer is who reads an e-mail address, in any case and with any tag ([`types::Email::person_key`]): what
//! guests buy with it and what its account buys count together, and the uses of coupons likewise. So nothing has
//! to be moved when a guest registers, nor can the two buy at the same moment what only one may have. What was bought
//! stays counted by the address of that moment; who changes it can have no more than who buys with another
//! address as a guest. Since a guest's address is not proven, somebody else can use up what it may have: until their
//! unpaid purchase expires, or the shop refuses it.

mod store;

pub(crate) use store::STATEMENTS;

use std::collections::{BTreeMap, HashMap};

use db::{Asked, Conn, Tx};
use types::{ProductId, Timestamp, VariantId};

use crate::Result;
use crate::cart::{Cart, Problem};
use crate::orders::Item;

/// Units of products with a limit that buyers have bought, by product and buyer.
pub(crate) type Bought = HashMap<(ProductId, String), i64>;

/// Units that a purchase counts towards a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counted {
    /// The product.
    pub(crate) product: ProductId,
    /// The buyer.
    pub(crate) buyer: String,
    /// Units.
    pub(crate) units: i64,
    /// How many the buyer may have in all.
    pub(crate) most: i64,
}

/// What buyers have bought of the products that are limited.
pub(crate) async fn ask_bought(conn: &mut Conn, wanted: &[(ProductId, String)]) -> Result<Asked<Bought>> {
    store::ask_bought(conn, wanted).await
}

/// The units of a cart that count towards limits, when `buyer` buys it.
pub(crate) fn counted(cart: &Cart, buyer: &str) -> Vec<Counted> {
    let mut units: BTreeMap<ProductId, (i64, i64)> = BTreeMap::new();
    for line in &cart.lines {
        if let Some(most) = line.offer.max_per_customer {
            let entry = units.entry(line.offer.product).or_insert((0, most));
            entry.0 += line.quantity.units();
        }
    }
    let counted = |(product, (units, most))| Counted { product, buyer: buyer.to_owned(), units, most };
    units.into_iter().map(counted).collect()
}

/// The lines of a cart that can't be bought at `now` because of limits and sales that have not opened.
pub(crate) fn problems(
    cart: &Cart,
    counted: &[Counted],
    bought: &Bought,
    now: Timestamp,
) -> HashMap<VariantId, Problem> {
    let mut problems = HashMap::new();
    for line in &cart.lines {
        let offer = &line.offer;
        if let Some(opens_at) = offer.opens_at.filter(|opens_at| now < *opens_at) {
            problems.insert(offer.variant, Problem::SaleNotStarted { opens_at });
        } else if let Some(count) = counted.iter().find(|count| count.product == offer.product) {
            let before = bought.get(&(count.product, count.buyer.clone())).copied().unwrap_or_default();
            let available = (count.most - before).max(0);
            if count.units > available {
                problems.insert(offer.variant, Problem::CustomerLimit { available });
            }
        }
    }
    problems
}

/// Counts units, in the order of products and buyers; `false` when a limit does not allow some of them, and
/// then the purchases must not happen.
pub(crate) async fn count(tx: &mut Tx, counted: &[&Counted]) -> Result<bool> {
    let mut sums: BTreeMap<(ProductId, &str), (i64, i64)> = BTreeMap::new();
    for count in counted {
        let entry = sums.entry((count.product, count.buyer.as_str())).or_insert((0, count.most));
        entry.0 += count.units;
    }
    if sums.values().any(|(units, most)| units > most) {
        return Ok(false);
    }
    store::count(tx, &sums).await
}

/// Gives back the units of items whose order is cancelled.
pub(crate) async fn give_back(tx: &mut Tx, items: &[Item]) -> Result<()> {
    let mut sums: BTreeMap<(ProductId, &str), i64> = BTreeMap::new();
    for item in items {
        if let Some(buyer) = &item.limited_for {
            *sums.entry((item.product, buyer)).or_default() += item.quantity.units();
        }
    }
    store::give_back(tx, &sums).await
}
