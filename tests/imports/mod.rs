//! Products from files, and back.

mod access;
mod barcodes;
mod catalogue;
mod crash;
mod errors;
mod exports;
mod files;
mod hostile;
mod pictures;
mod properties;
mod repeats;
mod together;
mod trying;
mod uploads;

use std::collections::BTreeMap;
use std::path::Path;

use testing::{Actor, TestApp, Value, json};

/// A header of Shopify's with what most tests need.
const SHOPIFY: &str = "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,\
    Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,Variant Compare At Price\n";

/// Rows that differ by a number.
fn lines(count: i64, line: impl Fn(i64) -> String) -> String {
    (0..count).map(line).collect::<Vec<_>>().concat()
}

/// A file of the real data, when it is there.
#[expect(clippy::print_stdout, reason = "a test that was skipped has to say so")]
fn real(name: &str) -> Option<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    let found = std::fs::read(&path).ok();
    if found.is_none() {
        println!("skipped: there is no {}", path.display());
    }
    found
}

/// Uploads a file; answers the import as it was begun.
async fn upload(actor: &Actor, content: &[u8]) -> Value {
    actor.upload("/v1/vendor/imports", &[("file", Some("products.csv"), content)]).await.expect(202)
}

/// Imports a file to its end.
async fn import(app: &TestApp, actor: &Actor, content: &[u8]) -> Value {
    let begun = upload(actor, content).await;
    app.run_jobs().await;
    show(actor, &begun).await
}

/// The import as it is now.
async fn show(actor: &Actor, begun: &Value) -> Value {
    actor.get(&format!("/v1/vendor/imports/{}", begun["id"].as_str().unwrap())).await.expect(200)
}

/// Imports rows under [`SHOPIFY`]'s header.
async fn import_rows(app: &TestApp, actor: &Actor, rows: &str) -> Value {
    import(app, actor, format!("{SHOPIFY}{rows}").as_bytes()).await
}

/// The row errors as `line column`.
fn errors(import: &Value) -> Vec<String> {
    let errors = import["errors"].as_array().unwrap();
    errors.iter().map(|error| format!("{} {}", error["row"], error["column"].as_str().unwrap())).collect()
}

/// The shop's products that are not archived, by title: what of each a file says, and who it is.
async fn products(actor: &Actor) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    let mut path = "/v1/vendor/products?limit=100".to_owned();
    loop {
        let page = actor.get(&path).await.expect(200);
        for card in page["data"].as_array().unwrap() {
            let id = card["id"].as_str().unwrap();
            let product = actor.get(&format!("/v1/products/{id}")).await.expect(200);
            found.insert(product["title"].as_str().unwrap().to_owned(), product);
        }
        let Some(cursor) = page["next_cursor"].as_str() else { return found };
        path = format!("/v1/vendor/products?limit=100&cursor={cursor}");
    }
}

/// A product without what differs from shop to shop: identifiers, slugs, times.
fn contents(product: &Value) -> Value {
    let mut product = product.clone();
    let fields = product.as_object_mut().unwrap();
    for own in ["id", "slug", "vendor", "created_at", "updated_at", "images", "rating"] {
        fields.remove(own);
    }
    for variant in fields["variants"].as_array_mut().unwrap() {
        variant.as_object_mut().unwrap().remove("id");
    }
    product
}

fn all_contents(products: &BTreeMap<String, Value>) -> BTreeMap<&String, Value> {
    products.iter().map(|(title, product)| (title, contents(product))).collect()
}

fn money(minor: i64) -> Value {
    json!({"amount": minor, "currency": "USD"})
}
