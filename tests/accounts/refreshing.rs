//! Refresh tokens: rotation, repetition, reuse.

use futures_util::future::join_all;
use testing::{Response, TestApp, Value, json};

use super::support::{PASSWORD, holding, log_in, sign_up};

async fn refresh(app: &TestApp, token: &Value) -> Response {
    app.anonymous().post("/v1/auth/refresh", json!({"refresh_token": token})).await
}

#[tokio::test]
async fn a_refresh_token_is_exchanged_for_a_fresh_pair() {
    let app = TestApp::start().await;
    let first = sign_up(&app, "ana@example.com").await["tokens"].clone();
    app.advance(901);
    holding(&app, &first).get("/v1/me").await.expect_problem(401, "token_expired");
    let answer = refresh(&app, &first["refresh_token"]).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let second = answer.expect(200);
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    holding(&app, &second).get("/v1/me").await.expect(200);
    // A session goes on as long as it is refreshed within thirty days.
    let mut tokens = second;
    for _ in 0..3 {
        app.advance(29 * 86_400);
        tokens = refresh(&app, &tokens["refresh_token"]).await.expect(200);
    }
    app.advance(30 * 86_400);
    refresh(&app, &tokens["refresh_token"]).await.expect_problem(401, "invalid_refresh_token");
    app.stop().await;
}

#[tokio::test]
async fn reuse_of_a_spent_token_ends_the_session() {
    let app = TestApp::start().await;
    let first = sign_up(&app, "ana@example.com").await["tokens"].clone();
    let other = log_in(&app, "ana@example.com", PASSWORD).await;
    let second = refresh(&app, &first["refresh_token"]).await.expect(200);
    app.advance(10);
    refresh(&app, &first["refresh_token"]).await.expect_problem(401, "invalid_refresh_token");
    refresh(&app, &second["refresh_token"]).await.expect_problem(401, "invalid_refresh_token");
    holding(&app, &second).get("/v1/me").await.expect_problem(401, "unauthenticated");
    // The family, not the user: another login goes on.
    holding(&app, &other).get("/v1/me").await.expect(200);
    refresh(&app, &other["refresh_token"]).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn a_lost_answer_may_be_asked_for_again() {
    let app = TestApp::start().await;
    let first = sign_up(&app, "ana@example.com").await["tokens"].clone();
    let lost = refresh(&app, &first["refresh_token"]).await.expect(200);
    app.advance(9);
    let second = refresh(&app, &first["refresh_token"]).await.expect(200);
    assert_ne!(lost["refresh_token"], second["refresh_token"]);
    let third = refresh(&app, &second["refresh_token"]).await.expect(200);
    holding(&app, &third).get("/v1/me").await.expect(200);
    app.stop().await;
}

/// Within the ten seconds, but what was given for it has been used: the answer was not lost.
#[tokio::test]
async fn only_the_token_just_replaced_may_come_again() {
    let app = TestApp::start().await;
    let first = sign_up(&app, "ana@example.com").await["tokens"].clone();
    let second = refresh(&app, &first["refresh_token"]).await.expect(200);
    let third = refresh(&app, &second["refresh_token"]).await.expect(200);
    refresh(&app, &first["refresh_token"]).await.expect_problem(401, "invalid_refresh_token");
    refresh(&app, &third["refresh_token"]).await.expect_problem(401, "invalid_refresh_token");
    app.stop().await;
}

#[tokio::test]
async fn a_token_used_by_many_at_once_gives_each_a_pair_or_nothing() {
    let app = TestApp::start().await;
    let first = sign_up(&app, "ana@example.com").await["tokens"].clone();
    let answers = join_all((0..12).map(|_| refresh(&app, &first["refresh_token"]))).await;
    let mut seen = std::collections::HashSet::new();
    for answer in &answers {
        let tokens = answer.expect(200);
        assert!(seen.insert(tokens["refresh_token"].as_str().unwrap().to_owned()));
    }
    // Later they are all copies of a spent token: at most one use each of what was given stays good, and
    // the first that repeats itself ends them all.
    app.advance(11);
    refresh(&app, &first["refresh_token"]).await.expect_problem(401, "invalid_refresh_token");
    for answer in &answers {
        refresh(&app, &answer.json()["refresh_token"]).await.expect_problem(401, "invalid_refresh_token");
    }
    app.stop().await;
}

#[tokio::test]
async fn what_is_no_refresh_token_is_refused() {
    let app = TestApp::start().await;
    let tokens = sign_up(&app, "ana@example.com").await["tokens"].clone();
    let good = tokens["refresh_token"].as_str().unwrap();
    let cut = &good[..good.len() - 1];
    for token in [tokens["access_token"].as_str().unwrap(), cut, "rt_", "x", &format!("{good}A")] {
        refresh(&app, &json!(token)).await.expect_problem(401, "invalid_refresh_token");
    }
    refresh(&app, &json!(good)).await.expect(200);
    app.stop().await;
}
