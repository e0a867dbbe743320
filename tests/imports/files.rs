//! Real exports of other shops.

use testing::{TestApp, json};

use super::{errors, import, money, products, real, upload};

#[tokio::test]
async fn shopifys_apparel() {
    let Some(file) = real("shopify/apparel.csv") else { return };
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let begun = upload(&seller, &file).await;
    assert_eq!((&begun["status"], &begun["rows_done"]), (&json!("queued"), &json!(0)));
    app.run_jobs().await;
    let done = super::show(&seller, &begun).await;
    assert_eq!(done["status"], "completed");
    assert_eq!((&done["rows_done"], &done["rows_total"]), (&json!(22), &json!(22)));
    assert_eq!(done["errors"], json!([]));
    assert_eq!((&done["products_created"], &done["products_updated"]), (&json!(20), &json!(0)));

    let products = products(&seller).await;
    assert_eq!(products.len(), 20);
    let top = &products["Classic Varsity Top"];
    assert_eq!(top["options"], json!([{"name": "Size", "values": ["Small", "Medium", "Large"]}]));
    assert_eq!(top["variants"].as_array().unwrap().len(), 3);
    assert_eq!(top["variants"][1]["title"], "Medium");
    let shirt = &products["Ocean Blue Shirt"];
    assert_eq!((&shirt["price"], &shirt["discount"]), (&money(5000), &json!(null)));
    assert_eq!((&shirt["variants"][0]["stock"], &shirt["options"]), (&json!(1), &json!([])));
    assert_eq!(shirt["specs"], json!({"Brand": "partners-demo", "Tags": "men"}));
    let listed = app.anonymous().get("/v1/products?limit=100").await.expect(200);
    assert_eq!(listed["data"].as_array().unwrap().len(), 20, "all are published");
    app.stop().await;
}

#[tokio::test]
async fn shopifys_jewelery_has_prices_before_and_rows_of_images() {
    let Some(file) = real("shopify/jewelery.csv") else { return };
    let app = TestApp::start().await;
    let (seller, admin) = (app.seller("maya").await, app.admin().await);
    let bracelets = admin.post("/v1/admin/categories", json!({"name": "Bracelet"})).await.expect(201);
    let done = import(&app, &seller, &file).await;
    assert_eq!((&done["status"], &done["errors"]), (&json!("completed"), &json!([])));
    assert_eq!((&done["rows_done"], &done["rows_total"]), (&json!(41), &json!(41)));
    let products = products(&seller).await;
    assert_eq!(products.len(), 20);
    let anchor = &products["Anchor Bracelet Mens"];
    assert_eq!((&anchor["price"], &anchor["final_price"]), (&money(8500), &money(6999)));
    assert_eq!(anchor["discount"], json!({"amount": 1501, "starts_at": null, "ends_at": null}));
    assert_eq!(anchor["variants"][1]["final_price"], money(5500));
    assert_eq!(anchor["variants"][1]["in_stock"], false);
    assert_eq!(anchor["category"]["id"], bracelets["id"]);
    assert_eq!(products["Boho Earrings"]["variants"][0]["weight_grams"], 28);
    assert_eq!(products["Boho Earrings"]["category"], json!(null), "there is no such category");
    app.stop().await;
}

#[tokio::test]
async fn woocommerces_sample() {
    let Some(file) = real("woocommerce/sample_products.csv") else { return };
    let app = TestApp::start().await;
    let (seller, admin) = (app.seller("maya").await, app.admin().await);
    let clothing = admin.post("/v1/admin/categories", json!({"name": "clothing"})).await.expect(201);
    let hoodies = json!({"name": "Hoodies", "parent_id": clothing["id"]});
    let hoodies = admin.post("/v1/admin/categories", hoodies).await.expect(201);
    let parts = [("file", Some("woo.csv"), file.as_slice()), ("default_stock", None, b"7".as_slice())];
    let begun = seller.upload("/v1/vendor/imports", &parts).await.expect(202);
    app.run_jobs().await;
    let done = super::show(&seller, &begun).await;
    assert_eq!(
        (&done["status"], &done["rows_done"], &done["rows_total"]),
        (&json!("completed"), &json!(24), &json!(24))
    );
    assert_eq!(errors(&done), ["17 Type", "18 Type"], "a grouped product and an external one");

    let products = products(&seller).await;
    assert_eq!(products.len(), 13);
    let hoodie = &products["Hoodie"];
    assert_eq!(hoodie["variants"].as_array().unwrap().len(), 6);
    assert_eq!(hoodie["category"]["id"], hoodies["id"]);
    let red = hoodie["variants"].as_array().unwrap().iter().find(|variant| variant["sku"] == "cc-hoodie-red");
    let red = red.unwrap();
    assert_eq!(red["options"], json!({"Color": "Red", "Logo": "No"}));
    assert_eq!((&red["price"], &red["final_price"]), (&money(4500), &money(4200)));
    assert_eq!(red["stock"], 7);
    let shirt = &products["T-Shirt"];
    assert_eq!(shirt["options"], json!([{"name": "Color", "values": ["Blue", "Green", "Red"]}]));
    assert_eq!(shirt["specs"]["Size"], "Large, Medium, Small");
    assert_eq!(products["Beanie"]["final_price"], money(1800));
    assert_eq!(products["Album"]["variants"][0]["sku"], "cc-album");
    app.stop().await;
}

/// A header of 2026 has columns that nobody here knows, and leaves some out.
#[tokio::test]
async fn unknown_columns_do_not_matter() {
    let Some(header) = real("shopify/modern-export-header-2026.txt") else { return };
    let header = String::from_utf8(header).unwrap();
    let names: Vec<&str> = header.trim().split(',').collect();
    let row: Vec<&str> = names
        .iter()
        .map(|name| match *name {
            "Handle" => "cup",
            "Title" | "Option1 Name" => "Title",
            "Option1 Value" => "Default Title",
            "Variant Price" => "8.50",
            "Published" => "TRUE",
            "Status" => "active",
            _ => "",
        })
        .collect();
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let file = format!("{}\n{}\n", header.trim(), row.join(","));
    let done = import(&app, &seller, file.as_bytes()).await;
    assert_eq!((&done["status"], &done["errors"]), (&json!("completed"), &json!([])));
    assert_eq!(products(&seller).await["Title"]["status"], "published");
    app.stop().await;
}
