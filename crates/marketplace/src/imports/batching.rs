//! What is written together: some products of a file, with the rows among them that are none.

use std::ops::Range;

use super::parsing::{Item, Items};

/// Products that are written together, at most: enough to share the commit, few enough that buyers who write
/// meanwhile wait only some milliseconds.
const PRODUCTS: usize = 200;

/// And variants.
const VARIANTS: usize = 500;

/// And rows that are no products.
const ITEMS: usize = 1_000;

/// Some items of a file.
pub(super) struct Batch {
    start: usize,
    items: Vec<Item>,
}

impl Batch {
    /// The place in the file behind it.
    pub(super) fn end(&self) -> usize {
        self.start + self.items.len()
    }

    /// How many of them are products.
    pub(super) fn products(&self) -> i64 {
        i64::try_from(self.items.iter().filter(|item| item.draft.is_some()).count()).unwrap_or(i64::MAX)
    }

    /// The file has no more.
    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Those at these places of the file, as far as they are in it.
    pub(super) fn items(&self, places: Range<usize>) -> &[Item] {
        let within = |place: usize| place.saturating_sub(self.start).min(self.items.len());
        self.items.get(within(places.start)..within(places.end)).unwrap_or_default()
    }
}

/// A file, batch by batch.
pub(super) struct Batches {
    items: Items,
    /// What did not fit any more.
    left: Option<Item>,
    place: usize,
}

impl Batches {
    pub(super) fn of(items: Items) -> Self {
        Self { items, left: None, place: 0 }
    }

    /// Reads the next batch: empty at the end of the file.
    pub(super) fn next(mut self) -> (Batch, Self) {
        let mut batch = Batch { start: self.place, items: Vec::new() };
        let (mut products, mut variants) = (0, 0);
        while let Some(item) = self.left.take().or_else(|| self.items.next()) {
            products += usize::from(item.draft.is_some());
            variants += item.draft.as_ref().map_or(0, |draft| draft.variants.len());
            let is_full = products > PRODUCTS || variants > VARIANTS || batch.items.len() >= ITEMS;
            if is_full && !batch.is_empty() {
                self.left = Some(item);
                break;
            }
            batch.items.push(item);
        }
        self.place = batch.end();
        (batch, self)
    }
}
