//! What follows from what Stripe says.

use db::{Conn, Tx};
use types::{Currency, Money};

use super::event::{Event, IntentObject, News, RefundObject, Turn};
use super::store::{self, Kept};
use super::{Method, Payment, amounts, client, follow, intents};
use crate::jobs::{self, Job};
use crate::payments::{self, PaymentStatus, capturing, settling};
use crate::{Market, Result, checkout};

/// Takes an event into account. One that was told before, came late or is not of a payment of ours changes
/// nothing.
pub async fn apply(tx: &mut Tx, market: &Market, event: &Event) -> Result<()> {
    match &event.news {
        News::Intent(turn, intent) => turned(tx, market, *turn, intent).await,
        News::Refund(refund) => refunded(tx, market, refund).await,
        News::SomeRefunded(intent) => ask_for_refunds(tx, market, intent).await,
        News::Other => Ok(()),
    }
}

/// An attempt to pay went on.
pub(super) async fn turned(tx: &mut Tx, market: &Market, turn: Turn, intent: &IntentObject) -> Result<()> {
    let Some((payment, kept)) = find(tx, intent).await? else {
        tracing::info!(intent = intent.id, "Stripe tells of an intent that is not ours");
        return Ok(());
    };
    let is_other = kept.as_ref().and_then(|kept| kept.intent.as_ref()).is_some_and(|id| *id != intent.id);
    if turn == Turn::Succeeded {
        return if is_other {
            stray(tx, market, &payment, intent, "another intent of the payment").await
        } else {
            succeeded(tx, market, &payment, intent).await
        };
    }
    if is_other {
        return Ok(());
    }
    checkout::lock(tx, payment.checkout).await?;
    match turn {
        Turn::Succeeded => Ok(()),
        Turn::Processing => payments::store::advance(tx, payment.id, PaymentStatus::Processing).await,
        Turn::RequiresAction => payments::store::advance(tx, payment.id, PaymentStatus::RequiresAction).await,
        Turn::Cancelled => {
            payments::store::advance(tx, payment.id, PaymentStatus::Cancelled).await?;
            store::end(tx, payment.id, market.now()).await
        }
        Turn::Failed => declined(tx, market, &payment, intent).await,
    }
}

/// The payment that an intent is of, with what is known of its side of Stripe.
async fn find(conn: &mut Conn, intent: &IntentObject) -> Result<Option<(Payment, Option<Kept>)>> {
    let kept = store::of_intent(conn, &intent.id).await?;
    let Some(id) = kept.as_ref().map(|kept| kept.payment).or_else(|| intent.payment()) else {
        return Ok(None);
    };
    let payment = payments::find(conn, id).await?.filter(|payment| payment.method == Method::Stripe);
    let Some(payment) = payment else { return Ok(None) };
    let kept = match kept {
        Some(kept) => Some(kept),
        // Its answer may still be on its way to us.
        None => store::find(conn, id).await?,
    };
    Ok(Some((payment, kept)))
}

async fn succeeded(tx: &mut Tx, market: &Market, payment: &Payment, intent: &IntentObject) -> Result<()> {
    let currency = market.settings.currency;
    let Some(amount) = received(intent, currency).filter(|amount| *amount > Money::ZERO) else {
        stray(tx, market, payment, intent, "not money of this marketplace").await?;
        checkout::lock(tx, payment.checkout).await?;
        return payments::store::fail(tx, payment.id, "wrong_currency").await.map(drop);
    };
    // Before the money is taken, since it may have to go back by this intent; the payment's row first, as
    // everywhere.
    checkout::lock(tx, payment.checkout).await?;
    payments::store::lock(tx, payment.id).await?;
    store::insert(tx, payment.id, payment.amount).await?;
    store::adopt(tx, payment.id, &intent.id, None).await?;
    let most = store::find(tx, payment.id).await?.map_or(payment.amount, |kept| kept.asked);
    capturing::receive(tx, market, payment.id, amount, most).await
}

/// What came in by an intent, if it is of this currency.
fn received(intent: &IntentObject, currency: Currency) -> Option<Money> {
    let is_ours = intent.currency.eq_ignore_ascii_case(currency.code());
    if is_ours { amounts::from_stripe(intent.received(), currency) } else { None }
}

/// Money that can't be entered in the book goes back at once, and an operator is to look at it.
async fn stray(
    tx: &mut Tx,
    market: &Market,
    payment: &Payment,
    intent: &IntentObject,
    why: &str,
) -> Result<()> {
    tracing::error!(payment.id = %payment.id, intent = intent.id, why, "money that is not in the book goes back");
    let job = Job::ReturnStray { payment: payment.id.as_i64(), intent: intent.id.clone() };
    jobs::enqueue(tx, market, &job, market.now()).await
}

/// A try was declined. The buyer's browser may try again with the same intent; one that nobody waits for is
/// cancelled now that it can be.
async fn declined(tx: &mut Tx, market: &Market, payment: &Payment, intent: &IntentObject) -> Result<()> {
    let error = intent.last_payment_error.as_ref();
    let code = error.and_then(|error| error.decline_code.as_deref().or(error.code.as_deref()));
    payments::store::fail(tx, payment.id, &client::word(code, "card_declined")).await?;
    let Some(now) = payments::find(tx, payment.id).await? else { return Ok(()) };
    if now.captured_amount == Money::ZERO && !intents::is_wanted(tx, &now).await? {
        follow(tx, market, &now).await?;
    }
    Ok(())
}

/// A refund went on.
async fn refunded(tx: &mut Tx, market: &Market, told: &RefundObject) -> Result<()> {
    let Some((id, attempt)) = told.refund() else {
        tracing::warn!(refund = told.id, "money went back at Stripe without a refund of ours");
        return Ok(());
    };
    let Some(refund) = payments::find_refund(tx, id).await? else { return Ok(()) };
    let payment = payments::find(tx, refund.payment).await?;
    if payment.is_none_or(|payment| payment.method != Method::Stripe) || refund.attempt != attempt {
        return Ok(());
    }
    settle(tx, market, &refund, told).await
}

/// Takes the state of a refund's present attempt into account.
pub(super) async fn settle(
    tx: &mut Tx,
    market: &Market,
    refund: &payments::Refund,
    told: &RefundObject,
) -> Result<()> {
    match told.status.as_deref() {
        Some("succeeded") => settling::succeed(tx, market, refund).await,
        Some("failed" | "canceled") => {
            let why = client::word(told.failure_reason.as_deref(), "unknown");
            settling::fail(tx, market, refund, &why).await
        }
        _ => Ok(()),
    }
}

/// Something of an intent's money went back: Stripe is asked which refunds of ours that ends.
async fn ask_for_refunds(tx: &mut Tx, market: &Market, intent: &str) -> Result<()> {
    let Some(kept) = store::of_intent(tx, intent).await? else { return Ok(()) };
    for refund in payments::refunds_store::pending_of_payment(tx, kept.payment).await? {
        super::ask_for_refund(tx, market, refund.id).await?;
    }
    Ok(())
}
