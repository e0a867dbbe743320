//! Whatever changes what is shown is told of at its commit, on the node that wrote.

use marketplace::changes::Change;
use testing::{TestApp, json};

use super::{Heard, product};

#[tokio::test]
async fn everything_that_a_product_shows_is_told() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let heard = Heard::by(&app.market);
    let lamp = seller.product("lamp", 1000, 3).await;
    assert_eq!(heard.take(), [product(&lamp)], "made");
    let path = format!("/v1/products/{}", lamp["id"].as_str().unwrap());
    let variant = lamp["variants"][0]["id"].as_str().unwrap().to_owned();
    seller.patch(&path, json!({"title": "Lamp"})).await.expect(200);
    assert_eq!(heard.take(), [product(&lamp)], "renamed");
    seller.patch(&format!("/v1/variants/{variant}"), json!({"price": 900})).await.expect(200);
    assert_eq!(heard.take(), [product(&lamp)], "another price");
    let adjustment = json!({"delta": 2, "reason": "found two"});
    seller.post(&format!("/v1/variants/{variant}/stock-adjustments"), adjustment).await.expect(201);
    assert_eq!(heard.take(), [product(&lamp)], "more stock");
    seller.patch(&path, json!({"title": ""})).await.expect_problem(422, "invalid");
    assert_eq!(heard.take(), [], "what was refused");
    seller.delete(&path).await.expect(204);
    assert_eq!(heard.take(), [product(&lamp)], "archived");
    app.stop().await;
}

#[tokio::test]
async fn shops_and_categories_are_told() {
    let app = TestApp::start().await;
    let (admin, seller) = (app.admin().await, app.seller("maya").await);
    let heard = Heard::by(&app.market);
    let shop = Change::Vendor(seller.vendor);
    seller.patch(&format!("/v1/vendors/{}", seller.vendor), json!({"name": "Bright"})).await.expect(200);
    assert_eq!(heard.take(), [shop]);
    let act = format!("/v1/admin/vendors/{}", seller.vendor);
    admin.post(&format!("{act}/suspend"), json!({"reason": "Counterfeits"})).await.expect(200);
    assert_eq!(heard.take(), [shop]);
    admin.post_empty(&format!("{act}/reinstate")).await.expect(200);
    assert_eq!(heard.take(), [shop]);

    let lamps = admin.post("/v1/admin/categories", json!({"name": "Lamps"})).await.expect(201);
    let id = lamps["id"].as_str().unwrap();
    let category = Change::Category(id.parse().unwrap());
    assert_eq!(heard.take(), [category]);
    let path = format!("/v1/admin/categories/{id}");
    admin.patch(&path, json!({"name": "Lights"})).await.expect(200);
    assert_eq!(heard.take(), [category]);
    admin.delete(&path).await.expect(204);
    assert_eq!(heard.take(), [category]);
    app.stop().await;
}

/// A discount that begins or ends is a change nobody writes: the next round finds it, of any variant.
#[tokio::test]
async fn prices_that_change_with_time_are_told() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let at = |seconds: i64| app.market.now().plus_seconds(seconds).to_string();
    let window = json!({"percent": 50, "starts_at": at(3600), "ends_at": at(7200)});
    let shirt = json!({"title": "shirt", "price": 1000, "stock": 1,
        "options": [{"name": "size", "values": ["S", "M"]}],
        "variants": [{"options": {"size": "S"}, "price": 1000, "stock": 1},
            {"options": {"size": "M"}, "price": 1000, "stock": 1, "discount": window}]});
    let shirt = seller.product_with(shirt).await;
    let heard = Heard::by(&app.market);
    for moment in ["begins", "ends"] {
        app.advance(3601);
        heard.wait_for(product(&shirt)).await;
        assert_eq!(heard.take(), [product(&shirt)], "{moment}");
    }
    app.stop().await;
}
