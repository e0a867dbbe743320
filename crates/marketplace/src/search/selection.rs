//! What is left of the hits when they are filtered, how they are ordered, and how many there are.
//!
//! Every hit is looked at once, many at a time and column by column: a list of a million products without a
//! word takes a few thousandths of a second.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, SegmentReader, TERMINATED, Term};
use types::ProductId;

use super::columns::{CHUNK, Columns};
use super::counting::{Counts, Tally};
use super::index::{Generation, IN_STOCK, ON_SALE, SEPARATOR, failed};
use super::numbers::NumberSet;
use super::scoring::{Hit, with_renown};
use super::vocabulary::Numbering;
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
    pub(super) below: NumberSet,
    pub(super) attributes: Vec<Attribute>,
    pub(super) sort: Sort,
    /// Hits that are wanted.
    pub(super) limit: usize,
    /// Only those that come after this rank.
    pub(super) after: Option<Rank>,
    pub(super) counted: Counted,
}

/// What is counted beside the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Counted {
    /// Nothing.
    Nothing,
    /// What products have one of: category, shop, price, rating.
    Columns,
    /// Attributes as well.
    Everything,
}

/// A place in the order of the hits: the higher comes first.
pub(super) type Rank = (i64, i64);

/// More than any score.
const TIER: i64 = 1_000_000_000_000;

/// The filters that have a facet, as bits of what a hit fails.
pub(super) mod fails {
    pub(in super::super) const CATEGORY: u32 = 1;
    pub(in super::super) const VENDOR: u32 = 1 << 1;
    pub(in super::super) const PRICE: u32 = 1 << 2;
    pub(in super::super) const RATING: u32 = 1 << 3;
    pub(in super::super) const OTHER: u32 = 1 << 4;
    /// The first attribute; each has a bit of its own.
    pub(in super::super) const ATTRIBUTE: u32 = 1 << 5;
}

/// Documents that are looked at together. Of the columns those are read that something is asked of.
#[derive(Default)]
pub(super) struct Chunk {
    pub(super) documents: Vec<DocId>,
    scores: Vec<f32>,
    tier: u8,
    /// Which filters do not let each through.
    pub(super) failed: Vec<u32>,
    /// The places of those that all filters let through.
    passing: Vec<usize>,
    pub(super) category: Vec<u64>,
    pub(super) vendor: Vec<u64>,
    pub(super) price: Vec<u64>,
    pub(super) rating: Vec<u64>,
    flags: Vec<u64>,
    sales: Vec<u64>,
    id: Vec<u64>,
    /// Those that may be among the best, and the first part of their ranks.
    candidates: Vec<DocId>,
    keys: Vec<Option<i64>>,
}

/// A segment that is looked at.
struct Looked {
    columns: Columns,
    /// Of each attribute that is asked for, the documents that have one of its values.
    having: Vec<Bits>,
    numbering: Option<Numbering>,
}

/// A set of documents.
struct Bits(Vec<u64>);

impl Bits {
    fn contains(&self, document: DocId) -> bool {
        self.0[(document / u64::BITS) as usize] >> (document % u64::BITS) & 1 == 1
    }
}

/// Gathers what is left.
pub(super) struct Selector<'g> {
    generation: &'g Generation,
    selection: Selection,
    best: BinaryHeap<Reverse<Rank>>,
    total: u64,
    tally: Option<Tally>,
    chunk: Chunk,
}

/// What was selected.
pub(super) struct Selected {
    /// The products, best first, with their ranks.
    pub(super) ranked: Vec<(ProductId, Rank)>,
    /// How many the filters let through.
    pub(super) total: u64,
    /// How many there are of each kind, when that was asked for.
    pub(super) counts: Counts,
}

impl<'g> Selector<'g> {
    pub(super) fn new(generation: &'g Generation, selection: Selection) -> Self {
        let tally = (selection.counted > Counted::Nothing).then(|| Tally::new(selection.attributes.len()));
        Self { generation, selection, best: BinaryHeap::new(), total: 0, tally, chunk: Chunk::default() }
    }

    /// Looks at all documents of a segment, none better than another. The last come first: they are mostly the
    /// newest, and whoever comes later is then seldom better.
    pub(super) fn look_at_all(&mut self, segment: &SegmentReader) -> Result<()> {
        let looked = self.open(segment)?;
        let alive = segment.alive_bitset();
        let size = DocId::try_from(CHUNK).unwrap_or(DocId::MAX);
        let mut end = segment.max_doc();
        while end > 0 {
            let documents = end.saturating_sub(size)..end;
            end = documents.start;
            self.chunk.documents.clear();
            match alive {
                None => self.chunk.documents.extend(documents),
                Some(alive) => self.chunk.documents.extend(documents.filter(|it| alive.is_alive(*it))),
            }
            self.look(&looked);
        }
        Ok(())
    }

    /// Looks at the hits of a segment, which are of one tier.
    pub(super) fn look_at(&mut self, segment: &SegmentReader, hits: &[Hit]) -> Result<()> {
        if hits.is_empty() {
            return Ok(());
        }
        let looked = self.open(segment)?;
        for hits in hits.chunks(CHUNK) {
            self.chunk.documents.clear();
            self.chunk.documents.extend(hits.iter().map(|hit| hit.document));
            self.chunk.tier = hits[0].tier;
            self.chunk.scores.clear();
            self.chunk.scores.extend(hits.iter().map(|hit| hit.score));
            self.look(&looked);
        }
        Ok(())
    }

    fn open(&mut self, segment: &SegmentReader) -> Result<Looked> {
        let columns = Columns::open(segment)?;
        let having = self.selection.attributes.iter().map(|attribute| self.having(segment, attribute));
        let having = having.collect::<Result<_>>()?;
        let vocabulary = &self.generation.vocabulary;
        let numbering = match (&mut self.tally, &columns.attributes) {
            (Some(tally), Some(column)) if self.selection.counted == Counted::Everything => {
                let numbering = vocabulary.of(segment, column)?;
                tally.make_room(vocabulary);
                Some(numbering)
            }
            _ => None,
        };
        Ok(Looked { columns, having, numbering })
    }

    /// The documents that have one of an attribute's values.
    fn having(&self, segment: &SegmentReader, attribute: &Attribute) -> Result<Bits> {
        let field = self.generation.fields.attribute;
        let mut bits = vec![0_u64; (segment.max_doc() / u64::BITS + 1) as usize];
        let inverted = segment.inverted_index(field).map_err(failed)?;
        for value in &attribute.values {
            let term = Term::from_field_text(field, &format!("{}{SEPARATOR}{value}", attribute.name));
            let postings = inverted.read_postings(&term, IndexRecordOption::Basic).map_err(failed)?;
            let Some(mut postings) = postings else { continue };
            while postings.doc() != TERMINATED {
                let document = postings.doc();
                bits[(document / u64::BITS) as usize] |= 1 << (document % u64::BITS);
                postings.advance();
            }
        }
        Ok(Bits(bits))
    }

    /// Looks at the documents of the chunk.
    fn look(&mut self, looked: &Looked) {
        self.read(&looked.columns);
        self.filter(&looked.having);
        self.chunk.find_passing();
        self.total += self.chunk.passing.len() as u64;
        if self.selection.limit > 0 {
            self.rank(&looked.columns);
        }
        if let Some(tally) = &mut self.tally {
            tally.count(&self.chunk);
            if let (Some(column), Some(numbering)) = (&looked.columns.attributes, &looked.numbering) {
                tally.count_attributes(&self.chunk, column, numbering);
            }
        }
    }

    /// Reads what is asked for.
    fn read(&mut self, columns: &Columns) {
        let Selection { filter, sort, counted, .. } = &self.selection;
        let counts = *counted > Counted::Nothing;
        let by_renown = *sort == Sort::Relevance;
        let chunk = &mut self.chunk;
        let documents = &chunk.documents;
        if filter.category.is_some() || counts {
            columns.category.read(documents, &mut chunk.category);
        }
        if filter.vendor.is_some() || counts {
            columns.vendor.read(documents, &mut chunk.vendor);
        }
        let by_price = matches!(sort, Sort::Cheapest | Sort::Dearest);
        if filter.min_price.or(filter.max_price).is_some() || by_price || counts {
            columns.price.read(documents, &mut chunk.price);
        }
        if filter.min_rating.is_some() || by_renown || *sort == Sort::Rating || counts {
            columns.rating.read(documents, &mut chunk.rating);
        }
        if filter.in_stock || filter.on_sale || by_renown {
            columns.flags.read(documents, &mut chunk.flags);
        }
        if by_renown || *sort == Sort::BestSelling {
            columns.sales.read(documents, &mut chunk.sales);
        }
    }

    /// Finds out which filters do not let the documents of the chunk through.
    fn filter(&mut self, having: &[Bits]) {
        let Filter { category, vendor, min_price, max_price, in_stock, on_sale, min_rating, .. } =
            &self.selection.filter;
        let Chunk { documents, failed, category: categories, vendor: vendors, price, rating, flags, .. } =
            &mut self.chunk;
        failed.clear();
        failed.resize(documents.len(), 0);
        if category.is_some() {
            let below = &self.selection.below;
            fail(failed, categories, fails::CATEGORY, |category| !below.contains(&category));
        }
        if let Some(vendor) = vendor {
            let wanted = vendor.as_i64().unsigned_abs();
            fail(failed, vendors, fails::VENDOR, |vendor| vendor != wanted);
        }
        if min_price.is_some() || max_price.is_some() {
            let least = min_price.map_or(0, |least| least.minor().unsigned_abs());
            let most = max_price.map_or(u64::MAX, |most| most.minor().unsigned_abs());
            fail(failed, price, fails::PRICE, |price| !(least..=most).contains(&price));
        }
        if let Some(least) = min_rating {
            let least = least.unsigned_abs();
            fail(failed, rating, fails::RATING, |rating| rating < least);
        }
        for (wanted, flag) in [(in_stock, IN_STOCK), (on_sale, ON_SALE)] {
            if *wanted {
                fail(failed, flags, fails::OTHER, |flags| flags & flag == 0);
            }
        }
        for (place, having) in having.iter().enumerate() {
            for (failed, document) in failed.iter_mut().zip(&*documents) {
                *failed |= u32::from(!having.contains(*document)) * (fails::ATTRIBUTE << place);
            }
        }
    }

    /// Keeps those that are among the best after the place from which the page goes on.
    fn rank(&mut self, columns: &Columns) {
        let Selection { sort, after, limit, .. } = &self.selection;
        let chunk = &mut self.chunk;
        let worst = |best: &BinaryHeap<Reverse<Rank>>| {
            best.peek().filter(|_| best.len() == *limit).map_or((i64::MIN, i64::MIN), |worst| worst.0)
        };
        let after = after.unwrap_or((i64::MAX, i64::MAX));
        let least = worst(&self.best).0;
        let mut candidates = std::mem::take(&mut chunk.candidates);
        candidates.clear();
        chunk.keys.clear();
        for &place in &chunk.passing {
            let key = chunk.key(*sort, place);
            if key.is_none_or(|key| key >= least && key <= after.0) {
                candidates.push(chunk.documents[place]);
                chunk.keys.push(key);
            }
        }
        columns.id.read(&candidates, &mut chunk.id);
        let sign = if *sort == Sort::Cheapest { -1 } else { 1 };
        for (key, id) in chunk.keys.iter().zip(&chunk.id) {
            let id = sign * id.cast_signed();
            let rank = (key.unwrap_or(id), id);
            if rank >= after || rank <= worst(&self.best) {
                continue;
            }
            if self.best.len() == *limit {
                self.best.pop();
            }
            self.best.push(Reverse(rank));
        }
        chunk.candidates = candidates;
    }

    /// What was selected.
    pub(super) fn finish(self) -> Selected {
        let ranks = self.best.into_sorted_vec();
        let id = |Reverse(rank): Reverse<Rank>| (ProductId::from_i64(rank.1.abs()), rank);
        let asked: Vec<&str> = self.selection.attributes.iter().map(|it| it.name.as_str()).collect();
        let counts = self.tally.map(|tally| tally.finish(&self.generation.vocabulary, &asked));
        let ranked = ranks.into_iter().map(id).collect();
        Selected { ranked, total: self.total, counts: counts.unwrap_or_default() }
    }
}

impl Chunk {
    /// Without a branch, which could not be foretold.
    fn find_passing(&mut self) {
        self.passing.resize(self.failed.len(), 0);
        let mut count = 0;
        for (place, failed) in self.failed.iter().enumerate() {
            self.passing[count] = place;
            count += usize::from(*failed == 0);
        }
        self.passing.truncate(count);
    }

    /// What the order goes by before it goes by identifiers; nothing where it goes by them alone.
    fn key(&self, sort: Sort, place: usize) -> Option<i64> {
        Some(match sort {
            Sort::Relevance => {
                let score = self.scores.get(place).copied().unwrap_or_default();
                let in_stock = self.flags[place] & IN_STOCK != 0;
                let score = with_renown(score, self.sales[place], self.rating[place], in_stock);
                score - i64::from(self.tier) * TIER
            }
            Sort::Newest => return None,
            Sort::Cheapest => -self.price[place].cast_signed(),
            Sort::Dearest => self.price[place].cast_signed(),
            Sort::Rating => self.rating[place].cast_signed(),
            Sort::BestSelling => self.sales[place].cast_signed(),
        })
    }
}

/// Marks those of which a number fails.
fn fail(failed: &mut [u32], numbers: &[u64], bit: u32, fails: impl Fn(u64) -> bool) {
    for (failed, number) in failed.iter_mut().zip(numbers) {
        *failed |= if fails(*number) { bit } else { 0 };
    }
}
