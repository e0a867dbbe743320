//! Reading an uploaded file: the work of the job, and of the command line.
//!
//! Products are written many at a time, each batch in one transaction that also moves the import's place in
//! the file; so a crash loses no more than the batch under way, and of two workers on one import each batch
//! is one's. A batch that can't be written as a whole is written product by product: what is wrong with one
//! is its own error.

use std::ops::Range;
use std::sync::Arc;

use db::Tx;
use parking_lot::Mutex;
use types::ImportId;

use super::model::{Draft, ImportStatus, Mode, Parsed, RowError, Work};
use super::writing::{self, For, Reading, Written, came_in_between, refusal};
use super::{parsing, store};
use crate::catalog::{CatalogError, categories};
use crate::vendors::{self, VendorStatus};
use crate::{Error, Kind, Market, Rejection, Result};

/// Products that are written together, at most: enough to share the commit, few enough that buyers who write
/// meanwhile wait only some milliseconds.
const BATCH_PRODUCTS: usize = 200;

/// And variants.
const BATCH_VARIANTS: usize = 500;

/// How often a product is written again when another transaction came in between.
const TRIES: usize = 4;

/// Reads a file to its end. After a crash in the middle it goes on with the products that are not done; an
/// import that is over stays as it is.
pub async fn run(market: &Market, id: ImportId) -> Result<()> {
    let work = store::work(&mut market.db.read().await?, id).await?;
    let Some(work) = work.filter(|work| !work.status.is_over()) else { return Ok(()) };
    let Work { vendor, user, content, default_stock, mode, .. } = work;
    let by = match vendors::membership(&mut market.db.read().await?, user, Some(&vendor.into())).await {
        Ok(by) => by,
        Err(Error::Rejected(why)) => return fail(market, id, RowError::new(1, "", why.to_string())).await,
        Err(error) => return Err(error),
    };
    if by.status != VendorStatus::Accepted {
        return fail(market, id, RowError::new(1, "", CatalogError::VendorNotAccepted.to_string())).await;
    }
    let currency = market.settings.currency;
    let parsed = tokio::task::spawn_blocking(move || parsing::parse(&content, currency)).await;
    match parsed.map_err(|error| Error::failed("a file of products could not be read", error))? {
        Err(error) => fail(market, id, error).await,
        Ok(parsed) => {
            let categories = Arc::new(categories::tree(&mut market.db.read().await?).await?);
            let Parsed { columns, drafts, errors, rows, .. } = parsed;
            let reading = Reading { by, columns, default_stock, categories, import: Some(id) };
            let file = File { drafts: drafts.into(), reading: reading.into(), import: id, mode };
            file.write_all(market, errors, rows).await
        }
    }
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

/// A file that was read and is being written. Cheap to clone.
#[derive(Clone)]
struct File {
    drafts: Arc<[Draft]>,
    reading: Arc<Reading>,
    import: ImportId,
    mode: Mode,
}

impl File {
    async fn write_all(self, market: &Market, errors: Vec<RowError>, total: i64) -> Result<()> {
        let lost = total - self.drafts.iter().map(|draft| draft.rows).sum::<i64>();
        let id = self.import;
        let begin = async move |tx: &mut Tx| {
            if store::begin(tx, id, lost, total).await? {
                store::add_errors(tx, id, &errors).await?;
            }
            Ok::<_, Error>(())
        };
        market.db.write(begin).await?;
        loop {
            let place = store::place(&mut market.db.read().await?, id).await?;
            let Some(place) = place else { return Ok(()) };
            let end = batch_end(&self.drafts, place);
            if end == place {
                break;
            }
            self.clone().write_batch(market, place..end).await?;
        }
        let now = market.now();
        market.db.write(async move |tx| store::finish(tx, id, ImportStatus::Completed, now).await).await
    }

    /// Writes some products together or, when that can't be, one by one.
    async fn write_batch(self, market: &Market, batch: Range<usize>) -> Result<()> {
        match self.clone().write(market, batch.clone()).await {
            Err(error) if is_of_one(&error) => {}
            done => return done,
        }
        for place in batch {
            let one = place..place + 1;
            let mut outcome = self.clone().write(market, one.clone()).await;
            for _ in 1..TRIES {
                if !outcome.as_ref().is_err_and(came_in_between) {
                    break;
                }
                outcome = self.clone().write(market, one.clone()).await;
            }
            if let Err(error) = outcome {
                let written = Written::refused(&self.drafts[place], refusal(error, &self.drafts[place])?);
                self.clone().note(market, one, written).await?;
            }
        }
        Ok(())
    }

    /// Writes some products, their errors and the note that they are done, all or nothing. Does nothing when
    /// the import is at another place by now.
    async fn write(self, market: &Market, batch: Range<usize>) -> Result<()> {
        if self.mode == Mode::DryRun {
            let written = self.clone().try_out(market, batch.clone()).await?;
            return self.note(market, batch, written).await;
        }
        let shared = market.clone();
        let write = async move |tx: &mut Tx| {
            if store::advance(tx, self.import, batch.clone()).await? {
                let written = writing::write(tx, &shared, &self.of(batch.clone())).await?;
                store::count(tx, self.import, &written).await?;
            }
            Ok(())
        };
        market.db.write(write).await
    }

    fn of(&self, batch: Range<usize>) -> Vec<For<'_>> {
        self.drafts[batch].iter().map(|draft| (&*self.reading, draft)).collect()
    }

    /// Writes some products and takes it back.
    async fn try_out(self, market: &Market, batch: Range<usize>) -> Result<Written> {
        let shared = market.clone();
        let kept = Arc::new(Mutex::new(None));
        let keeping = kept.clone();
        let write = async move |tx: &mut Tx| -> Result<()> {
            let written = writing::write(tx, &shared, &self.of(batch.clone())).await?;
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
    async fn note(self, market: &Market, batch: Range<usize>, written: Written) -> Result<()> {
        let note = async move |tx: &mut Tx| {
            if store::advance(tx, self.import, batch.clone()).await? {
                store::count(tx, self.import, &written).await?;
            }
            Ok(())
        };
        market.db.write(note).await
    }
}

/// Where the batch that begins at `place` ends: at `place` when there are no more products.
pub(super) fn batch_end(drafts: &[Draft], place: usize) -> usize {
    let mut variants = 0;
    let fits = |draft: &&Draft| {
        variants += draft.variants.len();
        variants <= BATCH_VARIANTS
    };
    let left = drafts.get(place..).unwrap_or_default();
    let count = left.iter().take(BATCH_PRODUCTS).take_while(fits).count();
    place + count.max(usize::from(!left.is_empty()))
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
