//! Orders: their way to the buyer in both fulfilment modes, cancellation, and who may do what.

mod bad_input;
mod cancelling;
mod direct;
mod hub;
mod lists;
mod races;
mod storm;

use testing::{Actor, Seller, TestApp, Value};

/// A shop with one product of 10 units at 10.00, and a buyer.
struct Shop {
    app: TestApp,
    seller: Seller,
    buyer: Actor,
    product: Value,
}

impl Shop {
    async fn open() -> Self {
        Self::in_app(TestApp::start().await).await
    }

    async fn in_app(app: TestApp) -> Self {
        let seller = app.seller("sara").await;
        let product = seller.product("Cup", 1_000, 10).await;
        let buyer = app.buyer("bob").await;
        Self { app, seller, buyer, product }
    }

    /// The units that are left of the product.
    async fn stock(&self) -> i64 {
        stock(&self.seller, &self.product).await
    }

    /// Ends the test: everything must be sound.
    async fn close(self) {
        self.app.expect_sound().await;
        self.app.stop().await;
    }
}

/// The units of a product's only variant, as its seller sees them.
async fn stock(seller: &Seller, product: &Value) -> i64 {
    let product = seller.get(&format!("/v1/products/{}", text(&product["id"]))).await.expect(200);
    product["variants"][0]["stock"].as_i64().unwrap_or_else(|| panic!("no stock: {product}"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// The address of an action of the buyer.
fn buyer_path(order: &Value, action: &str) -> String {
    format!("/v1/orders/{}/{action}", text(&order["id"]))
}

/// The address of an action of the seller.
fn vendor_path(order: &Value, action: &str) -> String {
    format!("/v1/vendor/orders/{}/{action}", text(&order["id"]))
}

/// The address of an action of an admin on a parcel.
fn shipment_path(shipment: &Value, action: &str) -> String {
    format!("/v1/admin/shipments/{}/{action}", text(&shipment["id"]))
}

/// The states that a timeline went through.
fn states(order: &Value) -> Vec<String> {
    let entries = order["timeline"].as_array().cloned().unwrap_or_default();
    entries.iter().map(|entry| text(&entry["to"]).to_owned()).collect()
}

/// The subjects of the mails that somebody got.
async fn subjects(app: &TestApp, email: &str) -> Vec<String> {
    app.mails_to(email).await.into_iter().map(|mail| mail.subject).collect()
}
