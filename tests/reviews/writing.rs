//! Who may write a review, once, and what becomes of it.

use testing::{Value, json};

use super::{Shop, path};

#[tokio::test]
async fn a_buyer_reviews_what_was_delivered_once() {
    let shop = Shop::open().await;
    let buyer = shop.app.buyer("ana").await;
    let address = "/v1/products/cup/reviews";
    let new = json!({"rating": 4, "title": "Good", "body": "Holds tea.\nAnd coffee."});
    shop.app.anonymous().post(address, new.clone()).await.expect_problem(401, "unauthenticated");
    buyer.post(address, json!({"rating": 9})).await.expect_problem(403, "not_purchased");
    let order = buyer.buys_and_pays(&[(&shop.product, 1)]).await;
    buyer.post(address, new.clone()).await.expect_problem(403, "not_purchased");
    let order = shop.seller.does_all(&["accept", "pack", "ship"], &order).await;
    buyer.post(address, new.clone()).await.expect_problem(403, "not_purchased");
    shop.seller.does("deliver", &order).await;

    let review = buyer.post(address, new.clone()).await.expect(201);
    let user = buyer.get("/v1/me").await.expect(200);
    assert_eq!(
        review,
        json!({"id": review["id"], "rating": 4, "title": "Good", "body": "Holds tea.\nAnd coffee.",
            "author": user["first_name"], "answer": null, "created_at": review["created_at"]})
    );
    buyer.post(address, new).await.expect_problem(409, "already_reviewed");
    let list = shop.app.anonymous().get(address).await.expect(200);
    assert_eq!(list, json!({"data": [review], "next_cursor": null}));
    assert_eq!(shop.app.anonymous().get(&path(&review)).await.expect(200), review);
    shop.app.stop().await;
}

/// One review stays, whatever comes at once.
#[tokio::test]
async fn two_reviews_at_once_leave_one() {
    let shop = Shop::open().await;
    let buyer = shop.customer("ana").await;
    let post = |stars: i64| buyer.post("/v1/products/cup/reviews", json!({"rating": stars}));
    let (a, b, c) = tokio::join!(post(1), post(3), post(5));
    let mut statuses = [a.status.as_u16(), b.status.as_u16(), c.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409]);
    assert_eq!(shop.rating().await["count"], 1);
    shop.app.stop().await;
}

#[tokio::test]
async fn authors_change_and_delete_their_own() {
    let shop = Shop::open().await;
    let (ana, review) = shop.review("ana", 2).await;
    let other = shop.customer("ben").await;
    let address = path(&review);
    other.patch(&address, json!({"rating": 9})).await.expect_problem(403, "forbidden");
    other.delete(&address).await.expect_problem(403, "forbidden");
    shop.app.anonymous().patch(&address, json!({})).await.expect_problem(401, "unauthenticated");
    assert_eq!(ana.patch(&address, json!({"rating": 6})).await.expect_invalid(), ["/rating too_large"]);

    let read = ana.get(&address).await;
    let careful = ana.with_header("if-match", read.header("etag"));
    let changed = careful.patch(&address, json!({"rating": 5, "title": "Better"})).await.expect(200);
    assert_eq!(
        (&changed["rating"], &changed["title"], &changed["body"]),
        (&json!(5), &json!("Better"), &Value::Null)
    );
    careful.patch(&address, json!({"rating": 1})).await.expect_problem(412, "precondition_failed");
    careful.delete(&address).await.expect_problem(412, "precondition_failed");
    assert_eq!(shop.rating().await, json!({"average": 5.0, "count": 1}));
    assert_eq!(ana.patch(&address, json!({"title": null})).await.expect(200)["title"], Value::Null);

    ana.delete(&address).await.expect(204);
    ana.delete(&address).await.expect_problem(404, "not_found");
    assert_eq!(shop.rating().await, json!({"average": null, "count": 0}));
    ana.post("/v1/products/cup/reviews", json!({"rating": 3})).await.expect(201);
    shop.app.stop().await;
}

#[tokio::test]
async fn sellers_answer_reviews_of_their_products() {
    let shop = Shop::open().await;
    let (ana, review) = shop.review("ana", 2).await;
    let answer = format!("/v1/vendor{}/answer", path(&review).replace("/v1", ""));
    let noor = shop.app.seller("noor").await;
    noor.put(&answer, json!({"answer": 7})).await.expect_problem(403, "not_owner");
    noor.delete(&answer).await.expect_problem(403, "not_owner");
    ana.put(&answer, json!({"answer": "I"})).await.expect_problem(403, "forbidden");

    let open = shop.seller.get("/v1/vendor/reviews?answered=false").await.expect(200);
    assert_eq!(open["data"][0]["id"], review["id"]);
    assert_eq!(open["data"][0]["product_id"], shop.product["id"]);
    let answered = shop.seller.put(&answer, json!({"answer": "Thank you"})).await.expect(200);
    assert_eq!(answered["answer"], "Thank you");
    let list = shop.app.anonymous().get("/v1/products/cup/reviews").await.expect(200);
    assert_eq!(list["data"][0]["answer"], "Thank you");
    assert_eq!(shop.seller.get("/v1/vendor/reviews?answered=false").await.expect(200)["data"], json!([]));
    assert_eq!(noor.get("/v1/vendor/reviews").await.expect(200)["data"], json!([]));
    ana.get("/v1/vendor/reviews").await.expect_problem(403, "forbidden");
    shop.seller.delete(&answer).await.expect(204);
    assert_eq!(shop.app.anonymous().get(&path(&review)).await.expect(200)["answer"], Value::Null);
    shop.app.stop().await;
}

/// Drafts are there for the shop alone, what is archived is gone, and buyers of it too late.
#[tokio::test]
async fn reviews_follow_what_is_seen_of_their_product() {
    let shop = Shop::open().await;
    let ana = shop.customer("ana").await;
    let draft =
        shop.seller.product_with(json!({"title": "Draft", "price": 1, "stock": 1, "status": "draft"})).await;
    let of_draft = format!("/v1/products/{}/reviews", draft["id"].as_str().unwrap());
    ana.get(&of_draft).await.expect_problem(404, "not_found");
    shop.seller.get(&of_draft).await.expect(200);
    shop.seller.delete("/v1/products/cup").await.expect(204);
    ana.get("/v1/products/cup/reviews").await.expect_problem(410, "gone");
    ana.post("/v1/products/cup/reviews", json!({"rating": 1})).await.expect_problem(410, "gone");
    shop.app.stop().await;
}

#[tokio::test]
async fn the_list_is_paged_newest_first() {
    let shop = Shop::open().await;
    let mut ids = Vec::new();
    for name in ["ana", "ben", "cem"] {
        ids.insert(0, shop.review(name, 3).await.1["id"].clone());
    }
    let first = shop.app.anonymous().get("/v1/products/cup/reviews?limit=2").await.expect(200);
    shop.review("dua", 5).await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = format!("/v1/products/cup/reviews?limit=2&cursor={cursor}");
    let rest = shop.app.anonymous().get(&rest).await.expect(200);
    let seen: Vec<Value> = [&first, &rest]
        .iter()
        .flat_map(|page| page["data"].as_array().unwrap().iter().map(|review| review["id"].clone()))
        .collect();
    assert_eq!(seen, ids);
    assert_eq!(rest["next_cursor"], Value::Null);
    shop.app.stop().await;
}
