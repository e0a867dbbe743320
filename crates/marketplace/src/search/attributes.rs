//! The attributes of a segment's documents, unpacked: facets of a million products are a walk over plain arrays.

use tantivy::DocId;
use tantivy::columnar::StrColumn;

use super::batch::CHUNK;
use super::vocabulary::Vocabulary;
use crate::Result;

/// What documents have, by the vocabulary's numbers.
pub(super) struct Attributes {
    /// Where those of each document begin, and where the last end.
    starts: Vec<u32>,
    numbers: Vec<u32>,
}

impl Attributes {
    /// Unpacks a column of so many documents.
    pub(super) fn read(column: &StrColumn, size: DocId, vocabulary: &Vocabulary) -> Result<Self> {
        let numbering = vocabulary.number(column)?;
        let ordinals = column.ords();
        let mut starts = Vec::with_capacity(size as usize + 1);
        let mut numbers = Vec::new();
        let (mut of, mut at, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let documents: Vec<DocId> = (0..size).collect();
        for chunk in documents.chunks(CHUNK) {
            of.clear();
            at.clear();
            ordinals.row_ids_for_docs(chunk, &mut of, &mut at);
            values.resize(at.len(), 0);
            ordinals.values.get_vals(&at, &mut values);
            let mut found = of.iter().zip(&values).peekable();
            for document in chunk {
                starts.push(place(numbers.len()));
                while let Some((_, ordinal)) = found.next_if(|(of, _)| *of == document) {
                    let number = usize::try_from(*ordinal).ok().and_then(|ordinal| numbering.get(ordinal));
                    numbers.extend(number);
                }
            }
        }
        starts.push(place(numbers.len()));
        numbers.shrink_to_fit();
        Ok(Self { starts, numbers })
    }

    /// Adds as much to the count of whatever documents of a set have, each time; a bit of the set is a document.
    pub(super) fn add(&self, set: impl Iterator<Item = u64>, counts: &mut [u32], much: u32) {
        for (block, mut bits) in (0..).step_by(64).zip(set) {
            while bits != 0 {
                let first = bits.trailing_zeros();
                let run = (bits >> first).trailing_ones();
                let begin = block + first as usize;
                let numbers = self.starts[begin] as usize..self.starts[begin + run as usize] as usize;
                for number in &self.numbers[numbers] {
                    let count = &mut counts[*number as usize];
                    *count = count.wrapping_add(much);
                }
                bits &= u64::MAX.checked_shl(first + run).unwrap_or(0);
            }
        }
    }

    /// The same for all documents.
    pub(super) fn add_all(&self, counts: &mut [u32], much: u32) {
        for number in &self.numbers {
            let count = &mut counts[*number as usize];
            *count = count.wrapping_add(much);
        }
    }

    /// What one document has.
    pub(super) fn of(&self, document: DocId) -> &[u32] {
        let document = document as usize;
        &self.numbers[self.starts[document] as usize..self.starts[document + 1] as usize]
    }
}

/// A segment has by far less than four thousand million values.
fn place(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
