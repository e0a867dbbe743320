//! The index as it was after a commit, opened once: searches find columns, dictionaries and lengths at hand,
//! and a commit opens only what it added.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use tantivy::directory::META_LOCK;
use tantivy::fastfield::AliveBitSet;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::index::{InvertedIndexReader, SegmentComponent, SegmentId, SegmentReader};
use tantivy::schema::Field;
use tantivy::{Directory as _, DocId, Index, Segment, Term};

use super::columns::Columns;
use super::index::{Fields, failed};
use super::vocabulary::{Numbering, Vocabulary};
use crate::Result;

/// One state of the index.
pub(super) struct View {
    pub(super) segments: Vec<Shown>,
    /// Documents that can be found.
    pub(super) documents: u32,
    /// The mean length of each text field, in terms.
    pub(super) lengths: [u32; 4],
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
    id: SegmentId,
    /// How many documents it was made of.
    pub(super) size: DocId,
    /// In the order of [`Fields::texts`].
    pub(super) texts: [Text; 4],
    pub(super) phrases: Arc<InvertedIndexReader>,
    pub(super) attributes: Arc<InvertedIndexReader>,
    pub(super) columns: Columns,
    numbering: OnceLock<Numbering>,
}

/// A text field of a segment.
pub(super) struct Text {
    pub(super) field: Field,
    pub(super) terms: Arc<InvertedIndexReader>,
    pub(super) norms: FieldNormReader,
}

impl View {
    /// Opens the index as it is, with what is open of it already.
    pub(super) fn open(index: &Index, fields: &Fields, known: Option<&Self>) -> Result<Self> {
        // No file goes away until it is open.
        let _lock = index.directory().acquire_lock(&META_LOCK).map_err(failed)?;
        let segments = index.searchable_segments().map_err(failed)?;
        let known: &[Shown] = known.map_or(&[], |view| &view.segments);
        let segments: Vec<Shown> =
            segments.iter().map(|segment| Shown::open(segment, fields, known)).collect::<Result<_>>()?;
        let documents = segments.iter().map(Shown::documents).sum();
        let mean = |text: usize| {
            let terms = segments.iter().map(|segment| segment.parts.texts[text].terms.total_num_tokens());
            let mean = terms.sum::<u64>() / u64::from(documents).max(1);
            u32::try_from(mean).unwrap_or(u32::MAX).max(1)
        };
        let lengths = [mean(0), mean(1), mean(2), mean(3)];
        Ok(Self { segments, documents, lengths })
    }

    /// How many documents have a term anywhere.
    pub(super) fn frequency(&self, term: &str) -> Result<u32> {
        self.frequency_in(0..1, term)
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

fn sum<'t>(terms: impl Iterator<Item = (&'t InvertedIndexReader, Field)>, term: &str) -> Result<u32> {
    let mut sum = 0_u32;
    for (terms, field) in terms {
        let found = terms.doc_freq(&Term::from_field_text(field, term)).map_err(failed)?;
        sum = sum.saturating_add(found);
    }
    Ok(sum)
}

impl Shown {
    fn open(segment: &Segment, fields: &Fields, known: &[Self]) -> Result<Self> {
        let deletions = segment.meta().delete_opstamp();
        let known = known.iter().find(|known| known.parts.id == segment.id());
        let parts = match known {
            Some(known) => Arc::clone(&known.parts),
            None => Arc::new(Parts::open(segment, fields)?),
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

    /// Which documents are still there; all of them when it is absent.
    pub(super) fn alive(&self) -> Option<&AliveBitSet> {
        self.alive.as_ref()
    }
}

impl Parts {
    fn open(segment: &Segment, fields: &Fields) -> Result<Self> {
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
            columns: Columns::read(&reader)?,
            numbering: OnceLock::new(),
        })
    }

    /// The vocabulary's numbers of its attributes; absent where no document has any.
    pub(super) fn numbering(&self, vocabulary: &Vocabulary) -> Result<Option<&Numbering>> {
        let Some(column) = &self.columns.attributes else { return Ok(None) };
        if let Some(known) = self.numbering.get() {
            return Ok(Some(known));
        }
        let numbering = vocabulary.number(column)?;
        Ok(Some(self.numbering.get_or_init(|| numbering)))
    }
}
