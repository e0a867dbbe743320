//! The `test` provider: paying, declining, too late, twice.

use marketplace::payments::{self, Outcome, PaymentStatus};
use testing::{TestApp, json};
use types::Money;

use super::{Town, order_of, payment_path, text};

#[tokio::test]
async fn a_payment_is_captured_once() {
    let town = Town::open().await;
    let checkout = town.buy("test").await;
    assert_eq!(town.payment(&checkout).await["status"], "pending");
    let paid = town.confirm(&checkout, "succeed").await.expect(200);
    assert_eq!(paid["status"], "captured");
    assert_eq!(paid["amount"], json!({"amount": 1_333, "currency": "USD"}));
    assert_eq!(paid["refunded_amount"]["amount"], 0);
    assert_eq!(paid["failure_code"], json!(null));
    assert!(paid["captured_at"].is_string());
    assert_eq!(paid["checkout_id"], checkout["id"]);
    town.confirm(&checkout, "succeed").await.expect_problem(409, "already_paid");
    town.confirm(&checkout, "decline").await.expect_problem(409, "already_paid");
    assert_eq!(town.payment(&checkout).await, paid);
    assert_eq!(town.sellers[0].balance().await, (900, 0));
    assert_eq!(town.sellers[1].balance().await, (300, 0), "333 less 33");
    town.close().await;
}

/// A decline answers 200 and leaves the checkout payable, by another attempt.
#[tokio::test]
async fn a_declined_payment_is_tried_again() {
    let town = Town::open().await;
    let checkout = town.buy("test").await;
    let failed = town.confirm(&checkout, "decline").await.expect(200);
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["failure_code"], "card_declined");
    town.confirm(&checkout, "succeed").await.expect_problem(409, "invalid_transition");
    let path = format!("/v1/checkouts/{}", text(&checkout["id"]));
    assert_eq!(town.buyer.get(&path).await.expect(200)["status"], "awaiting_payment");
    let again = town.buyer.post(&format!("{path}/payments"), json!({"method": "test"})).await.expect(200);
    assert_ne!(again["payment"]["id"], checkout["payment"]["id"]);
    assert_eq!(town.confirm(&again, "succeed").await.expect(200)["status"], "captured");
    assert_eq!(town.buyer.get(&path).await.expect(200)["status"], "confirmed");
    let payments = town.buyer.get("/v1/payments").await.expect(200);
    let states: Vec<&str> =
        payments["data"].as_array().unwrap().iter().map(|payment| text(&payment["status"])).collect();
    assert_eq!(states, ["captured", "failed"], "the newest first");
    town.close().await;
}

/// From the moment it expires a checkout is not paid any more, whether the job has run or not.
#[tokio::test]
async fn a_payment_comes_too_late() {
    let town = Town::open().await;
    let checkout = town.buy("test").await;
    town.app.advance(61);
    for outcome in ["succeed", "decline"] {
        town.confirm(&checkout, outcome).await.expect_problem(409, "checkout_expired");
    }
    town.app.run_jobs().await;
    for outcome in ["succeed", "decline"] {
        town.confirm(&checkout, outcome).await.expect_problem(409, "checkout_expired");
    }
    assert_eq!(town.payment(&checkout).await["status"], "cancelled");
    assert_eq!(town.sellers[0].balance().await, (0, 0));
    town.close().await;
}

/// Payments and expiry at the same instant: every checkout is paid or expired, never both.
#[tokio::test]
async fn paying_against_expiring() {
    let app = TestApp::builder().with(|settings| settings.checkout_ttl_seconds = 60).start().await;
    let seller = app.seller("sara").await;
    let product = seller.product("Cup", 1_000, 10).await;
    let buyer = app.buyer("bob").await;
    let mut checkouts = Vec::new();
    for _ in 0..4 {
        checkouts.push(buyer.buys(&[(&product, 1)], "test").await);
    }
    app.advance(60);
    let pay = async |checkout: &testing::Value| {
        buyer.post(&format!("{}/confirm", payment_path(checkout)), json!({"outcome": "succeed"})).await.status
    };
    let (_, one, two, three) =
        tokio::join!(app.run_jobs(), pay(&checkouts[0]), pay(&checkouts[1]), pay(&checkouts[2]));
    app.run_jobs().await;
    let paid = [one, two, three].iter().filter(|status| status.as_u16() == 200).count();
    assert_eq!(paid, 0, "time alone decides: it was over");
    let product = seller.get(&format!("/v1/products/{}", text(&product["id"]))).await.expect(200);
    assert_eq!(product["variants"][0]["stock"], 10);
    app.expect_sound().await;
    app.stop().await;
}

/// Two confirmations and a cancellation at the same instant: one capture or one cancellation.
#[tokio::test]
async fn paying_twice_against_cancelling() {
    let town = Town::open().await;
    for _ in 0..4 {
        let checkout = town.buy("test").await;
        let cancel = format!("/v1/checkouts/{}/cancel", text(&checkout["id"]));
        let (one, other, cancelled) = tokio::join!(
            town.confirm(&checkout, "succeed"),
            town.confirm(&checkout, "succeed"),
            town.buyer.post_empty(&cancel),
        );
        let statuses = [&one, &other, &cancelled].map(|answer| answer.status.as_u16());
        let succeeded = statuses.iter().filter(|status| **status == 200).count();
        assert_eq!(succeeded, 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| [200, 409].contains(status)), "{statuses:?}");
    }
    town.close().await;
}

#[tokio::test]
async fn only_the_buyer_pays() {
    let town = Town::open().await;
    let checkout = town.buy("test").await;
    let confirm = format!("{}/confirm", payment_path(&checkout));
    let yes = || json!({"outcome": "succeed"});
    let eve = town.app.buyer("eve").await;
    eve.post(&confirm, yes()).await.expect_problem(404, "not_found");
    eve.get(&payment_path(&checkout)).await.expect_problem(404, "not_found");
    assert_eq!(eve.get("/v1/payments").await.expect(200)["data"], json!([]));
    town.sellers[0].post(&confirm, yes()).await.expect_problem(404, "not_found");
    town.app.anonymous().post(&confirm, yes()).await.expect_problem(401, "unauthenticated");
    town.buyer.post("/v1/payments/pay_0AXS751X00W7C/confirm", yes()).await.expect_problem(404, "not_found");
    assert_eq!(town.payment(&checkout).await["status"], "pending");
    town.close().await;
}

#[tokio::test]
async fn bad_confirmations() {
    let town = Town::open().await;
    let checkout = town.buy("test").await;
    let confirm = format!("{}/confirm", payment_path(&checkout));
    let cases = [
        (json!({}), "/outcome required"),
        (json!({"outcome": "maybe"}), "/outcome not_allowed"),
        (json!({"outcome": 1}), "/outcome wrong_type"),
        (json!({"outcome": "succeed", "amount": 1}), "/amount unknown_field"),
    ];
    for (body, error) in cases {
        assert_eq!(town.buyer.post(&confirm, body.clone()).await.expect_invalid(), [error], "{body}");
    }
    town.buyer.post_empty(&confirm).await.expect_problem(415, "unsupported_media_type");
    assert_eq!(town.payment(&checkout).await["status"], "pending");
    town.close().await;
}

/// The same key pays once and answers the same again.
#[tokio::test]
async fn a_payment_is_replayed() {
    let town = Town::open().await;
    let checkout = town.buy("test").await;
    let confirm = format!("{}/confirm", payment_path(&checkout));
    let buyer = town.buyer.with_header("idempotency-key", "pay-1");
    let (one, other) = tokio::join!(
        buyer.post(&confirm, json!({"outcome": "succeed"})),
        buyer.post(&confirm, json!({"outcome": "succeed"})),
    );
    one.expect(200);
    other.expect(200);
    assert_eq!(one.body, other.body);
    let replayed =
        [&one, &other].iter().filter(|answer| answer.header("idempotent-replayed") == "true").count();
    assert_eq!(replayed, 1);
    buyer.post(&confirm, json!({"outcome": "decline"})).await.expect_problem(422, "idempotency_mismatch");
    town.close().await;
}

/// An attempt that was declined is over; what became of its checkout since says why it can't be confirmed.
#[tokio::test]
async fn a_declined_attempt_tells_what_became_of_its_checkout() {
    let town = Town::open().await;
    let checkout = town.buy("test").await;
    town.confirm(&checkout, "decline").await.expect(200);
    town.confirm(&checkout, "succeed").await.expect_problem(409, "invalid_transition");
    let again = format!("/v1/checkouts/{}/payments", text(&checkout["id"]));
    let second = town.buyer.post(&again, json!({"method": "test"})).await.expect(200);
    town.confirm(&second, "succeed").await.expect(200);
    town.confirm(&checkout, "succeed").await.expect_problem(409, "already_paid");
    let late = town.buy("test").await;
    town.confirm(&late, "decline").await.expect(200);
    town.app.advance(60);
    town.confirm(&late, "succeed").await.expect_problem(409, "checkout_expired");
    town.app.run_jobs().await;
    town.confirm(&late, "succeed").await.expect_problem(409, "checkout_expired");
    town.close().await;
}

/// An order is cancelled between the moment in which a payment is read and the one in which its money comes in: what
/// is due then comes in.
#[tokio::test]
async fn less_is_due_than_when_the_payment_was_read() {
    let town = Town::open().await;
    let checkout = town.buy("test").await;
    let id = text(&checkout["payment"]["id"]).parse().unwrap();
    let market = town.app.market.clone();
    let read = payments::find(&mut market.db.read().await.unwrap(), id).await.unwrap().unwrap();
    let cancel = format!("/v1/orders/{}/cancel", text(&order_of(&checkout, 333)["id"]));
    town.buyer.post_empty(&cancel).await.expect(200);

    let db = market.db.clone();
    let paid = db
        .write(async move |tx| payments::confirm(tx, &market, &read, Outcome::Succeed).await)
        .await
        .unwrap();
    assert_eq!((paid.status, paid.captured_amount), (PaymentStatus::Captured, Money::from_minor(1_000)));
    assert_eq!(town.sellers[0].balance().await, (900, 0));
    town.close().await;
}
