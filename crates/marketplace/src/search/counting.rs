//! How many hits there are of each kind. A hit counts for a facet when all filters but the facet's own let it
//! through, so that the other choices of a facet show what they would find.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use types::{CategoryId, VendorId};

use super::batch::{Batch, Failing};
use super::choosing::Chosen;
use super::columns::{Columns, Ordinals};
use super::facets::AttributeFacet;
use super::kinds::{Counting, Kinds};
use super::numbers::NumberMap;
use super::view::{Parts, View};
use super::vocabulary::Vocabulary;

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

/// How many hits there are of each kind.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) categories: HashMap<CategoryId, u64>,
    pub(super) vendors: HashMap<VendorId, u64>,
    /// By [`price_bands`].
    pub(super) prices: Vec<u64>,
    /// By [`RATINGS`](super::kinds::RATINGS).
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
    /// Of the segment that is looked at.
    segment: Counting,
    /// Whose attributes are counted, when they are.
    chosen: Option<Chosen>,
}

impl Tally {
    /// Nothing is counted yet; so many attributes are asked for, and maybe counted, too.
    pub(super) fn new(asked: usize, with_attributes: bool) -> Self {
        Self {
            // One more than there are, for any byte of a damaged column.
            prices: vec![0; usize::from(u8::MAX) + 1],
            categories: NumberMap::default(),
            vendors: NumberMap::default(),
            ratings: [0; 4],
            segment: Counting::default(),
            chosen: with_attributes.then(|| Chosen::new(asked)),
        }
    }

    /// Begins with a segment.
    pub(super) fn open(&mut self, parts: &Arc<Parts>) {
        self.segment.open();
        if let Some(chosen) = &mut self.chosen {
            chosen.open(parts);
        }
    }

    /// Counts the hits of a batch, of which it is known what they fail; so many fail nothing.
    pub(super) fn count(
        &mut self,
        (batch, failing): (&Batch<'_>, &Failing),
        passing: usize,
        columns: &Columns,
    ) {
        self.segment.count((batch, failing), passing, columns);
        if let Some(chosen) = &mut self.chosen {
            chosen.note(batch, failing, passing);
        }
    }

    /// Ends with a segment.
    pub(super) fn close(&mut self, columns: &Columns) {
        let Some(Kinds { categories, vendors, bands, ratings }) = self.segment.close() else { return };
        let add = |sums: &mut NumberMap<u64>, counts: &[u32], ordinals: &Ordinals| {
            for (count, number) in counts.iter().zip(&ordinals.numbers).filter(|(count, _)| **count > 0) {
                *sums.entry(*number).or_default() += u64::from(*count);
            }
        };
        add(&mut self.categories, categories, &columns.category);
        add(&mut self.vendors, vendors, &columns.vendor);
        for (sum, count) in self.prices.iter_mut().zip(bands) {
            *sum += u64::from(*count);
        }
        for (place, sum) in self.ratings.iter_mut().enumerate() {
            *sum += ratings[..=place].iter().map(|count| u64::from(*count)).sum::<u64>();
        }
    }

    /// What was counted. `asked` names the attributes that are asked for: their values count where only their
    /// own filter fails, too; other attributes do not.
    pub(super) fn finish(self, (view, vocabulary): (&View, &Vocabulary), asked: &[&str]) -> Counts {
        let (attributes, own) = self.chosen.map(|chosen| chosen.count(view)).unwrap_or_default();
        let by_themselves: Vec<(&str, Vec<u32>)> = asked.iter().copied().zip(own).collect();
        let category = |(id, count): (u64, u64)| (CategoryId::from_i64(id.cast_signed()), count);
        let vendor = |(id, count): (u64, u64)| (VendorId::from_i64(id.cast_signed()), count);
        Counts {
            categories: self.categories.into_iter().filter(|(id, _)| *id != 0).map(category).collect(),
            vendors: self.vendors.into_iter().map(vendor).collect(),
            prices: self.prices.into_iter().take(PRICE_BANDS.len()).collect(),
            ratings: self.ratings,
            attributes: vocabulary.most_frequent(attributes, &by_themselves),
        }
    }
}
