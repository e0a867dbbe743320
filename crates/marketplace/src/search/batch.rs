//! Documents that are looked at together, and which filters do not let each of them through.

#![expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a score is an estimate; it is far below the limit of the numbers that cursors hold"
)]

use std::ops::Range;

use tantivy::DocId;

/// Documents that are looked at together.
pub(super) const CHUNK: usize = 1_024;

/// Scores are ranked by ten-thousandths, so that they are numbers that a cursor can hold.
const STEPS: f32 = 10_000.0;

/// What stands in the way of a document, a bit each: the filters that have a facet, and others.
pub(super) mod fails {
    pub(in super::super) const CATEGORY: u16 = 1;
    pub(in super::super) const VENDOR: u16 = 1 << 1;
    pub(in super::super) const PRICE: u16 = 1 << 2;
    pub(in super::super) const RATING: u16 = 1 << 3;
    pub(in super::super) const OTHER: u16 = 1 << 4;
    /// It is not there any more.
    pub(in super::super) const GONE: u16 = 1 << 5;
    /// The first attribute; each has a bit of its own.
    pub(in super::super) const ATTRIBUTE: u16 = 1 << 6;
}

/// Documents of a segment.
pub(super) enum Batch<'a> {
    /// One after the other.
    Range(Range<usize>),
    /// Hits in their order.
    Hits {
        documents: &'a [DocId],
        scores: &'a [f32],
        /// To be added to what they are ranked by.
        offset: i64,
    },
}

/// Which filters do not let each document of a batch through.
#[derive(Default)]
pub(super) struct Failing {
    failed: Vec<u16>,
}

impl Batch<'_> {
    /// The document at a place of the batch.
    pub(super) fn document(&self, place: usize) -> usize {
        match self {
            Self::Range(range) => range.start + place,
            Self::Hits { documents, .. } => documents[place] as usize,
        }
    }

    /// Works on the number of each document in a column, with something else that is known of it.
    pub(super) fn zip<T: Copy, U>(
        &self,
        column: &[T],
        others: impl Iterator<Item = U>,
        mut work: impl FnMut(T, U),
    ) {
        match self {
            Self::Range(range) => {
                column[range.clone()].iter().zip(others).for_each(|(value, other)| work(*value, other));
            }
            Self::Hits { documents, .. } => {
                documents.iter().zip(others).for_each(|(it, other)| work(column[*it as usize], other));
            }
        }
    }
}

impl Failing {
    /// Nothing stands in the way of so many documents yet.
    pub(super) fn begin(&mut self, documents: usize) {
        self.failed.clear();
        self.failed.resize(documents, 0);
    }

    /// What each document fails.
    pub(super) fn all(&self) -> &[u16] {
        &self.failed
    }

    /// Marks those that are not there any more.
    pub(super) fn mark_gone(&mut self, gone: impl Iterator<Item = bool>) {
        for (failed, gone) in self.failed.iter_mut().zip(gone) {
            *failed |= u16::from(gone) * fails::GONE;
        }
    }

    /// Marks those of which a number fails.
    pub(super) fn mark<T: Copy>(
        &mut self,
        batch: &Batch<'_>,
        column: &[T],
        bit: u16,
        fails: impl Fn(T) -> bool,
    ) {
        batch.zip(column, self.failed.iter_mut(), |value, failed| {
            *failed |= if fails(value) { bit } else { 0 };
        });
    }

    /// Marks those that are not in a set.
    pub(super) fn mark_without(&mut self, batch: &Batch<'_>, set: &[u64], bit: u16) {
        for (place, failed) in self.failed.iter_mut().enumerate() {
            let document = batch.document(place);
            let is_in = set[document / 64] >> (document % 64) & 1 == 1;
            *failed |= u16::from(!is_in) * bit;
        }
    }

    /// How many nothing stands in the way of.
    pub(super) fn passing(&self) -> usize {
        // Small sums fit many at a time.
        let chunks = self.failed.chunks(CHUNK);
        chunks.map(|chunk| usize::from(chunk.iter().map(|failed| u16::from(*failed == 0)).sum::<u16>())).sum()
    }

    /// Works on the places and numbers of those that pass and whose number is between two.
    pub(super) fn each_between<T: Copy + PartialOrd>(
        &self,
        batch: &Batch<'_>,
        column: &[T],
        bounds: (T, T),
        mut work: impl FnMut(usize, T),
    ) {
        let fits = |value: T, failed: u16| failed == 0 && value >= bounds.0 && value <= bounds.1;
        // Mostly there is none, which is found out for several at a time.
        let mut count = 0_u32;
        batch.zip(column, self.failed.iter(), |value, failed| count += u32::from(fits(value, *failed)));
        if count == 0 {
            return;
        }
        let mut place = 0;
        batch.zip(column, self.failed.iter(), |value, failed| {
            if fits(value, *failed) {
                work(place, value);
            }
            place += 1;
        });
    }

    /// Works on the places of those that pass, and on what they are ranked by when the words count, as far as
    /// that is at least so much.
    pub(super) fn each_relevant(
        &self,
        batch: &Batch<'_>,
        renown: &[f32],
        least: i64,
        mut work: impl FnMut(usize, i64),
    ) {
        let (scores, offset): (&[f32], i64) = match batch {
            Batch::Range(_) => (&[], 0),
            Batch::Hits { scores, offset, .. } => (scores, *offset),
        };
        // Rounded down, and by more than what single precision is off.
        let least = least.saturating_sub(offset) as f32;
        let least = least - 1.0 - least.abs() * 1e-6;
        let mut place = 0;
        batch.zip(renown, self.failed.iter().zip(scores), |renown, (failed, score)| {
            let score = score * renown * STEPS;
            if *failed == 0 && score >= least {
                work(place, score.round() as i64 + offset);
            }
            place += 1;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_and_the_same_hits_are_one() {
        let column: Vec<u64> = (0..100).map(|number| number * 37 % 100).collect();
        let documents: Vec<DocId> = (40..70).collect();
        let scores = vec![1.0; documents.len()];
        let look = |batch: &Batch<'_>| {
            let mut failing = Failing::default();
            failing.begin(30);
            failing.mark(batch, &column, fails::PRICE, |price| price < 20);
            failing.mark_without(batch, &[u64::MAX << 50, u64::MAX], fails::ATTRIBUTE);
            let mut found = Vec::new();
            failing.each_between(batch, &column, (51, 1_000), |place, price| {
                found.push((batch.document(place), price));
            });
            (failing.all().to_vec(), failing.passing(), found)
        };
        let (failed, passing, found) = look(&Batch::Range(40..70));
        assert_eq!(passing, failed.iter().filter(|failed| **failed == 0).count());
        let expected: Vec<(usize, u64)> =
            (50..70).map(|document| (document, column[document])).filter(|(_, price)| *price > 50).collect();
        assert_eq!(found, expected);
        let hits = Batch::Hits { documents: &documents, scores: &scores, offset: 0 };
        assert_eq!(look(&hits), (failed, passing, found));
    }

    #[test]
    fn nothing_that_is_good_enough_is_passed_over() {
        let (documents, scores) = ([0, 1, 2, 3], [3.0_f32, 2.0, 3.000_05, 90.0]);
        let mut failing = Failing::default();
        failing.begin(documents.len());
        let batch = Batch::Hits { documents: &documents, scores: &scores, offset: -7 };
        let mut found = Vec::new();
        failing.each_relevant(&batch, &[1.0; 4], 29_993, |place, key| found.push((place, key)));
        found.retain(|(_, key)| *key >= 29_993);
        assert_eq!(found, [(0, 29_993), (2, 29_994), (3, 899_993)]);
    }
}
