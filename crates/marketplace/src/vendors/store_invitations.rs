//! SQL of the invitations into shops.

use db::{Conn, Stmt, Tx, params};
use types::{Email, InvitationId, Limit, Timestamp, VendorId};

use super::{GivenRole, Invitation, Membership};
use crate::Result;

pub(crate) const STATEMENTS: &[&Stmt] =
    &[&COUNT, &PUT, &FIND, &OF_VENDOR, &OF_EMAIL, &DELETE_OF_VENDOR, &TAKE, &DROP_EXPIRED];

static COUNT: Stmt = Stmt::new(
    "SELECT COUNT(*) FROM vendor_invitations WHERE vendor_id = $1 AND email_key <> $2 AND expires_at > $3",
);

/// How many others are invited into a shop.
pub(super) async fn count_others(
    conn: &mut Conn,
    vendor: VendorId,
    email: &Email,
    now: Timestamp,
) -> Result<i64> {
    let (count,): (i64,) = conn.one(&COUNT, params![vendor, email.key(), now]).await?;
    Ok(count)
}

static PUT: Stmt = Stmt::new(
    "INSERT INTO vendor_invitations (id, vendor_id, email, email_key, role, inviter_id, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (vendor_id, email_key) DO UPDATE SET role = excluded.role, inviter_id = excluded.inviter_id,
        expires_at = excluded.expires_at
     RETURNING id",
);

/// The invitation of this address into the shop: the new one, or the one there was, renewed.
pub(super) async fn put(
    tx: &mut Tx,
    id: InvitationId,
    by: &Membership,
    (email, role): (&Email, GivenRole),
    (now, expires): (Timestamp, Timestamp),
) -> Result<InvitationId> {
    let key = email.key();
    let values = params![id, by.vendor, email, key, role, by.user, now, expires];
    let (id,): (InvitationId,) = tx.one(&PUT, values).await?;
    Ok(id)
}

/// The columns of an [`Invitation`].
macro_rules! invitation {
    () => {
        "i.id, i.vendor_id, v.name, i.email, i.role, i.expires_at, i.created_at
         FROM vendor_invitations i JOIN vendors v ON v.id = i.vendor_id"
    };
}

static FIND: Stmt = Stmt::new(concat!("SELECT ", invitation!(), " WHERE i.id = $1"));

pub(super) async fn find(conn: &mut Conn, id: InvitationId) -> Result<Option<Invitation>> {
    Ok(conn.opt(&FIND, params![id]).await?)
}

static OF_VENDOR: Stmt = Stmt::new(concat!(
    "SELECT ",
    invitation!(),
    " WHERE i.vendor_id = $1 AND i.id < $2 AND i.expires_at > $3 ORDER BY i.id DESC LIMIT $4"
));

pub(super) async fn of_vendor(
    conn: &mut Conn,
    vendor: VendorId,
    now: Timestamp,
    limit: Limit,
    after: Option<InvitationId>,
) -> Result<Vec<Invitation>> {
    let before = after.map_or(i64::MAX, InvitationId::as_i64);
    Ok(conn.all(&OF_VENDOR, params![vendor, before, now, limit.plus_one()]).await?)
}

static OF_EMAIL: Stmt = Stmt::new(concat!(
    "SELECT ",
    invitation!(),
    " WHERE i.email_key = $1 AND i.id < $2 AND i.expires_at > $3 AND v.status <> 'rejected'
      ORDER BY i.id DESC LIMIT $4"
));

pub(super) async fn of_email(
    conn: &mut Conn,
    email: &Email,
    now: Timestamp,
    limit: Limit,
    after: Option<InvitationId>,
) -> Result<Vec<Invitation>> {
    let before = after.map_or(i64::MAX, InvitationId::as_i64);
    Ok(conn.all(&OF_EMAIL, params![email.key(), before, now, limit.plus_one()]).await?)
}

static DELETE_OF_VENDOR: Stmt = Stmt::new("DELETE FROM vendor_invitations WHERE vendor_id = $1 AND id = $2");

/// `false` when the shop has no such invitation.
pub(super) async fn delete_of_vendor(tx: &mut Tx, vendor: VendorId, id: InvitationId) -> Result<bool> {
    Ok(tx.exec(&DELETE_OF_VENDOR, params![vendor, id]).await? == 1)
}

/// What is left of an invitation that was answered.
pub(super) struct Taken {
    pub(super) vendor: VendorId,
    pub(super) role: GivenRole,
}

db::from_row!(Taken { vendor, role });

static TAKE: Stmt = Stmt::new(
    "DELETE FROM vendor_invitations WHERE id = $1 AND email_key = $2 AND expires_at > $3
     RETURNING vendor_id, role",
);

/// Ends an invitation for this address; of two who answer at once, one gets it.
pub(super) async fn take(
    tx: &mut Tx,
    id: InvitationId,
    email: &Email,
    now: Timestamp,
) -> Result<Option<Taken>> {
    Ok(tx.opt(&TAKE, params![id, email.key(), now]).await?)
}

static DROP_EXPIRED: Stmt = Stmt::new("DELETE FROM vendor_invitations WHERE expires_at <= $1");

pub(super) async fn drop_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    Ok(tx.exec(&DROP_EXPIRED, params![now]).await?)
}
