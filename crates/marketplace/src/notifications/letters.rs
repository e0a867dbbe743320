//! The templates of the mails: `templates/mail/<name>/{subject.txt, body.txt, body.html}`, compiled in.
//!
//! HTML is escaped by the template engine. Texts are not, since nothing in them is markup; the one-time
//! codes' mails hold no word from outside, so that the code is the only number in them.

use askama::Template;

use super::content::{
    Account, Basket, Cancellation, Code, Invited, LatePayment, LowStock, Order, Parcel, Purchase, Returned,
    Reviewed, Security, Shop, Transfer,
};

/// What all mails have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    /// The marketplace's name.
    pub(super) site: &'a str,
    /// The reader's name, when it is known.
    pub(super) name: Option<&'a str>,
    /// The marketplace's address.
    pub(super) home: &'a str,
}

/// A mail as templates see it.
struct View<'a, C> {
    site: &'a str,
    name: Option<&'a str>,
    home: &'a str,
    news: &'a C,
}

/// A mail that is written.
#[derive(Debug)]
pub(super) struct Rendered {
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
}

macro_rules! letters {
    ($($name:ident($content:ty): $subject:tt, $text:tt, $html:tt;)*) => {$(
        pub(super) fn $name(news: &$content, frame: &Frame<'_>) -> askama::Result<Rendered> {
            #[derive(Template)]
            #[template(path = $subject)]
            struct Subject<'a> { mail: &'a View<'a, $content> }
            #[derive(Template)]
            #[template(path = $text)]
            struct Text<'a> { mail: &'a View<'a, $content> }
            #[derive(Template)]
            #[template(path = $html)]
            struct Html<'a> { mail: &'a View<'a, $content> }

            let Frame { site, name, home } = *frame;
            let mail = &View { site, name, home, news };
            Ok(Rendered {
                subject: Subject { mail }.render()?,
                text: tidy(&Text { mail }.render()?),
                html: Html { mail }.render()?,
            })
        }
    )*};
}

letters! {
    verification_code(Code):
        "mail/verification_code/subject.txt", "mail/verification_code/body.txt", "mail/verification_code/body.html";
    password_reset_code(Code):
        "mail/password_reset_code/subject.txt", "mail/password_reset_code/body.txt", "mail/password_reset_code/body.html";
    password_changed(Account):
        "mail/password_changed/subject.txt", "mail/password_changed/body.txt", "mail/password_changed/body.html";
    security(Security):
        "mail/security/subject.txt", "mail/security/body.txt", "mail/security/body.html";
    email_change_code(Code):
        "mail/email_change_code/subject.txt", "mail/email_change_code/body.txt", "mail/email_change_code/body.html";
    email_changed(Account):
        "mail/email_changed/subject.txt", "mail/email_changed/body.txt", "mail/email_changed/body.html";
    welcome(Account):
        "mail/welcome/subject.txt", "mail/welcome/body.txt", "mail/welcome/body.html";
    vendor_applied(Shop):
        "mail/vendor_applied/subject.txt", "mail/vendor_applied/body.txt", "mail/vendor_applied/body.html";
    vendor_accepted(Shop):
        "mail/vendor_accepted/subject.txt", "mail/vendor_accepted/body.txt", "mail/vendor_accepted/body.html";
    vendor_rejected(Shop):
        "mail/vendor_rejected/subject.txt", "mail/vendor_rejected/body.txt", "mail/vendor_rejected/body.html";
    vendor_suspended(Shop):
        "mail/vendor_suspended/subject.txt", "mail/vendor_suspended/body.txt", "mail/vendor_suspended/body.html";
    vendor_reinstated(Shop):
        "mail/vendor_reinstated/subject.txt", "mail/vendor_reinstated/body.txt", "mail/vendor_reinstated/body.html";
    vendor_invitation(Invited):
        "mail/vendor_invitation/subject.txt", "mail/vendor_invitation/body.txt", "mail/vendor_invitation/body.html";
    shop_transferred(Transfer):
        "mail/shop_transferred/subject.txt", "mail/shop_transferred/body.txt", "mail/shop_transferred/body.html";
    low_stock(LowStock):
        "mail/low_stock/subject.txt", "mail/low_stock/body.txt", "mail/low_stock/body.html";
    product_approved(Reviewed):
        "mail/product_approved/subject.txt", "mail/product_approved/body.txt", "mail/product_approved/body.html";
    product_changes_requested(Reviewed):
        "mail/product_changes_requested/subject.txt", "mail/product_changes_requested/body.txt", "mail/product_changes_requested/body.html";
    cart_reminder(Basket):
        "mail/cart_reminder/subject.txt", "mail/cart_reminder/body.txt", "mail/cart_reminder/body.html";
    order_confirmation(Purchase):
        "mail/order_confirmation/subject.txt", "mail/order_confirmation/body.txt", "mail/order_confirmation/body.html";
    new_order(Order):
        "mail/new_order/subject.txt", "mail/new_order/body.txt", "mail/new_order/body.html";
    order_accepted(Order):
        "mail/order_accepted/subject.txt", "mail/order_accepted/body.txt", "mail/order_accepted/body.html";
    order_shipped(Parcel):
        "mail/order_shipped/subject.txt", "mail/order_shipped/body.txt", "mail/order_shipped/body.html";
    order_delivered(Order):
        "mail/order_delivered/subject.txt", "mail/order_delivered/body.txt", "mail/order_delivered/body.html";
    order_cancelled(Cancellation):
        "mail/order_cancelled/subject.txt", "mail/order_cancelled/body.txt", "mail/order_cancelled/body.html";
    order_cancelled_for_vendor(Cancellation):
        "mail/order_cancelled_for_vendor/subject.txt", "mail/order_cancelled_for_vendor/body.txt", "mail/order_cancelled_for_vendor/body.html";
    return_requested(Returned):
        "mail/return_requested/subject.txt", "mail/return_requested/body.txt", "mail/return_requested/body.html";
    return_approved(Returned):
        "mail/return_approved/subject.txt", "mail/return_approved/body.txt", "mail/return_approved/body.html";
    return_rejected(Returned):
        "mail/return_rejected/subject.txt", "mail/return_rejected/body.txt", "mail/return_rejected/body.html";
    return_refunded(Returned):
        "mail/return_refunded/subject.txt", "mail/return_refunded/body.txt", "mail/return_refunded/body.html";
    late_payment(LatePayment):
        "mail/late_payment/subject.txt", "mail/late_payment/body.txt", "mail/late_payment/body.html";
}

/// No blanks at the end of lines, no two empty lines in a row: what templates leave behind.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    for line in text.trim().lines().map(str::trim_end) {
        let doubled = line.is_empty() && tidied.ends_with("\n\n");
        if !doubled {
            tidied.push_str(line);
            tidied.push('\n');
        }
    }
    tidied
}
