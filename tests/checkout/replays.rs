//! The same key gives the same checkout, for ever.

use futures_util::future::join_all;
use marketplace::accounts::{Client, open_session};
use testing::{Actor, Method, TestApp, Value};

use super::{buy, check_invariants, purchase, stock};
use crate::cart::add;

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer() {
    let app = TestApp::start().await;
    let mia = app.seller("mia").await;
    let mug = mia.product("Mug", 999, 5).await;
    let buyer = app.buyer("ana").await;
    add(&buyer, &mug, 2).await.expect(201);
    let first = buy(&buyer, "key 1", purchase("test")).await;
    first.expect(201);
    // Something else is in the cart by now.
    add(&buyer, &mug, 1).await.expect(201);
    app.run_jobs().await;
    app.advance(60);
    let again = buy(&buyer, "key 1", purchase("test")).await;
    assert_eq!(again.status, 201);
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(stock(&mia, &mug).await, 3);
    assert_eq!(buyer.get("/v1/cart").await.expect(200)["item_count"], 1);

    // Written in another way it says the same.
    let backwards: Vec<String> = purchase("test")
        .as_object()
        .unwrap()
        .iter()
        .rev()
        .map(|(name, value)| format!("{}:\n {value:#}", Value::from(name.as_str())))
        .collect();
    let written = format!("{{ {} }}", backwards.join(" , ")).into_bytes();
    let keyed = buyer.with_header("Idempotency-Key", "key 1");
    let again = keyed.send_bytes(Method::POST, "/v1/checkouts", "application/json", written).await;
    assert_eq!((again.status.as_u16(), &again.body), (201, &first.body));

    buy(&buyer, "key 1", purchase("cod")).await.expect_problem(422, "idempotency_mismatch");
    // Another buyer's key is another key.
    let other = app.buyer("bob").await;
    buy(&other, "key 1", purchase("test")).await.expect_problem(409, "cart_empty");
    app.stop().await;
}

#[tokio::test]
async fn a_checkouts_key_is_kept_for_ever() {
    let app = TestApp::start().await;
    let mug = app.seller("mia").await.product("Mug", 999, 5).await;
    let buyer = app.buyer("ana").await;
    add(&buyer, &mug, 1).await.expect(201);
    let first = buy(&buyer, "one", purchase("cod")).await;
    first.expect(201);
    app.advance(2 * 24 * 60 * 60);
    let market = app.market.clone();
    let swept: marketplace::Result<u64> =
        app.market.db.write(async move |tx| marketplace::idempotency::sweep(tx, &market).await).await;
    assert_eq!(swept.unwrap(), 0);
    // The access token has expired; the key has not.
    let buyer = logged_in_again(&app, &buyer).await;
    assert_eq!(buy(&buyer, "one", purchase("cod")).await.body, first.body);
    app.stop().await;
}

async fn logged_in_again(app: &TestApp, actor: &Actor) -> Actor {
    let (market, user) = (app.market.clone(), actor.user.unwrap());
    let tokens: marketplace::Result<_> =
        app.market.db.write(async move |tx| open_session(tx, &market, user, &Client::default()).await).await;
    actor.with_token(&tokens.unwrap().access)
}

/// Ten times the same request at once: one purchase, ten times its answer.
#[tokio::test]
async fn the_same_key_at_once_buys_once() {
    let app = TestApp::start().await;
    let mia = app.seller("mia").await;
    let mug = mia.product("Mug", 999, 50).await;
    let buyer = app.buyer("ana").await;
    add(&buyer, &mug, 2).await.expect(201);
    let answers = join_all((0..10).map(|_| buy(&buyer, "one", purchase("test")))).await;
    let fresh = answers.iter().filter(|answer| answer.header("idempotent-replayed").is_empty()).count();
    assert_eq!(fresh, 1);
    for answer in &answers {
        answer.expect(201);
        assert_eq!(answer.body, answers[0].body);
    }
    assert_eq!(stock(&mia, &mug).await, 48);
    check_invariants(&app).await;
    app.stop().await;
}
