//! The page of the development mailbox.

use marketplace::notifications::Mail;
use testing::TestApp;

use super::{sample, send};

async fn verification(app: &TestApp, email: &str, code: &str) {
    let (email, code) = (email.to_owned(), code.to_owned());
    send(app, Mail::VerificationCode { email, first_name: "Ana".to_owned(), code }).await;
    app.run_jobs().await;
}

#[tokio::test]
async fn mails_are_listed_and_read_on_a_page() {
    let app = TestApp::start().await;
    let anybody = app.anonymous();
    assert!(anybody.get("/dev/mailbox").await.text().contains("There are no mails"));
    verification(&app, "Ana@Example.com", "123456").await;
    verification(&app, "bob@example.com", "654321").await;

    let page = anybody.get("/dev/mailbox").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    let text = page.text();
    assert!(
        text.find("bob@example.com").unwrap() < text.find("ana@example.com").unwrap(),
        "the newest first"
    );
    let text = anybody.get("/dev/mailbox?to=ANA@example.com").await.text();
    assert!(text.contains("ana@example.com") && !text.contains("bob@example.com"));

    let link = text.split("href=\"").find(|part| part.starts_with("/dev/mailbox/msg_")).unwrap();
    let mail = anybody.get(link.split('"').next().unwrap()).await;
    assert_eq!(mail.status.as_u16(), 200);
    assert!(mail.text().contains("123456"));
    app.stop().await;
}

#[tokio::test]
async fn mails_are_read_as_json() {
    let app = TestApp::start().await;
    for number in 100_000..100_003 {
        verification(&app, "ana@example.com", &number.to_string()).await;
    }
    let json = app.anonymous().get("/dev/mailbox.json?to=ana@example.com&limit=2").await.expect(200);
    assert_eq!(json["data"].as_array().unwrap().len(), 2);
    assert!(json["data"][0]["text"].as_str().unwrap().contains("100002"));
    assert_eq!(json["data"][0]["to"], "ana@example.com");
    let rest = format!("/dev/mailbox?limit=2&cursor={}", json["next_cursor"].as_str().unwrap());
    let rest = app.anonymous().with_header("accept", "application/json").get(&rest).await.expect(200);
    assert_eq!(rest["data"].as_array().unwrap().len(), 1);
    assert_eq!(rest["next_cursor"], serde_json::Value::Null);
    let id = rest["data"][0]["id"].as_str().unwrap().to_owned();
    let one =
        app.anonymous().with_header("accept", "application/json").get(&format!("/dev/mailbox/{id}")).await;
    assert_eq!(one.expect(200), rest["data"][0]);
    app.stop().await;
}

#[tokio::test]
async fn wrong_questions_are_problems() {
    let app = TestApp::start().await;
    let anybody = app.anonymous();
    assert_eq!(anybody.get("/dev/mailbox?to=%00").await.expect_invalid(), ["/to not_allowed"]);
    assert_eq!(anybody.get("/dev/mailbox.json?cursor=x").await.expect_invalid(), ["/cursor malformed"]);
    anybody.get("/dev/mailbox/msg_0000000000000").await.expect_problem(404, "not_found");
    anybody.get("/dev/mailbox/usr_0000000000000").await.expect_problem(404, "not_found");
    app.stop().await;
}

/// A hostile name in a mail is text in the page, not markup.
#[tokio::test]
async fn hostile_names_are_text() {
    let app = TestApp::start().await;
    let hostile = "<script>alert(1)</script>";
    let sample = sample::write(&app, hostile).await;
    send(&app, Mail::VendorAccepted { vendor: sample.vendor.as_i64() }).await;
    app.run_jobs().await;
    let mail = app.mails_to("olga@example.com").await.remove(0);
    assert!(mail.text.contains(hostile));
    assert!(!mail.html.contains("<script") && mail.html.contains("&#60;script&#62;"), "{}", mail.html);
    let page = app.anonymous().get(&format!("/dev/mailbox/{}", mail.event)).await;
    assert!(!page.text().contains("<script"), "{}", page.text());
    let list = app.anonymous().get("/dev/mailbox").await.text();
    assert!(list.contains("&#60;script&#62;") && !list.contains("<script"), "{list}");
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    app.stop_unexamined().await;
}

/// With a mail server there is no mailbox to read codes in.
#[tokio::test]
async fn there_is_no_page_when_mails_are_sent() {
    let url = Some("smtp://127.0.0.1:9".to_owned());
    let app = TestApp::builder().with(|settings| settings.smtp_url = url).start().await;
    for path in ["/dev/mailbox", "/dev/mailbox.json", "/dev/mailbox/msg_0000000000000"] {
        app.anonymous().get(path).await.expect_problem(404, "not_found");
    }
    app.stop().await;
}
