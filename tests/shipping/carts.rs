//! What carts show of shipping.

use testing::{TestApp, json};

use super::method;
use crate::cart::add;
use crate::coupons::{apply, coupon, totals};

#[tokio::test]
async fn a_cart_offers_each_sellers_ways() {
    let app = TestApp::start().await;
    let (ana, bea, buyer) = (app.seller("ana").await, app.seller("bea").await, app.buyer("bob").await);
    let lamp =
        ana.product_with(json!({"title": "Lamp", "price": 2000, "stock": 9, "weight_grams": 600})).await;
    let chair = bea.product("Chair", 5_000, 9).await;
    let express = method(&ana, json!({"name": "Express", "price": 990, "min_days": 1, "max_days": 1})).await;
    let parcel = method(
        &ana,
        json!({"name": "Parcel", "weight_bands": [{"up_to_grams": 1000, "price": 300}, {"up_to_grams": 2000, "price": 500}],
            "destinations": [{"country": "BR"}]}),
    )
    .await;
    method(&ana, json!({"name": "Off", "price": 0, "active": false})).await;
    add(&buyer, &lamp, 2).await.expect(201);
    add(&buyer, &chair, 1).await.expect(201);
    let cart = buyer.get("/v1/cart?country=BR").await.expect(200);
    let group = &cart["groups"][0];
    let usd = |amount: i64| json!({"amount": amount, "currency": "USD"});
    assert_eq!(
        group["shipping_options"],
        json!([
            {"id": parcel["id"], "name": "Parcel", "price": usd(500), "min_days": null, "max_days": null},
            {"id": express["id"], "name": "Express", "price": usd(990), "min_days": 1, "max_days": 1},
        ])
    );
    assert_eq!((&group["shipping_option_id"], &group["deliverable"]), (&parcel["id"], &json!(true)));
    assert_eq!(cart["groups"][1]["shipping_options"], json!([]));
    assert_eq!(totals(&cart), [9_000, 0, 500, 0, 9_500]);
    // Elsewhere only one of them goes; the default address is where it goes unless asked.
    assert_eq!(totals(&buyer.get("/v1/cart?country=DE").await.expect(200))[2], 990);
    let address = json!({"name": "Bob", "phone": "1", "line1": "Street 1", "city": "Berlin", "postal_code": "1",
        "country": "DE"});
    buyer.post("/v1/me/addresses", address).await.expect(201);
    assert_eq!(totals(&buyer.get("/v1/cart").await.expect(200))[2], 990);
    assert_eq!(buyer.get("/v1/cart?country=XX").await.expect_invalid(), ["/country not_allowed"]);
    app.stop().await;
}

#[tokio::test]
async fn goods_above_a_value_ship_free_and_coupons_can_make_it_so() {
    let app = TestApp::start().await;
    let (admin, ana, buyer) = (app.admin().await, app.seller("ana").await, app.buyer("bob").await);
    let lamp = ana.product("Lamp", 2_000, 9).await;
    method(&ana, json!({"name": "Parcel", "price": 490, "free_above": 4000})).await;
    coupon(&admin, json!({"code": "SHIPFREE", "free_shipping": true})).await;
    add(&buyer, &lamp, 1).await.expect(201);
    assert_eq!(totals(&buyer.get("/v1/cart").await.expect(200)), [2_000, 0, 490, 0, 2_490]);
    let cart = apply(&buyer, "SHIPFREE").await;
    assert_eq!(totals(&cart), [2_000, 0, 0, 0, 2_000]);
    assert_eq!(cart["coupons"][0]["discount"]["amount"], 490);
    assert_eq!(cart["groups"][0]["adjustments"][0]["kind"], "free_shipping");
    buyer.delete("/v1/cart/coupons/SHIPFREE").await.expect(200);
    add(&buyer, &lamp, 1).await.expect(201);
    assert_eq!(totals(&buyer.get("/v1/cart").await.expect(200)), [4_000, 0, 0, 0, 4_000]);
    app.stop().await;
}

#[tokio::test]
async fn where_no_way_goes_nothing_can_be_delivered() {
    let app = TestApp::start().await;
    let (ana, buyer) = (app.seller("ana").await, app.buyer("bob").await);
    let lamp = ana.product("Lamp", 2_000, 9).await;
    method(
        &ana,
        json!({"name": "Parcel", "price": 490, "destinations": [{"country": "US", "regions": ["CA"]}]}),
    )
    .await;
    add(&buyer, &lamp, 1).await.expect(201);
    let there = buyer.get("/v1/cart?country=US&region=ca").await.expect(200);
    assert_eq!((&there["groups"][0]["deliverable"], totals(&there)[2]), (&json!(true), 490));
    let elsewhere = buyer.get("/v1/cart?country=US&region=TX").await.expect(200);
    assert_eq!(elsewhere["groups"][0]["deliverable"], false);
    assert_eq!(elsewhere["groups"][0]["shipping_options"], json!([]));
    app.stop().await;
}
