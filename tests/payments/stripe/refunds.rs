//! Refunds are asked of Stripe by jobs: pending until it has given the money back, each once.

use testing::{Mood, Response, Seller, Value, json};

use super::{Town, payment_id, payment_path, text};
use crate::payments::order_of;

impl Town {
    async fn refund(&self, checkout: &Value, body: Value) -> Value {
        let path = payment_path(checkout).replace("/v1/", "/v1/admin/");
        self.admin.post(&format!("{path}/refunds"), body).await.expect(201)
    }

    /// The refunds in one state, the newest first.
    async fn refunds(&self, status: &str) -> Vec<Value> {
        let list = self.admin.get(&format!("/v1/admin/refunds?status={status}")).await.expect(200);
        list["data"].as_array().unwrap().clone()
    }

    async fn retry(&self, refund: &Value) -> Response {
        self.admin.post_empty(&format!("/v1/admin/refunds/{}/retry", text(&refund["id"]))).await
    }

    /// Stripe tells that the last refund it took on has this state now.
    async fn last_refund_turns(&self, status: &str, kind: &str) -> Value {
        let made = self.stripe.refunds().last().unwrap().clone();
        let event = self.stripe.refund_turns(text(&made["id"]), status, kind);
        self.tell(&event).await.expect(200);
        event
    }
}

#[tokio::test]
async fn a_refund_is_pending_until_stripe_has_made_it() {
    let town = Town::open().await;
    let checkout = town.buy_and_pay().await;
    let path = payment_path(&checkout).replace("/v1/", "/v1/admin/");
    let once = town.admin.with_header("idempotency-key", "refund-1");
    let body = json!({"amount": 100, "reason": "late"});
    let given = once.post(&format!("{path}/refunds"), body.clone()).await.expect(201);
    assert_eq!(given["status"], "pending");
    assert_eq!(once.post(&format!("{path}/refunds"), body).await.expect(201), given);
    assert_eq!(town.payment(&checkout).await["status"], "partially_refunded");
    town.app.run_jobs().await;
    let made = town.stripe.refunds();
    assert_eq!(made.len(), 1);
    assert_eq!((&made[0]["amount"], &made[0]["metadata"]["refund_id"]), (&json!(100), &given["id"]));
    assert!(town.refunds("pending").await.is_empty());
    assert_eq!(town.refunds("succeeded").await[0]["id"], given["id"]);
    assert_eq!(town.admin.get("/v1/admin/refunds").await.expect(200)["data"][0]["id"], given["id"]);
    town.close().await;
}

/// A lost answer, a failure that Stripe keeps, Stripe down: tried again, it is one refund.
#[tokio::test]
async fn a_refund_is_tried_until_it_is_made() {
    for mood in [Mood::Mute, Mood::Broken, Mood::Down] {
        let town = Town::open().await;
        let checkout = town.buy_and_pay().await;
        town.stripe.feels(mood);
        town.refund(&checkout, json!({"amount": 100, "reason": "late"})).await;
        town.app.run_jobs().await;
        town.stripe.feels(Mood::Well);
        town.run_all().await;
        assert_eq!(town.stripe.refunds().len(), 1, "{mood:?}");
        assert_eq!(town.payment(&checkout).await["refunded_amount"]["amount"], 100);
        town.close().await;
    }
}

/// Cancelling a paid order gives its money back.
#[tokio::test]
async fn a_paid_order_is_cancelled() {
    let town = Town::open().await;
    let checkout = town.buy_and_pay().await;
    let cancel = format!("/v1/orders/{}/cancel", text(&order_of(&checkout, 333)["id"]));
    town.buyer.post_empty(&cancel).await.expect(200);
    town.app.run_jobs().await;
    assert_eq!(town.stripe.refunds()[0]["amount"], 333);
    assert_eq!(town.payment(&checkout).await["status"], "partially_refunded");
    assert_eq!(town.balances().await, [(900, 0), (0, 0)]);
    town.close().await;
}

/// Stripe takes a refund on and says later, in whichever way, that it was made.
#[tokio::test]
async fn stripe_says_later_that_it_was_made() {
    let town = Town::open().await;
    for kind in ["refund.updated", "charge.refund.updated", "charge.refunded"] {
        let checkout = town.buy_and_pay().await;
        town.stripe.feels(Mood::Tardy);
        let given = town.refund(&checkout, json!({"reason": "all of it"})).await;
        town.app.run_jobs().await;
        assert_eq!(town.refunds("pending").await[0]["id"], given["id"]);
        let made = town.stripe.refunds().last().unwrap().clone();
        let mut event = town.stripe.refund_turns(text(&made["id"]), "succeeded", kind);
        if kind == "charge.refunded" {
            event["data"]["object"] = json!({"id": "ch_1", "payment_intent": made["payment_intent"]});
        }
        for _ in 0..2 {
            town.tell(&event).await.expect(200);
            town.app.run_jobs().await;
        }
        assert!(town.refunds("pending").await.is_empty(), "{kind}");
        assert_eq!(town.payment(&checkout).await["status"], "refunded");
        town.stripe.feels(Mood::Well);
    }
    town.close().await;
}

/// Nobody tells: it is asked for again after some hours.
#[tokio::test]
async fn stripe_is_asked_how_far_a_refund_is() {
    let town = Town::open().await;
    let checkout = town.buy_and_pay().await;
    town.stripe.feels(Mood::Tardy);
    town.refund(&checkout, json!({"reason": "all of it"})).await;
    town.app.run_jobs().await;
    let made = town.stripe.refunds()[0]["id"].clone();
    town.stripe.refund_turns(text(&made), "succeeded", "refund.updated");
    town.app.advance(7 * 3_600);
    town.app.run_jobs().await;
    let admin = town.app.login_again(&town.admin).await;
    assert_eq!(admin.get("/v1/admin/refunds?status=pending").await.expect(200)["data"], json!([]));
    town.close().await;
}

/// A refund that fails is owed to the buyer until it is tried again; the seller is not paid for it.
#[tokio::test]
async fn a_refund_that_fails_is_owed() {
    let town = Town::open().await;
    let checkout = town.buy_and_pay().await;
    town.stripe.feels(Mood::Tardy);
    let given = town.refund(&checkout, json!({"reason": "all of it"})).await;
    town.retry(&given).await.expect_problem(409, "invalid_transition");
    town.app.run_jobs().await;
    town.last_refund_turns("succeeded", "refund.updated").await;
    assert_eq!(town.payment(&checkout).await["status"], "refunded");
    // It had succeeded; then the buyer's bank sent it back.
    let failed = town.last_refund_turns("failed", "refund.failed").await;
    assert_eq!(town.refunds("failed").await[0]["id"], given["id"]);
    let payment = town.payment(&checkout).await;
    assert_eq!((&payment["status"], &payment["refunded_amount"]["amount"]), (&json!("captured"), &json!(0)));
    assert_eq!(town.balances().await, [(0, 0), (0, 0)]);
    town.app.expect_sound().await;

    let again = town.retry(&given).await.expect(200);
    assert_eq!((&again["id"], &again["status"]), (&given["id"], &json!("pending")));
    town.app.run_jobs().await;
    assert_eq!(town.stripe.refunds().len(), 2);
    // Words about the first attempt are of yesterday.
    town.tell(&failed).await.expect(200);
    assert_eq!(town.refunds("pending").await.len(), 1);
    town.last_refund_turns("succeeded", "refund.updated").await;
    assert!(town.refunds("failed").await.is_empty());
    assert_eq!(town.payment(&checkout).await["status"], "refunded");
    town.retry(&given).await.expect_problem(409, "invalid_transition");
    let unknown = town.admin.post_empty("/v1/admin/refunds/rfd_0AXS751X00W7C/retry").await;
    unknown.expect_problem(404, "not_found");
    town.close().await;
}

/// Stripe refuses to give late money back: it is owed, not lost.
#[tokio::test]
async fn late_money_that_cannot_go_back() {
    let town = Town::open().await;
    let checkout = town.buy().await;
    town.app.advance(61);
    town.app.run_jobs().await;
    let event = town.stripe.event(
        "payment_intent.succeeded",
        json!({
            "id": town.stripe.intent(payment_id(&checkout))["id"], "amount": 1333, "amount_received": 1333,
            "currency": "usd", "status": "succeeded",
        }),
    );
    // By the event it was paid, by the books of the fake it was not: it refuses.
    town.tell(&event).await.expect(200);
    town.app.run_jobs().await;
    assert_eq!(town.refunds("failed").await[0]["amount"]["amount"], 1333);
    assert_eq!(town.payment(&checkout).await["status"], "captured");
    town.app.expect_sound().await;
    drop(town.stripe.is_paid(payment_id(&checkout)));
    let failed = town.refunds("failed").await.remove(0);
    town.retry(&failed).await.expect(200);
    town.app.run_jobs().await;
    assert_eq!(town.payment(&checkout).await["status"], "refunded");
    town.close().await;
}

async fn deliver(seller: &Seller, order: &Value) -> Value {
    seller.does_all(&["accept", "pack", "ship", "deliver"], order).await
}

/// A return is refunded when the buyer has the money, not when it is asked for.
#[tokio::test]
async fn a_return_is_refunded_when_the_money_is_back() {
    let town = Town::open().await;
    let checkout = town.buyer.buys(&[(&town.products[0], 2)], "stripe").await;
    town.tell(&town.stripe.is_paid(payment_id(&checkout))).await.expect(200);
    let seller = &town.sellers[0];
    let order = deliver(seller, &checkout["orders"][0]).await;
    town.stripe.feels(Mood::Tardy);
    let status = async |at: usize| {
        let order = town.buyer.order(&order).await;
        (order["status"].clone(), order["returns"][at]["status"].clone())
    };
    for at in 0..2 {
        let body =
            json!({"items": [{"item_id": order["items"][0]["id"], "quantity": 1}], "reason": "too small"});
        let path = format!("/v1/orders/{}/returns", text(&order["id"]));
        let returned = town.buyer.post(&path, body).await.expect(201);
        let step = format!("/v1/vendor/returns/{}", text(&returned["id"]));
        seller.post_empty(&format!("{step}/approve")).await.expect(200);
        let received = seller.post(&format!("{step}/receive"), json!({"restock": true})).await.expect(200);
        assert_eq!(received["status"], "received");
        town.app.run_jobs().await;
        assert_eq!(status(at).await, (json!("delivered"), json!("received")));
    }
    let told = async || {
        town.app
            .mails_to("bob@example.com")
            .await
            .iter()
            .filter(|mail| mail.subject.starts_with("Your refund"))
            .count()
    };
    assert_eq!(told().await, 0);
    let made: Vec<Value> = town.stripe.refunds().iter().map(|refund| refund["id"].clone()).collect();
    for (at, order) in [(1, "delivered"), (0, "returned")] {
        let event = town.stripe.refund_turns(text(&made[at]), "succeeded", "refund.updated");
        for _ in 0..2 {
            town.tell(&event).await.expect(200);
        }
        assert_eq!(status(at).await, (json!(order), json!("refunded")));
        town.app.expect_sound().await;
    }
    town.app.run_jobs().await;
    assert_eq!(told().await, 2);
    assert_eq!(town.balances().await, [(0, 0), (0, 0)]);
    town.close().await;
}
