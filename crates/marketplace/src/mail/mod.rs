//! How mails leave: by SMTP, or into the development mailbox where no server is configured.
//!
//! Every mail carries an identifier that stays the same when it is sent again, as its `Message-ID` and as
//! `X-Souk-Event`: receivers drop repeats by it. Nothing here logs an address or a line of a mail.

mod compose;
pub mod mailbox;
mod smtp;
mod smtp_url;

pub(crate) use mailbox::STATEMENTS;

use lettre::Address;
use lettre::message::Mailbox;
use types::{Email, MessageId};

use crate::jobs::Failure;
use crate::{Error, Market, Result, Settings};

/// A mail that is ready to go.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    /// The same each time it is sent.
    pub(crate) id: MessageId,
    /// The recipient's name, when it is known.
    pub(crate) name: Option<String>,
    /// The recipient.
    pub(crate) to: Email,
    /// One line.
    pub(crate) subject: String,
    /// For readers of plain text.
    pub(crate) text: String,
    /// For the others.
    pub(crate) html: String,
    /// Where the reader can stop mails of this kind, without logging in.
    pub(crate) stop: Option<String>,
}

/// Sends mails, as the settings say. Its connections are shared by all who use it.
#[derive(Debug)]
pub struct Mailer {
    from: Mailbox,
    transport: Transport,
}

#[derive(Debug)]
enum Transport {
    Smtp(Box<smtp::Smtp>),
    Kept,
}

impl Mailer {
    /// Fails when the sender or the server of the settings makes no sense. Connects to nothing yet.
    pub fn new(settings: &Settings) -> Result<Self> {
        let from = sender(&settings.mail_from).ok_or_else(|| {
            Error::internal("the sender of mails is not like `Souk <no-reply@example.com>`")
        })?;
        let transport = match &settings.smtp_url {
            Some(url) => {
                let server = url.parse().map_err(|error: smtp_url::BadUrl| {
                    Error::failed("the address of the SMTP server cannot be used", error)
                })?;
                Transport::Smtp(Box::new(smtp::Smtp::new(server, from.email.domain())?))
            }
            None => Transport::Kept,
        };
        Ok(Self { from, transport })
    }

    /// Who mails come from at this moment: what admins set, or else the one that it was made with.
    fn from(&self, market: &Market) -> Mailbox {
        sender(&market.settings.mail_from).unwrap_or_else(|| self.from.clone())
    }

    /// The marketplace's name, as mails show it: the sender's, or else the sender's domain.
    pub(crate) fn site(&self, market: &Market) -> String {
        let Mailbox { name, email } = self.from(market);
        name.unwrap_or_else(|| email.domain().to_owned())
    }

    /// Sends a mail. A recipient that is refused for good is a failure for good; the rest is tried again.
    pub(crate) async fn send(&self, market: &Market, letter: Letter) -> Result<(), Failure> {
        match &self.transport {
            Transport::Smtp(server) => {
                let message = compose::message(&self.from(market), &letter, market.now())?;
                server.deliver(&message).await
            }
            Transport::Kept => Ok(mailbox::keep(market, letter).await?),
        }
    }
}

/// Whether `url` names a server that mails can be handed to, and why not. The reason does not quote it: it can
/// hold a password.
pub fn check_server(url: &str) -> Result<(), String> {
    url.parse::<smtp_url::Server>().map(drop).map_err(|error| error.to_string())
}

/// Whether mails can come from `text`, such as `Souk <no-reply@example.com>`.
pub fn check_sender(text: &str) -> bool {
    sender(text).is_some()
}

/// Reads `Name <address>`, or the address alone. The name may hold what a header would have to quote.
fn sender(text: &str) -> Option<Mailbox> {
    let (name, email) = match text.trim().split_once('<') {
        Some((name, rest)) => (name.trim().trim_matches('"').trim(), rest.strip_suffix('>')?),
        None => ("", text),
    };
    let name = Some(compose::one_line(name)).filter(|name| !name.is_empty());
    Some(Mailbox::new(name, address(&email.parse().ok()?).ok()?))
}

/// The address as the mail library knows it.
fn address(email: &Email) -> Result<Address, Failure> {
    let refuse = || Failure::fail("the recipient's address is none that a mail can be sent to");
    let (user, domain) = email.as_str().rsplit_once('@').ok_or_else(refuse)?;
    Address::new(user, domain).map_err(|_| refuse())
}

#[cfg(test)]
mod tests {
    use super::sender;

    #[test]
    fn senders_have_a_name_or_none() {
        let cases = [
            ("Souk <no-reply@localhost>", Some("Souk"), "no-reply@localhost"),
            ("\"Ana's Shop, Inc.\" <a@b.example>", Some("Ana's Shop, Inc."), "a@b.example"),
            ("Größe & Söhne <a@b.example>", Some("Größe & Söhne"), "a@b.example"),
            ("a@b.example", None, "a@b.example"),
            ("<a@b.example>", None, "a@b.example"),
        ];
        for (text, name, email) in cases {
            let from = sender(text).unwrap();
            assert_eq!((from.name.as_deref(), from.email.to_string().as_str()), (name, email), "{text}");
        }
        for text in ["", "nonsense", "Souk <nonsense>", "Souk <a@b.example", "a@b\r\nBcc: c@d"] {
            assert!(sender(text).is_none(), "{text}");
        }
    }
}
