//! Shipping in purchases: the way that was chosen, or the cheapest.

use testing::{Actor, Response, TestApp, Value, json};

use super::method;
use crate::cart::add;
use crate::coupons::{amount, totals};

/// Buys the cart with these ways of shipping.
async fn buy(actor: &Actor, key: &str, shipping: Value, country: &str) -> Response {
    let body = json!({"payment_method": "test", "shipping": shipping, "address": {
        "name": "Bob", "phone": "1", "line1": "Street 1", "city": "Town", "postal_code": "1", "country": country}});
    actor.with_header("idempotency-key", key).post("/v1/checkouts", body).await
}

#[tokio::test]
async fn the_chosen_way_is_kept_on_the_order() {
    let app = TestApp::start().await;
    let (ana, bea, buyer) = (app.seller("ana").await, app.seller("bea").await, app.buyer("bob").await);
    let lamp = ana.product("Lamp", 1_000, 9).await;
    let chair = bea.product("Chair", 2_000, 9).await;
    let express = method(&ana, json!({"name": "Express", "price": 990, "max_days": 1})).await;
    method(&ana, json!({"name": "Parcel", "price": 300})).await;
    method(&bea, json!({"name": "Van", "price": 700})).await;
    add(&buyer, &lamp, 1).await.expect(201);
    add(&buyer, &chair, 1).await.expect(201);
    let chosen = json!([{"vendor_id": ana.vendor, "option_id": express["id"]}]);
    let checkout = buy(&buyer, "one", chosen, "DE").await.expect(201);
    assert_eq!(totals(&checkout), [3_000, 0, 1_690, 0, 4_690]);
    let order = &checkout["orders"][0];
    let price = json!({"amount": 990, "currency": "USD"});
    let kept =
        json!({"id": express["id"], "name": "Express", "price": price, "min_days": null, "max_days": 1});
    assert_eq!(order["shipping"], kept);
    // What becomes of the method later does not reach the order.
    let path = format!("/v1/vendor/shipping-methods/{}", express["id"].as_str().unwrap());
    ana.delete(&path).await.expect(204);
    assert_eq!(buyer.order(order).await["shipping"], kept);
    // Freight goes to the seller, commission is on goods.
    buyer.pays(&checkout).await;
    assert_eq!(ana.balance().await, (900 + 990, 0));
    assert_eq!(bea.balance().await, (1_800 + 700, 0));
    app.stop().await;
}

#[tokio::test]
async fn without_a_choice_the_cheapest_applies() {
    let app = TestApp::start().await;
    let (ana, buyer) = (app.seller("ana").await, app.buyer("bob").await);
    let lamp = ana.product("Lamp", 1_000, 9).await;
    method(&ana, json!({"name": "Express", "price": 990})).await;
    method(&ana, json!({"name": "Near", "price": 300, "destinations": [{"country": "DE"}]})).await;
    for (key, country, price) in [("a", "DE", 300), ("b", "FR", 990)] {
        add(&buyer, &lamp, 1).await.expect(201);
        let checkout = buy(&buyer, key, json!([]), country).await.expect(201);
        assert_eq!(amount(&checkout["shipping_total"]), price, "{country}");
    }
    app.stop().await;
}

#[tokio::test]
async fn wrong_choices() {
    let app = TestApp::start().await;
    let (ana, bea, buyer) = (app.seller("ana").await, app.seller("bea").await, app.buyer("bob").await);
    let lamp = ana.product("Lamp", 1_000, 9).await;
    let near = method(&ana, json!({"name": "Near", "price": 300, "destinations": [{"country": "DE"}]})).await;
    let van = method(&bea, json!({"name": "Van", "price": 700})).await;
    add(&buyer, &lamp, 1).await.expect(201);
    for (shipping, mistakes) in [
        (json!([{"vendor_id": ana.vendor, "option_id": "express"}]), vec!["/shipping/0/option_id not_found"]),
        (json!([{"vendor_id": ana.vendor, "option_id": van["id"]}]), vec!["/shipping/0/option_id not_found"]),
        (json!([{"vendor_id": bea.vendor, "option_id": van["id"]}]), vec!["/shipping/0/vendor_id not_found"]),
        (
            json!([{"vendor_id": ana.vendor, "option_id": near["id"]}, {"vendor_id": ana.vendor, "option_id": near["id"]}]),
            vec!["/shipping/1/vendor_id duplicate"],
        ),
        (json!([{"vendor_id": ana.vendor}]), vec!["/shipping/0/option_id required"]),
    ] {
        assert_eq!(buy(&buyer, "k", shipping.clone(), "DE").await.expect_invalid(), mistakes, "{shipping}");
    }
    let far = buy(&buyer, "k", json!([{"vendor_id": ana.vendor, "option_id": near["id"]}]), "FR").await;
    let problem = far.expect_problem(409, "not_deliverable");
    assert_eq!(problem["errors"][0]["pointer"], "/groups/0/items/0");
    buy(&buyer, "k", json!(null), "FR").await.expect_problem(409, "not_deliverable");
    buy(&buyer, "k", json!(null), "DE").await.expect(201);
    app.stop().await;
}
