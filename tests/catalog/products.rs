//! Making, reading, changing and archiving products.

use testing::{TestApp, json};

#[tokio::test]
async fn a_seller_makes_a_simple_product() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let body = json!({
        "title": "Ocean Blue Shirt", "description": "Cotton.\nWoven in Porto.", "price": 4999, "stock": 25,
        "discount": {"percent": 20}, "sku": "SHIRT-1", "weight_grams": 240,
        "specs": {"material": "cotton", "care": ["40 °C", 1.5, null]}, "status": "published",
    });
    let product = seller.post("/v1/products", body).await.expect(201);
    assert_eq!(product["slug"], "ocean-blue-shirt");
    assert_eq!(product["status"], "published");
    assert_eq!(product["price"], json!({"amount": 4999, "currency": "USD"}));
    assert_eq!(product["final_price"], json!({"amount": 3999, "currency": "USD"}));
    assert_eq!(product["discount"], json!({"percent": 20, "starts_at": null, "ends_at": null}));
    assert_eq!(product["specs"], json!({"material": "cotton", "care": ["40 °C", 1.5, null]}));
    assert_eq!(product["vendor"]["id"], seller.vendor.to_string());
    assert_eq!(product["in_stock"], true);
    let variants = product["variants"].as_array().unwrap();
    assert_eq!(variants.len(), 1);
    assert_eq!(variants[0]["sku"], "SHIRT-1");
    assert_eq!(variants[0]["stock"], 25);
    assert_eq!(variants[0]["options"], json!({}));
    assert_eq!(variants[0]["weight_grams"], 240);

    // The public finds it by slug and by id, and learns of ten units at most.
    for name in ["ocean-blue-shirt", product["id"].as_str().unwrap()] {
        let shown = app.anonymous().get(&format!("/v1/products/{name}")).await.expect(200);
        assert_eq!(shown["variants"][0]["stock"], 10);
        assert_eq!(shown["id"], product["id"]);
    }
    app.stop().await;
}
