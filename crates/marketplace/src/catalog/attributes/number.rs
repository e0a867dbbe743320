//! Decimal numbers of attributes, exact to six places.

use serde::{Serialize, Serializer};

/// A decimal number with at most six places after the point, between a milliard and its negative: what JSON's
/// numbers show exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(i64);

impl Decimal {
    /// The places after the point.
    const PLACES: usize = 6;
    /// Millionths of one.
    const ONE: i64 = 1_000_000;
    /// The largest, in whole ones.
    const MAX: i64 = 1_000_000_000;

    /// A number of millionths that the database kept.
    pub(super) const fn from_millionths(millionths: i64) -> Self {
        Self(millionths)
    }

    /// The number in millionths.
    pub const fn millionths(self) -> i64 {
        self.0
    }

    /// The number that JSON holds, or the code and the sentence of why it is none of these.
    pub(super) fn from_json(number: &serde_json::Number) -> Result<Self, (&'static str, String)> {
        let too_long = || ("not_allowed", format!("at most {} places after the point", Self::PLACES));
        let too_large = || ("too_large", format!("must be between -{0} and {0}", Self::MAX));
        // A float is shown without an exponent, with no more places than it has.
        let text = match number.as_f64() {
            Some(float) if !number.is_i64() && !number.is_u64() => float.to_string(),
            _ => number.to_string(),
        };
        let (sign, digits) = text.strip_prefix('-').map_or((1, text.as_str()), |digits| (-1, digits));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let part = part.trim_end_matches('0');
        if part.len() > Self::PLACES {
            return Err(too_long());
        }
        let whole = whole.parse().ok().filter(|whole: &i64| *whole <= Self::MAX).ok_or_else(too_large)?;
        let part: i64 = format!("{part:0<6}").parse().map_err(|_| too_long())?;
        let millionths = whole * Self::ONE + part;
        if millionths > Self::MAX * Self::ONE {
            return Err(too_large());
        }
        Ok(Self(sign * millionths))
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % Self::ONE == 0 {
            return serializer.serialize_i64(self.0 / Self::ONE);
        }
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, part) = (self.0.abs() / Self::ONE, self.0.abs() % Self::ONE);
        // Fifteen digits: read back, they are shown as they were written.
        let number: f64 = format!("{sign}{whole}.{part:06}").parse().map_err(serde::ser::Error::custom)?;
        serializer.serialize_f64(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(json: &str) -> Result<Decimal, &'static str> {
        let number: serde_json::Number = serde_json::from_str(json).unwrap();
        Decimal::from_json(&number).map_err(|(code, _)| code)
    }

    proptest! {
        /// What is shown is what was given, to the last place.
        #[test]
        fn shown_and_read_back(
            millionths in prop_oneof![-1_000_000_000_000_000_i64..=1_000_000_000_000_000, -100_i64..=100],
        ) {
            let number = Decimal::from_millionths(millionths);
            let shown = serde_json::to_string(&number).unwrap();
            prop_assert_eq!(read(&shown), Ok(number), "{}", shown);
        }
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        assert_eq!(read("15.6").map(Decimal::millionths), Ok(15_600_000));
        assert_eq!(read("-0.000001").map(Decimal::millionths), Ok(-1));
        assert_eq!(read("1.50").map(Decimal::millionths), Ok(1_500_000));
        assert_eq!(read("0.0000001"), Err("not_allowed"));
        assert_eq!(read("0.1234567"), Err("not_allowed"));
        assert_eq!(read("1000000001"), Err("too_large"));
        assert_eq!(read("1000000000.5"), Err("too_large"));
        assert_eq!(read("1e300"), Err("too_large"));
        assert_eq!(read("18446744073709551615"), Err("too_large"));
    }
}
