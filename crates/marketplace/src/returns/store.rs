//! SQL of the returns.

use db::{Conn, Stmt, Tx, params};
use types::{Limit, Money, OrderId, ReturnId, Timestamp, VendorId};

use super::{Return, ReturnItem, ReturnStatus};
use crate::Result;
use crate::batch::{self, in_batch};

pub(crate) const STATEMENTS: &[&Stmt] = &[
    &OF_ORDERS,
    &ITEMS_OF,
    &FIND,
    &OF_VENDOR,
    &INSERT,
    &INSERT_ITEM,
    &SET_STATUS,
    &SET_REFUND,
    &END_REFUNDED,
];

macro_rules! return_columns {
    () => {
        "id, order_id, vendor_id, status, reason, answer, refund, created_at"
    };
}

static OF_ORDERS: Stmt = Stmt::new(in_batch!(
    "SELECT id, order_id, vendor_id, status, reason, answer, refund, created_at FROM returns WHERE order_id IN ",
    " ORDER BY order_id, id LIMIT 10000"
));

pub(super) async fn of_orders(conn: &mut Conn, orders: &[OrderId]) -> Result<Vec<Return>> {
    batch::all(conn, &OF_ORDERS, orders).await
}

static ITEMS_OF: Stmt = Stmt::new(in_batch!(
    "SELECT return_id, item_id, quantity FROM return_items WHERE return_id IN ",
    " ORDER BY return_id, item_id LIMIT 10000"
));

pub(super) async fn items_of(conn: &mut Conn, returns: &[ReturnId]) -> Result<Vec<ReturnItem>> {
    batch::all(conn, &ITEMS_OF, returns).await
}

static FIND: Stmt = Stmt::new(concat!("SELECT ", return_columns!(), " FROM returns WHERE id = $1"));

pub(super) async fn find(conn: &mut Conn, returned: ReturnId) -> Result<Option<Return>> {
    Ok(conn.opt(&FIND, params![returned]).await?)
}

static OF_VENDOR: Stmt = Stmt::new(concat!(
    "SELECT ",
    return_columns!(),
    " FROM returns WHERE vendor_id = $1 AND (CAST($2 AS BIGINT) IS NULL OR id < $2) ORDER BY id DESC LIMIT $3"
));

pub(super) async fn of_vendor(
    conn: &mut Conn,
    vendor: VendorId,
    before: Option<ReturnId>,
    limit: Limit,
) -> Result<Vec<Return>> {
    Ok(conn.all(&OF_VENDOR, params![vendor, before, limit.plus_one()]).await?)
}

static INSERT: Stmt = Stmt::new(
    "INSERT INTO returns (id, order_id, vendor_id, status, reason, refund, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
);

static INSERT_ITEM: Stmt =
    Stmt::new("INSERT INTO return_items (return_id, item_id, quantity) VALUES ($1, $2, $3)");

pub(super) async fn insert(tx: &mut Tx, returned: &Return) -> Result<()> {
    let Return { id, order, vendor, status, reason, refund, created_at, .. } = returned;
    tx.exec_n(1, &INSERT, params![id, order, vendor, status, reason, refund, created_at]).await?;
    let sets: Vec<_> =
        returned.items.iter().map(|item| *params![item.returned, item.item, item.quantity]).collect();
    tx.exec_each(&INSERT_ITEM, &sets).await?;
    Ok(())
}

static SET_STATUS: Stmt =
    Stmt::new("UPDATE returns SET status = $3, answer = $4, updated_at = $5 WHERE id = $1 AND status = $2");

/// `false` when the return is no longer in the state `from`.
pub(super) async fn set_status(
    tx: &mut Tx,
    returned: ReturnId,
    (from, to): (ReturnStatus, ReturnStatus),
    answer: Option<&str>,
    now: Timestamp,
) -> Result<bool> {
    Ok(tx.exec(&SET_STATUS, params![returned, from, to, answer, now]).await? == 1)
}

static SET_REFUND: Stmt =
    Stmt::new("UPDATE returns SET refund = $2, updated_at = $3 WHERE id = $1 AND status = 'received'");

pub(super) async fn set_refund(tx: &mut Tx, returned: ReturnId, amount: Money, now: Timestamp) -> Result<()> {
    Ok(tx.exec_n(1, &SET_REFUND, params![returned, amount, now]).await?)
}

static END_REFUNDED: Stmt = Stmt::new(
    "UPDATE returns SET status = 'refunded', updated_at = $2 WHERE id = $1 AND status = 'received'",
);

pub(super) async fn end_refunded(tx: &mut Tx, returned: ReturnId, now: Timestamp) -> Result<()> {
    Ok(tx.exec_n(1, &END_REFUNDED, params![returned, now]).await?)
}
