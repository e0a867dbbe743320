//! Many buyers at once with random carts on random stocks: never oversold, never half done.

use std::cell::Cell;

use futures_util::future::join_all;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use testing::{Actor, Seller, TestApp, Value, json};
use tokio::runtime::Runtime;

use super::{buy, check_invariants, path, purchase, stock};
use crate::cart::add;

/// What happens in one storm.
#[derive(Debug, Clone)]
struct Storm {
    /// The stock of each product; product `n` is sold by seller `n % 2`.
    stocks: Vec<i64>,
    /// Each buyer's cart: which products and how many units.
    carts: Vec<Vec<(prop::sample::Index, i64)>>,
    /// What each buyer does with a purchase that succeeded.
    ends: Vec<End>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Leave,
    Cancel,
    PayCash,
}

prop_compose! {
    fn storms()(
        stocks in vec(0_i64..12, 1..5),
        carts in vec(vec((any::<prop::sample::Index>(), 1_i64..4), 1..4), 2..10),
        ends in vec(prop_oneof![Just(End::Leave), Just(End::Cancel), Just(End::PayCash)], 10),
    ) -> Storm {
        Storm { stocks, carts, ends }
    }
}

/// The outcome of one buyer's purchase: what was bought of each product, unless it was refused.
async fn one_buyer(buyer: &Actor, end: End) -> Option<Value> {
    let method = if end == End::PayCash { "cod" } else { "test" };
    let answer = buy(buyer, "storm", purchase(method)).await;
    if answer.status != 201 {
        let problem = answer.expect(409);
        let code = problem["code"].as_str().unwrap_or_default();
        assert!(["insufficient_stock", "cart_empty"].contains(&code), "{problem}");
        return None;
    }
    let checkout = answer.expect(201);
    if end == End::Cancel {
        return Some(buyer.post_empty(&format!("{}/cancel", path(&checkout))).await.expect(200));
    }
    Some(checkout)
}

async fn weather(app: &TestApp, storm: &Storm, round: u32) {
    let sellers = [app.seller(&format!("mia{round}")).await, app.seller(&format!("noah{round}")).await];
    let mut products: Vec<(&Seller, Value)> = Vec::new();
    for number in 0..storm.stocks.len() {
        let seller = &sellers[number % 2];
        // Enough to fill the carts; the real stock follows.
        let product =
            seller.product(&format!("Thing {round} {number}"), 100 + 7 * i64::from(round), 50).await;
        products.push((seller, product));
    }
    let mut buyers = Vec::new();
    for (number, cart) in storm.carts.iter().enumerate() {
        let buyer = app.buyer(&format!("buyer{round}x{number}")).await;
        for (index, units) in cart {
            let (_, product) = index.get(&products);
            add(&buyer, product, *units).await.expect(201);
        }
        buyers.push(buyer);
    }
    for ((seller, product), stock) in products.iter().zip(&storm.stocks) {
        let variant = product["variants"][0]["id"].as_str().unwrap();
        let path = format!("/v1/variants/{variant}/stock-adjustments");
        seller.post(&path, json!({"delta": stock - 50, "reason": "counted"})).await.expect(201);
    }
    let purchases = buyers.iter().zip(&storm.ends).map(|(buyer, end)| one_buyer(buyer, *end));
    let outcomes = join_all(purchases).await;
    app.run_jobs().await;
    check_invariants(app).await;
    check_outcomes(&products, storm, &buyers, &outcomes).await;
}

/// What the buyers were told is what happened: units sold and units left are the units there were, totals
/// add up, and a cart is bought whole or not at all.
async fn check_outcomes(
    products: &[(&Seller, Value)],
    storm: &Storm,
    buyers: &[Actor],
    outcomes: &[Option<Value>],
) {
    let mut sold = vec![0; products.len()];
    for (buyer, outcome) in buyers.iter().zip(outcomes) {
        let left = buyer.get("/v1/cart").await.expect(200)["item_count"].as_i64().unwrap();
        let Some(checkout) = outcome else {
            assert!(left > 0, "a refused purchase emptied the cart");
            continue;
        };
        assert_eq!(left, 0, "a purchase left something in the cart");
        let shown = buyer.get(&path(checkout)).await.expect(200);
        let orders = shown["orders"].as_array().unwrap();
        let total: i64 = orders.iter().map(|order| order["total"]["amount"].as_i64().unwrap()).sum();
        assert_eq!(shown["grand_total"]["amount"], total);
        if shown["status"] == "cancelled" {
            continue;
        }
        for item in orders.iter().flat_map(|order| order["items"].as_array().unwrap()) {
            let number =
                products.iter().position(|(_, product)| product["id"] == item["product_id"]).unwrap();
            sold[number] += item["quantity"].as_i64().unwrap();
        }
    }
    for (((seller, product), stocked), sold) in products.iter().zip(&storm.stocks).zip(sold) {
        assert_eq!(stock(seller, product).await + sold, *stocked);
    }
}

/// Property: whatever the carts and the stocks, after all buyers have bought at once every invariant holds
/// and everybody was told the truth.
#[test]
fn purchases_at_once_never_oversell_and_are_never_half_done() {
    let runtime = Runtime::new().unwrap();
    let app = runtime.block_on(TestApp::start());
    let config = Config { cases: 24, failure_persistence: None, ..Config::default() };
    let rounds = Cell::new(0);
    let outcome = TestRunner::new(config).run(&storms(), |storm| {
        rounds.set(rounds.get() + 1);
        runtime.block_on(weather(&app, &storm, rounds.get()));
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    runtime.block_on(app.stop());
}
