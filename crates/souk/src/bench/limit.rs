//! The limit of a checkout: a bare loop that writes the same rows to the same database, and does nothing
//! else: no HTTP, no tokens, no prices, no checks.

use std::time::Duration;

use anyhow::Result;
use db::limit::{Group, Update, write};
use marketplace::Market;

use super::process;
use super::rows::{Given, Rows};
use super::seed::{Good, Seeded, Shelf, ids, on_sale};

static TAKE: Update = Update {
    sqlite: "UPDATE variants SET stock = stock - ?2 WHERE id = ?1 AND stock >= ?2",
    postgres: "UPDATE variants v SET stock = v.stock - d.units
        FROM unnest($1::BIGINT[], $2::BIGINT[]) AS d(id, units) WHERE v.id = d.id AND v.stock >= d.units",
};

static TOUCH: Update = Update {
    sqlite: "UPDATE carts SET updated_at = ?2 WHERE id = ?1",
    postgres: "UPDATE carts c SET updated_at = d.at
        FROM unnest($1::BIGINT[], $2::BIGINT[]) AS d(id, at) WHERE c.id = d.id",
};

static EMPTY: Update = Update {
    sqlite: "DELETE FROM cart_items WHERE cart_id = ?1",
    postgres: "DELETE FROM cart_items i USING unnest($1::BIGINT[]) AS d(id) WHERE i.cart_id = d.id",
};

/// Who buys in the bare loop, and how.
pub(super) struct Bare {
    /// Buyers and their carts, which are full.
    pub(super) buyers: Vec<(i64, i64)>,
    /// In every purchase, if it is there.
    pub(super) hot: Option<Good>,
    pub(super) sellers: usize,
    /// Purchases that share a transaction.
    pub(super) group: usize,
}

/// What a round of it came to.
#[derive(Default)]
pub(super) struct BareRound {
    pub(super) done: u64,
    pub(super) took: Duration,
    /// Processor time in microseconds, of the loop alone: on PostgreSQL the database's comes on top.
    pub(super) cpu: u64,
}

impl BareRound {
    /// Both together.
    pub(super) fn and(&self, other: &Self) -> Self {
        Self { done: self.done + other.done, took: self.took + other.took, cpu: self.cpu + other.cpu }
    }
}

/// Buys once for each of the buyers, and says how long that took.
pub(super) async fn run(market: &Market, seeded: &Seeded, url: String, bare: &Bare) -> Result<BareRound> {
    let goods = on_sale(&mut market.db.read().await?).await?;
    let mut hot = bare.hot.and_then(|hot| goods.iter().find(|good| good.variant == hot.variant).copied());
    let others = goods.into_iter().filter(|good| hot.is_none_or(|hot| hot.vendor != good.vendor)).collect();
    let mut shelf = Shelf::new(others, bare.sellers - usize::from(hot.is_some()));
    let stamp = market.now().as_micros();
    let mut groups = Vec::new();
    for buyers in bare.buyers.chunks(bare.group.max(1)) {
        let mut rows = Rows::default();
        let (mut units, mut touched, mut emptied) = (Vec::new(), Vec::new(), Vec::new());
        for (user, cart) in buyers {
            let mut lines = shelf.take();
            if let Some(hot) = &mut hot {
                hot.stock -= 1;
                lines.push(*hot);
            }
            let mut given = vec![Given::Int(*user), Given::Text(format!("bare-{stamp}-{cart}"))];
            for good in &lines {
                given.extend([good.variant, good.product, good.vendor, good.stock].map(Given::Int));
                units.push(vec![good.variant, 1]);
            }
            seeded.purchase.copy(&mut rows, &ids(market, seeded.purchase.ids), &given);
            touched.push(vec![*cart, stamp]);
            emptied.push(vec![*cart]);
        }
        let updates = vec![(&TAKE, summed(units)), (&TOUCH, touched), (&EMPTY, emptied)];
        groups.push(Group { inserts: rows.into_tables(), updates });
    }
    let before = process::processor_time(std::process::id()).unwrap_or(0);
    let took = write(&db::Config::new(url), groups).await?;
    let cpu = process::processor_time(std::process::id()).unwrap_or(0).saturating_sub(before);
    Ok(BareRound { done: u64::try_from(bare.buyers.len())?, took, cpu })
}

/// One change for each variant, in the order of the variants: an update over arrays changes a row once.
fn summed(units: Vec<Vec<i64>>) -> Vec<Vec<i64>> {
    let mut sums = std::collections::BTreeMap::new();
    for change in units {
        if let [variant, units] = change[..] {
            *sums.entry(variant).or_insert(0) += units;
        }
    }
    sums.into_iter().map(|(variant, units)| vec![variant, units]).collect()
}
