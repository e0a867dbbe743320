//! Each endpoint with each kind of wrong body: everything that is wrong is told at once.

use testing::{Method, TestApp, Value, json};

use super::support::{PASSWORD, registration};

/// A body and the mistakes that it has.
type Case = (Value, &'static [&'static str]);

fn registrations() -> Vec<Case> {
    let with = |field: &str, value: Value| {
        let mut body = registration("ana@example.com");
        body[field] = value;
        body
    };
    vec![
        (json!({}), &["/email required", "/first_name required", "/password required"]),
        (with("email", json!("ana")), &["/email malformed_email"]),
        (with("email", json!("a@b\r\nBcc: x@y.z")), &["/email malformed_email"]),
        (with("email", json!(format!("{}@example.com", "a".repeat(250)))), &["/email too_long"]),
        (with("email", json!("a\u{0}b@example.com")), &["/email malformed_email"]),
        (with("email", json!(7)), &["/email wrong_type"]),
        (with("password", json!("short")), &["/password too_short"]),
        (with("password", json!("PassWord1")), &["/password too_common"]),
        (with("password", json!("x".repeat(257))), &["/password too_long"]),
        (with("password", json!("")), &["/password required"]),
        (with("first_name", json!("Ana\r\nBcc: x@y.z")), &["/first_name not_allowed"]),
        (with("first_name", json!("Ana\u{0}")), &["/first_name not_allowed"]),
        (with("first_name", json!("   ")), &["/first_name required"]),
        (with("first_name", json!("é".repeat(51))), &["/first_name too_long"]),
        (with("last_name", json!("x\u{2028}y")), &["/last_name not_allowed"]),
        (with("last_name", json!([])), &["/last_name wrong_type"]),
        (with("is_admin", json!(true)), &["/is_admin unknown_field"]),
        (
            with("vendor", json!({"name": "x".repeat(51), "owner": 1})),
            &[
                "/vendor/address required",
                "/vendor/description required",
                "/vendor/name too_long",
                "/vendor/owner unknown_field",
            ],
        ),
        (json!([]), &[" wrong_type"]),
        (json!(null), &[" wrong_type"]),
    ]
}

fn others() -> Vec<(&'static str, Vec<Case>)> {
    let long = "x".repeat(100_000);
    vec![
        (
            "/v1/auth/verify",
            vec![
                (json!({}), &["/otp required", "/registration_id required"]),
                (json!({"registration_id": "reg_x", "otp": "12345"}), &["/otp malformed"]),
                (json!({"registration_id": "reg_x", "otp": "1234567"}), &["/otp malformed"]),
                (json!({"registration_id": "reg_x", "otp": "１２３４５６"}), &["/otp malformed"]),
                (json!({"registration_id": "reg_x", "otp": 123_456}), &["/otp wrong_type"]),
                (json!({"registration_id": long, "otp": "123456"}), &["/registration_id too_long"]),
                (json!({"registration_id": "a\u{0}", "otp": "123456"}), &["/registration_id not_allowed"]),
            ],
        ),
        (
            "/v1/auth/resend",
            vec![
                (json!({}), &["/registration_id required"]),
                (json!({"registration_id": null}), &["/registration_id wrong_type"]),
            ],
        ),
        (
            "/v1/auth/login",
            vec![
                (json!({}), &["/email required", "/password required"]),
                (json!({"email": "x", "password": ""}), &["/email malformed_email", "/password required"]),
                (json!({"email": "a@b", "password": PASSWORD, "x": 1}), &["/x unknown_field"]),
                (json!({"email": "a@b", "password": {}}), &["/password wrong_type"]),
            ],
        ),
        (
            "/v1/auth/refresh",
            vec![
                (json!({}), &["/refresh_token required"]),
                (json!({"refresh_token": long}), &["/refresh_token too_long"]),
            ],
        ),
        ("/v1/auth/logout", vec![(json!({"refresh_token": 7}), &["/refresh_token wrong_type"])]),
        ("/v1/auth/forgot-password", vec![(json!({"email": "@"}), &["/email malformed_email"])]),
        (
            "/v1/auth/reset-password",
            vec![
                (json!({}), &["/email required", "/new_password required", "/otp required"]),
                (
                    json!({"email": "a@b", "otp": "x", "new_password": "12345678"}),
                    &["/new_password too_common", "/otp malformed"],
                ),
            ],
        ),
    ]
}

#[tokio::test]
async fn every_mistake_is_told_at_once() {
    let app = TestApp::start().await;
    let anybody = app.anonymous();
    for (body, mistakes) in registrations() {
        let shown = body.to_string();
        let answer = anybody.post("/v1/auth/register", body).await;
        assert_eq!(answer.expect_invalid(), mistakes, "{shown}");
    }
    for (path, cases) in others() {
        for (body, mistakes) in cases {
            let shown: String = body.to_string().chars().take(200).collect();
            assert_eq!(anybody.post(path, body).await.expect_invalid(), mistakes, "{path} {shown}");
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn what_is_no_json_is_refused_everywhere() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let paths = others().into_iter().map(|(path, _)| path);
    let paths = paths.chain(["/v1/auth/register", "/v1/me/password", "/v1/me/addresses"]);
    for path in paths {
        for bytes in [&b""[..], b"{", b"{\"email\":", b"\xff\xfe", b"{}{}"] {
            let answer = ana.send_bytes(Method::POST, path, "application/json", bytes.to_vec()).await;
            answer.expect_problem(400, "malformed_json");
        }
        let answer = ana.send_bytes(Method::POST, path, "text/plain", b"{}".to_vec()).await;
        answer.expect_problem(415, "unsupported_media_type");
        let zipped = ana.with_header("content-encoding", "gzip");
        let answer = zipped.send_bytes(Method::POST, path, "application/json", b"\x1f\x8b".to_vec()).await;
        answer.expect_problem(415, "unsupported_media_type");
        let answer = ana.send_bytes(Method::POST, path, "application/json", vec![b' '; 2 << 20]).await;
        answer.expect_problem(413, "too_large");
        ana.send(Method::PUT, path, None).await.expect_problem(405, "method_not_allowed");
    }
    app.stop().await;
}

#[tokio::test]
async fn unknown_registrations_are_not_found() {
    let app = TestApp::start().await;
    for id in ["reg_AAAAAAAAAAAAAAAAAAAAAA", "reg_", "x", "usr_0000000000000", "' OR 1=1 --"] {
        let verify = json!({"registration_id": id, "otp": "123456"});
        app.anonymous().post("/v1/auth/verify", verify).await.expect_problem(404, "registration_not_found");
        let resend = json!({"registration_id": id});
        app.anonymous().post("/v1/auth/resend", resend).await.expect_problem(404, "registration_not_found");
    }
    app.stop().await;
}

#[tokio::test]
async fn mistakes_in_the_own_account_are_told_at_once() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let edits: Vec<Case> = vec![
        (json!({"first_name": null}), &["/first_name wrong_type"]),
        (json!({"first_name": "a\nb", "email": "x@y"}), &["/email unknown_field", "/first_name not_allowed"]),
        (json!({"last_name": "x".repeat(51)}), &["/last_name too_long"]),
    ];
    for (body, mistakes) in edits {
        assert_eq!(ana.patch("/v1/me", body).await.expect_invalid(), mistakes);
    }
    let password = ana.post("/v1/me/password", json!({"new_password": "x", "current": 1})).await;
    let mistakes = ["/current unknown_field", "/current_password required", "/new_password too_short"];
    assert_eq!(password.expect_invalid(), mistakes);

    let wrong = json!({"name": "x".repeat(51), "phone": "", "line1": "x".repeat(201), "line2": 7, "city": "a\u{0}",
        "postal_code": null, "country": "XX", "is_default": "yes", "id": 1});
    let mistakes = [
        "/city not_allowed",
        "/country not_allowed",
        "/id unknown_field",
        "/is_default wrong_type",
        "/line1 too_long",
        "/line2 wrong_type",
        "/name too_long",
        "/phone required",
        "/postal_code wrong_type",
    ];
    assert_eq!(ana.post("/v1/me/addresses", wrong.clone()).await.expect_invalid(), mistakes);
    let good =
        json!({"name": "Ana", "phone": "1", "line1": "x", "city": "y", "postal_code": "z", "country": "DE"});
    let added = ana.post("/v1/me/addresses", good).await.expect(201);
    let path = format!("/v1/me/addresses/{}", added["id"].as_str().unwrap());
    assert_eq!(ana.patch(&path, wrong).await.expect_invalid(), mistakes);
    assert_eq!(ana.get(&path).await.expect(200), added);
    for query in ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=WyJ4Il0"] {
        for list in ["/v1/me/addresses", "/v1/me/sessions"] {
            ana.get(&format!("{list}?{query}")).await.expect_problem(422, "invalid");
        }
    }
    app.stop().await;
}
