//! Stripe does not answer: what was asked of it comes later, once.

use testing::{Mood, json};

use super::{Town, payment_id};

/// Stripe is down while somebody buys: the purchase is made, and the job asks until it has an intent.
#[tokio::test]
async fn stripe_is_down_while_somebody_buys() {
    let (town, checkout) = Town::buys_while(Mood::Down).await;
    assert_eq!(
        checkout["payment"],
        json!({"id": checkout["payment"]["id"], "method": "stripe", "status": "pending"})
    );
    town.app.advance(6);
    town.app.run_jobs().await;
    assert!(town.checkout(&checkout).await["payment"].get("client_secret").is_none());
    town.stripe.feels(Mood::Well);
    town.app.advance(5);
    town.app.run_jobs().await;
    let secret = town.checkout(&checkout).await["payment"]["client_secret"].clone();
    assert_eq!(secret, town.stripe.intent(payment_id(&checkout))["client_secret"]);
    town.tell(&town.stripe.is_paid(payment_id(&checkout))).await.expect(200);
    assert_eq!(town.checkout(&checkout).await["status"], "confirmed");
    town.close().await;
}

/// The answer is lost, by Stripe or because we died after it was asked: asked again by the job, it is the same
/// intent.
#[tokio::test]
async fn an_answer_that_is_lost_comes_again() {
    let (town, checkout) = Town::buys_while(Mood::Mute).await;
    assert!(checkout["payment"].get("client_secret").is_none());
    assert_eq!(town.stripe.intents().len(), 1);
    town.stripe.feels(Mood::Well);
    town.app.advance(6);
    town.app.run_jobs().await;
    let intent = town.stripe.intent(payment_id(&checkout));
    assert_eq!(town.payment(&checkout).await["client_secret"], intent["client_secret"]);
    // Beginning the same attempt again answers with it.
    assert_eq!(
        town.try_again(&checkout, "stripe").await["payment"]["client_secret"],
        intent["client_secret"]
    );
    town.close().await;
}

/// Less became due between the question whose answer was lost and the next: it is asked for the same, then told.
#[tokio::test]
async fn less_is_due_while_nobody_answers() {
    let (town, checkout) = Town::buys_while(Mood::Mute).await;
    let order = super::super::order_of(&checkout, 333)["id"].clone();
    town.buyer.post_empty(&format!("/v1/orders/{}/cancel", super::text(&order))).await.expect(200);
    town.stripe.feels(Mood::Well);
    town.run_all().await;
    assert_eq!(town.stripe.intent(payment_id(&checkout))["amount"], 1000);
    town.tell(&town.stripe.is_paid(payment_id(&checkout))).await.expect(200);
    assert_eq!(town.payment(&checkout).await["status"], "captured");
    town.close().await;
}

/// Stripe keeps a failure of its own under the key: the next try goes under another.
#[tokio::test]
async fn a_failure_that_stripe_keeps() {
    let (town, checkout) = Town::buys_while(Mood::Broken).await;
    town.stripe.feels(Mood::Well);
    town.app.advance(6);
    town.app.run_jobs().await;
    let intent = town.stripe.intent(payment_id(&checkout));
    assert_eq!(town.payment(&checkout).await["client_secret"], intent["client_secret"]);
    town.close().await;
}

/// Stripe does not take the payment at all: the attempt has failed, and another method can be tried.
#[tokio::test]
async fn stripe_refuses_the_payment() {
    let (town, checkout) = Town::buys_while(Mood::Refusing).await;
    let payment = town.payment(&checkout).await;
    assert_eq!(
        (&payment["status"], &payment["failure_code"]),
        (&json!("failed"), &json!("amount_too_small"))
    );
    let second = town.try_again(&checkout, "test").await;
    assert_eq!(town.buyer.pays(&second).await["status"], "captured");
    town.close().await;
}

/// The checkout ends while Stripe is down: nothing is left to be paid.
#[tokio::test]
async fn nobody_waits_any_more() {
    let (town, checkout) = Town::buys_while(Mood::Down).await;
    town.app.advance(61);
    town.app.run_jobs().await;
    town.stripe.feels(Mood::Well);
    town.run_all().await;
    assert!(town.stripe.intents().is_empty());
    assert_eq!(town.payment(&checkout).await["status"], "cancelled");
    town.close().await;
}
