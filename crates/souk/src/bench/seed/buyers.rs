//! Buyers with full carts.

use anyhow::{Result, ensure};
use db::{Stmt, params};
use marketplace::Market;
use types::{Timestamp, UserId};

use super::super::rows::{Given, Rows};
use super::past::Shelf;
use super::{Good, Seeded, ids, people};

/// Carts that are filled in one transaction.
const BATCH: usize = 500;

/// Seconds after which access tokens are replaced, long before they expire.
const RENEWAL_SECONDS: i64 = 8 * 60;

static EMPTY: Stmt = Stmt::new("DELETE FROM cart_items WHERE cart_id = $1");

/// Somebody who buys.
#[derive(Debug, Clone)]
pub(in crate::bench) struct Buyer {
    pub(in crate::bench) token: String,
    cart: i64,
}

/// What goes into each cart.
pub(in crate::bench) struct Lines {
    /// In every cart, if it is there.
    pub(in crate::bench) hot: Option<Good>,
    shelf: Shelf,
}

impl Lines {
    /// One unit from each of `sellers`; the first of them sells `hot`, if there is one.
    pub(in crate::bench) fn new(seeded: &Seeded, sellers: usize, hot: Option<Good>) -> Result<Self> {
        let other = |good: &&Good| hot.is_none_or(|hot| hot.vendor != good.vendor);
        let goods: Vec<Good> = seeded.goods.iter().filter(other).copied().collect();
        let sellers = sellers - usize::from(hot.is_some());
        ensure!(sellers == 0 || !goods.is_empty(), "there is nothing to put into the carts");
        Ok(Self { hot, shelf: Shelf::new(goods, sellers) })
    }

    fn next(&mut self) -> Vec<Good> {
        let mut lines = self.shelf.take();
        lines.extend(self.hot);
        lines
    }
}

/// All of them.
pub(in crate::bench) struct Buyers {
    users: Vec<UserId>,
    carts: Vec<i64>,
    tokens: Vec<String>,
    renewed_at: Timestamp,
}

impl Buyers {
    /// Makes this many, with empty carts.
    pub(in crate::bench) async fn make(market: &Market, seeded: &Seeded, count: usize) -> Result<Self> {
        let users = people::make(market, "buyer", count).await?;
        let mut carts = Vec::with_capacity(count);
        for some in users.chunks(BATCH) {
            let mut rows = Rows::default();
            for user in some {
                let ids = ids(market, seeded.cart.ids);
                seeded.cart.copy(&mut rows, &ids, &[Given::Int(user.as_i64())]);
                carts.push(ids[0]);
            }
            market.db.write(async move |tx| rows.insert(tx).await).await?;
        }
        let tokens = people::log_in(market, &users).await?;
        Ok(Self { users, carts, tokens, renewed_at: market.now() })
    }

    /// How many there are.
    pub(in crate::bench) fn count(&self) -> usize {
        self.users.len()
    }

    /// Each user and their cart.
    pub(in crate::bench) fn carts(&self) -> Vec<(i64, i64)> {
        self.users.iter().map(|user| user.as_i64()).zip(self.carts.iter().copied()).collect()
    }

    /// Gives the first `count` of them full carts, and tokens that are good for a while.
    pub(in crate::bench) async fn fill(
        &mut self,
        market: &Market,
        seeded: &Seeded,
        lines: &mut Lines,
        count: usize,
    ) -> Result<Vec<Buyer>> {
        if market.now() > self.renewed_at.plus_seconds(RENEWAL_SECONDS) {
            self.tokens = people::log_in(market, &self.users).await?;
            self.renewed_at = market.now();
        }
        let count = count.min(self.carts.len());
        for some in self.carts[..count].chunks(BATCH) {
            let mut rows = Rows::default();
            for cart in some {
                for good in lines.next() {
                    let given = [Given::Int(*cart), Given::Int(good.variant), Given::Int(good.price)];
                    seeded.line.copy(&mut rows, &ids(market, seeded.line.ids), &given);
                }
            }
            let carts = some.to_vec();
            market
                .db
                .write(async move |tx| {
                    let sets: Vec<_> = carts.iter().map(|cart| *params![*cart]).collect();
                    tx.exec_each(&EMPTY, &sets).await?;
                    rows.insert(tx).await
                })
                .await?;
        }
        let each = self.tokens.iter().zip(&self.carts).take(count);
        Ok(each.map(|(token, cart)| Buyer { token: token.clone(), cart: *cart }).collect())
    }
}

impl Buyer {
    /// Their cart.
    pub(in crate::bench) const fn cart(&self) -> i64 {
        self.cart
    }
}
