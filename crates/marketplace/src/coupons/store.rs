//! SQL of the coupons as they are kept.

use db::{Column, ColumnError, ColumnValue, Columns, Conn, FromRow, Row, Stmt, Tx, params};
use types::{CouponId, Id, Limit, Timestamp, VendorId};

use super::model::BenefitKind;
use super::{Benefit, Coupon, Terms};
use crate::Result;
use crate::batch::{self, in_batch};

pub(crate) const STATEMENTS: &[&Stmt] = &[
    &FIND,
    &LOCK,
    &FIND_BY_CODE,
    &LIST,
    &LIST_OF_VENDOR,
    &INSERT,
    &UPDATE,
    &ARCHIVE,
    &PRODUCTS_EXIST,
    &CATEGORIES_EXIST,
    &LINEAGES,
];

/// Identifiers as a JSON array of their numbers.
struct Numbers(Vec<i64>);

impl Column for Numbers {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        serde_json::from_str(value.text()?).map(Self).map_err(ColumnError::invalid)
    }
}

impl Numbers {
    fn ids<K>(self) -> Vec<Id<K>> {
        self.0.into_iter().map(Id::from_i64).collect()
    }
}

fn numbers<K>(ids: &[Id<K>]) -> String {
    let numbers: Vec<i64> = ids.iter().map(|id| id.as_i64()).collect();
    serde_json::to_string(&numbers).unwrap_or_default()
}

macro_rules! coupon_columns {
    () => {
        "c.id, c.code, c.funded_by, c.vendor_id, c.benefit, c.benefit_value, c.min_total, c.max_uses,
         c.max_uses_per_user, c.products, c.categories, c.stackable, c.starts_at, c.ends_at, c.paused_at,
         c.archived_at, c.used_count, c.created_at"
    };
}

/// Reads the columns of a coupon.
pub(super) fn read(columns: &mut Columns<'_, '_>) -> db::Result<Coupon> {
    let (id, code, funded_by, vendor) = (columns.read()?, columns.read()?, columns.read()?, columns.read()?);
    let (kind, value): (BenefitKind, i64) = (columns.read()?, columns.read()?);
    let (min_total, max_uses, max_uses_per_user) = (columns.read()?, columns.read()?, columns.read()?);
    let (products, categories): (Numbers, Numbers) = (columns.read()?, columns.read()?);
    let stackable: i64 = columns.read()?;
    let (starts_at, ends_at) = (columns.read()?, columns.read()?);
    let paused_at: Option<Timestamp> = columns.read()?;
    let terms = Terms {
        benefit: Benefit::of_columns(kind, value),
        min_total,
        max_uses,
        max_uses_per_user,
        products: products.ids(),
        categories: categories.ids(),
        stackable: stackable == 1,
        starts_at,
        ends_at,
        active: paused_at.is_none(),
    };
    let (archived_at, used_count, created_at) = (columns.read()?, columns.read()?, columns.read()?);
    Ok(Coupon { id, code, funded_by, vendor, terms, used_count, archived_at, created_at })
}

impl FromRow for Coupon {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let coupon = read(&mut columns)?;
        columns.finish()?;
        Ok(coupon)
    }
}

static FIND: Stmt = Stmt::new(concat!(
    "SELECT ",
    coupon_columns!(),
    " FROM coupons c WHERE c.id = $1 AND c.archived_at IS NULL"
));

pub(super) async fn find(conn: &mut Conn, coupon: CouponId) -> Result<Option<Coupon>> {
    Ok(conn.opt(&FIND, params![coupon]).await?)
}

static LOCK: Stmt = Stmt::with_postgres(
    concat!("SELECT ", coupon_columns!(), " FROM coupons c WHERE c.id = $1 AND c.archived_at IS NULL"),
    concat!(
        "SELECT ",
        coupon_columns!(),
        " FROM coupons c WHERE c.id = $1 AND c.archived_at IS NULL FOR NO KEY UPDATE"
    ),
);

/// The coupon, locked until the transaction ends.
pub(super) async fn lock(tx: &mut Tx, coupon: CouponId) -> Result<Option<Coupon>> {
    Ok(tx.opt(&LOCK, params![coupon]).await?)
}

static FIND_BY_CODE: Stmt = Stmt::new(concat!(
    "SELECT ",
    coupon_columns!(),
    " FROM coupons c WHERE c.code = $1 AND c.archived_at IS NULL"
));

pub(super) async fn find_by_code(conn: &mut Conn, code: &str) -> Result<Option<Coupon>> {
    Ok(conn.opt(&FIND_BY_CODE, params![code]).await?)
}

static LIST: Stmt = Stmt::new(concat!(
    "SELECT ",
    coupon_columns!(),
    " FROM coupons c WHERE c.archived_at IS NULL AND (CAST($1 AS BIGINT) IS NULL OR c.id < $1)
     ORDER BY c.id DESC LIMIT $2"
));

static LIST_OF_VENDOR: Stmt = Stmt::new(concat!(
    "SELECT ",
    coupon_columns!(),
    " FROM coupons c WHERE c.vendor_id = $1 AND c.funded_by = 'vendor' AND c.archived_at IS NULL
        AND (CAST($2 AS BIGINT) IS NULL OR c.id < $2)
     ORDER BY c.id DESC LIMIT $3"
));

/// All coupons, or those that one shop pays for, the newest first.
pub(super) async fn list(
    conn: &mut Conn,
    vendor: Option<VendorId>,
    before: Option<CouponId>,
    limit: Limit,
) -> Result<Vec<Coupon>> {
    let most = limit.plus_one();
    Ok(match vendor {
        None => conn.all(&LIST, params![before, most]).await?,
        Some(vendor) => conn.all(&LIST_OF_VENDOR, params![vendor, before, most]).await?,
    })
}

static INSERT: Stmt = Stmt::new(
    "INSERT INTO coupons (id, code, funded_by, vendor_id, benefit, benefit_value, min_total, max_uses,
        max_uses_per_user, products, categories, stackable, starts_at, ends_at, paused_at, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)
     ON CONFLICT (code) DO NOTHING",
);

/// `false` when another coupon has the code.
pub(super) async fn insert(tx: &mut Tx, coupon: &Coupon) -> Result<bool> {
    let Coupon { id, code, funded_by, vendor, terms, created_at, .. } = coupon;
    let (kind, value) = terms.benefit.columns();
    let (products, categories) = (numbers(&terms.products), numbers(&terms.categories));
    let stackable = i64::from(terms.stackable);
    let paused_at = (!terms.active).then_some(*created_at);
    let values = params![
        id,
        code,
        funded_by,
        vendor,
        kind,
        value,
        terms.min_total,
        terms.max_uses,
        terms.max_uses_per_user,
        products,
        categories,
        stackable,
        terms.starts_at,
        terms.ends_at,
        paused_at,
        created_at
    ];
    Ok(tx.exec(&INSERT, values).await? == 1)
}

static UPDATE: Stmt = Stmt::new(
    "UPDATE coupons SET benefit = $2, benefit_value = $3, min_total = $4, max_uses = $5,
        max_uses_per_user = $6, products = $7, categories = $8, stackable = $9, starts_at = $10, ends_at = $11,
        paused_at = $12, updated_at = $13
     WHERE id = $1",
);

pub(super) async fn update(tx: &mut Tx, coupon: CouponId, terms: &Terms, now: Timestamp) -> Result<()> {
    let (kind, value) = terms.benefit.columns();
    let (products, categories) = (numbers(&terms.products), numbers(&terms.categories));
    let stackable = i64::from(terms.stackable);
    let paused_at = (!terms.active).then_some(now);
    let values = params![
        coupon,
        kind,
        value,
        terms.min_total,
        terms.max_uses,
        terms.max_uses_per_user,
        products,
        categories,
        stackable,
        terms.starts_at,
        terms.ends_at,
        paused_at,
        now
    ];
    Ok(tx.exec_n(1, &UPDATE, values).await?)
}

static ARCHIVE: Stmt =
    Stmt::new("UPDATE coupons SET archived_at = $2, updated_at = $2 WHERE id = $1 AND archived_at IS NULL");

pub(super) async fn archive(tx: &mut Tx, coupon: CouponId, now: Timestamp) -> Result<()> {
    Ok(tx.exec_n(1, &ARCHIVE, params![coupon, now]).await?)
}

static PRODUCTS_EXIST: Stmt = Stmt::new(in_batch!("SELECT id FROM products WHERE id IN ", " LIMIT 20"));

static CATEGORIES_EXIST: Stmt = Stmt::new(in_batch!("SELECT id FROM categories WHERE id IN ", " LIMIT 20"));

/// Those of the products that there are.
pub(super) async fn known_products<K>(conn: &mut Conn, ids: &[Id<K>]) -> Result<Vec<Id<K>>> {
    let rows: Vec<(i64,)> = batch::all(conn, &PRODUCTS_EXIST, ids).await?;
    Ok(rows.into_iter().map(|(id,)| Id::from_i64(id)).collect())
}

/// Those of the categories that there are.
pub(super) async fn known_categories<K>(conn: &mut Conn, ids: &[Id<K>]) -> Result<Vec<Id<K>>> {
    let rows: Vec<(i64,)> = batch::all(conn, &CATEGORIES_EXIST, ids).await?;
    Ok(rows.into_iter().map(|(id,)| Id::from_i64(id)).collect())
}

static LINEAGES: Stmt = Stmt::new(in_batch!(
    "WITH RECURSIVE up (leaf, id, parent_id, level) AS (
         SELECT id, id, parent_id, 1 FROM categories WHERE id IN ",
    " UNION ALL
         SELECT u.leaf, c.id, c.parent_id, u.level + 1
         FROM up u JOIN categories c ON c.id = u.parent_id WHERE u.level < 32
     )
     SELECT leaf, id FROM up ORDER BY leaf, level LIMIT 10000"
));

/// Each of these categories with those above it and itself.
pub(super) async fn lineages(
    conn: &mut Conn,
    categories: &[types::CategoryId],
) -> Result<Vec<(types::CategoryId, types::CategoryId)>> {
    batch::all(conn, &LINEAGES, categories).await
}
