//! Making, reading, changing and archiving products.

use testing::{TestApp, json};

#[tokio::test]
async fn a_seller_makes_a_simple_product() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let body = json!({
        "title": "Ocean Blue Shirt", "description": "Cotton.\nWoven in Porto.", "price": 4999, "stock": 25,
        "discount": {"percent": 20}, "sku": "SHIRT-1", "weight_grams": 240,
        "specs": {"material": "cotton", "care": ["40 °C", 1.5, null]}, "status": "published",
    });
    let product = seller.post("/v1/products", body).await.expect(201);
    assert_eq!(product["slug"], "ocean-blue-shirt");
    assert_eq!(product["status"], "published");
    assert_eq!(product["price"], json!({"amount": 4999, "currency": "USD"}));
    assert_eq!(product["final_price"], json!({"amount": 3999, "currency": "USD"}));
    assert_eq!(product["discount"], json!({"percent": 20, "starts_at": null, "ends_at": null}));
    assert_eq!(product["specs"], json!({"material": "cotton", "care": ["40 °C", 1.5, null]}));
    assert_eq!(product["vendor"]["id"], seller.vendor.to_string());
    assert_eq!(product["in_stock"], true);
    let variants = product["variants"].as_array().unwrap();
    assert_eq!(variants.len(), 1);
    assert_eq!(variants[0]["sku"], "SHIRT-1");
    assert_eq!(variants[0]["stock"], 25);
    assert_eq!(variants[0]["options"], json!({}));
    assert_eq!(variants[0]["weight_grams"], 240);

    // The public finds it by slug and by id, and learns of ten units at most.
    for name in ["ocean-blue-shirt", product["id"].as_str().unwrap()] {
        let shown = app.anonymous().get(&format!("/v1/products/{name}")).await.expect(200);
        assert_eq!(shown["variants"][0]["stock"], 10);
        assert_eq!(shown["id"], product["id"]);
    }
    app.stop().await;
}

#[tokio::test]
async fn a_taken_slug_gets_a_suffix_and_stays() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let first = seller.product("Same", 100, 1).await;
    let second = seller.product("Same", 100, 1).await;
    assert_eq!(first["slug"], "same");
    let slug = second["slug"].as_str().unwrap();
    assert!(slug.starts_with("same-") && slug.len() == 10, "{slug}");
    let renamed = seller.patch("/v1/products/same", json!({"title": "Other"})).await.expect(200);
    assert_eq!((&renamed["slug"], &renamed["title"]), (&json!("same"), &json!("Other")));
    app.stop().await;
}

#[tokio::test]
async fn a_draft_is_published_and_archived() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let public = app.anonymous();
    let draft = json!({"title": "Vase", "description": "Clay", "price": 100, "stock": 1});
    let draft = seller.post("/v1/products", draft).await.expect(201);
    assert_eq!(draft["status"], "draft");
    public.get("/v1/products/vase").await.expect_problem(404, "not_found");
    app.seller("noor").await.get("/v1/products/vase").await.expect_problem(404, "not_found");
    seller.get("/v1/products/vase").await.expect(200);
    app.admin().await.get("/v1/products/vase").await.expect(200);

    let published = seller.patch("/v1/products/vase", json!({"status": "published"})).await.expect(200);
    assert_eq!(published["status"], "published");
    public.get("/v1/products/vase").await.expect(200);
    seller.patch("/v1/products/vase", json!({"status": "published"})).await.expect(200);
    let back = seller.patch("/v1/products/vase", json!({"status": "draft"})).await;
    back.expect_problem(409, "invalid_transition");
    let archived = seller.patch("/v1/products/vase", json!({"status": "archived"})).await;
    assert_eq!(archived.expect_invalid(), ["/status not_allowed"]);

    seller.delete("/v1/products/vase").await.expect(204);
    for actor in [&public, &*seller] {
        actor.get("/v1/products/vase").await.expect_problem(410, "gone");
    }
    seller.delete("/v1/products/vase").await.expect_problem(410, "gone");
    seller.patch("/v1/products/vase", json!({})).await.expect_problem(410, "gone");

    // The same for a draft that others never saw.
    let fields = json!({"title": "Secret", "price": 100, "stock": 1, "status": "draft"});
    seller.product_with(fields).await;
    seller.delete("/v1/products/secret").await.expect(204);
    public.get("/v1/products/secret").await.expect_problem(410, "gone");
    app.stop().await;
}

#[tokio::test]
async fn a_change_touches_what_it_names() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let fields = json!({"title": "Vase", "price": 1000, "stock": 4, "sku": "V", "weight_grams": 900,
        "specs": {"height": 30}, "discount": {"amount": 100}});
    let before = seller.product_with(fields).await;
    let path = format!("/v1/products/{}", before["id"].as_str().unwrap());
    let after = seller.patch(&path, json!({"price": 2000, "specs": null, "sku": null})).await.expect(200);
    assert_eq!(after["final_price"]["amount"], 1900);
    assert_eq!((&after["specs"], &after["variants"][0]["sku"]), (&json!({}), &json!(null)));
    assert_eq!(after["variants"][0]["weight_grams"], 900);
    let after = seller.patch(&path, json!({"discount": null, "title": "Tall vase"})).await.expect(200);
    assert_eq!((&after["discount"], &after["final_price"]["amount"]), (&json!(null), &json!(2000)));
    assert_eq!(after["description"], before["description"]);
    let small = seller.patch(&path, json!({"discount": {"amount": 2000}})).await;
    assert_eq!(small.expect_invalid(), ["/discount/amount too_large"]);
    seller.patch(&path, json!({"discount": {"amount": 1999}})).await.expect(200);
    assert_eq!(seller.patch(&path, json!({"price": 1999})).await.expect_invalid(), ["/price too_large"]);
    app.stop().await;
}

#[tokio::test]
async fn a_stale_change_is_refused() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    seller.product("Vase", 1000, 4).await;
    let read = seller.get("/v1/products/vase").await;
    let tag = read.header("etag").to_owned();
    let unchanged = seller.with_header("If-None-Match", &tag).get("/v1/products/vase").await;
    assert_eq!(unchanged.status, 304);
    let careful = seller.with_header("If-Match", &tag);
    careful.patch("/v1/products/vase", json!({"price": 900})).await.expect(200);
    let late = careful.patch("/v1/products/vase", json!({"price": 800})).await;
    late.expect_problem(412, "precondition_failed");
    careful.delete("/v1/products/vase").await.expect_problem(412, "precondition_failed");
    assert_eq!(seller.get("/v1/products/vase").await.expect(200)["price"]["amount"], 900);
    app.stop().await;
}

/// The first answer comes again, and there is one product.
#[tokio::test]
async fn a_product_is_made_once_per_key() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let keyed = seller.with_header("Idempotency-Key", "once");
    let body = json!({"title": "Vase", "description": "Clay", "price": 100, "stock": 1, "sku": "V"});
    let first = keyed.post("/v1/products", body.clone()).await.expect(201);
    let again = keyed.post("/v1/products", body).await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.expect(201), first);
    app.stop().await;
}
