//! Where a request comes from, when reverse proxies stand in between.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, header};
use marketplace::Settings;
use marketplace::settings::ProxyHeader;

/// The longest `User-Agent` that is kept, in characters.
const LONGEST_AGENT: usize = 200;

/// The client's address: of the peer and the hops that the trusted proxies tell of, the last that is none of
/// them. What stands before it anybody could have written.
pub(crate) fn address(extensions: &Extensions, headers: &HeaderMap, settings: &Settings) -> Option<IpAddr> {
    let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
    let mut client = peer.ip().to_canonical();
    let is_trusted = |address: IpAddr| settings.trusted_proxies.iter().any(|block| block.contains(address));
    if !is_trusted(client) {
        return Some(client);
    }
    let (name, read): (_, fn(&str) -> Option<IpAddr>) = match settings.proxy_header {
        ProxyHeader::XForwardedFor => ("x-forwarded-for", node),
        ProxyHeader::Forwarded => (header::FORWARDED.as_str(), forwarded_for),
    };
    for hop in hops(headers, name).into_iter().rev() {
        // A proxy that hides whom it was asked by stands for them.
        let Some(hop) = read(hop) else { break };
        client = hop.to_canonical();
        if !is_trusted(client) {
            break;
        }
    }
    Some(client)
}

/// The entries of a list header, over all its lines, in order. One that is no text ends the way back.
fn hops<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    let lines = headers.get_all(name).into_iter().map(|line| line.to_str().unwrap_or_default());
    lines.flat_map(|line| line.split(',')).map(str::trim).collect()
}

/// The `for` of an element of `Forwarded`: `for="[2001:db8::1]:4711";proto=https`.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| name.eq_ignore_ascii_case("for")).and_then(|(_, value)| node(value))
}

/// An address, perhaps quoted, in brackets, or with a port.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse().ok().map(|address: SocketAddr| address.ip()))
}

/// What the client calls itself.
pub(crate) fn user_agent(headers: &HeaderMap) -> Option<String> {
    let agent = headers.get(header::USER_AGENT)?.to_str().ok()?;
    Some(agent.chars().filter(|c| !c.is_control()).take(LONGEST_AGENT).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_read_in_all_their_forms() {
        let v6 = "2001:db8::1".parse().ok();
        for (text, expected) in [
            ("192.0.2.7", "192.0.2.7".parse().ok()),
            ("192.0.2.7:4711", "192.0.2.7".parse().ok()),
            ("2001:db8::1", v6),
            ("\"[2001:db8::1]:4711\"", v6),
            ("[2001:db8::1]", v6),
            ("unknown", None),
            ("_hidden", None),
            ("", None),
        ] {
            assert_eq!(node(text), expected, "{text}");
        }
        assert_eq!(forwarded_for("proto=https; For=\"[2001:db8::1]:80\";by=1.2.3.4"), v6);
        assert_eq!(forwarded_for("by=1.2.3.4"), None);
    }
}
