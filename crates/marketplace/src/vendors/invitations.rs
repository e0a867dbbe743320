//! Invitations into a shop, by e-mail: also for somebody who has no account yet.
//!
//! Nothing in the mail is a secret. Whoever has an account with the invited address has proved by a code that
//! the mailbox is theirs, and finds the invitation there.

use db::{Conn, Tx};
use types::{Email, InvitationId, Limit, Page, Timestamp, UserId, VendorId, kind};

use super::{GivenRole, Membership, VendorError, store_invitations as store, store_members};
use crate::error::Refusal;
use crate::notifications::{self, Mail};
use crate::throttle::Rate;
use crate::{Error, Market, Result, accounts};

/// Seconds that an invitation is good for.
pub const INVITATION_SECONDS: i64 = 14 * 86_400;

/// The most invitations of a shop that are open at a time.
pub const MAX_INVITATIONS: i64 = 50;

/// Invitations that a shop mails.
pub const INVITE_BY_VENDOR: Rate = Rate { name: "invite-vendor", tries: 30, seconds: 3_600 };

/// Invitations that are mailed to one address, by whichever shop.
pub const INVITE_BY_RECIPIENT: Rate = Rate { name: "invite-recipient", tries: 5, seconds: 86_400 };

/// An invitation into a shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Identifier.
    pub id: InvitationId,
    /// The shop.
    pub vendor: VendorId,
    /// The shop's name.
    pub vendor_name: String,
    /// Who is invited.
    pub email: Email,
    /// As what.
    pub role: GivenRole,
    /// Until when.
    pub expires_at: Timestamp,
    /// Since when.
    pub created_at: Timestamp,
}

db::from_row!(Invitation { id, vendor, vendor_name, email, role, expires_at, created_at });

/// Invites somebody into the shop and mails them. Whoever is invited already gets another mail and more time,
/// with the new role.
///
/// Refused as `already_member`, or as `too_many_invitations` where [`MAX_INVITATIONS`] are open.
pub async fn invite(
    tx: &mut Tx,
    market: &Market,
    by: &Membership,
    email: &Email,
    role: GivenRole,
) -> Result<Invitation> {
    if let Some(user) = accounts::find_user_by_email(tx, email).await?
        && store_members::find(tx, by.vendor, user.id).await?.is_some()
    {
        return Err(VendorError::AlreadyMember.into());
    }
    let now = market.now();
    if store::count_others(tx, by.vendor, email, now).await? >= MAX_INVITATIONS {
        return Err(VendorError::TooManyInvitations.into());
    }
    let times = (now, now.plus_seconds(INVITATION_SECONDS));
    let id = store::put(tx, market.id::<kind::Invitation>(), by, (email, role), times).await?;
    notifications::send(tx, market, Mail::VendorInvitation { invitation: id.as_i64() }).await?;
    let invitation = store::find(tx, id).await?;
    let invitation = invitation.ok_or_else(|| Error::internal("a new invitation is not there"))?;
    market.journal.about(invitation.id);
    market.journal.with("role", &role);
    Ok(invitation)
}

/// An invitation that is open, or was a short while ago.
pub(crate) async fn find_invitation(conn: &mut Conn, id: InvitationId) -> Result<Option<Invitation>> {
    store::find(conn, id).await
}

/// The open invitations of a shop, newest first.
pub async fn invitations(
    conn: &mut Conn,
    market: &Market,
    vendor: VendorId,
    limit: Limit,
    after: Option<InvitationId>,
) -> Result<Page<Invitation, InvitationId>> {
    let rows = store::of_vendor(conn, vendor, market.now(), limit, after).await?;
    Ok(Page::cut(rows, limit, |invitation| invitation.id))
}

/// Takes an invitation of the shop back.
pub async fn withdraw_invitation(tx: &mut Tx, vendor: VendorId, invitation: InvitationId) -> Result<()> {
    if store::delete_of_vendor(tx, vendor, invitation).await? {
        Ok(())
    } else {
        Err(Refusal::NotFound.into())
    }
}

/// The open invitations for somebody's e-mail address, newest first.
pub async fn invitations_for(
    conn: &mut Conn,
    market: &Market,
    user: UserId,
    limit: Limit,
    after: Option<InvitationId>,
) -> Result<Page<Invitation, InvitationId>> {
    let email = email_of(conn, user).await?;
    let rows = store::of_email(conn, &email, market.now(), limit, after).await?;
    Ok(Page::cut(rows, limit, |invitation| invitation.id))
}

/// An open invitation for somebody's e-mail address.
pub async fn invitation_for(
    conn: &mut Conn,
    market: &Market,
    user: UserId,
    invitation: InvitationId,
) -> Result<Option<Invitation>> {
    let email = email_of(conn, user).await?;
    let found = store::find(conn, invitation).await?;
    Ok(found.filter(|found| found.email.key() == email.key() && found.expires_at > market.now()))
}

/// Makes the user, whose address was invited, a member. An invitation is good once.
pub async fn accept_invitation(
    tx: &mut Tx,
    market: &Market,
    user: UserId,
    invitation: InvitationId,
) -> Result<VendorId> {
    let email = email_of(tx, user).await?;
    let now = market.now();
    let taken = store::take(tx, invitation, &email, now).await?.ok_or(Refusal::NotFound)?;
    if !store_members::insert(tx, taken.vendor, user, taken.role.into(), now).await? {
        return Err(VendorError::AlreadyMember.into());
    }
    Ok(taken.vendor)
}

/// Turns an invitation for the user's address down.
pub async fn decline_invitation(
    tx: &mut Tx,
    market: &Market,
    user: UserId,
    invitation: InvitationId,
) -> Result<()> {
    let email = email_of(tx, user).await?;
    store::take(tx, invitation, &email, market.now()).await?.ok_or(Refusal::NotFound)?;
    Ok(())
}

/// Drops what nobody has answered in time.
pub async fn sweep_invitations(tx: &mut Tx, market: &Market) -> Result<u64> {
    store::drop_expired(tx, market.now()).await
}

async fn email_of(conn: &mut Conn, user: UserId) -> Result<Email> {
    Ok(accounts::find_user(conn, user).await?.ok_or(Refusal::NotFound)?.email)
}
