//! Passwords: Argon2id, with a bound on how many are hashed at once.

use std::num::NonZero;
use std::sync::LazyLock;

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use types::{GivenPassword, Password};

use super::AccountError;
use crate::{Error, Result, spare};

/// Memory of one hash in KiB, passes and lanes: the second recommendation of OWASP's password storage
/// cheat sheet.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// Hashes that run at once: a core is left to everything else, so that a flood of logins waits here while
/// products are read. More than [`MOST_RUNNING`] would take too much memory.
static RUNNING: LazyLock<Semaphore> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    Semaphore::new(cores.saturating_sub(1).clamp(1, MOST_RUNNING))
});

/// Hashes that run at once on the biggest machines, at 19 MiB each.
const MOST_RUNNING: usize = 8;

/// Hashes that run or wait. Whoever comes past that would wait for seconds, and is sent away instead.
static ADMITTED: Semaphore = Semaphore::const_new(512);

/// A password's hash in PHC form. Not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// A hash that the database kept. A text that is no hash is a password that nobody has.
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

impl db::Column for PasswordHash {
    fn from_column(value: db::ColumnValue<'_>) -> Result<Self, db::ColumnError> {
        value.text().map(|text| Self(text.to_owned()))
    }
}

fn hasher() -> Result<Argon2<'static>> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None)
        .map_err(|error| Error::internal(format!("the password hash's cost is wrong: {error}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// A login may take some milliseconds more, a page may not.
async fn on_a_spare_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let _admitted = ADMITTED.try_acquire().map_err(|_| AccountError::Overloaded)?;
    let permit =
        RUNNING.acquire().await.map_err(|error| Error::failed("password hashing has stopped", error))?;
    spare::on_a_spare_thread("souk-passwords", move || {
        let _permit = permit;
        work()
    })
    .await
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

/// Whether `given` is the password that was hashed. Takes as long for a wrong one as for the right one,
/// and as long again where there is none to compare with.
pub(super) async fn verify(given: GivenPassword, kept: Option<&PasswordHash>) -> Result<bool> {
    let kept = kept.and_then(|kept| phc::PasswordHash::new(&kept.0).ok());
    on_a_spare_thread(move || {
        let hash = match &kept {
            Some(kept) => kept.clone(),
            None => nobodys_hash()?,
        };
        let fits = hasher()?.verify_password(given.expose().as_bytes(), &hash).is_ok();
        Ok(fits && kept.is_some())
    })
    .await
}

/// A hash of today's cost that no password is known to have.
fn nobodys_hash() -> Result<phc::PasswordHash> {
    let (memory, passes, lanes) = COST;
    let (salt, hash) = ("A".repeat(22), "A".repeat(43));
    phc::PasswordHash::new(&format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${hash}"))
        .map_err(|error| Error::internal(format!("the hash of no password can't be read: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits() {
        let right = "plüm-kettle-ørbit-42 ".to_owned();
        let kept = hash_password(right.parse().unwrap()).await.unwrap();
        assert!(kept.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify(right.clone().into(), Some(&kept)).await.unwrap());
        assert!(!verify(right.trim().to_owned().into(), Some(&kept)).await.unwrap());
        assert!(!verify(right.clone().into(), None).await.unwrap());
        assert!(!verify(right.into(), Some(&PasswordHash::from_kept("none".to_owned()))).await.unwrap());
    }
}
