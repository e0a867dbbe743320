//! Payments: captured once, declined and tried again, against expiry, in cash, refunded.

mod cash;
mod confirming;
mod refunds;
mod stripe;

use testing::{Actor, Response, Seller, TestApp, Value, json};

/// Two shops with a product each (10.00 and 3.33), and a buyer.
struct Town {
    app: TestApp,
    sellers: [Seller; 2],
    buyer: Actor,
    products: [Value; 2],
}

impl Town {
    async fn open() -> Self {
        let app = TestApp::builder().with(|settings| settings.checkout_ttl_seconds = 60).start().await;
        let sellers = [app.seller("sara").await, app.seller("olga").await];
        let products =
            [sellers[0].product("Cup", 1_000, 100).await, sellers[1].product("Plate", 333, 100).await];
        let buyer = app.buyer("bob").await;
        Self { app, sellers, buyer, products }
    }

    /// One of each product in one checkout.
    async fn buy(&self, method: &str) -> Value {
        self.buyer.buys(&[(&self.products[0], 1), (&self.products[1], 1)], method).await
    }

    async fn confirm(&self, checkout: &Value, outcome: &str) -> Response {
        let path = format!("{}/confirm", payment_path(checkout));
        self.buyer.post(&path, json!({"outcome": outcome})).await
    }

    async fn payment(&self, checkout: &Value) -> Value {
        self.buyer.get(&payment_path(checkout)).await.expect(200)
    }

    async fn close(self) {
        self.app.expect_sound().await;
        self.app.stop().await;
    }
}

fn payment_path(checkout: &Value) -> String {
    format!("/v1/payments/{}", text(&checkout["payment"]["id"]))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// The order of a checkout that comes to this much.
fn order_of(checkout: &Value, total: i64) -> &Value {
    let orders = checkout["orders"].as_array().unwrap();
    orders
        .iter()
        .find(|order| order["total"]["amount"] == total)
        .unwrap_or_else(|| panic!("none: {checkout}"))
}
