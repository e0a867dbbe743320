//! From an application to a shop.

use testing::{TestApp, Value, json};

fn application(name: &str) -> Value {
    json!({"name": name, "description": "Hand-made pots", "address": "12 Potters' Lane"})
}

#[tokio::test]
async fn an_accepted_application_is_a_public_shop() {
    let app = TestApp::start().await;
    let (ana, admin) = (app.user("ana").await, app.admin().await);
    let mut wanted = application("Copper & Clay");
    wanted["domain"] = "copperclay.example".into();
    wanted["tax_number"] = "MA-1".into();
    let vendor = ana.post("/v1/vendors", wanted).await.expect(201);
    assert_eq!(vendor["status"], "pending");
    assert_eq!(vendor["slug"], "copper-clay");
    assert_eq!(vendor["tax_number"], "MA-1");
    assert_eq!(vendor["commission_bps"], 1_000);
    assert_eq!(vendor["fulfilment"], "direct");
    assert_eq!(vendor["rating"], json!({"average": null, "count": 0}));
    let path = format!("/v1/vendors/{}", vendor["id"].as_str().unwrap());
    app.anonymous().get(&path).await.expect_problem(404, "not_found");
    app.user("bob").await.get("/v1/vendors/copper-clay").await.expect_problem(404, "not_found");
    ana.get(&path).await.expect(200);

    let accept = format!("/v1/admin/vendors/{}/accept", vendor["id"].as_str().unwrap());
    let accepted = admin.post_empty(&accept).await.expect(200);
    assert_eq!(accepted["status"], "accepted");
    assert_eq!(accepted["reviewer_id"], admin.user.unwrap().to_string());
    assert!(accepted["reviewed_at"].is_string());
    let shown = app.anonymous().get("/v1/vendors/copper-clay").await.expect(200);
    assert_eq!(shown["name"], "Copper & Clay");
    for hidden in ["tax_number", "commission_bps", "reviewer_id", "suspension_reason"] {
        assert!(shown.get(hidden).is_none(), "{hidden} is shown to everybody");
    }
    let mine = ana.get("/v1/me/vendors").await.expect(200);
    assert_eq!(mine["data"][0]["role"], "owner");
    assert_eq!(mine["data"][0]["vendor"]["id"], vendor["id"]);
    app.stop().await;
}

#[tokio::test]
async fn a_seller_of_the_tests_has_a_shop() {
    let app = TestApp::start().await;
    let seller = app.seller("ana").await;
    assert_eq!(app.anonymous().get("/v1/vendors").await.expect(200)["data"][0]["slug"], seller.slug.as_str());
    app.stop().await;
}
