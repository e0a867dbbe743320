//! Stock: movements, adjustments, many at once.

use std::sync::Arc;

use futures_util::future::join_all;
use marketplace::catalog::stock::{self, StockLine, StockReason};
use testing::{Seller, TestApp, Value, json};
use types::{OrderId, VariantId, kind};

/// A shop with a shirt.
struct Shop {
    app: TestApp,
    seller: Seller,
    variant: String,
    /// Where the shirt's stock is adjusted.
    adjust: String,
}

async fn shop_with_shirts(stock: i64) -> Shop {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let variant = default_variant(&seller.product("Shirt", 100, stock).await);
    let adjust = format!("/v1/variants/{variant}/stock-adjustments");
    Shop { app, seller, variant, adjust }
}

fn default_variant(product: &Value) -> String {
    product["variants"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_stock_is_the_sum_of_its_movements() {
    let Shop { app, seller, variant, adjust } = shop_with_shirts(5).await;
    let movement = seller.post(&adjust, json!({"delta": 3, "reason": "Found some"})).await.expect(201);
    assert_eq!((&movement["delta"], &movement["stock_after"]), (&json!(3), &json!(8)));
    assert_eq!((&movement["reason"], &movement["note"]), (&json!("adjustment"), &json!("Found some")));
    assert_eq!(movement["actor"], seller.user.unwrap().to_string());

    let short = seller.post(&adjust, json!({"delta": -9, "reason": "Lost"})).await;
    let problem = short.expect_problem(409, "insufficient_stock");
    assert_eq!(problem["errors"][0]["available"], 8);
    assert_eq!(problem["errors"][0]["variant_id"], variant);
    seller.post(&adjust, json!({"delta": -8, "reason": "Lost"})).await.expect(201);

    let movements = seller.get(&format!("/v1/variants/{variant}/stock-movements?limit=2")).await.expect(200);
    let deltas = |list: &Value| -> Vec<i64> {
        list["data"].as_array().unwrap().iter().map(|movement| movement["delta"].as_i64().unwrap()).collect()
    };
    assert_eq!(deltas(&movements), [-8, 3]);
    let next = movements["next_cursor"].as_str().unwrap();
    let rest = format!("/v1/variants/{variant}/stock-movements?limit=2&cursor={next}");
    let rest = seller.get(&rest).await.expect(200);
    assert_eq!(deltas(&rest), [5]);
    assert_eq!(rest["data"][0]["reason"], "initial");
    app.stop().await;
}

#[tokio::test]
async fn an_adjustment_happens_once_per_key() {
    let Shop { app, seller, variant, adjust } = shop_with_shirts(5).await;
    let keyed = seller.with_header("Idempotency-Key", "key-1");
    let body = json!({"delta": 2, "reason": "Delivery"});
    let first = keyed.post(&adjust, body.clone()).await;
    let again = keyed.post(&adjust, body).await;
    assert_eq!(first.expect(201), again.expect(201));
    assert_eq!(again.header("idempotent-replayed"), "true");
    keyed
        .post(&adjust, json!({"delta": 3, "reason": "Delivery"}))
        .await
        .expect_problem(422, "idempotency_mismatch");
    let movements = seller.get(&format!("/v1/variants/{variant}/stock-movements")).await.expect(200);
    assert_eq!(movements["data"][0]["stock_after"], 7);
    app.stop().await;
}

#[tokio::test]
async fn adjustments_that_make_no_sense_are_refused() {
    let Shop { app, seller, adjust, .. } = shop_with_shirts(5).await;
    for (delta, code) in [
        (json!(0), "not_allowed"),
        (json!(1.5), "wrong_type"),
        (json!("1"), "wrong_type"),
        (json!(1e30), "too_large"),
        (json!(-1e30), "too_small"),
        (json!(1_000_000_001), "too_large"),
        (json!(null), "wrong_type"),
    ] {
        let answer = seller.post(&adjust, json!({"delta": delta, "reason": "x"})).await;
        assert_eq!(answer.expect_invalid(), [format!("/delta {code}")], "{delta}");
    }
    let full = seller.post(&adjust, json!({"delta": 999_999_999, "reason": "x"})).await;
    assert_eq!(full.expect_invalid(), ["/delta too_large"]);
    let answer = seller.post(&adjust, json!({})).await;
    assert_eq!(answer.expect_invalid(), ["/delta required", "/reason required"]);
    app.stop().await;
}

/// Whatever takes and gives at the same time: never below zero, and the movements tell the stock.
#[tokio::test]
async fn a_storm_of_purchases_and_adjustments_leaves_the_books_right() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let mut variants: Vec<VariantId> = Vec::new();
    for number in 0..3 {
        let product = seller.product(&format!("Shirt {number}"), 100, 20).await;
        variants.push(default_variant(&product).parse().unwrap());
    }
    let variants = Arc::new(variants);
    let buy = |buyer: usize| {
        let (market, variants) = (app.market.clone(), variants.clone());
        async move {
            let order: OrderId = market.id::<kind::Order>();
            let units = [(buyer * 7 % 4) + 1, (buyer * 5 % 3) + 1];
            // Each asks for two variants, in no particular order.
            let lines: Vec<StockLine> = [buyer % 3, (buyer + 1 + buyer % 2) % 3]
                .into_iter()
                .zip(units)
                .map(|(index, units)| StockLine {
                    variant: variants[index],
                    units: i64::try_from(units).unwrap(),
                    order,
                })
                .collect();
            let inner = market.clone();
            market
                .db
                .write(async move |tx| -> marketplace::Result<bool> {
                    let taken = stock::ask_take(tx, &lines).await?.done(tx, &inner).await?.is_ok();
                    if taken && buyer.is_multiple_of(4) {
                        stock::give_back(tx, &inner, &lines, StockReason::Cancelled).await?;
                    }
                    Ok(taken)
                })
                .await
                .unwrap()
        }
    };
    let adjust = |number: usize| {
        let path = format!("/v1/variants/{}/stock-adjustments", variants[number % 3]);
        let seller = &seller;
        async move {
            let delta = [-3, 2, -1, 4][number % 4];
            let answer = seller.post(&path, json!({"delta": delta, "reason": "storm"})).await;
            assert!([201, 409].contains(&answer.status.as_u16()), "{}", answer.text());
        }
    };
    let purchases = join_all((0..40).map(buy));
    let adjustments = join_all((0..20).map(adjust));
    let (bought, ()) = tokio::join!(purchases, async { adjustments.await.into_iter().collect() });
    assert!(bought.iter().any(|taken| *taken) && bought.iter().any(|taken| !*taken), "{bought:?}");
    for variant in variants.iter() {
        let path = format!("/v1/variants/{variant}/stock-movements?limit=100");
        let movements = seller.get(&path).await.expect(200);
        let movements = movements["data"].as_array().unwrap();
        let sum: i64 = movements.iter().map(|movement| movement["delta"].as_i64().unwrap()).sum();
        assert!(movements.iter().all(|movement| movement["stock_after"].as_i64().unwrap() >= 0));
        assert_eq!(current(&app, *variant).await, sum);
    }
    app.stop().await;
}

/// What a refusal tells is what it was decided by, not what came in a moment later.
#[tokio::test]
async fn a_refused_adjustment_tells_what_there_was() {
    let Shop { app, seller, adjust: path, .. } = shop_with_shirts(0).await;
    let adjust = |delta: i64| seller.post(&path, json!({"delta": delta, "reason": "counted"}));
    for round in 0..60 {
        let (more, less) = tokio::join!(adjust(3), adjust(-2));
        more.expect(201);
        let left = if less.status == 409 {
            let problem = less.expect_problem(409, "insufficient_stock");
            assert_eq!(problem["errors"][0]["available"], 0, "round {round}");
            3
        } else {
            less.expect(201);
            1
        };
        adjust(-left).await.expect(201);
    }
    app.stop().await;
}

async fn current(app: &TestApp, variant: VariantId) -> i64 {
    let mut conn = app.market.db.read().await.unwrap();
    let found = marketplace::catalog::variants::find(&mut conn, variant).await.unwrap();
    found.unwrap().stock
}

/// Nothing is taken when one line is short, and every short line is named.
#[tokio::test]
async fn a_shortage_takes_nothing() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let mut lines = Vec::new();
    for (stock, units) in [(5, 2), (1, 3), (0, 1)] {
        let product = seller.product("Shirt", 100, stock).await;
        let variant: VariantId = default_variant(&product).parse().unwrap();
        lines.push(StockLine { variant, units, order: app.market.id::<kind::Order>() });
    }
    let (market, wanted) = (app.market.clone(), lines.clone());
    let taken = app
        .market
        .db
        .write(async move |tx| -> marketplace::Result<_> {
            stock::ask_take(tx, &wanted).await?.done(tx, &market).await
        })
        .await
        .unwrap();
    let short: Vec<_> =
        taken.unwrap_err().into_iter().map(|shortage| (shortage.variant, shortage.available)).collect();
    assert_eq!(short, [(lines[1].variant, 1), (lines[2].variant, 0)]);
    assert_eq!(current(&app, lines[0].variant).await, 5);
    let path = format!("/v1/variants/{}/stock-movements", lines[0].variant);
    assert_eq!(seller.get(&path).await.expect(200)["data"].as_array().unwrap().len(), 1);
    app.stop().await;
}
