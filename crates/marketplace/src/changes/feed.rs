//! The feed on one node: who listens, and what it has told already.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;
use types::{EventId, Timestamp};

use super::store::Trail;
use super::{Change, StockMove};

/// Hears of changes. It is called on the database's threads: it has to be short, and waits for nothing.
type Subscriber = Arc<dyn Fn(&[Change]) + Send + Sync>;

/// Hears of stocks that this node moved, as shortly.
type StockListener = Arc<dyn Fn(&[StockMove]) + Send + Sync>;

/// The node's end of the feed.
#[derive(Default)]
pub struct Feed {
    subscribers: RwLock<Vec<Subscriber>>,
    stock_listeners: RwLock<Vec<StockListener>>,
    /// The rows of each trail that were told, as far back as the follower looks; absent while nobody
    /// follows.
    told: Mutex<Option<[BTreeSet<EventId>; Trail::COUNT]>>,
    followed_until: Mutex<Option<Timestamp>>,
    bell: Notify,
}

impl Feed {
    /// Calls `hear` with what changed, for as long as the marketplace lives: on the node that wrote before
    /// the writer is answered, on others within a round of their followers. The same change may come twice.
    pub fn subscribe(&self, hear: impl Fn(&[Change]) + Send + Sync + 'static) {
        self.subscribers.write().push(Arc::new(hear));
    }

    /// Calls `hear` with the stocks that this node moved, before whoever moved it is answered.
    pub fn listen_to_stock(&self, hear: impl Fn(&[StockMove]) + Send + Sync + 'static) {
        self.stock_listeners.write().push(Arc::new(hear));
    }

    /// Tells of stocks that this node has just moved, and asks for a round.
    pub(super) fn moved(&self, moves: &[StockMove]) {
        for hear in self.stock_listeners.read().iter() {
            hear(moves);
        }
        self.ring();
    }

    /// The time until which every change that took no longer than [`LATENESS_SECONDS`](super::LATENESS_SECONDS)
    /// to be committed has been told; absent while nobody follows.
    pub fn followed_until(&self) -> Option<Timestamp> {
        *self.followed_until.lock()
    }

    /// Asks the follower for a round now.
    pub fn ring(&self) {
        self.bell.notify_one();
    }

    pub(super) async fn rung(&self) {
        self.bell.notified().await;
    }

    /// Tells of what this node has just committed.
    pub(super) fn committed(&self, rows: &[(EventId, Change)]) {
        if let Some(told) = self.told.lock().as_mut() {
            told[Trail::Changes as usize].extend(rows.iter().map(|(id, _)| *id));
        }
        let changes: Vec<Change> = rows.iter().map(|(_, change)| *change).collect();
        self.tell(&changes);
    }

    /// Tells of rows that were found in the database, those that were not told before.
    pub(super) fn found(&self, trail: Trail, rows: &[(EventId, Change)]) {
        let news: BTreeSet<Change> = {
            let mut told = self.told.lock();
            let told = &mut told.get_or_insert_default()[trail as usize];
            rows.iter().filter(|(id, _)| told.insert(*id)).map(|(_, change)| *change).collect()
        };
        let news: Vec<Change> = news.into_iter().collect();
        if !news.is_empty() {
            self.tell(&news);
        }
    }

    fn tell(&self, changes: &[Change]) {
        for hear in self.subscribers.read().iter() {
            hear(changes);
        }
    }

    pub(super) fn begin(&self) {
        self.told.lock().get_or_insert_default();
    }

    pub(super) fn end(&self) {
        *self.told.lock() = None;
        *self.followed_until.lock() = None;
    }

    /// How many rows of a trail after the first and up to the second were told.
    pub(super) fn count_told(&self, trail: Trail, after: EventId, until: EventId) -> usize {
        let between = (Bound::Excluded(after), Bound::Included(until));
        self.told.lock().as_ref().map_or(0, |told| told[trail as usize].range(between).count())
    }

    /// Forgets rows that no round looks at any more.
    pub(super) fn forget_until(&self, id: EventId) {
        for told in self.told.lock().iter_mut().flatten() {
            *told = told.split_off(&id);
        }
    }

    pub(super) fn set_followed_until(&self, time: Timestamp) {
        *self.followed_until.lock() = Some(time);
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("followed_until", &self.followed_until()).finish_non_exhaustive()
    }
}
