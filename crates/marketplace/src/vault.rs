//! Sealing what the database keeps and must be able to give back, such as the secrets of authenticator
//! apps: whoever reads the database alone learns nothing.
//!
//! The key stays outside of the database: in the data folder, or in the configuration where several nodes
//! share it. What is sealed is bound to its purpose, so that it opens nowhere else.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use sha2::{Digest, Sha256};

use crate::{Error, Kind, Rejection, Result, secrets};

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;

/// The first bytes of a key's digest, in front of all that it sealed.
const MARK_BYTES: usize = 8;

/// Seals and opens.
pub struct Vault {
    key: RandomizedNonceKey,
    mark: [u8; MARK_BYTES],
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(…)")
    }
}

/// The node has another key than the one that sealed this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this server can't read what another one has sealed; ask its operator")]
struct SealedElsewhere;

impl Rejection for SealedElsewhere {
    fn kind(&self) -> Kind {
        Kind::Unavailable { retry_after: 60 }
    }
    fn code(&self) -> &'static str {
        "unavailable"
    }
}

impl Vault {
    /// A vault with this key.
    pub fn new(key: &[u8; KEY_BYTES]) -> Result<Self> {
        let digest = Sha256::digest([b"souk vault mark:".as_slice(), key].concat());
        let mut mark = [0; MARK_BYTES];
        mark.copy_from_slice(&digest[..MARK_BYTES]);
        let key = RandomizedNonceKey::new(&AES_256_GCM, key)
            .map_err(|error| Error::failed("the vault's key can't be used", error))?;
        Ok(Self { key, mark })
    }

    /// A vault whose key follows from a text that all nodes are configured with.
    pub fn from_text(text: &str) -> Result<Self> {
        Self::new(&Sha256::digest([b"souk vault key:".as_slice(), text.as_bytes()].concat()).into())
    }

    /// A new key.
    pub fn generate_key() -> Result<[u8; KEY_BYTES]> {
        let mut key = [0; KEY_BYTES];
        secrets::fill(&mut key)?;
        Ok(key)
    }

    /// Seals `secret` for `purpose`, such as `totp usr_…`.
    pub fn seal(&self, purpose: &str, secret: &[u8]) -> Result<Vec<u8>> {
        let mut body = secret.to_vec();
        let nonce = self
            .key
            .seal_in_place_append_tag(Aad::from(purpose.as_bytes()), &mut body)
            .map_err(|error| Error::failed("a secret can't be sealed", error))?;
        Ok([self.mark.as_slice(), nonce.as_ref(), &body].concat())
    }

    /// What was sealed for `purpose`. With another key it is refused as `unavailable`.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let broken = || Error::internal("a sealed secret is broken");
        let (mark, rest) = sealed.split_at_checked(MARK_BYTES).ok_or_else(broken)?;
        let (nonce, body) = rest.split_at_checked(NONCE_LEN).ok_or_else(broken)?;
        if mark != self.mark {
            tracing::error!(
                "a secret was sealed with another node's key: give all nodes the same `vault.key`"
            );
            return Err(SealedElsewhere.into());
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| broken())?;
        let mut body = body.to_vec();
        let opened =
            self.key.open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut body).map_err(|_| broken())?;
        Ok(opened.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_and_purpose_open() {
        let vault = Vault::new(&Vault::generate_key().unwrap()).unwrap();
        let sealed = vault.seal("totp a", b"secret").unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        assert_ne!(sealed, vault.seal("totp a", b"secret").unwrap());
        assert_eq!(vault.open("totp a", &sealed).unwrap(), b"secret");
        assert!(vault.open("totp b", &sealed).is_err());
        let mut changed = sealed.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(vault.open("totp a", &changed).is_err());
        assert!(vault.open("totp a", &sealed[..12]).is_err());
        let other = Vault::from_text("what the operator configured").unwrap();
        assert_eq!(other.open("totp a", &sealed).unwrap_err().code(), Some("unavailable"));
        let same = Vault::from_text("what the operator configured").unwrap();
        assert_eq!(same.open("x", &other.seal("x", b"y").unwrap()).unwrap(), b"y");
    }
}
