//! Completions.

use testing::{Actor, TestApp, json};

use super::category;

async fn suggestions(actor: &Actor, typed: &str) -> Vec<String> {
    let found = actor.get(&format!("/v1/products/suggest?q={typed}")).await.expect(200);
    let list = found["data"].as_array().unwrap().clone();
    let text = |entry: testing::Value| {
        format!("{} {}", entry["kind"].as_str().unwrap(), entry["text"].as_str().unwrap())
    };
    list.into_iter().map(text).collect()
}

#[tokio::test]
async fn what_is_typed_is_completed_and_slips_are_forgiven() {
    let app = TestApp::start().await;
    app.searches().await;
    let (admin, seller, public) = (app.admin().await, app.seller("Headley").await, app.anonymous());
    let phones = category(&admin, "Headphones", None).await;
    for title in ["Wireless headphones", "Studio headphones"] {
        let fields = json!({"title": title, "price": 100, "stock": 1, "category_id": phones["id"]});
        seller.product_with(fields).await;
    }
    seller.product("Keyboard", 100, 1).await;
    seller
        .product_with(json!({"title": "Secret headphones", "price": 1, "stock": 1, "status": "draft"}))
        .await;
    let found = suggestions(&public, "headp").await;
    assert_eq!(found[0], "category Headphones");
    assert_eq!(found.len(), 3, "{found:?}");
    let found = suggestions(&public, "hedp").await;
    assert!(found.contains(&"category Headphones".to_owned()), "{found:?}");
    assert_eq!(suggestions(&public, "hedphon").await[0], "category Headphones");
    assert_eq!(suggestions(&public, "wireless+he").await, ["product Wireless headphones"]);
    assert_eq!(suggestions(&public, "keybord").await, ["product Keyboard"]);
    assert!(suggestions(&public, "headley").await.contains(&"vendor Shop of Headley".to_owned()));
    assert_eq!(suggestions(&public, "").await, [""; 0]);
    assert_eq!(suggestions(&public, "zzzz").await, [""; 0]);
    public.get("/v1/products/suggest?q=%00").await.expect_problem(422, "invalid");
    app.stop().await;
}
