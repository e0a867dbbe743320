//! `smtp://user:pass@host:587?tls=required`: which server, how, and as whom.

use std::fmt;
use std::str::FromStr;

use lettre::transport::smtp::authentication::Credentials;
use percent_encoding::percent_decode_str;
use url::Url;

/// When the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    /// Never.
    None,
    /// When the server offers it.
    Opportunistic,
    /// Always, begun by `STARTTLS`.
    Required,
    /// From the first byte (`smtps://`).
    Implicit,
}

/// A server to hand mails to. Its `Debug` shows no credentials.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) encryption: Encryption,
    pub(super) credentials: Option<Credentials>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = (&self.host, self.port, self.encryption);
        f.debug_tuple("Server").field(&server).finish()
    }
}

/// An address of a server that can't be used. Says why without quoting it: it can hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct BadUrl(&'static str);

impl FromStr for Server {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, BadUrl> {
        let url =
            Url::parse(text).map_err(|_| BadUrl("not like smtp://user:password@host:587?tls=required"))?;
        let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        let (encryption, usual_port) = match (url.scheme(), tls.as_deref()) {
            ("smtp", None | Some("none")) => (Encryption::None, 25),
            ("smtp", Some("opportunistic")) => (Encryption::Opportunistic, 587),
            ("smtp", Some("required")) => (Encryption::Required, 587),
            ("smtps", None | Some("required")) => (Encryption::Implicit, 465),
            ("smtp" | "smtps", Some(_)) => return Err(BadUrl("tls is one of required, opportunistic, none")),
            _ => return Err(BadUrl("the scheme is smtp or smtps")),
        };
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(BadUrl("there is no host"))?;
        let credentials = match (decode(url.username())?, url.password()) {
            (user, None) if user.is_empty() => None,
            (user, password) => Some(Credentials::new(user, decode(password.unwrap_or_default())?)),
        };
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(usual_port),
            encryption,
            credentials,
        })
    }
}

fn decode(text: &str) -> Result<String, BadUrl> {
    let text = percent_decode_str(text).decode_utf8().map_err(|_| BadUrl("the credentials are not UTF-8"))?;
    Ok(text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_server_and_encryption() {
        let cases = [
            ("smtp://mail.example.com", "mail.example.com", 25, Encryption::None),
            ("smtp://mail.example.com:2525?tls=none", "mail.example.com", 2525, Encryption::None),
            ("smtp://mail.example.com?tls=required", "mail.example.com", 587, Encryption::Required),
            ("smtp://mail.example.com?tls=opportunistic", "mail.example.com", 587, Encryption::Opportunistic),
            ("smtps://mail.example.com", "mail.example.com", 465, Encryption::Implicit),
            ("smtp://[::1]:1025", "::1", 1025, Encryption::None),
        ];
        for (text, host, port, encryption) in cases {
            let server: Server = text.parse().unwrap();
            assert_eq!(
                (server.host.as_str(), server.port, server.encryption),
                (host, port, encryption),
                "{text}"
            );
            assert!(server.credentials.is_none(), "{text}");
        }
    }

    #[test]
    fn credentials_are_decoded_and_never_shown() {
        let server: Server = "smtp://ana%40example.com:p%2Fss@mail.example.com".parse().unwrap();
        let wanted = Credentials::new("ana@example.com".to_owned(), "p/ss".to_owned());
        assert_eq!(server.credentials, Some(wanted));
        let shown = format!("{server:?}");
        assert!(!shown.contains("ana") && !shown.contains("p/ss"), "{shown}");
    }

    #[test]
    fn wrong_addresses_are_refused_without_being_quoted() {
        for text in [
            "",
            "mail:secret",
            "http://a:secret@b",
            "smtp://",
            "smtp://a:secret@b?tls=yes",
            "smtps://b?tls=none",
        ] {
            let error = text.parse::<Server>().unwrap_err().to_string();
            assert!(!error.contains("secret"), "{text}: {error}");
        }
    }
}
