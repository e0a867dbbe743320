//! Workers that die, and several that live.

use db::{Stmt, params};
use marketplace::jobs::JobState;
use testing::TestApp;

use super::{counts, list, send_mail};

/// What a worker leaves behind that was killed in the middle of a job.
static LEASE_ALL: Stmt = Stmt::new("UPDATE jobs SET leased_until = $1, attempts = attempts + 1");

async fn lease_all(app: &TestApp, seconds: i64) {
    let until = app.market.now().plus_seconds(seconds);
    let lease = async move |tx: &mut db::Tx| tx.exec(&LEASE_ALL, params![until]).await;
    app.market.db.write(lease).await.unwrap();
}

#[tokio::test]
async fn a_job_whose_worker_died_runs_when_its_lease_is_over() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    send_mail(&app, &ana).await;
    lease_all(&app, 30).await;
    assert_eq!(app.run_jobs().await, 0, "another worker has it");
    assert_eq!(list(&app, Some(JobState::Running)).await.len(), 1);
    assert_eq!(counts(&app).await.running, 1);
    app.advance(31);
    assert_eq!(app.run_jobs().await, 1);
    assert_eq!(app.mails_to("ana@example.com").await.len(), 1);
    app.stop().await;
}

/// A job that takes its worker down each time must not do so for ever.
#[tokio::test]
async fn a_job_that_kills_its_workers_is_given_up() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    send_mail(&app, &ana).await;
    for _ in 0..marketplace::jobs::MAX_ATTEMPTS {
        lease_all(&app, 30).await;
        app.advance(31);
    }
    assert_eq!(app.run_jobs().await, 1);
    let failed = list(&app, Some(JobState::Failed)).await.remove(0);
    assert_eq!(failed.last_error.as_deref(), Some("it never came to an end"));
    assert!(app.mails_to("ana@example.com").await.is_empty());
    app.stop_with_failed_jobs(1).await;
}
