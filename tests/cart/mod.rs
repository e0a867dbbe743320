//! Carts of users and guests, and wishlists.

mod guests;
mod items;
mod limits;
mod reminders;
mod saved;
mod wishes;

use testing::{Actor, Response, Value, json};

/// The default variant of a product.
pub(crate) fn variant(product: &Value) -> &str {
    product["variants"][0]["id"].as_str().expect("a product has a variant")
}

/// Puts units of a product's default variant into the cart.
pub(crate) async fn add(actor: &Actor, product: &Value, quantity: i64) -> Response {
    actor.post("/v1/cart/items", json!({"variant_id": variant(product), "quantity": quantity})).await
}

/// The cart's only group's only item.
fn only_item(cart: &Value) -> &Value {
    assert_eq!(cart["groups"].as_array().map(Vec::len), Some(1), "{cart}");
    assert_eq!(cart["groups"][0]["items"].as_array().map(Vec::len), Some(1), "{cart}");
    &cart["groups"][0]["items"][0]
}
