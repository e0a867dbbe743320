//! Keeps the node's index: opens it or makes it, and takes in what changes.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, sleep};
use types::{ProductId, Timestamp, VendorId};

use super::documents::Documents;
use super::index::{self, Generation, Opening};
use super::node::Pending;
use super::store::{self, Of};
use crate::catalog::categories::{self, Tree};
use crate::changes::{self, KEPT_SECONDS, LATENESS_SECONDS};
use crate::error::with_causes;
use crate::orders;
use crate::vendors::{self, VendorStatus};
use crate::{Error, Market, Result};

/// How long changes are gathered when no search waits for them.
const GATHER: Duration = Duration::from_millis(150);

/// How often the keeper looks whether there is another generation.
const LOOK: Duration = Duration::from_millis(500);

/// How often the sales are looked for that orders of the best-selling go by, at most: indexing them takes no
/// more than a tenth of the time.
const SALES: Duration = Duration::from_millis(700);
const LONGEST_SALES: Duration = Duration::from_secs(10);

/// How far back that look goes: most commits and clocks of other nodes are not later than that.
const SALES_OVERLAP_SECONDS: i64 = 1;

/// After a failure.
const RETRY: Duration = Duration::from_secs(2);

/// How often a quiet index notes until when it holds everything.
const NOTE: Duration = Duration::from_mins(30);

/// Products that are read at a time.
const PAGE: i64 = 500;

/// The keeper at work.
#[derive(Debug)]
pub struct Running {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    /// Ends after what it does.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(error = %error, "keeping the search index did not end well");
        }
    }
}

pub(super) fn start(market: &Market) -> Running {
    let hearing = Arc::clone(market.search());
    market.changes().subscribe(move |changes| hearing.hear(changes));
    let hearing = Arc::clone(market.search());
    market.changes().listen_to_stock(move |moves| hearing.hear_of_stock(moves));
    let (stop, stopping) = watch::channel(false);
    Running { stop, task: tokio::spawn(keep(market.clone(), stopping)) }
}

async fn keep(market: Market, mut stopping: watch::Receiver<bool>) {
    let search = Arc::clone(market.search());
    let mut keeper = Keeper::new(market);
    while !*stopping.borrow_and_update() {
        let pause = match keeper.turn(&mut stopping).await {
            Ok(()) => Duration::ZERO,
            Err(error) => {
                tracing::warn!(error = with_causes(&error), "the search index is not up to date");
                RETRY
            }
        };
        tokio::select! {
            _ = stopping.changed() => {}
            () = async {
                sleep(pause).await;
                tokio::select! {
                    () = search.urgent.notified() => {}
                    () = async {
                        search.news.notified().await;
                        tokio::select! {
                            () = search.urgent.notified() => {}
                            () = sleep(GATHER) => {}
                        }
                    } => {}
                    () = sleep(LOOK) => {}
                }
            } => {}
        }
    }
    if let Err(error) = keeper.note().await {
        tracing::warn!(error = with_causes(&error), "the search index was not closed well");
    }
    *search.live.write() = None;
}

/// A shop: its name and state.
type Shop = (VendorId, (String, VendorStatus));

struct Keeper {
    market: Market,
    documents: Option<Documents>,
    tree: Arc<Tree>,
    tree_version: Option<i64>,
    /// What the documents say of the shops that changed: name and state.
    vendors: HashMap<VendorId, (String, VendorStatus)>,
    noted: Instant,
    /// Until when sales are in the index, and when to look for more.
    sales_until: Timestamp,
    sales_due: Instant,
}

impl Keeper {
    fn new(market: Market) -> Self {
        Self {
            sales_until: market.now(),
            sales_due: Instant::now(),
            market,
            documents: None,
            tree: Arc::new(Tree::new(Vec::new())),
            tree_version: None,
            vendors: HashMap::new(),
            noted: Instant::now(),
        }
    }

    /// Brings the index to where the database is.
    async fn turn(&mut self, stopping: &mut watch::Receiver<bool>) -> Result<()> {
        let folder = index::folder(&self.market.settings.data_dir)?;
        let live = self.market.search().live.read().clone();
        match live {
            Some(live) if live.is_current(&folder) => {}
            Some(_) => self.open(folder).await.map(drop)?,
            None => {
                let distrusted = self.market.search().distrusted.load(Ordering::Acquire);
                if distrusted || !self.open(folder).await? {
                    tokio::select! {
                        built = build(&self.market, &|_, _| {}) => self.put_in(Arc::new(built?))?,
                        _ = stopping.changed() => return Ok(()),
                    }
                }
            }
        }
        self.take_in().await?;
        if self.noted.elapsed() > NOTE { self.note().await } else { Ok(()) }
    }

    /// Opens the generation that counts. `false` when another one has to be made.
    async fn open(&mut self, folder: PathBuf) -> Result<bool> {
        let opened = spawn_blocking(move || Generation::open_current(&folder)).await;
        let generation = match opened {
            Ok(Ok(Opening::Open(generation))) => *generation,
            // The one who made it is about to let go of it.
            Ok(Ok(Opening::InUse)) => return Err(Error::internal("another process uses the search index")),
            Ok(Ok(Opening::None)) => return Ok(false),
            Ok(Err(error)) => {
                tracing::warn!(error = with_causes(&error), "the search index is damaged; it is built anew");
                return Ok(false);
            }
            Err(panicked) => {
                tracing::warn!(error = %panicked, "the search index is damaged; it is built anew");
                return Ok(false);
            }
        };
        let now = self.market.now();
        let Some(until) = generation.until()?.filter(|until| now.seconds_since(*until) < KEPT_SECONDS / 2)
        else {
            return Ok(false);
        };
        let missed = {
            let mut conn = self.market.db.read().await?;
            changes::since(&mut conn, until.plus_seconds(-LATENESS_SECONDS)).await?
        };
        self.market.search().hear(&missed);
        self.put_in(Arc::new(generation))?;
        Ok(true)
    }

    fn put_in(&mut self, generation: Arc<Generation>) -> Result<()> {
        if let Some(until) = generation.until()? {
            self.sales_until = until.plus_seconds(-LATENESS_SECONDS);
        }
        self.documents = None;
        self.vendors.clear();
        let search = self.market.search();
        search.distrusted.store(false, Ordering::Release);
        *search.live.write() = Some(generation);
        Ok(())
    }

    /// Indexes what changed.
    async fn take_in(&mut self) -> Result<()> {
        let search = Arc::clone(self.market.search());
        let Some(live) = search.live.read().clone() else { return Ok(()) };
        let (heard, mut pending) = search.take();
        let started = Instant::now();
        let has_sales = started >= self.sales_due;
        let written = async {
            if has_sales {
                pending.products.append(&mut self.sold().await?);
            }
            if pending.is_empty() { Ok(()) } else { self.write(&live, &pending).await }
        };
        let written = written.await;
        search.writing.store(0, Ordering::Relaxed);
        if let Err(error) = written {
            search.pending.lock().put_back(pending);
            return Err(error);
        }
        if has_sales {
            self.sales_due = started + (10 * started.elapsed()).clamp(SALES, LONGEST_SALES);
        }
        search.seen.send_replace(heard);
        Ok(())
    }

    /// The products that were sold since the last look.
    async fn sold(&mut self) -> Result<BTreeSet<ProductId>> {
        let now = self.market.now();
        // A commit may be late, and a clock be put back.
        let from = self.sales_until.min(now).plus_seconds(-SALES_OVERLAP_SECONDS);
        let sold = orders::sold_since(&mut self.market.db.read().await?, from).await?;
        self.sales_until = now;
        Ok(sold)
    }

    async fn write(&mut self, live: &Arc<Generation>, pending: &Pending) -> Result<()> {
        let until = self.market.changes().followed_until();
        let (ids, shops) = self.products_of(pending).await?;
        self.market.search().writing.store(ids.len(), Ordering::Relaxed);
        let mut documents = self.documents.take().unwrap_or_else(|| Documents::new(live.fields));
        for page in ids.chunks(usize::try_from(PAGE).unwrap_or(usize::MAX)) {
            let written = {
                let mut conn = self.market.db.read().await?;
                documents.of(&mut conn, &self.tree, page).await?
            };
            blocking(live, move |live| live.write(written)).await?;
        }
        self.documents = Some(documents);
        self.noted = Instant::now();
        blocking(live, move |live| live.commit(until)).await?;
        self.vendors.extend(shops);
        Ok(())
    }

    /// All products that something pending shows in, and what the index will say of the shops among it.
    async fn products_of(&mut self, pending: &Pending) -> Result<(Vec<ProductId>, Vec<Shop>)> {
        let mut conn = self.market.db.read().await?;
        let version = categories::version(&mut conn).await?;
        if self.tree_version != Some(version) {
            self.tree = Arc::new(categories::tree(&mut conn).await?);
            self.tree_version = Some(version);
            if let Some(documents) = &mut self.documents {
                documents.forget_paths();
            }
        }
        let (mut of, mut shops) = (Vec::new(), Vec::new());
        for id in &pending.vendors {
            let Some(vendor) = vendors::find(&mut conn, *id).await? else { continue };
            let now = (vendor.name, vendor.status);
            if self.vendors.get(id) != Some(&now) {
                of.push(Of::Vendor(*id));
                shops.push((*id, now));
            }
        }
        for id in &pending.categories {
            let mut open = vec![*id];
            while let Some(category) = open.pop() {
                of.push(Of::Category(category));
                open.extend(self.tree.children(Some(category)).map(|child| child.id));
            }
        }
        let mut ids = pending.products.clone();
        let variants: Vec<_> = pending.variants.iter().copied().collect();
        ids.extend(store::products_of(&mut conn, &variants).await?);
        for of in of {
            let mut after = ProductId::from_i64(0);
            loop {
                let page = store::ids(&mut conn, of, after, PAGE).await?;
                let Some(last) = page.last() else { break };
                after = *last;
                ids.extend(page);
            }
        }
        Ok((ids.into_iter().collect(), shops))
    }

    /// Notes in the index until when it holds everything.
    async fn note(&mut self) -> Result<()> {
        self.noted = Instant::now();
        let live = self.market.search().live.read().clone();
        let (Some(live), Some(until)) = (live, self.market.changes().followed_until()) else { return Ok(()) };
        if !self.market.search().pending.lock().is_empty() {
            return Ok(());
        }
        blocking(&live, move |live| live.commit(Some(until))).await
    }
}

/// Makes a new index of everything and has it take the place of the one that is there. `progress` is told
/// how many products are done, and of how many.
///
/// It may run beside a server, which goes on with the new one.
pub async fn rebuild(market: &Market, progress: &(impl Fn(u64, u64) + Sync)) -> Result<()> {
    build(market, progress).await.map(drop)
}

async fn build(market: &Market, progress: &(impl Fn(u64, u64) + Sync)) -> Result<Generation> {
    let folder = index::folder(&market.settings.data_dir)?;
    let began = market.now();
    let (tree, total) = {
        let mut conn = market.db.read().await?;
        (categories::tree(&mut conn).await?, store::count(&mut conn).await?)
    };
    let total = u64::try_from(total).unwrap_or(0);
    let generation = Arc::new(Generation::create(&folder, began)?);
    let mut documents = Documents::new(generation.fields);
    let (mut after, mut done) = (ProductId::from_i64(0), 0);
    loop {
        let written = {
            let mut conn = market.db.read().await?;
            let page = store::ids(&mut conn, Of::Everybody, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = *last;
            documents.of(&mut conn, &tree, &page).await?
        };
        done += u64::try_from(written.len()).unwrap_or(0);
        let documents = written.into_iter().filter_map(|(_, document)| document);
        blocking(&generation, move |generation| generation.add(documents)).await?;
        progress(done, total.max(done));
    }
    let until = began.plus_seconds(-1);
    blocking(&generation, move |generation| {
        generation.commit(Some(until))?;
        generation.install(&folder)
    })
    .await?;
    Arc::into_inner(generation).ok_or_else(|| Error::internal("a new search index is still held"))
}

/// Runs work on the disk where it keeps nobody waiting.
async fn blocking(
    generation: &Arc<Generation>,
    work: impl FnOnce(&Generation) -> Result<()> + Send + 'static,
) -> Result<()> {
    let generation = Arc::clone(generation);
    let done = spawn_blocking(move || {
        let outcome = work(&generation);
        drop(generation);
        outcome
    });
    done.await.map_err(|error| Error::failed("work on the search index broke", error))?
}
