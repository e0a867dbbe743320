//! What a shop says of itself: slug, policies, holidays.

use testing::{TestApp, json};

#[tokio::test]
async fn an_old_slug_goes_on_leading_to_the_shop() {
    let app = TestApp::start().await;
    let (seller, other) = (app.seller("ana").await, app.seller("eve").await);
    seller.product("Pot", 1_000, 5).await;
    let path = format!("/v1/vendors/{}", seller.vendor);
    let shop = seller.patch(&path, json!({"slug": "copper-and-clay"})).await.expect(200);
    assert_eq!(shop["slug"], "copper-and-clay");
    let public = app.anonymous();
    for slug in ["copper-and-clay", "shop-of-ana"] {
        assert_eq!(public.get(&format!("/v1/vendors/{slug}")).await.expect(200)["id"], shop["id"], "{slug}");
        let found = public.get(&format!("/v1/products?vendor={slug}")).await.expect(200);
        assert_eq!(found["data"].as_array().unwrap().len(), 1, "{slug}");
        seller.get(&format!("/v1/vendor/products?vendor={slug}")).await.expect(200);
        other.get(&format!("/v1/vendor/products?vendor={slug}")).await.expect_problem(403, "forbidden");
    }
    let theirs = format!("/v1/vendors/{}", other.vendor);
    for taken in ["copper-and-clay", "shop-of-ana"] {
        other.patch(&theirs, json!({"slug": taken})).await.expect_problem(409, "slug_taken");
    }
    // A new shop of the old name gets another slug.
    let again =
        app.user("ana2").await.post("/v1/vendors", super::application("Shop of ana")).await.expect(201);
    assert_eq!(again["slug"], "shop-of-ana-2");
    // The shop itself can take its old slug back.
    seller.patch(&path, json!({"slug": "shop-of-ana"})).await.expect(200);
    assert_eq!(public.get("/v1/vendors/copper-and-clay").await.expect(200)["slug"], "shop-of-ana");
    app.stop().await;
}

/// Two shops want one slug at once: one gets it.
#[tokio::test]
async fn of_two_who_want_a_slug_one_gets_it() {
    let app = TestApp::start().await;
    let (ana, eve) = (app.seller("ana").await, app.seller("eve").await);
    let (one, two) = (format!("/v1/vendors/{}", ana.vendor), format!("/v1/vendors/{}", eve.vendor));
    let (one, two) = tokio::join!(
        ana.patch(&one, json!({"slug": "best-shop"})),
        eve.patch(&two, json!({"slug": "best-shop"}))
    );
    let lost = if one.status.as_u16() == 200 { two } else { one };
    lost.expect_problem(409, "slug_taken");
    app.stop().await;
}

#[tokio::test]
async fn policies_are_shown_and_taken_back() {
    let app = TestApp::start().await;
    let seller = app.seller("ana").await;
    let path = format!("/v1/vendors/{}", seller.vendor);
    seller
        .patch(&path, json!({"shipping_policy": "Each Friday.", "return_policy": "30 days."}))
        .await
        .expect(200);
    let shown = app.anonymous().get(&path).await.expect(200);
    assert_eq!(
        (&shown["shipping_policy"], &shown["return_policy"]),
        (&json!("Each Friday."), &json!("30 days."))
    );
    seller.patch(&path, json!({"return_policy": null})).await.expect(200);
    assert_eq!(app.anonymous().get(&path).await.expect(200)["return_policy"], json!(null));
    for (body, wanted) in [
        (json!({"slug": "Not A Slug"}), "/slug not_allowed"),
        (json!({"return_policy": "x".repeat(5_001)}), "/return_policy too_long"),
        (json!({"closed_to": "2030-01-01T00:00:00Z"}), "/closed_from required"),
        (
            json!({"closed_from": "2030-01-02T00:00:00Z", "closed_to": "2030-01-01T00:00:00Z"}),
            "/closed_to not_allowed",
        ),
    ] {
        assert_eq!(seller.patch(&path, body.clone()).await.expect_invalid(), [wanted], "{body}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_closed_shop_shows_its_products_and_sells_none() {
    let app = TestApp::start().await;
    let (seller, buyer) = (app.seller("ana").await, app.buyer("bo").await);
    let product = seller.product("Pot", 1_000, 5).await;
    let line = json!({"product_id": product["id"], "quantity": 1});
    buyer.post("/v1/cart/items", line.clone()).await.expect(201);
    let now = app.market.now();
    let path = format!("/v1/vendors/{}", seller.vendor);
    let holidays = json!({"closed_from": now.plus_seconds(60), "closed_to": now.plus_seconds(120)});
    seller.patch(&path, holidays).await.expect(200);
    let purchase = json!({"payment_method": "test", "address": {
        "name": "Bo", "phone": "+1 555 0100", "line1": "1 Road", "city": "Fes", "postal_code": "1", "country": "MA",
    }});
    let buy =
        async || buyer.with_header("idempotency-key", "k").post("/v1/checkouts", purchase.clone()).await;

    app.advance(60);
    assert_eq!(app.anonymous().get("/v1/products").await.expect(200)["data"].as_array().unwrap().len(), 1);
    let refused = buy().await.expect_problem(409, "vendor_closed");
    assert_eq!(refused["errors"][0]["code"], "vendor_closed");
    assert_eq!(refused["errors"][0]["variant_id"], product["variants"][0]["id"]);
    let cart = buyer.get("/v1/cart").await.expect(200);
    assert_eq!(cart["groups"][0]["items"][0]["available"], 0);
    let other = app.buyer("cy").await;
    other.post("/v1/cart/items", line).await.expect_problem(409, "vendor_closed");

    app.advance(60);
    buy().await.expect(201);
    app.stop().await;
}
