//! The same file again, and a file that says something else of what is there.

use testing::{TestApp, Value, json};

use super::{all_contents, errors, import, import_rows, money, products, real};

async fn movements(seller: &testing::Seller, variant: &Value) -> Vec<(String, i64)> {
    let path = format!("/v1/variants/{}/stock-movements", variant["id"].as_str().unwrap());
    let page = seller.get(&path).await.expect(200);
    let movement = |movement: &Value| {
        (movement["reason"].as_str().unwrap().to_owned(), movement["delta"].as_i64().unwrap())
    };
    page["data"].as_array().unwrap().iter().map(movement).collect()
}

#[tokio::test]
async fn a_second_import_changes_nothing() {
    for name in ["shopify/jewelery.csv", "woocommerce/sample_products.csv"] {
        let Some(file) = real(name) else { return };
        let app = TestApp::start().await;
        let seller = app.seller("maya").await;
        import(&app, &seller, &file).await;
        let once = products(&seller).await;
        let again = import(&app, &seller, &file).await;
        assert_eq!((&again["products_created"], &again["products_updated"]), (&json!(0), &json!(once.len())));
        assert_eq!(products(&seller).await, once, "{name}: not even the time of the last change");
        let listed = seller.get("/v1/vendor/imports").await.expect(200);
        assert_eq!(listed["data"].as_array().unwrap().len(), 2);
        app.stop().await;
    }
}

#[tokio::test]
async fn a_file_brings_products_up_to_date() {
    let app = TestApp::start().await;
    let (seller, admin) = (app.seller("maya").await, app.admin().await);
    let first = "cup,Cup,Old,Potter,,,FALSE,Color,Red,C-1,100,3,10,\ncup,,,,,,,,Blue,,,4,10,\ncup,,,,,,,,Green,,,5,10,\n";
    import_rows(&app, &seller, first).await;
    let before = products(&seller).await;
    let before = &before["Cup"];
    assert_eq!(before["status"], "draft");
    let id = before["id"].as_str().unwrap();
    seller
        .patch(&format!("/v1/products/{id}"), json!({"specs": {"Brand": "Potter", "glaze": "celadon"}}))
        .await
        .expect(200);
    admin.post("/v1/admin/categories", json!({"name": "Cups"})).await.expect(201);

    // Red has another name, Blue gets an SKU and a stock, Green is left out, White is new.
    let second = "cup,Big cup,<b>New</b><script>,Turner,Cups,,TRUE,Color,Crimson,C-1,,8,9,12.50\n\
        cup,,,,,,,,Blue,C-2,,0,10,\ncup,,,,,,,,White,C-3,50,,11,\n";
    let done = import_rows(&app, &seller, second).await;
    assert_eq!((&done["errors"], &done["products_updated"]), (&json!([]), &json!(1)));
    let after = products(&seller).await;
    assert_eq!(after.len(), 1);
    let after = &after["Big cup"];
    assert_eq!(
        (&after["id"], &after["slug"], &after["status"]),
        (&before["id"], &before["slug"], &json!("published"))
    );
    assert_eq!(after["description"], "<b>New</b>");
    assert_eq!(after["specs"], json!({"Brand": "Turner", "glaze": "celadon", "Type": "Cups"}));
    assert_eq!(after["category"]["name"], "Cups");
    assert_eq!(after["options"], json!([{"name": "Color", "values": ["Blue", "Green", "Crimson", "White"]}]));
    let told = |variant: &Value| {
        json!([
            variant["title"],
            variant["sku"],
            variant["stock"],
            variant["price"]["amount"],
            variant["final_price"]["amount"],
            variant["weight_grams"]
        ])
    };
    let told: Vec<Value> = after["variants"].as_array().unwrap().iter().map(told).collect();
    assert_eq!(
        told,
        [
            json!(["Crimson", "C-1", 8, 1250, 900, 100]),
            json!(["Blue", "C-2", 0, 1000, 1000, null]),
            json!(["Green", null, 5, 1000, 1000, null]),
            json!(["White", "C-3", 0, 1100, 1100, 50]),
        ]
    );
    assert_eq!(after["variants"][0]["id"], before["variants"][0]["id"]);
    let moved = movements(&seller, &after["variants"][0]).await;
    assert_eq!(moved, [("import".to_owned(), 5), ("import".to_owned(), 3)]);
    assert_eq!(movements(&seller, &after["variants"][2]).await.len(), 1);
    app.stop().await;
}

/// What was sold since stays sold when the file has no stock, and is overruled when it has one.
#[tokio::test]
async fn a_stock_is_set_only_where_the_file_has_one() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let rows = "cup,Cup,,,,,TRUE,Title,Default Title,,,5,10,\n";
    import_rows(&app, &seller, rows).await;
    let variant = products(&seller).await["Cup"]["variants"][0].clone();
    let path = format!("/v1/variants/{}/stock-adjustments", variant["id"].as_str().unwrap());
    seller.post(&path, json!({"delta": -2, "reason": "sold at the fair"})).await.expect(201);
    import_rows(&app, &seller, "cup,Cup,,,,,TRUE,Title,Default Title,,,,10,\n").await;
    assert_eq!(products(&seller).await["Cup"]["variants"][0]["stock"], 3);
    import_rows(&app, &seller, rows).await;
    assert_eq!(products(&seller).await["Cup"]["variants"][0]["stock"], 5);
    app.stop().await;
}

/// A product that was archived is not brought back to life: its key is free for another.
#[tokio::test]
async fn what_was_archived_comes_in_anew() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let rows = "cup,Cup,,,,,TRUE,Title,Default Title,C-1,,5,10,\n";
    import_rows(&app, &seller, rows).await;
    let first = products(&seller).await["Cup"].clone();
    let path = format!("/v1/products/{}", first["id"].as_str().unwrap());
    assert_eq!(seller.delete(&path).await.status, 204);
    let again = import_rows(&app, &seller, rows).await;
    assert_eq!((&again["products_created"], &again["errors"]), (&json!(1), &json!([])));
    assert_ne!(products(&seller).await["Cup"]["id"], first["id"]);
    seller.get(&path).await.expect_problem(410, "gone");
    app.stop().await;
}

/// With other options only an SKU tells which variant a row means.
#[tokio::test]
async fn other_options_reach_variants_by_sku_alone() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    import_rows(&app, &seller, "cup,Cup,,,,,TRUE,Color,Red,C-1,,5,10,\ncup,,,,,,,,Blue,C-2,,5,10,\n").await;
    let rows = "cup,Cup,,,,,TRUE,Colour,Red,C-1,,6,11,\ncup,,,,,,,,Green,,,5,10,\n";
    let done = import_rows(&app, &seller, rows).await;
    assert_eq!(errors(&done), ["3 Option1 Value"]);
    let cup = products(&seller).await["Cup"].clone();
    assert_eq!((&cup["variants"][0]["stock"], &cup["variants"][0]["price"]), (&json!(6), &money(1100)));
    assert_eq!(cup["variants"].as_array().unwrap().len(), 2);
    app.stop().await;
}

/// What is in one shop is of no account in another.
#[tokio::test]
async fn the_same_file_in_two_shops() {
    let Some(file) = real("shopify/apparel.csv") else { return };
    let app = TestApp::start().await;
    let (maya, omar) = (app.seller("maya").await, app.seller("omar").await);
    import(&app, &maya, &file).await;
    let done = import(&app, &omar, &file).await;
    assert_eq!(done["products_created"], 20);
    assert_eq!(all_contents(&products(&maya).await), all_contents(&products(&omar).await));
    app.stop().await;
}
