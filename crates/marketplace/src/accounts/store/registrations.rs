//! SQL of the registrations that wait for their code.
//!
//! One whose e-mail address has become a user's is dead: no statement finds it any more.

use db::{Conn, Row, Stmt, Tx, params};
use types::{Email, Timestamp};

use crate::Result;
use crate::accounts::NewUser;

/// A registration to be held.
pub(in crate::accounts) struct Hold<'a> {
    pub(in crate::accounts) id_hash: [u8; 32],
    pub(in crate::accounts) user: &'a NewUser,
    pub(in crate::accounts) vendor: Option<String>,
    pub(in crate::accounts) otp_hash: [u8; 32],
    pub(in crate::accounts) now: Timestamp,
    pub(in crate::accounts) expires: Timestamp,
}

pub(super) static HOLD_REGISTRATION: Stmt = Stmt::new(
    "INSERT INTO pending_registrations (id_hash, email, email_key, slot, password_hash, first_name, last_name, vendor,
        otp_hash, sent_at, expires_at, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $10)
     ON CONFLICT (email_key, slot) DO UPDATE SET id_hash = excluded.id_hash, email = excluded.email,
        password_hash = excluded.password_hash, first_name = excluded.first_name, last_name = excluded.last_name,
        vendor = excluded.vendor, otp_hash = excluded.otp_hash, wrong_tries = 0, resends = 0,
        sent_at = excluded.sent_at, expires_at = excluded.expires_at, created_at = excluded.created_at
        WHERE pending_registrations.expires_at <= $10",
);

/// `false` when another registration waits in this slot.
pub(in crate::accounts) async fn hold_registration(tx: &mut Tx, slot: i64, hold: &Hold<'_>) -> Result<bool> {
    let user = hold.user;
    let (email_key, password_hash) = (user.email.key(), user.password.as_str());
    let values = params![
        hold.id_hash,
        user.email,
        email_key,
        slot,
        password_hash,
        user.first_name,
        user.last_name,
        hold.vendor,
        hold.otp_hash,
        hold.now,
        hold.expires
    ];
    Ok(tx.exec(&HOLD_REGISTRATION, values).await? == 1)
}

pub(super) static FIRST_REGISTRATION_END: Stmt =
    Stmt::new("SELECT MIN(expires_at) FROM pending_registrations WHERE email_key = $1");

pub(in crate::accounts) async fn first_registration_end(
    conn: &mut Conn,
    email: &Email,
) -> Result<Option<Timestamp>> {
    let (end,): (Option<Timestamp>,) = conn.one(&FIRST_REGISTRATION_END, params![email.key()]).await?;
    Ok(end)
}

/// A registration of which a code was tried; the try is counted in.
pub(in crate::accounts) struct Held {
    pub(in crate::accounts) user: NewUser,
    pub(in crate::accounts) vendor: Option<String>,
    pub(in crate::accounts) otp_hash: Vec<u8>,
    pub(in crate::accounts) wrong_tries: i64,
}

impl db::FromRow for Held {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let held = Self {
            user: NewUser {
                email: columns.read()?,
                password: columns.read()?,
                first_name: columns.read()?,
                last_name: columns.read()?,
            },
            vendor: columns.read()?,
            otp_hash: columns.read()?,
            wrong_tries: columns.read()?,
        };
        columns.finish()?;
        Ok(held)
    }
}

// Counts first and looks after: the row stays locked, so that tries at the same time are counted one by one.
pub(super) static TRY_REGISTRATION: Stmt = Stmt::new(
    "UPDATE pending_registrations SET wrong_tries = wrong_tries + 1
     WHERE id_hash = $1 AND expires_at > $2
        AND NOT EXISTS (SELECT 1 FROM users u WHERE u.email_key = pending_registrations.email_key)
     RETURNING email, password_hash, first_name, last_name, vendor, otp_hash, wrong_tries",
);

pub(in crate::accounts) async fn try_registration(
    tx: &mut Tx,
    id_hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<Held>> {
    Ok(tx.opt(&TRY_REGISTRATION, params![id_hash, now]).await?)
}

pub(super) static DROP_REGISTRATION: Stmt = Stmt::new("DELETE FROM pending_registrations WHERE id_hash = $1");

pub(in crate::accounts) async fn drop_registration(tx: &mut Tx, id_hash: &[u8; 32]) -> Result<()> {
    tx.exec_n(1, &DROP_REGISTRATION, params![id_hash]).await?;
    Ok(())
}

// On PostgreSQL one that is being verified right now is left to that transaction, which finds the address
// taken: waiting for it while it waits for the new user would be a deadlock.
pub(super) static DROP_REGISTRATIONS_OF: Stmt = Stmt::with_postgres(
    "DELETE FROM pending_registrations WHERE email_key = $1",
    "DELETE FROM pending_registrations WHERE id_hash IN
        (SELECT id_hash FROM pending_registrations WHERE email_key = $1 FOR UPDATE SKIP LOCKED)",
);

pub(in crate::accounts) async fn drop_registrations_of(tx: &mut Tx, email: &Email) -> Result<()> {
    tx.exec(&DROP_REGISTRATIONS_OF, params![email.key()]).await?;
    Ok(())
}

/// How often and how soon a code is sent again.
#[derive(Clone, Copy)]
pub(in crate::accounts) struct ResendLimits {
    pub(in crate::accounts) max: i64,
    pub(in crate::accounts) sent_before: Timestamp,
}

pub(super) static RENEW_REGISTRATION: Stmt = Stmt::new(
    "UPDATE pending_registrations SET otp_hash = $2, sent_at = $3, expires_at = $4, resends = resends + 1
     WHERE id_hash = $1 AND expires_at > $3 AND resends < $5 AND sent_at <= $6
        AND NOT EXISTS (SELECT 1 FROM users u WHERE u.email_key = pending_registrations.email_key)
     RETURNING email, first_name",
);

/// Replaces the code, unless that is not due yet; whom to mail it to.
pub(in crate::accounts) async fn renew_registration(
    tx: &mut Tx,
    id_hash: &[u8; 32],
    otp_hash: &[u8; 32],
    limits: ResendLimits,
    (now, expires): (Timestamp, Timestamp),
) -> Result<Option<(Email, String)>> {
    let values = params![id_hash, otp_hash, now, expires, limits.max, limits.sent_before];
    Ok(tx.opt(&RENEW_REGISTRATION, values).await?)
}

pub(super) static REGISTRATION_SENDS: Stmt = Stmt::new(
    "SELECT resends, sent_at, expires_at FROM pending_registrations
     WHERE id_hash = $1 AND expires_at > $2
        AND NOT EXISTS (SELECT 1 FROM users u WHERE u.email_key = pending_registrations.email_key)",
);

/// What was sent of a registration so far.
pub(in crate::accounts) struct Sends {
    pub(in crate::accounts) resends: i64,
    pub(in crate::accounts) sent_at: Timestamp,
    pub(in crate::accounts) expires_at: Timestamp,
}

db::from_row!(Sends { resends, sent_at, expires_at });

pub(in crate::accounts) async fn registration_sends(
    conn: &mut Conn,
    id_hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<Sends>> {
    Ok(conn.opt(&REGISTRATION_SENDS, params![id_hash, now]).await?)
}
