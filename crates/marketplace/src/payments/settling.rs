//! How refunds end that were asked of a provider.

use db::{Conn, Tx};
use types::{Limit, Money, Page, RefundId};

use super::collecting::adjust;
use super::{PaymentError, Refund, RefundStatus, refunds_store, store, stripe};
use crate::error::Refusal;
use crate::ledger::{self, Account, Posting, PostingKind};
use crate::{Error, Market, Result, payments, returns};

/// The buyer has the money of a refund's attempt. Told again, or after the attempt failed, it changes
/// nothing.
pub(super) async fn succeed(tx: &mut Tx, market: &Market, refund: &Refund) -> Result<()> {
    if let Some(returned) = refund.returned {
        returns::hold(tx, market, returned).await?;
    }
    if !refunds_store::end(tx, refund, RefundStatus::Succeeded).await? {
        return Ok(());
    }
    match refund.returned {
        Some(returned) => returns::end_refunded(tx, market, returned).await,
        None => Ok(()),
    }
}

/// The provider could not give the money of a refund's attempt back, maybe after it said that it had. The
/// refund is owed to the buyer from now on: an operator tries again, or pays it in another way. What it was
/// for stays as it is: the seller does not get the money of goods that came back.
pub(super) async fn fail(tx: &mut Tx, market: &Market, refund: &Refund, why: &str) -> Result<()> {
    if !refunds_store::end(tx, refund, RefundStatus::Failed).await? {
        return Ok(());
    }
    let (id, payment) = (refund.id, refund.payment);
    tracing::error!(refund.id = %id, payment.id = %payment, why, "a refund failed: the money is owed to the buyer");
    let change = store::Change { refunded: -refund.amount, ..store::Change::NONE };
    adjust(tx, market, payment, change).await?;
    post(tx, market, refund, Owing::More).await
}

/// Tries a refund that failed again.
pub async fn retry_refund(tx: &mut Tx, market: &Market, refund: RefundId) -> Result<Refund> {
    let found = find_refund(tx, refund).await?.ok_or(Refusal::NotFound)?;
    let Some(again) = refunds_store::begin_again(tx, refund).await? else {
        return Err(PaymentError::NotFailed(found.status).into());
    };
    let change = store::Change { refunded: again.amount, ..store::Change::NONE };
    adjust(tx, market, again.payment, change).await?;
    post(tx, market, &again, Owing::Less).await?;
    stripe::ask_for_refund(tx, market, again.id).await?;
    Ok(again)
}

/// The refund, when there is one.
pub async fn find_refund(conn: &mut Conn, refund: RefundId) -> Result<Option<Refund>> {
    refunds_store::find(conn, refund).await
}

/// A page of all refunds, or of those in one state, newest first.
pub async fn list_refunds(
    conn: &mut Conn,
    status: Option<RefundStatus>,
    before: Option<RefundId>,
    limit: Limit,
) -> Result<Page<Refund, RefundId>> {
    let refunds = refunds_store::list(conn, status, before, limit).await?;
    Ok(Page::cut(refunds, limit, |refund| refund.id))
}

/// What becomes of what is owed to buyers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owing {
    More,
    Less,
}

async fn post(tx: &mut Tx, market: &Market, refund: &Refund, owing: Owing) -> Result<()> {
    let payment = payments::find(tx, refund.payment).await?;
    let payment = payment.ok_or_else(|| Error::internal("a refund has no payment"))?;
    let clearing = Account::Clearing(payment.method);
    let (kind, what, from, to) = match owing {
        Owing::More => (PostingKind::RefundFailed, "failed", clearing, Account::Owed),
        Owing::Less => (PostingKind::Refund, "again", Account::Owed, clearing),
    };
    let reference = format!("refund:{}:{what}:{}", refund.id, refund.attempt);
    let posting = Posting::without_order(kind, reference).of_payment(payment.id);
    debug_assert!(refund.amount > Money::ZERO, "a refund is of something");
    ledger::post(tx, market, posting.transfer(from, to, refund.amount)).await
}
