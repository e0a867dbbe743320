//! Mails as the one who gets them sees them.

use mail_parser::MessageParser;
use marketplace::mail::mailbox::KeptMail;

/// A mail that arrived: by SMTP, or in the development mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedMail {
    /// `X-Souk-Event`: the same when a mail is sent again.
    pub event: String,
    /// Who it was for, as the server was told.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

impl ReceivedMail {
    /// The mail that an SMTP client sent as `bytes` for `to`.
    #[track_caller]
    pub(crate) fn parse(to: &str, bytes: &[u8]) -> Self {
        let message = MessageParser::default().parse(bytes).expect("a mail can be read");
        let header = |name: &str| message.header_raw(name).unwrap_or_default().trim().to_owned();
        Self {
            event: header("X-Souk-Event"),
            to: to.to_owned(),
            subject: message.subject().unwrap_or_default().to_owned(),
            text: message.body_text(0).unwrap_or_default().replace("\r\n", "\n"),
            html: message.body_html(0).unwrap_or_default().replace("\r\n", "\n"),
        }
    }

    /// The one-time code: the only number of six digits that stands alone in the text.
    #[track_caller]
    pub fn code(&self) -> String {
        let words = self.text.split(|c: char| !c.is_alphanumeric() && c != '_');
        let codes: Vec<&str> =
            words.filter(|word| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit())).collect();
        assert_eq!(codes.len(), 1, "one code in: {}", self.text);
        codes[0].to_owned()
    }
}

impl From<KeptMail> for ReceivedMail {
    fn from(kept: KeptMail) -> Self {
        Self {
            event: kept.id.to_string(),
            to: kept.recipient,
            subject: kept.subject,
            text: kept.text,
            html: kept.html,
        }
    }
}
