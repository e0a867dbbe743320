//! Intents: asked for, changed and cancelled so that Stripe's side of a payment follows ours.

use std::time::Duration;

use db::{Conn, Tx};
use tokio::time::timeout;
use types::{Money, PaymentId};

use super::client::{Stripe, Trouble};
use super::event::{IntentObject, Turn};
use super::store::{self, Kept};
use super::{Method, Payment, amounts, applying, follow, provider};
use crate::checkout::{self, CheckoutStatus};
use crate::error::with_causes;
use crate::jobs::Failure;
use crate::payments::{self, PaymentStatus};
use crate::{Error, Market, Result};

/// How long a request that begins a payment waits for its intent; the job sees to it otherwise.
const PATIENCE: Duration = Duration::from_secs(3);

/// The secret by which the buyer's browser pays, for an answer that begins an attempt: asks for the intent
/// if there is none yet. `None` when Stripe takes longer than a few seconds or has refused.
///
/// Must not be called within a transaction.
pub async fn prepare(market: &Market, payment: PaymentId) -> Option<String> {
    let stripe = market.stripe()?;
    let known = secret_of(market, payment).await;
    if known.is_some() {
        return known;
    }
    match timeout(PATIENCE, open(market, stripe, payment)).await {
        Ok(Ok(())) => {}
        Ok(Err(why)) => tracing::warn!(payment.id = %payment, %why, "the intent will be asked for again"),
        Err(_) => tracing::warn!(payment.id = %payment, "Stripe takes long: the intent comes later"),
    }
    secret_of(market, payment).await
}

async fn secret_of(market: &Market, payment: PaymentId) -> Option<String> {
    let mut conn = market.db.read().await.ok()?;
    let kept = store::find(&mut conn, payment).await.ok()??;
    opened(market, &kept)
}

/// The secret by which the buyer's browser pays, for an answer that shows a payment to its buyer. `None` when
/// there is none yet, or no more.
pub async fn client_secret(conn: &mut Conn, market: &Market, payment: &Payment) -> Result<Option<String>> {
    if payment.method != Method::Stripe || !payment.status.is_open() || market.stripe().is_none() {
        return Ok(None);
    }
    Ok(store::find(conn, payment.id).await?.and_then(|kept| opened(market, &kept)))
}

/// What another node has sealed with another key is as good as not there: the vault tells the operator.
fn opened(market: &Market, kept: &Kept) -> Option<String> {
    let sealed = kept.client_secret.as_ref()?;
    String::from_utf8(market.vault.open(&purpose(kept.payment), sealed).ok()?).ok()
}

fn purpose(payment: PaymentId) -> String {
    format!("stripe {payment}")
}

/// What is to be done at Stripe.
#[derive(Debug, PartialEq, Eq)]
enum Step<'a> {
    /// Ask for an intent.
    Open,
    /// Tell what is due now.
    Change(&'a str),
    /// Have no more money come in.
    Cancel(&'a str),
}

/// What is to be done for a payment, of which `kept` is known; `is_wanted` when money for it is welcome.
fn step<'a>(payment: &Payment, is_wanted: bool, kept: Option<&'a Kept>) -> Option<Step<'a>> {
    let intent = kept.and_then(|kept| Some((kept, kept.intent.as_deref()?)));
    match (payment.status, intent) {
        _ if payment.captured_amount > Money::ZERO => None,
        (status, None) => status.is_open().then_some(Step::Open),
        (_, Some((kept, intent))) if !is_wanted => kept.ended_at.is_none().then_some(Step::Cancel(intent)),
        (status, Some((kept, intent))) => {
            (status.is_open() && kept.amount != payment.amount).then_some(Step::Change(intent))
        }
    }
}

/// Brings Stripe's side of a payment in line with ours.
pub(crate) async fn sync(market: &Market, id: PaymentId) -> Result<(), Failure> {
    let stripe = provider(market)?;
    let mut conn = market.db.read().await?;
    let Some(payment) = payments::find(&mut conn, id).await? else { return Ok(()) };
    let kept = store::find(&mut conn, id).await?;
    let is_wanted = is_wanted(&mut conn, &payment).await?;
    drop(conn);
    match step(&payment, is_wanted, kept.as_ref()) {
        None => Ok(()),
        Some(Step::Open) => open(market, stripe, id).await,
        Some(Step::Change(intent)) => change(market, stripe, &payment, intent).await,
        Some(Step::Cancel(intent)) => cancel(market, stripe, &payment, intent).await,
    }
}

/// Whether money for an attempt is welcome. One that was declined can be tried again by the buyer's browser
/// with the same intent, until another attempt is begun.
pub(super) async fn is_wanted(conn: &mut Conn, payment: &Payment) -> Result<bool> {
    if payment.status != PaymentStatus::Failed {
        return Ok(payment.status.is_open());
    }
    let checkout = checkout::find(conn, payment.checkout).await?;
    let latest = payments::of_checkout(conn, payment.checkout).await?;
    Ok(checkout.is_some_and(|checkout| checkout.status == CheckoutStatus::AwaitingPayment)
        && latest.is_some_and(|latest| latest.id == payment.id))
}

/// Asks for the intent of an open payment that has none.
async fn open(market: &Market, stripe: &Stripe, id: PaymentId) -> Result<(), Failure> {
    let noted = market.db.write(async move |tx: &mut Tx| note_asking(tx, id).await).await?;
    let Some((payment, kept)) = noted.filter(|(_, kept)| kept.intent.is_none()) else { return Ok(()) };
    let Some(amount) = amounts::to_stripe(kept.asked, market.settings.currency) else {
        return decline(market, id, "amount_not_supported").await;
    };
    match ask(market, stripe, &payment, amount).await {
        Ok(intent) => adopt(market, id, intent).await,
        Err(Trouble::Refused { code }) => {
            tracing::error!(payment.id = %id, code, "Stripe refuses to take a payment");
            decline(market, id, &code).await
        }
        Err(unclear) => Err(Failure::retry(unclear.to_string())),
    }
}

/// Notes what is asked for before Stripe is asked: each time the same. `None` when the payment is not open.
async fn note_asking(tx: &mut Tx, id: PaymentId) -> Result<Option<(Payment, Kept)>> {
    let payment = payments::store::lock(tx, id).await?.filter(|payment| payment.status.is_open());
    let Some(payment) = payment.filter(|payment| payment.method == Method::Stripe) else { return Ok(None) };
    store::insert(tx, id, payment.amount).await?;
    Ok(store::find(tx, id).await?.map(|kept| (payment, kept)))
}

async fn ask(
    market: &Market,
    stripe: &Stripe,
    payment: &Payment,
    amount: i64,
) -> Result<IntentObject, Trouble> {
    let (id, checkout) = (payment.id.to_string(), payment.checkout.to_string());
    let (amount, currency) = (amount.to_string(), market.settings.currency.code().to_ascii_lowercase());
    let form = [
        ("amount", amount.as_str()),
        ("currency", &currency),
        ("automatic_payment_methods[enabled]", "true"),
        ("metadata[payment_id]", &id),
        ("metadata[checkout_id]", &checkout),
    ];
    match stripe.create_intent(&id, &form).await {
        // Stripe keeps its own failure under the key for a day. Nobody can pay an intent that it may have made
        // in spite of it: its secret never came.
        Err(Trouble::Unclear { is_kept: true, .. }) => {
            let hours = market.now().seconds_since(payment.created_at) / 3_600;
            stripe.create_intent(&format!("{id}-{hours}"), &form).await
        }
        answer => answer,
    }
}

/// Keeps the intent that Stripe made. What has changed of the payment meanwhile is followed.
async fn adopt(market: &Market, id: PaymentId, intent: IntentObject) -> Result<(), Failure> {
    let secret = intent.client_secret.as_ref();
    let sealed = secret.map(|secret| market.vault.seal(&purpose(id), secret.as_bytes())).transpose()?;
    let market_too = market.clone();
    let adopt = async move |tx: &mut Tx| {
        let payment = payments::store::lock(tx, id).await?.ok_or_else(gone)?;
        store::adopt(tx, id, &intent.id, sealed.as_deref()).await?;
        let kept = store::find(tx, id).await?.ok_or_else(gone)?;
        if !payment.status.is_open() || kept.amount != payment.amount {
            follow(tx, &market_too, &payment).await?;
        }
        Ok::<_, Error>(())
    };
    Ok(market.db.write(adopt).await?)
}

/// Tells Stripe that less is due. A payment that is under way is left alone: what is too much goes back.
async fn change(market: &Market, stripe: &Stripe, payment: &Payment, intent: &str) -> Result<(), Failure> {
    let (id, due) = (payment.id, payment.amount);
    let Some(amount) = amounts::to_stripe(due, market.settings.currency) else {
        tracing::warn!(payment.id = %id, "Stripe can't be told what is due now; what is too much goes back");
        return Ok(());
    };
    match stripe.change_intent(intent, &[("amount", amount.to_string().as_str())]).await {
        Ok(_) => {
            let market_too = market.clone();
            let note = async move |tx: &mut Tx| {
                store::set_amount(tx, id, due).await?;
                let now = payments::find(tx, id).await?.ok_or_else(gone)?;
                if now.amount == due { Ok::<_, Error>(()) } else { follow(tx, &market_too, &now).await }
            };
            Ok(market.db.write(note).await?)
        }
        Err(Trouble::Refused { .. }) => look(market, stripe, intent).await,
        Err(unclear) => Err(Failure::retry(unclear.to_string())),
    }
}

/// Has no more money come in for an attempt that was given up. If it came in before, it goes back.
async fn cancel(market: &Market, stripe: &Stripe, payment: &Payment, intent: &str) -> Result<(), Failure> {
    match stripe.cancel_intent(intent).await {
        Ok(_) => {
            let (id, now) = (payment.id, market.now());
            let end = async move |tx: &mut Tx| store::end(tx, id, now).await;
            Ok(market.db.write(end).await?)
        }
        Err(Trouble::Refused { .. }) => look(market, stripe, intent).await,
        Err(unclear) => Err(Failure::retry(unclear.to_string())),
    }
}

/// Looks what became of an intent that Stripe would not change or cancel: it was paid, it is being paid, or it is
/// over.
async fn look(market: &Market, stripe: &Stripe, intent: &str) -> Result<(), Failure> {
    let found = stripe.intent(intent).await.map_err(|trouble| Failure::retry(trouble.to_string()))?;
    let turn = match found.status.as_str() {
        "succeeded" => Turn::Succeeded,
        "canceled" => Turn::Cancelled,
        // How it ends is told by an event.
        "processing" => return Ok(()),
        other => return Err(Failure::retry(format!("Stripe holds on to an intent that is `{other}`"))),
    };
    let market_too = market.clone();
    let apply = async move |tx: &mut Tx| applying::turned(tx, &market_too, turn, &found).await;
    Ok(market.db.write(apply).await?)
}

/// Ends an attempt that Stripe does not take; the checkout can be paid by another.
async fn decline(market: &Market, id: PaymentId, code: &str) -> Result<(), Failure> {
    let code = code.to_owned();
    let decline = async move |tx: &mut Tx| {
        let payment = payments::find(tx, id).await?.ok_or_else(gone)?;
        checkout::lock(tx, payment.checkout).await?;
        payments::store::fail(tx, id, &code).await
    };
    match market.db.write(decline).await {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::retry(with_causes(&error))),
    }
}

fn gone() -> Error {
    Error::internal("a payment is gone")
}
