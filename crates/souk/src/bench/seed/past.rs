//! Purchases of the past: paid, of two sellers each, in bulk.

use std::collections::BTreeMap;

use anyhow::Result;
use db::{Stmt, params};
use marketplace::Market;

use super::super::progress::Progress;
use super::super::rows::{Given, Rows};
use super::goods::Good;
use super::sample::Past;
use super::{ids, people};

/// Purchases that are written in one transaction.
const BATCH: usize = 500;

/// Buyers of the past.
const BUYERS: usize = 1_000;

static COUNT: Stmt = Stmt::new("SELECT COUNT(*) FROM orders");

static TAKE: Stmt = Stmt::new("UPDATE variants SET stock = stock - $2 WHERE id = $1");

static SELL: Stmt = Stmt::new("UPDATE products SET units_sold = units_sold + $2 WHERE id = $1");

static OWE: Stmt = Stmt::new(
    "INSERT INTO vendor_balances (vendor_id, pending, available) VALUES ($1, $2, 0)
     ON CONFLICT (vendor_id) DO UPDATE SET pending = vendor_balances.pending + excluded.pending",
);

/// What purchases took, beside their rows.
#[derive(Default)]
struct Taken {
    units: BTreeMap<i64, i64>,
    sold: BTreeMap<i64, i64>,
    owed: BTreeMap<i64, i64>,
}

/// Makes purchases until there are `orders`.
pub(super) async fn seed(market: &Market, past: &Past, goods: &[Good], orders: usize) -> Result<()> {
    let (there,): (i64,) = market.db.read().await?.one(&COUNT, params![]).await?;
    let missing = orders.saturating_sub(usize::try_from(there)?) / past.sellers;
    if missing == 0 {
        return Ok(());
    }
    let buyers = people::make(market, "past", BUYERS).await?;
    let mut goods = Shelf::new(goods.to_vec(), past.sellers);
    let progress = Progress::new("orders", missing * past.sellers);
    for first in (0..missing).step_by(BATCH) {
        let (mut rows, mut taken) = (Rows::default(), Taken::default());
        let size = BATCH.min(missing - first);
        for number in first..first + size {
            let user = buyers[number % buyers.len()];
            let mut given = vec![Given::Int(user.as_i64()), Given::Text(format!("past-{there}-{number}"))];
            for good in goods.take() {
                given.extend([good.variant, good.product, good.vendor, good.stock].map(Given::Int));
                *taken.units.entry(good.variant).or_default() += 1;
                *taken.sold.entry(good.product).or_default() += 1;
                *taken.owed.entry(good.vendor).or_default() += past.owed;
            }
            past.template.copy(&mut rows, &ids(market, past.template.ids), &given);
        }
        market
            .db
            .write(async move |tx| {
                rows.insert(tx).await?;
                for (stmt, changes) in [(&TAKE, &taken.units), (&SELL, &taken.sold), (&OWE, &taken.owed)] {
                    let sets: Vec<_> = changes.iter().map(|(id, by)| *params![*id, *by]).collect();
                    tx.exec_each(stmt, &sets).await?;
                }
                Ok::<(), db::Error>(())
            })
            .await?;
        progress.add(size * past.sellers);
    }
    progress.finish();
    Ok(())
}

/// Goods that are taken one after the other, each time from different sellers.
pub(in crate::bench) struct Shelf {
    goods: Vec<Good>,
    sellers: usize,
    next: usize,
}

impl Shelf {
    pub(in crate::bench) fn new(goods: Vec<Good>, sellers: usize) -> Self {
        Self { goods, sellers, next: 0 }
    }

    /// One unit from each of as many sellers, with the stock that is left.
    pub(in crate::bench) fn take(&mut self) -> Vec<Good> {
        let mut taken: Vec<Good> = Vec::with_capacity(self.sellers);
        for _ in 0..self.goods.len() {
            if taken.len() == self.sellers {
                break;
            }
            // Far enough apart that neighbours in time are no neighbours in the tables.
            self.next = (self.next + 7_919) % self.goods.len();
            let good = &mut self.goods[self.next];
            if taken.iter().any(|other| other.vendor == good.vendor) {
                continue;
            }
            good.stock -= 1;
            taken.push(*good);
        }
        taken.sort_unstable_by_key(|good| good.variant);
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shelf_gives_a_unit_of_each_of_so_many_sellers() {
        let good =
            |number: i64| Good { product: number, variant: number, vendor: number % 5, price: 1, stock: 9 };
        for sellers in [0, 1, 3, 5] {
            let mut shelf = Shelf::new((0..20).map(good).collect(), sellers);
            let mut vendors: Vec<i64> = shelf.take().iter().map(|good| good.vendor).collect();
            vendors.sort_unstable();
            vendors.dedup();
            assert_eq!(vendors.len(), sellers);
        }
    }
}
