//! SQL of Stripe's intents.

use db::{Conn, Stmt, Tx, params};
use types::{CheckoutId, Money, PaymentId, Timestamp};

use crate::Result;

pub(crate) const STATEMENTS: &[&Stmt] = &[&INSERT, &FIND, &OF_INTENT, &ADOPT, &SET_AMOUNT, &END, &GIVEN_UP];

/// What is known of Stripe's side of a payment.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) payment: PaymentId,
    /// What was asked for at first.
    pub(super) asked: Money,
    /// What Stripe was last told.
    pub(super) amount: Money,
    /// Absent until Stripe has answered.
    pub(super) intent: Option<String>,
    /// Sealed.
    pub(super) client_secret: Option<Vec<u8>>,
    /// When it was cancelled at Stripe.
    pub(super) ended_at: Option<Timestamp>,
}

db::from_row!(Kept { payment, asked, amount, intent, client_secret, ended_at });

static INSERT: Stmt = Stmt::new(
    "INSERT INTO stripe_intents (payment_id, asked_amount, amount) VALUES ($1, $2, $2)
     ON CONFLICT (payment_id) DO NOTHING",
);

/// Notes what is asked for, unless that was noted before.
pub(super) async fn insert(tx: &mut Tx, payment: PaymentId, amount: Money) -> Result<()> {
    tx.exec(&INSERT, params![payment, amount]).await?;
    Ok(())
}

macro_rules! columns {
    () => {
        "SELECT payment_id, asked_amount, amount, intent_id, client_secret, ended_at FROM stripe_intents"
    };
}

static FIND: Stmt = Stmt::new(concat!(columns!(), " WHERE payment_id = $1"));

pub(super) async fn find(conn: &mut Conn, payment: PaymentId) -> Result<Option<Kept>> {
    Ok(conn.opt(&FIND, params![payment]).await?)
}

static OF_INTENT: Stmt = Stmt::new(concat!(columns!(), " WHERE intent_id = $1"));

pub(super) async fn of_intent(conn: &mut Conn, intent: &str) -> Result<Option<Kept>> {
    Ok(conn.opt(&OF_INTENT, params![intent]).await?)
}

static ADOPT: Stmt = Stmt::new(
    "UPDATE stripe_intents SET intent_id = $2, client_secret = COALESCE(client_secret, $3)
     WHERE payment_id = $1 AND (intent_id IS NULL OR intent_id = $2)",
);

/// Keeps the intent that Stripe made; the first stays.
pub(super) async fn adopt(
    tx: &mut Tx,
    payment: PaymentId,
    intent: &str,
    sealed: Option<&[u8]>,
) -> Result<()> {
    tx.exec(&ADOPT, params![payment, intent, sealed]).await?;
    Ok(())
}

static SET_AMOUNT: Stmt = Stmt::new("UPDATE stripe_intents SET amount = $2 WHERE payment_id = $1");

/// Notes what Stripe was told.
pub(super) async fn set_amount(tx: &mut Tx, payment: PaymentId, amount: Money) -> Result<()> {
    tx.exec(&SET_AMOUNT, params![payment, amount]).await?;
    Ok(())
}

static END: Stmt =
    Stmt::new("UPDATE stripe_intents SET ended_at = $2 WHERE payment_id = $1 AND ended_at IS NULL");

/// Notes that Stripe takes no more money for it.
pub(super) async fn end(tx: &mut Tx, payment: PaymentId, now: Timestamp) -> Result<()> {
    tx.exec(&END, params![payment, now]).await?;
    Ok(())
}

static GIVEN_UP: Stmt = Stmt::new(
    "SELECT p.id FROM payments p JOIN stripe_intents i ON i.payment_id = p.id
     WHERE p.checkout_id = $1 AND p.status IN ('failed', 'cancelled') AND p.captured_amount = 0
        AND i.intent_id IS NOT NULL AND i.ended_at IS NULL
     ORDER BY p.id LIMIT 1000",
);

/// The payments of a checkout that were given up and whose intents could still be paid.
pub(super) async fn given_up(conn: &mut Conn, checkout: CheckoutId) -> Result<Vec<PaymentId>> {
    let found: Vec<(PaymentId,)> = conn.all(&GIVEN_UP, params![checkout]).await?;
    Ok(found.into_iter().map(|(payment,)| payment).collect())
}
