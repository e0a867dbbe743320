//! Coupons: kept by admins and shops, put into carts, used by purchases.

mod carts;
pub(crate) mod checkouts;
mod free;
mod guessing;
mod keeping;

use testing::{Actor, Value, json};

/// Makes a coupon of the marketplace with these fields.
pub(crate) async fn coupon(admin: &Actor, fields: Value) -> Value {
    admin.post("/v1/admin/coupons", fields).await.expect(201)
}

/// Puts a coupon into the cart, and answers the cart.
pub(crate) async fn apply(actor: &Actor, code: &str) -> Value {
    actor.post("/v1/cart/coupons", json!({"code": code})).await.expect(201)
}

/// The minor units of an amount.
pub(crate) fn amount(price: &Value) -> i64 {
    price["amount"].as_i64().unwrap_or_else(|| panic!("{price} is no amount"))
}

/// `items_total`, `discount_total`, `shipping_total`, `tax_total`, `grand_total` of a cart or checkout.
pub(crate) fn totals(of: &Value) -> [i64; 5] {
    ["items_total", "discount_total", "shipping_total", "tax_total", "grand_total"]
        .map(|name| amount(&of[name]))
}
