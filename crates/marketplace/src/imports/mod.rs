//! Imports and exports: a seller's products from another shop's file, and back.
//!
//! An uploaded file is kept in parts and read by a job, a part at a time. Its products are written in batches,
//! each one transaction: made, or found by what the file calls them and brought up to date, with the note that
//! they are done. So a second import of the same file, or a worker that dies in the middle, doubles nothing; and
//! a row that can't be imported is an error with its line and column while the others go in. An export is read
//! back without a difference.

mod barcodes;
mod batching;
mod cell;
mod error;
mod exporting;
mod groups;
mod icecat;
mod kept;
mod lines;
mod model;
mod parsing;
mod pictures;
mod planning;
mod records;
mod resuming;
mod running;
mod shopify;
mod statistics;
mod store;
mod suppliers;
mod table;
mod taxonomy;
mod woocommerce;
mod writing;

pub use error::ImportError;
pub use exporting::Export;
pub use kept::{Incoming, Received, discard};
pub use model::{Format, Import, ImportStatus, MAX_BYTES, MAX_ERRORS, Mode, RowError, Upload};
pub use running::run;
pub use suppliers::{Manner, Progress, Survey, import_suppliers, survey};
pub use taxonomy::{Grown, Taxonomy, import_taxonomy};

pub(crate) use kept::sweep;
pub(crate) use pictures::fetch as fetch_images;
pub(crate) use store::{INSERTS, STATEMENTS};

use std::io::{Read, Seek};

use db::{Conn, Tx};
use types::{Currency, ImportId, Limit, Page, Timestamp, VendorId};

use crate::catalog::CatalogError;
use crate::jobs::{self, Job};
use crate::vendors::{Membership, VendorStatus};
use crate::{Error, Market, Result};

/// The most imports of a shop that wait or run.
pub const MAX_UNFINISHED: i64 = 10;

/// Has a file read that was received, by a job that is due at `due`.
///
/// Refused as `vendor_not_accepted` unless the shop is open, and as `too_many_imports`.
pub async fn start(
    tx: &mut Tx,
    market: &Market,
    by: &Membership,
    upload: &Upload,
    due: Timestamp,
) -> Result<Import> {
    if by.status != VendorStatus::Accepted {
        return Err(CatalogError::VendorNotAccepted.into());
    }
    if store::unfinished(tx, by.vendor, MAX_UNFINISHED).await? >= MAX_UNFINISHED {
        return Err(ImportError::TooMany.into());
    }
    let id = upload.file.import;
    store::insert(tx, by, upload, market.now()).await?;
    jobs::enqueue(tx, market, &Job::RunImport { import: id.as_i64() }, due).await?;
    find(tx, id).await?.ok_or_else(|| Error::internal("a new import is not there"))
}

/// An import.
pub async fn find(conn: &mut Conn, id: ImportId) -> Result<Option<Import>> {
    store::find(conn, id).await
}

/// The imports of a shop, newest first.
pub async fn list(
    conn: &mut Conn,
    vendor: VendorId,
    limit: Limit,
    after: Option<ImportId>,
) -> Result<Page<Import, ImportId>> {
    Ok(Page::cut(store::list(conn, vendor, limit, after).await?, limit, |import| import.id))
}

/// The rows of an import that did not go in, by their lines: the first [`MAX_ERRORS`].
pub async fn errors(conn: &mut Conn, id: ImportId) -> Result<Vec<RowError>> {
    store::errors(conn, id, false).await
}

/// The rows of an import that did not go in as CSV, which a spreadsheet can't take for formulas: the first
/// 10,000.
pub async fn errors_csv(conn: &mut Conn, id: ImportId) -> Result<Vec<u8>> {
    let broken = |error| Error::failed("a row of an import's errors could not be written", error);
    let mut file = csv::WriterBuilder::new().from_writer(Vec::new());
    file.write_record(["row", "column", "detail"]).map_err(broken)?;
    for RowError { line, column, detail } in store::errors(conn, id, true).await? {
        let record = [line.to_string(), cell::guarded(&column), cell::guarded(&detail)];
        file.write_record(record).map_err(broken)?;
    }
    file.into_inner().map_err(|error| Error::internal(error.to_string()))
}

/// Which format a file has; `Err` says why it can't be read.
pub fn recognise(content: impl Read + Seek + Send + 'static, currency: Currency) -> Result<Format, RowError> {
    parsing::open(Box::new(content), currency).map(|opened| opened.format)
}
