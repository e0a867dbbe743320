//! SQL of the users.

use db::{Conn, Stmt, Tx, params};
use types::{Email, Line, Timestamp, UserId};

use crate::Result;
use crate::accounts::directory::name_keys;
use crate::accounts::{Credentials, NewUser, PasswordHash, User};

pub(super) static INSERT_USER: Stmt = Stmt::new(
    "INSERT INTO users (id, email, email_key, password_hash, first_name, last_name, created_at, updated_at,
        name_key, surname_key, person_key)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10)
     ON CONFLICT (email_key) DO NOTHING",
);

/// `false` when the e-mail address is taken.
pub(in crate::accounts) async fn insert_user(
    tx: &mut Tx,
    id: UserId,
    new: &NewUser,
    now: Timestamp,
) -> Result<bool> {
    let (key, person, hash) = (new.email.key(), new.email.person_key(), new.password.as_str());
    let (name, surname) = name_keys(new.first_name.as_str(), new.last_name.as_ref().map(Line::as_str));
    let values = params![id, new.email, key, hash, new.first_name, new.last_name, now, name, surname, person];
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
    "SELECT id, email, first_name, last_name, admin_since, suspended_at, created_at FROM users
     WHERE id = $1 AND erased_at IS NULL",
);

pub(in crate::accounts) async fn find_user(conn: &mut Conn, id: UserId) -> Result<Option<User>> {
    Ok(conn.opt(&FIND_USER, params![id]).await?)
}

pub(super) static FIND_USER_BY_EMAIL: Stmt = Stmt::new(
    "SELECT id, email, first_name, last_name, admin_since, suspended_at, created_at FROM users
     WHERE email_key = $1 AND erased_at IS NULL",
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

pub(super) static SET_NAMES: Stmt = Stmt::new(
    "UPDATE users SET first_name = $2, last_name = $3, updated_at = $4, name_key = $5, surname_key = $6
     WHERE id = $1",
);

pub(in crate::accounts) async fn set_names(
    tx: &mut Tx,
    user: UserId,
    first_name: &str,
    last_name: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let (name, surname) = name_keys(first_name, last_name);
    tx.exec_n(1, &SET_NAMES, params![user, first_name, last_name, now, name, surname]).await?;
    Ok(())
}

pub(super) static CREDENTIALS: Stmt = Stmt::new("SELECT id, password_hash FROM users WHERE id = $1");

pub(in crate::accounts) async fn credentials(conn: &mut Conn, user: UserId) -> Result<Option<Credentials>> {
    Ok(conn.opt(&CREDENTIALS, params![user]).await?)
}

pub(super) static CREDENTIALS_BY_EMAIL: Stmt =
    Stmt::new("SELECT id, password_hash FROM users WHERE email_key = $1");

pub(in crate::accounts) async fn credentials_by_email(
    conn: &mut Conn,
    email: &Email,
) -> Result<Option<Credentials>> {
    Ok(conn.opt(&CREDENTIALS_BY_EMAIL, params![email.key()]).await?)
}

pub(super) static LOCK_USER: Stmt = Stmt::with_postgres(
    "SELECT password_hash, suspended_at FROM users WHERE id = $1 AND erased_at IS NULL",
    "SELECT password_hash, suspended_at FROM users WHERE id = $1 AND erased_at IS NULL FOR NO KEY UPDATE",
);

/// What decides whether a user may log in, while nobody else changes it.
pub(in crate::accounts) struct LockedUser {
    pub(in crate::accounts) password: PasswordHash,
    pub(in crate::accounts) suspended_at: Option<Timestamp>,
}

db::from_row!(LockedUser { password, suspended_at });

pub(in crate::accounts) async fn lock_user(tx: &mut Tx, user: UserId) -> Result<Option<LockedUser>> {
    Ok(tx.opt(&LOCK_USER, params![user]).await?)
}

pub(super) static SET_PASSWORD: Stmt =
    Stmt::new("UPDATE users SET password_hash = $2, updated_at = $3 WHERE id = $1");

pub(in crate::accounts) async fn set_password(
    tx: &mut Tx,
    user: UserId,
    hash: &PasswordHash,
    now: Timestamp,
) -> Result<()> {
    tx.exec_n(1, &SET_PASSWORD, params![user, hash.as_str(), now]).await?;
    Ok(())
}
