//! What a cart refuses.

use testing::{TestApp, json};
use types::{ProductId, VariantId};

use super::{add, variant};

#[tokio::test]
async fn more_than_in_stock_is_refused_with_what_there_is() {
    let app = TestApp::start().await;
    let mug = app.seller("mia").await.product("Mug", 100, 3).await;
    let buyer = app.buyer("ana").await;
    add(&buyer, &mug, 2).await.expect(201);
    let problem = add(&buyer, &mug, 2).await.expect_problem(409, "insufficient_stock");
    let error = &problem["errors"][0];
    assert_eq!(error["variant_id"], variant(&mug));
    assert_eq!(error["code"], "insufficient_stock");
    assert_eq!(error["available"], 3);
    let path = format!("/v1/cart/items/{}", variant(&mug));
    buyer.put(&path, json!({"quantity": 4})).await.expect_problem(409, "insufficient_stock");
    assert_eq!(buyer.get("/v1/cart").await.expect(200)["item_count"], 2);
    app.stop().await;
}

#[tokio::test]
async fn what_is_not_for_sale_is_not_available() {
    let app = TestApp::start().await;
    let mia = app.seller("mia").await;
    let buyer = app.buyer("ana").await;
    let draft = mia.product_with(json!({"title": "Mug", "price": 1, "stock": 1, "status": "draft"})).await;
    let problem = add(&buyer, &draft, 1).await.expect_problem(409, "not_available");
    assert_eq!(problem["errors"][0]["variant_id"], variant(&draft));
    let gone = mia.product("Jug", 1, 1).await;
    mia.delete(&format!("/v1/products/{}", gone["id"].as_str().unwrap())).await.expect(204);
    add(&buyer, &gone, 1).await.expect_problem(409, "not_available");
    let of_product = json!({"product_id": gone["id"], "quantity": 1});
    buyer.post("/v1/cart/items", of_product).await.expect_problem(409, "not_available");

    let open = mia.product("Pot", 1, 1).await;
    let suspend = format!("/v1/admin/vendors/{}/suspend", mia.vendor);
    app.admin().await.post(&suspend, json!({"reason": "Late"})).await.expect(200);
    add(&buyer, &open, 1).await.expect_problem(409, "not_available");
    app.stop().await;
}

#[tokio::test]
async fn nobody_buys_from_their_own_shop() {
    let app = TestApp::start().await;
    let mia = app.seller("mia").await;
    let mug = mia.product("Mug", 100, 3).await;
    let problem = add(&mia, &mug, 1).await.expect_problem(409, "own_product");
    assert_eq!(problem["errors"][0]["code"], "own_product");
    app.stop().await;
}

#[tokio::test]
async fn a_quantity_is_1_to_999_in_all() {
    let app = TestApp::start().await;
    let mug = app.seller("mia").await.product("Mug", 100, 5_000).await;
    let buyer = app.buyer("ana").await;
    for (quantity, code) in
        [(0, "too_small"), (-1, "too_small"), (1_000, "too_large"), (i64::MAX, "too_large")]
    {
        assert_eq!(add(&buyer, &mug, quantity).await.expect_invalid(), [format!("/quantity {code}")]);
    }
    add(&buyer, &mug, 998).await.expect(201);
    assert_eq!(add(&buyer, &mug, 2).await.expect_invalid(), ["/quantity too_large"]);
    add(&buyer, &mug, 1).await.expect(201);
    let path = format!("/v1/cart/items/{}", variant(&mug));
    assert_eq!(buyer.put(&path, json!({"quantity": 1_000})).await.expect_invalid(), ["/quantity too_large"]);
    assert_eq!(buyer.put(&path, json!({"quantity": -1})).await.expect_invalid(), ["/quantity too_small"]);
    app.stop().await;
}

#[tokio::test]
async fn unknown_things_are_not_found() {
    let app = TestApp::start().await;
    let buyer = app.buyer("ana").await;
    let (variant, product) = (VariantId::from_i64(1), ProductId::from_i64(1));
    let unknown = json!({"variant_id": variant, "quantity": 1});
    buyer.post("/v1/cart/items", unknown).await.expect_problem(404, "not_found");
    let unknown = json!({"product_id": product, "quantity": 1});
    buyer.post("/v1/cart/items", unknown).await.expect_problem(404, "not_found");
    let path = format!("/v1/cart/items/{variant}");
    buyer.put(&path, json!({"quantity": 1})).await.expect_problem(404, "not_found");
    buyer.put(&path, json!({"quantity": "x"})).await.expect_problem(404, "not_found");
    buyer.delete(&path).await.expect_problem(404, "not_found");
    for malformed in [product.to_string(), "x".to_owned(), "%00".to_owned()] {
        let path = format!("/v1/cart/items/{malformed}");
        buyer.put(&path, json!({"quantity": 1})).await.expect_problem(404, "not_found");
        buyer.delete(&path).await.expect_problem(404, "not_found");
    }
    app.stop().await;
}

#[tokio::test]
async fn every_mistake_of_a_body_is_told() {
    let app = TestApp::start().await;
    let buyer = app.buyer("ana").await;
    let post = async |body| buyer.post("/v1/cart/items", body).await;
    assert_eq!(
        post(json!({"variant_id": "ord_0000000000000", "qty": 1})).await.expect_invalid(),
        ["/qty unknown_field", "/quantity required", "/variant_id malformed_id"]
    );
    assert_eq!(post(json!({"quantity": 1})).await.expect_invalid(), ["/variant_id required"]);
    let both =
        json!({"variant_id": VariantId::from_i64(1), "product_id": ProductId::from_i64(1), "quantity": 1});
    assert_eq!(post(both).await.expect_invalid(), ["/product_id not_allowed"]);
    assert_eq!(post(json!([])).await.expect_invalid(), [" wrong_type"]);
    buyer.post_empty("/v1/cart/items").await.expect_problem(415, "unsupported_media_type");
    let broken =
        buyer.send_bytes("POST".parse().unwrap(), "/v1/cart/items", "application/json", b"{".to_vec());
    broken.await.expect_problem(400, "malformed_json");
    app.stop().await;
}

#[tokio::test]
async fn a_cart_holds_a_hundred_lines() {
    let app = TestApp::start().await;
    let mia = app.seller("mia").await;
    let buyer = app.buyer("ana").await;
    let sizes: Vec<String> = (1..=101).map(|size| format!("{size}")).collect();
    let mut last = None;
    for sizes in sizes.chunks(51) {
        let variants: Vec<_> =
            sizes.iter().map(|size| json!({"options": {"Size": size}, "price": 100, "stock": 2})).collect();
        let shoe = json!({"title": "Shoe", "price": 100, "stock": 0,
            "options": [{"name": "Size", "values": sizes}], "variants": variants});
        let shoe = mia.product_with(shoe).await;
        for variant in shoe["variants"].as_array().unwrap() {
            last = Some((
                variant["id"].clone(),
                buyer.post("/v1/cart/items", json!({"variant_id": variant["id"], "quantity": 1})).await,
            ));
        }
    }
    let (variant, refused) = last.unwrap();
    let problem = refused.expect_problem(409, "cart_full");
    assert_eq!(problem["errors"][0]["variant_id"], variant);
    assert_eq!(buyer.get("/v1/cart").await.expect(200)["item_count"], 100);
    app.stop().await;
}
