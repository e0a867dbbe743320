//! Requests that make no sense: each is told what is wrong, and nothing is written.

use testing::{TestApp, Value, json};

fn vase() -> Value {
    json!({"title": "Vase", "description": "Clay", "price": 100, "stock": 1})
}

#[tokio::test]
async fn every_mistake_of_a_product_is_told_at_once() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let all = ["/description required", "/price required", "/stock required", "/title required"];
    assert_eq!(seller.post("/v1/products", json!({})).await.expect_invalid(), all);
    let body = json!({"title": " ", "description": 5, "price": 0, "colour": "blue", "status": "archived"});
    let wanted = [
        "/colour unknown_field",
        "/description wrong_type",
        "/price too_small",
        "/status not_allowed",
        "/stock required",
        "/title required",
    ];
    assert_eq!(seller.post("/v1/products", body).await.expect_invalid(), wanted);
    assert_eq!(seller.get("/v1/vendor/products").await.expect(200)["data"], json!([]));
    app.stop().await;
}

#[tokio::test]
async fn each_field_has_its_bounds() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let deep = (0..9).fold(json!(1), |inner, _| json!([inner]));
    let cases = [
        ("title", json!("x".repeat(121)), "/title too_long"),
        ("title", json!("a\u{0}b"), "/title not_allowed"),
        ("title", json!("two\nlines"), "/title not_allowed"),
        ("description", json!("x".repeat(5001)), "/description too_long"),
        ("description", json!("a\u{0}b"), "/description not_allowed"),
        ("price", json!(0), "/price too_small"),
        ("price", json!(-5), "/price too_small"),
        ("price", json!(19.99), "/price wrong_type"),
        ("price", json!("1999"), "/price wrong_type"),
        ("price", json!(1e30), "/price too_large"),
        ("price", json!(1_000_000_000_001_i64), "/price too_large"),
        ("price", json!(true), "/price wrong_type"),
        ("price", json!({"amount": 5, "currency": "USD"}), "/price wrong_type"),
        ("stock", json!(-1), "/stock too_small"),
        ("stock", json!(1_000_000_001), "/stock too_large"),
        ("stock", json!(0.5), "/stock wrong_type"),
        ("sku", json!("x".repeat(65)), "/sku too_long"),
        ("sku", json!(""), "/sku required"),
        ("weight_grams", json!(-1), "/weight_grams too_small"),
        ("weight_grams", json!(1e30), "/weight_grams too_large"),
        ("category_id", json!("cat_0AXS751X00W7C"), "/category_id not_found"),
        ("category_id", json!("prod_0AXS751X00W7C"), "/category_id malformed_id"),
        ("specs", json!([]), "/specs wrong_type"),
        ("specs", json!("{}"), "/specs wrong_type"),
        ("specs", json!({"a\u{0}": 1}), "/specs not_allowed"),
        ("specs", json!({"a": ["x\u{0}"]}), "/specs not_allowed"),
        ("specs", json!({"a": deep}), "/specs not_allowed"),
        ("specs", json!({"a": "x".repeat(20_000)}), "/specs too_long"),
        ("discount", json!({}), "/discount required"),
        ("discount", json!({"percent": 0}), "/discount/percent too_small"),
        ("discount", json!({"percent": 96}), "/discount/percent too_large"),
        ("discount", json!({"percent": 12.5}), "/discount/percent wrong_type"),
        ("discount", json!({"percent": 5, "amount": 5}), "/discount not_allowed"),
        ("discount", json!({"amount": 100}), "/discount/amount too_large"),
        ("discount", json!({"amount": 0}), "/discount/amount too_small"),
        ("discount", json!({"percent": 5, "starts_at": "yesterday"}), "/discount/starts_at malformed"),
        (
            "discount",
            json!({"percent": 5, "starts_at": "2026-01-02T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"}),
            "/discount/ends_at too_small",
        ),
        ("options", json!({}), "/options wrong_type"),
        ("variants", json!({}), "/variants wrong_type"),
        ("vendor_id", json!(7), "/vendor_id wrong_type"),
    ];
    for (field, value, mistake) in cases {
        let mut body = vase();
        body[field] = value.clone();
        assert_eq!(seller.post("/v1/products", body).await.expect_invalid(), [mistake], "{field}: {value}");
    }
    assert_eq!(seller.get("/v1/vendor/products").await.expect(200)["data"], json!([]));
    app.stop().await;
}

#[tokio::test]
async fn the_widest_bounds_are_kept() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let body = json!({
        "title": "t".repeat(120), "description": "é".repeat(5000), "price": 1_000_000_000_000_i64,
        "stock": 1_000_000_000, "sku": "s".repeat(64), "specs": {"n": 1e30, "deep": [[[[1]]]]},
        "discount": {"percent": 95}, "weight_grams": 100_000_000,
    });
    let product = seller.post("/v1/products", body).await.expect(201);
    assert_eq!(product["final_price"]["amount"], 50_000_000_000_i64);
    assert_eq!(product["variants"][0]["stock"], 1_000_000_000);
    assert_eq!(product["specs"]["n"], 1e30);
    app.stop().await;
}

#[tokio::test]
async fn bodies_that_are_no_json_are_refused() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    seller.product("Vase", 100, 1).await;
    for (method, path) in [("POST", "/v1/products"), ("PATCH", "/v1/products/vase")] {
        let method = || method.parse().unwrap();
        for body in ["", "{", "{\"price\": NaN}", "{\"price\": 1e999}", "{\"a\": 1,}", "\u{feff}{}"] {
            let answer = seller.send_bytes(method(), path, "application/json", body.into()).await;
            answer.expect_problem(400, "malformed_json");
        }
        let plain = seller.send_bytes(method(), path, "text/plain", b"{}".to_vec()).await;
        plain.expect_problem(415, "unsupported_media_type");
        let huge = format!("{{\"title\": \"{}\"}}", "x".repeat(1024 * 1024));
        let huge = seller.send_bytes(method(), path, "application/json", huge.into()).await;
        huge.expect_problem(413, "too_large");
        for body in ["[]", "\"x\"", "null", "7"] {
            let answer = seller.send_bytes(method(), path, "application/json", body.into()).await;
            answer.expect_problem(422, "invalid");
        }
    }
    app.stop().await;
}
