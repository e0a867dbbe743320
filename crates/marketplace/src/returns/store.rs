//! SQL of the returns.

use db::{Conn, Stmt};
use types::{OrderId, ReturnId};

use super::{Return, ReturnItem};
use crate::Result;
use crate::batch::{self, in_batch};

pub(crate) const STATEMENTS: &[&Stmt] = &[&OF_ORDERS, &ITEMS_OF];

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
