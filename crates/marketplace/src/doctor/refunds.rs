//! Refunds: late money goes back, and what could not go back is owed.

use db::Stmt;
use types::{PaymentId, RefundId};

use super::{Check, Finding, Severity};

pub(super) const CHECKS: &[&Check] = &[&LATE_GOES_BACK, &OWED, &FAILED];

static LATE_GOES_BACK: Check =
    Check::new("late_money_goes_back", &KEPT_LATE, |Finding { id, found, expected }| {
        let payment = PaymentId::from_i64(*id);
        format!("{payment} took {expected} too late, its refunds sum to {found}")
    });

/// Also where the refund failed: it is tried again.
static KEPT_LATE: Stmt = Stmt::new(
    "SELECT p.id, CAST(COALESCE(r.amount, 0) AS BIGINT), p.late_amount
     FROM payments p
     LEFT JOIN (SELECT payment_id, SUM(amount) AS amount FROM refunds GROUP BY payment_id) r
       ON r.payment_id = p.id
     WHERE p.late_amount <> 0 AND COALESCE(r.amount, 0) < p.late_amount
     ORDER BY p.id LIMIT $1",
);

static OWED: Check = Check::new(
    "owed_to_buyers_equals_failed_refunds",
    &UNEQUAL_OWED,
    |Finding { found, expected, .. }| format!("the book owes buyers {found}, refunds of {expected} failed"),
);

static UNEQUAL_OWED: Stmt = Stmt::new(
    "SELECT 0, CAST(e.amount AS BIGINT), CAST(r.amount AS BIGINT)
     FROM (SELECT COALESCE(SUM(amount), 0) AS amount FROM ledger_entries WHERE account = 'platform:owed') e
     CROSS JOIN (SELECT COALESCE(SUM(amount), 0) AS amount FROM refunds WHERE status = 'failed') r
     WHERE e.amount <> r.amount LIMIT $1",
);

static FAILED: Check = Check {
    name: "no_refund_failed",
    severity: Severity::Warning,
    stmt: &FAILED_REFUNDS,
    describe: |Finding { id, found, .. }| {
        format!(
            "{} of {found} failed: try it again, or pay the buyer in another way",
            RefundId::from_i64(*id)
        )
    },
};

static FAILED_REFUNDS: Stmt =
    Stmt::new("SELECT id, amount, 0 FROM refunds WHERE status = 'failed' ORDER BY id LIMIT $1");
