//! The ledger: what sellers are owed and why, and that it adds up whatever happens.

mod storm;

use testing::{Seller, TestApp, Value, json};

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// The entries of a shop's ledger as kind, amount and last word of the account; the oldest first.
async fn entries(seller: &Seller) -> Vec<(String, i64, String)> {
    let list = seller.get("/v1/vendor/ledger?limit=100").await.expect(200);
    let entry = |entry: &Value| {
        let account = text(&entry["account"]).rsplit(':').next().unwrap_or_default().to_owned();
        (text(&entry["kind"]).to_owned(), entry["amount"]["amount"].as_i64().unwrap(), account)
    };
    list["data"].as_array().unwrap().iter().rev().map(entry).collect()
}

/// Captured, delivered, held, released.
#[tokio::test]
async fn money_becomes_available_after_the_hold() {
    let app = TestApp::builder().with(|settings| settings.hold_seconds = 600).start().await;
    let seller = app.seller("sara").await;
    let product = seller.product("Cup", 1_999, 10).await;
    let buyer = app.buyer("bob").await;
    assert_eq!(seller.balance().await, (0, 0));
    let order = buyer.buys_and_pays(&[(&product, 1)]).await;
    // 10 % of 19.99 is 2.00.
    assert_eq!(seller.balance().await, (1_799, 0));
    seller.does_all(&["accept", "pack", "ship", "deliver"], &order).await;
    app.run_jobs().await;
    assert_eq!(seller.balance().await, (1_799, 0));
    app.advance(540);
    app.run_jobs().await;
    assert_eq!(seller.balance().await, (1_799, 0), "the hold is not over");
    app.advance(120);
    app.run_jobs().await;
    assert_eq!(seller.balance().await, (0, 1_799));
    app.advance(120);
    app.run_jobs().await;
    assert_eq!(seller.balance().await, (0, 1_799), "released once");
    let pending = |kind: &str, amount| (kind.to_owned(), amount, "pending".to_owned());
    let expected = [
        pending("capture", 1_799),
        pending("release", -1_799),
        ("release".to_owned(), 1_799, "available".to_owned()),
    ];
    assert_eq!(entries(&seller).await, expected);
    app.expect_sound().await;
    app.stop().await;
}

#[tokio::test]
async fn entries_say_what_they_are() {
    let app = TestApp::start().await;
    let seller = app.seller("sara").await;
    let product = seller.product("Cup", 1_000, 10).await;
    let buyer = app.buyer("bob").await;
    let order = buyer.buys_and_pays(&[(&product, 1)]).await;
    buyer.post_empty(&format!("/v1/orders/{}/cancel", text(&order["id"]))).await.expect(200);
    let first = seller.get("/v1/vendor/ledger?limit=1").await.expect(200);
    let entry = &first["data"][0];
    assert_eq!(entry["kind"], "refund");
    assert_eq!(entry["amount"], json!({"amount": -900, "currency": "USD"}));
    assert_eq!(entry["order_id"], order["id"]);
    assert_eq!(text(&entry["account"]), format!("vendor:{}:pending", seller.vendor));
    assert!(text(&entry["transaction_id"]).starts_with("evt_"));
    assert!(entry["at"].is_string() && entry["id"].is_string());
    let next = format!("/v1/vendor/ledger?limit=1&cursor={}", text(&first["next_cursor"]));
    let second = seller.get(&next).await.expect(200);
    assert_eq!(second["data"][0]["kind"], "capture");
    assert_eq!(second["next_cursor"], Value::Null);
    app.expect_sound().await;
    app.stop().await;
}

#[tokio::test]
async fn money_is_the_shops_own_business() {
    let app = TestApp::start().await;
    let (seller, other) = (app.seller("sara").await, app.seller("olga").await);
    let product = seller.product("Cup", 1_000, 10).await;
    let buyer = app.buyer("bob").await;
    buyer.buys_and_pays(&[(&product, 1)]).await;
    for path in ["/v1/vendor/balance", "/v1/vendor/ledger"] {
        buyer.get(path).await.expect_problem(403, "forbidden");
        app.anonymous().get(path).await.expect_problem(401, "unauthenticated");
        let foreign = format!("{path}?vendor={}", seller.vendor);
        other.get(&foreign).await.expect_problem(403, "forbidden");
    }
    assert_eq!(other.balance().await, (0, 0));
    assert_eq!(entries(&other).await, []);
    let bad = seller.get("/v1/vendor/ledger?limit=101&cursor=%3F").await.expect_invalid();
    assert_eq!(bad, ["/cursor malformed", "/limit too_large"]);
    app.stop().await;
}
