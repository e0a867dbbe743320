//! What somebody gives to prove that they have their authenticator: its code, or a recovery code.

use std::fmt;
use std::str::FromStr;

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use types::{FieldErrors, UserId};

use crate::{Result, secrets};

/// Recovery codes that somebody gets.
pub(super) const RECOVERY_CODES: usize = 10;

/// Characters of a recovery code: 80 bits, so that its plain digest tells nothing.
const RECOVERY_LENGTH: usize = 16;

/// Digits and lower-case letters without those that are taken for one another.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A code of six digits from an authenticator, or a recovery code. Not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub enum SecondFactor {
    /// What the authenticator shows.
    Code(String),
    /// One of the codes that were given out when two-factor login was set up.
    Recovery(RecoveryCode),
}

impl fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecondFactor(…)")
    }
}

/// A code for whoever has lost their authenticator, good once. Not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    pub(super) fn generate() -> Result<Self> {
        let mut bytes = [0; RECOVERY_LENGTH];
        secrets::fill(&mut bytes)?;
        Ok(Self(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect()))
    }

    /// The code as its owner writes it down: `xxxx-xxxx-xxxx-xxxx`.
    pub fn expose(&self) -> String {
        let mut text = String::with_capacity(RECOVERY_LENGTH + 3);
        for (place, letter) in self.0.chars().enumerate() {
            if place > 0 && place % 4 == 0 {
                text.push('-');
            }
            text.push(letter);
        }
        text
    }

    /// What is kept of it.
    pub(super) fn digest(&self, user: UserId) -> [u8; 32] {
        secrets::digest(&format!("recovery {user}:{}", self.0))
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

/// A text that is no second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither a code of six digits nor a recovery code")]
pub struct NotASecondFactor;

impl FromStr for SecondFactor {
    type Err = NotASecondFactor;

    /// Case, blanks and hyphens don't matter, and letters that look like digits are read as those.
    fn from_str(text: &str) -> Result<Self, NotASecondFactor> {
        if text.len() > 64 {
            return Err(NotASecondFactor);
        }
        let letters = text.chars().filter(|c| !c.is_whitespace() && *c != '-');
        let code: String = letters.map(|c| c.to_ascii_lowercase()).collect();
        if code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self::Code(code));
        }
        let code = code.replace('o', "0").replace(['i', 'l'], "1");
        if code.len() == RECOVERY_LENGTH && code.bytes().all(|byte| ALPHABET.contains(&byte)) {
            return Ok(Self::Recovery(RecoveryCode(code)));
        }
        Err(NotASecondFactor)
    }
}

impl Deserr<FieldErrors> for SecondFactor {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        let text = <String as Deserr<FieldErrors>>::deserialize_from_value(value, location)?;
        text.parse()
            .map_err(|error: NotASecondFactor| FieldErrors::at(location, "malformed", error.to_string()))
    }
}

impl utoipa::PartialSchema for SecondFactor {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("six digits, or a recovery code"))
            .examples([serde_json::json!("042117"), serde_json::json!("8k2m-xq4t-0r9d-7hna")])
            .into()
    }
}
impl utoipa::ToSchema for SecondFactor {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_write_them() {
        let read = |text: &str| text.parse::<SecondFactor>();
        assert_eq!(read(" 042 117 "), Ok(SecondFactor::Code("042117".to_owned())));
        let code = RecoveryCode::generate().unwrap();
        let recovery = Ok(SecondFactor::Recovery(code.clone()));
        assert_eq!(code.expose().len(), 19);
        assert_eq!(read(&code.expose()), recovery);
        assert_eq!(read(&code.expose().to_uppercase().replace('-', " ")), recovery);
        assert_eq!(read(&code.expose().replace('0', "O").replace('1', "l")), recovery);
        for wrong in ["", "12345", "1234567", "٠١٢٣٤٥", "8k2m-xq4t-0r9d-7hn", "uuuu-uuuu-uuuu-uuuu"] {
            assert_eq!(read(wrong), Err(NotASecondFactor), "{wrong}");
        }
        assert_eq!(read(&"1".repeat(100)), Err(NotASecondFactor));
    }
}
