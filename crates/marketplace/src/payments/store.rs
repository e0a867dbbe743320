//! SQL of the payments and refunds.

use db::{Conn, Stmt, Tx, params};
use types::{CheckoutId, Limit, PaymentId, UserId};

use super::Payment;
use crate::Result;

pub(crate) const STATEMENTS: &[&Stmt] = &[&INSERT, &FIND, &OF_CHECKOUT, &OF_USER, &CANCEL_OPEN];

macro_rules! payment_columns {
    () => {
        "id, checkout_id, user_id, method, status, amount, captured_amount, refunded_amount, failure_code,
         created_at, captured_at"
    };
}

static INSERT: Stmt = Stmt::new(
    "INSERT INTO payments (id, checkout_id, user_id, method, status, amount, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)",
);

pub(super) async fn insert(tx: &mut Tx, payment: &Payment) -> Result<()> {
    let Payment { id, checkout, user, method, status, amount, created_at, .. } = payment;
    tx.exec_n(1, &INSERT, params![id, checkout, user, method, status, amount, created_at]).await?;
    Ok(())
}

static FIND: Stmt = Stmt::new(concat!("SELECT ", payment_columns!(), " FROM payments WHERE id = $1"));

pub(super) async fn find(conn: &mut Conn, payment: PaymentId) -> Result<Option<Payment>> {
    Ok(conn.opt(&FIND, params![payment]).await?)
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
     WHERE checkout_id = $1 AND status IN ('pending', 'requires_action') AND captured_amount = 0",
);

pub(super) async fn cancel_open(tx: &mut Tx, checkout: CheckoutId) -> Result<()> {
    tx.exec(&CANCEL_OPEN, params![checkout]).await?;
    Ok(())
}
