//! Averages and counts: exact under any order of changes, on products, cards and shops.

use testing::{Actor, Value, json};

use super::{Shop, path, receives};

/// The titles of a list.
async fn titles(actor: &Actor, query: &str) -> Vec<String> {
    let list = actor.get(&format!("/v1/products?{query}")).await.expect(200);
    list["data"].as_array().unwrap().iter().map(|card| card["title"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn ratings_show_on_product_card_and_shop_and_filter_and_sort() {
    let shop = Shop::open().await;
    let pot = shop.seller.product("Pot", 500, 10).await;
    shop.seller.product("Plate", 500, 10).await;
    for (name, stars) in [("ana", 5), ("ben", 5), ("cem", 4)] {
        shop.review(name, stars).await;
    }
    let dua = shop.app.buyer("dua").await;
    receives(&shop.seller, &dua, &pot).await;
    dua.post("/v1/products/pot/reviews", json!({"rating": 3})).await.expect(201);

    let public = shop.app.anonymous();
    assert_eq!(shop.rating().await, json!({"average": 4.67, "count": 3}));
    let product = public.get("/v1/products/cup").await.expect(200);
    assert_eq!(product["vendor"]["rating"], json!({"average": 4.25, "count": 4}));
    let vendor = public.get(&format!("/v1/vendors/{}", shop.seller.slug)).await.expect(200);
    assert_eq!(vendor["rating"], json!({"average": 4.25, "count": 4}));
    let card = public.get("/v1/products?q=cup").await.expect(200);
    assert_eq!(card["data"][0]["rating"], json!({"average": 4.67, "count": 3}));

    assert_eq!(titles(&public, "sort=rating").await, ["Cup", "Pot", "Plate"]);
    // What is shown as 4.67 passes a filter of 4.67.
    assert_eq!(titles(&public, "min_rating=4.67").await, ["Cup"]);
    assert_eq!(titles(&public, "min_rating=4.68").await, Vec::<String>::new());
    assert_eq!(titles(&public, "min_rating=3&sort=rating").await, ["Cup", "Pot"]);
    assert_eq!(titles(&public, "min_rating=0&sort=rating").await.len(), 3);
    shop.app.stop().await;
}

/// Many buyers write, change and delete at once: the sums stay those of the rows, which the doctor
/// compares at the end.
#[tokio::test]
async fn ratings_are_exact_under_concurrency() {
    let shop = Shop::open().await;
    let mut buyers = Vec::new();
    for number in 0..8_i64 {
        buyers.push(shop.customer(&format!("buyer{number}")).await);
    }
    let admin = shop.app.admin().await;
    let mut work = tokio::task::JoinSet::new();
    for (number, buyer) in (0..).zip(buyers) {
        let admin = admin.clone();
        work.spawn(async move {
            let new = json!({"rating": number % 5 + 1});
            let review = buyer.post("/v1/products/cup/reviews", new).await.expect(201);
            let address = path(&review);
            let hide = format!("/v1/admin/reviews/{}/hide", review["id"].as_str().unwrap());
            let patch = buyer.patch(&address, json!({"rating": 5 - number % 5}));
            let reason = json!({"reason": "x"});
            match number % 4 {
                0 => assert_eq!(tokio::join!(patch, admin.post(&hide, reason)).1.status.as_u16(), 200),
                1 => {
                    let (patched, deleted) = tokio::join!(patch, buyer.delete(&address));
                    deleted.expect(204);
                    assert!([200, 404].contains(&patched.status.as_u16()), "{}", patched.text());
                }
                2 => {
                    let (a, b) = tokio::join!(buyer.delete(&address), admin.post(&hide, reason));
                    a.expect(204);
                    assert!([200, 404].contains(&b.status.as_u16()), "{}", b.text());
                }
                _ => assert_eq!(patch.await.status.as_u16(), 200),
            }
        });
    }
    while let Some(done) = work.join_next().await {
        done.unwrap();
    }
    let list = shop.app.anonymous().get("/v1/products/cup/reviews").await.expect(200);
    let reviews = list["data"].as_array().unwrap();
    let sum: i64 = reviews.iter().map(|review| review["rating"].as_i64().unwrap()).sum();
    let rating = shop.rating().await;
    assert_eq!(rating["count"], json!(reviews.len()));
    let count = i64::try_from(reviews.len()).unwrap();
    let hundredths = (sum * 200 + count) / (count * 2);
    let shown: Value =
        serde_json::from_str(&format!("{}.{:02}", hundredths / 100, hundredths % 100)).unwrap();
    assert_eq!(rating["average"], shown);
    shop.app.stop().await;
}
