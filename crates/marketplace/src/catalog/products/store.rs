//! SQL of the products.

use db::{Conn, ConstraintKind, Stmt, Tx, params};
use types::{CategoryId, ProductId, Rating, Slug, Timestamp, VendorId};

use super::model::{Listing, search_key};
use super::{NewProduct, Product, ProductRef, ProductStatus};
use crate::Result;
use crate::catalog::variants::Options;
use crate::slugs::SlugTaken;

pub(crate) const STATEMENTS: &[&Stmt] = &[
    &FIND_BY_ID,
    &FIND_BY_SLUG,
    &FIND_IMPORTED,
    &IN_STATUS,
    &INSERT,
    &VENDOR_NAME,
    &LOCK,
    &UPDATE,
    &UPDATE_LISTING,
    &SET_OPTIONS,
    &SET_SLUG,
    &ARCHIVE,
    &VENDOR_RENAMED,
    &CATEGORY_RENAMED,
    &COUNT_RATING,
];

macro_rules! product {
    ($rest:literal) => {
        concat!(
            "SELECT p.id, p.slug, p.title, p.description, p.specs, p.options, p.status,
                v.id, v.slug, v.name, v.status, v.rating_sum, v.rating_count,
                p.category_id, p.rating_sum, p.rating_count, p.published_at, p.created_at, p.updated_at
             FROM products p JOIN vendors v ON v.id = p.vendor_id ",
            $rest
        )
    };
}

static FIND_BY_ID: Stmt = Stmt::new(product!("WHERE p.id = $1"));
static FIND_BY_SLUG: Stmt = Stmt::new(product!("WHERE p.slug = $1"));

pub(super) async fn find(conn: &mut Conn, product: &ProductRef) -> Result<Option<Product>> {
    Ok(match product {
        ProductRef::Id(id) => conn.opt(&FIND_BY_ID, params![id]).await?,
        ProductRef::Slug(slug) => conn.opt(&FIND_BY_SLUG, params![slug]).await?,
    })
}

static FIND_IMPORTED: Stmt = Stmt::new("SELECT id FROM products WHERE vendor_id = $1 AND import_key = $2");

pub(super) async fn find_imported(conn: &mut Conn, vendor: VendorId, key: &str) -> Result<Option<ProductId>> {
    let row: Option<(ProductId,)> = conn.opt(&FIND_IMPORTED, params![vendor, key]).await?;
    Ok(row.map(|(id,)| id))
}

static IN_STATUS: Stmt = Stmt::new(product!(
    "WHERE p.vendor_id = $1 AND p.status = $2 AND (CAST($3 AS BIGINT) IS NULL OR p.id > $3)
     ORDER BY p.id LIMIT $4"
));

pub(super) async fn in_status(
    conn: &mut Conn,
    vendor: VendorId,
    status: ProductStatus,
    (limit, after): (i64, Option<ProductId>),
) -> Result<Vec<Product>> {
    Ok(conn.all(&IN_STATUS, params![vendor, status, after, limit]).await?)
}

static INSERT: Stmt = Stmt::new(
    "INSERT INTO products (id, vendor_id, category_id, slug, title, description, specs, options, status,
        import_key, search_title, search_text, search_vendor, search_category, price, sale_price,
        sale_starts_at, sale_ends_at, final_price, price_changes_at, published_at, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
        $22, $22)
     ON CONFLICT (slug) DO NOTHING",
);

static VENDOR_NAME: Stmt = Stmt::new("SELECT name FROM vendors WHERE id = $1");

/// A product to be inserted.
pub(super) struct NewRow<'a> {
    pub(super) id: ProductId,
    pub(super) vendor: VendorId,
    pub(super) description: &'a str,
    pub(super) category_name: Option<&'a str>,
    pub(super) new: &'a NewProduct,
    pub(super) listing: &'a Listing,
    pub(super) now: Timestamp,
}

/// `false` when the slug is taken.
pub(super) async fn insert(tx: &mut Tx, row: &NewRow<'_>, slug: &Slug) -> Result<bool> {
    let NewRow { id, vendor, description, category_name, new, listing, now } = row;
    let NewProduct { title, category, specs, status, variants, import_key, .. } = new;
    let (specs, options) = (specs.to_json(), variants.options().to_json());
    let status = ProductStatus::from(*status);
    let published = (status == ProductStatus::Published).then_some(*now);
    let (search_title, search_category) =
        (search_key(title.as_str()), search_key(category_name.unwrap_or_default()));
    let (vendor_name,): (String,) = tx.one(&VENDOR_NAME, params![vendor]).await?;
    let search_vendor = search_key(&vendor_name);
    let Listing { price, sale_price, sale_starts_at, sale_ends_at, final_price, price_changes_at, text } =
        listing;
    let values = params![
        id,
        vendor,
        category,
        slug,
        title,
        description,
        specs,
        options,
        status,
        import_key,
        search_title,
        text,
        search_vendor,
        search_category,
        price,
        sale_price,
        sale_starts_at,
        sale_ends_at,
        final_price,
        price_changes_at,
        published,
        now
    ];
    Ok(tx.exec(&INSERT, values).await? == 1)
}

static LOCK: Stmt = Stmt::with_postgres(
    "SELECT id FROM products WHERE id = $1",
    "SELECT id FROM products WHERE id = $1 FOR UPDATE",
);

/// Waits until no other transaction changes the product. On SQLite writers take turns anyway.
pub(super) async fn lock(tx: &mut Tx, id: ProductId) -> Result<()> {
    let _: Option<(ProductId,)> = tx.opt(&LOCK, params![id]).await?;
    Ok(())
}

static UPDATE: Stmt = Stmt::new(
    "UPDATE products SET title = $2, description = $3, category_id = $4, specs = $5, status = $6,
        published_at = $7, search_title = $8, search_category = $9
     WHERE id = $1",
);

pub(super) async fn update(tx: &mut Tx, product: &Product, category_name: Option<&str>) -> Result<()> {
    let Product { id, title, description, category, specs, status, published_at, .. } = product;
    let (search_title, search_category) = (search_key(title), search_key(category_name.unwrap_or_default()));
    let specs = specs.to_json();
    let values =
        params![id, title, description, category, specs, status, published_at, search_title, search_category];
    tx.exec_n(1, &UPDATE, values).await?;
    Ok(())
}

static UPDATE_LISTING: Stmt = Stmt::new(
    "UPDATE products SET price = $2, sale_price = $3, sale_starts_at = $4, sale_ends_at = $5,
        final_price = $6, price_changes_at = $7, search_text = $8, updated_at = $9
     WHERE id = $1",
);

pub(super) async fn update_listing(
    tx: &mut Tx,
    id: ProductId,
    listing: &Listing,
    now: Timestamp,
) -> Result<()> {
    let Listing { price, sale_price, sale_starts_at, sale_ends_at, final_price, price_changes_at, text } =
        listing;
    let values = params![
        id,
        price,
        sale_price,
        sale_starts_at,
        sale_ends_at,
        final_price,
        price_changes_at,
        text,
        now
    ];
    tx.exec_n(1, &UPDATE_LISTING, values).await?;
    Ok(())
}

static SET_OPTIONS: Stmt = Stmt::new("UPDATE products SET options = $2 WHERE id = $1");

pub(super) async fn set_options(tx: &mut Tx, id: ProductId, options: &Options) -> Result<()> {
    tx.exec_n(1, &SET_OPTIONS, params![id, options.to_json()]).await?;
    Ok(())
}

static SET_SLUG: Stmt = Stmt::new("UPDATE products SET slug = $2 WHERE id = $1");

/// A slug that another product has is refused as `slug_taken`.
pub(super) async fn set_slug(tx: &mut Tx, id: ProductId, slug: &Slug) -> Result<()> {
    match tx.exec_n(1, &SET_SLUG, params![id, slug]).await {
        // The transaction ends with this answer: only its name is told.
        Err(db::Error::Constraint { kind: ConstraintKind::Unique, .. }) => Err(SlugTaken.into()),
        done => Ok(done?),
    }
}

static ARCHIVE: Stmt = Stmt::new(
    "UPDATE products SET status = 'archived', import_key = NULL, price_changes_at = NULL, updated_at = $2
     WHERE id = $1",
);

pub(super) async fn archive(tx: &mut Tx, id: ProductId, now: Timestamp) -> Result<()> {
    tx.exec_n(1, &ARCHIVE, params![id, now]).await?;
    Ok(())
}

static VENDOR_RENAMED: Stmt = Stmt::new("UPDATE products SET search_vendor = $2 WHERE vendor_id = $1");

pub(super) async fn vendor_renamed(tx: &mut Tx, vendor: VendorId, name: &str) -> Result<()> {
    tx.exec(&VENDOR_RENAMED, params![vendor, name]).await?;
    Ok(())
}

static CATEGORY_RENAMED: Stmt = Stmt::new("UPDATE products SET search_category = $2 WHERE category_id = $1");

pub(super) async fn category_renamed(tx: &mut Tx, category: CategoryId, name: &str) -> Result<()> {
    tx.exec(&CATEGORY_RENAMED, params![category, name]).await?;
    Ok(())
}

static COUNT_RATING: Stmt = Stmt::new(
    "UPDATE products SET rating_sum = rating_sum + $2, rating_count = rating_count + $3,
        rating_milli = CASE WHEN rating_count + $3 = 0 THEN 0
            ELSE ((rating_sum + $2) * 200 + rating_count + $3) / ((rating_count + $3) * 2) * 10 END
     WHERE id = $1",
);

pub(super) async fn count_rating(tx: &mut Tx, id: ProductId, difference: Rating) -> Result<()> {
    tx.exec_n(1, &COUNT_RATING, params![id, difference.sum, difference.count]).await?;
    Ok(())
}
