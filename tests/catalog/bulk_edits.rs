//! Editing many variants at once: all or nothing.

use testing::{Seller, TestApp, Value, json};

const BULK: &str = "/v1/vendor/variants/bulk";

/// A product with `count` variants of 5 units at 10.00.
async fn product(seller: &Seller, title: &str, count: usize) -> Vec<Value> {
    let values: Vec<String> = (0..count).map(|number| format!("v{number}")).collect();
    let variants: Vec<Value> =
        values.iter().map(|value| json!({"options": {"No": value}, "stock": 5})).collect();
    let fields = json!({"title": title, "price": 1_000, "options": [{"name": "No", "values": values}],
        "variants": variants});
    seller.product_with(fields).await["variants"].as_array().unwrap().clone()
}

#[tokio::test]
async fn prices_stocks_discounts_and_statuses_change_together() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let (cups, pots) = (product(&seller, "Cup", 2).await, product(&seller, "Pot", 1).await);
    let draft = json!({"title": "Draft", "price": 700, "stock": 1, "status": "draft"});
    let draft = seller.product_with(draft).await;
    let edits = json!({"variants": [
        {"id": cups[0]["id"], "price": 1_500, "stock": 9},
        {"id": cups[1]["id"], "discount": {"percent": 50}, "stock_delta": -5},
        {"id": pots[0]["id"], "status": "archived"},
        {"id": draft["variants"][0]["id"], "status": "published"},
    ]});
    let edited = seller.post(BULK, edits).await.expect(200);
    let shown: Vec<_> = edited["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["final_price"]["amount"].as_i64(), one["stock"].as_i64(), one["status"].as_str()))
        .collect();
    assert_eq!(
        shown,
        [
            (Some(1_500), Some(9), Some("published")),
            (Some(500), Some(0), Some("published")),
            (Some(1_000), Some(5), Some("archived")),
            (Some(700), Some(1), Some("published")),
        ]
    );
    let public = app.anonymous();
    let list = public.get("/v1/products?sort=-price").await.expect(200);
    let cards: Vec<_> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|card| (card["title"].as_str().unwrap(), card["final_price"]["amount"].as_i64().unwrap()))
        .collect();
    assert_eq!(cards, [("Cup", 1_500), ("Draft", 700)]);
    public.get("/v1/products/pot").await.expect_problem(410, "gone");
    let cup = public.get("/v1/products/cup").await.expect(200);
    assert_eq!(cup["variants"][1]["lowest_price_30d"]["amount"], 1_000);
    let moves = format!("/v1/variants/{}/stock-movements", cups[0]["id"].as_str().unwrap());
    let moves = seller.get(&moves).await.expect(200);
    assert_eq!((&moves["data"][0]["delta"], &moves["data"][0]["reason"]), (&json!(4), &json!("adjustment")));
    let ended = json!({"variants": [{"id": cups[1]["id"], "discount": null}]});
    assert_eq!(seller.post(BULK, ended).await.expect(200)["data"][0]["discount"], Value::Null);
    app.stop().await;
}

#[tokio::test]
async fn every_problem_is_told_and_nothing_is_changed() {
    let app = TestApp::start().await;
    let (seller, noor) = (app.seller("maya").await, app.seller("noor").await);
    let cups = product(&seller, "Cup", 3).await;
    let foreign = product(&noor, "Pot", 1).await;
    let edits = json!({"variants": [
        {"id": cups[0]["id"], "price": 9_999, "stock": 100},
        {"id": cups[1]["id"], "stock_delta": -6},
        {"id": foreign[0]["id"], "price": 1},
        {"id": cups[0]["id"], "price": 1},
        {"id": cups[2]["id"], "discount": {"amount": 1_000}, "status": "draft"},
        {"id": "var_0AXS751X00W7C"},
    ]});
    let answer = seller.post(BULK, edits).await;
    assert_eq!(
        answer.expect_invalid(),
        [
            "/variants/1/stock_delta insufficient_stock",
            "/variants/2/id not_found",
            "/variants/3/id not_allowed",
            "/variants/4/discount/amount too_large",
            "/variants/4/status invalid_transition",
            "/variants/5/id not_found",
        ]
    );
    let short = &answer.json()["errors"][0];
    assert_eq!((&short["variant_id"], &short["available"]), (&cups[1]["id"], &json!(5)));
    let cup = seller.get("/v1/products/cup").await.expect(200);
    assert_eq!((&cup["price"]["amount"], &cup["variants"][0]["stock"]), (&json!(1_000), &json!(5)));
    let cases = [
        (json!({}), vec!["/variants required"]),
        (json!({"variants": 1}), vec!["/variants wrong_type"]),
        (json!({"variants": [{"price": 0}]}), vec!["/variants/0/id required", "/variants/0/price too_small"]),
        (
            json!({"variants": [{"id": cups[0]["id"], "stock": 1, "stock_delta": 1, "sku": "x"}]}),
            vec!["/variants/0/sku unknown_field", "/variants/0/stock_delta not_allowed"],
        ),
        (
            json!({"variants": [{"id": "prod_0AXS751X00W7C", "stock": -1}]}),
            vec!["/variants/0/id malformed_id", "/variants/0/stock too_small"],
        ),
        (json!({"variants": vec![json!({"id": "var_0AXS751X00W7C"}); 1_001]}), vec!["/variants too_long"]),
    ];
    for (body, wanted) in cases {
        assert_eq!(seller.post(BULK, body.clone()).await.expect_invalid(), wanted);
    }
    app.user("ana").await.post(BULK, json!({})).await.expect_problem(403, "forbidden");
    app.anonymous().post(BULK, json!({})).await.expect_problem(401, "unauthenticated");
    assert_eq!(seller.post(BULK, json!({"variants": []})).await.expect(200)["data"], json!([]));
    app.stop().await;
}

/// A key that comes twice moves the stock once; a thousand variants go in one call.
#[tokio::test]
async fn a_thousand_variants_once() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let mut edits = Vec::new();
    for number in 0..10 {
        for variant in product(&seller, &format!("Shelf {number}"), 100).await {
            edits.push(json!({"id": variant["id"], "stock_delta": 1, "price": 2_000 + number}));
        }
    }
    let keyed = seller.with_header("idempotency-key", "bulk-1");
    let body = json!({"variants": edits});
    let first = keyed.post(BULK, body.clone()).await;
    assert_eq!(first.expect(200)["data"].as_array().unwrap().len(), 1_000);
    let second = keyed.post(BULK, body.clone()).await;
    assert_eq!((second.header("idempotent-replayed"), second.text()), ("true", first.text()));
    keyed.post(BULK, json!({"variants": []})).await.expect_problem(422, "idempotency_mismatch");
    let shelf = seller.get("/v1/products/shelf-3").await.expect(200);
    assert!(
        shelf["variants"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["stock"] == 6 && one["price"]["amount"] == 2_003)
    );
    app.stop().await;
}

/// Purchases and bulk edits of one stock at the same time: none is lost, which the doctor counts.
#[tokio::test]
async fn stock_is_right_while_others_buy() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let cup = seller.product("Cup", 1_000, 50).await;
    let (ana, ben) = (app.buyer("ana").await, app.buyer("ben").await);
    let body = json!({"variants": [{"id": cup["variants"][0]["id"], "stock_delta": 7}]});
    let (a, b) = ([(&cup, 2)], [(&cup, 3)]);
    tokio::join!(
        async { seller.post(BULK, body.clone()).await.expect(200) },
        ana.buys(&a, "test"),
        async { seller.post(BULK, body.clone()).await.expect(200) },
        ben.buys(&b, "test"),
    );
    let shown = seller.get("/v1/products/cup").await.expect(200);
    assert_eq!(shown["variants"][0]["stock"], 50 + 14 - 5);
    app.stop().await;
}
