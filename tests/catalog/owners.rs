//! Who may do what: nobody changes what is not theirs.

use testing::{Actor, TestApp, Value, json};

/// Everything that changes a product, or tells its shop's secrets.
fn attempts(product: &Value) -> Vec<(&'static str, String, Option<Value>)> {
    let path = format!("/v1/products/{}", product["id"].as_str().unwrap());
    let variant = format!("/v1/variants/{}", product["variants"][0]["id"].as_str().unwrap());
    vec![
        ("PATCH", path.clone(), Some(json!({"price": 1}))),
        ("PATCH", path.clone(), None),
        ("DELETE", path.clone(), None),
        ("POST", format!("{path}/variants"), Some(json!({"options": {}, "stock": 1}))),
        ("PATCH", variant.clone(), Some(json!({"price": 1}))),
        ("DELETE", variant.clone(), None),
        ("POST", format!("{variant}/stock-adjustments"), Some(json!({"delta": 1, "reason": "x"}))),
        ("GET", format!("{variant}/stock-movements"), None),
    ]
}

async fn all_refused(actor: &Actor, product: &Value, status: u16, code: &str) {
    for (method, path, body) in attempts(product) {
        let answer = actor.send(method.parse().unwrap(), &path, body).await;
        answer.expect_problem(status, code);
    }
}

#[tokio::test]
async fn strangers_change_nothing() {
    let app = TestApp::start().await;
    let maya = app.seller("maya").await;
    let other = app.seller("noor").await;
    let buyer = app.buyer("ben").await;
    let published = maya.product("Vase", 100, 5).await;
    let fields = json!({"title": "Draft", "price": 100, "stock": 5, "status": "draft"});
    let draft = maya.product_with(fields).await;
    for product in [&published, &draft] {
        all_refused(&other, product, 403, "not_owner").await;
        all_refused(&buyer, product, 403, "forbidden").await;
        all_refused(&app.anonymous(), product, 401, "unauthenticated").await;
        let shown = maya.get(&format!("/v1/products/{}", product["id"].as_str().unwrap())).await.expect(200);
        assert_eq!(&shown, product);
    }
    app.stop().await;
}

#[tokio::test]
async fn only_an_accepted_shop_makes_and_publishes_products() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let applicant = app.user("ana").await;
    let body = json!({"title": "Vase", "description": "Clay", "price": 100, "stock": 1});
    app.anonymous().post("/v1/products", body.clone()).await.expect_problem(401, "unauthenticated");
    applicant.post("/v1/products", body.clone()).await.expect_problem(403, "forbidden");
    let application = json!({"name": "Ana's", "description": "Pots", "address": "Fes"});
    applicant.post("/v1/vendors", application).await.expect(201);
    applicant.post("/v1/products", body.clone()).await.expect_problem(403, "vendor_not_accepted");
    // Before anything is said about the body.
    applicant.post("/v1/products", json!([])).await.expect_problem(403, "vendor_not_accepted");

    let seller = app.seller("maya").await;
    seller.post("/v1/products", body.clone()).await.expect(201);
    let suspend = format!("/v1/admin/vendors/{}/suspend", seller.vendor);
    admin.post(&suspend, json!({"reason": "x"})).await.expect(200);
    seller.post("/v1/products", body).await.expect_problem(403, "vendor_not_accepted");
    let publish = seller.patch("/v1/products/vase", json!({"status": "published"})).await;
    publish.expect_problem(403, "vendor_not_accepted");
    seller.patch("/v1/products/vase", json!({"price": 90})).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn a_product_is_made_for_the_named_shop() {
    let app = TestApp::start().await;
    let (maya, noor) = (app.seller("maya").await, app.seller("noor").await);
    let body = |vendor: Value| json!({"title": "Vase", "description": "Clay", "price": 100, "stock": 1, "vendor_id": vendor});
    let own = maya.post("/v1/products", body(json!(maya.vendor.to_string()))).await.expect(201);
    assert_eq!(own["vendor"]["id"], maya.vendor.to_string());
    let foreign = maya.post("/v1/products", body(json!(noor.vendor.to_string()))).await;
    foreign.expect_problem(403, "not_owner");
    let buyer = app.buyer("ben").await;
    buyer.post("/v1/products", body(json!(noor.vendor.to_string()))).await.expect_problem(403, "forbidden");
    let nobody = json!("ven_0AXS751X00W7C");
    assert_eq!(maya.post("/v1/products", body(nobody)).await.expect_invalid(), ["/vendor_id not_found"]);
    let wrong = maya.post("/v1/products", body(json!("prod_0AXS751X00W7C"))).await;
    assert_eq!(wrong.expect_invalid(), ["/vendor_id malformed_id"]);
    maya.post("/v1/products?vendor=nobody", body(json!(null))).await.expect_problem(403, "forbidden");
    app.stop().await;
}

/// A member who is not the owner does the daily work.
#[tokio::test]
async fn every_member_of_the_shop_keeps_its_products() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let staff = app.user("sam").await;
    let members = format!("/v1/vendors/{}/members", seller.vendor);
    seller.post(&members, json!({"email": "sam@example.com", "role": "staff"})).await.expect(201);
    let body = json!({"title": "Vase", "description": "Clay", "price": 100, "stock": 1});
    let product = staff.post("/v1/products", body).await.expect(201);
    staff.patch("/v1/products/vase", json!({"status": "published"})).await.expect(200);
    let variant = product["variants"][0]["id"].as_str().unwrap();
    let path = format!("/v1/variants/{variant}/stock-adjustments");
    staff.post(&path, json!({"delta": 20, "reason": "Delivery"})).await.expect(201);
    assert_eq!(staff.get("/v1/products/vase").await.expect(200)["variants"][0]["stock"], 21);
    app.stop().await;
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let no_product = "prod_0AXS751X00W7C";
    let wrong = ["prod_", "prod_8AXS751X00W7C", "usr_0AXS751X00W7C", "no-such-slug", "%00", "a%00b"];
    for name in [no_product].into_iter().chain(wrong) {
        app.anonymous().get(&format!("/v1/products/{name}")).await.expect_problem(404, "not_found");
        let path = format!("/v1/products/{name}");
        seller.patch(&path, json!({"price": 1})).await.expect_problem(404, "not_found");
        seller.delete(&path).await.expect_problem(404, "not_found");
    }
    for name in ["var_0AXS751X00W7C", "var_x", no_product, "%00"] {
        let path = format!("/v1/variants/{name}");
        seller.patch(&path, json!({"price": 1})).await.expect_problem(404, "not_found");
        seller.delete(&path).await.expect_problem(404, "not_found");
        seller.get(&format!("{path}/stock-movements")).await.expect_problem(404, "not_found");
    }
    app.stop().await;
}
