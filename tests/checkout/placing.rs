//! A cart from several sellers becomes one checkout with an order for each.

use testing::{TestApp, json};

use super::{address, buy, check_invariants, path, purchase, stock};
use crate::cart::{add, variant};

#[tokio::test]
async fn one_purchase_is_one_order_per_seller() {
    let app = TestApp::start().await;
    let (mia, noah) = (app.seller("mia").await, app.seller("noah").await);
    let lamp = json!({"title": "Lamp", "price": 999, "stock": 9, "sku": "L-1", "discount": {"percent": 15}});
    let lamp = mia.product_with(lamp).await;
    let (mug, book) = (mia.product("Mug", 1_999, 5).await, noah.product("Book", 2_500, 3).await);
    let buyer = app.buyer("ana").await;
    add(&buyer, &mug, 2).await.expect(201);
    add(&buyer, &book, 1).await.expect(201);
    let cart = add(&buyer, &lamp, 3).await.expect(201);

    let mut wanted = purchase("test");
    wanted["expected_total"] = cart["grand_total"]["amount"].clone();
    wanted["note"] = "Ring twice".into();
    let answer = buy(&buyer, "one", wanted).await;
    let checkout = answer.expect(201);
    assert_eq!(answer.header("idempotent-replayed"), "");
    assert_eq!(checkout["status"], "awaiting_payment");
    for sum in ["items_total", "discount_total", "grand_total"] {
        assert_eq!(checkout[sum], cart[sum], "{sum}");
    }
    assert_eq!(checkout["shipping_total"], json!({"amount": 0, "currency": "USD"}));
    assert_eq!(checkout["tax_total"], checkout["shipping_total"]);
    assert_eq!(checkout["payment"]["method"], "test");
    assert_eq!(checkout["payment"]["status"], "pending");
    assert_eq!(checkout["note"], "Ring twice");

    let orders = checkout["orders"].as_array().unwrap();
    assert_eq!(orders.len(), 2);
    let order = &orders[0];
    assert_eq!(order["vendor"], json!({"id": mia.vendor, "slug": mia.slug, "name": "Shop of mia"}));
    assert_eq!(order["checkout_id"], checkout["id"]);
    assert_eq!(order["status"], "awaiting_payment");
    assert_eq!(order["fulfilment"], "direct");
    assert_eq!(order["total"]["amount"], 2 * 1_999 + 3 * 849);
    assert_eq!(order["discount_total"]["amount"], 3 * 150);
    assert_eq!(order["address"]["city"], "São Paulo");
    let item = &order["items"][1];
    assert_eq!((&item["title"], &item["sku"], &item["quantity"]), (&json!("Lamp"), &json!("L-1"), &json!(3)));
    assert_eq!(item["unit_price"]["amount"], 999);
    assert_eq!(item["final_unit_price"]["amount"], 849);
    assert_eq!(item["line_total"]["amount"], 3 * 849);
    assert_eq!(orders[1]["total"]["amount"], 2_500);

    assert_eq!(buyer.get("/v1/cart").await.expect(200)["item_count"], 0);
    assert_eq!((stock(&mia, &mug).await, stock(&mia, &lamp).await, stock(&noah, &book).await), (3, 6, 2));
    assert_eq!(buyer.get(&path(&checkout)).await.expect(200), checkout);
    let movements = format!("/v1/variants/{}/stock-movements", variant(&mug));
    let movement = mia.get(&movements).await.expect(200)["data"][0].clone();
    assert_eq!((&movement["reason"], &movement["delta"]), (&json!("checkout"), &json!(-2)));
    check_invariants(&app).await;
    app.stop().await;
}

#[tokio::test]
async fn cash_on_delivery_goes_to_the_sellers_at_once() {
    let app = TestApp::builder().with(|settings| settings.checkout_ttl_seconds = 60).start().await;
    let mug = app.seller("mia").await.product("Mug", 1_999, 5).await;
    let buyer = app.buyer("ana").await;
    add(&buyer, &mug, 1).await.expect(201);
    app.run_jobs().await;
    let mails_before = app.mails_to("mia@example.com").await.len();
    let checkout = buy(&buyer, "one", purchase("cod")).await.expect(201);
    assert_eq!(checkout["status"], "confirmed");
    assert_eq!(checkout["orders"][0]["status"], "pending");
    assert_eq!(checkout["payment"]["status"], "pending");
    app.run_jobs().await;
    assert_eq!(app.mails_to("ana@example.com").await.len(), 1);
    assert_eq!(app.mails_to("mia@example.com").await.len(), mails_before + 1);
    // It does not expire: nothing was to be paid before.
    app.advance(61);
    app.run_jobs().await;
    assert_eq!(buyer.get(&path(&checkout)).await.expect(200)["status"], "confirmed");
    check_invariants(&app).await;
    app.stop().await;
}

/// What changes after the purchase does not reach it.
#[tokio::test]
async fn an_order_keeps_what_was_bought() {
    let app = TestApp::start().await;
    let mia = app.seller("mia").await;
    let mug = mia.product("Mug", 1_999, 5).await;
    let buyer = app.buyer("ana").await;
    add(&buyer, &mug, 1).await.expect(201);
    let checkout = buy(&buyer, "one", purchase("test")).await.expect(201);
    let product = format!("/v1/products/{}", mug["id"].as_str().unwrap());
    mia.patch(&product, json!({"title": "Jug", "price": 1})).await.expect(200);
    mia.delete(&product).await.expect(204);
    assert_eq!(buyer.get(&path(&checkout)).await.expect(200), checkout);
    app.stop().await;
}

#[tokio::test]
async fn terms_are_the_vendors_own_or_the_marketplaces() {
    let app = TestApp::start().await;
    let (mia, noah) = (app.seller("mia").await, app.seller("noah").await);
    let terms = format!("/v1/admin/vendors/{}", mia.vendor);
    app.admin().await.patch(&terms, json!({"fulfilment": "hub", "commission_bps": 850})).await.expect(200);
    let (mug, book) = (mia.product("Mug", 999, 5).await, noah.product("Book", 999, 3).await);
    let buyer = app.buyer("ana").await;
    add(&buyer, &mug, 1).await.expect(201);
    add(&buyer, &book, 1).await.expect(201);
    let checkout = buy(&buyer, "one", purchase("cod")).await.expect(201);
    assert_eq!(checkout["orders"][0]["fulfilment"], "hub");
    assert_eq!(checkout["orders"][1]["fulfilment"], "direct");
    assert!(checkout["orders"][0].get("commission").is_none(), "the buyer sees the commission");
    let mut conn = app.market.db.read().await.unwrap();
    let id = checkout["id"].as_str().unwrap().parse().unwrap();
    let orders = marketplace::orders::of_checkout(&mut conn, id).await.unwrap();
    let commissions: Vec<i64> = orders.iter().map(|order| order.head.commission.minor()).collect();
    // 84.915 and 99.9, half-up.
    assert_eq!(commissions, [85, 100]);
    drop(conn);
    app.stop().await;
}
#[tokio::test]
async fn an_address_of_the_book_is_copied() {
    let app = TestApp::start().await;
    let mug = app.seller("mia").await.product("Mug", 999, 5).await;
    let (buyer, other) = (app.buyer("ana").await, app.buyer("bob").await);
    let kept = buyer.post("/v1/me/addresses", address()).await.expect(201);
    let of_other = other.post("/v1/me/addresses", address()).await.expect(201);
    add(&buyer, &mug, 1).await.expect(201);
    let wanted = |id| json!({"address_id": id, "payment_method": "test"});
    let foreign = buy(&buyer, "one", wanted(&of_other["id"])).await;
    assert_eq!(foreign.expect_invalid(), ["/address_id not_found"]);
    let checkout = buy(&buyer, "one", wanted(&kept["id"])).await.expect(201);
    let entry = format!("/v1/me/addresses/{}", kept["id"].as_str().unwrap());
    buyer.patch(&entry, json!({"city": "Rio de Janeiro"})).await.expect(200);
    let shown = buyer.get(&path(&checkout)).await.expect(200);
    assert_eq!(shown["orders"][0]["address"]["city"], "São Paulo");
    app.stop().await;
}
