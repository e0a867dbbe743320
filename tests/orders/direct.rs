//! The seller ships to the buyer.

use testing::{TestApp, json};

use super::{Shop, buyer_path, states, subjects, text, vendor_path};

#[tokio::test]
async fn a_paid_order_goes_from_the_seller_to_the_buyer() {
    let shop = Shop::open().await;
    let checkout = shop.buyer.buys(&[(&shop.product, 3)], "test").await;
    let order = &checkout["orders"][0];
    assert_eq!(order["status"], "awaiting_payment");
    assert_eq!(shop.stock().await, 7);
    shop.seller.get(&vendor_path(order, "")).await.expect_problem(404, "not_found");
    shop.seller.get(vendor_path(order, "").trim_end_matches('/')).await.expect_problem(404, "not_found");
    assert_eq!(shop.seller.get("/v1/vendor/orders").await.expect(200)["data"], json!([]));

    shop.buyer.pays(&checkout).await;
    let order = shop.buyer.order(order).await;
    assert_eq!(order["status"], "pending");
    assert_eq!(order["total"], json!({"amount": 3_000, "currency": "USD"}));
    assert!(order.get("commission").is_none(), "a buyer does not see what the seller earns");
    let seen = shop.seller.get(vendor_path(&order, "").trim_end_matches('/')).await.expect(200);
    assert_eq!(seen["commission"]["amount"], 300);
    assert_eq!(seen["payout_amount"]["amount"], 2_700);
    assert_eq!(seen["buyer"]["first_name"], "bob");

    assert_eq!(shop.seller.does("accept", &order).await["status"], "accepted");
    assert_eq!(shop.seller.does("pack", &order).await["status"], "packed");
    let parcel = json!({"carrier": "DHL", "tracking_number": "JJD1"});
    let shipped = shop.seller.post(&vendor_path(&order, "ship"), parcel).await.expect(200);
    assert_eq!(shipped["status"], "shipped");
    assert_eq!(shipped["items"][0]["quantity_shipped"], 3);
    let shipment = &shipped["shipments"][0];
    assert_eq!(shipment["status"], "in_transit");
    assert_eq!(shipment["carrier"], "DHL");
    assert_eq!(shipment["tracking_number"], "JJD1");
    assert_eq!(shipment["items"], json!([{"item_id": shipped["items"][0]["id"], "quantity": 3}]));

    let delivered = shop.seller.does("deliver", &order).await;
    assert_eq!(delivered["status"], "delivered");
    assert_eq!(delivered["shipments"][0]["status"], "delivered");
    let order = shop.buyer.order(&order).await;
    let all = ["awaiting_payment", "pending", "accepted", "packed", "shipped", "delivered"];
    assert_eq!(states(&order), all);
    let actors: Vec<_> =
        order["timeline"].as_array().unwrap().iter().map(|entry| text(&entry["actor"]).to_owned()).collect();
    assert_eq!(actors, ["buyer", "system", "vendor", "vendor", "vendor", "vendor"]);
    shop.close().await;
}

/// Every mail of an order's way is sent once, to whom it concerns.
#[tokio::test]
async fn everybody_is_told_once() {
    let shop = Shop::open().await;
    shop.app.run_jobs().await;
    let before = subjects(&shop.app, "sara@example.com").await.len();
    let order = shop.buyer.buys_and_pays(&[(&shop.product, 1)]).await;
    shop.seller.does_all(&["accept", "pack", "ship", "deliver"], &order).await;
    shop.app.run_jobs().await;
    let to_buyer = subjects(&shop.app, "bob@example.com").await;
    assert_eq!(to_buyer.len(), 4, "confirmation, accepted, shipped, delivered: {to_buyer:?}");
    let to_seller = subjects(&shop.app, "sara@example.com").await;
    assert_eq!(to_seller.len() - before, 1, "a new order: {to_seller:?}");
    shop.close().await;
}

#[tokio::test]
async fn the_buyer_confirms_the_delivery() {
    let shop = Shop::open().await;
    let order = shop.buyer.buys_and_pays(&[(&shop.product, 1)]).await;
    let confirm = buyer_path(&order, "confirm-delivery");
    let problem = shop.buyer.post_empty(&confirm).await.expect_problem(409, "invalid_transition");
    assert!(text(&problem["detail"]).contains("`pending`"), "{problem}");
    assert!(text(&problem["detail"]).contains("accept (vendor)"), "{problem}");
    shop.seller.does_all(&["accept", "pack", "ship"], &order).await;
    shop.app.buyer("eve").await.post_empty(&confirm).await.expect_problem(404, "not_found");
    let delivered = shop.buyer.post_empty(&confirm).await.expect(200);
    assert_eq!(delivered["status"], "delivered");
    shop.buyer.post_empty(&confirm).await.expect_problem(409, "invalid_transition");
    shop.close().await;
}

/// An order's parts may leave one by one; it is `shipped` with the last, and cannot be cancelled once a
/// part has left.
#[tokio::test]
async fn a_part_is_shipped_first() {
    let shop = Shop::open().await;
    let plate = shop.seller.product("Plate", 500, 5).await;
    let order = shop.buyer.buys_and_pays(&[(&shop.product, 3), (&plate, 2)]).await;
    shop.seller.does_all(&["accept", "pack"], &order).await;
    let (cups, plates) = (&order["items"][0]["id"], &order["items"][1]["id"]);
    let path = vendor_path(&order, "ship");

    let first = json!({"items": [{"item_id": cups, "quantity": 2}]});
    let after = shop.seller.post(&path, first.clone()).await.expect(200);
    assert_eq!(after["status"], "packed");
    assert_eq!(after["items"][0]["quantity_shipped"], 2);
    shop.seller.post(&path, first).await.expect_problem(409, "already_shipped");
    shop.seller.post_empty(&vendor_path(&order, "deliver")).await.expect_problem(409, "invalid_transition");
    let admin = shop.app.admin().await;
    let cancel = format!("/v1/admin/orders/{}/cancel", text(&order["id"]));
    admin.post_empty(&cancel).await.expect_problem(409, "invalid_transition");

    let second = json!({"items": [{"item_id": plates, "quantity": 2}, {"item_id": cups, "quantity": 1}]});
    let after = shop.seller.post(&path, second).await.expect(200);
    assert_eq!(after["status"], "shipped");
    assert_eq!(after["shipments"].as_array().map(Vec::len), Some(2));
    shop.seller.post_empty(&path).await.expect_problem(409, "invalid_transition");
    shop.seller.does("deliver", &order).await;
    shop.app.run_jobs().await;
    let shipped = subjects(&shop.app, "bob@example.com").await;
    assert_eq!(shipped.len(), 5, "confirmation, accepted, two parcels, delivered: {shipped:?}");
    shop.close().await;
}

/// A guest sees and moves their order by the cart token it was bought with, and nobody else does.
#[tokio::test]
async fn a_guest_has_an_order_by_the_cart_token() {
    let app = TestApp::start().await;
    let seller = app.seller("sara").await;
    let product = seller.product("Cup", 1_000, 10).await;
    let token = app.anonymous().get("/v1/cart").await.header("x-cart-token").to_owned();
    let guest = app.anonymous().with_header("x-cart-token", &token);
    let order = guest.buys_and_pays(&[(&product, 1)]).await;
    app.anonymous()
        .get(&format!("/v1/orders/{}", text(&order["id"])))
        .await
        .expect_problem(401, "unauthenticated");
    let other = app.anonymous().get("/v1/cart").await.header("x-cart-token").to_owned();
    let stranger = app.anonymous().with_header("x-cart-token", &other);
    stranger.get(&format!("/v1/orders/{}", text(&order["id"]))).await.expect_problem(404, "not_found");
    stranger.post_empty(&buyer_path(&order, "cancel")).await.expect_problem(404, "not_found");
    let cancelled = guest.post_empty(&buyer_path(&order, "cancel")).await.expect(200);
    assert_eq!(cancelled["status"], "cancelled");
    app.expect_sound().await;
    app.stop().await;
}

/// A suspended shop sells nothing more, but what it has sold goes its way.
#[tokio::test]
async fn open_orders_of_a_suspended_shop_go_on() {
    let shop = Shop::open().await;
    let admin = shop.app.admin().await;
    let order = shop.buyer.buys_and_pays(&[(&shop.product, 1)]).await;
    let suspend = format!("/v1/admin/vendors/{}/suspend", shop.seller.vendor);
    admin.post(&suspend, json!({"reason": "late too often"})).await.expect(200);
    let order = shop.seller.does_all(&["accept", "pack", "ship", "deliver"], &order).await;
    assert_eq!(order["status"], "delivered");
    shop.close().await;
}
