//! An answer, with what tests ask of it.

use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;

/// An answer of the app.
#[derive(Debug, Clone)]
pub struct Response {
    /// The request, for messages.
    pub request: String,
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
}

impl Response {
    /// The body as JSON; `null` when it is empty.
    pub fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{}: no JSON ({error}): {}", self.request, self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The JSON of an answer that must have this status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}: {}", self.request, self.text());
        self.json()
    }

    /// The problem of an answer that must have this status and code. Checks its form, too.
    #[track_caller]
    pub fn expect_problem(&self, status: u16, code: &str) -> Value {
        let problem = self.expect(status);
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.request);
        assert_eq!(problem["code"], code, "{}: {problem}", self.request);
        assert_eq!(problem["status"], status, "{}: {problem}", self.request);
        assert_eq!(problem["request_id"], self.header("x-request-id"), "{}: {problem}", self.request);
        problem
    }

    /// The mistakes of a 422 `invalid`, as `pointer code`, sorted.
    #[track_caller]
    pub fn expect_invalid(&self) -> Vec<String> {
        let problem = self.expect_problem(422, "invalid");
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        let mut found: Vec<String> = errors
            .iter()
            .map(|error| {
                format!(
                    "{} {}",
                    error["pointer"].as_str().unwrap_or("?"),
                    error["code"].as_str().unwrap_or("?")
                )
            })
            .collect();
        found.sort();
        found
    }
}
