//! Another e-mail address: two codes, and nobody else's address.

use futures_util::future::join_all;
use testing::{Actor, TestApp, json};

use super::support::{PASSWORD, another, code_for, holding, log_in, registration, sign_up};

const OLD: &str = "ana@example.com";
const NEW: &str = "Ana.New@example.org";

async fn ana(app: &TestApp) -> Actor {
    holding(app, &sign_up(app, OLD).await["tokens"])
}

/// The codes that were mailed to the old address and to the new.
async fn codes(app: &TestApp) -> (String, String) {
    (code_for(app, OLD).await, code_for(app, &NEW.to_lowercase()).await)
}

async fn started(app: &TestApp, ana: &Actor) -> (String, String) {
    let pending = ana.post("/v1/me/email", json!({"email": NEW})).await.expect(202);
    assert_eq!(pending["email"], NEW);
    assert!(pending["otp_expires_at"].is_string());
    codes(app).await
}

fn both(old: &str, new: &str) -> testing::Value {
    json!({"old_otp": old, "new_otp": new})
}

#[tokio::test]
async fn both_mailboxes_confirm_the_change() {
    let app = TestApp::start().await;
    let ana = ana(&app).await;
    let (old, new) = started(&app, &ana).await;
    assert_eq!(ana.get("/v1/me").await.expect(200)["email"], OLD);
    let other = another(&another(&old));
    ana.post("/v1/me/email/confirm", both(&old, &other)).await.expect_problem(422, "invalid_otp");
    ana.post("/v1/me/email/confirm", both(&other, &new)).await.expect_problem(422, "invalid_otp");
    let changed = ana.post("/v1/me/email/confirm", both(&old, &new)).await.expect(200);
    assert_eq!(changed["email"], NEW);
    ana.post("/v1/me/email/confirm", both(&old, &new)).await.expect_problem(422, "invalid_otp");
    // The session stays, the name to log in with is another one, and the old one is free.
    ana.get("/v1/me").await.expect(200);
    let former = json!({"email": OLD, "password": PASSWORD});
    app.anonymous().post("/v1/auth/login", former).await.expect_problem(401, "invalid_credentials");
    log_in(&app, "ana.new@EXAMPLE.org", PASSWORD).await;
    app.anonymous().post("/v1/auth/register", registration(OLD)).await.expect(202);
    app.run_jobs().await;
    let told = app.mails_to(OLD).await;
    assert!(told.iter().any(|mail| mail.subject.contains("has another e-mail address")), "{told:?}");
    app.stop().await;
}

#[tokio::test]
async fn guesses_are_counted_and_codes_expire() {
    let app = TestApp::start().await;
    let ana = ana(&app).await;
    let (old, new) = started(&app, &ana).await;
    let wrong = both(&old, &another(&new));
    let guesses = join_all((0..8).map(|_| ana.post("/v1/me/email/confirm", wrong.clone()))).await;
    for guess in guesses {
        guess.expect_problem(422, "invalid_otp");
    }
    ana.post("/v1/me/email/confirm", both(&old, &new)).await.expect_problem(422, "invalid_otp");
    let (old, new) = started(&app, &ana).await;
    app.advance(600);
    ana.post("/v1/me/email/confirm", both(&old, &new)).await.expect_problem(422, "invalid_otp");
    let asked = json!({"email": NEW});
    ana.post("/v1/me/email", asked).await.expect_problem(403, "reauthentication_required");
    let asked = json!({"email": NEW, "current_password": "wrong-kettle-orbit-42"});
    assert_eq!(ana.post("/v1/me/email", asked).await.expect_invalid(), ["/current_password wrong_password"]);
    let asked = json!({"email": NEW, "current_password": PASSWORD});
    ana.post("/v1/me/email", asked).await.expect(202);
    app.stop().await;
}

/// Codes of one change don't confirm another, and the mailed reset code goes with the old address.
#[tokio::test]
async fn codes_are_for_one_address() {
    let app = TestApp::start().await;
    let ana = ana(&app).await;
    let (old, new) = started(&app, &ana).await;
    ana.post("/v1/me/email", json!({"email": "eve@example.com"})).await.expect(202);
    ana.post("/v1/me/email/confirm", both(&old, &new)).await.expect_problem(422, "invalid_otp");
    app.anonymous().post("/v1/auth/forgot-password", json!({"email": OLD})).await.expect(202);
    let reset = code_for(&app, OLD).await;
    let (old, new) = {
        ana.post("/v1/me/email", json!({"email": NEW})).await.expect(202);
        codes(&app).await
    };
    ana.post("/v1/me/email/confirm", both(&old, &new)).await.expect(200);
    let reset = json!({"email": NEW, "otp": reset, "new_password": "cedar-lantern-77-brook"});
    app.anonymous().post("/v1/auth/reset-password", reset).await.expect_problem(422, "invalid_otp");
    app.stop().await;
}

#[tokio::test]
async fn nobody_takes_anothers_address() {
    let app = TestApp::start().await;
    let ana = ana(&app).await;
    sign_up(&app, "ben@example.com").await;
    let taken = json!({"email": "BEN@example.com"});
    ana.post("/v1/me/email", taken).await.expect_problem(409, "email_taken");
    let same = ana.post("/v1/me/email", json!({"email": OLD})).await;
    assert_eq!(same.expect_invalid(), ["/email not_allowed"]);
    let odd = ana.post("/v1/me/email", json!({"email": "a@b\r\nBcc: c@d", "x": 1})).await;
    assert_eq!(odd.expect_invalid(), ["/email malformed_email", "/x unknown_field"]);
    // Its own, in another case, is a change.
    ana.post("/v1/me/email", json!({"email": "ANA@example.com"})).await.expect(202);
    app.anonymous().post("/v1/me/email", json!({"email": NEW})).await.expect_problem(401, "unauthenticated");
    app.stop().await;
}

/// Two users and a registration race for one address: one has it in the end.
#[tokio::test]
async fn of_several_who_want_an_address_one_gets_it() {
    let app = TestApp::start().await;
    let ana = ana(&app).await;
    let (old, new) = started(&app, &ana).await;
    let pending = app.anonymous().post("/v1/auth/register", registration(NEW)).await.expect(202);
    let otp = code_for(&app, &NEW.to_lowercase()).await;
    assert_ne!(otp, new);
    let verify = json!({"registration_id": pending["registration_id"], "otp": otp});
    let anybody = app.anonymous();
    let (changed, verified) = futures_util::future::join(
        ana.post("/v1/me/email/confirm", both(&old, &new)),
        anybody.post("/v1/auth/verify", verify),
    )
    .await;
    if changed.status == 200 {
        verified.expect_problem(404, "registration_not_found");
    } else {
        changed.expect_problem(409, "email_taken");
        verified.expect(201);
    }
    log_in(&app, NEW, PASSWORD).await;
    app.stop().await;
}
