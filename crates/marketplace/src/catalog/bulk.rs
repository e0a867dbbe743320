//! Whole products of a shop, as imports write and exports read them.

use db::{Conn, Tx};
use types::{ProductId, StockLevel, UserId, VariantId, VendorId};

use super::images::{self, Image};
use super::products::{self, Product, ProductChanges, ProductStatus};
use super::stock::{self, StockReason};
use super::variants::{self, Choice, NewVariant, Options, Variant};
use crate::batch::by_parent;
use crate::changes::{self, Change};
use crate::{Market, Result};

/// Products that are read at a time.
const PAGE: i64 = 20;

/// A product with all that an export shows of it.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The product.
    pub product: Product,
    /// The variants that are sold, the default first.
    pub variants: Vec<Variant>,
    /// Its images in the seller's order.
    pub images: Vec<Image>,
}

/// How far the products of a shop were read: what is published comes first, then what is a draft.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    status: ProductStatus,
    after: Option<ProductId>,
}

impl Place {
    /// Before the first product.
    pub const START: Self = Self { status: ProductStatus::Published, after: None };
}

/// The next products of a shop that are not archived, and the place after them when there may be more.
pub async fn read(conn: &mut Conn, vendor: VendorId, from: Place) -> Result<(Vec<Whole>, Option<Place>)> {
    let Place { status, after } = from;
    let found = products::in_status(conn, vendor, status, (PAGE, after)).await?;
    let next = match found.last() {
        Some(last) => Some(Place { status, after: Some(last.id) }),
        None => following(status).map(|status| Place { status, after: None }),
    };
    let ids: Vec<ProductId> = found.iter().map(|product| product.id).collect();
    let variants = variants::of_products(conn, &ids).await?.into_iter();
    let mut variants = by_parent(variants.map(|variant| (variant.product, variant)));
    let images = images::of_products(conn, &ids).await?.into_iter();
    let mut images = by_parent(images.map(|image| (image.product, image)));
    let mut products = Vec::with_capacity(found.len());
    for product in found {
        let images = images.remove(&product.id).unwrap_or_default();
        let variants = variants.remove(&product.id).unwrap_or_default();
        products.push(Whole { product, variants, images });
    }
    Ok((products, next))
}

/// The status whose products are read after those of another.
const fn following(status: ProductStatus) -> Option<ProductStatus> {
    match status {
        ProductStatus::Published => Some(ProductStatus::PendingReview),
        ProductStatus::PendingReview => Some(ProductStatus::ChangesRequested),
        ProductStatus::ChangesRequested => Some(ProductStatus::Draft),
        ProductStatus::Draft | ProductStatus::Archived => None,
    }
}

/// What becomes of a product and its variants.
#[derive(Debug, Default)]
pub struct Revision {
    /// Changes of the product itself.
    pub changes: ProductChanges,
    /// Its options, when they change.
    pub options: Option<Options>,
    /// Variants as they are to be, but for their stock.
    pub variants: Vec<Variant>,
    /// Variants that come in.
    pub additions: Vec<(Choice, NewVariant)>,
    /// Stocks, for variants that were there.
    pub stocks: Vec<(VariantId, StockLevel)>,
}

impl Revision {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.is_of_stock_only() && self.stocks.is_empty()
    }

    fn is_of_stock_only(&self) -> bool {
        self.changes.is_empty()
            && self.options.is_none()
            && self.variants.is_empty()
            && self.additions.is_empty()
    }
}

/// Revises a product that is open for changes.
///
/// The caller has made sure that the choices of its variants differ and fit the options. An SKU that
/// another variant of the shop has is refused as `sku_taken`.
pub async fn revise(
    tx: &mut Tx,
    market: &Market,
    by: UserId,
    product: &Product,
    revision: Revision,
) -> Result<()> {
    let is_of_stock_only = revision.is_of_stock_only();
    for variant in &revision.variants {
        variants::write(tx, market, variant).await?;
    }
    if !revision.additions.is_empty() {
        variants::append(tx, market, product, by, (&revision.additions, StockReason::Import)).await?;
    }
    if let Some(options) = &revision.options {
        products::set_options(tx, product.id, options).await?;
    }
    stock::set(tx, market, by, &revision.stocks, StockReason::Import).await?;
    if is_of_stock_only {
        return changes::record(tx, market, &[Change::Product(product.id)]).await;
    }
    products::update(tx, market, product.id, revision.changes).await?;
    Ok(())
}
