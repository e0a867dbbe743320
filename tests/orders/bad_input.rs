//! Bad input, and that it changes nothing.

use testing::json;

use super::{Shop, buyer_path, text, vendor_path};

#[tokio::test]
async fn malformed_and_unknown_ids() {
    let shop = Shop::open().await;
    for id in ["ord_0AXS751X00W7C", "ord_0AXS", "item_0AXS751X00W7C", "1", "ord_8AXS751X00W7C", "%00"] {
        shop.buyer.get(&format!("/v1/orders/{id}")).await.expect_problem(404, "not_found");
        shop.buyer.post_empty(&format!("/v1/orders/{id}/cancel")).await.expect_problem(404, "not_found");
        shop.seller.get(&format!("/v1/vendor/orders/{id}")).await.expect_problem(404, "not_found");
        shop.seller
            .post_empty(&format!("/v1/vendor/orders/{id}/ship"))
            .await
            .expect_problem(404, "not_found");
    }
    shop.close().await;
}

#[tokio::test]
async fn bodies_of_a_shipment() {
    let shop = Shop::open().await;
    let order = shop.buyer.buys_and_pays(&[(&shop.product, 2)]).await;
    let foreign = shop.buyer.buys_and_pays(&[(&shop.product, 2)]).await;
    shop.seller.does_all(&["accept", "pack"], &order).await;
    let path = vendor_path(&order, "ship");
    let (item, other) = (&order["items"][0]["id"], &foreign["items"][0]["id"]);
    let cases = [
        (json!({"items": []}), vec!["/items required"]),
        (json!({"items": [{"item_id": item}]}), vec!["/items/0/quantity required"]),
        (json!({"items": [{"item_id": item, "quantity": 0}]}), vec!["/items/0/quantity too_small"]),
        (json!({"items": [{"item_id": item, "quantity": -1}]}), vec!["/items/0/quantity too_small"]),
        (json!({"items": [{"item_id": item, "quantity": 3}]}), vec!["/items/0/quantity too_large"]),
        (json!({"items": [{"item_id": item, "quantity": 1e300}]}), vec!["/items/0/quantity too_large"]),
        (json!({"items": [{"item_id": item, "quantity": 1.5}]}), vec!["/items/0/quantity wrong_type"]),
        (json!({"items": [{"item_id": other, "quantity": 1}]}), vec!["/items/0/item_id not_found"]),
        (json!({"items": [{"item_id": "ord_1", "quantity": 1}]}), vec!["/items/0/item_id malformed_id"]),
        (
            json!({"items": [{"item_id": item, "quantity": 1}, {"item_id": item, "quantity": 1}]}),
            vec!["/items/1/item_id duplicate"],
        ),
        (json!({"items": 7, "carrier": 7}), vec!["/carrier wrong_type", "/items wrong_type"]),
        (json!({"carrier": "x".repeat(51)}), vec!["/carrier too_long"]),
        (json!({"tracking_number": "a\u{0}b"}), vec!["/tracking_number not_allowed"]),
        (json!({"courier": "DHL"}), vec!["/courier unknown_field"]),
    ];
    for (body, errors) in cases {
        assert_eq!(shop.seller.post(&path, body.clone()).await.expect_invalid(), errors, "{body}");
    }
    shop.seller
        .send_bytes(testing::Method::POST, &path, "application/json", b"{".to_vec())
        .await
        .expect_problem(400, "malformed_json");
    shop.seller
        .send_bytes(testing::Method::POST, &path, "text/plain", b"{}".to_vec())
        .await
        .expect_problem(415, "unsupported_media_type");
    let unchanged = shop.buyer.order(&order).await;
    assert_eq!(unchanged["status"], "packed");
    assert_eq!(unchanged["shipments"], json!([]));
    shop.close().await;
}

#[tokio::test]
async fn bodies_of_the_other_steps() {
    let shop = Shop::open().await;
    let order = shop.buyer.buys_and_pays(&[(&shop.product, 1)]).await;
    let reject = vendor_path(&order, "reject");
    let cases = [
        (json!({}), "/reason required"),
        (json!({"reason": " "}), "/reason required"),
        (json!({"reason": "x".repeat(501)}), "/reason too_long"),
        (json!({"reason": null}), "/reason wrong_type"),
        (json!({"reason": "no", "refund": false}), "/refund unknown_field"),
    ];
    for (body, error) in cases {
        assert_eq!(shop.seller.post(&reject, body.clone()).await.expect_invalid(), [error], "{body}");
    }
    let cancel = buyer_path(&order, "cancel");
    assert_eq!(shop.buyer.post(&cancel, json!({"reason": 5})).await.expect_invalid(), ["/reason wrong_type"]);
    let accept = vendor_path(&order, "accept");
    assert_eq!(
        shop.seller.post(&accept, json!({"force": true})).await.expect_invalid(),
        ["/force unknown_field"]
    );
    let keyed = shop.buyer.with_header("idempotency-key", &"k".repeat(256));
    assert_eq!(keyed.post_empty(&cancel).await.expect_invalid(), ["/Idempotency-Key malformed"]);
    assert_eq!(text(&shop.buyer.order(&order).await["status"]), "pending");
    shop.close().await;
}
