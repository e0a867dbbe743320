//! A shop's logo: a stored picture like those of products, at most one.

use db::Tx;
use types::{UserId, VendorId};

use super::{Vendor, store};
use crate::catalog::images::{self, Picture, Stored};
use crate::changes::{self, Change};
use crate::{Market, Result};

/// Gives a locked shop a stored picture as its logo; what it had before goes when nothing else shows it.
/// Answers the shop.
pub async fn set_logo(tx: &mut Tx, market: &Market, before: &Vendor, new: &Stored) -> Result<Vendor> {
    let old = before.logo.as_ref();
    // In the order of their names, so that two changes never wait for each other in a circle.
    let goes_first = old.filter(|old| old.hash.as_str() < new.hash());
    if let Some(old) = goes_first {
        leave(tx, market, before.id, old).await?;
    }
    images::show(tx, market, new).await?;
    store::set_logo(tx, before.id, Some(new.hash())).await?;
    if let Some(old) = old.filter(|_| goes_first.is_none()) {
        images::hide(tx, market, old).await?;
    }
    changes::record(tx, market, &[Change::Vendor(before.id)]).await?;
    market.journal.changed("logo", &old.map(|old| old.hash.as_str()), &Some(new.hash()));
    super::find(tx, before.id).await?.ok_or_else(|| crate::Error::internal("a locked shop is gone"))
}

/// Takes the logo of a locked shop away.
pub async fn remove_logo(tx: &mut Tx, market: &Market, before: &Vendor) -> Result<()> {
    let Some(old) = &before.logo else { return Ok(()) };
    leave(tx, market, before.id, old).await?;
    market.journal.changed("logo", &Some(old.hash.as_str()), &None);
    changes::record(tx, market, &[Change::Vendor(before.id)]).await
}

async fn leave(tx: &mut Tx, market: &Market, vendor: VendorId, logo: &Picture) -> Result<()> {
    store::set_logo(tx, vendor, None).await?;
    images::hide(tx, market, logo).await
}

/// Takes the logos of all applications of a user away.
pub(crate) async fn forget_logos(tx: &mut Tx, market: &Market, owner: UserId) -> Result<()> {
    for id in store::with_logo_of(tx, owner).await? {
        if let Some(vendor) = store::lock(tx, id).await? {
            remove_logo(tx, market, &vendor).await?;
        }
    }
    Ok(())
}

/// The shops that show a picture as their logo, after one.
pub(crate) async fn with_logo(tx: &mut Tx, hash: &str, after: VendorId) -> Result<Vec<VendorId>> {
    store::with_logo(tx, hash, after).await
}
