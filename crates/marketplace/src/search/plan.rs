//! From the words of a query to the terms that are looked for.
//!
//! A word stands for itself and for its stems. One that the index does not know stands for those that begin
//! with it, and for those that differ by a slip or two. A plan says which terms these are and how rare they
//! were, so that the pages of a list are ranked alike while the index grows: a cursor carries it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use tantivy::query::FuzzyTermQuery;
use tantivy::schema::Field;
use tantivy::{Searcher, Term};

use super::index::{Fields, failed};
use super::words::{Compound, compounds, signs};
use crate::Result;

/// Words of a query that count; the rest is left out.
const MAX_WORDS: usize = 12;

/// Terms that stand for a word.
const MAX_TERMS: usize = 16;

/// Terms that a beginning may stand for.
const COMPLETIONS: usize = 10;

/// Terms that a misspelled word may stand for.
const CORRECTIONS: usize = 4;

/// Terms that are looked at for a beginning, of each segment.
const LOOKED_AT: usize = 2_000;

/// Letters of a word that may be misspelled once, and twice.
const LETTERS: (usize, usize) = (4, 6);

/// How much of a word's weight a term has that stands for it, in hundredths.
mod factor {
    pub(super) const ITSELF: u8 = 100;
    pub(super) const STEM: u8 = 85;
    pub(super) const SYNONYM: u8 = 75;
    pub(super) const COMPLETION: u8 = 70;
    pub(super) const CORRECTION: u8 = 55;
    pub(super) const GUESS: u8 = 35;
}

/// Words that say little; they are looked for only when there is nothing else.
#[rustfmt::skip]
const STOP_WORDS: &[&str] = &[
    "a", "an", "and", "the", "of", "for", "with", "in", "on", "to", "or",
    "der", "die", "das", "und", "fur", "mit", "ein", "eine", "im", "von", "zu",
    "le", "la", "les", "de", "du", "des", "et", "pour", "avec", "un", "une", "en",
    "el", "los", "las", "y", "para", "con", "una", "del", "o", "os", "as", "e", "com", "um", "uma", "do", "da",
];

/// Words that shops use for the same thing.
#[rustfmt::skip]
const SAME: &[&[&str]] = &[
    &["laptop", "notebook"],
    &["tv", "television"],
    &["smartphone", "cellphone"],
    &["headphone", "earphone", "headset"],
    &["fridge", "refrigerator"],
    &["photo", "picture"],
    &["sofa", "couch"],
    &["trousers", "pants"],
    &["sneaker", "trainer"],
    &["sweater", "pullover", "jumper"],
    &["bike", "bicycle"],
    &["color", "colour"],
    &["grey", "gray"],
    &["wifi", "wlan"],
    &["flashlight", "torch"],
    &["hdd", "harddisk"],
    &["vacuum", "hoover"],
];

/// How freely words are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// As they are written, where the index knows them.
    Close,
    /// Words that are known may be slips as well.
    Free,
    /// Most of the words are enough.
    Most,
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Plan {
    /// Documents that there were.
    #[serde(rename = "n")]
    pub(super) documents: u32,
    /// The mean length of each text field, in terms.
    #[serde(rename = "l")]
    pub(super) lengths: [u32; 4],
    #[serde(rename = "w")]
    pub(super) words: Vec<Wanted>,
    /// How many of the words have to be there.
    #[serde(rename = "m")]
    pub(super) needed: usize,
}

/// A word of the query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Wanted {
    /// Documents that had it.
    #[serde(rename = "d")]
    pub(super) frequency: u32,
    /// The terms that stand for it, and how much of its weight each has, in hundredths.
    #[serde(rename = "t")]
    pub(super) terms: Vec<(String, u8)>,
}

impl Plan {
    /// A plan that came back with a cursor asks for no more than one that was made here.
    pub(super) fn is_sane(&self) -> bool {
        let word = |word: &Wanted| {
            word.terms.len() <= 2 * MAX_TERMS
                && word.terms.iter().all(|(term, factor)| term.len() <= 200 && *factor <= 100)
        };
        self.words.len() <= 3 * MAX_WORDS && self.needed <= self.words.len() && self.words.iter().all(word)
    }

    /// Whether some word that is needed stands for nothing.
    pub(super) fn is_hopeless(&self) -> bool {
        let known = self.words.iter().filter(|word| !word.terms.is_empty()).count();
        known < self.needed || self.words.is_empty()
    }
}

/// Makes plans for one state of the index.
pub(super) struct Planner<'a> {
    searcher: &'a Searcher,
    fields: &'a Fields,
    reading: Reading,
}

impl<'a> Planner<'a> {
    pub(super) fn new(searcher: &'a Searcher, fields: &'a Fields, reading: Reading) -> Self {
        Self { searcher, fields, reading }
    }

    /// The plan for a query. `unfinished`: its last word may be going on.
    pub(super) fn plan(&self, query: &str, unfinished: bool) -> Result<Plan> {
        let mut compounds = compounds(query);
        let says_little = |compound: &Compound| STOP_WORDS.contains(&compound.whole().as_str());
        if !compounds.iter().all(says_little) {
            let last = compounds.len().saturating_sub(1);
            let mut place = 0..;
            compounds.retain(|compound| (place.next() == Some(last) && unfinished) || !says_little(compound));
        }
        compounds.truncate(MAX_WORDS);
        let mut words = Vec::new();
        let mut index = 0;
        while let Some(compound) = compounds.get(index) {
            let is_last = index + 1 == compounds.len();
            if let Some(joined) =
                compounds.get(index + 1).and_then(|next| self.joined(compound, next).transpose())
            {
                words.push(joined?);
                index += 2;
                continue;
            }
            words.extend(self.wanted(compound, is_last, unfinished)?);
            index += 1;
        }
        if words.is_empty() {
            words = signs(query).take(MAX_WORDS).map(|sign| self.exactly(&sign)).collect::<Result<_>>()?;
        }
        let mut distinct: Vec<Wanted> = Vec::with_capacity(words.len());
        for word in words {
            if !distinct.contains(&word) {
                distinct.push(word);
            }
        }
        self.finish(distinct)
    }

    fn finish(&self, words: Vec<Wanted>) -> Result<Plan> {
        let documents = self.searcher.num_docs();
        let mut lengths = [1; 4];
        for (length, field) in lengths.iter_mut().zip(self.fields.texts()) {
            let mut terms = 0;
            for segment in self.searcher.segment_readers() {
                terms += segment.inverted_index(field).map_err(failed)?.total_num_tokens();
            }
            *length = u32::try_from(terms / documents.max(1)).unwrap_or(u32::MAX).max(1);
        }
        let needed = match self.reading {
            Reading::Close | Reading::Free => words.len(),
            Reading::Most => (2 * words.len()).div_ceil(3),
        };
        Ok(Plan { documents: u32::try_from(documents).unwrap_or(u32::MAX), lengths, words, needed })
    }

    /// Two words that are known as one: `wi fi`.
    fn joined(&self, one: &Compound, other: &Compound) -> Result<Option<Wanted>> {
        if !one.is_word() || !other.is_word() {
            return Ok(None);
        }
        let both_known = self.frequency(&one.whole())? > 0 && self.frequency(&other.whole())? > 0;
        let joined = format!("{}{}", one.whole(), other.whole());
        let frequency = self.frequency(&joined)?;
        if frequency == 0 || (both_known && self.reading == Reading::Close) {
            return Ok(None);
        }
        Ok(Some(Wanted { frequency, terms: vec![(joined, factor::ITSELF)] }))
    }

    fn exactly(&self, term: &str) -> Result<Wanted> {
        let frequency = self.frequency(term)?;
        let terms = if frequency > 0 { vec![(term.to_owned(), factor::ITSELF)] } else { Vec::new() };
        Ok(Wanted { frequency, terms })
    }

    /// What a compound stands for: one word, or one for each of its parts.
    fn wanted(&self, compound: &Compound, is_last: bool, unfinished: bool) -> Result<Vec<Wanted>> {
        let whole = self.word(compound, is_last, unfinished)?;
        if !whole.terms.is_empty() && (compound.is_word() || self.reading == Reading::Close) {
            return Ok(vec![whole]);
        }
        let parts: Vec<Compound> = compound.apart().collect();
        if parts.len() > 1 {
            let count = parts.len();
            let mut words = Vec::with_capacity(count);
            for (place, part) in parts.iter().enumerate() {
                words.push(self.word(part, is_last && place + 1 == count, unfinished)?);
            }
            return Ok(words);
        }
        if whole.terms.is_empty()
            && let Some(split) = self.split(&compound.whole())?
        {
            return Ok(split);
        }
        Ok(vec![whole])
    }

    /// Two known words that were written as one: `usbcable`.
    fn split(&self, word: &str) -> Result<Option<Vec<Wanted>>> {
        const SHORTEST: usize = 3;
        let mut best: Option<(u32, Vec<Wanted>)> = None;
        for (at, _) in word.char_indices().skip(SHORTEST) {
            if word[at..].chars().count() < SHORTEST {
                break;
            }
            let both = vec![self.exactly(&word[..at])?, self.exactly(&word[at..])?];
            let rarer = both.iter().map(|half| half.frequency).min().unwrap_or(0);
            if rarer > best.as_ref().map_or(0, |(frequency, _)| *frequency) {
                best = Some((rarer, both));
            }
        }
        Ok(best.map(|(_, both)| both))
    }

    fn word(&self, compound: &Compound, is_last: bool, unfinished: bool) -> Result<Wanted> {
        let itself = compound.whole();
        let mut terms: Vec<(String, u8)> = Vec::new();
        let mut frequency = self.frequency(&itself)?;
        if frequency > 0 {
            terms.push((itself.clone(), factor::ITSELF));
        }
        for stem in compound.stems() {
            let stemmed = self.frequency(&stem)?;
            if stemmed > 0 {
                frequency = frequency.max(stemmed);
                terms.push((stem, factor::STEM));
            }
        }
        for other in synonyms(compound) {
            let same = self.frequency(&other)?;
            if same > 0 && terms.iter().all(|(term, _)| *term != other) {
                frequency = frequency.max(same);
                terms.push((other, factor::SYNONYM));
            }
        }
        let is_known = !terms.is_empty();
        let letters = itself.chars().count();
        let completes = if is_last && unfinished { letters >= 1 } else { is_last && letters >= 2 };
        if completes && (unfinished || frequency < 3 || self.reading != Reading::Close) {
            let found = self.completions(&itself)?;
            add(&mut terms, &mut frequency, found, factor::COMPLETION, is_known);
        }
        let is_word = compound.is_word();
        let may_be_slip = letters >= LETTERS.0 && (is_word || self.reading != Reading::Close);
        // One that is hardly known may be somebody else's slip.
        if may_be_slip && (frequency < 3 || self.reading != Reading::Close) {
            let near = self.similar(&itself, 1, false)?;
            let near_is_common = near.iter().any(|(_, others)| *others >= 20 * frequency.max(1));
            if !is_known || near_is_common || self.reading != Reading::Close {
                let weight = if is_known { factor::GUESS } else { factor::CORRECTION };
                add(&mut terms, &mut frequency, near, weight, is_known);
            }
            if terms.is_empty() && letters >= LETTERS.1 {
                let far = self.similar(&itself, 2, false)?;
                add(&mut terms, &mut frequency, far, factor::GUESS, false);
            }
            if terms.is_empty() && is_last {
                let begun = self.similar(&itself, 1, true)?;
                add(&mut terms, &mut frequency, begun, factor::GUESS, false);
            }
        }
        terms.truncate(MAX_TERMS);
        Ok(Wanted { frequency, terms })
    }

    /// How many documents have a term.
    fn frequency(&self, term: &str) -> Result<u32> {
        let found = self.searcher.doc_freq(&Term::from_field_text(self.fields.all, term)).map_err(failed)?;
        Ok(u32::try_from(found).unwrap_or(u32::MAX))
    }

    /// The most frequent terms that go on after these letters.
    fn completions(&self, beginning: &str) -> Result<Vec<(String, u32)>> {
        let mut found: HashMap<String, u32> = HashMap::new();
        for segment in self.searcher.segment_readers() {
            for field in self.completed() {
                let inverted = segment.inverted_index(field).map_err(failed)?;
                let mut stream = inverted.terms().range().ge(beginning).into_stream().map_err(failed)?;
                let mut seen = 0;
                while seen < LOOKED_AT && stream.advance() && stream.key().starts_with(beginning.as_bytes()) {
                    seen += 1;
                    count(&mut found, stream.key(), stream.value().doc_freq);
                }
            }
        }
        found.remove(beginning);
        Ok(most_frequent(found, COMPLETIONS))
    }

    /// Completions are of names: a list of what somebody began to type has no use for stray words of
    /// descriptions.
    fn completed(&self) -> Vec<Field> {
        let Fields { all, title, names, codes, .. } = *self.fields;
        if self.reading == Reading::Close { vec![title, names, codes] } else { vec![all] }
    }

    /// The most frequent terms that differ by so many letters: left out, added, wrong or swapped.
    fn similar(&self, word: &str, distance: u8, begun: bool) -> Result<Vec<(String, u32)>> {
        let term = Term::from_field_text(self.fields.all, word);
        let query = if begun {
            FuzzyTermQuery::new_prefix(term, distance, true)
        } else {
            FuzzyTermQuery::new(term, distance, true)
        };
        let mut found: HashMap<String, u32> = HashMap::new();
        for segment in self.searcher.segment_readers() {
            let inverted = segment.inverted_index(self.fields.all).map_err(failed)?;
            let automaton = query.automaton().map_err(failed)?;
            let mut stream = inverted.terms().search(automaton).into_stream().map_err(failed)?;
            let mut seen = 0;
            while seen < LOOKED_AT && stream.advance() {
                seen += 1;
                count(&mut found, stream.key(), stream.value().doc_freq);
            }
        }
        found.remove(word);
        // People seldom miss the first letter, and two slips with another first letter are another word.
        if distance > 1 {
            let first = word.chars().next();
            found.retain(|term, _| term.chars().next() == first);
        }
        Ok(most_frequent(found, CORRECTIONS))
    }
}

/// Other words for the same, as they are written or stemmed.
fn synonyms(compound: &Compound) -> Vec<String> {
    let mut forms = compound.stems();
    forms.push(compound.whole());
    let group = SAME.iter().find(|group| group.iter().any(|word| forms.iter().any(|form| form == word)));
    let others = group.into_iter().flat_map(|group| group.iter());
    others.map(|word| (*word).to_owned()).filter(|word| !forms.contains(word)).collect()
}

fn count(found: &mut HashMap<String, u32>, key: &[u8], documents: u32) {
    if let Ok(term) = str::from_utf8(key) {
        *found.entry(term.to_owned()).or_default() += documents;
    }
}

fn most_frequent(found: HashMap<String, u32>, most: usize) -> Vec<(String, u32)> {
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_unstable_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    found.truncate(most);
    found
}

/// Lets more terms stand for a word. How rare it is depends on them only when it is not known itself.
fn add(
    terms: &mut Vec<(String, u8)>,
    frequency: &mut u32,
    found: Vec<(String, u32)>,
    weight: u8,
    is_known: bool,
) {
    for (term, documents) in found {
        if terms.iter().all(|(known, _)| *known != term) {
            if !is_known {
                *frequency = (*frequency).max(documents);
            }
            terms.push((term, weight));
        }
    }
}
