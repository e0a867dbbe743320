//! Receiving: the money goes back by itself, once, and never more than was paid.

use testing::json;

use super::{Delivered, path, text};

#[tokio::test]
async fn a_received_return_is_refunded() {
    let sold = Delivered::new("test").await;
    // 999 less 10 %, rounded: 100.
    assert_eq!(sold.seller.balance().await, (899, 0));
    let asked = sold.ask(2).await.expect(201);
    sold.receive(&asked, true).await.expect_problem(409, "invalid_transition");
    assert_eq!(sold.approve(&asked).await["status"], "approved");
    let problem =
        sold.seller.post_empty(&path(&asked, "approve")).await.expect_problem(409, "invalid_transition");
    assert!(text(&problem["detail"]).contains("receive (vendor)"), "{problem}");
    let done = sold.receive(&asked, true).await.expect(200);
    assert_eq!(done["status"], "refunded");
    assert_eq!(done["refund"]["amount"], 666);
    assert_eq!(sold.stock().await, 9);
    let order = sold.buyer.order(&sold.order).await;
    assert_eq!(order["status"], "delivered");
    assert_eq!(order["items"][0]["quantity_returned"], 2);
    assert_eq!(order["refunded_total"]["amount"], 666);
    sold.receive(&asked, true).await.expect_problem(409, "invalid_transition");
    assert_eq!(sold.stock().await, 9);

    let rest = sold.ask(1).await.expect(201);
    sold.approve(&rest).await;
    sold.receive(&rest, false).await.expect(200);
    assert_eq!(sold.stock().await, 9, "not restocked");
    let order = sold.buyer.order(&sold.order).await;
    assert_eq!(order["status"], "returned");
    assert_eq!(order["refunded_total"], order["total"]);
    assert_eq!(sold.seller.balance().await, (0, 0));
    assert_eq!(sold.buyer.get("/v1/orders?status=returned").await.expect(200)["data"], json!([order]));
    sold.ask(1).await.expect_problem(409, "invalid_transition");
    sold.app.run_jobs().await;
    let mails = sold.app.mails_to("bob@example.com").await;
    assert_eq!(mails.len(), 4 + 4, "the order's four, two approvals, two refunds");
    sold.close().await;
}

/// Two say that it is back: the money and the units come back once.
#[tokio::test]
async fn receiving_twice_at_once() {
    let sold = Delivered::new("test").await;
    let asked = sold.ask(3).await.expect(201);
    sold.approve(&asked).await;
    let (one, other) = tokio::join!(sold.receive(&asked, true), sold.receive(&asked, true));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} / {}", one.text(), other.text());
    assert_eq!(sold.stock().await, 10);
    assert_eq!(sold.buyer.order(&sold.order).await["status"], "returned");
    sold.close().await;
}

/// Approving and rejecting at the same instant: one of them.
#[tokio::test]
async fn approving_against_rejecting() {
    let sold = Delivered::new("test").await;
    let asked = sold.ask(1).await.expect(201);
    let (approve, reject) = (path(&asked, "approve"), path(&asked, "reject"));
    let (one, other) =
        tokio::join!(sold.seller.post_empty(&approve), sold.seller.post(&reject, json!({"reason": "worn"})));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} / {}", one.text(), other.text());
    sold.close().await;
}

/// What was paid in cash goes back as well.
#[tokio::test]
async fn cash_is_given_back() {
    let sold = Delivered::new("cod").await;
    let asked = sold.ask(3).await.expect(201);
    sold.approve(&asked).await;
    assert_eq!(sold.receive(&asked, true).await.expect(200)["status"], "refunded");
    let payments = sold.buyer.get("/v1/payments").await.expect(200);
    assert_eq!(payments["data"][0]["status"], "refunded");
    assert_eq!(sold.seller.balance().await, (0, 0));
    sold.close().await;
}

/// An admin gave back most of it before: the return gives back no more than the rest.
#[tokio::test]
async fn a_return_after_a_refund() {
    let sold = Delivered::new("test").await;
    let admin = sold.app.admin().await;
    let payments = sold.buyer.get("/v1/payments").await.expect(200);
    let refunds = format!("/v1/admin/payments/{}/refunds", text(&payments["data"][0]["id"]));
    admin.post(&refunds, json!({"amount": 900, "reason": "late"})).await.expect(201);
    let asked = sold.ask(3).await.expect(201);
    assert_eq!(asked["refund"]["amount"], 99);
    sold.approve(&asked).await;
    assert_eq!(sold.receive(&asked, true).await.expect(200)["refund"]["amount"], 99);
    assert_eq!(sold.buyer.order(&sold.order).await["status"], "returned");
    sold.close().await;
}

/// Money that had become available comes back from there, below zero if need be.
#[tokio::test]
async fn a_return_after_the_hold() {
    let sold = Delivered::new("test").await;
    let asked = sold.ask(3).await.expect(201);
    sold.approve(&asked).await;
    sold.app.advance(301);
    sold.app.run_jobs().await;
    assert_eq!(sold.seller.balance().await, (0, 899));
    sold.receive(&asked, true).await.expect(200);
    assert_eq!(sold.seller.balance().await, (0, 0));
    sold.close().await;
}

#[tokio::test]
async fn bad_bodies() {
    let sold = Delivered::new("test").await;
    let asked = sold.ask(1).await.expect(201);
    sold.approve(&asked).await;
    let receive = path(&asked, "receive");
    let cases = [
        (json!({}), "/restock required"),
        (json!({"restock": "yes"}), "/restock wrong_type"),
        (json!({"restock": true, "refund": 1}), "/refund unknown_field"),
    ];
    for (body, error) in cases {
        assert_eq!(sold.seller.post(&receive, body.clone()).await.expect_invalid(), [error], "{body}");
    }
    let reject = path(&asked, "reject");
    assert_eq!(sold.seller.post(&reject, json!({})).await.expect_invalid(), ["/reason required"]);
    sold.close().await;
}

/// A return is received once for a key.
#[tokio::test]
async fn receiving_is_replayed() {
    let sold = Delivered::new("test").await;
    let asked = sold.ask(1).await.expect(201);
    sold.approve(&asked).await;
    let seller = sold.seller.actor.with_header("idempotency-key", "back-1");
    let first = seller.post(&path(&asked, "receive"), json!({"restock": true})).await;
    let again = seller.post(&path(&asked, "receive"), json!({"restock": true})).await;
    assert_eq!(first.expect(200), again.expect(200));
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(sold.stock().await, 8);
    sold.close().await;
}
