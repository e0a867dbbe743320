//! One effect per `Idempotency-Key`.
//!
//! The key is claimed and the answer kept in the transaction of the effect itself: there is no moment
//! in which one is there without the other. A second request with the same key waits at the claim
//! until the first has committed, and then finds its answer.

use std::collections::HashMap;

use db::{Asked, Conn, Many, Stmt, Tx, params};
use sha2::{Digest, Sha256};
use types::Timestamp;

use crate::{Kind, Market, Rejection, Result};

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

/// What tells a key from all others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyId {
    owner: String,
    name: String,
}

impl Key {
    /// What tells it from all others.
    pub(crate) fn id(&self) -> KeyId {
        KeyId { owner: self.owner.clone(), name: self.name.clone() }
    }

    /// The moment from which the answer is forgotten, when it is kept from `now` on.
    const fn expires_at(&self, now: Timestamp) -> Option<Timestamp> {
        match self.keep {
            Keep::Day => Some(now.plus_seconds(KEEP_SECONDS)),
            Keep::Forever => None,
        }
    }
}

/// An answer under its key, with the request that it answers.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    request: [u8; 32],
    answer: Answer,
}

impl Kept {
    /// What is kept when `key`'s request got `answer`.
    pub(crate) const fn new(key: &Key, answer: Answer) -> Self {
        Self { request: key.request, answer }
    }

    /// The answer again, if `key` comes with the same request.
    pub(crate) fn replay(&self, key: &Key) -> Result<Answer, IdempotencyError> {
        if self.request == key.request { Ok(self.answer.clone()) } else { Err(IdempotencyError::Mismatch) }
    }
}

/// An answer to a request with a key: given now, or before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The answer.
    pub answer: Answer,
    /// Whether it was given before.
    pub replayed: bool,
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
pub const STATEMENTS: &[&Stmt] = &[&CLAIM, &FIND, FIND_ALL.stmt(), KEEP_ALL.stmt(), &ANSWER, &SWEEP];

/// Claims the key for the effect that follows in this transaction, or returns the answer it had before.
pub async fn claim(tx: &mut Tx, market: &Market, key: &Key) -> Result<Option<Answer>> {
    let now = market.now();
    let expires = key.expires_at(now);
    let claimed: Result<Option<(String,)>, db::Error> =
        tx.opt(&CLAIM, params![key.owner, key.name, key.request, now, expires]).await;
    match claimed {
        Ok(Some(_)) => return Ok(None),
        Ok(None) => {}
        Err(db::Error::Timeout { .. }) => return Err(IdempotencyError::InProgress.into()),
        Err(error) => return Err(error.into()),
    }
    let (request, status, body): (Vec<u8>, u16, String) = tx.one(&FIND, params![key.owner, key.name]).await?;
    if request != key.request {
        return Err(IdempotencyError::Mismatch.into());
    }
    Ok(Some(Answer { status, body }))
}

/// Keeps the answer of the effect in this transaction.
pub async fn keep(tx: &mut Tx, key: &Key, answer: &Answer) -> Result<()> {
    tx.exec_n(1, &ANSWER, params![key.owner, key.name, i64::from(answer.status), answer.body]).await?;
    Ok(())
}

static FIND_ALL: Many = Many::new(
    &[db::Kind::Text, db::Kind::Text, db::Kind::Int],
    "SELECT owner, key, request_hash, status, body FROM idempotency_keys
     WHERE owner = $1 AND key = $2 AND (expires_at IS NULL OR expires_at > $3)",
    "SELECT k.owner, k.key, k.request_hash, k.status, k.body
     FROM unnest($1::TEXT[], $2::TEXT[], $3::BIGINT[]) AS d(owner, key, now)
     CROSS JOIN LATERAL (
        SELECT owner, key, request_hash, status, body FROM idempotency_keys
        WHERE owner = d.owner AND key = d.key AND (expires_at IS NULL OR expires_at > d.now) LIMIT 1) AS k",
);

/// The answers that are kept under these keys at `now`.
pub(crate) async fn ask_all(
    conn: &mut Conn,
    keys: &[&Key],
    now: Timestamp,
) -> Result<Asked<HashMap<KeyId, Kept>>> {
    let sets: Vec<[db::Value<'_>; 3]> = keys.iter().map(|key| *params![key.owner, key.name, now]).collect();
    let kept = |(owner, name, request, status, body)| {
        (KeyId { owner, name }, Kept { request, answer: Answer { status, body } })
    };
    let found = conn.ask_of(&FIND_ALL, &sets).await?;
    Ok(found.map(move |rows| rows.into_iter().map(kept).collect()))
}

static KEEP_ALL: Many = Many::new(
    &[
        db::Kind::Text,
        db::Kind::Text,
        db::Kind::Blob,
        db::Kind::Int,
        db::Kind::Text,
        db::Kind::Int,
        db::Kind::Int,
    ],
    "INSERT INTO idempotency_keys (owner, key, request_hash, status, body, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (owner, key) DO UPDATE SET request_hash = excluded.request_hash, status = excluded.status,
        body = excluded.body, created_at = excluded.created_at, expires_at = excluded.expires_at
        WHERE idempotency_keys.expires_at <= excluded.created_at",
    "INSERT INTO idempotency_keys (owner, key, request_hash, status, body, created_at, expires_at)
     SELECT * FROM unnest($1::TEXT[], $2::TEXT[], $3::BYTEA[], $4::BIGINT[], $5::TEXT[], $6::BIGINT[],
        $7::BIGINT[])
     ON CONFLICT (owner, key) DO UPDATE SET request_hash = excluded.request_hash, status = excluded.status,
        body = excluded.body, created_at = excluded.created_at, expires_at = excluded.expires_at
        WHERE idempotency_keys.expires_at <= excluded.created_at",
);

/// Keys with their answers that are about to be kept.
pub(crate) struct Keeping {
    kept: Asked<u64>,
    wanted: usize,
}

/// Claims keys that had no answer and keeps their answers at once.
///
/// Waits for whoever is about to answer the same key: in the order of the keys, so that two batches never
/// wait for each other in a circle.
pub(crate) async fn ask_keep_all(
    tx: &mut Tx,
    answers: &[(&Key, &Answer)],
    now: Timestamp,
) -> Result<Keeping> {
    let mut answers: Vec<_> =
        answers.iter().map(|(key, answer)| (*key, *answer, i64::from(answer.status))).collect();
    answers.sort_unstable_by_key(|(key, ..)| (&key.owner, &key.name));
    let ends: Vec<_> = answers.iter().map(|(key, ..)| key.expires_at(now)).collect();
    let sets: Vec<[db::Value<'_>; 7]> = answers
        .iter()
        .zip(&ends)
        .map(|((key, answer, status), end)| {
            *params![key.owner, key.name, key.request, *status, answer.body, now, *end]
        })
        .collect();
    Ok(Keeping { kept: tx.ask_exec_of(&KEEP_ALL, &sets).await?, wanted: sets.len() })
}

impl Keeping {
    /// `false` when one of the keys has got an answer meanwhile, from another node: then this transaction must be
    /// undone, and decided again.
    pub(crate) async fn are_kept(self, tx: &mut Tx) -> Result<bool> {
        match tx.answer(self.kept).await {
            Ok(kept) => Ok(usize::try_from(kept) == Ok(self.wanted)),
            Err(db::Error::Timeout { .. }) => Err(IdempotencyError::InProgress.into()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Drops the answers whose day is over.
pub async fn sweep(tx: &mut Tx, market: &Market) -> Result<u64> {
    Ok(tx.exec(&SWEEP, params![market.now()]).await?)
}
