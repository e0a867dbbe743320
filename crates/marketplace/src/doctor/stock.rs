//! Stock: never negative, the sum of its movements, and every unit sold or given back once.

use db::Stmt;
use types::{OrderId, VariantId};

use super::{Check, Finding};

pub(super) const CHECKS: &[&Check] =
    &[&NOT_NEGATIVE, &SUM_OF_MOVEMENTS, &CHAIN, &TAKEN_ONCE, &GIVEN_BACK_ONCE];

static NOT_NEGATIVE: Check = Check::new("stock_not_negative", &NEGATIVE, |Finding { id, found, .. }| {
    format!("{} has a stock of {found}", VariantId::from_i64(*id))
});

static NEGATIVE: Stmt = Stmt::new("SELECT id, stock, 0 FROM variants WHERE stock < 0 ORDER BY id LIMIT $1");

static SUM_OF_MOVEMENTS: Check =
    Check::new("stock_equals_movements", &UNEQUAL_TO_MOVEMENTS, |Finding { id, found, expected }| {
        format!("{} has a stock of {found}, its movements sum to {expected}", VariantId::from_i64(*id))
    });

static UNEQUAL_TO_MOVEMENTS: Stmt = Stmt::new(
    "SELECT v.id, v.stock, CAST(COALESCE(m.units, 0) AS BIGINT)
     FROM variants v
     LEFT JOIN (SELECT variant_id, SUM(delta) AS units FROM stock_movements GROUP BY variant_id) m
       ON m.variant_id = v.id
     WHERE v.stock <> COALESCE(m.units, 0)
     ORDER BY v.id LIMIT $1",
);

static CHAIN: Check =
    Check::new("stock_movements_form_a_chain", &BROKEN_CHAIN, |Finding { id, found, .. }| {
        let variant = VariantId::from_i64(*id);
        format!("{variant} has movements that do not follow one another, at {found} stocks")
    });

/// Movements of two nodes can be ordered by time otherwise than they were made, so a gap between
/// neighbours is only a suspicion. It is none if the stocks that movements begin at are, all together,
/// those that others end at, but for the first and the last.
static BROKEN_CHAIN: Stmt = Stmt::new(
    "WITH suspects AS (
         SELECT DISTINCT variant_id FROM (
             SELECT variant_id, stock_after - delta AS before,
                    LAG(stock_after, 1, 0) OVER (PARTITION BY variant_id ORDER BY id) AS previous
             FROM stock_movements
         ) neighbours
         WHERE before <> previous
     ),
     ends AS (
         SELECT m.variant_id, m.stock_after AS level, 1 AS times
         FROM stock_movements m JOIN suspects s ON s.variant_id = m.variant_id
         UNION ALL
         SELECT m.variant_id, m.stock_after - m.delta, -1
         FROM stock_movements m JOIN suspects s ON s.variant_id = m.variant_id
         UNION ALL
         SELECT v.id, 0, 1 FROM variants v JOIN suspects s ON s.variant_id = v.id
         UNION ALL
         SELECT v.id, v.stock, -1 FROM variants v JOIN suspects s ON s.variant_id = v.id
     )
     SELECT variant_id, CAST(COUNT(*) AS BIGINT), 0
     FROM (SELECT variant_id, level FROM ends GROUP BY variant_id, level HAVING SUM(times) <> 0) unmatched
     GROUP BY variant_id
     ORDER BY variant_id LIMIT $1",
);

static TAKEN_ONCE: Check =
    Check::new("order_stock_taken_once", &NOT_TAKEN_ONCE, |Finding { id, found, expected }| {
        format!("{} took {found} units out of stock for {expected} units bought", OrderId::from_i64(*id))
    });

static NOT_TAKEN_ONCE: Stmt = Stmt::new(
    "SELECT o.id, CAST(COALESCE(m.units, 0) AS BIGINT), CAST(COALESCE(i.units, 0) AS BIGINT)
     FROM orders o
     LEFT JOIN (SELECT order_id, SUM(quantity) AS units FROM order_items GROUP BY order_id) i
       ON i.order_id = o.id
     LEFT JOIN (SELECT order_id, -SUM(delta) AS units FROM stock_movements
                WHERE reason = 'checkout' AND order_id IS NOT NULL GROUP BY order_id) m
       ON m.order_id = o.id
     WHERE COALESCE(m.units, 0) <> COALESCE(i.units, 0)
     ORDER BY o.id LIMIT $1",
);

static GIVEN_BACK_ONCE: Check =
    Check::new("order_stock_given_back_once", &NOT_GIVEN_BACK_ONCE, |Finding { id, found, expected }| {
        format!("{} gave {found} units back to stock instead of {expected}", OrderId::from_i64(*id))
    });

/// A cancelled order gives back what it took. Any other gives nothing back, but that returned units may be
/// put into stock again.
static NOT_GIVEN_BACK_ONCE: Stmt = Stmt::new(
    "SELECT o.id,
            CAST(COALESCE(m.units, 0) AS BIGINT),
            CAST(CASE WHEN o.status = 'cancelled' THEN COALESCE(i.units, 0) ELSE 0 END AS BIGINT)
     FROM orders o
     LEFT JOIN (SELECT order_id, SUM(quantity) AS units, SUM(quantity_returned) AS returned
                FROM order_items GROUP BY order_id) i
       ON i.order_id = o.id
     LEFT JOIN (SELECT order_id,
                       SUM(CASE WHEN reason = 'returned' THEN 0 ELSE delta END) AS units,
                       SUM(CASE WHEN reason = 'returned' THEN delta ELSE 0 END) AS returned
                FROM stock_movements
                WHERE reason IN ('cancelled', 'expired', 'returned') AND order_id IS NOT NULL
                GROUP BY order_id) m
       ON m.order_id = o.id
     WHERE COALESCE(m.units, 0) <> CASE WHEN o.status = 'cancelled' THEN COALESCE(i.units, 0) ELSE 0 END
        OR COALESCE(m.returned, 0) > COALESCE(i.returned, 0)
     ORDER BY o.id LIMIT $1",
);
