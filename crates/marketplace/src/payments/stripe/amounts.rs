//! Amounts as Stripe counts them, which is not always in the minor unit of ISO 4217.
//!
//! After <https://docs.stripe.com/currencies>, "Minor units in API amounts" and "Special cases".

use types::{Currency, Money};

/// How Stripe counts a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counting {
    /// In the minor unit.
    Minor,
    /// In hundredths of the minor unit: as if there were two more decimals.
    Hundredfold,
    /// In hundreds of the minor unit: without the decimals.
    Hundreds,
    /// In the minor unit, of which Stripe's partners take tens only.
    Tens,
    /// We can't tell.
    Unknown,
}

fn counting(currency: Currency) -> Counting {
    match (currency.code(), currency.decimals()) {
        // "To charge 5 ISK, provide an amount value of 500."
        ("ISK", _) => Counting::Hundredfold,
        // One ariary has five parts, which ISO 4217 writes with two decimals and Stripe not at all.
        ("MGA", _) => Counting::Hundreds,
        // Stripe lists it without decimals, and as a special case with two.
        ("UGX", _) => Counting::Unknown,
        (_, 0 | 2) => Counting::Minor,
        (_, 3) => Counting::Tens,
        _ => Counting::Unknown,
    }
}

/// The amount in Stripe's unit; `None` when it can't be charged as it is.
pub(super) fn to_stripe(amount: Money, currency: Currency) -> Option<i64> {
    let minor = amount.minor();
    match counting(currency) {
        Counting::Minor => Some(minor),
        Counting::Hundredfold => minor.checked_mul(100),
        Counting::Hundreds => (minor % 100 == 0).then_some(minor / 100),
        Counting::Tens => (minor % 10 == 0).then_some(minor),
        Counting::Unknown => None,
    }
}

/// The money that an amount of Stripe's is; `None` when it is none of this currency.
pub(super) fn from_stripe(amount: i64, currency: Currency) -> Option<Money> {
    let minor = match counting(currency) {
        Counting::Minor | Counting::Tens => amount,
        Counting::Hundredfold => (amount % 100 == 0).then_some(amount / 100)?,
        Counting::Hundreds => amount.checked_mul(100)?,
        Counting::Unknown => return None,
    };
    (minor >= 0).then_some(Money::from_minor(minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_currency_is_counted_as_stripe_does() {
        for (code, minor, stripe) in [
            ("USD", 1_000, Some(1_000)),
            ("JPY", 500, Some(500)),
            ("KRW", 500, Some(500)),
            ("ISK", 5, Some(500)),
            ("MGA", 500, Some(5)),
            ("MGA", 520, None),
            ("KWD", 5_120, Some(5_120)),
            ("KWD", 5_124, None),
            ("UGX", 5, None),
            ("CLF", 5, None),
        ] {
            let currency: Currency = code.parse().unwrap();
            let money = Money::from_minor(minor);
            assert_eq!(to_stripe(money, currency), stripe, "{code} {minor}");
            if let Some(stripe) = stripe {
                assert_eq!(from_stripe(stripe, currency), Some(money), "{code} {minor}");
            }
        }
        assert_eq!(from_stripe(550, "ISK".parse().unwrap()), None);
        assert_eq!(from_stripe(-1, "USD".parse().unwrap()), None);
    }
}
