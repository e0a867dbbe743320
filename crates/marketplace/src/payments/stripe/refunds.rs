//! Refunds: asked for once each, however often that is tried.

use db::Tx;
use types::{PaymentId, RefundId};

use super::client::{Stripe, Trouble};
use super::event::RefundObject;
use super::{amounts, applying, provider, store};
use crate::jobs::{self, Failure, Job};
use crate::payments::{self, Refund, RefundStatus, refunds_store, settling};
use crate::{Error, Market, Result};

/// How long Stripe is sure to know an idempotency key, in seconds: it keeps them for a day at least
/// (<https://docs.stripe.com/api/idempotent_requests>). After that we look whether it was done before we ask.
const KEY_SECONDS: i64 = 20 * 3_600;

/// How often Stripe is asked how far a refund is that it has taken on, in seconds; it tells by itself, too.
const LOOK_AGAIN: i64 = 6 * 3_600;

/// Has Stripe give a refund's money back, or asks how far it is. One that has ended is left alone.
pub(crate) async fn send_refund(market: &Market, id: RefundId) -> Result<(), Failure> {
    let stripe = provider(market)?;
    let mut conn = market.db.read().await?;
    let found = payments::find_refund(&mut conn, id).await?;
    let Some(refund) = found.filter(|refund| refund.status == RefundStatus::Pending) else { return Ok(()) };
    let kept = store::find(&mut conn, refund.payment).await?;
    drop(conn);
    let Some(intent) = kept.and_then(|kept| kept.intent) else {
        return Err(Failure::fail("the money of this refund did not come by Stripe"));
    };
    let told = match &refund.provider_ref {
        Some(name) => stripe.refund(name).await,
        None => match amounts::to_stripe(refund.amount, market.settings.currency) {
            Some(amount) => make(market, stripe, &refund, (&intent, amount)).await,
            None => Err(Trouble::Refused { code: "amount_not_supported".to_owned() }),
        },
    };
    match told {
        Ok(told) => record(market, refund, told).await,
        Err(Trouble::Refused { code }) if refund.provider_ref.is_none() => {
            let market_too = market.clone();
            let fail = async move |tx: &mut Tx| settling::fail(tx, &market_too, &refund, &code).await;
            Ok(market.db.write(fail).await?)
        }
        Err(trouble) => Err(Failure::retry(trouble.to_string())),
    }
}

/// Asks for a refund under its own idempotency key. Where that key may be forgotten, or holds a failure of
/// Stripe's own, we look first whether it was made.
async fn make(
    market: &Market,
    stripe: &Stripe,
    refund: &Refund,
    (intent, amount): (&str, i64),
) -> Result<RefundObject, Trouble> {
    let age = market.now().seconds_since(refund.created_at);
    if age > KEY_SECONDS
        && let Some(made) = made_before(stripe, refund, intent).await?
    {
        return Ok(made);
    }
    let (id, payment, attempt) =
        (refund.id.to_string(), refund.payment.to_string(), refund.attempt.to_string());
    let amount = amount.to_string();
    let form = [
        ("payment_intent", intent),
        ("amount", &amount),
        ("metadata[refund_id]", &id),
        ("metadata[payment_id]", &payment),
        ("metadata[attempt]", &attempt),
    ];
    let key = if refund.attempt == 1 { id.clone() } else { format!("{id}-{attempt}") };
    match stripe.create_refund(&key, &form).await {
        Err(Trouble::Unclear { is_kept: true, .. }) => match made_before(stripe, refund, intent).await? {
            Some(made) => Ok(made),
            None => stripe.create_refund(&format!("{key}-after-{}h", age / 3_600), &form).await,
        },
        answer => answer,
    }
}

/// The refund that Stripe made for this attempt already.
async fn made_before(
    stripe: &Stripe,
    refund: &Refund,
    intent: &str,
) -> Result<Option<RefundObject>, Trouble> {
    let wanted = Some((refund.id, refund.attempt));
    Ok(stripe.refunds_of(intent).await?.into_iter().find(|made| made.refund() == wanted))
}

/// Notes what Stripe made of a refund.
async fn record(market: &Market, refund: Refund, told: RefundObject) -> Result<(), Failure> {
    let market_too = market.clone();
    let record = async move |tx: &mut Tx| {
        // The order of a return before the refund's row.
        applying::settle(tx, &market_too, &refund, &told).await?;
        refunds_store::name(tx, &refund, &told.id).await?;
        let now = payments::find_refund(tx, refund.id).await?;
        if now.is_some_and(|now| now.status == RefundStatus::Pending) {
            let again = Job::SendRefund { refund: refund.id.as_i64() };
            jobs::enqueue(tx, &market_too, &again, market_too.now().plus_seconds(LOOK_AGAIN)).await?;
        }
        Ok::<_, Error>(())
    };
    Ok(market.db.write(record).await?)
}

/// Gives all of an intent's money back that is not in the book.
pub(crate) async fn return_stray(market: &Market, payment: PaymentId, intent: &str) -> Result<(), Failure> {
    let stripe = provider(market)?;
    let payment = payment.to_string();
    let form = [("payment_intent", intent), ("metadata[payment_id]", &payment)];
    match stripe.create_refund(&format!("{payment}-{intent}"), &form).await {
        Ok(made) => {
            tracing::error!(
                payment.id = payment,
                intent,
                refund = made.id,
                "money that was not in the book went back"
            );
            Ok(())
        }
        Err(Trouble::Refused { code }) if code == "charge_already_refunded" => Ok(()),
        Err(Trouble::Refused { code }) => Err(Failure::fail(format!("Stripe refuses: {code}"))),
        Err(unclear) => Err(Failure::retry(unclear.to_string())),
    }
}
