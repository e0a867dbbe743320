//! The columns of a segment, read for many documents at a time: one by one they would cost a call each.

use std::sync::Arc;

use tantivy::columnar::{ColumnValues, StrColumn};
use tantivy::{DocId, SegmentReader};

use super::index::failed;
use crate::Result;

/// Documents that are looked at together.
pub(super) const CHUNK: usize = 1_024;

/// Numbers, one a document.
pub(super) struct Numbers(Arc<dyn ColumnValues<u64>>);

impl Numbers {
    fn open(segment: &SegmentReader, name: &str) -> Result<Self> {
        let column = segment.fast_fields().u64(name).map_err(failed)?;
        let is_full = column.get_cardinality().is_full();
        Ok(Self(if is_full { column.values } else { column.first_or_default_col(0) }))
    }

    /// The numbers of documents, which are in their order.
    pub(super) fn read(&self, documents: &[DocId], numbers: &mut Vec<u64>) {
        numbers.resize(documents.len(), 0);
        match (documents.first(), documents.last()) {
            (Some(first), Some(last)) if (last - first) as usize + 1 == documents.len() => {
                self.0.get_range(u64::from(*first), numbers);
            }
            _ => self.0.get_vals(documents, numbers),
        }
    }
}

/// The columns of a segment.
pub(super) struct Columns {
    pub(super) id: Numbers,
    pub(super) category: Numbers,
    pub(super) vendor: Numbers,
    pub(super) price: Numbers,
    pub(super) rating: Numbers,
    pub(super) sales: Numbers,
    pub(super) flags: Numbers,
    /// Absent where no document has any.
    pub(super) attributes: Option<StrColumn>,
}

impl Columns {
    pub(super) fn open(segment: &SegmentReader) -> Result<Self> {
        Ok(Self {
            id: Numbers::open(segment, "id")?,
            category: Numbers::open(segment, "category")?,
            vendor: Numbers::open(segment, "vendor")?,
            price: Numbers::open(segment, "price")?,
            rating: Numbers::open(segment, "rating")?,
            sales: Numbers::open(segment, "sales")?,
            flags: Numbers::open(segment, "flags")?,
            attributes: segment.fast_fields().str("attribute").map_err(failed)?,
        })
    }
}
