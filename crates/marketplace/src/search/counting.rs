//! How many hits there are of each kind. A hit counts for a facet when all filters but the facet's own let it
//! through, so that the other choices of a facet show what they would find.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use types::{CategoryId, VendorId};

use super::batch::{Batch, Failing, fails};
use super::choosing::Chosen;
use super::columns::{Columns, Ordinals};
use super::facets::AttributeFacet;
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
            segment: Default::default(),
            chosen: with_attributes.then(|| Chosen::new(asked)),
        }
    }

    /// Begins with a segment.
    pub(super) fn open(&mut self, parts: &Arc<Parts>) {
        let columns = &parts.columns;
        let (categories, vendors) = &mut self.segment;
        for (counts, ordinals) in [(categories, &columns.category), (vendors, &columns.vendor)] {
            counts.clear();
            counts.resize(ordinals.numbers.len(), 0);
        }
        if let Some(chosen) = &mut self.chosen {
            chosen.open(parts);
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
        if let Some(chosen) = &mut self.chosen {
            chosen.note(batch, failing);
        }
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
