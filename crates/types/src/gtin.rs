//! Global Trade Item Numbers.

use std::str::FromStr;

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::{Serialize, Serializer};

use crate::{FieldErrors, input};

/// A GTIN-8, GTIN-12 (UPC), GTIN-13 (EAN, ISBN) or GTIN-14, whose check digit is right.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Gtin(String);

/// Why a text is no GTIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAGtin {
    /// Other characters, or another number of digits.
    #[error("a GTIN has 8, 12, 13 or 14 digits")]
    Form,
    /// A digit is wrong, or two changed places.
    #[error("the check digit is wrong: a digit is mistyped")]
    CheckDigit,
}

impl Gtin {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Gtin {
    type Err = NotAGtin;

    /// From the right, every second digit counts three times; all together are a multiple of ten
    /// (GS1 General Specifications, 7.9).
    fn from_str(text: &str) -> Result<Self, NotAGtin> {
        let digits = text.trim();
        if !matches!(digits.len(), 8 | 12 | 13 | 14) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotAGtin::Form);
        }
        let weighed =
            |(place, byte): (usize, u8)| u32::from(byte - b'0') * if place % 2 == 1 { 3 } else { 1 };
        let sum: u32 = digits.bytes().rev().enumerate().map(weighed).sum();
        if sum.is_multiple_of(10) { Ok(Self(digits.to_owned())) } else { Err(NotAGtin::CheckDigit) }
    }
}

impl Serialize for Gtin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Deserr<FieldErrors> for Gtin {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        let text = input::string(value, location)?;
        text.parse().map_err(|error: NotAGtin| FieldErrors::at(location, "malformed", error.to_string()))
    }
}
input::describe!(Gtin as string, max 14, pattern r"^([0-9]{8}|[0-9]{12,14})$", example "4006381333931");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_of_real_goods_are_right() {
        for good in ["4006381333931", "036000291452", "96385074", "9780201379624", "10614141000415"] {
            assert_eq!(good.parse::<Gtin>().map(|gtin| gtin.as_str().to_owned()), Ok(good.to_owned()));
        }
        for form in ["", "123", "40063813339310", "400638133393a", "４００６３８１３３３９３１"]
        {
            assert!(form.parse::<Gtin>().is_err(), "{form}");
        }
        assert_eq!("123456789".parse::<Gtin>(), Err(NotAGtin::Form));
        assert_eq!("4006381333932".parse::<Gtin>(), Err(NotAGtin::CheckDigit));
    }

    proptest! {
        /// One wrong digit is always found.
        #[test]
        fn a_mistyped_digit_is_found(body in "[0-9]{12}", place in 0..13_usize, by in 1..10_u8) {
            let valid = (0..10).find_map(|check| format!("{body}{check}").parse::<Gtin>().ok());
            let valid = valid.expect("one check digit is right");
            let mut digits = valid.as_str().as_bytes().to_vec();
            digits[place] = b'0' + (digits[place] - b'0' + by) % 10;
            let mistyped = String::from_utf8(digits).expect("digits");
            prop_assert_eq!(mistyped.parse::<Gtin>(), Err(NotAGtin::CheckDigit));
        }
    }
}
