//! E-mail addresses.

use std::fmt;
use std::str::FromStr;

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::{Serialize, Serializer};

use crate::{FieldErrors, input};

/// An e-mail address as it was written. Two that differ only in case are the same: compare [`Email::key`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// The longest address, in bytes (RFC 5321, 4.5.3.1.3).
    pub const MAX: usize = 254;

    /// The address as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address in the form that is compared and kept unique.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }

    /// The address by which a person's purchases are counted: its [`Email::key`] without what follows a `+` in
    /// the local part, since such addresses are one mailbox.
    pub fn person_key(&self) -> String {
        let key = self.key();
        match key.rsplit_once('@').map(|(local, domain)| (local.split_once('+'), domain)) {
            Some((Some((person, _tag)), domain)) if !person.is_empty() => format!("{person}@{domain}"),
            _ => key,
        }
    }
}

/// A text that no mail could be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address")]
pub struct NotAnEmail;

impl FromStr for Email {
    type Err = NotAnEmail;

    /// Accepts `local@domain`, both of printable characters without spaces, brackets, quotes or list
    /// separators: what mail servers really use, and nothing that could end a header or a recipient.
    fn from_str(text: &str) -> Result<Self, NotAnEmail> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(NotAnEmail)?;
        let forbidden = |c: char| c.is_control() || c.is_whitespace() || "<>()[]\\,;:\"@".contains(c);
        let local_is_fine = !local.is_empty()
            && local.len() <= 64
            && !local.contains(forbidden)
            && local.split('.').all(|part| !part.is_empty());
        let label_is_fine = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        let domain_is_fine = domain.split('.').all(label_is_fine);
        if local_is_fine && domain_is_fine && text.len() <= Self::MAX {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAnEmail)
        }
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Email {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Deserr<FieldErrors> for Email {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        let text = input::string(value, location)?;
        if text.chars().count() > Self::MAX {
            return Err(FieldErrors::at(location, "too_long", format!("at most {} characters", Self::MAX)));
        }
        text.parse()
            .map_err(|error: NotAnEmail| FieldErrors::at(location, "malformed_email", error.to_string()))
    }
}
input::describe!(Email as string, max Email::MAX, example "ana@example.com");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_known_in_any_case_and_with_any_tag() {
        for (text, person) in [
            ("Ana@Shop.example", "ana@shop.example"),
            ("ana+spring@shop.example", "ana@shop.example"),
            ("ANA+a+b@shop.example", "ana@shop.example"),
            ("+tag@shop.example", "+tag@shop.example"),
        ] {
            assert_eq!(text.parse::<Email>().unwrap().person_key(), person, "{text}");
        }
    }

    #[test]
    fn addresses_are_told_from_the_rest() {
        for good in ["a@b", "ana.maria+x@shop.example.com", "josé@münchen.example", " a@b.c "] {
            assert!(good.parse::<Email>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "@b",
            "a@",
            "a b@c.d",
            "a@b..c",
            "a@-b.c",
            "a\r\nBcc: x@y@z",
            "a@b@c",
            "a,b@c.d",
            ".a@b",
            "a@[1.2.3.4]",
        ] {
            assert!(bad.parse::<Email>().is_err(), "{bad}");
        }
    }
}
