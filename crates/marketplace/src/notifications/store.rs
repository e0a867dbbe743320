//! SQL of the mails: what they tell of, read when they are written.
//!
//! A mail needs a few columns of many features' tables at once, all of them snapshots or names; reading
//! them here keeps the features free of shapes that only mails want. Nothing here writes.

use db::{Conn, Stmt, params};
use types::{
    CheckoutId, Email, Money, OrderId, ProductId, ReturnId, ShipmentId, UserId, VariantId, VendorId,
};

use crate::Result;
use crate::batch::{self, in_batch};
use crate::settings::Fulfilment;

pub(crate) const STATEMENTS: &[&Stmt] = &[
    &USER,
    &VENDOR,
    &MANAGERS,
    &CHECKOUT,
    &BUYER,
    &ORDERS,
    &ORDER,
    &ITEMS,
    &CANCELLATION,
    &SHIPMENT,
    &SHIPPED_ITEMS,
    &RETURN,
    &RETURNED_ITEMS,
    &SHELVES,
    &REVIEWED,
];

/// Somebody who gets a mail.
#[derive(Debug, Clone)]
pub(super) struct Recipient {
    /// The account; a guest has none.
    pub(super) user: Option<UserId>,
    pub(super) email: Email,
    pub(super) name: Option<String>,
}

db::from_row!(Recipient { user, email, name });

static USER: Stmt = Stmt::new("SELECT id, email, first_name FROM users WHERE id = $1");

pub(super) async fn user(conn: &mut Conn, user: UserId) -> Result<Option<Recipient>> {
    Ok(conn.opt(&USER, params![user]).await?)
}

pub(super) struct Vendor {
    pub(super) name: String,
    pub(super) rejection_reason: Option<String>,
}

db::from_row!(Vendor { name, rejection_reason });

static VENDOR: Stmt = Stmt::new("SELECT name, rejection_reason FROM vendors WHERE id = $1");

pub(super) async fn vendor(conn: &mut Conn, vendor: VendorId) -> Result<Option<Vendor>> {
    Ok(conn.opt(&VENDOR, params![vendor]).await?)
}

static MANAGERS: Stmt = Stmt::new(
    "SELECT u.id, u.email, u.first_name
     FROM (SELECT owner_id AS user_id FROM vendors WHERE id = $1
           UNION
           SELECT user_id FROM vendor_members WHERE vendor_id = $1 AND role IN ('owner', 'manager')) AS m
     JOIN users u ON u.id = m.user_id
     ORDER BY u.id LIMIT 100",
);

/// The owner and the managers of a vendor.
pub(super) async fn managers(conn: &mut Conn, vendor: VendorId) -> Result<Vec<Recipient>> {
    Ok(conn.all(&MANAGERS, params![vendor]).await?)
}

static BUYER: Stmt = Stmt::new(
    "SELECT u.id, COALESCE(u.email, c.guest_email), u.first_name
     FROM checkouts c LEFT JOIN users u ON u.id = c.user_id
     WHERE c.id = $1 AND COALESCE(u.email, c.guest_email) IS NOT NULL",
);

/// Who made a checkout: a user, or a guest by their e-mail address.
pub(super) async fn buyer(conn: &mut Conn, checkout: CheckoutId) -> Result<Option<Recipient>> {
    Ok(conn.opt(&BUYER, params![checkout]).await?)
}

pub(super) struct Checkout {
    pub(super) currency: String,
    pub(super) payment_method: String,
    pub(super) address: String,
    pub(super) items_total: Money,
    pub(super) discount_total: Money,
    pub(super) shipping_total: Money,
    pub(super) tax_total: Money,
    pub(super) grand_total: Money,
}

db::from_row!(Checkout {
    currency,
    payment_method,
    address,
    items_total,
    discount_total,
    shipping_total,
    tax_total,
    grand_total,
});

static CHECKOUT: Stmt = Stmt::new(
    "SELECT currency, payment_method, address, items_total, discount_total, shipping_total, tax_total,
            grand_total
     FROM checkouts WHERE id = $1",
);

pub(super) async fn checkout(conn: &mut Conn, checkout: CheckoutId) -> Result<Option<Checkout>> {
    Ok(conn.opt(&CHECKOUT, params![checkout]).await?)
}

/// An order with what its checkout says about all of them.
pub(super) struct Order {
    pub(super) id: OrderId,
    pub(super) checkout: CheckoutId,
    pub(super) vendor: VendorId,
    pub(super) number: String,
    pub(super) vendor_name: String,
    pub(super) status: String,
    pub(super) fulfilment: Fulfilment,
    pub(super) discount_total: Money,
    pub(super) shipping_total: Money,
    pub(super) tax_total: Money,
    pub(super) total: Money,
    pub(super) currency: String,
    pub(super) payment_method: String,
    pub(super) address: String,
    pub(super) note: Option<String>,
}

impl db::FromRow for Order {
    fn from_row(row: &db::Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let order = Self {
            id: columns.read()?,
            checkout: columns.read()?,
            vendor: columns.read()?,
            number: columns.read()?,
            vendor_name: columns.read()?,
            status: columns.read()?,
            fulfilment: columns.read()?,
            discount_total: columns.read()?,
            shipping_total: columns.read()?,
            tax_total: columns.read()?,
            total: columns.read()?,
            currency: columns.read()?,
            payment_method: columns.read()?,
            address: columns.read()?,
            note: columns.read()?,
        };
        columns.finish()?;
        Ok(order)
    }
}

static ORDERS: Stmt = Stmt::new(
    "SELECT o.id, o.checkout_id, o.vendor_id, o.number, v.name, o.status, o.fulfilment, o.discount_total,
            o.shipping_total, o.tax_total, o.total, c.currency, c.payment_method, c.address, c.note
     FROM orders o JOIN vendors v ON v.id = o.vendor_id JOIN checkouts c ON c.id = o.checkout_id
     WHERE o.checkout_id = $1 ORDER BY o.id LIMIT 100",
);

/// The orders of a checkout: no more than a cart has lines.
pub(super) async fn orders(conn: &mut Conn, checkout: CheckoutId) -> Result<Vec<Order>> {
    Ok(conn.all(&ORDERS, params![checkout]).await?)
}

static ORDER: Stmt = Stmt::new(
    "SELECT o.id, o.checkout_id, o.vendor_id, o.number, v.name, o.status, o.fulfilment, o.discount_total,
            o.shipping_total, o.tax_total, o.total, c.currency, c.payment_method, c.address, c.note
     FROM orders o JOIN vendors v ON v.id = o.vendor_id JOIN checkouts c ON c.id = o.checkout_id
     WHERE o.id = $1",
);

pub(super) async fn order(conn: &mut Conn, order: OrderId) -> Result<Option<Order>> {
    Ok(conn.opt(&ORDER, params![order]).await?)
}

/// A line of an order, or the part of it that is in a parcel or comes back.
pub(super) struct Item {
    pub(super) order: OrderId,
    pub(super) title: String,
    pub(super) variant_title: String,
    pub(super) sku: Option<String>,
    pub(super) quantity: i64,
    pub(super) line_total: Money,
}

db::from_row!(Item { order, title, variant_title, sku, quantity, line_total });

static ITEMS: Stmt = Stmt::new(
    "SELECT i.order_id, i.title, i.variant_title, i.sku, i.quantity, i.line_total
     FROM orders o JOIN order_items i ON i.order_id = o.id
     WHERE o.checkout_id = $1 AND (CAST($2 AS BIGINT) IS NULL OR o.id = CAST($2 AS BIGINT))
     ORDER BY i.id LIMIT 100",
);

/// The items of a checkout's orders, or of one of them: no more than a cart has lines.
pub(super) async fn items(
    conn: &mut Conn,
    checkout: CheckoutId,
    order: Option<OrderId>,
) -> Result<Vec<Item>> {
    Ok(conn.all(&ITEMS, params![checkout, order]).await?)
}

static CANCELLATION: Stmt = Stmt::new(
    "SELECT from_status, note FROM order_events
     WHERE order_id = $1 AND to_status = 'cancelled' ORDER BY id DESC LIMIT 1",
);

/// What an order was before it was cancelled, and why it was.
pub(super) async fn cancellation(
    conn: &mut Conn,
    order: OrderId,
) -> Result<Option<(Option<String>, Option<String>)>> {
    Ok(conn.opt(&CANCELLATION, params![order]).await?)
}

pub(super) struct Shipment {
    pub(super) order: OrderId,
    pub(super) carrier: Option<String>,
    pub(super) tracking: Option<String>,
}

db::from_row!(Shipment { order, carrier, tracking });

static SHIPMENT: Stmt = Stmt::new("SELECT order_id, carrier, tracking_number FROM shipments WHERE id = $1");

pub(super) async fn shipment(conn: &mut Conn, shipment: ShipmentId) -> Result<Option<Shipment>> {
    Ok(conn.opt(&SHIPMENT, params![shipment]).await?)
}

static SHIPPED_ITEMS: Stmt = Stmt::new(
    "SELECT i.order_id, i.title, i.variant_title, i.sku, s.quantity, i.line_total
     FROM shipment_items s JOIN order_items i ON i.id = s.item_id
     WHERE s.shipment_id = $1 ORDER BY i.id LIMIT 100",
);

pub(super) async fn shipped_items(conn: &mut Conn, shipment: ShipmentId) -> Result<Vec<Item>> {
    Ok(conn.all(&SHIPPED_ITEMS, params![shipment]).await?)
}

pub(super) struct Return {
    pub(super) order: OrderId,
    pub(super) reason: String,
    pub(super) answer: Option<String>,
    pub(super) refund: Money,
}

db::from_row!(Return { order, reason, answer, refund });

static RETURN: Stmt = Stmt::new("SELECT order_id, reason, answer, refund FROM returns WHERE id = $1");

pub(super) async fn returned(conn: &mut Conn, returned: ReturnId) -> Result<Option<Return>> {
    Ok(conn.opt(&RETURN, params![returned]).await?)
}

static RETURNED_ITEMS: Stmt = Stmt::new(
    "SELECT i.order_id, i.title, i.variant_title, i.sku, r.quantity, i.line_total
     FROM return_items r JOIN order_items i ON i.id = r.item_id
     WHERE r.return_id = $1 ORDER BY i.id LIMIT 100",
);

pub(super) async fn returned_items(conn: &mut Conn, returned: ReturnId) -> Result<Vec<Item>> {
    Ok(conn.all(&RETURNED_ITEMS, params![returned]).await?)
}

/// A variant and what is left of it.
pub(super) struct Shelf {
    pub(super) title: String,
    pub(super) variant_title: String,
    pub(super) sku: Option<String>,
    pub(super) stock: i64,
}

db::from_row!(Shelf { title, variant_title, sku, stock });

static SHELVES: Stmt = Stmt::new(concat!(
    "SELECT p.title, v.title, v.sku, v.stock FROM variants v JOIN products p ON p.id = v.product_id
     WHERE v.id IN ",
    in_batch!("", " ORDER BY v.id LIMIT 100")
));

/// The stocks of these variants.
pub(super) async fn shelves(conn: &mut Conn, variants: &[VariantId]) -> Result<Vec<Shelf>> {
    batch::all(conn, &SHELVES, variants).await
}

/// A product that an operator has looked at.
pub(super) struct Reviewed {
    pub(super) vendor: VendorId,
    pub(super) shop: String,
    pub(super) title: String,
    pub(super) reason: Option<String>,
}

db::from_row!(Reviewed { vendor, shop, title, reason });

static REVIEWED: Stmt = Stmt::new(
    "SELECT v.id, v.name, p.title, p.review_reason FROM products p JOIN vendors v ON v.id = p.vendor_id
     WHERE p.id = $1",
);

pub(super) async fn reviewed(conn: &mut Conn, product: ProductId) -> Result<Option<Reviewed>> {
    Ok(conn.opt(&REVIEWED, params![product]).await?)
}
