//! What each mail says, and who gets it.

use marketplace::notifications::{Mail, SecurityEvent};
use testing::TestApp;

use super::sample::{self, Sample};
use super::{kept, send};

/// The seller's mails go to the owner and the managers, not to the staff.
const SELLER: &[&str] = &["max@example.com", "olga@example.com"];
const BUYER: &[&str] = &["ana@example.com"];
const GUEST: &[&str] = &["guest@example.com"];

type Case = (Mail, &'static [&'static str], &'static str, &'static [&'static str]);

/// A mail, its readers, its subject, and what its text says.
fn account_cases(sample: &Sample) -> Vec<Case> {
    let (user, code) = (sample.buyer.as_i64(), "012345".to_owned());
    let pending = Mail::VerificationCode {
        email: "guest@example.com".to_owned(),
        first_name: "Guest".to_owned(),
        code: code.clone(),
    };
    vec![
        (pending, GUEST, "Your code for Souk", &["012345", "10 minutes"]),
        (Mail::PasswordResetCode { user, code }, BUYER, "Your code for a new password at Souk", &["012345"]),
        (Mail::PasswordChanged { user }, BUYER, "Your password at Souk was changed", &["Hello Name x,"]),
        (security(user, SecurityEvent::TwoFactorOn), BUYER, "Two-factor login is on (Souk)", &["logged out"]),
        (security(user, SecurityEvent::ApiKeyMade), BUYER, "You have a new API key (Souk)", &["act for you"]),
        (
            Mail::EmailChangeCode { email: "guest@example.com".to_owned(), code: "012345".to_owned() },
            GUEST,
            "Your code for another e-mail address at Souk",
            &["012345", "the other address"],
        ),
        (
            Mail::EmailChanged { email: "guest@example.com".to_owned() },
            GUEST,
            "Your account at Souk has another e-mail address",
            &["to this address and to the new one"],
        ),
        (security(user, SecurityEvent::TwoFactorOff), BUYER, "Two-factor login is off (Souk)", &["alone"]),
        (
            security(user, SecurityEvent::TwoFactorLost),
            BUYER,
            "Two-factor login was turned off for you (Souk)",
            &["operator"],
        ),
        (
            security(user, SecurityEvent::RecoveryCodesRenewed),
            BUYER,
            "You have new recovery codes (Souk)",
            &["good no more"],
        ),
        (
            security(user, SecurityEvent::RecoveryCodeUsed),
            BUYER,
            "A recovery code was used (Souk)",
            &["One of"],
        ),
        (Mail::Welcome { user }, BUYER, "Welcome to Souk", &["Your account is ready", "http://souk.test"]),
    ]
}

fn security(user: i64, event: SecurityEvent) -> Mail {
    Mail::Security { user, event }
}

fn vendor_cases(sample: &Sample) -> Vec<Case> {
    let vendor = sample.vendor.as_i64();
    let suspended = Mail::VendorSuspended { vendor, reason: "Too late".to_owned() };
    vec![
        (Mail::VendorApplied { vendor }, SELLER, "We have your application for Shop x", &["Shop x"]),
        (Mail::VendorAccepted { vendor }, SELLER, "Shop x is accepted", &["Publish your first product"]),
        (Mail::VendorRejected { vendor }, SELLER, "Your application for Shop x", &["No x", "10 days"]),
        (suspended, SELLER, "Shop x is suspended", &["Too late"]),
        (
            Mail::LowStock { vendor, variants: Vec::new() },
            SELLER,
            "Shop x is running low on stock",
            &["Few units are left"],
        ),
        (Mail::VendorReinstated { vendor }, SELLER, "Shop x is open again", &["Shop x"]),
    ]
}

fn order_cases(sample: &Sample) -> Vec<Case> {
    let (order, shipment) = (sample.order.as_i64(), sample.shipment.as_i64());
    let (checkout, guest_order) = (sample.checkout.as_i64(), sample.guest_order.as_i64());
    vec![
        (
            Mail::OrderConfirmation { checkout },
            BUYER,
            "Your order at Souk",
            &[
                "and your payment",
                "Order S-1 from Shop x",
                "2 x Tea x, Green x (SKU SKU x): 25.00 USD",
                "Discount: -1.00 USD\nShipping: 4.90 USD\nTotal: 28.90 USD",
                "Receiver x\nStreet x\n12345 Springfield\nUS",
            ],
        ),
        (Mail::NewOrder { order }, SELLER, "New order S-1", &["Note x", "Street x"]),
        (Mail::NewOrder { order: guest_order }, SELLER, "New order S-1", &["paid in cash"]),
        (
            Mail::OrderAccepted { order },
            BUYER,
            "Your order S-1 is accepted",
            &["Shop x has accepted your order S-1"],
        ),
        (
            Mail::OrderShipped { shipment },
            BUYER,
            "Your order S-1 is on its way",
            &["Carrier: Carrier x", "Tracking number: TRACK-1", "1 x Tea x, Green x (SKU SKU x)\n"],
        ),
        (Mail::OrderDelivered { order }, BUYER, "Your order S-1 was delivered", &["ask to return"]),
        (
            Mail::OrderDelivered { order: guest_order },
            GUEST,
            "Your order S-1 was delivered",
            &["Total: 28.90 USD"],
        ),
        (
            Mail::OrderCancelled { order },
            BUYER,
            "Your order S-1 was cancelled",
            &["Why x", "goes back to you"],
        ),
        (
            Mail::OrderCancelledForVendor { order },
            SELLER,
            "Order S-1 was cancelled",
            &["do not ship", "Why x"],
        ),
    ]
}

fn return_cases(sample: &Sample) -> Vec<Case> {
    let returned = sample.returned.as_i64();
    vec![
        (
            Mail::ReturnRequested { returned },
            SELLER,
            "A return for order S-1",
            &["1 x Tea x", "Broken x", "12.50 USD"],
        ),
        (Mail::ReturnApproved { returned }, BUYER, "Your return for order S-1 is approved", &["Answer x"]),
        (Mail::ReturnRejected { returned }, BUYER, "Your return for order S-1", &["Answer x"]),
        (Mail::ReturnRefunded { returned }, BUYER, "Your refund for order S-1", &["12.50 USD"]),
        (
            Mail::LatePayment { refund: sample.refund.as_i64() },
            BUYER,
            "Your payment for S-1 goes back to you",
            &["28.90 USD", "it came late x"],
        ),
    ]
}

#[tokio::test]
async fn every_mail_says_what_happened_to_those_it_concerns() {
    let app = TestApp::start().await;
    let sample = sample::write(&app, "x").await;
    let cases = [account_cases(&sample), vendor_cases(&sample), order_cases(&sample), return_cases(&sample)];
    let mut seen = kept(&app).await.len();
    for (mail, readers, subject, says) in cases.into_iter().flatten() {
        send(&app, mail.clone()).await;
        app.run_jobs().await;
        let mut new = kept(&app).await;
        new.sort_by(|one, other| one.event.cmp(&other.event));
        let new = new.split_off(seen);
        seen += new.len();
        let mut to: Vec<&str> = new.iter().map(|mail| mail.to.as_str()).collect();
        to.sort_unstable();
        assert_eq!(to, readers, "{mail:?}");
        for received in &new {
            assert_eq!(received.subject, subject, "{mail:?}");
            for words in says {
                assert!(received.text.contains(words), "{mail:?}: {words:?} in\n{}", received.text);
            }
            check_form(&received.text, &received.html);
        }
    }
    app.stop_unexamined().await;
}

/// Both parts are complete, and neither shows traces of its template.
fn check_form(text: &str, html: &str) {
    assert!(html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"), "{html}");
    assert!(html.contains("<html lang=\"en\">") && html.contains("<h1"), "{html}");
    assert!(text.contains("Souk"), "{text}");
    for part in [text, html] {
        assert!(!part.contains("{{") && !part.contains("{%") && !part.contains("Some("), "{part}");
    }
    assert!(!text.contains("\n\n\n") && !text.contains('<'), "{text}");
}

/// The code is the only number of six digits in the text, and stands alone.
#[tokio::test]
async fn codes_are_the_only_number_of_six_digits() {
    let app = TestApp::builder().with(|settings| settings.otp_ttl_seconds = 100_000_000).start().await;
    let sample = sample::write(&app, "123456").await;
    for (mail, readers, ..) in account_cases(&sample).into_iter().take(2) {
        send(&app, mail).await;
        app.run_jobs().await;
        let mail = app.mails_to(readers[0]).await.pop().unwrap();
        assert_eq!(mail.code(), "012345");
        assert!(mail.html.contains("012345"));
    }
    app.stop_unexamined().await;
}

/// A member who leaves before the mail is written does not get it, and nobody else misses it.
#[tokio::test]
async fn who_left_the_shop_gets_nothing() {
    static LEAVE: db::Stmt = db::Stmt::new("DELETE FROM vendor_members WHERE role = 'manager'");
    let app = TestApp::start().await;
    let sample = sample::write(&app, "x").await;
    send(&app, Mail::VendorAccepted { vendor: sample.vendor.as_i64() }).await;
    app.market.db.write(async |tx: &mut db::Tx| tx.exec(&LEAVE, &[]).await).await.unwrap();
    app.run_jobs().await;
    assert_eq!(kept(&app).await.len(), 1);
    assert_eq!(app.mails_to("olga@example.com").await.len(), 1);
    app.stop_unexamined().await;
}
