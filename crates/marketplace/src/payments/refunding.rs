//! Money that goes back.

use db::{Conn, Tx};
use types::{Money, OrderId, ReturnId, allocate, kind};

use super::collecting::{adjust, paying};
use super::{Payment, PaymentError, Refund, RefundStatus, refunds_store, store, stripe};
use crate::ledger::{self, Account, Posting, PostingKind};
use crate::orders::{self, GoingBack, OrderHead, PlatformShares, Shares};
use crate::{Error, Market, Result};

/// What an admin wants to give back.
#[derive(Debug, Clone)]
pub struct RefundRequest {
    /// For which order; absent to spread it over all that were paid for.
    pub order: Option<OrderId>,
    /// How much; absent for all that is left.
    pub amount: Option<Money>,
    /// Why.
    pub reason: String,
}

/// Gives money back at an admin's word. Never more than came in, as a whole and for each order; spread
/// over several orders it is split by what is left of each, so that the parts sum to the whole.
pub async fn refund(
    tx: &mut Tx,
    market: &Market,
    payment: &Payment,
    request: &RefundRequest,
) -> Result<Refund> {
    if request.amount.is_some_and(|amount| amount > payment.amount) {
        return Err(Error::invalid("/amount", "too_large", "that is more than the whole payment"));
    }
    let orders = captured_orders(tx, payment, request.order).await?;
    let left: Money = orders.iter().map(|(_, shares)| shares.unrefunded()).sum();
    if orders.is_empty() {
        return Err(PaymentError::NotCaptured.into());
    }
    let amount = request.amount.unwrap_or(left);
    if amount > left || left == Money::ZERO {
        return Err(PaymentError::RefundTooLarge.into());
    }
    let weights: Vec<Money> = orders.iter().map(|(_, shares)| shares.unrefunded()).collect();
    let parts = orders.iter().zip(allocate(amount, &weights));
    let parts = parts.map(|((order, shares), amount)| (*order, shares.part(amount)));
    let parts = parts.filter(|(_, part)| !part.is_nothing()).collect();
    give_back(
        tx,
        market,
        payment,
        Going { order: request.order, returned: None, parts, reason: &request.reason },
    )
    .await
}

/// The orders of a payment whose money came in, or only `wanted`, with how each one's is shared, by id.
async fn captured_orders(
    conn: &mut Conn,
    payment: &Payment,
    wanted: Option<OrderId>,
) -> Result<Vec<(OrderId, Shares)>> {
    let heads = orders::heads_of_checkout(conn, payment.checkout).await?;
    if wanted.is_some_and(|order| heads.iter().all(|head| head.id != order)) {
        return Err(Error::invalid("/order_id", "not_found", "this payment has no such order"));
    }
    Ok(heads
        .iter()
        .filter(|head| head.captured_at.is_some() && wanted.is_none_or(|order| head.id == order))
        .map(|head| (head.id, head.shares()))
        .collect())
}

/// Gives back what was paid for an order that is cancelled and not given back yet.
pub(crate) async fn refund_cancelled(
    tx: &mut Tx,
    market: &Market,
    order: &OrderHead,
    reason: Option<&str>,
) -> Result<()> {
    let reason = reason.unwrap_or("the order was cancelled");
    refund_order(tx, market, order, order.shares().left(), Why::Reason(reason)).await.map(drop)
}

/// Why money of an order goes back.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Why<'a> {
    /// For this reason.
    Reason(&'a str),
    /// Items of it came back, for this reason.
    Returned(ReturnId, &'a str),
}

/// Gives back a part of an order, to the buyer and to the marketplace; nothing when it is nothing. Says
/// whether the buyer has it.
pub(crate) async fn refund_order(
    tx: &mut Tx,
    market: &Market,
    order: &OrderHead,
    part: GoingBack,
    why: Why<'_>,
) -> Result<RefundStatus> {
    if part.is_nothing() {
        return Ok(RefundStatus::Succeeded);
    }
    let payment = paying(tx, order.checkout, part.refund).await?;
    let (returned, reason) = match why {
        Why::Reason(reason) => (None, reason),
        Why::Returned(returned, reason) => (Some(returned), reason),
    };
    let going = Going { order: Some(order.id), returned, parts: vec![(order.id, part)], reason };
    let refund = give_back(tx, market, &payment, going).await?;
    Ok(if refund.amount > Money::ZERO { refund.status } else { RefundStatus::Succeeded })
}

/// Money on its way back: what it is for, and which part of it belongs to which order, by id.
struct Going<'a> {
    order: Option<OrderId>,
    returned: Option<ReturnId>,
    parts: Vec<(OrderId, GoingBack)>,
    reason: &'a str,
}

/// Counts the money as given back on orders and payment, and reverses the ledger, commission included. Where
/// the marketplace had paid for everything, the buyer is given nothing, and there is no refund to write down.
async fn give_back(tx: &mut Tx, market: &Market, payment: &Payment, going: Going<'_>) -> Result<Refund> {
    let refund = Refund {
        id: market.id::<kind::Refund>(),
        payment: payment.id,
        order: going.order,
        amount: going.parts.iter().map(|(_, part)| part.refund).sum(),
        returned: going.returned,
        reason: going.reason.to_owned(),
        status: payment.method.refund_begins(),
        attempt: 1,
        provider_ref: None,
        created_at: market.now(),
    };
    let mut postings = Vec::new();
    for (order, part) in going.parts {
        let shares = orders::add_back(tx, market, order, part).await?;
        let shares = shares.ok_or(PaymentError::RefundTooLarge)?;
        postings.push(posting(&refund, payment, order, (&shares, part)));
    }
    if refund.amount > Money::ZERO {
        let change = store::Change { refunded: refund.amount, ..store::Change::NONE };
        adjust(tx, market, payment.id, change).await?;
        begin(tx, market, &refund).await?;
    }
    ledger::post_all(tx, market, &postings).await?;
    Ok(refund)
}

/// Writes a refund down; the provider is asked after the commit.
pub(super) async fn begin(tx: &mut Tx, market: &Market, refund: &Refund) -> Result<()> {
    refunds_store::insert(tx, refund).await?;
    if refund.status == RefundStatus::Pending {
        stripe::ask_for_refund(tx, market, refund.id).await?;
    }
    Ok(())
}

/// The reverse of the capture for a part of an order; `shares` already count it as gone back.
fn posting(
    refund: &Refund,
    payment: &Payment,
    order: OrderId,
    (shares, part): (&Shares, GoingBack),
) -> Posting {
    let clearing = Account::Clearing(payment.method);
    let PlatformShares { commission, tax, promoted } = shares.platform_of(part);
    let seller = match shares.released_at {
        None => Account::VendorPending(shares.vendor),
        Some(_) => Account::VendorAvailable(shares.vendor),
    };
    Posting::new(PostingKind::Refund, format!("refund:{}:{order}", refund.id), order)
        .of_payment(payment.id)
        .transfer(seller, clearing, part.refund - commission - tax)
        .transfer(Account::Commission, clearing, commission)
        .transfer(Account::Tax, clearing, tax)
        .transfer(seller, Account::Promotions, promoted)
}
