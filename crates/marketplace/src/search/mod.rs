//! Full-text search and facets, in the process: every node keeps an index of what the public can buy, beside
//! the database and rebuilt from it.
//!
//! Invariants: the index only says which products answer and in which order; what is shown of them is read
//! from the database, which also drops those that are no longer public. A search on the node that wrote sees
//! its own writes: it waits a moment for the index to take them in. Without an index that can be read (it is
//! being built, or was damaged), [`find`] answers nothing, and the lists of [`catalog::search`] do.
//!
//! [`catalog::search`]: crate::catalog::search

mod documents;
mod error;
mod facets;
mod index;
mod keeping;
mod plan;
mod scoring;
mod selection;
mod store;
mod suggesting;
mod words;

pub use error::SearchError;
pub use facets::{AttributeFacet, CategoryFacet, Facets, PriceBand, RatingFacet, ValueFacet, VendorFacet};
pub use keeping::{Running, rebuild};
pub use selection::{Attribute, MAX_ATTRIBUTES};
pub use suggesting::{Suggestion, SuggestionKind, suggest};

pub(crate) use store::STATEMENTS;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use types::{CategoryId, Limit, ProductId, VendorId};

use crate::catalog::categories::Tree;
use crate::catalog::search::{Filter, Sort};
use crate::changes::Change;
use crate::error::with_causes;
use crate::{Market, Result};
use index::Generation;
use plan::{Plan, Planner, Reading};
use selection::{Counts, Rank, Selection, Selector};

/// How long a search waits for what this node has just written.
const PATIENCE: Duration = Duration::from_millis(250);

/// Searches that run at the same time: as many as small machines have cores.
const SLOTS: usize = 2;

/// Words of a query of which not all have to be there.
const MANY_WORDS: usize = 3;

/// The node's index, and what it does not hold yet.
#[derive(Debug)]
pub struct Search {
    live: RwLock<Option<Arc<Generation>>>,
    /// Whether the generation on the disk failed when it was read.
    distrusted: AtomicBool,
    pending: Mutex<Pending>,
    /// Counts what was heard of, and what of it is in the index.
    heard: AtomicU64,
    seen: watch::Sender<u64>,
    news: Notify,
    urgent: Notify,
    patience: AtomicU64,
    slots: Arc<Semaphore>,
}

/// What has to be indexed anew.
#[derive(Debug, Default)]
struct Pending {
    products: BTreeSet<ProductId>,
    vendors: BTreeSet<VendorId>,
    categories: BTreeSet<CategoryId>,
}

impl Pending {
    fn extend(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Product(id) => _ = self.products.insert(*id),
                Change::Vendor(id) => _ = self.vendors.insert(*id),
                Change::Category(id) => _ = self.categories.insert(*id),
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.products.is_empty() && self.vendors.is_empty() && self.categories.is_empty()
    }
}

impl Default for Search {
    fn default() -> Self {
        Self {
            live: RwLock::default(),
            distrusted: AtomicBool::new(false),
            pending: Mutex::default(),
            heard: AtomicU64::new(0),
            seen: watch::Sender::new(0),
            news: Notify::new(),
            urgent: Notify::new(),
            patience: AtomicU64::new(u64::try_from(PATIENCE.as_millis()).unwrap_or(u64::MAX)),
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

    /// Whether there is an index to search in.
    pub fn is_ready(&self) -> bool {
        self.live.read().is_some()
    }

    fn hear(&self, changes: &[Change]) {
        let mut pending = self.pending.lock();
        pending.extend(changes);
        self.heard.fetch_add(1, Ordering::Release);
        drop(pending);
        self.news.notify_one();
    }

    fn take(&self) -> (u64, Pending) {
        let mut pending = self.pending.lock();
        (self.heard.load(Ordering::Acquire), std::mem::take(&mut *pending))
    }

    /// The index with all that this node has heard of; or `false` and as it is, when that takes too long.
    async fn up_to_date(&self) -> Option<(Arc<Generation>, bool)> {
        let mut is_up_to_date = true;
        let heard = self.heard.load(Ordering::Acquire);
        let mut seen = self.seen.subscribe();
        if *seen.borrow() < heard && self.is_ready() {
            self.urgent.notify_one();
            let patience = Duration::from_millis(self.patience.load(Ordering::Relaxed));
            if timeout(patience, seen.wait_for(|seen| *seen >= heard)).await.is_err() {
                is_up_to_date = false;
            }
        }
        self.live.read().clone().map(|live| (live, is_up_to_date))
    }

    /// Lets go of a generation that can't be read; another is made.
    fn distrust(&self, generation: &Arc<Generation>) {
        let mut live = self.live.write();
        if live.as_ref().is_some_and(|live| Arc::ptr_eq(live, generation)) {
            *live = None;
            self.distrusted.store(true, Ordering::Release);
            self.urgent.notify_one();
        }
    }
}

/// A question to the index.
#[derive(Debug)]
pub struct Ask {
    /// What was typed.
    pub query: String,
    /// The filters; its words are not looked at.
    pub filter: Filter,
    /// Values of attributes that products have to have.
    pub attributes: Vec<Attribute>,
    /// The order.
    pub sort: Sort,
    /// Products of a page.
    pub limit: Limit,
    /// Where the page begins.
    pub after: Option<Place>,
    /// Whether to count what there is of each kind.
    pub facets: bool,
}

/// A place in what was found: the rank of the last product, and how it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    #[serde(rename = "s", with = "crate::catalog::search::sort_as_text")]
    sort: Sort,
    #[serde(rename = "r")]
    rank: Rank,
    #[serde(rename = "p")]
    plan: Option<Plan>,
}

impl Place {
    /// Whether it is one of a list in this order, and of no size that is not made here.
    pub fn is_of(&self, sort: Sort) -> bool {
        self.sort == sort && self.plan.as_ref().is_none_or(Plan::is_sane)
    }
}

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// The products of the page, in order.
    pub products: Vec<ProductId>,
    /// Where the next page begins.
    pub next: Option<Place>,
    /// Products on all pages.
    pub total: u64,
    /// Whether the index held all that this node had heard of.
    pub is_up_to_date: bool,
    counts: Counts,
}

impl Found {
    /// How many there are of each kind.
    pub async fn facets(&self, conn: &mut db::Conn, tree: &Tree) -> Result<Facets> {
        facets::shape(conn, tree, &self.counts).await
    }
}

/// Looks for products; nothing when there is no index at the moment.
pub async fn find(market: &Market, tree: &Tree, ask: Ask) -> Result<Option<Found>> {
    let below = ask.filter.category.map(|id| below(tree, id)).unwrap_or_default();
    let found = look(market, move |generation| answer(generation, ask, below)).await?;
    Ok(found.map(|(found, is_up_to_date)| Found { is_up_to_date, ..found }))
}

/// Runs a search where it keeps nobody else waiting, and says whether the index was up to date.
async fn look<T: Send + 'static>(
    market: &Market,
    work: impl FnOnce(&Generation) -> Result<T> + Send + 'static,
) -> Result<Option<(T, bool)>> {
    let search = market.search();
    let Some((generation, is_up_to_date)) = search.up_to_date().await else { return Ok(None) };
    let permit = Arc::clone(&search.slots).acquire_owned().await;
    let permit = permit.map_err(|error| crate::Error::failed("searching has ended", error))?;
    let shared = Arc::clone(&generation);
    let done = spawn_blocking(move || {
        let _permit = permit;
        work(&shared)
    });
    let why = match done.await {
        Ok(Ok(found)) => return Ok(Some((found, is_up_to_date))),
        Ok(Err(error)) => with_causes(&error),
        // What is damaged on the disk can make the reader stumble.
        Err(panicked) => panicked.to_string(),
    };
    tracing::error!(error = why, "the search index can't be read; it is built anew");
    search.distrust(&generation);
    Ok(None)
}

/// A category and all below it.
fn below(tree: &Tree, category: CategoryId) -> HashSet<u64> {
    let mut found = HashSet::from([category.as_i64().unsigned_abs()]);
    let mut open = vec![category];
    while let Some(parent) = open.pop() {
        for child in tree.children(Some(parent)) {
            if found.insert(child.id.as_i64().unsigned_abs()) {
                open.push(child.id);
            }
        }
    }
    found
}

fn answer(generation: &Generation, ask: Ask, below: HashSet<u64>) -> Result<Found> {
    let Ask { query, filter, attributes, sort, limit, after, facets } = ask;
    let (rank, plan) = after.map_or((None, None), |place| (Some(place.rank), place.plan));
    let size = usize::try_from(limit.entries()).unwrap_or(usize::MAX);
    let selection =
        Selection { filter, below, attributes, sort, limit: size + 1, after: rank, counts_facets: facets };
    let mut selector = Selector::new(selection);
    let plan = hit(generation, &query, plan, &mut selector)?;
    let (mut ranked, counts) = selector.finish();
    let more = ranked.len() > size;
    ranked.truncate(size);
    let last = ranked.last().filter(|_| more).map(|(_, rank)| *rank);
    let next = last.map(|rank| Place { sort, rank, plan });
    let products = ranked.into_iter().map(|(id, _)| id).collect();
    Ok(Found { products, next, total: counts.total, is_up_to_date: false, counts })
}

/// Hands the hits of a query to the selector, and answers the plan by which they were found.
fn hit(
    generation: &Generation,
    query: &str,
    plan: Option<Plan>,
    selector: &mut Selector,
) -> Result<Option<Plan>> {
    let searcher = generation.searcher();
    let fields = &generation.fields;
    if query.trim().is_empty() {
        for segment in searcher.segment_readers() {
            selector.look_at(segment, &scoring::everything(segment))?;
        }
        return Ok(None);
    }
    let mut last = plan;
    for reading in [Reading::Close, Reading::Free, Reading::Most] {
        let was_given = last.is_some() && reading == Reading::Close;
        let plan = match last.take() {
            Some(plan) if was_given => plan,
            _ => Planner::new(&searcher, fields, reading).plan(query, false)?,
        };
        let is_tried = reading != Reading::Most || plan.words.len() >= MANY_WORDS;
        let mut found = was_given;
        if is_tried {
            for segment in searcher.segment_readers() {
                let hits = scoring::hits(segment, fields, &plan)?;
                found |= !hits.is_empty();
                selector.look_at(segment, &hits)?;
            }
        }
        last = Some(plan);
        if found {
            break;
        }
    }
    Ok(last)
}
