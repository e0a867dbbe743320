//! What shoppers put aside.

use testing::{TestApp, json};

use super::{add, variant};

#[tokio::test]
async fn a_line_is_put_aside_and_comes_back() {
    let app = TestApp::start().await;
    let (ana, buyer) = (app.seller("ana").await, app.buyer("bob").await);
    let lamp = ana.product("Lamp", 1_000, 5).await;
    add(&buyer, &lamp, 2).await.expect(201);
    let (save, saved) =
        (format!("/v1/cart/items/{}/save", variant(&lamp)), format!("/v1/cart/saved/{}", variant(&lamp)));
    let cart = buyer.post_empty(&save).await.expect(200);
    assert_eq!(cart["groups"], json!([]));
    let list = buyer.get("/v1/cart/saved").await.expect(200);
    assert_eq!((list["data"].as_array().map(Vec::len), &list["data"][0]["quantity"]), (Some(1), &json!(2)));
    assert_eq!(list["data"][0]["title"], "Lamp");
    buyer.post_empty(&save).await.expect_problem(404, "not_found");
    add(&buyer, &lamp, 1).await.expect(201);
    let cart = buyer.post_empty(&format!("{saved}/restore")).await.expect(200);
    assert_eq!(cart["groups"][0]["items"][0]["quantity"], 3);
    buyer.post_empty(&format!("{saved}/restore")).await.expect_problem(404, "not_found");
    buyer.post_empty(&save).await.expect(200);
    // Nobody else's.
    app.buyer("eve").await.delete(&saved).await.expect_problem(404, "not_found");
    buyer.delete(&saved).await.expect(204);
    buyer.delete(&saved).await.expect_problem(404, "not_found");
    assert_eq!(buyer.get("/v1/cart/saved").await.expect(200)["data"], json!([]));
    app.stop().await;
}

/// What can't be bought any more stays aside.
#[tokio::test]
async fn what_is_gone_does_not_come_back() {
    let app = TestApp::start().await;
    let (ana, buyer) = (app.seller("ana").await, app.buyer("bob").await);
    let lamp = ana.product("Lamp", 1_000, 5).await;
    add(&buyer, &lamp, 2).await.expect(201);
    buyer.post_empty(&format!("/v1/cart/items/{}/save", variant(&lamp))).await.expect(200);
    ana.delete(&format!("/v1/products/{}", lamp["id"].as_str().unwrap())).await.expect(204);
    let restore = format!("/v1/cart/saved/{}/restore", variant(&lamp));
    buyer.post_empty(&restore).await.expect_problem(409, "not_available");
    assert_eq!(buyer.get("/v1/cart/saved").await.expect(200)["data"][0]["available"], 0);
    app.stop().await;
}
