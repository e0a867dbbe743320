//! Refunds by an admin: never more than came in, split over the orders so that the parts sum up.

use db::Tx;
use marketplace::{actor::Actor as By, orders};
use testing::{Actor, Response, Value, json};
use types::OrderId;

use super::{Town, order_of, payment_path, text};

async fn refund(admin: &Actor, checkout: &Value, body: Value) -> Response {
    let payment = payment_path(checkout).replace("/v1/", "/v1/admin/");
    admin.post(&format!("{payment}/refunds"), body).await
}

#[tokio::test]
async fn a_refund_is_split_over_the_orders() {
    let town = Town::open().await;
    let admin = town.app.admin().await;
    let checkout = town.buy("test").await;
    town.confirm(&checkout, "succeed").await.expect(200);
    let given = refund(&admin, &checkout, json!({"amount": 100, "reason": "late"})).await.expect(201);
    assert!(text(&given["id"]).starts_with("rfd_"));
    assert_eq!(given["payment_id"], checkout["payment"]["id"]);
    assert_eq!(given["order_id"], json!(null));
    assert_eq!(given["amount"], json!({"amount": 100, "currency": "USD"}));
    assert_eq!(given["status"], "succeeded");
    assert_eq!(given["reason"], "late");
    let (cup, plate) = (order_of(&checkout, 1_000), order_of(&checkout, 333));
    // 100 × 1000 / 1333 = 75.02, 100 × 333 / 1333 = 24.98.
    assert_eq!(town.buyer.order(cup).await["refunded_total"]["amount"], 75);
    assert_eq!(town.buyer.order(plate).await["refunded_total"]["amount"], 25);
    assert_eq!(town.payment(&checkout).await["status"], "partially_refunded");
    town.app.expect_sound().await;

    refund(&admin, &checkout, json!({"reason": "all of it"})).await.expect(201);
    let payment = town.payment(&checkout).await;
    assert_eq!(payment["status"], "refunded");
    assert_eq!(payment["refunded_amount"]["amount"], 1_333);
    for seller in &town.sellers {
        assert_eq!(seller.balance().await, (0, 0), "the commission went back, too");
    }
    let more = refund(&admin, &checkout, json!({"amount": 1, "reason": "more"})).await;
    more.expect_problem(409, "refund_too_large");
    refund(&admin, &checkout, json!({"reason": "more"})).await.expect_problem(409, "refund_too_large");
    town.close().await;
}

#[tokio::test]
async fn a_refund_of_one_order() {
    let town = Town::open().await;
    let admin = town.app.admin().await;
    let checkout = town.buy("test").await;
    let plate = order_of(&checkout, 333);
    let early = refund(&admin, &checkout, json!({"order_id": plate["id"], "reason": "early"})).await;
    early.expect_problem(409, "not_captured");
    town.confirm(&checkout, "succeed").await.expect(200);
    let part = json!({"order_id": plate["id"], "amount": 300, "reason": "chipped"});
    let given = refund(&admin, &checkout, part.clone()).await.expect(201);
    assert_eq!(given["order_id"], plate["id"]);
    refund(&admin, &checkout, part).await.expect_problem(409, "refund_too_large");
    assert_eq!(town.sellers[0].balance().await, (900, 0));
    // 33 left, of which the commission keeps 3.
    assert_eq!(town.sellers[1].balance().await, (30, 0));
    // The rest goes back with the cancellation.
    let cancel = format!("/v1/orders/{}/cancel", text(&plate["id"]));
    town.buyer.post_empty(&cancel).await.expect(200);
    assert_eq!(town.sellers[1].balance().await, (0, 0));
    assert_eq!(town.payment(&checkout).await["refunded_amount"]["amount"], 333);
    town.close().await;
}

/// Ten refunds at the same instant: as many as fit.
#[tokio::test]
async fn refunds_never_exceed_what_came_in() {
    let town = Town::open().await;
    let admin = town.app.admin().await;
    let checkout = town.buy("test").await;
    town.confirm(&checkout, "succeed").await.expect(200);
    let give = || refund(&admin, &checkout, json!({"amount": 400, "reason": "late"}));
    let answers = tokio::join!(give(), give(), give(), give(), give());
    let statuses = [&answers.0, &answers.1, &answers.2, &answers.3, &answers.4].map(|a| a.status.as_u16());
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 3, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 2, "{statuses:?}");
    assert_eq!(town.payment(&checkout).await["refunded_amount"]["amount"], 1_200);
    town.close().await;
}

#[tokio::test]
async fn bad_refunds() {
    let town = Town::open().await;
    let admin = town.app.admin().await;
    let checkout = town.buy("test").await;
    let foreign = town.buy("test").await;
    town.confirm(&checkout, "succeed").await.expect(200);
    let cases = [
        (json!({}), vec!["/reason required"]),
        (json!({"reason": "x".repeat(501)}), vec!["/reason too_long"]),
        (json!({"reason": "r", "amount": 0}), vec!["/amount too_small"]),
        (json!({"reason": "r", "amount": -5}), vec!["/amount too_small"]),
        (json!({"reason": "r", "amount": 1_334}), vec!["/amount too_large"]),
        (json!({"reason": "r", "amount": "1"}), vec!["/amount wrong_type"]),
        (json!({"reason": "r", "order_id": foreign["orders"][0]["id"]}), vec!["/order_id not_found"]),
        (json!({"reason": "r", "order_id": "ord_1"}), vec!["/order_id malformed_id"]),
        (
            json!({"amount": true, "to": "me"}),
            vec!["/amount wrong_type", "/reason required", "/to unknown_field"],
        ),
    ];
    for (body, errors) in cases {
        assert_eq!(refund(&admin, &checkout, body.clone()).await.expect_invalid(), errors, "{body}");
    }
    let body = || json!({"reason": "mine"});
    refund(&town.buyer, &checkout, body()).await.expect_problem(403, "forbidden");
    refund(&town.sellers[0], &checkout, body()).await.expect_problem(403, "forbidden");
    refund(&town.app.anonymous(), &checkout, body()).await.expect_problem(401, "unauthenticated");
    let unknown = admin.post("/v1/admin/payments/pay_0AXS751X00W7C/refunds", body()).await;
    unknown.expect_problem(404, "not_found");
    assert_eq!(town.payment(&checkout).await["refunded_amount"]["amount"], 0);
    town.close().await;
}

/// A refund is made once for a key.
#[tokio::test]
async fn a_refund_is_replayed() {
    let town = Town::open().await;
    let admin = town.app.admin().await.with_header("idempotency-key", "refund-1");
    let checkout = town.buy("test").await;
    town.confirm(&checkout, "succeed").await.expect(200);
    let first = refund(&admin, &checkout, json!({"amount": 100, "reason": "late"})).await;
    let again = refund(&admin, &checkout, json!({"amount": 100, "reason": "late"})).await;
    assert_eq!(first.expect(201), again.expect(201));
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(town.payment(&checkout).await["refunded_amount"]["amount"], 100);
    town.close().await;
}

/// Some of an order's money goes back between the moment in which the order is read and the one in which it is
/// cancelled: the rest goes back.
#[tokio::test]
async fn an_order_is_cancelled_that_was_read_before_a_refund() {
    let town = Town::open().await;
    let checkout = town.buy("test").await;
    town.confirm(&checkout, "succeed").await.expect(200);
    let id: OrderId = text(&order_of(&checkout, 1_000)["id"]).parse().unwrap();
    let market = town.app.market.clone();
    let read = orders::find(&mut market.db.read().await.unwrap(), id).await.unwrap().unwrap();
    let admin = town.app.admin().await;
    let part = json!({"order_id": id, "amount": 300, "reason": "late"});
    refund(&admin, &checkout, part).await.expect(201);

    let db = market.db.clone();
    let cancel = async move |tx: &mut Tx| orders::cancel(tx, &market, &read, By::Buyer(None), None).await;
    db.write(cancel).await.unwrap();
    assert_eq!(town.payment(&checkout).await["refunded_amount"]["amount"], 1_000);
    assert_eq!(town.sellers[0].balance().await, (0, 0));
    town.close().await;
}
