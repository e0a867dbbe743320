//! What a text is made of.
//!
//! A text is cut into compounds at white space and at what separates, a compound into parts at hyphens and
//! the like and between letters and digits. Accents do not count, and words have stems in five languages side
//! by side: nobody says in which language a title is.

use std::sync::LazyLock;

use frostem::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Letters of another language's stem that says something.
const SHORTEST_STEM: usize = 4;

/// English first: its stems weigh more in a query.
static STEMMERS: LazyLock<[Stemmer; 5]> = LazyLock::new(|| {
    [Algorithm::English, Algorithm::German, Algorithm::French, Algorithm::Spanish, Algorithm::Portuguese]
        .map(Stemmer::new)
});

/// What stands between the spaces of a text, in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Compound(Vec<Part>);

/// A run of letters, or of digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// In lower case, with its accents: what stemmers read.
    pub(super) written: String,
    pub(super) folded: String,
}

impl Part {
    pub(super) fn is_word(&self) -> bool {
        !self.folded.starts_with(|c: char| c.is_numeric())
    }
}

/// The stems of a word, none of them the word itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stems {
    /// The English one, when it is another word.
    pub(super) english: Option<String>,
    /// Those of the other languages.
    pub(super) others: Vec<String>,
}

impl Compound {
    /// Its parts.
    pub(super) fn parts(&self) -> &[Part] {
        &self.0
    }

    /// All parts written as one.
    pub(super) fn whole(&self) -> String {
        self.0.iter().map(|part| part.folded.as_str()).collect()
    }

    /// Whether it is a single word.
    pub(super) fn is_word(&self) -> bool {
        matches!(self.0.as_slice(), [part] if part.is_word())
    }

    /// Whether it has nothing but digits.
    pub(super) fn is_number(&self) -> bool {
        self.0.iter().all(|part| !part.is_word())
    }

    /// Each of its parts by itself.
    pub(super) fn apart(&self) -> impl Iterator<Item = Self> {
        self.0.iter().map(|part| Self(vec![part.clone()]))
    }

    /// It and another one without a space between them.
    pub(super) fn with(&self, other: &Self) -> Self {
        match (self.0.as_slice(), other.0.as_slice()) {
            ([one], [two]) if one.is_word() && two.is_word() => {
                let (written, folded) =
                    (one.written.clone() + &two.written, one.folded.clone() + &two.folded);
                Self(vec![Part { written, folded }])
            }
            (before, behind) => Self([before, behind].concat()),
        }
    }

    /// The stems of a single word; none of what is more.
    pub(super) fn stems(&self) -> Stems {
        match self.0.as_slice() {
            [part] if part.is_word() => stems(&part.written, &part.folded),
            _ => Stems { english: None, others: Vec::new() },
        }
    }

    /// What it has in common with its other forms: the English stem of a single word.
    pub(super) fn key(&self) -> String {
        match self.0.as_slice() {
            [part] if part.is_word() => key(part),
            _ => self.whole(),
        }
    }

    pub(super) fn has_digit(&self) -> bool {
        self.0.iter().any(|part| !part.is_word())
    }
}

/// Whether parts on both sides of it belong together.
fn joins(c: char) -> bool {
    matches!(c, '-' | '_' | '.' | '/' | '\'' | '’' | '&' | '+' | '‑' | '–')
}

/// Scripts that are written without spaces: each character stands for itself.
fn stands_alone(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30FF | 0x3400..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

/// What a sign behind a number stands for.
fn sign_word(c: char) -> Option<&'static str> {
    match c {
        '"' | '″' | '”' => Some("inch"),
        '×' => Some("x"),
        _ => None,
    }
}

/// The compounds of a text.
pub(super) fn compounds(text: &str) -> Vec<Compound> {
    let mut found = Vec::new();
    let mut parts: Vec<Part> = Vec::new();
    let mut written = String::new();
    let end_part = |written: &mut String, parts: &mut Vec<Part>| {
        if !written.is_empty() {
            let written = std::mem::take(written);
            let folded = fold(&written);
            if !folded.is_empty() {
                parts.push(Part { written, folded });
            }
        }
    };
    let mut last: Option<char> = None;
    for c in text.chars().flat_map(char::to_lowercase) {
        if let Some(word) = sign_word(c).filter(|_| last.is_some_and(char::is_numeric)) {
            end_part(&mut written, &mut parts);
            if !parts.is_empty() {
                found.push(Compound(std::mem::take(&mut parts)));
            }
            found.push(Compound(vec![Part { written: word.to_owned(), folded: word.to_owned() }]));
            last = None;
            continue;
        }
        let in_word = c.is_alphanumeric() || is_combining_mark(c);
        if !in_word || stands_alone(c) {
            end_part(&mut written, &mut parts);
            if !joins(c) && !parts.is_empty() {
                found.push(Compound(std::mem::take(&mut parts)));
            }
            if stands_alone(c) && in_word {
                let folded = c.to_string();
                found.push(Compound(vec![Part { written: folded.clone(), folded }]));
            }
            last = None;
            continue;
        }
        if last.is_some_and(|last| last.is_numeric() != c.is_numeric()) && !is_combining_mark(c) {
            end_part(&mut written, &mut parts);
        }
        written.push(c);
        last = Some(c);
    }
    end_part(&mut written, &mut parts);
    if !parts.is_empty() {
        found.push(Compound(parts));
    }
    found
}

/// The signs of a text that are neither letters nor digits: for queries that have nothing else.
pub(super) fn signs(text: &str) -> impl Iterator<Item = String> {
    let is_sign = |c: &char| !c.is_alphanumeric() && !c.is_whitespace() && !c.is_control();
    text.chars().filter(is_sign).map(String::from)
}

/// A word in lower case without accents.
pub(super) fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for c in word.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ł' => folded.push('l'),
            'ı' => folded.push('i'),
            'ـ' => {}
            c if c.is_alphanumeric() => folded.push(c),
            _ => {}
        }
    }
    folded
}

/// The English stem of a word.
pub(super) fn key(part: &Part) -> String {
    let stem = fold(&STEMMERS[0].stem(&part.folded));
    if stem.is_empty() { part.folded.clone() } else { stem }
}

pub(super) fn stems(written: &str, folded: &str) -> Stems {
    let mut english = None;
    let mut others: Vec<String> = Vec::new();
    for (language, stemmer) in STEMMERS.iter().enumerate() {
        for form in [written, folded] {
            let stem = fold(&stemmer.stem(form));
            if stem.is_empty() || stem == folded || english.as_ref() == Some(&stem) || others.contains(&stem)
            {
                continue;
            }
            if language == 0 && english.is_none() {
                english = Some(stem);
            } else if stem.chars().count() >= SHORTEST_STEM {
                others.push(stem);
            }
        }
    }
    Stems { english, others }
}

/// `schön` as those write it who have no `ö`.
pub(super) fn spelled_out(written: &str) -> Option<String> {
    if !written.contains(['ä', 'ö', 'ü']) {
        return None;
    }
    Some(fold(&written.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn signs_behind_numbers_are_words() {
        let wholes = |text: &str| compounds(text).iter().map(Compound::whole).collect::<Vec<_>>();
        assert_eq!(wholes("17\" 1920×1080 \"quoted\""), ["17", "inch", "1920", "x", "1080", "quoted"]);
        assert!(compounds("% \\ !").is_empty());
    }

    #[test]
    fn forms_of_a_word_have_one_key() {
        for (one, other) in [("batteries", "battery"), ("Cartridges", "cartridge"), ("lenses", "lenses")] {
            assert_eq!(compounds(one)[0].key(), compounds(other)[0].key());
        }
        assert_eq!(compounds("WH-1000XM4")[0].key(), "wh1000xm4");
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in ".{0,200}") {
            for compound in compounds(&text) {
                prop_assert!(!compound.parts().is_empty());
                let fits = |part: &Part| !part.folded.is_empty() && !part.folded.contains(' ');
                prop_assert!(compound.parts().iter().all(fits));
            }
        }
    }
}
