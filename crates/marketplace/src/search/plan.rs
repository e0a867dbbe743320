//! From the words of a query to the terms that are looked for.
//!
//! A plan says for each word which terms stand for it, what makes an answer better beside them, and how rare
//! all of these were, so that the pages of a list are ranked alike while the index grows: a cursor carries it.

use serde::{Deserialize, Serialize};
use types::Gtin;

use super::index::Fields;
use super::indexing::{NAME_WORDS, pair, whole_name};
use super::lexicon::{says_little, synonyms};
use super::measures::measure;
use super::view::View;
use super::words::{Compound, compounds, signs};
use crate::Result;

/// Words of a query that count; the rest is left out.
pub(super) const MAX_WORDS: usize = 12;

/// Terms that stand for a word.
pub(super) const MAX_TERMS: usize = 16;

/// How much of its rarity something beside the words adds to a score, in hundredths.
mod bonus {
    /// The whole name of a category or a shop, or a whole title.
    pub(super) const NAME: u16 = 250;
    /// Two words side by side.
    pub(super) const PAIR: u16 = 100;
}

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
    #[serde(rename = "b")]
    pub(super) bonuses: Vec<Bonus>,
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

/// What makes an answer better, and need not be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bonus {
    /// A term of [`Fields::phrases`].
    #[serde(rename = "t")]
    pub(super) term: String,
    /// Documents that had it.
    #[serde(rename = "d")]
    pub(super) frequency: u32,
    /// How much of its rarity it adds, in hundredths.
    #[serde(rename = "f")]
    pub(super) factor: u16,
}

/// A word of the query, and by what its neighbours know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) wanted: Wanted,
    /// What it has in common with its other forms, corrected.
    pub(super) key: String,
}

impl Plan {
    /// A plan that came back with a cursor asks for no more than one that was made here.
    pub(super) fn is_sane(&self) -> bool {
        let word = |word: &Wanted| {
            word.terms.len() <= 2 * MAX_TERMS
                && word.terms.iter().all(|(term, factor)| term.len() <= 200 && *factor <= 100)
        };
        let bonus = |bonus: &Bonus| bonus.term.len() <= 1_000 && bonus.factor <= bonus::NAME;
        self.words.len() <= 3 * MAX_WORDS
            && self.bonuses.len() <= 12 * MAX_WORDS
            && self.needed <= self.words.len()
            && self.words.iter().all(word)
            && self.bonuses.iter().all(bonus)
    }

    /// Whether some word that is needed stands for nothing.
    pub(super) fn is_hopeless(&self) -> bool {
        let known = self.words.iter().filter(|word| !word.terms.is_empty()).count();
        known < self.needed || self.words.is_empty()
    }
}

/// Makes plans for one state of the index.
pub(super) struct Planner<'a> {
    pub(super) view: &'a View,
    pub(super) fields: &'a Fields,
    pub(super) reading: Reading,
}

impl<'a> Planner<'a> {
    pub(super) fn new(view: &'a View, fields: &'a Fields, reading: Reading) -> Self {
        Self { view, fields, reading }
    }

    /// The plan for a query. `unfinished`: its last word may be going on.
    pub(super) fn plan(&self, query: &str, unfinished: bool) -> Result<Plan> {
        let pieces = self.pieces(query, unfinished)?;
        let mut words: Vec<Word> = Vec::new();
        for (place, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Measure(word) => words.push(word.clone()),
                Piece::Compound(compound) => {
                    let is_last = place + 1 == pieces.len();
                    words.extend(self.wanted(compound, is_last, unfinished)?);
                }
            }
        }
        self.join_neighbours(&pieces, &mut words)?;
        if words.is_empty() {
            words = signs(query).take(MAX_WORDS).map(|sign| self.exactly(&sign)).collect::<Result<_>>()?;
        }
        let bonuses = self.bonuses(&words)?;
        let mut distinct: Vec<Wanted> = Vec::with_capacity(words.len());
        for Word { wanted, .. } in words {
            if !distinct.contains(&wanted) {
                distinct.push(wanted);
            }
        }
        Ok(self.finish(distinct, bonuses))
    }

    /// A query in measures and compounds, without what says little.
    fn pieces(&self, query: &str, unfinished: bool) -> Result<Vec<Piece>> {
        let compounds = as_one_number(compounds(query));
        let mut pieces = Vec::new();
        let mut rest = compounds.as_slice();
        while let Some((first, others)) = rest.split_first() {
            if let Some(found) = measure(rest)
                && let word = self.exactly(&found.term)?
                && word.wanted.frequency > 0
            {
                // It is no part of a name.
                let key = format!("#{}", word.key);
                pieces.push(Piece::Measure(Word { key, ..word }));
                rest = &rest[found.compounds..];
            } else {
                pieces.push(Piece::Compound(first.clone()));
                rest = others;
            }
        }
        let little = |piece: &Piece| matches!(piece, Piece::Compound(word) if says_little(&word.whole()));
        if !pieces.iter().all(little) {
            let last = pieces.len().saturating_sub(1);
            let mut place = 0..;
            pieces.retain(|piece| (place.next() == Some(last) && unfinished) || !little(piece));
        }
        pieces.truncate(MAX_WORDS);
        Ok(pieces)
    }

    /// Lets two words that are also known as one stand for one another: `note book`, `wi fi`.
    fn join_neighbours(&self, pieces: &[Piece], words: &mut [Word]) -> Result<()> {
        if words.len() != pieces.len() {
            return Ok(());
        }
        for place in 1..pieces.len() {
            let [Piece::Compound(one), Piece::Compound(other)] = &pieces[place - 1..=place] else { continue };
            if !one.is_word() || !other.is_word() {
                continue;
            }
            let joined = one.with(other);
            let mut terms = vec![joined.whole()];
            terms.extend(joined.stems().english);
            let mut found: Option<u32> = None;
            let rarer = self.frequency(&one.whole())?.min(self.frequency(&other.whole())?);
            for term in &terms {
                let frequency = self.frequency(term)?;
                if frequency > 0 && (frequency >= rarer || self.reading != Reading::Close) {
                    found = Some(found.unwrap_or(0).max(frequency));
                }
            }
            let taken_for = words[place - 1].wanted.frequency.min(words[place].wanted.frequency);
            let Some(frequency) = found.filter(|found| rarer > 0 || *found >= taken_for) else { continue };
            for word in &mut words[place - 1..=place] {
                if rarer == 0 {
                    // Not known by themselves: what they were taken for does not count.
                    word.wanted.terms.clear();
                    word.wanted.frequency = frequency;
                }
                for term in &terms {
                    if word.wanted.terms.iter().all(|(known, _)| known != term) {
                        word.wanted.terms.push((term.clone(), 100));
                    }
                }
            }
        }
        Ok(())
    }

    /// What makes an answer better: two of the words side by side in its title, and the whole name of it,
    /// its category or its shop.
    fn bonuses(&self, words: &[Word]) -> Result<Vec<Bonus>> {
        let keys: Vec<&str> = words.iter().map(|word| word.key.as_str()).collect();
        let mut bonuses = Vec::new();
        for two in keys.windows(2) {
            bonuses.extend(self.bonus(pair(two[0], two[1]), bonus::PAIR)?);
        }
        let mut named: Vec<(usize, usize)> = Vec::new();
        for length in (1..=NAME_WORDS.min(keys.len())).rev() {
            for first in 0..=keys.len() - length {
                let last = first + length;
                // A longer name has these words.
                if named.iter().any(|(begin, end)| *begin <= first && last <= *end) {
                    continue;
                }
                if let Some(bonus) = self.bonus(whole_name(&keys[first..last]), bonus::NAME)? {
                    named.push((first, last));
                    bonuses.push(bonus);
                }
            }
        }
        for (place, key) in keys.iter().enumerate() {
            if named.iter().any(|(begin, end)| *begin <= place && place < *end) {
                continue;
            }
            for other in synonyms(key) {
                bonuses.extend(self.bonus(whole_name(&[&other.key]), bonus::NAME)?);
            }
        }
        Ok(bonuses)
    }

    fn bonus(&self, term: String, factor: u16) -> Result<Option<Bonus>> {
        let frequency = self.view.phrase_frequency(self.fields.phrases, &term)?;
        Ok((frequency > 0).then_some(Bonus { term, frequency, factor }))
    }

    fn finish(&self, words: Vec<Wanted>, bonuses: Vec<Bonus>) -> Plan {
        let View { documents, lengths, .. } = *self.view;
        let needed = match (self.reading, words.len()) {
            (Reading::Close | Reading::Free, all) => all,
            (Reading::Most, few @ 0..=2) => few.min(1),
            (Reading::Most, many) => (2 * many).div_ceil(3),
        };
        Plan { documents, lengths, words, needed, bonuses }
    }

    /// This term and nothing else.
    pub(super) fn exactly(&self, term: &str) -> Result<Word> {
        let frequency = self.frequency(term)?;
        let terms = if frequency > 0 { vec![(term.to_owned(), 100)] } else { Vec::new() };
        Ok(Word { wanted: Wanted { frequency, terms }, key: term.to_owned() })
    }

    /// How many documents have a term.
    pub(super) fn frequency(&self, term: &str) -> Result<u32> {
        self.view.frequency(term)
    }

    /// In how many titles two words stand side by side.
    pub(super) fn pair_frequency(&self, one: &Compound, other: &Compound) -> Result<u32> {
        let found = self.bonus(pair(&one.key(), &other.key()), bonus::PAIR)?;
        Ok(found.map_or(0, |bonus| bonus.frequency))
    }
}

/// A part of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// A number with its unit, which the index knows.
    Measure(Word),
    Compound(Compound),
}

/// The digits of a GTIN may stand in groups: they are one number.
fn as_one_number(found: Vec<Compound>) -> Vec<Compound> {
    if found.len() < 2 || !found.iter().all(Compound::is_number) {
        return found;
    }
    let digits: String = found.iter().map(Compound::whole).collect();
    if digits.parse::<Gtin>().is_ok() { compounds(&digits) } else { found }
}
