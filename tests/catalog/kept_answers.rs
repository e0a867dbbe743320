//! Answers that are kept: whatever changes, the next reader is told, as if it had been asked for the first time.

use testing::{Actor, TestApp, Value, json};

/// Reads of a product and of all that lists it, each asked twice: as before, and under an address that nobody
/// asked for yet.
struct Readers {
    public: Actor,
    paths: Vec<String>,
    asked: std::cell::Cell<u32>,
}

impl Readers {
    fn of(app: &TestApp, product: &Value, shop: &str) -> Self {
        let text = |field: &str| product[field].as_str().unwrap().to_owned();
        let mut paths = vec![
            format!("/v1/products/{}?", text("id")),
            format!("/v1/products/{}?", text("slug")),
            format!("/v1/vendors/{shop}?"),
            "/v1/vendors?".to_owned(),
        ];
        let lists = ["", "in_stock=true", "on_sale=true", "sort=price", "sort=best_selling", "min_rating=4"];
        paths.extend(lists.iter().map(|query| format!("/v1/products?{query}")));
        paths.push(format!("/v1/products?vendor={shop}"));
        Self { public: app.anonymous(), paths, asked: std::cell::Cell::default() }
    }

    async fn see_the_same(&self, after: &str) {
        self.asked.set(self.asked.get() + 1);
        for path in &self.paths {
            let known = self.public.get(path).await;
            let fresh = self.public.get(&format!("{path}&asked={}", self.asked.get())).await;
            assert_eq!(known.status, fresh.status, "{path} after {after}");
            // Each problem names its own request.
            if known.status == 200 {
                assert_eq!(known.text(), fresh.text(), "{path} after {after}");
            }
        }
        self.agree(after).await;
    }

    /// Cards are kept apart from the lists that they are in: each shows what the product's page shows.
    async fn agree(&self, after: &str) {
        let asked = self.asked.get();
        let page = self.public.get(&format!("{}page={asked}", self.paths[0])).await;
        let page = (page.status == 200).then(|| page.json());
        for path in self.paths.iter().filter(|path| path.starts_with("/v1/products?")) {
            let list = self.public.get(&format!("{path}&cards={asked}")).await.expect(200);
            let id = self.paths[0].trim_start_matches("/v1/products/").trim_end_matches('?');
            let Some(card) = list["data"].as_array().unwrap().iter().find(|card| card["id"] == id) else {
                continue;
            };
            let page = page.as_ref().unwrap_or_else(|| panic!("{path} after {after}"));
            for field in ["slug", "title", "price", "final_price", "discount", "in_stock", "rating"] {
                assert_eq!(card[field], page[field], "{field} in {path} after {after}");
            }
            for field in ["vendor", "category"] {
                assert_eq!(card[field]["name"], page[field]["name"], "{field} in {path} after {after}");
            }
        }
    }
}

#[tokio::test]
async fn every_change_of_a_product_is_seen_at_once() {
    let app = TestApp::start().await;
    app.searches().await;
    let (admin, seller) = (app.admin().await, app.seller("maya").await);
    let shirts = admin.post("/v1/admin/categories", json!({"name": "Shirts"})).await.expect(201);
    let product = seller
        .product_with(json!({"title": "Shirt", "price": 2000, "stock": 5, "category_id": shirts["id"]}))
        .await;
    let page = format!("/v1/products/{}", product["id"].as_str().unwrap());
    let variant = format!("/v1/variants/{}", product["variants"][0]["id"].as_str().unwrap());
    let readers = Readers::of(&app, &product, &seller.slug);
    readers.see_the_same("the start").await;

    seller.patch(&page, json!({"title": "Blue shirt", "price": 1800})).await.expect(200);
    readers.see_the_same("a new title and price").await;
    seller.patch(&variant, json!({"sku": "B-1"})).await.expect(200);
    readers.see_the_same("an SKU").await;
    for delta in [4, -8, -1, 30] {
        let body = json!({"delta": delta, "reason": "Counted"});
        seller.post(&format!("{variant}/stock-adjustments"), body).await.expect(201);
        readers.see_the_same(&format!("a stock adjustment of {delta}")).await;
    }
    let ends = app.market.now().plus_seconds(100).to_string();
    let starts = app.market.now().plus_seconds(50).to_string();
    let discount = json!({"percent": 10, "starts_at": starts, "ends_at": ends});
    seller.patch(&page, json!({"discount": discount})).await.expect(200);
    readers.see_the_same("a discount to come").await;
    for now in ["began", "ended"] {
        app.advance(50);
        readers.see_the_same(&format!("the discount {now}")).await;
    }
    let shirts = format!("/v1/admin/categories/{}", shirts["id"].as_str().unwrap());
    admin.patch(&shirts, json!({"name": "Tops"})).await.expect(200);
    readers.see_the_same("the category's new name").await;
    seller.product("Another", 100, 1).await;
    readers.see_the_same("another product").await;
    seller.delete(&page).await.expect(204);
    readers.see_the_same("it was archived").await;
    app.stop().await;
}

#[tokio::test]
async fn every_change_by_buyers_is_seen_at_once() {
    let app = TestApp::start().await;
    app.searches().await;
    let seller = app.seller("maya").await;
    let product = seller.product("Shirt", 2000, 3).await;
    let readers = Readers::of(&app, &product, &seller.slug);
    readers.see_the_same("the start").await;
    let buyer = app.buyer("bo").await;
    let first = buyer.buys(&[(&product, 1)], "test").await;
    readers.see_the_same("a purchase").await;
    buyer.pays(&first).await;
    readers.see_the_same("its payment").await;
    let rest = buyer.buys(&[(&product, 2)], "test").await;
    readers.see_the_same("the last units were bought").await;
    buyer.post_empty(&format!("/v1/checkouts/{}/cancel", rest["id"].as_str().unwrap())).await.expect(200);
    readers.see_the_same("they came back").await;
    seller.does_all(&["accept", "pack", "ship", "deliver"], &first["orders"][0]).await;
    let review = format!("/v1/products/{}/reviews", product["id"].as_str().unwrap());
    buyer.post(&review, json!({"rating": 5, "title": "Good"})).await.expect(201);
    readers.see_the_same("a review").await;
    app.stop().await;
}

#[tokio::test]
async fn a_shop_that_closes_or_changes_takes_its_answers_along() {
    let app = TestApp::start().await;
    app.searches().await;
    let (admin, seller) = (app.admin().await, app.seller("maya").await);
    let product = seller.product("Shirt", 2000, 3).await;
    let readers = Readers::of(&app, &product, &seller.slug);
    readers.see_the_same("the start").await;
    seller.patch(&format!("/v1/vendors/{}", seller.vendor), json!({"name": "Maya & Co"})).await.expect(200);
    readers.see_the_same("a new name").await;
    let decide = format!("/v1/admin/vendors/{}", seller.vendor);
    admin.post(&format!("{decide}/suspend"), json!({"reason": "Checked"})).await.expect(200);
    readers.see_the_same("a suspension").await;
    admin.post_empty(&format!("{decide}/reinstate")).await.expect(200);
    readers.see_the_same("a reinstatement").await;
    app.stop().await;
}

/// Members see drafts and exact stocks, others what everybody sees, whoever asked first.
#[tokio::test]
async fn nobody_is_given_the_answer_of_somebody_else() {
    let app = TestApp::start().await;
    let (seller, other) = (app.seller("maya").await, app.seller("noor").await);
    let product = seller.product("Shirt", 2000, 500).await;
    let page = format!("/v1/products/{}", product["id"].as_str().unwrap());
    let stock = async |actor: &Actor| actor.get(&page).await.expect(200)["variants"][0]["stock"].clone();
    for _ in 0..2 {
        assert_eq!(stock(&seller).await, 500);
        assert_eq!(stock(&app.anonymous()).await, 10);
        assert_eq!(stock(&other).await, 10);
    }
    let known = app.anonymous().get(&page).await;
    let asked = app.anonymous().with_header("If-None-Match", known.header("etag"));
    asked.get(&page).await.expect(304);
    seller.patch(&page, json!({"price": 1})).await.expect(200);
    asked.get(&page).await.expect(200);
    app.stop().await;
}

/// While half the readers ask, the price changes: nobody keeps an old price for longer than its change took.
#[tokio::test]
async fn an_answer_read_during_a_change_is_not_kept() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let product = seller.product("Shirt", 1, 5).await;
    let page = format!("/v1/products/{}", product["id"].as_str().unwrap());
    let public = app.anonymous();
    for price in 2..40 {
        let reads = futures_util::future::join_all((0..8).map(|_| public.get(&page)));
        let (_, changed) = tokio::join!(reads, seller.patch(&page, json!({"price": price})));
        changed.expect(200);
        assert_eq!(public.get(&page).await.expect(200)["price"]["amount"], price);
    }
    app.stop().await;
}
