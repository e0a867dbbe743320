//! Random moves by random people, through the real app, against the pure model.

use marketplace::fulfilment::{HubStep, ShipmentStatus};
use marketplace::orders::{Move, OrderStatus, Party, Situation};
use marketplace::settings::Fulfilment;
use proptest::prelude::*;
use testing::{Actor, Response, TestApp, Value, json};

use super::{Shop, buyer_path, shipment_path, text, vendor_path};

/// Something that somebody tries.
#[derive(Debug, Clone, Copy)]
enum Attempt {
    Pay,
    Accept,
    Pack,
    Reject,
    ShipOne,
    ShipRest,
    VendorDelivers,
    BuyerConfirms,
    BuyerCancels,
    AdminCancels,
    /// A step of the parcel with this number, counted around.
    Hub(usize, usize),
}

fn attempt() -> impl Strategy<Value = Attempt> {
    use Attempt::{
        Accept, AdminCancels, BuyerCancels, BuyerConfirms, Hub, Pack, Pay, Reject, ShipOne, ShipRest,
        VendorDelivers,
    };
    // What leads on is likelier than what ends it, or nothing would ever arrive.
    prop_oneof![
        3 => Just(Pay), 4 => Just(Accept), 4 => Just(Pack), 3 => Just(ShipOne), 3 => Just(ShipRest),
        2 => Just(VendorDelivers), 2 => Just(BuyerConfirms), 1 => Just(Reject), 1 => Just(BuyerCancels),
        1 => Just(AdminCancels), 6 => (0_usize..3, 0_usize..3).prop_map(|(parcel, step)| Hub(parcel, step)),
    ]
}

/// Units of the order's only item.
const UNITS: i64 = 3;

/// What should be.
#[derive(Debug)]
struct Model {
    status: OrderStatus,
    fulfilment: Fulfilment,
    parcels: Vec<ShipmentStatus>,
    left: i64,
}

impl Model {
    fn situation(&self) -> Situation {
        let partly_shipped = !self.parcels.is_empty();
        Situation { status: self.status, fulfilment: self.fulfilment, partly_shipped }
    }

    /// Makes an attempt: whether it succeeds.
    fn attempt(&mut self, attempt: Attempt) -> bool {
        let (wanted, party) = match attempt {
            Attempt::Pay => (Move::Start, Party::System),
            Attempt::Accept => (Move::Accept, Party::Vendor),
            Attempt::Pack => (Move::Pack, Party::Vendor),
            Attempt::Reject => (Move::Cancel, Party::Vendor),
            Attempt::ShipOne | Attempt::ShipRest => (Move::Ship, Party::Vendor),
            Attempt::VendorDelivers => (Move::Deliver, Party::Vendor),
            Attempt::BuyerConfirms => (Move::Deliver, Party::Buyer),
            Attempt::BuyerCancels => (Move::Cancel, Party::Buyer),
            Attempt::AdminCancels => (Move::Cancel, Party::Admin),
            Attempt::Hub(parcel, step) => return self.hub(parcel, HubStep::ALL[step]),
        };
        let Ok(to) = self.situation().decide(wanted, party) else { return false };
        match attempt {
            Attempt::ShipOne => self.ship(1),
            Attempt::ShipRest => self.ship(self.left),
            _ => {
                self.status = to;
                if to == OrderStatus::Delivered {
                    self.parcels.fill(ShipmentStatus::Delivered);
                }
            }
        }
        true
    }

    fn ship(&mut self, units: i64) {
        self.left -= units;
        self.parcels.push(ShipmentStatus::first(self.fulfilment));
        if self.left == 0 {
            self.status = OrderStatus::Shipped;
        }
    }

    fn hub(&mut self, parcel: usize, step: HubStep) -> bool {
        let Some(parcel) = self.parcels.get_mut(parcel) else { return false };
        let Ok(to) = parcel.after(step) else { return false };
        *parcel = to;
        let arrived = self.parcels.iter().all(|parcel| *parcel == ShipmentStatus::Delivered);
        if arrived && self.status == OrderStatus::Shipped {
            self.status = OrderStatus::Delivered;
        }
        true
    }
}

struct World {
    shop: Shop,
    admin: Actor,
    checkout: Value,
    order: Value,
}

impl World {
    async fn attempt(&self, attempt: Attempt) -> Option<Response> {
        let Self { shop, admin, checkout, order } = self;
        let (buyer, seller) = (&shop.buyer, &shop.seller);
        let ship = vendor_path(order, "ship");
        Some(match attempt {
            Attempt::Pay => {
                let path = format!("/v1/payments/{}/confirm", text(&checkout["payment"]["id"]));
                buyer.post(&path, json!({"outcome": "succeed"})).await
            }
            Attempt::Accept => seller.post_empty(&vendor_path(order, "accept")).await,
            Attempt::Pack => seller.post_empty(&vendor_path(order, "pack")).await,
            Attempt::Reject => seller.post(&vendor_path(order, "reject"), json!({"reason": "no"})).await,
            Attempt::ShipOne => {
                let part = json!({"items": [{"item_id": order["items"][0]["id"], "quantity": 1}]});
                seller.post(&ship, part).await
            }
            Attempt::ShipRest => seller.post_empty(&ship).await,
            Attempt::VendorDelivers => seller.post_empty(&vendor_path(order, "deliver")).await,
            Attempt::BuyerConfirms => buyer.post_empty(&buyer_path(order, "confirm-delivery")).await,
            Attempt::BuyerCancels => buyer.post_empty(&buyer_path(order, "cancel")).await,
            Attempt::AdminCancels => {
                admin.post_empty(&format!("/v1/admin/orders/{}/cancel", text(&order["id"]))).await
            }
            Attempt::Hub(parcel, step) => {
                let order = buyer.order(order).await;
                let parcel = order["shipments"].get(parcel)?;
                admin.post_empty(&shipment_path(parcel, HubStep::ALL[step].word())).await
            }
        })
    }
}

async fn run(fulfilment: Fulfilment, attempts: Vec<Attempt>) {
    let app = TestApp::builder().with(|settings| settings.fulfilment = fulfilment).start().await;
    let admin = app.admin().await;
    let shop = Shop::in_app(app).await;
    let checkout = shop.buyer.buys(&[(&shop.product, UNITS)], "test").await;
    let order = checkout["orders"][0].clone();
    let world = World { shop, admin, checkout, order };
    let mut model =
        Model { status: OrderStatus::AwaitingPayment, fulfilment, parcels: Vec::new(), left: UNITS };
    for attempt in attempts {
        let before = model.status;
        let succeeds = model.attempt(attempt);
        let Some(answer) = world.attempt(attempt).await else {
            assert!(!succeeds, "{attempt:?} on {before}");
            continue;
        };
        match answer.status.as_u16() {
            200 => assert!(succeeds, "{attempt:?} succeeded on {before}: {}", answer.text()),
            // A seller does not see what is not paid.
            404 => assert!(!succeeds, "{attempt:?} on {before}: {}", answer.text()),
            _ => {
                let problem = answer.expect(409);
                assert!(!succeeds, "{attempt:?} on {before}: {problem}");
                let code = text(&problem["code"]);
                let paying = matches!(attempt, Attempt::Pay);
                assert!(code == "invalid_transition" || (paying && code == "already_paid"), "{problem}");
            }
        }
        let now = world.shop.buyer.order(&world.order).await;
        assert_eq!(text(&now["status"]), model.status.as_str(), "after {attempt:?} on {before}");
        let parcels: Vec<&str> =
            now["shipments"].as_array().unwrap().iter().map(|parcel| text(&parcel["status"])).collect();
        let expected: Vec<&str> = model.parcels.iter().map(|parcel| parcel.as_str()).collect();
        assert_eq!(parcels, expected, "after {attempt:?} on {before}");
    }
    let stock = if model.status == OrderStatus::Cancelled { 10 } else { 10 - UNITS };
    assert_eq!(world.shop.stock().await, stock);
    world.shop.close().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_walk_is_the_models(
        hub in any::<bool>(),
        attempts in proptest::collection::vec(attempt(), 10..40),
    ) {
        let fulfilment = if hub { Fulfilment::Hub } else { Fulfilment::Direct };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(run(fulfilment, attempts));
    }
}
