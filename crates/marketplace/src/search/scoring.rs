//! How well documents answer a plan: BM25 of each word in the best of the fields that tell most, and in all
//! that is said of the product.

#![expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a score is an estimate; its numbers are small"
)]

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{BlockSegmentPostings, Postings, TermInfo};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, TERMINATED, Term};

use super::index::failed;
use super::plan::{Bonus, Plan, Wanted};
use super::scratch::Scratch;
use super::view::{Parts, Shown, Text};
use crate::Result;

/// How fast more of the same word stops to count.
const SATURATION: f32 = 1.2;

/// What a field weighs, and how much less a word counts in a long text, in the order of
/// [`Fields::texts`](super::index::Fields::texts).
const WEIGHTS: [(f32, f32); 4] = [(1.0, 0.6), (3.0, 0.5), (2.2, 0.1), (2.6, 0.0)];

/// How many documents of a term are passed over faster than one is looked up.
const PASSED: usize = 24;

/// Documents of a segment in their order, and their scores.
#[derive(Debug, Default)]
pub(super) struct Hits {
    pub(super) documents: Vec<DocId>,
    pub(super) scores: Vec<f32>,
}

impl Hits {
    /// Leaves out those that are among others, too.
    pub(super) fn leave_out(&mut self, others: &Self) {
        let mut rest = others.documents.iter().peekable();
        let is_new = |document: &DocId| {
            while rest.next_if(|other| *other < document).is_some() {}
            rest.next_if_eq(&document).is_none()
        };
        let kept: Vec<bool> = self.documents.iter().map(is_new).collect();
        let mut keep = kept.iter().copied();
        self.documents.retain(|_| keep.next().unwrap_or(false));
        let mut keep = kept.iter().copied();
        self.scores.retain(|_| keep.next().unwrap_or(false));
    }
}

/// Scores documents by a plan.
pub(super) struct Scorer<'p> {
    plan: &'p Plan,
    phrases: Field,
    /// The rarest first.
    words: Vec<&'p Wanted>,
    /// By the length of the text, in the index's steps: by how much that damps a word.
    dampers: Vec<[f32; 256]>,
}

/// A term that stands for a word, where a segment has it.
struct Found {
    /// Of the word's weight.
    share: u8,
    /// By field.
    places: [Option<TermInfo>; 4],
}

impl<'p> Scorer<'p> {
    pub(super) fn new(plan: &'p Plan, phrases: Field) -> Self {
        let mut words: Vec<&Wanted> = plan.words.iter().collect();
        words.sort_by_key(|word| word.frequency);
        let damper = |((_, slope), mean): ((f32, f32), u32)| {
            let mut dampers = [0.0; 256];
            for (step, damper) in (0..=u8::MAX).zip(&mut dampers) {
                let length = FieldNormReader::id_to_fieldnorm(step) as f32;
                *damper = SATURATION * (1.0 - slope + slope * length / mean.max(1) as f32);
            }
            dampers
        };
        let dampers = WEIGHTS.into_iter().zip(plan.lengths).map(damper).collect();
        Self { plan, phrases, words, dampers }
    }

    /// The documents of a segment that have the words of the plan.
    pub(super) fn hits(&self, segment: &Shown, scratch: &mut Scratch) -> Result<Hits> {
        let Plan { needed, bonuses, .. } = self.plan;
        if self.plan.is_hopeless() {
            return Ok(Hits::default());
        }
        let parts = &*segment.parts;
        let needs_all = *needed == self.words.len();
        let words: Vec<Vec<Found>> =
            self.words.iter().map(|word| found(parts, word)).collect::<Result<_>>()?;
        if words.iter().filter(|terms| !terms.is_empty()).count() < *needed {
            return Ok(Hits::default());
        }
        scratch.make_room(parts.size as usize);
        // Whatever has enough of the words has one of these: the others are too few.
        let leading = (words.len() + 1).saturating_sub(*needed).min(words.len());
        let mut documents = having_any(segment, words[..leading].iter().flatten(), scratch)?;
        for (word, terms) in self.words.iter().zip(&words) {
            self.score_word(parts, (word, terms), &documents, scratch)?;
            take_in(&mut documents, needs_all, scratch);
        }
        for bonus in bonuses {
            self.add_bonus(parts, bonus, &documents, scratch)?;
        }
        Ok(self.take_out(documents, scratch))
    }

    /// Scores one word, by the field that tells most and by all that is said.
    fn score_word(
        &self,
        parts: &Parts,
        (word, terms): (&Wanted, &[Found]),
        documents: &[DocId],
        scratch: &mut Scratch,
    ) -> Result<()> {
        let rareness = rareness(self.plan, word.frequency);
        let Scratch { set, said, told, .. } = scratch;
        for Found { share, places } in terms {
            let weight = rareness * f32::from(*share) / 100.0;
            for (place, info) in places.iter().enumerate() {
                let Some(info) = info else { continue };
                let text = &parts.texts[place];
                let scores = if place == 0 { &mut *said } else { &mut *told };
                let (dampers, weight) = (&self.dampers[place], WEIGHTS[place].0 * weight);
                let raise = |document: DocId, frequency: u32, scores: &mut [f32]| {
                    let frequency = frequency as f32;
                    let damper = dampers[usize::from(text.norms.fieldnorm_id(document))];
                    let score = weight * (frequency * (SATURATION + 1.0) / (frequency + damper));
                    let known = &mut scores[document as usize];
                    *known = known.max(score);
                };
                if documents.len() * PASSED < info.doc_freq as usize {
                    look_up(text, info, documents, |document, times| raise(document, times, scores))?;
                } else {
                    each(text, info, IndexRecordOption::WithFreqs, |document, times| {
                        if is_in(set, document) {
                            raise(document, times, scores);
                        }
                    })?;
                }
            }
        }
        Ok(())
    }

    /// Raises the scores of those documents that have what makes an answer better.
    fn add_bonus(
        &self,
        parts: &Parts,
        bonus: &Bonus,
        documents: &[DocId],
        scratch: &mut Scratch,
    ) -> Result<()> {
        let term = Term::from_field_text(self.phrases, &bonus.term);
        let postings = parts.phrases.read_postings(&term, IndexRecordOption::Basic).map_err(failed)?;
        let Some(mut postings) = postings else { return Ok(()) };
        let more = rareness(self.plan, bonus.frequency) * f32::from(bonus.factor) / 100.0;
        let Scratch { set, scores, .. } = scratch;
        if documents.len() * PASSED < postings.size_hint() as usize {
            look_through(&mut postings, documents, |document, _| scores[document as usize] += more);
            return Ok(());
        }
        while postings.doc() != TERMINATED {
            let document = postings.doc();
            if is_in(set, document) {
                scores[document as usize] += more;
            }
            postings.advance();
        }
        Ok(())
    }

    /// Takes the hits out of the scratch, which is clean then.
    fn take_out(&self, mut documents: Vec<DocId>, scratch: &mut Scratch) -> Hits {
        let Scratch { set, scores, found, .. } = scratch;
        let (all, needed) = (self.words.len(), self.plan.needed);
        let mut kept = Vec::with_capacity(documents.len());
        let mut take = |document: &DocId| {
            let place = *document as usize;
            set[place / 64] = 0;
            std::mem::take(&mut scores[place])
        };
        if needed == all {
            kept.extend(documents.iter().map(take));
            return Hits { documents, scores: kept };
        }
        documents.retain(|document| {
            let score = take(document);
            let words = std::mem::take(&mut found[*document as usize]);
            let has_enough = usize::from(words) >= needed;
            if has_enough {
                let share = f32::from(words) / all as f32;
                kept.push(score * share * share);
            }
            has_enough
        });
        Hits { documents, scores: kept }
    }
}

/// The terms of a word that a segment has. What has a term in any field has it in the first.
fn found(parts: &Parts, word: &Wanted) -> Result<Vec<Found>> {
    let mut found = Vec::with_capacity(word.terms.len());
    for (term, share) in &word.terms {
        let info =
            |text: &Text| text.terms.get_term_info(&Term::from_field_text(text.field, term)).map_err(failed);
        let [all, title, names, codes] = &parts.texts;
        let Some(anywhere) = info(all)? else { continue };
        let places = [Some(anywhere), info(title)?, info(names)?, info(codes)?];
        found.push(Found { share: *share, places });
    }
    Ok(found)
}

/// Adds what was found of a word to the scores. Where each word is needed, documents without it are let go of.
fn take_in(documents: &mut Vec<DocId>, is_needed: bool, scratch: &mut Scratch) {
    let Scratch { set, scores, told, said, found } = scratch;
    documents.retain(|document| {
        let place = *document as usize;
        let (told, said) = (std::mem::take(&mut told[place]), std::mem::take(&mut said[place]));
        let is_there = said > 0.0;
        if is_there {
            scores[place] += told + said;
        }
        if !is_needed {
            found[place] += u8::from(is_there);
        } else if !is_there {
            set[place / 64] &= !(1 << (place % 64));
            scores[place] = 0.0;
        }
        is_there || !is_needed
    });
}

/// The documents that have any of these terms, and are still there; their bits are set.
fn having_any<'f>(
    segment: &Shown,
    terms: impl Iterator<Item = &'f Found>,
    scratch: &mut Scratch,
) -> Result<Vec<DocId>> {
    let text = &segment.parts.texts[0];
    let set = &mut scratch.set;
    let mut most = 0;
    for info in terms.filter_map(|term| term.places[0].as_ref()) {
        most += info.doc_freq as usize;
        each(text, info, IndexRecordOption::Basic, |document, _| {
            set[document as usize / 64] |= 1 << (document % 64);
        })?;
    }
    let size = segment.parts.size as usize;
    let mut documents = Vec::with_capacity(most.min(size));
    for (block, word) in (0..).zip(&mut set[..size.div_ceil(64)]) {
        let mut bits = *word;
        while bits != 0 {
            let document: DocId = block * 64 + bits.trailing_zeros();
            if segment.alive().is_none_or(|alive| alive.is_alive(document)) {
                documents.push(document);
            } else {
                *word &= !(1 << (document % 64));
            }
            bits &= bits - 1;
        }
    }
    Ok(documents)
}

fn is_in(set: &[u64], document: DocId) -> bool {
    set[document as usize / 64] >> (document % 64) & 1 == 1
}

/// Goes through all documents that have a term, and how often.
fn each(
    text: &Text,
    info: &TermInfo,
    option: IndexRecordOption,
    mut work: impl FnMut(DocId, u32),
) -> Result<()> {
    let mut postings: BlockSegmentPostings =
        text.terms.read_block_postings_from_terminfo(info, option).map_err(failed)?;
    let counts = option.has_freq();
    while !postings.docs().is_empty() {
        if counts {
            for (document, times) in postings.docs().iter().zip(postings.freqs()) {
                work(*document, *times);
            }
        } else {
            for document in postings.docs() {
                work(*document, 1);
            }
        }
        postings.advance();
    }
    Ok(())
}

/// Looks for a few documents among the many that have a term.
fn look_up(text: &Text, info: &TermInfo, documents: &[DocId], work: impl FnMut(DocId, u32)) -> Result<()> {
    let option = IndexRecordOption::WithFreqs;
    let mut postings = text.terms.read_postings_from_terminfo(info, option).map_err(failed)?;
    look_through(&mut postings, documents, work);
    Ok(())
}

fn look_through(postings: &mut impl Postings, documents: &[DocId], mut work: impl FnMut(DocId, u32)) {
    let mut at = postings.doc();
    for &document in documents {
        if at < document {
            at = postings.seek(document);
        }
        if at == TERMINATED {
            break;
        }
        if at == document {
            work(document, postings.term_freq());
        }
    }
}

/// How much it says that a document has something that so many have.
fn rareness(plan: &Plan, frequency: u32) -> f32 {
    let (all, having) = (plan.documents.max(1) as f32, frequency as f32);
    (1.0 + ((all - having).max(0.0) + 0.5) / (having + 0.5)).ln()
}

#[cfg(test)]
mod tests {
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
}
