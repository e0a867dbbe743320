//! Asking: what may be asked back, when, by whom.

use testing::{TestApp, json};

use super::{Delivered, path, text};

#[tokio::test]
async fn a_buyer_asks_and_the_seller_sees_it() {
    let sold = Delivered::new("test").await;
    let asked = sold.ask(2).await.expect(201);
    assert!(text(&asked["id"]).starts_with("ret_"));
    assert_eq!(asked["status"], "requested");
    assert_eq!(asked["order_id"], sold.order["id"]);
    assert_eq!(asked["reason"], "does not fit");
    assert_eq!(asked["refund"]["amount"], 666);
    assert_eq!(asked["items"], json!([{"item_id": sold.order["items"][0]["id"], "quantity": 2}]));
    let list = sold.seller.get("/v1/vendor/returns").await.expect(200);
    assert_eq!(list["data"], json!([asked]));
    let one = format!("/v1/vendor/returns/{}", text(&asked["id"]));
    assert_eq!(sold.seller.get(&one).await.expect(200), asked);
    assert_eq!(sold.buyer.order(&sold.order).await["returns"], json!([asked]));
    sold.app.run_jobs().await;
    let mails = sold.app.mails_to("sara@example.com").await;
    assert!(mails.iter().any(|mail| mail.subject.to_lowercase().contains("return")), "the seller is told");
    sold.close().await;
}

/// No unit is asked back twice, unless the first time was rejected.
#[tokio::test]
async fn a_unit_is_asked_back_once() {
    let sold = Delivered::new("test").await;
    let two = sold.ask(2).await.expect(201);
    sold.ask(2).await.expect_problem(409, "already_returned");
    let one = sold.ask(1).await.expect(201);
    sold.ask(1).await.expect_problem(409, "already_returned");
    let rejected = sold.seller.post(&path(&two, "reject"), json!({"reason": "worn"})).await.expect(200);
    assert_eq!(rejected["status"], "rejected");
    assert_eq!(rejected["rejection_reason"], "worn");
    sold.ask(2).await.expect(201);
    sold.approve(&one).await;
    sold.close().await;
}

/// Five ask for two of three units at the same instant: one gets them.
#[tokio::test]
async fn asking_twice_at_once() {
    let sold = Delivered::new("test").await;
    let answers = tokio::join!(sold.ask(2), sold.ask(2), sold.ask(2), sold.ask(2), sold.ask(2));
    let answers = [answers.0, answers.1, answers.2, answers.3, answers.4];
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 1);
    assert!(answers.iter().all(|answer| [201, 409].contains(&answer.status.as_u16())));
    sold.close().await;
}

#[tokio::test]
async fn only_what_is_delivered_and_in_time() {
    let sold = Delivered::new("test").await;
    let fresh = sold.buyer.buys_and_pays(&[(&sold.product, 1)]).await;
    let body = json!({"items": [{"item_id": fresh["items"][0]["id"], "quantity": 1}], "reason": "no"});
    let early = sold.buyer.post(&format!("/v1/orders/{}/returns", text(&fresh["id"])), body).await;
    early.expect_problem(409, "invalid_transition");
    sold.app.advance(540);
    sold.ask(1).await.expect(201);
    sold.app.advance(120);
    sold.ask(1).await.expect_problem(409, "return_window_closed");
    sold.close().await;
}

#[tokio::test]
async fn strangers_ask_for_nothing() {
    let sold = Delivered::new("test").await;
    let body =
        || json!({"items": [{"item_id": sold.order["items"][0]["id"], "quantity": 1}], "reason": "no"});
    let (eve, olga) = (sold.app.buyer("eve").await, sold.app.seller("olga").await);
    eve.post(&sold.returns(), body()).await.expect_problem(404, "not_found");
    sold.seller.post(&sold.returns(), body()).await.expect_problem(404, "not_found");
    sold.app.anonymous().post(&sold.returns(), body()).await.expect_problem(401, "unauthenticated");
    let asked = sold.ask(1).await.expect(201);
    for action in ["approve", "reject", "receive"] {
        let body = match action {
            "reject" => json!({"reason": "no"}),
            "receive" => json!({"restock": true}),
            _ => json!({}),
        };
        olga.post(&path(&asked, action), body.clone()).await.expect_problem(404, "not_found");
        sold.buyer.post(&path(&asked, action), body).await.expect_problem(403, "forbidden");
    }
    assert_eq!(olga.get("/v1/vendor/returns").await.expect(200)["data"], json!([]));
    sold.close().await;
}

#[tokio::test]
async fn bad_requests() {
    let sold = Delivered::new("test").await;
    let foreign = sold.buyer.buys_and_pays(&[(&sold.product, 1)]).await;
    let item = &sold.order["items"][0]["id"];
    let other = &foreign["items"][0]["id"];
    let cases = [
        (json!({}), vec!["/items required", "/reason required"]),
        (json!({"items": [], "reason": "r"}), vec!["/items required"]),
        (
            json!({"items": [{"item_id": item, "quantity": 4}], "reason": "r"}),
            vec!["/items/0/quantity too_large"],
        ),
        (
            json!({"items": [{"item_id": item, "quantity": 0}], "reason": "r"}),
            vec!["/items/0/quantity too_small"],
        ),
        (
            json!({"items": [{"item_id": other, "quantity": 1}], "reason": "r"}),
            vec!["/items/0/item_id not_found"],
        ),
        (
            json!({"items": [{"item_id": item, "quantity": 1}, {"item_id": item, "quantity": 1}], "reason": "r"}),
            vec!["/items/1/item_id duplicate"],
        ),
        (
            json!({"items": [{"item_id": item, "quantity": 1}], "reason": "x".repeat(501)}),
            vec!["/reason too_long"],
        ),
        (
            json!({"items": {"item_id": item}, "reason": "r", "refund": 5}),
            vec!["/items wrong_type", "/refund unknown_field"],
        ),
    ];
    for (body, errors) in cases {
        assert_eq!(sold.buyer.post(&sold.returns(), body.clone()).await.expect_invalid(), errors, "{body}");
    }
    assert_eq!(sold.buyer.order(&sold.order).await["returns"], json!([]));
    for id in ["ret_0AXS751X00W7C", "ret_1", "ord_0AXS751X00W7C"] {
        let path = format!("/v1/vendor/returns/{id}/approve");
        sold.seller.post_empty(&path).await.expect_problem(404, "not_found");
    }
    sold.close().await;
}

/// A window of no time at all: nothing comes back.
#[tokio::test]
async fn a_marketplace_without_returns() {
    let app = TestApp::builder().with(|settings| settings.return_window_seconds = -1).start().await;
    let seller = app.seller("sara").await;
    let product = seller.product("Cup", 333, 10).await;
    let buyer = app.buyer("bob").await;
    let order = buyer.buys_and_pays(&[(&product, 1)]).await;
    seller.does_all(&["accept", "pack", "ship", "deliver"], &order).await;
    let body = json!({"items": [{"item_id": order["items"][0]["id"], "quantity": 1}], "reason": "no"});
    let asked = buyer.post(&format!("/v1/orders/{}/returns", text(&order["id"])), body).await;
    asked.expect_problem(409, "return_window_closed");
    app.stop().await;
}
