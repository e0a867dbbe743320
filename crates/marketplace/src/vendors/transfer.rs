//! A shop gets another owner.

use db::Tx;
use types::{UserId, VendorId};

use super::{Role, Vendor, VendorError, store, store_members};
use crate::accounts::Proven;
use crate::error::Refusal;
use crate::notifications::{self, Mail};
use crate::{Error, Market, Result, accounts};

/// Hands the shop over to one of its members; the owner, who has proved it by the password, is a manager from
/// then on. Both are mailed.
///
/// Nobody owns two shops: who has one, or has applied for one, is refused as `vendor_accepted_exists`. Only an
/// accepted or a suspended shop can be handed over.
pub async fn transfer(
    tx: &mut Tx,
    market: &Market,
    owner: &Proven,
    vendor: VendorId,
    to: UserId,
) -> Result<Vendor> {
    let from = owner.user();
    accounts::still_proven(tx, owner).await?;
    let before = store::lock(tx, vendor).await?.ok_or(Refusal::NotFound)?;
    if before.owner != from {
        return Err(Refusal::Forbidden.into());
    }
    if from == to || store_members::find(tx, vendor, to).await?.is_none() {
        return Err(Error::invalid("/user_id", "not_found", "name another member of the shop"));
    }
    if !before.status.has_been_accepted() {
        return Err(VendorError::InvalidTransition { status: before.status }.into());
    }
    if !store::set_owner(tx, vendor, from, to).await? {
        return Err(VendorError::MemberOwnsOther.into());
    }
    store_members::set_role(tx, vendor, from, Role::Manager).await?;
    store_members::set_role(tx, vendor, to, Role::Owner).await?;
    market.journal.changed("owner_id", &from, &to);
    let (vendor_id, from, to) = (vendor.as_i64(), from.as_i64(), to.as_i64());
    notifications::send(tx, market, Mail::ShopTransferred { vendor: vendor_id, from, to }).await?;
    super::find(tx, vendor).await?.ok_or_else(|| Refusal::NotFound.into())
}
