//! Pages of what was found, while products come and go.

use std::collections::BTreeSet;

use testing::{TestApp, json};

#[tokio::test]
async fn each_product_comes_once_while_others_arrive() {
    let app = TestApp::start().await;
    app.searches().await;
    let (seller, public) = (app.seller("maya").await, app.anonymous());
    for number in 0..11 {
        let words = "lamp ".repeat(1 + number % 3);
        let fields = json!({"title": format!("old {words}{number}"), "price": 100 + number, "stock": number % 2,
            "description": "light ".repeat(number + 1)});
        seller.product_with(fields).await;
    }
    for sort in ["relevance", "newest", "price", "-price", "rating", "best_selling"] {
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/v1/products?q=old+lamp+light&limit=3&sort={sort}{cursor}");
            let page = public.get(&path).await.expect(200);
            let cards = page["data"].as_array().unwrap();
            seen.extend(cards.iter().map(|card| card["title"].as_str().unwrap().to_owned()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
            // Each of them changes how rare the words are.
            let fields = json!({"title": format!("new {sort} lamp light old {}", seen.len()), "price": 105, "stock": 1});
            seller.product_with(fields).await;
        }
        let old: Vec<_> = seen.iter().filter(|title| title.starts_with("old")).collect();
        let distinct: BTreeSet<_> = old.iter().collect();
        assert_eq!((old.len(), distinct.len()), (11, 11), "{sort}: {seen:?}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_cursor_is_of_its_order_and_its_size() {
    let app = TestApp::start().await;
    app.searches().await;
    let (seller, public) = (app.seller("maya").await, app.anonymous());
    for number in 0..3 {
        seller.product(&format!("lamp {number}"), 100, 1).await;
    }
    let page = public.get("/v1/products?q=lamp&limit=2").await.expect(200);
    assert_eq!(page["total"], 3);
    let cursor = page["next_cursor"].as_str().unwrap();
    let other = public.get(&format!("/v1/products?q=lamp&limit=2&sort=price&cursor={cursor}")).await;
    assert_eq!(other.expect_invalid(), ["/cursor malformed"]);
    let next = public.get(&format!("/v1/products?q=lamp&limit=2&cursor={cursor}")).await.expect(200);
    assert_eq!((next["data"].as_array().unwrap().len(), &next["total"]), (1, &json!(null)));
    assert_eq!(next["next_cursor"], json!(null));
    app.stop().await;
}
