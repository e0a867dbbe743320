//! SQL of the search: what is indexed.

use db::{Conn, FromRow, Row, Stmt, params};
use types::{CategoryId, Money, ProductId, VariantId, VendorId};

use crate::Result;
use crate::batch::{self, in_batch};
use crate::catalog::products::{ProductStatus, Specs};
use crate::catalog::variants::Options;
use crate::vendors::VendorStatus;

pub(crate) const STATEMENTS: &[&Stmt] =
    &[&GOODS, &CODES, &VALUES, &ALL, &COUNT, &OF_VENDOR, &OF_CATEGORY, &OF_VARIANTS, &VENDORS];

/// What the index holds of a product.
#[derive(Debug)]
pub(super) struct Goods {
    pub(super) id: ProductId,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) specs: Specs,
    pub(super) options: Options,
    status: ProductStatus,
    pub(super) vendor: VendorId,
    pub(super) vendor_name: String,
    vendor_status: VendorStatus,
    pub(super) category: Option<CategoryId>,
    pub(super) price: Money,
    pub(super) final_price: Money,
    pub(super) rating_milli: i64,
    pub(super) units_sold: i64,
    pub(super) stock: i64,
}

impl Goods {
    /// Whether everybody sees it.
    pub(super) fn is_public(&self) -> bool {
        self.status == ProductStatus::Published && self.vendor_status == VendorStatus::Accepted
    }
}

impl FromRow for Goods {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let goods = Self {
            id: columns.read()?,
            title: columns.read()?,
            description: columns.read()?,
            specs: columns.read()?,
            options: columns.read()?,
            status: columns.read()?,
            vendor: columns.read()?,
            vendor_name: columns.read()?,
            vendor_status: columns.read()?,
            category: columns.read()?,
            price: columns.read()?,
            final_price: columns.read()?,
            rating_milli: columns.read()?,
            units_sold: columns.read()?,
            stock: columns.read()?,
        };
        columns.finish()?;
        Ok(goods)
    }
}

static GOODS: Stmt = Stmt::new(in_batch!(
    "SELECT p.id, p.title, p.description, p.specs, p.options, p.status, v.id, v.name, v.status, p.category_id,
        p.price, p.final_price, p.rating_milli, p.units_sold,
        (SELECT CAST(COALESCE(SUM(x.stock), 0) AS BIGINT) FROM variants x
            WHERE x.product_id = p.id AND x.archived_at IS NULL)
     FROM products p JOIN vendors v ON v.id = p.vendor_id WHERE p.id IN ",
    ""
));

pub(super) async fn goods(conn: &mut Conn, ids: &[ProductId]) -> Result<Vec<Goods>> {
    batch::all(conn, &GOODS, ids).await
}

static CODES: Stmt = Stmt::new(in_batch!(
    "SELECT product_id, sku, gtin FROM variants WHERE product_id IN ",
    " AND archived_at IS NULL AND (sku IS NOT NULL OR gtin IS NOT NULL) ORDER BY product_id, position"
));

/// A variant's numbers: its product, SKU and GTIN.
pub(super) type Codes = (ProductId, Option<String>, Option<String>);

/// The SKUs and GTINs of products.
pub(super) async fn codes(conn: &mut Conn, ids: &[ProductId]) -> Result<Vec<Codes>> {
    batch::all(conn, &CODES, ids).await
}

static VALUES: Stmt = Stmt::new(in_batch!(
    "SELECT x.product_id, a.name, a.unit, x.value_text, x.value_number
     FROM product_attributes x JOIN attributes a ON a.id = x.attribute_id WHERE x.product_id IN ",
    " ORDER BY x.product_id, a.id"
));

/// A value of an attribute of a category.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) product: ProductId,
    pub(super) name: String,
    pub(super) unit: Option<String>,
    pub(super) text: Option<String>,
    /// In millionths.
    pub(super) number: Option<i64>,
}

db::from_row!(Value { product, name, unit, text, number });

/// What products have of their categories' attributes.
pub(super) async fn values(conn: &mut Conn, ids: &[ProductId]) -> Result<Vec<Value>> {
    batch::all(conn, &VALUES, ids).await
}

static ALL: Stmt =
    Stmt::new("SELECT id FROM products WHERE id > $1 AND status = 'published' ORDER BY id LIMIT $2");

static COUNT: Stmt = Stmt::new("SELECT COUNT(*) FROM products WHERE status = 'published'");

static OF_VENDOR: Stmt = Stmt::new(
    "SELECT id FROM products WHERE vendor_id = $3 AND status = 'published' AND id > $1 ORDER BY id LIMIT $2",
);

static OF_CATEGORY: Stmt = Stmt::new(
    "SELECT id FROM products WHERE category_id = $3 AND id > $1 AND status = 'published' ORDER BY id LIMIT $2",
);

/// Whose products are meant.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of {
    Everybody,
    Vendor(VendorId),
    Category(CategoryId),
}

/// The published products after one, in the order of their identifiers.
pub(super) async fn ids(conn: &mut Conn, of: Of, after: ProductId, limit: i64) -> Result<Vec<ProductId>> {
    let rows: Vec<(ProductId,)> = match of {
        Of::Everybody => conn.all(&ALL, params![after, limit]).await?,
        Of::Vendor(id) => conn.all(&OF_VENDOR, params![after, limit, id]).await?,
        Of::Category(id) => conn.all(&OF_CATEGORY, params![after, limit, id]).await?,
    };
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

static OF_VARIANTS: Stmt = Stmt::new(in_batch!("SELECT DISTINCT product_id FROM variants WHERE id IN ", ""));

/// The products of variants.
pub(super) async fn products_of(conn: &mut Conn, variants: &[VariantId]) -> Result<Vec<ProductId>> {
    let rows: Vec<(ProductId,)> = batch::all(conn, &OF_VARIANTS, variants).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How many products are published.
pub(super) async fn count(conn: &mut Conn) -> Result<i64> {
    let (count,) = conn.one(&COUNT, params![]).await?;
    Ok(count)
}

static VENDORS: Stmt = Stmt::new(in_batch!("SELECT id, slug, name FROM vendors WHERE id IN ", ""));

/// How a shop is called.
#[derive(Debug, Clone)]
pub struct ShopName {
    /// Identifier.
    pub id: VendorId,
    /// Name in addresses.
    pub slug: String,
    /// Name.
    pub name: String,
}

db::from_row!(ShopName { id, slug, name });

/// How shops are called.
pub async fn shop_names(conn: &mut Conn, ids: &[VendorId]) -> Result<Vec<ShopName>> {
    batch::all(conn, &VENDORS, ids).await
}
