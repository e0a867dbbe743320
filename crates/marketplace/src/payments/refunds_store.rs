//! SQL of the refunds.

use db::{Conn, Stmt, Tx, params};
use types::{Limit, PaymentId, RefundId};

use super::{Refund, RefundStatus};
use crate::Result;

pub(crate) const STATEMENTS: &[&Stmt] =
    &[&INSERT, &FIND, &END, &BEGIN_AGAIN, &NAME, &PENDING_OF_PAYMENT, &LIST, &LIST_UNSETTLED];

macro_rules! refund_columns {
    () => {
        "id, payment_id, order_id, amount, return_id, reason, status, attempt, provider_ref, created_at"
    };
}

static INSERT: Stmt = Stmt::new(
    "INSERT INTO refunds (id, payment_id, order_id, amount, return_id, reason, status, attempt, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
);

pub(super) async fn insert(tx: &mut Tx, refund: &Refund) -> Result<()> {
    let Refund { id, payment, order, amount, returned, reason, status, attempt, created_at, .. } = refund;
    let values = params![id, payment, order, amount, returned, reason, status, attempt, created_at];
    Ok(tx.exec_n(1, &INSERT, values).await?)
}

static FIND: Stmt = Stmt::new(concat!("SELECT ", refund_columns!(), " FROM refunds WHERE id = $1"));

pub(super) async fn find(conn: &mut Conn, refund: RefundId) -> Result<Option<Refund>> {
    Ok(conn.opt(&FIND, params![refund]).await?)
}

static END: Stmt = Stmt::new(
    "UPDATE refunds SET status = $3
     WHERE id = $1 AND attempt = $2
        AND (status = 'pending' OR (status = 'succeeded' AND CAST($3 AS TEXT) = 'failed'))",
);

/// Ends an attempt; `false` when it had ended, or another was begun. One that is said to have succeeded can
/// still fail.
pub(super) async fn end(tx: &mut Tx, refund: &Refund, status: RefundStatus) -> Result<bool> {
    Ok(tx.exec(&END, params![refund.id, refund.attempt, status]).await? == 1)
}

static BEGIN_AGAIN: Stmt = Stmt::new(concat!(
    "UPDATE refunds SET status = 'pending', attempt = attempt + 1, provider_ref = NULL
     WHERE id = $1 AND status = 'failed'
     RETURNING ",
    refund_columns!()
));

/// The refund with another attempt begun; `None` when the last one has not failed.
pub(super) async fn begin_again(tx: &mut Tx, refund: RefundId) -> Result<Option<Refund>> {
    Ok(tx.opt(&BEGIN_AGAIN, params![refund]).await?)
}

static NAME: Stmt = Stmt::new("UPDATE refunds SET provider_ref = $3 WHERE id = $1 AND attempt = $2");

/// Keeps what the provider calls an attempt.
pub(super) async fn name(tx: &mut Tx, refund: &Refund, provider_ref: &str) -> Result<()> {
    tx.exec(&NAME, params![refund.id, refund.attempt, provider_ref]).await?;
    Ok(())
}

static PENDING_OF_PAYMENT: Stmt = Stmt::new(concat!(
    "SELECT ",
    refund_columns!(),
    " FROM refunds WHERE payment_id = $1 AND status = 'pending' ORDER BY id LIMIT 1000"
));

/// The refunds of a payment that the buyer does not have yet.
pub(super) async fn pending_of_payment(conn: &mut Conn, payment: PaymentId) -> Result<Vec<Refund>> {
    Ok(conn.all(&PENDING_OF_PAYMENT, params![payment]).await?)
}

static LIST: Stmt = Stmt::new(concat!(
    "SELECT ",
    refund_columns!(),
    " FROM refunds
     WHERE (CAST($1 AS TEXT) IS NULL OR status = $1) AND (CAST($2 AS BIGINT) IS NULL OR id < $2)
     ORDER BY id DESC LIMIT $3"
));

static LIST_UNSETTLED: Stmt = Stmt::new(concat!(
    "SELECT ",
    refund_columns!(),
    " FROM refunds
     WHERE status = $1 AND status <> 'succeeded' AND (CAST($2 AS BIGINT) IS NULL OR id < $2)
     ORDER BY id DESC LIMIT $3"
));

pub(super) async fn list(
    conn: &mut Conn,
    status: Option<RefundStatus>,
    before: Option<RefundId>,
    limit: Limit,
) -> Result<Vec<Refund>> {
    // Those that are not settled are few among many, and have an index of their own.
    let stmt = match status {
        None | Some(RefundStatus::Succeeded) => &LIST,
        Some(RefundStatus::Pending | RefundStatus::Failed) => &LIST_UNSETTLED,
    };
    Ok(conn.all(stmt, params![status, before, limit.plus_one()]).await?)
}
