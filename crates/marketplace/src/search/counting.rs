//! How many hits there are of each kind. A hit counts for a facet when all filters but the facet's own let it
//! through, so that the other choices of a facet show what they would find.

use std::collections::HashMap;

use tantivy::DocId;
use tantivy::columnar::StrColumn;
use types::{CategoryId, VendorId};

use super::facets::AttributeFacet;
use super::numbers::NumberMap;
use super::selection::{Chunk, fails};
use super::vocabulary::{Numbering, Vocabulary};

/// Where the bands of prices begin in a decade, in hundredths.
const BANDS: [u64; 3] = [100, 250, 500];

/// The lower ends of the price bands in minor units: 0, 1000, 2500, 5000, 10000, …
pub(super) fn price_bands() -> Vec<u64> {
    let decades = (0..8).scan(10_u64, |decade, _| {
        let this = *decade;
        *decade *= 10;
        Some(this)
    });
    std::iter::once(0).chain(decades.flat_map(|decade| BANDS.map(|band| band * decade))).collect()
}

/// The least ratings that products are counted by, in thousandths of a star.
pub(super) const RATINGS: [u64; 4] = [4_000, 3_000, 2_000, 1_000];

/// How many hits there are of each kind.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) categories: HashMap<CategoryId, u64>,
    pub(super) vendors: HashMap<VendorId, u64>,
    /// By [`price_bands`].
    pub(super) prices: Vec<u64>,
    /// By [`RATINGS`].
    pub(super) ratings: [u64; 4],
    /// The most frequent.
    pub(super) attributes: Vec<AttributeFacet>,
}

/// Counts.
pub(super) struct Tally {
    bands: Vec<u64>,
    categories: NumberMap<u64>,
    vendors: NumberMap<u64>,
    prices: Vec<u64>,
    ratings: [u64; 4],
    /// By the vocabulary's numbers.
    attributes: Vec<u32>,
    /// Of each attribute that is asked for: how often, where only its own filter fails.
    failing: Vec<Vec<u32>>,
    rows: Rows,
}

/// Where the attributes of some documents are.
#[derive(Default)]
struct Rows {
    documents: Vec<DocId>,
    failed: Vec<u32>,
    /// Of each value, its document and where it is.
    of: Vec<DocId>,
    at: Vec<u32>,
    ordinals: Vec<u64>,
}

impl Tally {
    /// Nothing is counted yet; so many attributes are asked for.
    pub(super) fn new(asked: usize) -> Self {
        let bands = price_bands();
        Self {
            prices: vec![0; bands.len()],
            bands,
            categories: NumberMap::default(),
            vendors: NumberMap::default(),
            ratings: [0; 4],
            attributes: Vec::new(),
            failing: vec![Vec::new(); asked],
            rows: Rows::default(),
        }
    }

    /// Counts the hits of a chunk, of which it is known what they fail.
    pub(super) fn count(&mut self, chunk: &Chunk) {
        let of = |own: u32| move |(_, failed): &(&u64, &u32)| **failed & !own == 0;
        for (category, _) in chunk.category.iter().zip(&chunk.failed).filter(of(fails::CATEGORY)) {
            *self.categories.entry(*category).or_default() += 1;
        }
        for (vendor, _) in chunk.vendor.iter().zip(&chunk.failed).filter(of(fails::VENDOR)) {
            *self.vendors.entry(*vendor).or_default() += 1;
        }
        for (price, _) in chunk.price.iter().zip(&chunk.failed).filter(of(fails::PRICE)) {
            let band = self.bands.partition_point(|lower| lower <= price);
            self.prices[band.saturating_sub(1)] += 1;
        }
        for (rating, _) in chunk.rating.iter().zip(&chunk.failed).filter(of(fails::RATING)) {
            for (count, least) in self.ratings.iter_mut().zip(RATINGS) {
                *count += u64::from(*rating >= least);
            }
        }
    }

    /// Counts the attributes of a chunk: those of hits, and of what an attribute's own filter alone fails.
    pub(super) fn count_attributes(&mut self, chunk: &Chunk, column: &StrColumn, numbering: &Numbering) {
        let rows = &mut self.rows;
        let counts = |failed: u32| failed == 0 || (failed.is_power_of_two() && failed >= fails::ATTRIBUTE);
        rows.documents.clear();
        rows.failed.clear();
        for (document, failed) in chunk.documents.iter().zip(&chunk.failed).filter(|(_, it)| counts(**it)) {
            rows.documents.push(*document);
            rows.failed.push(*failed);
        }
        rows.of.clear();
        rows.at.clear();
        let ordinals = column.ords();
        ordinals.row_ids_for_docs(&rows.documents, &mut rows.of, &mut rows.at);
        rows.ordinals.resize(rows.at.len(), 0);
        ordinals.values.get_vals(&rows.at, &mut rows.ordinals);
        let mut place = 0;
        for (document, ordinal) in rows.of.iter().zip(&rows.ordinals) {
            while rows.documents[place] != *document {
                place += 1;
            }
            let failed = rows.failed[place];
            let number = usize::try_from(*ordinal).ok().and_then(|ordinal| numbering.get(ordinal));
            let Some(number) = number.map(|number| *number as usize) else { continue };
            let counts = if failed == 0 {
                &mut self.attributes
            } else {
                &mut self.failing[(failed.trailing_zeros() - fails::ATTRIBUTE.trailing_zeros()) as usize]
            };
            if counts.len() <= number {
                counts.resize(number + 1, 0);
            }
            counts[number] += 1;
        }
    }

    /// Makes room for the vocabulary, so that counting does not grow it step by step.
    pub(super) fn make_room(&mut self, vocabulary: &Vocabulary) {
        let room = vocabulary.len();
        for counts in self.failing.iter_mut().chain([&mut self.attributes]) {
            counts.resize(counts.len().max(room), 0);
        }
    }

    /// What was counted. `asked` names the attributes that are asked for: their values count where only their
    /// own filter fails, too; other attributes do not.
    pub(super) fn finish(self, vocabulary: &Vocabulary, asked: &[&str]) -> Counts {
        let by_themselves: Vec<(&str, Vec<u32>)> = asked.iter().copied().zip(self.failing).collect();
        let category = |(id, count): (u64, u64)| (CategoryId::from_i64(id.cast_signed()), count);
        let vendor = |(id, count): (u64, u64)| (VendorId::from_i64(id.cast_signed()), count);
        Counts {
            categories: self.categories.into_iter().filter(|(id, _)| *id != 0).map(category).collect(),
            vendors: self.vendors.into_iter().map(vendor).collect(),
            prices: self.prices,
            ratings: self.ratings,
            attributes: vocabulary.most_frequent(self.attributes, &by_themselves),
        }
    }
}
