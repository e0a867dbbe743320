//! Other nodes, and what only movements of stock tell.

use marketplace::Market;
use marketplace::changes::{Change, KEPT_SECONDS, LATENESS_SECONDS};
use testing::{TestApp, json};
use types::{EventId, ProductId, kind};

use super::{Heard, product};

#[tokio::test]
async fn another_node_hears_of_changes_and_of_shown_stocks() {
    let app = TestApp::start().await;
    let (seller, buyer) = (app.seller("maya").await, app.buyer("ben").await);
    let node = app.another_node().await;
    let heard = Heard::by(&node.market);
    let lamp = seller.product("lamp", 1000, 9).await;
    heard.wait_for(product(&lamp)).await;
    let many = seller.product("sand", 1000, 900).await;
    heard.wait_for(product(&many)).await;
    heard.take();

    buyer.buys(&[(&many, 1)], "test").await;
    buyer.buys(&[(&lamp, 9)], "test").await;
    heard.wait_for(product(&lamp)).await;
    let in_stock = node.anonymous().get("/v1/products?in_stock=true").await.expect(200);
    assert_eq!(in_stock["data"].as_array().unwrap().len(), 1, "the lamp is sold out");
    assert_eq!(in_stock["data"][0]["id"], many["id"]);

    seller.patch(&format!("/v1/vendors/{}", seller.vendor), json!({"name": "Bright"})).await.expect(200);
    heard.wait_for(Change::Vendor(seller.vendor)).await;
    node.stop().await;
    app.stop().await;
}

/// What another node keeps of products, it reads again when they change here.
#[tokio::test]
async fn another_node_shows_new_cards() {
    let app = TestApp::start().await;
    let (seller, buyer) = (app.seller("maya").await, app.buyer("ben").await);
    let mut node = app.another_node().await;
    node.searches().await;
    let heard = Heard::by(&node.market);
    let lamp = seller.product("lamp", 1000, 9).await;
    heard.wait_for(product(&lamp)).await;
    let public = node.anonymous();
    let asked = std::cell::Cell::new(0);
    // Each time under an address that nobody has asked for.
    let shown = async |field: &str| {
        asked.set(asked.get() + 1);
        let list = public.get(&format!("/v1/products?asked={}", asked.get())).await.expect(200);
        list["data"][0][field].clone()
    };
    assert_eq!(shown("title").await, "lamp");
    heard.take();
    let page = format!("/v1/products/{}", lamp["id"].as_str().unwrap());
    seller.patch(&page, json!({"title": "torch"})).await.expect(200);
    heard.wait_for(product(&lamp)).await;
    assert_eq!(shown("title").await, "torch");
    assert_eq!(shown("in_stock").await, true);
    heard.take();
    buyer.buys(&[(&lamp, 9)], "test").await;
    heard.wait_for(product(&lamp)).await;
    assert_eq!(shown("in_stock").await, false);
    node.stop().await;
    app.stop().await;
}

/// A row whose transaction was committed later than others that are younger.
#[tokio::test]
async fn a_late_commit_is_heard_of() {
    let app = TestApp::start().await;
    let node = app.another_node().await;
    let heard = Heard::by(&node.market);
    let made = |market: &Market| market.id::<kind::Product>();
    let (early, late) = (made(&app.market), made(&app.market));
    let seconds_ago = |seconds: i64| EventId::first_at(app.market.now().plus_seconds(-seconds)).as_i64();
    for (id, product) in [(seconds_ago(0), early), (seconds_ago(LATENESS_SECONDS - 20), late)] {
        insert(&app.market, id, product).await;
        heard.wait_for(Change::Product(product)).await;
    }
    node.stop().await;
    app.stop().await;
}

static INSERT: db::Stmt = db::Stmt::new("INSERT INTO changes (id, kind, subject) VALUES ($1, 'product', $2)");
static COUNT: db::Stmt = db::Stmt::new("SELECT COUNT(*) FROM changes");

async fn insert(market: &Market, id: i64, product: ProductId) {
    let write = async move |tx: &mut db::Tx| tx.exec_n(1, &INSERT, db::params![id, product]).await;
    market.db.write(write).await.unwrap();
}

#[tokio::test]
async fn what_everybody_has_heard_of_is_dropped() {
    let app = TestApp::start().await;
    app.seller("maya").await.product("lamp", 1000, 1).await;
    let count = async || -> i64 {
        let (rows,): (i64,) = app.market.db.read().await.unwrap().one(&COUNT, db::params![]).await.unwrap();
        rows
    };
    app.worker().sweep().await;
    assert!(count().await > 0);
    app.advance(KEPT_SECONDS + 60);
    app.worker().sweep().await;
    assert_eq!(count().await, 0);
    app.stop().await;
}
