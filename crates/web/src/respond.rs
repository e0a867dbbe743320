//! The shapes of answers.

use axum::body::Bytes;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use marketplace::error::Refusal;
use marketplace::{Error, idempotency};
use serde::Serialize;
use sha2::{Digest, Sha256};
use types::Page;
use utoipa::ToSchema;

use crate::cursor;

/// A JSON answer.
#[derive(Debug)]
pub struct Json<T>(pub StatusCode, pub T);

/// A single resource: 200 with its `ETag`.
#[derive(Debug)]
pub struct Resource<T>(pub T);

/// A resource that was just made: 201 with its `ETag`.
#[derive(Debug)]
pub struct Created<T>(pub T);

/// An answer that was written once and is given to many: 200 with its `ETag`. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ready {
    body: Bytes,
    tag: HeaderValue,
}

impl Ready {
    /// The answer that shows `value`.
    pub fn of<T: Serialize>(value: &T) -> Self {
        let body = serialise(value);
        // A tag is of plain signs.
        let tag = HeaderValue::try_from(tag(&body)).unwrap_or_else(|_| HeaderValue::from_static("\"\""));
        Self { tag, body: body.into() }
    }

    /// Bytes of its body.
    pub(crate) fn len(&self) -> usize {
        self.body.len()
    }
}

impl IntoResponse for Ready {
    fn into_response(self) -> Response {
        let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        (StatusCode::OK, [kind, (header::ETAG, self.tag)], self.body).into_response()
    }
}

/// Nothing to say: 204.
#[derive(Debug, Clone, Copy)]
pub struct NoContent;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct List<T> {
    /// The entries.
    pub data: Vec<T>,
    /// Asks for the next page as `?cursor=`; `null` on the last.
    pub next_cursor: Option<String>,
}

impl<T> List<T> {
    /// The page as an answer.
    pub fn of<C: Serialize>(page: Page<T, C>) -> Self {
        Self { next_cursor: page.next.as_ref().map(cursor::encode), data: page.entries }
    }
}

impl<T: Serialize> IntoResponse for List<T> {
    fn into_response(self) -> Response {
        Json(StatusCode::OK, self).into_response()
    }
}

fn serialise<T: Serialize>(value: &T) -> String {
    // Answers are structs of our own: nothing in them can fail to serialise.
    serde_json::to_string(value).unwrap_or_default()
}

fn json(status: StatusCode, body: String) -> Response {
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    (status, [kind], body).into_response()
}

fn tagged(status: StatusCode, body: String) -> Response {
    let tag = tag(&body);
    let mut response = json(status, body);
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

fn tag(body: &str) -> String {
    format!("\"{}\"", HEXLOWER.encode(&Sha256::digest(body.as_bytes())[..16]))
}

/// The `ETag` of a resource's JSON: changes whenever anything that is shown does.
pub fn etag<T: Serialize>(value: &T) -> String {
    tag(&serialise(value))
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        json(self.0, serialise(&self.1))
    }
}

impl<T: Serialize> IntoResponse for Resource<T> {
    fn into_response(self) -> Response {
        tagged(StatusCode::OK, serialise(&self.0))
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        tagged(StatusCode::CREATED, serialise(&self.0))
    }
}

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

/// An answer that is kept under an idempotency key, or comes from there.
#[derive(Debug)]
pub struct Once {
    /// The answer.
    pub answer: idempotency::Answer,
    /// Whether it was given before.
    pub replayed: bool,
}

impl Once {
    /// A fresh answer.
    pub fn fresh<T: Serialize>(status: StatusCode, value: &T) -> Self {
        let answer = idempotency::Answer { status: status.as_u16(), body: serialise(value) };
        Self { answer, replayed: false }
    }
}

impl IntoResponse for Once {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.answer.status).unwrap_or(StatusCode::OK);
        let mut response = tagged(status, self.answer.body);
        if self.replayed {
            response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
        }
        response
    }
}

/// Refuses as `precondition_failed` when `If-Match` was sent and names another state than `current`.
pub fn check_if_match<T: Serialize>(wanted: Option<&str>, current: &T) -> Result<(), Error> {
    match wanted {
        None | Some("*") => Ok(()),
        Some(tags) => {
            let current = etag(current);
            let named = tags.split(',').any(|tag| tag.trim() == current);
            if named { Ok(()) } else { Err(Refusal::Stale.into()) }
        }
    }
}
