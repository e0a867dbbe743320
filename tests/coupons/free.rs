//! Coupons that take everything off: who has nothing to pay buys all the same, and sellers get theirs.

use testing::{Actor, Seller, TestApp, Value, json};

use super::checkouts::purchase;
use super::{amount, apply, coupon, totals};
use crate::cart::{add, variant};

struct Town {
    app: TestApp,
    admin: Actor,
    ana: Seller,
    buyer: Actor,
    lamp: Value,
}

/// A shop with a lamp for 10.00, and a coupon `FREE` for all of it, paid for by `funded_by`.
async fn town(funded_by: &str) -> Town {
    let app = TestApp::start().await;
    let (admin, ana, buyer) = (app.admin().await, app.seller("ana").await, app.buyer("bob").await);
    let lamp = ana.product("Lamp", 1_000, 9).await;
    let fields = json!({"code": "FREE", "percent": 100, "funded_by": funded_by, "vendor_id": ana.vendor});
    coupon(&admin, fields).await;
    Town { app, admin, ana, buyer, lamp }
}

impl Town {
    async fn stock(&self) -> i64 {
        let path = format!("/v1/products/{}", text(&self.lamp["id"]));
        self.ana.get(&path).await.expect(200)["variants"][0]["stock"].as_i64().unwrap()
    }

    /// Buys so many lamps with the coupon.
    async fn buy(&self, lamps: i64, method: &str) -> Value {
        add(&self.buyer, &self.lamp, lamps).await.expect(201);
        let cart = apply(&self.buyer, "FREE").await;
        assert_eq!(totals(&cart), [lamps * 1_000, lamps * 1_000, 0, 0, 0]);
        self.buyer.buys(&[], method).await
    }

    async fn cancel(&self, order: &Value) {
        let path = format!("/v1/orders/{}/cancel", text(&order["id"]));
        self.buyer.post(&path, json!({})).await.expect(200);
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Nothing to pay: confirmed at once, whatever the method, and for good. The seller has what the lamp costs
/// less the commission when the marketplace pays, and nothing when it is the seller's own coupon.
#[tokio::test]
async fn a_free_checkout_needs_no_payment() {
    for (funded_by, method, balance) in
        [("marketplace", "test", 900), ("vendor", "test", 0), ("marketplace", "cod", 900)]
    {
        let town = town(funded_by).await;
        let checkout = town.buy(1, method).await;
        assert_eq!((&checkout["status"], totals(&checkout)[4]), (&json!("confirmed"), 0), "{checkout}");
        assert_eq!(checkout["payment"]["status"], "captured");
        let order = &checkout["orders"][0];
        assert_eq!((&order["status"], amount(&order["total"])), (&json!("pending"), 0));
        let path = format!("/v1/checkouts/{}", text(&checkout["id"]));
        let read = town.buyer.get(&path).await.expect(200);
        assert_eq!((&read["status"], &read["payment"]), (&checkout["status"], &checkout["payment"]));
        assert_eq!(read["orders"], checkout["orders"]);
        assert_eq!((town.ana.balance().await, town.stock().await), ((balance, 0), 8), "{funded_by}");
        // It is paid: it can't be paid again, given up or run out.
        let payment = format!("/v1/payments/{}", text(&checkout["payment"]["id"]));
        let paid = town.buyer.get(&payment).await.expect(200);
        assert_eq!((amount(&paid["amount"]), &paid["status"]), (0, &json!("captured")));
        assert!(paid["captured_at"].is_string());
        town.buyer
            .post(&format!("{path}/payments"), json!({"method": "test"}))
            .await
            .expect_problem(409, "already_paid");
        town.buyer.post_empty(&format!("{path}/cancel")).await.expect_problem(409, "already_paid");
        if method == "test" {
            let confirm = json!({"outcome": "succeed"});
            town.buyer.post(&format!("{payment}/confirm"), confirm).await.expect_problem(409, "already_paid");
        }
        let refund = json!({"reason": "sorry"});
        let refunds = format!("/v1/admin{}/refunds", payment.strip_prefix("/v1").unwrap());
        town.admin.post(&refunds, refund).await.expect_problem(409, "refund_too_large");
        town.app.advance(1_801);
        town.app.run_jobs().await;
        let (buyer, ana) = (town.app.login_again(&town.buyer).await, town.app.login_again(&town.ana).await);
        assert_eq!(buyer.get(&path).await.expect(200)["status"], "confirmed");
        assert_eq!(town.app.mails_to("bob@example.com").await.len(), 1, "the confirmation");
        let mails = town.app.mails_to("ana@example.com").await;
        assert_eq!(mails.iter().filter(|mail| mail.subject.starts_with("New order")).count(), 1);
        // Delivered, and after the hold it is the seller's.
        for step in ["accept", "pack", "ship", "deliver"] {
            ana.post_empty(&format!("/v1/vendor/orders/{}/{step}", text(&order["id"]))).await.expect(200);
        }
        town.app.advance(7 * 86_400 + 1);
        town.app.run_jobs().await;
        let ana = Seller { actor: town.app.login_again(&town.ana).await, ..town.ana };
        assert_eq!(ana.balance().await, (0, balance), "{funded_by} {method}");
        town.app.stop().await;
    }
}

/// Cancelled, all of it goes back: the stock, and what the marketplace had added.
#[tokio::test]
async fn a_free_order_can_be_cancelled() {
    for method in ["test", "cod"] {
        let town = town("marketplace").await;
        let checkout = town.buy(2, method).await;
        assert_eq!(town.ana.balance().await, (1_800, 0));
        town.cancel(&checkout["orders"][0]).await;
        assert_eq!((town.ana.balance().await, town.stock().await), ((0, 0), 9));
        town.app.stop().await;
    }
}

/// Sent back piece by piece: the buyer gets nothing, the marketplace what it had added for each.
#[tokio::test]
async fn a_free_order_can_be_returned() {
    let town = town("marketplace").await;
    let checkout = town.buy(3, "test").await;
    let order = &checkout["orders"][0];
    town.ana.does_all(&["accept", "pack", "ship", "deliver"], order).await;
    for (units, left, status) in [(1, 1_800, "delivered"), (2, 0, "returned")] {
        let items = json!([{"item_id": order["items"][0]["id"], "quantity": units}]);
        let path = format!("/v1/orders/{}/returns", text(&order["id"]));
        let returned = town.buyer.post(&path, json!({"items": items, "reason": "ugly"})).await.expect(201);
        assert_eq!(amount(&returned["refund"]), 0);
        let path = format!("/v1/vendor/returns/{}", text(&returned["id"]));
        town.ana.post_empty(&format!("{path}/approve")).await.expect(200);
        let received = town.ana.post(&format!("{path}/receive"), json!({"restock": true})).await.expect(200);
        assert_eq!(received["status"], "refunded");
        assert_eq!(town.ana.balance().await, (left, 0));
        assert_eq!(town.buyer.order(order).await["status"], status);
        town.app.expect_sound().await;
    }
    town.app.stop().await;
}

/// A purchase of a lamp for nothing and of another seller's chair for its price.
async fn free_and_dear(method: &str) -> (Town, Seller, Value) {
    let town = town("marketplace").await;
    let bea = town.app.seller("bea").await;
    let chair = bea.product("Chair", 2_000, 9).await;
    add(&town.buyer, &town.lamp, 1).await.expect(201);
    add(&town.buyer, &chair, 1).await.expect(201);
    apply(&town.buyer, "FREE").await;
    let checkout = town.buyer.buys(&[], method).await;
    (town, bea, checkout)
}

/// What a coupon does not take off is to be paid: shipping, and other sellers' goods. When what costs something
/// is cancelled, the free rest goes to its seller without a payment.
#[tokio::test]
async fn the_free_rest_of_a_checkout_waits_no_longer() {
    for paid_first in ["declined", "untouched"] {
        let (town, bea, checkout) = free_and_dear("test").await;
        assert_eq!((&checkout["status"], totals(&checkout)[4]), (&json!("awaiting_payment"), 2_000));
        if paid_first == "declined" {
            let path = format!("/v1/payments/{}/confirm", text(&checkout["payment"]["id"]));
            town.buyer.post(&path, json!({"outcome": "decline"})).await.expect(200);
        }
        let orders = checkout["orders"].as_array().unwrap();
        let costs = |order: &&Value| amount(&order["total"]) > 0;
        let (dear, free) =
            (orders.iter().find(costs).unwrap(), orders.iter().find(|order| !costs(order)).unwrap());
        town.cancel(dear).await;
        let path = format!("/v1/checkouts/{}", text(&checkout["id"]));
        let left = town.buyer.get(&path).await.expect(200);
        assert_eq!((&left["status"], totals(&left)[4]), (&json!("confirmed"), 0), "{left}");
        assert_eq!(left["payment"]["status"], "captured");
        assert_eq!(town.buyer.order(free).await["status"], "pending");
        assert_eq!((town.ana.balance().await, bea.balance().await), ((900, 0), (0, 0)));
        town.app.expect_sound().await;
        town.cancel(free).await;
        assert_eq!(town.ana.balance().await, (0, 0));
        town.app.stop().await;
    }
}

/// Cash on delivery for one seller and nothing for the other: each goes its own way.
#[tokio::test]
async fn a_free_order_beside_cash() {
    for cancel_the_dear in [false, true] {
        let (town, bea, checkout) = free_and_dear("cod").await;
        let (free, dear) = (&checkout["orders"][0], &checkout["orders"][1]);
        if cancel_the_dear {
            town.cancel(dear).await;
        }
        assert_eq!(town.ana.balance().await, (0, 0), "nothing was delivered");
        town.ana.does_all(&["accept", "pack", "ship", "deliver"], free).await;
        assert_eq!(town.ana.balance().await, (900, 0));
        town.app.expect_sound().await;
        if !cancel_the_dear {
            bea.does_all(&["accept", "pack", "ship", "deliver"], dear).await;
            assert_eq!(bea.balance().await, (1_800, 0));
        }
        let items = json!([{"item_id": free["items"][0]["id"], "quantity": 1}]);
        let path = format!("/v1/orders/{}/returns", text(&free["id"]));
        let returned = town.buyer.post(&path, json!({"items": items, "reason": "ugly"})).await.expect(201);
        let path = format!("/v1/vendor/returns/{}", text(&returned["id"]));
        town.ana.post_empty(&format!("{path}/approve")).await.expect(200);
        town.ana.post(&format!("{path}/receive"), json!({"restock": false})).await.expect(200);
        assert_eq!(town.ana.balance().await, (0, 0));
        town.app.stop().await;
    }
}

#[tokio::test]
async fn shipping_is_still_to_be_paid() {
    let town = town("marketplace").await;
    crate::shipping::method(&town.ana, json!({"name": "Parcel", "price": 490})).await;
    add(&town.buyer, &town.lamp, 1).await.expect(201);
    apply(&town.buyer, "FREE").await;
    let order = town.buyer.buys_and_pays(&[]).await;
    assert_eq!(amount(&order["total"]), 490);
    assert_eq!(town.ana.balance().await, (900 + 490, 0));
    // The goods go back, what was paid for shipping does not.
    town.ana.does_all(&["accept", "pack", "ship", "deliver"], &order).await;
    let items = json!([{"item_id": order["items"][0]["id"], "quantity": 1}]);
    let path = format!("/v1/orders/{}/returns", text(&order["id"]));
    let returned = town.buyer.post(&path, json!({"items": items, "reason": "ugly"})).await.expect(201);
    let path = format!("/v1/vendor/returns/{}", text(&returned["id"]));
    town.ana.post_empty(&format!("{path}/approve")).await.expect(200);
    town.ana.post(&format!("{path}/receive"), json!({"restock": false})).await.expect(200);
    // Of the commission, 1.00 of a worth of 14.90, the part of the shipping stays.
    assert_eq!(town.ana.balance().await, (490 - 33, 0));
    town.app.stop().await;
}

/// The same key gives the same answer, and the lamp is bought once; expected to cost nothing, it does.
#[tokio::test]
async fn a_free_purchase_is_made_once() {
    let town = town("marketplace").await;
    add(&town.buyer, &town.lamp, 1).await.expect(201);
    apply(&town.buyer, "FREE").await;
    let again = futures_util::future::join_all((0..5).map(|_| purchase(&town.buyer, "once"))).await;
    let made: Vec<String> =
        again.iter().filter(|answer| answer.status == 201).map(testing::Response::text).collect();
    assert!(!made.is_empty() && made.iter().all(|body| *body == made[0]));
    let replay = purchase(&town.buyer, "once").await;
    assert_eq!((replay.status.as_u16(), replay.header("idempotent-replayed")), (201, "true"));
    assert_eq!((town.stock().await, town.ana.balance().await), (8, (900, 0)));
    add(&town.buyer, &town.lamp, 1).await.expect(201);
    let cart = apply(&town.buyer, "FREE").await;
    let path = format!("/v1/cart/items/{}", variant(&town.lamp));
    assert_eq!(amount(&cart["grand_total"]), 0);
    town.buyer.put(&path, json!({"quantity": 2})).await.expect(200);
    let buyer = town.buyer.with_header("idempotency-key", "two");
    let body = |total: i64| {
        json!({"payment_method": "test", "expected_total": total, "address": {
        "name": "Bob", "phone": "1", "line1": "Street 1", "city": "Berlin", "postal_code": "1", "country": "DE"}})
    };
    buyer.post("/v1/checkouts", body(1)).await.expect_problem(409, "total_changed");
    buyer.post("/v1/checkouts", body(0)).await.expect(201);
    town.app.stop().await;
}

/// A percentage rounds half-up (`domain.md`): less than half a cent is nothing, and is bought all the same.
#[tokio::test]
async fn a_price_that_a_percentage_rounds_to_nothing() {
    let app = TestApp::start().await;
    let ana = app.seller("ana").await;
    let bead = json!({"title": "Bead", "price": 9, "stock": 5, "discount": {"percent": 95}});
    let bead = ana.product_with(bead).await;
    assert_eq!((amount(&bead["price"]), amount(&bead["final_price"])), (9, 0));
    let cheapest = app.anonymous().get("/v1/products?max_price=0").await.expect(200);
    assert_eq!(cheapest["data"][0]["id"], bead["id"]);
    let buyer = app.buyer("bob").await;
    let cart = add(&buyer, &bead, 3).await.expect(201);
    assert_eq!((amount(&cart["items_total"]), amount(&cart["grand_total"])), (27, 0));
    purchase(&buyer, "free").await.expect(201);
    app.stop().await;
}
