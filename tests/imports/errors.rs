//! Rows that can't be imported: each is named, the others go in.

use testing::{TestApp, json};

use super::{errors, import, import_rows, lines, products};

#[tokio::test]
async fn each_error_names_its_line_and_column() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    seller.product_with(json!({"title": "Plate", "price": 900, "stock": 1, "sku": "TAKEN"})).await;
    let rows = "cup,Cup,\"Two\nlines\",,,,TRUE,Color,Red,C-1,,5,abc,\n\
        cup,,,,,,,,Blue,C-2,,5,10,\n\
        cup,,,,,,,,Blue,C-3,,5,10,\n\
        cup,,,,,,,,Green,TAKEN,,5,10,\n\
        jar,,,,,,TRUE,Title,Default Title,,,5,10,\n\
        ,Nameless,,,,,TRUE,Title,Default Title,,,5,10,\n\
        pot,Pot,,,,,TRUE,Title,Default Title,P-1,heavy,5,10,\n\
        pan,Pan,,,,,TRUE,Title,Default Title,C-2,,5,10,\n\
        lid,Lid,,,,,TRUE,Title,Default Title,,,5,10,5,6,7\n\
        tap,Tap,,,,,TRUE,Title,Default Title,,,1000000001,10,\n\
        mug,Mug,,,,,TRUE,Title,Default Title,TAKEN,,5,10,\n\
        \"vat\"x,Vat,,,,,TRUE,Title,Default Title,,,5,10,\n\
        urn,Urn,,,,,TRUE,Title,Default Title,,,5,10.00,\n";
    let done = import_rows(&app, &seller, rows).await;
    assert_eq!(
        errors(&done),
        [
            "2 Variant Price",
            "5 Option1 Value",
            "6 Variant SKU",
            "7 Title",
            "8 Handle",
            "9 Variant Grams",
            "10 Variant SKU",
            "11 ",
            "12 Variant Inventory Qty",
            "13 Variant SKU",
            "14 Handle",
        ]
    );
    assert_eq!(done["errors"][0]["detail"], "`abc` is no price; write it like 42.99");
    assert_eq!(done["errors"][2]["detail"], "another product of your shop has this SKU");
    assert_eq!((&done["rows_done"], &done["rows_total"]), (&json!(13), &json!(13)));
    let products = products(&seller).await;
    assert_eq!(products.keys().collect::<Vec<_>>(), ["Cup", "Plate", "Urn"]);
    assert_eq!(products["Cup"]["variants"].as_array().unwrap().len(), 1);
    app.stop().await;
}

/// Prices have the decimals of the marketplace's currency, and no more.
#[tokio::test]
async fn prices_in_a_currency_without_decimals() {
    let app = TestApp::builder().with(|settings| settings.currency = "JPY".parse().unwrap()).start().await;
    let seller = app.seller("maya").await;
    let rows =
        "cup,Cup,,,,,TRUE,Title,Default Title,,,5,1500.00,\njar,Jar,,,,,TRUE,Title,Default Title,,,5,15.5,\n";
    let done = import_rows(&app, &seller, rows).await;
    assert_eq!(errors(&done), ["3 Variant Price"]);
    assert_eq!(products(&seller).await["Cup"]["price"], json!({"amount": 1500, "currency": "JPY"}));
    app.stop().await;
}

#[tokio::test]
async fn no_more_than_a_thousand_errors_are_kept() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let rows = lines(1_200, |row| format!("cup-{row},Cup,,,,,TRUE,Title,Default Title,,,5,free,\n"));
    let done = import_rows(&app, &seller, &rows).await;
    assert_eq!(done["errors"].as_array().unwrap().len(), 1_000);
    assert_eq!((&done["rows_done"], &done["errors"][999]["row"]), (&json!(1_200), &json!(1_001)));
    app.stop().await;
}

/// More variants than a product can have: those that fit go in.
#[tokio::test]
async fn a_product_with_too_many_variants() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let rows = lines(105, |size| format!("cup,Cup,,,,,TRUE,Size,{size},,,5,10,\n"));
    let done = import_rows(&app, &seller, &rows).await;
    assert_eq!(done["errors"].as_array().unwrap().len(), 5);
    assert_eq!(errors(&done)[0], "102 Option1 Value");
    assert_eq!(products(&seller).await["Cup"]["variants"].as_array().unwrap().len(), 100);
    let again = import_rows(&app, &seller, "cup,Cup,,,,,TRUE,Size,999,,,5,10,\n").await;
    assert_eq!(again["errors"][0]["detail"], "an option has at most 100 values");
    app.stop().await;
}

/// A shop that was suspended in between can't offer anything.
#[tokio::test]
async fn a_shop_that_is_closed_meanwhile() {
    let app = TestApp::start().await;
    let (seller, admin) = (app.seller("maya").await, app.admin().await);
    let begun = super::upload(
        &seller,
        format!("{}cup,Cup,,,,,TRUE,Title,Default Title,,,5,10,\n", super::SHOPIFY).as_bytes(),
    )
    .await;
    let path = format!("/v1/admin/vendors/{}/suspend", seller.vendor);
    admin.post(&path, json!({"reason": "Questions"})).await.expect(200);
    app.run_jobs().await;
    let done = super::show(&seller, &begun).await;
    assert_eq!((&done["status"], done["errors"].as_array().unwrap().len()), (&json!("failed"), 1));
    let refused = seller.upload("/v1/vendor/imports", &[("file", Some("a.csv"), b"x")]).await;
    refused.expect_problem(403, "vendor_not_accepted");
    app.stop().await;
}

#[tokio::test]
async fn files_that_are_no_product_export() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    for file in [b"id,name\n1,Cup\n".as_slice(), b"", b"\n\n", b"{\"products\": []}"] {
        let done = import(&app, &seller, file).await;
        assert_eq!((&done["status"], &done["rows_total"]), (&json!("failed"), &json!(0)));
        assert_eq!(errors(&done), ["1 "]);
    }
    let nothing = import_rows(&app, &seller, "").await;
    assert_eq!((&nothing["status"], &nothing["rows_total"]), (&json!("completed"), &json!(0)));
    app.stop().await;
}
