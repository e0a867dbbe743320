//! Slugs of products that are given up go on leading to them.

use testing::{TestApp, json};

#[tokio::test]
async fn an_old_slug_leads_to_the_product_for_ever() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let shirt = seller.product("Shirt", 100, 5).await;
    let hat = seller.product("Hat", 100, 5).await;
    let renamed =
        seller.patch("/v1/products/shirt", json!({"title": "Blouse", "slug": "blouse"})).await.expect(200);
    assert_eq!((&renamed["slug"], &renamed["id"]), (&json!("blouse"), &shirt["id"]));
    let public = app.anonymous();
    for slug in ["shirt", "blouse"] {
        let shown = public.get(&format!("/v1/products/{slug}")).await.expect(200);
        assert_eq!((&shown["id"], &shown["slug"]), (&shirt["id"], &json!("blouse")));
        public.get(&format!("/v1/products/{slug}/reviews")).await.expect(200);
    }
    seller.patch("/v1/products/shirt", json!({"price": 200})).await.expect(200);
    // Nobody else gets it, not even a new product of this title.
    let other = app.seller("noor").await.product("Shirt", 100, 5).await;
    assert!(other["slug"].as_str().unwrap().starts_with("shirt-"), "{}", other["slug"]);
    let hat = format!("/v1/products/{}", hat["id"].as_str().unwrap());
    for taken in ["shirt", "blouse"] {
        seller.patch(&hat, json!({"slug": taken})).await.expect_problem(409, "slug_taken");
    }
    assert_eq!(public.get("/v1/products/hat").await.expect(200)["slug"], "hat");
    // Its own gets it back, and the other stays.
    seller.patch("/v1/products/blouse", json!({"slug": "shirt"})).await.expect(200);
    assert_eq!(public.get("/v1/products/blouse").await.expect(200)["slug"], "shirt");
    for wrong in ["Shirt", "a b", "", "prod_0AXS751X00W7C"] {
        assert_eq!(seller.patch(&hat, json!({"slug": wrong})).await.expect_invalid(), ["/slug not_allowed"]);
    }
    seller.delete("/v1/products/shirt").await.expect(204);
    public.get("/v1/products/blouse").await.expect_problem(410, "gone");
    app.stop().await;
}

/// Two products that want one slug at once: one gets it.
#[tokio::test]
async fn two_that_want_one_slug() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let (a, b) = (seller.product("A", 100, 5).await, seller.product("B", 100, 5).await);
    let (a, b) = (
        format!("/v1/products/{}", a["id"].as_str().unwrap()),
        format!("/v1/products/{}", b["id"].as_str().unwrap()),
    );
    let (first, second) =
        tokio::join!(seller.patch(&a, json!({"slug": "c"})), seller.patch(&b, json!({"slug": "c"})));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    app.stop().await;
}
