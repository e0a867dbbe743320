//! From a registration to a user.

use futures_util::future::join_all;
use testing::{TestApp, json};

use super::support::{PASSWORD, another, code_for, holding, log_in, register, registration, sign_up};

#[tokio::test]
async fn a_verified_registration_is_a_user() {
    let app = TestApp::start().await;
    let anybody = app.anonymous();
    let pending = anybody.post("/v1/auth/register", registration("Ana@Example.com")).await.expect(202);
    assert_eq!(pending["email"], "Ana@Example.com");
    assert!(pending["registration_id"].as_str().unwrap().starts_with("reg_"));
    let expires: types::Timestamp = pending["otp_expires_at"].as_str().unwrap().parse().unwrap();
    assert!((590..=600).contains(&expires.seconds_since(app.market.now())));
    // Nobody can log in with it yet.
    let login = json!({"email": "ana@example.com", "password": PASSWORD});
    anybody.post("/v1/auth/login", login).await.expect_problem(401, "invalid_credentials");

    let code = code_for(&app, "Ana@Example.com").await;
    let verify = json!({"registration_id": pending["registration_id"], "otp": code});
    let answer = anybody.post("/v1/auth/verify", verify.clone()).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let verified = answer.expect(201);
    let user = &verified["user"];
    assert_eq!(user["email"], "Ana@Example.com");
    assert_eq!((&user["first_name"], &user["last_name"]), (&json!("Ana"), &json!("Souza")));
    assert_eq!(user["is_admin"], false);
    let tokens = &verified["tokens"];
    assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&json!("bearer"), &json!(900)));
    let me = holding(&app, tokens).get("/v1/me").await.expect(200);
    assert_eq!(&me, user);
    // A code is good once.
    anybody.post("/v1/auth/verify", verify).await.expect_problem(404, "registration_not_found");
    app.run_jobs().await;
    let mails = app.mails_to("Ana@Example.com").await;
    assert_eq!(mails.len(), 2, "the code and the welcome: {mails:#?}");
    // The address is taken, in whatever case.
    for email in ["ana@example.com", "ANA@EXAMPLE.COM"] {
        anybody.post("/v1/auth/register", registration(email)).await.expect_problem(409, "email_taken");
    }
    log_in(&app, "ANA@example.com", PASSWORD).await;
    app.stop().await;
}

#[tokio::test]
async fn a_seller_applies_for_a_shop_when_the_code_is_verified() {
    let app = TestApp::start().await;
    let mut wanted = registration("ana@example.com");
    wanted["vendor"] = json!({"name": "Copper & Clay", "description": "Hand-made pots\nand pans",
        "address": "12 Potters' Lane", "tax_number": "MA-1"});
    let pending = app.anonymous().post("/v1/auth/register", wanted).await.expect(202);
    let code = code_for(&app, "ana@example.com").await;
    let verify = json!({"registration_id": pending["registration_id"], "otp": code});
    let verified = app.anonymous().post("/v1/auth/verify", verify).await.expect(201);
    let ana = holding(&app, &verified["tokens"]);
    let mine = ana.get("/v1/me/vendors").await.expect(200);
    assert_eq!(mine["data"][0]["role"], "owner");
    assert_eq!(mine["data"][0]["vendor"]["name"], "Copper & Clay");
    assert_eq!(mine["data"][0]["vendor"]["status"], "pending");
    assert_eq!(mine["data"][0]["vendor"]["tax_number"], "MA-1");
    app.stop().await;
}

#[tokio::test]
async fn five_wrong_codes_drop_a_registration() {
    let app = TestApp::start().await;
    let id = register(&app, "ana@example.com").await;
    let code = code_for(&app, "ana@example.com").await;
    let verify = async |otp: &str| {
        let body = json!({"registration_id": id, "otp": otp});
        app.anonymous().post("/v1/auth/verify", body).await
    };
    // All at once: each is counted.
    let wrong = another(&code);
    let answers = join_all((0..8).map(|_| verify(&wrong))).await;
    let refused = answers.iter().filter(|answer| answer.status == 422).count();
    let gone = answers.iter().filter(|answer| answer.status == 404).count();
    assert_eq!((refused, gone), (5, 3));
    verify(&code).await.expect_problem(404, "registration_not_found");
    // Four are forgiven.
    let id = register(&app, "ana@example.com").await;
    let code = code_for(&app, "ana@example.com").await;
    let verify = async |otp: &str| {
        let body = json!({"registration_id": id, "otp": otp});
        app.anonymous().post("/v1/auth/verify", body).await
    };
    for _ in 0..4 {
        verify(&another(&code)).await.expect_problem(422, "invalid_otp");
    }
    verify(&code).await.expect(201);
    app.stop().await;
}

#[tokio::test]
async fn a_registration_expires() {
    let app = TestApp::builder().with(|settings| settings.otp_ttl_seconds = 60).start().await;
    let id = register(&app, "ana@example.com").await;
    let code = code_for(&app, "ana@example.com").await;
    app.advance(61);
    let verify = json!({"registration_id": id, "otp": code});
    app.anonymous().post("/v1/auth/verify", verify).await.expect_problem(404, "registration_not_found");
    let resend = json!({"registration_id": id});
    app.anonymous().post("/v1/auth/resend", resend).await.expect_problem(404, "registration_not_found");
    sign_up(&app, "ana@example.com").await;
    app.stop().await;
}

/// A code is good for its own registration alone: whoever registers somebody else's address with a
/// password of their own gets nothing from the code that the owner of the address types in.
#[tokio::test]
async fn a_code_is_good_for_its_own_registration_alone() {
    let app = TestApp::start().await;
    let first = register(&app, "ana@example.com").await;
    let first_code = code_for(&app, "ana@example.com").await;
    let second = register(&app, "ana@example.com").await;
    let second_code = code_for(&app, "ana@example.com").await;
    let verify = async |id: &str, otp: &str| {
        app.anonymous().post("/v1/auth/verify", json!({"registration_id": id, "otp": otp})).await
    };
    if first_code != second_code {
        verify(&first, &second_code).await.expect_problem(422, "invalid_otp");
        verify(&second, &first_code).await.expect_problem(422, "invalid_otp");
    }
    verify(&second, &second_code).await.expect(201);
    verify(&first, &first_code).await.expect_problem(404, "registration_not_found");
    verify(&first, &another(&first_code)).await.expect_problem(404, "registration_not_found");
    let resend = json!({"registration_id": first});
    app.anonymous().post("/v1/auth/resend", resend).await.expect_problem(404, "registration_not_found");
    app.stop().await;
}

#[tokio::test]
async fn at_most_three_registrations_wait_for_one_address() {
    let app = TestApp::start().await;
    let anybody = app.anonymous();
    let tries = (0..6).map(|_| anybody.post("/v1/auth/register", registration("ana@example.com")));
    let answers = join_all(tries).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 202).count(), 3);
    for answer in answers.iter().filter(|answer| answer.status != 202) {
        answer.expect_problem(429, "rate_limited");
        assert!((1..=600).contains(&answer.header("retry-after").parse::<i64>().unwrap()));
    }
    anybody.post("/v1/auth/register", registration("bob@example.com")).await.expect(202);
    app.advance(601);
    anybody.post("/v1/auth/register", registration("ANA@example.com")).await.expect(202);
    app.stop().await;
}

/// Three registrations of one address are verified at the same moment, each with its right code.
#[tokio::test]
async fn the_first_verified_registration_wins() {
    let app = TestApp::start().await;
    let mut registrations = Vec::new();
    for _ in 0..3 {
        let id = register(&app, "ana@example.com").await;
        registrations.push((id, code_for(&app, "ana@example.com").await));
    }
    let anybody = app.anonymous();
    let tries = registrations
        .iter()
        .cycle()
        .take(9)
        .map(|(id, otp)| anybody.post("/v1/auth/verify", json!({"registration_id": id, "otp": otp})));
    let answers = join_all(tries).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.expect_problem(404, "registration_not_found");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_code_is_sent_again_at_most_five_times() {
    let app = TestApp::start().await;
    let id = register(&app, "ana@example.com").await;
    let first = code_for(&app, "ana@example.com").await;
    let resend = async || app.anonymous().post("/v1/auth/resend", json!({"registration_id": id})).await;
    app.advance(500);
    let pending = resend().await.expect(202);
    assert_eq!(pending["registration_id"], id);
    let second = code_for(&app, "ana@example.com").await;
    // The new code has a window of its own, and the one before is good no more.
    app.advance(500);
    if first != second {
        let verify = json!({"registration_id": id, "otp": first});
        app.anonymous().post("/v1/auth/verify", verify).await.expect_problem(422, "invalid_otp");
    }
    for _ in 0..4 {
        resend().await.expect(202);
    }
    let refused = resend().await;
    refused.expect_problem(429, "rate_limited");
    assert!(refused.header("retry-after").parse::<i64>().unwrap() > 0);
    let code = code_for(&app, "ana@example.com").await;
    let verify = json!({"registration_id": id, "otp": code});
    app.anonymous().post("/v1/auth/verify", verify).await.expect(201);
    app.stop().await;
}

#[tokio::test]
async fn a_code_is_sent_again_only_after_a_while() {
    let app = TestApp::builder().with(|settings| settings.throttle = true).start().await;
    let id = register(&app, "ana@example.com").await;
    let resend = async || app.anonymous().post("/v1/auth/resend", json!({"registration_id": id})).await;
    let refused = resend().await;
    refused.expect_problem(429, "rate_limited");
    assert!((1..=30).contains(&refused.header("retry-after").parse::<i64>().unwrap()));
    app.advance(31);
    let answers = join_all([resend(), resend(), resend()]).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 202).count(), 1);
    app.stop().await;
}
