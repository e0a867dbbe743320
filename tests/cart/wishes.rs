//! The wishlist.

use testing::{TestApp, Value, json};

fn path(product: &Value) -> String {
    format!("/v1/wishlist/{}", product["id"].as_str().unwrap())
}

#[tokio::test]
async fn wishes_are_listed_newest_first() {
    let app = TestApp::start().await;
    let mia = app.seller("mia").await;
    let buyer = app.buyer("ana").await;
    let mut products = Vec::new();
    for number in 0..5 {
        let product = mia.product(&format!("Thing {number}"), 999, 5).await;
        buyer.put_empty(&path(&product)).await.expect(204);
        products.push(product);
    }
    // Wishing again changes nothing.
    buyer.put_empty(&path(&products[0])).await.expect(204);
    let titles = |page: &Value| -> Vec<String> {
        let wishes = page["data"].as_array().unwrap();
        wishes.iter().map(|wish| wish["product"]["title"].as_str().unwrap().to_owned()).collect()
    };
    let first = buyer.get("/v1/wishlist?limit=3").await.expect(200);
    assert_eq!(titles(&first), ["Thing 4", "Thing 3", "Thing 2"]);
    let wish = &first["data"][0];
    assert!(wish["added_at"].is_string());
    assert_eq!(wish["product"]["id"], products[4]["id"]);
    assert_eq!(wish["product"]["final_price"]["amount"], 999);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = buyer.get(&format!("/v1/wishlist?limit=3&cursor={cursor}")).await.expect(200);
    assert_eq!(titles(&second), ["Thing 1", "Thing 0"]);
    assert_eq!(second["next_cursor"], json!(null));

    buyer.delete(&path(&products[4])).await.expect(204);
    buyer.delete(&path(&products[4])).await.expect(204);
    let archived = format!("/v1/products/{}", products[3]["id"].as_str().unwrap());
    mia.delete(&archived).await.expect(204);
    assert_eq!(titles(&buyer.get("/v1/wishlist").await.expect(200)), ["Thing 2", "Thing 1", "Thing 0"]);
    assert_eq!(app.buyer("bob").await.get("/v1/wishlist").await.expect(200)["data"], json!([]));
    app.stop().await;
}

#[tokio::test]
async fn what_nobody_sees_can_not_be_wished_for() {
    let app = TestApp::start().await;
    let buyer = app.buyer("ana").await;
    let draft = json!({"title": "Draft", "price": 1, "stock": 1, "status": "draft"});
    let draft = app.seller("mia").await.product_with(draft).await;
    buyer.put_empty(&path(&draft)).await.expect_problem(404, "not_found");
    for unknown in ["prod_0000000000001", "var_0000000000001", "x"] {
        buyer.put_empty(&format!("/v1/wishlist/{unknown}")).await.expect_problem(404, "not_found");
    }
    app.anonymous().get("/v1/wishlist").await.expect_problem(401, "unauthenticated");
    app.anonymous().put_empty(&path(&draft)).await.expect_problem(401, "unauthenticated");
    app.anonymous().delete(&path(&draft)).await.expect_problem(401, "unauthenticated");
    assert_eq!(buyer.get("/v1/wishlist?limit=0&cursor=x").await.expect_invalid().len(), 2);
    app.stop().await;
}
