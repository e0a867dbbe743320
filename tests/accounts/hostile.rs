//! Many guesses, many registrations, and names that want to be more than names.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::{Stmt, params};
use futures_util::future::join_all;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use testing::{TestApp, Value, json};

use super::support::{PASSWORD, another, code_for, log_in, register, registration, sign_up};

const EMAIL: &str = "ana@example.com";

#[tokio::test]
async fn of_many_guesses_at_once_five_count() {
    let app = TestApp::start().await;
    let id = register(&app, EMAIL).await;
    let right = code_for(&app, EMAIL).await;
    let wrong = json!({"registration_id": id, "otp": another(&right)});
    let anybody = app.anonymous();
    let guesses = join_all((0..40).map(|_| anybody.post("/v1/auth/verify", wrong.clone()))).await;
    let refused = guesses.iter().filter(|guess| guess.json()["code"] == "invalid_otp").count();
    let dropped = guesses.iter().filter(|guess| guess.json()["code"] == "registration_not_found").count();
    assert_eq!((refused, dropped), (5, 35));
    let right = json!({"registration_id": id, "otp": right});
    anybody.post("/v1/auth/verify", right).await.expect_problem(404, "registration_not_found");
    app.stop().await;
}

#[tokio::test]
async fn the_right_code_given_many_times_at_once_makes_one_user() {
    let app = TestApp::start().await;
    let id = register(&app, EMAIL).await;
    let right = json!({"registration_id": id, "otp": code_for(&app, EMAIL).await});
    let anybody = app.anonymous();
    let answers = join_all((0..10).map(|_| anybody.post("/v1/auth/verify", right.clone()))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status == 404).count(), 9);
    app.stop().await;
}

/// Ten people want one address at the same moment, and each who waits gives the right code at the same
/// moment: one user in the end.
#[tokio::test]
async fn parallel_registrations_of_one_address_make_one_user() {
    let app = TestApp::start().await;
    let anybody = app.anonymous();
    let wanted = ["ana@example.com", "ANA@example.com", "Ana@Example.com", "aNa@example.COM"];
    let asked =
        join_all((0..8).map(|at| anybody.post("/v1/auth/register", registration(wanted[at % 4])))).await;
    assert_eq!(asked.iter().filter(|answer| answer.status == 429).count(), 5);
    app.run_jobs().await;
    let mails = app.mails_to(EMAIL).await;
    let held: Vec<Value> =
        asked.iter().filter(|answer| answer.status == 202).map(testing::Response::json).collect();
    assert_eq!((held.len(), mails.len()), (3, 3));
    // Which code is whose is not said: each registration tries all three.
    let tries = held.iter().flat_map(|pending| {
        mails.iter().map(|mail| json!({"registration_id": pending["registration_id"], "otp": mail.code()}))
    });
    let answers = join_all(tries.map(|body| anybody.post("/v1/auth/verify", body))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    anybody.post("/v1/auth/register", registration(EMAIL)).await.expect_problem(409, "email_taken");
    log_in(&app, EMAIL, PASSWORD).await;
    app.stop().await;
}

static HOLD: Stmt = Stmt::new(
    "INSERT INTO pending_registrations (id_hash, email, email_key, slot, password_hash, first_name, otp_hash,
        sent_at, expires_at, created_at)
     VALUES ($1, $2, $2, 0, 'none', 'Ana', $1, $3, $4, $3)",
);
static COUNT: Stmt = Stmt::new("SELECT COUNT(*) FROM pending_registrations");

#[tokio::test]
async fn ten_thousand_pending_registrations_expire() {
    let app = TestApp::start().await;
    let now = app.market.now();
    let held: db::Result<()> = app
        .market
        .db
        .write(async move |tx| {
            for user in 0..10_000_i64 {
                let mut hash = [0_u8; 32];
                hash[..8].copy_from_slice(&user.to_le_bytes());
                let email = format!("user{user}@example.com");
                tx.exec_n(1, &HOLD, params![hash, email, now, now.plus_seconds(600)]).await?;
            }
            Ok(())
        })
        .await;
    held.unwrap();
    let count = async || {
        let mut conn = app.market.db.read().await.unwrap();
        let (count,): (i64,) = conn.one(&COUNT, params![]).await.unwrap();
        count
    };
    app.advance(599);
    app.worker().sweep().await;
    assert_eq!(count().await, 10_000);
    // Somebody who registers meanwhile is not disturbed.
    let id = register(&app, EMAIL).await;
    app.advance(1);
    app.worker().sweep().await;
    assert_eq!(count().await, 1);
    let verify = json!({"registration_id": id, "otp": code_for(&app, EMAIL).await});
    app.anonymous().post("/v1/auth/verify", verify).await.expect(201);
    app.stop().await;
}

/// A name goes into the greeting and the recipient of mails.
#[tokio::test]
async fn names_are_no_headers() {
    let app = TestApp::start().await;
    for name in ["Ana\r\nBcc: eve@example.com", "Ana\nSubject: x", "Ana\0", "Ana\u{2028}x", "A\u{7f}"] {
        let mut wanted = registration(EMAIL);
        wanted["first_name"] = json!(name);
        let refused = app.anonymous().post("/v1/auth/register", wanted).await;
        assert_eq!(refused.expect_invalid(), ["/first_name not_allowed"], "{name:?}");
    }
    for email in
        ["ana@example.com\r\nBcc: eve@example.com", "ana@example.com, eve@example.com", "\"a b\"@x.y"]
    {
        let refused = app.anonymous().post("/v1/auth/register", registration(email)).await;
        assert_eq!(refused.expect_invalid(), ["/email malformed_email"], "{email:?}");
    }
    // What looks like a header but is one line is only a name.
    let mut odd = registration(EMAIL);
    odd["first_name"] = json!("Bcc: eve@example.com");
    let pending = app.anonymous().post("/v1/auth/register", odd).await.expect(202);
    let verify = json!({"registration_id": pending["registration_id"], "otp": code_for(&app, EMAIL).await});
    app.anonymous().post("/v1/auth/verify", verify).await.expect(201);
    app.run_jobs().await;
    assert_eq!(app.mails_to("eve@example.com").await.len(), 0);
    app.stop().await;
}

/// Tokens that bring or name their own key, or take our public key for a shared secret.
#[tokio::test]
async fn a_token_does_not_choose_its_key() {
    let app = TestApp::start().await;
    let tokens = sign_up(&app, EMAIL).await["tokens"].clone();
    let token = tokens["access_token"].as_str().unwrap();
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    let kid = jsonwebtoken::decode_header(token).unwrap().kid;
    let set = app.anonymous().get("/.well-known/jwks.json").await.expect(200);
    let public = set["keys"][0]["x"].as_str().unwrap();
    let document = marketplace::accounts::SigningKey::generate().unwrap();
    let theirs = EncodingKey::from_ed_der(&document);
    let header = |algorithm, kid: Option<String>| {
        let mut header = Header::new(algorithm);
        header.typ = Some("at+jwt".to_owned());
        header.kid = kid;
        header
    };
    let with_jwk = {
        let mut header = header(Algorithm::EdDSA, kid.clone());
        header.jwk = serde_json::from_value(set["keys"][0].clone()).ok();
        assert!(header.jwk.is_some());
        header
    };
    let mut with_url = header(Algorithm::EdDSA, None);
    with_url.jku = Some("http://evil.test/jwks.json".to_owned());
    with_url.x5u = Some("http://evil.test/cert.pem".to_owned());
    let mut forged = vec![
        jsonwebtoken::encode(&with_jwk, &claims, &theirs).unwrap(),
        jsonwebtoken::encode(&with_url, &claims, &theirs).unwrap(),
        jsonwebtoken::encode(&header(Algorithm::EdDSA, Some("evil".to_owned())), &claims, &theirs).unwrap(),
    ];
    for secret in [URL_SAFE_NO_PAD.decode(public).unwrap(), public.as_bytes().to_vec()] {
        for algorithm in [Algorithm::HS256, Algorithm::HS512] {
            let header = header(algorithm, kid.clone());
            let key = EncodingKey::from_secret(&secret);
            forged.push(jsonwebtoken::encode(&header, &claims, &key).unwrap());
        }
    }
    for token in forged {
        let answer = app.anonymous().with_token(&token).get("/v1/me").await;
        answer.expect_problem(401, "unauthenticated");
    }
    // An access token is no refresh token.
    let swapped = json!({"refresh_token": token});
    let refused = app.anonymous().post("/v1/auth/refresh", swapped).await;
    assert!(matches!(refused.status.as_u16(), 401 | 422), "{}", refused.text());
    app.stop().await;
}
