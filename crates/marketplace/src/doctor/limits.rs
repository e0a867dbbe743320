//! Limits of coupons and products: what is counted is what was used.

use db::Stmt;
use types::{CouponId, ProductId};

use super::{Check, Finding};

pub(super) const CHECKS: &[&Check] = &[&COUPON_USES, &COUPON_BUYERS, &GIVEN_BACK, &PRODUCT_UNITS];

static COUPON_USES: Check =
    Check::new("coupon_uses_equal_redemptions", &UNEQUAL_USES, |Finding { id, found, expected }| {
        format!("{} counts {found} uses, it was redeemed {expected} times", CouponId::from_i64(*id))
    });

static UNEQUAL_USES: Stmt = Stmt::new(
    "SELECT c.id, c.used_count, CAST(COALESCE(r.uses, 0) AS BIGINT)
     FROM coupons c
     LEFT JOIN (SELECT coupon_id, COUNT(*) AS uses FROM coupon_redemptions
                WHERE given_back_at IS NULL GROUP BY coupon_id) r
       ON r.coupon_id = c.id
     WHERE c.used_count <> COALESCE(r.uses, 0)
     ORDER BY c.id LIMIT $1",
);

static COUPON_BUYERS: Check =
    Check::new("coupon_buyers_equal_redemptions", &UNEQUAL_BUYERS, |Finding { id, found, expected }| {
        let coupon = CouponId::from_i64(*id);
        format!("{coupon} counts {found} uses of one buyer, who redeemed it {expected} times")
    });

static UNEQUAL_BUYERS: Stmt = Stmt::new(
    "SELECT b.coupon_id, b.uses, CAST(COALESCE(r.uses, 0) AS BIGINT)
     FROM coupon_buyers b
     LEFT JOIN (SELECT coupon_id, buyer, COUNT(*) AS uses FROM coupon_redemptions
                WHERE given_back_at IS NULL GROUP BY coupon_id, buyer) r
       ON r.coupon_id = b.coupon_id AND r.buyer = b.buyer
     WHERE b.uses <> COALESCE(r.uses, 0)
     ORDER BY b.coupon_id LIMIT $1",
);

static GIVEN_BACK: Check =
    Check::new("coupon_given_back_when_unpaid", &WRONGLY_HELD, |Finding { id, found, .. }| {
        let coupon = CouponId::from_i64(*id);
        match found {
            0 => format!("{coupon} was given back by a checkout that was not given up"),
            _ => format!("{coupon} was not given back by a checkout that was given up"),
        }
    });

static WRONGLY_HELD: Stmt = Stmt::new(
    "SELECT r.coupon_id, CASE WHEN r.given_back_at IS NULL THEN 1 ELSE 0 END, 0
     FROM coupon_redemptions r JOIN checkouts c ON c.id = r.checkout_id
     WHERE (r.given_back_at IS NULL) <> (c.status IN ('awaiting_payment', 'confirmed'))
     ORDER BY r.coupon_id LIMIT $1",
);

static PRODUCT_UNITS: Check =
    Check::new("product_buyers_equal_orders", &UNEQUAL_UNITS, |Finding { id, found, expected }| {
        let product = ProductId::from_i64(*id);
        format!("{product} counts {found} units towards limits, its orders hold {expected}")
    });

static UNEQUAL_UNITS: Stmt = Stmt::new(
    "SELECT b.product_id, CAST(b.units AS BIGINT), CAST(COALESCE(i.units, 0) AS BIGINT)
     FROM (SELECT product_id, SUM(units) AS units FROM product_buyers GROUP BY product_id) b
     LEFT JOIN (SELECT i.product_id, SUM(i.quantity) AS units
                FROM order_items i JOIN orders o ON o.id = i.order_id
                WHERE i.limited_for IS NOT NULL AND o.status <> 'cancelled' GROUP BY i.product_id) i
       ON i.product_id = b.product_id
     WHERE b.units <> COALESCE(i.units, 0)
     ORDER BY b.product_id LIMIT $1",
);
