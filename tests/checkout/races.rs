//! Two at once: a cart is bought once, the last unit is sold once.

use futures_util::future::join_all;
use testing::{TestApp, json};

use super::{bought, buy, check_invariants, path, purchase, stock};
use crate::cart::{add, variant};

/// The same cart under different keys.
#[tokio::test]
async fn a_cart_is_bought_once() {
    let app = TestApp::start().await;
    let mia = app.seller("mia").await;
    let mug = mia.product("Mug", 999, 50).await;
    let buyer = app.buyer("ana").await;
    add(&buyer, &mug, 2).await.expect(201);
    let keys: Vec<String> = (0..8).map(|number| format!("key {number}")).collect();
    let answers = join_all(keys.iter().map(|key| buy(&buyer, key, purchase("test")))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    for loser in answers.iter().filter(|answer| answer.status != 201) {
        loser.expect_problem(409, "cart_empty");
    }
    assert_eq!(stock(&mia, &mug).await, 48);
    check_invariants(&app).await;
    app.stop().await;
}

/// Twelve want three units: three get one, nine are told that there is none, nothing is half done.
#[tokio::test]
async fn the_last_units_are_sold_once() {
    let app = TestApp::start().await;
    let (mia, noah) = (app.seller("mia").await, app.seller("noah").await);
    let (mug, book) = (mia.product("Mug", 999, 3).await, noah.product("Book", 999, 100).await);
    let mut buyers = Vec::new();
    for number in 0..12 {
        let buyer = app.buyer(&format!("buyer{number}")).await;
        add(&buyer, &book, 1).await.expect(201);
        add(&buyer, &mug, 1).await.expect(201);
        buyers.push(buyer);
    }
    let answers = join_all(buyers.iter().map(|buyer| buy(buyer, "one", purchase("test")))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 3);
    for (buyer, loser) in buyers.iter().zip(&answers).filter(|(_, answer)| answer.status != 201) {
        let problem = loser.expect_problem(409, "insufficient_stock");
        let errors = problem["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1);
        assert_eq!((&errors[0]["variant_id"], &errors[0]["available"]), (&json!(variant(&mug)), &json!(0)));
        assert_eq!(buyer.get("/v1/cart").await.expect(200)["item_count"], 2);
    }
    assert_eq!((stock(&mia, &mug).await, stock(&noah, &book).await), (0, 97));
    check_invariants(&app).await;
    app.stop().await;
}

/// What is put in while the cart is bought is either bought or still there, never both or neither.
#[tokio::test]
async fn what_is_added_meanwhile_is_not_lost() {
    let app = TestApp::start().await;
    let mia = app.seller("mia").await;
    let mug = mia.product("Mug", 999, 100).await;
    for round in 0..6 {
        let buyer = app.buyer(&format!("buyer{round}")).await;
        add(&buyer, &mug, 2).await.expect(201);
        let (bought, added) = tokio::join!(buy(&buyer, "one", purchase("test")), add(&buyer, &mug, 3));
        added.expect(201);
        let units = bought.expect(201)["orders"][0]["items"][0]["quantity"].as_i64().unwrap();
        let left = buyer.get("/v1/cart").await.expect(200)["item_count"].as_i64().unwrap();
        assert_eq!(units + left, 5);
    }
    check_invariants(&app).await;
    app.stop().await;
}

/// Cancelling and trying to pay at once: one of them wins, the stock goes back at most once.
#[tokio::test]
async fn an_unpaid_checkout_ends_once() {
    let app = TestApp::start().await;
    let mia = app.seller("mia").await;
    let mug = mia.product("Mug", 999, 100).await;
    for round in 0..4 {
        let buyer = app.buyer(&format!("buyer{round}")).await;
        let before = stock(&mia, &mug).await;
        let checkout = path(&bought(&buyer, "one", &[&mug]).await);
        let (cancel, again) = (format!("{checkout}/cancel"), format!("{checkout}/payments"));
        let (a, b, paid) = tokio::join!(
            buyer.post_empty(&cancel),
            buyer.post_empty(&cancel),
            buyer.post(&again, json!({"method": "cod"})),
        );
        let won = [&a, &b, &paid].iter().filter(|answer| answer.status == 200).count();
        assert_eq!(won, 1, "{} {} {}", a.text(), b.text(), paid.text());
        let sold = i64::from(paid.status == 200);
        assert_eq!(stock(&mia, &mug).await, before - sold);
    }
    check_invariants(&app).await;
    app.stop().await;
}
