//! Reading an uploaded file: the work of the job, and of the command line.
//!
//! Products are written many at a time, each batch in one transaction that also moves the import's place in
//! the file; so a crash loses no more than the batch under way, and of two workers on one import each batch
//! is one's. A batch that can't be written as a whole is written product by product: what is wrong with one
//! is its own error.

use std::sync::Arc;

use db::Tx;
use parking_lot::Mutex;
use tokio::task::{JoinHandle, spawn_blocking};
use types::ImportId;

use super::batching::{Batch, Batches};
use super::kept::{Kept, Trouble};
use super::model::{ImportStatus, Mode, RowError, Work};
use super::parsing::{self, Item, Opened};
use super::writing::{self, For, Reading, Written, came_in_between, refusal};
use super::{statistics, store};
use crate::catalog::{CatalogError, categories};
use crate::vendors::{self, VendorStatus};
use crate::{Error, Kind, Market, Rejection, Result};

/// How often a product is written again when another transaction came in between.
const TRIES: usize = 4;

/// Reads a file to its end. After a crash in the middle it goes on with the products that are not done; an
/// import that is over stays as it is.
pub async fn run(market: &Market, id: ImportId) -> Result<()> {
    let work = store::work(&mut market.db.read().await?, id).await?;
    let Some(work) = work.filter(|work| !work.status.is_over()) else { return Ok(()) };
    let Work { vendor, user, bytes, default_stock, mode, .. } = work;
    let by = match vendors::membership(&mut market.db.read().await?, user, Some(&vendor.into())).await {
        Ok(by) => by,
        Err(Error::Rejected(why)) => return fail(market, id, RowError::new(1, "", why.to_string())).await,
        Err(error) => return Err(error),
    };
    if by.status != VendorStatus::Accepted {
        return fail(market, id, RowError::new(1, "", CatalogError::VendorNotAccepted.to_string())).await;
    }
    let currency = market.settings.currency;
    let content = Kept::new(market, id, bytes);
    let trouble = content.trouble();
    let opened =
        spawn_blocking(move || parsing::open(Box::new(content), currency)).await.map_err(broke_off)?;
    trouble.check()?;
    match opened {
        Err(error) => fail(market, id, error).await,
        Ok(opened) => {
            let categories = Arc::new(categories::tree(&mut market.db.read().await?).await?);
            let Opened { columns, rows, errors, lost, items, .. } = opened;
            let reading = Reading { by, columns, default_stock, categories, import: Some(id) };
            begin(market, id, errors, (lost, rows)).await?;
            let file = File { reading: reading.into(), import: id, mode, trouble };
            file.write_all(market, Batches::of(items)).await
        }
    }
}

fn broke_off(error: tokio::task::JoinError) -> Error {
    Error::failed("a file of products could not be read", error)
}

/// Notes what was found when the file was looked through, unless that was done before.
async fn begin(market: &Market, id: ImportId, errors: Vec<RowError>, (lost, rows): (i64, i64)) -> Result<()> {
    let begin = async move |tx: &mut Tx| {
        if store::begin(tx, id, lost, rows).await? {
            store::add_errors(tx, id, &errors).await?;
        }
        Ok(())
    };
    market.db.write(begin).await
}

/// Ends an import whose file can't be read at all.
async fn fail(market: &Market, id: ImportId, error: RowError) -> Result<()> {
    let now = market.now();
    let fail = async move |tx: &mut Tx| {
        store::add_errors(tx, id, std::slice::from_ref(&error)).await?;
        store::finish(tx, id, ImportStatus::Failed, now).await
    };
    market.db.write(fail).await
}

/// A file that is read and written. Cheap to clone.
#[derive(Clone)]
struct File {
    reading: Arc<Reading>,
    import: ImportId,
    mode: Mode,
    trouble: Trouble,
}

/// The items of a batch that are written together, and their place in the file.
#[derive(Clone)]
struct Part {
    batch: Arc<Batch>,
    start: usize,
    end: usize,
}

impl Part {
    fn items(&self) -> &[Item] {
        self.batch.items(self.start..self.end)
    }

    /// Those of its items that are products.
    fn drafts<'p>(&'p self, reading: &'p Reading) -> Vec<For<'p>> {
        self.items().iter().filter_map(|item| Some((reading, item.draft.as_ref()?))).collect()
    }

    /// What came of it: of its products, and of the rows that are none.
    fn outcome(&self, written: Written) -> Written {
        let errors = self.items().iter().flat_map(|item| item.errors.iter().cloned());
        let rows = self.items().iter().map(|item| item.rows).sum();
        Written { rows, errors: errors.chain(written.errors).collect(), ..written }
    }
}

impl File {
    /// Writes batch after batch, while the next is read.
    async fn write_all(self, market: &Market, batches: Batches) -> Result<()> {
        let mut products = 0;
        let mut reading: JoinHandle<(Batch, Batches)> = spawn_blocking(move || batches.next());
        loop {
            let (batch, batches) = reading.await.map_err(broke_off)?;
            self.trouble.check()?;
            if batch.is_empty() {
                break;
            }
            products += batch.products();
            reading = spawn_blocking(move || batches.next());
            if !self.clone().write_batch(market, Arc::new(batch)).await? {
                return Ok(());
            }
        }
        let (id, now) = (self.import, market.now());
        market.db.write(async move |tx| store::finish(tx, id, ImportStatus::Completed, now).await).await?;
        if self.mode == Mode::Write {
            statistics::keep_up(market, products).await;
        }
        Ok(())
    }

    /// Writes what of a batch is not done; `false` when the import does not run any more.
    async fn write_batch(self, market: &Market, batch: Arc<Batch>) -> Result<bool> {
        loop {
            let place = store::place(&mut market.db.read().await?, self.import).await?;
            let Some(start) = place else { return Ok(false) };
            if start >= batch.end() {
                return Ok(true);
            }
            let part = Part { end: batch.end(), batch: batch.clone(), start };
            self.clone().write_part(market, part).await?;
        }
    }

    /// Writes some products together or, when that can't be, one by one.
    async fn write_part(self, market: &Market, part: Part) -> Result<()> {
        match self.clone().write(market, part.clone()).await {
            Err(error) if is_of_one(&error) => {}
            done => return done,
        }
        for start in part.start..part.end {
            let one = Part { start, end: start + 1, ..part.clone() };
            let mut outcome = self.clone().write(market, one.clone()).await;
            for _ in 1..TRIES {
                if !outcome.as_ref().is_err_and(came_in_between) {
                    break;
                }
                outcome = self.clone().write(market, one.clone()).await;
            }
            if let Err(error) = outcome {
                let draft = one.items().iter().find_map(|item| item.draft.as_ref());
                let Some(draft) = draft else { return Err(error) };
                let written = Written::refused(draft, refusal(error, draft)?);
                self.clone().note(market, one, written).await?;
            }
        }
        Ok(())
    }

    /// Writes some products, their errors and the note that they are done, all or nothing. Does nothing when
    /// the import is at another place by now.
    async fn write(self, market: &Market, part: Part) -> Result<()> {
        if self.mode == Mode::DryRun {
            let written = self.clone().try_out(market, part.clone()).await?;
            return self.note(market, part, written).await;
        }
        let shared = market.clone();
        let write = async move |tx: &mut Tx| {
            if store::advance(tx, self.import, part.start..part.end).await? {
                let written = writing::write(tx, &shared, &part.drafts(&self.reading)).await?;
                store::count(tx, self.import, &part.outcome(written)).await?;
            }
            Ok(())
        };
        market.db.write(write).await
    }

    /// Writes some products and takes it back.
    async fn try_out(self, market: &Market, part: Part) -> Result<Written> {
        let shared = market.clone();
        let kept = Arc::new(Mutex::new(None));
        let keeping = kept.clone();
        let write = async move |tx: &mut Tx| -> Result<()> {
            let written = writing::write(tx, &shared, &part.drafts(&self.reading)).await?;
            *keeping.lock() = Some(written);
            Err(TakenBack.into())
        };
        match market.db.write(write).await {
            Err(error) if error.code() == Some(TakenBack.code()) => {
                kept.lock().take().ok_or_else(|| Error::internal("a dry run ended without an outcome"))
            }
            Err(error) => Err(error),
            Ok(()) => Err(Error::internal("a dry run was committed")),
        }
    }

    /// Notes what became of products that are dealt with.
    async fn note(self, market: &Market, part: Part, written: Written) -> Result<()> {
        let outcome = part.outcome(written);
        let note = async move |tx: &mut Tx| {
            if store::advance(tx, self.import, part.start..part.end).await? {
                store::count(tx, self.import, &outcome).await?;
            }
            Ok(())
        };
        market.db.write(note).await
    }
}

/// Whether what failed may be the mistake of one product among several.
fn is_of_one(error: &Error) -> bool {
    came_in_between(error) || matches!(error, Error::Rejected(_) | Error::Invalid(_))
}

/// A dry run did its work; the transaction goes back.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("a dry run changes nothing")]
struct TakenBack;

impl Rejection for TakenBack {
    fn kind(&self) -> Kind {
        Kind::Conflict
    }

    fn code(&self) -> &'static str {
        "dry_run"
    }
}
