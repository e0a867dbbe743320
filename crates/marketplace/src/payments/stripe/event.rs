//! What Stripe tells: the parts of its objects and events that matter here.
//!
//! After <https://docs.stripe.com/api/payment_intents/object>, `…/refunds/object` and `…/events/types`. Which
//! version of the API an event is written in is the endpoint's setting at Stripe, so nothing is required that
//! is not in all of them.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use types::{PaymentId, RefundId};

/// An event says what it can't.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not an event of Stripe")]
pub struct Unreadable;

/// Something that happened at Stripe.
#[derive(Debug)]
pub struct Event {
    /// Stripe's name of it, for the log.
    pub id: String,
    pub(super) news: News,
}

/// What an event tells.
#[derive(Debug)]
pub(super) enum News {
    /// An attempt to pay went on.
    Intent(Turn, Box<IntentObject>),
    /// A refund went on.
    Refund(Box<RefundObject>),
    /// Something of this intent's money went back.
    SomeRefunded(String),
    /// Nothing that matters here.
    Other,
}

/// How an attempt to pay went on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Succeeded,
    Failed,
    Cancelled,
    Processing,
    RequiresAction,
}

/// A `PaymentIntent`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct IntentObject {
    pub(super) id: String,
    #[serde(default)]
    pub(super) status: String,
    /// What is to come in.
    #[serde(default)]
    pub(super) amount: i64,
    /// What came in.
    #[serde(default)]
    pub(super) amount_received: Option<i64>,
    /// In small letters.
    #[serde(default)]
    pub(super) currency: String,
    #[serde(default)]
    pub(super) client_secret: Option<String>,
    #[serde(default)]
    pub(super) last_payment_error: Option<Declined>,
    #[serde(default)]
    metadata: Option<HashMap<String, String>>,
}

/// Why an attempt was declined.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Declined {
    #[serde(default)]
    pub(super) code: Option<String>,
    #[serde(default)]
    pub(super) decline_code: Option<String>,
}

impl IntentObject {
    /// Our payment, when it names one.
    pub(super) fn payment(&self) -> Option<PaymentId> {
        self.metadata.as_ref()?.get("payment_id")?.parse().ok()
    }

    /// What came in, in Stripe's unit.
    pub(super) fn received(&self) -> i64 {
        self.amount_received.filter(|amount| *amount > 0).unwrap_or(self.amount)
    }
}

/// A `Refund`.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct RefundObject {
    pub(super) id: String,
    #[serde(default)]
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) failure_reason: Option<String>,
    #[serde(default)]
    metadata: Option<HashMap<String, String>>,
}

impl RefundObject {
    /// Our refund and which attempt at it, when it names one.
    pub(super) fn refund(&self) -> Option<(RefundId, i64)> {
        let metadata = self.metadata.as_ref()?;
        let attempt = metadata.get("attempt").map_or(Ok(1), |attempt| attempt.parse()).ok()?;
        Some((metadata.get("refund_id")?.parse().ok()?, attempt))
    }
}

#[derive(Debug, Deserialize)]
struct Charge {
    #[serde(default)]
    payment_intent: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Head {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[expect(dead_code, reason = "an event without it is none")]
    data: IgnoredAny,
}

#[derive(Debug, Deserialize)]
struct Whole<T> {
    data: Data<T>,
}

#[derive(Debug, Deserialize)]
struct Data<T> {
    object: T,
}

impl Event {
    pub(super) fn read(body: &[u8]) -> Result<Self, Unreadable> {
        let Head { id, kind, .. } = serde_json::from_slice(body).map_err(|_| Unreadable)?;
        let news = match kind.as_str() {
            "payment_intent.succeeded" => intent(body, Turn::Succeeded)?,
            "payment_intent.payment_failed" => intent(body, Turn::Failed)?,
            "payment_intent.canceled" => intent(body, Turn::Cancelled)?,
            "payment_intent.processing" => intent(body, Turn::Processing)?,
            "payment_intent.requires_action" => intent(body, Turn::RequiresAction)?,
            "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
                News::Refund(Box::new(object(body)?))
            }
            // Sent for cards; which refund it was is not in it any more.
            "charge.refunded" => {
                let charge: Charge = object(body)?;
                charge.payment_intent.map_or(News::Other, News::SomeRefunded)
            }
            _ => News::Other,
        };
        Ok(Self { id, news })
    }
}

fn intent(body: &[u8], turn: Turn) -> Result<News, Unreadable> {
    Ok(News::Intent(turn, Box::new(object(body)?)))
}

fn object<T: for<'d> Deserialize<'d>>(body: &[u8]) -> Result<T, Unreadable> {
    let Whole { data } = serde_json::from_slice(body).map_err(|_| Unreadable)?;
    Ok(data.object)
}
