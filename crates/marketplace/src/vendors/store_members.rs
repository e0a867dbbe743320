//! SQL of who works in a shop.

use db::{Conn, Stmt, Tx, params};
use types::{Limit, Timestamp, UserId, VendorId};

use super::{Member, Membership, Role, VendorRef};
use crate::Result;

pub(crate) const STATEMENTS: &[&Stmt] =
    &[&MEMBERSHIPS, &MEMBERSHIP_IN, &INSERT, &LIST, &FIND, &UPDATE_ROLE, &SET_ROLE, &DELETE];

static MEMBERSHIPS: Stmt = Stmt::new(
    "SELECT m.vendor_id, m.user_id, m.role, v.status
     FROM vendor_members m JOIN vendors v ON v.id = m.vendor_id
     WHERE m.user_id = $1 ORDER BY m.vendor_id DESC LIMIT 100",
);

/// The shops and applications of a user, newest first.
pub(super) async fn memberships(conn: &mut Conn, user: UserId) -> Result<Vec<Membership>> {
    Ok(conn.all(&MEMBERSHIPS, params![user]).await?)
}

static MEMBERSHIP_IN: Stmt = Stmt::new(
    "SELECT m.vendor_id, m.user_id, m.role, v.status
     FROM vendor_members m JOIN vendors v ON v.id = m.vendor_id
     WHERE m.user_id = $1 AND (m.vendor_id = CAST($2 AS BIGINT) OR v.slug = CAST($3 AS TEXT))",
);

pub(super) async fn membership_in(
    conn: &mut Conn,
    user: UserId,
    vendor: &VendorRef,
) -> Result<Option<Membership>> {
    let (id, slug) = vendor.parts();
    Ok(conn.opt(&MEMBERSHIP_IN, params![user, id, slug]).await?)
}

static INSERT: Stmt = Stmt::new(
    "INSERT INTO vendor_members (vendor_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (vendor_id, user_id) DO NOTHING",
);

/// `false` when the user is a member already.
pub(super) async fn insert(
    tx: &mut Tx,
    vendor: VendorId,
    user: UserId,
    role: Role,
    now: Timestamp,
) -> Result<bool> {
    Ok(tx.exec(&INSERT, params![vendor, user, role, now]).await? == 1)
}

static LIST: Stmt = Stmt::new(
    "SELECT m.user_id, u.email, u.first_name, u.last_name, m.role, m.created_at
     FROM vendor_members m JOIN users u ON u.id = m.user_id
     WHERE m.vendor_id = $1 AND (CAST($2 AS BIGINT) IS NULL OR m.user_id > $2)
     ORDER BY m.user_id LIMIT $3",
);

pub(super) async fn list(
    conn: &mut Conn,
    vendor: VendorId,
    limit: Limit,
    after: Option<UserId>,
) -> Result<Vec<Member>> {
    Ok(conn.all(&LIST, params![vendor, after, limit.plus_one()]).await?)
}

static FIND: Stmt = Stmt::new(
    "SELECT m.user_id, u.email, u.first_name, u.last_name, m.role, m.created_at
     FROM vendor_members m JOIN users u ON u.id = m.user_id
     WHERE m.vendor_id = $1 AND m.user_id = $2",
);

pub(super) async fn find(conn: &mut Conn, vendor: VendorId, user: UserId) -> Result<Option<Member>> {
    Ok(conn.opt(&FIND, params![vendor, user]).await?)
}

static UPDATE_ROLE: Stmt = Stmt::new(
    "UPDATE vendor_members SET role = $3 WHERE vendor_id = $1 AND user_id = $2 AND role <> 'owner'",
);

/// `false` when there is no such member, or it is the owner.
pub(super) async fn update_role(tx: &mut Tx, vendor: VendorId, user: UserId, role: Role) -> Result<bool> {
    Ok(tx.exec(&UPDATE_ROLE, params![vendor, user, role]).await? == 1)
}

static SET_ROLE: Stmt =
    Stmt::new("UPDATE vendor_members SET role = $3 WHERE vendor_id = $1 AND user_id = $2");

/// Gives a member whatever role: when the shop gets another owner.
pub(super) async fn set_role(tx: &mut Tx, vendor: VendorId, user: UserId, role: Role) -> Result<()> {
    tx.exec_n(1, &SET_ROLE, params![vendor, user, role]).await?;
    Ok(())
}

static DELETE: Stmt =
    Stmt::new("DELETE FROM vendor_members WHERE vendor_id = $1 AND user_id = $2 AND role <> 'owner'");

/// `false` when there is no such member, or it is the owner.
pub(super) async fn delete(tx: &mut Tx, vendor: VendorId, user: UserId) -> Result<bool> {
    Ok(tx.exec(&DELETE, params![vendor, user]).await? == 1)
}
