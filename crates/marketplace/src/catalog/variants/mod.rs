//! Variants: the forms of a product, each with its own price, discount and stock.

mod model;
mod store;

pub use model::{
    Assortment, Choice, MAX_OPTIONS, MAX_VALUES, MAX_VARIANTS, NewVariant, Options, ProductOption, Variant,
    VariantChanges, Wanted,
};

pub(crate) use store::{INSERTS, STATEMENTS};

use db::{Conn, Tx};
use types::{FieldErrors, ImageId, ProductId, Sku, UserId, VariantId, VendorId, kind};

use super::products::{self, Product};
use super::stock::StockReason;
use super::{CatalogError, discounts, images, prices, stock};
use crate::error::Refusal;
use crate::vendors::Membership;
use crate::{Error, Market, Result};

/// A variant, archived or not.
pub async fn find(conn: &mut Conn, id: VariantId) -> Result<Option<Variant>> {
    store::find(conn, id).await
}

/// The variants of a product that are sold, the default first.
pub async fn of_product(conn: &mut Conn, product: ProductId) -> Result<Vec<Variant>> {
    store::of_product(conn, product).await
}

/// The variants of several products that are sold, by product, the default of each first.
pub async fn of_products(conn: &mut Conn, products: &[ProductId]) -> Result<Vec<Variant>> {
    store::of_products(conn, products).await
}

/// Which of these SKUs of shops variants that are sold have: each with its shop and its product.
pub async fn with_skus(
    conn: &mut Conn,
    skus: &[(VendorId, &Sku)],
) -> Result<Vec<(VendorId, String, ProductId)>> {
    store::with_skus(conn, skus).await
}

/// Makes the variants that products of shops begin with.
pub(super) async fn create_all(
    tx: &mut Tx,
    market: &Market,
    assortments: &[(&Membership, ProductId, &Assortment)],
    why: StockReason,
) -> Result<()> {
    let numbered = assortments.iter().flat_map(|(by, product, assortment)| {
        let owner = Owner { vendor: by.vendor, by: by.user, product: *product };
        (0..).zip(assortment.variants()).map(move |(position, variant)| (owner, position, variant))
    });
    let numbered: Vec<Numbered<'_>> = numbered.collect();
    insert(tx, market, &numbered, why).await
}

/// Adds variants to a product that is locked; the caller has checked their choices, and refreshes the
/// product.
pub(super) async fn append(
    tx: &mut Tx,
    market: &Market,
    product: &Product,
    by: UserId,
    (variants, why): (&[(Choice, NewVariant)], StockReason),
) -> Result<()> {
    let position = store::next_position(tx, product.id).await?;
    let owner = Owner { vendor: product.vendor, by, product: product.id };
    let numbered = (position..).zip(variants).map(|(position, variant)| (owner, position, variant));
    let numbered: Vec<Numbered<'_>> = numbered.collect();
    insert(tx, market, &numbered, why).await
}

/// Whose a variant to be made is, and who makes it.
#[derive(Clone, Copy)]
struct Owner {
    vendor: VendorId,
    product: ProductId,
    by: UserId,
}

/// A variant to be made, with its position at its product.
type Numbered<'v> = (Owner, i64, &'v (Choice, NewVariant));

async fn insert(tx: &mut Tx, market: &Market, variants: &[Numbered<'_>], why: StockReason) -> Result<()> {
    let mut levels = Vec::new();
    let mut rows = Vec::new();
    for (Owner { vendor, product, by }, position, (choice, variant)) in variants.iter().copied() {
        let id = market.id::<kind::Variant>();
        levels.push((id, variant.stock, by));
        rows.push(store::NewRow { id, product, vendor, position, choice, variant, now: market.now() });
    }
    store::insert(tx, &rows).await?;
    let terms: Vec<_> = rows.iter().map(|row| (row.id, row.variant.price, row.variant.discount)).collect();
    prices::keep(tx, market, &terms).await?;
    stock::begin(tx, market, &levels, why).await
}

/// Writes a variant of a product that is locked, all but its stock; the caller refreshes the product.
pub(super) async fn write(tx: &mut Tx, market: &Market, variant: &Variant) -> Result<()> {
    if let Some(mistake) = discounts::mistake(variant.price, variant.discount.as_ref(), "/discount/amount") {
        return Err(FieldErrors::from(mistake).into());
    }
    let before = expect(tx, variant.id).await?;
    store::update(tx, variant, market.now()).await?;
    keep_terms(tx, market, &before, variant).await?;
    store::choose(tx, variant.id, &variant.choice).await
}

/// Writes prices and discounts of several variants that are locked; the caller refreshes their products.
pub(super) async fn write_terms(tx: &mut Tx, market: &Market, variants: &[&Variant]) -> Result<()> {
    store::update_terms(tx, variants, market.now()).await?;
    let terms: Vec<_> =
        variants.iter().map(|variant| (variant.id, variant.price, variant.discount)).collect();
    prices::keep(tx, market, &terms).await
}

/// The variants whose identifiers are in a JSON array of numbers, archived or not.
pub(super) async fn many(conn: &mut Conn, list: &str) -> Result<Vec<Variant>> {
    store::many(conn, list).await
}

/// Those of them that a shop sells, locked. Their products are locked already.
pub(super) async fn lock_many(tx: &mut Tx, vendor: VendorId, list: &str) -> Result<Vec<Variant>> {
    store::lock_many(tx, vendor, list).await
}

/// Keeps the terms of a variant in the history of prices, when they are others.
async fn keep_terms(tx: &mut Tx, market: &Market, before: &Variant, after: &Variant) -> Result<()> {
    if (before.price, before.discount) == (after.price, after.discount) {
        return Ok(());
    }
    prices::keep(tx, market, &[(after.id, after.price, after.discount)]).await
}

/// Refuses an image that is not of the variant's product.
async fn check_image(conn: &mut Conn, product: ProductId, image: &types::Patch<ImageId>) -> Result<()> {
    let types::Patch::Set(image) = image else { return Ok(()) };
    let images = images::of_product(conn, product).await?;
    if images.iter().any(|own| own.id == *image) {
        return Ok(());
    }
    Err(Error::invalid("/image_id", "not_found", "the product has no such image"))
}

/// Adds a variant to a product. Values of its options that are new become values of the product's.
pub async fn add(
    tx: &mut Tx,
    market: &Market,
    by: UserId,
    product: ProductId,
    (wanted, variant): (&Wanted, &NewVariant),
) -> Result<Variant> {
    let product = products::open(tx, product).await?;
    if let Some(mistake) = discounts::mistake(variant.price, variant.discount.as_ref(), "/discount/amount") {
        return Err(FieldErrors::from(mistake).into());
    }
    if product.options.is_empty() {
        let detail = "the product has no options, and so one variant";
        return Err(Error::invalid("/options", "not_allowed", detail));
    }
    let options = product.options.admitting(wanted);
    let choice = options.choose(wanted, "/options")?;
    let others = store::of_product(tx, product.id).await?;
    if others.iter().any(|other| other.choice == choice) {
        return Err(CatalogError::VariantExists.into());
    }
    if others.len() >= MAX_VARIANTS {
        return Err(CatalogError::TooManyVariants.into());
    }
    let id = market.id::<kind::Variant>();
    let position = store::next_position(tx, product.id).await?;
    let (vendor, choice, now) = (product.vendor, &choice, market.now());
    let row = store::NewRow { id, product: product.id, vendor, position, choice, variant, now };
    store::insert(tx, &[row]).await?;
    prices::keep(tx, market, &[(id, variant.price, variant.discount)]).await?;
    stock::begin(tx, market, &[(id, variant.stock, by)], StockReason::Initial).await?;
    products::set_options(tx, product.id, &options).await?;
    products::refresh(tx, market, product.id).await?;
    expect(tx, id).await
}

/// Changes a variant of a product that is open for changes.
pub async fn update(tx: &mut Tx, market: &Market, id: VariantId, changes: VariantChanges) -> Result<Variant> {
    let before = locked(tx, id).await?;
    let product = before.product;
    check_image(tx, product, &changes.image).await?;
    let after = apply(before.clone(), changes)?;
    market.journal.compared(&before.noted(), &after.noted());
    store::update(tx, &after, market.now()).await?;
    keep_terms(tx, market, &before, &after).await?;
    products::refresh(tx, market, product).await?;
    Ok(after)
}

/// The variant after the changes.
fn apply(before: Variant, changes: VariantChanges) -> Result<Variant> {
    let changed_discount = matches!(changes.discount, types::Patch::Set(_));
    let after = Variant {
        sku: match changes.sku {
            types::Patch::Leave => before.sku,
            types::Patch::Clear => None,
            types::Patch::Set(sku) => Some(sku.into_string()),
        },
        price: changes.price.or(before.price),
        discount: changes.discount.apply(before.discount),
        weight: changes.weight.apply(before.weight),
        gtin: changes.gtin.apply(before.gtin),
        image: changes.image.apply(before.image),
        low_stock: changes.low_stock.apply(before.low_stock),
        ..before
    };
    let pointer = if changed_discount { "/discount/amount" } else { "/price" };
    match discounts::mistake(after.price, after.discount.as_ref(), pointer) {
        Some(mistake) => Err(FieldErrors::from(mistake).into()),
        None => Ok(after),
    }
}

/// Takes a variant off its product. The last one can't go; when it was the default, the next one is.
pub async fn archive(tx: &mut Tx, market: &Market, id: VariantId) -> Result<()> {
    let variant = locked(tx, id).await?;
    let others = store::of_product(tx, variant.product).await?;
    let Some(next) = others.iter().find(|other| other.id != id) else {
        return Err(CatalogError::LastVariant.into());
    };
    let last = store::next_position(tx, variant.product).await?;
    store::archive(tx, id, last, market.now()).await?;
    if variant.position == 0 {
        store::place(tx, next.id, 0).await?;
    }
    products::refresh(tx, market, variant.product).await
}

/// Archives all variants of a product that is archived: nothing of it can be bought, its SKUs are free.
pub(super) async fn archive_all(tx: &mut Tx, market: &Market, product: ProductId) -> Result<()> {
    store::archive_all(tx, product, market.now()).await
}

/// Changes the default variant of a product that is locked.
pub(super) async fn update_default(
    tx: &mut Tx,
    market: &Market,
    product: &Product,
    changes: VariantChanges,
) -> Result<()> {
    let default = store::of_product(tx, product.id).await?.into_iter().next();
    let before = default.ok_or_else(|| Error::internal("a product has no default variant"))?;
    let after = apply(before.clone(), changes)?;
    market.journal.compared(&before.noted(), &after.noted());
    store::update(tx, &after, market.now()).await?;
    keep_terms(tx, market, &before, &after).await
}

/// The variant with its product locked, when both can be changed.
async fn locked(tx: &mut Tx, id: VariantId) -> Result<Variant> {
    let variant = expect(tx, id).await?;
    products::open(tx, variant.product).await?;
    // Again: it may have been archived while the lock was waited for.
    let variant = expect(tx, id).await?;
    if variant.archived_at.is_some() { Err(Refusal::Gone.into()) } else { Ok(variant) }
}

async fn expect(conn: &mut Conn, id: VariantId) -> Result<Variant> {
    store::find(conn, id).await?.ok_or_else(|| Refusal::NotFound.into())
}
