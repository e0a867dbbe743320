//! What Stripe tells: only what it signed, in whatever order it comes.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use testing::{Value, json};

use super::{Town, payment_id};

#[tokio::test]
async fn only_what_stripe_signed_is_believed() {
    let town = Town::open().await;
    let checkout = town.buy().await;
    let body = town.stripe.is_paid(payment_id(&checkout)).to_string().into_bytes();
    let now = town.app.market.now();
    let good = town.stripe.sign(&body, now);
    let old = town.stripe.sign(&body, now.plus_seconds(-301));
    let early = town.stripe.sign(&body, now.plus_seconds(301));
    let of_other = town.stripe.sign(b"{}", now);
    for signature in ["", "t=1,v1=00", &old, &early, &of_other] {
        town.tell_signed(&body, signature).await.expect_problem(400, "invalid_signature");
    }
    let mut changed = body.clone();
    changed.push(b' ');
    town.tell_signed(&changed, &good).await.expect_problem(400, "invalid_signature");
    let huge = vec![b' '; 1024 * 1024 + 1];
    town.tell_signed(&huge, &town.stripe.sign(&huge, now)).await.expect_problem(413, "too_large");
    assert_eq!(town.payment(&checkout).await["status"], "pending");
    town.tell_signed(&body, &good).await.expect(200);
    assert_eq!(town.payment(&checkout).await["status"], "captured");
    town.close().await;
}

#[tokio::test]
async fn what_is_not_ours_changes_nothing() {
    let town = Town::open().await;
    let checkout = town.buy().await;
    let test = town.buyer.buys(&[(&town.products[0], 1)], "test").await;
    let intent = |metadata: Value| {
        json!({"id": "pi_other", "amount": 1000, "amount_received": 1000, "currency": "usd", "status": "succeeded",
            "metadata": metadata})
    };
    let refund = |metadata: Value| json!({"id": "re_other", "status": "failed", "metadata": metadata});
    for (kind, object) in [
        ("payment_intent.succeeded", intent(json!({}))),
        ("payment_intent.succeeded", intent(json!(null))),
        ("payment_intent.succeeded", intent(json!({"payment_id": "pay_0AXS751X00W7C"}))),
        ("payment_intent.succeeded", intent(json!({"payment_id": "nonsense"}))),
        ("payment_intent.succeeded", intent(json!({"payment_id": test["payment"]["id"]}))),
        ("payment_intent.canceled", intent(json!({"payment_id": checkout["payment"]["id"]}))),
        ("refund.updated", refund(json!({}))),
        ("refund.failed", refund(json!({"refund_id": "rfd_0AXS751X00W7C"}))),
        ("charge.refunded", json!({"id": "ch_1", "payment_intent": "pi_other"})),
        ("charge.refunded", json!({"id": "ch_1", "payment_intent": null})),
        ("customer.created", json!({"id": "cus_1"})),
        ("customer.created", json!(7)),
    ] {
        town.tell(&town.stripe.event(kind, object)).await.expect(200);
    }
    for nonsense in [
        json!({}),
        json!([]),
        json!({"id": 1, "type": "x"}),
        json!({"id": "evt", "type": "refund.failed", "data": {}}),
    ] {
        town.tell(&nonsense).await.expect_problem(400, "malformed_json");
    }
    assert_eq!(town.payment(&checkout).await["status"], "pending");
    assert_eq!(town.payment(&test).await["status"], "pending");
    town.close().await;
}

/// Money of a wrong amount pays for nothing: it goes back, and the checkout can be paid by another attempt.
#[tokio::test]
async fn a_wrong_amount_goes_back() {
    let town = Town::open().await;
    for amount in [1, 1332, 1334, 100_000] {
        let checkout = town.buy().await;
        let change = json!({"status": "succeeded", "amount_received": amount});
        let event = town.stripe.turns(payment_id(&checkout), "succeeded", &change);
        for _ in 0..2 {
            town.tell(&event).await.expect(200);
            town.app.run_jobs().await;
        }
        let payment = town.payment(&checkout).await;
        assert_eq!(
            (&payment["status"], &payment["failure_code"]),
            (&json!("refunded"), &json!("wrong_amount"))
        );
        assert_eq!(payment["refunded_amount"]["amount"], amount);
        assert_eq!(town.stripe.refunds().last().unwrap()["amount"], amount);
        assert_eq!(town.checkout(&checkout).await["status"], "awaiting_payment");
        town.app.expect_sound().await;
        let second = town.try_again(&checkout, "stripe").await;
        town.tell(&town.stripe.is_paid(payment_id(&second))).await.expect(200);
        assert_eq!(town.checkout(&checkout).await["status"], "confirmed");
    }
    assert_eq!(town.stripe.refunds().len(), 4);
    town.close().await;
}

/// Money of another currency can't be entered in the book: it goes back as it is.
#[tokio::test]
async fn another_currency_goes_back() {
    let town = Town::open().await;
    let checkout = town.buy().await;
    let change = json!({"status": "succeeded", "amount_received": 1333, "currency": "jpy"});
    let event = town.stripe.turns(payment_id(&checkout), "succeeded", &change);
    for _ in 0..2 {
        town.tell(&event).await.expect(200);
        town.app.run_jobs().await;
    }
    let payment = town.payment(&checkout).await;
    assert_eq!((&payment["status"], &payment["failure_code"]), (&json!("failed"), &json!("wrong_currency")));
    assert_eq!(town.stripe.refunds().len(), 1);
    assert_eq!(town.stripe.refunds()[0]["amount"], 1333);
    town.close().await;
}

/// An attempt is shown as it goes on, and never goes backwards.
#[tokio::test]
async fn an_attempt_goes_on() {
    let town = Town::open().await;
    let checkout = town.buy().await;
    for (word, status, shown) in [
        ("requires_action", "requires_action", "requires_action"),
        ("processing", "processing", "processing"),
        ("requires_action", "requires_action", "processing"),
        ("succeeded", "succeeded", "captured"),
        ("processing", "processing", "captured"),
        ("payment_failed", "requires_payment_method", "captured"),
        ("canceled", "canceled", "captured"),
    ] {
        let change = json!({"status": status, "amount_received": if word == "succeeded" { 1333 } else { 0 }});
        town.tell(&town.stripe.turns(payment_id(&checkout), word, &change)).await.expect(200);
        assert_eq!(town.payment(&checkout).await["status"], shown, "after {word}");
    }
    town.close().await;
}

/// What can happen around two attempts at one checkout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Paid(usize),
    Declined(usize),
    Processing(usize),
    TryAgain,
    CancelCheckout,
    CancelOrder,
    Expire,
    Jobs,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (0_usize..2).prop_map(Step::Paid),
        2 => (0_usize..2).prop_map(Step::Declined),
        1 => (0_usize..2).prop_map(Step::Processing),
        2 => Just(Step::TryAgain),
        1 => Just(Step::CancelCheckout),
        1 => Just(Step::CancelOrder),
        1 => Just(Step::Expire),
        2 => Just(Step::Jobs),
    ];
    proptest::collection::vec(step, 1..12)
}

/// In whatever order things happen: a paid checkout has its money once, all other money has gone back once, and
/// the doctor finds nothing, at any moment.
#[test]
fn events_in_any_order() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let town = runtime.block_on(Town::open());
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let result = runner.run(&steps(), |steps| {
        runtime.block_on(live(&town, &steps));
        Ok(())
    });
    result.unwrap();
    runtime.block_on(town.close());
}

async fn live(town: &Town, steps: &[Step]) {
    let checkout =
        town.buyer_again().await.buys(&[(&town.products[0], 1), (&town.products[1], 1)], "stripe").await;
    let buyer = town.buyer_again().await;
    let path = super::checkout_path(&checkout);
    let mut attempts = vec![payment_id(&checkout).to_owned()];
    let mut events: Vec<Value> = Vec::new();
    for step in steps {
        let nth = |nth: usize| attempts[nth.min(attempts.len() - 1)].clone();
        match *step {
            Step::Paid(which) if town.is_payable(&nth(which)) => {
                events.push(town.stripe.is_paid(&nth(which)));
            }
            Step::Declined(which) if town.is_payable(&nth(which)) => {
                events.push(town.stripe.declines(&nth(which), "card_declined"));
            }
            Step::Processing(which) if town.is_payable(&nth(which)) => {
                // Told, and not remembered by Stripe: an event of before.
                let object = town.stripe.intent(&nth(which));
                events.push(town.stripe.event("payment_intent.processing", object));
            }
            Step::Paid(_) | Step::Declined(_) | Step::Processing(_) => {}
            Step::TryAgain => {
                let again = buyer.post(&format!("{path}/payments"), json!({"method": "stripe"})).await;
                if again.status.as_u16() == 200 {
                    let payment = payment_id(&again.json()).to_owned();
                    if !attempts.contains(&payment) {
                        attempts.push(payment);
                    }
                }
            }
            Step::CancelCheckout => drop(buyer.post_empty(&format!("{path}/cancel")).await),
            Step::CancelOrder => {
                let order = super::text(&super::super::order_of(&checkout, 333)["id"]).to_owned();
                drop(buyer.post_empty(&format!("/v1/orders/{order}/cancel")).await);
            }
            Step::Expire => town.app.advance(61),
            Step::Jobs => drop(town.app.run_jobs().await),
        }
        // The last event comes before the one before it, and each twice.
        for event in events.iter().rev().take(2) {
            town.tell(event).await.expect(200);
        }
        assert_eq!(town.app.violations().await, [""; 0], "after {step:?} of {steps:?}");
    }
    town.app.run_jobs().await;
    for event in &events {
        town.tell(event).await.expect(200);
    }
    town.app.run_jobs().await;
    town.judge(&checkout, &attempts, steps).await;
}

impl Town {
    async fn buyer_again(&self) -> testing::Actor {
        self.app.login_again(&self.buyer).await
    }

    /// Whether Stripe would still take money for an attempt.
    fn is_payable(&self, payment: &str) -> bool {
        let status = self.stripe.intent(payment)["status"].clone();
        status != "canceled" && status != "succeeded"
    }

    /// What Stripe has of an attempt is what the book says, and what is kept of it is what was bought.
    async fn judge(&self, checkout: &Value, attempts: &[String], steps: &[Step]) {
        let buyer = self.buyer_again().await;
        let bought = buyer.get(&super::checkout_path(checkout)).await.expect(200);
        let mut kept = 0;
        for attempt in attempts {
            let intent = self.stripe.intent(attempt);
            let taken = intent["amount_received"].as_i64().unwrap();
            let back: i64 = self
                .stripe
                .refunds()
                .iter()
                .filter(|refund| refund["payment_intent"] == intent["id"])
                .map(|refund| refund["amount"].as_i64().unwrap())
                .sum();
            let payment = buyer.get(&format!("/v1/payments/{attempt}")).await.expect(200);
            assert_eq!(payment["captured_amount"]["amount"], taken, "{steps:?}: {payment}");
            assert_eq!(payment["refunded_amount"]["amount"], back, "{steps:?}: {payment}");
            kept += taken - back;
        }
        let orders = bought["orders"].as_array().unwrap();
        let paid = orders.iter().filter(|order| order["status"] == "pending");
        let due: i64 = paid.map(|order| order["total"]["amount"].as_i64().unwrap()).sum();
        assert_eq!(kept, due, "{steps:?}: {bought}");
    }
}
