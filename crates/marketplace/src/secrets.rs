//! Random tokens and codes, and the digests that are kept instead of them.

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{Error, Result};

/// Fills `bytes` from the system's source of randomness.
pub fn fill(bytes: &mut [u8]) -> Result<()> {
    rand::fill(bytes).map_err(|error| Error::failed("the system gives no random bytes", error))
}

/// A token that nobody can guess: `prefix` and `BYTES` random bytes in URL-safe base 64.
pub fn token<const BYTES: usize>(prefix: &str) -> Result<String> {
    let mut bytes = [0; BYTES];
    fill(&mut bytes)?;
    Ok(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// A one-time code of six digits, each code equally likely.
pub fn one_time_code() -> Result<String> {
    const CODES: u32 = 1_000_000;
    loop {
        let mut bytes = [0; 4];
        fill(&mut bytes)?;
        let number = u32::from_le_bytes(bytes);
        // The last, incomplete run of a million would make small codes likelier.
        if number < u32::MAX - u32::MAX % CODES {
            return Ok(format!("{:06}", number % CODES));
        }
    }
}

/// The digest under which a token or code is kept.
pub fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Whether `secret` is what `digest` was made of, in a time that tells nothing.
pub fn matches(secret: &str, kept: &[u8]) -> bool {
    digest(secret).as_slice().ct_eq(kept).into()
}
