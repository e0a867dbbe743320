//! SQL of the users as admins look for them.

use db::{Conn, Stmt, Tx, params};
use types::{Limit, UserId};

use crate::Result;
use crate::accounts::User;

pub(super) static LIST_USERS: Stmt = Stmt::new(
    "SELECT id, email, first_name, last_name, admin_since, suspended_at, created_at FROM users
     WHERE erased_at IS NULL AND (CAST($1 AS BIGINT) IS NULL OR id < $1) ORDER BY id DESC LIMIT $2",
);

pub(in crate::accounts) async fn list_users(
    conn: &mut Conn,
    limit: Limit,
    after: Option<UserId>,
) -> Result<Vec<User>> {
    Ok(conn.all(&LIST_USERS, params![after, limit.plus_one()]).await?)
}

// Ranges instead of LIKE: both engines answer them from the indexes.
pub(super) static SEARCH_USERS: Stmt = Stmt::new(
    "SELECT id, email, first_name, last_name, admin_since, suspended_at, created_at FROM users
     WHERE id IN (
        SELECT id FROM users WHERE email_key >= $1 AND email_key < $2
        UNION SELECT id FROM users WHERE name_key >= $1 AND name_key < $2
        UNION SELECT id FROM users WHERE surname_key >= $1 AND surname_key < $2)
     AND erased_at IS NULL AND (CAST($3 AS BIGINT) IS NULL OR id < $3)
     ORDER BY id DESC LIMIT $4",
);

/// The users one of whose keys begins with `prefix`.
pub(in crate::accounts) async fn search_users(
    conn: &mut Conn,
    prefix: &str,
    limit: Limit,
    after: Option<UserId>,
) -> Result<Vec<User>> {
    // Behind every text that begins with the prefix: nothing sorts after the last code point.
    let end = format!("{prefix}\u{10FFFF}");
    Ok(conn.all(&SEARCH_USERS, params![prefix, end, after, limit.plus_one()]).await?)
}

pub(super) static LOCK_ADMINS: Stmt = Stmt::with_postgres(
    "SELECT id FROM users WHERE admin_since IS NOT NULL AND suspended_at IS NULL ORDER BY id LIMIT 10000",
    "SELECT id FROM users WHERE admin_since IS NOT NULL AND suspended_at IS NULL ORDER BY id LIMIT 10000
     FOR NO KEY UPDATE",
);

/// The admins who can log in, as nobody else changes them before this transaction ends.
pub(in crate::accounts) async fn lock_admins(tx: &mut Tx) -> Result<Vec<UserId>> {
    let rows: Vec<(UserId,)> = tx.all(&LOCK_ADMINS, params![]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
