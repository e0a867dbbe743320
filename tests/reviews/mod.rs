//! Reviews: who may write one, what it counts for, what sellers and operators do with it.

mod bad_input;
mod moderation;
mod ratings;
mod writing;

use testing::{Actor, Seller, TestApp, Value, json};

/// A shop with one product.
struct Shop {
    app: TestApp,
    seller: Seller,
    product: Value,
}

impl Shop {
    async fn open() -> Self {
        let app = TestApp::start().await;
        let seller = app.seller("maya").await;
        let product = seller.product("Cup", 1_000, 1_000).await;
        Self { app, seller, product }
    }

    /// Somebody whom the product reached.
    async fn customer(&self, name: &str) -> Actor {
        let buyer = self.app.buyer(name).await;
        receives(&self.seller, &buyer, &self.product).await;
        buyer
    }

    /// A review by somebody whom the product reached.
    async fn review(&self, name: &str, stars: i64) -> (Actor, Value) {
        let buyer = self.customer(name).await;
        let review = buyer.post("/v1/products/cup/reviews", json!({"rating": stars})).await.expect(201);
        (buyer, review)
    }

    /// The rating that the product shows.
    async fn rating(&self) -> Value {
        self.app.anonymous().get("/v1/products/cup").await.expect(200)["rating"].clone()
    }
}

/// Buys one unit and gets it.
async fn receives(seller: &Seller, buyer: &Actor, product: &Value) {
    let order = buyer.buys_and_pays(&[(product, 1)]).await;
    seller.does_all(&["accept", "pack", "ship", "deliver"], &order).await;
}

/// The address of a review.
fn path(review: &Value) -> String {
    format!("/v1/reviews/{}", review["id"].as_str().expect("a review has an id"))
}
