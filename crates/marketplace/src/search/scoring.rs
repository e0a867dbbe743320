//! How well documents answer a plan: what each of its words says of them, by how rare it is, and what makes an
//! answer better beside the words.

#![expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a score is an estimate; its numbers are small"
)]

use std::cmp::Ordering;

use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, Term};

use super::index::failed;
use super::plan::{Bonus, Plan, Wanted};
use super::postings::{each, look_up, seek};
use super::scratch::Scratch;
use super::view::{Parts, Shown};
use super::weighing::{Dampers, Found, Kept, PASSED, Weighed, Weigher};
use crate::Result;

/// Documents of a segment in their order, and their scores.
#[derive(Debug, Default)]
pub(super) struct Hits {
    pub(super) documents: Vec<DocId>,
    pub(super) scores: Vec<f32>,
}

impl Hits {
    /// All that have a word and are still there.
    fn of(segment: &Shown, list: &Weighed, rareness: f32) -> Self {
        let Weighed { documents, weights } = list;
        let scores = weights.iter().map(|weight| rareness * weight);
        let mut hits = Self { documents: documents.clone(), scores: scores.collect() };
        if segment.alive().is_some() {
            hits.retain(|place| segment.has(documents[place]));
        }
        hits
    }

    /// Keeps those that have another word, too, given how much that says of each.
    fn keep_weighed(&mut self, weights: &[f32], rareness: f32) {
        for (score, weight) in self.scores.iter_mut().zip(weights) {
            *score += rareness * weight;
        }
        self.retain(|place| weights[place] > 0.0);
    }

    /// Keeps those that have another word, too, given all that have it.
    fn keep_common(&mut self, list: &Weighed, rareness: f32) {
        let Self { documents, scores } = self;
        let (mut place, mut other, mut kept) = (0, 0, 0);
        while let (Some(&mine), Some(&theirs)) = (documents.get(place), list.documents.get(other)) {
            match mine.cmp(&theirs) {
                Ordering::Less => place = seek(documents, place + 1, theirs),
                Ordering::Greater => other = seek(&list.documents, other + 1, mine),
                Ordering::Equal => {
                    documents[kept] = mine;
                    scores[kept] = scores[place] + rareness * list.weights[other];
                    (place, other, kept) = (place + 1, other + 1, kept + 1);
                }
            }
        }
        documents.truncate(kept);
        scores.truncate(kept);
    }

    /// Leaves out those that are among others, too.
    pub(super) fn leave_out(&mut self, others: &Self) {
        let mut at = 0;
        let documents = self.documents.clone();
        self.retain(|place| {
            at = seek(&others.documents, at, documents[place]);
            others.documents.get(at) != Some(&documents[place])
        });
    }

    /// Keeps those in some places, which are asked for in their order.
    fn retain(&mut self, mut keep: impl FnMut(usize) -> bool) {
        let mut kept = 0;
        for place in 0..self.documents.len() {
            if keep(place) {
                self.documents[kept] = self.documents[place];
                self.scores[kept] = self.scores[place];
                kept += 1;
            }
        }
        self.documents.truncate(kept);
        self.scores.truncate(kept);
    }
}

/// Scores documents by a plan.
pub(super) struct Scorer<'p> {
    plan: &'p Plan,
    phrases: Field,
    /// The rarest first, and how much each weighs by that.
    words: Vec<(Weigher<'p>, f32)>,
}

impl<'p> Scorer<'p> {
    pub(super) fn new(plan: &'p Plan, phrases: Field, (kept, dampers): (&'p Kept, &'p Dampers)) -> Self {
        let mut words: Vec<&Wanted> = plan.words.iter().collect();
        words.sort_by_key(|word| word.frequency);
        let weigher =
            |word: &'p Wanted| (Weigher::new(plan, word, (kept, dampers)), rareness(plan, word.frequency));
        let words = words.into_iter().map(weigher).collect();
        Self { plan, phrases, words }
    }

    /// The documents of a segment that have the words of the plan.
    pub(super) fn hits(&self, segment: &Shown, scratch: &mut Scratch) -> Result<Hits> {
        if self.plan.is_hopeless() {
            return Ok(Hits::default());
        }
        let (parts, needed) = (&*segment.parts, self.plan.needed);
        let find = |(word, _): &(Weigher<'_>, f32)| word.find(parts);
        let found: Vec<Found> = self.words.iter().map(find).collect::<Result<_>>()?;
        if found.iter().filter(|word| !word.is_empty()).count() < needed {
            return Ok(Hits::default());
        }
        if needed == self.words.len() {
            self.having_all(segment, &found, scratch)
        } else {
            self.having_most(segment, &found, scratch)
        }
    }

    /// Those that have each word.
    fn having_all(&self, segment: &Shown, found: &[Found], scratch: &mut Scratch) -> Result<Hits> {
        let parts = &*segment.parts;
        let mut words = self.words.iter().zip(found);
        let Some(((first, rareness), of)) = words.next() else { return Ok(Hits::default()) };
        let mut hits = Hits::of(segment, &*first.all(parts, of, scratch)?, *rareness);
        for ((word, rareness), of) in words {
            match word.some((parts, of), &hits.documents, scratch)? {
                Some(weights) => hits.keep_weighed(&weights, *rareness),
                None => hits.keep_common(&*word.all(parts, of, scratch)?, *rareness),
            }
        }
        for bonus in &self.plan.bonuses {
            self.add_bonus(parts, bonus, &mut hits)?;
        }
        Ok(hits)
    }

    /// Those that have enough of the words. What has them has one of the rarest: the others are too few.
    fn having_most(&self, segment: &Shown, found: &[Found], scratch: &mut Scratch) -> Result<Hits> {
        let (parts, needed) = (&*segment.parts, self.plan.needed);
        let leading = (found.len() + 1).saturating_sub(needed).min(found.len());
        let mut documents: Vec<DocId> = Vec::new();
        for ((word, _), of) in self.words.iter().zip(&found[..leading]) {
            documents.extend_from_slice(&word.all(parts, of, scratch)?.documents);
        }
        documents.sort_unstable();
        documents.dedup();
        documents.retain(|document| segment.has(*document));
        let mut hits = Hits { scores: vec![0.0; documents.len()], documents };
        let mut had = vec![0_u8; hits.documents.len()];
        for ((word, rareness), of) in self.words.iter().zip(found) {
            let weights = match word.some((parts, of), &hits.documents, scratch)? {
                Some(weights) => weights,
                None => word.all(parts, of, scratch)?.of(&hits.documents),
            };
            for ((weight, score), had) in weights.iter().zip(&mut hits.scores).zip(&mut had) {
                *score += rareness * weight;
                *had += u8::from(*weight > 0.0);
            }
        }
        for bonus in &self.plan.bonuses {
            self.add_bonus(parts, bonus, &mut hits)?;
        }
        for (score, had) in hits.scores.iter_mut().zip(&had) {
            let share = f32::from(*had) / found.len() as f32;
            *score *= share * share;
        }
        hits.retain(|place| usize::from(had[place]) >= needed);
        Ok(hits)
    }

    /// Raises the scores of those documents that have what makes an answer better.
    fn add_bonus(&self, parts: &Parts, bonus: &Bonus, hits: &mut Hits) -> Result<()> {
        let term = Term::from_field_text(self.phrases, &bonus.term);
        let found = parts.phrases.get_term_info(&term).map_err(failed)?;
        let Some(info) = found else { return Ok(()) };
        let more = rareness(self.plan, bonus.frequency) * f32::from(bonus.factor) / 100.0;
        let Hits { documents, scores } = hits;
        let (postings, option) = ((&*parts.phrases, &info), IndexRecordOption::Basic);
        if documents.len() * PASSED < info.doc_freq as usize {
            return look_up(postings, option, documents, |place, _| scores[place] += more);
        }
        let mut at = 0;
        each(postings, option, |document, _| {
            at = seek(documents, at, document);
            if documents.get(at) == Some(&document) {
                scores[at] += more;
            }
        })
    }
}

/// How much it says that a document has something that so many have.
fn rareness(plan: &Plan, frequency: u32) -> f32 {
    let (all, having) = (plan.documents.max(1) as f32, frequency as f32);
    (1.0 + ((all - having).max(0.0) + 0.5) / (having + 0.5)).ln()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tantivy::TantivyDocument;
    use types::Timestamp;

    use super::super::index::Generation;
    use super::super::view::View;
    use super::*;

    #[test]
    fn what_was_found_before_is_left_out() {
        let hits = |documents: &[DocId]| {
            let scores = documents.iter().map(|document| *document as f32).collect();
            Hits { documents: documents.to_vec(), scores }
        };
        let mut found = hits(&[1, 3, 4, 8, 9]);
        found.leave_out(&hits(&[0, 3, 5, 9, 12]));
        assert_eq!(found.documents, [1, 4, 8]);
        assert!(found.scores.iter().zip([1.0, 4.0, 8.0]).all(|(one, other)| (one - other).abs() < 0.1));
        found.leave_out(&hits(&[]));
        assert_eq!(found.documents.len(), 3);
    }

    /// Words by how seldom they are: of one product in two to one in two thousand.
    const WORDS: [(&str, u64); 6] =
        [("red", 2), ("big", 3), ("lamp", 7), ("oak", 40), ("tall", 300), ("x9", 2_000)];

    const PRODUCTS: u64 = 6_000;

    /// An index of products that have these words here and there.
    fn generated(folder: &std::path::Path) -> Generation {
        let generation = Generation::create(folder, Timestamp::from_millis(1)).unwrap();
        let fields = generation.fields;
        let document = |number: u64| {
            let mixed = |place: u64| (number * 31 + place).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
            let text = |salt: u64, least: u64| {
                let chosen = WORDS
                    .iter()
                    .zip(0..)
                    .filter(|((_, rare), place)| mixed(place * 8 + salt).is_multiple_of(*rare * least));
                let times = |place: u64| usize::try_from(mixed(place) % 3 + 1).unwrap();
                chosen.map(|((word, _), place)| format!("{word} ").repeat(times(place))).collect::<String>()
            };
            let (title, names, codes) = (text(1, 2), text(2, 3), text(3, 9));
            let mut document = TantivyDocument::new();
            document.add_u64(fields.id, number + 1);
            document.add_text(fields.all, format!("{title} {names} {codes} {} filler", text(4, 1)));
            document.add_text(fields.phrases, if number.is_multiple_of(5) { "red+big" } else { "=lamp" });
            document.add_text(fields.title, title);
            document.add_text(fields.names, names);
            document.add_text(fields.codes, codes);
            document
        };
        generation.add((0..PRODUCTS / 2).map(document)).unwrap();
        generation.commit(None).unwrap();
        generation.add((PRODUCTS / 2..PRODUCTS).map(document)).unwrap();
        generation.commit(None).unwrap();
        generation
            .write((1..PRODUCTS).step_by(17).map(|id| (types::ProductId::from_i64(id.cast_signed()), None)))
            .unwrap();
        generation.commit(None).unwrap();
        generation
    }

    /// What a plan finds, a few documents at a time: each is looked up for itself.
    fn plainly(plan: &Plan, view: &View, phrases: Field) -> Vec<Hits> {
        let (kept, dampers) = (Kept::default(), Dampers::of(plan));
        let scorer = Scorer::new(plan, phrases, (&kept, &dampers));
        let mut scratch = Scratch::default();
        let few = |segment: &Shown, documents: &[DocId], scratch: &mut Scratch| {
            let (parts, all) = (&*segment.parts, plan.words.len() as f32);
            let mut hits = Hits { documents: documents.to_vec(), scores: vec![0.0; documents.len()] };
            let mut had = vec![0_usize; documents.len()];
            for (word, rareness) in &scorer.words {
                let found = word.find(parts).unwrap();
                let weights = word.some((parts, &found), documents, scratch).unwrap();
                let weights =
                    weights.unwrap_or_else(|| word.all(parts, &found, scratch).unwrap().of(documents));
                for (place, weight) in weights.iter().enumerate() {
                    hits.scores[place] += rareness * weight;
                    had[place] += usize::from(*weight > 0.0);
                }
            }
            for bonus in &plan.bonuses {
                scorer.add_bonus(parts, bonus, &mut hits).unwrap();
            }
            for (score, had) in hits.scores.iter_mut().zip(&had) {
                *score *= (*had as f32 / all).powi(2);
            }
            hits.retain(|place| had[place] >= plan.needed);
            hits
        };
        let whole = |segment: &Shown| {
            let documents: Vec<DocId> = (0..segment.parts.size).filter(|it| segment.has(*it)).collect();
            let mut whole = Hits::default();
            for documents in documents.chunks(20) {
                let hits = few(segment, documents, &mut scratch);
                whole.documents.extend(hits.documents);
                whole.scores.extend(hits.scores);
            }
            whole
        };
        view.segments.iter().map(whole).collect()
    }

    #[test]
    fn what_is_found_by_lists_is_what_is_found_one_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let generation = generated(folder.path());
        let view = generation.view();
        let word = prop::sample::subsequence(WORDS.map(|(word, _)| word).to_vec(), 1..3);
        let words = prop::collection::vec(word, 1..4);
        proptest!(ProptestConfig::with_cases(16), |(words in words, needed in 1..4_usize)| {
            let wanted = |terms: &Vec<&str>| {
                let frequency = terms.iter().map(|term| view.frequency(term).unwrap()).max().unwrap();
                let terms = (0..).zip(terms).map(|(place, term)| ((*term).to_owned(), 100 - place * 30));
                Wanted { frequency, terms: terms.collect() }
            };
            let bonus = |term: &str| Bonus { term: term.to_owned(), frequency: 900, factor: 100 };
            let plan = Plan {
                documents: view.documents,
                lengths: view.lengths,
                needed: needed.min(words.len()),
                words: words.iter().map(wanted).collect(),
                bonuses: vec![bonus("red+big"), bonus("=lamp")],
            };
            let expected = plainly(&plan, &view, generation.fields.phrases);
            let dampers = Dampers::of(&plan);
            let scorer = Scorer::new(&plan, generation.fields.phrases, (&generation.words, &dampers));
            let mut scratch = generation.scratch.take();
            // The second time, lists of frequent words are kept.
            for _ in 0..2 {
                for (segment, expected) in view.segments.iter().zip(&expected) {
                    let found = scorer.hits(segment, &mut scratch).unwrap();
                    prop_assert_eq!(&found.documents, &expected.documents);
                    for (one, other) in found.scores.iter().zip(&expected.scores) {
                        prop_assert!((one - other).abs() < 1e-4, "{} is not {}", one, other);
                    }
                }
            }
            generation.scratch.give_back(scratch);
        });
    }
}
