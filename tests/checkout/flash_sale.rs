//! Flash sales: many more buyers than units, each with a cart of five sellers, on every node at once.

use futures_util::future::join_all;
use testing::{Actor, Seller, TestApp, Value, json};

use super::{buy, check_invariants, purchase, stock};
use crate::cart::{add, variant};

/// How large the sale is. The suite's is small; `SOUK_TEST_FULL=1` makes it the one of the design: a thousand
/// buyers, a hundred units, fifty rounds.
struct Sale {
    buyers: usize,
    units: usize,
    rounds: usize,
}

impl Sale {
    fn of_this_run(small: Self, full: Self) -> Self {
        if std::env::var_os("SOUK_TEST_FULL").is_some() { full } else { small }
    }
}

/// What everybody wants, and one thing of each of four other sellers.
struct Goods {
    sellers: Vec<Seller>,
    products: Vec<Value>,
}

async fn goods(app: &TestApp) -> Goods {
    let (mut sellers, mut products) = (Vec::new(), Vec::new());
    for number in 0..5 {
        let seller = app.seller(&format!("seller{number}")).await;
        let stock = if number == 0 { 0 } else { 1_000_000 };
        products.push(seller.product(&format!("Thing {number}"), 999 + number, stock).await);
        sellers.push(seller);
    }
    Goods { sellers, products }
}

async fn restock(goods: &Goods, units: usize) {
    let path = format!("/v1/variants/{}/stock-adjustments", variant(&goods.products[0]));
    goods.sellers[0].post(&path, json!({"delta": units, "reason": "sale"})).await.expect(201);
}

async fn fill_cart(buyer: &Actor, goods: &Goods) {
    for product in &goods.products {
        add(buyer, product, 1).await.expect(201);
    }
}

/// Runs the sale over `nodes` views of the same buyers: buyer `n` asks node `n % nodes`.
async fn hold(app: &TestApp, sale: &Sale, elsewhere: Option<&testing::Node>) {
    let goods = goods(app).await;
    let mut buyers = Vec::new();
    for number in 0..sale.buyers {
        buyers.push(app.buyer(&format!("buyer{number}")).await);
    }
    let mut empty: Vec<usize> = (0..sale.buyers).collect();
    for round in 0..sale.rounds {
        restock(&goods, sale.units).await;
        for buyer in empty.drain(..) {
            fill_cart(&buyers[buyer], &goods).await;
        }
        let key = format!("round {round}");
        let ask = |(number, buyer): (usize, &Actor)| {
            let token = buyer.token.clone().unwrap();
            let buyer = match elsewhere {
                Some(node) if number % 2 == 1 => node.anonymous().with_token(&token),
                _ => buyer.clone(),
            };
            let key = key.clone();
            async move { buy(&buyer, &key, purchase("test")).await }
        };
        let answers = join_all(buyers.iter().enumerate().map(ask)).await;
        for (number, answer) in answers.iter().enumerate() {
            if answer.status == 201 {
                empty.push(number);
                continue;
            }
            let problem = answer.expect_problem(409, "insufficient_stock");
            assert_eq!(problem["errors"][0]["variant_id"], variant(&goods.products[0]));
        }
        assert_eq!(empty.len(), sale.units, "sold in round {round}");
        assert_eq!(stock(&goods.sellers[0], &goods.products[0]).await, 0);
    }
    let others = stock(&goods.sellers[1], &goods.products[1]).await;
    assert_eq!(1_000_000 - others, i64::try_from(sale.rounds * sale.units).unwrap());
    check_invariants(app).await;
}

/// One node: exactly as many are sold as there are, everybody else is told that there are none left.
#[tokio::test]
async fn a_sale_sells_what_there_is() {
    let app = TestApp::start().await;
    let sale = Sale::of_this_run(
        Sale { buyers: 40, units: 10, rounds: 2 },
        Sale { buyers: 200, units: 50, rounds: 50 },
    );
    hold(&app, &sale, None).await;
    app.stop().await;
}

/// Two nodes on one database (on SQLite two writers of one file): the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_sell_what_there_is() {
    let app = TestApp::start().await;
    let node = app.another_node().await;
    let sale = Sale::of_this_run(
        Sale { buyers: 40, units: 10, rounds: 2 },
        Sale { buyers: 1_000, units: 100, rounds: 50 },
    );
    hold(&app, &sale, Some(&node)).await;
    node.stop().await;
    app.stop().await;
}

/// The same key reaches two nodes at once, for the same cart: one purchase, and everybody gets its answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_on_two_nodes_buys_once() {
    let app = TestApp::start().await;
    let node = app.another_node().await;
    let seller = app.seller("mia").await;
    let mug = seller.product("Mug", 999, 100).await;
    for round in 0..4 {
        let here = app.buyer(&format!("buyer{round}")).await;
        let there = node.anonymous().with_token(here.token.as_ref().unwrap());
        add(&here, &mug, 2).await.expect(201);
        let asks = (0..8).map(|number| {
            let buyer = if number % 2 == 0 { &here } else { &there };
            async move { buy(buyer, "one", purchase(if number < 6 { "test" } else { "cod" })).await }
        });
        let answers = join_all(asks).await;
        let bought: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
        let fresh = bought.iter().filter(|answer| answer.header("idempotent-replayed").is_empty()).count();
        assert_eq!(fresh, 1);
        assert!(bought.iter().all(|answer| answer.body == bought[0].body));
        for other in answers.iter().filter(|answer| answer.status != 201) {
            other.expect_problem(422, "idempotency_mismatch");
        }
    }
    assert_eq!(stock(&seller, &mug).await, 100 - 4 * 2);
    check_invariants(&app).await;
    node.stop().await;
    app.stop().await;
}
