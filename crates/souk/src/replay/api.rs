//! A client of a running server: what a shop's own program would use.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use hdrhistogram::Histogram;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

/// A request may take this long.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The same in microseconds.
const LONGEST_US: u64 = 60_000_000;

/// What the requests of a run have come to.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) requests: AtomicU64,
    pub(super) failed: AtomicU64,
}

/// A server and what was asked of it.
#[derive(Debug)]
pub(super) struct Api {
    client: Client,
    url: String,
    pub(super) tally: Tally,
    /// Microseconds of each checkout call.
    pub(super) checkouts: std::sync::Mutex<Histogram<u64>>,
}

/// Somebody who is logged in.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) access: String,
    refresh: String,
}

impl Session {
    /// The tokens that a login, or the `tokens` of a verification, answered.
    pub(super) fn from_tokens(tokens: &Value) -> Result<Self> {
        let text =
            |name: &str| tokens[name].as_str().map(ToOwned::to_owned).context("the server gave no tokens");
        Ok(Self { access: text("access_token")?, refresh: text("refresh_token")? })
    }
}

impl Api {
    pub(super) fn new(url: &str) -> Result<Self> {
        let client = Client::builder().timeout(TIMEOUT).pool_max_idle_per_host(256).build()?;
        let checkouts = std::sync::Mutex::new(Histogram::new_with_bounds(1, LONGEST_US, 3)?);
        Ok(Self { client, url: url.trim_end_matches('/').to_owned(), tally: Tally::default(), checkouts })
    }

    /// A request without a login.
    pub(super) async fn open(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        let (status, answer) = self.send(method.clone(), path, None, None, body).await?;
        self.accept(&method, path, status, answer)
    }

    /// A request of somebody; an access token that has run out is refreshed.
    pub(super) async fn call(
        &self,
        session: &mut Session,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value> {
        self.call_once(session, method, path, None, body).await
    }

    /// The same with an idempotency key.
    pub(super) async fn call_once(
        &self,
        session: &mut Session,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<Value>,
    ) -> Result<Value> {
        let (mut status, mut answer) =
            self.send(method.clone(), path, Some(&session.access), key, body.clone()).await?;
        if status == StatusCode::UNAUTHORIZED && answer["code"] == "token_expired" {
            let refresh = json!({"refresh_token": session.refresh});
            *session =
                Session::from_tokens(&self.open(Method::POST, "/v1/auth/refresh", Some(refresh)).await?)?;
            (status, answer) = self.send(method.clone(), path, Some(&session.access), key, body).await?;
        }
        self.accept(&method, path, status, answer)
    }

    /// A checkout, timed.
    pub(super) async fn checkout(&self, session: &mut Session, key: &str, body: Value) -> Result<Value> {
        let started = Instant::now();
        let answer = self.call_once(session, Method::POST, "/v1/checkouts", Some(key), Some(body)).await?;
        let elapsed = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        if let Ok(mut times) = self.checkouts.lock() {
            times.saturating_record(elapsed);
        }
        Ok(answer)
    }

    fn accept(&self, method: &Method, path: &str, status: StatusCode, answer: Value) -> Result<Value> {
        if status.is_success() {
            return Ok(answer);
        }
        self.tally.failed.fetch_add(1, Ordering::Relaxed);
        if status == StatusCode::TOO_MANY_REQUESTS {
            bail!("{method} {path}: the server throttles; start it with SOUK_THROTTLE=off for a replay");
        }
        bail!("{method} {path}: {status} {answer}")
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        access: Option<&str>,
        key: Option<&str>,
        body: Option<Value>,
    ) -> Result<(StatusCode, Value)> {
        self.tally.requests.fetch_add(1, Ordering::Relaxed);
        let mut request = self.client.request(method.clone(), format!("{}{path}", self.url));
        if let Some(access) = access {
            request = request.bearer_auth(access);
        }
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = async {
            let response = request.send().await?;
            let status = response.status();
            Ok::<_, reqwest::Error>((status, response.bytes().await?))
        };
        let (status, bytes) = answer
            .await
            .inspect_err(|_| {
                self.tally.failed.fetch_add(1, Ordering::Relaxed);
            })
            .with_context(|| format!("{method} {}{path} was not answered", self.url))?;
        let value = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap_or(Value::Null)
        };
        Ok((status, value))
    }
}
