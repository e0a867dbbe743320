//! SQL of the sessions and their refresh tokens.

use db::{Conn, Stmt, Tx, params};
use types::{Limit, SessionId, Timestamp, UserId};

use crate::Result;
use crate::accounts::sessions::RefreshToken;
use crate::accounts::{Client, Session};

pub(super) static INSERT_SESSION: Stmt = Stmt::new(
    "INSERT INTO sessions (id, user_id, user_agent, address, created_at, last_used_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $5, $6)",
);

pub(in crate::accounts) async fn insert_session(
    tx: &mut Tx,
    id: SessionId,
    user: UserId,
    client: &Client,
    (now, expires): (Timestamp, Timestamp),
) -> Result<()> {
    tx.exec_n(1, &INSERT_SESSION, params![id, user, client.user_agent, client.address, now, expires]).await?;
    Ok(())
}

pub(super) static SESSION_STATE: Stmt = Stmt::new(
    "SELECT s.revoked_at, s.expires_at, s.created_at, u.suspended_at, u.admin_since, u.two_factor_since,
        u.person_key
     FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE s.id = $1 AND s.user_id = $2",
);

/// Whether a session may be used, and with which rights.
pub(in crate::accounts) struct SessionState {
    pub(in crate::accounts) revoked_at: Option<Timestamp>,
    pub(in crate::accounts) expires_at: Timestamp,
    pub(in crate::accounts) opened_at: Timestamp,
    pub(in crate::accounts) suspended_at: Option<Timestamp>,
    pub(in crate::accounts) admin_since: Option<Timestamp>,
    pub(in crate::accounts) two_factor_since: Option<Timestamp>,
    pub(in crate::accounts) person_key: String,
}

db::from_row!(SessionState {
    revoked_at,
    expires_at,
    opened_at,
    suspended_at,
    admin_since,
    two_factor_since,
    person_key
});

pub(in crate::accounts) async fn session_state(
    conn: &mut Conn,
    session: SessionId,
    user: UserId,
) -> Result<Option<SessionState>> {
    Ok(conn.opt(&SESSION_STATE, params![session, user]).await?)
}

pub(super) static LIST_SESSIONS: Stmt = Stmt::new(
    "SELECT id, user_agent, address, created_at, last_used_at, expires_at FROM sessions
     WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2
        AND (CAST($3 AS BIGINT) IS NULL OR id < CAST($3 AS BIGINT))
     ORDER BY id DESC LIMIT $4",
);

pub(in crate::accounts) async fn list_sessions(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
    after: Option<i64>,
    limit: Limit,
) -> Result<Vec<Session>> {
    Ok(conn.all(&LIST_SESSIONS, params![user, now, after, limit.plus_one()]).await?)
}

// A session that is revoked also expires, so that one index finds all that have ended.
pub(super) static REVOKE_SESSIONS: Stmt = Stmt::new(
    "UPDATE sessions SET revoked_at = $2, expires_at = $2 WHERE user_id = $1 AND revoked_at IS NULL",
);

pub(in crate::accounts) async fn revoke_sessions(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<()> {
    tx.exec(&REVOKE_SESSIONS, params![user, now]).await?;
    Ok(())
}

pub(super) static REVOKE_OTHER_SESSIONS: Stmt = Stmt::new(
    "UPDATE sessions SET revoked_at = $3, expires_at = $3
     WHERE user_id = $1 AND id <> $2 AND revoked_at IS NULL",
);

pub(in crate::accounts) async fn revoke_other_sessions(
    tx: &mut Tx,
    user: UserId,
    kept: SessionId,
    now: Timestamp,
) -> Result<()> {
    tx.exec(&REVOKE_OTHER_SESSIONS, params![user, kept, now]).await?;
    Ok(())
}

pub(super) static REVOKE_SESSION: Stmt =
    Stmt::new("UPDATE sessions SET revoked_at = $2, expires_at = $2 WHERE id = $1 AND revoked_at IS NULL");

pub(in crate::accounts) async fn revoke_session(
    tx: &mut Tx,
    session: SessionId,
    now: Timestamp,
) -> Result<()> {
    tx.exec(&REVOKE_SESSION, params![session, now]).await?;
    Ok(())
}

pub(super) static END_SESSION: Stmt = Stmt::new(
    "UPDATE sessions SET revoked_at = $3, expires_at = $3
     WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > $3",
);

/// `false` when it is not this user's, or has ended.
pub(in crate::accounts) async fn end_session(
    tx: &mut Tx,
    user: UserId,
    session: SessionId,
    now: Timestamp,
) -> Result<bool> {
    Ok(tx.exec(&END_SESSION, params![session, user, now]).await? == 1)
}

pub(super) static LOCK_SESSION: Stmt = Stmt::with_postgres(
    "SELECT s.user_id, s.revoked_at, s.expires_at, u.suspended_at
     FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1",
    "SELECT s.user_id, s.revoked_at, s.expires_at, u.suspended_at
     FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1 FOR NO KEY UPDATE OF s",
);

/// Whose session it is, and whether they may go on with it.
pub(in crate::accounts) struct SessionOwner {
    pub(in crate::accounts) user: UserId,
    revoked_at: Option<Timestamp>,
    expires_at: Timestamp,
    suspended_at: Option<Timestamp>,
}

db::from_row!(SessionOwner { user, revoked_at, expires_at, suspended_at });

impl SessionOwner {
    pub(in crate::accounts) fn may_refresh(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.suspended_at.is_none() && self.expires_at > now
    }
}

pub(in crate::accounts) async fn lock_session(
    tx: &mut Tx,
    session: SessionId,
) -> Result<Option<SessionOwner>> {
    Ok(tx.opt(&LOCK_SESSION, params![session]).await?)
}

pub(super) static RENEW_SESSION: Stmt =
    Stmt::new("UPDATE sessions SET last_used_at = $2, expires_at = $3 WHERE id = $1");

pub(in crate::accounts) async fn renew_session(
    tx: &mut Tx,
    session: SessionId,
    now: Timestamp,
    expires: Timestamp,
) -> Result<()> {
    tx.exec_n(1, &RENEW_SESSION, params![session, now, expires]).await?;
    Ok(())
}

pub(super) static INSERT_REFRESH_TOKEN: Stmt = Stmt::new(
    "INSERT INTO refresh_tokens (token_hash, session_id, parent_hash, issued_at) VALUES ($1, $2, $3, $4)",
);

pub(in crate::accounts) async fn insert_refresh_token(
    tx: &mut Tx,
    hash: &[u8; 32],
    session: SessionId,
    parent: Option<&[u8; 32]>,
    now: Timestamp,
) -> Result<()> {
    tx.exec_n(1, &INSERT_REFRESH_TOKEN, params![hash, session, parent, now]).await?;
    Ok(())
}

pub(super) static SESSION_OF_REFRESH_TOKEN: Stmt =
    Stmt::new("SELECT session_id FROM refresh_tokens WHERE token_hash = $1");

pub(in crate::accounts) async fn session_of_refresh_token(
    conn: &mut Conn,
    hash: &[u8; 32],
) -> Result<Option<SessionId>> {
    let found: Option<(SessionId,)> = conn.opt(&SESSION_OF_REFRESH_TOKEN, params![hash]).await?;
    Ok(found.map(|(session,)| session))
}

pub(super) static FIND_REFRESH_TOKEN: Stmt =
    Stmt::new("SELECT issued_at, spent_at FROM refresh_tokens WHERE token_hash = $1");

pub(in crate::accounts) async fn find_refresh_token(
    conn: &mut Conn,
    hash: &[u8; 32],
) -> Result<Option<RefreshToken>> {
    Ok(conn.opt(&FIND_REFRESH_TOKEN, params![hash]).await?)
}

pub(super) static SPEND_REFRESH_TOKEN: Stmt =
    Stmt::new("UPDATE refresh_tokens SET spent_at = $2 WHERE token_hash = $1 AND spent_at IS NULL");

pub(in crate::accounts) async fn spend_refresh_token(
    tx: &mut Tx,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<()> {
    tx.exec_n(1, &SPEND_REFRESH_TOKEN, params![hash, now]).await?;
    Ok(())
}

pub(super) static SPENT_CHILDREN: Stmt = Stmt::new(
    "SELECT COUNT(*) FROM refresh_tokens
     WHERE session_id = $1 AND issued_at >= $2 AND parent_hash = $3 AND spent_at IS NOT NULL",
);

/// Whether a token that was given for this one, which was spent at `spent_at`, has been used.
pub(in crate::accounts) async fn is_any_child_spent(
    conn: &mut Conn,
    session: SessionId,
    hash: &[u8; 32],
    spent_at: Timestamp,
) -> Result<bool> {
    let (spent,): (i64,) = conn.one(&SPENT_CHILDREN, params![session, spent_at, hash]).await?;
    Ok(spent > 0)
}
