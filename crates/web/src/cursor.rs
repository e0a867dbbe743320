//! The opaque place in a list at which the next page begins.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Writes a place as a cursor: the key values of the last entry, in URL-safe base 64.
pub fn encode<C: Serialize>(place: &C) -> String {
    // Places are tuples of numbers and texts, which always serialise.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).unwrap_or_default())
}

/// Reads a cursor; `None` when it was not made by [`encode`] for the same kind of list.
pub fn decode<C: DeserializeOwned>(cursor: &str) -> Option<C> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    // A text with NUL is none of ours, and PostgreSQL would refuse it.
    (!bytes.contains(&0) && !String::from_utf8_lossy(&bytes).contains("\\u0000"))
        .then(|| serde_json::from_slice(&bytes).ok())
        .flatten()
}
