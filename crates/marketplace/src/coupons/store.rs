//! SQL of the coupons.

use db::{
    Column, ColumnError, ColumnValue, Columns, Conn, FromRow, Insert, Kind, Many, Row, Stmt, Tx, params,
};
use types::{CartId, CheckoutId, CouponId, Id, Limit, Money, Timestamp, VendorId};

use super::model::BenefitKind;
use super::{Benefit, Coupon, Presented, Terms, Uses};
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
    &OF_CARTS,
    &PUT_IN_CART,
    &IN_CART,
    &TAKE_OUT_OF_CART,
    &CLEAR_CARTS,
    &JOIN_CARTS,
    LOCK_OF_CARTS.stmt(),
    USES.stmt(),
    &COUNT_USE,
    &COUNT_BUYER,
    &GIVE_BACK,
    &UNCOUNT_USE,
    &UNCOUNT_BUYER,
    &PRODUCTS_EXIST,
    &CATEGORIES_EXIST,
    &LINEAGES,
];

/// What is inserted in bulk.
pub(crate) const INSERTS: &[&Insert] = &[&REDEEM];

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

fn read(columns: &mut Columns<'_, '_>) -> db::Result<Coupon> {
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

/// A coupon in a cart.
pub(super) struct InCart {
    pub(super) cart: CartId,
    pub(super) presented: Presented,
}

impl FromRow for InCart {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let cart = columns.read()?;
        let coupon = read(&mut columns)?;
        let uses = columns.read()?;
        columns.finish()?;
        Ok(Self { cart, presented: Presented { coupon, uses } })
    }
}

static OF_CARTS: Stmt = Stmt::new(in_batch!(
    "SELECT i.cart_id, c.id, c.code, c.funded_by, c.vendor_id, c.benefit, c.benefit_value, c.min_total,
        c.max_uses, c.max_uses_per_user, c.products, c.categories, c.stackable, c.starts_at, c.ends_at,
        c.paused_at, c.archived_at, c.used_count, c.created_at, CAST(COALESCE(b.uses, 0) AS BIGINT)
     FROM cart_coupons i
     JOIN coupons c ON c.id = i.coupon_id
     JOIN carts k ON k.id = i.cart_id
     LEFT JOIN coupon_buyers b ON b.coupon_id = c.id AND b.buyer = CAST(k.user_id AS TEXT)
     WHERE i.cart_id IN ",
    " ORDER BY i.cart_id, i.added_at, i.coupon_id LIMIT 10000"
));

/// The coupons of several carts, each cart's in the order in which they were put in. How often a guest has
/// used one is not known before they say who they are.
pub(super) async fn of_carts(conn: &mut Conn, carts: &[CartId]) -> Result<Vec<InCart>> {
    batch::all(conn, &OF_CARTS, carts).await
}

static PUT_IN_CART: Stmt = Stmt::new(
    "INSERT INTO cart_coupons (cart_id, coupon_id, added_at) VALUES ($1, $2, $3)
     ON CONFLICT (cart_id, coupon_id) DO NOTHING",
);

pub(super) async fn put_in_cart(tx: &mut Tx, cart: CartId, coupon: CouponId, now: Timestamp) -> Result<()> {
    tx.exec(&PUT_IN_CART, params![cart, coupon, now]).await?;
    Ok(())
}

static IN_CART: Stmt = Stmt::new("SELECT COUNT(*) FROM cart_coupons WHERE cart_id = $1");

pub(super) async fn in_cart(conn: &mut Conn, cart: CartId) -> Result<i64> {
    let (count,): (i64,) = conn.one(&IN_CART, params![cart]).await?;
    Ok(count)
}

static TAKE_OUT_OF_CART: Stmt = Stmt::new(
    "DELETE FROM cart_coupons WHERE cart_id = $1
        AND coupon_id = (SELECT c.id FROM coupons c WHERE c.code = $2)",
);

/// `false` when the cart has no coupon with this code.
pub(super) async fn take_out_of_cart(tx: &mut Tx, cart: CartId, code: &str) -> Result<bool> {
    Ok(tx.exec(&TAKE_OUT_OF_CART, params![cart, code]).await? == 1)
}

static JOIN_CARTS: Stmt = Stmt::new(
    "INSERT INTO cart_coupons (cart_id, coupon_id, added_at)
     SELECT CAST($2 AS BIGINT), i.coupon_id, i.added_at FROM cart_coupons i WHERE i.cart_id = $1
     ON CONFLICT (cart_id, coupon_id) DO NOTHING",
);

pub(super) async fn join_carts(tx: &mut Tx, from: CartId, into: CartId) -> Result<()> {
    tx.exec(&JOIN_CARTS, params![from, into]).await?;
    Ok(())
}

static CLEAR_CARTS: Stmt = Stmt::new("DELETE FROM cart_coupons WHERE cart_id = $1");

pub(super) async fn clear_carts(tx: &mut Tx, carts: &[CartId]) -> Result<()> {
    let sets: Vec<_> = carts.iter().map(|cart| *params![*cart]).collect();
    tx.exec_each(&CLEAR_CARTS, &sets).await?;
    Ok(())
}

static LOCK_OF_CARTS: Many = Many::new(
    &[Kind::Int],
    "SELECT coupon_id FROM cart_coupons WHERE cart_id = $1",
    "SELECT id FROM coupons
     WHERE id IN (SELECT coupon_id FROM cart_coupons WHERE cart_id = ANY($1::BIGINT[]))
     ORDER BY id FOR NO KEY UPDATE",
);

pub(super) async fn lock_of_carts(tx: &mut Tx, carts: &[CartId]) -> Result<()> {
    let sets: Vec<[db::Value<'_>; 1]> = carts.iter().map(|cart| *params![*cart]).collect();
    let _: Vec<(CouponId,)> = tx.all_of(&LOCK_OF_CARTS, &sets).await?;
    Ok(())
}

static USES: Many = Many::new(
    &[Kind::Int, Kind::Text],
    "SELECT coupon_id, buyer, uses FROM coupon_buyers WHERE coupon_id = $1 AND buyer = $2",
    "SELECT b.coupon_id, b.buyer, b.uses
     FROM unnest($1::BIGINT[], $2::TEXT[]) AS d(coupon_id, buyer)
     JOIN coupon_buyers b ON b.coupon_id = d.coupon_id AND b.buyer = d.buyer",
);

pub(super) async fn uses(conn: &mut Conn, wanted: &[(CouponId, String)]) -> Result<Uses> {
    let sets: Vec<[db::Value<'_>; 2]> =
        wanted.iter().map(|(coupon, buyer)| *params![*coupon, *buyer]).collect();
    let rows: Vec<(CouponId, String, i64)> = conn.all_of(&USES, &sets).await?;
    Ok(rows.into_iter().map(|(coupon, buyer, uses)| ((coupon, buyer), uses)).collect())
}

/// A use of a coupon.
#[derive(Debug, Clone)]
pub(crate) struct Redemption {
    pub(crate) checkout: CheckoutId,
    pub(crate) coupon: CouponId,
    /// See [`super::buyer_key`].
    pub(crate) buyer: String,
    /// How often one buyer can use it.
    pub(crate) most: Option<i64>,
    pub(crate) discount: Money,
}

static COUNT_USE: Stmt = Stmt::new(
    "UPDATE coupons SET used_count = used_count + $2
     WHERE id = $1 AND archived_at IS NULL AND paused_at IS NULL
        AND (max_uses IS NULL OR used_count + $2 <= max_uses)",
);

/// Counts uses that are in the order of their coupons; `false` when a coupon's limit does not allow all.
pub(super) async fn count_uses(tx: &mut Tx, uses: &[&Redemption]) -> Result<bool> {
    let counts = uses.chunk_by(|one, other| one.coupon == other.coupon);
    let counts: Vec<(CouponId, i64)> =
        counts.map(|same| (same[0].coupon, i64::try_from(same.len()).unwrap_or(i64::MAX))).collect();
    let sets: Vec<_> = counts.iter().map(|(coupon, count)| *params![*coupon, *count]).collect();
    Ok(tx.exec_each(&COUNT_USE, &sets).await?.iter().all(|rows| *rows == 1))
}

static COUNT_BUYER: Stmt = Stmt::new(
    "INSERT INTO coupon_buyers (coupon_id, buyer, uses) VALUES ($1, $2, 1)
     ON CONFLICT (coupon_id, buyer) DO UPDATE SET uses = coupon_buyers.uses + 1
     WHERE CAST($3 AS BIGINT) IS NULL OR coupon_buyers.uses < CAST($3 AS BIGINT)",
);

/// Counts uses by their buyers; `false` when the limit of one does not allow it.
pub(super) async fn count_buyers(tx: &mut Tx, uses: &[&Redemption]) -> Result<bool> {
    let sets: Vec<_> = uses.iter().map(|one| *params![one.coupon, one.buyer, one.most]).collect();
    Ok(tx.exec_each(&COUNT_BUYER, &sets).await?.iter().all(|rows| *rows == 1))
}

static REDEEM: Insert = Insert::new(
    "coupon_redemptions",
    &[
        ("checkout_id", Kind::Int),
        ("coupon_id", Kind::Int),
        ("buyer", Kind::Text),
        ("discount", Kind::Int),
        ("redeemed_at", Kind::Int),
    ],
);

/// Writes down uses that were counted.
pub(super) async fn redeem(tx: &mut Tx, uses: &[&Redemption], now: Timestamp) -> Result<()> {
    let rows: Vec<_> =
        uses.iter().map(|one| *params![one.checkout, one.coupon, one.buyer, one.discount, now]).collect();
    Ok(tx.insert_many(&REDEEM, &rows).await?)
}

static GIVE_BACK: Stmt = Stmt::new(
    "UPDATE coupon_redemptions SET given_back_at = $2
     WHERE checkout_id = $1 AND given_back_at IS NULL
     RETURNING coupon_id, buyer",
);

static UNCOUNT_USE: Stmt = Stmt::new("UPDATE coupons SET used_count = used_count - 1 WHERE id = $1");

static UNCOUNT_BUYER: Stmt =
    Stmt::new("UPDATE coupon_buyers SET uses = uses - 1 WHERE coupon_id = $1 AND buyer = $2");

/// Gives back the uses of a checkout that were not given back before.
pub(super) async fn give_back(tx: &mut Tx, checkout: CheckoutId, now: Timestamp) -> Result<()> {
    let mut uses: Vec<(CouponId, String)> = tx.all(&GIVE_BACK, params![checkout, now]).await?;
    uses.sort_unstable();
    for (coupon, buyer) in &uses {
        tx.exec_n(1, &UNCOUNT_USE, params![coupon]).await?;
        tx.exec_n(1, &UNCOUNT_BUYER, params![coupon, buyer]).await?;
    }
    Ok(())
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
