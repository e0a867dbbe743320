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
    "SELECT kid, public_key FROM signing_keys WHERE retired_at IS NULL ORDER BY created_at DESC, kid LIMIT 100",
);

pub(in crate::accounts) async fn public_keys(conn: &mut Conn) -> Result<Vec<PublicKey>> {
    Ok(conn.all(&PUBLIC_KEYS, params![]).await?)
}

pub(super) static PUBLIC_KEY: Stmt =
    Stmt::new("SELECT kid, public_key FROM signing_keys WHERE kid = $1 AND retired_at IS NULL");

pub(in crate::accounts) async fn public_key(conn: &mut Conn, kid: &str) -> Result<Option<PublicKey>> {
    Ok(conn.opt(&PUBLIC_KEY, params![kid]).await?)
}
