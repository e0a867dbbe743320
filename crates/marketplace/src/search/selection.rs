//! What is left of the hits when they are filtered, how they are ordered, and how many there are of each kind.
//!
//! Every hit is looked at once. It counts for a facet when all filters but the facet's own let it through, so
//! that the other choices of a facet show what they would find.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Arc;

use tantivy::SegmentReader;
use tantivy::columnar::{ColumnValues, StrColumn};
use types::{CategoryId, ProductId, VendorId};

use super::index::{IN_STOCK, ON_SALE, SEPARATOR, failed};
use super::scoring::{Hit, with_renown};
use crate::Result;
use crate::catalog::search::{Filter, Sort};

/// Names of attributes that are asked for at once.
pub const MAX_ATTRIBUTES: usize = 8;

/// A value of an attribute that products have to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// One of these values.
    pub values: Vec<String>,
}

/// What is asked besides the words.
pub(super) struct Selection {
    pub(super) filter: Filter,
    /// The category of the filter and all below it.
    pub(super) below: HashSet<u64>,
    pub(super) attributes: Vec<Attribute>,
    pub(super) sort: Sort,
    /// Hits that are wanted.
    pub(super) limit: usize,
    /// Only those that come after this rank.
    pub(super) after: Option<Rank>,
    pub(super) counts_facets: bool,
}

/// A place in the order of the hits: the higher comes first.
pub(super) type Rank = (i64, i64);

/// The filters that have a facet, as bits of what a hit fails.
mod fails {
    pub(super) const CATEGORY: u32 = 1;
    pub(super) const VENDOR: u32 = 1 << 1;
    pub(super) const PRICE: u32 = 1 << 2;
    pub(super) const RATING: u32 = 1 << 3;
    pub(super) const OTHER: u32 = 1 << 4;
    /// The first attribute; each has a bit of its own.
    pub(super) const ATTRIBUTE: u32 = 1 << 5;
}

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
    pub(super) total: u64,
    pub(super) categories: HashMap<CategoryId, u64>,
    pub(super) vendors: HashMap<VendorId, u64>,
    /// By [`price_bands`].
    pub(super) prices: Vec<u64>,
    /// By [`RATINGS`].
    pub(super) ratings: [u64; 4],
    /// By name and value.
    pub(super) attributes: HashMap<(String, String), u64>,
}

/// Gathers what is left.
pub(super) struct Selector {
    selection: Selection,
    bands: Vec<u64>,
    best: BinaryHeap<Reverse<Rank>>,
    pub(super) counts: Counts,
}

/// The columns of a segment.
struct Columns {
    id: Arc<dyn ColumnValues<u64>>,
    category: Arc<dyn ColumnValues<u64>>,
    vendor: Arc<dyn ColumnValues<u64>>,
    price: Arc<dyn ColumnValues<u64>>,
    rating: Arc<dyn ColumnValues<u64>>,
    sales: Arc<dyn ColumnValues<u64>>,
    flags: Arc<dyn ColumnValues<u64>>,
    attributes: Option<StrColumn>,
}

impl Columns {
    fn open(segment: &SegmentReader) -> Result<Self> {
        let fast = segment.fast_fields();
        let column = |name: &str| -> Result<Arc<dyn ColumnValues<u64>>> {
            Ok(fast.u64(name).map_err(failed)?.first_or_default_col(0))
        };
        Ok(Self {
            id: column("id")?,
            category: column("category")?,
            vendor: column("vendor")?,
            price: column("price")?,
            rating: column("rating")?,
            sales: column("sales")?,
            flags: column("flags")?,
            attributes: fast.str("attribute").map_err(failed)?,
        })
    }
}

impl Selector {
    pub(super) fn new(selection: Selection) -> Self {
        let bands = price_bands();
        let counts = Counts { prices: vec![0; bands.len()], ..Counts::default() };
        Self { selection, bands, best: BinaryHeap::new(), counts }
    }

    /// Looks at the hits of a segment.
    pub(super) fn look_at(&mut self, segment: &SegmentReader, hits: &[Hit]) -> Result<()> {
        if hits.is_empty() {
            return Ok(());
        }
        let columns = Columns::open(segment)?;
        let wanted = self.wanted_attributes(&columns)?;
        let mut by_ordinal: HashMap<u64, u64> = HashMap::new();
        // Of attributes that are asked for: how often, where only this one fails.
        let mut failing: Vec<HashMap<u64, u64>> = vec![HashMap::new(); wanted.len()];
        for &hit in hits {
            let failed = self.fails(&columns, &wanted, hit);
            if failed == 0 {
                self.counts.total += 1;
                self.rank(&columns, hit);
            }
            if self.selection.counts_facets {
                self.count(&columns, hit, failed);
                if let Some(ordinals) = place_of(failed, &mut by_ordinal, &mut failing) {
                    let values = columns.attributes.as_ref().map(|column| column.ords());
                    for ordinal in values.into_iter().flat_map(|ords| ords.values_for_doc(hit.document)) {
                        *ordinals.entry(ordinal).or_default() += 1;
                    }
                }
            }
        }
        self.name_attributes(&columns, by_ordinal, None)?;
        for (place, ordinals) in failing.into_iter().enumerate() {
            self.name_attributes(&columns, ordinals, Some(place))?;
        }
        Ok(())
    }

    /// The ordinals of the values that are asked for, by attribute.
    fn wanted_attributes(&self, columns: &Columns) -> Result<Vec<HashSet<u64>>> {
        let mut wanted = Vec::new();
        for attribute in &self.selection.attributes {
            let mut ordinals = HashSet::new();
            for value in &attribute.values {
                let pair = format!("{}{SEPARATOR}{value}", attribute.name);
                if let Some(column) = &columns.attributes
                    && let Some(ordinal) = column.dictionary().term_ord(pair).map_err(failed)?
                {
                    ordinals.insert(ordinal);
                }
            }
            wanted.push(ordinals);
        }
        Ok(wanted)
    }

    /// Which filters do not let a hit through.
    fn fails(&self, columns: &Columns, wanted: &[HashSet<u64>], hit: Hit) -> u32 {
        let Filter { category, vendor, min_price, max_price, in_stock, on_sale, min_rating, .. } =
            &self.selection.filter;
        let document = hit.document;
        let mut failed = 0;
        if category.is_some() && !self.selection.below.contains(&columns.category.get_val(document)) {
            failed |= fails::CATEGORY;
        }
        if vendor.is_some_and(|id| id.as_i64().unsigned_abs() != columns.vendor.get_val(document)) {
            failed |= fails::VENDOR;
        }
        if min_price.is_some() || max_price.is_some() {
            let price = columns.price.get_val(document);
            let below = min_price.is_some_and(|least| price < least.minor().unsigned_abs());
            if below || max_price.is_some_and(|most| price > most.minor().unsigned_abs()) {
                failed |= fails::PRICE;
            }
        }
        if min_rating.is_some_and(|least| columns.rating.get_val(document) < least.unsigned_abs()) {
            failed |= fails::RATING;
        }
        if in_stock.is_some() || on_sale.is_some() {
            let flags = columns.flags.get_val(document);
            let differs =
                |wanted: Option<bool>, flag| wanted.is_some_and(|wanted| wanted != (flags & flag != 0));
            if differs(*in_stock, IN_STOCK) || differs(*on_sale, ON_SALE) {
                failed |= fails::OTHER;
            }
        }
        for (place, ordinals) in wanted.iter().enumerate() {
            let has = columns.attributes.as_ref().is_some_and(|column| {
                column.ords().values_for_doc(document).any(|it| ordinals.contains(&it))
            });
            if !has {
                failed |= fails::ATTRIBUTE << place;
            }
        }
        failed
    }

    /// Keeps a hit if it is among the best after the place from which the page goes on.
    fn rank(&mut self, columns: &Columns, hit: Hit) {
        if self.selection.limit == 0 {
            return;
        }
        let document = hit.document;
        let id = columns.id.get_val(document).cast_signed();
        let rank = match self.selection.sort {
            Sort::Relevance => {
                let in_stock = columns.flags.get_val(document) & IN_STOCK != 0;
                let (sales, rating) = (columns.sales.get_val(document), columns.rating.get_val(document));
                (with_renown(hit.score, sales, rating, in_stock), id)
            }
            Sort::Newest => (id, id),
            Sort::Cheapest => (-columns.price.get_val(document).cast_signed(), -id),
            Sort::Dearest => (columns.price.get_val(document).cast_signed(), id),
            Sort::Rating => (columns.rating.get_val(document).cast_signed(), id),
            Sort::BestSelling => (columns.sales.get_val(document).cast_signed(), id),
        };
        if self.selection.after.is_some_and(|after| rank >= after) {
            return;
        }
        if self.best.len() < self.selection.limit {
            self.best.push(Reverse(rank));
        } else if self.best.peek().is_some_and(|Reverse(worst)| rank > *worst) {
            self.best.pop();
            self.best.push(Reverse(rank));
        }
    }

    fn count(&mut self, columns: &Columns, hit: Hit, failed: u32) {
        let document = hit.document;
        let counts_for = |own: u32| failed & !own == 0;
        if counts_for(fails::CATEGORY) {
            let id = columns.category.get_val(document);
            if id != 0 {
                *self.counts.categories.entry(CategoryId::from_i64(id.cast_signed())).or_default() += 1;
            }
        }
        if counts_for(fails::VENDOR) {
            let id = VendorId::from_i64(columns.vendor.get_val(document).cast_signed());
            *self.counts.vendors.entry(id).or_default() += 1;
        }
        if counts_for(fails::PRICE) {
            let price = columns.price.get_val(document);
            let band = self.bands.partition_point(|lower| *lower <= price);
            self.counts.prices[band.saturating_sub(1)] += 1;
        }
        if counts_for(fails::RATING) {
            let rating = columns.rating.get_val(document);
            for (count, least) in self.counts.ratings.iter_mut().zip(RATINGS) {
                *count += u64::from(rating >= least);
            }
        }
    }

    /// Adds what was counted in a segment. Values of an attribute that is asked for count where only its own
    /// filter fails, too; other attributes do not.
    fn name_attributes(
        &mut self,
        columns: &Columns,
        ordinals: HashMap<u64, u64>,
        only: Option<usize>,
    ) -> Result<()> {
        let Some(column) = &columns.attributes else { return Ok(()) };
        let only = only.map(|place| self.selection.attributes[place].name.clone());
        let mut pair = String::new();
        for (ordinal, count) in ordinals {
            pair.clear();
            if !column.ord_to_str(ordinal, &mut pair).map_err(failed)? {
                continue;
            }
            if let Some((name, value)) = pair.split_once(SEPARATOR)
                && only.as_ref().is_none_or(|only| only == name)
            {
                *self.counts.attributes.entry((name.to_owned(), value.to_owned())).or_default() += count;
            }
        }
        Ok(())
    }

    /// The products that were found, best first, with their ranks, and the counts.
    pub(super) fn finish(self) -> (Vec<(ProductId, Rank)>, Counts) {
        let ranks = self.best.into_sorted_vec();
        let id = |Reverse(rank): Reverse<Rank>| (ProductId::from_i64(rank.1.abs()), rank);
        (ranks.into_iter().map(id).collect(), self.counts)
    }
}

/// Where a hit's attributes count: with the others, or with those of the one attribute whose filter fails.
fn place_of<'a>(
    failed: u32,
    all: &'a mut HashMap<u64, u64>,
    failing: &'a mut [HashMap<u64, u64>],
) -> Option<&'a mut HashMap<u64, u64>> {
    if failed == 0 {
        return Some(all);
    }
    let is_one_attribute = failed.is_power_of_two() && failed >= fails::ATTRIBUTE;
    if !is_one_attribute {
        return None;
    }
    failing.get_mut((failed.trailing_zeros() - fails::ATTRIBUTE.trailing_zeros()) as usize)
}
