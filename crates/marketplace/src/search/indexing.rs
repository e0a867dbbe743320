//! From a text to the terms that are indexed of it: the parts of compounds and the runs of parts written as
//! one (`WH-1000XM4` is found by `wh1000xm4`, `1000xm4`, `xm4`), stems, and measures.

use std::collections::HashMap;
use std::sync::Arc;

use super::lexicon::says_little;
use super::measures::measure;
use super::words::{Compound, Part, compounds, key, signs, spelled_out, stems};

/// Characters of a term; what is longer is no word.
const LONGEST: usize = 40;

/// Parts of a run that is indexed as one term.
const RUN: usize = 4;

/// Words whose stems are kept while many texts are read.
const KNOWN: usize = 50_000;

/// Words of a name that is looked for as a whole.
pub(super) const NAME_WORDS: usize = 4;

/// Digits of a number that may be written with zeros before it, as GTINs are.
const LONG_NUMBER: usize = 8;

/// Makes the terms of texts; remembers stems, since words repeat.
#[derive(Debug, Default)]
pub(super) struct Indexer {
    known: HashMap<String, Arc<Forms>>,
}

/// Other forms of a word.
#[derive(Debug)]
struct Forms {
    /// Stems, and a spelling without umlauts.
    terms: Vec<String>,
    key: String,
}

/// The terms of a field, with spaces between them, as the index wants it.
#[derive(Debug, Default)]
pub(super) struct Terms(String);

impl Terms {
    fn push(&mut self, term: &str) {
        if term.chars().count() <= LONGEST {
            self.push_whole(term);
        }
    }

    fn push_whole(&mut self, term: &str) {
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        self.0.push_str(term);
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

/// The term for two words that stand side by side, told by their keys.
pub(super) fn pair(one: &str, other: &str) -> String {
    format!("{one}+{other}")
}

/// The term for a whole name, told by the keys of its words.
pub(super) fn whole_name(keys: &[impl AsRef<str>]) -> String {
    let keys: Vec<&str> = keys.iter().map(AsRef::as_ref).collect();
    format!("={}", keys.join("+"))
}

/// A long number without the zeros before it.
pub(super) fn without_zeros(number: &str) -> Option<&str> {
    let rest = number.trim_start_matches('0');
    (number.len() >= LONG_NUMBER && rest.len() < number.len() && !rest.is_empty()).then_some(rest)
}

impl Indexer {
    /// Adds the terms of a text.
    pub(super) fn read(&mut self, text: &str, terms: &mut Terms) {
        self.read_compounds(&compounds(text), terms);
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
        self.read_compounds(&compounds, terms);
        for sign in signs(text) {
            terms.push(&sign);
        }
    }

    /// Adds a term for each two words of a text that stand side by side.
    pub(super) fn read_pairs(&mut self, text: &str, terms: &mut Terms) {
        for two in compounds(text).windows(2) {
            if !two.iter().any(|compound| says_little(&compound.whole())) {
                let term = pair(&self.key_of(&two[0]), &self.key_of(&two[1]));
                terms.push_whole(&term);
            }
        }
    }

    /// Adds the one term for all of a title, when it is no longer than names are.
    pub(super) fn read_whole_title(&mut self, title: &str, terms: &mut Terms) {
        let compounds = compounds(title);
        if (1..=NAME_WORDS).contains(&compounds.len()) {
            let keys: Vec<String> = compounds.iter().map(|compound| self.key_of(compound)).collect();
            terms.push_whole(&whole_name(&keys));
        }
    }

    /// Adds the one term for all of a name, and for each of several that it is made of: `Bags & cases`.
    pub(super) fn read_whole_name(&mut self, name: &str, terms: &mut Terms) {
        // What a slash joins may share the words behind it: `Server/workstation boards` are no servers.
        let separators: &[char] = if name.contains(' ') { &['&', ','] } else { &['/', '&', ','] };
        for name in std::iter::once(name).chain(name.split(separators).filter(|part| *part != name)) {
            let keys: Vec<String> = compounds(name).iter().map(|compound| self.key_of(compound)).collect();
            if !keys.is_empty() {
                terms.push_whole(&whole_name(&keys));
            }
        }
    }

    fn read_compounds(&mut self, compounds: &[Compound], terms: &mut Terms) {
        for (place, compound) in compounds.iter().enumerate() {
            self.read_compound(compound, terms);
            if let Some(measure) = measure(&compounds[place..]) {
                terms.push(&measure.term);
            }
        }
    }

    fn read_compound(&mut self, compound: &Compound, terms: &mut Terms) {
        let parts = compound.parts();
        for first in 0..parts.len() {
            let mut run = String::new();
            for part in parts[first..].iter().take(RUN) {
                run.push_str(&part.folded);
                terms.push(&run);
            }
        }
        if parts.len() > RUN {
            terms.push(&compound.whole());
        }
        for part in parts {
            if part.is_word() {
                for term in &self.forms(part).terms {
                    terms.push(term);
                }
            } else if let Some(number) = without_zeros(&part.folded) {
                terms.push(number);
            }
        }
    }

    fn key_of(&mut self, compound: &Compound) -> String {
        match compound.parts() {
            [part] if part.is_word() => self.forms(part).key.clone(),
            _ => compound.whole(),
        }
    }

    fn forms(&mut self, part: &Part) -> Arc<Forms> {
        if let Some(known) = self.known.get(&part.written) {
            return Arc::clone(known);
        }
        if self.known.len() >= KNOWN {
            self.known.clear();
        }
        let found = stems(&part.written, &part.folded);
        let terms = found.english.into_iter().chain(found.others).chain(spelled_out(&part.written));
        let forms = Arc::new(Forms { terms: terms.collect(), key: key(part) });
        self.known.insert(part.written.clone(), Arc::clone(&forms));
        forms
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
        assert!(terms("0095205603217").contains(&"95205603217".to_owned()));
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
            let stems = other_compound.stems();
            let mut wanted: Vec<String> = stems.english.into_iter().chain(stems.others).collect();
            wanted.push(other_compound.whole());
            let found = terms(one);
            assert!(wanted.iter().any(|term| found.contains(term)), "{one} {found:?}, {other} {wanted:?}");
        }
    }

    #[test]
    fn signs_count_where_there_is_nothing_else() {
        assert!(terms("100%").contains(&"%".to_owned()));
    }

    #[test]
    fn names_and_neighbours_are_terms_of_their_own() {
        let read = |read: fn(&mut Indexer, &str, &mut Terms), text: &str| {
            let mut terms = Terms::default();
            read(&mut Indexer::default(), text, &mut terms);
            terms.as_str().to_owned()
        };
        assert_eq!(read(Indexer::read_pairs, "Ink cartridges for HP printers"), "ink+cartridg hp+printer");
        assert_eq!(read(Indexer::read_whole_name, "Toner cartridges"), "=toner+cartridg");
        assert_eq!(read(Indexer::read_whole_name, "Bags & cases"), "=bag+case =bag =case");
        assert_eq!(read(Indexer::read_whole_name, "Server/desktop boards"), "=serverdesktop+board");
        assert_eq!(read(Indexer::read_whole_name, ""), "");
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in ".{0,200}") {
            let mut terms = Terms::default();
            Indexer::default().read_name(&text, &mut terms);
            Indexer::default().read_pairs(&text, &mut terms);
            Indexer::default().read_whole_name(&text, &mut terms);
        }
    }
}
