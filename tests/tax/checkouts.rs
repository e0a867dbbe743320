//! Taxes in purchases: who gets them, and what goes back.

use marketplace::settings::TaxCollector;
use testing::{TestApp, json};

use super::rates;
use crate::cart::add;
use crate::coupons::{amount, totals};

#[tokio::test]
async fn tax_goes_to_whom_collects_it() {
    // Of 1190 at 19 % on top: 226.1; within: 190. Commission is a tenth of the goods.
    for (included, collector, total, balance) in [
        (false, TaxCollector::Vendor, 1_416, 1_416 - 119),
        (false, TaxCollector::Marketplace, 1_416, 1_190 - 119),
        (true, TaxCollector::Vendor, 1_190, 1_190 - 119),
        (true, TaxCollector::Marketplace, 1_190, 1_000 - 119),
    ] {
        let app = TestApp::builder()
            .with(|settings| {
                settings.prices_include_tax = included;
                settings.tax_collected_by = collector;
            })
            .start()
            .await;
        let (admin, ana, buyer) = (app.admin().await, app.seller("ana").await, app.buyer("bob").await);
        rates(&admin, json!([{"country": "BR", "rate_ppm": 190_000}])).await;
        let lamp = ana.product("Lamp", 1_190, 9).await;
        let order = buyer.buys_and_pays(&[(&lamp, 1)]).await;
        assert_eq!(amount(&order["total"]), total);
        let (on_top, within) = (amount(&order["tax_total"]), amount(&order["included_tax_total"]));
        assert_eq!((on_top, within), if included { (0, 190) } else { (226, 0) });
        assert_eq!(ana.balance().await, (balance, 0), "{included} {collector}");
        app.expect_sound().await;
        let path = format!("/v1/orders/{}/cancel", order["id"].as_str().unwrap());
        buyer.post(&path, json!({})).await.expect(200);
        assert_eq!(ana.balance().await, (0, 0), "{included} {collector}");
        app.stop().await;
    }
}

#[tokio::test]
async fn products_have_classes() {
    let app = TestApp::start().await;
    let (admin, ana, buyer) = (app.admin().await, app.seller("ana").await, app.buyer("bob").await);
    rates(
        &admin,
        json!([
            {"country": "BR", "rate_ppm": 200_000},
            {"country": "BR", "tax_class": "books", "rate_ppm": 50_000},
            {"country": "DE", "rate_ppm": 900_000},
        ]),
    )
    .await;
    let book =
        ana.product_with(json!({"title": "Book", "price": 1000, "stock": 9, "tax_class": "books"})).await;
    assert_eq!(book["tax_class"], "books");
    let lamp = ana.product("Lamp", 1_000, 9).await;
    add(&buyer, &book, 1).await.expect(201);
    add(&buyer, &lamp, 1).await.expect(201);
    let checkout = buyer.buys(&[], "test").await;
    assert_eq!(totals(&checkout), [2_000, 0, 0, 250, 2_250]);
    let path = format!("/v1/products/{}", book["id"].as_str().unwrap());
    let plain = ana.patch(&path, json!({"tax_class": null})).await.expect(200);
    assert_eq!(plain["tax_class"], json!(null));
    let expected = buyer.get("/v1/cart?country=BR").await.expect(200);
    assert_eq!(totals(&expected)[3], 0);
    app.stop().await;
}
