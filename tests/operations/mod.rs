//! Health, the description, and what every address has in common.

use testing::TestApp;

#[tokio::test]
async fn the_server_is_healthy_and_ready() {
    let app = TestApp::start().await;
    app.anonymous().get("/healthz").await.expect(200);
    app.anonymous().get("/readyz").await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_problems() {
    let app = TestApp::start().await;
    app.anonymous().get("/nowhere").await.expect_problem(404, "not_found");
    app.anonymous().delete("/healthz").await.expect_problem(405, "method_not_allowed");
    app.stop().await;
}

/// Each statement of each feature is in the subset that this engine takes, with the types it says.
#[tokio::test]
async fn every_statement_can_be_prepared() {
    let app = TestApp::start().await;
    let failures = app.market.db.check_statements(&marketplace::statements()).await;
    let failures: Vec<String> =
        failures.iter().map(|(stmt, error)| format!("{}: {error}", stmt.location())).collect();
    assert_eq!(failures, Vec::<String>::new());
    app.stop().await;
}
