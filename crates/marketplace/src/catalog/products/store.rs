//! SQL of the products that are there.

use db::{Conn, ConstraintKind, Insert, Kind, Many, Stmt, ToValue, Tx, Value, params};
use types::{CategoryId, Limit, Money, ProductId, Rating, Slug, Timestamp, VendorId};

use super::listing::{Listing, search_key};
use super::{Product, ProductRef, ProductStatus, Schedule, rows};
use crate::Result;
use crate::catalog::variants::Options;
use crate::slugs::SlugTaken;

pub(crate) const STATEMENTS: &[&Stmt] = &[
    &FIND_BY_ID,
    &FIND_BY_SLUG,
    FIND_IMPORTED.stmt(),
    FIND_OWN.stmt(),
    &IN_STATUS,
    rows::MADE.stmt(),
    &rows::VENDOR_NAMES,
    &LOCK,
    &super::terms::SET,
    &UPDATE,
    &SET_STATUS,
    &SET_SCHEDULE,
    &TO_REVIEW,
    &UPDATE_LISTING,
    &UPDATE_PRICES,
    &SET_OPTIONS,
    &SET_SLUG,
    &ARCHIVE,
    &VENDOR_RENAMED,
    &CATEGORY_RENAMED,
    &COUNT_RATING,
];

pub(crate) const INSERTS: &[&Insert] = &[&rows::INSERT];

macro_rules! product {
    ($rest:literal) => {
        concat!(
            "SELECT p.id, p.slug, p.title, p.description, p.specs, p.options, p.status,
                v.id, v.slug, v.name, v.status, v.rating_sum, v.rating_count,
                p.category_id, p.rating_sum, p.rating_count, p.publish_at, p.unpublish_at, p.review_reason,
                p.published_at, p.tax_class, p.max_per_customer, p.opens_at, p.created_at, p.updated_at
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

static FIND_IMPORTED: Many = Many::new(
    &[Kind::Int, Kind::Text],
    "SELECT vendor_id, import_key, id FROM products WHERE vendor_id = $1 AND import_key = $2",
    "SELECT p.vendor_id, p.import_key, p.id FROM unnest($1::BIGINT[], $2::TEXT[]) AS w(vendor_id, import_key)
     CROSS JOIN LATERAL (
        SELECT vendor_id, import_key, id FROM products
        WHERE vendor_id = w.vendor_id AND import_key = w.import_key LIMIT 1) AS p",
);

pub(super) async fn find_imported(
    conn: &mut Conn,
    keys: &[(VendorId, &str)],
) -> Result<Vec<(VendorId, String, ProductId)>> {
    let sets: Vec<_> = keys.iter().map(|(vendor, key)| [vendor.to_value(), Value::Text(key)]).collect();
    Ok(conn.all_of(&FIND_IMPORTED, &sets).await?)
}

static FIND_OWN: Many = Many::new(
    &[Kind::Int, Kind::Int],
    product!("WHERE p.vendor_id = $1 AND p.id = $2 AND p.status <> 'archived'"),
    product!(
        "WHERE p.id = ANY($2::BIGINT[]) AND p.status <> 'archived'
            AND EXISTS (SELECT 1 FROM unnest($1::BIGINT[], $2::BIGINT[]) AS w(vendor_id, id)
                WHERE w.id = p.id AND w.vendor_id = p.vendor_id)"
    ),
);

pub(super) async fn find_own(conn: &mut Conn, ids: &[(VendorId, ProductId)]) -> Result<Vec<Product>> {
    let sets: Vec<_> = ids.iter().map(|(vendor, id)| *params![*vendor, *id]).collect();
    Ok(conn.all_of(&FIND_OWN, &sets).await?)
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

static SET_STATUS: Stmt = Stmt::new(
    "UPDATE products SET status = $2, published_at = $3, review_reason = $4, updated_at = $5 WHERE id = $1",
);

/// Writes where a product stands, and what an operator wants to be changed.
pub(super) async fn set_status(tx: &mut Tx, product: &Product, now: Timestamp) -> Result<()> {
    let Product { id, status, published_at, review_reason, .. } = product;
    tx.exec_n(1, &SET_STATUS, params![id, status, published_at, review_reason, now]).await?;
    Ok(())
}

static SET_SCHEDULE: Stmt = Stmt::new("UPDATE products SET publish_at = $2, unpublish_at = $3 WHERE id = $1");

pub(super) async fn set_schedule(tx: &mut Tx, id: ProductId, schedule: Schedule) -> Result<()> {
    let Schedule { publish_at, unpublish_at } = schedule;
    tx.exec_n(1, &SET_SCHEDULE, params![id, publish_at, unpublish_at]).await?;
    Ok(())
}

static TO_REVIEW: Stmt = Stmt::new(product!("WHERE p.status = $1 AND p.id > $2 ORDER BY p.id LIMIT $3"));

/// Products in a status of the review, the oldest first.
pub(super) async fn to_review(
    conn: &mut Conn,
    status: ProductStatus,
    limit: Limit,
    after: Option<ProductId>,
) -> Result<Vec<Product>> {
    let after = after.map_or(0, ProductId::as_i64);
    Ok(conn.all(&TO_REVIEW, params![status, after, limit.plus_one()]).await?)
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

static UPDATE_PRICES: Stmt = Stmt::new(
    "UPDATE products SET price = $2, sale_price = $3, sale_starts_at = $4, sale_ends_at = $5,
        final_price = $6, price_changes_at = $7, updated_at = $8
     WHERE id = $1",
);

/// Writes what lists show of the prices of products.
pub(super) async fn update_prices(
    tx: &mut Tx,
    listings: &[(ProductId, Listing)],
    now: Timestamp,
) -> Result<()> {
    let optional = |value: Option<i64>| value.map_or(Value::Null, Value::Int);
    let set = |(id, listing): &(ProductId, Listing)| {
        [
            Value::Int(id.as_i64()),
            Value::Int(listing.price.minor()),
            optional(listing.sale_price.map(Money::minor)),
            optional(listing.sale_starts_at.map(Timestamp::as_micros)),
            optional(listing.sale_ends_at.map(Timestamp::as_micros)),
            Value::Int(listing.final_price.minor()),
            optional(listing.price_changes_at.map(Timestamp::as_micros)),
            Value::Int(now.as_micros()),
        ]
    };
    let sets: Vec<_> = listings.iter().map(set).collect();
    tx.exec_each(&UPDATE_PRICES, &sets).await?;
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
