//! SQL of the shipments.

use db::{Conn, Stmt, Tx, params};
use types::{ItemId, OrderId, ShipmentId, Timestamp};

use super::{NewShipment, Shipment, ShipmentItem, ShipmentStatus};
use crate::Result;
use crate::batch::{self, in_batch};

pub(crate) const STATEMENTS: &[&Stmt] =
    &[&OF_ORDERS, &ITEMS_OF, &FIND, &ANY, &ANY_UNDER_WAY, &INSERT, &INSERT_ITEM, &SET_STATUS, &DELIVER_ALL];

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

static FIND: Stmt = Stmt::new(
    "SELECT id, order_id, status, carrier, tracking_number, created_at FROM shipments WHERE id = $1",
);

pub(super) async fn find(conn: &mut Conn, shipment: ShipmentId) -> Result<Option<Shipment>> {
    Ok(conn.opt(&FIND, params![shipment]).await?)
}

static ANY: Stmt = Stmt::new("SELECT id FROM shipments WHERE order_id = $1 ORDER BY id LIMIT 1");

pub(super) async fn any(conn: &mut Conn, order: OrderId) -> Result<bool> {
    let found: Option<(ShipmentId,)> = conn.opt(&ANY, params![order]).await?;
    Ok(found.is_some())
}

static ANY_UNDER_WAY: Stmt =
    Stmt::new("SELECT id FROM shipments WHERE order_id = $1 AND status <> 'delivered' ORDER BY id LIMIT 1");

pub(super) async fn any_under_way(conn: &mut Conn, order: OrderId) -> Result<bool> {
    let found: Option<(ShipmentId,)> = conn.opt(&ANY_UNDER_WAY, params![order]).await?;
    Ok(found.is_some())
}

static INSERT: Stmt = Stmt::new(
    "INSERT INTO shipments (id, order_id, status, carrier, tracking_number, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $6)",
);

pub(super) async fn insert(
    tx: &mut Tx,
    shipment: ShipmentId,
    order: OrderId,
    status: ShipmentStatus,
    parcel: &NewShipment,
    now: Timestamp,
) -> Result<()> {
    let values = params![shipment, order, status, parcel.carrier, parcel.tracking_number, now];
    Ok(tx.exec_n(1, &INSERT, values).await?)
}

static INSERT_ITEM: Stmt =
    Stmt::new("INSERT INTO shipment_items (shipment_id, item_id, quantity) VALUES ($1, $2, $3)");

pub(super) async fn insert_items(tx: &mut Tx, shipment: ShipmentId, lines: &[(ItemId, i64)]) -> Result<()> {
    let sets: Vec<_> = lines.iter().map(|line| *params![shipment, line.0, line.1]).collect();
    tx.exec_each(&INSERT_ITEM, &sets).await?;
    Ok(())
}

static SET_STATUS: Stmt =
    Stmt::new("UPDATE shipments SET status = $3, updated_at = $4 WHERE id = $1 AND status = $2");

/// `false` when the parcel is no longer in the state `from`.
pub(super) async fn set_status(
    tx: &mut Tx,
    shipment: ShipmentId,
    (from, to): (ShipmentStatus, ShipmentStatus),
    now: Timestamp,
) -> Result<bool> {
    Ok(tx.exec(&SET_STATUS, params![shipment, from, to, now]).await? == 1)
}

static DELIVER_ALL: Stmt =
    Stmt::new("UPDATE shipments SET status = 'delivered', updated_at = $2 WHERE order_id = $1");

pub(super) async fn deliver_all(tx: &mut Tx, order: OrderId, now: Timestamp) -> Result<()> {
    tx.exec(&DELIVER_ALL, params![order, now]).await?;
    Ok(())
}
