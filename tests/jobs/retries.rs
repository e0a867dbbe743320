//! What fails is tried again, later each time, and at last left to an operator.

use marketplace::jobs::{self, JobState, MAX_ATTEMPTS};
use testing::{SmtpBehaviour, SmtpSink, TestApp};

use super::{counts, list, send_mail};

async fn app_with(sink: &SmtpSink) -> TestApp {
    let url = sink.url();
    TestApp::builder().with(|settings| settings.smtp_url = Some(url)).start().await
}

#[tokio::test]
async fn a_failed_job_waits_longer_each_time() {
    let sink = SmtpSink::start().await;
    let app = app_with(&sink).await;
    let ana = app.user("ana").await;
    sink.behave(SmtpBehaviour::RefuseMessage(451));
    send_mail(&app, &ana).await;

    for (attempt, seconds) in [(1, 2), (2, 4), (3, 8), (4, 16)] {
        assert_eq!(app.run_jobs().await, 1, "attempt {attempt}");
        let job = list(&app, Some(JobState::Waiting)).await.remove(0);
        assert_eq!(job.attempts, attempt);
        assert!(job.last_error.unwrap().contains("451"));
        let wait_ms = (job.due_at.as_micros() - app.market.now().as_micros()) / 1_000;
        assert!(wait_ms <= seconds * 1_200 && wait_ms > seconds * 800 - 1_000, "{attempt}: {wait_ms} ms");
        assert_eq!(app.run_jobs().await, 0, "not before its time");
        app.advance(seconds * 2);
    }
    sink.behave(SmtpBehaviour::Accept);
    assert_eq!(app.run_jobs().await, 1);
    assert_eq!(sink.mails().len(), 1);
    assert!(list(&app, None).await.is_empty());
    app.stop().await;
}

/// After the last attempt it stays, says why, and an operator can give it all attempts again.
#[tokio::test]
async fn a_hopeless_job_is_given_up_and_can_be_tried_again() {
    let sink = SmtpSink::start().await;
    let app = app_with(&sink).await;
    let ana = app.user("ana").await;
    sink.behave(SmtpBehaviour::RefuseConnection(421));
    send_mail(&app, &ana).await;
    for _ in 0..MAX_ATTEMPTS {
        assert_eq!(app.run_jobs().await, 1);
        app.advance(3_000);
    }
    assert_eq!(app.run_jobs().await, 0);
    assert_eq!((counts(&app).await.failed, counts(&app).await.waiting), (1, 0));
    let failed = list(&app, Some(JobState::Failed)).await.remove(0);
    assert_eq!((failed.kind.as_str(), failed.attempts), ("send_mail", MAX_ATTEMPTS));
    assert!(failed.last_error.unwrap().contains("421"));

    sink.behave(SmtpBehaviour::Accept);
    let market = app.market.clone();
    let retry = async move |tx: &mut db::Tx| jobs::retry(tx, &market, failed.id).await;
    app.market.db.write(retry.clone()).await.unwrap();
    assert_eq!(app.run_jobs().await, 1);
    assert_eq!(sink.mails().len(), 1);
    let again = app.market.db.write(retry).await.unwrap_err();
    assert_eq!(again.code(), Some("not_found"));
    app.stop().await;
}
