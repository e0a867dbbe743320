//! SQL of the uses of coupons: counted where a limit guards them, and given back.

use db::{Asked, Conn, Insert, Kind, Many, Stmt, Tx, params};
use types::{CheckoutId, CouponId, Money, Timestamp};

use super::Uses;
use crate::Result;

pub(crate) const STATEMENTS: &[&Stmt] =
    &[USES.stmt(), &COUNT_USE, &COUNT_BUYER, &GIVE_BACK, &UNCOUNT_USE, &UNCOUNT_BUYER];

/// What is inserted in bulk.
pub(crate) const INSERTS: &[&Insert] = &[&REDEEM];

static USES: Many = Many::new(
    &[Kind::Int, Kind::Text],
    "SELECT coupon_id, buyer, uses FROM coupon_buyers WHERE coupon_id = $1 AND buyer = $2",
    "SELECT b.coupon_id, b.buyer, b.uses
     FROM unnest($1::BIGINT[], $2::TEXT[]) AS d(coupon_id, buyer)
     CROSS JOIN LATERAL (
        SELECT coupon_id, buyer, uses FROM coupon_buyers
        WHERE coupon_id = d.coupon_id AND buyer = d.buyer LIMIT 1) AS b",
);

pub(super) async fn ask_uses(conn: &mut Conn, wanted: &[(CouponId, String)]) -> Result<Asked<Uses>> {
    let sets: Vec<[db::Value<'_>; 2]> =
        wanted.iter().map(|(coupon, buyer)| *params![*coupon, *buyer]).collect();
    let rows: Asked<Vec<(CouponId, String, i64)>> = conn.ask_of(&USES, &sets).await?;
    let entry = |(coupon, buyer, uses)| ((coupon, buyer), uses);
    Ok(rows.map(move |rows| rows.into_iter().map(entry).collect()))
}

/// A use of a coupon.
#[derive(Debug, Clone)]
pub(crate) struct Redemption {
    pub(crate) checkout: CheckoutId,
    pub(crate) coupon: CouponId,
    /// See [`crate::limits`].
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
