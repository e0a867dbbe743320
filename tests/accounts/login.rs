//! Logging in and out.

use marketplace::accounts;
use testing::{TestApp, json};

use super::support::{PASSWORD, holding, log_in, sign_up};

#[tokio::test]
async fn nobody_learns_whether_an_address_is_known() {
    let app = TestApp::start().await;
    sign_up(&app, "ana@example.com").await;
    let login = async |email: &str, password: &str| {
        let body = json!({"email": email, "password": password});
        let answer = app.anonymous().post("/v1/auth/login", body).await;
        let mut problem = answer.expect_problem(401, "invalid_credentials");
        problem["request_id"] = json!("");
        (problem, answer.header("www-authenticate").to_owned())
    };
    let known = login("ana@example.com", "wrong-kettle-orbit-42").await;
    assert_eq!(known, login("bob@example.com", "wrong-kettle-orbit-42").await);
    assert_eq!(known, login("ana@example.com", "short").await);
    assert_eq!(known, login("ana@example.com", &"x".repeat(1_000)).await);
    assert_eq!(known, login("ana@example.com", &PASSWORD.to_uppercase()).await);
    assert_eq!(known, login("ana@example.com", "null\0null").await);
    app.stop().await;
}

#[tokio::test]
async fn any_password_of_the_allowed_length_works() {
    let app = TestApp::start().await;
    let longest = "ü".repeat(256);
    for (place, password) in
        ["пароль-из-слов", " 密碼密碼密碼密碼 ", "🔑🗝🔒🔓🔏🔐🧿🪬", longest.as_str()].iter().enumerate()
    {
        let email = format!("user{place}@example.com");
        let mut wanted = super::support::registration(&email);
        wanted["password"] = json!(password);
        let pending = app.anonymous().post("/v1/auth/register", wanted).await.expect(202);
        let code = super::support::code_for(&app, &email).await;
        let verify = json!({"registration_id": pending["registration_id"], "otp": code});
        app.anonymous().post("/v1/auth/verify", verify).await.expect(201);
        log_in(&app, &email, password).await;
        let cut: String = password.chars().skip(1).collect();
        let wrong = json!({"email": email, "password": cut});
        app.anonymous().post("/v1/auth/login", wrong).await.expect_problem(401, "invalid_credentials");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_suspended_user_is_kept_out_at_once() {
    let app = TestApp::start().await;
    let verified = sign_up(&app, "ana@example.com").await;
    let ana = holding(&app, &verified["tokens"]);
    let user = verified["user"]["id"].as_str().unwrap().parse().unwrap();
    suspend(&app, user, true).await;
    ana.get("/v1/me").await.expect_problem(403, "suspended");
    let refresh = json!({"refresh_token": verified["tokens"]["refresh_token"]});
    let refresh = app.anonymous().post("/v1/auth/refresh", refresh).await;
    refresh.expect_problem(401, "invalid_refresh_token");
    // Only who knows the password learns of it.
    let wrong = json!({"email": "ana@example.com", "password": "wrong-kettle-orbit-42"});
    app.anonymous().post("/v1/auth/login", wrong).await.expect_problem(401, "invalid_credentials");
    let right = json!({"email": "ana@example.com", "password": PASSWORD});
    app.anonymous().post("/v1/auth/login", right).await.expect_problem(403, "suspended");
    suspend(&app, user, false).await;
    ana.get("/v1/me").await.expect_problem(401, "unauthenticated");
    log_in(&app, "ana@example.com", PASSWORD).await;
    app.stop().await;
}

async fn suspend(app: &TestApp, user: types::UserId, is_suspended: bool) {
    let market = app.market.clone();
    let done: marketplace::Result<()> = app
        .market
        .db
        .write(async move |tx| accounts::set_suspended(tx, &market, user, is_suspended).await)
        .await;
    done.expect("the user is there");
}

#[tokio::test]
async fn logging_out_ends_the_session_and_can_be_repeated() {
    let app = TestApp::start().await;
    let verified = sign_up(&app, "ana@example.com").await;
    let other = log_in(&app, "ana@example.com", PASSWORD).await;
    let tokens = &verified["tokens"];
    for _ in 0..2 {
        let logout = json!({"refresh_token": tokens["refresh_token"]});
        assert_eq!(app.anonymous().post("/v1/auth/logout", logout).await.status, 204);
    }
    let unknown = json!({"refresh_token": "rt_nobodys"});
    assert_eq!(app.anonymous().post("/v1/auth/logout", unknown).await.status, 204);
    holding(&app, tokens).get("/v1/me").await.expect_problem(401, "unauthenticated");
    let refresh = json!({"refresh_token": tokens["refresh_token"]});
    app.anonymous().post("/v1/auth/refresh", refresh).await.expect_problem(401, "invalid_refresh_token");
    holding(&app, &other).get("/v1/me").await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_owner() {
    let app = TestApp::start().await;
    let verified = sign_up(&app, "ana@example.com").await;
    let ana = holding(&app, &verified["tokens"]);
    let phone = app.anonymous().with_header("user-agent", "Phone/1.0");
    let login = json!({"email": "ana@example.com", "password": PASSWORD});
    let on_phone = phone.post("/v1/auth/login", login).await.expect(200);
    let page = ana.get("/v1/me/sessions?limit=1").await.expect(200);
    assert_eq!(page["data"][0]["user_agent"], "Phone/1.0");
    assert_eq!(page["data"][0]["address"], "127.0.0.1");
    assert_eq!(page["data"][0]["is_current"], false);
    let next = format!("/v1/me/sessions?limit=1&cursor={}", page["next_cursor"].as_str().unwrap());
    let last = ana.get(&next).await.expect(200);
    assert_eq!(last["data"][0]["is_current"], true);
    assert_eq!(last["next_cursor"], json!(null));

    let path = format!("/v1/me/sessions/{}", page["data"][0]["id"].as_str().unwrap());
    app.user("bob").await.delete(&path).await.expect_problem(404, "not_found");
    holding(&app, &on_phone).get("/v1/me").await.expect(200);
    assert_eq!(ana.delete(&path).await.status, 204);
    holding(&app, &on_phone).get("/v1/me").await.expect_problem(401, "unauthenticated");
    ana.delete(&path).await.expect_problem(404, "not_found");
    assert_eq!(ana.get("/v1/me/sessions").await.expect(200)["data"].as_array().unwrap().len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn a_guests_cart_comes_along() {
    let app = TestApp::start().await;
    let seller = app.seller("copper").await;
    let pot = seller.product("Pot", 1_999, 10).await;
    let pan = seller.product("Pan", 2_999, 10).await;
    let fill = async |product: &testing::Value, quantity: i64| {
        let item = json!({"product_id": product["id"], "quantity": quantity});
        let answer = app.anonymous().post("/v1/cart/items", item).await;
        answer.expect(201);
        app.anonymous().with_header("x-cart-token", answer.header("x-cart-token"))
    };
    // At the first login, which is the verification.
    let guest = fill(&pot, 2).await;
    let id = super::support::register(&app, "ana@example.com").await;
    let code = super::support::code_for(&app, "ana@example.com").await;
    let verify = json!({"registration_id": id, "otp": code});
    let verified = guest.post("/v1/auth/verify", verify).await.expect(201);
    let ana = holding(&app, &verified["tokens"]);
    assert_eq!(ana.get("/v1/cart").await.expect(200)["item_count"], 2);
    // And at each later one.
    let guest = fill(&pan, 1).await;
    let wrong = json!({"email": "ana@example.com", "password": "wrong-kettle-orbit-42"});
    guest.post("/v1/auth/login", wrong).await.expect_problem(401, "invalid_credentials");
    assert_eq!(guest.get("/v1/cart").await.expect(200)["item_count"], 1);
    let right = json!({"email": "ana@example.com", "password": PASSWORD});
    guest.post("/v1/auth/login", right).await.expect(200);
    assert_eq!(ana.get("/v1/cart").await.expect(200)["item_count"], 3);
    assert_eq!(guest.get("/v1/cart").await.expect(200)["item_count"], 0);
    app.stop().await;
}
