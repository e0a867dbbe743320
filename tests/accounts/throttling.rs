//! What may be tried only so often.

use futures_util::future::join_all;
use testing::{Actor, Response, TestApp, json};

use super::support::{PASSWORD, code_for, holding, log_in, registration, sign_up};

async fn throttled() -> TestApp {
    TestApp::builder().with(|settings| settings.throttle = true).start().await
}

async fn try_login(from: &Actor, email: &str, password: &str) -> Response {
    from.post("/v1/auth/login", json!({"email": email, "password": password})).await
}

fn at(app: &TestApp, last: u8) -> Actor {
    app.anonymous().at(([10, 0, 0, last], 40_000))
}

#[tokio::test]
async fn failed_logins_of_an_account_are_slowed_down() {
    let app = throttled().await;
    sign_up(&app, "ana@example.com").await;
    for tries in 0..10 {
        // From everywhere, in any case: it is one account.
        let email = if tries % 2 == 0 { "ana@example.com" } else { "ANA@example.com" };
        let answer = try_login(&at(&app, tries), email, "wrong-kettle-orbit-42").await;
        answer.expect_problem(401, "invalid_credentials");
        let left = format!("\"login-account\";r={};t=", 9 - tries);
        assert!(answer.header("ratelimit").contains(&left), "{}", answer.header("ratelimit"));
        let policy = "\"login-address\";q=100;w=900, \"login-account\";q=10;w=900";
        assert_eq!(answer.header("ratelimit-policy"), policy);
    }
    let refused = try_login(&at(&app, 99), "ana@example.com", PASSWORD).await;
    refused.expect_problem(429, "rate_limited");
    assert!((1..=900).contains(&refused.header("retry-after").parse::<i64>().unwrap()));
    assert!(refused.header("ratelimit").contains("\"login-account\";r=0;t="));
    // Others can log in, and so can she when the window ends.
    try_login(&at(&app, 99), "bob@example.com", PASSWORD).await.expect_problem(401, "invalid_credentials");
    app.advance(901);
    log_in(&app, "ana@example.com", PASSWORD).await;
    app.stop().await;
}

#[tokio::test]
async fn a_success_forgets_the_failures_before() {
    let app = throttled().await;
    sign_up(&app, "ana@example.com").await;
    let anybody = app.anonymous();
    for _ in 0..3 {
        for _ in 0..9 {
            let answer = try_login(&anybody, "ana@example.com", "wrong-kettle-orbit-42").await;
            answer.expect_problem(401, "invalid_credentials");
        }
        log_in(&app, "ana@example.com", PASSWORD).await;
    }
    app.stop().await;
}

/// A hundred guesses at the same moment: no more than the rate allows reach the password.
#[tokio::test]
async fn guesses_at_once_are_counted_one_by_one() {
    let app = throttled().await;
    sign_up(&app, "ana@example.com").await;
    let anybody = app.anonymous();
    let guesses = (0..40).map(|_| try_login(&anybody, "ana@example.com", "wrong-kettle-orbit-42"));
    let answers = join_all(guesses).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 401).count(), 10);
    assert_eq!(answers.iter().filter(|answer| answer.status == 429).count(), 30);
    app.stop().await;
}

#[tokio::test]
async fn one_address_can_not_try_many_accounts() {
    let app = throttled().await;
    let tries: Vec<_> = (0..101).map(|user| format!("user{user}@example.com")).collect();
    let here = at(&app, 7);
    let answers = join_all(tries.iter().map(|email| try_login(&here, email, PASSWORD))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 401).count(), 100);
    assert_eq!(answers.iter().filter(|answer| answer.status == 429).count(), 1);
    try_login(&at(&app, 8), "user1@example.com", PASSWORD).await.expect_problem(401, "invalid_credentials");
    app.stop().await;
}

#[tokio::test]
async fn a_mailbox_is_not_flooded() {
    let app = throttled().await;
    sign_up(&app, "ana@example.com").await;
    for known in 0..8 {
        let forgot = json!({"email": "ana@example.com"});
        at(&app, known).post("/v1/auth/forgot-password", forgot).await.expect(202);
    }
    app.run_jobs().await;
    assert_eq!(app.mails_to("ana@example.com").await.len(), 2 + 5);
    // The last code that was mailed still works.
    let code = code_for(&app, "ana@example.com").await;
    let reset = json!({"email": "ana@example.com", "otp": code, "new_password": "cedar-lantern-77-brook"});
    app.anonymous().post("/v1/auth/reset-password", reset).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn a_reset_lets_in_who_was_locked_out() {
    let app = throttled().await;
    sign_up(&app, "ana@example.com").await;
    for _ in 0..11 {
        try_login(&at(&app, 9), "ana@example.com", "wrong-kettle-orbit-42").await;
    }
    let anybody = app.anonymous();
    try_login(&anybody, "ana@example.com", PASSWORD).await.expect_problem(429, "rate_limited");
    anybody.post("/v1/auth/forgot-password", json!({"email": "ana@example.com"})).await.expect(202);
    let code = code_for(&app, "ana@example.com").await;
    let reset = json!({"email": "ana@example.com", "otp": code, "new_password": "cedar-lantern-77-brook"});
    anybody.post("/v1/auth/reset-password", reset).await.expect(200);
    log_in(&app, "ana@example.com", "cedar-lantern-77-brook").await;
    app.stop().await;
}

/// A crowd behind one address registers, as long as it reads its mails.
#[tokio::test]
async fn who_verifies_a_registration_gives_its_try_back() {
    let app = throttled().await;
    let here = at(&app, 7);
    for email in ["ana@example.com", "bob@example.com", "eve@example.com"] {
        let pending = here.post("/v1/auth/register", registration(email)).await;
        assert!(pending.header("ratelimit").starts_with("\"register-address\";r=99;"), "{pending:?}");
        let id = pending.expect(202)["registration_id"].clone();
        let verify = json!({"registration_id": id, "otp": code_for(&app, email).await});
        here.post("/v1/auth/verify", verify).await.expect(201);
    }
    app.stop().await;
}

#[tokio::test]
async fn registrations_and_password_changes_are_slowed_down() {
    let app = throttled().await;
    let here = at(&app, 7);
    let tokens = sign_up(&app, "ana@example.com").await["tokens"].clone();
    // Registrations of a taken address are refused, and count.
    for _ in 0..99 {
        here.post("/v1/auth/register", registration("ana@example.com")).await;
    }
    here.post("/v1/auth/register", registration("bob@example.com")).await.expect(202);
    here.post("/v1/auth/register", registration("late@example.com"))
        .await
        .expect_problem(429, "rate_limited");
    let ana = holding(&app, &tokens);
    let change =
        |current: &str| json!({"current_password": current, "new_password": "cedar-lantern-77-brook"});
    for _ in 0..10 {
        let wrong = ana.post("/v1/me/password", change("wrong-kettle-orbit-42")).await;
        assert_eq!(wrong.expect_invalid(), ["/current_password wrong_password"]);
    }
    ana.post("/v1/me/password", change(PASSWORD)).await.expect_problem(429, "rate_limited");
    app.stop().await;
}

#[tokio::test]
async fn without_throttles_nothing_is_counted() {
    let app = TestApp::start().await;
    for _ in 0..12 {
        let answer = try_login(&app.anonymous(), "ana@example.com", PASSWORD).await;
        answer.expect_problem(401, "invalid_credentials");
        assert_eq!(answer.header("ratelimit"), "");
    }
    app.stop().await;
}
