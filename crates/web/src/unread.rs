//! What is answered to a request that could not be read: no route ever sees it.

use axum::http::{HeaderValue, Response, StatusCode, header};
use types::{Clock, IdGenerator, kind};

use crate::problem::Problem;

/// Answers requests whose head is malformed or too long.
#[derive(Debug)]
pub struct Unread {
    public_url: String,
    clock: Clock,
    ids: IdGenerator,
}

impl Unread {
    /// With links that begin with `public_url`.
    pub fn new(clock: Clock, public_url: String) -> Self {
        // Requests' ids are kept nowhere: no number of a node is leased for these.
        Self { public_url, clock, ids: IdGenerator::new(0) }
    }

    /// The problem for a status that the server itself has chosen.
    pub fn answer(&self, status: StatusCode) -> Response<Vec<u8>> {
        let (code, detail) = match status {
            StatusCode::URI_TOO_LONG => ("uri_too_long", "the address is too long"),
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
                ("headers_too_large", "the headers are too long, or too many")
            }
            _ => ("malformed_request", "this is no HTTP/1.1 request"),
        };
        let id = self.ids.next::<kind::Request>(self.clock.now()).to_string();
        tracing::debug!(request.id = id, http.status = status.as_u16(), "a request could not be read");
        let mut response = Response::new(Problem::new(status, code, detail).json(&self.public_url, &id));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Ok(id) = HeaderValue::try_from(id) {
            headers.insert("x-request-id", id);
        }
        response
    }
}
