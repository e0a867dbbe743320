//! Products: what vendors sell.
//!
//! Whoever changes a product or anything of it locks it first with [`open`], so that two changes at once
//! follow one another, and ends with `refresh`, which keeps what lists show in step and tells of the change.

mod listing;
mod making;
mod model;
mod publishing;
mod rows;
mod specs;
mod store;
mod terms;

pub use making::{create, create_many};
pub use model::{
    NewProduct, Product, ProductChanges, ProductStatus, Schedule, ScheduleChanges, WantedStatus,
};
pub use publishing::{approve, keep_schedule, request_changes, to_review};
pub use specs::Specs;
pub use terms::{SaleTerms, SaleTermsChanges};

pub(super) use listing::search_key;
pub(crate) use store::{INSERTS, STATEMENTS};

use std::collections::BTreeMap;

use db::{Conn, Tx};
use listing::{Listing, price_changes_at};
use types::{CategoryId, Gtin, IdOrSlug, Limit, Patch, ProductId, Rating, Slug, UserId, VendorId, kind};

use super::attributes::{self, GivenValues};
use super::variants::{self, Options, Variant};
use super::{CatalogError, categories};
use crate::changes::{self, Change};
use crate::error::Refusal;
use crate::slugs::{self, Named};
use crate::vendors::{self, Membership, VendorStatus};
use crate::{Error, Market, Rejection, Result};

/// Names a product by its identifier or its slug.
pub type ProductRef = IdOrSlug<kind::Product>;

/// The product with this identifier or slug, or that had this slug, in whatever status.
pub async fn find(conn: &mut Conn, product: &ProductRef) -> Result<Option<Product>> {
    let found = store::find(conn, product).await?;
    match product {
        ProductRef::Slug(slug) if found.is_none() => {
            let former = slugs::find(conn, Named::Product, slug).await?;
            let Some(id) = former.map(ProductId::from_i64) else { return Ok(None) };
            store::find(conn, &id.into()).await
        }
        ProductRef::Id(_) | ProductRef::Slug(_) => Ok(found),
    }
}

/// The products of shops that imports made under these keys, unless they are archived: each with its shop and
/// its key.
pub async fn find_imported(
    conn: &mut Conn,
    keys: &[(VendorId, &str)],
) -> Result<Vec<(VendorId, String, ProductId)>> {
    store::find_imported(conn, keys).await
}

/// Those of the products that are of the shop they are asked for with, and not archived.
pub async fn find_own(conn: &mut Conn, ids: &[(VendorId, ProductId)]) -> Result<Vec<Product>> {
    store::find_own(conn, ids).await
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

/// Changes a product. Publishing is refused as `vendor_not_accepted` unless the shop is open.
pub async fn update(tx: &mut Tx, market: &Market, id: ProductId, changes: ProductChanges) -> Result<Product> {
    let before = open(tx, id).await?;
    let status = before.status.becoming(changes.status.0, market.settings.product_approval)?;
    let publishes = !before.status.is_complete() && status.is_complete();
    if publishes && before.vendor_status != VendorStatus::Accepted {
        return Err(CatalogError::VendorNotAccepted.into());
    }
    let was = before.noted();
    let category_before = before.category;
    let category = changes.category.apply(before.category);
    let category_name = category_name(tx, category).await?;
    let changes_terms = !changes.terms.is_empty();
    let after = Product {
        terms: changes.terms.apply(before.terms),
        title: changes.title.0.map_or(before.title, types::Line::into_string),
        description: changes.description.0.map_or(before.description, types::Prose::into_string),
        category,
        specs: match changes.specs {
            Patch::Leave => before.specs,
            Patch::Clear => Specs::default(),
            Patch::Set(specs) => specs,
        },
        status,
        published_at: before.published_at.or((status == ProductStatus::Published).then(|| market.now())),
        ..before
    };
    market.journal.compared(&was, &after.noted());
    store::update(tx, &after, category_name.as_deref()).await?;
    if let Some(slug) = changes.slug.0.filter(|slug| slug.as_str() != after.slug) {
        rename_slug(tx, market, &after, &slug).await?;
    }
    if changes_terms {
        terms::set(tx, id, &after.terms).await?;
    }
    let scheduled = publishing::change_schedule(tx, market, &after, changes.schedule).await?;
    let is_to_be_checked = publishes || scheduled || after.category != category_before;
    update_attributes(tx, &after, (changes.attributes, is_to_be_checked, scheduled)).await?;
    if !changes.variant.is_empty() {
        variants::update_default(tx, market, &after, changes.variant).await?;
    }
    refresh(tx, market, id).await?;
    expect(tx, id).await
}

/// Gives a product other values of its category's attributes, or makes sure that those it has still do
/// when its category or its status became another.
async fn update_attributes(
    tx: &mut Tx,
    after: &Product,
    (given, is_to_be_checked, is_scheduled): (Patch<GivenValues>, bool, bool),
) -> Result<()> {
    let is_published = after.status.is_complete() || is_scheduled;
    let given = match given {
        Patch::Leave if !is_to_be_checked => return Ok(()),
        Patch::Leave => None,
        Patch::Clear => Some(GivenValues::default()),
        Patch::Set(given) => Some(given),
    };
    let path = attributes::held_path(tx, after.category).await?;
    match given {
        Some(given) => attributes::set(tx, after.id, &path, (&given, is_published)).await,
        None => attributes::keep(tx, after.id, &path, is_published).await,
    }
}

/// Gives a product another slug; the old one goes on leading to it. One that another product has or had is
/// refused as `slug_taken`.
async fn rename_slug(tx: &mut Tx, market: &Market, product: &Product, slug: &Slug) -> Result<()> {
    let id = product.id.as_i64();
    slugs::claim(tx, Named::Product, slug.as_str(), id).await?;
    store::set_slug(tx, product.id, slug).await?;
    slugs::retire(tx, market, Named::Product, (&product.slug, id)).await
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
    let codes = variants.iter().flat_map(codes_of).flatten();
    let price = (default.price, default.discount);
    let discounts = variants.iter().filter_map(|variant| variant.discount);
    let changes_at = price_changes_at(discounts, market.now());
    let listing = Listing::new(price, changes_at, &product.description, codes, market.now());
    store::update_listing(tx, id, &listing, market.now()).await?;
    changes::record(tx, market, &[Change::Product(id)]).await
}

fn codes_of(variant: &Variant) -> [Option<&str>; 2] {
    [variant.sku.as_deref(), variant.gtin.as_ref().map(Gtin::as_str)]
}

/// Works out anew what lists show of the prices of products that are locked, after those of their variants
/// changed.
pub(super) async fn refresh_prices(tx: &mut Tx, market: &Market, ids: &[ProductId]) -> Result<()> {
    let now = market.now();
    let mut variants: BTreeMap<ProductId, Vec<Variant>> = BTreeMap::new();
    for variant in variants::of_products(tx, ids).await? {
        variants.entry(variant.product).or_default().push(variant);
    }
    let listed = |(id, variants): (ProductId, Vec<Variant>)| {
        let default = variants.first()?;
        let changes_at = price_changes_at(variants.iter().filter_map(|variant| variant.discount), now);
        let price = (default.price, default.discount);
        Some((id, Listing::new(price, changes_at, "", std::iter::empty(), now)))
    };
    let listings: Vec<(ProductId, Listing)> = variants.into_iter().filter_map(listed).collect();
    store::update_prices(tx, &listings, now).await?;
    let told: Vec<Change> = ids.iter().copied().map(Change::Product).collect();
    changes::record(tx, market, &told).await
}

/// Gives a product other options.
pub(super) async fn set_options(tx: &mut Tx, id: ProductId, options: &Options) -> Result<()> {
    store::set_options(tx, id, options).await
}

/// The name of a category that a request names. It can't be deleted before this transaction ends.
async fn category_name(tx: &mut Tx, category: Option<CategoryId>) -> Result<Option<String>> {
    let Some(category) = category else { return Ok(None) };
    let found = categories::hold(tx, category).await?;
    Ok(Some(found.ok_or_else(no_such_category)?.name))
}

fn no_such_category() -> Error {
    Error::invalid("/category_id", "not_found", "there is no such category")
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
