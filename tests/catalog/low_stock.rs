//! Sellers hear of a stock that falls to its threshold, once each time.

use testing::{Seller, TestApp, Value, json};

async fn adjust(seller: &Seller, product: &Value, delta: i64) {
    let address =
        format!("/v1/variants/{}/stock-adjustments", product["variants"][0]["id"].as_str().unwrap());
    seller.post(&address, json!({"delta": delta, "reason": "x"})).await.expect(201);
}

/// The low-stock mails to the seller, after the background work.
async fn mails(app: &TestApp) -> Vec<String> {
    app.worker().sweep().await;
    app.run_jobs().await;
    let mails = app.mails_to("maya@example.com").await;
    mails.into_iter().filter(|mail| mail.subject.contains("low on stock")).map(|mail| mail.text).collect()
}

#[tokio::test]
async fn a_crossing_is_told_once() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let fields = json!({"title": "Cup", "price": 100, "stock": 10, "sku": "C-1", "low_stock_threshold": 5});
    let cup = seller.product_with(fields).await;
    assert_eq!(cup["variants"][0]["low_stock_threshold"], 5);
    let shown = app.anonymous().get("/v1/products/cup").await.expect(200);
    assert_eq!(shown["variants"][0].get("low_stock_threshold"), None);
    let few = json!({"title": "Few", "price": 100, "stock": 1, "low_stock_threshold": 5});
    seller.product_with(few).await;
    assert_eq!(mails(&app).await.len(), 0, "what was made with few units did not fall");

    app.buyer("ana").await.buys(&[(&cup, 5)], "cod").await;
    let told = mails(&app).await;
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("Cup (SKU C-1): 5 left"), "{}", told[0]);
    adjust(&seller, &cup, -1).await;
    assert_eq!(mails(&app).await.len(), 1, "it was low already");
    adjust(&seller, &cup, 10).await;
    assert_eq!(mails(&app).await.len(), 1);
    adjust(&seller, &cup, -10).await;
    assert_eq!(mails(&app).await.len(), 2);
    // What was filled up before anybody looked is not told.
    adjust(&seller, &cup, 10).await;
    adjust(&seller, &cup, -10).await;
    adjust(&seller, &cup, 10).await;
    assert_eq!(mails(&app).await.len(), 2);
    app.stop().await;
}

#[tokio::test]
async fn a_shop_has_a_threshold_for_all() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let alerts = "/v1/vendor/stock-alerts";
    assert_eq!(seller.get(alerts).await.expect(200), json!({"threshold": null}));
    assert_eq!(seller.put(alerts, json!({"threshold": 3})).await.expect(200), json!({"threshold": 3}));
    assert_eq!(seller.put(alerts, json!({"threshold": -1})).await.expect_invalid(), ["/threshold too_small"]);
    app.user("ana").await.put(alerts, json!({"threshold": 3})).await.expect_problem(403, "forbidden");
    let cup = seller.product("Cup", 100, 10).await;
    let own = json!({"title": "Pot", "price": 100, "stock": 10, "low_stock_threshold": 0});
    let pot = seller.product_with(own).await;
    adjust(&seller, &cup, -8).await;
    adjust(&seller, &pot, -8).await;
    let told = mails(&app).await;
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("Cup: 2 left") && !told[0].contains("Pot"), "{}", told[0]);
    seller.put(alerts, json!({"threshold": null})).await.expect(200);
    adjust(&seller, &cup, 8).await;
    adjust(&seller, &cup, -8).await;
    assert_eq!(mails(&app).await.len(), 1);
    app.stop().await;
}

/// Two nodes that look at once tell it once.
#[tokio::test]
async fn two_that_look_at_once_tell_it_once() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let fields = json!({"title": "Cup", "price": 100, "stock": 10, "low_stock_threshold": 5});
    let cup = seller.product_with(fields).await;
    assert_eq!(mails(&app).await.len(), 0);
    adjust(&seller, &cup, -9).await;
    let (a, b) = (app.worker(), app.worker());
    tokio::join!(a.sweep(), b.sweep());
    assert_eq!(mails(&app).await.len(), 1);
    app.stop().await;
}
