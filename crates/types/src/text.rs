//! Texts with limits.

use std::fmt;
use std::str::FromStr;

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{FieldErrors, input};

/// Why a text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing that can be seen.
    #[error("must not be empty")]
    Empty,
    /// More characters than allowed.
    #[error("must have at most {0} characters")]
    TooLong(usize),
    /// Fewer characters than allowed.
    #[error("must have at least {0} characters")]
    TooShort(usize),
    /// A password that everybody tries first.
    #[error("is one of the most common passwords")]
    TooCommon,
    /// A character that can't be shown or would break what it is put into.
    #[error("contains a character that is not allowed")]
    Character,
}

impl TextError {
    /// The stable code of the mistake.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "required",
            Self::TooLong(_) => "too_long",
            Self::TooShort(_) => "too_short",
            Self::TooCommon => "too_common",
            Self::Character => "not_allowed",
        }
    }

    pub(crate) fn at(self, location: ValuePointerRef<'_>) -> FieldErrors {
        FieldErrors::at(location, self.code(), self.to_string())
    }
}

fn check(text: &str, max: usize, allowed: impl Fn(char) -> bool) -> Result<String, TextError> {
    let text = text.trim();
    if text.chars().all(|c| c.is_whitespace() || is_invisible(c)) {
        return Err(TextError::Empty);
    }
    if text.chars().count() > max {
        return Err(TextError::TooLong(max));
    }
    if !text.chars().all(allowed) {
        return Err(TextError::Character);
    }
    Ok(text.to_owned())
}

/// Characters that join, part, fill or turn others and show nothing themselves.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}'
    )
}

macro_rules! bounded_text {
    ($(#[$doc:meta])* $name:ident, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name<const MAX: usize>(String);

        impl<const MAX: usize> $name<MAX> {
            /// The text, without white space around it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
            /// The text itself.
            pub fn into_string(self) -> String {
                self.0
            }
        }
        impl<const MAX: usize> FromStr for $name<MAX> {
            type Err = TextError;
            fn from_str(text: &str) -> Result<Self, TextError> {
                check(text, MAX, $allowed).map(Self)
            }
        }
        impl<const MAX: usize> fmt::Display for $name<MAX> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl<const MAX: usize> Serialize for $name<MAX> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
        impl<'de, const MAX: usize> Deserialize<'de> for $name<MAX> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
        impl<const MAX: usize> Deserr<FieldErrors> for $name<MAX> {
            fn deserialize_from_value<V: IntoValue>(
                value: Value<V>,
                location: ValuePointerRef<'_>,
            ) -> Result<Self, FieldErrors> {
                input::string(value, location)?.parse().map_err(|error: TextError| error.at(location))
            }
        }
        input::describe!($name<const MAX: usize> as string, max MAX);
    };
}

bounded_text! {
    /// One line of 1 to `MAX` characters, without control characters: fit for a heading or a mail's header.
    Line, |c| !c.is_control() && c != '\u{2028}' && c != '\u{2029}'
}

bounded_text! {
    /// A text of 1 to `MAX` characters that may have lines, but no other control characters.
    Prose, |c| !c.is_control() || matches!(c, '\n' | '\r' | '\t')
}

/// A seller's own number for what is sold, at most 64 characters.
pub type Sku = Line<64>;

/// A country by its ISO 3166-1 alpha-2 code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Country(String);

/// The 249 codes of ISO 3166-1 alpha-2, two letters each.
const COUNTRIES: &str = "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCO\
CRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRIS\
ITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNR\
NUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZ\
UAUGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTZAZMZW";

impl Country {
    /// The two capital letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Country {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let code = text.trim().to_ascii_uppercase();
        let known = code.len() == 2 && COUNTRIES.as_bytes().chunks(2).any(|known| known == code.as_bytes());
        if known { Ok(Self(code)) } else { Err("not a country of ISO 3166-1 (two letters, such as DE)") }
    }
}

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl Deserr<FieldErrors> for Country {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        let text = input::string(value, location)?;
        text.parse().map_err(|detail: &'static str| FieldErrors::at(location, "not_allowed", detail))
    }
}
input::describe!(Country as string, max 2, example "BR");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_249_countries_in_order() {
        let codes: Vec<_> = COUNTRIES.as_bytes().chunks(2).collect();
        assert_eq!(codes.len(), 249);
        assert!(codes.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn a_line_has_no_control_characters() {
        assert_eq!(" Ana ".parse::<Line<5>>().unwrap().as_str(), "Ana");
        assert_eq!("a\nb".parse::<Line<5>>(), Err(TextError::Character));
        assert_eq!("a\0b".parse::<Prose<5>>(), Err(TextError::Character));
        assert_eq!("éééééé".parse::<Line<5>>(), Err(TextError::TooLong(5)));
        for nothing in ["  ", "\u{200b}", "\u{feff} \u{2060}", "\u{202e}"] {
            assert_eq!(nothing.parse::<Line<5>>(), Err(TextError::Empty), "{nothing:?}");
        }
        assert_eq!("👩\u{200d}🚀".parse::<Line<5>>().unwrap().as_str(), "👩\u{200d}🚀");
    }
}
