//! Payments by Stripe.
//!
//! A payment is made and durable first; nobody is asked within a transaction. After the commit Stripe is asked
//! for a `PaymentIntent`: by the request itself, if that takes no longer than a few seconds; otherwise,
//! and after a crash, by the job that was written with the payment, which tries again for as long as it takes.
//! The payment's id is the idempotency key, and what was asked for is written down before it is asked, so that
//! one payment has one intent, whatever crashes.
//!
//! The buyer's browser pays with the intent's `client_secret`. It is sealed in the database and shown to the
//! buyer alone: in the answers that begin an attempt, where it is added to what is kept under the idempotency
//! key (which never holds it), and in those that show the checkout or the payment while it is open. A repeated
//! request gets the first answer byte for byte, unless that one came without the secret because Stripe was
//! slow: then the secret is what it gets in addition.
//!
//! What Stripe says counts when it comes by a signed event (or an answer to our own request), and is judged
//! against the state that is then: events may come in any order, twice, or twice at once. The first money that
//! comes in time pays for the checkout; all other is entered in the book and goes back (`super::late`). When an
//! attempt is given up its intent is cancelled by a job; if it was paid in the same instant, that job finds out
//! and has the money go back, too.
//!
//! A few requests are made by `reqwest` instead of through an SDK: Stripe's generated ones are hundreds of
//! types for the five requests of ours, and hide the idempotency keys and the retries that all of this rests on.

mod amounts;
mod applying;
mod client;
mod event;
mod intents;
mod refunds;
mod signature;
mod store;

pub use applying::apply;
pub use client::{Account, NotAnEvent, Stripe};
pub use event::{Event, Unreadable};
pub use intents::{client_secret, prepare};
pub use signature::BadSignature;

pub(crate) use intents::sync;
pub(crate) use refunds::{return_stray, send_refund};
pub(crate) use store::STATEMENTS;

use db::Tx;
use types::{CheckoutId, PaymentId, RefundId, Timestamp};

use super::{Method, Payment};
use crate::jobs::{self, Failure, Job};
use crate::{Market, Result};

/// How long after its payment the job that asks for an intent is due, in seconds: the request that makes the
/// payment asks at once, and two who ask at the same time are in each other's way.
const JOB_AFTER: i64 = 5;

/// Sees to it that new payments by Stripe get their intents.
pub(super) async fn begin_all(tx: &mut Tx, market: &Market, payments: &[&Payment]) -> Result<()> {
    let due = market.now().plus_seconds(JOB_AFTER);
    let begun =
        payments.iter().filter(|payment| payment.method == Method::Stripe && payment.status.is_open());
    let jobs: Vec<Job> = begun.map(|payment| sync_of(payment.id)).collect();
    if jobs.is_empty() {
        return Ok(());
    }
    let jobs: Vec<(&Job, Timestamp)> = jobs.iter().map(|job| (job, due)).collect();
    jobs::enqueue_all(tx, market, &jobs).await
}

/// Sees to it that the intents of a checkout's attempts that were given up are cancelled.
pub(super) async fn close_all(tx: &mut Tx, market: &Market, checkout: CheckoutId) -> Result<()> {
    if market.stripe().is_none() {
        return Ok(());
    }
    for payment in store::given_up(tx, checkout).await? {
        jobs::enqueue(tx, market, &sync_of(payment), market.now()).await?;
    }
    Ok(())
}

/// Sees to it that Stripe knows what has changed of a payment.
pub(super) async fn follow(tx: &mut Tx, market: &Market, payment: &Payment) -> Result<()> {
    match payment.method {
        Method::Stripe => jobs::enqueue(tx, market, &sync_of(payment.id), market.now()).await,
        Method::Test | Method::Cod => Ok(()),
    }
}

/// Sees to it that Stripe is asked to give money back, or how far that is.
pub(super) async fn ask_for_refund(tx: &mut Tx, market: &Market, refund: RefundId) -> Result<()> {
    jobs::enqueue(tx, market, &Job::SendRefund { refund: refund.as_i64() }, market.now()).await
}

const fn sync_of(payment: PaymentId) -> Job {
    Job::SyncIntent { payment: payment.as_i64() }
}

/// The provider, for a job. While it is off, what it has begun waits.
fn provider(market: &Market) -> Result<&Stripe, Failure> {
    market.stripe().ok_or_else(|| Failure::retry("payments by Stripe are not set up"))
}
