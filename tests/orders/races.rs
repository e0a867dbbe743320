//! Two at the same instant: one wins, the other is told; replays change nothing.

use testing::{Response, json};

use super::{Shop, buyer_path, vendor_path};

/// The statuses of two answers, the smaller first.
fn statuses(one: &Response, other: &Response) -> [u16; 2] {
    let mut both = [one.status.as_u16(), other.status.as_u16()];
    both.sort_unstable();
    both
}

#[tokio::test]
async fn two_cancellations() {
    let shop = Shop::open().await;
    for _ in 0..5 {
        let order = shop.buyer.buys_and_pays(&[(&shop.product, 2)]).await;
        let (cancel, reject) = (buyer_path(&order, "cancel"), vendor_path(&order, "reject"));
        let reason = json!({"reason": "sold out"});
        let (one, other) = tokio::join!(shop.buyer.post_empty(&cancel), shop.seller.post(&reject, reason));
        assert_eq!(statuses(&one, &other), [200, 409], "{} / {}", one.text(), other.text());
        assert_eq!(shop.stock().await, 10);
    }
    shop.close().await;
}

#[tokio::test]
async fn accepting_against_cancelling() {
    let shop = Shop::open().await;
    let order = shop.buyer.buys_and_pays(&[(&shop.product, 1)]).await;
    let (cancel, accept) = (buyer_path(&order, "cancel"), vendor_path(&order, "accept"));
    let (cancelled, accepted) = tokio::join!(shop.buyer.post_empty(&cancel), shop.seller.post_empty(&accept));
    // An accepted order can still be cancelled: only the other way round is refused.
    let order = shop.buyer.order(&order).await;
    match statuses(&cancelled, &accepted) {
        [200, 200] => assert_eq!(order["status"], "cancelled"),
        [200, 409] if cancelled.status == 200 => assert_eq!(order["status"], "cancelled"),
        [200, 409] => assert_eq!(order["status"], "accepted"),
        other => panic!("{other:?}"),
    }
    shop.close().await;
}

#[tokio::test]
async fn shipping_twice() {
    let shop = Shop::open().await;
    let order = shop.buyer.buys_and_pays(&[(&shop.product, 3)]).await;
    shop.seller.does_all(&["accept", "pack"], &order).await;
    let path = vendor_path(&order, "ship");
    let part = || json!({"items": [{"item_id": order["items"][0]["id"], "quantity": 2}]});
    let (one, other) = tokio::join!(shop.seller.post(&path, part()), shop.seller.post(&path, part()));
    assert_eq!(statuses(&one, &other), [200, 409], "{} / {}", one.text(), other.text());
    let (one, other) = tokio::join!(shop.seller.post_empty(&path), shop.seller.post_empty(&path));
    assert_eq!(statuses(&one, &other), [200, 409], "{} / {}", one.text(), other.text());
    let order = shop.buyer.order(&order).await;
    assert_eq!(order["items"][0]["quantity_shipped"], 3);
    assert_eq!(order["shipments"].as_array().map(Vec::len), Some(2));
    shop.close().await;
}

/// A part leaves while an admin cancels: either the parcel or the cancellation, never both.
#[tokio::test]
async fn shipping_against_cancelling() {
    let shop = Shop::open().await;
    let admin = shop.app.admin().await;
    for _ in 0..4 {
        let order = shop.buyer.buys_and_pays(&[(&shop.product, 2)]).await;
        shop.seller.does_all(&["accept", "pack"], &order).await;
        let cancel = format!("/v1/admin/orders/{}/cancel", super::text(&order["id"]));
        let part = json!({"items": [{"item_id": order["items"][0]["id"], "quantity": 1}]});
        let path = vendor_path(&order, "ship");
        let (shipped, cancelled) = tokio::join!(shop.seller.post(&path, part), admin.post_empty(&cancel));
        assert_eq!(statuses(&shipped, &cancelled), [200, 409], "{} / {}", shipped.text(), cancelled.text());
    }
    shop.close().await;
}

/// The buyer and the seller both say that it has arrived.
#[tokio::test]
async fn delivering_twice() {
    let shop = Shop::open().await;
    let order = shop.buyer.buys(&[(&shop.product, 1)], "cod").await["orders"][0].clone();
    shop.seller.does_all(&["accept", "pack", "ship"], &order).await;
    let (confirm, deliver) = (buyer_path(&order, "confirm-delivery"), vendor_path(&order, "deliver"));
    let (one, other) = tokio::join!(shop.buyer.post_empty(&confirm), shop.seller.post_empty(&deliver));
    assert_eq!(statuses(&one, &other), [200, 409], "{} / {}", one.text(), other.text());
    assert_eq!(shop.seller.balance().await, (900, 0), "the cash came in once");
    shop.close().await;
}

/// The same key gives the same answer; with another body it is refused; a refusal leaves it free.
#[tokio::test]
async fn a_cancellation_is_replayed() {
    let shop = Shop::open().await;
    let order = shop.buyer.buys_and_pays(&[(&shop.product, 1)]).await;
    let cancel = buyer_path(&order, "cancel");
    let buyer = shop.buyer.with_header("idempotency-key", "cancel-1");
    let first = buyer.post(&cancel, json!({"reason": "no"})).await;
    first.expect(200);
    let again = buyer.post(&cancel, json!({"reason": "no"})).await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.body, first.body);
    buyer.post(&cancel, json!({"reason": "other"})).await.expect_problem(422, "idempotency_mismatch");
    let third = shop.buyer.with_header("idempotency-key", "cancel-2");
    third.post(&cancel, json!({"reason": "no"})).await.expect_problem(409, "invalid_transition");
    assert_eq!(shop.stock().await, 10);
    shop.close().await;
}
