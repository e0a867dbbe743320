//! Passwords: Argon2id, with a bound on how many are hashed at once.

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use types::Password;

use crate::{Error, Result};

/// Memory of one hash in KiB, passes and lanes: the second recommendation of OWASP's password storage
/// cheat sheet.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// Hashes that run at once. More would only fight for the cores and the memory: a flood of logins waits
/// here while everything else goes on.
static RUNNING: Semaphore = Semaphore::const_new(2);

/// A password's hash in PHC form. Not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// A hash that the database kept.
    pub fn from_kept(text: String) -> Self {
        Self(text)
    }

    /// The PHC text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

fn hasher() -> Result<Argon2<'static>> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None)
        .map_err(|error| Error::internal(format!("the password hash's cost is wrong: {error}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn on_a_spare_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let permit =
        RUNNING.acquire().await.map_err(|error| Error::failed("password hashing has stopped", error))?;
    let done = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work()
    });
    done.await.map_err(|error| Error::failed("password hashing broke", error))?
}

/// Hashes a password with a fresh salt.
pub async fn hash_password(password: Password) -> Result<PasswordHash> {
    on_a_spare_thread(move || {
        let hash = hasher()?
            .hash_password(password.expose().as_bytes())
            .map_err(|error| Error::internal(format!("a password can't be hashed: {error}")))?;
        Ok(PasswordHash(hash.to_string()))
    })
    .await
}

/// Whether `password` is the one that was hashed. Takes as long for a wrong one as for the right one.
pub(super) async fn verify(password: Password, kept: PasswordHash) -> Result<bool> {
    on_a_spare_thread(move || {
        let parsed = phc::PasswordHash::new(&kept.0)
            .map_err(|error| Error::internal(format!("a kept password hash can't be read: {error}")))?;
        Ok(hasher()?.verify_password(password.expose().as_bytes(), &parsed).is_ok())
    })
    .await
}
