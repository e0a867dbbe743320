//! What products have of their categories' attributes.

use testing::{Actor, Seller, TestApp, Value, json};

/// Devices have a colour; the phones below them need a size, and may say whether they are waterproof.
struct Shop {
    app: TestApp,
    admin: Actor,
    seller: Seller,
    devices: Value,
    phones: Value,
}

impl Shop {
    async fn open() -> Self {
        let app = TestApp::start().await;
        let (admin, seller) = (app.admin().await, app.seller("maya").await);
        let devices = admin.post("/v1/admin/categories", json!({"name": "Devices"})).await.expect(201);
        let phones = json!({"name": "Phones", "parent_id": devices["id"]});
        let phones = admin.post("/v1/admin/categories", phones).await.expect(201);
        let shop = Self { app, admin, seller, devices, phones };
        shop.attribute(
            &shop.devices,
            json!({"name": "Colour", "type": "choice", "choices": ["Red", "Blue"]}),
        )
        .await;
        shop.attribute(
            &shop.phones,
            json!({"name": "Size", "type": "number", "unit": "cm", "required": true}),
        )
        .await;
        shop.attribute(&shop.phones, json!({"name": "Waterproof", "type": "boolean"})).await;
        shop.attribute(&shop.phones, json!({"name": "Model/No", "type": "text"})).await;
        shop
    }

    async fn attribute(&self, category: &Value, body: Value) -> Value {
        let address = format!("/v1/admin/categories/{}/attributes", category["id"].as_str().unwrap());
        self.admin.post(&address, body).await.expect(201)
    }

    #[expect(clippy::needless_pass_by_value, reason = "callers write the value in place")]
    fn phone(&self, attributes: Value) -> Value {
        json!({"title": "Phone", "description": "Rings", "price": 1, "stock": 1, "status": "published",
            "category_id": self.phones["id"], "attributes": attributes})
    }
}

/// Key and value of each.
fn values(product: &Value) -> Value {
    product["attributes"].as_array().unwrap().iter().map(|one| json!([one["key"], one["value"]])).collect()
}

#[tokio::test]
async fn values_are_shown_as_they_were_given() {
    let shop = Shop::open().await;
    let given = json!({"size": 15.6, "colour": "Red", "waterproof": true, "model-no": "X 100"});
    let product = shop.seller.post("/v1/products", shop.phone(given)).await.expect(201);
    let shown = shop.app.anonymous().get("/v1/products/phone").await.expect(200);
    assert_eq!(shown["attributes"], product["attributes"]);
    assert_eq!(
        values(&shown),
        json!([["colour", "Red"], ["size", 15.6], ["waterproof", true], ["model-no", "X 100"]])
    );
    let size = &shown["attributes"][1];
    assert_eq!(
        (&size["name"], &size["type"], &size["unit"]),
        (&json!("Size"), &json!("number"), &json!("cm"))
    );
    let address = "/v1/products/phone";
    let changed =
        shop.seller.patch(address, json!({"attributes": {"size": 20, "colour": null}})).await.expect(200);
    assert_eq!(values(&changed), json!([["size", 20]]));
    let untouched = shop.seller.patch(address, json!({"title": "Telephone"})).await.expect(200);
    assert_eq!(values(&untouched), json!([["size", 20]]));
    shop.app.stop().await;
}

#[tokio::test]
async fn values_that_do_not_fit_are_told_all_at_once() {
    let shop = Shop::open().await;
    let cases = [
        (json!({}), vec!["/attributes/size required"]),
        (json!({"size": null}), vec!["/attributes/size required"]),
        (
            json!({"size": "big", "colour": "Green", "waterproof": "yes", "model-no": 7, "weight": 1}),
            vec![
                "/attributes/colour not_allowed",
                "/attributes/model-no wrong_type",
                "/attributes/size wrong_type",
                "/attributes/waterproof wrong_type",
                "/attributes/weight unknown_field",
            ],
        ),
        (json!({"size": 1e300}), vec!["/attributes/size too_large"]),
        (json!({"size": 0.000_000_1}), vec!["/attributes/size not_allowed"]),
        (json!({"size": 1, "model-no": "x".repeat(201)}), vec!["/attributes/model-no too_long"]),
        (
            json!({"size": 1, "model-no": "a\u{0}b", "a/b~c": 1}),
            vec!["/attributes/a~1b~0c unknown_field", "/attributes/model-no not_allowed"],
        ),
        (json!([]), vec!["/attributes wrong_type"]),
    ];
    for (attributes, wanted) in cases {
        let answer = shop.seller.post("/v1/products", shop.phone(attributes.clone())).await;
        assert_eq!(answer.expect_invalid(), wanted, "{attributes}");
    }
    // A draft may lack what is required, until it is published.
    let mut draft = shop.phone(json!({}));
    draft["status"] = json!("draft");
    shop.seller.post("/v1/products", draft).await.expect(201);
    let publish = json!({"status": "published"});
    let answer = shop.seller.patch("/v1/products/phone", publish).await;
    assert_eq!(answer.expect_invalid(), ["/attributes/size required"]);
    let both = json!({"status": "published", "attributes": {"size": 3}});
    shop.seller.patch("/v1/products/phone", both).await.expect(200);
    let answer = shop.seller.patch("/v1/products/phone", json!({"attributes": null})).await;
    assert_eq!(answer.expect_invalid(), ["/attributes/size required"]);
    shop.app.stop().await;
}

#[tokio::test]
async fn values_follow_the_category() {
    let shop = Shop::open().await;
    let given = json!({"size": 5, "colour": "Blue"});
    shop.seller.post("/v1/products", shop.phone(given)).await.expect(201);
    let address = "/v1/products/phone";
    let up = shop.seller.patch(address, json!({"category_id": shop.devices["id"]})).await.expect(200);
    assert_eq!(values(&up), json!([["colour", "Blue"]]));
    let answer = shop.seller.patch(address, json!({"category_id": shop.phones["id"]})).await;
    assert_eq!(answer.expect_invalid(), ["/attributes/size required"]);
    let down = json!({"category_id": shop.phones["id"], "attributes": {"size": 6, "colour": "Red"}});
    shop.seller.patch(address, down).await.expect(200);

    // The category leaves its parent: what it inherited goes.
    let phones = format!("/v1/admin/categories/{}", shop.phones["id"].as_str().unwrap());
    shop.admin.patch(&phones, json!({"parent_id": null})).await.expect(200);
    assert_eq!(values(&shop.seller.get(address).await.expect(200)), json!([["size", 6]]));
    let none = shop.seller.patch(address, json!({"category_id": null})).await.expect(200);
    assert_eq!(none["attributes"], json!([]));
    let answer = shop.seller.patch(address, json!({"attributes": {"size": 1}})).await;
    assert_eq!(answer.expect_invalid(), ["/attributes/size unknown_field"]);
    shop.app.stop().await;
}

#[tokio::test]
async fn a_choice_in_use_stays_and_an_attribute_takes_its_values_along() {
    let shop = Shop::open().await;
    shop.seller.post("/v1/products", shop.phone(json!({"size": 5, "colour": "Blue"}))).await.expect(201);
    let attributes = shop.app.anonymous().get("/v1/categories/devices/attributes").await.expect(200);
    let devices = format!("/v1/admin/categories/{}", shop.devices["id"].as_str().unwrap());
    let colour = format!("{devices}/attributes/{}", attributes["data"][0]["id"].as_str().unwrap());
    shop.admin.patch(&colour, json!({"choices": ["Red"]})).await.expect_problem(409, "choice_in_use");
    shop.admin.patch(&colour, json!({"choices": ["Blue", "Black"]})).await.expect(200);
    shop.admin.delete(&colour).await.expect(204);
    let shown = shop.app.anonymous().get("/v1/products/phone").await.expect(200);
    assert_eq!(values(&shown), json!([["size", 5]]));

    // An archived product lets its category go.
    shop.seller.delete("/v1/products/phone").await.expect(204);
    let phones = format!("/v1/admin/categories/{}", shop.phones["id"].as_str().unwrap());
    shop.admin.delete(&phones).await.expect(204);
    shop.app.stop().await;
}

/// Values and the attributes change at once: none is left without its attribute, which the doctor looks at.
#[tokio::test]
async fn an_attribute_goes_while_products_get_values() {
    let shop = Shop::open().await;
    let product = shop.seller.post("/v1/products", shop.phone(json!({"size": 5}))).await.expect(201);
    let address = format!("/v1/products/{}", product["id"].as_str().unwrap());
    let attributes = shop.app.anonymous().get("/v1/categories/devices/attributes").await.expect(200);
    let devices = format!("/v1/admin/categories/{}", shop.devices["id"].as_str().unwrap());
    let colour = format!("{devices}/attributes/{}", attributes["data"][0]["id"].as_str().unwrap());
    let give = || shop.seller.patch(&address, json!({"attributes": {"size": 5, "colour": "Red"}}));
    let (a, b, gone, c) = tokio::join!(give(), give(), shop.admin.delete(&colour), give());
    gone.expect(204);
    for answer in [a, b, c] {
        assert!([200, 422].contains(&answer.status.as_u16()), "{}", answer.text());
    }
    assert_eq!(values(&shop.seller.get(&address).await.expect(200)), json!([["size", 5]]));
    shop.app.stop().await;
}

/// The category of a product is shown as categories are.
#[tokio::test]
async fn a_product_shows_its_category_with_what_is_below() {
    let shop = Shop::open().await;
    let fields = json!({"title": "Radio", "price": 1, "stock": 1, "category_id": shop.devices["id"]});
    let product = shop.seller.product_with(fields).await;
    let category = shop.app.anonymous().get("/v1/categories/devices").await.expect(200);
    assert_eq!(product["category"], category);
    assert_eq!(product["category"]["children"][0]["path"], json!(["Devices", "Phones"]));
    shop.seller.post("/v1/products", shop.phone(json!({"size": 5}))).await.expect(201);
    let phone = shop.app.anonymous().get("/v1/products/phone").await.expect(200);
    assert_eq!(phone["category"]["children"], json!([]));
    assert_eq!(phone["category"]["parent_id"], shop.devices["id"]);
    shop.app.stop().await;
}
