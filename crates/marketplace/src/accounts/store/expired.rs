//! SQL that drops what has expired, a batch at a time.

use db::{Stmt, Tx, params};
use types::Timestamp;

use crate::Result;

pub(super) static SWEEP_REGISTRATIONS: Stmt = Stmt::new(
    "DELETE FROM pending_registrations WHERE id_hash IN
        (SELECT id_hash FROM pending_registrations WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
);

pub(in crate::accounts) async fn sweep_registrations(tx: &mut Tx, now: Timestamp, batch: i64) -> Result<u64> {
    Ok(tx.exec(&SWEEP_REGISTRATIONS, params![now, batch]).await?)
}

pub(super) static SWEEP_RESETS: Stmt = Stmt::new(
    "DELETE FROM password_resets WHERE user_id IN
        (SELECT user_id FROM password_resets WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
);

pub(in crate::accounts) async fn sweep_resets(tx: &mut Tx, now: Timestamp, batch: i64) -> Result<u64> {
    Ok(tx.exec(&SWEEP_RESETS, params![now, batch]).await?)
}

pub(super) static SWEEP_REFRESH_TOKENS: Stmt = Stmt::new(
    "DELETE FROM refresh_tokens WHERE token_hash IN
        (SELECT token_hash FROM refresh_tokens WHERE issued_at <= $1 ORDER BY issued_at LIMIT $2)",
);

/// Tokens that were issued until `until`: too old to be good, whatever their session.
pub(in crate::accounts) async fn sweep_refresh_tokens(
    tx: &mut Tx,
    until: Timestamp,
    batch: i64,
) -> Result<u64> {
    Ok(tx.exec(&SWEEP_REFRESH_TOKENS, params![until, batch]).await?)
}

// The schema drops the tokens of a session with it.
pub(super) static SWEEP_SESSIONS: Stmt = Stmt::new(
    "DELETE FROM sessions WHERE id IN
        (SELECT id FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
);

pub(in crate::accounts) async fn sweep_sessions(tx: &mut Tx, now: Timestamp, batch: i64) -> Result<u64> {
    Ok(tx.exec(&SWEEP_SESSIONS, params![now, batch]).await?)
}
