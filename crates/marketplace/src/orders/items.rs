//! How many units of an order's items were shipped, asked back and returned.
//!
//! Each change is one guarded update for each item, in the order of their ids; whoever makes it holds
//! the order's row.

use db::{Conn, Stmt, Tx, params};
use types::{ItemId, OrderId};

use super::{Item, store};
use crate::{Error, Result};

/// The statements of this module.
pub(crate) const STATEMENTS: &[&Stmt] = &[&ADD_SHIPPED, &CLAIM, &UNCLAIM, &ADD_RETURNED];

/// The items of an order as they are now, by id.
pub(crate) async fn items(conn: &mut Conn, order: OrderId) -> Result<Vec<Item>> {
    store::items_of(conn, &[order]).await
}

static ADD_SHIPPED: Stmt = Stmt::new(
    "UPDATE order_items SET quantity_shipped = quantity_shipped + $2
     WHERE id = $1 AND quantity_shipped + $2 <= quantity",
);

/// Counts units as shipped; there must be as many left.
pub(crate) async fn add_shipped(tx: &mut Tx, lines: &[(ItemId, i64)]) -> Result<()> {
    if each(tx, &ADD_SHIPPED, lines).await? {
        Ok(())
    } else {
        Err(Error::internal("more units of an item were to be shipped than it has"))
    }
}

static CLAIM: Stmt = Stmt::new(
    "UPDATE order_items SET quantity_claimed = quantity_claimed + $2
     WHERE id = $1 AND quantity_claimed + $2 <= quantity",
);

/// Counts units as asked back; `false` when fewer are left of one of the items, and then the
/// transaction must not go on.
pub(crate) async fn claim(tx: &mut Tx, lines: &[(ItemId, i64)]) -> Result<bool> {
    each(tx, &CLAIM, lines).await
}

static UNCLAIM: Stmt = Stmt::new(
    "UPDATE order_items SET quantity_claimed = quantity_claimed - $2
     WHERE id = $1 AND quantity_claimed - $2 >= quantity_returned",
);

/// Counts units as no longer asked back.
pub(crate) async fn unclaim(tx: &mut Tx, lines: &[(ItemId, i64)]) -> Result<()> {
    if each(tx, &UNCLAIM, lines).await? {
        Ok(())
    } else {
        Err(Error::internal("units were to be given up that nobody had asked back"))
    }
}

static ADD_RETURNED: Stmt = Stmt::new(
    "UPDATE order_items SET quantity_returned = quantity_returned + $2
     WHERE id = $1 AND quantity_returned + $2 <= quantity_claimed",
);

/// Counts units that were asked back as returned.
pub(crate) async fn add_returned(tx: &mut Tx, lines: &[(ItemId, i64)]) -> Result<()> {
    if each(tx, &ADD_RETURNED, lines).await? {
        Ok(())
    } else {
        Err(Error::internal("more units of an item came back than were asked back"))
    }
}

/// Runs a guarded update for each line, by id; whether each changed its row.
async fn each(tx: &mut Tx, stmt: &'static Stmt, lines: &[(ItemId, i64)]) -> Result<bool> {
    let mut lines = lines.to_vec();
    lines.sort_unstable_by_key(|(item, _)| *item);
    let sets: Vec<_> = lines.iter().map(|line| *params![line.0, line.1]).collect();
    let changed = tx.exec_each(stmt, &sets).await?;
    Ok(changed.iter().all(|rows| *rows == 1))
}
