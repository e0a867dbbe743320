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
