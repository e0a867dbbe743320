//! Coupons in carts.

use testing::{TestApp, json};

use super::{amount, apply, coupon, totals};
use crate::cart::add;

#[tokio::test]
async fn a_percentage_shows_in_the_cart() {
    let app = TestApp::start().await;
    let (admin, seller, buyer) = (app.admin().await, app.seller("ana").await, app.buyer("bob").await);
    coupon(&admin, json!({"code": "TEN", "percent": 10})).await;
    let lamp = seller
        .product_with(json!({"title": "Lamp", "price": 1999, "stock": 9, "discount": {"percent": 25}}))
        .await;
    add(&buyer, &lamp, 2).await.expect(201);
    let cart = apply(&buyer, " ten ").await;
    // 25 % off makes 1499, ten per cent of two of them 300.
    assert_eq!(totals(&cart), [3998, 1000 + 300, 0, 0, 2698]);
    assert_eq!(amount(&cart["subtotal"]), 2698);
    let line = &cart["groups"][0]["items"][0];
    assert_eq!((amount(&line["line_total"]), amount(&line["coupon_discount"])), (2998, 300));
    let usd = |amount: i64| json!({"amount": amount, "currency": "USD"});
    assert_eq!(
        line["adjustments"],
        json!([
            {"kind": "offer", "code": null, "funded_by": "vendor", "amount": usd(1000)},
            {"kind": "coupon", "code": "TEN", "funded_by": "marketplace", "amount": usd(300)},
        ])
    );
    assert_eq!(
        cart["coupons"],
        json!([{"code": "TEN", "percent": 10, "amount": null, "free_shipping": false,
        "funded_by": "marketplace", "discount": usd(300), "applied": true, "problem": null}])
    );
    // Once more is no more.
    assert_eq!(totals(&apply(&buyer, "TEN").await), totals(&cart));
    assert_eq!(buyer.get("/v1/cart").await.expect(200), cart);
    let without = buyer.delete("/v1/cart/coupons/ten").await.expect(200);
    assert_eq!((totals(&without)[4], &without["coupons"]), (2998, &json!([])));
    buyer.delete("/v1/cart/coupons/ten").await.expect_problem(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn each_refusal_has_its_code() {
    let app = TestApp::start().await;
    let (admin, seller, other, buyer) =
        (app.admin().await, app.seller("ana").await, app.seller("bea").await, app.buyer("bob").await);
    let lamp = seller.product("Lamp", 2_000, 9).await;
    let chair = other.product("Chair", 2_000, 9).await;
    add(&buyer, &lamp, 1).await.expect(201);
    for (code, fields, problem) in [
        ("LATER", json!({"percent": 10, "starts_at": "2999-01-01T00:00:00Z"}), "coupon_not_started"),
        ("OVER", json!({"percent": 10, "ends_at": "2020-01-01T00:00:00Z"}), "coupon_ended"),
        ("MUCH", json!({"percent": 10, "min_total": 2001}), "coupon_minimum_not_reached"),
        ("CHAIRS", json!({"percent": 10, "product_ids": [chair["id"]]}), "coupon_not_applicable"),
        ("BEAS", json!({"percent": 10, "vendor_id": other.vendor}), "coupon_not_applicable"),
    ] {
        let mut fields = fields;
        fields["code"] = json!(code);
        coupon(&admin, fields).await;
        let answer = buyer.post("/v1/cart/coupons", json!({"code": code})).await.expect_problem(409, problem);
        assert_eq!(
            (&answer["errors"][0]["pointer"], &answer["errors"][0]["code"]),
            (&json!("/code"), &json!(problem))
        );
    }
    // One that is switched off looks like one that there is not.
    coupon(&admin, json!({"code": "OFF", "percent": 10, "active": false})).await;
    for unknown in ["NOSUCH", "OFF", "x", "not a code"] {
        let mistakes = buyer.post("/v1/cart/coupons", json!({"code": unknown})).await.expect_invalid();
        assert_eq!(mistakes, ["/code not_found"], "{unknown}");
    }
    assert_eq!(buyer.get("/v1/cart").await.expect(200)["coupons"], json!([]));
    coupon(&admin, json!({"code": "ALONE", "percent": 10})).await;
    coupon(&admin, json!({"code": "WITH", "percent": 10, "stackable": true})).await;
    apply(&buyer, "WITH").await;
    buyer
        .post("/v1/cart/coupons", json!({"code": "ALONE"}))
        .await
        .expect_problem(409, "coupon_not_stackable");
    app.stop().await;
}

/// A coupon that is good no longer stays in the cart, and says why it takes nothing off.
#[tokio::test]
async fn a_coupon_can_go_bad() {
    let app = TestApp::start().await;
    let (admin, seller, buyer) = (app.admin().await, app.seller("ana").await, app.buyer("bob").await);
    let lamp = seller.product("Lamp", 2_000, 9).await;
    coupon(&admin, json!({"code": "BIG", "amount": 500, "min_total": 4000})).await;
    add(&buyer, &lamp, 2).await.expect(201);
    assert_eq!(totals(&apply(&buyer, "BIG").await)[4], 3_500);
    let path = format!("/v1/cart/items/{}", crate::cart::variant(&lamp));
    let cart = buyer.put(&path, json!({"quantity": 1})).await.expect(200);
    assert_eq!(totals(&cart)[4], 2_000);
    assert_eq!(cart["coupons"][0]["applied"], false);
    assert_eq!(cart["coupons"][0]["problem"], "coupon_minimum_not_reached");
    app.stop().await;
}

#[tokio::test]
async fn a_guests_coupons_join_the_users_cart() {
    let app = TestApp::start().await;
    let (admin, seller) = (app.admin().await, app.seller("ana").await);
    let lamp = seller.product("Lamp", 2_000, 9).await;
    coupon(&admin, json!({"code": "TEN", "percent": 10})).await;
    let first = app.anonymous().get("/v1/cart").await;
    let guest = app.anonymous().with_header("x-cart-token", first.header("x-cart-token"));
    add(&guest, &lamp, 1).await.expect(201);
    apply(&guest, "TEN").await;
    let user = app.buyer("bob").await;
    let market = app.market.clone();
    let token: marketplace::cart::Token = first.header("x-cart-token").parse().unwrap();
    let id = user.user.unwrap();
    let joined: marketplace::Result<()> = app
        .market
        .db
        .write(async move |tx| marketplace::cart::merge(tx, &market, &token.digest(), id).await)
        .await;
    joined.unwrap();
    let cart = user.get("/v1/cart").await.expect(200);
    assert_eq!(totals(&cart), [2_000, 200, 0, 0, 1_800]);
    user.delete("/v1/cart").await.expect(204);
    assert_eq!(user.get("/v1/cart").await.expect(200)["coupons"], json!([]));
    app.stop().await;
}
