//! Coupons in purchases: used, counted, given back.

use futures_util::future::join_all;
use testing::{Actor, TestApp, Value, json};

use super::{amount, apply, coupon, totals};
use crate::cart::add;

/// What a coupon counts.
async fn used(admin: &Actor, coupon: &Value) -> i64 {
    let path = format!("/v1/admin/coupons/{}", coupon["id"].as_str().unwrap());
    admin.get(&path).await.expect(200)["used_count"].as_i64().unwrap()
}

#[tokio::test]
async fn a_purchase_uses_its_coupons() {
    let app = TestApp::start().await;
    let (admin, ana, bea, buyer) =
        (app.admin().await, app.seller("ana").await, app.seller("bea").await, app.buyer("bob").await);
    let lamp = ana.product("Lamp", 1_000, 9).await;
    let chair = bea.product("Chair", 2_000, 9).await;
    let kept = coupon(&admin, json!({"code": "HUNDRED", "amount": 100})).await;
    add(&buyer, &lamp, 1).await.expect(201);
    add(&buyer, &chair, 1).await.expect(201);
    apply(&buyer, "HUNDRED").await;
    let checkout = buyer.buys(&[], "test").await;
    assert_eq!(totals(&checkout), [3_000, 100, 0, 0, 2_900]);
    let orders = checkout["orders"].as_array().unwrap();
    let parts: Vec<i64> = orders.iter().map(|order| amount(&order["discount_total"])).collect();
    assert_eq!(parts, [33, 67]);
    let item = &orders[0]["items"][0];
    assert_eq!((amount(&item["line_total"]), amount(&item["coupon_discount"])), (1_000, 33));
    assert_eq!(item["adjustments"][0]["code"], "HUNDRED");
    assert_eq!(used(&admin, &kept).await, 1);
    assert_eq!(buyer.get("/v1/cart").await.expect(200)["coupons"], json!([]));
    let path = format!("/v1/checkouts/{}", checkout["id"].as_str().unwrap());
    assert_eq!(buyer.get(&path).await.expect(200)["orders"], checkout["orders"]);
    app.stop().await;
}

/// The marketplace's coupon costs the seller nothing; a shop's own lowers its part and the commission.
#[tokio::test]
async fn who_pays_for_a_coupon() {
    for (funded_by, balance, commission) in [("marketplace", 900, 100), ("vendor", 720, 80)] {
        let app = TestApp::start().await;
        let (admin, ana, buyer) = (app.admin().await, app.seller("ana").await, app.buyer("bob").await);
        let lamp = ana.product("Lamp", 1_000, 9).await;
        let fields = json!({"code": "FIFTH", "percent": 20, "funded_by": funded_by, "vendor_id": ana.vendor});
        coupon(&admin, fields).await;
        add(&buyer, &lamp, 1).await.expect(201);
        apply(&buyer, "FIFTH").await;
        let order = buyer.buys_and_pays(&[]).await;
        assert_eq!(amount(&order["total"]), 800);
        assert_eq!(ana.balance().await, (balance, 0), "{funded_by}");
        let path = format!("/v1/vendor/orders/{}", order["id"].as_str().unwrap());
        let sold = ana.get(&path).await.expect(200);
        assert_eq!((amount(&sold["commission"]), amount(&sold["payout_amount"])), (commission, balance));
        assert_eq!(amount(&sold["promoted"]), balance + commission - 800);
        // Some of it goes back, then all: the same entries are reversed.
        let payments = buyer.get("/v1/payments").await.expect(200);
        let path = format!("/v1/admin/payments/{}/refunds", payments["data"][0]["id"].as_str().unwrap());
        admin.post(&path, json!({"amount": 333, "reason": "late"})).await.expect(201);
        app.expect_sound().await;
        buyer
            .post(&format!("/v1/orders/{}/cancel", order["id"].as_str().unwrap()), json!({}))
            .await
            .expect(200);
        assert_eq!(ana.balance().await, (0, 0), "{funded_by}");
        app.stop().await;
    }
}

#[tokio::test]
async fn free_shipping_is_paid_for_by_whom_it_says() {
    for (funded_by, balance) in [("marketplace", 900 + 490), ("vendor", 900)] {
        let app = TestApp::start().await;
        let (admin, ana, buyer) = (app.admin().await, app.seller("ana").await, app.buyer("bob").await);
        let lamp = ana.product("Lamp", 1_000, 9).await;
        crate::shipping::method(&ana, json!({"name": "Parcel", "price": 490})).await;
        let fields =
            json!({"code": "SHIP", "free_shipping": true, "funded_by": funded_by, "vendor_id": ana.vendor});
        coupon(&admin, fields).await;
        add(&buyer, &lamp, 1).await.expect(201);
        apply(&buyer, "SHIP").await;
        let order = buyer.buys_and_pays(&[]).await;
        assert_eq!((amount(&order["shipping_total"]), amount(&order["total"])), (0, 1_000));
        assert_eq!(ana.balance().await, (balance, 0), "{funded_by}");
        app.stop().await;
    }
}

/// A coupon that has gone bad refuses the purchase: nobody pays more than they were shown.
#[tokio::test]
async fn a_bad_coupon_refuses_the_purchase() {
    let app = TestApp::start().await;
    let (admin, ana, buyer) = (app.admin().await, app.seller("ana").await, app.buyer("bob").await);
    let lamp = ana.product("Lamp", 1_000, 9).await;
    let kept = coupon(&admin, json!({"code": "SOON", "percent": 20})).await;
    add(&buyer, &lamp, 1).await.expect(201);
    apply(&buyer, "SOON").await;
    let path = format!("/v1/admin/coupons/{}", kept["id"].as_str().unwrap());
    admin.delete(&path).await.expect(204);
    let refused = purchase(&buyer, "one").await;
    let problem = refused.expect_problem(409, "coupon_not_applicable");
    assert_eq!(problem["errors"][0]["pointer"], "/coupons/0");
    buyer.delete("/v1/cart/coupons/soon").await.expect(200);
    purchase(&buyer, "one").await.expect(201);
    app.stop().await;
}

/// Buys the cart under a key.
pub(crate) async fn purchase(actor: &Actor, key: &str) -> testing::Response {
    let mut body = json!({"payment_method": "test", "address": {
        "name": "Bob", "phone": "1", "line1": "Street 1", "city": "Berlin", "postal_code": "1", "country": "DE"}});
    if actor.token.is_none() {
        body["email"] = json!("Guest@Example.com");
    }
    actor.with_header("idempotency-key", key).post("/v1/checkouts", body).await
}

/// Fifty buy at once with a coupon for ten: ten get it, the others are told, and nothing is half done. What
/// expires gives its use back once.
#[tokio::test]
async fn a_limit_holds_in_a_storm() {
    let app = TestApp::start().await;
    let (admin, ana) = (app.admin().await, app.seller("ana").await);
    let lamp = ana.product("Lamp", 1_000, 100).await;
    let kept = coupon(&admin, json!({"code": "FIRST10", "percent": 50, "max_uses": 10})).await;
    let mut buyers = Vec::new();
    for number in 0..50 {
        let buyer = app.buyer(&format!("buyer{number}")).await;
        add(&buyer, &lamp, 1).await.expect(201);
        apply(&buyer, "FIRST10").await;
        buyers.push(buyer);
    }
    let answers = join_all(buyers.iter().map(|buyer| purchase(buyer, "only"))).await;
    let made: Vec<Value> =
        answers.iter().filter(|answer| answer.status.as_u16() == 201).map(testing::Response::json).collect();
    assert_eq!(made.len(), 10);
    for answer in answers.iter().filter(|answer| answer.status.as_u16() != 201) {
        answer.expect_problem(409, "coupon_exhausted");
    }
    assert!(made.iter().all(|checkout| totals(checkout)[4] == 500));
    assert_eq!(used(&admin, &kept).await, 10);
    let winner = answers.iter().position(|answer| answer.status.as_u16() == 201).unwrap();
    let path = format!("/v1/checkouts/{}/cancel", answers[winner].json()["id"].as_str().unwrap());
    join_all((0..3).map(|_| buyers[winner].post_empty(&path))).await;
    assert_eq!(used(&admin, &kept).await, 9);
    app.advance(1_801);
    app.run_jobs().await;
    app.run_jobs().await;
    assert_eq!(used(&app.login_again(&admin).await, &kept).await, 0);
    app.stop().await;
}

#[tokio::test]
async fn one_buyer_uses_it_so_often() {
    let app = TestApp::start().await;
    let (admin, ana, buyer) = (app.admin().await, app.seller("ana").await, app.buyer("bob").await);
    let lamp = ana.product("Lamp", 1_000, 100).await;
    coupon(&admin, json!({"code": "ONCE", "percent": 50, "max_uses_per_user": 1})).await;
    add(&buyer, &lamp, 1).await.expect(201);
    apply(&buyer, "ONCE").await;
    purchase(&buyer, "first").await.expect(201);
    add(&buyer, &lamp, 1).await.expect(201);
    buyer.post("/v1/cart/coupons", json!({"code": "ONCE"})).await.expect_problem(409, "coupon_exhausted");
    // A guest is known by the e-mail address, which the checkout is the first to learn.
    for (key, status) in [("a", 201), ("b", 409)] {
        let first = app.anonymous().get("/v1/cart").await;
        let guest = app.anonymous().with_header("x-cart-token", first.header("x-cart-token"));
        add(&guest, &lamp, 1).await.expect(201);
        apply(&guest, "ONCE").await;
        purchase(&guest, key).await.expect(status);
    }
    app.stop().await;
}

/// Cancelling the orders of an unpaid checkout one by one gives the coupon back with the last.
#[tokio::test]
async fn the_last_cancelled_order_gives_it_back() {
    let app = TestApp::start().await;
    let (admin, ana, bea, buyer) =
        (app.admin().await, app.seller("ana").await, app.seller("bea").await, app.buyer("bob").await);
    let kept = coupon(&admin, json!({"code": "TEN", "percent": 10})).await;
    for seller in [&ana, &bea] {
        add(&buyer, &seller.product("Thing", 1_000, 9).await, 1).await.expect(201);
    }
    apply(&buyer, "TEN").await;
    let checkout = purchase(&buyer, "one").await.expect(201);
    for (order, left) in checkout["orders"].as_array().unwrap().iter().zip([1, 0]) {
        let path = format!("/v1/orders/{}/cancel", order["id"].as_str().unwrap());
        buyer.post(&path, json!({})).await.expect(200);
        assert_eq!(used(&admin, &kept).await, left);
        app.expect_sound().await;
    }
    app.stop().await;
}

/// What is sent back brings what was paid for it: after the coupon, with the tax on top.
#[tokio::test]
async fn a_return_brings_what_was_paid() {
    let app = TestApp::start().await;
    let (admin, ana, buyer) = (app.admin().await, app.seller("ana").await, app.buyer("bob").await);
    let lamp = ana.product("Lamp", 1_000, 9).await;
    let cord = ana.product("Cord", 500, 9).await;
    crate::tax::rates(&admin, json!([{"country": "BR", "rate_ppm": 100_000}])).await;
    crate::shipping::method(&ana, json!({"name": "Parcel", "price": 300})).await;
    let lamps = json!({"code": "LAMPS", "percent": 20, "product_ids": [lamp["id"]]});
    coupon(&admin, lamps).await;
    add(&buyer, &lamp, 2).await.expect(201);
    add(&buyer, &cord, 1).await.expect(201);
    apply(&buyer, "LAMPS").await;
    let order = buyer.buys_and_pays(&[]).await;
    // 1600 and 500 of goods, 160 and 50 of tax, 300 of shipping.
    assert_eq!(amount(&order["total"]), 2_610);
    ana.does_all(&["accept", "pack", "ship", "deliver"], &order).await;
    let path = format!("/v1/orders/{}/returns", order["id"].as_str().unwrap());
    let body = json!({"items": [{"item_id": order["items"][0]["id"], "quantity": 1}], "reason": "broken"});
    let returned = buyer.post(&path, body).await.expect(201);
    assert_eq!(amount(&returned["refund"]), 880);
    let path = format!("/v1/vendor/returns/{}", returned["id"].as_str().unwrap());
    ana.post_empty(&format!("{path}/approve")).await.expect(200);
    ana.post(&format!("{path}/receive"), json!({"restock": true})).await.expect(200);
    app.stop().await;
}
