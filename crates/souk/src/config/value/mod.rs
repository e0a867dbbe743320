//! The types of the settings: how each is read from its text, and how it may be shown.

mod logs;
mod places;
mod secrets;

pub(crate) use logs::{LogFilter, LogFormat};
pub(crate) use places::{BucketUrl, DataDir, Listen, Networks, PublicUrl};
pub(crate) use secrets::{DatabaseUrl, Secret, SmtpUrl, VaultKey, without_secrets};

use marketplace::mail;
use marketplace::outgoing::Reach;
use marketplace::settings::{Fulfilment, ProxyHeader, TaxCollector, TwoFactorRule};
use types::Currency;

/// A type that a setting can have.
pub(crate) trait Value: Sized {
    /// Reads it. The error is a sentence that does not repeat the value: it may be a secret.
    fn parse(text: &str) -> Result<Self, String>;

    /// Reads what may be absent.
    fn read(text: Option<&str>) -> Result<Self, String> {
        Self::parse(text.unwrap_or_default())
    }

    /// The text without anything secret.
    fn shown(text: &str) -> String {
        text.to_owned()
    }
}

impl<T: Value> Value for Option<T> {
    fn parse(text: &str) -> Result<Self, String> {
        T::parse(text).map(Some)
    }

    /// An empty text unsets: `SOUK_SMTP_URL=` overrides the file.
    fn read(text: Option<&str>) -> Result<Self, String> {
        text.filter(|text| !text.is_empty()).map(T::parse).transpose()
    }

    fn shown(text: &str) -> String {
        T::shown(text)
    }
}

/// A name without spaces.
#[derive(Debug, Clone)]
pub(crate) struct Word(pub(crate) String);

impl Value for Word {
    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("must be a name without spaces".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

/// A mail's sender: `Name <address>` or the address alone.
#[derive(Debug, Clone)]
pub(crate) struct MailFrom(pub(crate) String);

impl Value for MailFrom {
    fn parse(text: &str) -> Result<Self, String> {
        if text.chars().any(char::is_control) || !mail::check_sender(text) {
            return Err("must be an address such as `Souk <no-reply@shop.example>`".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

impl Value for Currency {
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "must be three capital letters of ISO 4217, such as `USD`".to_owned())
    }
}

/// A whole number from `MIN` to `MAX`, both allowed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Count<const MIN: i64, const MAX: i64>(pub(crate) i64);

impl<const MIN: i64, const MAX: i64> Value for Count<MIN, MAX> {
    fn parse(text: &str) -> Result<Self, String> {
        let number = text.parse().ok().filter(|number| (MIN..=MAX).contains(number));
        number.map(Self).ok_or_else(|| format!("must be a whole number from {MIN} to {MAX}"))
    }
}

/// One second to thirty days.
pub(crate) type Seconds = Count<1, 2_592_000>;

/// Up to a year.
pub(crate) type Days = Count<0, 365>;

impl Value for Reach {
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "must be `public`, `anywhere` or `off`".to_owned())
    }
}

impl Value for ProxyHeader {
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "must be `x-forwarded-for` or `forwarded`".to_owned())
    }
}

impl Value for Fulfilment {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "direct" => Ok(Self::Direct),
            "hub" => Ok(Self::Hub),
            _ => Err("must be `direct` or `hub`".to_owned()),
        }
    }
}

impl Value for TwoFactorRule {
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "must be `none`, `admins` or `members`".to_owned())
    }
}

impl Value for TaxCollector {
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "must be `vendor` or `marketplace`".to_owned())
    }
}

/// `on` or `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Switch(pub(crate) bool);

impl Value for Switch {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "on" => Ok(Self(true)),
            "off" => Ok(Self(false)),
            _ => Err("must be `on` or `off`".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_refused() {
        assert!(
            ["", "8080", "host", ":80", "h:99999", "::1:80", "a b:1"]
                .iter()
                .all(|t| Listen::parse(t).is_err())
        );
        assert!(["", "ftp://x", "https://", "http://a b"].iter().all(|t| PublicUrl::parse(t).is_err()));
        assert!(
            ["mail", "smtp://", "smtp://h:x", "smtp://h?tls=yes"].iter().all(|t| SmtpUrl::parse(t).is_err())
        );
        assert!(["", "Souk", "<>", "a\nb <a@b.c>"].iter().all(|t| MailFrom::parse(t).is_err()));
        assert!(["", "loud", "info,loud", "a=loud"].iter().all(|t| LogFilter::parse(t).is_err()));
        assert!(["", "-1", "0", "1.5", "1e3", "2592001"].iter().all(|t| Seconds::parse(t).is_err()));
    }

    #[test]
    fn what_makes_sense_is_taken() {
        assert!(["127.0.0.1:0", "[::1]:80", "localhost:8080"].iter().all(|t| Listen::parse(t).is_ok()));
        assert!(
            ["smtp://h", "smtp://u:p%40@h:25?tls=required", "smtps://h"]
                .iter()
                .all(|t| SmtpUrl::parse(t).is_ok())
        );
        assert!(["Souk <no-reply@localhost>", "a@b.example"].iter().all(|t| MailFrom::parse(t).is_ok()));
        assert!(["info", "warn,souk_web=debug"].iter().all(|t| LogFilter::parse(t).is_ok()));
        assert_eq!(PublicUrl::parse("https://shop.example/").unwrap().0, "https://shop.example");
    }
}
