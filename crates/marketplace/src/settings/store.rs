//! SQL of the settings that admins change.

use db::{Conn, Stmt, Tx, params};
use types::{Currency, Timestamp, UserId};

use crate::Result;

pub(crate) const STATEMENTS: &[&Stmt] =
    &[&KEPT_CURRENCY, &KEEP_CURRENCY, &ANY_PRODUCT, &COUNT_UP, &VERSION, &VALUES, &SET, &UNSET];

static KEPT_CURRENCY: Stmt = Stmt::new("SELECT value FROM settings WHERE name = 'currency'");

/// The currency that prices are in.
pub(super) async fn kept_currency(conn: &mut Conn) -> Result<Option<Currency>> {
    let kept: Option<(String,)> = conn.opt(&KEPT_CURRENCY, params![]).await?;
    Ok(kept.and_then(|(code,)| code.parse().ok()))
}

static KEEP_CURRENCY: Stmt = Stmt::new(
    "INSERT INTO settings (name, value) VALUES ('currency', $1)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value",
);

pub(super) async fn keep_currency(tx: &mut Tx, currency: Currency) -> Result<()> {
    tx.exec(&KEEP_CURRENCY, params![currency.code()]).await?;
    Ok(())
}

static ANY_PRODUCT: Stmt = Stmt::new("SELECT id FROM products ORDER BY id LIMIT 1");

pub(super) async fn has_products(conn: &mut Conn) -> Result<bool> {
    let any: Option<(i64,)> = conn.opt(&ANY_PRODUCT, params![]).await?;
    Ok(any.is_some())
}

static COUNT_UP: Stmt = Stmt::new(
    "INSERT INTO setting_versions (id, version) VALUES (1, 1)
     ON CONFLICT (id) DO UPDATE SET version = setting_versions.version + 1
     RETURNING version",
);

/// The next version. Holds the one row until the transaction ends: changes follow one another.
pub(super) async fn count_up(tx: &mut Tx) -> Result<i64> {
    let (version,): (i64,) = tx.one(&COUNT_UP, params![]).await?;
    Ok(version)
}

static VERSION: Stmt = Stmt::new("SELECT version FROM setting_versions WHERE id = 1");

/// The version, 0 before the first change.
pub(super) async fn version(conn: &mut Conn) -> Result<i64> {
    let found: Option<(i64,)> = conn.opt(&VERSION, params![]).await?;
    Ok(found.map_or(0, |(version,)| version))
}

/// A value that an admin has set.
pub(super) struct Kept {
    pub(super) name: String,
    /// JSON.
    pub(super) value: String,
    pub(super) changed_at: Timestamp,
    pub(super) changed_by: Option<UserId>,
}

db::from_row!(Kept { name, value, changed_at, changed_by });

static VALUES: Stmt =
    Stmt::new("SELECT name, value, changed_at, changed_by FROM setting_values ORDER BY name LIMIT 1000");

pub(super) async fn values(conn: &mut Conn) -> Result<Vec<Kept>> {
    Ok(conn.all(&VALUES, params![]).await?)
}

static SET: Stmt = Stmt::new(
    "INSERT INTO setting_values (name, value, changed_at, changed_by) VALUES ($1, $2, $3, $4)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at,
        changed_by = excluded.changed_by",
);

pub(super) async fn set(tx: &mut Tx, name: &str, value: &str, now: Timestamp, by: UserId) -> Result<()> {
    tx.exec(&SET, params![name, value, now, by]).await?;
    Ok(())
}

static UNSET: Stmt = Stmt::new("DELETE FROM setting_values WHERE name = $1");

pub(super) async fn unset(tx: &mut Tx, name: &str) -> Result<()> {
    tx.exec(&UNSET, params![name]).await?;
    Ok(())
}
