//! SQL of the variants.

use std::collections::HashSet;

use db::{Conn, ConstraintKind, Insert, Kind, Many, Stmt, ToValue, Tx, Value, params};
use types::{Money, ProductId, Sku, Timestamp, VariantId, VendorId};

use super::super::CatalogError;
use super::super::discounts::DiscountColumns;
use super::{Choice, NewVariant, Variant};
use crate::batch::{self, in_batch};
use crate::{Error, Result};

pub(crate) const STATEMENTS: &[&Stmt] = &[
    MADE.stmt(),
    &FIND,
    &OF_PRODUCT,
    &OF_PRODUCTS,
    WITH_SKUS.stmt(),
    &CHOOSE,
    &NEXT_POSITION,
    &UPDATE,
    &ARCHIVE,
    &ARCHIVE_ALL,
    &PLACE,
    &UPDATE_TERMS,
    &MANY,
    &LOCK_MANY,
];

pub(crate) const INSERTS: &[&Insert] = &[&INSERT];

/// The columns of a new variant.
static INSERT: Insert = Insert::new(
    "variants",
    &[
        ("id", Kind::Int),
        ("product_id", Kind::Int),
        ("vendor_id", Kind::Int),
        ("position", Kind::Int),
        ("sku", Kind::Text),
        ("title", Kind::Text),
        ("options", Kind::Text),
        ("price", Kind::Int),
        ("discount_percent", Kind::Int),
        ("discount_amount", Kind::Int),
        ("discount_starts_at", Kind::Int),
        ("discount_ends_at", Kind::Int),
        ("stock", Kind::Int),
        ("weight_grams", Kind::Int),
        ("gtin", Kind::Text),
        ("low_stock", Kind::Int),
        ("created_at", Kind::Int),
        ("updated_at", Kind::Int),
    ],
)
.on_conflict("ON CONFLICT (vendor_id, sku) WHERE sku IS NOT NULL AND archived_at IS NULL DO NOTHING");

/// A variant to be inserted.
pub(super) struct NewRow<'a> {
    pub(super) id: VariantId,
    pub(super) product: ProductId,
    pub(super) vendor: VendorId,
    pub(super) position: i64,
    pub(super) choice: &'a Choice,
    pub(super) variant: &'a NewVariant,
    pub(super) now: Timestamp,
}

/// Inserts variants with their stock; its movements are the caller's. A SKU that the vendor has already
/// is refused as `sku_taken`.
pub(super) async fn insert(tx: &mut Tx, rows: &[NewRow<'_>]) -> Result<()> {
    let written: Vec<(String, String)> =
        rows.iter().map(|row| (row.choice.title(), row.choice.to_json())).collect();
    let sets: Vec<_> = rows.iter().zip(&written).map(|(row, written)| values(row, written)).collect();
    tx.insert_many(&INSERT, &sets).await?;
    let ids: Vec<[Value<'_>; 1]> = rows.iter().map(|row| [row.id.to_value()]).collect();
    let made: Vec<(VariantId,)> = tx.all_of(&MADE, &ids).await?;
    let made: HashSet<VariantId> = made.into_iter().map(|(id,)| id).collect();
    match rows.iter().find(|row| !made.contains(&row.id)) {
        None => Ok(()),
        Some(row) => Err(match &row.variant.sku {
            Some(sku) => CatalogError::SkuTaken(sku.clone()).into(),
            None => Error::internal("a variant without an SKU met another"),
        }),
    }
}

static MADE: Many = Many::new(
    &[Kind::Int],
    "SELECT id FROM variants WHERE id = $1",
    "SELECT id FROM variants WHERE id = ANY($1::BIGINT[])",
);

fn values<'v>(row: &'v NewRow<'_>, (title, options): &'v (String, String)) -> [Value<'v>; 18] {
    let NewRow { id, product, vendor, position, variant, now, .. } = row;
    let NewVariant { sku, price, discount, stock, weight, gtin, low_stock } = variant;
    let DiscountColumns { percent, amount, starts_at, ends_at } = (*discount).into();
    let optional = |number: Option<i64>| number.map_or(Value::Null, Value::Int);
    [
        id.to_value(),
        product.to_value(),
        vendor.to_value(),
        position.to_value(),
        sku.to_value(),
        Value::Text(title),
        Value::Text(options),
        price.to_value(),
        optional(percent),
        optional(amount.map(Money::minor)),
        optional(starts_at.map(Timestamp::as_micros)),
        optional(ends_at.map(Timestamp::as_micros)),
        stock.to_value(),
        weight.to_value(),
        gtin.to_value(),
        low_stock.to_value(),
        now.to_value(),
        now.to_value(),
    ]
}

macro_rules! variant {
    ($rest:literal) => {
        concat!(
            "SELECT id, product_id, position, sku, title, options, price, discount_percent, discount_amount,
                discount_starts_at, discount_ends_at, stock, weight_grams, gtin,
                (SELECT i.id FROM images i WHERE i.id = variants.image_id AND i.removed_at IS NULL) AS image,
                low_stock, archived_at
             FROM variants ",
            $rest
        )
    };
}

static FIND: Stmt = Stmt::new(variant!("WHERE id = $1"));

pub(super) async fn find(conn: &mut Conn, id: VariantId) -> Result<Option<Variant>> {
    Ok(conn.opt(&FIND, params![id]).await?)
}

static OF_PRODUCT: Stmt =
    Stmt::new(variant!("WHERE product_id = $1 AND archived_at IS NULL ORDER BY position LIMIT 100"));

pub(super) async fn of_product(conn: &mut Conn, product: ProductId) -> Result<Vec<Variant>> {
    Ok(conn.all(&OF_PRODUCT, params![product]).await?)
}

static OF_PRODUCTS: Stmt = Stmt::new(concat!(
    variant!("WHERE product_id IN "),
    in_batch!("", " AND archived_at IS NULL ORDER BY product_id, position LIMIT 2000")
));

pub(super) async fn of_products(conn: &mut Conn, products: &[ProductId]) -> Result<Vec<Variant>> {
    batch::all(conn, &OF_PRODUCTS, products).await
}

static WITH_SKUS: Many = Many::new(
    &[Kind::Int, Kind::Text],
    "SELECT vendor_id, sku, product_id FROM variants
     WHERE vendor_id = $1 AND sku = $2 AND archived_at IS NULL",
    "SELECT v.vendor_id, v.sku, v.product_id FROM unnest($1::BIGINT[], $2::TEXT[]) AS w(vendor_id, sku)
     CROSS JOIN LATERAL (
        SELECT vendor_id, sku, product_id FROM variants
        WHERE vendor_id = w.vendor_id AND sku = w.sku AND archived_at IS NULL LIMIT 1) AS v",
);

pub(super) async fn with_skus(
    conn: &mut Conn,
    skus: &[(VendorId, &Sku)],
) -> Result<Vec<(VendorId, String, ProductId)>> {
    let sets: Vec<_> = skus.iter().map(|(vendor, sku)| [vendor.to_value(), sku.to_value()]).collect();
    Ok(conn.all_of(&WITH_SKUS, &sets).await?)
}

static CHOOSE: Stmt = Stmt::new("UPDATE variants SET title = $2, options = $3 WHERE id = $1");

/// Gives a variant other values of its product's options.
pub(super) async fn choose(tx: &mut Tx, id: VariantId, choice: &Choice) -> Result<()> {
    tx.exec_n(1, &CHOOSE, params![id, choice.title(), choice.to_json()]).await?;
    Ok(())
}

static NEXT_POSITION: Stmt =
    Stmt::new("SELECT CAST(MAX(position) + 1 AS BIGINT) FROM variants WHERE product_id = $1");

pub(super) async fn next_position(conn: &mut Conn, product: ProductId) -> Result<i64> {
    let (position,): (Option<i64>,) = conn.one(&NEXT_POSITION, params![product]).await?;
    Ok(position.unwrap_or(0))
}

static UPDATE: Stmt = Stmt::new(
    "UPDATE variants SET sku = $2, price = $3, discount_percent = $4, discount_amount = $5,
        discount_starts_at = $6, discount_ends_at = $7, weight_grams = $8, gtin = $9, image_id = $10,
        low_stock = $11, updated_at = $12
     WHERE id = $1",
);

/// Writes all but the stock. An SKU that another variant has is refused as `sku_taken`.
pub(super) async fn update(tx: &mut Tx, variant: &Variant, now: Timestamp) -> Result<()> {
    let Variant { id, sku, price, discount, weight, gtin, image, low_stock, .. } = variant;
    let DiscountColumns { percent, amount, starts_at, ends_at } = (*discount).into();
    let values =
        params![id, sku, price, percent, amount, starts_at, ends_at, weight, gtin, image, low_stock, now];
    match tx.exec_n(1, &UPDATE, values).await {
        Ok(()) => Ok(()),
        // The transaction ends with this answer: only its name is told.
        Err(db::Error::Constraint { kind: ConstraintKind::Unique, .. }) => {
            let sku = sku.as_deref().and_then(|sku| sku.parse().ok());
            Err(sku.map_or_else(
                || Error::internal("a variant without an SKU met another"),
                |sku| CatalogError::SkuTaken(sku).into(),
            ))
        }
        Err(error) => Err(error.into()),
    }
}

static ARCHIVE: Stmt =
    Stmt::new("UPDATE variants SET archived_at = $3, position = $2, updated_at = $3 WHERE id = $1");

/// Archives a variant and moves it behind all others.
pub(super) async fn archive(tx: &mut Tx, id: VariantId, position: i64, now: Timestamp) -> Result<()> {
    tx.exec_n(1, &ARCHIVE, params![id, position, now]).await?;
    Ok(())
}

static ARCHIVE_ALL: Stmt = Stmt::new(
    "UPDATE variants SET archived_at = $2, updated_at = $2 WHERE product_id = $1 AND archived_at IS NULL",
);

pub(super) async fn archive_all(tx: &mut Tx, product: ProductId, now: Timestamp) -> Result<()> {
    tx.exec(&ARCHIVE_ALL, params![product, now]).await?;
    Ok(())
}

static PLACE: Stmt = Stmt::new("UPDATE variants SET position = $2 WHERE id = $1");

pub(super) async fn place(tx: &mut Tx, id: VariantId, position: i64) -> Result<()> {
    tx.exec_n(1, &PLACE, params![id, position]).await?;
    Ok(())
}

static UPDATE_TERMS: Stmt = Stmt::new(
    "UPDATE variants SET price = $2, discount_percent = $3, discount_amount = $4, discount_starts_at = $5,
        discount_ends_at = $6, updated_at = $7
     WHERE id = $1",
);

/// Writes prices and discounts of variants that are locked.
pub(super) async fn update_terms(tx: &mut Tx, variants: &[&Variant], now: Timestamp) -> Result<()> {
    let optional = |value: Option<i64>| value.map_or(Value::Null, Value::Int);
    let set = |variant: &&Variant| {
        let DiscountColumns { percent, amount, starts_at, ends_at } = variant.discount.into();
        [
            Value::Int(variant.id.as_i64()),
            Value::Int(variant.price.minor()),
            optional(percent),
            optional(amount.map(Money::minor)),
            optional(starts_at.map(Timestamp::as_micros)),
            optional(ends_at.map(Timestamp::as_micros)),
            Value::Int(now.as_micros()),
        ]
    };
    let sets: Vec<_> = variants.iter().map(set).collect();
    tx.exec_each(&UPDATE_TERMS, &sets).await?;
    Ok(())
}

static MANY: Stmt = Stmt::with_postgres(
    variant!("WHERE id IN (SELECT value FROM json_each($1)) ORDER BY id"),
    variant!(
        "WHERE id = ANY(ARRAY(SELECT CAST(value AS BIGINT)
            FROM json_array_elements_text(CAST(CAST($1 AS TEXT) AS JSON)))) ORDER BY id"
    ),
);

/// The variants whose identifiers are in a JSON array of numbers, by identifier.
pub(super) async fn many(conn: &mut Conn, list: &str) -> Result<Vec<Variant>> {
    Ok(conn.all(&MANY, params![list]).await?)
}

static LOCK_MANY: Stmt = Stmt::with_postgres(
    variant!(
        "WHERE id IN (SELECT value FROM json_each($1)) AND vendor_id = $2 AND archived_at IS NULL ORDER BY id"
    ),
    variant!(
        "WHERE id = ANY(ARRAY(SELECT CAST(value AS BIGINT)
            FROM json_array_elements_text(CAST(CAST($1 AS TEXT) AS JSON))))
         AND vendor_id = $2 AND archived_at IS NULL ORDER BY id FOR UPDATE"
    ),
);

/// Those of them that a shop sells, as nobody else can change them before this transaction ends.
pub(super) async fn lock_many(tx: &mut Tx, vendor: VendorId, list: &str) -> Result<Vec<Variant>> {
    Ok(tx.all(&LOCK_MANY, params![list, vendor]).await?)
}
