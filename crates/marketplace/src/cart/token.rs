//! What a guest proves a cart with.

use std::fmt;
use std::str::FromStr;

use crate::{Result, secrets};

const PREFIX: &str = "ct_";
const RANDOM_BYTES: usize = 16;
/// Sixteen bytes in base 64 without padding.
const RANDOM_LENGTH: usize = 22;

/// A guest's cart token: `ct_` and 128 random bits. Only its digest is kept. Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A token that nobody has.
    pub fn generate() -> Result<Self> {
        secrets::token::<RANDOM_BYTES>(PREFIX).map(Self)
    }

    /// What is kept instead of it.
    pub fn digest(&self) -> [u8; 32] {
        secrets::digest(&self.0)
    }

    /// The token itself, for the guest.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl FromStr for Token {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let random = text.strip_prefix(PREFIX).unwrap_or_default();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if random.len() == RANDOM_LENGTH && random.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err("not a cart token")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Token;

    #[test]
    fn a_token_reads_back_and_nothing_else_does() {
        let token = Token::generate().unwrap();
        assert_eq!(token.expose().parse::<Token>(), Ok(token.clone()));
        assert_ne!(Token::generate().unwrap(), token);
        for wrong in ["", "ct_", "ct_short", "xx_AAAAAAAAAAAAAAAAAAAAAA", "ct_AAAAAAAAAAAAAAAAAAAAAé"] {
            assert!(wrong.parse::<Token>().is_err(), "{wrong}");
        }
    }
}
