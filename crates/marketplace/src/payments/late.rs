//! Money that comes too late: it pays for nothing and goes back.
//!
//! It is entered in the book both ways, in and out, in the transaction that notes it; until the buyer has it,
//! its refund is pending. The buyer is told by mail.

use db::Tx;
use types::{Money, kind};

use super::refunding::begin;
use super::{Payment, Refund, store};
use crate::checkout::CheckoutError;
use crate::ledger::{self, Account, Posting, PostingKind};
use crate::notifications::{self, Mail};
use crate::{Error, Market, Result};

/// Why money pays for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lateness {
    /// The checkout had expired.
    Expired,
    /// The checkout was cancelled.
    Cancelled,
    /// Another attempt had paid.
    AlreadyPaid,
    /// It is not what was asked for.
    WrongAmount,
}

impl Lateness {
    /// Why a checkout does not take money any more.
    pub(super) const fn of(refusal: &CheckoutError) -> Self {
        match refusal {
            CheckoutError::AlreadyPaid => Self::AlreadyPaid,
            CheckoutError::Cancelled => Self::Cancelled,
            _ => Self::Expired,
        }
    }

    const fn failure_code(self) -> &'static str {
        match self {
            Self::Expired => "checkout_expired",
            Self::Cancelled => "checkout_cancelled",
            Self::AlreadyPaid => "already_paid",
            Self::WrongAmount => "wrong_amount",
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::Expired => "it came after the time to pay was over",
            Self::Cancelled => "it came after the purchase was cancelled",
            Self::AlreadyPaid => "the purchase was already paid",
            Self::WrongAmount => "it was not the amount that was due",
        }
    }
}

/// All of a payment's money goes back. Whoever calls it holds the checkout's row, and nothing had come in.
pub(super) async fn give_back_all(
    tx: &mut Tx,
    market: &Market,
    payment: &Payment,
    amount: Money,
    why: Lateness,
) -> Result<()> {
    if !store::capture_late(tx, payment.id, amount, why.failure_code(), market.now()).await? {
        return Err(Error::internal("late money came in twice"));
    }
    tracing::warn!(payment.id = %payment.id, amount = amount.minor(), why = why.failure_code(),
        "money came too late and goes back");
    give_back(tx, market, payment, amount, why.sentence()).await
}

/// What came in beyond what the orders of a captured payment cost goes back.
pub(super) async fn give_back_surplus(tx: &mut Tx, market: &Market, payment: &Payment) -> Result<()> {
    let surplus = payment.late_amount;
    let change = store::Change { refunded: surplus, ..store::Change::NONE };
    super::collecting::adjust(tx, market, payment.id, change).await?;
    give_back(tx, market, payment, surplus, "an order of the purchase had been cancelled").await
}

async fn give_back(
    tx: &mut Tx,
    market: &Market,
    payment: &Payment,
    amount: Money,
    reason: &str,
) -> Result<()> {
    let refund = Refund {
        id: market.id::<kind::Refund>(),
        payment: payment.id,
        order: None,
        amount,
        returned: None,
        reason: reason.to_owned(),
        status: payment.method.refund_begins(),
        attempt: 1,
        provider_ref: None,
        created_at: market.now(),
    };
    begin(tx, market, &refund).await?;
    let clearing = Account::Clearing(payment.method);
    let came = Posting::without_order(PostingKind::Capture, format!("capture:{}:late", payment.id));
    let goes = Posting::without_order(PostingKind::Refund, format!("refund:{}:late", refund.id));
    let postings = [
        came.of_payment(payment.id).transfer(clearing, Account::Owed, amount),
        goes.of_payment(payment.id).transfer(Account::Owed, clearing, amount),
    ];
    ledger::post_all(tx, market, &postings).await?;
    notifications::send(tx, market, Mail::LatePayment { refund: refund.id.as_i64() }).await
}
