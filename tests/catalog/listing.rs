//! The public list: filters, orders, words.

use testing::{Actor, TestApp, Value, json};

/// The titles of a list, in its order.
async fn titles(actor: &Actor, query: &str) -> Vec<String> {
    let list = actor.get(&format!("/v1/products?{query}")).await.expect(200);
    list["data"].as_array().unwrap().iter().map(|card| card["title"].as_str().unwrap().to_owned()).collect()
}

/// One whose lists come from the database, and one with an index, as a server has it.
async fn both() -> [TestApp; 2] {
    let indexed = TestApp::start().await;
    indexed.searches().await;
    [TestApp::start().await, indexed]
}

async fn category(admin: &Actor, name: &str, parent: Option<&Value>) -> Value {
    let body = json!({"name": name, "parent_id": parent.map(|parent| parent["id"].clone())});
    admin.post("/v1/admin/categories", body).await.expect(201)
}

#[tokio::test]
async fn a_card_shows_what_a_buyer_needs() {
    for app in both().await {
        look_at_a_card(app).await;
    }
}

async fn look_at_a_card(app: TestApp) {
    let seller = app.seller("maya").await;
    let shirts = category(&app.admin().await, "Shirts", None).await;
    let fields = json!({"title": "Blue shirt", "price": 2000, "stock": 3, "sku": "B-1",
        "category_id": shirts["id"], "discount": {"amount": 500}});
    let product = seller.product_with(fields).await;
    let list = app.anonymous().get("/v1/products").await.expect(200);
    assert_eq!(list["total"], 1);
    assert_eq!(list["next_cursor"], Value::Null);
    let shop = app.anonymous().get(&format!("/v1/vendors/{}", seller.slug)).await.expect(200);
    assert_eq!(
        list["data"][0],
        json!({
            "id": product["id"], "slug": "blue-shirt", "title": "Blue shirt",
            "vendor": {"id": seller.vendor.to_string(), "slug": seller.slug, "name": shop["name"]},
            "category": {"id": shirts["id"], "slug": "shirts", "name": "Shirts"},
            "image": null, "sku": "B-1",
            "price": {"amount": 2000, "currency": "USD"}, "final_price": {"amount": 1500, "currency": "USD"},
            "discount": {"amount": 500, "starts_at": null, "ends_at": null},
            "in_stock": true, "rating": {"average": null, "count": 0},
        })
    );
    app.stop().await;
}

#[tokio::test]
async fn prices_filter_and_sort_by_what_is_paid_at_this_moment() {
    for app in both().await {
        go_by_prices(app).await;
    }
}

async fn go_by_prices(app: TestApp) {
    let seller = app.seller("maya").await;
    let at = |seconds: i64| app.market.now().plus_seconds(seconds).to_string();
    seller.product("plain", 1000, 1).await;
    let reduced = json!({"title": "reduced", "price": 2000, "stock": 1, "discount": {"percent": 60}});
    seller.product_with(reduced).await;
    let window = json!({"percent": 90, "starts_at": at(3600), "ends_at": at(7200)});
    seller.product_with(json!({"title": "later", "price": 3000, "stock": 1, "discount": window})).await;
    let public = app.anonymous();

    assert_eq!(titles(&public, "sort=price").await, ["reduced", "plain", "later"]);
    assert_eq!(titles(&public, "sort=-price").await, ["later", "plain", "reduced"]);
    assert_eq!(titles(&public, "max_price=999").await, ["reduced"]);
    assert_eq!(titles(&public, "min_price=800&max_price=1000&sort=price").await, ["reduced", "plain"]);
    assert_eq!(titles(&public, "on_sale=true").await, ["reduced"]);

    app.market.clock.advance(3600);
    assert_eq!(titles(&public, "sort=price").await, ["later", "reduced", "plain"]);
    assert_eq!(titles(&public, "max_price=300").await, ["later"]);
    assert_eq!(titles(&public, "on_sale=true&sort=price").await, ["later", "reduced"]);
    let list = public.get("/v1/products?max_price=300").await.expect(200);
    assert_eq!(list["data"][0]["final_price"]["amount"], 300);

    app.market.clock.advance(3600);
    assert_eq!(titles(&public, "sort=price").await, ["reduced", "plain", "later"]);
    assert_eq!(titles(&public, "max_price=300").await, Vec::<String>::new());
    app.stop().await;
}

#[tokio::test]
async fn a_category_includes_those_below_it() {
    for app in both().await {
        look_below_a_category(app).await;
    }
}

async fn look_below_a_category(app: TestApp) {
    let admin = app.admin().await;
    let clothing = category(&admin, "Clothing", None).await;
    let shirts = category(&admin, "Shirts", Some(&clothing)).await;
    let toys = category(&admin, "Toys", None).await;
    let (maya, noor) = (app.seller("maya").await, app.seller("noor").await);
    for (seller, title, category) in
        [(&maya, "shirt", &shirts), (&noor, "hat", &clothing), (&noor, "kite", &toys)]
    {
        let fields = json!({"title": title, "price": 100, "stock": 1, "category_id": category["id"]});
        seller.product_with(fields).await;
    }
    maya.product("stray", 100, 1).await;
    let public = app.anonymous();
    assert_eq!(titles(&public, "category=clothing").await, ["hat", "shirt"]);
    let by_id = format!("category={}", shirts["id"].as_str().unwrap());
    assert_eq!(titles(&public, &by_id).await, ["shirt"]);
    assert_eq!(titles(&public, &format!("vendor={}", maya.slug)).await, ["stray", "shirt"]);
    assert_eq!(titles(&public, &format!("vendor={}&category=clothing", noor.vendor)).await, ["hat"]);
    for sort in ["newest", "price", "-price", "rating", "best_selling", "relevance"] {
        for source in ["", "category=clothing&", &format!("vendor={}&", noor.slug)] {
            for words in ["", "q=hat&"] {
                let found = titles(&public, &format!("{source}{words}sort={sort}")).await;
                assert!(found.contains(&"hat".to_owned()), "{source}{words}{sort}: {found:?}");
                let list = public.get(&format!("/v1/products?{source}{words}sort={sort}")).await.expect(200);
                assert_eq!(list["total"], found.len(), "{source}{words}{sort}");
            }
        }
    }
    for nowhere in ["category=none", "vendor=none", "category=cat_0AXS751X00W7C"] {
        let list = public.get(&format!("/v1/products?{nowhere}")).await.expect(200);
        assert_eq!((&list["data"], &list["total"]), (&json!([]), &json!(0)), "{nowhere}");
    }
    let shown = public.get("/v1/products/shirt").await.expect(200);
    assert_eq!(shown["category"]["path"], json!(["Clothing", "Shirts"]));
    assert_eq!(shown["category"]["parent_id"], clothing["id"]);
    app.stop().await;
}

#[tokio::test]
async fn every_word_has_to_be_somewhere_and_titles_come_first() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    for (title, description, sku) in [
        ("Ünique Lamp 100%", "Warm light", "L_1"),
        ("Desk", "Goes well with a LAMP.", "D-1"),
        ("Lamp shade", "For any lamp", "LX1"),
        ("Back\\slash", "An odd one", "O-1"),
    ] {
        let fields =
            json!({"title": title, "description": description, "price": 100, "stock": 1, "sku": sku});
        seller.product_with(fields).await;
    }
    let public = app.anonymous();
    for (words, found) in [
        ("lamp", vec!["Lamp shade", "Ünique Lamp 100%", "Desk"]),
        ("LAMP+warm", vec!["Ünique Lamp 100%"]),
        ("%C3%BCNIQUE", vec!["Ünique Lamp 100%"]),
        ("100%25", vec!["Ünique Lamp 100%"]),
        ("l_1", vec!["Ünique Lamp 100%"]),
        ("%5C", vec!["Back\\slash"]),
        ("lamp+chair", vec![]),
        ("%25", vec!["Ünique Lamp 100%"]),
        ("+", vec!["Back\\slash", "Lamp shade", "Desk", "Ünique Lamp 100%"]),
    ] {
        assert_eq!(titles(&public, &format!("q={words}")).await, found, "{words}");
    }
    assert_eq!(titles(&public, "q=lamp&sort=newest").await, ["Lamp shade", "Desk", "Ünique Lamp 100%"]);
    assert_eq!(titles(&public, "q=MAYA").await.len(), 4, "the shop's name counts");
    app.stop().await;
}

#[tokio::test]
async fn only_what_can_be_bought_from_an_open_shop_is_shown() {
    for app in both().await {
        look_for_what_can_be_bought(app).await;
    }
}

async fn look_for_what_can_be_bought(app: TestApp) {
    let seller = app.seller("maya").await;
    let admin = app.admin().await;
    let public = app.anonymous();
    seller.product("sold out", 100, 0).await;
    seller.product("there", 100, 2).await;
    seller.product_with(json!({"title": "draft", "price": 100, "stock": 1, "status": "draft"})).await;
    let gone = seller.product("gone", 100, 1).await;
    seller.delete(&format!("/v1/products/{}", gone["id"].as_str().unwrap())).await.expect(204);
    assert_eq!(titles(&public, "").await, ["there", "sold out"]);
    assert_eq!(titles(&public, "in_stock=true").await, ["there"]);
    // What a box that is not ticked sends.
    assert_eq!(titles(&public, "in_stock=false&on_sale=false").await, ["there", "sold out"]);
    assert_eq!(titles(&public, "min_rating=4.5").await, Vec::<String>::new());

    let own = seller.get("/v1/vendor/products").await.expect(200);
    let mine: Vec<_> = own["data"].as_array().unwrap().iter().map(|card| card["title"].clone()).collect();
    assert_eq!(mine, ["draft", "there", "sold out"]);
    assert_eq!((&own["data"][1]["status"], &own["data"][1]["stock"]), (&json!("published"), &json!(2)));
    let archived = seller.get("/v1/vendor/products?status=archived").await.expect(200);
    assert_eq!(archived["data"][0]["title"], "gone");
    let found = seller.get("/v1/vendor/products?q=the&status=published").await.expect(200);
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
    app.buyer("ben").await.get("/v1/vendor/products").await.expect_problem(403, "forbidden");
    public.get("/v1/vendor/products").await.expect_problem(401, "unauthenticated");

    let suspend = format!("/v1/admin/vendors/{}/suspend", seller.vendor);
    admin.post(&suspend, json!({"reason": "Counterfeits"})).await.expect(200);
    assert_eq!(titles(&public, "").await, Vec::<String>::new());
    public.get("/v1/products/there").await.expect_problem(404, "not_found");
    seller.get("/v1/products/there").await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn wrong_parameters_are_all_told() {
    let app = TestApp::start().await;
    let public = app.anonymous();
    let query =
        "min_price=-1&max_price=1e30&in_stock=perhaps&on_sale=2&min_rating=NaN&sort=random&limit=0&cursor=x";
    let found = public.get(&format!("/v1/products?{query}&q=a%00b")).await.expect_invalid();
    let wanted = [
        "/cursor malformed",
        "/in_stock not_allowed",
        "/limit too_small",
        "/max_price not_allowed",
        "/min_price not_allowed",
        "/min_rating not_allowed",
        "/on_sale not_allowed",
        "/q not_allowed",
        "/sort not_allowed",
    ];
    assert_eq!(found, wanted);
    for wrong in ["min_rating=5.1", "min_rating=-1", "min_price=1.5", "max_price=99999999999999999999"] {
        public.get(&format!("/v1/products?{wrong}")).await.expect_problem(422, "invalid");
    }
    app.stop().await;
}
