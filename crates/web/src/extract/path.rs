//! Identifiers in paths: one that is malformed, or of the wrong kind, is a 404.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use types::id::Kind;
use types::{Id, IdOrSlug};

use crate::problem::Problem;

/// The values of a path's parameters.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

/// Types that a path's parameters can be read into.
pub trait FromPath: Sized {
    /// As the router gives them: all texts.
    type Raw: DeserializeOwned + Send;
    /// `None` when a text is malformed.
    fn from_raw(raw: Self::Raw) -> Option<Self>;
}

impl<K: Kind> FromPath for Id<K> {
    type Raw = String;
    fn from_raw(raw: String) -> Option<Self> {
        raw.parse().ok()
    }
}

impl FromPath for String {
    type Raw = Self;
    fn from_raw(raw: Self) -> Option<Self> {
        (!raw.contains(char::is_control)).then_some(raw)
    }
}

impl<K: Kind> FromPath for IdOrSlug<K> {
    type Raw = String;
    fn from_raw(raw: String) -> Option<Self> {
        raw.parse().ok()
    }
}

impl<A: FromPath<Raw = String>, B: FromPath<Raw = String>> FromPath for (A, B) {
    type Raw = (String, String);
    fn from_raw((a, b): Self::Raw) -> Option<Self> {
        Some((A::from_raw(a)?, B::from_raw(b)?))
    }
}

impl<T: FromPath, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    #[expect(clippy::disallowed_types, reason = "this is the wrapper that the others are to use")]
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let raw = axum::extract::Path::<T::Raw>::from_request_parts(parts, state).await;
        let axum::extract::Path(raw) = raw.map_err(|_| Problem::not_found())?;
        T::from_raw(raw).map(Self).ok_or_else(Problem::not_found)
    }
}
