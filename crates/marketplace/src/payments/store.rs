//! SQL of the payments and refunds.

use db::{Conn, Insert, Kind, Stmt, Tx, params};
use types::{CheckoutId, Limit, Money, PaymentId, Timestamp, UserId};

use super::{Payment, PaymentStatus};
use crate::Result;

pub(crate) const STATEMENTS: &[&Stmt] = &[
    &FIND,
    &LOCK,
    &OF_CHECKOUT,
    &LIVE_OF_CHECKOUT,
    &OF_USER,
    &CANCEL_OPEN,
    &CAPTURE,
    &FAIL,
    &ADJUST,
    &SET_STATUS,
    &CANCEL_OTHERS,
    &CAPTURE_RECEIVED,
    &CAPTURE_LATE,
    &ADVANCE,
];

/// What is inserted in bulk.
pub(crate) const INSERTS: &[&Insert] = &[&INSERT];

macro_rules! payment_columns {
    () => {
        "id, checkout_id, user_id, method, status, amount, captured_amount, refunded_amount, late_amount,
         failure_code, created_at, captured_at"
    };
}

static INSERT: Insert = Insert::new(
    "payments",
    &[
        ("id", Kind::Int),
        ("checkout_id", Kind::Int),
        ("user_id", Kind::Int),
        ("method", Kind::Text),
        ("status", Kind::Text),
        ("amount", Kind::Int),
        ("created_at", Kind::Int),
        ("captured_at", Kind::Int),
    ],
);

pub(super) async fn insert(tx: &mut Tx, payments: &[&Payment]) -> Result<()> {
    let rows: Vec<_> = payments
        .iter()
        .map(|due| {
            *params![
                due.id,
                due.checkout,
                due.user,
                due.method,
                due.status,
                due.amount,
                due.created_at,
                due.captured_at
            ]
        })
        .collect();
    Ok(tx.insert_many(&INSERT, &rows).await?)
}

static FIND: Stmt = Stmt::new(concat!("SELECT ", payment_columns!(), " FROM payments WHERE id = $1"));

pub(super) async fn find(conn: &mut Conn, payment: PaymentId) -> Result<Option<Payment>> {
    Ok(conn.opt(&FIND, params![payment]).await?)
}

static LOCK: Stmt = Stmt::with_postgres(
    concat!("SELECT ", payment_columns!(), " FROM payments WHERE id = $1"),
    concat!("SELECT ", payment_columns!(), " FROM payments WHERE id = $1 FOR NO KEY UPDATE"),
);

/// The payment, held until the transaction ends.
pub(super) async fn lock(tx: &mut Tx, payment: PaymentId) -> Result<Option<Payment>> {
    Ok(tx.opt(&LOCK, params![payment]).await?)
}

static OF_CHECKOUT: Stmt = Stmt::new(concat!(
    "SELECT ",
    payment_columns!(),
    " FROM payments WHERE checkout_id = $1 ORDER BY id DESC LIMIT 1"
));

pub(super) async fn of_checkout(conn: &mut Conn, checkout: CheckoutId) -> Result<Option<Payment>> {
    Ok(conn.opt(&OF_CHECKOUT, params![checkout]).await?)
}

static OF_USER: Stmt = Stmt::new(concat!(
    "SELECT ",
    payment_columns!(),
    " FROM payments WHERE user_id = $1 AND (CAST($2 AS BIGINT) IS NULL OR id < $2) ORDER BY id DESC LIMIT $3"
));

pub(super) async fn of_user(
    conn: &mut Conn,
    user: UserId,
    before: Option<PaymentId>,
    limit: Limit,
) -> Result<Vec<Payment>> {
    Ok(conn.all(&OF_USER, params![user, before, limit.plus_one()]).await?)
}

static CANCEL_OPEN: Stmt = Stmt::new(
    "UPDATE payments SET status = 'cancelled'
     WHERE checkout_id = $1 AND status IN ('pending', 'requires_action', 'processing') AND captured_amount = 0",
);

pub(super) async fn cancel_open(tx: &mut Tx, checkout: CheckoutId) -> Result<()> {
    tx.exec(&CANCEL_OPEN, params![checkout]).await?;
    Ok(())
}

static LIVE_OF_CHECKOUT: Stmt = Stmt::new(concat!(
    "SELECT ",
    payment_columns!(),
    " FROM payments
     WHERE checkout_id = $1 AND status NOT IN ('failed', 'cancelled')
        AND (late_amount = 0 OR late_amount < captured_amount)"
));

/// The payment of a checkout that is open or captured: there is one at most.
pub(super) async fn live_of_checkout(conn: &mut Conn, checkout: CheckoutId) -> Result<Option<Payment>> {
    Ok(conn.opt(&LIVE_OF_CHECKOUT, params![checkout]).await?)
}

static CAPTURE: Stmt = Stmt::new(concat!(
    "UPDATE payments SET status = 'captured', captured_amount = amount, captured_at = $2
     WHERE id = $1 AND status IN ('pending', 'requires_action') AND captured_amount = 0
     RETURNING ",
    payment_columns!()
));

/// The payment with all of it captured; `None` when it is no longer open.
pub(super) async fn capture(tx: &mut Tx, payment: PaymentId, now: Timestamp) -> Result<Option<Payment>> {
    Ok(tx.opt(&CAPTURE, params![payment, now]).await?)
}

static FAIL: Stmt = Stmt::new(
    "UPDATE payments SET status = 'failed', failure_code = $2
     WHERE id = $1 AND status IN ('pending', 'requires_action', 'processing') AND captured_amount = 0",
);

/// `false` when the payment is no longer open.
pub(super) async fn fail(tx: &mut Tx, payment: PaymentId, code: &str) -> Result<bool> {
    Ok(tx.exec(&FAIL, params![payment, code]).await? == 1)
}

/// What changes of a payment's sums.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    pub(super) due: Money,
    pub(super) captured: Money,
    pub(super) refunded: Money,
}

impl Change {
    pub(super) const NONE: Self = Self { due: Money::ZERO, captured: Money::ZERO, refunded: Money::ZERO };
}

static ADJUST: Stmt = Stmt::new(concat!(
    "UPDATE payments SET amount = amount + $2, captured_amount = captured_amount + $3,
        refunded_amount = refunded_amount + $4
     WHERE id = $1 AND status NOT IN ('failed', 'cancelled')
        AND captured_amount + $3 <= amount + $2 AND refunded_amount + $4 <= captured_amount + $3
     RETURNING ",
    payment_columns!()
));

/// `None` when more would come in than is due, or more go back than came in.
pub(super) async fn adjust(tx: &mut Tx, payment: PaymentId, change: Change) -> Result<Option<Payment>> {
    let Change { due, captured, refunded } = change;
    Ok(tx.opt(&ADJUST, params![payment, due, captured, refunded]).await?)
}

static SET_STATUS: Stmt = Stmt::new("UPDATE payments SET status = $2, captured_at = $3 WHERE id = $1");

pub(super) async fn set_status(
    tx: &mut Tx,
    payment: PaymentId,
    status: PaymentStatus,
    captured_at: Option<Timestamp>,
) -> Result<()> {
    Ok(tx.exec_n(1, &SET_STATUS, params![payment, status, captured_at]).await?)
}

static CANCEL_OTHERS: Stmt = Stmt::new(
    "UPDATE payments SET status = 'cancelled'
     WHERE checkout_id = $1 AND id <> $2 AND status IN ('pending', 'requires_action', 'processing')
        AND captured_amount = 0",
);

/// Gives up the other attempts of a checkout that is paid by this one.
pub(super) async fn cancel_others(tx: &mut Tx, checkout: CheckoutId, paid: PaymentId) -> Result<()> {
    tx.exec(&CANCEL_OTHERS, params![checkout, paid]).await?;
    Ok(())
}

static CAPTURE_RECEIVED: Stmt = Stmt::new(concat!(
    "UPDATE payments SET status = 'captured', amount = $2, captured_amount = $2, late_amount = $3,
        failure_code = NULL, captured_at = $4
     WHERE id = $1 AND captured_amount = 0
     RETURNING ",
    payment_columns!()
));

/// The payment with `amount` captured, of which `late` pays for nothing, in whatever state it was; `None` when
/// something had come in.
pub(super) async fn capture_received(
    tx: &mut Tx,
    payment: PaymentId,
    (amount, late): (Money, Money),
    now: Timestamp,
) -> Result<Option<Payment>> {
    Ok(tx.opt(&CAPTURE_RECEIVED, params![payment, amount, late, now]).await?)
}

static CAPTURE_LATE: Stmt = Stmt::new(
    "UPDATE payments SET status = 'refunded', amount = $2, captured_amount = $2, late_amount = $2,
        refunded_amount = $2, failure_code = $3, captured_at = $4
     WHERE id = $1 AND captured_amount = 0",
);

/// Notes that all of `amount` came in too late and goes back; `false` when something had come in.
pub(super) async fn capture_late(
    tx: &mut Tx,
    payment: PaymentId,
    amount: Money,
    failure_code: &str,
    now: Timestamp,
) -> Result<bool> {
    Ok(tx.exec(&CAPTURE_LATE, params![payment, amount, failure_code, now]).await? == 1)
}

static ADVANCE: Stmt = Stmt::new(
    "UPDATE payments SET status = $2
     WHERE id = $1 AND captured_amount = 0
        AND (status = 'pending' OR (status = 'requires_action' AND CAST($2 AS TEXT) <> 'pending')
             OR (status = 'processing' AND CAST($2 AS TEXT) = 'cancelled'))",
);

/// Moves an open payment forward; one that is further stays where it is.
pub(super) async fn advance(tx: &mut Tx, payment: PaymentId, to: PaymentStatus) -> Result<()> {
    tx.exec(&ADVANCE, params![payment, to]).await?;
    Ok(())
}
