//! Cash on delivery: sellers begin at once, the money comes order by order.

use testing::json;

use super::{Town, order_of};

#[tokio::test]
async fn cash_comes_in_order_by_order() {
    let town = Town::open().await;
    let checkout = town.buy("cod").await;
    assert_eq!(checkout["status"], "confirmed");
    let (cup, plate) = (order_of(&checkout, 1_000), order_of(&checkout, 333));
    assert_eq!(cup["status"], "pending");
    assert_eq!(town.sellers[0].balance().await, (0, 0), "nothing came in yet");
    town.confirm(&checkout, "succeed").await.expect_problem(409, "invalid_transition");

    town.sellers[0].does_all(&["accept", "pack", "ship", "deliver"], cup).await;
    assert_eq!(town.sellers[0].balance().await, (900, 0));
    assert_eq!(town.sellers[1].balance().await, (0, 0));
    let some = town.payment(&checkout).await;
    assert_eq!(some["status"], "processing");
    assert_eq!(some["captured_amount"]["amount"], 1_000);
    assert_eq!(some["captured_at"], json!(null));
    town.app.expect_sound().await;

    town.sellers[1].does_all(&["accept", "pack", "ship", "deliver"], plate).await;
    let all = town.payment(&checkout).await;
    assert_eq!(all["status"], "captured");
    assert_eq!(all["captured_amount"], all["amount"]);
    assert!(all["captured_at"].is_string());
    assert_eq!(town.sellers[1].balance().await, (300, 0));
    town.close().await;
}

/// What is left after a cancellation completes the payment.
#[tokio::test]
async fn the_rest_is_cancelled() {
    let town = Town::open().await;
    let checkout = town.buy("cod").await;
    let (cup, plate) = (order_of(&checkout, 1_000), order_of(&checkout, 333));
    town.sellers[0].does_all(&["accept", "pack", "ship", "deliver"], cup).await;
    let reject = format!("/v1/vendor/orders/{}/reject", super::text(&plate["id"]));
    town.sellers[1].post(&reject, json!({"reason": "broken"})).await.expect(200);
    let payment = town.payment(&checkout).await;
    assert_eq!(payment["status"], "captured");
    assert_eq!(payment["amount"]["amount"], 1_000);
    town.close().await;
}

/// Both orders of a purchase arrive at the same instant: both amounts count.
#[tokio::test]
async fn two_orders_arrive_together() {
    let town = Town::open().await;
    let checkout = town.buy("cod").await;
    let (cup, plate) = (order_of(&checkout, 1_000), order_of(&checkout, 333));
    town.sellers[0].does_all(&["accept", "pack", "ship"], cup).await;
    town.sellers[1].does_all(&["accept", "pack", "ship"], plate).await;
    tokio::join!(town.sellers[0].does("deliver", cup), town.sellers[1].does("deliver", plate));
    assert_eq!(town.payment(&checkout).await["status"], "captured");
    town.close().await;
}
