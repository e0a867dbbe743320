//! Returns: asked for, approved or rejected, received, refunded.

mod asking;
mod receiving;

use testing::{Actor, Response, Seller, TestApp, Value, json};

/// A shop, a buyer, and what the buyer has bought: 3 cups at 3.33, or more, delivered.
struct Delivered {
    app: TestApp,
    seller: Seller,
    buyer: Actor,
    product: Value,
    order: Value,
}

impl Delivered {
    async fn new(method: &str) -> Self {
        let builder = TestApp::builder().with(|settings| {
            settings.hold_seconds = 300;
            settings.return_window_seconds = 600;
        });
        let app = builder.start().await;
        let seller = app.seller("sara").await;
        let product = seller.product("Cup", 333, 10).await;
        let buyer = app.buyer("bob").await;
        let checkout = buyer.buys(&[(&product, 3)], method).await;
        if method == "test" {
            buyer.pays(&checkout).await;
        }
        let order = checkout["orders"][0].clone();
        let order = seller.does_all(&["accept", "pack", "ship", "deliver"], &order).await;
        Self { app, seller, buyer, product, order }
    }

    /// Asks to return units of the only item.
    async fn ask(&self, quantity: i64) -> Response {
        let lines = json!([{"item_id": self.order["items"][0]["id"], "quantity": quantity}]);
        self.buyer.post(&self.returns(), json!({"items": lines, "reason": "does not fit"})).await
    }

    async fn approve(&self, returned: &Value) -> Value {
        self.seller.post_empty(&path(returned, "approve")).await.expect(200)
    }

    async fn receive(&self, returned: &Value, restock: bool) -> Response {
        self.seller.post(&path(returned, "receive"), json!({"restock": restock})).await
    }

    fn returns(&self) -> String {
        format!("/v1/orders/{}/returns", text(&self.order["id"]))
    }

    async fn stock(&self) -> Value {
        let product =
            self.seller.get(&format!("/v1/products/{}", text(&self.product["id"]))).await.expect(200);
        product["variants"][0]["stock"].clone()
    }

    async fn close(self) {
        self.app.expect_sound().await;
        self.app.stop().await;
    }
}

fn path(returned: &Value, action: &str) -> String {
    format!("/v1/vendor/returns/{}/{action}", text(&returned["id"]))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}
