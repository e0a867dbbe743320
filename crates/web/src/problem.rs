//! Errors as `application/problem+json` (RFC 9457). The one place where a refusal becomes a status.

use std::any::Any;
use std::error::Error as StdError;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use marketplace::{Error, Kind};
use serde::Serialize;
use types::{FieldError, FieldErrors};
use utoipa::ToSchema;

use crate::meanings;
use crate::middleware::request;

/// The result of a handler.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// A refusal on its way to the client.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    errors: Vec<FieldError>,
    retry_after: Option<i64>,
}

/// The body of every error.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = problem)]
pub struct Body<'a> {
    /// A URL that documents the kind of error.
    r#type: String,
    /// The status in words.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// What happened, for a person.
    detail: &'a str,
    /// What happened, for a program: stable.
    code: &'a str,
    /// The request, as in the header `X-Request-Id`.
    request_id: &'a str,
    /// Every place of the request that is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    errors: &'a Vec<FieldError>,
}

impl Problem {
    /// A refusal without places.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), errors: Vec::new(), retry_after: None }
    }

    /// No such address or thing.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is no such thing")
    }

    /// The address exists, the method does not.
    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "this address does not take that method",
        )
    }

    /// More bytes than `limit`.
    pub fn too_large(limit: usize) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", format!("at most {limit} bytes"))
    }

    /// Something broke; the client learns nothing of it.
    fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "something broke on our side; it has been logged",
        )
    }

    /// The server has begun and can't answer yet.
    pub(crate) fn starting() -> Self {
        let detail = "the server starts: its database is being made ready".to_owned();
        Self { detail, ..Self::unavailable(1) }
    }

    /// The body, for a request with this id and links that begin with `public_url`.
    pub(crate) fn json(&self, public_url: &str, request_id: &str) -> Vec<u8> {
        debug_assert!(
            meanings::of(self.code).is_some(),
            "`{}` has no page that tells what it means",
            self.code
        );
        let body = Body {
            r#type: format!("{public_url}/problems/{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
            request_id,
            errors: &self.errors,
        };
        // A struct of texts and numbers always serialises.
        serde_json::to_vec(&body).unwrap_or_default()
    }

    fn unavailable(retry_after: i64) -> Self {
        let problem =
            Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "too busy at the moment; try again");
        Self { retry_after: Some(retry_after), ..problem }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Rejected(rejection) => {
                let (status, retry_after) = status(rejection.kind());
                let problem = Self::new(status, rejection.code(), rejection.to_string());
                Self { errors: rejection.errors(), retry_after, ..problem }
            }
            Error::Invalid(errors) => errors.into(),
            Error::Database(error) if error.is_transient() => {
                tracing::warn!(error = chain(&error), "the database did not answer in time");
                Self::unavailable(1)
            }
            error @ (Error::Database(_) | Error::Internal { .. }) => {
                tracing::error!(error = chain(&error), "a request failed");
                Self::internal()
            }
        }
    }
}

/// The most mistakes that are told at once: as many as there are variants in a bulk edit. An answer must not
/// be many times as long as the rubbish that it is about.
const MISTAKES_TOLD: usize = 1_000;

impl From<FieldErrors> for Problem {
    fn from(errors: FieldErrors) -> Self {
        let mut errors = errors.into_vec();
        let detail = match errors.len() {
            ..=MISTAKES_TOLD => "the request has mistakes".to_owned(),
            all => format!("the request has {all} mistakes, of which these are the first"),
        };
        errors.truncate(MISTAKES_TOLD);
        Self { errors, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail) }
    }
}

fn status(kind: Kind) -> (StatusCode, Option<i64>) {
    match kind {
        Kind::Malformed => (StatusCode::BAD_REQUEST, None),
        Kind::Unauthenticated => (StatusCode::UNAUTHORIZED, None),
        Kind::Forbidden => (StatusCode::FORBIDDEN, None),
        Kind::NotFound => (StatusCode::NOT_FOUND, None),
        Kind::Conflict => (StatusCode::CONFLICT, None),
        Kind::Gone => (StatusCode::GONE, None),
        Kind::Stale => (StatusCode::PRECONDITION_FAILED, None),
        Kind::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, None),
        Kind::UnsupportedMedia => (StatusCode::UNSUPPORTED_MEDIA_TYPE, None),
        Kind::Invalid => (StatusCode::UNPROCESSABLE_ENTITY, None),
        Kind::RateLimited { retry_after } => (StatusCode::TOO_MANY_REQUESTS, Some(retry_after)),
        Kind::Unavailable { retry_after } => (StatusCode::SERVICE_UNAVAILABLE, Some(retry_after)),
    }
}

/// An error and its causes on one line, for the log.
fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(below) = cause {
        text.push_str(": ");
        text.push_str(&below.to_string());
        cause = below.source();
    }
    text
}

/// What a client gets when a handler panics.
#[expect(clippy::needless_pass_by_value, reason = "the shape that the middleware calls")]
pub fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no text");
    tracing::error!(panic = text, "a handler panicked");
    Problem::internal().into_response()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let json = self.json(&request::public_url(), &request::id());
        let mut response = (self.status, json).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
