//! The types of the settings: how each is read from its text, and how it may be shown.

use std::path::{Path, PathBuf};

use marketplace::mail;
use marketplace::outgoing::Reach;
use marketplace::settings::{Fulfilment, ProxyHeader, TaxCollector, TwoFactorRule};
use tracing_subscriber::EnvFilter;
use types::{Currency, Network};

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

/// `host:port` to listen on.
#[derive(Debug, Clone)]
pub(crate) struct Listen {
    host: String,
    port: u16,
}

impl Listen {
    /// As the resolver takes it.
    pub(crate) fn address(&self) -> (&str, u16) {
        (self.host.trim_start_matches('[').trim_end_matches(']'), self.port)
    }

    /// The address that a browser on this machine would use, with the port that was really taken.
    pub(crate) fn url(&self, port: u16) -> String {
        let host = match self.host.as_str() {
            "0.0.0.0" | "[::]" => "localhost",
            host => host,
        };
        format!("http://{host}:{port}")
    }

    /// The configured port.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }
}

impl std::fmt::Display for Listen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Value for Listen {
    fn parse(text: &str) -> Result<Self, String> {
        let (host, port) = text.rsplit_once(':').ok_or("must be `host:port`, such as `127.0.0.1:8080`")?;
        let port = port.parse().map_err(|_| "the port must be a number from 0 to 65535")?;
        let is_bare_ipv6 = host.contains(':') && !(host.starts_with('[') && host.ends_with(']'));
        if host.is_empty() || host.contains(char::is_whitespace) || is_bare_ipv6 {
            return Err("the host must be a name or an address (IPv6 in brackets)".to_owned());
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

/// The address of the marketplace in links, without a slash at the end.
#[derive(Debug, Clone)]
pub(crate) struct PublicUrl(pub(crate) String);

impl Value for PublicUrl {
    fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim_end_matches('/');
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        match rest {
            Some(host) if !host.is_empty() && !host.contains([' ', '?', '#', '@', '"', '<', '>']) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err("must be an address such as `https://shop.example`".to_owned()),
        }
    }
}

/// A bucket and the folder in it: `s3://bucket/folder`.
#[derive(Debug, Clone)]
pub(crate) struct BucketUrl {
    pub(crate) bucket: String,
    pub(crate) folder: String,
}

impl Value for BucketUrl {
    fn parse(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix("s3://").ok_or("must begin with `s3://`")?;
        let (bucket, folder) = rest.split_once('/').unwrap_or((rest, ""));
        let is_name = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._/".contains(&b));
        if bucket.is_empty() || !is_name(bucket) || !is_name(folder) {
            return Err("must be `s3://bucket` or `s3://bucket/folder`".to_owned());
        }
        Ok(Self { bucket: bucket.to_owned(), folder: folder.trim_matches('/').to_owned() })
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

/// What nobody else may see.
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Value for Secret {
    fn parse(text: &str) -> Result<Self, String> {
        Word::parse(text).map(|word| Self(word.0))
    }

    fn shown(_: &str) -> String {
        "***".to_owned()
    }
}

/// A folder.
#[derive(Debug, Clone)]
pub(crate) struct DataDir(PathBuf);

impl DataDir {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }
}

impl Value for DataDir {
    fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() { Err("must not be empty".to_owned()) } else { Ok(Self(text.into())) }
    }
}

/// Where the database is; may hold a password.
#[derive(Clone)]
pub(crate) struct DatabaseUrl(pub(crate) String);

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&without_secrets(&self.0))
    }
}

impl Value for DatabaseUrl {
    fn parse(text: &str) -> Result<Self, String> {
        let rest = ["sqlite://", "postgres://", "postgresql://"]
            .iter()
            .find_map(|scheme| text.strip_prefix(scheme))
            .ok_or("must begin with `sqlite://` or `postgres://`")?;
        if rest.is_empty() {
            return Err("must name a file or a server".to_owned());
        }
        Ok(Self(text.to_owned()))
    }

    fn shown(text: &str) -> String {
        without_secrets(text)
    }
}

/// Where mails are handed over; may hold a password.
#[derive(Clone)]
pub(crate) struct SmtpUrl(pub(crate) String);

impl std::fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&without_secrets(&self.0))
    }
}

impl Value for SmtpUrl {
    fn parse(text: &str) -> Result<Self, String> {
        mail::check_server(text).map_err(|reason| format!("can't be used: {reason}"))?;
        Ok(Self(text.to_owned()))
    }

    fn shown(text: &str) -> String {
        without_secrets(text)
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

/// Blocks of addresses, separated by commas.
#[derive(Debug, Clone)]
pub(crate) struct Networks(pub(crate) Vec<Network>);

impl Value for Networks {
    fn parse(text: &str) -> Result<Self, String> {
        let blocks = text.split(',').map(|block| block.trim().parse());
        blocks
            .collect::<Result<_, _>>()
            .map(Self)
            .map_err(|_| "must be blocks of addresses like `127.0.0.1, 10.0.0.0/8`".to_owned())
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

/// What the key of the vault is made of.
#[derive(Clone)]
pub(crate) struct VaultKey(pub(crate) String);

impl std::fmt::Debug for VaultKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VaultKey(…)")
    }
}

impl Value for VaultKey {
    fn parse(text: &str) -> Result<Self, String> {
        const SHORTEST: usize = 32;
        if text.chars().count() < SHORTEST {
            return Err(format!("must have at least {SHORTEST} characters, made at random"));
        }
        Ok(Self(text.to_owned()))
    }

    fn shown(_: &str) -> String {
        "***".to_owned()
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

/// What is logged.
#[derive(Debug, Clone)]
pub(crate) struct LogFilter(pub(crate) String);

impl Value for LogFilter {
    fn parse(text: &str) -> Result<Self, String> {
        const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];
        // The library takes a misspelt level for the name of a module.
        let is_level = |part: &str| LEVELS.contains(&part.to_ascii_lowercase().as_str());
        let directives = || text.split(',').map(str::trim);
        if directives().any(|part| !part.contains(['=', '[']) && !is_level(part)) {
            return Err(format!(
                "must be one of {}, or levels by module (`souk_web=debug`)",
                LEVELS.join(", ")
            ));
        }
        EnvFilter::try_new(text).map_err(|error| format!("is no filter of the log: {error}"))?;
        Ok(Self(text.to_owned()))
    }
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

impl Value for LogFormat {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("must be `text` or `json`".to_owned()),
        }
    }
}

/// A URL with `***` for the password, in the address and among the options.
pub(crate) fn without_secrets(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "***".to_owned() };
    if scheme == "sqlite" {
        return url.to_owned();
    }
    let (address, options) = match rest.split_once('?') {
        Some((address, options)) => (address, Some(options)),
        None => (rest, None),
    };
    let address = match address.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((user, _)) => format!("{user}:***@{host}"),
            None => format!("{user}@{host}"),
        },
        None => address.to_owned(),
    };
    let options = options.map(|options| {
        let shown: Vec<String> = options.split('&').map(without_secret_option).collect();
        format!("?{}", shown.join("&"))
    });
    format!("{scheme}://{address}{}", options.unwrap_or_default())
}

fn without_secret_option(option: &str) -> String {
    let name = option.split('=').next().unwrap_or_default();
    let is_secret = ["pass", "secret", "key", "token"].iter().any(|word| name.to_lowercase().contains(word));
    if is_secret { format!("{name}=***") } else { option.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            ("postgres://souk:s3cr:et@db:5432/souk", "postgres://souk:***@db:5432/souk"),
            ("postgres://souk:p@ss@db/souk?sslmode=require", "postgres://souk:***@db/souk?sslmode=require"),
            ("postgres://db/souk?user=a&password=s3cret", "postgres://db/souk?user=a&password=***"),
            ("smtp://me:s3cret@mail:587?tls=required", "smtp://me:***@mail:587?tls=required"),
            ("smtp://mail:25", "smtp://mail:25"),
            ("s3cret", "***"),
        ] {
            assert_eq!(without_secrets(url), shown);
        }
    }

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
