//! What a shop says of itself, and when it is closed.

use db::Tx;
use types::{FieldErrors, Slug};

use super::{Changes, Vendor, store};
use crate::catalog::products;
use crate::changes::{self, Change};
use crate::slugs::{self, Named};
use crate::{Market, Result};

/// Changes what the shop says of itself. Its old slug goes on leading to it; one that another shop has or had
/// is refused as `slug_taken`.
pub async fn edit(tx: &mut Tx, market: &Market, before: &Vendor, changes: &Changes) -> Result<Vendor> {
    let after = changed(before, changes.clone())?;
    if after.slug != before.slug {
        let id = after.id.as_i64();
        slugs::claim(tx, Named::Vendor, &after.slug, id).await?;
        store::set_slug(tx, after.id, &after.slug).await?;
        slugs::retire(tx, market, Named::Vendor, (&before.slug, id)).await?;
    }
    store::update_profile(tx, &after).await?;
    market.journal.compared(&before.profile(), &after.profile());
    market.journal.changed_unseen("tax_number", &before.tax_number, &after.tax_number);
    if after.name != before.name {
        products::vendor_renamed(tx, after.id, &after.name).await?;
    }
    changes::record(tx, market, &[Change::Vendor(after.id)]).await?;
    Ok(after)
}

/// The shop after the changes.
fn changed(before: &Vendor, changes: Changes) -> Result<Vendor> {
    let mut after = before.clone();
    after.slug = changes.slug.0.map_or(after.slug, |slug: Slug| slug.as_str().to_owned());
    after.name = changes.name.0.map_or(after.name, types::Line::into_string);
    after.description = changes.description.0.map_or(after.description, types::Prose::into_string);
    after.address = changes.address.0.map_or(after.address, types::Prose::into_string);
    after.domain = changes.domain.map(types::Line::into_string).apply(after.domain);
    after.tax_number = changes.tax_number.map(types::Line::into_string).apply(after.tax_number);
    after.shipping_policy =
        changes.shipping_policy.map(types::Prose::into_string).apply(after.shipping_policy);
    after.return_policy = changes.return_policy.map(types::Prose::into_string).apply(after.return_policy);
    after.closed_from = changes.closed_from.apply(after.closed_from);
    after.closed_to = changes.closed_to.apply(after.closed_to);
    match (after.closed_from, after.closed_to) {
        (None, Some(_)) => {
            Err(FieldErrors::one("/closed_from", "required", "say from when on the shop is closed").into())
        }
        (Some(from), Some(to)) if to <= from => {
            let detail = "the shop opens again after it has closed";
            Err(FieldErrors::one("/closed_to", "not_allowed", detail).into())
        }
        _ => Ok(after),
    }
}
