//! How an unpaid checkout ends: it is given up, it expires, or it is paid after all.

use marketplace::checkout;
use marketplace::payments::Method;
use testing::{TestApp, Value, json};
use types::CheckoutId;

use super::{bought, check_invariants, path, stock};

/// Shorter than the life of an access token.
async fn paying_within_a_minute() -> TestApp {
    TestApp::builder().with(|settings| settings.checkout_ttl_seconds = 60).start().await
}

fn id(checkout: &Value) -> CheckoutId {
    checkout["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn giving_up_cancels_every_order_and_gives_the_stock_back() {
    let app = paying_within_a_minute().await;
    let (mia, noah) = (app.seller("mia").await, app.seller("noah").await);
    let (mug, book) = (mia.product("Mug", 999, 5).await, noah.product("Book", 500, 5).await);
    let buyer = app.buyer("ana").await;
    let checkout = bought(&buyer, "one", &[&mug, &book]).await;
    assert_eq!(stock(&mia, &mug).await, 4);
    let cancel = buyer.with_header("Idempotency-Key", "cancel");
    let first = cancel.post_empty(&format!("{}/cancel", path(&checkout))).await;
    let ended = first.expect(200);
    assert_eq!(ended["status"], "cancelled");
    assert_eq!(ended["payment"]["status"], "cancelled");
    assert_eq!(ended["grand_total"], checkout["grand_total"]);
    for order in ended["orders"].as_array().unwrap() {
        assert_eq!(order["status"], "cancelled");
    }
    assert_eq!((stock(&mia, &mug).await, stock(&noah, &book).await), (5, 5));
    let again = cancel.post_empty(&format!("{}/cancel", path(&checkout))).await;
    assert_eq!((&again.body, again.header("idempotent-replayed")), (&first.body, "true"));
    let more = buyer.post_empty(&format!("{}/cancel", path(&checkout))).await;
    more.expect_problem(409, "invalid_transition");
    let retry = buyer.post(&format!("{}/payments", path(&checkout)), json!({"method": "test"})).await;
    retry.expect_problem(409, "invalid_transition");
    // Its time to pay changes nothing any more.
    app.advance(61);
    app.run_jobs().await;
    assert_eq!(stock(&mia, &mug).await, 5);
    check_invariants(&app).await;
    app.stop().await;
}

#[tokio::test]
async fn what_is_not_paid_in_time_expires_once() {
    let app = paying_within_a_minute().await;
    let mia = app.seller("mia").await;
    let mug = mia.product("Mug", 999, 5).await;
    let buyer = app.buyer("ana").await;
    let checkout = bought(&buyer, "one", &[&mug]).await;
    app.advance(50);
    app.run_jobs().await;
    assert_eq!(buyer.get(&path(&checkout)).await.expect(200)["status"], "awaiting_payment");
    app.advance(10);
    app.run_jobs().await;
    let ended = buyer.get(&path(&checkout)).await.expect(200);
    assert_eq!(ended["status"], "expired");
    assert_eq!(ended["orders"][0]["status"], "cancelled");
    assert_eq!(ended["payment"]["status"], "cancelled");
    assert_eq!(stock(&mia, &mug).await, 5);

    // Running the job again is harmless.
    let (market, id) = (app.market.clone(), id(&checkout));
    let again: marketplace::Result<()> =
        app.market.db.write(async move |tx| checkout::expire(tx, &market, id).await).await;
    again.unwrap();
    assert_eq!(stock(&mia, &mug).await, 5);
    let retry = buyer.post(&format!("{}/payments", path(&checkout)), json!({"method": "test"})).await;
    retry.expect_problem(409, "checkout_expired");
    let cancel = buyer.post_empty(&format!("{}/cancel", path(&checkout))).await;
    cancel.expect_problem(409, "checkout_expired");
    check_invariants(&app).await;
    app.stop().await;
}

/// From the moment of its expiry on it can't be paid, whether the job has run or not.
#[tokio::test]
async fn time_decides_not_the_job() {
    let app = paying_within_a_minute().await;
    let mug = app.seller("mia").await.product("Mug", 999, 5).await;
    let buyer = app.buyer("ana").await;
    let checkout = bought(&buyer, "one", &[&mug]).await;
    app.advance(60);
    let retry = buyer.post(&format!("{}/payments", path(&checkout)), json!({"method": "cod"})).await;
    retry.expect_problem(409, "checkout_expired");
    let (market, id) = (app.market.clone(), id(&checkout));
    let paid: marketplace::Result<()> =
        app.market.db.write(async move |tx| checkout::confirm(tx, &market, id, Method::Test).await).await;
    assert_eq!(paid.unwrap_err().code(), Some("checkout_expired"));
    app.run_jobs().await;
    assert_eq!(buyer.get(&path(&checkout)).await.expect(200)["status"], "expired");
    app.stop().await;
}

/// A clock that jumps ahead ends the wait once and for good, also when it is put back.
#[tokio::test]
async fn what_has_expired_stays_expired_when_the_clock_is_put_back() {
    let app = paying_within_a_minute().await;
    let mia = app.seller("mia").await;
    let mug = mia.product("Mug", 999, 5).await;
    let buyer = app.buyer("ana").await;
    let checkout = bought(&buyer, "one", &[&mug]).await;
    app.advance(600);
    app.run_jobs().await;
    app.advance(-595);
    let pay = format!("/v1/payments/{}/confirm", checkout["payment"]["id"].as_str().unwrap());
    buyer.post(&pay, json!({"outcome": "succeed"})).await.expect_problem(409, "checkout_expired");
    let again = buyer.post(&format!("{}/payments", path(&checkout)), json!({"method": "test"})).await;
    again.expect_problem(409, "checkout_expired");
    app.run_jobs().await;
    assert_eq!(stock(&mia, &mug).await, 5);
    check_invariants(&app).await;
    app.stop().await;
}

/// A job that was taken up just before the clock was put back comes too early. It is not lost: the checkout
/// can be paid until its time, and expires at it.
#[tokio::test]
async fn a_clock_that_is_put_back_only_defers_the_expiry() {
    let app = paying_within_a_minute().await;
    let mia = app.seller("mia").await;
    let mug = mia.product("Mug", 999, 5).await;
    let buyer = app.buyer("ana").await;
    let checkout = bought(&buyer, "one", &[&mug]).await;
    app.forget_jobs().await;
    let (market, expiring) = (app.market.clone(), id(&checkout));
    let early: marketplace::Result<()> =
        app.market.db.write(async move |tx| checkout::expire(tx, &market, expiring).await).await;
    early.unwrap();
    app.run_jobs().await;
    assert_eq!(buyer.get(&path(&checkout)).await.expect(200)["status"], "awaiting_payment");
    app.advance(60);
    app.run_jobs().await;
    assert_eq!(buyer.get(&path(&checkout)).await.expect(200)["status"], "expired");
    assert_eq!(stock(&mia, &mug).await, 5);
    app.stop().await;
}

/// What a lost job should have ended is ended a minute later, also after a restart and by two nodes at once.
#[tokio::test]
async fn a_lost_expiry_is_made_up_for() {
    let app = paying_within_a_minute().await;
    let mia = app.seller("mia").await;
    let mug = mia.product("Mug", 999, 5).await;
    let buyer = app.buyer("ana").await;
    let mut checkouts = Vec::new();
    for key in ["one", "two", "three"] {
        checkouts.push(bought(&buyer, key, &[&mug]).await);
    }
    app.forget_jobs().await;
    app.advance(119);
    app.worker().sweep().await;
    let buyer = app.login_again(&buyer).await;
    let status = async |checkout: &Value| buyer.get(&path(checkout)).await.expect(200)["status"].clone();
    assert_eq!(status(&checkouts[0]).await, "awaiting_payment");
    app.advance(1);
    futures_util::future::join(app.worker().sweep(), app.worker().sweep()).await;
    for checkout in &checkouts {
        assert_eq!(status(checkout).await, "expired");
    }
    assert_eq!(stock(&mia, &mug).await, 5);
    app.stop().await;
}

#[tokio::test]
async fn another_method_may_be_tried() {
    let app = paying_within_a_minute().await;
    let mug = app.seller("mia").await.product("Mug", 999, 5).await;
    let buyer = app.buyer("ana").await;
    let checkout = bought(&buyer, "one", &[&mug]).await;
    let again = format!("{}/payments", path(&checkout));
    let same = buyer.post(&again, json!({"method": "test"})).await.expect(200);
    assert_eq!(same["payment"], checkout["payment"]);
    assert_eq!(
        buyer.post(&again, json!({"method": "stripe"})).await.expect_invalid(),
        ["/method not_allowed"]
    );
    assert_eq!(buyer.post(&again, json!({})).await.expect_invalid(), ["/method required"]);

    let cash = buyer.post(&again, json!({"method": "cod"})).await.expect(200);
    assert_eq!(cash["status"], "confirmed");
    assert_eq!(cash["payment"]["method"], "cod");
    assert_ne!(cash["payment"]["id"], checkout["payment"]["id"]);
    assert_eq!(cash["orders"][0]["status"], "pending");
    buyer.post(&again, json!({"method": "test"})).await.expect_problem(409, "already_paid");
    buyer.post_empty(&format!("{}/cancel", path(&checkout))).await.expect_problem(409, "already_paid");
    app.advance(61);
    app.run_jobs().await;
    assert_eq!(buyer.get(&path(&checkout)).await.expect(200)["status"], "confirmed");
    check_invariants(&app).await;
    app.stop().await;
}
