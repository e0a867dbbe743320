//! API keys: what they open, and that they open no more than their owner may at that moment.

use marketplace::accounts;
use testing::{Actor, TestApp, Value, json};

async fn key(owner: &Actor, scopes: &[&str]) -> (String, Value) {
    let made = owner.post("/v1/me/api-keys", json!({"name": "Robot", "scopes": scopes})).await;
    assert_eq!(made.header("cache-control"), "no-store");
    let made = made.expect(201);
    (made["secret"].as_str().unwrap().to_owned(), made)
}

#[tokio::test]
async fn a_key_is_shown_once_and_listed_without_its_secret() {
    let app = TestApp::start().await;
    let seller = app.seller("olga").await;
    let (secret, made) = key(&seller.actor, &["orders:write", "catalog:read", "catalog:read"]).await;
    assert_eq!(made["scopes"], json!(["catalog:read", "orders:write"]));
    assert_eq!((&made["expires_at"], &made["last_used_at"]), (&Value::Null, &Value::Null));
    assert!(secret.starts_with(&format!("{}_", made["id"].as_str().unwrap())));
    let listed = seller.actor.get("/v1/me/api-keys").await;
    assert!(!listed.text().contains(&secret));
    assert_eq!(listed.expect(200)["data"][0]["name"], "Robot");
    let robot = app.anonymous().with_token(&secret);
    robot.get("/v1/vendor/orders").await.expect(200);
    let used = seller.actor.get("/v1/me/api-keys").await.expect(200)["data"][0]["last_used_at"].clone();
    assert!(used.is_string());
    app.advance(300);
    robot.get("/v1/vendor/orders").await.expect(200);
    assert_eq!(seller.actor.get("/v1/me/api-keys").await.expect(200)["data"][0]["last_used_at"], used);
    app.advance(301);
    robot.get("/v1/vendor/orders").await.expect(200);
    assert_ne!(seller.actor.get("/v1/me/api-keys").await.expect(200)["data"][0]["last_used_at"], used);
    app.run_jobs().await;
    let mails = app.mails_to("olga@example.com").await;
    assert!(mails.iter().any(|mail| mail.subject.contains("API key")), "{mails:?}");
    app.stop().await;
}

#[tokio::test]
async fn a_key_does_what_its_scopes_say_and_nothing_else() {
    let app = TestApp::start().await;
    let seller = app.seller("olga").await;
    let product = seller.product("Tea", 500, 3).await;
    let path = format!("/v1/products/{}", product["id"].as_str().unwrap());
    let rename = json!({"title": "Green tea"});
    let robot = async |scopes: &[&str]| app.anonymous().with_token(&key(&seller.actor, scopes).await.0);
    let reader = robot(&["catalog:read"]).await;
    reader.get("/v1/vendor/products").await.expect(200);
    reader.patch(&path, rename.clone()).await.expect_problem(403, "insufficient_scope");
    reader.get("/v1/vendor/orders").await.expect_problem(403, "insufficient_scope");
    reader.get("/v1/vendor/balance").await.expect_problem(403, "insufficient_scope");
    let writer = robot(&["catalog:write"]).await;
    writer.get("/v1/vendor/products").await.expect(200);
    writer.patch(&path, rename).await.expect(200);
    robot(&["money:read"]).await.get("/v1/vendor/balance").await.expect(200);
    let shop = format!("/v1/vendors/{}", seller.vendor);
    let all = ["catalog:write", "orders:write", "money:write", "shop:write"];
    let all = robot(&all).await;
    all.patch(&shop, json!({"description": "New"})).await.expect(200);
    for (method, path, body) in [
        ("GET", "/v1/me", json!({})),
        ("PATCH", "/v1/me", json!({"first_name": "Eve"})),
        ("DELETE", "/v1/me", json!({})),
        ("GET", "/v1/me/export", json!({})),
        ("GET", "/v1/me/api-keys", json!({})),
        ("POST", "/v1/me/api-keys", json!({"name": "x", "scopes": ["catalog:read"]})),
        ("POST", "/v1/me/totp", json!({})),
        ("POST", "/v1/me/email", json!({"email": "eve@example.com"})),
        (
            "POST",
            "/v1/me/password",
            json!({"current_password": "x", "new_password": "cedar-lantern-77-brook"}),
        ),
        ("GET", "/v1/me/sessions", json!({})),
        ("GET", "/v1/cart", json!({})),
        ("GET", "/v1/orders", json!({})),
        ("POST", "/v1/checkouts", json!({})),
        ("GET", &format!("{shop}/members"), json!({})),
        ("POST", &format!("{shop}/members"), json!({"email": "eve@example.com", "role": "manager"})),
        ("GET", "/v1/admin/users", json!({})),
    ] {
        let body = (method != "GET").then_some(body);
        let answer = all.send(method.parse().unwrap(), path, body).await;
        assert_eq!(answer.status, 403, "{method} {path}: {}", answer.text());
        answer.expect_problem(403, "insufficient_scope");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_key_is_never_more_than_its_owner() {
    let app = TestApp::start().await;
    let (admin, seller, other) = (app.admin().await, app.seller("olga").await, app.seller("max").await);
    let admin_key = app.anonymous().with_token(&key(&admin, &["admin:write", "users:read"]).await.0);
    admin_key.get("/v1/admin/vendors").await.expect(200);
    admin_key.get("/v1/admin/users").await.expect(200);
    let user = format!("/v1/admin/users/{}", seller.actor.user.unwrap());
    admin_key.patch(&user, json!({"suspended": true})).await.expect_problem(403, "insufficient_scope");
    let robot = app.anonymous().with_token(&key(&seller.actor, &["orders:read"]).await.0);
    let foreign = format!("/v1/vendor/orders?vendor={}", other.vendor);
    robot.get(&foreign).await.expect_problem(403, "forbidden");
    let scopes = json!({"name": "x", "scopes": ["users:read", "orders:read", "admin:write"]});
    let refused = seller.actor.post("/v1/me/api-keys", scopes).await;
    assert_eq!(refused.expect_invalid(), ["/scopes/0 not_allowed", "/scopes/2 not_allowed"]);
    let buyer = app.buyer("ben").await;
    let plain = json!({"name": "x", "scopes": ["orders:read"]});
    buyer.post("/v1/me/api-keys", plain).await.expect_problem(403, "forbidden");

    admin.patch(&user, json!({"suspended": true})).await.expect(200);
    robot.get("/v1/vendor/orders").await.expect_problem(403, "suspended");
    admin.patch(&user, json!({"suspended": false})).await.expect(200);
    robot.get("/v1/vendor/orders").await.expect(200);
    let (market, former) = (app.market.clone(), admin.user.unwrap());
    let demoted: marketplace::Result<()> =
        app.market.db.write(async move |tx| accounts::set_admin(tx, &market, former, false).await).await;
    demoted.unwrap();
    admin_key.get("/v1/admin/vendors").await.expect_problem(403, "forbidden");
    app.stop().await;
}

#[tokio::test]
async fn a_key_ends_when_it_is_revoked_or_its_time_is_over() {
    let app = TestApp::start().await;
    let (seller, other) = (app.seller("olga").await, app.seller("max").await);
    let (secret, made) = key(&seller.actor, &["orders:read"]).await;
    let path = format!("/v1/me/api-keys/{}", made["id"].as_str().unwrap());
    other.actor.delete(&path).await.expect_problem(404, "not_found");
    assert_eq!(seller.actor.delete(&path).await.status, 204);
    seller.actor.delete(&path).await.expect_problem(404, "not_found");
    let get = async |secret: &str| app.anonymous().with_token(secret).get("/v1/vendor/orders").await;
    get(&secret).await.expect_problem(401, "unauthenticated");

    let end = app.market.now().plus_seconds(60).to_string();
    let wanted = json!({"name": "Short", "scopes": ["orders:read"], "expires_at": end});
    let short = seller.actor.post("/v1/me/api-keys", wanted).await.expect(201);
    let short = short["secret"].as_str().unwrap();
    get(short).await.expect(200);
    let half = &short[..short.len() - 1];
    let (id, _) = short.split_at(17);
    for forged in
        [half, id, &format!("{id}_"), &format!("{short}A"), "key_", &format!("key_{}", "0".repeat(500))]
    {
        get(forged).await.expect_problem(401, "unauthenticated");
    }
    app.advance(60);
    get(short).await.expect_problem(401, "token_expired");
    app.stop().await;
}

#[tokio::test]
async fn making_a_key_is_guarded() {
    let app = TestApp::start().await;
    let seller = app.seller("olga").await;
    let past = app.market.now().plus_seconds(-1).to_string();
    for (body, errors) in [
        (json!({"name": "x", "scopes": []}), vec!["/scopes required"]),
        (json!({"name": "x", "scopes": ["all"]}), vec!["/scopes/0 not_allowed"]),
        (json!({"name": "x", "scopes": "orders:read"}), vec!["/scopes wrong_type"]),
        (json!({"name": "x", "scopes": vec!["orders:read"; 13]}), vec!["/scopes too_long"]),
        (
            json!({"name": "x".repeat(51), "more": 1}),
            vec!["/more unknown_field", "/name too_long", "/scopes required"],
        ),
        (
            json!({"name": "x", "scopes": ["orders:read"], "expires_at": "soon"}),
            vec!["/expires_at malformed"],
        ),
        (json!({"name": "x", "scopes": ["orders:read"], "expires_at": past}), vec!["/expires_at too_small"]),
    ] {
        assert_eq!(
            seller.actor.post("/v1/me/api-keys", body.clone()).await.expect_invalid(),
            errors,
            "{body}"
        );
    }
    for _ in 0..50 {
        key(&seller.actor, &["orders:read"]).await;
    }
    let one_more = json!({"name": "x", "scopes": ["orders:read"]});
    seller.actor.post("/v1/me/api-keys", one_more.clone()).await.expect_problem(409, "too_many_api_keys");
    let page = seller.actor.get("/v1/me/api-keys?limit=30").await.expect(200);
    let next = format!("/v1/me/api-keys?limit=30&cursor={}", page["next_cursor"].as_str().unwrap());
    assert_eq!(seller.actor.get(&next).await.expect(200)["data"].as_array().unwrap().len(), 20);
    let late = app.seller("max").await;
    app.advance(601);
    let refused = late.actor.post("/v1/me/api-keys", one_more.clone()).await;
    refused.expect_problem(403, "reauthentication_required");
    app.anonymous().get("/v1/me/api-keys").await.expect_problem(401, "unauthenticated");
    app.stop().await;
}
