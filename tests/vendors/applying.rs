//! From an application to a shop, and who may not apply.

use testing::{TestApp, json};

use super::{application, apply, decision, id};

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
    assert_eq!(vendor["reviewed_at"], json!(null));
    let path = format!("/v1/vendors/{}", id(&vendor));
    app.anonymous().get(&path).await.expect_problem(404, "not_found");
    app.user("bob").await.get("/v1/vendors/copper-clay").await.expect_problem(404, "not_found");
    assert_eq!(ana.get(&path).await.expect(200), vendor);
    assert_eq!(admin.get(&path).await.expect(200), vendor);
    assert_eq!(app.anonymous().get("/v1/vendors").await.expect(200)["data"], json!([]));

    let accepted = admin.post_empty(&decision(&vendor, "accept")).await.expect(200);
    assert_eq!(accepted["status"], "accepted");
    assert_eq!(accepted["reviewer_id"], admin.user.unwrap().to_string());
    assert!(accepted["reviewed_at"].is_string());
    let shown = app.anonymous().get("/v1/vendors/copper-clay").await.expect(200);
    assert_eq!(shown["name"], "Copper & Clay");
    for hidden in ["tax_number", "commission_bps", "reviewer_id", "suspension_reason"] {
        assert!(shown.get(hidden).is_none(), "{hidden} is shown to everybody");
    }
    assert_eq!(app.anonymous().get("/v1/vendors").await.expect(200)["data"], json!([shown]));
    let mine = ana.get("/v1/me/vendors").await.expect(200);
    assert_eq!(mine["data"], json!([{"vendor": accepted, "role": "owner"}]));
    app.stop().await;
}

#[tokio::test]
async fn one_application_and_one_shop_at_a_time() {
    let app = TestApp::start().await;
    let (ana, admin) = (app.user("ana").await, app.admin().await);
    let first = apply(&ana, "First").await;
    let again = || ana.post("/v1/vendors", application("Second"));
    again().await.expect_problem(409, "vendor_pending_exists");
    admin.post_empty(&decision(&first, "accept")).await.expect(200);
    again().await.expect_problem(409, "vendor_accepted_exists");
    admin.post(&decision(&first, "suspend"), json!({"reason": "late parcels"})).await.expect(200);
    again().await.expect_problem(409, "vendor_accepted_exists");
    app.stop().await;
}

#[tokio::test]
async fn who_was_rejected_waits_ten_days() {
    let app = TestApp::start().await;
    let (ana, admin) = (app.user("ana").await, app.admin().await);
    let first = apply(&ana, "First").await;
    admin.post(&decision(&first, "reject"), json!({"reason": "no such street"})).await.expect(200);
    let again = || ana.post("/v1/vendors", application("Second"));
    again().await.expect_problem(409, "vendor_recently_rejected");
    app.advance(10 * 86_400 - 600);
    let ana = app.login_again(&ana).await;
    ana.post("/v1/vendors", application("Second")).await.expect_problem(409, "vendor_recently_rejected");
    app.advance(601);
    ana.post("/v1/vendors", application("Second")).await.expect(201);
    let mine = ana.get("/v1/me/vendors").await.expect(200);
    assert_eq!(mine["data"][0]["vendor"]["status"], "pending");
    assert_eq!(mine["data"][1]["vendor"]["rejection_reason"], "no such street");
    app.stop().await;
}

#[tokio::test]
async fn of_two_applications_at_once_one_wins() {
    let app = TestApp::start().await;
    for round in 0..5 {
        let actor = app.user(&format!("user{round}")).await;
        // The same name in every round, and twice in each: slugs collide too.
        let (first, second) = tokio::join!(
            actor.post("/v1/vendors", application("Same")),
            actor.post("/v1/vendors", application("Same")),
        );
        let (won, lost) = if first.status.is_success() { (first, second) } else { (second, first) };
        won.expect(201);
        lost.expect_problem(409, "vendor_pending_exists");
        assert_eq!(actor.get("/v1/me/vendors").await.expect(200)["data"].as_array().unwrap().len(), 1);
    }
    app.stop().await;
}

#[tokio::test]
async fn equal_names_get_different_slugs() {
    let app = TestApp::start().await;
    let mut slugs = Vec::new();
    for index in 0..12 {
        let actor = app.user(&format!("user{index}")).await;
        slugs.push(apply(&actor, "Pots").await["slug"].as_str().unwrap().to_owned());
    }
    assert_eq!(slugs[..3], ["pots", "pots-2", "pots-3"]);
    slugs.sort();
    slugs.dedup();
    assert_eq!(slugs.len(), 12);
    app.stop().await;
}

#[tokio::test]
async fn applying_needs_an_account() {
    let app = TestApp::start().await;
    app.anonymous().post("/v1/vendors", json!({})).await.expect_problem(401, "unauthenticated");
    app.anonymous().get("/v1/me/vendors").await.expect_problem(401, "unauthenticated");
    app.stop().await;
}

#[tokio::test]
async fn bad_applications_are_told_all_at_once() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let with = |field: &str, value: testing::Value| {
        let mut body = application("Pots");
        body[field] = value;
        body
    };
    let cases = [
        (json!({}), vec!["/address required", "/description required", "/name required"]),
        (with("name", json!("x".repeat(51))), vec!["/name too_long"]),
        (with("name", json!("\n")), vec!["/name required"]),
        (with("name", json!("a\u{0}b")), vec!["/name not_allowed"]),
        (with("description", json!("é".repeat(301))), vec!["/description too_long"]),
        (with("address", json!("x".repeat(151))), vec!["/address too_long"]),
        (with("domain", json!("x".repeat(51))), vec!["/domain too_long"]),
        (with("tax_number", json!(7)), vec!["/tax_number wrong_type"]),
        (with("status", json!("accepted")), vec!["/status unknown_field"]),
    ];
    for (body, wanted) in cases {
        assert_eq!(ana.post("/v1/vendors", body.clone()).await.expect_invalid(), wanted, "{body}");
    }
    ana.send_bytes(testing::Method::POST, "/v1/vendors", "application/json", b"{".to_vec())
        .await
        .expect_problem(400, "malformed_json");
    ana.send_bytes(testing::Method::POST, "/v1/vendors", "text/plain", b"{}".to_vec())
        .await
        .expect_problem(415, "unsupported_media_type");
    let longest =
        json!({"name": "é".repeat(50), "description": "d".repeat(300), "address": "a\nb", "domain": null});
    ana.post("/v1/vendors", longest).await.expect(201);
    app.stop().await;
}
