//! From the purchase to the money: attempts, the secrets that they are paid by, and what changes meanwhile.

use std::collections::HashSet;

use testing::{TestApp, json};

use super::{Town, checkout_path, payment_id, payment_path, text};
use crate::payments::order_of;

#[tokio::test]
async fn a_checkout_is_paid_by_its_event() {
    let town = Town::open().await;
    let checkout = town.buy().await;
    assert_eq!(
        (&checkout["status"], &checkout["payment"]["status"]),
        (&json!("awaiting_payment"), &json!("pending"))
    );
    let intent = town.stripe.intent(payment_id(&checkout));
    assert_eq!(
        (&intent["amount"], &intent["currency"], &intent["automatic"]),
        (&json!(1333), &json!("usd"), &json!("true"))
    );
    assert_eq!(
        intent["metadata"],
        json!({"checkout_id": checkout["id"], "payment_id": checkout["payment"]["id"]})
    );
    assert_eq!(checkout["payment"]["client_secret"], intent["client_secret"]);
    // The job that was written with the payment finds nothing to do.
    town.app.advance(10);
    town.app.run_jobs().await;
    assert_eq!(town.stripe.intents().len(), 1);

    let event = town.stripe.is_paid(payment_id(&checkout));
    let told = told_at_once(&town, &event).await;
    assert_eq!(told, HashSet::from([200]), "twenty times at once");
    let paid = town.payment(&checkout).await;
    assert_eq!((&paid["status"], &paid["captured_amount"]["amount"]), (&json!("captured"), &json!(1333)));
    assert_eq!(paid["refunded_amount"]["amount"], 0);
    assert_eq!(town.checkout(&checkout).await["status"], "confirmed");
    assert_eq!(town.balances().await, [(900, 0), (300, 0)]);
    town.close().await;
}

async fn told_at_once(town: &Town, event: &testing::Value) -> HashSet<u16> {
    let told = futures_util::future::join_all((0..20).map(|_| town.tell(event))).await;
    told.iter().map(|answer| answer.status.as_u16()).collect()
}

/// The secret is the buyer's, while they can pay with it; nobody else sees it.
#[tokio::test]
async fn the_secret_is_the_buyers() {
    let town = Town::open().await;
    let checkout = town.buy().await;
    let secret = checkout["payment"]["client_secret"].clone();
    assert_eq!(town.checkout(&checkout).await["payment"]["client_secret"], secret);
    assert_eq!(town.payment(&checkout).await["client_secret"], secret);
    let eve = town.app.buyer("eve").await;
    eve.get(&payment_path(&checkout)).await.expect_problem(404, "not_found");
    let order = format!("/v1/admin/orders/{}", text(&checkout["orders"][0]["id"]));
    for answer in [
        town.buyer.get("/v1/payments").await,
        town.buyer.get("/v1/orders").await,
        town.admin.get(&order).await,
    ] {
        assert!(!answer.text().contains("secret"), "{}", answer.text());
    }
    town.tell(&town.stripe.is_paid(payment_id(&checkout))).await.expect(200);
    assert!(town.payment(&checkout).await.get("client_secret").is_none());
    assert!(town.checkout(&checkout).await["payment"].get("client_secret").is_none());
    town.close().await;
}

/// A lost answer comes again byte for byte, with the secret, also when it was paid meanwhile.
#[tokio::test]
async fn a_purchase_is_replayed_with_its_secret() {
    let town = Town::open().await;
    let line = json!({"product_id": town.products[0]["id"], "quantity": 1});
    town.buyer.post("/v1/cart/items", line).await.expect(201);
    let buyer = town.buyer.with_header("idempotency-key", "once");
    let purchase = json!({"payment_method": "stripe", "address": {"name": "Ana", "phone": "+55 11 91234-5678",
        "line1": "Rua Augusta 1500", "city": "São Paulo", "postal_code": "01304-001", "country": "BR"}});
    let first = buyer.post("/v1/checkouts", purchase.clone()).await;
    let checkout = first.expect(201);
    assert!(checkout["payment"]["client_secret"].is_string());
    for _ in 0..2 {
        let again = buyer.post("/v1/checkouts", purchase.clone()).await;
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.text(), first.text());
        town.tell(&town.stripe.is_paid(payment_id(&checkout))).await.expect(200);
    }
    assert_eq!(town.stripe.intents().len(), 1);
    town.close().await;
}

/// A declined card can be tried again with the same intent.
#[tokio::test]
async fn a_declined_attempt_is_paid_after_all() {
    let town = Town::open().await;
    let checkout = town.buy().await;
    town.tell(&town.stripe.declines(payment_id(&checkout), "insufficient_funds")).await.expect(200);
    let declined = town.payment(&checkout).await;
    assert_eq!(
        (&declined["status"], &declined["failure_code"]),
        (&json!("failed"), &json!("insufficient_funds"))
    );
    assert_eq!(town.checkout(&checkout).await["status"], "awaiting_payment");
    town.tell(&town.stripe.is_paid(payment_id(&checkout))).await.expect(200);
    let paid = town.payment(&checkout).await;
    assert_eq!((&paid["status"], &paid["failure_code"]), (&json!("captured"), &json!(null)));
    assert_eq!(town.checkout(&checkout).await["status"], "confirmed");
    town.close().await;
}

/// The second attempt pays; what comes in for the first one afterwards goes back.
#[tokio::test]
async fn the_second_attempt_pays_and_the_first_comes_late() {
    let town = Town::open().await;
    let checkout = town.buy().await;
    let early = town.stripe.is_paid(payment_id(&checkout));
    town.tell(&town.stripe.declines(payment_id(&checkout), "card_declined")).await.expect(200);
    let second = town.try_again(&checkout, "stripe").await;
    assert_ne!(second["payment"]["id"], checkout["payment"]["id"]);
    assert_ne!(second["payment"]["client_secret"], checkout["payment"]["client_secret"]);
    town.tell(&town.stripe.is_paid(payment_id(&second))).await.expect(200);
    assert_eq!(town.payment(&second).await["status"], "captured");
    for _ in 0..3 {
        town.stripe.is_paid(payment_id(&checkout));
        town.tell(&early).await.expect(200);
    }
    town.app.run_jobs().await;
    let late = town.payment(&checkout).await;
    assert_eq!((&late["status"], &late["refunded_amount"]["amount"]), (&json!("refunded"), &json!(1333)));
    assert_eq!(late["failure_code"], "already_paid");
    assert_eq!(town.stripe.refunds().len(), 1, "once");
    assert_eq!(town.balances().await, [(900, 0), (300, 0)]);
    town.close().await;
}

/// The first attempt is paid after a second was begun: that is the money, and the second is given up.
#[tokio::test]
async fn the_first_money_pays() {
    let town = Town::open().await;
    let checkout = town.buy().await;
    town.tell(&town.stripe.declines(payment_id(&checkout), "card_declined")).await.expect(200);
    for method in ["stripe", "test"] {
        let checkout = if method == "stripe" { checkout.clone() } else { town.buy().await };
        let second = town.try_again(&checkout, method).await;
        town.tell(&town.stripe.is_paid(payment_id(&checkout))).await.expect(200);
        assert_eq!(town.payment(&checkout).await["status"], "captured");
        assert_eq!(town.payment(&second).await["status"], "cancelled");
        assert_eq!(town.checkout(&checkout).await["status"], "confirmed");
        town.app.run_jobs().await;
        if method == "stripe" {
            assert_eq!(town.stripe.intent(payment_id(&second))["status"], "canceled");
        }
    }
    assert!(town.stripe.refunds().is_empty());
    town.close().await;
}

/// An attempt that is given up for cash takes no more money; what was paid in the same instant goes back.
#[tokio::test]
async fn cash_instead() {
    let town = Town::open().await;
    let (quiet, paid) = (town.buy().await, town.buy().await);
    for checkout in [&quiet, &paid] {
        assert_eq!(town.try_again(checkout, "cod").await["status"], "confirmed");
    }
    town.stripe.is_paid(payment_id(&paid));
    town.app.run_jobs().await;
    assert_eq!(town.stripe.intent(payment_id(&quiet))["status"], "canceled");
    assert_eq!(town.payment(&quiet).await["status"], "cancelled");
    assert_eq!(
        town.payment(&paid).await["status"],
        "refunded",
        "without an event: the job that cancels has seen it"
    );
    assert_eq!(town.stripe.refunds()[0]["amount"], 1333);
    town.close().await;
}

/// An order of an unpaid checkout is cancelled: Stripe is told what is due now.
#[tokio::test]
async fn less_is_due() {
    let town = Town::open().await;
    let checkout = town.buy().await;
    let cancel = format!("/v1/orders/{}/cancel", text(&order_of(&checkout, 333)["id"]));
    town.buyer.post_empty(&cancel).await.expect(200);
    town.app.run_jobs().await;
    assert_eq!(town.stripe.intent(payment_id(&checkout))["amount"], 1000);
    town.tell(&town.stripe.is_paid(payment_id(&checkout))).await.expect(200);
    let paid = town.payment(&checkout).await;
    assert_eq!((&paid["status"], &paid["captured_amount"]["amount"]), (&json!("captured"), &json!(1000)));
    town.close().await;
}

/// It was paid before Stripe could be told: the difference goes back.
#[tokio::test]
async fn less_was_due_than_was_paid() {
    let town = Town::open().await;
    let checkout = town.buy().await;
    let event = town.stripe.is_paid(payment_id(&checkout));
    let cancel = format!("/v1/orders/{}/cancel", text(&order_of(&checkout, 333)["id"]));
    town.buyer.post_empty(&cancel).await.expect(200);
    for _ in 0..2 {
        town.tell(&event).await.expect(200);
        town.app.run_jobs().await;
    }
    let paid = town.payment(&checkout).await;
    assert_eq!(
        (&paid["status"], &paid["refunded_amount"]["amount"]),
        (&json!("partially_refunded"), &json!(333))
    );
    assert_eq!(town.stripe.refunds().len(), 1);
    assert_eq!(town.stripe.refunds()[0]["amount"], 333);
    assert_eq!(town.checkout(&checkout).await["status"], "confirmed");
    assert_eq!(town.balances().await, [(900, 0), (0, 0)]);
    town.app.expect_sound().await;
    // The rest goes back like any other money.
    let cancel = format!("/v1/orders/{}/cancel", text(&order_of(&checkout, 1000)["id"]));
    town.buyer.post_empty(&cancel).await.expect(200);
    town.app.run_jobs().await;
    assert_eq!(town.payment(&checkout).await["status"], "refunded");
    assert_eq!(town.balances().await, [(0, 0), (0, 0)]);
    town.close().await;
}

/// `confirm` is for the `test` provider.
#[tokio::test]
async fn nobody_confirms_a_payment_by_stripe() {
    let town = Town::open().await;
    let checkout = town.buy().await;
    let confirm = format!("{}/confirm", payment_path(&checkout));
    let answer = town.buyer.post(&confirm, json!({"outcome": "succeed"})).await;
    answer.expect_problem(409, "invalid_transition");
    town.close().await;
}

/// Where Stripe is not set up, there is no such method and nothing to tell.
#[tokio::test]
async fn without_an_account() {
    let app = TestApp::start().await;
    let seller = app.seller("sara").await;
    let product = seller.product("Cup", 1_000, 10).await;
    let buyer = app.buyer("bob").await;
    let checkout = buyer.buys(&[(&product, 1)], "test").await;
    let again = format!("{}/payments", checkout_path(&checkout));
    let refused = buyer.post(&again, json!({"method": "stripe"})).await;
    assert_eq!(refused.expect_invalid(), ["/method not_allowed"]);
    assert!(refused.text().contains("not set up"), "{}", refused.text());
    app.anonymous().post("/v1/webhooks/stripe", json!({})).await.expect_problem(404, "not_found");
    app.stop().await;
}
