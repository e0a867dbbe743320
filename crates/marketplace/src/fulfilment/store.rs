//! SQL of the shipments.

use db::{Conn, Stmt};
use types::{OrderId, ShipmentId};

use super::{Shipment, ShipmentItem};
use crate::Result;
use crate::batch::{self, in_batch};

pub(crate) const STATEMENTS: &[&Stmt] = &[&OF_ORDERS, &ITEMS_OF];

static OF_ORDERS: Stmt = Stmt::new(in_batch!(
    "SELECT id, order_id, status, carrier, tracking_number, created_at FROM shipments WHERE order_id IN ",
    " ORDER BY order_id, id LIMIT 10000"
));

pub(super) async fn of_orders(conn: &mut Conn, orders: &[OrderId]) -> Result<Vec<Shipment>> {
    batch::all(conn, &OF_ORDERS, orders).await
}

static ITEMS_OF: Stmt = Stmt::new(in_batch!(
    "SELECT shipment_id, item_id, quantity FROM shipment_items WHERE shipment_id IN ",
    " ORDER BY shipment_id, item_id LIMIT 10000"
));

pub(super) async fn items_of(conn: &mut Conn, shipments: &[ShipmentId]) -> Result<Vec<ShipmentItem>> {
    batch::all(conn, &ITEMS_OF, shipments).await
}
