//! Coupons, ways of shipping, taxes, and what carts hold besides lines.

use testing::json as object;

use super::cell::{empty, json, table};
use super::who::{admin, any_member, exactly, members, public};

table! { w =>
    "GET /v1/admin/coupons", admin(200), empty();
    "POST /v1/admin/coupons", admin(201), json(object!({"code": format!("CODE-{}", w.number()), "percent": 5}));
    "GET /v1/admin/coupons/{id}", admin(200), empty().at(w.coupon(false).await);
    "PATCH /v1/admin/coupons/{id}", admin(200), json(object!({"active": false})).at(w.coupon(false).await);
    "DELETE /v1/admin/coupons/{id}", admin(204), empty().at(w.coupon(false).await);
    "GET /v1/admin/tax-rates", admin(200), empty();
    "PUT /v1/admin/tax-rates", admin(200), json(object!({"rates": []}));

    "GET /v1/vendor/coupons", any_member(200), empty();
    "POST /v1/vendor/coupons", any_member(201), json(object!({"code": format!("CODE-{}", w.number()), "amount": 5}));
    "GET /v1/vendor/coupons/{id}", members(200), empty().at(w.coupon(true).await);
    "PATCH /v1/vendor/coupons/{id}", members(200), json(object!({"active": false})).at(w.coupon(true).await);
    "DELETE /v1/vendor/coupons/{id}", members(204), empty().at(w.coupon(true).await);

    "GET /v1/vendor/shipping-methods", any_member(200), empty();
    "POST /v1/vendor/shipping-methods", any_member(201), json(object!({"name": "Parcel", "price": 0}));
    "GET /v1/vendor/shipping-methods/{id}", members(200), empty().at(w.shipping_method().await);
    "PATCH /v1/vendor/shipping-methods/{id}", members(200),
        json(object!({"max_days": 9})).at(w.shipping_method().await);
    "DELETE /v1/vendor/shipping-methods/{id}", members(204), empty().at(w.shipping_method().await);

    // Nobody has a coupon or anything aside, but for the buyer's cart.
    "POST /v1/cart/coupons", exactly([422, 422, 422, 422, 422, 422, 422, 422, 403, 422]),
        json(object!({"code": "NO-SUCH-CODE"}));
    "DELETE /v1/cart/coupons/{code}", exactly([404, 404, 404, 404, 404, 404, 404, 404, 403, 404]),
        empty().at("NO-SUCH-CODE");
    "GET /v1/cart/saved", public(200), empty();
    "DELETE /v1/cart/saved/{variant_id}", exactly([404, 404, 404, 404, 404, 404, 404, 404, 403, 404]),
        empty().at(w.product["variants"][0]["id"].as_str().expect("a variant"));
    "POST /v1/cart/saved/{variant_id}/restore", exactly([404, 404, 404, 404, 404, 404, 404, 404, 403, 404]),
        empty().at(w.product["variants"][0]["id"].as_str().expect("a variant"));
    "POST /v1/cart/items/{variant_id}/save", exactly([404, 200, 404, 404, 404, 404, 404, 404, 403, 404]), {
        w.unpaid_cart().await;
        empty().at(w.product["variants"][0]["id"].as_str().expect("a variant"))
    };
}
