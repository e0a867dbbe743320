//! What is due and what came in: cash order by order, and less when an order is cancelled.

use db::Tx;
use types::{CheckoutId, Money, OrderId, PaymentId};

use super::{Method, Payment, PaymentError, PaymentStatus, store, stripe};
use crate::checkout::Checkout;
use crate::ledger::{self, Account, Posting, PostingKind};
use crate::orders::{self, OrderHead, PlatformShares, Shares};
use crate::{Error, Market, Result};

/// The cash of one order came in with its delivery.
pub(crate) async fn capture_cash(tx: &mut Tx, market: &Market, order: &OrderHead) -> Result<()> {
    let payment = paying(tx, order.checkout, order.total).await?;
    if !orders::mark_paid(tx, market, order.id).await? {
        return Err(PaymentError::AlreadyPaid.into());
    }
    if order.total == Money::ZERO {
        return share_out(tx, market, &[(&payment, order.id, order.shares())]).await;
    }
    let captured = payment.captured_amount + order.total;
    if captured > payment.amount || payment.method != Method::Cod {
        return Err(Error::internal("cash came in that was not due"));
    }
    adjust(tx, market, payment.id, store::Change { captured: order.total, ..store::Change::NONE }).await?;
    share_out(tx, market, &[(&payment, order.id, order.shares())]).await
}

/// Nothing is left to be paid for a checkout whose orders were just started: nothing has to come in.
pub(crate) async fn settle_free(tx: &mut Tx, market: &Market, checkout: &Checkout) -> Result<()> {
    let due = super::due(market, checkout.id, checkout.user, checkout.payment_method, Money::ZERO);
    store::insert(tx, &[&due]).await?;
    let settled = orders::mark_captured(tx, market, checkout.id).await?;
    let shares: Vec<_> = settled.into_iter().map(|(order, shares)| (&due, order, shares)).collect();
    share_out(tx, market, &shares).await
}

/// What came in for orders goes to whom it belongs.
pub(crate) async fn share_out(
    tx: &mut Tx,
    market: &Market,
    captured: &[(&Payment, OrderId, Shares)],
) -> Result<()> {
    let posting = |(payment, order, shares): &(&Payment, OrderId, Shares)| posting(payment, *order, shares);
    let postings: Vec<Posting> = captured.iter().map(posting).collect();
    ledger::post_all(tx, market, &postings).await
}

/// An order that was not paid for is cancelled: `amount` is no longer due. The last one cancels the
/// attempt itself.
pub(crate) async fn lower(tx: &mut Tx, market: &Market, checkout: CheckoutId, amount: Money) -> Result<()> {
    let Some(payment) = store::live_of_checkout(tx, checkout).await? else {
        // The last attempt was declined; the next will be for what is due then.
        return Ok(());
    };
    if payment.amount == amount {
        return super::cancel_open(tx, market, checkout).await;
    }
    adjust(tx, market, payment.id, store::Change { due: -amount, ..store::Change::NONE }).await?;
    stripe::follow(tx, market, &payment).await
}

/// Changes the sums of a payment, and its state with them.
pub(super) async fn adjust(
    tx: &mut Tx,
    market: &Market,
    payment: PaymentId,
    change: store::Change,
) -> Result<()> {
    let Some(after) = store::adjust(tx, payment, change).await? else {
        return Err(PaymentError::RefundTooLarge.into());
    };
    let is_untouched = after.status.is_open() && after.captured_amount == Money::ZERO;
    let status = match after.amount {
        amount if is_untouched && amount > Money::ZERO => after.status,
        amount => PaymentStatus::of_amounts(amount, after.captured_amount, after.refunded_amount),
    };
    let all_in = status != PaymentStatus::Pending && status != PaymentStatus::Processing;
    let captured_at = after.captured_at.or_else(|| all_in.then(|| market.now()));
    store::set_status(tx, payment, status, captured_at).await
}

/// The payment of a checkout that is open or captured, by which `amount` moves. Nothing moves by the latest
/// one, whatever became of it: when all that cost something is cancelled, so is the payment.
pub(super) async fn paying(tx: &mut Tx, checkout: CheckoutId, amount: Money) -> Result<Payment> {
    let payment = match amount {
        Money::ZERO => store::of_checkout(tx, checkout).await?,
        _ => store::live_of_checkout(tx, checkout).await?,
    };
    payment.ok_or_else(|| Error::internal("a confirmed checkout has no payment"))
}

/// What came in for an order goes to its seller, less the commission and the tax that the marketplace
/// collects; the marketplace adds what its coupons took off.
fn posting(payment: &Payment, order: OrderId, shares: &Shares) -> Posting {
    let clearing = Account::Clearing(payment.method);
    let seller = Account::VendorPending(shares.vendor);
    let PlatformShares { commission, tax, promoted } = shares.platform();
    Posting::new(PostingKind::Capture, format!("capture:{}:{order}", payment.id), order)
        .of_payment(payment.id)
        .transfer(clearing, seller, shares.total - commission - tax)
        .transfer(clearing, Account::Commission, commission)
        .transfer(clearing, Account::Tax, tax)
        .transfer(Account::Promotions, seller, promoted)
}
