//! What is refused, all of it at once.

use testing::json;

use super::Shop;

#[tokio::test]
async fn bad_input_is_told_all_at_once() {
    let shop = Shop::open().await;
    let ana = shop.customer("ana").await;
    let admin = shop.app.admin().await;
    let cases = [
        (json!({}), vec!["/rating required"]),
        (json!({"rating": 0}), vec!["/rating too_small"]),
        (json!({"rating": 6}), vec!["/rating too_large"]),
        (json!({"rating": 4.5}), vec!["/rating wrong_type"]),
        (json!({"rating": null}), vec!["/rating wrong_type"]),
        (
            json!({"rating": 3, "title": "x".repeat(121), "stars": 1}),
            vec!["/stars unknown_field", "/title too_long"],
        ),
        (json!({"rating": 3, "body": "x".repeat(5_001)}), vec!["/body too_long"]),
        (
            json!({"rating": 3, "body": "a\u{0}b", "title": "a\nb"}),
            vec!["/body not_allowed", "/title not_allowed"],
        ),
    ];
    for (body, wanted) in cases {
        assert_eq!(
            ana.post("/v1/products/cup/reviews", body.clone()).await.expect_invalid(),
            wanted,
            "{body}"
        );
    }
    for (query, wanted) in [("cursor=%00", "/cursor malformed"), ("limit=0", "/limit too_small")] {
        let answer = ana.get(&format!("/v1/products/cup/reviews?{query}")).await;
        assert_eq!(answer.expect_invalid(), [wanted]);
    }
    assert_eq!(admin.get("/v1/admin/reviews?status=odd").await.expect_invalid(), ["/status not_allowed"]);
    assert_eq!(
        shop.seller.get("/v1/vendor/reviews?answered=maybe").await.expect_invalid(),
        ["/answered not_allowed"]
    );
    for id in ["rev_0AXS751X00W7C", "prod_0AXS751X00W7C", "nonsense"] {
        let address = format!("/v1/reviews/{id}");
        ana.get(&address).await.expect_problem(404, "not_found");
        ana.patch(&address, json!({"rating": 9})).await.expect_problem(404, "not_found");
        ana.delete(&address).await.expect_problem(404, "not_found");
        ana.post(&format!("{address}/reports"), json!({})).await.expect_problem(404, "not_found");
        let answer = format!("/v1/vendor/reviews/{id}/answer");
        shop.seller.put(&answer, json!({})).await.expect_problem(404, "not_found");
        shop.seller.delete(&answer).await.expect_problem(404, "not_found");
        for action in ["hide", "restore", "dismiss-reports"] {
            let address = format!("/v1/admin/reviews/{id}/{action}");
            admin.post(&address, json!({})).await.expect_problem(404, "not_found");
        }
    }
    ana.get("/v1/products/nothing/reviews").await.expect_problem(404, "not_found");
    ana.post("/v1/products/nothing/reviews", json!({})).await.expect_problem(404, "not_found");
    shop.app.stop().await;
}
