//! Lists: whose, in which order, in pages, by state.

use testing::{Value, json};

use super::{Shop, text, vendor_path};

fn ids(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|order| text(&order["id"])).collect()
}

#[tokio::test]
async fn the_newest_come_first_in_pages() {
    let shop = Shop::open().await;
    let mut bought = Vec::new();
    for _ in 0..3 {
        bought.push(shop.buyer.buys_and_pays(&[(&shop.product, 1)]).await);
    }
    let newest_first: Vec<&str> = bought.iter().rev().map(|order| text(&order["id"])).collect();
    let admin = shop.app.admin().await;
    for (actor, path) in
        [(&shop.buyer, "/v1/orders"), (&shop.seller.actor, "/v1/vendor/orders"), (&admin, "/v1/admin/orders")]
    {
        let first = actor.get(&format!("{path}?limit=2")).await.expect(200);
        assert_eq!(ids(&first), newest_first[..2], "{path}");
        let next = format!("{path}?limit=2&cursor={}", text(&first["next_cursor"]));
        let second = actor.get(&next).await.expect(200);
        assert_eq!(ids(&second), newest_first[2..], "{path}");
        assert_eq!(second["next_cursor"], Value::Null);
        assert_eq!(actor.get(&format!("{path}?cursor=%21")).await.expect_invalid(), ["/cursor malformed"]);
        assert_eq!(actor.get(&format!("{path}?status=lost")).await.expect_invalid(), ["/status not_allowed"]);
        assert_eq!(actor.get(&format!("{path}?limit=0")).await.expect_invalid(), ["/limit too_small"]);
    }
    shop.seller.does("accept", &bought[1]).await;
    let accepted = shop.buyer.get("/v1/orders?status=accepted").await.expect(200);
    assert_eq!(ids(&accepted), [text(&bought[1]["id"])]);
    assert_eq!(accepted["data"][0], shop.buyer.order(&bought[1]).await, "a list shows orders whole");
    let pending = shop.seller.get("/v1/vendor/orders?status=pending").await.expect(200);
    assert_eq!(ids(&pending).len(), 2);
    shop.close().await;
}

#[tokio::test]
async fn nobody_sees_what_is_not_theirs() {
    let shop = Shop::open().await;
    let order = shop.buyer.buys_and_pays(&[(&shop.product, 1)]).await;
    let (eve, other) = (shop.app.buyer("eve").await, shop.app.seller("olga").await);
    let own = format!("/v1/orders/{}", text(&order["id"]));
    eve.get(&own).await.expect_problem(404, "not_found");
    shop.seller.get(&own).await.expect_problem(404, "not_found");
    shop.app.anonymous().get(&own).await.expect_problem(401, "unauthenticated");
    assert_eq!(eve.get("/v1/orders").await.expect(200)["data"], json!([]));
    shop.app.anonymous().get("/v1/orders").await.expect_problem(401, "unauthenticated");

    let vendors = vendor_path(&order, "");
    let vendors = vendors.trim_end_matches('/');
    other.get(vendors).await.expect_problem(404, "not_found");
    eve.get(vendors).await.expect_problem(403, "forbidden");
    eve.get("/v1/vendor/orders").await.expect_problem(403, "forbidden");
    assert_eq!(other.get("/v1/vendor/orders").await.expect(200)["data"], json!([]));
    for step in ["accept", "pack", "ship", "deliver"] {
        other.post_empty(&vendor_path(&order, step)).await.expect_problem(404, "not_found");
        eve.post_empty(&vendor_path(&order, step)).await.expect_problem(403, "forbidden");
    }
    let reject = vendor_path(&order, "reject");
    other.post(&reject, json!({"reason": "mine"})).await.expect_problem(404, "not_found");
    for actor in [&shop.buyer, &shop.seller.actor] {
        actor.get("/v1/admin/orders").await.expect_problem(403, "forbidden");
    }
    let unchanged = shop.buyer.order(&order).await;
    assert_eq!(unchanged, order);
    shop.close().await;
}

#[tokio::test]
async fn a_client_that_has_it_gets_no_body() {
    let shop = Shop::open().await;
    let order = shop.buyer.buys_and_pays(&[(&shop.product, 1)]).await;
    let path = format!("/v1/orders/{}", text(&order["id"]));
    let tag = shop.buyer.get(&path).await.header("etag").to_owned();
    let known = shop.buyer.with_header("if-none-match", &tag);
    known.get(&path).await.expect(304);
    shop.seller.does("accept", &order).await;
    known.get(&path).await.expect(200);
    shop.close().await;
}
