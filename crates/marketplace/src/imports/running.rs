//! Reading an uploaded file: the work of the job, and of the command line.

use std::sync::Arc;

use db::Tx;
use futures_util::{StreamExt, TryStreamExt, stream};
use types::ImportId;

use super::model::{Draft, ImportStatus, Outcome, Parsed, RowError, Work};
use super::writing::{Reading, came_in_between, prepare, refusal};
use super::{parsing, store};
use crate::catalog::{CatalogError, categories};
use crate::vendors::{self, VendorStatus};
use crate::{Error, Market, Result};

/// Products that are written at once: they share commits, and leave room for what buyers do meanwhile.
const AT_ONCE: usize = 24;

/// How often a product is written again when another transaction came in between.
const TRIES: usize = 4;

/// Reads a file to its end. After a crash in the middle it goes on with the products that are not done; an
/// import that is over stays as it is.
pub async fn run(market: &Market, id: ImportId) -> Result<()> {
    let work = store::work(&mut market.db.read().await?, id).await?;
    let Some(work) = work.filter(|work| !work.status.is_over()) else { return Ok(()) };
    let Work { vendor, user, content, default_stock, .. } = work;
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
            let categories = categories::tree(&mut market.db.read().await?).await?;
            let Parsed { columns, drafts, errors, rows, .. } = parsed;
            let reading = Reading { by, columns, default_stock, categories };
            write_all(market, id, reading, (drafts, errors, rows)).await
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

async fn write_all(
    market: &Market,
    id: ImportId,
    reading: Reading,
    (drafts, errors, total): (Vec<Draft>, Vec<RowError>, i64),
) -> Result<()> {
    let lost = total - drafts.iter().map(|draft| draft.rows).sum::<i64>();
    let begin = async move |tx: &mut Tx| {
        store::add_errors(tx, id, &errors).await?;
        store::begin(tx, id, lost, total).await
    };
    if !market.db.write(begin).await? {
        return Ok(());
    }
    let done = store::steps(&mut market.db.read().await?, id).await?;
    let reading = Arc::new(reading);
    let left = (0_i64..).zip(drafts).filter(|(position, _)| !done.contains(position));
    stream::iter(left.map(|(position, draft)| Step {
        import: id,
        position,
        draft: Arc::new(draft),
        reading: reading.clone(),
        market: market.clone(),
    }))
    .map(Step::take)
    .buffer_unordered(AT_ONCE)
    .try_collect::<()>()
    .await?;
    let now = market.now();
    market.db.write(async move |tx| store::finish(tx, id, ImportStatus::Completed, now).await).await
}

/// One product of a file, to be written once.
#[derive(Clone)]
struct Step {
    import: ImportId,
    position: i64,
    draft: Arc<Draft>,
    reading: Arc<Reading>,
    market: Market,
}

impl Step {
    async fn take(self) -> Result<()> {
        let mut outcome = self.clone().written().await;
        for _ in 1..TRIES {
            if !outcome.as_ref().is_err_and(came_in_between) {
                break;
            }
            outcome = self.clone().written().await;
        }
        match outcome {
            Ok(()) => Ok(()),
            Err(error) => self.clone().refused(refusal(error, &self.draft)?).await,
        }
    }

    /// The product, its errors and the note that it is done, all or nothing.
    async fn written(self) -> Result<()> {
        let market = self.market.clone();
        let write = async move |tx: &mut Tx| {
            let prepared = prepare(tx, &self.reading, &self.draft).await?;
            let place = (self.position, self.draft.rows);
            if store::step(tx, self.import, place, prepared.outcome()).await? {
                let errors = prepared.write(tx, &self.market, &self.reading).await?;
                store::add_errors(tx, self.import, &errors).await?;
            }
            Ok(())
        };
        market.db.write(write).await
    }

    /// Notes why the product could not be written.
    async fn refused(self, error: RowError) -> Result<()> {
        let market = self.market.clone();
        let note = async move |tx: &mut Tx| {
            let place = (self.position, self.draft.rows);
            if store::step(tx, self.import, place, Outcome::Refused).await? {
                store::add_errors(tx, self.import, std::slice::from_ref(&error)).await?;
            }
            Ok(())
        };
        market.db.write(note).await
    }
}
