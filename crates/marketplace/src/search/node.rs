//! The index as this node has it, and what it does not hold yet.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::timeout;
use types::{CategoryId, ProductId, VariantId, VendorId};

use super::index::Generation;
use super::keeping::{self, Running};
use crate::Market;
use crate::changes::{Change, StockMove};

/// How long a search waits for what this node has just written.
const PATIENCE: Duration = Duration::from_millis(250);

/// More products than this that wait to be indexed, or are being indexed, are an import: nobody waits for it.
const BACKLOG: usize = 1_000;

/// Products that are indexed before it is noted how far that is: after a restart it goes on from there.
const PART: usize = 20_000;

/// Searches that run at the same time: as many as small machines have cores.
pub(super) const SLOTS: usize = 2;

/// The node's index, and what it does not hold yet.
#[derive(Debug)]
pub struct Search {
    pub(super) live: RwLock<Option<Arc<Generation>>>,
    /// Whether the generation on the disk failed when it was read.
    pub(super) distrusted: AtomicBool,
    pub(super) pending: Mutex<Pending>,
    /// How many products are being indexed.
    pub(super) writing: AtomicUsize,
    /// Counts what was heard of, and what of it is in the index.
    heard: AtomicU64,
    pub(super) seen: watch::Sender<u64>,
    pub(super) news: Notify,
    pub(super) urgent: Notify,
    patience: AtomicU64,
    part: AtomicUsize,
    pub(super) slots: Arc<Semaphore>,
}

/// What has to be indexed anew.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) products: BTreeSet<ProductId>,
    pub(super) vendors: BTreeSet<VendorId>,
    pub(super) categories: BTreeSet<CategoryId>,
    /// Variants that came or went, of products that may not be here.
    pub(super) variants: BTreeSet<VariantId>,
}

impl Pending {
    pub(super) fn extend(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Product(id) => _ = self.products.insert(*id),
                Change::Vendor(id) => _ = self.vendors.insert(*id),
                Change::Category(id) => _ = self.categories.insert(*id),
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        let Self { products, vendors, categories, variants } = self;
        products.is_empty() && vendors.is_empty() && categories.is_empty() && variants.is_empty()
    }

    /// What was taken and could not be written.
    pub(super) fn put_back(&mut self, taken: Self) {
        let Self { products, vendors, categories, variants } = taken;
        self.products.extend(products);
        self.vendors.extend(vendors);
        self.categories.extend(categories);
        self.variants.extend(variants);
    }
}

impl Default for Search {
    fn default() -> Self {
        Self {
            live: RwLock::default(),
            distrusted: AtomicBool::new(false),
            pending: Mutex::default(),
            writing: AtomicUsize::new(0),
            heard: AtomicU64::new(0),
            seen: watch::Sender::new(0),
            news: Notify::new(),
            urgent: Notify::new(),
            patience: AtomicU64::new(u64::try_from(PATIENCE.as_millis()).unwrap_or(u64::MAX)),
            part: AtomicUsize::new(PART),
            slots: Arc::new(Semaphore::new(SLOTS)),
        }
    }
}

impl Search {
    /// Keeps the index from now on, until it is stopped. Must be called within a Tokio runtime, once.
    pub fn start(market: &Market) -> Running {
        keeping::start(market)
    }

    /// Waits up to so many milliseconds for what this node has written.
    pub fn set_patience(&self, millis: u64) {
        self.patience.store(millis, Ordering::Relaxed);
    }

    /// Notes after so many products how far it is while it indexes many.
    pub fn set_part(&self, products: usize) {
        self.part.store(products.max(1), Ordering::Relaxed);
    }

    pub(super) fn part(&self) -> usize {
        self.part.load(Ordering::Relaxed)
    }

    /// Whether there is an index to search in.
    pub fn is_ready(&self) -> bool {
        self.live.read().is_some()
    }

    /// Notes what has changed.
    pub(super) fn hear(&self, changes: &[Change]) {
        let mut pending = self.pending.lock();
        pending.extend(changes);
        self.heard.fetch_add(1, Ordering::Release);
        drop(pending);
        self.news.notify_one();
    }

    /// Notes stocks that this node has moved, as far as they make a product sold out or available again.
    pub(super) fn hear_of_stock(&self, moves: &[StockMove]) {
        let mut turned = moves.iter().filter(|it| (it.before > 0) != (it.after > 0)).peekable();
        if turned.peek().is_none() {
            return;
        }
        let mut pending = self.pending.lock();
        pending.variants.extend(turned.map(|it| it.variant));
        self.heard.fetch_add(1, Ordering::Release);
        drop(pending);
        self.news.notify_one();
    }

    /// What is to be indexed, and the number of what it was heard by.
    pub(super) fn take(&self) -> (u64, Pending) {
        let mut pending = self.pending.lock();
        self.writing.store(pending.products.len(), Ordering::Relaxed);
        (self.heard.load(Ordering::Acquire), std::mem::take(&mut *pending))
    }

    /// Whether more has to be indexed than anybody waits for.
    fn has_backlog(&self) -> bool {
        let pending = self.pending.lock().products.len();
        pending + self.writing.load(Ordering::Relaxed) > BACKLOG
    }

    /// The index with all that this node has heard of; or `false` and as it is, when that takes too long.
    pub(super) async fn up_to_date(&self) -> Option<(Arc<Generation>, bool)> {
        let mut is_up_to_date = true;
        let heard = self.heard.load(Ordering::Acquire);
        let mut seen = self.seen.subscribe();
        if *seen.borrow() < heard && self.is_ready() {
            if self.has_backlog() {
                return self.live.read().clone().map(|live| (live, false));
            }
            self.urgent.notify_one();
            let patience = Duration::from_millis(self.patience.load(Ordering::Relaxed));
            if timeout(patience, seen.wait_for(|seen| *seen >= heard)).await.is_err() {
                is_up_to_date = false;
            }
        }
        self.live.read().clone().map(|live| (live, is_up_to_date))
    }

    /// Lets go of a generation that can't be read; another is made.
    pub(super) fn distrust(&self, generation: &Arc<Generation>) {
        let mut live = self.live.write();
        if live.as_ref().is_some_and(|live| Arc::ptr_eq(live, generation)) {
            *live = None;
            self.distrusted.store(true, Ordering::Release);
            self.urgent.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_is_a_backlog_until_it_is_indexed() {
        let search = Search::default();
        let changed = |id| Change::Product(ProductId::from_i64(id));
        search.hear(&(1..=1_000).map(changed).collect::<Vec<_>>());
        assert!(!search.has_backlog());
        search.hear(&[changed(1_001)]);
        assert!(search.has_backlog());
        let (_, taken) = search.take();
        assert_eq!(taken.products.len(), 1_001);
        assert!(search.has_backlog());
        search.writing.store(0, Ordering::Relaxed);
        assert!(!search.has_backlog());
    }
}
