//! A payment provider that speaks as Stripe does: over HTTP on this machine, forms in, JSON out.

#![expect(clippy::disallowed_types, reason = "its refusals are Stripe's, not ours")]

use std::collections::HashMap;
use std::sync::Arc;

use aws_lc_rs::hmac;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response as Answer};
use axum::routing::{get, post};
use data_encoding::HEXLOWER;
use marketplace::payments::stripe::Account;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use types::Timestamp;

const SECRET_KEY: &str = "sk_test_of_this_test";
const WEBHOOK_SECRET: &str = "whsec_of_this_test";

/// How the provider feels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mood {
    /// It does what it is asked.
    #[default]
    Well,
    /// It does nothing and answers 503.
    Down,
    /// It does what it is asked, and the answer is lost: 502.
    Mute,
    /// It fails inside, keeps that answer under the key, and has done nothing.
    Broken,
    /// It refuses what it is asked.
    Refusing,
    /// It takes refunds on, and says later how they went.
    Tardy,
}

/// The fake, until it is dropped.
pub struct FakeStripe {
    url: String,
    state: Arc<Mutex<Books>>,
    server: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Books {
    mood: Mood,
    intents: Vec<Value>,
    refunds: Vec<Value>,
    answers: HashMap<String, (String, StatusCode, Value)>,
    events: u32,
}

type Shared = State<Arc<Mutex<Books>>>;
type Form = HashMap<String, String>;

impl FakeStripe {
    /// Starts it.
    pub async fn start() -> Self {
        let state: Arc<Mutex<Books>> = Arc::default();
        let router = Router::new()
            .route("/v1/payment_intents", post(create_intent))
            .route("/v1/payment_intents/{id}", get(show_intent).post(change_intent))
            .route("/v1/payment_intents/{id}/cancel", post(cancel_intent))
            .route("/v1/refunds", get(list_refunds).post(create_refund))
            .route("/v1/refunds/{id}", get(show_refund))
            .with_state(state.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("it serves until it is dropped");
        });
        Self { url, state, server }
    }

    /// The marketplace's account there.
    pub fn account(&self) -> Account {
        Account {
            secret_key: SECRET_KEY.to_owned(),
            webhook_secret: WEBHOOK_SECRET.to_owned(),
            url: self.url.clone(),
        }
    }

    /// How it feels from now on.
    pub fn feels(&self, mood: Mood) {
        self.state.lock().mood = mood;
    }

    /// All intents, in the order in which they were made.
    pub fn intents(&self) -> Vec<Value> {
        self.state.lock().intents.clone()
    }

    /// The only intent of a payment.
    pub fn intent(&self, payment: &str) -> Value {
        let found: Vec<Value> =
            self.intents().into_iter().filter(|intent| intent["metadata"]["payment_id"] == payment).collect();
        assert_eq!(found.len(), 1, "intents of {payment}: {found:#?}");
        found[0].clone()
    }

    /// All refunds, in the order in which they were made.
    pub fn refunds(&self) -> Vec<Value> {
        self.state.lock().refunds.clone()
    }

    /// The buyer's browser pays: the event that tells of it.
    pub fn is_paid(&self, payment: &str) -> Value {
        let amount = self.intent(payment)["amount"].clone();
        self.turns(payment, "succeeded", &json!({"status": "succeeded", "amount_received": amount}))
    }

    /// The buyer's card is declined.
    pub fn declines(&self, payment: &str, code: &str) -> Value {
        let error = json!({"code": "card_declined", "decline_code": code});
        let change = json!({"status": "requires_payment_method", "last_payment_error": error});
        self.turns(payment, "payment_failed", &change)
    }

    /// A payment's intent takes on `change`: the event `payment_intent.<word>`.
    pub fn turns(&self, payment: &str, word: &str, change: &Value) -> Value {
        let id = self.intent(payment)["id"].clone();
        let mut books = self.state.lock();
        let intent = books.intents.iter_mut().find(|intent| intent["id"] == id).expect("it is there");
        merge(intent, change);
        let intent = intent.clone();
        books.event(&format!("payment_intent.{word}"), &intent)
    }

    /// The refund takes on a state: the event that tells of it.
    pub fn refund_turns(&self, refund: &str, status: &str, kind: &str) -> Value {
        let mut books = self.state.lock();
        let made = books.refunds.iter_mut().find(|made| made["id"] == refund).expect("it is there");
        made["status"] = status.into();
        let made = made.clone();
        books.event(kind, &made)
    }

    /// An event of anything.
    #[expect(clippy::needless_pass_by_value, reason = "tests make the object in its place")]
    pub fn event(&self, kind: &str, object: Value) -> Value {
        self.state.lock().event(kind, &object)
    }

    /// The header that signs a body at this time.
    pub fn sign(&self, body: &[u8], at: Timestamp) -> String {
        let time = at.as_seconds();
        let key = hmac::Key::new(hmac::HMAC_SHA256, WEBHOOK_SECRET.as_bytes());
        let tag = hmac::sign(&key, &[time.to_string().as_bytes(), b".", body].concat());
        let hex = HEXLOWER.encode(tag.as_ref());
        format!("t={time},v1={hex},v0={hex}")
    }
}

impl Drop for FakeStripe {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Books {
    fn event(&mut self, kind: &str, object: &Value) -> Value {
        self.events += 1;
        json!({"id": format!("evt_{}", self.events), "object": "event", "type": kind, "livemode": false,
            "data": {"object": object}})
    }

    /// Does `act` once for a key, as Stripe does: another body under the same key is refused.
    fn once(
        &mut self,
        key: Option<&str>,
        body: &str,
        act: impl FnOnce(&mut Self) -> (StatusCode, Value),
    ) -> Answer {
        let kept = key.and_then(|key| self.answers.get(key)).cloned();
        if let Some((first, status, answer)) = kept {
            if first != body {
                return refusal(StatusCode::BAD_REQUEST, "idempotency_error", "idempotency_key_in_use");
            }
            return (status, [("idempotent-replayed", "true")], Json(answer)).into_response();
        }
        let (status, answer) = match self.mood {
            Mood::Down => return refusal(StatusCode::SERVICE_UNAVAILABLE, "api_error", "down"),
            Mood::Broken => (StatusCode::INTERNAL_SERVER_ERROR, json!({"error": {"type": "api_error"}})),
            Mood::Refusing => {
                let error = json!({"error": {"type": "invalid_request_error", "code": "amount_too_small"}});
                (StatusCode::BAD_REQUEST, error)
            }
            Mood::Well | Mood::Mute | Mood::Tardy => act(self),
        };
        if let Some(key) = key {
            self.answers.insert(key.to_owned(), (body.to_owned(), status, answer.clone()));
        }
        if self.mood == Mood::Mute {
            return StatusCode::BAD_GATEWAY.into_response();
        }
        (status, Json(answer)).into_response()
    }

    fn intent(&mut self, id: &str) -> Option<&mut Value> {
        self.intents.iter_mut().find(|intent| intent["id"] == id)
    }
}

fn merge(into: &mut Value, change: &Value) {
    for (name, value) in change.as_object().into_iter().flatten() {
        into[name] = value.clone();
    }
}

fn refusal(status: StatusCode, kind: &str, code: &str) -> Answer {
    (status, Json(json!({"error": {"type": kind, "code": code}}))).into_response()
}

fn may(headers: &HeaderMap) -> bool {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    header("authorization") == format!("Bearer {SECRET_KEY}") && !header("stripe-version").is_empty()
}

fn key(headers: &HeaderMap) -> Option<&str> {
    headers.get("idempotency-key")?.to_str().ok()
}

fn form(body: &[u8]) -> Form {
    url::form_urlencoded::parse(body).into_owned().collect()
}

fn metadata(form: &Form) -> Value {
    let named = form.iter().filter_map(|(name, value)| {
        let name = name.strip_prefix("metadata[")?.strip_suffix(']')?;
        Some((name.to_owned(), Value::from(value.clone())))
    });
    Value::Object(named.collect())
}

fn amount(form: &Form) -> Option<i64> {
    form.get("amount")?.parse().ok()
}

async fn create_intent(State(books): Shared, headers: HeaderMap, body: Bytes) -> Answer {
    if !may(&headers) {
        return refusal(StatusCode::UNAUTHORIZED, "invalid_request_error", "api_key_expired");
    }
    let text = String::from_utf8_lossy(&body).into_owned();
    books.lock().once(key(&headers), &text, |books| {
        let form = form(&body);
        let id = format!("pi_{}", books.intents.len() + 1);
        let intent = json!({
            "id": id, "object": "payment_intent", "status": "requires_payment_method",
            "amount": amount(&form), "amount_received": 0, "currency": form.get("currency"),
            "client_secret": format!("{id}_secret_{}", rand::random::<u64>()), "metadata": metadata(&form),
            "last_payment_error": null, "automatic": form.get("automatic_payment_methods[enabled]"),
        });
        books.intents.push(intent.clone());
        (StatusCode::OK, intent)
    })
}

async fn show_intent(State(books): Shared, Path(id): Path<String>) -> Answer {
    let mut books = books.lock();
    if books.mood == Mood::Down {
        return refusal(StatusCode::SERVICE_UNAVAILABLE, "api_error", "down");
    }
    match books.intent(&id) {
        Some(intent) => Json(intent.clone()).into_response(),
        None => refusal(StatusCode::NOT_FOUND, "invalid_request_error", "resource_missing"),
    }
}

/// Changes or cancels an intent that is neither paid nor over nor on its way.
fn alter(books: &mut Books, id: &str, change: &Value) -> (StatusCode, Value) {
    match books.intent(id) {
        Some(intent)
            if !["succeeded", "canceled", "processing"]
                .contains(&intent["status"].as_str().unwrap_or("")) =>
        {
            merge(intent, change);
            (StatusCode::OK, intent.clone())
        }
        _ => {
            let error = json!({"error": {"type": "invalid_request_error", "code": "payment_intent_unexpected_state"}});
            (StatusCode::BAD_REQUEST, error)
        }
    }
}

async fn change_intent(
    State(books): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let change = json!({"amount": amount(&form(&body))});
    books.lock().once(key(&headers), "", |books| alter(books, &id, &change))
}

async fn cancel_intent(State(books): Shared, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    books.lock().once(key(&headers), "", |books| alter(books, &id, &json!({"status": "canceled"})))
}

async fn create_refund(State(books): Shared, headers: HeaderMap, body: Bytes) -> Answer {
    let text = String::from_utf8_lossy(&body).into_owned();
    books.lock().once(key(&headers), &text, |books| {
        let form = form(&body);
        let intent = form.get("payment_intent").cloned().unwrap_or_default();
        let of_intent = |refund: &&Value| refund["payment_intent"] == *intent && refund["status"] != "failed";
        let back: i64 =
            books.refunds.iter().filter(of_intent).filter_map(|refund| refund["amount"].as_i64()).sum();
        let paid = books.intent(&intent).map_or(0, |intent| intent["amount_received"].as_i64().unwrap_or(0));
        let amount = amount(&form).unwrap_or(paid - back);
        if amount <= 0 || amount > paid - back {
            let error =
                json!({"error": {"type": "invalid_request_error", "code": "charge_already_refunded"}});
            return (StatusCode::BAD_REQUEST, error);
        }
        let status = if books.mood == Mood::Tardy { "pending" } else { "succeeded" };
        let refund = json!({
            "id": format!("re_{}", books.refunds.len() + 1), "object": "refund", "amount": amount,
            "payment_intent": intent, "status": status, "metadata": metadata(&form), "failure_reason": null,
        });
        books.refunds.push(refund.clone());
        (StatusCode::OK, refund)
    })
}

async fn show_refund(State(books): Shared, Path(id): Path<String>) -> Answer {
    let books = books.lock();
    match books.refunds.iter().find(|refund| refund["id"] == *id) {
        Some(refund) => Json(refund.clone()).into_response(),
        None => refusal(StatusCode::NOT_FOUND, "invalid_request_error", "resource_missing"),
    }
}

async fn list_refunds(State(books): Shared, Query(query): Query<Form>) -> Answer {
    let books = books.lock();
    let wanted = query.get("payment_intent").cloned().unwrap_or_default();
    let mut found: Vec<&Value> =
        books.refunds.iter().filter(|refund| refund["payment_intent"] == *wanted).collect();
    found.reverse();
    Json(json!({"object": "list", "data": found, "has_more": false})).into_response()
}
