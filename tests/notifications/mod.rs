//! Mails: what they say, to whom, and that they arrive.

mod content;
mod delivery;
mod hostile;
mod mailbox;
mod sample;

use marketplace::notifications::{self, Mail};
use testing::{ReceivedMail, TestApp};

/// Sends a mail, as an operation does.
async fn send(app: &TestApp, mail: Mail) {
    let market = app.market.clone();
    let send: marketplace::Result<()> =
        app.market.db.write(async move |tx| notifications::send(tx, &market, mail.clone()).await).await;
    send.unwrap();
}

/// Every mail that was kept for the people of the sample, each with its reader.
async fn kept(app: &TestApp) -> Vec<ReceivedMail> {
    let mut mails = Vec::new();
    for name in ["ana", "olga", "max", "sam", "guest"] {
        mails.extend(app.mails_to(&format!("{name}@example.com")).await);
    }
    mails
}
