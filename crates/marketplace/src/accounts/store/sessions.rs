//! SQL of the sessions and their refresh tokens.

use db::{Conn, Stmt, Tx, params};
use types::{SessionId, Timestamp, UserId};

use crate::Result;
use crate::accounts::Client;

pub(super) static INSERT_SESSION: Stmt = Stmt::new(
    "INSERT INTO sessions (id, user_id, user_agent, address, created_at, last_used_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $5, $6)",
);

pub(in crate::accounts) async fn insert_session(
    tx: &mut Tx,
    id: SessionId,
    user: UserId,
    client: &Client,
    now: Timestamp,
    expires: Timestamp,
) -> Result<()> {
    tx.exec_n(1, &INSERT_SESSION, params![id, user, client.user_agent, client.address, now, expires]).await?;
    Ok(())
}

pub(super) static INSERT_REFRESH_TOKEN: Stmt =
    Stmt::new("INSERT INTO refresh_tokens (token_hash, session_id, issued_at) VALUES ($1, $2, $3)");

pub(in crate::accounts) async fn insert_refresh_token(
    tx: &mut Tx,
    hash: &[u8; 32],
    session: SessionId,
    now: Timestamp,
) -> Result<()> {
    tx.exec_n(1, &INSERT_REFRESH_TOKEN, params![hash, session, now]).await?;
    Ok(())
}

pub(super) static SESSION_STATE: Stmt = Stmt::new(
    "SELECT s.revoked_at, s.expires_at, u.suspended_at, u.admin_since
     FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE s.id = $1 AND s.user_id = $2",
);

/// Whether a session may be used, and with which rights.
pub(in crate::accounts) struct SessionState {
    pub(in crate::accounts) revoked_at: Option<Timestamp>,
    pub(in crate::accounts) expires_at: Timestamp,
    pub(in crate::accounts) suspended_at: Option<Timestamp>,
    pub(in crate::accounts) admin_since: Option<Timestamp>,
}

db::from_row!(SessionState { revoked_at, expires_at, suspended_at, admin_since });

pub(in crate::accounts) async fn session_state(
    conn: &mut Conn,
    session: SessionId,
    user: UserId,
) -> Result<Option<SessionState>> {
    Ok(conn.opt(&SESSION_STATE, params![session, user]).await?)
}

pub(super) static REVOKE_SESSIONS: Stmt = Stmt::new(
    "UPDATE sessions SET revoked_at = $2, expires_at = $2 WHERE user_id = $1 AND revoked_at IS NULL",
);

pub(in crate::accounts) async fn revoke_sessions(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<()> {
    tx.exec(&REVOKE_SESSIONS, params![user, now]).await?;
    Ok(())
}
