//! Money: the book balances, nothing is captured twice, nothing is given back that did not come in.

use db::Stmt;
use types::{CheckoutId, EventId, OrderId, PaymentId, VendorId};

use super::{Check, Finding};

pub(super) const CHECKS: &[&Check] = &[
    &TRANSACTION_SUM,
    &BALANCE_SUM,
    &ORDER_IN_LEDGER,
    &PROMOTION_IN_LEDGER,
    &CAPTURED_WHEN_PAST,
    &CAPTURED_AMOUNT,
    &ONE_LIVE_PAYMENT,
    &PAYMENT_REFUNDS,
    &ORDER_REFUNDS,
];

static TRANSACTION_SUM: Check =
    Check::new("ledger_transaction_sums_to_zero", &UNBALANCED, |Finding { id, found, .. }| {
        format!("the ledger's transaction {} sums to {found}", EventId::from_i64(*id))
    });

static UNBALANCED: Stmt = Stmt::new(
    "SELECT transaction_id, CAST(SUM(amount) AS BIGINT), 0
     FROM ledger_entries
     GROUP BY transaction_id
     HAVING SUM(amount) <> 0
     ORDER BY transaction_id LIMIT $1",
);

static BALANCE_SUM: Check =
    Check::new("vendor_balance_equals_entries", &UNEQUAL_BALANCE, |Finding { id, found, expected }| {
        let vendor = VendorId::from_i64(*id);
        format!("{vendor} has a balance of {found} in all, or in parts, where its entries sum to {expected}")
    });

static UNEQUAL_BALANCE: Stmt = Stmt::new(
    "SELECT v.id,
            COALESCE(b.pending, 0) + COALESCE(b.available, 0),
            CAST(COALESCE(e.pending, 0) + COALESCE(e.available, 0) AS BIGINT)
     FROM vendors v
     LEFT JOIN vendor_balances b ON b.vendor_id = v.id
     LEFT JOIN (SELECT vendor_id,
                       SUM(CASE WHEN account LIKE '%:pending' THEN amount ELSE 0 END) AS pending,
                       SUM(CASE WHEN account LIKE '%:available' THEN amount ELSE 0 END) AS available
                FROM ledger_entries WHERE vendor_id IS NOT NULL GROUP BY vendor_id) e
       ON e.vendor_id = v.id
     WHERE COALESCE(b.pending, 0) <> COALESCE(e.pending, 0)
        OR COALESCE(b.available, 0) <> COALESCE(e.available, 0)
     ORDER BY v.id LIMIT $1",
);

static ORDER_IN_LEDGER: Check =
    Check::new("order_money_is_in_ledger", &UNEQUAL_LEDGER, |Finding { id, found, expected }| {
        let order = OrderId::from_i64(*id);
        format!("{order} brought in {found} by the ledger, {expected} by its own sums")
    });

static UNEQUAL_LEDGER: Stmt = Stmt::new(
    "SELECT o.id,
            CAST(COALESCE(e.amount, 0) AS BIGINT),
            CASE WHEN o.captured_at IS NULL THEN 0 ELSE o.total - o.refunded_total END
     FROM orders o
     LEFT JOIN (SELECT order_id, -SUM(amount) AS amount
                FROM ledger_entries
                WHERE order_id IS NOT NULL AND account LIKE 'clearing:%'
                GROUP BY order_id) e
       ON e.order_id = o.id
     WHERE COALESCE(e.amount, 0) <> CASE WHEN o.captured_at IS NULL THEN 0 ELSE o.total - o.refunded_total END
     ORDER BY o.id LIMIT $1",
);

static PROMOTION_IN_LEDGER: Check =
    Check::new("promotions_are_in_ledger", &UNEQUAL_PROMOTION, |Finding { id, found, expected }| {
        let order = OrderId::from_i64(*id);
        format!("the marketplace added {found} to {order} by the ledger, {expected} by the order's own sums")
    });

static UNEQUAL_PROMOTION: Stmt = Stmt::new(
    "SELECT o.id,
            CAST(COALESCE(e.amount, 0) AS BIGINT),
            CASE WHEN o.captured_at IS NULL THEN 0 ELSE o.promoted - o.promoted_back END
     FROM orders o
     LEFT JOIN (SELECT order_id, -SUM(amount) AS amount
                FROM ledger_entries
                WHERE order_id IS NOT NULL AND account = 'platform:promotions'
                GROUP BY order_id) e
       ON e.order_id = o.id
     WHERE COALESCE(e.amount, 0) <> CASE WHEN o.captured_at IS NULL THEN 0 ELSE o.promoted - o.promoted_back END
     ORDER BY o.id LIMIT $1",
);

static CAPTURED_WHEN_PAST: Check =
    Check::new("captured_when_past_awaiting_payment", &CAPTURED_WRONGLY, |Finding { id, found, .. }| {
        let order = OrderId::from_i64(*id);
        match found {
            0 => format!("{order} goes on without its money"),
            _ => format!("{order} has its money before it may"),
        }
    });

/// Prepaid, or nothing to pay: the money is there when, and only when, the order has started. Cash on
/// delivery: when, and only when, it was delivered.
static CAPTURED_WRONGLY: Stmt = Stmt::new(
    "SELECT o.id, CASE WHEN o.captured_at IS NULL THEN 0 ELSE 1 END, 0
     FROM orders o JOIN checkouts c ON c.id = o.checkout_id
     WHERE ((c.payment_method <> 'cod' OR c.grand_total = 0) AND (o.captured_at IS NULL) <> (o.started_at IS NULL))
        OR (c.payment_method = 'cod' AND c.grand_total <> 0 AND (o.captured_at IS NULL) <> (o.delivered_at IS NULL))
     ORDER BY o.id LIMIT $1",
);

static CAPTURED_AMOUNT: Check =
    Check::new("captured_amount_equals_orders", &UNEQUAL_CAPTURE, |Finding { id, found, expected }| {
        let checkout = CheckoutId::from_i64(*id);
        format!("the payments of {checkout} captured {found}, its orders were paid {expected}")
    });

/// What came in too late pays for no order.
static UNEQUAL_CAPTURE: Stmt = Stmt::new(
    "SELECT c.id, CAST(COALESCE(p.captured, 0) AS BIGINT), CAST(COALESCE(o.paid, 0) AS BIGINT)
     FROM checkouts c
     LEFT JOIN (SELECT checkout_id, SUM(captured_amount - late_amount) AS captured
                FROM payments GROUP BY checkout_id) p
       ON p.checkout_id = c.id
     LEFT JOIN (SELECT checkout_id, SUM(total) AS paid FROM orders
                WHERE captured_at IS NOT NULL GROUP BY checkout_id) o
       ON o.checkout_id = c.id
     WHERE COALESCE(p.captured, 0) <> COALESCE(o.paid, 0)
     ORDER BY c.id LIMIT $1",
);

static ONE_LIVE_PAYMENT: Check =
    Check::new("at_most_one_live_payment", &SEVERAL_PAYMENTS, |Finding { id, found, .. }| {
        format!("{} has {found} payments that are open or captured", CheckoutId::from_i64(*id))
    });

static SEVERAL_PAYMENTS: Stmt = Stmt::new(
    "SELECT checkout_id, CAST(COUNT(*) AS BIGINT), 1
     FROM payments
     WHERE status NOT IN ('failed', 'cancelled') AND (late_amount = 0 OR late_amount < captured_amount)
     GROUP BY checkout_id
     HAVING COUNT(*) > 1
     ORDER BY checkout_id LIMIT $1",
);

static PAYMENT_REFUNDS: Check =
    Check::new("payment_refunds_within_capture", &UNEQUAL_PAYMENT, |Finding { id, found, expected }| {
        let payment = PaymentId::from_i64(*id);
        format!(
            "{payment} gave {found} back: its refunds sum to {expected}, or more than it captured or was due"
        )
    });

static UNEQUAL_PAYMENT: Stmt = Stmt::new(
    "SELECT p.id, p.refunded_amount, CAST(COALESCE(r.amount, 0) AS BIGINT)
     FROM payments p
     LEFT JOIN (SELECT payment_id, SUM(amount) AS amount FROM refunds
                WHERE status <> 'failed' GROUP BY payment_id) r
       ON r.payment_id = p.id
     WHERE p.refunded_amount <> COALESCE(r.amount, 0)
        OR p.refunded_amount > p.captured_amount
        OR p.captured_amount > p.amount
        OR p.refunded_amount < 0
     ORDER BY p.id LIMIT $1",
);

static ORDER_REFUNDS: Check =
    Check::new("order_refunds_within_capture", &UNEQUAL_REFUND, |Finding { id, found, expected }| {
        let order = OrderId::from_i64(*id);
        format!("{order} gave {found} back: its refunds sum to {expected}, or more than it was paid")
    });

// From the ledger, since a refund may be spread over several orders.
static UNEQUAL_REFUND: Stmt = Stmt::new(
    "SELECT o.id, o.refunded_total, CAST(COALESCE(r.amount, 0) AS BIGINT)
     FROM orders o
     LEFT JOIN (SELECT order_id, SUM(amount) AS amount FROM ledger_entries
                WHERE kind = 'refund' AND account LIKE 'clearing:%' GROUP BY order_id) r
       ON r.order_id = o.id
     WHERE o.refunded_total <> COALESCE(r.amount, 0)
        OR o.refunded_total > CASE WHEN o.captured_at IS NULL THEN 0 ELSE o.total END
        OR (o.status = 'cancelled' AND o.captured_at IS NOT NULL
            AND (o.refunded_total <> o.total OR o.promoted_back <> o.promoted))
     ORDER BY o.id LIMIT $1",
);
