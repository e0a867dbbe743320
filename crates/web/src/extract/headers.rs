//! Headers with a meaning of ours.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use marketplace::accounts::Client;
use marketplace::idempotency::{Keep, Key};
use types::FieldErrors;

use crate::{App, client};

use crate::problem::Problem;

/// Where a request comes from: the client's address, which only trusted proxies can tell, and the user agent.
#[derive(Debug, Clone)]
pub struct ClientInfo(pub Client);

impl ClientInfo {
    /// The network address, as throttles count it: of IPv6 the network, since whoever has one address
    /// has all 2^64 of it.
    pub fn address(&self) -> String {
        match self.0.address.as_deref().map(str::parse::<IpAddr>) {
            Some(Ok(IpAddr::V6(address))) => match address.to_ipv4_mapped() {
                Some(mapped) => mapped.to_string(),
                None => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).to_string() + "/64",
            },
            Some(Ok(IpAddr::V4(address))) => address.to_string(),
            Some(Err(_)) | None => "unknown".to_owned(),
        }
    }
}

impl FromRequestParts<App> for ClientInfo {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let address = client::address(&parts.extensions, &parts.headers, &app.market().settings);
        let address = address.map(|address| address.to_string());
        Ok(Self(Client { address, user_agent: client::user_agent(&parts.headers) }))
    }
}

/// The `Idempotency-Key` of a request, when it has one.
#[derive(Debug, Clone)]
pub struct IdempotencyKey(pub Option<String>);

impl IdempotencyKey {
    /// The key for a request of `owner` (such as `usr_…`), bound to its method, path and body.
    pub fn bind(self, owner: &str, parts: &[impl AsRef<[u8]>], keep: Keep) -> Option<Key> {
        let parts: Vec<&[u8]> = parts.iter().map(AsRef::as_ref).collect();
        self.0.map(|key| Key::new(owner.to_owned(), key, &parts, keep))
    }
}

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get("idempotency-key") else { return Ok(Self(None)) };
        let key = value.to_str().ok().filter(|key| {
            (1..=255).contains(&key.len()) && key.bytes().all(|byte| (0x20..0x7f).contains(&byte))
        });
        match key {
            Some(key) => Ok(Self(Some(key.to_owned()))),
            None => Err(FieldErrors::one(
                "/Idempotency-Key",
                "malformed",
                "an Idempotency-Key is 1 to 255 printable ASCII characters",
            )
            .into()),
        }
    }
}

/// The `If-Match` of a request, when it has one.
#[derive(Debug, Clone)]
pub struct IfMatch(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(text(&parts.headers, header::IF_MATCH.as_str())))
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        let counted = |address: &str| {
            ClientInfo(Client { address: Some(address.to_owned()), user_agent: None }).address()
        };
        assert_eq!(counted("192.0.2.7"), "192.0.2.7");
        assert_eq!(counted("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(counted("2001:db8:1:2:3:4:5:6"), counted("2001:db8:1:2:ffff::1"));
        assert_ne!(counted("2001:db8:1:2::1"), counted("2001:db8:1:3::1"));
        assert_eq!(ClientInfo(Client::default()).address(), "unknown");
    }
}
