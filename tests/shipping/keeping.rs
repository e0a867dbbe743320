//! Who keeps ways of shipping, and what is refused.

use testing::{TestApp, json};

use super::method;

#[tokio::test]
async fn a_shop_keeps_its_methods() {
    let app = TestApp::start().await;
    let (seller, other) = (app.seller("ana").await, app.seller("bea").await);
    let made = method(
        &seller,
        json!({"name": "Parcel", "price": 490, "free_above": 5000, "min_days": 2, "max_days": 4,
            "weight_bands": [{"up_to_grams": 1000, "price": 490}, {"up_to_grams": 5000, "price": 900}],
            "destinations": [{"country": "de"}, {"country": "US", "regions": ["CA"]}]}),
    )
    .await;
    let usd = |amount: i64| json!({"amount": amount, "currency": "USD"});
    assert_eq!((&made["price"], &made["free_above"]), (&usd(490), &usd(5000)));
    assert_eq!(made["weight_bands"][1], json!({"up_to_grams": 5000, "price": usd(900)}));
    assert_eq!(
        made["destinations"],
        json!([{"country": "DE", "regions": []}, {"country": "US", "regions": ["CA"]}])
    );
    let path = format!("/v1/vendor/shipping-methods/{}", made["id"].as_str().unwrap());
    assert_eq!(seller.get(&path).await.expect(200), made);
    let terms = json!({"price": 0, "free_above": null, "weight_bands": null, "active": false});
    let changed = seller.patch(&path, terms).await.expect(200);
    assert_eq!(
        (&changed["price"], &changed["free_above"], &changed["active"]),
        (&usd(0), &json!(null), &json!(false))
    );
    assert_eq!((&changed["weight_bands"], &changed["max_days"]), (&json!([]), &json!(4)));
    other.get(&path).await.expect_problem(404, "not_found");
    other.patch(&path, json!({"price": 1})).await.expect_problem(404, "not_found");
    other.delete(&path).await.expect_problem(404, "not_found");
    let stale = seller.with_header("if-match", "\"old\"");
    stale.delete(&path).await.expect_problem(412, "precondition_failed");
    assert_eq!(seller.get("/v1/vendor/shipping-methods").await.expect(200)["data"], json!([changed]));
    seller.delete(&path).await.expect(204);
    seller.get(&path).await.expect_problem(404, "not_found");
    app.user("eve").await.get("/v1/vendor/shipping-methods").await.expect_problem(403, "forbidden");
    app.stop().await;
}

#[tokio::test]
async fn bad_input() {
    let app = TestApp::start().await;
    let seller = app.seller("ana").await;
    for (body, mistakes) in [
        (json!({}), vec!["/name required"]),
        (json!({"name": "Parcel"}), vec!["/price required"]),
        (json!({"name": "Parcel", "price": -1}), vec!["/price too_small"]),
        (json!({"name": "Parcel", "price": 1, "min_days": 3, "max_days": 2}), vec!["/max_days too_small"]),
        (json!({"name": "Parcel", "price": 1, "max_days": 366}), vec!["/max_days too_large"]),
        (
            json!({"name": "Parcel", "price": 1, "destinations": [{"country": "XX"}]}),
            vec!["/destinations/0/country not_allowed"],
        ),
        (
            json!({"name": "Parcel", "weight_bands": [{"up_to_grams": 5, "price": 1}, {"up_to_grams": 5, "price": 2}]}),
            vec!["/weight_bands/1/up_to_grams too_small"],
        ),
        (json!({"name": "Parcel", "price": 1, "colour": "red"}), vec!["/colour unknown_field"]),
        (json!({"name": "x".repeat(51), "price": 1}), vec!["/name too_long"]),
    ] {
        let found = seller.post("/v1/vendor/shipping-methods", body.clone()).await.expect_invalid();
        assert_eq!(found, mistakes, "{body}");
    }
    for number in 0..50 {
        method(&seller, json!({"name": format!("Way {number}"), "price": 1})).await;
    }
    let one_more = seller.post("/v1/vendor/shipping-methods", json!({"name": "Way 50", "price": 1})).await;
    one_more.expect_problem(409, "too_many_shipping_methods");
    app.stop().await;
}
