//! What words find: forms, slips, beginnings, numbers; and what comes first.

use testing::{Seller, TestApp, json};

use super::{category, titles};

async fn stock(seller: &Seller, titles: &[&str]) {
    for title in titles {
        seller.product(title, 1000, 1).await;
    }
}

#[tokio::test]
async fn words_are_found_in_every_form() {
    let app = TestApp::start().await;
    app.searches().await;
    let seller = app.seller("maya").await;
    stock(
        &seller,
        &[
            "Wireless headphones",
            "Sony WH-1000XM4",
            "iPhone 13 case",
            "Cotton T-Shirt",
            "USB cable",
            "Kinderschuhe blau",
            "Chaussures de sécurité",
            "Zapatos negros",
            "Camisas de algodão",
            "Schöne Lampe",
        ],
    )
    .await;
    let public = app.anonymous();
    for (query, found) in [
        ("headphone", "Wireless headphones"),
        ("HEADPHONES", "Wireless headphones"),
        ("headphnoes", "Wireless headphones"),
        ("wireles", "Wireless headphones"),
        ("headph", "Wireless headphones"),
        ("head+phones", "Wireless headphones"),
        ("wirelessheadphones", "Wireless headphones"),
        ("wh1000xm4", "Sony WH-1000XM4"),
        ("wh-1000xm4", "Sony WH-1000XM4"),
        ("WH+1000XM4", "Sony WH-1000XM4"),
        ("1000xm4", "Sony WH-1000XM4"),
        ("iphone13", "iPhone 13 case"),
        ("tshirts", "Cotton T-Shirt"),
        ("t+shirt", "Cotton T-Shirt"),
        ("usbcable", "USB cable"),
        ("the+cables+for+usb", "USB cable"),
        ("kinderschuh", "Kinderschuhe blau"),
        ("chaussure+securite", "Chaussures de sécurité"),
        ("zapato+negro", "Zapatos negros"),
        ("camisa+algodao", "Camisas de algodão"),
        ("schoene+lampen", "Schöne Lampe"),
    ] {
        let listed = titles(&public, &format!("q={query}")).await;
        assert_eq!(listed.first().map(String::as_str), Some(found), "{query}: {listed:?}");
    }
    for nothing in ["zzzqqq", "zzzqqq+xxyyww", "%F0%9F%A6%84"] {
        assert_eq!(titles(&public, &format!("q={nothing}")).await, [""; 0], "{nothing}");
    }
    app.stop().await;
}

/// However a number, its unit or a size is written; and GTINs, whole, in groups and without their zeros.
#[tokio::test]
async fn measures_and_codes_are_found() {
    let app = TestApp::start().await;
    app.searches().await;
    let seller = app.seller("maya").await;
    stock(&seller, &["Disk 500 GB", "Disk 500 MB", "Screen 24\" 1920 x 1080", "Screen 27-inch 2560×1440"])
        .await;
    seller.product_with(json!({"title": "Pen", "price": 100, "stock": 1, "gtin": "4006381333931"})).await;
    seller
        .product_with(json!({"title": "Ink 4006381", "price": 100, "stock": 1, "gtin": "0012345678905"}))
        .await;
    let public = app.anonymous();
    for (query, found) in [
        ("500gb", &["Disk 500 GB"][..]),
        ("500+gigabytes+disk", &["Disk 500 GB"]),
        ("500-mb", &["Disk 500 MB"]),
        ("24+inch+screen", &["Screen 24\" 1920 x 1080"]),
        ("24%22", &["Screen 24\" 1920 x 1080"]),
        ("27+in+screen", &["Screen 27-inch 2560×1440"]),
        ("1920x1080", &["Screen 24\" 1920 x 1080"]),
        ("2560+x+1440", &["Screen 27-inch 2560×1440"]),
        ("4006381333931", &["Pen"]),
        ("4006381+333931", &["Pen"]),
        ("004006381333931", &["Pen"]),
        ("12345678905", &["Ink 4006381"]),
        ("012345678905", &["Ink 4006381"]),
    ] {
        assert_eq!(titles(&public, &format!("q={query}")).await, found, "{query}");
    }
    app.stop().await;
}

/// What has all words comes first, then what has most of them; other words for the same count, too.
#[tokio::test]
async fn most_words_are_better_than_none() {
    let app = TestApp::start().await;
    app.searches().await;
    let (admin, seller) = (app.admin().await, app.seller("maya").await);
    stock(
        &seller,
        &["Blue ceramic vase", "Ceramic vase", "Vase", "Wireless mouse", "Keyboard", "Television"],
    )
    .await;
    let cases = category(&admin, "Phone cases", None).await;
    for title in ["Phone with two cases", "Sleeve"] {
        let category = if title == "Sleeve" { cases["id"].clone() } else { testing::Value::Null };
        seller.product_with(json!({"title": title, "price": 100, "stock": 1, "category_id": category})).await;
    }
    let public = app.anonymous();
    for (query, found) in [
        ("blue+ceramic+vase", &["Blue ceramic vase", "Ceramic vase"][..]),
        ("large+blue+ceramic+vases", &["Blue ceramic vase"]),
        ("ceramic+vase", &["Ceramic vase", "Blue ceramic vase"]),
        ("porcelain+vase", &["Vase", "Ceramic vase", "Blue ceramic vase"]),
        ("mice", &["Wireless mouse"]),
        ("tvs", &["Television"]),
        ("key+board", &["Keyboard"]),
        ("wirelessmouse", &["Wireless mouse"]),
        ("phone+case", &["Sleeve", "Phone with two cases"]),
    ] {
        assert_eq!(titles(&public, &format!("q={query}")).await, found, "{query}");
        let list = public.get(&format!("/v1/products?q={query}&limit=1")).await.expect(200);
        assert_eq!(list["total"], found.len(), "{query}");
        if let Some(cursor) = list["next_cursor"].as_str() {
            let next = titles(&public, &format!("q={query}&limit=1&cursor={cursor}")).await;
            assert_eq!(next, found[1..2], "{query}");
        }
    }
    app.stop().await;
}

/// What a product is not, and what its description is dressed in, is nothing to find it by.
#[tokio::test]
async fn what_is_false_is_not_found() {
    let app = TestApp::start().await;
    app.searches().await;
    let seller = app.seller("maya").await;
    for (title, bluetooth) in [("Speaker", true), ("Radio", false)] {
        let fields = json!({"title": title, "price": 100, "stock": 1, "specs": {"Bluetooth": bluetooth},
            "description": "<strong>Loud</strong> & 1 < 2"});
        seller.product_with(fields).await;
    }
    let public = app.anonymous();
    assert_eq!(titles(&public, "q=bluetooth").await, ["Speaker"]);
    assert_eq!(titles(&public, "q=loud").await.len(), 2);
    assert_eq!(titles(&public, "q=strong").await, [""; 0]);
    app.stop().await;
}

#[tokio::test]
async fn titles_count_more_than_descriptions_and_renown_breaks_ties() {
    let app = TestApp::start().await;
    app.searches().await;
    let (admin, seller) = (app.admin().await, app.seller("maya").await);
    let lamps = category(&admin, "Lanterns", None).await;
    let fields = |title: &str, more: testing::Value| {
        let mut fields = json!({"title": title, "price": 1000, "stock": 1, "description": "As it is."});
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        fields
    };
    for (title, more) in [
        ("Desk", json!({"description": "Goes well with a lantern."})),
        ("Storm light", json!({"category_id": lamps["id"]})),
        ("Lantern", json!({})),
        ("Sold out lantern", json!({"stock": 0})),
        ("Bracket", json!({"specs": {"fits": "any lantern"}})),
        ("Bolt", json!({"sku": "LANTERN-8"})),
    ] {
        seller.product_with(fields(title, more)).await;
    }
    let public = app.anonymous();
    let found = titles(&public, "q=lantern").await;
    assert_eq!(found.len(), 6, "{found:?}");
    assert_eq!(found[0], "Lantern");
    let place = |title: &str| found.iter().position(|found| found == title).unwrap();
    assert!(place("Storm light") < place("Bracket"), "{found:?}");
    assert!(place("Bolt") < place("Desk"), "{found:?}");
    assert!(place("Bracket") < place("Desk"), "{found:?}");
    assert_eq!(titles(&public, "q=lantern&sort=newest").await[0], "Bolt");
    assert_eq!(titles(&public, "q=maya+lantern").await.len(), 6, "the shop's name counts");
    assert_eq!(titles(&public, "q=lantern-8").await[0], "Bolt");
    app.stop().await;
}

#[tokio::test]
async fn filters_and_orders_hold_for_what_is_found() {
    let app = TestApp::start().await;
    app.searches().await;
    let (maya, noor) = (app.seller("maya").await, app.seller("noor").await);
    maya.product_with(json!({"title": "red kite", "price": 3000, "stock": 1, "discount": {"percent": 50}}))
        .await;
    maya.product_with(json!({"title": "blue kite", "price": 2000, "stock": 0, "specs": {"Color": "Blue"}}))
        .await;
    noor.product_with(json!({"title": "green kite", "price": 1000, "stock": 1, "specs": {"Color": "Green"}}))
        .await;
    let public = app.anonymous();
    for (query, found) in [
        ("sort=price", vec!["green kite", "red kite", "blue kite"]),
        ("sort=-price", vec!["blue kite", "red kite", "green kite"]),
        ("sort=newest", vec!["green kite", "blue kite", "red kite"]),
        ("sort=price&max_price=1500", vec!["green kite", "red kite"]),
        ("sort=price&min_price=1500", vec!["red kite", "blue kite"]),
        ("sort=price&in_stock=true", vec!["green kite", "red kite"]),
        ("sort=price&in_stock=false&on_sale=false", vec!["green kite", "red kite", "blue kite"]),
        ("on_sale=true", vec!["red kite"]),
        ("min_rating=1", vec![]),
        ("attribute=Color:Blue", vec!["blue kite"]),
        ("sort=price&attribute=Color:Blue&attribute=Color:Green", vec!["green kite", "blue kite"]),
        ("vendor=shop-of-noor", vec!["green kite"]),
    ] {
        assert_eq!(titles(&public, &format!("q=kites&{query}")).await, found, "{query}");
        let list = public.get(&format!("/v1/products?q=kites&{query}")).await.expect(200);
        assert_eq!(list["total"], found.len(), "{query}");
    }
    assert_eq!(titles(&public, "attribute=Color:Blue").await, ["blue kite"]);
    let wrong = public.get("/v1/products?attribute=Color&facets=perhaps").await.expect_invalid();
    assert_eq!(wrong, ["/attribute malformed", "/facets not_allowed"]);
    app.stop().await;
}
