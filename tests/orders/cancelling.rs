//! Cancelling: stock and money go back once, everybody is told once.

use testing::json;

use super::{Shop, buyer_path, states, stock, subjects, text, vendor_path};

#[tokio::test]
async fn a_paid_order_gives_stock_and_money_back() {
    let shop = Shop::open().await;
    shop.app.run_jobs().await;
    let mails_before = subjects(&shop.app, "sara@example.com").await.len();
    let order = shop.buyer.buys_and_pays(&[(&shop.product, 4)]).await;
    assert_eq!(shop.seller.balance().await, (3_600, 0));
    let cancelled = shop.buyer.post(&buyer_path(&order, "cancel"), json!({"reason": "ordered twice"})).await;
    let cancelled = cancelled.expect(200);
    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!(cancelled["refunded_total"]["amount"], 4_000);
    assert_eq!(cancelled["timeline"].as_array().unwrap().last().unwrap()["note"], "ordered twice");
    assert_eq!(shop.stock().await, 10);
    assert_eq!(shop.seller.balance().await, (0, 0));
    let payments = shop.buyer.get("/v1/payments").await.expect(200);
    assert_eq!(payments["data"][0]["status"], "refunded");
    assert_eq!(payments["data"][0]["refunded_amount"]["amount"], 4_000);

    shop.buyer.post_empty(&buyer_path(&order, "cancel")).await.expect_problem(409, "invalid_transition");
    assert_eq!(shop.stock().await, 10);
    shop.app.run_jobs().await;
    assert_eq!(subjects(&shop.app, "bob@example.com").await.len(), 2, "confirmation and cancellation");
    assert_eq!(subjects(&shop.app, "sara@example.com").await.len() - mails_before, 2, "new, and cancelled");
    shop.close().await;
}

/// Of two orders of a checkout one is cancelled: the other goes on, and only one part of the money returns.
#[tokio::test]
async fn one_of_two_orders_is_cancelled() {
    let shop = Shop::open().await;
    let other = shop.app.seller("olga").await;
    let plate = other.product("Plate", 500, 5).await;
    let checkout = shop.buyer.buys(&[(&shop.product, 1), (&plate, 1)], "test").await;
    shop.buyer.pays(&checkout).await;
    let order =
        checkout["orders"].as_array().unwrap().iter().find(|order| order["total"]["amount"] == 500).unwrap();
    let rejected = other.post(&vendor_path(order, "reject"), json!({"reason": "broken"})).await.expect(200);
    assert_eq!(rejected["status"], "cancelled");
    assert_eq!(stock(&other, &plate).await, 5);
    assert_eq!(shop.stock().await, 9);
    assert_eq!(other.balance().await, (0, 0));
    assert_eq!(shop.seller.balance().await, (900, 0));
    let payment =
        shop.buyer.get(&format!("/v1/payments/{}", text(&checkout["payment"]["id"]))).await.expect(200);
    assert_eq!(payment["status"], "partially_refunded");
    assert_eq!(payment["refunded_amount"]["amount"], 500);
    let checkout = shop.buyer.get(&format!("/v1/checkouts/{}", text(&checkout["id"]))).await.expect(200);
    assert_eq!(checkout["status"], "confirmed");
    assert_eq!(checkout["grand_total"]["amount"], 1_500);
    shop.close().await;
}

/// Cancelling one order of an unpaid checkout lowers what is to be paid; with the last the checkout ends.
#[tokio::test]
async fn an_unpaid_checkout_is_lowered() {
    let shop = Shop::open().await;
    let other = shop.app.seller("olga").await;
    let plate = other.product("Plate", 500, 5).await;
    let checkout = shop.buyer.buys(&[(&shop.product, 1), (&plate, 1)], "test").await;
    let orders = checkout["orders"].as_array().unwrap();
    let (cup, plates) = match orders[0]["total"]["amount"].as_i64() {
        Some(500) => (&orders[1], &orders[0]),
        _ => (&orders[0], &orders[1]),
    };
    shop.buyer.post_empty(&buyer_path(plates, "cancel")).await.expect(200);
    let path = format!("/v1/checkouts/{}", text(&checkout["id"]));
    let lowered = shop.buyer.get(&path).await.expect(200);
    assert_eq!(lowered["grand_total"]["amount"], 1_000);
    let payment = format!("/v1/payments/{}", text(&checkout["payment"]["id"]));
    assert_eq!(shop.buyer.get(&payment).await.expect(200)["amount"]["amount"], 1_000);
    shop.app.expect_sound().await;

    shop.buyer.post_empty(&buyer_path(cup, "cancel")).await.expect(200);
    assert_eq!(shop.buyer.get(&path).await.expect(200)["status"], "cancelled");
    assert_eq!(shop.buyer.get(&payment).await.expect(200)["status"], "cancelled");
    assert_eq!(shop.stock().await, 10);
    assert_eq!(stock(&other, &plate).await, 5);
    let confirm = format!("{payment}/confirm");
    shop.buyer.post(&confirm, json!({"outcome": "succeed"})).await.expect_problem(409, "invalid_transition");
    assert_eq!(
        other.get("/v1/vendor/orders").await.expect(200)["data"],
        json!([]),
        "never seen by the seller"
    );
    shop.close().await;
}

/// What was lowered is what is paid: the rest of the checkout goes on.
#[tokio::test]
async fn a_lowered_checkout_is_paid() {
    let shop = Shop::open().await;
    let other = shop.app.seller("olga").await;
    let plate = other.product("Plate", 500, 5).await;
    let checkout = shop.buyer.buys(&[(&shop.product, 1), (&plate, 1)], "test").await;
    shop.buyer.post_empty(&buyer_path(&checkout["orders"][1], "cancel")).await.expect(200);
    let left = checkout["orders"][0]["total"]["amount"].clone();
    let payment = shop.buyer.pays(&checkout).await;
    assert_eq!(payment["status"], "captured");
    assert_eq!(payment["amount"]["amount"], left);
    assert_eq!(shop.buyer.order(&checkout["orders"][0]).await["status"], "pending");
    assert_eq!(shop.buyer.order(&checkout["orders"][1]).await["status"], "cancelled");
    shop.close().await;
}

/// Who may cancel in which state: the table of the domain.
#[tokio::test]
async fn who_may_cancel_when() {
    let shop = Shop::open().await;
    let admin = shop.app.admin().await;
    let reason = || json!({"reason": "no more"});
    // A buyer until it is packed.
    let order = shop.buyer.buys_and_pays(&[(&shop.product, 1)]).await;
    shop.seller.does_all(&["accept", "pack"], &order).await;
    let problem = shop.buyer.post_empty(&buyer_path(&order, "cancel")).await;
    let problem = problem.expect_problem(409, "invalid_transition");
    assert!(text(&problem["detail"]).contains("`packed`"), "{problem}");
    let rejecting = shop.seller.post(&vendor_path(&order, "reject"), reason()).await;
    rejecting.expect_problem(409, "invalid_transition");
    // An admin until it is shipped.
    let cancel = format!("/v1/admin/orders/{}/cancel", text(&order["id"]));
    shop.buyer.post_empty(&cancel).await.expect_problem(403, "forbidden");
    assert_eq!(admin.post(&cancel, reason()).await.expect(200)["status"], "cancelled");
    // A seller while pending or accepted.
    let order = shop.buyer.buys_and_pays(&[(&shop.product, 1)]).await;
    shop.seller.does("accept", &order).await;
    shop.seller.post(&vendor_path(&order, "reject"), reason()).await.expect(200);
    assert_eq!(states(&shop.buyer.order(&order).await).last().map(String::as_str), Some("cancelled"));
    // Nobody once it is shipped.
    let order = shop.buyer.buys_and_pays(&[(&shop.product, 1)]).await;
    shop.seller.does_all(&["accept", "pack", "ship"], &order).await;
    let cancel = format!("/v1/admin/orders/{}/cancel", text(&order["id"]));
    admin.post_empty(&cancel).await.expect_problem(409, "invalid_transition");
    shop.close().await;
}

/// Cash on delivery: nothing was paid, so nothing goes back, and less is due.
#[tokio::test]
async fn a_cash_order_is_no_longer_due() {
    let shop = Shop::open().await;
    let other = shop.app.seller("olga").await;
    let plate = other.product("Plate", 500, 5).await;
    let checkout = shop.buyer.buys(&[(&shop.product, 1), (&plate, 1)], "cod").await;
    assert_eq!(checkout["orders"][0]["status"], "pending");
    let payment = format!("/v1/payments/{}", text(&checkout["payment"]["id"]));
    shop.buyer.post_empty(&buyer_path(&checkout["orders"][0], "cancel")).await.expect(200);
    let due = shop.buyer.get(&payment).await.expect(200);
    assert_eq!(due["amount"], checkout["orders"][1]["total"]);
    assert_eq!(due["status"], "pending");
    shop.buyer.post_empty(&buyer_path(&checkout["orders"][1], "cancel")).await.expect(200);
    assert_eq!(shop.buyer.get(&payment).await.expect(200)["status"], "cancelled");
    assert_eq!(shop.seller.balance().await, (0, 0));
    shop.close().await;
}
