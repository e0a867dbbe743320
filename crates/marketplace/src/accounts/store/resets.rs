//! SQL of the codes that set a new password.

use db::{Stmt, Tx, params};
use types::{Timestamp, UserId};

use crate::Result;

pub(super) static PUT_RESET: Stmt = Stmt::new(
    "INSERT INTO password_resets (user_id, otp_hash, wrong_tries, expires_at, created_at) VALUES ($1, $2, 0, $3, $4)
     ON CONFLICT (user_id) DO UPDATE SET otp_hash = excluded.otp_hash, wrong_tries = 0,
        expires_at = excluded.expires_at, created_at = excluded.created_at",
);

pub(in crate::accounts) async fn put_reset(
    tx: &mut Tx,
    user: UserId,
    otp_hash: &[u8; 32],
    (now, expires): (Timestamp, Timestamp),
) -> Result<()> {
    tx.exec_n(1, &PUT_RESET, params![user, otp_hash, expires, now]).await?;
    Ok(())
}

pub(super) static TRY_RESET: Stmt = Stmt::new(
    "UPDATE password_resets SET wrong_tries = wrong_tries + 1 WHERE user_id = $1 AND expires_at > $2
     RETURNING otp_hash, wrong_tries",
);

/// A reset of which a code was tried; the try is counted in.
pub(in crate::accounts) struct TriedReset {
    pub(in crate::accounts) otp_hash: Vec<u8>,
    pub(in crate::accounts) wrong_tries: i64,
}

db::from_row!(TriedReset { otp_hash, wrong_tries });

pub(in crate::accounts) async fn try_reset(
    tx: &mut Tx,
    user: UserId,
    now: Timestamp,
) -> Result<Option<TriedReset>> {
    Ok(tx.opt(&TRY_RESET, params![user, now]).await?)
}

pub(super) static DROP_RESET: Stmt = Stmt::new("DELETE FROM password_resets WHERE user_id = $1");

pub(in crate::accounts) async fn drop_reset(tx: &mut Tx, user: UserId) -> Result<()> {
    tx.exec(&DROP_RESET, params![user]).await?;
    Ok(())
}
