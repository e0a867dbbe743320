//! Requests to Stripe.

use std::fmt;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use types::Timestamp;
use url::form_urlencoded::Serializer;

use super::event::{Event, IntentObject, RefundObject, Unreadable};
use super::signature::{self, BadSignature};
use crate::requests::{self, LazyClient, Unread};

/// The version of Stripe's API that is spoken, as in `apiVersion.ts` of stripe-node.
const VERSION: &str = "2026-08-26.dahlia";

/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 4 * 1024 * 1024;

/// An account at Stripe.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Signs our requests, such as `sk_live_…`.
    pub secret_key: String,
    /// Signs Stripe's events, `whsec_…`.
    pub webhook_secret: String,
    /// The address of Stripe's API, without a slash at the end.
    pub url: String,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("url", &self.url).finish_non_exhaustive()
    }
}

/// The payment provider. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Stripe {
    account: Account,
    client: LazyClient,
}

/// Why a request had no effect, or none that is known of. Nothing in its words is secret.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// It may or may not have been done, or will be another time.
    #[error("Stripe can't be asked: {what}")]
    Unclear {
        what: String,
        /// Whether it is the answer that Stripe keeps for the idempotency key: the same comes again for a day.
        is_kept: bool,
    },
    /// It was refused, and will be again.
    #[error("Stripe refuses: {code}")]
    Refused { code: String },
}

impl Trouble {
    fn unclear(what: impl Into<String>) -> Self {
        Self::Unclear { what: what.into(), is_kept: false }
    }
}

#[derive(Debug, Deserialize)]
struct Refusal {
    error: RefusalBody,
}

#[derive(Debug, Deserialize)]
struct RefusalBody {
    #[serde(default)]
    code: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
}

#[derive(Debug, Deserialize)]
struct List<T> {
    data: Vec<T>,
}

impl Stripe {
    /// The provider by this account.
    pub fn new(account: Account) -> Self {
        Self { account, client: LazyClient::default() }
    }

    /// Reads an event, if Stripe signed it just now.
    pub fn event(&self, signature: &str, body: &[u8], now: Timestamp) -> Result<Event, NotAnEvent> {
        signature::check(&self.account.webhook_secret, signature, body, now)?;
        Ok(Event::read(body)?)
    }

    pub(super) async fn create_intent(
        &self,
        key: &str,
        form: &[(&str, &str)],
    ) -> Result<IntentObject, Trouble> {
        self.post("payment_intents", Some(key), form).await
    }

    pub(super) async fn change_intent(
        &self,
        intent: &str,
        form: &[(&str, &str)],
    ) -> Result<IntentObject, Trouble> {
        self.post(&format!("payment_intents/{intent}"), None, form).await
    }

    /// Cancelling has no idempotency key: Stripe would repeat the refusal of a payment that was under way.
    pub(super) async fn cancel_intent(&self, intent: &str) -> Result<IntentObject, Trouble> {
        self.post(&format!("payment_intents/{intent}/cancel"), None, &[]).await
    }

    pub(super) async fn intent(&self, intent: &str) -> Result<IntentObject, Trouble> {
        self.get(&format!("payment_intents/{intent}")).await
    }

    pub(super) async fn create_refund(
        &self,
        key: &str,
        form: &[(&str, &str)],
    ) -> Result<RefundObject, Trouble> {
        self.post("refunds", Some(key), form).await
    }

    pub(super) async fn refund(&self, refund: &str) -> Result<RefundObject, Trouble> {
        self.get(&format!("refunds/{refund}")).await
    }

    /// The refunds of an intent, the newest first; the last hundred.
    pub(super) async fn refunds_of(&self, intent: &str) -> Result<Vec<RefundObject>, Trouble> {
        let list: List<RefundObject> =
            self.get(&format!("refunds?payment_intent={intent}&limit=100")).await?;
        Ok(list.data)
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        key: Option<&str>,
        form: &[(&str, &str)],
    ) -> Result<T, Trouble> {
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self.request(Method::POST, path)?;
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        let request = match key {
            Some(key) => request.header("Idempotency-Key", key),
            None => request,
        };
        send(request).await
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Trouble> {
        send(self.request(Method::GET, path)?).await
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, Trouble> {
        let Account { secret_key, url, .. } = &self.account;
        let mut bearer = HeaderValue::try_from(format!("Bearer {secret_key}"))
            .map_err(|_| Trouble::unclear("its secret key is none"))?;
        bearer.set_sensitive(true);
        let request = self.client()?.request(method, format!("{url}/v1/{path}"));
        Ok(request.header(AUTHORIZATION, bearer).header("Stripe-Version", VERSION))
    }

    fn client(&self) -> Result<&Client, Trouble> {
        let made = self.client.get(|builder| builder.redirect(Policy::none()));
        made.map_err(|error| explain(&error))
    }
}

/// Why a request to our endpoint is not taken for an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnEvent {
    /// It is not Stripe's.
    #[error(transparent)]
    Signature(#[from] BadSignature),
    /// It is Stripe's and can't be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

async fn send<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, Trouble> {
    let answer = request.send().await.map_err(|error| explain(&error))?;
    let status = answer.status();
    let is_kept = answer.headers().get("Idempotent-Replayed").is_some_and(|kept| kept == "true");
    let body = requests::read(answer, LONGEST_ANSWER).await.map_err(|why| match why {
        Unread::TooLong => Trouble::unclear("its answer is too long"),
        Unread::Broken(error) => explain(&error),
    })?;
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(|_| Trouble::unclear("its answer can't be read"));
    }
    Err(judge(status, &body, is_kept))
}

/// What an answer that is no success means. Whether a request was done is told by 400, 402 and 404 alone
/// (<https://docs.stripe.com/error-low-level>): a wrong key (401, 403) is mended by the operator, a key that is
/// in use (409) and a rate (429) by waiting.
fn judge(status: StatusCode, body: &[u8], is_kept: bool) -> Trouble {
    let refusal = serde_json::from_slice::<Refusal>(body).map(|refusal| refusal.error).ok();
    let (code, kind) = refusal.map(|error| (error.code, error.kind)).unwrap_or_default();
    match status {
        StatusCode::BAD_REQUEST | StatusCode::PAYMENT_REQUIRED | StatusCode::NOT_FOUND => {
            Trouble::Refused { code: word(code.or(kind).as_deref(), "invalid_request") }
        }
        _ => Trouble::Unclear { what: format!("it answered {status}"), is_kept },
    }
}

/// A word of Stripe's as we keep and show it: it is from outside.
pub(super) fn word(text: Option<&str>, otherwise: &str) -> String {
    let is_word = |text: &&str| {
        !text.is_empty()
            && text.len() <= 64
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    text.filter(is_word).unwrap_or(otherwise).to_owned()
}

/// What went wrong, without the address: it is the operator's own.
fn explain(error: &reqwest::Error) -> Trouble {
    Trouble::unclear(match error {
        error if error.is_timeout() => "it takes too long",
        error if error.is_connect() => "it can't be reached",
        _ => "the connection broke off",
    })
}
