//! Forgotten and changed passwords.

use futures_util::future::join_all;
use testing::{Response, TestApp, json};

use super::support::{PASSWORD, another, code_for, holding, log_in, sign_up};

const NEW_PASSWORD: &str = "cedar-lantern-77-brook";

async fn reset(app: &TestApp, email: &str, otp: &str) -> Response {
    let body = json!({"email": email, "otp": otp, "new_password": NEW_PASSWORD});
    app.anonymous().post("/v1/auth/reset-password", body).await
}

async fn forget(app: &TestApp, email: &str) -> Response {
    app.anonymous().post("/v1/auth/forgot-password", json!({"email": email})).await
}

#[tokio::test]
async fn a_code_sets_a_new_password_and_ends_every_session() {
    let app = TestApp::start().await;
    let old = sign_up(&app, "ana@example.com").await["tokens"].clone();
    forget(&app, "ANA@example.com").await.expect(202);
    let code = code_for(&app, "ana@example.com").await;
    let answer = reset(&app, "Ana@Example.com", &code).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let fresh = answer.expect(200);
    holding(&app, &fresh).get("/v1/me").await.expect(200);
    holding(&app, &old).get("/v1/me").await.expect_problem(401, "unauthenticated");
    let refresh = json!({"refresh_token": old["refresh_token"]});
    app.anonymous().post("/v1/auth/refresh", refresh).await.expect_problem(401, "invalid_refresh_token");
    let login = json!({"email": "ana@example.com", "password": PASSWORD});
    app.anonymous().post("/v1/auth/login", login).await.expect_problem(401, "invalid_credentials");
    log_in(&app, "ana@example.com", NEW_PASSWORD).await;
    reset(&app, "ana@example.com", &code).await.expect_problem(422, "invalid_otp");
    app.run_jobs().await;
    let mails = app.mails_to("ana@example.com").await;
    assert_eq!(mails.len(), 4, "two codes, the welcome, and the change: {mails:#?}");
    app.stop().await;
}

#[tokio::test]
async fn nobody_learns_from_a_reset_whether_an_address_is_known() {
    let app = TestApp::start().await;
    sign_up(&app, "ana@example.com").await;
    let known = forget(&app, "ana@example.com").await;
    let unknown = forget(&app, "bob@example.com").await;
    let (known, unknown) = (known.expect(202), unknown.expect(202));
    let fields = |answer: &testing::Value| answer.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(fields(&known), fields(&unknown));
    app.run_jobs().await;
    assert!(app.mails_to("bob@example.com").await.is_empty());
    let code = code_for(&app, "ana@example.com").await;
    let wrong = reset(&app, "ana@example.com", &another(&code)).await.expect_problem(422, "invalid_otp");
    let nobody = reset(&app, "bob@example.com", &code).await.expect_problem(422, "invalid_otp");
    assert_eq!(wrong["detail"], nobody["detail"]);
    app.stop().await;
}

#[tokio::test]
async fn five_wrong_codes_drop_the_right_one() {
    let app = TestApp::start().await;
    sign_up(&app, "ana@example.com").await;
    forget(&app, "ana@example.com").await.expect(202);
    let code = code_for(&app, "ana@example.com").await;
    let wrong = another(&code);
    for answer in join_all((0..5).map(|_| reset(&app, "ana@example.com", &wrong))).await {
        answer.expect_problem(422, "invalid_otp");
    }
    reset(&app, "ana@example.com", &code).await.expect_problem(422, "invalid_otp");
    // A new one is asked for, and the older is good no more.
    forget(&app, "ana@example.com").await.expect(202);
    let fresh = code_for(&app, "ana@example.com").await;
    for _ in 0..4 {
        reset(&app, "ana@example.com", &another(&fresh)).await.expect_problem(422, "invalid_otp");
    }
    reset(&app, "ana@example.com", &fresh).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn a_reset_code_expires_and_is_good_for_one_of_many() {
    let app = TestApp::start().await;
    sign_up(&app, "ana@example.com").await;
    forget(&app, "ana@example.com").await.expect(202);
    let code = code_for(&app, "ana@example.com").await;
    app.advance(601);
    reset(&app, "ana@example.com", &code).await.expect_problem(422, "invalid_otp");
    forget(&app, "ana@example.com").await.expect(202);
    let code = code_for(&app, "ana@example.com").await;
    let answers = join_all((0..4).map(|_| reset(&app, "ana@example.com", &code))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status == 422).count(), 3);
    app.stop().await;
}

#[tokio::test]
async fn a_user_changes_their_password() {
    let app = TestApp::start().await;
    let tokens = sign_up(&app, "ana@example.com").await["tokens"].clone();
    let ana = holding(&app, &tokens);
    forget(&app, "ana@example.com").await.expect(202);
    let code = code_for(&app, "ana@example.com").await;
    let change = |current: &str, new: &str| json!({"current_password": current, "new_password": new});
    let wrong = ana.post("/v1/me/password", change("wrong-kettle-orbit-42", NEW_PASSWORD)).await;
    assert_eq!(wrong.expect_invalid(), ["/current_password wrong_password"]);
    let common = ana.post("/v1/me/password", change(PASSWORD, "Password1")).await;
    assert_eq!(common.expect_invalid(), ["/new_password too_common"]);
    ana.get("/v1/me").await.expect(200);
    assert_eq!(ana.post("/v1/me/password", change(PASSWORD, NEW_PASSWORD)).await.status, 204);
    ana.get("/v1/me").await.expect_problem(401, "unauthenticated");
    log_in(&app, "ana@example.com", NEW_PASSWORD).await;
    // A reset that was under way is over.
    reset(&app, "ana@example.com", &code).await.expect_problem(422, "invalid_otp");
    app.stop().await;
}

#[tokio::test]
async fn of_two_changes_at_once_one_wins() {
    let app = TestApp::start().await;
    let tokens = sign_up(&app, "ana@example.com").await["tokens"].clone();
    let ana = holding(&app, &tokens);
    let change =
        |new: &str| ana.post("/v1/me/password", json!({"current_password": PASSWORD, "new_password": new}));
    let answers = join_all([change(NEW_PASSWORD), change("another-quiet-harbour-9")]).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 204).count(), 1);
    // The other found the password changed, or the session ended.
    assert_eq!(answers.iter().filter(|answer| [401, 422].contains(&answer.status.as_u16())).count(), 1);
    app.stop().await;
}

/// Logins with the old password while it is being reset: each came before, and its session has ended, or
/// came after, and was refused.
#[tokio::test]
async fn no_session_of_the_old_password_survives() {
    let app = TestApp::start().await;
    sign_up(&app, "ana@example.com").await;
    forget(&app, "ana@example.com").await.expect(202);
    let code = code_for(&app, "ana@example.com").await;
    let login = async || {
        let body = json!({"email": "ana@example.com", "password": PASSWORD});
        app.anonymous().post("/v1/auth/login", body).await
    };
    let (logins, fresh) =
        tokio::join!(join_all((0..8).map(|_| login())), reset(&app, "ana@example.com", &code));
    holding(&app, &fresh.expect(200)).get("/v1/me").await.expect(200);
    for answer in logins {
        if answer.status == 200 {
            holding(&app, &answer.json()).get("/v1/me").await.expect_problem(401, "unauthenticated");
        } else {
            answer.expect_problem(401, "invalid_credentials");
        }
    }
    app.stop().await;
}
