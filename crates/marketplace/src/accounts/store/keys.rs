//! SQL of the public keys that check access tokens.

use db::{Conn, Stmt, Tx, params};
use types::Timestamp;

use crate::Result;
use crate::accounts::tokens::PublicKey;

pub(super) static PUBLISH_KEY: Stmt = Stmt::new(
    "INSERT INTO signing_keys (kid, public_key, created_at) VALUES ($1, $2, $3) ON CONFLICT (kid) DO NOTHING",
);

pub(in crate::accounts) async fn publish_key(
    tx: &mut Tx,
    kid: &str,
    public: &[u8],
    now: Timestamp,
) -> Result<()> {
    tx.exec(&PUBLISH_KEY, params![kid, public, now]).await?;
    Ok(())
}

pub(super) static PUBLIC_KEYS: Stmt = Stmt::new(
    "SELECT kid, public_key FROM signing_keys WHERE retired_at IS NULL OR retired_at > $1
     ORDER BY created_at DESC, kid LIMIT 100",
);

/// Those in use, and those that were retired after `since`.
pub(in crate::accounts) async fn public_keys(conn: &mut Conn, since: Timestamp) -> Result<Vec<PublicKey>> {
    Ok(conn.all(&PUBLIC_KEYS, params![since]).await?)
}

pub(super) static PUBLIC_KEY: Stmt = Stmt::new(
    "SELECT kid, public_key FROM signing_keys WHERE kid = $1 AND (retired_at IS NULL OR retired_at > $2)",
);

pub(in crate::accounts) async fn public_key(
    conn: &mut Conn,
    kid: &str,
    since: Timestamp,
) -> Result<Option<PublicKey>> {
    Ok(conn.opt(&PUBLIC_KEY, params![kid, since]).await?)
}

pub(super) static RETIRED_KEY: Stmt =
    Stmt::new("SELECT kid FROM signing_keys WHERE kid = $1 AND retired_at IS NOT NULL");

pub(in crate::accounts) async fn is_key_retired(conn: &mut Conn, kid: &str) -> Result<bool> {
    let found: Option<(String,)> = conn.opt(&RETIRED_KEY, params![kid]).await?;
    Ok(found.is_some())
}

pub(super) static RETIRE_KEYS: Stmt =
    Stmt::new("UPDATE signing_keys SET retired_at = $1 WHERE retired_at IS NULL");

/// How many there were.
pub(in crate::accounts) async fn retire_keys(tx: &mut Tx, at: Timestamp) -> Result<u64> {
    Ok(tx.exec(&RETIRE_KEYS, params![at]).await?)
}
