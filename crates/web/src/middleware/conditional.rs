//! `If-None-Match`: 304 instead of what the client already has (RFC 9110, 13.1.2).

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;

/// What a client that reads says it has.
pub(super) fn known(request: &Request) -> Option<HeaderValue> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    request.headers().get(header::IF_NONE_MATCH).filter(|_| reads).cloned()
}

/// Leaves out the body of an answer whose `ETag` the client named.
pub(super) fn shorten(response: &mut Response, known: &HeaderValue) {
    let Ok(known) = known.to_str() else { return };
    let tag = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok());
    let Some(tag) = tag.filter(|_| response.status() == StatusCode::OK) else { return };
    let names_it = |known: &str| known == tag || known == "*";
    if known.split(',').map(|known| known.trim().trim_start_matches("W/")).any(names_it) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(header::CONTENT_TYPE);
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
}
