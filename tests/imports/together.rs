//! Imports that run at the same time.

use testing::{TestApp, json};

use super::{SHOPIFY, lines, products, show, upload};

/// The same products in two files at once: each is there once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_imports_of_one_shop() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let rows = |stock: i64| -> String {
        lines(60, |n| {
            format!("cup-{n},Cup {n},,,,,TRUE,Color,Red,S-{n},,{stock},10,\ncup-{n},,,,,,,,Blue,,,1,10,\n")
        })
    };
    let (a, b) = (format!("{SHOPIFY}{}", rows(5)), format!("{SHOPIFY}{}", rows(9)));
    let (a, b) = tokio::join!(upload(&seller, a.as_bytes()), upload(&seller, b.as_bytes()));
    app.run_jobs().await;
    let (a, b) = (show(&seller, &a).await, show(&seller, &b).await);
    for done in [&a, &b] {
        assert_eq!(
            (&done["status"], &done["errors"], &done["rows_done"]),
            (&json!("completed"), &json!([]), &json!(120))
        );
    }
    let created = a["products_created"].as_i64().unwrap() + b["products_created"].as_i64().unwrap();
    assert_eq!(created, 60);
    let products = products(&seller).await;
    assert_eq!(products.len(), 60);
    for product in products.values() {
        let variants = product["variants"].as_array().unwrap();
        assert_eq!(variants.len(), 2);
        assert!([5, 9].contains(&variants[0]["stock"].as_i64().unwrap()));
    }
    app.stop().await;
}

/// Two shops at once, and different products of one shop that want the same SKU.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_sku_in_two_files() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let rows = |shape: &str| -> String {
        lines(30, |n| format!("{shape}-{n},{shape} {n},,,,,TRUE,Title,Default Title,S-{n},,5,10,\n"))
    };
    let (a, b) = (format!("{SHOPIFY}{}", rows("cup")), format!("{SHOPIFY}{}", rows("jar")));
    let (a, b) = tokio::join!(upload(&seller, a.as_bytes()), upload(&seller, b.as_bytes()));
    app.run_jobs().await;
    let (a, b) = (show(&seller, &a).await, show(&seller, &b).await);
    let errors = a["errors"].as_array().unwrap().len() + b["errors"].as_array().unwrap().len();
    assert_eq!((errors, products(&seller).await.len()), (30, 30));
    let told = a["errors"].as_array().unwrap().iter().chain(b["errors"].as_array().unwrap());
    assert!(told.into_iter().all(|error| error["column"] == "Variant SKU"));
    app.stop().await;
}
