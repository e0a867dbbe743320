//! SQL of the checkouts.

use db::{Conn, Insert, Kind, Stmt, Tx, params};
use types::{CheckoutId, Currency, Email, Timestamp, UserId};

use super::{Checkout, CheckoutStatus};
use crate::Result;
use crate::payments::Method;
use crate::pricing::Totals;

pub(crate) const STATEMENTS: &[&Stmt] =
    &[&FIND, &LOCK, &OVERDUE, &MOVE, &SET_METHOD, &LOWER, &CLAIM, &CLAIM_ORDERS, &CLAIM_PAYMENTS];

/// What is inserted in bulk.
pub(crate) const INSERTS: &[&Insert] = &[&INSERT];

static INSERT: Insert = Insert::new(
    "checkouts",
    &[
        ("id", Kind::Int),
        ("user_id", Kind::Int),
        ("guest_email", Kind::Text),
        ("guest_email_key", Kind::Text),
        ("guest_token_hash", Kind::Blob),
        ("status", Kind::Text),
        ("payment_method", Kind::Text),
        ("currency", Kind::Text),
        ("items_total", Kind::Int),
        ("discount_total", Kind::Int),
        ("shipping_total", Kind::Int),
        ("tax_total", Kind::Int),
        ("grand_total", Kind::Int),
        ("address", Kind::Text),
        ("note", Kind::Text),
        ("expires_at", Kind::Int),
        ("created_at", Kind::Int),
    ],
);

pub(super) async fn insert(tx: &mut Tx, checkouts: &[&Checkout], currency: Currency) -> Result<()> {
    let currency = currency.code();
    let email_key = |checkout: &Checkout| checkout.guest_email.as_ref().map(Email::key);
    let derived: Vec<_> =
        checkouts.iter().map(|checkout| (checkout.totals.grand(), email_key(checkout))).collect();
    let rows: Vec<_> = checkouts
        .iter()
        .zip(&derived)
        .map(|(checkout, (grand, email_key))| {
            *params![
                checkout.id,
                checkout.user,
                checkout.guest_email,
                *email_key,
                checkout.guest_token_hash,
                checkout.status,
                checkout.payment_method,
                *currency,
                checkout.totals.items,
                checkout.totals.discount,
                checkout.totals.shipping,
                checkout.totals.tax,
                *grand,
                checkout.address,
                checkout.note,
                checkout.expires_at,
                checkout.created_at,
            ]
        })
        .collect();
    Ok(tx.insert_many(&INSERT, &rows).await?)
}

macro_rules! find {
    ($end:literal) => {
        concat!(
            "SELECT id, user_id, guest_email, guest_token_hash, status, payment_method, items_total,
                discount_total, shipping_total, tax_total, address, note, expires_at, created_at
             FROM checkouts WHERE id = $1",
            $end
        )
    };
}

static FIND: Stmt = Stmt::new(find!(""));

pub(super) async fn find(conn: &mut Conn, checkout: CheckoutId) -> Result<Option<Checkout>> {
    Ok(conn.opt(&FIND, params![checkout]).await?)
}

static LOCK: Stmt = Stmt::with_postgres(find!(""), find!(" FOR NO KEY UPDATE"));

/// The checkout, locked until the transaction ends: nobody else pays, cancels or expires it meanwhile.
pub(super) async fn lock(tx: &mut Tx, checkout: CheckoutId) -> Result<Option<Checkout>> {
    Ok(tx.opt(&LOCK, params![checkout]).await?)
}

static OVERDUE: Stmt = Stmt::new(
    "SELECT id FROM checkouts WHERE status = 'awaiting_payment' AND expires_at <= $1
     ORDER BY expires_at, id LIMIT 1",
);

/// The unpaid checkout that should have expired first, if it should have before `since`.
pub(super) async fn overdue(conn: &mut Conn, since: Timestamp) -> Result<Option<CheckoutId>> {
    let found: Option<(CheckoutId,)> = conn.opt(&OVERDUE, params![since]).await?;
    Ok(found.map(|(checkout,)| checkout))
}

static MOVE: Stmt =
    Stmt::new("UPDATE checkouts SET status = $2 WHERE id = $1 AND status = 'awaiting_payment'");

/// Ends the wait of a locked checkout for its payment.
pub(super) async fn end_wait(tx: &mut Tx, checkout: CheckoutId, status: CheckoutStatus) -> Result<()> {
    tx.exec_n(1, &MOVE, params![checkout, status]).await?;
    Ok(())
}

static SET_METHOD: Stmt =
    Stmt::new("UPDATE checkouts SET payment_method = $2 WHERE id = $1 AND status = 'awaiting_payment'");

pub(super) async fn set_method(tx: &mut Tx, checkout: CheckoutId, method: Method) -> Result<()> {
    tx.exec_n(1, &SET_METHOD, params![checkout, method]).await?;
    Ok(())
}

static LOWER: Stmt = Stmt::new(
    "UPDATE checkouts SET items_total = $2, discount_total = $3, shipping_total = $4, tax_total = $5,
        grand_total = $6, status = $7
     WHERE id = $1",
);

/// Gives a locked checkout other totals, and the state that follows from them.
pub(super) async fn lower(
    tx: &mut Tx,
    checkout: CheckoutId,
    totals: Totals,
    status: CheckoutStatus,
) -> Result<()> {
    let Totals { items, discount, shipping, tax } = totals;
    tx.exec_n(1, &LOWER, params![checkout, items, discount, shipping, tax, totals.grand(), status]).await?;
    Ok(())
}

static CLAIM: Stmt =
    Stmt::new("UPDATE checkouts SET user_id = $1 WHERE guest_email_key = $2 AND user_id IS NULL");

static CLAIM_ORDERS: Stmt = Stmt::new(
    "UPDATE orders SET user_id = $1
     WHERE user_id IS NULL AND checkout_id IN (SELECT c.id FROM checkouts c WHERE c.user_id = $1)",
);

static CLAIM_PAYMENTS: Stmt = Stmt::new(
    "UPDATE payments SET user_id = $1
     WHERE user_id IS NULL AND checkout_id IN (SELECT c.id FROM checkouts c WHERE c.user_id = $1)",
);

/// Gives a new user what guests bought with their e-mail address.
pub(super) async fn claim(tx: &mut Tx, user: UserId, email_key: &str) -> Result<()> {
    if tx.exec(&CLAIM, params![user, email_key]).await? > 0 {
        tx.exec(&CLAIM_ORDERS, params![user]).await?;
        tx.exec(&CLAIM_PAYMENTS, params![user]).await?;
    }
    Ok(())
}
