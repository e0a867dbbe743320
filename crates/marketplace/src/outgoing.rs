//! Requests to addresses that somebody else chose: of images that a file names.
//!
//! A server stands inside a network, and who makes it fetch an address looks through its eyes. So names are
//! resolved here, addresses that are not of the public internet are dropped before they are connected to
//! (on every redirect anew: what is connected to is what was checked), and answers are bounded in bytes and
//! in time.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, Response, StatusCode};
use url::{Host, Url};

use crate::requests::{self, LazyClient, Unread};
use crate::states::states;

states! {
    /// Which addresses may be fetched.
    pub enum Reach {
        /// None.
        Off = "off",
        /// Those of the public internet.
        Public = "public",
        /// Also those of private networks and of this machine: for tests.
        Anywhere = "anywhere",
    }
}

/// Redirects that are followed.
const MAX_REDIRECTS: usize = 5;

/// Why something was not fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// It will never be, or not by us.
    #[error("{0}")]
    Refused(String),
    /// It may be another time.
    #[error("{0}")]
    Failed(String),
}

/// Fetches addresses that somebody else chose. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Outgoing {
    reach: Reach,
    client: LazyClient,
}

impl Outgoing {
    /// Fetches addresses within reach.
    pub fn new(reach: Reach) -> Self {
        Self { reach, client: LazyClient::default() }
    }

    /// Whether anything is fetched at all.
    pub fn is_on(&self) -> bool {
        self.reach != Reach::Off
    }

    /// What is at an address, when it has at most so many bytes.
    pub async fn fetch(&self, url: &str, most: usize) -> Result<Vec<u8>, FetchError> {
        let url = Url::parse(url).map_err(|error| FetchError::Refused(error.to_string()))?;
        check(&url, self.reach).map_err(|why| FetchError::Refused(why.to_string()))?;
        let answer = self.client()?.get(url).send().await.map_err(|error| explain(&error))?;
        match answer.status() {
            StatusCode::OK => {}
            status
            @ (StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS) => {
                return Err(FetchError::Failed(format!("the server answered {status}")));
            }
            status if status.is_server_error() => {
                return Err(FetchError::Failed(format!("the server answered {status}")));
            }
            status => return Err(FetchError::Refused(format!("the server answered {status}"))),
        }
        read(answer, most).await
    }

    fn client(&self) -> Result<&Client, FetchError> {
        let reach = self.reach;
        let made = self.client.get(|builder| {
            builder
                .dns_resolver(Guarded { reach })
                .redirect(Policy::custom(move |attempt| follow(attempt, reach)))
                .referer(false)
        });
        made.map_err(|error| explain(&error))
    }
}

async fn read(answer: Response, most: usize) -> Result<Vec<u8>, FetchError> {
    requests::read(answer, most).await.map_err(|why| match why {
        Unread::TooLong => FetchError::Refused(format!("it has more than {most} bytes")),
        Unread::Broken(error) => explain(&error),
    })
}

fn follow(attempt: Attempt<'_>, reach: Reach) -> reqwest::redirect::Action {
    if attempt.previous().len() > MAX_REDIRECTS {
        return attempt.error(OutOfReach("it redirects too often"));
    }
    match check(attempt.url(), reach) {
        Ok(()) => attempt.follow(),
        Err(why) => attempt.error(why),
    }
}

/// An address that is not fetched.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{0}")]
struct OutOfReach(&'static str);

const NOT_PUBLIC: OutOfReach = OutOfReach("the address is not of the public internet");

/// Refuses what can be told of an address before its name is resolved.
fn check(url: &Url, reach: Reach) -> Result<(), OutOfReach> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(OutOfReach("the address is not of the web"));
    }
    let number = match url.host() {
        None => return Err(OutOfReach("the address has no host")),
        Some(Host::Domain(_)) => None,
        Some(Host::Ipv4(number)) => Some(IpAddr::V4(number)),
        Some(Host::Ipv6(number)) => Some(IpAddr::V6(number)),
    };
    match number {
        Some(number) if !may_connect(number, reach) => Err(NOT_PUBLIC),
        _ => Ok(()),
    }
}

/// Resolves names to addresses within reach, or not at all.
struct Guarded {
    reach: Reach,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.reach;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let within: Vec<SocketAddr> =
                found.into_iter().filter(|address| may_connect(address.ip(), reach)).collect();
            if within.is_empty() {
                return Err(NOT_PUBLIC.into());
            }
            Ok(Box::new(within.into_iter()) as Addrs)
        })
    }
}

fn may_connect(number: IpAddr, reach: Reach) -> bool {
    match reach {
        Reach::Off => false,
        Reach::Public => is_public(number),
        Reach::Anywhere => true,
    }
}

/// Whether a number is of the public internet: the special ranges of IANA's registries are not.
fn is_public(number: IpAddr) -> bool {
    match number {
        IpAddr::V4(number) => is_public_v4(number),
        IpAddr::V6(number) => is_public_v6(number),
    }
}

fn is_public_v4(number: Ipv4Addr) -> bool {
    let [a, b, c, _] = number.octets();
    let is_special = number.is_private()
        || number.is_loopback()
        || number.is_link_local()
        || number.is_documentation()
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b))
        || a >= 224;
    !is_special
}

fn is_public_v6(number: Ipv6Addr) -> bool {
    if let Some(mapped) = number.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let parts = number.segments();
    let second = parts[1];
    let inner = |high: u16, low: u16| {
        let (high, low) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(high[0], high[1], low[0], low[1]))
    };
    match parts[0] {
        // NAT64 carries a number of the older kind, as does 6to4.
        0x64 if second == 0xff9b && parts[2..6] == [0; 4] => inner(parts[6], parts[7]),
        0x2002 => inner(second, parts[2]),
        // Protocol assignments (Teredo among them) and documentation.
        0x2001 if second < 0x200 || second == 0xdb8 => false,
        0x3fff if second < 0x1000 => false,
        first => (0x2000..0x4000).contains(&first),
    }
}

/// What went wrong, in words that show nothing of our network.
fn explain(error: &reqwest::Error) -> FetchError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(found) = cause {
        if let Some(refused) = found.downcast_ref::<OutOfReach>() {
            return FetchError::Refused(refused.to_string());
        }
        cause = found.source();
    }
    let why = match error {
        error if error.is_timeout() => "the server takes too long",
        error if error.is_connect() => "the server can't be reached",
        error if error.is_redirect() => "the server redirects badly",
        _ => "the server broke the connection off",
    };
    FetchError::Failed(why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_public() {
        for public in
            ["1.1.1.1", "100.128.0.1", "172.32.0.1", "192.0.1.1", "2606:4700::1111", "64:ff9b::808:808"]
        {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for other in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.168.0.1",
            "198.18.0.1",
            "198.51.100.7",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(other.parse().unwrap()), "{other}");
        }
    }

    #[test]
    fn addresses_are_judged_before_they_are_fetched() {
        let judged = |text: &str, reach| check(&Url::parse(text).unwrap(), reach).is_ok();
        assert!(judged("https://example.com/a.jpg", Reach::Public));
        for bad in [
            "ftp://example.com/",
            "file:///etc/passwd",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f.1/",
        ] {
            assert!(!judged(bad, Reach::Public), "{bad}");
        }
        assert!(judged("http://127.0.0.1:8080/", Reach::Anywhere));
        assert!(!judged("http://127.0.0.1:8080/", Reach::Off));
    }

    #[tokio::test]
    async fn names_that_lead_inside_are_refused() {
        let outgoing = Outgoing::new(Reach::Public);
        for url in
            ["http://localhost:9/x.jpg", "http://127.0.0.1:9/", "http://[::1]:9/", "http://169.254.169.254/"]
        {
            let why = outgoing.fetch(url, 10).await.unwrap_err();
            assert_eq!(why, FetchError::Refused(NOT_PUBLIC.to_string()), "{url}");
        }
    }
}
