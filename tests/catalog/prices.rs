//! The lowest price of the last 30 days, shown with a reduced one.

use testing::{TestApp, Value, json};

const DAY: i64 = 86_400;

#[tokio::test]
async fn a_reduced_price_shows_the_lowest_before() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let product = seller.product("Cup", 2_000, 5).await;
    assert_eq!(product["lowest_price_30d"], Value::Null);
    let address = format!("/v1/products/{}", product["id"].as_str().unwrap());
    app.market.clock.advance(40 * DAY);
    let seller = app.login_again(&seller).await;
    // Raised for the sale: the old price stays the lowest.
    seller.patch(&address, json!({"price": 3_000})).await.expect(200);
    app.market.clock.advance(DAY);
    let seller = app.login_again(&seller).await;
    let reduced = seller.patch(&address, json!({"discount": {"percent": 20}})).await.expect(200);
    assert_eq!(reduced["final_price"]["amount"], 2_400);
    assert_eq!(reduced["lowest_price_30d"], json!({"amount": 2_000, "currency": "USD"}));
    assert_eq!(reduced["variants"][0]["lowest_price_30d"]["amount"], 2_000);
    let shown = app.anonymous().get("/v1/products/cup").await.expect(200);
    assert_eq!(shown["lowest_price_30d"]["amount"], 2_000);
    let variant = format!("/v1/variants/{}", shown["variants"][0]["id"].as_str().unwrap());
    let changed = seller.patch(&variant, json!({"discount": {"percent": 30}})).await.expect(200);
    assert_eq!(changed["lowest_price_30d"]["amount"], 2_000);
    let ended = seller.patch(&variant, json!({"discount": null})).await.expect(200);
    assert_eq!(ended["lowest_price_30d"], Value::Null);
    app.stop().await;
}

/// A sale that begins by itself shows it from then on, and one that was there from the beginning has none.
#[tokio::test]
async fn windows_count_from_when_they_begin() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let at = |days: i64| app.market.now().plus_seconds(days * DAY).to_string();
    let window = json!({"percent": 50, "starts_at": at(10), "ends_at": at(20)});
    seller.product_with(json!({"title": "Later", "price": 1_000, "stock": 1, "discount": window})).await;
    seller
        .product_with(json!({"title": "Ever", "price": 1_000, "stock": 1, "discount": {"percent": 50}}))
        .await;
    let public = app.anonymous();
    let lowest = async |slug: &str| {
        public.get(&format!("/v1/products/{slug}")).await.expect(200)["lowest_price_30d"]["amount"].clone()
    };
    assert_eq!((lowest("later").await, lowest("ever").await), (Value::Null, Value::Null));
    app.market.clock.advance(11 * DAY);
    assert_eq!((lowest("later").await, lowest("ever").await), (json!(1_000), Value::Null));
    app.market.clock.advance(10 * DAY);
    assert_eq!(lowest("later").await, Value::Null);
    app.stop().await;
}
