//! What changed in the catalogue: the feed that copies outside the database follow.
//!
//! Whoever changes what a product, a shop or a category shows says so with [`record`], in the same
//! transaction. Every node hears of it: the one that wrote, at its commit; the others by a [`Follower`] that
//! polls. Subscribers of [`Feed::subscribe`] get the names of what changed and read it anew.
//!
//! Stock is followed where it is written anyway: a movement that leaves or leaves behind fewer units than
//! the public is shown exactly is a change of its product, so that purchases write no row more. Units that
//! were sold are shown nowhere and only order lists: that is no change, and the search index finds them in
//! the orders' history.
//!
//! Identifiers of several nodes and of transactions that take long do not arrive in order. The follower
//! reads a short time back each round, and compares the number of rows of the last [`LATENESS_SECONDS`]
//! with what it knows every few rounds; a transaction that takes longer than that is missed by the other
//! nodes.

mod feed;
mod follower;
mod store;

pub use feed::Feed;
pub use follower::{Follower, Running};

pub(crate) use store::{INSERTS, STATEMENTS};

use std::collections::BTreeSet;

use db::{Conn, Tx};
use types::{CategoryId, EventId, ProductId, Timestamp, VariantId, VendorId, kind};

use crate::{Market, Result};
use store::Trail;

/// The longest that a transaction may take between writing a change and its commit.
pub const LATENESS_SECONDS: i64 = 60;

/// How long changes are kept for those who were away.
pub const KEPT_SECONDS: i64 = 86_400;

/// Stocks below this are shown exactly, or as nothing: the public never sees more than ten.
pub(crate) const SHOWN_STOCK: i64 = 10;

/// Rows that are dropped in one transaction.
const SWEPT: i64 = 2_000;

/// What looks different now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// A product: itself, a variant, an image, its price, its stock, its reviews.
    Product(ProductId),
    /// A shop: its name, its state, what it says of itself; and so each of its products.
    Vendor(VendorId),
    /// A category: it came, went, moved or has another name; and so what lies below it.
    Category(CategoryId),
}

/// Writes that something changed; subscribers on this node hear of it at the commit.
pub async fn record(tx: &mut Tx, market: &Market, changes: &[Change]) -> Result<()> {
    let rows: Vec<(EventId, Change)> =
        changes.iter().map(|change| (market.id::<kind::Event>(), *change)).collect();
    store::insert(tx, &rows).await?;
    let market = market.clone();
    tx.on_commit(move || market.changes().committed(&rows));
    Ok(())
}

/// A stock that this node moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StockMove {
    /// Of what.
    pub variant: VariantId,
    /// Units there were.
    pub before: i64,
    /// Units there are now.
    pub after: i64,
}

/// Says that stocks moved: whoever listens to this node's stocks hears of it at the commit, everybody else of
/// the product when the follower looks, which it does at once. Nothing is written.
pub(crate) fn stock_moved(tx: &mut Tx, market: &Market, moves: Vec<StockMove>) {
    let market = market.clone();
    tx.on_commit(move || market.changes().moved(&moves));
}

/// What changed since a moment: for those who were away.
pub(crate) async fn since(conn: &mut Conn, moment: Timestamp) -> Result<Vec<Change>> {
    let mut found = BTreeSet::new();
    for trail in [Trail::Changes, Trail::Movements] {
        let mut after = Some(EventId::first_at(moment));
        while let Some(place) = after {
            let (rows, next) = store::page(conn, trail, place).await?;
            found.extend(rows.into_iter().map(|(_, change)| change));
            after = next;
        }
    }
    Ok(found.into_iter().collect())
}

/// Drops changes that everybody has followed. Says how many.
pub(crate) async fn sweep(tx: &mut Tx, market: &Market) -> Result<u64> {
    store::drop_until(tx, EventId::first_at(market.now().plus_seconds(-KEPT_SECONDS)), SWEPT).await
}
