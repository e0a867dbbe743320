//! Random purchases, cancellations, refunds and returns: the book always adds up.

use proptest::prelude::*;
use testing::{Actor, Seller, TestApp, Value, json};

use super::text;

/// What happens to an order after it was bought.
#[derive(Debug, Clone, Copy)]
enum Fate {
    CancelledByBuyer,
    Rejected,
    Delivered,
    /// Delivered, then so many units come back one by one.
    Returned(i64),
    Released,
}

#[derive(Debug, Clone)]
struct Purchase {
    cash: bool,
    /// Units from each of the two sellers.
    units: [i64; 2],
    fates: [Fate; 2],
    /// What an admin gives back at the end, in thousandths of the payment.
    refund: Option<i64>,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        Just(Fate::CancelledByBuyer),
        Just(Fate::Rejected),
        Just(Fate::Delivered),
        (1_i64..4).prop_map(Fate::Returned),
        Just(Fate::Released),
    ]
}

fn purchase() -> impl Strategy<Value = Purchase> {
    (any::<bool>(), [1_i64..5, 1_i64..5], [fate(), fate()], proptest::option::of(1_i64..1_000))
        .prop_map(|(cash, units, fates, refund)| Purchase { cash, units, fates, refund })
}

struct World {
    app: TestApp,
    admin: Actor,
    buyer: Actor,
    sellers: [Seller; 2],
    products: [Value; 2],
}

impl World {
    async fn live(&self, purchase: &Purchase) {
        let method = if purchase.cash { "cod" } else { "test" };
        let lines = [(&self.products[0], purchase.units[0]), (&self.products[1], purchase.units[1])];
        let checkout = self.buyer.buys(&lines, method).await;
        if !purchase.cash {
            self.buyer.pays(&checkout).await;
        }
        for order in checkout["orders"].as_array().unwrap() {
            let which = usize::from(order["vendor"]["slug"] != self.sellers[0].slug.as_str());
            self.meet(order, &self.sellers[which], purchase.fates[which]).await;
        }
        if let Some(thousandths) = purchase.refund {
            self.refund(&checkout, thousandths).await;
        }
    }

    async fn meet(&self, order: &Value, seller: &Seller, fate: Fate) {
        let id = text(&order["id"]);
        match fate {
            Fate::CancelledByBuyer => {
                self.buyer.post_empty(&format!("/v1/orders/{id}/cancel")).await.expect(200);
            }
            Fate::Rejected => {
                let reject = format!("/v1/vendor/orders/{id}/reject");
                seller.post(&reject, json!({"reason": "no"})).await.expect(200);
            }
            Fate::Delivered | Fate::Released | Fate::Returned(_) => {
                seller.does_all(&["accept", "pack", "ship", "deliver"], order).await;
            }
        }
        if let Fate::Released = fate {
            self.app.advance(61);
            self.app.run_jobs().await;
        }
        if let Fate::Returned(units) = fate {
            let bought = order["items"][0]["quantity"].as_i64().unwrap();
            for _ in 0..units.min(bought) {
                self.send_back(order, seller).await;
            }
        }
    }

    /// One unit comes back.
    async fn send_back(&self, order: &Value, seller: &Seller) {
        let body = json!({"items": [{"item_id": order["items"][0]["id"], "quantity": 1}], "reason": "no"});
        let returns = format!("/v1/orders/{}/returns", text(&order["id"]));
        let asked = self.buyer.post(&returns, body).await.expect(201);
        let path = format!("/v1/vendor/returns/{}", text(&asked["id"]));
        seller.post_empty(&format!("{path}/approve")).await.expect(200);
        seller.post(&format!("{path}/receive"), json!({"restock": true})).await.expect(200);
    }

    async fn refund(&self, checkout: &Value, thousandths: i64) {
        let payment = text(&checkout["payment"]["id"]);
        let now = self.buyer.get(&format!("/v1/payments/{payment}")).await.expect(200);
        let due = now["amount"]["amount"].as_i64().unwrap();
        let amount = (due * thousandths / 1_000).max(1);
        let refund = format!("/v1/admin/payments/{payment}/refunds");
        let answer = self.admin.post(&refund, json!({"amount": amount, "reason": "late"})).await;
        assert!([201, 409].contains(&answer.status.as_u16()), "{}", answer.text());
    }

    /// What came in and did not go back is what sellers and the marketplace have.
    async fn check(&self) {
        self.app.expect_sound().await;
        let mut kept = 0;
        for payment in self.buyer.get("/v1/payments?limit=100").await.expect(200)["data"].as_array().unwrap()
        {
            let amount = |name: &str| payment[name]["amount"].as_i64().unwrap();
            assert!(amount("refunded_amount") <= amount("captured_amount"), "{payment}");
            assert!(amount("captured_amount") <= amount("amount"), "{payment}");
            kept += amount("captured_amount") - amount("refunded_amount");
        }
        let (mut owed, mut commission) = (0, 0);
        for (seller, orders) in self.sellers.iter().zip(self.orders().await) {
            let (pending, available) = seller.balance().await;
            let payouts: i64 =
                orders.iter().map(|order| order["payout_amount"]["amount"].as_i64().unwrap()).sum();
            assert_eq!(pending + available, payouts, "{orders:#?}");
            owed += payouts;
            commission +=
                orders.iter().map(|order| order["commission"]["amount"].as_i64().unwrap()).sum::<i64>();
        }
        assert_eq!(kept, owed + commission);
    }

    /// Each seller's orders whose money came in.
    async fn orders(&self) -> [Vec<Value>; 2] {
        let mut all = [Vec::new(), Vec::new()];
        for (seller, orders) in self.sellers.iter().zip(&mut all) {
            let list = seller.get("/v1/vendor/orders?limit=100").await.expect(200);
            let paid =
                |order: &&Value| order["status"] != "cancelled" || order["refunded_total"]["amount"] != 0;
            orders.extend(list["data"].as_array().unwrap().iter().filter(paid).cloned());
        }
        all
    }
}

async fn run(prices: [i64; 2], commission_bps: i64, purchases: Vec<Purchase>) {
    let builder = TestApp::builder().with(|settings| {
        settings.commission_bps = commission_bps;
        settings.hold_seconds = 60;
    });
    let app = builder.start().await;
    let sellers = [app.seller("sara").await, app.seller("olga").await];
    let products = [
        sellers[0].product("Cup", prices[0], 1_000).await,
        sellers[1].product("Plate", prices[1], 1_000).await,
    ];
    let (admin, buyer) = (app.admin().await, app.buyer("bob").await);
    let world = World { app, admin, buyer, sellers, products };
    for purchase in &purchases {
        world.live(purchase).await;
        world.check().await;
    }
    world.app.stop().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_book_adds_up(
        prices in [1_i64..100_000, 1_i64..100_000],
        commission_bps in 0_i64..=10_000,
        purchases in proptest::collection::vec(purchase(), 1..4),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(run(prices, commission_bps, purchases));
    }
}
