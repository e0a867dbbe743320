//! SQL of the e-mail addresses that wait to be confirmed.

use db::{ConstraintKind, Stmt, Tx, params};
use types::{Email, Timestamp, UserId};

use crate::Result;

pub(super) static PUT_EMAIL_CHANGE: Stmt = Stmt::new(
    "INSERT INTO email_changes (user_id, email, old_otp_hash, new_otp_hash, wrong_tries, expires_at, created_at)
     VALUES ($1, $2, $3, $4, 0, $5, $6)
     ON CONFLICT (user_id) DO UPDATE SET email = excluded.email, old_otp_hash = excluded.old_otp_hash,
        new_otp_hash = excluded.new_otp_hash, wrong_tries = 0, expires_at = excluded.expires_at,
        created_at = excluded.created_at",
);

pub(in crate::accounts) async fn put_email_change(
    tx: &mut Tx,
    user: UserId,
    email: &Email,
    (old, new): (&[u8; 32], &[u8; 32]),
    (now, expires): (Timestamp, Timestamp),
) -> Result<()> {
    tx.exec_n(1, &PUT_EMAIL_CHANGE, params![user, email, old, new, expires, now]).await?;
    Ok(())
}

pub(super) static TRY_EMAIL_CHANGE: Stmt = Stmt::new(
    "UPDATE email_changes SET wrong_tries = wrong_tries + 1 WHERE user_id = $1 AND expires_at > $2
     RETURNING email, old_otp_hash, new_otp_hash, wrong_tries",
);

/// A change whose codes were tried; the try is counted in.
pub(in crate::accounts) struct TriedEmailChange {
    pub(in crate::accounts) email: Email,
    pub(in crate::accounts) old_otp_hash: Vec<u8>,
    pub(in crate::accounts) new_otp_hash: Vec<u8>,
    pub(in crate::accounts) wrong_tries: i64,
}

db::from_row!(TriedEmailChange { email, old_otp_hash, new_otp_hash, wrong_tries });

pub(in crate::accounts) async fn try_email_change(
    tx: &mut Tx,
    user: UserId,
    now: Timestamp,
) -> Result<Option<TriedEmailChange>> {
    Ok(tx.opt(&TRY_EMAIL_CHANGE, params![user, now]).await?)
}

pub(super) static DROP_EMAIL_CHANGE: Stmt = Stmt::new("DELETE FROM email_changes WHERE user_id = $1");

pub(in crate::accounts) async fn drop_email_change(tx: &mut Tx, user: UserId) -> Result<()> {
    tx.exec(&DROP_EMAIL_CHANGE, params![user]).await?;
    Ok(())
}

pub(super) static SET_EMAIL: Stmt = Stmt::new(
    "UPDATE users SET email = $2, email_key = $3, person_key = $5, updated_at = $4
     WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM users o WHERE o.email_key = $3 AND o.id <> $1)",
);

/// `false` when another user has the address; one who takes it at this very moment is refused as
/// `email_taken`, and the transaction with it.
pub(in crate::accounts) async fn set_email(
    tx: &mut Tx,
    user: UserId,
    email: &Email,
    now: Timestamp,
) -> Result<bool> {
    match tx.exec(&SET_EMAIL, params![user, email, email.key(), now, email.person_key()]).await {
        Ok(changed) => Ok(changed == 1),
        Err(error) if error.is_constraint(ConstraintKind::Unique) => {
            Err(crate::accounts::AccountError::EmailTaken.into())
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) static SWEEP_EMAIL_CHANGES: Stmt = Stmt::new(
    "DELETE FROM email_changes WHERE user_id IN
        (SELECT user_id FROM email_changes WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
);

pub(in crate::accounts) async fn sweep_email_changes(tx: &mut Tx, now: Timestamp, batch: i64) -> Result<u64> {
    Ok(tx.exec(&SWEEP_EMAIL_CHANGES, params![now, batch]).await?)
}
