//! Which terms stand for a word of a query: itself, its stems, other words for the same, what goes on from it,
//! and what it may be a slip for.

use std::collections::HashMap;
use std::ops::Range;

use tantivy::Term;
use tantivy::query::FuzzyTermQuery;

use super::index::failed;
use super::indexing::without_zeros;
use super::lexicon::synonyms;
use super::plan::{MAX_TERMS, Planner, Reading, Wanted, Word};
use super::words::{Compound, compounds};
use crate::Result;

/// Terms that a beginning may stand for.
const COMPLETIONS: usize = 10;

/// Terms that a misspelled word may stand for.
const CORRECTIONS: usize = 4;

/// Terms that are looked at for a beginning, of each segment.
const LOOKED_AT: usize = 2_000;

/// Letters of a word that may be misspelled once, and twice.
const LETTERS: (usize, usize) = (4, 6);

/// Documents that make a word more than a slip of its own.
const FEW: u32 = 3;

/// How much more frequent a word is that another one may be a slip for: where that is known, where a form of
/// it is.
const MORE_FREQUENT: (u32, u32) = (20, 2);

/// Documents that make a word one that others are slips for, where a form of these is known.
const COMMON: u32 = 12;

/// Letters of each half of a word that is two words.
const SHORTEST_HALF: usize = 3;

/// How much of a word's weight a term has that stands for it, in hundredths.
mod factor {
    pub(super) const ITSELF: u8 = 100;
    pub(super) const STEM: u8 = 85;
    pub(super) const SYNONYM: u8 = 75;
    pub(super) const COMPLETION: u8 = 70;
    pub(super) const OTHER_STEM: u8 = 60;
    pub(super) const CORRECTION: u8 = 60;
    pub(super) const GUESS: u8 = 35;
}

/// The terms that stand for a word, as they are found.
#[derive(Debug, Default)]
struct Candidates {
    found: Vec<Candidate>,
}

#[derive(Debug)]
struct Candidate {
    term: String,
    frequency: u32,
    factor: u8,
}

impl Candidates {
    fn add(&mut self, term: String, frequency: u32, factor: u8) {
        if frequency > 0 && self.found.iter().all(|known| known.term != term) {
            self.found.push(Candidate { term, frequency, factor });
        }
    }

    fn most_frequent(&self) -> u32 {
        self.found.iter().map(|candidate| candidate.frequency).max().unwrap_or(0)
    }

    /// What the word was most probably meant to be.
    fn best(&self) -> Option<&Candidate> {
        self.found.iter().max_by_key(|candidate| (candidate.factor, candidate.frequency))
    }

    /// Lets those that are rare beside the others weigh less: a slip is more probably one for a frequent word.
    #[expect(
        clippy::float_arithmetic,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a weight is an estimate between 0 and 100"
    )]
    fn weigh_by_frequency(&mut self) {
        let most = f64::from(self.most_frequent()).ln_1p();
        for candidate in &mut self.found {
            let share = f64::from(candidate.frequency).ln_1p() / most;
            candidate.factor = (f64::from(candidate.factor) * share.powi(2)).round() as u8;
        }
        self.found.retain(|candidate| candidate.factor > 0);
    }
}

/// Where a word stands in a query.
#[derive(Debug, Clone, Copy)]
struct Standing {
    is_last: bool,
    /// Whether it may be going on.
    unfinished: bool,
}

impl Planner<'_> {
    /// What a compound stands for: one word, or one for each of its parts.
    pub(super) fn wanted(&self, compound: &Compound, is_last: bool, unfinished: bool) -> Result<Vec<Word>> {
        let standing = Standing { is_last, unfinished };
        if let Some(number) = compound.is_number().then(|| compound.whole())
            && let Some(short) = without_zeros(&number)
        {
            return Ok(vec![self.exactly(short)?]);
        }
        let whole = self.word(compound, standing)?;
        if !whole.wanted.terms.is_empty() && !compound.is_word() && self.reading == Reading::Close {
            return Ok(vec![whole]);
        }
        let parts: Vec<Compound> = compound.apart().collect();
        if parts.len() > 1 {
            let count = parts.len();
            let mut words = Vec::with_capacity(count);
            for (place, part) in parts.iter().enumerate() {
                let is_last = is_last && place + 1 == count;
                words.push(self.word(part, Standing { is_last, ..standing })?);
            }
            return Ok(words);
        }
        match self.split(compound, &whole.wanted)? {
            None => Ok(vec![whole]),
            Some([one, other]) => Ok(vec![
                self.word(&one, Standing { is_last: false, ..standing })?,
                self.word(&other, standing)?,
            ]),
        }
    }

    /// The two words that were written as one, when that is more probable than what else it may be: `usbcable`.
    fn split(&self, compound: &Compound, whole: &Wanted) -> Result<Option<[Compound; 2]>> {
        let word = compound.whole();
        let itself = self.frequency(&word)?;
        if !compound.is_word() || itself >= FEW {
            return Ok(None);
        }
        let mut best: Option<((u32, u32), [Compound; 2])> = None;
        for (at, _) in word.char_indices().skip(SHORTEST_HALF) {
            if word[at..].chars().count() < SHORTEST_HALF {
                break;
            }
            let (left, right) = (compounds(&word[..at]), compounds(&word[at..]));
            let ([one], [other]) = (left.as_slice(), right.as_slice()) else { continue };
            let beside = self.pair_frequency(one, other)?;
            let rarer = self.frequency(&one.whole())?.min(self.frequency(&other.whole())?);
            let worth = (beside, rarer);
            if worth > best.as_ref().map_or((0, 0), |(worth, _)| *worth) {
                best = Some((worth, [one.clone(), other.clone()]));
            }
        }
        let is_better = |(beside, _): &(u32, u32)| {
            whole.terms.is_empty() || *beside > whole.frequency && *beside >= MORE_FREQUENT.0 * itself
        };
        Ok(best.filter(|(worth, _)| is_better(worth)).map(|(_, halves)| halves))
    }

    fn word(&self, compound: &Compound, standing: Standing) -> Result<Word> {
        let itself = compound.whole();
        let known = self.frequency(&itself)?;
        let mut candidates = Candidates::default();
        candidates.add(itself, known, factor::ITSELF);
        let related = self.add_related(compound, &mut candidates)?;
        self.add_completions(compound, (known, standing), &mut candidates)?;
        self.add_corrections(compound, (known, related, standing), &mut candidates)?;
        let frequency = if known > 0 { known.max(related) } else { candidates.most_frequent() };
        if known == 0 {
            candidates.weigh_by_frequency();
        }
        let key = match candidates.best() {
            Some(best) if known == 0 => compounds(&best.term).first().map(Compound::key).unwrap_or_default(),
            _ => compound.key(),
        };
        let mut terms: Vec<(String, u8)> =
            candidates.found.into_iter().map(|candidate| (candidate.term, candidate.factor)).collect();
        terms.truncate(MAX_TERMS);
        Ok(Word { wanted: Wanted { frequency, terms }, key })
    }

    /// Stems and other words for the same; answers how many documents have the most frequent.
    fn add_related(&self, compound: &Compound, candidates: &mut Candidates) -> Result<u32> {
        let stems = compound.stems();
        let mut most = 0;
        if let Some(stem) = stems.english {
            let frequency = self.frequency(&stem)?;
            most = most.max(frequency);
            candidates.add(stem, frequency, factor::STEM);
        }
        for stem in stems.others {
            let frequency = self.frequency(&stem)?;
            candidates.add(stem, frequency, factor::OTHER_STEM);
        }
        for other in synonyms(&compound.key()) {
            for term in [other.word, &other.key] {
                let frequency = self.frequency(term)?;
                most = most.max(frequency);
                candidates.add(term.to_owned(), frequency, factor::SYNONYM);
            }
        }
        Ok(most)
    }

    /// What the last word may be the beginning of.
    fn add_completions(
        &self,
        compound: &Compound,
        (known, standing): (u32, Standing),
        candidates: &mut Candidates,
    ) -> Result<()> {
        let beginning = compound.whole();
        let letters = beginning.chars().count();
        let may_go_on = standing.is_last && letters >= if standing.unfinished { 1 } else { 2 };
        if !may_go_on {
            return Ok(());
        }
        let is_free = standing.unfinished || known < FEW || self.reading == Reading::Free;
        if !is_free && (!compound.is_word() || letters < LETTERS.0) {
            return Ok(());
        }
        // A beginning may be a word by itself, which is then looked for less often than what it begins.
        let least = if is_free { 1 } else { known };
        let asked = (beginning, least, self.reading == Reading::Close);
        let found = self.view.completions.find(&asked, || self.completions(&asked.0, least))?;
        for (term, frequency) in found {
            if frequency >= least {
                self.add_with_stem(term, frequency, factor::COMPLETION, candidates)?;
            }
        }
        Ok(())
    }

    /// What it may be a slip for. A word that is hardly known may be somebody else's slip.
    fn add_corrections(
        &self,
        compound: &Compound,
        (known, related, standing): (u32, u32, Standing),
        candidates: &mut Candidates,
    ) -> Result<()> {
        let written = compound.whole();
        let letters = written.chars().count();
        let is_close = self.reading != Reading::Free;
        if letters < LETTERS.0 || (is_close && (!compound.is_word() || known >= FEW)) {
            return Ok(());
        }
        let least = match (is_close, known, related) {
            (false, ..) | (true, 0, 0) => 1,
            (true, 0, related) => (MORE_FREQUENT.1 * related).max(COMMON),
            (true, known, _) => MORE_FREQUENT.0 * known,
        };
        let weight = if known > 0 { factor::GUESS } else { factor::CORRECTION };
        for (term, frequency) in self.similar(&written, 1, false)? {
            if frequency >= least {
                self.add_with_stem(term, frequency, weight, candidates)?;
            }
        }
        if candidates.found.is_empty() && letters >= LETTERS.1 {
            for (term, frequency) in self.similar(&written, 2, false)? {
                self.add_with_stem(term, frequency, factor::GUESS, candidates)?;
            }
        }
        if candidates.found.is_empty() && standing.is_last {
            for (term, frequency) in self.similar(&written, 1, true)? {
                candidates.add(term, frequency, factor::GUESS);
            }
        }
        Ok(())
    }

    /// A word that may be meant, and what it has in common with its other forms.
    fn add_with_stem(
        &self,
        term: String,
        frequency: u32,
        weight: u8,
        candidates: &mut Candidates,
    ) -> Result<()> {
        let stem = compounds(&term).first().filter(|one| one.is_word()).and_then(|one| one.stems().english);
        candidates.add(term, frequency, weight);
        if let Some(stem) = stem {
            let frequency = self.frequency(&stem)?;
            candidates.add(stem, frequency, weight);
        }
        Ok(())
    }

    /// The most frequent terms that go on after these letters, of those that so many documents have.
    fn completions(&self, beginning: &str, least: u32) -> Result<Vec<(String, u32)>> {
        let fields = self.completed();
        let dictionaries = u32::try_from(self.view.segments.len() * fields.len()).unwrap_or(u32::MAX);
        // Of what is that frequent, some dictionary has its share.
        let share = least / dictionaries.max(1);
        // A word and a number written as one are not more frequent than the word.
        let first = if share > 1 { format!("{beginning}:") } else { beginning.to_owned() };
        let mut found: HashMap<String, u32> = HashMap::new();
        for segment in &self.view.segments {
            for text in &segment.parts.texts[fields.clone()] {
                let mut stream = text.terms.terms().range().ge(&first).into_stream().map_err(failed)?;
                let mut seen = 0;
                while seen < LOOKED_AT && stream.advance() && stream.key().starts_with(beginning.as_bytes()) {
                    seen += 1;
                    let documents = stream.value().doc_freq;
                    if documents >= share {
                        count(&mut found, stream.key(), documents);
                    }
                }
            }
        }
        if share > 1 {
            for (term, documents) in &mut found {
                *documents = self.view.frequency_in(fields.clone(), term)?;
            }
        }
        found.remove(beginning);
        Ok(most_frequent(found, COMPLETIONS))
    }

    /// Completions are of names: a list of what somebody began to type has no use for stray words of
    /// descriptions.
    fn completed(&self) -> Range<usize> {
        if self.reading == Reading::Close { 1..4 } else { 0..1 }
    }

    /// The most frequent terms that differ by so many letters: left out, added, wrong or swapped.
    fn similar(&self, word: &str, distance: u8, begun: bool) -> Result<Vec<(String, u32)>> {
        let term = Term::from_field_text(self.fields.all, word);
        let query = if begun {
            FuzzyTermQuery::new_prefix(term, distance, true)
        } else {
            FuzzyTermQuery::new(term, distance, true)
        };
        let automaton = query.automaton().map_err(failed)?;
        let mut found: HashMap<String, u32> = HashMap::new();
        for segment in &self.view.segments {
            let terms = segment.parts.texts[0].terms.terms();
            let mut stream = terms.search(&automaton).into_stream().map_err(failed)?;
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

fn count(found: &mut HashMap<String, u32>, key: &[u8], documents: u32) {
    let Ok(term) = str::from_utf8(key) else { return };
    match found.get_mut(term) {
        Some(known) => *known += documents,
        None => _ = found.insert(term.to_owned(), documents),
    }
}

fn most_frequent(found: HashMap<String, u32>, most: usize) -> Vec<(String, u32)> {
    let mut found: Vec<_> = found.into_iter().collect();
    let order =
        |one: &(String, u32), other: &(String, u32)| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0));
    if found.len() > most {
        found.select_nth_unstable_by(most, order);
        found.truncate(most);
    }
    found.sort_unstable_by(order);
    found
}
