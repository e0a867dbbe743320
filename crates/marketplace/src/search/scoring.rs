//! How well documents answer a plan: BM25 of each word in the best of the fields that tell most, and in all
//! that is said of the product.

#![expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a score is an estimate; its numbers are small"
)]

use std::sync::Arc;

use tantivy::fieldnorm::FieldNormReader;
use tantivy::index::InvertedIndexReader;
use tantivy::postings::Postings;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, SegmentReader, TERMINATED, Term};

use super::index::{Fields, failed};
use super::plan::{Bonus, Plan, Wanted};
use crate::Result;

/// How fast more of the same word stops to count.
const SATURATION: f32 = 1.2;

/// What a field weighs, and how much less a word counts in a long text, in the order of
/// [`Fields::texts`].
const WEIGHTS: [(f32, f32); 4] = [(1.0, 0.6), (3.0, 0.5), (2.2, 0.1), (2.6, 0.0)];

/// A document and its score.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hit {
    pub(super) document: DocId,
    pub(super) score: f32,
    /// 0 for what was found by all words; what has fewer of them comes after.
    pub(super) tier: u8,
}

/// One text field of a segment.
struct Text {
    field: Field,
    inverted: Arc<InvertedIndexReader>,
    norms: FieldNormReader,
    /// By the length of the text, in the index's steps.
    dampers: Vec<f32>,
    weight: f32,
}

impl Text {
    fn open(segment: &SegmentReader, field: Field, (weight, slope): (f32, f32), mean: u32) -> Result<Self> {
        let damper = |step: u8| {
            let length = FieldNormReader::id_to_fieldnorm(step) as f32;
            SATURATION * (1.0 - slope + slope * length / mean.max(1) as f32)
        };
        Ok(Self {
            field,
            inverted: segment.inverted_index(field).map_err(failed)?,
            norms: segment.get_fieldnorms_reader(field).map_err(failed)?,
            dampers: (0..=u8::MAX).map(damper).collect(),
            weight,
        })
    }

    /// Raises the scores of those documents that have a term.
    fn raise(&self, term: &str, weight: f32, documents: &[DocId], scores: &mut [f32]) -> Result<()> {
        let term = Term::from_field_text(self.field, term);
        let postings = self.inverted.read_postings(&term, IndexRecordOption::WithFreqs).map_err(failed)?;
        let Some(mut postings) = postings else { return Ok(()) };
        let mut at = postings.doc();
        for (&document, score) in documents.iter().zip(scores) {
            if at < document {
                at = postings.seek(document);
            }
            if at == TERMINATED {
                break;
            }
            if at == document {
                let frequency = postings.term_freq() as f32;
                let damper = self.dampers[usize::from(self.norms.fieldnorm_id(document))];
                let found = frequency * (SATURATION + 1.0) / (frequency + damper);
                *score = score.max(self.weight * weight * found);
            }
        }
        Ok(())
    }
}

/// The documents of a segment that have the words of a plan, in their order.
pub(super) fn hits(segment: &SegmentReader, fields: &Fields, plan: &Plan) -> Result<Vec<Hit>> {
    if plan.is_hopeless() {
        return Ok(Vec::new());
    }
    let mut texts = Vec::with_capacity(WEIGHTS.len());
    for ((field, weights), mean) in fields.texts().into_iter().zip(WEIGHTS).zip(plan.lengths) {
        texts.push(Text::open(segment, field, weights, mean)?);
    }
    let needs_all = plan.needed == plan.words.len();
    let mut words: Vec<&Wanted> = plan.words.iter().collect();
    words.sort_by_key(|word| word.frequency);
    let first = if needs_all { &words[..1] } else { &words[..] };
    let mut documents = having_any(segment, &texts[0], first)?;
    let mut scores = vec![0.0; documents.len()];
    let mut found = vec![0_usize; documents.len()];
    for word in words {
        let (told, said) = of_word(&texts, plan, word, &documents)?;
        for (place, said) in said.iter().enumerate().filter(|(_, said)| **said > 0.0) {
            scores[place] += told[place] + said;
            found[place] += 1;
        }
        if needs_all {
            let mut keep = said.iter().map(|said| *said > 0.0);
            documents.retain(|_| keep.next().unwrap_or(false));
            let mut keep = said.iter().map(|said| *said > 0.0);
            scores.retain(|_| keep.next().unwrap_or(false));
            found.truncate(documents.len());
        }
    }
    for bonus in &plan.bonuses {
        add_bonus(segment, fields, plan, (bonus, &documents), &mut scores)?;
    }
    let all = plan.words.len() as f32;
    let hit = |((document, score), found): ((DocId, f32), usize)| {
        if needs_all {
            return Some(Hit { document, score, tier: 0 });
        }
        let share = found as f32 / all;
        (found >= plan.needed).then_some(Hit { document, score: score * share * share, tier: 0 })
    };
    Ok(documents.into_iter().zip(scores).zip(found).filter_map(hit).collect())
}

/// The scores of one word: by the field that tells most, and by all that is said.
fn of_word(texts: &[Text], plan: &Plan, word: &Wanted, documents: &[DocId]) -> Result<(Vec<f32>, Vec<f32>)> {
    let rareness = rareness(plan, word.frequency);
    let (mut told, mut said) = (vec![0.0; documents.len()], vec![0.0; documents.len()]);
    for (term, share) in &word.terms {
        let weight = rareness * f32::from(*share) / 100.0;
        texts[0].raise(term, weight, documents, &mut said)?;
        for text in &texts[1..] {
            text.raise(term, weight, documents, &mut told)?;
        }
    }
    Ok((told, said))
}

/// Raises the scores of those documents that have what makes an answer better.
fn add_bonus(
    segment: &SegmentReader,
    fields: &Fields,
    plan: &Plan,
    (bonus, documents): (&Bonus, &[DocId]),
    scores: &mut [f32],
) -> Result<()> {
    let inverted = segment.inverted_index(fields.phrases).map_err(failed)?;
    let term = Term::from_field_text(fields.phrases, &bonus.term);
    let postings = inverted.read_postings(&term, IndexRecordOption::Basic).map_err(failed)?;
    let Some(mut postings) = postings else { return Ok(()) };
    let more = rareness(plan, bonus.frequency) * f32::from(bonus.factor) / 100.0;
    let mut at = postings.doc();
    for (&document, score) in documents.iter().zip(scores) {
        if at < document {
            at = postings.seek(document);
        }
        if at == document {
            *score += more;
        }
    }
    Ok(())
}

/// How much it says that a document has something that so many have.
fn rareness(plan: &Plan, frequency: u32) -> f32 {
    let (all, having) = (plan.documents.max(1) as f32, frequency as f32);
    (1.0 + ((all - having).max(0.0) + 0.5) / (having + 0.5)).ln()
}

/// The documents that have a term of any of the words, and are still there.
fn having_any(segment: &SegmentReader, text: &Text, words: &[&Wanted]) -> Result<Vec<DocId>> {
    const BITS: u32 = u64::BITS;
    let mut set = vec![0_u64; (segment.max_doc() / BITS + 1) as usize];
    for (term, _) in words.iter().flat_map(|word| &word.terms) {
        let term = Term::from_field_text(text.field, term);
        let postings = text.inverted.read_postings(&term, IndexRecordOption::Basic).map_err(failed)?;
        let Some(mut postings) = postings else { continue };
        while postings.doc() != TERMINATED {
            let document = postings.doc();
            set[(document / BITS) as usize] |= 1 << (document % BITS);
            postings.advance();
        }
    }
    let mut documents = Vec::new();
    for (block, bits) in (0..).zip(set) {
        let mut bits = bits;
        while bits != 0 {
            let document: DocId = block * BITS + bits.trailing_zeros();
            bits &= bits - 1;
            if !segment.is_deleted(document) {
                documents.push(document);
            }
        }
    }
    Ok(documents)
}

/// A score with what else speaks for a product: what was sold of it, what buyers think, whether it is there.
/// In ten-thousandths, so that it is a number that a cursor can hold.
#[expect(clippy::cast_possible_truncation, reason = "scores are far below the limit")]
pub(super) fn with_renown(score: f32, sales: u64, rating: u64, in_stock: bool) -> i64 {
    let sold = (sales as f32).ln_1p() / 1_000_f32.ln_1p();
    let liked = rating as f32 / 5_000.0;
    let there = if in_stock { 0.0 } else { -0.12 };
    (score * (1.0 + 0.15 * sold.min(1.5) + 0.06 * liked + there) * 10_000.0).round() as i64
}
