//! What is exported is read back without a difference.

use testing::{TestApp, json};

use super::{SHOPIFY, all_contents, import, import_rows, products, real};

/// Products of every form that the API can make.
async fn fill(app: &TestApp, seller: &testing::Seller) {
    let admin = app.admin().await;
    let home = admin.post("/v1/admin/categories", json!({"name": "Home"})).await.expect(201);
    let cups = json!({"name": "Cups & mugs", "parent_id": home["id"]});
    let cups = admin.post("/v1/admin/categories", cups).await.expect(201);
    for product in [
        json!({"title": "Cup", "price": 1050, "stock": 5, "sku": "00815", "category_id": cups["id"], "weight_grams": 120,
            "specs": {"Brand": "Potter", "Tags": "a, b", "Barcode": "0012", "nested": {"a": [1, 2.5, null, "x"]}, "Type": 7}}),
        json!({"title": "=1+1", "description": "-dash & <5> \"quotes\",\nand lines", "price": 1, "stock": 0, "sku": "'x"}),
        json!({"title": "Percent", "price": 999, "stock": 1, "discount": {"percent": 15}}),
        json!({"title": "Later", "price": 999, "stock": 1,
            "discount": {"amount": 100, "starts_at": "2099-01-01T00:00:00Z", "ends_at": "2099-02-01T00:00:00Z"}}),
        json!({"title": "Over", "price": 999, "stock": 1, "discount": {"percent": 50, "ends_at": "2020-01-01T00:00:00Z"}}),
        json!({"title": "Off", "price": 999, "stock": 1, "discount": {"amount": 99}}),
        json!({"title": "Draft", "price": 999, "stock": 1, "status": "draft", "specs": {"Type": "Home"}}),
        json!({"title": "Sizes", "price": 999, "options": [{"name": "Size", "values": ["S", "M", "L", "never"]}, {"name": "+", "values": ["=", "'"]}],
            "variants": [{"options": {"Size": "L", "+": "="}, "stock": 3, "sku": "S-L", "price": 1200},
                {"options": {"Size": "S", "+": "'"}, "stock": 4, "discount": {"percent": 20}, "weight_grams": 7}]}),
        json!({"title": "Many options", "price": 999,
            "options": [{"name": "A", "values": ["1", "2"]}, {"name": "B", "values": ["1"]}, {"name": "C", "values": ["1"]}, {"name": "D", "values": ["1", "2"]}],
            "variants": [{"options": {"A": "1", "B": "1", "C": "1", "D": "1"}, "stock": 3},
                {"options": {"A": "1", "B": "1", "C": "1", "D": "2"}, "stock": 3}]}),
    ] {
        seller.product_with(product).await;
    }
}

#[tokio::test]
async fn an_export_read_back_changes_nothing() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    fill(&app, &seller).await;
    import_rows(&app, &seller, "pot,Pot,<p>Clay</p>,,,,TRUE,Title,Default Title,,,5,10,\n").await;
    for file in ["shopify/jewelery.csv", "woocommerce/sample_products.csv"] {
        if let Some(file) = real(file) {
            import(&app, &seller, &file).await;
        }
    }
    let before = products(&seller).await;
    let export = seller.get("/v1/vendor/exports/products.csv").await;
    assert_eq!(export.status, 200);
    assert_eq!(export.header("content-type"), "text/csv; charset=utf-8");
    let done = import(&app, &seller, &export.body).await;
    assert_eq!((&done["errors"], &done["products_created"]), (&json!([]), &json!(0)));
    assert_eq!(done["products_updated"], before.len());
    assert_eq!(products(&seller).await, before);
    let again = seller.get("/v1/vendor/exports/products.csv").await;
    assert_eq!(again.text(), export.text());
    app.stop().await;
}

/// Another shop gets the same products, with nothing but its own identifiers.
#[tokio::test]
async fn an_export_fills_another_shop() {
    let app = TestApp::start().await;
    let (maya, omar) = (app.seller("maya").await, app.seller("omar").await);
    fill(&app, &maya).await;
    let export = maya.get("/v1/vendor/exports/products.csv").await;
    let done = import(&app, &omar, &export.body).await;
    assert_eq!(done["errors"], json!([]));
    let (ours, theirs) = (products(&maya).await, products(&omar).await);
    let (mut ours, mut theirs) = (all_contents(&ours), all_contents(&theirs));
    // HTML is cleaned on its way in, and a value that no variant has is in no row.
    for title in ["=1+1", "Sizes", "Many options"].map(str::to_owned) {
        for field in ["description", "options"] {
            ours.get_mut(&title).unwrap()[field] = json!(null);
            theirs.get_mut(&title).unwrap()[field] = json!(null);
        }
    }
    assert_eq!(ours, theirs);
    let done = import(&app, &omar, &export.body).await;
    assert_eq!((&done["products_created"], &done["products_updated"]), (&json!(0), &json!(9)));
    app.stop().await;
}

/// What is changed in the file is changed here, also where a discount was of a form of our own.
#[tokio::test]
async fn an_export_can_be_edited() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    seller
        .product_with(json!({"title": "Cup", "price": 1000, "stock": 5, "discount": {"percent": 20}}))
        .await;
    let export = seller.get("/v1/vendor/exports/products.csv").await.text();
    assert!(export.contains(",8.00,10.00,"), "{export}");
    import(
        &app,
        &seller,
        export.replace(",8.00,10.00,", ",7.00,10.00,").replace(",Cup,", ",Big cup,").as_bytes(),
    )
    .await;
    let products = products(&seller).await;
    assert_eq!(products.len(), 1);
    assert_eq!(products["Big cup"]["discount"], json!({"amount": 300, "starts_at": null, "ends_at": null}));
    app.stop().await;
}

/// More than one page; archived products stay away.
#[tokio::test]
async fn long_exports_are_whole() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    assert_eq!(seller.get("/v1/vendor/exports/products.csv").await.text().lines().count(), 1);
    let row = |n| {
        let published = if n % 2 == 0 { "TRUE" } else { "FALSE" };
        format!("cup-{n},Cup {n},,,,,{published},Title,Default Title,,,5,10,\n")
    };
    let rows: String = (0..65).map(row).collect();
    import(&app, &seller, format!("{SHOPIFY}{rows}").as_bytes()).await;
    let first = products(&seller).await["Cup 0"]["id"].clone();
    assert_eq!(seller.delete(&format!("/v1/products/{}", first.as_str().unwrap())).await.status, 204);
    let export = seller.get("/v1/vendor/exports/products.csv").await.text();
    assert_eq!(export.lines().count(), 65);
    assert!(!export.contains(",Cup 0,"));
    app.stop().await;
}
