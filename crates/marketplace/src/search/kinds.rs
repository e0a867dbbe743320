//! How many documents of a segment there are of each kind, while they are looked at batch by batch. Where most are
//! counted, it is faster to begin with all and to take away the others.

use super::batch::{Batch, Failing, fails};
use super::columns::Columns;

/// The least ratings that products are counted by, in thousandths of a star.
pub(super) const RATINGS: [u16; 4] = [4_000, 3_000, 2_000, 1_000];

/// Counts by the places of a segment's categories and shops, by the bands of prices, and by how many of
/// [`RATINGS`] a rating does not reach.
#[derive(Debug, Clone, Default)]
pub(super) struct Kinds {
    pub(super) categories: Vec<u32>,
    pub(super) vendors: Vec<u32>,
    pub(super) bands: Vec<u32>,
    pub(super) ratings: Vec<u32>,
}

/// Which documents are gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Those that count are added.
    Those,
    /// Those that don't are taken away from all.
    AllBut,
}

/// Counts the documents of one segment.
#[derive(Debug, Default)]
pub(super) struct Counting {
    kinds: Kinds,
    /// Decided by the first batch.
    way: Option<Way>,
    /// The documents of a batch that are gone through, and what they fail.
    through: Vec<(u32, u16)>,
}

impl Kinds {
    fn none(columns: &Columns) -> Self {
        Self {
            categories: vec![0; columns.category.numbers.len()],
            vendors: vec![0; columns.vendor.numbers.len()],
            // For any byte of a damaged column.
            bands: vec![0; usize::from(u8::MAX) + 1],
            ratings: vec![0; RATINGS.len() + 1],
        }
    }

    /// All documents of a segment.
    pub(super) fn of(columns: &Columns) -> Self {
        let mut kinds = Self::none(columns);
        columns.category.of.iter().for_each(|place| kinds.categories[*place as usize] += 1);
        columns.vendor.of.iter().for_each(|place| kinds.vendors[*place as usize] += 1);
        columns.band.iter().for_each(|band| kinds.bands[usize::from(*band)] += 1);
        columns.rating.iter().for_each(|rating| kinds.ratings[unreached(*rating)] += 1);
        kinds
    }
}

/// How many of [`RATINGS`] a rating does not reach.
fn unreached(rating: u16) -> usize {
    RATINGS.iter().map(|least| usize::from(rating < *least)).sum()
}

impl Counting {
    /// Begins with a segment.
    pub(super) fn open(&mut self) {
        self.way = None;
    }

    /// Counts the documents of a batch, of which it is known what they fail; so many fail nothing.
    pub(super) fn count(
        &mut self,
        (batch, failing): (&Batch<'_>, &Failing),
        passing: usize,
        columns: &Columns,
    ) {
        let way = *self.way.get_or_insert_with(|| {
            let is_most = matches!(batch, Batch::Range(_)) && 2 * passing > failing.all().len();
            let (way, kinds) =
                if is_most { (Way::AllBut, columns.all.clone()) } else { (Way::Those, Kinds::none(columns)) };
            self.kinds = kinds;
            way
        });
        self.choose(way, batch, failing);
        let much = if way == Way::Those { 1 } else { u32::MAX };
        // The facet's own filter does not narrow it.
        let change = |own: u16, failed: u16| u32::from((failed & !own == 0) == (way == Way::Those)) * much;
        let Kinds { categories, vendors, bands, ratings } = &mut self.kinds;
        for (document, failed) in &self.through {
            let count = &mut categories[columns.category.of[*document as usize] as usize];
            *count = count.wrapping_add(change(fails::CATEGORY, *failed));
        }
        for (document, failed) in &self.through {
            let count = &mut vendors[columns.vendor.of[*document as usize] as usize];
            *count = count.wrapping_add(change(fails::VENDOR, *failed));
        }
        for (document, failed) in &self.through {
            let count = &mut bands[usize::from(columns.band[*document as usize])];
            *count = count.wrapping_add(change(fails::PRICE, *failed));
        }
        for (document, failed) in &self.through {
            let count = &mut ratings[unreached(columns.rating[*document as usize])];
            *count = count.wrapping_add(change(fails::RATING, *failed));
        }
    }

    /// Finds those that may have to be gone through: what fails two filters counts nowhere, what fails none
    /// everywhere.
    fn choose(&mut self, way: Way, batch: &Batch<'_>, failing: &Failing) {
        self.through.clear();
        self.through.resize(failing.all().len(), (0, 0));
        let mut chosen = 0;
        for (place, failed) in failing.all().iter().enumerate() {
            self.through[chosen] = (u32::try_from(batch.document(place)).unwrap_or(u32::MAX), *failed);
            let is_chosen =
                if way == Way::Those { failed & failed.wrapping_sub(1) == 0 } else { *failed != 0 };
            chosen += usize::from(is_chosen);
        }
        self.through.truncate(chosen);
    }

    /// What was counted; nothing when no batch came.
    pub(super) fn close(&mut self) -> Option<&Kinds> {
        self.way.take().map(|_| &self.kinds)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::columns::{Ordinals, Prices};
    use super::*;

    /// Columns of documents that share categories, shops, bands and ratings here and there.
    fn columns(size: u32) -> Columns {
        let of = |many: u32| Ordinals {
            numbers: (0..u64::from(many)).collect(),
            of: (0..size).map(|it| it % many).collect(),
        };
        let mut columns = Columns {
            id: (0..u64::from(size)).collect(),
            newest: Vec::new(),
            category: of(7),
            vendor: of(3),
            price: Prices::Usual(Vec::new()),
            band: (0..size).map(|it| u8::try_from(it % 9).unwrap()).collect(),
            rating: (0..size).map(|it| u16::try_from(it % 6 * 900).unwrap()).collect(),
            sales: Vec::new(),
            flags: Vec::new(),
            renown: Vec::new(),
            attributes: None,
            all: Kinds::default(),
        };
        columns.all = Kinds::of(&columns);
        columns
    }

    /// How many of those that count have each place of a column.
    fn plainly(places: impl Iterator<Item = usize>, failed: &[u16], own: u16, many: usize) -> Vec<u32> {
        let mut counts = vec![0; many];
        for (place, failed) in places.zip(failed) {
            counts[place] += u32::from(failed & !own == 0);
        }
        counts
    }

    proptest! {
        #[test]
        fn both_ways_count_what_counting_one_by_one_does(
            failed in prop::collection::vec(prop::sample::select(vec![0_u16, 0, 0, 0, 1, 2, 4, 8, 16, 3, 9, 64]), 1..400),
            passes in 0..3_u16,
        ) {
            // Mostly hits, some, or mostly others.
            let failed: Vec<u16> = failed.iter().map(|it| it & [0, 0xFFFF, 0xFFFF][usize::from(passes)] | u16::from(passes == 2)).collect();
            let columns = columns(u32::try_from(failed.len()).unwrap());
            let mut counting = Counting::default();
            counting.open();
            for start in (0..failed.len()).step_by(64) {
                let range = start..failed.len().min(start + 64);
                let mut failing = Failing::default();
                failing.begin(range.len());
                let batch = Batch::Range(range);
                for bit in 0..8 {
                    failing.mark(&batch, &failed, 1 << bit, |it| it & (1 << bit) != 0);
                }
                counting.count((&batch, &failing), failing.passing(), &columns);
            }
            let counted = counting.close().unwrap();
            let of = |ordinals: &Ordinals| ordinals.of.iter().map(|it| *it as usize).collect::<Vec<_>>();
            let category = plainly(of(&columns.category).into_iter(), &failed, fails::CATEGORY, 7);
            prop_assert_eq!(&counted.categories, &category);
            let vendor = plainly(of(&columns.vendor).into_iter(), &failed, fails::VENDOR, 3);
            prop_assert_eq!(&counted.vendors, &vendor);
            let band = plainly(columns.band.iter().map(|it| usize::from(*it)), &failed, fails::PRICE, 256);
            prop_assert_eq!(&counted.bands, &band);
            let rating = plainly(columns.rating.iter().map(|it| unreached(*it)), &failed, fails::RATING, 5);
            prop_assert_eq!(&counted.ratings, &rating);
        }
    }
}
