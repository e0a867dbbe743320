//! SQL of the users.

use db::{Conn, Stmt, Tx, params};
use types::{Email, Timestamp, UserId};

use crate::Result;
use crate::accounts::{NewUser, User};

pub(super) static INSERT_USER: Stmt = Stmt::new(
    "INSERT INTO users (id, email, email_key, password_hash, first_name, last_name, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
     ON CONFLICT (email_key) DO NOTHING",
);

/// `false` when the e-mail address is taken.
pub(in crate::accounts) async fn insert_user(
    tx: &mut Tx,
    id: UserId,
    new: &NewUser,
    now: Timestamp,
) -> Result<bool> {
    let (key, hash) = (new.email.key(), new.password.as_str());
    let values = params![id, new.email, key, hash, new.first_name, new.last_name, now];
    Ok(tx.exec(&INSERT_USER, values).await? == 1)
}

pub(super) static SET_ADMIN: Stmt =
    Stmt::new("UPDATE users SET admin_since = $2, updated_at = $3 WHERE id = $1");

pub(in crate::accounts) async fn set_admin(
    tx: &mut Tx,
    user: UserId,
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    tx.exec_n(1, &SET_ADMIN, params![user, since, now]).await?;
    Ok(())
}

pub(super) static FIND_USER: Stmt = Stmt::new(
    "SELECT id, email, first_name, last_name, admin_since, suspended_at, created_at FROM users WHERE id = $1",
);

pub(in crate::accounts) async fn find_user(conn: &mut Conn, id: UserId) -> Result<Option<User>> {
    Ok(conn.opt(&FIND_USER, params![id]).await?)
}

pub(super) static FIND_USER_BY_EMAIL: Stmt = Stmt::new(
    "SELECT id, email, first_name, last_name, admin_since, suspended_at, created_at FROM users
     WHERE email_key = $1",
);

pub(in crate::accounts) async fn find_user_by_email(conn: &mut Conn, email: &Email) -> Result<Option<User>> {
    Ok(conn.opt(&FIND_USER_BY_EMAIL, params![email.key()]).await?)
}

pub(super) static SET_SUSPENDED: Stmt = Stmt::new(
    "UPDATE users SET suspended_at = CASE WHEN CAST($2 AS BIGINT) IS NULL THEN NULL ELSE COALESCE(suspended_at, $2) END,
        updated_at = $3
     WHERE id = $1",
);

/// `false` when there is no such user.
pub(in crate::accounts) async fn set_suspended(
    tx: &mut Tx,
    user: UserId,
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool> {
    Ok(tx.exec(&SET_SUSPENDED, params![user, since, now]).await? == 1)
}
