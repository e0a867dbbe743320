//! Payments: attempts to collect a checkout's money, and refunds of what was collected.
//!
//! Invariants: one payment of a checkout is open or captured at a time; what is captured is never more
//! than what is due, what is refunded never more than what was captured; each cent that moves is posted
//! to the ledger in the same transaction. Money that comes in too late pays for nothing and goes back, once.

mod capturing;
mod collecting;
mod error;
mod late;
mod model;
mod refunding;
mod refunds_store;
mod settling;
mod store;
pub mod stripe;

pub use capturing::{Outcome, capture, confirm};
pub use error::PaymentError;
pub use model::{Method, Payment, PaymentStatus, Refund, RefundStatus};
pub use refunding::{RefundRequest, refund};
pub use settling::{find_refund, list_refunds, retry_refund};

pub(crate) use collecting::{capture_cash, lower, settle_free, share_out};
pub(crate) use refunding::{Why, refund_cancelled, refund_order};
pub(crate) use refunds_store::STATEMENTS as REFUND_STATEMENTS;
pub(crate) use store::{INSERTS, STATEMENTS};

use db::{Conn, Tx};
use types::{CheckoutId, Limit, Money, Page, PaymentId, UserId, kind};

use crate::{Market, Result};

/// An attempt to collect `amount`, not yet written down. There is nothing to collect of nothing: it is
/// captured as it is.
pub(crate) fn due(
    market: &Market,
    checkout: CheckoutId,
    user: Option<UserId>,
    method: Method,
    amount: Money,
) -> Payment {
    let now = market.now();
    let is_free = amount == Money::ZERO;
    Payment {
        id: market.id::<kind::Payment>(),
        checkout,
        user,
        method,
        status: if is_free { PaymentStatus::Captured } else { PaymentStatus::Pending },
        amount,
        captured_amount: Money::ZERO,
        refunded_amount: Money::ZERO,
        late_amount: Money::ZERO,
        failure_code: None,
        created_at: now,
        captured_at: is_free.then_some(now),
    }
}

/// Begins to collect what is due for checkouts that have no open or captured payment. Providers are asked
/// after the commit.
pub(crate) async fn open_all(tx: &mut Tx, market: &Market, payments: &[&Payment]) -> Result<()> {
    store::insert(tx, payments).await?;
    stripe::begin_all(tx, market, payments).await
}

/// Gives up collecting for a checkout: nothing had come in. What comes in all the same is late, and goes back.
pub async fn cancel_open(tx: &mut Tx, market: &Market, checkout: CheckoutId) -> Result<()> {
    store::cancel_open(tx, checkout).await?;
    stripe::close_all(tx, market, checkout).await
}

/// The payment, when there is one. Whoever shows it checks whose it is.
pub async fn find(conn: &mut Conn, payment: PaymentId) -> Result<Option<Payment>> {
    store::find(conn, payment).await
}

/// The latest payment of a checkout.
pub async fn of_checkout(conn: &mut Conn, checkout: CheckoutId) -> Result<Option<Payment>> {
    store::of_checkout(conn, checkout).await
}

/// A page of what a user paid or tried to, newest first.
pub async fn of_user(
    conn: &mut Conn,
    user: UserId,
    before: Option<PaymentId>,
    limit: Limit,
) -> Result<Page<Payment, PaymentId>> {
    let payments = store::of_user(conn, user, before, limit).await?;
    Ok(Page::cut(payments, limit, |payment| payment.id))
}
