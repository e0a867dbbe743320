//! Making products, one or many at once.

use std::collections::{BTreeSet, HashMap};

use db::Tx;
use types::{CategoryId, Gtin, Line, ProductId, Slug, VendorId, kind};

use super::listing::{Listing, price_changes_at};
use super::publishing;
use super::rows::{self, NewRow};
use super::terms::{self, SaleTerms};
use super::{NewProduct, Product, ProductStatus, Schedule, expect, no_such_category};
use crate::catalog::attributes::{self, Beginning};
use crate::catalog::stock::StockReason;
use crate::catalog::variants::NewVariant;
use crate::catalog::{CatalogError, categories, variants};
use crate::changes::{self, Change};
use crate::slugs::{self, Named};
use crate::vendors::{Membership, VendorStatus};
use crate::{Error, Market, Result};

/// Makes a product of the member's shop.
///
/// Refused as `vendor_not_accepted` unless the shop is open, and as `sku_taken`.
pub async fn create(tx: &mut Tx, market: &Market, by: &Membership, new: &NewProduct) -> Result<Product> {
    let made = create_many(tx, market, &[(by, new)]).await?;
    let id = made.first().ok_or_else(|| Error::internal("a product was made and is not there"))?;
    expect(tx, *id).await
}

/// Makes products of the members' shops, all or none, with as few statements as that takes.
///
/// Refused as `vendor_not_accepted` unless the shop is open, and as `sku_taken`.
pub async fn create_many(
    tx: &mut Tx,
    market: &Market,
    new: &[(&Membership, &NewProduct)],
) -> Result<Vec<ProductId>> {
    if new.iter().any(|(by, _)| by.status != VendorStatus::Accepted) {
        return Err(CatalogError::VendorNotAccepted.into());
    }
    let names = Names::read(tx, new).await?;
    let mut rows = Vec::with_capacity(new.len());
    for (by, new) in new {
        rows.push(row(market, by, new, &names)?);
    }
    insert_with_free_slugs(tx, &rows).await?;
    for row in rows.iter().filter(|row| row.new.terms != SaleTerms::default()) {
        terms::set(tx, row.id, &row.new.terms).await?;
    }
    let is_imported = |row: &NewRow<'_>| row.new.import_key.is_some();
    let why = if rows.iter().any(is_imported) { StockReason::Import } else { StockReason::Initial };
    let assortments: Vec<_> =
        rows.iter().zip(new).map(|(row, (by, new))| (*by, row.id, &new.variants)).collect();
    variants::create_all(tx, market, &assortments, why).await?;
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

/// What the shops and the categories of new products are called.
struct Names {
    vendors: HashMap<VendorId, String>,
    categories: HashMap<CategoryId, String>,
}

impl Names {
    /// None of the categories can be deleted before this transaction ends.
    async fn read(tx: &mut Tx, new: &[(&Membership, &NewProduct)]) -> Result<Self> {
        let vendors: BTreeSet<VendorId> = new.iter().map(|(by, _)| by.vendor).collect();
        let wanted: BTreeSet<CategoryId> = new.iter().filter_map(|(_, new)| new.category).collect();
        let (vendors, wanted): (Vec<_>, Vec<_>) =
            (vendors.into_iter().collect(), wanted.into_iter().collect());
        let vendors = rows::vendor_names(tx, &vendors).await?.into_iter().collect();
        let categories: HashMap<CategoryId, String> =
            categories::hold_many(tx, &wanted).await?.into_iter().collect();
        if categories.len() < wanted.len() {
            return Err(no_such_category());
        }
        Ok(Self { vendors, categories })
    }
}

fn row<'a>(market: &Market, by: &Membership, new: &'a NewProduct, names: &'a Names) -> Result<NewRow<'a>> {
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
        vendor_name: names.vendors.get(&by.vendor).map_or("", String::as_str),
        description,
        category_name: new.category.and_then(|id| names.categories.get(&id)).map(String::as_str),
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
async fn insert_with_free_slugs(tx: &mut Tx, rows: &[NewRow<'_>]) -> Result<()> {
    let mut left: Vec<(&NewRow<'_>, [Slug; 3])> = rows.iter().map(|row| (row, candidates(row))).collect();
    for attempt in 0..3 {
        let wanted: Vec<&str> = left.iter().map(|(_, slugs)| slugs[attempt].as_str()).collect();
        // A slug that a product gave up goes on leading to it.
        let former = slugs::taken(tx, Named::Product, &wanted).await?;
        let (tried, mut kept): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|(_, slugs)| !former.contains(slugs[attempt].as_str()));
        let rows: Vec<(&NewRow<'_>, Slug)> =
            tried.iter().map(|(row, slugs)| (*row, slugs[attempt].clone())).collect();
        let inserted = rows::insert(tx, &rows).await?;
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
