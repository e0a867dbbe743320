//! The caller's own account, and what others see of a user.

use testing::{TestApp, json};

use super::support::{holding, sign_up};

#[tokio::test]
async fn a_user_changes_their_names() {
    let app = TestApp::start().await;
    let ana = holding(&app, &sign_up(&app, "ana@example.com").await["tokens"]);
    let before = ana.get("/v1/me").await;
    let changed = ana.patch("/v1/me", json!({"first_name": "  Anna  "})).await.expect(200);
    assert_eq!((&changed["first_name"], &changed["last_name"]), (&json!("Anna"), &json!("Souza")));
    let cleared = ana.patch("/v1/me", json!({"last_name": null})).await.expect(200);
    assert_eq!((&cleared["first_name"], &cleared["last_name"]), (&json!("Anna"), &json!(null)));
    assert_eq!(ana.patch("/v1/me", json!({})).await.expect(200), cleared);
    assert_eq!(ana.get("/v1/me").await.expect(200), cleared);

    let stale = ana.with_header("if-match", before.header("etag"));
    stale.patch("/v1/me", json!({"first_name": "X"})).await.expect_problem(412, "precondition_failed");
    let current = ana.get("/v1/me").await;
    let fresh = ana.with_header("if-match", current.header("etag"));
    fresh.patch("/v1/me", json!({"first_name": "Ana"})).await.expect(200);
    let known = ana.with_header("if-none-match", ana.get("/v1/me").await.header("etag"));
    assert_eq!(known.get("/v1/me").await.status, 304);
    app.stop().await;
}

#[tokio::test]
async fn others_see_the_first_name_only() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await.user.unwrap();
    let shown = app.anonymous().get(&format!("/v1/users/{ana}")).await.expect(200);
    let mut fields: Vec<_> = shown.as_object().unwrap().keys().cloned().collect();
    fields.sort();
    assert_eq!(fields, ["created_at", "first_name", "id"]);
    assert_eq!(shown["first_name"], "ana");
    for id in ["usr_0000000000000", "ord_0000000000000", "usr_zzz", "me", "usr_8000000000000", "%00"] {
        app.anonymous().get(&format!("/v1/users/{id}")).await.expect_problem(404, "not_found");
    }
    app.stop().await;
}

#[tokio::test]
async fn an_account_is_for_its_user_alone() {
    let app = TestApp::start().await;
    let anybody = app.anonymous();
    anybody.get("/v1/me").await.expect_problem(401, "unauthenticated");
    anybody.patch("/v1/me", json!({"first_name": 7})).await.expect_problem(401, "unauthenticated");
    anybody.post("/v1/me/password", json!([])).await.expect_problem(401, "unauthenticated");
    for path in ["/v1/me/sessions", "/v1/me/addresses", "/v1/me/addresses/addr_0000000000000"] {
        anybody.get(path).await.expect_problem(401, "unauthenticated");
        anybody.with_token("x").get(path).await.expect_problem(401, "unauthenticated");
    }
    anybody.post("/v1/me/addresses", json!({})).await.expect_problem(401, "unauthenticated");
    anybody.delete("/v1/me/sessions/nonsense").await.expect_problem(401, "unauthenticated");
    app.stop().await;
}

#[tokio::test]
async fn accounts_that_have_expired_leave_nothing_behind() {
    let app = TestApp::start().await;
    let tokens = sign_up(&app, "ana@example.com").await["tokens"].clone();
    let refresh = json!({"refresh_token": tokens["refresh_token"]});
    app.anonymous().post("/v1/auth/refresh", refresh).await.expect(200);
    super::support::register(&app, "bob@example.com").await;
    app.anonymous().post("/v1/auth/forgot-password", json!({"email": "ana@example.com"})).await.expect(202);
    assert_eq!(sweep(&app).await, 0);
    app.advance(600);
    assert_eq!(sweep(&app).await, 2, "a registration and a reset");
    app.advance(30 * 86_400);
    assert_eq!(sweep(&app).await, 3, "a session and its two tokens");
    assert_eq!(sweep(&app).await, 0);
    app.stop().await;
}

async fn sweep(app: &TestApp) -> u64 {
    let market = app.market.clone();
    let swept: marketplace::Result<u64> =
        app.market.db.write(async move |tx| marketplace::accounts::sweep(tx, &market).await).await;
    swept.expect("the sweep runs")
}
