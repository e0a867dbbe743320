//! SQL of the coupons in carts.

use db::{Asked, Conn, FromRow, Kind, Many, Row, Stmt, Tx, params};
use types::{CartId, CouponId, Timestamp};

use super::{Presented, store};
use crate::Result;

pub(crate) const STATEMENTS: &[&Stmt] = &[
    OF_CARTS.stmt(),
    &PUT_IN_CART,
    &IN_CART,
    &TAKE_OUT_OF_CART,
    &JOIN_CARTS,
    &CLEAR_CARTS,
    LOCK_OF_CARTS.stmt(),
];

/// A coupon in a cart.
pub(super) struct InCart {
    pub(super) cart: CartId,
    pub(super) presented: Presented,
}

impl FromRow for InCart {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let cart = columns.read()?;
        let coupon = store::read(&mut columns)?;
        let uses = columns.read()?;
        columns.finish()?;
        Ok(Self { cart, presented: Presented { coupon, uses } })
    }
}

/// A coupon `c` in a cart, and how often the cart's user has used it.
macro_rules! in_cart_columns {
    () => {
        "i.cart_id, c.id, c.code, c.funded_by, c.vendor_id, c.benefit, c.benefit_value, c.min_total,
        c.max_uses, c.max_uses_per_user, c.products, c.categories, c.stackable, c.starts_at, c.ends_at,
        c.paused_at, c.archived_at, c.used_count, c.created_at, CAST(COALESCE(b.uses, 0) AS BIGINT)"
    };
}

/// Where that is read, beside an entry `i` of a cart.
macro_rules! in_cart_tables {
    () => {
        "JOIN coupons c ON c.id = i.coupon_id
     JOIN carts k ON k.id = i.cart_id
     LEFT JOIN users u ON u.id = k.user_id
     LEFT JOIN coupon_buyers b ON b.coupon_id = c.id AND b.buyer = u.person_key"
    };
}

static OF_CARTS: Many = Many::new(
    &[Kind::Int],
    concat!(
        "SELECT ",
        in_cart_columns!(),
        " FROM cart_coupons i ",
        in_cart_tables!(),
        " WHERE i.cart_id = $1 ORDER BY i.added_at, i.coupon_id LIMIT 100"
    ),
    concat!(
        "SELECT ",
        in_cart_columns!(),
        " FROM unnest($1::BIGINT[]) AS d(cart_id)
         CROSS JOIN LATERAL (
            SELECT cart_id, coupon_id, added_at FROM cart_coupons
            WHERE cart_id = d.cart_id ORDER BY added_at, coupon_id LIMIT 100) AS i ",
        in_cart_tables!(),
        " ORDER BY i.cart_id, i.added_at, i.coupon_id"
    ),
);

/// The coupons of several carts, each cart's in the order in which they were put in. How often a guest has
/// used one is not known before they say who they are.
pub(super) async fn ask_of_carts(conn: &mut Conn, carts: &[CartId]) -> Result<Asked<Vec<InCart>>> {
    let sets: Vec<[db::Value<'_>; 1]> = carts.iter().map(|cart| *params![*cart]).collect();
    Ok(conn.ask_of(&OF_CARTS, &sets).await?)
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
