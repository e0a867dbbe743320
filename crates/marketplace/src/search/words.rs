//! From a text to what is indexed of it, and to what is looked for.
//!
//! A text is cut into compounds at white space and at what separates, a compound into parts at hyphens and
//! the like and between letters and digits. What is indexed are the parts and the runs of parts written as
//! one (`WH-1000XM4` is found by `wh1000xm4`, `1000xm4`, `xm4`), without accents, and the stems of words in
//! five languages side by side: nobody says in which language a title is.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use frostem::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Characters of a term; what is longer is no word.
const LONGEST: usize = 40;

/// Parts of a run that is indexed as one term.
const RUN: usize = 4;

/// Words whose stems are kept while many texts are read.
const KNOWN: usize = 50_000;

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
struct Part {
    /// In lower case, with its accents: what stemmers read.
    written: String,
    folded: String,
}

impl Part {
    fn is_word(&self) -> bool {
        !self.folded.starts_with(|c: char| c.is_numeric())
    }
}

impl Compound {
    /// Its parts, folded.
    pub(super) fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|part| part.folded.as_str())
    }

    /// All parts written as one.
    pub(super) fn whole(&self) -> String {
        self.parts().collect()
    }

    /// Whether it is a single word.
    pub(super) fn is_word(&self) -> bool {
        matches!(self.0.as_slice(), [part] if part.is_word())
    }

    /// Each of its parts by itself.
    pub(super) fn apart(&self) -> impl Iterator<Item = Self> {
        self.0.iter().map(|part| Self(vec![part.clone()]))
    }

    /// The stems of a single word: the English one first, none of them twice or the word itself.
    pub(super) fn stems(&self) -> Vec<String> {
        match self.0.as_slice() {
            [part] if part.is_word() => stems(&part.written, &part.folded),
            _ => Vec::new(),
        }
    }

    fn has_digit(&self) -> bool {
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
    if word.is_ascii() {
        let letters = word.bytes().filter(u8::is_ascii_alphanumeric);
        return letters.map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    }
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

fn stems(written: &str, folded: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for stemmer in STEMMERS.iter() {
        for form in [written, folded] {
            let stem = fold(&stemmer.stem(form));
            if !stem.is_empty() && stem != folded && !found.contains(&stem) {
                found.push(stem);
            }
        }
    }
    found
}

/// `schön` as those write it who have no `ö`.
fn spelled_out(written: &str) -> Option<String> {
    if !written.contains(['ä', 'ö', 'ü']) {
        return None;
    }
    Some(fold(&written.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue")))
}

/// Makes the terms of texts; remembers stems, since words repeat.
#[derive(Debug, Default)]
pub(super) struct Indexer {
    known: HashMap<String, Arc<[String]>>,
}

/// The terms of a field, with spaces between them, as the index wants it.
#[derive(Debug, Default)]
pub(super) struct Terms(String);

impl Terms {
    fn push(&mut self, term: &str) {
        if term.chars().count() <= LONGEST {
            if !self.0.is_empty() {
                self.0.push(' ');
            }
            self.0.push_str(term);
        }
    }

    /// Adds the terms of another text.
    pub(super) fn add(&mut self, others: &Self) {
        if !self.0.is_empty() && !others.0.is_empty() {
            self.0.push(' ');
        }
        self.0.push_str(&others.0);
    }

    /// The text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Indexer {
    /// Adds the terms of a text.
    pub(super) fn read(&mut self, text: &str, terms: &mut Terms) {
        for compound in compounds(text) {
            self.read_compound(&compound, terms);
        }
    }

    /// Adds the terms of a short text that names something: those of neighbours written as one, where
    /// digits are about (`EOS 5D`), and its signs as well.
    pub(super) fn read_name(&mut self, text: &str, terms: &mut Terms) {
        let compounds = compounds(text);
        for pair in compounds.windows(2) {
            if pair[0].has_digit() || pair[1].has_digit() {
                terms.push(&format!("{}{}", pair[0].whole(), pair[1].whole()));
            }
        }
        for compound in &compounds {
            self.read_compound(compound, terms);
        }
        for sign in signs(text) {
            terms.push(&sign);
        }
    }

    fn read_compound(&mut self, Compound(parts): &Compound, terms: &mut Terms) {
        for first in 0..parts.len() {
            let mut run = String::new();
            for part in parts[first..].iter().take(RUN) {
                run.push_str(&part.folded);
                terms.push(&run);
            }
        }
        if parts.len() > RUN {
            terms.push(&parts.iter().map(|part| part.folded.as_str()).collect::<String>());
        }
        for part in parts.iter().filter(|part| part.is_word()) {
            for stem in self.stems(part).iter() {
                terms.push(stem);
            }
        }
    }

    fn stems(&mut self, part: &Part) -> Arc<[String]> {
        if let Some(known) = self.known.get(&part.written) {
            return Arc::clone(known);
        }
        if self.known.len() >= KNOWN {
            self.known.clear();
        }
        let mut stems = stems(&part.written, &part.folded);
        stems.extend(spelled_out(&part.written));
        let stems: Arc<[String]> = stems.into();
        self.known.insert(part.written.clone(), Arc::clone(&stems));
        stems
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn terms(text: &str) -> Vec<String> {
        let mut terms = Terms::default();
        Indexer::default().read_name(text, &mut terms);
        terms.as_str().split(' ').map(ToOwned::to_owned).collect()
    }

    #[test]
    fn model_numbers_are_found_however_they_are_written() {
        let found = terms("Sony WH-1000XM4");
        for term in ["sony", "wh", "wh1000xm4", "1000xm4", "xm4", "sonywh1000xm4"] {
            assert!(found.contains(&term.to_owned()), "{term}: {found:?}");
        }
        assert!(terms("EOS 5D").contains(&"eos5d".to_owned()));
        assert!(terms("T-Shirt").contains(&"tshirt".to_owned()));
    }

    #[test]
    fn the_forms_of_a_word_share_a_stem() {
        for (one, other) in [
            ("camera", "cameras"),
            ("battery", "batteries"),
            ("running", "run"),
            ("Kinderschuhe", "Kinderschuh"),
            ("Häuser", "Haus"),
            ("chaussures", "chaussure"),
            ("zapatos", "zapato"),
            ("camisas", "camisa"),
            ("cafés", "cafe"),
            ("SCHÖN", "schoen"),
        ] {
            let other_compound = &compounds(other)[0];
            let mut wanted = other_compound.stems();
            wanted.push(other_compound.whole());
            let found = terms(one);
            assert!(wanted.iter().any(|term| found.contains(term)), "{one} {found:?}, {other} {wanted:?}");
        }
    }

    #[test]
    fn signs_count_where_there_is_nothing_else() {
        assert!(compounds("% \\ !").is_empty());
        assert!(terms("100%").contains(&"%".to_owned()));
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in ".{0,200}") {
            let mut terms = Terms::default();
            Indexer::default().read_name(&text, &mut terms);
            for compound in compounds(&text) {
                prop_assert!(compound.parts().all(|part| !part.is_empty() && !part.contains(' ')));
            }
        }
    }
}
