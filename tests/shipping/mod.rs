//! Ways of shipping: kept by shops, shown in carts, chosen by buyers.

mod carts;
mod checkouts;
mod keeping;

use testing::{Seller, Value};

/// Adds a way of shipping to the shop.
pub(crate) async fn method(seller: &Seller, fields: Value) -> Value {
    seller.post("/v1/vendor/shipping-methods", fields).await.expect(201)
}
