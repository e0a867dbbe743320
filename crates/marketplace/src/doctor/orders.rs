//! Checkouts and orders: sums that agree, and states that fit each other.

use db::Stmt;
use types::{CheckoutId, Id, ItemId, OrderId};

use super::{Check, Finding};

pub(super) const CHECKS: &[&Check] = &[
    &CHECKOUT_TOTAL,
    &ORDER_TOTAL,
    &ITEMS_TOTAL,
    &TAX,
    &CHECKOUT_STATE,
    &TIMELINE,
    &SHIPPED_QUANTITIES,
    &SHIPPED_WHOLE,
    &RETURNED_QUANTITIES,
];

fn order(id: i64) -> OrderId {
    Id::from_i64(id)
}

static CHECKOUT_TOTAL: Check =
    Check::new("checkout_total_equals_orders", &UNEQUAL_CHECKOUT, |Finding { id, found, expected }| {
        format!("{} has a total of {found}, its orders sum to {expected}", CheckoutId::from_i64(*id))
    });

/// An order that was cancelled before it was paid has left its checkout's sums; one that was cancelled
/// later has not. A checkout that came to nothing keeps the sums it had.
static UNEQUAL_CHECKOUT: Stmt = Stmt::new(
    "SELECT c.id, c.grand_total, CAST(COALESCE(o.total, 0) AS BIGINT)
     FROM checkouts c
     LEFT JOIN (SELECT checkout_id, SUM(total) AS total, SUM(items_total) AS items,
                       SUM(discount_total) AS discount, SUM(shipping_total) AS shipping, SUM(tax_total) AS tax
                FROM orders
                WHERE status <> 'cancelled' OR started_at IS NOT NULL
                GROUP BY checkout_id) o
       ON o.checkout_id = c.id
     WHERE c.grand_total <> c.items_total - c.discount_total + c.shipping_total + c.tax_total
        OR (c.status IN ('awaiting_payment', 'confirmed')
            AND (c.grand_total <> COALESCE(o.total, 0) OR c.items_total <> COALESCE(o.items, 0)
                 OR c.discount_total <> COALESCE(o.discount, 0) OR c.shipping_total <> COALESCE(o.shipping, 0)
                 OR c.tax_total <> COALESCE(o.tax, 0)))
     ORDER BY c.id LIMIT $1",
);

static ORDER_TOTAL: Check =
    Check::new("order_total_equals_parts", &UNEQUAL_ORDER, |Finding { id, found, expected }| {
        format!("{} has a total of {found}, its parts come to {expected}", order(*id))
    });

static UNEQUAL_ORDER: Stmt = Stmt::new(
    "SELECT id, total, items_total - discount_total + shipping_total + tax_total
     FROM orders
     WHERE total <> items_total - discount_total + shipping_total + tax_total
     ORDER BY id LIMIT $1",
);

static ITEMS_TOTAL: Check =
    Check::new("order_items_sum_to_order", &UNEQUAL_ITEMS, |Finding { id, found, expected }| {
        format!("{} has goods for {found}, its items come to {expected}", order(*id))
    });

static UNEQUAL_ITEMS: Stmt = Stmt::new(
    "SELECT o.id, o.items_total - o.discount_total, CAST(COALESCE(i.lines, 0) AS BIGINT)
     FROM orders o
     LEFT JOIN (SELECT order_id, SUM(line_total - coupon_discount) AS lines, SUM(unit_price * quantity) AS listed,
                       SUM(CASE WHEN line_total <> final_unit_price * quantity THEN 1 ELSE 0 END) AS wrong
                FROM order_items GROUP BY order_id) i
       ON i.order_id = o.id
     WHERE i.order_id IS NULL OR i.wrong > 0 OR i.listed <> o.items_total
        OR i.lines <> o.items_total - o.discount_total
     ORDER BY o.id LIMIT $1",
);

static TAX: Check = Check::new("order_tax_equals_parts", &UNEQUAL_TAX, |Finding { id, found, expected }| {
    format!("{} has {found} of tax, that of its items and shipping is {expected}", order(*id))
});

static UNEQUAL_TAX: Stmt = Stmt::new(
    "SELECT o.id, o.tax_total + o.included_tax, CAST(COALESCE(i.tax, 0) + o.shipping_tax AS BIGINT)
     FROM orders o
     LEFT JOIN (SELECT order_id, SUM(tax) AS tax FROM order_items GROUP BY order_id) i ON i.order_id = o.id
     WHERE o.tax_total + o.included_tax <> COALESCE(i.tax, 0) + o.shipping_tax
        OR (o.tax_total <> 0 AND o.included_tax <> 0)
        OR o.platform_tax NOT IN (0, o.tax_total + o.included_tax)
     ORDER BY o.id LIMIT $1",
);

static CHECKOUT_STATE: Check =
    Check::new("checkout_state_fits_orders", &UNFIT_CHECKOUT, |Finding { id, found, .. }| {
        format!("{} has {found} orders in a state that its own does not allow", CheckoutId::from_i64(*id))
    });

static UNFIT_CHECKOUT: Stmt = Stmt::new(
    "SELECT c.id, CAST(COUNT(*) AS BIGINT), 0
     FROM checkouts c LEFT JOIN orders o ON o.checkout_id = c.id
     WHERE o.id IS NULL
        OR (c.status = 'awaiting_payment' AND o.status NOT IN ('awaiting_payment', 'cancelled'))
        OR (c.status = 'confirmed' AND o.status = 'awaiting_payment')
        OR (c.status IN ('expired', 'cancelled') AND (o.status <> 'cancelled' OR o.started_at IS NOT NULL))
        OR (o.started_at IS NULL AND o.status NOT IN ('awaiting_payment', 'cancelled'))
        OR (o.started_at IS NOT NULL AND o.status = 'awaiting_payment')
     GROUP BY c.id
     ORDER BY c.id LIMIT $1",
);

static TIMELINE: Check =
    Check::new("order_state_is_in_timeline", &WITHOUT_EVENT, |Finding { id, .. }| {
        format!("{} is in a state that its timeline does not know", order(*id))
    });

static WITHOUT_EVENT: Stmt = Stmt::new(
    "SELECT o.id, 0, 0 FROM orders o
     WHERE NOT EXISTS (SELECT 1 FROM order_events e WHERE e.order_id = o.id AND e.to_status = o.status)
     ORDER BY o.id LIMIT $1",
);

static SHIPPED_QUANTITIES: Check =
    Check::new("shipped_units_equal_shipments", &UNEQUAL_SHIPPED, |Finding { id, found, expected }| {
        let item = ItemId::from_i64(*id);
        format!("{item} counts {found} units as shipped, its shipments hold {expected}")
    });

static UNEQUAL_SHIPPED: Stmt = Stmt::new(
    "SELECT i.id, i.quantity_shipped, CAST(COALESCE(s.units, 0) AS BIGINT)
     FROM order_items i
     LEFT JOIN (SELECT item_id, SUM(quantity) AS units FROM shipment_items GROUP BY item_id) s
       ON s.item_id = i.id
     WHERE i.quantity_shipped <> COALESCE(s.units, 0)
     ORDER BY i.id LIMIT $1",
);

static SHIPPED_WHOLE: Check =
    Check::new("shipped_order_is_whole", &PARTLY_SHIPPED, |Finding { id, found, .. }| {
        format!("{} counts as shipped, {found} of its items are not", order(*id))
    });

static PARTLY_SHIPPED: Stmt = Stmt::new(
    "SELECT o.id, CAST(COUNT(*) AS BIGINT), 0
     FROM orders o JOIN order_items i ON i.order_id = o.id
     WHERE o.status IN ('shipped', 'delivered', 'returned') AND i.quantity_shipped < i.quantity
     GROUP BY o.id
     ORDER BY o.id LIMIT $1",
);

static RETURNED_QUANTITIES: Check =
    Check::new("returned_units_equal_returns", &UNEQUAL_RETURNED, |Finding { id, found, expected }| {
        let item = ItemId::from_i64(*id);
        format!("{item} counts {found} units as returned, its returns brought {expected}")
    });

static UNEQUAL_RETURNED: Stmt = Stmt::new(
    "SELECT i.id, i.quantity_returned, CAST(COALESCE(r.units, 0) AS BIGINT)
     FROM order_items i
     LEFT JOIN (SELECT ri.item_id, SUM(ri.quantity) AS units
                FROM return_items ri JOIN returns r ON r.id = ri.return_id
                WHERE r.status IN ('received', 'refunded')
                GROUP BY ri.item_id) r
       ON r.item_id = i.id
     WHERE i.quantity_returned <> COALESCE(r.units, 0)
     ORDER BY i.id LIMIT $1",
);
