//! Products with options.

use testing::{TestApp, Value, json};

fn shirt() -> Value {
    json!({
        "title": "Shirt", "description": "Cotton", "price": 2000, "stock": 0, "status": "published",
        "sku": "S", "weight_grams": 200, "discount": {"percent": 10},
        "options": [{"name": "Size", "values": ["M", "L"]}, {"name": "Color/Tone", "values": ["Blue", "Red"]}],
        "variants": [
            {"options": {"Size": "M", "Color/Tone": "Blue"}, "stock": 3},
            {"options": {"Color/Tone": "Red", "Size": "L"}, "sku": "S-L-R", "price": 2500, "stock": 0,
             "discount": {"amount": 1}, "weight_grams": 250},
        ],
    })
}

#[tokio::test]
async fn variants_take_the_products_terms_unless_they_have_their_own() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let product = seller.post("/v1/products", shirt()).await.expect(201);
    let variants = product["variants"].as_array().unwrap();
    assert_eq!(variants.len(), 2);
    assert_eq!(variants[0]["title"], "M / Blue");
    assert_eq!(variants[0]["options"], json!({"Size": "M", "Color/Tone": "Blue"}));
    assert_eq!((&variants[0]["sku"], &variants[0]["weight_grams"]), (&json!("S"), &json!(200)));
    assert_eq!(variants[0]["final_price"]["amount"], 1800);
    assert_eq!(variants[1]["title"], "L / Red");
    assert_eq!((&variants[1]["sku"], &variants[1]["weight_grams"]), (&json!("S-L-R"), &json!(250)));
    assert_eq!(variants[1]["final_price"]["amount"], 2499);
    assert_eq!((&variants[0]["in_stock"], &variants[1]["in_stock"]), (&json!(true), &json!(false)));
    assert_eq!(product["options"], shirt()["options"]);
    assert_eq!((&product["price"]["amount"], &product["in_stock"]), (&json!(2000), &json!(true)));
    app.stop().await;
}

/// The lists that its answer shows may be sent, too.
#[tokio::test]
async fn a_simple_product_has_no_options_and_one_variant() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let body =
        json!({"title": "T", "description": "d", "price": 5, "stock": 3, "options": [], "variants": []});
    let product = seller.post("/v1/products", body).await.expect(201);
    assert_eq!((&product["options"], &product["variants"][0]["stock"]), (&json!([]), &json!(3)));
    app.stop().await;
}

#[tokio::test]
async fn variants_that_do_not_fit_the_options_are_refused() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut body = shirt();
        change(&mut body);
        body
    };
    let cases: Vec<(Value, Vec<&str>)> = vec![
        (
            with(&|body| body["variants"][1]["options"] = json!({"Size": "XL"})),
            vec!["/variants/1/options/Color~1Tone required", "/variants/1/options/Size not_allowed"],
        ),
        (
            with(&|body| body["variants"][1]["options"]["Cut"] = json!("slim")),
            vec!["/variants/1/options/Cut unknown_field"],
        ),
        (
            with(&|body| body["variants"][1]["options"] = body["variants"][0]["options"].clone()),
            vec!["/variants/1/options not_allowed"],
        ),
        (with(&|body| body["variants"][1]["sku"] = json!("S")), vec!["/variants/1/sku not_allowed"]),
        (
            with(&|body| {
                body["variants"][0]["sku"] = json!("S-L-R");
                body["variants"][1]["options"]["Size"] = json!("XL");
            }),
            vec!["/variants/1/options/Size not_allowed", "/variants/1/sku not_allowed"],
        ),
        (with(&|body| body["options"] = json!([])), vec!["/options required"]),
        (with(&|body| body["variants"] = json!([])), vec!["/variants required"]),
        (
            with(&|body| body["options"][0]["values"] = json!(["M", "L", "M"])),
            vec!["/options/0/values not_allowed"],
        ),
        (with(&|body| body["options"][1]["name"] = json!("Size")), vec!["/options/1/name not_allowed"]),
        (
            with(&|body| body["variants"][0]["discount"] = json!({"amount": 2000})),
            vec!["/variants/0/discount too_large"],
        ),
        (with(&|body| body["variants"] = json!(null)), vec!["/variants required"]),
        (
            json!({"title": "T", "description": "d", "price": 5, "options": [], "variants": []}),
            vec!["/stock required"],
        ),
    ];
    for (body, mistakes) in cases {
        assert_eq!(seller.post("/v1/products", body.clone()).await.expect_invalid(), mistakes, "{body}");
    }
    let too_many = with(&|body| {
        let values: Vec<String> = (0..11).map(|value| value.to_string()).collect();
        body["options"] = json!([{"name": "a", "values": values}, {"name": "b", "values": values}]);
        let variant =
            |n: usize| json!({"options": {"a": (n / 11).to_string(), "b": (n % 11).to_string()}, "stock": 1});
        body["variants"] = (0..101).map(variant).collect();
        body["discount"] = json!(null);
    });
    assert_eq!(seller.post("/v1/products", too_many.clone()).await.expect_invalid(), ["/variants too_long"]);
    let mut hundred = too_many;
    hundred["variants"].as_array_mut().unwrap().pop();
    let product = seller.post("/v1/products", hundred).await.expect(201);
    let one_more = json!({"options": {"a": "10", "b": "10"}, "stock": 1});
    let path = format!("/v1/products/{}/variants", product["id"].as_str().unwrap());
    seller.post(&path, one_more).await.expect_problem(409, "too_many_variants");
    app.stop().await;
}

#[tokio::test]
async fn variants_are_added_changed_and_taken_off() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let product = seller.post("/v1/products", shirt()).await.expect(201);
    let first = format!("/v1/variants/{}", product["variants"][0]["id"].as_str().unwrap());
    let second = format!("/v1/variants/{}", product["variants"][1]["id"].as_str().unwrap());

    let new = json!({"options": {"Size": "XL", "Color/Tone": "Blue"}, "stock": 12, "sku": "S-XL"});
    let added = seller.post("/v1/products/shirt/variants", new.clone()).await.expect(201);
    assert_eq!((&added["price"]["amount"], &added["stock"]), (&json!(2000), &json!(12)));
    seller.post("/v1/products/shirt/variants", new).await.expect_problem(409, "variant_exists");
    let shown = app.anonymous().get("/v1/products/shirt").await.expect(200);
    assert_eq!(shown["options"][0]["values"], json!(["M", "L", "XL"]));
    assert_eq!(shown["variants"][2]["stock"], 10);

    let taken = seller.patch(&second, json!({"sku": "S-XL"})).await;
    taken.expect_problem(409, "sku_taken");
    let changed = seller.patch(&second, json!({"price": 3000, "discount": null})).await;
    let tag = changed.header("etag").to_owned();
    assert_eq!(changed.expect(200)["final_price"]["amount"], 3000);
    let careful = seller.with_header("If-Match", &tag);
    careful.patch(&second, json!({"price": 3100})).await.expect(200);
    careful.patch(&second, json!({"price": 3200})).await.expect_problem(412, "precondition_failed");
    assert_eq!(seller.patch(&second, json!({"stock": 5})).await.expect_invalid(), ["/stock unknown_field"]);

    // The next one becomes the default, for lists too; the SKU is free again.
    seller.delete(&first).await.expect(204);
    seller.delete(&first).await.expect_problem(410, "gone");
    seller.patch(&first, json!({"price": 1})).await.expect_problem(410, "gone");
    let list = app.anonymous().get("/v1/products?min_price=3100&max_price=3100").await.expect(200);
    assert_eq!(list["data"][0]["sku"], "S-L-R");
    let freed = json!({"title": "Other", "price": 1, "stock": 1, "sku": "S"});
    seller.product_with(freed).await;
    seller.delete(&second).await.expect(204);
    let only = format!("/v1/variants/{}", added["id"].as_str().unwrap());
    seller.delete(&only).await.expect_problem(409, "last_variant");
    let stock = format!("{first}/stock-adjustments");
    seller.post(&stock, json!({"delta": 1, "reason": "x"})).await.expect_problem(410, "gone");
    seller.get(&format!("{first}/stock-movements")).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn a_simple_product_has_one_variant() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    seller.product("Vase", 100, 1).await;
    let body = json!({"options": {"Size": "M"}, "stock": 1});
    let answer = seller.post("/v1/products/vase/variants", body).await;
    assert_eq!(answer.expect_invalid(), ["/options not_allowed"]);
    app.stop().await;
}

#[tokio::test]
async fn a_sku_is_one_variants_within_a_shop() {
    let app = TestApp::start().await;
    let (maya, noor) = (app.seller("maya").await, app.seller("noor").await);
    let fields =
        |title: &str| json!({"title": title, "description": "x", "price": 1, "stock": 1, "sku": "A"});
    maya.post("/v1/products", fields("one")).await.expect(201);
    maya.post("/v1/products", fields("two")).await.expect_problem(409, "sku_taken");
    maya.get("/v1/products/two").await.expect_problem(404, "not_found");
    noor.post("/v1/products", fields("two")).await.expect(201);
    let other = maya.product("three", 1, 1).await;
    let path = format!("/v1/products/{}", other["id"].as_str().unwrap());
    maya.patch(&path, json!({"sku": "A"})).await.expect_problem(409, "sku_taken");
    maya.delete("/v1/products/one").await.expect(204);
    maya.patch(&path, json!({"sku": "A"})).await.expect(200);
    app.stop().await;
}

/// Two who take the last two variants off at once: one stays.
#[tokio::test]
async fn two_deletions_at_once_leave_a_variant() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let product = seller.post("/v1/products", shirt()).await.expect(201);
    let path = |index: usize| format!("/v1/variants/{}", product["variants"][index]["id"].as_str().unwrap());
    let (first, second) = (path(0), path(1));
    let (a, b) = tokio::join!(seller.delete(&first), seller.delete(&second));
    let mut statuses = [a.status.as_u16(), b.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
    let shown = seller.get("/v1/products/shirt").await.expect(200);
    assert_eq!(shown["variants"].as_array().unwrap().len(), 1);
    app.stop().await;
}
