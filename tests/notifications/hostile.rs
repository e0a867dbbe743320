//! Hostile words in names, titles and notes: text in every mail, never markup, never a header.

use marketplace::notifications::Mail;
use testing::{SmtpSink, TestApp};

use super::sample::{self, Sample};
use super::{kept, send};

/// The mails that show words of others.
fn mails(sample: &Sample) -> Vec<Mail> {
    let (vendor, order) = (sample.vendor.as_i64(), sample.order.as_i64());
    let returned = sample.returned.as_i64();
    vec![
        Mail::Welcome { user: sample.buyer.as_i64() },
        Mail::VendorRejected { vendor },
        Mail::OrderConfirmation { checkout: sample.checkout.as_i64() },
        Mail::NewOrder { order },
        Mail::OrderAccepted { order },
        Mail::OrderShipped { shipment: sample.shipment.as_i64() },
        Mail::OrderCancelled { order },
        Mail::ReturnRequested { returned },
        Mail::ReturnRejected { returned },
    ]
}

#[tokio::test]
async fn words_are_never_markup() {
    let app = TestApp::start().await;
    let word = "\"><script>alert('x')</script><img src=x onerror=alert(1)>&amp;";
    let sample = sample::write(&app, word).await;
    for mail in mails(&sample) {
        send(&app, mail).await;
    }
    app.run_jobs().await;
    let mails = kept(&app).await;
    assert!(mails.len() >= 9);
    for mail in mails {
        assert!(!mail.html.contains("<script") && !mail.html.contains("<img"), "{}", mail.html);
        assert!(mail.html.contains("&#60;script&#62;"), "{}", mail.subject);
        assert!(mail.text.contains("<script>"), "text is not escaped: {}", mail.text);
    }
    app.stop_unexamined().await;
}

#[tokio::test]
async fn words_are_never_headers_or_commands() {
    let sink = SmtpSink::start().await;
    let url = sink.url();
    let app = TestApp::builder().with(|settings| settings.smtp_url = Some(url)).start().await;
    let word = "x\r\nBcc: eve@example.com\r\n\r\n.\r\nRCPT TO:<eve@example.com>\r\nDATA\r\né";
    let sample = sample::write(&app, word).await;
    let sent = mails(&sample);
    let expected = sent.len() + 3;
    for mail in sent {
        send(&app, mail).await;
    }
    app.run_jobs().await;
    let mails = sink.mails();
    assert_eq!(mails.len(), expected, "the seller's mails go to two people");
    for (mail, bytes) in mails.iter().zip(sink.messages()) {
        assert_ne!(mail.to, "eve@example.com");
        assert!(mail.event.starts_with("msg_"));
        let raw = String::from_utf8(bytes).unwrap();
        let head = raw.split("\r\n\r\n").next().unwrap();
        assert!(!head.lines().any(|line| line.starts_with("Bcc") || line.starts_with("RCPT")), "{head}");
        assert!(mail.text.contains("RCPT TO:<eve@example.com>"), "{}", mail.text);
    }
    app.stop_unexamined().await;
}
