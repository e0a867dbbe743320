//! Somebody who sells.

use std::ops::Deref;

use serde_json::{Value, json};
use types::VendorId;

use crate::Actor;

/// The owner of an accepted shop. Speaks to the app like any [`Actor`].
#[derive(Debug, Clone)]
pub struct Seller {
    /// The owner.
    pub actor: Actor,
    /// The shop.
    pub vendor: VendorId,
    /// The shop's slug.
    pub slug: String,
}

impl Seller {
    /// A published product of this shop at `price` minor units, as the API answers.
    pub async fn product(&self, title: &str, price: i64, stock: i64) -> Value {
        self.product_with(json!({"title": title, "price": price, "stock": stock})).await
    }

    /// A product of this shop with these fields; published, with a description, unless they say otherwise.
    pub async fn product_with(&self, fields: Value) -> Value {
        let mut body = json!({"description": "As good as it looks.", "status": "published"});
        if let (Some(body), Value::Object(fields)) = (body.as_object_mut(), fields) {
            body.extend(fields);
        }
        self.post("/v1/products", body).await.expect(201)
    }
}

impl Deref for Seller {
    type Target = Actor;
    fn deref(&self) -> &Actor {
        &self.actor
    }
}
