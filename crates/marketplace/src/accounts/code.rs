//! One-time codes: six digits that prove that somebody reads a mailbox.

use std::fmt;
use std::str::FromStr;

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use types::FieldErrors;

use crate::{Result, secrets};

/// Wrong codes after which what waits for the right one is dropped.
pub(super) const MAX_WRONG_TRIES: i64 = 5;

/// A one-time code, made or given. Not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimeCode(String);

impl OneTimeCode {
    /// A new code.
    pub(super) fn generate() -> Result<Self> {
        secrets::one_time_code().map(Self)
    }

    /// The six digits, for the mail.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept of it: a digest bound to what it is for, so that it opens nothing else.
    pub(super) fn digest(&self, purpose: &str) -> [u8; 32] {
        secrets::digest(&self.bound_to(purpose))
    }

    /// Whether it is the code that was kept for `purpose`.
    pub(super) fn matches(&self, purpose: &str, kept: &[u8]) -> bool {
        secrets::matches(&self.bound_to(purpose), kept)
    }

    fn bound_to(&self, purpose: &str) -> String {
        format!("{purpose}:{}", self.0)
    }
}

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeCode(…)")
    }
}

/// A text that is no one-time code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a code of six digits")]
pub struct NotACode;

impl FromStr for OneTimeCode {
    type Err = NotACode;
    fn from_str(text: &str) -> Result<Self, NotACode> {
        let is_code = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_code { Ok(Self(text.to_owned())) } else { Err(NotACode) }
    }
}

impl Deserr<FieldErrors> for OneTimeCode {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        let text = <String as Deserr<FieldErrors>>::deserialize_from_value(value, location)?;
        text.trim()
            .parse()
            .map_err(|error: NotACode| FieldErrors::at(location, "malformed", error.to_string()))
    }
}

impl utoipa::PartialSchema for OneTimeCode {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^[0-9]{6}$"))
            .examples([serde_json::json!("042117")])
            .into()
    }
}
impl utoipa::ToSchema for OneTimeCode {}

/// What came of a try that is counted. A refusal in it is committed like a success: the count must stay.
pub type Attempt<T> = Result<T, super::AccountError>;
