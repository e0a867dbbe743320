//! Vendors: shops, who works in them, and what the marketplace's admins decide on them.
//!
//! Invariants: a user has at most one pending application and owns at most one shop (accepted or
//! suspended), which two unique indexes hold under any concurrency; every decision is a guarded update
//! with an entry in the history; a shop has one owner at any time; only an accepted vendor is public.

mod error;
mod invitations;
mod logo;
mod members;
mod model;
mod profile;
mod review;
mod store;
mod store_invitations;
mod store_members;
mod transfer;

pub use error::VendorError;
pub use invitations::{
    INVITATION_SECONDS, INVITE_BY_RECIPIENT, INVITE_BY_VENDOR, Invitation, MAX_INVITATIONS,
    accept_invitation, decline_invitation, invitation_for, invitations, invitations_for, invite,
    sweep_invitations, withdraw_invitation,
};
pub use logo::{remove_logo, set_logo};
pub use members::{add_member, change_role, find_member, members, remove_member};
pub use model::{
    Application, Changes, Decision, GivenRole, Member, Membership, Review, Role, Terms, Vendor, VendorStatus,
};
pub use profile::edit;
pub use review::{review, reviews};
pub use transfer::transfer;

pub(crate) use invitations::find_invitation;
pub(crate) use logo::{forget_logos, with_logo};
pub(crate) use store::STATEMENTS;
pub(crate) use store_invitations::STATEMENTS as INVITATION_STATEMENTS;
pub(crate) use store_members::STATEMENTS as MEMBER_STATEMENTS;

use db::{Conn, Tx};
use types::{IdOrSlug, Limit, Page, Rating, Slug, UserId, VendorId, kind};

use crate::changes::{self, Change};
use crate::error::Refusal;
use crate::notifications::{self, Mail};
use crate::slugs::{self, Named};
use crate::{Error, Market, Result};

/// Names a vendor by its identifier or its slug.
pub type VendorRef = IdOrSlug<kind::Vendor>;

/// Days in which somebody who was rejected may not apply again.
pub const DAYS_AFTER_REJECTION: i64 = 10;

/// Numbers that are tried behind a slug that is taken, before the vendor's identifier is.
const SLUG_NUMBERS: std::ops::Range<u32> = 2..10;

/// Enrols `owner` as a vendor, pending until an admin decides, and mails them that it arrived.
///
/// Refused as `vendor_pending_exists`, `vendor_accepted_exists` or `vendor_recently_rejected`.
pub async fn enrol(tx: &mut Tx, market: &Market, owner: UserId, application: &Application) -> Result<Vendor> {
    let vendor = apply(tx, market, owner, application).await?;
    notifications::send(tx, market, Mail::VendorApplied { vendor: vendor.id.as_i64() }).await?;
    Ok(vendor)
}

/// Opens a shop for somebody who did not apply, as imports of whole catalogues do: accepted, and nobody is
/// mailed. Refused like [`enrol`].
pub async fn establish(
    tx: &mut Tx,
    market: &Market,
    owner: UserId,
    application: &Application,
) -> Result<Vendor> {
    let vendor = apply(tx, market, owner, application).await?;
    if !store::decide(tx, vendor.id, &Decision::Accept, owner, market.now()).await? {
        return Err(VendorError::AcceptedExists.into());
    }
    changes::record(tx, market, &[Change::Vendor(vendor.id)]).await?;
    find(tx, vendor.id).await?.ok_or_else(|| Error::internal("a new vendor is not there"))
}

async fn apply(tx: &mut Tx, market: &Market, owner: UserId, application: &Application) -> Result<Vendor> {
    let id = market.id::<kind::Vendor>();
    refuse_if_not_eligible(tx, market, owner).await?;
    let base = Slug::from_title(application.name.as_str());
    let numbered = SLUG_NUMBERS.map(|number| base.with_suffix(&number.to_string()));
    let last = base.with_suffix(&id.to_string().replace('_', "-"));
    for slug in std::iter::once(base.clone()).chain(numbered).chain([last]) {
        if slugs::find(tx, Named::Vendor, slug.as_str()).await?.is_some() {
            continue;
        }
        if store::insert(tx, id, owner, &slug, application, market.now()).await? {
            store_members::insert(tx, id, owner, Role::Owner, market.now()).await?;
            return find(tx, id).await?.ok_or_else(|| Error::internal("a new vendor is not there"));
        }
        // Another application of the same user may have come in between; else the slug is taken.
        refuse_if_not_eligible(tx, market, owner).await?;
    }
    Err(Error::internal("no slug could be found for a vendor"))
}

async fn refuse_if_not_eligible(conn: &mut Conn, market: &Market, owner: UserId) -> Result<()> {
    let since = market.now().plus_seconds(-DAYS_AFTER_REJECTION * 86_400);
    let standing = store::standing(conn, owner, since).await?;
    let has = |wanted: &[VendorStatus]| standing.iter().any(|(status,)| wanted.contains(status));
    if has(&[VendorStatus::Pending]) {
        Err(VendorError::PendingExists.into())
    } else if has(&[VendorStatus::Accepted, VendorStatus::Suspended]) {
        Err(VendorError::AcceptedExists.into())
    } else if has(&[VendorStatus::Rejected]) {
        Err(VendorError::RecentlyRejected.into())
    } else {
        Ok(())
    }
}

/// The vendor, in whatever state.
pub async fn find(conn: &mut Conn, id: VendorId) -> Result<Option<Vendor>> {
    store::find(conn, &id.into()).await
}

/// The vendor that has this identifier or slug, or had this slug, in whatever state.
pub async fn find_by(conn: &mut Conn, vendor: &VendorRef) -> Result<Option<Vendor>> {
    let found = store::find(conn, vendor).await?;
    match vendor {
        VendorRef::Slug(slug) if found.is_none() => {
            let former = slugs::find(conn, Named::Vendor, slug).await?;
            let Some(former) = former else { return Ok(None) };
            find(conn, VendorId::from_i64(former)).await
        }
        _ => Ok(found),
    }
}

/// The vendor as nobody else can change it before this transaction ends.
pub async fn lock(tx: &mut Tx, id: VendorId) -> Result<Option<Vendor>> {
    store::lock(tx, id).await
}

/// The accepted vendors, newest first.
pub async fn list_open(
    conn: &mut Conn,
    limit: Limit,
    after: Option<VendorId>,
) -> Result<Page<Vendor, VendorId>> {
    list(conn, Some(VendorStatus::Accepted), limit, after).await
}

/// The vendors in this state, or in all, newest first: for admins.
pub async fn list(
    conn: &mut Conn,
    status: Option<VendorStatus>,
    limit: Limit,
    after: Option<VendorId>,
) -> Result<Page<Vendor, VendorId>> {
    let rows = store::list(conn, status, limit, after).await?;
    Ok(Page::cut(rows, limit, |vendor| vendor.id))
}

/// The shops and applications of a user with their role in each, newest first.
pub async fn of_user(
    conn: &mut Conn,
    user: UserId,
    limit: Limit,
    after: Option<VendorId>,
) -> Result<Page<(Vendor, Role), VendorId>> {
    let rows = store::of_user(conn, user, limit, after).await?;
    Ok(Page::cut(rows, limit, |(vendor, _)| vendor.id))
}

/// The shop that `user` acts for: the one that is named, or the one they belong to.
///
/// Who belongs to no shop, or not to the named one, is refused as `forbidden`. Somebody of several has to name
/// one: see [`only_membership`].
pub async fn membership(conn: &mut Conn, user: UserId, vendor: Option<&VendorRef>) -> Result<Membership> {
    let Some(vendor) = vendor else {
        let only = only_membership(conn, user).await?;
        let detail = "you belong to several shops: name one as `?vendor=`";
        return only.ok_or_else(|| Error::invalid("/vendor", "required", detail));
    };
    let found = store_members::membership_in(conn, user, vendor).await?;
    if let (None, VendorRef::Slug(_)) = (found, vendor)
        && let Some(vendor) = find_by(conn, vendor).await?
    {
        // By a slug that it had before.
        return authorise(conn, user, vendor.id, |_| true).await;
    }
    found.ok_or_else(|| Refusal::Forbidden.into())
}

/// The shop that `user` acts for without naming it; `None` for somebody of several open or suspended ones.
///
/// Who belongs to no shop is refused as `forbidden`. Applications count only where there is no shop: a pending
/// one before those that were rejected, the latest of them.
pub async fn only_membership(conn: &mut Conn, user: UserId) -> Result<Option<Membership>> {
    let memberships = store_members::memberships(conn, user).await?;
    let of = |wanted: &[VendorStatus]| -> Vec<Membership> {
        memberships.iter().filter(|member| wanted.contains(&member.status)).copied().collect()
    };
    let shops = of(&[VendorStatus::Accepted, VendorStatus::Suspended]);
    let pending = of(&[VendorStatus::Pending]);
    let choice = if shops.is_empty() { pending } else { shops };
    match choice.as_slice() {
        [] => memberships.first().copied().map(Some).ok_or_else(|| Refusal::Forbidden.into()),
        [only] => Ok(Some(*only)),
        _ => Ok(None),
    }
}

/// What `user` is in this vendor, when anything.
pub async fn role_in(conn: &mut Conn, user: UserId, vendor: VendorId) -> Result<Option<Role>> {
    Ok(store_members::membership_in(conn, user, &vendor.into()).await?.map(|membership| membership.role))
}

/// Refuses a user whose role in the vendor `may` not do what is asked: a stranger as `forbidden` where the
/// vendor is public, else as if there were none; a member as `forbidden`.
pub async fn authorise(
    conn: &mut Conn,
    user: UserId,
    vendor: VendorId,
    may: impl FnOnce(Role) -> bool,
) -> Result<Membership> {
    match store_members::membership_in(conn, user, &vendor.into()).await? {
        Some(member) if may(member.role) => Ok(member),
        Some(_) => Err(Refusal::Forbidden.into()),
        None => match find(conn, vendor).await? {
            Some(found) if found.is_open() => Err(Refusal::Forbidden.into()),
            _ => Err(Refusal::NotFound.into()),
        },
    }
}

/// Adds to what buyers think of a shop.
pub async fn count_rating(tx: &mut Tx, vendor: VendorId, difference: Rating) -> Result<()> {
    store::count_rating(tx, vendor, difference).await
}

/// Sets the vendor's own commission and fulfilment.
pub async fn set_terms(tx: &mut Tx, market: &Market, before: &Vendor, terms: &Terms) -> Result<Vendor> {
    let mut after = before.clone();
    after.own_fulfilment = terms.fulfilment.clone().apply(after.own_fulfilment);
    after.own_commission_bps =
        terms.commission_bps.clone().map(types::BasisPoints::get).apply(after.own_commission_bps);
    store::update_terms(tx, &after).await?;
    market.journal.changed("fulfilment", &before.own_fulfilment, &after.own_fulfilment);
    market.journal.changed("commission_bps", &before.own_commission_bps, &after.own_commission_bps);
    Ok(after)
}
