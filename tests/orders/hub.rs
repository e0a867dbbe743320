//! The seller ships to the hub, the marketplace to the buyer.

use marketplace::settings::Fulfilment;
use testing::{Actor, TestApp, Value, json};

use super::{Shop, buyer_path, shipment_path, text, vendor_path};

async fn shop() -> (Shop, Actor) {
    let app = TestApp::builder().with(|settings| settings.fulfilment = Fulfilment::Hub).start().await;
    let admin = app.admin().await;
    (Shop::in_app(app).await, admin)
}

/// Receives, sends out and delivers a parcel; answers it as it is then.
async fn deliver(admin: &Actor, shipment: &Value) -> Value {
    admin.post_empty(&shipment_path(shipment, "receive")).await.expect(200);
    admin.post_empty(&shipment_path(shipment, "send-out")).await.expect(200);
    admin.post_empty(&shipment_path(shipment, "deliver")).await.expect(200)
}

#[tokio::test]
async fn a_parcel_goes_over_the_hub() {
    let (shop, admin) = shop().await;
    let order = shop.buyer.buys_and_pays(&[(&shop.product, 1)]).await;
    assert_eq!(order["fulfilment"], "hub");
    let order = shop.seller.does_all(&["accept", "pack", "ship"], &order).await;
    let shipment = &order["shipments"][0];
    assert_eq!(shipment["status"], "in_transit_to_hub");

    shop.seller.post_empty(&vendor_path(&order, "deliver")).await.expect_problem(409, "invalid_transition");
    let confirm = buyer_path(&order, "confirm-delivery");
    let problem = shop.buyer.post_empty(&confirm).await.expect_problem(409, "invalid_transition");
    assert!(text(&problem["detail"]).contains("deliver (admin)"), "{problem}");
    for early in ["send-out", "deliver"] {
        let problem = admin.post_empty(&shipment_path(shipment, early)).await;
        let problem = problem.expect_problem(409, "invalid_transition");
        assert!(text(&problem["detail"]).contains("`in_transit_to_hub`"), "{problem}");
        assert!(text(&problem["detail"]).contains("receive (admin)"), "{problem}");
    }
    let received = admin.post_empty(&shipment_path(shipment, "receive")).await.expect(200);
    assert_eq!(received["status"], "at_hub");
    admin.post_empty(&shipment_path(shipment, "receive")).await.expect_problem(409, "invalid_transition");
    let sent = admin.post_empty(&shipment_path(shipment, "send-out")).await.expect(200);
    assert_eq!(sent["status"], "out_for_delivery");
    assert_eq!(shop.buyer.order(&order).await["status"], "shipped");
    let delivered = admin.post_empty(&shipment_path(shipment, "deliver")).await.expect(200);
    assert_eq!(delivered["status"], "delivered");
    assert_eq!(delivered["order_id"], order["id"]);
    assert_eq!(shop.buyer.order(&order).await["status"], "delivered");
    shop.close().await;
}

/// An order is delivered when all its parcels are, in whichever order they arrive.
#[tokio::test]
async fn an_order_is_delivered_with_its_last_parcel() {
    let (shop, admin) = shop().await;
    let order = shop.buyer.buys_and_pays(&[(&shop.product, 3)]).await;
    shop.seller.does_all(&["accept", "pack"], &order).await;
    let part = json!({"items": [{"item_id": order["items"][0]["id"], "quantity": 1}]});
    let after = shop.seller.post(&vendor_path(&order, "ship"), part.clone()).await.expect(200);
    deliver(&admin, &after["shipments"][0]).await;
    assert_eq!(shop.buyer.order(&order).await["status"], "packed");
    shop.seller.post(&vendor_path(&order, "ship"), part).await.expect(200);
    let after = shop.seller.does("ship", &order).await;
    assert_eq!(after["status"], "shipped");
    deliver(&admin, &after["shipments"][2]).await;
    assert_eq!(shop.buyer.order(&order).await["status"], "shipped");
    deliver(&admin, &after["shipments"][1]).await;
    assert_eq!(shop.buyer.order(&order).await["status"], "delivered");
    shop.close().await;
}

/// Two admins deliver the last two parcels at the same instant: the order is delivered, once.
#[tokio::test]
async fn the_last_parcels_arrive_together() {
    let (shop, admin) = shop().await;
    let order = shop.buyer.buys_and_pays(&[(&shop.product, 2)]).await;
    shop.seller.does_all(&["accept", "pack"], &order).await;
    let part = json!({"items": [{"item_id": order["items"][0]["id"], "quantity": 1}]});
    shop.seller.post(&vendor_path(&order, "ship"), part).await.expect(200);
    let after = shop.seller.does("ship", &order).await;
    let parcels = after["shipments"].as_array().unwrap();
    for parcel in parcels {
        admin.post_empty(&shipment_path(parcel, "receive")).await.expect(200);
        admin.post_empty(&shipment_path(parcel, "send-out")).await.expect(200);
    }
    let (first, second) = (shipment_path(&parcels[0], "deliver"), shipment_path(&parcels[1], "deliver"));
    let (one, other) = tokio::join!(admin.post_empty(&first), admin.post_empty(&second));
    one.expect(200);
    other.expect(200);
    assert_eq!(shop.buyer.order(&order).await["status"], "delivered");
    shop.close().await;
}

/// The hub's steps are an admin's, and only for parcels that go over it.
#[tokio::test]
async fn strangers_and_direct_parcels_are_refused() {
    let shop = Shop::open().await;
    let admin = shop.app.admin().await;
    let order = shop.buyer.buys_and_pays(&[(&shop.product, 1)]).await;
    let order = shop.seller.does_all(&["accept", "pack", "ship"], &order).await;
    let receive = shipment_path(&order["shipments"][0], "receive");
    shop.app.anonymous().post_empty(&receive).await.expect_problem(401, "unauthenticated");
    shop.seller.post_empty(&receive).await.expect_problem(403, "forbidden");
    admin.post_empty(&receive).await.expect_problem(409, "invalid_transition");
    let unknown = "/v1/admin/shipments/shp_0AXS751X00W7C/receive";
    admin.post_empty(unknown).await.expect_problem(404, "not_found");
    admin.post_empty("/v1/admin/shipments/ord_0AXS751X00W7C/receive").await.expect_problem(404, "not_found");
    shop.close().await;
}
