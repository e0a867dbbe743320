//! Icecat's open catalogue: many suppliers at once, and one shop's part of it.

use std::io::Cursor;

use marketplace::imports::{self, Manner, Progress};
use testing::{TestApp, Value, json};
use types::StockLevel;

use super::{import, money, products, real};

fn manner(copies: usize) -> Manner {
    Manner { default_stock: StockLevel::new(7).unwrap(), copies, with_images: false, shop: None }
}

async fn import_all(app: &TestApp, content: &[u8], manner: Manner) -> Progress {
    let survey = imports::survey(content).unwrap();
    let content = Cursor::new(content.to_vec());
    let (progress, errors) =
        imports::import_suppliers(&app.market, &survey, content, manner, |_| {}).await.unwrap();
    assert_eq!(i64::try_from(errors.len()).unwrap(), progress.errors.min(1_000));
    progress
}

fn line(id: u32, supplier: &str, kind: &str) -> String {
    let sheet = json!({"id": id.to_string(), "name": format!("M-{id}"), "supplier": supplier, "price": 100 + id,
        "title": format!("{supplier} M-{id} {kind} Black"), "ean": ["0001"], "attr_t_colour": "Black",
        "attr_n_width": 6.0, "attr_b_in_box": true, "short_description": "A <b>good</b> one<script>x</script>"});
    format!("{sheet}\n")
}

#[tokio::test]
async fn each_supplier_becomes_a_shop() {
    let app = TestApp::start().await;
    let content: String =
        (1..=30).map(|n| line(n, ["Acme", "Bolt & Sons"][n as usize % 2], "ink cartridge")).collect();
    let broken = format!("{content}{{}}\nnonsense\n{}", line(1, "Bolt & Sons", "ink cartridge"));
    let first = import_all(&app, broken.as_bytes(), manner(1)).await;
    assert_eq!(first, Progress { done: 30, created: 30, updated: 0, errors: 3 });
    let again = import_all(&app, content.as_bytes(), manner(1)).await;
    assert_eq!(again, Progress { done: 30, created: 0, updated: 30, errors: 0 });

    let public = app.anonymous();
    let shops = public.get("/v1/vendors").await.expect(200);
    let names: Vec<&str> =
        shops["data"].as_array().unwrap().iter().map(|shop| shop["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Bolt & Sons", "Acme"]);
    let one = public.get("/v1/products/bolt-sons-m-3-ink-cartridge-black").await.expect(200);
    assert_eq!((&one["price"], &one["variants"][0]["sku"]), (&money(103), &json!("3")));
    assert_eq!(one["category"]["name"], "Ink cartridge");
    assert_eq!(one["description"], "A <b>good</b> one");
    assert_eq!((&one["specs"]["Brand"], &one["specs"]["Width"]), (&json!("Bolt & Sons"), &json!(6)));
    assert_eq!(one["variants"][0]["in_stock"], true);

    // A price that changed, and copies.
    let dearer = content.replace("\"price\":103", "\"price\":999");
    import_all(&app, dearer.as_bytes(), manner(1)).await;
    let one = public.get("/v1/products/bolt-sons-m-3-ink-cartridge-black").await.expect(200);
    assert_eq!(one["price"], money(999));
    let more = import_all(&app, dearer.as_bytes(), manner(4)).await;
    assert_eq!(more, Progress { done: 120, created: 90, updated: 30, errors: 0 });
    app.stop().await;
}

/// What broke off goes on: what was done is not touched again, and the rest is as if nothing had happened.
#[tokio::test]
async fn a_catalogue_goes_on_where_it_broke_off() {
    let app = TestApp::start().await;
    let content: String =
        (1..=1_000).map(|n| line(n, ["Acme", "Bolt & Sons"][n as usize % 2], "lamp")).collect();
    let content = format!("nonsense\n{content}{{}}\n").into_bytes();
    let survey = imports::survey(content.as_slice()).unwrap();
    let (market, copy) = (app.market.clone(), content.clone());
    let broken = tokio::spawn(async move {
        let survey = imports::survey(copy.as_slice()).unwrap();
        let die = |progress: Progress| assert_eq!(progress.done, 0, "the process dies after the first batch");
        let ended = imports::import_suppliers(&market, &survey, Cursor::new(copy), manner(1), die).await;
        ended.map(|(progress, _)| progress)
    });
    assert!(broken.await.unwrap_err().is_panic());
    let touched = async |slug: &str| {
        app.anonymous().get(&format!("/v1/products/{slug}")).await.expect(200)["updated_at"].clone()
    };
    let first = touched("acme-m-2-lamp-black").await;
    app.advance(60);

    let mut told = Vec::new();
    let tell = |progress: Progress| told.push(progress);
    let (progress, errors) =
        imports::import_suppliers(&app.market, &survey, Cursor::new(content.clone()), manner(1), tell)
            .await
            .unwrap();
    assert_eq!(told[0], Progress { done: 400, created: 400, updated: 0, errors: 1 });
    assert_eq!(progress, Progress { done: 1_000, created: 1_000, updated: 0, errors: 2 });
    assert_eq!(
        errors.iter().map(|error| error.line).collect::<Vec<_>>(),
        [1_002],
        "the first was told before"
    );
    assert_eq!(touched("acme-m-2-lamp-black").await, first);
    let list = app.anonymous().get("/v1/products?limit=1").await.expect(200);
    assert_eq!(list["total"], 1_000);

    // It is over: the same file once more begins at its beginning.
    let again = import_all(&app, &content, manner(1)).await;
    assert_eq!(again, Progress { done: 1_000, created: 0, updated: 1_000, errors: 2 });
    app.stop().await;
}

#[tokio::test]
async fn a_shop_imports_its_part_through_the_api() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let content: String = (1..=3).map(|n| line(n, "Acme", "mouse")).collect();
    let done = import(&app, &seller, content.as_bytes()).await;
    assert_eq!((&done["errors"], &done["products_created"]), (&json!([]), &json!(3)));
    let done = import(&app, &seller, format!("{content}{{\"id\": 1}}\n").as_bytes()).await;
    assert_eq!((&done["errors"][0]["row"], &done["products_updated"]), (&json!(4), &json!(3)));
    assert_eq!(products(&seller).await["Acme M-2 mouse Black"]["specs"]["Colour"], "Black");
    app.stop().await;
}

/// The real one: 19,406 products of 161 suppliers.
#[tokio::test]
async fn the_whole_catalogue() {
    let Some(content) = real("icecat/icecat_products.jsonl.gz") else { return };
    let app = TestApp::start().await;
    let progress = import_all(&app, &content, manner(1)).await;
    assert_eq!(progress, Progress { done: 19_406, created: 19_406, updated: 0, errors: 0 });
    let public = app.anonymous();
    let mut shops = 0;
    let mut path = "/v1/vendors?limit=100".to_owned();
    loop {
        let page = public.get(&path).await.expect(200);
        shops += page["data"].as_array().unwrap().len();
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/vendors?limit=100&cursor={cursor}");
    }
    assert_eq!(shops, 161);
    let found = public.get("/v1/products?q=dv7-1211ea&limit=5").await.expect(200);
    let laptop: Vec<&Value> =
        found["data"].as_array().unwrap().iter().filter(|card| card["sku"] == "2101957").collect();
    assert_eq!(laptop.len(), 1, "{found:#}");
    let laptop =
        public.get(&format!("/v1/products/{}", laptop[0]["slug"].as_str().unwrap())).await.expect(200);
    assert_eq!((&laptop["price"], &laptop["vendor"]["name"]), (&money(10_995), &json!("HP")));
    assert!(laptop["title"].as_str().unwrap().starts_with("HP Pavilion dv7-1211ea Notebook Silver"));
    assert!(laptop["description"].as_str().unwrap().contains("GeForce 9200M GS"), "the title was cut");
    assert_eq!(laptop["specs"]["Display diagonal"], 17);
    assert_eq!(laptop["specs"]["Touchscreen"], false);
    app.stop().await;
}
