//! Everything that the marketplace knows of somebody, in one file.

use testing::{TestApp, json};

use super::support::{holding, sign_up};

#[tokio::test]
async fn the_file_holds_what_is_theirs() {
    let app = TestApp::start().await;
    let seller = app.seller("olga").await;
    let tea = seller.product("Tea", 500, 1_000).await;
    let ana = holding(&app, &sign_up(&app, "ana@example.com").await["tokens"]);
    let address = json!({"name": "Ana Souza", "phone": "+55 11 91234-5678", "line1": "Rua Augusta 1500",
        "city": "São Paulo", "postal_code": "01304-001", "country": "BR"});
    ana.post("/v1/me/addresses", address).await.expect(201);
    let order = ana.buys_and_pays(&[(&tea, 2)]).await;
    seller.does_all(&["accept", "pack", "ship", "deliver"], &order).await;
    let path = format!("/v1/products/{}/reviews", tea["id"].as_str().unwrap());
    ana.post(&path, json!({"rating": 4})).await.expect(201);
    ana.post("/v1/cart/items", json!({"product_id": tea["id"], "quantity": 3})).await.expect(201);
    ana.put_empty(&format!("/v1/wishlist/{}", tea["id"].as_str().unwrap())).await;
    // Somebody else's is not in it.
    app.buyer("ben").await.buys_and_pays(&[(&tea, 1)]).await;

    let answer = ana.get("/v1/me/export").await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert!(answer.header("content-disposition").starts_with("attachment"));
    assert_eq!(answer.header("cache-control"), "private, no-store");
    let file = answer.expect(200);
    assert_eq!(file["user"]["email"], "ana@example.com");
    assert_eq!(file["two_factor"]["enabled"], false);
    assert_eq!(file["cart"][0]["quantity"], 3);
    assert_eq!(file["wishlist"][0]["product_id"], tea["id"]);
    assert_eq!(file["addresses"][0]["line1"], "Rua Augusta 1500");
    assert_eq!(file["orders"][0]["id"], order["id"]);
    assert_eq!(file["orders"][0]["address"]["name"], "Ana Souza");
    assert_eq!(file["reviews"][0]["rating"], 4);
    for (list, count) in [
        ("addresses", 1),
        ("sessions", 1),
        ("api_keys", 0),
        ("shops", 0),
        ("wishlist", 1),
        ("orders", 1),
        ("payments", 1),
        ("reviews", 1),
    ] {
        assert_eq!(file[list].as_array().unwrap().len(), count, "{list}");
    }
    let shop = seller.actor.get("/v1/me/export").await.expect(200);
    assert_eq!(shop["shops"][0]["role"], "owner");
    assert_eq!(shop["orders"], json!([]));
    // Whoever has turned reminders off is told since when.
    let notifications = json!({"cart_reminders": true, "cart_reminders_off_since": null});
    assert_eq!(file["notifications"], notifications);
    ana.patch("/v1/me/notifications", json!({"cart_reminders": false})).await.expect(200);
    let file = ana.get("/v1/me/export").await.expect(200);
    assert_eq!(file["notifications"]["cart_reminders"], false);
    assert!(file["notifications"]["cart_reminders_off_since"].is_string(), "{file}");
    app.anonymous().get("/v1/me/export").await.expect_problem(401, "unauthenticated");
    app.stop().await;
}

/// More than a page of everything, each once.
#[tokio::test]
async fn a_long_history_is_whole() {
    let app = TestApp::start().await;
    let seller = app.seller("olga").await;
    let tea = seller.product("Tea", 500, 1_000).await;
    let ben = app.buyer("ben").await;
    for _ in 0..103 {
        ben.buys(&[(&tea, 1)], "cod").await;
    }
    let file = ben.get("/v1/me/export").await.expect(200);
    let orders = file["orders"].as_array().unwrap();
    let ids: std::collections::HashSet<_> =
        orders.iter().map(|order| order["id"].as_str().unwrap()).collect();
    assert_eq!((orders.len(), ids.len()), (103, 103));
    assert_eq!(file["payments"].as_array().unwrap().len(), 103);
    app.stop().await;
}
