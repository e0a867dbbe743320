//! What goes in and out of a cart, and what it shows.

use testing::{TestApp, json};

use super::{add, only_item, variant};

#[tokio::test]
async fn lines_are_grouped_by_vendor_and_summed() {
    let app = TestApp::start().await;
    let (mia, noah) = (app.seller("mia").await, app.seller("noah").await);
    let mug = mia.product("Mug", 1_999, 5).await;
    let sale = json!({"title": "Lamp", "price": 999, "stock": 9, "discount": {"percent": 15}});
    let lamp = mia.product_with(sale).await;
    let book = noah.product("Book", 2_500, 1).await;
    let buyer = app.buyer("ana").await;

    let empty = buyer.get("/v1/cart").await.expect(200);
    assert_eq!(empty["groups"], json!([]));
    assert_eq!(empty["grand_total"], json!({"amount": 0, "currency": "USD"}));
    assert_eq!(empty["item_count"], 0);
    assert_eq!(empty["coupons"], json!([]));

    add(&buyer, &mug, 2).await.expect(201);
    add(&buyer, &book, 1).await.expect(201);
    let cart = add(&buyer, &lamp, 3).await.expect(201);
    assert_eq!(buyer.get("/v1/cart").await.expect(200), cart);

    assert_eq!(cart["currency"], "USD");
    assert_eq!(cart["groups"].as_array().unwrap().len(), 2);
    let group = &cart["groups"][0];
    assert_eq!(group["vendor"], json!({"id": mia.vendor, "slug": mia.slug, "name": "Shop of mia"}));
    assert_eq!(group["shipping_options"], json!([]));
    // The lamp's unit rounds half-up to 849 before it is multiplied.
    assert_eq!(group["subtotal"]["amount"], 2 * 1_999 + 3 * 849);
    let line = &group["items"][1];
    assert_eq!(line["variant_id"], variant(&lamp));
    assert_eq!(line["product_id"], lamp["id"]);
    assert_eq!(line["title"], "Lamp");
    assert_eq!(line["image"], json!(null));
    assert_eq!(line["quantity"], 3);
    assert_eq!(line["unit_price"]["amount"], 999);
    assert_eq!(line["final_unit_price"]["amount"], 849);
    assert_eq!(line["line_total"]["amount"], 3 * 849);
    assert_eq!(line["in_stock"], true);
    assert_eq!(line["available"], 9);
    assert_eq!(line["price_changed"], false);
    assert_eq!(cart["items_total"]["amount"], 2 * 1_999 + 3 * 999 + 2_500);
    assert_eq!(cart["discount_total"]["amount"], 3 * 150);
    assert_eq!(cart["subtotal"]["amount"], 2 * 1_999 + 3 * 849 + 2_500);
    assert_eq!(cart["grand_total"], cart["subtotal"]);
    assert_eq!(cart["item_count"], 6);
    app.stop().await;
}

#[tokio::test]
async fn adding_adds_up_and_setting_sets() {
    let app = TestApp::start().await;
    let mug = app.seller("mia").await.product("Mug", 100, 9).await;
    let buyer = app.buyer("ana").await;
    add(&buyer, &mug, 2).await.expect(201);
    let by_product = json!({"product_id": mug["id"], "quantity": 3});
    let cart = buyer.post("/v1/cart/items", by_product).await.expect(201);
    assert_eq!(only_item(&cart)["quantity"], 5);

    let path = format!("/v1/cart/items/{}", variant(&mug));
    let cart = buyer.put(&path, json!({"quantity": 4})).await.expect(200);
    assert_eq!(only_item(&cart)["quantity"], 4);
    let cart = buyer.put(&path, json!({"quantity": 0})).await.expect(200);
    assert_eq!(cart["groups"], json!([]));
    buyer.put(&path, json!({"quantity": 0})).await.expect(200);
    let cart = buyer.put(&path, json!({"quantity": 1})).await.expect(200);
    assert_eq!(only_item(&cart)["quantity"], 1);

    let cart = buyer.delete(&path).await.expect(200);
    assert_eq!(cart["groups"], json!([]));
    buyer.delete(&path).await.expect_problem(404, "not_found");
    add(&buyer, &mug, 1).await.expect(201);
    buyer.delete("/v1/cart").await.expect(204);
    buyer.delete("/v1/cart").await.expect(204);
    assert_eq!(buyer.get("/v1/cart").await.expect(200)["item_count"], 0);
    app.stop().await;
}

#[tokio::test]
async fn prices_and_stock_are_those_of_the_moment() {
    let app = TestApp::start().await;
    let mia = app.seller("mia").await;
    let mug = mia.product("Mug", 1_000, 5).await;
    let buyer = app.buyer("ana").await;
    add(&buyer, &mug, 4).await.expect(201);
    let product = format!("/v1/products/{}", mug["id"].as_str().unwrap());
    mia.patch(&product, json!({"price": 1_200})).await.expect(200);
    let adjustments = format!("/v1/variants/{}/stock-adjustments", variant(&mug));
    mia.post(&adjustments, json!({"delta": -3, "reason": "broken"})).await.expect(201);

    let cart = buyer.get("/v1/cart").await.expect(200);
    let line = only_item(&cart);
    assert_eq!(line["price_changed"], true);
    assert_eq!(line["final_unit_price"]["amount"], 1_200);
    assert_eq!((&line["in_stock"], &line["available"]), (&json!(true), &json!(2)));
    assert_eq!(cart["grand_total"]["amount"], 4_800);

    // Changing the line means having seen its price.
    let path = format!("/v1/cart/items/{}", variant(&mug));
    let cart = buyer.put(&path, json!({"quantity": 2})).await.expect(200);
    assert_eq!(only_item(&cart)["price_changed"], false);

    mia.delete(&product).await.expect(204);
    let cart = buyer.get("/v1/cart").await.expect(200);
    let line = only_item(&cart);
    assert_eq!((&line["in_stock"], &line["available"]), (&json!(false), &json!(0)));
    app.stop().await;
}

#[tokio::test]
async fn an_older_state_is_not_overwritten() {
    let app = TestApp::start().await;
    let mug = app.seller("mia").await.product("Mug", 100, 9).await;
    let buyer = app.buyer("ana").await;
    let seen = add(&buyer, &mug, 1).await.header("etag").to_owned();
    let shown = buyer.get("/v1/cart").await;
    assert_eq!(shown.header("etag"), seen);
    assert_eq!(buyer.with_header("If-None-Match", &seen).get("/v1/cart").await.status, 304);

    add(&buyer, &mug, 1).await.expect(201);
    let path = format!("/v1/cart/items/{}", variant(&mug));
    let stale = buyer.with_header("If-Match", &seen);
    stale.put(&path, json!({"quantity": 9})).await.expect_problem(412, "precondition_failed");
    stale.delete(&path).await.expect_problem(412, "precondition_failed");
    stale.delete("/v1/cart").await.expect_problem(412, "precondition_failed");
    let now = buyer.get("/v1/cart").await.header("etag").to_owned();
    buyer.with_header("If-Match", &now).put(&path, json!({"quantity": 9})).await.expect(200);
    app.stop().await;
}

/// Ten requests at once put one unit each in: none is lost.
#[tokio::test]
async fn what_is_put_in_at_once_adds_up() {
    let app = TestApp::start().await;
    let mug = app.seller("mia").await.product("Mug", 100, 100).await;
    let buyer = app.buyer("ana").await;
    let all = futures_util::future::join_all((0..10).map(|_| add(&buyer, &mug, 1))).await;
    for answer in &all {
        answer.expect(201);
    }
    let cart = buyer.get("/v1/cart").await.expect(200);
    assert_eq!(only_item(&cart)["quantity"], 10);
    app.stop().await;
}
