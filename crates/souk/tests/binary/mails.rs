//! Mails of a server that is killed, while the mail server is down.

use std::time::{Duration, Instant};

use serde_json::json;
use testing::SmtpSink;

use crate::souk::Place;

/// Longer than a lease, which is what a killed server's job waits for.
const PATIENCE: Duration = Duration::from_mins(1);

/// A code that was promised arrives, although the mail server is down and Souk is killed meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promised_mail_outlives_a_killed_server() {
    let place = Place::new();
    let sink = SmtpSink::start().await;
    let url = sink.url();
    let address = sink.close().await;
    let arguments = ["--smtp-url", url.as_str()];

    let server = place.serve(&arguments);
    let ana = json!({"email": "ana@example.com", "password": "correct horse battery", "first_name": "Ana"});
    let registration = server.post("/v1/auth/register", &ana).expect(202);
    server.signal("KILL");
    server.wait();

    let sink = SmtpSink::start_at(address).await;
    let server = place.serve(&arguments);
    let deadline = Instant::now() + PATIENCE;
    while sink.mails().is_empty() && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mail = sink.mails().remove(0);
    assert_eq!(mail.to, "ana@example.com");
    let answer = json!({"registration_id": registration["registration_id"], "otp": mail.code()});
    server.post("/v1/auth/verify", &answer).expect(201);
    server.stop();
    assert_eq!(place.run(&["jobs", "list", "--state", "failed"]).code, Some(0));
}
