//! Workers that run by themselves, as in the server.

use std::time::Duration;

use testing::{SmtpBehaviour, SmtpSink, TestApp};
use tokio::time::timeout;

use super::{counts, send_mail};

/// Waits until no job is left; the workers are woken at commit, so this is short.
async fn until_done(app: &TestApp) {
    let done = async {
        loop {
            let counts = counts(app).await;
            if counts.waiting + counts.running + counts.failed == 0 {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(20), done).await.expect("the jobs end");
}

#[tokio::test]
async fn a_worker_is_woken_by_the_commit() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let running = app.worker().start();
    send_mail(&app, &ana).await;
    until_done(&app).await;
    send_mail(&app, &ana).await;
    until_done(&app).await;
    assert_eq!(app.mails_to("ana@example.com").await.len(), 2);
    running.stop().await;
    send_mail(&app, &ana).await;
    assert_eq!(counts(&app).await.due, 1, "a stopped worker takes nothing more");
    app.stop().await;
}

/// Each mail arrives once, although several workers look for the same jobs at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_workers_never_run_a_job_twice() {
    let sink = SmtpSink::start().await;
    let url = sink.url();
    let app = TestApp::builder().with(|settings| settings.smtp_url = Some(url)).start().await;
    let ana = app.user("ana").await;
    for _ in 0..60 {
        send_mail(&app, &ana).await;
    }
    let workers: Vec<_> = (0..4).map(|_| app.worker().start()).collect();
    until_done(&app).await;
    for worker in workers {
        worker.stop().await;
    }
    let mut events: Vec<String> = sink.mails().into_iter().map(|mail| mail.event).collect();
    assert_eq!(events.len(), 60);
    events.sort();
    events.dedup();
    assert_eq!(events.len(), 60, "each mail has an event of its own");
    assert!(sink.connections() < 60, "connections are used again: {}", sink.connections());
    app.stop().await;
}

/// Stopping waits for what runs: the mail that is under way arrives, and is not sent again.
#[tokio::test]
async fn stopping_finishes_what_runs() {
    let sink = SmtpSink::start().await;
    let url = sink.url();
    let app = TestApp::builder().with(|settings| settings.smtp_url = Some(url)).start().await;
    let ana = app.user("ana").await;
    sink.behave(SmtpBehaviour::Accept);
    let running = app.worker().start();
    send_mail(&app, &ana).await;
    let taken = async {
        while sink.connections() == 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(20), taken).await.expect("the worker takes the job");
    running.stop().await;
    assert_eq!(sink.mails().len(), 1);
    assert_eq!(app.run_jobs().await, 0);
    app.stop().await;
}
