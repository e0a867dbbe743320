//! SQL of the API keys.

use db::{Conn, Stmt, Tx, params};
use types::{ApiKeyId, Limit, Timestamp, UserId};

use crate::Result;
use crate::accounts::{ApiKey, Scopes};

pub(super) static INSERT_API_KEY: Stmt = Stmt::new(
    "INSERT INTO api_keys (id, user_id, name, scopes, secret_hash, expires_at, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)",
);

pub(in crate::accounts) async fn insert_api_key(
    tx: &mut Tx,
    user: UserId,
    key: &ApiKey,
    (scopes, hash): (&str, &[u8; 32]),
) -> Result<()> {
    let values = params![key.id, user, key.name, scopes, hash, key.expires_at, key.created_at];
    tx.exec_n(1, &INSERT_API_KEY, values).await?;
    Ok(())
}

pub(super) static COUNT_API_KEYS: Stmt = Stmt::new("SELECT COUNT(*) FROM api_keys WHERE user_id = $1");

pub(in crate::accounts) async fn count_api_keys(conn: &mut Conn, user: UserId) -> Result<i64> {
    let (count,): (i64,) = conn.one(&COUNT_API_KEYS, params![user]).await?;
    Ok(count)
}

pub(super) static LIST_API_KEYS: Stmt = Stmt::new(
    "SELECT id, name, scopes, expires_at, last_used_at, created_at FROM api_keys
     WHERE user_id = $1 AND (CAST($2 AS BIGINT) IS NULL OR id < CAST($2 AS BIGINT))
     ORDER BY id DESC LIMIT $3",
);

pub(in crate::accounts) async fn list_api_keys(
    conn: &mut Conn,
    user: UserId,
    after: Option<ApiKeyId>,
    limit: Limit,
) -> Result<Vec<ApiKey>> {
    Ok(conn.all(&LIST_API_KEYS, params![user, after, limit.plus_one()]).await?)
}

pub(super) static API_KEY_STATE: Stmt = Stmt::new(
    "SELECT k.secret_hash, k.scopes, k.expires_at, k.last_used_at, u.id, u.suspended_at, u.admin_since,
        u.two_factor_since
     FROM api_keys k JOIN users u ON u.id = k.user_id WHERE k.id = $1",
);

/// A key, and what its owner is at this moment.
pub(in crate::accounts) struct ApiKeyState {
    pub(in crate::accounts) secret_hash: Vec<u8>,
    pub(in crate::accounts) scopes: Scopes,
    pub(in crate::accounts) expires_at: Option<Timestamp>,
    pub(in crate::accounts) last_used_at: Option<Timestamp>,
    pub(in crate::accounts) user: UserId,
    pub(in crate::accounts) suspended_at: Option<Timestamp>,
    pub(in crate::accounts) admin_since: Option<Timestamp>,
    pub(in crate::accounts) two_factor_since: Option<Timestamp>,
}

db::from_row!(ApiKeyState {
    secret_hash,
    scopes,
    expires_at,
    last_used_at,
    user,
    suspended_at,
    admin_since,
    two_factor_since
});

pub(in crate::accounts) async fn api_key_state(
    conn: &mut Conn,
    key: ApiKeyId,
) -> Result<Option<ApiKeyState>> {
    Ok(conn.opt(&API_KEY_STATE, params![key]).await?)
}

pub(super) static NOTE_KEY_USE: Stmt = Stmt::new("UPDATE api_keys SET last_used_at = $2 WHERE id = $1");

pub(in crate::accounts) async fn note_key_use(tx: &mut Tx, key: ApiKeyId, now: Timestamp) -> Result<()> {
    tx.exec(&NOTE_KEY_USE, params![key, now]).await?;
    Ok(())
}

pub(super) static DELETE_API_KEY: Stmt = Stmt::new("DELETE FROM api_keys WHERE id = $1 AND user_id = $2");

/// `false` when it is not this user's.
pub(in crate::accounts) async fn delete_api_key(tx: &mut Tx, user: UserId, key: ApiKeyId) -> Result<bool> {
    Ok(tx.exec(&DELETE_API_KEY, params![key, user]).await? == 1)
}
