//! SQL of the orders that there are.

use db::{Conn, Stmt, Tx, params};
use types::{CheckoutId, Limit, OrderId, Timestamp, UserId, VendorId};

use super::{GoingBack, Item, OrderHead, OrderStatus, Shares, TimelineEntry};
use crate::Result;
use crate::batch::{self, in_batch};

pub(crate) const STATEMENTS: &[&Stmt] = &[
    &FIND,
    &OF_CHECKOUT,
    &OF_USER,
    &OF_VENDOR,
    &ALL,
    &ITEMS_OF,
    &TIMELINES_OF,
    &START,
    &MARK_CAPTURED,
    &MARK_PAID,
    &SET_STATUS,
    &MARK_DELIVERED,
    &CLOSE_UNPAID,
    &ADD_BACK,
    &MARK_RELEASED,
    &TO_RELEASE,
];

macro_rules! select_heads {
    ($rest:literal) => {
        concat!(
            "SELECT o.id, o.checkout_id, o.vendor_id, v.slug, v.name, o.user_id, u.first_name, o.number, o.status,
                o.fulfilment, o.items_total, o.discount_total, o.shipping_total, o.tax_total, o.total, o.commission,
                o.refunded_total, o.promoted_back, o.included_tax, o.shipping_tax, o.promoted, o.platform_tax, o.shipping_method,
                o.adjustments, c.address, o.started_at, o.captured_at, o.delivered_at, o.released_at, o.created_at
             FROM orders o
             JOIN vendors v ON v.id = o.vendor_id
             JOIN checkouts c ON c.id = o.checkout_id
             LEFT JOIN users u ON u.id = o.user_id ",
            $rest
        )
    };
}

static FIND: Stmt = Stmt::new(select_heads!("WHERE o.id = $1"));

pub(super) async fn find(conn: &mut Conn, order: OrderId) -> Result<Option<OrderHead>> {
    Ok(conn.opt(&FIND, params![order]).await?)
}

static OF_CHECKOUT: Stmt = Stmt::new(select_heads!("WHERE o.checkout_id = $1 ORDER BY o.id LIMIT 1000"));

pub(super) async fn of_checkout(conn: &mut Conn, checkout: CheckoutId) -> Result<Vec<OrderHead>> {
    Ok(conn.all(&OF_CHECKOUT, params![checkout]).await?)
}

static OF_USER: Stmt = Stmt::new(select_heads!(
    "WHERE o.user_id = $1 AND (CAST($2 AS TEXT) IS NULL OR o.status = $2)
        AND (CAST($3 AS BIGINT) IS NULL OR o.id < $3)
     ORDER BY o.id DESC LIMIT $4"
));

pub(super) async fn of_user(
    conn: &mut Conn,
    user: UserId,
    status: Option<OrderStatus>,
    before: Option<OrderId>,
    limit: Limit,
) -> Result<Vec<OrderHead>> {
    Ok(conn.all(&OF_USER, params![user, status, before, limit.plus_one()]).await?)
}

static OF_VENDOR: Stmt = Stmt::new(select_heads!(
    "WHERE o.vendor_id = $1 AND o.started_at IS NOT NULL AND (CAST($2 AS TEXT) IS NULL OR o.status = $2)
        AND (CAST($3 AS BIGINT) IS NULL OR o.id < $3)
     ORDER BY o.id DESC LIMIT $4"
));

/// Those that the seller has seen: never one that was not paid.
pub(super) async fn of_vendor(
    conn: &mut Conn,
    vendor: VendorId,
    status: Option<OrderStatus>,
    before: Option<OrderId>,
    limit: Limit,
) -> Result<Vec<OrderHead>> {
    Ok(conn.all(&OF_VENDOR, params![vendor, status, before, limit.plus_one()]).await?)
}

static ALL: Stmt = Stmt::new(select_heads!(
    "WHERE (CAST($1 AS TEXT) IS NULL OR o.status = $1) AND (CAST($2 AS BIGINT) IS NULL OR o.id < $2)
     ORDER BY o.id DESC LIMIT $3"
));

pub(super) async fn all(
    conn: &mut Conn,
    status: Option<OrderStatus>,
    before: Option<OrderId>,
    limit: Limit,
) -> Result<Vec<OrderHead>> {
    Ok(conn.all(&ALL, params![status, before, limit.plus_one()]).await?)
}

static ITEMS_OF: Stmt = Stmt::new(in_batch!(
    "SELECT id, order_id, product_id, variant_id, title, variant_title, sku, image, quantity, unit_price,
        final_unit_price, line_total, coupon_discount, tax, adjustments, limited_for, quantity_shipped, quantity_claimed, quantity_returned
     FROM order_items WHERE order_id IN ",
    " ORDER BY order_id, id LIMIT 10000"
));

pub(super) async fn items_of(conn: &mut Conn, orders: &[OrderId]) -> Result<Vec<Item>> {
    batch::all(conn, &ITEMS_OF, orders).await
}

static TIMELINES_OF: Stmt = Stmt::new(in_batch!(
    "SELECT order_id, at, actor, from_status, to_status, note FROM order_events WHERE order_id IN ",
    " ORDER BY order_id, id LIMIT 10000"
));

pub(super) async fn timelines_of(conn: &mut Conn, orders: &[OrderId]) -> Result<Vec<TimelineEntry>> {
    batch::all(conn, &TIMELINES_OF, orders).await
}

static START: Stmt = Stmt::new(
    "UPDATE orders SET status = 'pending', started_at = $2, updated_at = $2
     WHERE checkout_id = $1 AND status = 'awaiting_payment' RETURNING id",
);

pub(super) async fn start(tx: &mut Tx, checkout: CheckoutId, now: Timestamp) -> Result<Vec<OrderId>> {
    let ids: Vec<(OrderId,)> = tx.all(&START, params![checkout, now]).await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

static MARK_CAPTURED: Stmt = Stmt::new(
    "UPDATE orders SET captured_at = $2, updated_at = $2
     WHERE checkout_id = $1 AND status = 'pending' AND captured_at IS NULL
     RETURNING id, vendor_id, total, commission, promoted, platform_tax, refunded_total, promoted_back, released_at",
);

pub(super) async fn mark_captured(
    tx: &mut Tx,
    checkout: CheckoutId,
    now: Timestamp,
) -> Result<Vec<(OrderId, Shares)>> {
    let rows: Vec<Captured> = tx.all(&MARK_CAPTURED, params![checkout, now]).await?;
    Ok(rows.into_iter().map(|row| (row.0, row.1)).collect())
}

/// An order and how its money is shared.
struct Captured(OrderId, Shares);

impl db::FromRow for Captured {
    fn from_row(row: &db::Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let order = columns.read()?;
        let shares = Shares {
            vendor: columns.read()?,
            total: columns.read()?,
            commission: columns.read()?,
            promoted: columns.read()?,
            platform_tax: columns.read()?,
            refunded_total: columns.read()?,
            promoted_back: columns.read()?,
            released_at: columns.read()?,
        };
        columns.finish()?;
        Ok(Self(order, shares))
    }
}

static MARK_PAID: Stmt =
    Stmt::new("UPDATE orders SET captured_at = $2, updated_at = $2 WHERE id = $1 AND captured_at IS NULL");

/// Notes that the cash of one order came in; `false` when it had before.
pub(super) async fn mark_paid(tx: &mut Tx, order: OrderId, now: Timestamp) -> Result<bool> {
    Ok(tx.exec(&MARK_PAID, params![order, now]).await? == 1)
}

static SET_STATUS: Stmt =
    Stmt::new("UPDATE orders SET status = $3, updated_at = $4 WHERE id = $1 AND status = $2");

/// `false` when the order is no longer in the state `from`.
pub(super) async fn set_status(
    tx: &mut Tx,
    order: OrderId,
    (from, to): (OrderStatus, OrderStatus),
    now: Timestamp,
) -> Result<bool> {
    Ok(tx.exec(&SET_STATUS, params![order, from, to, now]).await? == 1)
}

static MARK_DELIVERED: Stmt = Stmt::new("UPDATE orders SET delivered_at = $2 WHERE id = $1");

pub(super) async fn mark_delivered(tx: &mut Tx, order: OrderId, now: Timestamp) -> Result<()> {
    Ok(tx.exec_n(1, &MARK_DELIVERED, params![order, now]).await?)
}

static CLOSE_UNPAID: Stmt = Stmt::new(
    "UPDATE orders SET status = 'cancelled', updated_at = $2
     WHERE checkout_id = $1 AND status = 'awaiting_payment' RETURNING id",
);

pub(super) async fn close_unpaid(tx: &mut Tx, checkout: CheckoutId, now: Timestamp) -> Result<Vec<OrderId>> {
    let ids: Vec<(OrderId,)> = tx.all(&CLOSE_UNPAID, params![checkout, now]).await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

static ADD_BACK: Stmt = Stmt::new(
    "UPDATE orders SET refunded_total = refunded_total + $2, promoted_back = promoted_back + $3, updated_at = $4
     WHERE id = $1 AND captured_at IS NOT NULL AND refunded_total + $2 <= total AND promoted_back + $3 <= promoted
     RETURNING vendor_id, total, commission, promoted, platform_tax, refunded_total, promoted_back, released_at",
);

/// Counts what goes back of an order; `None` when it is more than came in.
pub(super) async fn add_back(
    tx: &mut Tx,
    order: OrderId,
    back: GoingBack,
    now: Timestamp,
) -> Result<Option<Shares>> {
    Ok(tx.opt(&ADD_BACK, params![order, back.refund, back.promoted, now]).await?)
}

static MARK_RELEASED: Stmt = Stmt::new(
    "UPDATE orders SET released_at = $3
     WHERE id = $1 AND released_at IS NULL AND captured_at IS NOT NULL AND delivered_at <= $2
     RETURNING vendor_id, total, commission, promoted, platform_tax, refunded_total, promoted_back, released_at",
);

pub(super) async fn mark_released(
    tx: &mut Tx,
    order: OrderId,
    delivered_by: Timestamp,
    now: Timestamp,
) -> Result<Option<Shares>> {
    Ok(tx.opt(&MARK_RELEASED, params![order, delivered_by, now]).await?)
}

static TO_RELEASE: Stmt = Stmt::new(
    "SELECT id FROM orders
     WHERE released_at IS NULL AND delivered_at IS NOT NULL AND delivered_at <= $1 AND captured_at IS NOT NULL
     ORDER BY delivered_at, id LIMIT $2",
);

/// Orders whose money can be released, the longest delivered first.
pub(super) async fn to_release(conn: &mut Conn, delivered_by: Timestamp, most: i64) -> Result<Vec<OrderId>> {
    let rows: Vec<(OrderId,)> = conn.all(&TO_RELEASE, params![delivered_by, most]).await?;
    Ok(rows.into_iter().map(|(order,)| order).collect())
}
