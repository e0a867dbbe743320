//! Mails arrive whatever the SMTP server does, and a recipient that is refused holds up nobody else.

use marketplace::notifications::Mail;
use testing::{SmtpBehaviour, SmtpSink, TestApp};

use super::send;

async fn app_with(sink: &SmtpSink) -> TestApp {
    let url = sink.url();
    TestApp::builder().with(|settings| settings.smtp_url = Some(url)).start().await
}

async fn welcome(app: &TestApp, name: &str) {
    let user = app.user(name).await.user.unwrap().as_i64();
    send(app, Mail::Welcome { user }).await;
}

/// Everything that may happen to a server for a while: nothing is lost, and nothing comes twice.
#[tokio::test]
async fn a_server_that_comes_back_gets_every_mail() {
    let sink = SmtpSink::start().await;
    let app = app_with(&sink).await;
    for (number, behaviour) in [
        SmtpBehaviour::HangUp,
        SmtpBehaviour::RefuseConnection(554),
        SmtpBehaviour::RefuseConnection(421),
        SmtpBehaviour::RefuseSender(550),
        SmtpBehaviour::RefuseSender(530),
        SmtpBehaviour::RefuseRecipient(450),
        SmtpBehaviour::RefuseRecipient(530),
        SmtpBehaviour::RefuseMessage(451),
    ]
    .into_iter()
    .enumerate()
    {
        sink.behave(behaviour);
        welcome(&app, &format!("user{number}")).await;
        assert!(app.run_jobs().await >= 1, "{behaviour:?}");
        assert!(sink.mails().is_empty(), "{behaviour:?}");
    }
    sink.behave(SmtpBehaviour::Accept);
    app.advance(3_600);
    app.run_jobs().await;
    let mut to: Vec<String> = sink.mails().into_iter().map(|mail| mail.to).collect();
    to.sort();
    assert_eq!(to, (0..8).map(|number| format!("user{number}@example.com")).collect::<Vec<_>>());
    app.stop().await;
}

#[tokio::test]
async fn a_server_that_was_down_gets_every_mail() {
    let sink = SmtpSink::start().await;
    let app = app_with(&sink).await;
    let address = sink.close().await;
    welcome(&app, "ana").await;
    assert_eq!(app.run_jobs().await, 1);
    app.advance(10);
    assert_eq!(app.run_jobs().await, 1);
    let sink = SmtpSink::start_at(address).await;
    app.advance(10);
    assert_eq!(app.run_jobs().await, 1);
    assert_eq!(sink.mails().len(), 1);
    app.stop().await;
}

/// The answer to a mail can be lost: it comes again, with the same event to drop it by.
#[tokio::test]
async fn a_repeated_mail_has_the_same_event() {
    let sink = SmtpSink::start().await;
    let app = app_with(&sink).await;
    sink.behave(SmtpBehaviour::TakeAndHangUp);
    welcome(&app, "ana").await;
    assert_eq!(app.run_jobs().await, 1);
    sink.behave(SmtpBehaviour::Accept);
    app.advance(10);
    assert_eq!(app.run_jobs().await, 1);
    let mails = sink.mails();
    assert_eq!(mails.len(), 2);
    assert!(mails[0].event.starts_with("msg_"));
    assert_eq!(mails[0].event, mails[1].event);
    for bytes in sink.messages() {
        let head = String::from_utf8(bytes).unwrap();
        assert!(head.contains(&format!("Message-ID: <{}@souk.test>", mails[0].event)), "{head}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_refused_recipient_is_given_up_alone() {
    let sink = SmtpSink::start().await;
    let app = app_with(&sink).await;
    for (name, behaviour) in [
        ("ana", SmtpBehaviour::RefuseRecipient(550)),
        ("bob", SmtpBehaviour::RefuseRecipient(553)),
        ("eve", SmtpBehaviour::RefuseMessage(554)),
    ] {
        sink.behave(behaviour);
        welcome(&app, name).await;
        assert_eq!(app.run_jobs().await, 1, "{name}");
    }
    sink.behave(SmtpBehaviour::Accept);
    welcome(&app, "mia").await;
    app.advance(86_400);
    assert_eq!(app.run_jobs().await, 1);
    assert_eq!(sink.mails()[0].to, "mia@example.com");
    let mut conn = app.market.db.read().await.unwrap();
    let failed =
        marketplace::jobs::list(&mut conn, &app.market, None, types::Limit::default()).await.unwrap();
    assert_eq!(failed.len(), 3);
    for job in failed {
        let error = job.last_error.unwrap();
        assert!(error.contains("refused") && !error.contains('@'), "no addresses: {error}");
    }
    drop(conn);
    app.stop_with_failed_jobs(3).await;
}

/// A password that is refused is mended by the operator: the mails wait, and nothing shows the password.
#[tokio::test]
async fn a_refused_login_waits_for_the_operator() {
    let sink = SmtpSink::start().await;
    let url = format!("smtp://souk%40example.com:p%2Fss@{}", sink.address());
    let app = TestApp::builder().with(|settings| settings.smtp_url = Some(url)).start().await;
    sink.behave(SmtpBehaviour::RefuseLogin(535));
    welcome(&app, "ana").await;
    assert_eq!(app.run_jobs().await, 1);
    let mut conn = app.market.db.read().await.unwrap();
    let waiting =
        marketplace::jobs::list(&mut conn, &app.market, None, types::Limit::default()).await.unwrap();
    drop(conn);
    let error = waiting[0].last_error.clone().unwrap();
    assert!(error.contains("535") && !error.contains("p/ss"), "{error}");
    sink.behave(SmtpBehaviour::Accept);
    app.advance(10);
    assert_eq!(app.run_jobs().await, 1);
    // "\0souk@example.com\0p/ss" in base 64.
    assert_eq!(sink.logins(), ["AUTH PLAIN AHNvdWtAZXhhbXBsZS5jb20AcC9zcw=="]);
    assert_eq!(sink.mails().len(), 1);
    app.stop().await;
}

/// Every address that an account can have is one that a mail can be sent to.
#[tokio::test]
async fn unusual_addresses_get_their_mail() {
    let sink = SmtpSink::start().await;
    let app = app_with(&sink).await;
    let addresses = [
        "a@b",
        "o'neil+tag@example.com",
        "a!#$%&*/=?^_`{|}~b@example.com",
        "a@123.example",
        "a@xn--mnchen-3ya.example",
        "josé@münchen.example",
        "用户@例子.example",
    ];
    for email in addresses {
        let mail = Mail::VerificationCode {
            email: email.to_owned(),
            first_name: "Ana".to_owned(),
            code: "123456".to_owned(),
        };
        send(&app, mail).await;
    }
    app.run_jobs().await;
    let mut to: Vec<String> = sink.mails().into_iter().map(|mail| mail.to).collect();
    to.sort();
    let mut expected = addresses.map(ToOwned::to_owned);
    expected.sort();
    assert_eq!(to, expected);
    app.stop().await;
}

/// A server without TLS gets nothing when TLS is asked for.
#[tokio::test]
async fn required_tls_is_not_given_up() {
    let sink = SmtpSink::start().await;
    let url = format!("{}?tls=required", sink.url());
    let app = TestApp::builder().with(|settings| settings.smtp_url = Some(url)).start().await;
    welcome(&app, "ana").await;
    assert_eq!(app.run_jobs().await, 1);
    assert_eq!(sink.connections(), 1);
    assert!(sink.mails().is_empty());
    app.stop().await;
}
