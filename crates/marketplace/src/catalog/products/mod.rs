//! Products: what vendors sell.
//!
//! Whoever changes a product or anything of it locks it first with [`open`], so that two changes at once
//! follow one another, and ends with `refresh`, which keeps what lists show in step and tells of the change.

mod model;
mod store;

pub use model::{NewProduct, Product, ProductChanges, ProductStatus, Specs, WantedStatus};

pub(super) use model::search_key;
pub(crate) use store::STATEMENTS;

use db::{Conn, Tx};
use model::{Listing, price_changes_at};
use types::{CategoryId, IdOrSlug, Limit, ProductId, Rating, Slug, UserId, VendorId, kind};

use super::stock::StockReason;
use super::variants::{self, Options};
use super::{CatalogError, categories};
use crate::changes::{self, Change};
use crate::error::Refusal;
use crate::vendors::{self, Membership, VendorStatus};
use crate::{Error, Market, Rejection, Result};

/// Names a product by its identifier or its slug.
pub type ProductRef = IdOrSlug<kind::Product>;

/// The product with this identifier or slug, in whatever status.
pub async fn find(conn: &mut Conn, product: &ProductRef) -> Result<Option<Product>> {
    store::find(conn, product).await
}

/// The product of a shop that an import made under this key, unless it is archived.
pub async fn find_imported(conn: &mut Conn, vendor: VendorId, key: &str) -> Result<Option<ProductId>> {
    store::find_imported(conn, vendor, key).await
}

/// Products of a shop in one status, the oldest first, after a place.
pub(super) async fn in_status(
    conn: &mut Conn,
    vendor: VendorId,
    status: ProductStatus,
    (limit, after): (i64, Option<ProductId>),
) -> Result<Vec<Product>> {
    store::in_status(conn, vendor, status, (limit, after)).await
}

/// Makes a product of the member's shop.
///
/// Refused as `vendor_not_accepted` unless the shop is open, and as `sku_taken`.
pub async fn create(tx: &mut Tx, market: &Market, by: &Membership, new: &NewProduct) -> Result<Product> {
    if by.status != VendorStatus::Accepted {
        return Err(CatalogError::VendorNotAccepted.into());
    }
    let category = category_name(tx, new.category).await?;
    let default = new.variants.default_variant();
    let default = default.ok_or_else(|| Error::internal("a product was to be made without a variant"))?;
    let id = market.id::<kind::Product>();
    let description = new.description.as_ref().map_or("", types::Prose::as_str);
    let skus = new.variants.variants().iter().filter_map(|(_, variant)| variant.sku.as_ref());
    let price = (default.price, default.discount);
    let discounts = new.variants.variants().iter().filter_map(|(_, variant)| variant.discount);
    let changes_at = price_changes_at(discounts, market.now());
    let listing = Listing::new(price, changes_at, description, skus.map(types::Line::as_str), market.now());
    let row = store::NewRow {
        id,
        vendor: by.vendor,
        description,
        category_name: category.as_deref(),
        new,
        listing: &listing,
        now: market.now(),
    };
    insert_with_free_slug(tx, &row).await?;
    let why = if new.import_key.is_some() { StockReason::Import } else { StockReason::Initial };
    variants::create_all(tx, market, (id, by.vendor), by.user, (&new.variants, why)).await?;
    changes::record(tx, market, &[Change::Product(id)]).await?;
    expect(tx, id).await
}

/// Inserts a product under the slug of its title, with a suffix of its identifier when that is taken.
async fn insert_with_free_slug(tx: &mut Tx, row: &store::NewRow<'_>) -> Result<()> {
    let base = Slug::from_title(row.new.title.as_str());
    let id = row.id.to_string();
    let digits = id.rsplit('_').next().unwrap_or_default();
    let short = base.with_suffix(digits.get(digits.len().saturating_sub(5)..).unwrap_or(digits));
    let whole = base.with_suffix(digits);
    for slug in [base, short, whole] {
        if store::insert(tx, row, &slug).await? {
            return Ok(());
        }
    }
    Err(Error::internal("no slug could be found for a product"))
}

/// Changes a product. Publishing is refused as `vendor_not_accepted` unless the shop is open.
pub async fn update(tx: &mut Tx, market: &Market, id: ProductId, changes: ProductChanges) -> Result<Product> {
    let before = open(tx, id).await?;
    let status = before.status.becoming(changes.status.0)?;
    let publishes = before.status == ProductStatus::Draft && status == ProductStatus::Published;
    if publishes && before.vendor_status != VendorStatus::Accepted {
        return Err(CatalogError::VendorNotAccepted.into());
    }
    let was = before.noted();
    let category = changes.category.apply(before.category);
    let category_name = category_name(tx, category).await?;
    let after = Product {
        title: changes.title.0.map_or(before.title, types::Line::into_string),
        description: changes.description.0.map_or(before.description, types::Prose::into_string),
        category,
        specs: match changes.specs {
            types::Patch::Leave => before.specs,
            types::Patch::Clear => Specs::default(),
            types::Patch::Set(specs) => specs,
        },
        status,
        published_at: before.published_at.or(publishes.then(|| market.now())),
        ..before
    };
    market.journal.compared(&was, &after.noted());
    store::update(tx, &after, category_name.as_deref()).await?;
    if !changes.variant.is_empty() {
        variants::update_default(tx, market, &after, changes.variant).await?;
    }
    refresh(tx, market, id).await?;
    expect(tx, id).await
}

/// Archives a product: it is no longer offered, its links answer that it is gone, its SKUs are free.
pub async fn archive(tx: &mut Tx, market: &Market, id: ProductId) -> Result<()> {
    open(tx, id).await?;
    store::archive(tx, id, market.now()).await?;
    variants::archive_all(tx, market, id).await?;
    changes::record(tx, market, &[Change::Product(id)]).await
}

/// Locks a product until the transaction ends, for a change; one that is archived is gone.
pub async fn open(tx: &mut Tx, id: ProductId) -> Result<Product> {
    store::lock(tx, id).await?;
    let product = expect(tx, id).await?;
    if product.status == ProductStatus::Archived { Err(Refusal::Gone.into()) } else { Ok(product) }
}

async fn expect(conn: &mut Conn, id: ProductId) -> Result<Product> {
    store::find(conn, &id.into()).await?.ok_or_else(|| Refusal::NotFound.into())
}

/// Works out anew what lists show of a product, after it or a variant of it changed.
pub(super) async fn refresh(tx: &mut Tx, market: &Market, id: ProductId) -> Result<()> {
    let product = expect(tx, id).await?;
    let variants = variants::of_product(tx, id).await?;
    let default = variants.first().ok_or_else(|| Error::internal("a product has no default variant"))?;
    let skus = variants.iter().filter_map(|variant| variant.sku.as_deref());
    let price = (default.price, default.discount);
    let discounts = variants.iter().filter_map(|variant| variant.discount);
    let changes_at = price_changes_at(discounts, market.now());
    let listing = Listing::new(price, changes_at, &product.description, skus, market.now());
    store::update_listing(tx, id, &listing, market.now()).await?;
    changes::record(tx, market, &[Change::Product(id)]).await
}

/// Gives a product other options.
pub(super) async fn set_options(tx: &mut Tx, id: ProductId, options: &Options) -> Result<()> {
    store::set_options(tx, id, options).await
}

/// The name of a category that a request names. It can't be deleted before this transaction ends.
async fn category_name(tx: &mut Tx, category: Option<CategoryId>) -> Result<Option<String>> {
    let Some(category) = category else { return Ok(None) };
    let found = categories::hold(tx, category).await?;
    let found =
        found.ok_or_else(|| Error::invalid("/category_id", "not_found", "there is no such category"))?;
    Ok(Some(found.name))
}

/// Adds to what buyers think of a product.
pub async fn count_rating(tx: &mut Tx, product: ProductId, difference: Rating) -> Result<()> {
    store::count_rating(tx, product, difference).await
}

/// Keeps the search in step with a shop that has another name now.
pub async fn vendor_renamed(tx: &mut Tx, vendor: VendorId, name: &str) -> Result<()> {
    store::vendor_renamed(tx, vendor, &search_key(name)).await
}

/// Keeps the search in step with a category that has another name now.
pub async fn category_renamed(tx: &mut Tx, category: CategoryId, name: &str) -> Result<()> {
    store::category_renamed(tx, category, &search_key(name)).await
}

/// Refuses whoever is not a member of the product's shop: as `not_owner` when they sell elsewhere, as
/// `forbidden` when they don't sell.
pub async fn membership_for(conn: &mut Conn, user: UserId, vendor: VendorId) -> Result<Membership> {
    let found = vendors::membership(conn, user, Some(&vendor.into())).await;
    if !matches!(&found, Err(error) if error.code() == Some(Refusal::Forbidden.code())) {
        return found;
    }
    let sells = !vendors::of_user(conn, user, Limit::default(), None).await?.entries.is_empty();
    Err(if sells { CatalogError::NotOwner.into() } else { Refusal::Forbidden.into() })
}
