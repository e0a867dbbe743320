//! GTINs come in with the files of every shop, and no barcode keeps a product out.

use testing::{TestApp, Value, json};

use super::{errors, import, products};

const HEADER: &str = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Barcode\n";

fn gtins(product: &Value) -> Vec<&Value> {
    product["variants"].as_array().unwrap().iter().map(|variant| &variant["gtin"]).collect()
}

#[tokio::test]
async fn a_shopify_barcode_is_the_variants_gtin() {
    let app = TestApp::start().await;
    let maya = app.seller("maya").await;
    let file = format!(
        "{HEADER}tee,Tee,Size,S,,9,4006381333931\ntee,,,M,,9,'0095205603217\ntee,,,L,,9,95205603217\n\
         tee,,,XL,,9,\nmug,Mug,,,,9,\"=\"\"9783161484100\"\"\"\n"
    );
    let done = import(&app, &maya, file.as_bytes()).await;
    assert_eq!((&done["errors"], &done["products_created"]), (&json!([]), &json!(2)));
    let found = products(&maya).await;
    let expected = [json!("4006381333931"), json!("0095205603217"), json!("095205603217"), json!(null)];
    assert_eq!(gtins(&found["Tee"]), expected.iter().collect::<Vec<_>>());
    assert_eq!(gtins(&found["Mug"]), [&json!("9783161484100")]);
    assert_eq!(found["Mug"]["specs"], json!({}), "it is no property as well");

    // A file without barcodes leaves them; another barcode takes the place of the first.
    let file = "Handle,Title,Variant Price\nmug,Mug,8\n";
    import(&app, &maya, file.as_bytes()).await;
    assert_eq!(gtins(&products(&maya).await["Mug"]), [&json!("9783161484100")]);
    let file = format!("{HEADER}mug,Mug,,,,8,96385074\n");
    import(&app, &maya, file.as_bytes()).await;
    assert_eq!(gtins(&products(&maya).await["Mug"]), [&json!("96385074")]);
    app.stop().await;
}

#[tokio::test]
async fn no_barcode_keeps_a_product_out() {
    let app = TestApp::start().await;
    let maya = app.seller("maya").await;
    let file = format!(
        "{HEADER}own,Own,,,,9,SHELF-4\nmistyped,Mistyped,,,,9,4006381333932\ncut,Cut,,,,9,4.00638E+12\n\
         tee,Tee,Size,S,,9,4006381333931\ntee,,,M,,9,T-M\nlong,Long,,,,9,{}\nbell,Bell,,,,9,\u{7}\n",
        "9".repeat(501)
    );
    let done = import(&app, &maya, file.as_bytes()).await;
    assert_eq!(errors(&done), [3, 4, 6, 7, 8].map(|row| format!("{row} Variant Barcode")));
    assert_eq!((&done["products_created"], &done["rows_done"]), (&json!(6), &json!(7)));
    let found = products(&maya).await;
    assert_eq!(gtins(&found["Tee"]), [&json!("4006381333931"), &json!(null)]);
    assert_eq!(found["Own"]["specs"]["Barcode"], "SHELF-4");
    for title in ["Own", "Mistyped", "Cut", "Long", "Bell"] {
        assert_eq!(gtins(&found[title]), [&json!(null)], "{title}");
    }
    // What is exported of them is read back without a word.
    let export = maya.get("/v1/vendor/exports/products.csv").await;
    let again = import(&app, &maya, &export.body).await;
    assert_eq!(again["errors"], json!([]));
    assert_eq!(products(&maya).await, found);
    app.stop().await;
}

#[tokio::test]
async fn woocommerce_and_its_plug_ins_have_gtins() {
    let app = TestApp::start().await;
    let maya = app.seller("maya").await;
    let header = "Type,SKU,Name,Published,Regular price,Parent,Attribute 1 name,Attribute 1 value(s)";
    for (number, (column, code)) in [
        ("\"GTIN, UPC, EAN, or ISBN\"", "4006381333931"),
        ("Meta: _alg_ean", "96385074"),
        ("EAN", "4 006381 333931"),
    ]
    .into_iter()
    .enumerate()
    {
        let file = format!(
            "{header},{column}\nsimple,s-{number},Simple {number},1,9,,,,{code}\n\
             variable,v-{number},Variable {number},1,,,Size,\"S, M\",OWN-1\n\
             variation,,,1,9,v-{number},Size,S,{code}\nvariation,,,1,9,v-{number},Size,M,1\n"
        );
        let done = import(&app, &maya, file.as_bytes()).await;
        let spelled = column.trim_matches('"');
        assert_eq!(errors(&done), [format!("5 {spelled}")]);
        let found = products(&maya).await;
        let digits = json!(code.replace(' ', ""));
        assert_eq!(gtins(&found[&format!("Simple {number}")]), [&digits]);
        assert_eq!(gtins(&found[&format!("Variable {number}")]), [&digits, &json!(null)]);
        assert_eq!(found[&format!("Variable {number}")]["specs"]["Barcode"], "OWN-1");
    }
    app.stop().await;
}

#[tokio::test]
async fn books_have_numbers_of_both_forms() {
    let app = TestApp::start().await;
    let maya = app.seller("maya").await;
    let file = format!(
        "{HEADER}old,Old,,,,9,3-16-148410-X\nnew,New,,,,9,978-0-306-40615-7\nown,Own,,,,9,0306406153\n"
    );
    let done = import(&app, &maya, file.as_bytes()).await;
    assert_eq!(done["errors"], json!([]));
    let found = products(&maya).await;
    assert_eq!(gtins(&found["Old"]), [&json!("9783161484100")]);
    assert_eq!(gtins(&found["New"]), [&json!("9780306406157")]);
    assert_eq!(
        (gtins(&found["Own"])[0], &found["Own"]["specs"]["Barcode"]),
        (&json!(null), &json!("0306406153"))
    );
    let export = maya.get("/v1/vendor/exports/products.csv").await;
    import(&app, &maya, &export.body).await;
    assert_eq!(products(&maya).await, found);
    app.stop().await;
}

/// The number of a whole product is none of its variants'; it is kept where buyers see it.
#[tokio::test]
async fn a_woocommerce_product_with_variations_keeps_its_gtin() {
    let app = TestApp::start().await;
    let maya = app.seller("maya").await;
    let file = "Type,SKU,Name,Published,Regular price,Parent,Attribute 1 name,Attribute 1 value(s),GTIN\n\
        variable,tee,Tee,1,,,Size,\"S, M\",4006381333931\n\
        variation,,,1,9,tee,Size,S,96385074\nvariation,,,1,9,tee,Size,M,\n";
    let done = import(&app, &maya, file.as_bytes()).await;
    assert_eq!(done["errors"], json!([]));
    let found = products(&maya).await;
    assert_eq!(found["Tee"]["specs"]["Barcode"], "4006381333931");
    assert_eq!(gtins(&found["Tee"]), [&json!("96385074"), &json!(null)]);
    let export = maya.get("/v1/vendor/exports/products.csv").await;
    let again = import(&app, &maya, &export.body).await;
    assert_eq!(again["errors"], json!([]));
    assert_eq!(products(&maya).await, found);
    app.stop().await;
}

#[tokio::test]
async fn the_first_gtin_of_a_data_sheet_counts() {
    let app = TestApp::start().await;
    let maya = app.seller("maya").await;
    let line = r#"{"id": "7", "name": "TK-1", "title": "Kyo TK-1 toner", "ean": ["123", "0095205603217", "4006381333931"], "supplier": "Kyo", "price": 4995}"#;
    let done = import(&app, &maya, line.as_bytes()).await;
    assert_eq!(done["errors"], json!([]));
    let found = products(&maya).await;
    assert_eq!(gtins(&found["Kyo TK-1 toner"]), [&json!("0095205603217")]);
    app.stop().await;
}
