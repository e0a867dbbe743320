//! From a letter to the bytes of a message.

use std::time::{Duration, SystemTime};

use lettre::Message;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use types::Timestamp;

use super::{Letter, address};
use crate::jobs::Failure;

/// Headers of ours whose values hold nothing but letters, digits and signs of ASCII.
macro_rules! plain_headers {
    ($($(#[$doc:meta])* $header:ident = $name:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone)]
        struct $header(String);
        impl Header for $header {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }
            fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok(Self(text.to_owned()))
            }
            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), self.0.clone())
            }
        }
    )*};
}

plain_headers! {
    /// Where mails of this kind are stopped, for the reader's mail program (RFC 2369).
    ListUnsubscribe = "List-Unsubscribe";
    /// One request does it, without a question (RFC 8058).
    ListUnsubscribePost = "List-Unsubscribe-Post";
    /// What a receiver drops repeats by.
    SoukEvent = "X-Souk-Event";
    /// Keeps auto-responders quiet (RFC 3834).
    AutoSubmitted = "Auto-Submitted";
}

/// The message of a letter: text and HTML, addressed to one recipient.
pub(super) fn message(from: &Mailbox, letter: &Letter, now: Timestamp) -> Result<Message, Failure> {
    let to = Mailbox::new(letter.name.as_deref().map(one_line), address(&letter.to)?);
    let sent = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(now.as_seconds()).unwrap_or(0));
    let id = letter.id.to_string();
    let mut message = Message::builder();
    if let Some(stop) = &letter.stop {
        message = message
            .header(ListUnsubscribe(format!("<{stop}>")))
            .header(ListUnsubscribePost("List-Unsubscribe=One-Click".to_owned()));
    }
    message
        .from(from.clone())
        .to(to)
        .date(sent)
        .message_id(Some(format!("<{id}@{}>", from.email.domain())))
        .subject(one_line(&letter.subject))
        .header(SoukEvent(id))
        .header(AutoSubmitted("auto-generated".to_owned()))
        .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
        .map_err(|error| Failure::fail(format!("the mail cannot be composed: {error}")))
}

/// The text without anything that could end a header's line.
pub(super) fn one_line(text: &str) -> String {
    let line_break = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.split(|c: char| line_break(c) || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(name: &str, subject: &str) -> Letter {
        Letter {
            id: types::MessageId::from_i64(77),
            name: Some(name.to_owned()),
            to: "ana@example.com".parse().unwrap(),
            subject: subject.to_owned(),
            text: "text".to_owned(),
            html: "<p>html</p>".to_owned(),
            stop: None,
        }
    }

    #[test]
    fn what_can_be_stopped_says_where() {
        let from: Mailbox = "Souk <no-reply@souk.test>".parse().unwrap();
        let stop = Some("https://souk.test/reminders/stop?token=rmd_0AB3C2D1E0007.c2lnbmF0dXJl".to_owned());
        let letter = Letter { stop, ..letter("Ana", "Your cart") };
        let raw = String::from_utf8(message(&from, &letter, Timestamp::from_millis(0)).unwrap().formatted())
            .unwrap();
        let head = raw.split("\r\n\r\n").next().unwrap().replace("\r\n ", "");
        let stop =
            "List-Unsubscribe: <https://souk.test/reminders/stop?token=rmd_0AB3C2D1E0007.c2lnbmF0dXJl>";
        assert!(head.lines().any(|line| line.replace(": ", ":") == stop.replace(": ", ":")), "{head}");
        assert!(
            head.lines().any(|line| line == "List-Unsubscribe-Post: List-Unsubscribe=One-Click"),
            "{head}"
        );
    }

    /// Whatever a name or a subject holds, the header stays one header.
    #[test]
    fn no_text_adds_a_header() {
        let from: Mailbox = "Souk <no-reply@souk.test>".parse().unwrap();
        let hostile = [
            "x\r\nBcc: eve@example.com",
            "x\nBcc: eve@example.com",
            "x\rBcc: eve@example.com",
            "x\u{2028}Bcc: eve@example.com",
            "x\0Bcc: eve@example.com",
            "é\r\n\r\nBcc: eve@example.com",
            "x\" <eve@example.com>, \"y",
            "=?utf-8?q?x=0D=0ABcc:_eve@example.com?=",
        ];
        for text in hostile {
            let message = message(&from, &letter(text, text), Timestamp::from_millis(0)).unwrap();
            let bytes = message.formatted();
            let raw = String::from_utf8(bytes).unwrap();
            let head = raw.split("\r\n\r\n").next().unwrap();
            assert!(!head.lines().any(|line| line.to_lowercase().starts_with("bcc")), "{head}");
            let names: Vec<&str> = head
                .lines()
                .filter(|line| !line.starts_with([' ', '\t']))
                .map(|line| line.split(':').next().unwrap())
                .collect();
            assert_eq!(
                names,
                [
                    "From",
                    "To",
                    "Date",
                    "Message-ID",
                    "Subject",
                    "X-Souk-Event",
                    "Auto-Submitted",
                    "MIME-Version",
                    "Content-Type"
                ],
                "{head}"
            );
            assert_eq!(message.envelope().to().len(), 1);
            assert_eq!(message.envelope().to()[0].to_string(), "ana@example.com");
        }
    }
}
