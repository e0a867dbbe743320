//! SQL of two-factor login.

use db::{Conn, Stmt, Tx, params};
use types::{Timestamp, UserId};

use crate::Result;

pub(super) static TWO_FACTOR_SINCE: Stmt = Stmt::new("SELECT two_factor_since FROM users WHERE id = $1");

/// Since when this user logs in with two factors.
pub(in crate::accounts) async fn two_factor_since(
    conn: &mut Conn,
    user: UserId,
) -> Result<Option<Timestamp>> {
    let found: Option<(Option<Timestamp>,)> = conn.opt(&TWO_FACTOR_SINCE, params![user]).await?;
    Ok(found.and_then(|(since,)| since))
}

pub(super) static PUT_TWO_FACTOR: Stmt = Stmt::new(
    "INSERT INTO two_factors (user_id, sealed_secret, last_step, created_at) VALUES ($1, $2, 0, $3)
     ON CONFLICT (user_id) DO UPDATE SET sealed_secret = excluded.sealed_secret, last_step = 0,
        created_at = excluded.created_at
        WHERE two_factors.confirmed_at IS NULL",
);

pub(in crate::accounts) async fn put_two_factor(
    tx: &mut Tx,
    user: UserId,
    sealed: &[u8],
    now: Timestamp,
) -> Result<()> {
    tx.exec_n(1, &PUT_TWO_FACTOR, params![user, sealed, now]).await?;
    Ok(())
}

pub(super) static WAITING_TWO_FACTOR: Stmt = Stmt::new(
    "SELECT sealed_secret FROM two_factors WHERE user_id = $1 AND confirmed_at IS NULL AND created_at > $2",
);

/// The sealed secret that waits for its first code, when it was made after `since`.
pub(in crate::accounts) async fn waiting_two_factor(
    conn: &mut Conn,
    user: UserId,
    since: Timestamp,
) -> Result<Option<Vec<u8>>> {
    let found: Option<(Vec<u8>,)> = conn.opt(&WAITING_TWO_FACTOR, params![user, since]).await?;
    Ok(found.map(|(sealed,)| sealed))
}

pub(super) static TWO_FACTOR_SECRET: Stmt =
    Stmt::new("SELECT sealed_secret FROM two_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL");

/// The sealed secret that logins are checked with.
pub(in crate::accounts) async fn two_factor_secret(conn: &mut Conn, user: UserId) -> Result<Option<Vec<u8>>> {
    let found: Option<(Vec<u8>,)> = conn.opt(&TWO_FACTOR_SECRET, params![user]).await?;
    Ok(found.map(|(sealed,)| sealed))
}

pub(super) static CONFIRM_TWO_FACTOR: Stmt =
    Stmt::new("UPDATE two_factors SET confirmed_at = $3, last_step = $2 WHERE user_id = $1");

pub(super) static SET_TWO_FACTOR_SINCE: Stmt =
    Stmt::new("UPDATE users SET two_factor_since = $2, updated_at = $3 WHERE id = $1");

pub(in crate::accounts) async fn confirm_two_factor(
    tx: &mut Tx,
    user: UserId,
    step: i64,
    now: Timestamp,
) -> Result<()> {
    tx.exec_n(1, &CONFIRM_TWO_FACTOR, params![user, step, now]).await?;
    tx.exec_n(1, &SET_TWO_FACTOR_SINCE, params![user, Some(now), now]).await?;
    Ok(())
}

pub(super) static TAKE_STEP: Stmt =
    Stmt::new("UPDATE two_factors SET last_step = $2 WHERE user_id = $1 AND last_step < $2");

/// `false` when a code of this time step, or of a later one, was taken before.
pub(in crate::accounts) async fn take_step(tx: &mut Tx, user: UserId, step: i64) -> Result<bool> {
    Ok(tx.exec(&TAKE_STEP, params![user, step]).await? == 1)
}

pub(super) static DROP_TWO_FACTOR: Stmt = Stmt::new("DELETE FROM two_factors WHERE user_id = $1");

/// `false` when there was none.
pub(in crate::accounts) async fn drop_two_factor(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<bool> {
    let dropped = tx.exec(&DROP_TWO_FACTOR, params![user]).await? == 1;
    tx.exec(&SET_TWO_FACTOR_SINCE, params![user, None::<Timestamp>, now]).await?;
    Ok(dropped)
}

pub(super) static INSERT_RECOVERY_CODE: Stmt =
    Stmt::new("INSERT INTO recovery_codes (user_id, code_hash) VALUES ($1, $2)");

pub(in crate::accounts) async fn insert_recovery_code(
    tx: &mut Tx,
    user: UserId,
    hash: &[u8; 32],
) -> Result<()> {
    tx.exec_n(1, &INSERT_RECOVERY_CODE, params![user, hash]).await?;
    Ok(())
}

pub(super) static TAKE_RECOVERY_CODE: Stmt =
    Stmt::new("DELETE FROM recovery_codes WHERE user_id = $1 AND code_hash = $2");

/// `false` when it is none, or was used.
pub(in crate::accounts) async fn take_recovery_code(
    tx: &mut Tx,
    user: UserId,
    hash: &[u8; 32],
) -> Result<bool> {
    Ok(tx.exec(&TAKE_RECOVERY_CODE, params![user, hash]).await? == 1)
}

pub(super) static DROP_RECOVERY_CODES: Stmt = Stmt::new("DELETE FROM recovery_codes WHERE user_id = $1");

pub(in crate::accounts) async fn drop_recovery_codes(tx: &mut Tx, user: UserId) -> Result<()> {
    tx.exec(&DROP_RECOVERY_CODES, params![user]).await?;
    Ok(())
}

pub(super) static RECOVERY_CODES_LEFT: Stmt =
    Stmt::new("SELECT COUNT(*) FROM recovery_codes WHERE user_id = $1");

pub(in crate::accounts) async fn recovery_codes_left(conn: &mut Conn, user: UserId) -> Result<i64> {
    let (left,): (i64,) = conn.one(&RECOVERY_CODES_LEFT, params![user]).await?;
    Ok(left)
}
