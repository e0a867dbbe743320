//! What the shop's people and admins change of it.

use testing::{TestApp, json};

#[tokio::test]
async fn the_owner_changes_what_the_shop_says() {
    let app = TestApp::start().await;
    let seller = app.seller("ana").await;
    let path = format!("/v1/vendors/{}", seller.vendor);
    let wanted =
        json!({"name": "Clay & Co", "description": "Pots", "domain": "clay.example", "tax_number": "1"});
    let changed = seller.patch(&path, wanted).await.expect(200);
    assert_eq!(changed["name"], "Clay & Co");
    assert_eq!(changed["slug"], seller.slug, "links stay");
    assert_eq!(changed["address"], "1 Test Street", "what is absent stays");
    let cleared = seller.patch(&path, json!({"domain": null, "tax_number": null})).await.expect(200);
    assert_eq!((&cleared["domain"], &cleared["tax_number"]), (&json!(null), &json!(null)));
    assert_eq!(seller.get(&path).await.expect(200), cleared);
    app.stop().await;
}

#[tokio::test]
async fn a_stale_change_is_refused() {
    let app = TestApp::start().await;
    let seller = app.seller("ana").await;
    let path = format!("/v1/vendors/{}", seller.vendor);
    let tag = seller.get(&path).await.header("etag").to_owned();
    let careful = seller.with_header("if-match", &tag);
    careful.patch(&path, json!({"name": "B"})).await.expect(200);
    careful.patch(&path, json!({"name": "C"})).await.expect_problem(412, "precondition_failed");
    assert_eq!(seller.get(&path).await.expect(200)["name"], "B");
    app.stop().await;
}

/// Both read the same state and name it: only one of them may have seen the present.
#[tokio::test]
async fn of_two_careful_changes_at_once_one_wins() {
    let app = TestApp::start().await;
    let seller = app.seller("ana").await;
    let path = format!("/v1/vendors/{}", seller.vendor);
    let tag = seller.get(&path).await.header("etag").to_owned();
    let careful = seller.with_header("if-match", &tag);
    let (first, second) = tokio::join!(
        careful.patch(&path, json!({"name": "First"})),
        careful.patch(&path, json!({"description": "Second"})),
    );
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    app.stop().await;
}

#[tokio::test]
async fn strangers_and_staff_change_nothing() {
    let app = TestApp::start().await;
    let (seller, other) = (app.seller("ana").await, app.seller("bob").await);
    let path = format!("/v1/vendors/{}", seller.vendor);
    let nonsense = json!({"name": 7});
    app.anonymous().patch(&path, nonsense.clone()).await.expect_problem(401, "unauthenticated");
    other.patch(&path, nonsense.clone()).await.expect_problem(403, "forbidden");
    let (manager, staff) = (app.user("mia").await, app.user("sam").await);
    let members = format!("{path}/members");
    seller.post(&members, json!({"email": "mia@example.com", "role": "manager"})).await.expect(201);
    seller.post(&members, json!({"email": "sam@example.com", "role": "staff"})).await.expect(201);
    staff.patch(&path, nonsense.clone()).await.expect_problem(403, "forbidden");
    manager.patch(&path, json!({"name": "By Mia"})).await.expect(200);
    assert_eq!(staff.get(&path).await.expect(200)["commission_bps"], 1_000);

    let pending = super::apply(&app.user("cleo").await, "Hidden").await;
    let hidden = format!("/v1/vendors/{}", super::id(&pending));
    seller.patch(&hidden, nonsense).await.expect_problem(404, "not_found");
    seller.patch("/v1/vendors/ven_0AXS751X00W7C", json!({})).await.expect_problem(404, "not_found");
    seller.patch("/v1/vendors/prod_0AXS751X00W7C", json!({})).await.expect_problem(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn bad_changes_are_told_all_at_once() {
    let app = TestApp::start().await;
    let seller = app.seller("ana").await;
    let path = format!("/v1/vendors/{}", seller.vendor);
    let cases = [
        (json!({"name": null}), vec!["/name wrong_type"]),
        (json!({"name": "", "address": "x".repeat(151)}), vec!["/address too_long", "/name required"]),
        (json!({"commission_bps": 0}), vec!["/commission_bps unknown_field"]),
        (json!({"status": "accepted"}), vec!["/status unknown_field"]),
        (json!([]), vec![" wrong_type"]),
    ];
    for (body, wanted) in cases {
        assert_eq!(seller.patch(&path, body.clone()).await.expect_invalid(), wanted, "{body}");
    }
    app.stop().await;
}

#[tokio::test]
async fn admins_set_a_vendors_own_terms() {
    let app = TestApp::start().await;
    let (seller, admin) = (app.seller("ana").await, app.admin().await);
    let path = format!("/v1/admin/vendors/{}", seller.vendor);
    let own = admin.patch(&path, json!({"commission_bps": 850, "fulfilment": "hub"})).await.expect(200);
    assert_eq!((&own["commission_bps"], &own["fulfilment"]), (&json!(850), &json!("hub")));
    let shown = app.anonymous().get(&format!("/v1/vendors/{}", seller.vendor)).await.expect(200);
    assert_eq!(shown["fulfilment"], "hub");
    let free = admin.patch(&path, json!({"commission_bps": 0})).await.expect(200);
    assert_eq!((&free["commission_bps"], &free["fulfilment"]), (&json!(0), &json!("hub")));
    let general = admin.patch(&path, json!({"commission_bps": null, "fulfilment": null})).await.expect(200);
    assert_eq!((&general["commission_bps"], &general["fulfilment"]), (&json!(1_000), &json!("direct")));

    let cases = [
        (json!({"commission_bps": -1}), vec!["/commission_bps too_small"]),
        (json!({"commission_bps": 10_001}), vec!["/commission_bps too_large"]),
        (json!({"commission_bps": 1.5}), vec!["/commission_bps wrong_type"]),
        (json!({"fulfilment": "drone", "name": "x"}), vec!["/fulfilment not_allowed", "/name unknown_field"]),
    ];
    for (body, wanted) in cases {
        assert_eq!(admin.patch(&path, body.clone()).await.expect_invalid(), wanted, "{body}");
    }
    let stale = admin.with_header("if-match", "\"old\"");
    stale.patch(&path, json!({"commission_bps": 1})).await.expect_problem(412, "precondition_failed");
    admin.patch("/v1/admin/vendors/ven_0AXS751X00W7C", json!(7)).await.expect_problem(404, "not_found");
    app.stop().await;
}
