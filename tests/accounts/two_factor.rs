//! Two-factor login: setting it up, logging in with it, and what it keeps out.

use futures_util::future::join_all;
use marketplace::settings::TwoFactorRule;
use testing::{Actor, Response, TestApp, json};

use super::support::{PASSWORD, another, code_for, holding, log_in, sign_up, totp, turn_two_factor_on};

async fn try_login(app: &TestApp, second: Option<&str>) -> Response {
    let mut body = json!({"email": "ana@example.com", "password": PASSWORD});
    if let Some(second) = second {
        body["totp"] = json!(second);
    }
    app.anonymous().post("/v1/auth/login", body).await
}

async fn ana(app: &TestApp) -> Actor {
    let verified = sign_up(app, "ana@example.com").await;
    holding(app, &verified["tokens"])
}

#[tokio::test]
async fn a_login_takes_the_code_once_it_is_set_up() {
    let app = TestApp::start().await;
    let ana = ana(&app).await;
    let other = holding(&app, &log_in(&app, "ana@example.com", PASSWORD).await);
    let off = ana.get("/v1/me/totp").await.expect(200);
    assert_eq!(off, json!({"enabled": false, "enabled_at": null, "recovery_codes_left": 0}));
    let started = ana.post("/v1/me/totp", json!({})).await;
    assert_eq!(started.header("cache-control"), "no-store");
    let started = started.expect(200);
    let secret = started["secret"].as_str().unwrap();
    let url = started["otpauth_url"].as_str().unwrap();
    assert!(url.starts_with("otpauth://totp/Souk:ana%40example.com?"), "{url}");
    assert!(url.contains(&format!("secret={secret}")), "{url}");
    assert!(started["qr_svg"].as_str().unwrap().contains("<svg"));
    // Nothing counts before the app has shown a code.
    try_login(&app, None).await.expect(200);
    let wrong = ana.post("/v1/me/totp", json!({"totp": another(&totp(&app, secret, 0))})).await;
    wrong.expect_problem(422, "invalid_otp");
    let confirmed = ana.post("/v1/me/totp", json!({"totp": totp(&app, secret, 0)})).await.expect(200);
    assert_eq!(confirmed["recovery_codes"].as_array().unwrap().len(), 10);
    other.get("/v1/me").await.expect_problem(401, "unauthenticated");
    ana.get("/v1/me").await.expect(200);
    ana.post_empty("/v1/me/totp").await.expect_problem(409, "two_factor_is_on");

    try_login(&app, None).await.expect_problem(401, "totp_required");
    let wrong = json!({"email": "ana@example.com", "password": "wrong-kettle-orbit-42"});
    app.anonymous().post("/v1/auth/login", wrong).await.expect_problem(401, "invalid_credentials");
    let tokens = try_login(&app, Some(&totp(&app, secret, 0))).await.expect(200);
    let refresh = json!({"refresh_token": tokens["refresh_token"]});
    app.anonymous().post("/v1/auth/refresh", refresh).await.expect(200);
    let state = ana.get("/v1/me/totp").await.expect(200);
    assert_eq!((&state["enabled"], &state["recovery_codes_left"]), (&json!(true), &json!(10)));
    app.run_jobs().await;
    let mails = app.mails_to("ana@example.com").await;
    assert!(mails.iter().any(|mail| mail.subject.contains("Two-factor login is on")), "{mails:?}");
    app.stop().await;
}

#[tokio::test]
async fn a_code_is_taken_once() {
    let app = TestApp::start().await;
    let ana = ana(&app).await;
    let (secret, recovery) = turn_two_factor_on(&app, &ana).await;
    let code = totp(&app, &secret, 0);
    let at_once = join_all((0..8).map(|_| try_login(&app, Some(&code)))).await;
    assert_eq!(at_once.iter().filter(|answer| answer.status == 200).count(), 1);
    try_login(&app, Some(&totp(&app, &secret, -1))).await.expect_problem(401, "totp_required");
    try_login(&app, Some(&totp(&app, &secret, 2))).await.expect_problem(401, "totp_required");
    try_login(&app, Some(&totp(&app, &secret, 1))).await.expect(200);
    try_login(&app, Some(&code)).await.expect_problem(401, "totp_required");
    app.advance(60);
    try_login(&app, Some(&totp(&app, &secret, 0))).await.expect(200);

    let written = recovery[0].to_uppercase().replace('-', " ");
    let at_once = join_all((0..4).map(|_| try_login(&app, Some(&written)))).await;
    assert_eq!(at_once.iter().filter(|answer| answer.status == 200).count(), 1);
    try_login(&app, Some(&recovery[0])).await.expect_problem(401, "totp_required");
    assert_eq!(ana.get("/v1/me/totp").await.expect(200)["recovery_codes_left"], 9);
    let fresh = ana.post_empty("/v1/me/totp/recovery-codes").await.expect(200);
    try_login(&app, Some(&recovery[1])).await.expect_problem(401, "totp_required");
    try_login(&app, fresh["recovery_codes"][0].as_str()).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn guesses_are_counted_whoever_makes_them() {
    let app = TestApp::builder().with(|settings| settings.throttle = true).start().await;
    let ana = ana(&app).await;
    let (secret, recovery) = turn_two_factor_on(&app, &ana).await;
    let wrong = another(&another(&another(&totp(&app, &secret, 0))));
    let guesses = join_all((0..20).map(|_| try_login(&app, Some(&wrong)))).await;
    assert_eq!(guesses.iter().filter(|answer| answer.status == 401).count(), 8);
    assert_eq!(guesses.iter().filter(|answer| answer.status == 429).count(), 12);
    for right in [totp(&app, &secret, 0), recovery[0].clone()] {
        let limited = try_login(&app, Some(&right)).await;
        limited.expect_problem(429, "rate_limited");
        assert!(!limited.header("retry-after").is_empty());
    }
    app.advance(3_601);
    try_login(&app, Some(&totp(&app, &secret, 0))).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn it_is_turned_off_by_its_owner_only() {
    let app = TestApp::start().await;
    let ana = ana(&app).await;
    ana.delete("/v1/me/totp").await.expect_problem(404, "not_found");
    let (secret, _) = turn_two_factor_on(&app, &ana).await;
    app.advance(601);
    let delete = async |body| ana.send("DELETE".parse().unwrap(), "/v1/me/totp", Some(body)).await;
    ana.delete("/v1/me/totp").await.expect_problem(403, "reauthentication_required");
    ana.post_empty("/v1/me/totp/recovery-codes").await.expect_problem(403, "reauthentication_required");
    let wrong = delete(json!({"current_password": "wrong-kettle-orbit-42"})).await;
    assert_eq!(wrong.expect_invalid(), ["/current_password wrong_password"]);
    assert_eq!(delete(json!({"current_password": PASSWORD})).await.expect_invalid(), ["/totp required"]);
    let guess = json!({"current_password": PASSWORD, "totp": another(&totp(&app, &secret, 0))});
    assert_eq!(delete(guess).await.expect_invalid(), ["/totp wrong_code"]);
    let malformed = json!({"current_password": PASSWORD, "totp": "12", "more": 1});
    assert_eq!(delete(malformed).await.expect_invalid(), ["/more unknown_field", "/totp malformed"]);
    let right = json!({"current_password": PASSWORD, "totp": totp(&app, &secret, 0)});
    assert_eq!(delete(right).await.status, 204);
    log_in(&app, "ana@example.com", PASSWORD).await;
    // Anew, within ten minutes of a login.
    let again = holding(&app, &log_in(&app, "ana@example.com", PASSWORD).await);
    turn_two_factor_on(&app, &again).await;
    assert_eq!(again.delete("/v1/me/totp").await.status, 204);
    app.stop().await;
}

#[tokio::test]
async fn a_secret_that_waits_is_replaced_dropped_or_expires() {
    let app = TestApp::start().await;
    let ana = ana(&app).await;
    let confirm = async |secret: &str| ana.post("/v1/me/totp", json!({"totp": totp(&app, secret, 0)})).await;
    confirm("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP").await.expect_problem(409, "no_two_factor");
    let first = ana.post_empty("/v1/me/totp").await.expect(200);
    let second = ana.post_empty("/v1/me/totp").await.expect(200);
    confirm(first["secret"].as_str().unwrap()).await.expect_problem(422, "invalid_otp");
    assert_eq!(ana.delete("/v1/me/totp").await.status, 204);
    confirm(second["secret"].as_str().unwrap()).await.expect_problem(409, "no_two_factor");
    let third = ana.post_empty("/v1/me/totp").await.expect(200);
    app.advance(30 * 60);
    let ana = holding(&app, &log_in(&app, "ana@example.com", PASSWORD).await);
    let late = json!({"totp": totp(&app, third["secret"].as_str().unwrap(), 0)});
    ana.post("/v1/me/totp", late).await.expect_problem(409, "no_two_factor");
    let codes = ana.post_empty("/v1/me/totp/recovery-codes").await;
    codes.expect_problem(409, "no_two_factor");
    assert_eq!(ana.post("/v1/me/totp", json!({"totp": 1})).await.expect_invalid(), ["/totp wrong_type"]);
    app.stop().await;
}

/// Whoever reads the mail alone does not get in.
#[tokio::test]
async fn a_reset_takes_the_code_too() {
    let app = TestApp::start().await;
    let ana = ana(&app).await;
    let (secret, _) = turn_two_factor_on(&app, &ana).await;
    app.anonymous().post("/v1/auth/forgot-password", json!({"email": "ana@example.com"})).await.expect(202);
    let code = code_for(&app, "ana@example.com").await;
    let mut reset =
        json!({"email": "ana@example.com", "otp": code, "new_password": "cedar-lantern-77-brook"});
    let path = "/v1/auth/reset-password";
    app.anonymous().post(path, reset.clone()).await.expect_problem(401, "totp_required");
    try_login(&app, None).await.expect_problem(401, "totp_required");
    reset["totp"] = json!(totp(&app, &secret, 0));
    app.anonymous().post(path, reset.clone()).await.expect(200);
    app.anonymous().post(path, reset).await.expect_problem(422, "invalid_otp");
    app.stop().await;
}

/// The setting shuts out whoever has a role and no second factor, from that role only.
#[tokio::test]
async fn roles_wait_until_it_is_set_up() {
    let members = |settings: &mut marketplace::Settings| settings.two_factor_rule = TwoFactorRule::Members;
    let app = TestApp::builder().with(members).start().await;
    let (admin, seller, buyer) = (app.admin().await, app.seller("olga").await, app.buyer("ben").await);
    let shop = format!("/v1/vendors/{}", seller.vendor);
    let product = json!({"title": "Tea", "description": "Green", "price": 100, "stock": 1});
    admin.get("/v1/admin/users").await.expect_problem(403, "two_factor_required");
    buyer.get("/v1/admin/users").await.expect_problem(403, "forbidden");
    let answers = [
        seller.actor.get("/v1/vendor/orders").await,
        seller.actor.patch(&shop, json!({"description": "New"})).await,
        seller.actor.get(&format!("{shop}/members")).await,
        seller.actor.post("/v1/products", product.clone()).await,
    ];
    for answer in answers {
        answer.expect_problem(403, "two_factor_required");
    }
    buyer.get("/v1/vendor/orders").await.expect_problem(403, "forbidden");
    for (actor, path) in [(&admin, "/v1/me"), (&seller.actor, "/v1/me/vendors"), (&buyer, "/v1/orders")] {
        actor.get(path).await.expect(200);
    }
    turn_two_factor_on(&app, &admin).await;
    turn_two_factor_on(&app, &seller.actor).await;
    admin.get("/v1/admin/users").await.expect(200);
    seller.actor.get("/v1/vendor/orders").await.expect(200);
    seller.actor.get(&format!("{shop}/members")).await.expect(200);
    assert_eq!(seller.actor.delete("/v1/me/totp").await.status, 204);
    seller.actor.get("/v1/vendor/orders").await.expect_problem(403, "two_factor_required");
    app.stop().await;
}

#[tokio::test]
async fn the_rule_may_be_for_admins_alone() {
    let admins = |settings: &mut marketplace::Settings| settings.two_factor_rule = TwoFactorRule::Admins;
    let app = TestApp::builder().with(admins).start().await;
    let (admin, seller) = (app.admin().await, app.seller("olga").await);
    admin.get("/v1/admin/vendors").await.expect_problem(403, "two_factor_required");
    seller.actor.get("/v1/vendor/orders").await.expect(200);
    app.stop().await;
}
