//! Passwords before they are hashed.

use std::fmt;
use std::str::FromStr;

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};

use crate::text::TextError;
use crate::{FieldErrors, input};

/// The most frequent passwords, lower case, one a line, sorted by bytes; see `data/README.md`.
const COMMON: &str = include_str!("../data/common-passwords.txt");

/// A password to be set: 8 to 256 characters, and none of the common ones. Never shown, not even by
/// `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// The fewest characters.
    pub const MIN: usize = 8;
    /// The most characters.
    pub const MAX: usize = 256;

    /// The password itself, for hashing and comparing only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl FromStr for Password {
    type Err = TextError;
    fn from_str(text: &str) -> Result<Self, TextError> {
        match text.chars().count() {
            0 => Err(TextError::Empty),
            length if length < Self::MIN => Err(TextError::TooShort(Self::MIN)),
            length if length > Self::MAX => Err(TextError::TooLong(Self::MAX)),
            _ if is_common(text) => Err(TextError::TooCommon),
            _ => Ok(Self(text.to_owned())),
        }
    }
}

impl Deserr<FieldErrors> for Password {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        input::string(value, location)?.parse().map_err(|error: TextError| error.at(location))
    }
}
input::describe!(Password as string, max Password::MAX, example "plum-kettle-orbit-42");

/// Whether a password is among the common ones, whatever its case.
fn is_common(password: &str) -> bool {
    let wanted = password.to_lowercase();
    // Halves the text until one line is left: nothing is built at start, nothing kept in memory.
    let (mut low, mut high) = (0, COMMON.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        let start = COMMON[..middle].rfind('\n').map_or(0, |end| end + 1);
        let end = COMMON[middle..].find('\n').map_or(COMMON.len(), |length| middle + length);
        match COMMON[start..end].cmp(wanted.as_str()) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

/// A password as somebody gives it who claims to know it: only ever compared, so that neither its length
/// nor its strength is a mistake. Never shown, not even by `Debug`.
#[derive(Clone)]
pub struct GivenPassword(String);

impl GivenPassword {
    /// The password itself, for comparing only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for GivenPassword {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for GivenPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GivenPassword(…)")
    }
}

impl Deserr<FieldErrors> for GivenPassword {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        let text = input::string(value, location)?;
        if text.is_empty() { Err(TextError::Empty.at(location)) } else { Ok(Self(text)) }
    }
}
input::describe!(GivenPassword as string, max Password::MAX, example "plum-kettle-orbit-42");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_passwords_are_sorted_and_all_found() {
        let lines: Vec<&str> = COMMON.lines().collect();
        assert!(lines.len() > 10_000);
        assert!(lines.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(lines.iter().all(|line| is_common(line) && is_common(&line.to_uppercase())));
        for fine in ["", "zzzzzzz2", "!", "plum-kettle-orbit-42", "\n", "password\n", "~~~~~~~~~"] {
            assert!(!is_common(fine), "{fine:?}");
        }
    }

    #[test]
    fn passwords_are_measured_in_characters() {
        for (text, error) in [
            ("", TextError::Empty),
            ("ééééééé", TextError::TooShort(8)),
            ("PassWord1", TextError::TooCommon),
            ("é".repeat(257).as_str(), TextError::TooLong(256)),
        ] {
            assert_eq!(text.parse::<Password>(), Err(error), "{text}");
        }
        for fine in ["éééééééé", " spaces at both ends ", "é".repeat(256).as_str(), "nul\0 nul\0"] {
            assert_eq!(fine.parse::<Password>().unwrap().expose(), fine);
        }
    }
}
