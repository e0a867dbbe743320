//! Carts without an account.

use testing::{Actor, TestApp, json};

use super::{add, only_item};
use marketplace::{Shopper, cart};

fn holding(guest: &Actor, token: &str) -> Actor {
    guest.with_header("X-Cart-Token", token)
}

#[tokio::test]
async fn a_guests_first_answer_gives_the_token_of_the_cart() {
    let app = TestApp::start().await;
    let mug = app.seller("mia").await.product("Mug", 100, 9).await;
    let first = app.anonymous().get("/v1/cart").await;
    assert_eq!(first.expect(200)["item_count"], 0);
    let token = first.header("x-cart-token").to_owned();
    assert!(token.starts_with("ct_") && token.len() == 25, "{token}");

    let guest = holding(&app.anonymous(), &token);
    let added = add(&guest, &mug, 2).await;
    assert_eq!(added.header("x-cart-token"), token);
    assert_eq!(only_item(&added.expect(201))["quantity"], 2);
    assert_eq!(guest.get("/v1/cart").await.expect(200)["item_count"], 2);

    // Adding without a token makes a cart as well.
    let other = add(&app.anonymous(), &mug, 1).await;
    assert_eq!(other.expect(201)["item_count"], 1);
    assert_ne!(other.header("x-cart-token"), token);
    app.stop().await;
}

#[tokio::test]
async fn a_token_that_is_none_gets_a_new_one() {
    let app = TestApp::start().await;
    for wrong in ["", "ct_", "ct_short", "nonsense", "ct_AAAAAAAAAAAAAAAAAAAA=="] {
        let answer = holding(&app.anonymous(), wrong).get("/v1/cart").await;
        assert_eq!(answer.expect(200)["item_count"], 0);
        assert_ne!(answer.header("x-cart-token"), wrong);
    }
    let unknown = "ct_AAAAAAAAAAAAAAAAAAAAAA";
    let answer = holding(&app.anonymous(), unknown).get("/v1/cart").await;
    assert_eq!(answer.expect(200)["item_count"], 0);
    assert_eq!(answer.header("x-cart-token"), unknown);
    app.stop().await;
}

#[tokio::test]
async fn a_users_cart_is_not_a_guests() {
    let app = TestApp::start().await;
    let mug = app.seller("mia").await.product("Mug", 100, 9).await;
    let guest = add(&app.anonymous(), &mug, 2).await;
    let token = guest.header("x-cart-token").to_owned();
    let buyer = holding(&app.buyer("ana").await, &token);
    let own = buyer.get("/v1/cart").await;
    assert_eq!(own.expect(200)["item_count"], 0);
    assert_eq!(own.header("x-cart-token"), "");
    buyer.with_token("nonsense").get("/v1/cart").await.expect_problem(401, "unauthenticated");
    app.stop().await;
}

/// Quantities add up, what the user can't buy stays out, and the guest's cart is gone.
#[tokio::test]
async fn a_guests_cart_joins_the_users() {
    let app = TestApp::start().await;
    let (mia, noah) = (app.seller("mia").await, app.seller("noah").await);
    let (mug, book) = (mia.product("Mug", 100, 2_000).await, noah.product("Book", 500, 9).await);
    let guest = app.anonymous().get("/v1/cart").await;
    let token = guest.header("x-cart-token").to_owned();
    let guest = holding(&app.anonymous(), &token);
    add(&guest, &mug, 600).await.expect(201);
    add(&guest, &book, 2).await.expect(201);
    add(&noah, &mug, 500).await.expect(201);

    let (market, user) = (app.market.clone(), noah.user.unwrap());
    let digest = token.parse::<cart::Token>().unwrap().digest();
    let merged: marketplace::Result<()> =
        app.market.db.write(async move |tx| cart::merge(tx, &market, &digest, user).await).await;
    merged.unwrap();

    let cart = noah.get("/v1/cart").await.expect(200);
    assert_eq!(only_item(&cart)["quantity"], 999);
    assert_eq!(guest.get("/v1/cart").await.expect(200)["item_count"], 0);
    app.stop().await;
}

#[tokio::test]
async fn abandoned_carts_of_guests_are_dropped() {
    let app = TestApp::start().await;
    let mug = app.seller("mia").await.product("Mug", 100, 9).await;
    let guest = add(&app.anonymous(), &mug, 1).await;
    let token: cart::Token = guest.header("x-cart-token").parse().unwrap();
    let buyer = app.buyer("ana").await;
    add(&buyer, &mug, 1).await.expect(201);
    let sweep = async || {
        let market = app.market.clone();
        let swept: marketplace::Result<usize> =
            app.market.db.write(async move |tx| cart::sweep(tx, &market, 100).await).await;
        swept.unwrap()
    };
    assert_eq!(sweep().await, 0);
    app.advance(31 * 24 * 60 * 60);
    assert_eq!(sweep().await, 1);
    let mut conn = app.market.db.read().await.unwrap();
    let shown = cart::view(&mut conn, &app.market, &Shopper::Guest(token.digest()), cart::Place::Usual)
        .await
        .unwrap();
    assert!(shown.cart.id.is_none());
    let kept = cart::view(&mut conn, &app.market, &Shopper::User(buyer.user.unwrap()), cart::Place::Usual)
        .await
        .unwrap();
    assert_eq!(kept.cart.units(), 1);
    drop(conn);
    app.stop().await;
}

#[tokio::test]
async fn carts_are_not_kept_by_shared_caches() {
    let app = TestApp::start().await;
    let answer = app.anonymous().get("/v1/cart").await;
    assert_eq!(answer.header("cache-control"), "private, no-cache");
    app.anonymous().delete("/v1/cart").await.expect(204);
    assert_eq!(app.anonymous().post("/v1/cart/items", json!({})).await.status, 422);
    app.stop().await;
}
