//! The index holds what the database holds: at once where it was written, soon on other nodes.

use std::time::Duration;

use testing::{Actor, TestApp, json};
use tokio::time::{sleep, timeout};

use super::{category, titles};

/// Waits until a list has this many products, and fails when it takes longer than a loaded machine needs.
async fn wait_for(actor: &Actor, query: &str, count: usize) {
    let found = async {
        while titles(actor, query).await.len() != count {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(20), found).await.unwrap_or_else(|_| panic!("never {count} for {query}"));
}

#[tokio::test]
async fn a_search_sees_what_was_just_written() {
    let app = TestApp::start().await;
    app.searches().await;
    let (admin, seller, public) = (app.admin().await, app.seller("maya").await, app.anonymous());
    let lamps = category(&admin, "Lamps", None).await;
    let fields =
        json!({"title": "Torch", "price": 100, "stock": 1, "category_id": lamps["id"], "status": "draft"});
    let torch = seller.product_with(fields).await;
    let path = format!("/v1/products/{}", torch["id"].as_str().unwrap());
    assert_eq!(titles(&public, "q=torch").await, [""; 0], "a draft");
    seller.patch(&path, json!({"status": "published"})).await.expect(200);
    assert_eq!(titles(&public, "q=torch").await, ["Torch"]);
    seller.patch(&path, json!({"title": "Beacon"})).await.expect(200);
    assert_eq!(titles(&public, "q=torch").await, [""; 0]);
    assert_eq!(titles(&public, "q=beacon").await, ["Beacon"]);

    let lamps = format!("/v1/admin/categories/{}", lamps["id"].as_str().unwrap());
    admin.patch(&lamps, json!({"name": "Luminaires"})).await.expect(200);
    assert_eq!(titles(&public, "q=luminaire").await, ["Beacon"]);
    seller
        .patch(&format!("/v1/vendors/{}", seller.vendor), json!({"name": "Bright ideas"}))
        .await
        .expect(200);
    assert_eq!(titles(&public, "q=bright").await, ["Beacon"]);
    assert_eq!(titles(&public, "q=maya").await, [""; 0]);

    let act = format!("/v1/admin/vendors/{}", seller.vendor);
    admin.post(&format!("{act}/suspend"), json!({"reason": "Counterfeits"})).await.expect(200);
    assert_eq!(titles(&public, "q=beacon").await, [""; 0], "suspended");
    admin.post_empty(&format!("{act}/reinstate")).await.expect(200);
    assert_eq!(titles(&public, "q=beacon").await, ["Beacon"]);
    seller.delete(&path).await.expect(204);
    assert_eq!(titles(&public, "q=beacon").await, [""; 0], "archived");
    app.stop().await;
}

/// Whatever shows in a product from elsewhere: attributes, the category above, the shop. On the node that
/// wrote at once, on another one soon.
#[tokio::test]
async fn what_products_show_of_others_is_followed() {
    let app = TestApp::start().await;
    app.searches().await;
    let (admin, seller, public) = (app.admin().await, app.seller("maya").await, app.anonymous());
    let garden = category(&admin, "Garden", None).await;
    let outdoor = category(&admin, "Camping", None).await;
    let lamps = category(&admin, "Lamps", Some(&garden)).await;
    let at = |category: &testing::Value| format!("/v1/admin/categories/{}", category["id"].as_str().unwrap());
    let attributes = format!("{}/attributes", at(&lamps));
    let new = json!({"name": "Shade", "type": "choice", "choices": ["Linen", "Paper"]});
    let shade = admin.post(&attributes, new).await.expect(201);
    let fields = json!({"title": "Torch", "price": 100, "stock": 1, "category_id": lamps["id"],
        "attributes": {"shade": "Linen"}});
    seller.product_with(fields).await;
    let mut node = app.another_node().await;
    node.searches().await;
    let there = node.anonymous();
    let shows = async |new: &str, old: &str| {
        assert_eq!(titles(&public, &format!("q={new}")).await, ["Torch"], "{new}");
        assert_eq!(titles(&public, &format!("q={old}")).await, [""; 0], "{old}");
        wait_for(&there, &format!("q={new}"), 1).await;
        wait_for(&there, &format!("q={old}"), 0).await;
    };
    shows("shade", "canopy").await;
    let attribute = format!("{attributes}/{}", shade["id"].as_str().unwrap());
    admin.patch(&attribute, json!({"name": "Canopy"})).await.expect(200);
    shows("canopy", "shade").await;
    assert_eq!(titles(&public, "attribute=Canopy:Linen").await, ["Torch"]);
    admin.delete(&attribute).await.expect(204);
    shows("torch", "canopy").await;

    shows("garden", "camping").await;
    admin.patch(&at(&lamps), json!({"parent_id": outdoor["id"]})).await.expect(200);
    shows("camping", "garden").await;
    admin.patch(&at(&outdoor), json!({"name": "Hiking"})).await.expect(200);
    shows("hiking", "camping").await;

    let shop = format!("/v1/vendors/{}", seller.vendor);
    seller.patch(&shop, json!({"name": "Bright ideas", "slug": "bright-ideas"})).await.expect(200);
    shows("bright", "maya").await;
    wait_for(&there, "q=torch&vendor=bright-ideas", 1).await;
    // A holiday hides nothing.
    seller.patch(&shop, json!({"closed_from": "2020-01-01T00:00:00Z"})).await.expect(200);
    shows("torch", "maya").await;
    let act = format!("/v1/admin/vendors/{}", seller.vendor);
    admin.post(&format!("{act}/suspend"), json!({"reason": "Counterfeits"})).await.expect(200);
    wait_for(&public, "q=torch", 0).await;
    wait_for(&there, "q=torch", 0).await;
    admin.post_empty(&format!("{act}/reinstate")).await.expect(200);
    shows("torch", "maya").await;
    node.stop().await;
    app.stop().await;
}

#[tokio::test]
async fn discounts_that_begin_are_filtered_by() {
    let app = TestApp::start().await;
    app.searches().await;
    let (seller, public) = (app.seller("maya").await, app.anonymous());
    let at = |seconds: i64| app.market.now().plus_seconds(seconds).to_string();
    let window = json!({"percent": 50, "starts_at": at(3600), "ends_at": at(7200)});
    seller.product_with(json!({"title": "kite", "price": 1000, "stock": 1, "discount": window})).await;
    assert_eq!(titles(&public, "q=kite&max_price=500").await, [""; 0]);
    app.advance(3601);
    assert_eq!(titles(&public, "q=kite&max_price=500").await, ["kite"]);
    app.advance(3601);
    assert_eq!(titles(&public, "q=kite&max_price=500").await, [""; 0]);
    app.stop().await;
}

/// A sale is no change of what is shown, and writes none; the order by sales follows it all the same, also
/// when the index was not kept in between.
#[tokio::test]
async fn best_sellers_follow_the_orders() {
    let app = TestApp::start().await;
    app.searches().await;
    let (seller, buyer, public) = (app.seller("maya").await, app.buyer("ben").await, app.anonymous());
    let first = seller.product("first", 100, 50).await;
    let second = seller.product("second", 100, 50).await;
    let changes = async || {
        let rows: (i64,) = app.market.db.read().await.unwrap().one(&CHANGES, db::params![]).await.unwrap();
        rows.0
    };
    let best = async |wanted: &str| {
        let found = async {
            for asked in 0.. {
                let found = titles(&public, &format!("sort=best_selling&asked={wanted}{asked}")).await;
                if found[0] == wanted {
                    break;
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(20), found).await.unwrap_or_else(|_| panic!("{wanted} is never first"));
    };
    let before = changes().await;
    buyer.pays(&buyer.buys(&[(&first, 1)], "test").await).await;
    best("first").await;
    app.stops_searching().await;
    let paid = buyer.buys(&[(&second, 2)], "test").await;
    buyer.pays(&paid).await;
    app.searches().await;
    best("second").await;
    seller
        .post(
            &format!("/v1/vendor/orders/{}/reject", paid["orders"][0]["id"].as_str().unwrap()),
            json!({"reason": "Lost"}),
        )
        .await
        .expect(200);
    best("first").await;
    assert_eq!(changes().await, before, "a sale is followed without a row of its own");
    app.stop().await;
}

static CHANGES: db::Stmt = db::Stmt::new("SELECT COUNT(*) FROM changes");

#[tokio::test]
async fn another_node_follows() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let old = seller.product("old torch", 100, 5).await;
    let mut node = app.another_node().await;
    node.searches().await;
    let there = node.anonymous();
    assert_eq!(titles(&there, "q=torch").await, ["old torch"], "built from what there is");
    seller.product("new torch", 100, 1).await;
    wait_for(&there, "q=torch", 2).await;
    let bought = app.buyer("ben").await;
    bought.buys(&[(&old, 5)], "test").await;
    wait_for(&there, "q=torch&in_stock=true", 1).await;
    seller.delete(&format!("/v1/products/{}", old["id"].as_str().unwrap())).await.expect(204);
    wait_for(&there, "q=torch", 1).await;
    node.stop().await;
    app.stop().await;
}
