//! The index as it was after a commit, opened once: searches find columns, dictionaries and lengths at hand,
//! and a commit opens only what it added.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;
use std::sync::Arc;

use parking_lot::Mutex;
use tantivy::directory::META_LOCK;
use tantivy::fastfield::AliveBitSet;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::index::{InvertedIndexReader, SegmentComponent, SegmentId, SegmentReader};
use tantivy::schema::Field;
use tantivy::{Directory as _, DocId, Index, Segment, Term};

use super::attributes::Attributes;
use super::columns::Columns;
use super::index::{Fields, failed};
use super::vocabulary::Vocabulary;
use crate::Result;

/// Answers that are remembered: some megabyte.
const REMEMBERED: usize = 10_000;

/// One state of the index.
pub(super) struct View {
    pub(super) segments: Vec<Shown>,
    /// Documents that can be found.
    pub(super) documents: u32,
    /// The mean length of each text field, in terms.
    pub(super) lengths: [u32; 4],
    /// How many documents have each attribute, by the vocabulary's numbers; those that are gone are among them.
    pub(super) having: Vec<u32>,
    /// What was asked of it before: words repeat from query to query.
    frequencies: Remembered<String, u32>,
    pub(super) completions: Remembered<(String, u32, bool), Vec<(String, u32)>>,
}

/// Answers that are remembered while a state of the index lasts.
pub(super) struct Remembered<K, V>(Mutex<HashMap<K, V>>);

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Remembered<K, V> {
    /// The answer, worked out when it is not known.
    pub(super) fn find<Q>(&self, key: &Q, work: impl FnOnce() -> Result<V>) -> Result<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
    {
        if let Some(known) = self.0.lock().get(key) {
            return Ok(known.clone());
        }
        let answer = work()?;
        let mut known = self.0.lock();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(key.to_owned(), answer.clone());
        Ok(answer)
    }
}

/// A segment, as far as its documents are still there.
pub(super) struct Shown {
    pub(super) parts: Arc<Parts>,
    /// Names the state of what was deleted.
    deletions: Option<u64>,
    alive: Option<AliveBitSet>,
}

/// What a segment is made of. It never changes.
pub(super) struct Parts {
    pub(super) id: SegmentId,
    /// How many documents it was made of.
    pub(super) size: DocId,
    /// In the order of [`Fields::texts`].
    pub(super) texts: [Text; 4],
    pub(super) phrases: Arc<InvertedIndexReader>,
    pub(super) attributes: Arc<InvertedIndexReader>,
    pub(super) columns: Columns,
}

/// A text field of a segment.
pub(super) struct Text {
    pub(super) field: Field,
    pub(super) terms: Arc<InvertedIndexReader>,
    pub(super) norms: FieldNormReader,
}

impl View {
    /// Opens the index as it is, with what is open of it already.
    pub(super) fn open(
        index: &Index,
        (fields, vocabulary): (&Fields, &Vocabulary),
        known: Option<&Self>,
    ) -> Result<Self> {
        // No file goes away until it is open.
        let _lock = index.directory().acquire_lock(&META_LOCK).map_err(failed)?;
        let segments = index.searchable_segments().map_err(failed)?;
        let before: &[Shown] = known.map_or(&[], |view| &view.segments);
        let open = |segment| Shown::open(segment, (fields, vocabulary), before);
        let segments: Vec<Shown> = segments.iter().map(open).collect::<Result<_>>()?;
        let documents = segments.iter().map(Shown::documents).sum();
        let mean = |text: usize| {
            let terms = segments.iter().map(|segment| segment.parts.texts[text].terms.total_num_tokens());
            let mean = terms.sum::<u64>() / u64::from(documents).max(1);
            u32::try_from(mean).unwrap_or(u32::MAX).max(1)
        };
        let lengths = [mean(0), mean(1), mean(2), mean(3)];
        let mut having = known.map(|view| view.having.clone()).unwrap_or_default();
        having.resize(vocabulary.len(), 0);
        each_new(before, &segments, |attributes| attributes.add_all(&mut having, 1));
        each_new(&segments, before, |attributes| attributes.add_all(&mut having, u32::MAX));
        let (frequencies, completions) = Default::default();
        Ok(Self { segments, documents, lengths, having, frequencies, completions })
    }

    /// How many documents have a term anywhere.
    pub(super) fn frequency(&self, term: &str) -> Result<u32> {
        self.frequencies.find(term, || self.frequency_in(0..1, term))
    }

    /// How often documents have a term in some of the text fields.
    pub(super) fn frequency_in(&self, texts: Range<usize>, term: &str) -> Result<u32> {
        let texts = self.segments.iter().flat_map(|segment| &segment.parts.texts[texts.clone()]);
        sum(texts.map(|text| (&*text.terms, text.field)), term)
    }

    /// How many documents have a term among the pairs and names of `phrases`.
    pub(super) fn phrase_frequency(&self, phrases: Field, term: &str) -> Result<u32> {
        sum(self.segments.iter().map(|segment| (&*segment.parts.phrases, phrases)), term)
    }
}

/// Works on the attributes of those segments that were not there before.
fn each_new(before: &[Shown], after: &[Shown], mut work: impl FnMut(&Attributes)) {
    let is_new = |shown: &&Shown| before.iter().all(|other| !Arc::ptr_eq(&other.parts, &shown.parts));
    after
        .iter()
        .filter(is_new)
        .filter_map(|shown| shown.parts.columns.attributes.as_ref())
        .for_each(&mut work);
}

fn sum<'t>(terms: impl Iterator<Item = (&'t InvertedIndexReader, Field)>, term: &str) -> Result<u32> {
    let mut sum = 0_u32;
    for (terms, field) in terms {
        let found = terms.doc_freq(&Term::from_field_text(field, term)).map_err(failed)?;
        sum = sum.saturating_add(found);
    }
    Ok(sum)
}

impl Shown {
    fn open(segment: &Segment, of: (&Fields, &Vocabulary), known: &[Self]) -> Result<Self> {
        let deletions = segment.meta().delete_opstamp();
        let known = known.iter().find(|known| known.parts.id == segment.id());
        let parts = match known {
            Some(known) => Arc::clone(&known.parts),
            None => Arc::new(Parts::open(segment, of)?),
        };
        let alive = match known.filter(|known| known.deletions == deletions) {
            Some(known) => known.alive.clone(),
            None if segment.meta().has_deletes() => {
                let file = segment.open_read(SegmentComponent::Delete).map_err(failed)?;
                Some(AliveBitSet::open(file.read_bytes().map_err(failed)?))
            }
            None => None,
        };
        Ok(Self { parts, deletions, alive })
    }

    /// How many of its documents are still there.
    fn documents(&self) -> u32 {
        let alive = self.alive.as_ref().and_then(|alive| u32::try_from(alive.num_alive_docs()).ok());
        alive.unwrap_or(self.parts.size)
    }

    /// Whether a document is still there.
    pub(super) fn has(&self, document: DocId) -> bool {
        self.alive.as_ref().is_none_or(|alive| alive.is_alive(document))
    }

    /// Which documents are still there; all of them when it is absent.
    pub(super) fn alive(&self) -> Option<&AliveBitSet> {
        self.alive.as_ref()
    }
}

impl Parts {
    fn open(segment: &Segment, (fields, vocabulary): (&Fields, &Vocabulary)) -> Result<Self> {
        let reader = SegmentReader::open(segment).map_err(failed)?;
        let terms = |field| reader.inverted_index(field).map_err(failed);
        let text = |field| -> Result<Text> {
            let norms = reader.get_fieldnorms_reader(field).map_err(failed)?;
            Ok(Text { field, terms: terms(field)?, norms })
        };
        let [all, title, names, codes] = fields.texts();
        Ok(Self {
            id: segment.id(),
            size: segment.meta().max_doc(),
            texts: [text(all)?, text(title)?, text(names)?, text(codes)?],
            phrases: terms(fields.phrases)?,
            attributes: terms(fields.attribute)?,
            columns: Columns::read(&reader, vocabulary)?,
        })
    }
}
