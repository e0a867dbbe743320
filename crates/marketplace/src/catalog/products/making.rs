//! Making products, one or many at once.

use std::collections::HashMap;

use db::Tx;
use types::{CategoryId, Gtin, Line, ProductId, Slug, kind};

use super::listing::{Listing, price_changes_at};
use super::publishing;
use super::store::{self, NewRow};
use super::terms::{self, SaleTerms};
use super::{NewProduct, Product, ProductStatus, Schedule, category_name, expect};
use crate::catalog::attributes::{self, Beginning};
use crate::catalog::stock::StockReason;
use crate::catalog::variants::NewVariant;
use crate::catalog::{CatalogError, variants};
use crate::changes::{self, Change};
use crate::slugs::{self, Named};
use crate::vendors::{Membership, VendorStatus};
use crate::{Error, Market, Result};

/// Makes a product of the member's shop.
///
/// Refused as `vendor_not_accepted` unless the shop is open, and as `sku_taken`.
pub async fn create(tx: &mut Tx, market: &Market, by: &Membership, new: &NewProduct) -> Result<Product> {
    let made = create_many(tx, market, by, std::slice::from_ref(new)).await?;
    let id = made.first().ok_or_else(|| Error::internal("a product was made and is not there"))?;
    expect(tx, *id).await
}

/// Makes products of the member's shop, all or none, with as few statements as that takes.
///
/// Refused as `vendor_not_accepted` unless the shop is open, and as `sku_taken`.
pub async fn create_many(
    tx: &mut Tx,
    market: &Market,
    by: &Membership,
    new: &[NewProduct],
) -> Result<Vec<ProductId>> {
    if by.status != VendorStatus::Accepted {
        return Err(CatalogError::VendorNotAccepted.into());
    }
    let categories = category_names(tx, new).await?;
    let mut rows = Vec::with_capacity(new.len());
    for new in new {
        let category = new.category.and_then(|id| categories.get(&id)).map(String::as_str);
        rows.push(row(market, by, new, category)?);
    }
    insert_with_free_slugs(tx, by, &rows).await?;
    for row in rows.iter().filter(|row| row.new.terms != SaleTerms::default()) {
        terms::set(tx, row.id, &row.new.terms).await?;
    }
    let is_imported = |row: &NewRow<'_>| row.new.import_key.is_some();
    let why = if rows.iter().any(is_imported) { StockReason::Import } else { StockReason::Initial };
    let assortments: Vec<_> = rows.iter().map(|row| (row.id, &row.new.variants)).collect();
    variants::create_all(tx, market, by, (&assortments, why)).await?;
    let begun: Vec<Beginning<'_>> = rows.iter().map(beginning).collect();
    attributes::begin(tx, &begun).await?;
    for row in &rows {
        publishing::set_schedule(tx, market, row.id, (Schedule::default(), row.new.schedule)).await?;
    }
    let made: Vec<ProductId> = rows.iter().map(|row| row.id).collect();
    let seen: Vec<Change> = made.iter().copied().map(Change::Product).collect();
    changes::record(tx, market, &seen).await?;
    Ok(made)
}

fn beginning<'a>(row: &NewRow<'a>) -> Beginning<'a> {
    let NewProduct { category, attributes, schedule, .. } = row.new;
    let is_complete = row.status.is_complete() || schedule.publish_at.is_some();
    (row.id, *category, attributes, is_complete)
}

/// The names of the categories of products. None of them can be deleted before this transaction ends.
async fn category_names(tx: &mut Tx, new: &[NewProduct]) -> Result<HashMap<CategoryId, String>> {
    let mut ids: Vec<CategoryId> = new.iter().filter_map(|new| new.category).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut names = HashMap::new();
    for id in ids {
        names.insert(id, category_name(tx, Some(id)).await?.unwrap_or_default());
    }
    Ok(names)
}

fn row<'a>(
    market: &Market,
    by: &Membership,
    new: &'a NewProduct,
    category_name: Option<&'a str>,
) -> Result<NewRow<'a>> {
    let default = new.variants.default_variant();
    let default = default.ok_or_else(|| Error::internal("a product was to be made without a variant"))?;
    let description = new.description.as_ref().map_or("", types::Prose::as_str);
    let codes = new.variants.variants().iter().flat_map(|(_, variant)| codes_of(variant)).flatten();
    let price = (default.price, default.discount);
    let discounts = new.variants.variants().iter().filter_map(|(_, variant)| variant.discount);
    let changes_at = price_changes_at(discounts, market.now());
    let status = ProductStatus::Draft.becoming(Some(new.status), market.settings.product_approval)?;
    new.schedule.check(new.schedule, status, market.now())?;
    Ok(NewRow {
        id: market.id::<kind::Product>(),
        vendor: by.vendor,
        description,
        category_name,
        new,
        status,
        listing: Listing::new(price, changes_at, description, codes, market.now()),
        now: market.now(),
    })
}

fn codes_of(variant: &NewVariant) -> [Option<&str>; 2] {
    [variant.sku.as_ref().map(Line::as_str), variant.gtin.as_ref().map(Gtin::as_str)]
}

/// Inserts products under the slugs of their titles, with a suffix of the identifier where that is taken.
async fn insert_with_free_slugs(tx: &mut Tx, by: &Membership, rows: &[NewRow<'_>]) -> Result<()> {
    let mut left: Vec<(&NewRow<'_>, [Slug; 3])> = rows.iter().map(|row| (row, candidates(row))).collect();
    for attempt in 0..3 {
        let wanted: Vec<&str> = left.iter().map(|(_, slugs)| slugs[attempt].as_str()).collect();
        // A slug that a product gave up goes on leading to it.
        let former = slugs::taken(tx, Named::Product, &wanted).await?;
        let (tried, mut kept): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|(_, slugs)| !former.contains(slugs[attempt].as_str()));
        let rows: Vec<(&NewRow<'_>, Slug)> =
            tried.iter().map(|(row, slugs)| (*row, slugs[attempt].clone())).collect();
        let inserted = store::insert(tx, by.vendor, &rows).await?;
        kept.extend(tried.into_iter().zip(inserted).filter(|(_, inserted)| !inserted).map(|(row, _)| row));
        left = kept;
        if left.is_empty() {
            return Ok(());
        }
    }
    Err(Error::internal("no slug could be found for a product"))
}

/// What a product may be called in addresses, the shortest first.
fn candidates(row: &NewRow<'_>) -> [Slug; 3] {
    let base = Slug::from_title(row.new.title.as_str());
    let id = row.id.to_string();
    let digits = id.rsplit('_').next().unwrap_or_default();
    let short = base.with_suffix(digits.get(digits.len().saturating_sub(5)..).unwrap_or(digits));
    let whole = base.with_suffix(digits);
    [base, short, whole]
}
