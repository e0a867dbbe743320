//! Names in addresses.

use std::fmt;
use std::str::FromStr;

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::{Serialize, Serializer};

use crate::id::Kind;
use crate::{FieldErrors, Id, input};

/// A name fit for an address: lower-case letters and digits in groups joined by hyphens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Slug(String);

impl Slug {
    /// The most characters that a title contributes.
    const MAX: usize = 80;

    /// The slug of a title. Letters of any script stay, in lower case; a title without any gives `x`.
    pub fn from_title(title: &str) -> Self {
        let mut slug = String::new();
        // Accents that are written apart are dropped, as `fold` drops those that are written together.
        let letters = title.chars().filter(|c| !matches!(c, '\u{300}'..='\u{36f}'));
        for c in letters.flat_map(char::to_lowercase).map(fold) {
            if c.is_alphanumeric() {
                slug.push(c);
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
            if slug.chars().count() >= Self::MAX {
                break;
            }
        }
        let slug = slug.trim_end_matches('-');
        Self(if slug.is_empty() { "x".to_owned() } else { slug.to_owned() })
    }

    /// The same slug with a suffix, for when it is taken.
    #[must_use]
    pub fn with_suffix(&self, suffix: &str) -> Self {
        Self(format!("{}-{}", self.0, suffix.to_lowercase()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A slug as somebody chooses it: what a title of the same letters would give.
impl Deserr<FieldErrors> for Slug {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        let text = input::string(value, location)?;
        if text.chars().count() > Self::MAX {
            let detail = format!("must have at most {} characters", Self::MAX);
            return Err(FieldErrors::at(location, "too_long", detail));
        }
        let slug = Self::from_title(&text);
        if slug.as_str() == text {
            Ok(slug)
        } else {
            let detail = "lower-case letters and digits, in groups joined by single hyphens";
            Err(FieldErrors::at(location, "not_allowed", detail))
        }
    }
}
input::describe!(Slug as string, max 80, example "ocean-blue-shirt");

/// The plain letter under the commonest accents of Latin script.
fn fold(c: char) -> char {
    match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => 'e',
        'ì'..='ï' | 'ī' | 'ı' => 'i',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ő' => 'o',
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => 'u',
        'ý' | 'ÿ' => 'y',
        'ś' | 'š' | 'ş' => 's',
        'ź' | 'ż' | 'ž' => 'z',
        'ğ' => 'g',
        'ł' => 'l',
        'đ' | 'ď' => 'd',
        'ř' => 'r',
        'ť' => 't',
        other => other,
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Slug {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A thing named by its identifier or by its slug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdOrSlug<K: Kind> {
    /// By its identifier.
    Id(Id<K>),
    /// By its slug.
    Slug(String),
}

impl<K: Kind> IdOrSlug<K> {
    /// The two ways as the optional parameters of one statement: the identifier, the slug.
    pub fn parts(&self) -> (Option<Id<K>>, Option<&str>) {
        match self {
            Self::Id(id) => (Some(*id), None),
            Self::Slug(slug) => (None, Some(slug)),
        }
    }
}

impl<K: Kind> FromStr for IdOrSlug<K> {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(id) => Ok(Self::Id(id)),
            // A control character is in no slug, and NUL would be an error of PostgreSQL.
            Err(_) if text.is_empty() || text.len() > 1_000 || text.contains(char::is_control) => {
                Err("neither an identifier nor a slug")
            }
            Err(_) => Ok(Self::Slug(text.to_owned())),
        }
    }
}

impl<K: Kind> From<Id<K>> for IdOrSlug<K> {
    fn from(id: Id<K>) -> Self {
        Self::Id(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_slugs() {
        for (title, slug) in [
            ("Ocean Blue Shirt", "ocean-blue-shirt"),
            ("  Café — Olé! ", "cafe-ole"),
            ("قميص أزرق", "قميص-أزرق"),
            ("Cre\u{300}me bru\u{302}le\u{301}e", "creme-brulee"),
            ("!!!", "x"),
            ("a_b/c", "a-b-c"),
        ] {
            assert_eq!(Slug::from_title(title).as_str(), slug);
        }
    }
}
