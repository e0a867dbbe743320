//! Money that comes in: all at once from a provider, or order by order in cash.

use db::Tx;
use types::{Money, OrderId, PaymentId};

use super::collecting::share_out;
use super::late::{self, Lateness};
use super::{Method, Payment, PaymentError, PaymentStatus, store, stripe};
use crate::orders::{self, Shares};
use crate::states::states;
use crate::{Error, Market, Result, checkout};

states! {
    /// What the `test` provider is told to do.
    pub enum Outcome {
        /// The money comes in.
        Succeed = "succeed",
        /// The provider declines.
        Decline = "decline",
    }
}

/// Tells the `test` provider how a payment ends.
pub async fn confirm(tx: &mut Tx, market: &Market, payment: &Payment, outcome: Outcome) -> Result<Payment> {
    if payment.method != Method::Test {
        return Err(PaymentError::NotConfirmable(payment.method).into());
    }
    if payment.status == PaymentStatus::Failed {
        // What became of its checkout says more: it is paid by another attempt, or too late.
        checkout::refuse_unless_payable(tx, market, payment.checkout).await?;
    }
    match outcome {
        Outcome::Succeed => capture(tx, market, payment).await?,
        Outcome::Decline => decline(tx, market, payment).await?,
    }
    super::find(tx, payment.id).await?.ok_or_else(|| Error::internal("a payment is gone"))
}

/// The whole of a payment came in: the checkout is confirmed, its orders go to their sellers, and the
/// ledger says who gets what.
///
/// Expiry at the same instant is decided at the checkout's row, which both take first.
pub async fn capture(tx: &mut Tx, market: &Market, payment: &Payment) -> Result<()> {
    refuse_settled(payment.status)?;
    checkout::confirm(tx, market, payment.checkout, payment.method).await?;
    let orders = orders::mark_captured(tx, market, payment.checkout).await?;
    // What is due may have become less since the payment was read: an order was cancelled.
    let Some(captured) = store::capture(tx, payment.id, market.now()).await? else {
        return Err(overtaken(tx, payment.id).await?);
    };
    share_all(tx, market, &captured, orders).await
}

/// Money of a payment came in from its provider, whatever has become of the payment and its checkout
/// meanwhile: the first money that comes in time pays for the checkout, also when it is of an attempt that
/// was declined or given up; all other goes back. `most` is what the buyer may have been asked for: what is
/// more than the checkout costs by now goes back, too.
///
/// Told again, it changes nothing.
pub(super) async fn receive(
    tx: &mut Tx,
    market: &Market,
    payment: PaymentId,
    amount: Money,
    most: Money,
) -> Result<()> {
    let gone = || Error::internal("a payment is gone");
    let found = super::find(tx, payment).await?.ok_or_else(gone)?;
    // Whoever changes a payment before its money has come holds the checkout's row.
    let checkout = checkout::lock(tx, found.checkout).await?;
    let found = super::find(tx, payment).await?.ok_or_else(gone)?;
    if found.captured_amount > Money::ZERO {
        return Ok(());
    }
    let due = checkout.totals.grand();
    let is_right = amount == due || (due < amount && amount <= most);
    match checkout.situation().decide(checkout::Move::Confirm, market.now()) {
        Ok(_) if is_right => capture_received(tx, market, &found, amount, due).await,
        Ok(_) => {
            let (amount, due) = (amount.minor(), due.minor());
            tracing::error!(payment.id = %payment, amount, due, "a payment of a wrong amount goes back");
            late::give_back_all(tx, market, &found, Money::from_minor(amount), Lateness::WrongAmount).await
        }
        Err(too_late) => late::give_back_all(tx, market, &found, amount, Lateness::of(&too_late)).await,
    }
}

/// The checkout is paid by this attempt: others that are open are given up, and what is too much goes back.
async fn capture_received(
    tx: &mut Tx,
    market: &Market,
    payment: &Payment,
    amount: Money,
    due: Money,
) -> Result<()> {
    checkout::confirm(tx, market, payment.checkout, payment.method).await?;
    let orders = orders::mark_captured(tx, market, payment.checkout).await?;
    store::cancel_others(tx, payment.checkout, payment.id).await?;
    let captured = store::capture_received(tx, payment.id, (amount, amount - due), market.now()).await?;
    let captured = captured.ok_or_else(|| Error::internal("a payment was captured twice"))?;
    share_all(tx, market, &captured, orders).await?;
    if captured.late_amount > Money::ZERO {
        late::give_back_surplus(tx, market, &captured).await?;
    }
    stripe::close_all(tx, market, payment.checkout).await
}

/// Shares out what came in for all orders of a checkout.
async fn share_all(
    tx: &mut Tx,
    market: &Market,
    captured: &Payment,
    orders: Vec<(OrderId, Shares)>,
) -> Result<()> {
    let total: Money = orders.iter().map(|(_, shares)| shares.total).sum();
    if total != captured.amount - captured.late_amount {
        return Err(Error::internal("a payment's amount is not the sum of its orders"));
    }
    let shares: Vec<_> = orders.into_iter().map(|(order, shares)| (captured, order, shares)).collect();
    share_out(tx, market, &shares).await
}

/// The provider declined; the checkout can still be paid by another attempt.
async fn decline(tx: &mut Tx, market: &Market, payment: &Payment) -> Result<()> {
    refuse_settled(payment.status)?;
    checkout::lock(tx, payment.checkout).await?.situation().decide(checkout::Move::Confirm, market.now())?;
    if store::fail(tx, payment.id, "card_declined").await? {
        return Ok(());
    }
    Err(overtaken(tx, payment.id).await?)
}

/// Refuses an attempt that has ended. One that was cancelled with its checkout is left to the checkout
/// to refuse, which knows why.
fn refuse_settled(status: PaymentStatus) -> Result<()> {
    match status {
        PaymentStatus::Captured | PaymentStatus::PartiallyRefunded | PaymentStatus::Refunded => {
            Err(PaymentError::AlreadyPaid.into())
        }
        PaymentStatus::Failed => Err(PaymentError::Over(status).into()),
        PaymentStatus::Pending
        | PaymentStatus::RequiresAction
        | PaymentStatus::Processing
        | PaymentStatus::Cancelled => Ok(()),
    }
}

/// The refusal of a capture or decline that something else came before.
async fn overtaken(tx: &mut Tx, payment: PaymentId) -> Result<Error> {
    let now = store::find(tx, payment).await?.ok_or_else(|| Error::internal("a payment is gone"))?;
    refuse_settled(now.status)?;
    Ok(PaymentError::Over(now.status).into())
}
