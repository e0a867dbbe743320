//! JSON bodies.

use std::convert::Infallible;
use std::marker::PhantomData;

use axum::body::HttpBody as _;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, Method, StatusCode, header};
use deserr::Deserr;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use types::FieldErrors;

use crate::problem::{Problem, Result};

/// The longest JSON body, in bytes.
const LIMIT: usize = 1024 * 1024;

/// A JSON body that has arrived and is read by [`Body::parse`].
#[derive(Debug)]
pub struct Body<T> {
    bytes: Result<Vec<u8>>,
    has_json_type: bool,
    /// Method and path: what an idempotency key stands for beside the bytes.
    target: String,
    wanted: PhantomData<fn() -> T>,
}

/// A body without fields: an action that needs no more than its address. It may be left out.
#[derive(Debug, Default, Deserr)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
pub struct Nothing {}

impl<T, S: Sync> FromRequest<S> for Body<T> {
    type Rejection = Infallible;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Infallible> {
        let has_json_type = has_json_type(request.headers()) && is_plain(request.headers());
        let target = target(request.method(), request.uri().path());
        let bytes = collect(request.into_body()).await;
        Ok(Self { bytes, has_json_type, target, wanted: PhantomData })
    }
}

impl<T: Deserr<FieldErrors>> Body<T> {
    /// The body's value, or everything that is wrong with it.
    pub fn parse(self) -> Result<T> {
        self.read(nothing_more).map(|(value, _)| value)
    }

    /// The value, and the parts that an idempotency key is bound to: method and path, and what the body says,
    /// however it is written.
    pub fn parse_with_parts(self) -> Result<(T, Vec<Vec<u8>>)> {
        self.parse_checked(nothing_more)
    }

    /// Like [`Body::parse_with_parts`], with mistakes that no single field shows: all are told at once.
    pub fn parse_checked(
        self,
        check: impl FnOnce(&serde_json::Value) -> FieldErrors,
    ) -> Result<(T, Vec<Vec<u8>>)> {
        let mut said = Vec::new();
        let (value, target) = self.read(|json| {
            said = canonical(json);
            check(json)
        })?;
        Ok((value, vec![target.into_bytes(), said]))
    }

    /// The body, if it arrived whole and says that it is JSON: what is told before all that is wrong with
    /// its content or with the request's other headers.
    pub fn arrived(self) -> Result<Self> {
        let bytes = self.bytes?;
        if self.has_json_type { Ok(Self { bytes: Ok(bytes), ..self }) } else { Err(not_json()) }
    }

    /// A text field of the body before it is checked: for what decides whether the caller may ask at all.
    pub fn peek(&self, field: &str) -> Option<String> {
        let json: serde_json::Value = serde_json::from_slice(self.bytes.as_ref().ok()?).ok()?;
        json.get(field)?.as_str().map(ToOwned::to_owned)
    }

    fn read(self, check: impl FnOnce(&serde_json::Value) -> FieldErrors) -> Result<(T, String)> {
        let bytes = self.bytes?;
        if !self.has_json_type {
            return Err(not_json());
        }
        let json: serde_json::Value =
            serde_json::from_slice(&bytes).map_err(|error| malformed(&error.to_string()))?;
        let mut errors = check(&json);
        match deserr::deserialize::<T, _, FieldErrors>(json) {
            Ok(value) => errors.into_result().map(|()| (value, self.target)).map_err(Problem::from),
            Err(more) => {
                more.into_vec().into_iter().for_each(|error| errors.push(error));
                Err(errors.into())
            }
        }
    }
}

/// What a JSON text says, so that two that say the same are the same bytes: fields in the order of their names,
/// no white space.
fn canonical(json: &serde_json::Value) -> Vec<u8> {
    let mut sorted = json.clone();
    sorted.sort_all_objects();
    sorted.to_string().into_bytes()
}

fn nothing_more(_: &serde_json::Value) -> FieldErrors {
    FieldErrors::default()
}

impl<T: Deserr<FieldErrors> + Default> Body<T> {
    /// Like [`Body::parse_with_parts`], but no body at all is the default.
    pub fn parse_or_default(self) -> Result<(T, Vec<Vec<u8>>)> {
        match &self.bytes {
            Ok(bytes) if bytes.is_empty() => Ok((T::default(), vec![self.target.into_bytes(), Vec::new()])),
            _ => self.parse_with_parts(),
        }
    }
}

/// The body's bytes; one that says that it is too long is not waited for.
pub(crate) async fn collect(body: axum::body::Body) -> Result<Vec<u8>> {
    if body.size_hint().lower() > LIMIT as u64 {
        return Err(Problem::too_large(LIMIT));
    }
    match Limited::new(body, LIMIT).collect().await {
        Ok(body) => Ok(body.to_bytes().to_vec()),
        Err(error) if error.downcast_ref::<LengthLimitError>().is_some() => Err(Problem::too_large(LIMIT)),
        Err(_) => Err(malformed("the body broke off")),
    }
}

/// Whether the body comes as it is, not compressed.
fn is_plain(headers: &HeaderMap) -> bool {
    headers.get_all(header::CONTENT_ENCODING).iter().all(|coding| coding.as_bytes() == b"identity")
}

fn target(method: &Method, path: &str) -> String {
    format!("{method} {path}")
}

fn has_json_type(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

fn not_json() -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        "send JSON as it is, with `Content-Type: application/json` and without `Content-Encoding`",
    )
}

fn malformed(detail: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "malformed_json", detail.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(json: &str) -> Vec<u8> {
        canonical(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn what_says_the_same_is_the_same() {
        let body = r#"{"a": [1, {"b": null, "c": "é"}], "d": true}"#;
        assert_eq!(said(body), said(r#" {"d":true,"a":[1,{"c":"\u00e9","b":null}]} "#));
        for other in [
            r#"{"a": [1, {"b": null, "c": "é"}]}"#,
            r#"{"a": [1, {"b": null, "c": "e"}], "d": true}"#,
            r#"{"a": [{"b": null, "c": "é"}, 1], "d": true}"#,
            r#"{"a": [1, {"b": 0, "c": "é"}], "d": true}"#,
            r#"{"a": ["1", {"b": null, "c": "é"}], "d": true}"#,
        ] {
            assert_ne!(said(body), said(other), "{other}");
        }
        assert_ne!(said(r#"["a","b"]"#), said(r#"["a\",\"b"]"#));
        assert_ne!(said("[[],[]]"), said("[[[]]]"));
    }
}
