//! SQL of the accounts.

use db::{Conn, Stmt, Tx, params};
use types::{SessionId, Timestamp, UserId};

use super::NewUser;
use super::sessions::Client;
use super::tokens::PublicKey;
use crate::Result;

pub(crate) const STATEMENTS: &[&Stmt] = &[
    &PUBLISH_KEY,
    &PUBLIC_KEYS,
    &PUBLIC_KEY,
    &INSERT_USER,
    &SET_ADMIN,
    &INSERT_SESSION,
    &INSERT_REFRESH_TOKEN,
    &SESSION_STATE,
];

static PUBLISH_KEY: Stmt = Stmt::new(
    "INSERT INTO signing_keys (kid, public_key, created_at) VALUES ($1, $2, $3) ON CONFLICT (kid) DO NOTHING",
);

pub(super) async fn publish_key(tx: &mut Tx, kid: &str, public: &[u8], now: Timestamp) -> Result<()> {
    tx.exec(&PUBLISH_KEY, params![kid, public, now]).await?;
    Ok(())
}

static PUBLIC_KEYS: Stmt = Stmt::new(
    "SELECT kid, public_key FROM signing_keys WHERE retired_at IS NULL ORDER BY created_at DESC, kid LIMIT 100",
);

pub(super) async fn public_keys(conn: &mut Conn) -> Result<Vec<PublicKey>> {
    Ok(conn.all(&PUBLIC_KEYS, params![]).await?)
}

static PUBLIC_KEY: Stmt =
    Stmt::new("SELECT kid, public_key FROM signing_keys WHERE kid = $1 AND retired_at IS NULL");

pub(super) async fn public_key(conn: &mut Conn, kid: &str) -> Result<Option<PublicKey>> {
    Ok(conn.opt(&PUBLIC_KEY, params![kid]).await?)
}

static INSERT_SESSION: Stmt = Stmt::new(
    "INSERT INTO sessions (id, user_id, user_agent, address, created_at, last_used_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $5, $6)",
);

pub(super) async fn insert_session(
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

static INSERT_REFRESH_TOKEN: Stmt =
    Stmt::new("INSERT INTO refresh_tokens (token_hash, session_id, issued_at) VALUES ($1, $2, $3)");

pub(super) async fn insert_refresh_token(
    tx: &mut Tx,
    hash: &[u8; 32],
    session: SessionId,
    now: Timestamp,
) -> Result<()> {
    tx.exec_n(1, &INSERT_REFRESH_TOKEN, params![hash, session, now]).await?;
    Ok(())
}

static SESSION_STATE: Stmt = Stmt::new(
    "SELECT s.revoked_at, s.expires_at, u.suspended_at, u.admin_since
     FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE s.id = $1 AND s.user_id = $2",
);

/// Whether a session may be used, and with which rights.
pub(super) struct SessionState {
    pub(super) revoked_at: Option<Timestamp>,
    pub(super) expires_at: Timestamp,
    pub(super) suspended_at: Option<Timestamp>,
    pub(super) admin_since: Option<Timestamp>,
}

db::from_row!(SessionState { revoked_at, expires_at, suspended_at, admin_since });

pub(super) async fn session_state(
    conn: &mut Conn,
    session: SessionId,
    user: UserId,
) -> Result<Option<SessionState>> {
    Ok(conn.opt(&SESSION_STATE, params![session, user]).await?)
}

static INSERT_USER: Stmt = Stmt::new(
    "INSERT INTO users (id, email, email_key, password_hash, first_name, last_name, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
     ON CONFLICT (email_key) DO NOTHING",
);

/// `false` when the e-mail address is taken.
pub(super) async fn insert_user(tx: &mut Tx, id: UserId, new: &NewUser, now: Timestamp) -> Result<bool> {
    let (key, hash) = (new.email.key(), new.password.as_str());
    let values = params![id, new.email, key, hash, new.first_name, new.last_name, now];
    Ok(tx.exec(&INSERT_USER, values).await? == 1)
}

static SET_ADMIN: Stmt = Stmt::new("UPDATE users SET admin_since = $2, updated_at = $3 WHERE id = $1");

pub(super) async fn set_admin(
    tx: &mut Tx,
    user: UserId,
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    tx.exec_n(1, &SET_ADMIN, params![user, since, now]).await?;
    Ok(())
}
