//! Whether an event is Stripe's own: the signature of a webhook.
//!
//! As Stripe describes it (<https://docs.stripe.com/webhooks#verify-manually>) and as its libraries check it
//! (`webhook/client.go` of stripe-go): the header is `t=1495999758,v1=…,v1=…,v0=…`; a `v1` is the HMAC-SHA256, by
//! the endpoint's secret, of `t`, a dot and the body's bytes. While a secret is being replaced there is one for
//! each. Other schemes are for tests of Stripe's.

use aws_lc_rs::hmac;
use data_encoding::HEXLOWER_PERMISSIVE;
use types::Timestamp;

/// How far the time of a signature may be from ours, in seconds, both ways.
const TOLERANCE: i64 = 300;

/// Why an event is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    /// There is none, or it is not one.
    #[error("send Stripe's signature in the header `Stripe-Signature`")]
    Missing,
    /// None of the signatures is by our secret.
    #[error("the signature is not by this endpoint's secret, or not of this body")]
    Wrong,
    /// It was signed too long ago, or not yet.
    #[error("it was not signed within the last five minutes by this server's clock")]
    Untimely,
}

/// Checks that `body` was signed by `secret` just now.
pub(super) fn check(secret: &str, header: &str, body: &[u8], now: Timestamp) -> Result<(), BadSignature> {
    let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let time = parts().find(|(name, _)| *name == "t").map(|(_, time)| time).ok_or(BadSignature::Missing)?;
    let signed_at: i64 = time.parse().map_err(|_| BadSignature::Missing)?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let message = [time.as_bytes(), b".", body].concat();
    let read = |(_, hex): (&str, &str)| HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok();
    let mut signatures = parts().filter(|(name, _)| *name == "v1").filter_map(read).peekable();
    if signatures.peek().is_none() {
        return Err(BadSignature::Missing);
    }
    // Compares in constant time.
    if !signatures.any(|signature| hmac::verify(&key, &message, &signature).is_ok()) {
        return Err(BadSignature::Wrong);
    }
    let apart = now.as_seconds().saturating_sub(signed_at).saturating_abs();
    if apart > TOLERANCE { Err(BadSignature::Untimely) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_test";
    const BODY: &[u8] = br#"{"id": "evt_1"}"#;

    fn sign(secret: &str, time: i64, body: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let tag = hmac::sign(&key, &[time.to_string().as_bytes(), b".", body].concat());
        HEXLOWER_PERMISSIVE.encode(tag.as_ref())
    }

    fn checked(header: &str, body: &[u8]) -> Result<(), BadSignature> {
        check(SECRET, header, body, Timestamp::from_micros(1_000_000_000_000))
    }

    #[test]
    fn only_a_fresh_signature_of_this_body_is_good() {
        let good = sign(SECRET, 1_000_000, BODY);
        let other = sign("whsec_other", 1_000_000, BODY);
        assert_eq!(checked(&format!("t=1000000,v1={good}"), BODY), Ok(()));
        assert_eq!(checked(&format!("t=1000000,v1={other},v1={good},v0=00"), BODY), Ok(()), "a new secret");
        assert_eq!(checked(&format!("t=1000000,v1={other}"), BODY), Err(BadSignature::Wrong));
        assert_eq!(checked(&format!("t=1000000,v1={good}"), b"{}"), Err(BadSignature::Wrong));
        assert_eq!(checked(&format!("t=1000001,v1={good}"), BODY), Err(BadSignature::Wrong));
        assert_eq!(checked(&format!("t=1000000,v0={good}"), BODY), Err(BadSignature::Missing));
        for nothing in
            ["", "t=1000000", "v1=00", "t=x,v1=00", "t=1000000,v1=0", "t=1000000,v1=\u{fc}\u{fc}", ",,=,"]
        {
            assert_eq!(checked(nothing, BODY), Err(BadSignature::Missing), "{nothing}");
        }
    }

    #[test]
    fn a_signature_is_good_for_five_minutes_both_ways() {
        for (time, expected) in [
            (999_700, Ok(())),
            (1_000_300, Ok(())),
            (999_699, Err(BadSignature::Untimely)),
            (1_000_301, Err(BadSignature::Untimely)),
            (i64::MIN, Err(BadSignature::Untimely)),
        ] {
            assert_eq!(
                checked(&format!("t={time},v1={}", sign(SECRET, time, BODY)), BODY),
                expected,
                "{time}"
            );
        }
    }
}
