//! The table of rates, and what carts show of it.

use testing::{TestApp, json};

use super::rates;
use crate::cart::add;
use crate::coupons::{amount, apply, coupon, totals};

#[tokio::test]
async fn admins_keep_the_table() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let empty = admin.get("/v1/admin/tax-rates").await;
    assert_eq!(empty.expect(200), json!({"rates": [], "prices_include_tax": false}));
    let table = json!([
        {"country": "DE", "name": "VAT", "rate_ppm": 190_000, "applies_to_shipping": true},
        {"country": "DE", "tax_class": "reduced", "rate_ppm": 70_000},
        {"country": "US", "region": "NY", "rate_ppm": 88_750},
    ]);
    let kept = rates(&admin, table).await;
    assert_eq!(
        kept["rates"][1],
        json!({"country": "DE", "region": null, "tax_class": "reduced", "name": null,
        "rate_ppm": 70_000, "applies_to_shipping": false})
    );
    assert_eq!(admin.get("/v1/admin/tax-rates").await.expect(200), kept);
    let stale = admin.with_header("if-match", empty.header("etag"));
    stale.put("/v1/admin/tax-rates", json!({"rates": []})).await.expect_problem(412, "precondition_failed");
    let one = json!({"country": "DE", "rate_ppm": 1});
    for (body, mistakes) in [
        (json!({}), vec!["/rates required"]),
        (json!({"rates": [one, one]}), vec!["/rates/1 duplicate"]),
        (json!({"rates": [{"country": "DE", "rate_ppm": 1_000_001}]}), vec!["/rates/0/rate_ppm too_large"]),
        (
            json!({"rates": [{"country": "XX", "rate_ppm": -1}]}),
            vec!["/rates/0/country not_allowed", "/rates/0/rate_ppm too_small"],
        ),
    ] {
        assert_eq!(admin.put("/v1/admin/tax-rates", body.clone()).await.expect_invalid(), mistakes, "{body}");
    }
    let user = app.user("eve").await;
    user.get("/v1/admin/tax-rates").await.expect_problem(403, "forbidden");
    user.put("/v1/admin/tax-rates", json!({"rates": []})).await.expect_problem(403, "forbidden");
    app.stop().await;
}

#[tokio::test]
async fn tax_comes_on_top_or_lies_within() {
    for included in [false, true] {
        let app = TestApp::builder().with(|settings| settings.prices_include_tax = included).start().await;
        let (admin, ana, buyer) = (app.admin().await, app.seller("ana").await, app.buyer("bob").await);
        let lamp = ana.product("Lamp", 1_190, 9).await;
        crate::shipping::method(&ana, json!({"name": "Parcel", "price": 490})).await;
        rates(&admin, json!([{"country": "DE", "rate_ppm": 190_000, "applies_to_shipping": true}])).await;
        coupon(&admin, json!({"code": "TEN", "percent": 10})).await;
        add(&buyer, &lamp, 1).await.expect(201);
        apply(&buyer, "TEN").await;
        // Nobody knows yet where it goes: no tax.
        assert_eq!(totals(&buyer.get("/v1/cart").await.expect(200)), [1_190, 119, 490, 0, 1_561]);
        let cart = buyer.get("/v1/cart?country=DE").await.expect(200);
        // 1071 of goods and 490 of shipping: 203.49 and 93.1 on top, 171 and 78.23 within.
        let (expected, within) =
            if included { ([1_190, 119, 490, 0, 1_561], 249) } else { ([1_190, 119, 490, 296, 1_857], 0) };
        assert_eq!(totals(&cart), expected);
        assert_eq!(amount(&cart["included_tax_total"]), within);
        assert_eq!(amount(&cart["groups"][0]["items"][0]["tax"]), if included { 171 } else { 203 });
        app.stop().await;
    }
}
