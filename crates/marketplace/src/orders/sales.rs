//! How often products were sold: what the list of best sellers goes by.

use std::collections::BTreeSet;

use db::{Conn, Stmt, Tx, params};
use types::{EventId, OrderId, ProductId, Timestamp};

use super::{Item, store};
use crate::Result;
use crate::catalog::stock;

pub(crate) const STATEMENTS: &[&Stmt] = &[&SOLD_AFTER];

/// Items that are read at a time: more than an order has.
const PAGE: usize = 2_000;

/// Counts the units of orders that were started as sold.
pub(super) async fn count(tx: &mut Tx, orders: &[OrderId]) -> Result<()> {
    let items = store::items_of(tx, orders).await?;
    stock::count_sales(tx, &sales(&items, 1)).await
}

/// Counts the units of a started order that is cancelled as not sold.
pub(super) async fn count_back(tx: &mut Tx, items: &[Item]) -> Result<()> {
    stock::count_sales(tx, &sales(items, -1)).await
}

fn sales(items: &[Item], sign: i64) -> Vec<(ProductId, i64)> {
    items.iter().map(|item| (item.product, sign * item.quantity.units())).collect()
}

/// The products of which units were sold or came back since a moment, from the history of the orders; some
/// that were not, too.
pub(crate) async fn sold_since(conn: &mut Conn, moment: Timestamp) -> Result<BTreeSet<ProductId>> {
    let mut found = BTreeSet::new();
    let mut after = EventId::first_at(moment);
    loop {
        let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
        let rows: Vec<(EventId, ProductId)> = conn.all(&SOLD_AFTER, params![after, limit]).await?;
        found.extend(rows.iter().map(|(_, product)| *product));
        let Some((last, _)) = rows.last().filter(|_| rows.len() == PAGE) else { return Ok(found) };
        // Other items of the last order may have had no room.
        after = EventId::from_i64(last.as_i64() - 1);
    }
}

static SOLD_AFTER: Stmt = Stmt::new(
    "SELECT e.id, i.product_id FROM order_events e CROSS JOIN order_items i
     WHERE e.id > $1 AND e.to_status IN ('pending', 'cancelled') AND i.order_id = e.order_id
     ORDER BY e.id LIMIT $2",
);
