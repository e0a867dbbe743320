//! How many hits there are of each kind. A hit counts for a facet when all filters but the facet's own let it
//! through, so that the other choices of a facet show what they would find.

use std::collections::HashMap;
use std::sync::LazyLock;

use tantivy::DocId;
use tantivy::columnar::StrColumn;
use types::{CategoryId, VendorId};

use super::batch::{Batch, Failing, fails};
use super::columns::{Columns, Ordinals};
use super::facets::AttributeFacet;
use super::numbers::NumberMap;
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

static PRICE_BANDS: LazyLock<Vec<u64>> = LazyLock::new(price_bands);

/// The place of a price's band among [`price_bands`].
pub(super) fn band_of(price: u64) -> u8 {
    let band = PRICE_BANDS.partition_point(|lower| *lower <= price);
    u8::try_from(band.saturating_sub(1)).unwrap_or(u8::MAX)
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
    categories: NumberMap<u64>,
    vendors: NumberMap<u64>,
    prices: Vec<u64>,
    ratings: [u64; 4],
    /// Of the segment that is looked at, by the places of its categories, and of its shops.
    segment: (Vec<u32>, Vec<u32>),
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
    failed: Vec<u16>,
    /// Of each value, its document and where it is.
    of: Vec<DocId>,
    at: Vec<u32>,
    ordinals: Vec<u64>,
}

impl Tally {
    /// Nothing is counted yet; so many attributes are asked for.
    pub(super) fn new(asked: usize) -> Self {
        Self {
            // One more than there are, for any byte of a damaged column.
            prices: vec![0; usize::from(u8::MAX) + 1],
            categories: NumberMap::default(),
            vendors: NumberMap::default(),
            ratings: [0; 4],
            segment: Default::default(),
            attributes: Vec::new(),
            failing: vec![Vec::new(); asked],
            rows: Rows::default(),
        }
    }

    /// Begins with a segment.
    pub(super) fn open(&mut self, columns: &Columns) {
        let (categories, vendors) = &mut self.segment;
        for (counts, ordinals) in [(categories, &columns.category), (vendors, &columns.vendor)] {
            counts.clear();
            counts.resize(ordinals.numbers.len(), 0);
        }
    }

    /// Counts the hits of a batch, of which it is known what they fail.
    pub(super) fn count(&mut self, batch: &Batch<'_>, failing: &Failing, columns: &Columns) {
        let counts = |own: u16| failing.all().iter().map(move |failed| failed & !own == 0);
        let (categories, vendors) = &mut self.segment;
        batch.zip(&columns.category.of, counts(fails::CATEGORY), |place, counts| {
            categories[place as usize] += u32::from(counts);
        });
        batch.zip(&columns.vendor.of, counts(fails::VENDOR), |place, counts| {
            vendors[place as usize] += u32::from(counts);
        });
        let prices = &mut self.prices;
        batch.zip(&columns.band, counts(fails::PRICE), |band, counts| {
            prices[usize::from(band)] += u64::from(counts);
        });
        let ratings = &mut self.ratings;
        batch.zip(&columns.rating, counts(fails::RATING), |rating, counts| {
            for (count, least) in ratings.iter_mut().zip(RATINGS) {
                *count += u64::from(counts && u64::from(rating) >= least);
            }
        });
    }

    /// Ends with a segment.
    pub(super) fn close(&mut self, columns: &Columns) {
        let (categories, vendors) = &self.segment;
        let add = |sums: &mut NumberMap<u64>, counts: &[u32], ordinals: &Ordinals| {
            for (count, number) in counts.iter().zip(&ordinals.numbers).filter(|(count, _)| **count > 0) {
                *sums.entry(*number).or_default() += u64::from(*count);
            }
        };
        add(&mut self.categories, categories, &columns.category);
        add(&mut self.vendors, vendors, &columns.vendor);
    }

    /// Counts the attributes of a batch: those of hits, and of what an attribute's own filter alone fails.
    pub(super) fn count_attributes(
        &mut self,
        batch: &Batch<'_>,
        failing: &Failing,
        (column, numbering): (&StrColumn, &Numbering),
    ) {
        let rows = &mut self.rows;
        let counts = |failed: u16| failed == 0 || (failed.is_power_of_two() && failed >= fails::ATTRIBUTE);
        rows.documents.clear();
        rows.failed.clear();
        for (place, failed) in failing.all().iter().enumerate().filter(|(_, it)| counts(**it)) {
            rows.documents.push(DocId::try_from(batch.document(place)).unwrap_or(DocId::MAX));
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
            prices: self.prices.into_iter().take(PRICE_BANDS.len()).collect(),
            ratings: self.ratings,
            attributes: vocabulary.most_frequent(self.attributes, &by_themselves),
        }
    }
}
