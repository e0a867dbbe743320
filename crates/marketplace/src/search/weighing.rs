//! How much a word says of the documents that have it: BM25 in the best of the fields that tell most, and in all
//! that is said of the product, without how rare the word is. So it is the same for every query that has the word,
//! and what many documents have is kept.

#![expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a score is an estimate; its numbers are small"
)]

use std::fmt::Write as _;
use std::sync::Arc;

use moka::sync::Cache;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::index::SegmentId;
use tantivy::postings::TermInfo;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, Term};

use super::index::failed;
use super::plan::{Plan, Wanted};
use super::postings::{each, look_up, seek};
use super::scratch::Scratch;
use super::view::{Parts, Text};
use crate::Result;

/// How fast more of the same word stops to count.
const SATURATION: f32 = 1.2;

/// What a field weighs, and how much less a word counts in a long text, in the order of
/// [`Fields::texts`](super::index::Fields::texts).
const WEIGHTS: [(f32, f32); 4] = [(1.0, 0.6), (3.0, 0.5), (2.2, 0.1), (2.6, 0.0)];

/// How many documents of a term are passed over faster than one is looked up.
pub(super) const PASSED: usize = 24;

/// Documents of a segment that make a word worth being kept.
const FREQUENT: usize = 1_000;

/// Bytes of all that is kept: six million documents of words.
const CAPACITY: u64 = 48 * 1024 * 1024;

/// Words of which it is remembered that they were asked for.
const REMEMBERED: u64 = 10_000;

/// The documents of a segment that have a word, in their order, and how much it says of each.
#[derive(Debug, Default)]
pub(super) struct Weighed {
    pub(super) documents: Vec<DocId>,
    pub(super) weights: Vec<f32>,
}

impl Weighed {
    /// How much the word says of some documents, in their order.
    pub(super) fn of(&self, some: &[DocId]) -> Vec<f32> {
        let mut at = 0;
        let weight = |document: &DocId| {
            at = seek(&self.documents, at, *document);
            if self.documents.get(at) == Some(document) { self.weights[at] } else { 0.0 }
        };
        some.iter().map(weight).collect()
    }
}

/// Of what a list is: a segment never changes, and the text tells all that weights depend on.
type Key = (SegmentId, Arc<str>);

/// The lists of frequent words.
#[derive(Debug)]
pub(super) struct Kept {
    lists: Cache<Key, Arc<Weighed>>,
    /// The words that were asked for lately.
    asked: Cache<Arc<str>, ()>,
}

impl Default for Kept {
    fn default() -> Self {
        let weigh = |key: &Key, list: &Arc<Weighed>| {
            let bytes = key.1.len() + list.documents.len() * size_of::<(DocId, f32)>();
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        let lists = Cache::builder().max_capacity(CAPACITY).weigher(weigh).build();
        Self { lists, asked: Cache::new(REMEMBERED) }
    }
}

/// A word of a plan, as it is weighed in each segment.
pub(super) struct Weigher<'p> {
    word: &'p Wanted,
    kept: &'p Kept,
    dampers: &'p Dampers,
    key: Arc<str>,
    /// Whether it was asked for lately: a list of all that have it is worth its time then.
    is_repeated: bool,
}

/// The documents that are weighed.
enum Among<'d> {
    /// All that have the word.
    All,
    /// These, each looked up.
    Few(&'d [DocId]),
    /// Those of a set, a bit each.
    Set(&'d [u64]),
}

/// By the length of the text, in the index's steps: by how much that damps a word.
pub(super) struct Dampers([Box<[f32; 256]>; 4]);

impl Dampers {
    pub(super) fn of(plan: &Plan) -> Self {
        let damper = |place: usize| {
            let ((_, slope), mean) = (WEIGHTS[place], plan.lengths[place]);
            let mut dampers = Box::new([0.0; 256]);
            for (step, damper) in (0..=u8::MAX).zip(dampers.iter_mut()) {
                let length = FieldNormReader::id_to_fieldnorm(step) as f32;
                *damper = SATURATION * (1.0 - slope + slope * length / mean.max(1) as f32);
            }
            dampers
        };
        Self([damper(0), damper(1), damper(2), damper(3)])
    }
}

/// Where a segment has a word.
pub(super) enum Found {
    /// In documents that are known.
    Listed(Arc<Weighed>),
    /// In those of these terms; nowhere, when there is none.
    Terms(Vec<FoundTerm>),
}

/// A term that stands for a word, where a segment has it.
pub(super) struct FoundTerm {
    /// Of the word's weight.
    share: u8,
    /// By field.
    places: [Option<TermInfo>; 4],
}

impl Found {
    pub(super) fn is_empty(&self) -> bool {
        self.documents() == 0
    }

    /// Documents that have it, at most.
    fn documents(&self) -> usize {
        match self {
            Self::Listed(list) => list.documents.len(),
            Self::Terms(terms) => {
                let anywhere = terms.iter().filter_map(|term| term.places[0].as_ref());
                anywhere.map(|info| info.doc_freq as usize).sum()
            }
        }
    }
}

impl<'p> Weigher<'p> {
    pub(super) fn new(plan: &Plan, word: &'p Wanted, (kept, dampers): (&'p Kept, &'p Dampers)) -> Self {
        let mut key = format!("{:?}", plan.lengths);
        for (term, share) in &word.terms {
            // Writing to a String can't fail.
            _ = write!(key, " {term} {share}");
        }
        let key: Arc<str> = key.into();
        let is_frequent = word.frequency as usize >= FREQUENT;
        let is_repeated = is_frequent && !kept.asked.entry(Arc::clone(&key)).or_insert(()).is_fresh();
        Self { word, kept, dampers, key, is_repeated }
    }

    /// Where a segment has the word. What has a term in any field has it in the first.
    pub(super) fn find(&self, parts: &Parts) -> Result<Found> {
        if self.word.frequency as usize >= FREQUENT
            && let Some(known) = self.kept.lists.get(&(parts.id, Arc::clone(&self.key)))
        {
            return Ok(Found::Listed(known));
        }
        let mut found = Vec::with_capacity(self.word.terms.len());
        for (term, share) in &self.word.terms {
            let info = |text: &Text| {
                text.terms.get_term_info(&Term::from_field_text(text.field, term)).map_err(failed)
            };
            let [all, title, names, codes] = &parts.texts;
            let Some(anywhere) = info(all)? else { continue };
            let places = [Some(anywhere), info(title)?, info(names)?, info(codes)?];
            found.push(FoundTerm { share: *share, places });
        }
        Ok(Found::Terms(found))
    }

    /// All documents that have the word.
    pub(super) fn all(&self, parts: &Parts, found: &Found, scratch: &mut Scratch) -> Result<Arc<Weighed>> {
        let terms = match found {
            Found::Listed(list) => return Ok(Arc::clone(list)),
            Found::Terms(terms) => terms,
        };
        scratch.make_room(parts.size as usize);
        let Scratch { set, sayings } = scratch;
        self.each_gain(parts, terms, &Among::All, |place, document, gain| {
            sayings.raise(place, document, gain);
            set[document as usize / 64] |= 1 << (document % 64);
        })?;
        let list = Arc::new(sweep(scratch, found.documents()));
        if list.documents.len() >= FREQUENT {
            self.kept.lists.insert((parts.id, Arc::clone(&self.key)), Arc::clone(&list));
        }
        Ok(list)
    }

    /// How much the word says of some documents, nothing of those that don't have it. Absent where it is faster
    /// to go through [`all`](Self::all) that have it.
    pub(super) fn some(
        &self,
        (parts, found): (&Parts, &Found),
        documents: &[DocId],
        scratch: &mut Scratch,
    ) -> Result<Option<Vec<f32>>> {
        let Found::Terms(terms) = found else { return Ok(None) };
        let all = found.documents();
        let is_few = documents.len() * PASSED < all;
        if !is_few && (self.is_repeated || 2 * documents.len() >= all) {
            return Ok(None);
        }
        scratch.make_room(parts.size as usize);
        let Scratch { set, sayings } = scratch;
        let raise = |place: usize, document: DocId, gain: f32| sayings.raise(place, document, gain);
        if is_few {
            self.each_gain(parts, terms, &Among::Few(documents), raise)?;
        } else {
            for document in documents {
                set[*document as usize / 64] |= 1 << (document % 64);
            }
            self.each_gain(parts, terms, &Among::Set(set), raise)?;
            for document in documents {
                set[*document as usize / 64] = 0;
            }
        }
        Ok(Some(documents.iter().map(|document| sayings.take(*document)).collect()))
    }

    /// Works on what each term in each field says of the documents that have it there: of all, or of some.
    fn each_gain(
        &self,
        parts: &Parts,
        found: &[FoundTerm],
        among: &Among<'_>,
        mut work: impl FnMut(usize, DocId, f32),
    ) -> Result<()> {
        for FoundTerm { share, places } in found {
            for (place, info) in places.iter().enumerate() {
                let Some(info) = info else { continue };
                let text = &parts.texts[place];
                let dampers = &self.dampers.0[place];
                let weight = WEIGHTS[place].0 * f32::from(*share) / 100.0;
                let mut raise = |document: DocId, frequency: u32| {
                    let frequency = frequency as f32;
                    let damper = dampers[usize::from(text.norms.fieldnorm_id(document))];
                    work(place, document, weight * (frequency * (SATURATION + 1.0) / (frequency + damper)));
                };
                let postings = (&*text.terms, info);
                let option = IndexRecordOption::WithFreqs;
                match among {
                    Among::All => each(postings, option, raise)?,
                    Among::Few(few) => {
                        look_up(postings, option, few, |place, times| raise(few[place], times))?;
                    }
                    Among::Set(set) => each(postings, option, |document, times| {
                        if set[document as usize / 64] >> (document % 64) & 1 == 1 {
                            raise(document, times);
                        }
                    })?,
                }
            }
        }
        Ok(())
    }
}

/// Takes what was found out of the scratch, which is clean then.
fn sweep(scratch: &mut Scratch, most: usize) -> Weighed {
    let Scratch { set, sayings } = scratch;
    let mut list = Weighed { documents: Vec::with_capacity(most), weights: Vec::with_capacity(most) };
    for (block, bits) in (0..).zip(set) {
        let mut bits = std::mem::take(bits);
        while bits != 0 {
            let document: DocId = block * 64 + bits.trailing_zeros();
            let weight = sayings.take(document);
            if weight > 0.0 {
                list.documents.push(document);
                list.weights.push(weight);
            }
            bits &= bits - 1;
        }
    }
    list
}
