//! Whatever products a shop has: an import twice is an import once, and an export read back is no change.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use testing::{TestApp, Value, json};

use super::{all_contents, import, products};

/// A text of one line with what files choke on.
fn text(most: usize) -> impl Strategy<Value = String> {
    let character = prop_oneof![
        5 => proptest::char::range('a', 'z'),
        2 => proptest::sample::select(vec![' ', '"', ',', ';', '\'', '=', '+', '-', '@', '#', '\\', '/', '|', '%']),
        1 => proptest::sample::select(vec!['é', 'ß', '漢', 'ع', '🙂', '\u{a0}']),
    ];
    proptest::collection::vec(character, 1..most)
        .prop_map(|characters| characters.into_iter().collect::<String>().trim().to_owned())
        .prop_filter("not empty", |text| !text.is_empty())
}

fn discount() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        (1..=95_i64).prop_map(|percent| json!({"percent": percent})),
        (1..=90_i64).prop_map(|amount| json!({"amount": amount})),
        (1..=90_i64).prop_map(|amount| json!({"amount": amount, "starts_at": "2090-01-01T00:00:00Z"})),
        (1..=90_i64).prop_map(|percent| json!({"percent": percent, "ends_at": "2090-01-01T00:00:00Z"})),
    ]
}

/// A number of 8, 12, 13 or 14 digits whose check digit is right, often with zeros in front.
fn gtin() -> impl Strategy<Value = String> {
    let length = proptest::sample::select(vec![8_usize, 12, 13, 14]);
    (length, prop_oneof![0..100_000_u64, 0..10_000_000_000_000_u64]).prop_map(|(length, number)| {
        let digits = format!("{number:013}").split_off(14 - length);
        let weigh =
            |(place, digit): (usize, u8)| u32::from(digit - b'0') * if place % 2 == 0 { 3 } else { 1 };
        let sum: u32 = digits.bytes().rev().enumerate().map(weigh).sum();
        format!("{digits}{}", (10 - sum % 10) % 10)
    })
}

/// What a product may have as its property `Barcode`: whatever a cell for barcodes may say, too.
fn barcode() -> impl Strategy<Value = String> {
    let damaged = proptest::sample::select(vec!["4006381333932", "4.00638E+12", "0815", "'0815", "A-17"]);
    prop_oneof![gtin(), damaged.prop_map(str::to_owned), text(20)]
}

fn variant() -> impl Strategy<Value = Value> {
    let price = prop_oneof![100..10_000_i64, 1_000_000_000..1_000_000_000_000_i64];
    let weight = proptest::option::of(1..100_000_i64);
    let gtin = proptest::option::of(gtin());
    (price, 0..1_000_i64, discount(), weight, gtin).prop_map(|(price, stock, discount, weight, gtin)| {
        json!({"price": price, "stock": stock, "discount": discount, "weight_grams": weight, "gtin": gtin})
    })
}

/// A product with one to four options of one to three values, and some of the variants they allow.
fn product() -> impl Strategy<Value = Value> {
    let names = proptest::collection::btree_set(text(20), 0..=4);
    let values = proptest::collection::btree_set(text(20), 3);
    let specs = proptest::collection::btree_map(text(20), text(40), 0..5);
    let specs = (specs, proptest::option::of(barcode())).prop_map(|(mut specs, barcode)| {
        specs.extend(barcode.map(|barcode| ("Barcode".to_owned(), barcode)));
        specs
    });
    let variants = proptest::collection::vec(variant(), 3);
    (text(100), text(300), names, values, specs, variants, any::<bool>()).prop_map(
        |(title, description, names, values, specs, variants, published)| {
            let status = if published { "published" } else { "draft" };
            let mut product =
                json!({"title": title, "description": description, "specs": specs, "status": status});
            let fields = product.as_object_mut().unwrap();
            if names.is_empty() {
                fields.extend(variants[0].as_object().unwrap().clone());
                return product;
            }
            let options: Vec<Value> =
                names.iter().map(|name| json!({"name": name, "values": values})).collect();
            let chosen = values.iter().zip(variants).map(|(value, mut variant)| {
                let choice: serde_json::Map<String, Value> =
                    names.iter().map(|name| (name.clone(), json!(value))).collect();
                variant["options"] = Value::Object(choice);
                variant
            });
            fields.insert("variants".to_owned(), chosen.collect());
            fields.insert("options".to_owned(), json!(options));
            fields.insert("price".to_owned(), json!(100));
            product
        },
    )
}

#[tokio::test]
async fn exports_and_imports_are_each_others_reverse() {
    let app = TestApp::start().await;
    let (maya, omar) = (app.seller("maya").await, app.seller("omar").await);
    let mut runner = TestRunner::deterministic();
    for number in 0..60 {
        let mut one = product().new_tree(&mut runner).unwrap().current();
        // Titles name the products of this test.
        one["title"] = json!(format!("{} {number}", one["title"].as_str().unwrap()));
        if number % 3 == 0 && one.get("variants").is_none() {
            one["sku"] = json!(format!("={number}"));
        }
        maya.product_with(one).await;
    }
    let before = products(&maya).await;
    let export = maya.get("/v1/vendor/exports/products.csv").await;
    let done = import(&app, &maya, &export.body).await;
    assert_eq!((&done["errors"], &done["products_created"]), (&json!([]), &json!(0)));
    assert_eq!(products(&maya).await, before, "an export read back is no change");

    let done = import(&app, &omar, &export.body).await;
    assert_eq!((&done["errors"], &done["products_created"]), (&json!([]), &json!(60)));
    let first = products(&omar).await;
    assert_eq!(all_contents(&first), all_contents(&before), "another shop gets the same");
    let done = import(&app, &omar, &export.body).await;
    assert_eq!((&done["errors"], &done["products_updated"]), (&json!([]), &json!(60)));
    assert_eq!(products(&omar).await, first, "twice is once");
    let again = maya.get("/v1/vendor/exports/products.csv").await;
    assert_eq!(again.text(), export.text());
    app.stop().await;
}
