//! Slowing down who tries too often, and showing in the answer how much is left.

use std::fmt::Write;

use axum::http::{HeaderMap, HeaderValue};
use marketplace::throttle::{self, Rate, Remaining};

use crate::App;
use crate::middleware::request;
use crate::problem::Result;

impl App {
    /// Counts a try of this request by each of `tries` (a rate, and whom it is counted for), and refuses
    /// it as `rate_limited` past the first rate that is used up. The headers `RateLimit` and
    /// `RateLimit-Policy` show what is left, whatever the answer becomes.
    pub async fn throttle(&self, tries: &[(Rate, &str)]) -> Result<()> {
        if !self.market().settings.throttle {
            return Ok(());
        }
        let tries: Vec<(Rate, String)> = tries.iter().map(|(rate, who)| (*rate, (*who).to_owned())).collect();
        let counted = self
            .write_unheard(async move |tx, market| {
                let mut counted = Vec::with_capacity(tries.len());
                for (rate, who) in &tries {
                    let remaining = throttle::count(tx, market, *rate, who).await?;
                    counted.extend(remaining);
                    // Who is refused by one rate does not use up the next: nobody is locked out by a
                    // flood from one address.
                    if remaining.is_some_and(|remaining| remaining.tries < 0) {
                        break;
                    }
                }
                Ok(counted)
            })
            .await?;
        for remaining in &counted {
            request::note_limit(*remaining);
        }
        for remaining in counted {
            remaining.or_refuse()?;
        }
        Ok(())
    }
}

/// Writes the headers `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10): each
/// rate by its name, with its quota and window, and with what remains until when.
pub(crate) fn show(limits: &[Remaining], headers: &mut HeaderMap) {
    if limits.is_empty() {
        return;
    }
    let (mut policies, mut states) = (String::new(), String::new());
    for (place, Remaining { rate, tries, reset_seconds }) in limits.iter().enumerate() {
        let separator = if place == 0 { "" } else { ", " };
        // Writing to a String can't fail.
        let _ = write!(policies, "{separator}\"{}\";q={};w={}", rate.name, rate.tries, rate.seconds);
        let _ = write!(states, "{separator}\"{}\";r={};t={reset_seconds}", rate.name, (*tries).max(0));
    }
    for (name, value) in [("ratelimit-policy", policies), ("ratelimit", states)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headers_are_lists_of_structured_fields() {
        let rate = |name, tries| Rate { name, tries, seconds: 900 };
        let limits = [
            Remaining { rate: rate("login-address", 100), tries: 99, reset_seconds: 900 },
            Remaining { rate: rate("login-account", 10), tries: -1, reset_seconds: 12 },
        ];
        let mut headers = HeaderMap::new();
        show(&limits, &mut headers);
        assert_eq!(
            headers["ratelimit-policy"],
            "\"login-address\";q=100;w=900, \"login-account\";q=10;w=900"
        );
        assert_eq!(headers["ratelimit"], "\"login-address\";r=99;t=900, \"login-account\";r=0;t=12");
    }
}
