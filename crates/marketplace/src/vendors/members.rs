//! Who works in a shop. Only its owner asks for any of this.

use db::{Conn, Tx};
use types::{Email, Limit, Page, UserId, VendorId};

use super::{GivenRole, Member, Role, VendorError, store_members as store};
use crate::error::Refusal;
use crate::{Error, Market, Result, accounts};

/// The members of a shop, in the order of their accounts.
pub async fn members(
    conn: &mut Conn,
    vendor: VendorId,
    limit: Limit,
    after: Option<UserId>,
) -> Result<Page<Member, UserId>> {
    let rows = store::list(conn, vendor, limit, after).await?;
    Ok(Page::cut(rows, limit, |member| member.user))
}

/// One member.
pub async fn find_member(conn: &mut Conn, vendor: VendorId, user: UserId) -> Result<Option<Member>> {
    store::find(conn, vendor, user).await
}

/// Takes the user with this e-mail address into the shop. Nobody with it is a mistake of `/email`; who is
/// in already is refused as `already_member`.
pub async fn add_member(
    tx: &mut Tx,
    market: &Market,
    vendor: VendorId,
    email: &Email,
    role: GivenRole,
) -> Result<Member> {
    let user = accounts::find_user_by_email(tx, email).await?.ok_or_else(|| {
        Error::invalid("/email", "not_found", "nobody with this e-mail address has an account")
    })?;
    if !store::insert(tx, vendor, user.id, role.into(), market.now()).await? {
        return Err(VendorError::AlreadyMember.into());
    }
    expect_member(tx, vendor, user.id).await
}

/// Gives a member another role; the owner's stays.
pub async fn change_role(tx: &mut Tx, vendor: VendorId, user: UserId, role: GivenRole) -> Result<Member> {
    if !store::update_role(tx, vendor, user, role.into()).await? {
        return Err(why_not(tx, vendor, user).await?);
    }
    expect_member(tx, vendor, user).await
}

/// Takes a member out of the shop; the owner stays.
pub async fn remove_member(tx: &mut Tx, vendor: VendorId, user: UserId) -> Result<()> {
    if store::delete(tx, vendor, user).await? { Ok(()) } else { Err(why_not(tx, vendor, user).await?) }
}

async fn expect_member(conn: &mut Conn, vendor: VendorId, user: UserId) -> Result<Member> {
    store::find(conn, vendor, user).await?.ok_or_else(|| Refusal::NotFound.into())
}

/// Why a member could not be changed: there is none, or it is the owner.
async fn why_not(conn: &mut Conn, vendor: VendorId, user: UserId) -> Result<Error> {
    let found = store::find(conn, vendor, user).await?;
    Ok(match found {
        Some(member) if member.role == Role::Owner => VendorError::OwnerStays.into(),
        _ => Refusal::NotFound.into(),
    })
}
