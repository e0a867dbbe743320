//! What may hold a secret, and how it is shown without it.

use marketplace::mail;

use super::{Value, Word};

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
}
