//! Going through the documents that have a term.

use tantivy::index::InvertedIndexReader;
use tantivy::postings::{BlockSegmentPostings, Postings as _, TermInfo};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet as _, TERMINATED};

use super::index::failed;
use crate::Result;

/// Goes through all documents that have a term, and how often.
pub(super) fn each(
    (terms, info): (&InvertedIndexReader, &TermInfo),
    option: IndexRecordOption,
    mut work: impl FnMut(DocId, u32),
) -> Result<()> {
    let mut postings: BlockSegmentPostings =
        terms.read_block_postings_from_terminfo(info, option).map_err(failed)?;
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

/// Looks for a few documents among the many that have a term; works on their places and how often they have it.
pub(super) fn look_up(
    (terms, info): (&InvertedIndexReader, &TermInfo),
    option: IndexRecordOption,
    documents: &[DocId],
    mut work: impl FnMut(usize, u32),
) -> Result<()> {
    let mut postings = terms.read_postings_from_terminfo(info, option).map_err(failed)?;
    let mut at = postings.doc();
    for (place, &document) in documents.iter().enumerate() {
        if at < document {
            at = postings.seek(document);
        }
        if at == TERMINATED {
            break;
        }
        if at == document {
            work(place, postings.term_freq());
        }
    }
    Ok(())
}

/// The place of the first document that is not before this one, from a place on.
pub(super) fn seek(documents: &[DocId], from: usize, document: DocId) -> usize {
    let (mut low, mut step) = (from, 1);
    while documents.get(low + step - 1).is_some_and(|there| *there < document) {
        low += step;
        step *= 2;
    }
    let high = documents.len().min(low + step);
    low + documents[low.min(high)..high].partition_point(|there| *there < document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_is_not_before_is_found_from_anywhere() {
        let documents: Vec<DocId> = (0..500).map(|number| number * 3).collect();
        for from in 0..=documents.len() {
            for document in (0..1_600).step_by(7) {
                let expected = from + documents[from..].iter().take_while(|there| **there < document).count();
                assert_eq!(seek(&documents, from, document), expected, "{document} from {from}");
            }
        }
    }
}
