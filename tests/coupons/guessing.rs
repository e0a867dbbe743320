//! Codes that are guessed: counted, slowed down, and told nothing.

use futures_util::future::join_all;
use testing::{Actor, Response, TestApp, json};

use super::{apply, coupon};
use crate::cart::add;

async fn throttled() -> TestApp {
    TestApp::builder().with(|settings| settings.throttle = true).start().await
}

async fn guess(actor: &Actor, code: &str) -> Response {
    actor.post("/v1/cart/coupons", json!({"code": code})).await
}

/// Ten wrong codes, also all at once, and the right one is refused like them until the window ends. What one
/// shopper guesses is not another's fault.
#[tokio::test]
async fn one_shopper_guesses_so_often() {
    let app = throttled().await;
    let (admin, seller, bob, eve) =
        (app.admin().await, app.seller("ana").await, app.buyer("bob").await, app.buyer("eve").await);
    let lamp = seller.product("Lamp", 2_000, 9).await;
    coupon(&admin, json!({"code": "SECRET", "percent": 10})).await;
    coupon(&admin, json!({"code": "NOTYET", "percent": 10, "active": false})).await;
    for shopper in [&bob, &eve] {
        add(shopper, &lamp, 1).await.expect(201);
    }
    // A code that is known costs nothing, however often it is put in.
    for _ in 0..12 {
        apply(&eve, "SECRET").await;
    }
    let unknown = guess(&eve, "NOSUCH").await;
    assert_eq!(unknown.expect_invalid(), ["/code not_found"]);
    let off = guess(&eve, "NOTYET").await;
    let told = |answer: &Response| {
        let mut problem = answer.json();
        problem["request_id"].take();
        problem
    };
    assert_eq!(told(&unknown), told(&off));
    assert!(off.header("ratelimit").contains("\"coupon-shopper\";r=8;t="), "{}", off.header("ratelimit"));
    let guesses: Vec<String> = (0..20).map(|number| format!("GUESS{number}")).collect();
    let answers = join_all(guesses.iter().map(|code| guess(&eve, code))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 422).count(), 8);
    assert_eq!(answers.iter().filter(|answer| answer.status == 429).count(), 12);
    let refused = guess(&eve, "SECRET").await;
    refused.expect_problem(429, "rate_limited");
    assert!((1..=900).contains(&refused.header("retry-after").parse::<i64>().unwrap()));
    apply(&bob, "SECRET").await;
    app.advance(600);
    guess(&app.login_again(&eve).await, "SECRET").await.expect_problem(429, "rate_limited");
    app.advance(301);
    apply(&app.login_again(&eve).await, "SECRET").await;
    app.stop().await;
}

/// Who takes a new cart token for each guess is counted by the network address.
#[tokio::test]
async fn one_address_guesses_so_often() {
    let app = throttled().await;
    let admin = app.admin().await;
    coupon(&admin, json!({"code": "SECRET", "percent": 10})).await;
    let there = app.anonymous().at(([10, 0, 0, 7], 40_000));
    for number in 0..60 {
        assert_eq!(guess(&there, &format!("GUESS{number}")).await.expect_invalid(), ["/code not_found"]);
    }
    guess(&there, "SECRET").await.expect_problem(429, "rate_limited");
    let elsewhere = app.anonymous().at(([10, 0, 0, 8], 40_000));
    guess(&elsewhere, "NOSUCH").await.expect_invalid();
    app.stop().await;
}
