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

use super::building::{PAGE, blocking, build_or_go_on, documents_of, page_size};
use super::documents::Documents;
use super::index::{self, Generation, Opening, Part};
use super::node::Pending;
use super::store::{self, Of};
use crate::catalog::categories::{self, Tree};
use crate::changes::{self, Change, LATENESS_SECONDS};
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

/// Changes of which a part is in the index.
struct Begun {
    part: Part,
    pending: Pending,
}

/// A shop: its name and state.
type Shop = (VendorId, (String, VendorStatus));

struct Keeper {
    market: Market,
    documents: Option<Documents>,
    tree: Arc<Tree>,
    tree_version: Option<i64>,
    /// What was being written when the server was stopped.
    begun: Option<Begun>,
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
            begun: None,
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
                        built = build_or_go_on(&self.market) => self.put_in(Arc::new(built?))?,
                        _ = stopping.changed() => return Ok(()),
                    }
                }
            }
        }
        self.take_in(stopping).await?;
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
        let mark = generation.mark()?.filter(|mark| mark.is_young(now));
        let Some(mark) = mark else { return Ok(false) };
        let missed = self.missed_since(mark.until()).await?;
        self.put_in(Arc::new(generation))?;
        match mark.part {
            None => self.market.search().hear(&missed),
            Some(part) => {
                let later = self.missed_since(part.until()).await?;
                let mut pending = Pending::default();
                pending.extend(&missed);
                self.begun = Some(Begun { part, pending });
                self.market.search().hear(&later);
            }
        }
        Ok(true)
    }

    async fn missed_since(&self, moment: Timestamp) -> Result<Vec<Change>> {
        changes::since(&mut self.market.db.read().await?, moment.plus_seconds(-LATENESS_SECONDS)).await
    }

    fn put_in(&mut self, generation: Arc<Generation>) -> Result<()> {
        if let Some(mark) = generation.mark()? {
            self.sales_until = mark.until().plus_seconds(-LATENESS_SECONDS);
        }
        self.begun = None;
        self.documents = None;
        self.vendors.clear();
        let search = self.market.search();
        search.distrusted.store(false, Ordering::Release);
        *search.live.write() = Some(generation);
        Ok(())
    }

    /// Indexes what changed.
    async fn take_in(&mut self, stopping: &watch::Receiver<bool>) -> Result<()> {
        let search = Arc::clone(self.market.search());
        let Some(live) = search.live.read().clone() else { return Ok(()) };
        if !self.finish_begun(&live, stopping).await? {
            return Ok(());
        }
        let (heard, mut pending) = search.take();
        let started = Instant::now();
        let has_sales = started >= self.sales_due;
        let written = async {
            if has_sales {
                pending.products.append(&mut self.sold().await?);
            }
            if pending.is_empty() { Ok(true) } else { self.write(&live, (&pending, None), stopping).await }
        };
        let written = written.await;
        search.writing.store(0, Ordering::Relaxed);
        if !matches!(written, Ok(true)) {
            search.pending.lock().put_back(pending);
            return written.map(drop);
        }
        if has_sales {
            self.sales_due = started + (10 * started.elapsed()).clamp(SALES, LONGEST_SALES);
        }
        search.seen.send_replace(heard);
        Ok(())
    }

    /// Goes on with what was being written when the server was stopped. `false` when it is stopped again.
    async fn finish_begun(
        &mut self,
        live: &Arc<Generation>,
        stopping: &watch::Receiver<bool>,
    ) -> Result<bool> {
        let Some(begun) = self.begun.take() else { return Ok(true) };
        let written = self.write(live, (&begun.pending, Some(begun.part)), stopping).await;
        if !matches!(written, Ok(true)) {
            self.begun = Some(begun);
        }
        written
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

    /// Writes what is pending, but for the part of it that is there. `false` when the server was stopped meanwhile.
    async fn write(
        &mut self,
        live: &Arc<Generation>,
        (pending, part): (&Pending, Option<Part>),
        stopping: &watch::Receiver<bool>,
    ) -> Result<bool> {
        let until = part.map(|part| part.until()).or(self.market.changes().followed_until());
        let (mut ids, shops) = self.products_of(pending).await?;
        ids.retain(|id| part.is_none_or(|part| *id > part.product()));
        let search = Arc::clone(self.market.search());
        search.writing.store(ids.len(), Ordering::Relaxed);
        let mut documents = self.documents.take().unwrap_or_else(|| Documents::new(live.fields));
        let (size, mut since_part) = (search.part(), 0);
        for page in ids.chunks(usize::try_from(page_size(size)).unwrap_or(size)) {
            let made = documents_of(&self.market, documents, (&self.tree, page)).await?;
            documents = made.0;
            since_part += page.len();
            let is_stopped = *stopping.borrow();
            let part = until.zip(page.last()).filter(|_| since_part >= size || is_stopped);
            let part = part.map(|(until, last)| Part::new(until, *last));
            blocking(live, move |live| {
                live.write(made.1)?;
                part.map_or(Ok(()), |part| live.commit_part(part))
            })
            .await?;
            if is_stopped {
                return Ok(false);
            }
            since_part = if part.is_some() { 0 } else { since_part };
        }
        self.documents = Some(documents);
        self.noted = Instant::now();
        blocking(live, move |live| live.commit(until)).await?;
        self.vendors.extend(shops);
        Ok(true)
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
        if self.begun.is_some() || !self.market.search().pending.lock().is_empty() {
            return Ok(());
        }
        blocking(&live, move |live| live.commit(Some(until))).await
    }
}
