//! What is left of the hits when they are filtered, how they are ordered, and how many there are.
//!
//! Every hit is looked at once, many at a time and column by column: a list of a million products without a
//! word takes a few thousandths of a second.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, TERMINATED, Term};
use types::ProductId;

use super::batch::{Batch, CHUNK, Failing, fails};
use super::columns::{Columns, Number, Ordinals, Prices};
use super::counting::{Counts, Tally};
use super::index::{Generation, IN_STOCK, ON_SALE, SEPARATOR, failed};
use super::numbers::NumberSet;
use super::scoring::Hits;
use super::view::{Parts, Shown, View};
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

/// A segment that is looked at.
struct Looked<'g> {
    columns: &'g Columns,
    /// Which of its categories the filter lets through.
    below: Vec<bool>,
    /// The place of the shop that is asked for; of none when it has nothing in this segment.
    vendor: Option<u32>,
    /// Of each attribute that is asked for, the documents that have one of its values.
    having: Vec<Vec<u64>>,
}

/// Gathers what is left.
pub(super) struct Selector<'g> {
    generation: &'g Generation,
    view: &'g View,
    selection: Selection,
    best: BinaryHeap<Reverse<Rank>>,
    total: u64,
    tally: Option<Tally>,
    failing: Failing,
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
    pub(super) fn new((generation, view): (&'g Generation, &'g View), selection: Selection) -> Self {
        let counted = selection.counted;
        let tally = (counted > Counted::Nothing)
            .then(|| Tally::new(selection.attributes.len(), counted == Counted::Everything));
        let failing = Failing::default();
        Self { generation, view, selection, best: BinaryHeap::new(), total: 0, tally, failing }
    }

    /// Looks at all documents of a segment, none better than another. The last come first: they are mostly the
    /// newest, and whoever comes later is then seldom better.
    pub(super) fn look_at_all(&mut self, segment: &Shown) -> Result<()> {
        let looked = self.open(&segment.parts)?;
        let mut end = segment.parts.size as usize;
        while end > 0 {
            let documents = (end - 1) / CHUNK * CHUNK..end;
            end = documents.start;
            self.failing.begin(documents.len());
            if let Some(alive) = segment.alive() {
                let gone = |place| DocId::try_from(place).is_ok_and(|document| alive.is_deleted(document));
                self.failing.mark_gone(documents.clone().map(gone));
            }
            self.look(&looked, &Batch::Range(documents));
        }
        self.close(&looked);
        Ok(())
    }

    /// Looks at the hits of a segment, which are of one tier.
    pub(super) fn look_at(&mut self, segment: &Shown, hits: &Hits, tier: u8) -> Result<()> {
        if hits.documents.is_empty() {
            return Ok(());
        }
        let looked = self.open(&segment.parts)?;
        let offset = -i64::from(tier) * TIER;
        for (documents, scores) in hits.documents.chunks(CHUNK).zip(hits.scores.chunks(CHUNK)) {
            self.failing.begin(documents.len());
            self.look(&looked, &Batch::Hits { documents, scores, offset });
        }
        self.close(&looked);
        Ok(())
    }

    fn open<'s>(&mut self, parts: &'s Arc<Parts>) -> Result<Looked<'s>> {
        let columns = &parts.columns;
        let Selection { filter, below, attributes, .. } = &self.selection;
        let is_below = |category: &u64| below.contains(category);
        let below = match filter.category {
            Some(_) => columns.category.numbers.iter().map(is_below).collect(),
            None => Vec::new(),
        };
        let vendor = filter.vendor.and_then(|vendor| place_of(vendor.as_i64(), &columns.vendor));
        let having = attributes.iter().map(|attribute| self.having(parts, attribute));
        let having = having.collect::<Result<_>>()?;
        if let Some(tally) = &mut self.tally {
            tally.open(parts);
        }
        Ok(Looked { columns, below, vendor, having })
    }

    fn close(&mut self, looked: &Looked<'_>) {
        if let Some(tally) = &mut self.tally {
            tally.close(looked.columns);
        }
    }

    /// The documents that have one of an attribute's values.
    fn having(&self, parts: &Parts, attribute: &Attribute) -> Result<Vec<u64>> {
        let field = self.generation.fields.attribute;
        let mut bits = vec![0_u64; (parts.size / u64::BITS + 1) as usize];
        for value in &attribute.values {
            let term = Term::from_field_text(field, &format!("{}{SEPARATOR}{value}", attribute.name));
            let postings = parts.attributes.read_postings(&term, IndexRecordOption::Basic).map_err(failed)?;
            let Some(mut postings) = postings else { continue };
            while postings.doc() != TERMINATED {
                let document = postings.doc();
                bits[(document / u64::BITS) as usize] |= 1 << (document % u64::BITS);
                postings.advance();
            }
        }
        Ok(bits)
    }

    /// Looks at some documents of a segment.
    fn look(&mut self, looked: &Looked<'_>, batch: &Batch<'_>) {
        self.filter(looked, batch);
        let passing = self.failing.passing();
        self.total += passing as u64;
        if self.selection.limit > 0 && passing > 0 {
            self.rank(looked.columns, batch);
        }
        if let Some(tally) = &mut self.tally {
            tally.count((batch, &self.failing), passing, looked.columns);
        }
    }

    /// Finds out which filters do not let the documents through.
    fn filter(&mut self, looked: &Looked<'_>, batch: &Batch<'_>) {
        let Filter { category, vendor, min_price, max_price, in_stock, on_sale, min_rating, .. } =
            &self.selection.filter;
        let Looked { columns, below, .. } = looked;
        let failing = &mut self.failing;
        if category.is_some() {
            failing.mark(batch, &columns.category.of, fails::CATEGORY, |place| !below[place as usize]);
        }
        if vendor.is_some() {
            let wanted = looked.vendor;
            failing.mark(batch, &columns.vendor.of, fails::VENDOR, |place| Some(place) != wanted);
        }
        if min_price.is_some() || max_price.is_some() {
            let least = min_price.map_or(0, |least| least.minor().unsigned_abs());
            let most = max_price.map_or(u64::MAX, |most| most.minor().unsigned_abs());
            match &columns.price {
                Prices::Usual(prices) => match bounds::<u32>(least, most) {
                    Some((least, most)) => failing.mark(batch, prices, fails::PRICE, outside(least, most)),
                    None => failing.mark(batch, prices, fails::PRICE, |_| true),
                },
                Prices::Large(prices) => failing.mark(batch, prices, fails::PRICE, outside(least, most)),
            }
        }
        if let Some(least) = min_rating {
            let least = u16::try_from(least.unsigned_abs()).unwrap_or(u16::MAX);
            failing.mark(batch, &columns.rating, fails::RATING, |rating| rating < least);
        }
        let flags = (if *in_stock { IN_STOCK } else { 0 }) | (if *on_sale { ON_SALE } else { 0 });
        if flags != 0 {
            failing.mark(batch, &columns.flags, fails::OTHER, |has| has & flags != flags);
        }
        for (place, having) in looked.having.iter().enumerate() {
            failing.mark_without(batch, having, fails::ATTRIBUTE << place);
        }
    }

    /// Keeps those that are among the best after the place from which the page goes on.
    fn rank(&mut self, columns: &Columns, batch: &Batch<'_>) {
        let Selection { sort, after, limit, .. } = &self.selection;
        let mut best =
            Best { ranks: &mut self.best, limit: *limit, after: after.unwrap_or((i64::MAX, i64::MAX)) };
        let ids = |place| columns.id[batch.document(place)].cast_signed();
        let failing = &self.failing;
        let newest = match batch {
            Batch::Range(documents) => columns.newest[documents.start / CHUNK].cast_signed(),
            Batch::Hits { .. } => i64::MAX,
        };
        match (sort, &columns.price) {
            (Sort::Newest, _) if newest <= best.least() => {}
            (Sort::Newest, _) => best.take(failing, batch, &columns.id, (newest, ids)),
            (Sort::Rating, _) => best.take(failing, batch, &columns.rating, (newest, ids)),
            (Sort::BestSelling, _) => best.take(failing, batch, &columns.sales, (newest, ids)),
            (Sort::Dearest, Prices::Usual(prices)) => best.take(failing, batch, prices, (newest, ids)),
            (Sort::Dearest, Prices::Large(prices)) => best.take(failing, batch, prices, (newest, ids)),
            (Sort::Cheapest, Prices::Usual(prices)) => best.take_least(failing, batch, prices, ids),
            (Sort::Cheapest, Prices::Large(prices)) => best.take_least(failing, batch, prices, ids),
            (Sort::Relevance, _) => {
                let least = best.least();
                failing.each_relevant(batch, &columns.renown, least, |place, key| {
                    best.offer((key, ids(place)));
                });
            }
        }
    }

    /// What was selected.
    pub(super) fn finish(self) -> Selected {
        let ranks = self.best.into_sorted_vec();
        let id = |Reverse(rank): Reverse<Rank>| (ProductId::from_i64(rank.1.abs()), rank);
        let asked: Vec<&str> = self.selection.attributes.iter().map(|it| it.name.as_str()).collect();
        let counts = self.tally.map(|tally| tally.finish((self.view, &self.generation.vocabulary), &asked));
        let ranked = ranks.into_iter().map(id).collect();
        Selected { ranked, total: self.total, counts: counts.unwrap_or_default() }
    }
}

/// The best so far.
struct Best<'s> {
    ranks: &'s mut BinaryHeap<Reverse<Rank>>,
    limit: usize,
    after: Rank,
}

impl Best<'_> {
    /// What a rank has to be better than.
    fn worst(&self) -> Rank {
        let is_full = self.ranks.len() == self.limit;
        self.ranks.peek().filter(|_| is_full).map_or((i64::MIN, i64::MIN), |worst| worst.0)
    }

    /// What the first part of a rank has to be at least.
    fn least(&self) -> i64 {
        self.worst().0
    }

    fn offer(&mut self, rank: Rank) {
        if rank >= self.after || rank <= self.worst() {
            return;
        }
        if self.ranks.len() == self.limit {
            self.ranks.pop();
        }
        self.ranks.push(Reverse(rank));
    }

    /// Takes those that all filters let through by a column, the largest first, as far as they are good enough.
    /// None of them has an identifier above `newest`: that decides between equals.
    fn take<T: Number>(
        &mut self,
        failing: &Failing,
        batch: &Batch<'_>,
        column: &[T],
        (newest, id): (i64, impl Fn(usize) -> i64),
    ) {
        let (least, tied) = self.worst();
        let least = if newest <= tied { least.saturating_add(1) } else { least };
        let range = (least.max(0).cast_unsigned(), self.after.0.cast_unsigned());
        let Some(range) = bounds(range.0, range.1).filter(|_| self.after.0 >= 0) else { return };
        failing.each_between(batch, column, range, |place, value| {
            self.offer((value.into_wide(), id(place)));
        });
    }

    /// The same, the smallest first.
    fn take_least<T: Number>(
        &mut self,
        failing: &Failing,
        batch: &Batch<'_>,
        column: &[T],
        id: impl Fn(usize) -> i64,
    ) {
        let (least, most) = (self.after.0.saturating_neg().max(0), self.least().saturating_neg());
        let range = (least.cast_unsigned(), most.max(0).cast_unsigned());
        let Some(range) = bounds(range.0, range.1).filter(|_| most >= 0) else { return };
        failing.each_between(batch, column, range, |place, value| {
            self.offer((-value.into_wide(), -id(place)));
        });
    }
}

/// Bounds as numbers of a column; nothing when none of its numbers can be within them.
fn bounds<T: Number>(least: u64, most: u64) -> Option<(T, T)> {
    Some((T::try_from(least).ok()?, T::try_from(most).unwrap_or(T::LARGEST)))
}

fn outside<T: PartialOrd + Copy>(least: T, most: T) -> impl Fn(T) -> bool {
    move |number| number < least || number > most
}

/// The place of a number among those that documents share.
fn place_of(id: i64, ordinals: &Ordinals) -> Option<u32> {
    let place = ordinals.numbers.binary_search(&id.unsigned_abs()).ok()?;
    u32::try_from(place).ok()
}
