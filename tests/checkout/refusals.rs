//! A purchase that can't be leaves everything as it was.

use testing::{TestApp, Value, json};

use super::{bought, buy, check_invariants, path, purchase, stock};
use crate::cart::{add, variant};

#[tokio::test]
async fn an_empty_cart_can_not_be_bought() {
    let app = TestApp::start().await;
    let buyer = app.buyer("ana").await;
    buy(&buyer, "one", purchase("test")).await.expect_problem(409, "cart_empty");
    let mug = app.seller("mia").await.product("Mug", 999, 5).await;
    add(&buyer, &mug, 1).await.expect(201);
    buyer.delete("/v1/cart").await.expect(204);
    buy(&buyer, "one", purchase("test")).await.expect_problem(409, "cart_empty");
    app.stop().await;
}

/// All problems are told at once, each with its line; nothing is taken, the cart stays.
#[tokio::test]
async fn every_problem_is_told_by_line() {
    let app = TestApp::start().await;
    let (mia, noah) = (app.seller("mia").await, app.seller("noah").await);
    let (mug, jug) = (mia.product("Mug", 999, 5).await, mia.product("Jug", 999, 5).await);
    let (book, pen) = (noah.product("Book", 999, 5).await, noah.product("Pen", 999, 5).await);
    let buyer = app.buyer("ana").await;
    for product in [&mug, &book, &jug, &pen] {
        add(&buyer, product, 4).await.expect(201);
    }
    let before = buyer.get("/v1/cart").await.expect(200);
    let adjust = async |variant: &str, delta: i64| {
        let path = format!("/v1/variants/{variant}/stock-adjustments");
        mia.post(&path, json!({"delta": delta, "reason": "broken"})).await.expect(201);
    };
    adjust(variant(&mug), -2).await;
    let product = format!("/v1/products/{}", book["id"].as_str().unwrap());
    noah.delete(&product).await.expect(204);

    let problem = buy(&buyer, "one", purchase("test")).await.expect(409);
    assert_eq!(problem["code"], "insufficient_stock");
    let told: Vec<(&Value, &Value, &Value, &Value)> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (&error["pointer"], &error["code"], &error["variant_id"], &error["available"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!("/groups/0/items/0"), &json!("insufficient_stock"), &json!(variant(&mug)), &json!(3)),
            (&json!("/groups/1/items/0"), &json!("not_available"), &json!(variant(&book)), &Value::Null),
        ]
    );
    let after = buyer.get("/v1/cart").await.expect(200);
    assert_eq!(after["item_count"], before["item_count"]);
    assert_eq!((stock(&mia, &jug).await, stock(&noah, &pen).await), (5, 5));

    // The same key may try again once the problems are gone.
    adjust(variant(&mug), 2).await;
    buyer.delete(&format!("/v1/cart/items/{}", variant(&book))).await.expect(200);
    let answer = buy(&buyer, "one", purchase("test")).await;
    answer.expect(201);
    assert_eq!(answer.header("idempotent-replayed"), "");
    check_invariants(&app).await;
    app.stop().await;
}

#[tokio::test]
async fn a_suspended_shop_sells_nothing() {
    let app = TestApp::start().await;
    let mia = app.seller("mia").await;
    let mug = mia.product("Mug", 999, 5).await;
    let buyer = app.buyer("ana").await;
    add(&buyer, &mug, 1).await.expect(201);
    let suspend = format!("/v1/admin/vendors/{}/suspend", mia.vendor);
    app.admin().await.post(&suspend, json!({"reason": "Late"})).await.expect(200);
    let problem = buy(&buyer, "one", purchase("test")).await.expect_problem(409, "not_available");
    assert_eq!(problem["errors"][0]["variant_id"], variant(&mug));
    app.stop().await;
}

#[tokio::test]
async fn another_total_than_expected_is_refused() {
    let app = TestApp::start().await;
    let mia = app.seller("mia").await;
    let mug = mia.product("Mug", 1_000, 5).await;
    let buyer = app.buyer("ana").await;
    add(&buyer, &mug, 2).await.expect(201);
    let product = format!("/v1/products/{}", mug["id"].as_str().unwrap());
    mia.patch(&product, json!({"price": 1_100})).await.expect(200);
    let expecting = |total: i64| {
        let mut wanted = purchase("test");
        wanted["expected_total"] = total.into();
        wanted
    };
    buy(&buyer, "one", expecting(2_000)).await.expect_problem(409, "total_changed");
    assert_eq!(buyer.get("/v1/cart").await.expect(200)["item_count"], 2);
    assert_eq!(stock(&mia, &mug).await, 5);
    buy(&buyer, "two", expecting(2_200)).await.expect(201);
    app.stop().await;
}

#[tokio::test]
async fn a_checkout_is_nobody_elses() {
    let app = TestApp::start().await;
    let mia = app.seller("mia").await;
    let mug = mia.product("Mug", 1_000, 5).await;
    let (buyer, other) = (app.buyer("ana").await, app.buyer("bob").await);
    let checkout = bought(&buyer, "one", &[&mug]).await;
    let path = path(&checkout);
    let guest = app.anonymous().with_header("X-Cart-Token", "ct_AAAAAAAAAAAAAAAAAAAAAA");
    for stranger in [&other, &mia.actor, &guest] {
        stranger.get(&path).await.expect_problem(404, "not_found");
        stranger.post_empty(&format!("{path}/cancel")).await.expect_problem(404, "not_found");
        let again = format!("{path}/payments");
        stranger.post(&again, json!({"method": "cod"})).await.expect_problem(404, "not_found");
        stranger.post(&again, json!({"methods": 1})).await.expect_problem(404, "not_found");
    }
    app.anonymous().get(&path).await.expect_problem(401, "unauthenticated");
    app.anonymous().post_empty(&format!("{path}/cancel")).await.expect_problem(401, "unauthenticated");
    for unknown in ["/v1/checkouts/x", "/v1/checkouts/chk_0000000000001", "/v1/checkouts/ord_0000000000001"] {
        buyer.get(unknown).await.expect_problem(404, "not_found");
    }
    assert_eq!(buyer.get(&path).await.expect(200)["status"], "awaiting_payment");
    app.stop().await;
}
