//! One effect per `Idempotency-Key`.
//!
//! The key is claimed and the answer kept in the transaction of the effect itself: there is no moment
//! in which one is there without the other. A second request with the same key waits at the claim
//! until the first has committed, and then finds its answer.

use db::{Stmt, Tx, params};
use sha2::{Digest, Sha256};

use crate::{Error, Kind, Market, Rejection, Result};

/// Seconds that an answer is kept, unless it is kept for ever.
const KEEP_SECONDS: i64 = 24 * 60 * 60;

/// How long an answer is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// A day.
    Day,
    /// For ever: a checkout's.
    Forever,
}

/// A key, whose it is, and what was asked with it.
#[derive(Debug, Clone)]
pub struct Key {
    owner: String,
    name: String,
    request: [u8; 32],
    keep: Keep,
}

impl Key {
    /// The key `key` of `owner` for a request whose method, path and body are `parts`.
    pub fn new(owner: String, key: String, parts: &[&[u8]], keep: Keep) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            // The length before each part keeps ("ab", "c") and ("a", "bc") apart.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self { owner, name: key, request: hash.finalize().into(), keep }
    }
}

/// An answer that was given before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its HTTP status.
    pub status: u16,
    /// Its body, byte for byte.
    pub body: String,
}

/// Why a key was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdempotencyError {
    /// The key was used for something else.
    #[error("this Idempotency-Key was used with another request")]
    Mismatch,
    /// The first request with this key has not ended.
    #[error("the first request with this Idempotency-Key is still running")]
    InProgress,
}

impl Rejection for IdempotencyError {
    fn kind(&self) -> Kind {
        match self {
            Self::Mismatch => Kind::Invalid,
            Self::InProgress => Kind::Conflict,
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Mismatch => "idempotency_mismatch",
            Self::InProgress => "idempotency_in_progress",
        }
    }
}

static CLAIM: Stmt = Stmt::new(
    "INSERT INTO idempotency_keys (owner, key, request_hash, status, body, created_at, expires_at)
     VALUES ($1, $2, $3, 0, '', $4, $5)
     ON CONFLICT (owner, key) DO UPDATE SET request_hash = excluded.request_hash, status = 0, body = '',
        created_at = excluded.created_at, expires_at = excluded.expires_at
        WHERE idempotency_keys.expires_at <= $4
     RETURNING key",
);

static FIND: Stmt =
    Stmt::new("SELECT request_hash, status, body FROM idempotency_keys WHERE owner = $1 AND key = $2");

static ANSWER: Stmt =
    Stmt::new("UPDATE idempotency_keys SET status = $3, body = $4 WHERE owner = $1 AND key = $2");

static SWEEP: Stmt = Stmt::new("DELETE FROM idempotency_keys WHERE expires_at <= $1");

/// The statements of this module.
pub const STATEMENTS: &[&Stmt] = &[&CLAIM, &FIND, &ANSWER, &SWEEP];

/// Claims the key for the effect that follows in this transaction, or returns the answer it had before.
pub async fn claim(tx: &mut Tx, market: &Market, key: &Key) -> Result<Option<Answer>> {
    let now = market.now();
    let expires = match key.keep {
        Keep::Day => Some(now.plus_seconds(KEEP_SECONDS)),
        Keep::Forever => None,
    };
    let claimed: Result<Option<(String,)>, db::Error> =
        tx.opt(&CLAIM, params![key.owner, key.name, key.request, now, expires]).await;
    match claimed {
        Ok(Some(_)) => return Ok(None),
        Ok(None) => {}
        Err(db::Error::Timeout { .. }) => return Err(IdempotencyError::InProgress.into()),
        Err(error) => return Err(error.into()),
    }
    let (request, status, body): (Vec<u8>, u32, String) = tx.one(&FIND, params![key.owner, key.name]).await?;
    if request != key.request {
        return Err(IdempotencyError::Mismatch.into());
    }
    let status = u16::try_from(status).map_err(|_| Error::internal("a kept answer has no status"))?;
    Ok(Some(Answer { status, body }))
}

/// Keeps the answer of the effect in this transaction.
pub async fn keep(tx: &mut Tx, key: &Key, answer: &Answer) -> Result<()> {
    tx.exec_n(1, &ANSWER, params![key.owner, key.name, i64::from(answer.status), answer.body]).await?;
    Ok(())
}

/// Drops the answers whose day is over.
pub async fn sweep(tx: &mut Tx, market: &Market) -> Result<u64> {
    Ok(tx.exec(&SWEEP, params![market.now()]).await?)
}
