//! SQL of the imports.

use std::ops::Range;

use db::{Conn, Insert, Stmt, Tx, Value, params};
use types::{ImportId, Limit, ProductId, Timestamp, VendorId};

use super::kept::Received;
use super::model::{Import, ImportStatus, MAX_ERRORS, MAX_KEPT_ERRORS, RowError, Upload, Work};
use super::pictures::{Wanted, Wish};
use super::resuming::Run;
use super::suppliers::Progress;
use super::writing::Written;
use crate::Result;
use crate::vendors::Membership;

pub(crate) const STATEMENTS: &[&Stmt] = &[
    &INSERT,
    &UNFINISHED,
    &FIND,
    &LIST,
    &ERRORS,
    &WORK,
    &BEGIN,
    &PLACE,
    &ADVANCE,
    &COUNT,
    &COUNT_ERRORS,
    &FINISH,
    &DROP_PARTS,
    &PART,
    &DISCARD_PARTS,
    &SWEEP_PARTS,
    &WANTED,
    &TRY_AGAIN,
    &WANT_NO_MORE,
    &DROP_OLD_RUNS,
    &BEGIN_RUN,
    &FIND_RUN,
    &ADVANCE_RUN,
    &END_RUN,
];

pub(crate) const INSERTS: &[&Insert] = &[&ADD_ERRORS, &ADD_PARTS, &WANT];

static INSERT: Stmt = Stmt::new(
    "INSERT INTO imports (id, vendor_id, user_id, file_name, file_bytes, default_stock, mode, status,
        rows_done, rows_total, next_place, products_created, products_updated, error_count, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', 0, 0, 0, 0, 0, 0, $8)",
);

pub(super) async fn insert(tx: &mut Tx, by: &Membership, upload: &Upload, now: Timestamp) -> Result<()> {
    let Upload { file_name, file: Received { import: id, bytes, .. }, default_stock, mode } = upload;
    let values = params![id, by.vendor, by.user, file_name, bytes, default_stock, mode, now];
    tx.exec_n(1, &INSERT, values).await?;
    Ok(())
}

static ADD_PARTS: Insert = Insert::new(
    "import_parts",
    &[("import_id", db::Kind::Int), ("place", db::Kind::Int), ("bytes", db::Kind::Blob)],
);

/// Keeps parts of a file, each with its place.
pub(super) async fn add_parts(tx: &mut Tx, id: ImportId, parts: &[(i64, &[u8])]) -> Result<()> {
    let rows: Vec<_> = parts
        .iter()
        .map(|(place, bytes)| [Value::Int(id.as_i64()), Value::Int(*place), Value::Blob(bytes)])
        .collect();
    tx.insert_many(&ADD_PARTS, &rows).await?;
    Ok(())
}

static PART: Stmt = Stmt::new("SELECT bytes FROM import_parts WHERE import_id = $1 AND place = $2");

/// A part of a file.
pub(super) async fn part(conn: &mut Conn, id: ImportId, place: i64) -> Result<Option<Vec<u8>>> {
    let part: Option<(Vec<u8>,)> = conn.opt(&PART, params![id, place]).await?;
    Ok(part.map(|(bytes,)| bytes))
}

static DISCARD_PARTS: Stmt = Stmt::new(
    "DELETE FROM import_parts
     WHERE import_id = $1 AND NOT EXISTS (SELECT 1 FROM imports i WHERE i.id = import_parts.import_id)",
);

/// Drops a file, unless there is an import of it.
pub(super) async fn discard_parts(tx: &mut Tx, id: ImportId) -> Result<()> {
    tx.exec(&DISCARD_PARTS, params![id]).await?;
    Ok(())
}

static SWEEP_PARTS: Stmt = Stmt::new(
    "DELETE FROM import_parts
     WHERE import_id < $1 AND NOT EXISTS (SELECT 1 FROM imports i WHERE i.id = import_parts.import_id)",
);

/// Drops the files that began to come in before an import was begun with this identifier, and of which none came.
pub(super) async fn sweep_parts(tx: &mut Tx, before: ImportId) -> Result<u64> {
    Ok(tx.exec(&SWEEP_PARTS, params![before]).await?)
}

static UNFINISHED: Stmt = Stmt::new(
    "SELECT COUNT(*) FROM (SELECT id FROM imports
        WHERE vendor_id = $1 AND status IN ('queued', 'running') ORDER BY id LIMIT $2) AS unfinished",
);

/// How many imports of a shop are not over: at most `most`, even when there are more.
pub(super) async fn unfinished(conn: &mut Conn, vendor: VendorId, most: i64) -> Result<i64> {
    let (count,): (i64,) = conn.one(&UNFINISHED, params![vendor, most]).await?;
    Ok(count)
}

macro_rules! import {
    ($rest:literal) => {
        concat!(
            "SELECT i.id, i.vendor_id, i.mode, i.status, i.file_name, i.rows_done, i.rows_total,
                i.products_created, i.products_updated, i.error_count, i.created_at, i.finished_at
             FROM imports i ",
            $rest
        )
    };
}

static FIND: Stmt = Stmt::new(import!("WHERE i.id = $1"));

pub(super) async fn find(conn: &mut Conn, id: ImportId) -> Result<Option<Import>> {
    Ok(conn.opt(&FIND, params![id]).await?)
}

static LIST: Stmt = Stmt::new(import!(
    "WHERE i.vendor_id = $1 AND (CAST($2 AS BIGINT) IS NULL OR i.id < $2) ORDER BY i.id DESC LIMIT $3"
));

pub(super) async fn list(
    conn: &mut Conn,
    vendor: VendorId,
    limit: Limit,
    after: Option<ImportId>,
) -> Result<Vec<Import>> {
    Ok(conn.all(&LIST, params![vendor, after, limit.plus_one()]).await?)
}

static ERRORS: Stmt = Stmt::new(
    "SELECT line, column_name, detail FROM import_errors
     WHERE import_id = $1 ORDER BY line, column_name LIMIT $2",
);

/// The errors of an import by their lines: the first, or all that are kept.
pub(super) async fn errors(conn: &mut Conn, id: ImportId, all: bool) -> Result<Vec<RowError>> {
    let most = if all { MAX_KEPT_ERRORS } else { MAX_ERRORS };
    Ok(conn.all(&ERRORS, params![id, most]).await?)
}

static WORK: Stmt = Stmt::new(
    "SELECT vendor_id, user_id, status, file_bytes, default_stock, mode FROM imports WHERE id = $1",
);

pub(super) async fn work(conn: &mut Conn, id: ImportId) -> Result<Option<Work>> {
    Ok(conn.opt(&WORK, params![id]).await?)
}

static BEGIN: Stmt = Stmt::new(
    "UPDATE imports SET status = 'running', rows_done = $2, rows_total = $3
     WHERE id = $1 AND status = 'queued'",
);

/// Notes the rows of a file, and those of them that no product is made of; `false` when it was begun before.
pub(super) async fn begin(tx: &mut Tx, id: ImportId, done: i64, total: i64) -> Result<bool> {
    Ok(tx.exec(&BEGIN, params![id, done, total]).await? == 1)
}

static PLACE: Stmt = Stmt::new("SELECT next_place FROM imports WHERE id = $1 AND status = 'running'");

/// How many products of a file are dealt with; nothing when the import does not run.
pub(super) async fn place(conn: &mut Conn, id: ImportId) -> Result<Option<usize>> {
    let row: Option<(i64,)> = conn.opt(&PLACE, params![id]).await?;
    Ok(row.map(|(place,)| usize::try_from(place).unwrap_or(usize::MAX)))
}

static ADVANCE: Stmt =
    Stmt::new("UPDATE imports SET next_place = $3 WHERE id = $1 AND next_place = $2 AND status = 'running'");

/// Moves an import's place from the beginning of a batch to its end; `false` when it is at another place,
/// or over.
pub(super) async fn advance(tx: &mut Tx, id: ImportId, batch: Range<usize>) -> Result<bool> {
    let place = |of: usize| i64::try_from(of).unwrap_or(i64::MAX);
    Ok(tx.exec(&ADVANCE, params![id, place(batch.start), place(batch.end)]).await? == 1)
}

static COUNT: Stmt = Stmt::new(
    "UPDATE imports SET rows_done = rows_done + $2, products_created = products_created + $3,
        products_updated = products_updated + $4
     WHERE id = $1",
);

/// Counts what became of products, and keeps their errors.
pub(super) async fn count(tx: &mut Tx, id: ImportId, written: &Written) -> Result<()> {
    let Written { rows, created, updated, errors } = written;
    tx.exec_n(1, &COUNT, params![id, rows, created, updated]).await?;
    add_errors(tx, id, errors).await
}

static COUNT_ERRORS: Stmt =
    Stmt::new("UPDATE imports SET error_count = error_count + $2 WHERE id = $1 RETURNING error_count");

static ADD_ERRORS: Insert = Insert::new(
    "import_errors",
    &[
        ("import_id", db::Kind::Int),
        ("line", db::Kind::Int),
        ("column_name", db::Kind::Text),
        ("detail", db::Kind::Text),
    ],
)
.on_conflict("ON CONFLICT (import_id, line, column_name) DO NOTHING");

/// Counts errors, and keeps them until there are [`MAX_KEPT_ERRORS`].
pub(super) async fn add_errors(tx: &mut Tx, id: ImportId, errors: &[RowError]) -> Result<()> {
    if errors.is_empty() {
        return Ok(());
    }
    let more = i64::try_from(errors.len()).unwrap_or(i64::MAX);
    let (count,): (i64,) = tx.one(&COUNT_ERRORS, params![id, more]).await?;
    let room = usize::try_from(MAX_KEPT_ERRORS - (count - more)).unwrap_or(0);
    let rows: Vec<_> = errors.iter().take(room).map(|error| row_of(id, error)).collect();
    tx.insert_many(&ADD_ERRORS, &rows).await?;
    Ok(())
}

fn row_of(id: ImportId, error: &RowError) -> [Value<'_>; 4] {
    let line = i64::try_from(error.line).unwrap_or(i64::MAX);
    [Value::Int(id.as_i64()), Value::Int(line), Value::Text(&error.column), Value::Text(&error.detail)]
}

static FINISH: Stmt = Stmt::new(
    "UPDATE imports SET status = $2, rows_done = rows_total, finished_at = $3
     WHERE id = $1 AND status IN ('queued', 'running')",
);

static DROP_PARTS: Stmt = Stmt::new("DELETE FROM import_parts WHERE import_id = $1");

/// Ends an import. Its file is dropped: it is of no more use.
pub(super) async fn finish(tx: &mut Tx, id: ImportId, status: ImportStatus, now: Timestamp) -> Result<()> {
    tx.exec(&FINISH, params![id, status, now]).await?;
    tx.exec(&DROP_PARTS, params![id]).await?;
    Ok(())
}

static WANT: Insert = Insert::new(
    "wanted_images",
    &[
        ("product_id", db::Kind::Int),
        ("url", db::Kind::Text),
        ("place", db::Kind::Int),
        ("alt", db::Kind::Text),
        ("import_id", db::Kind::Int),
        ("line", db::Kind::Int),
        ("column_name", db::Kind::Text),
        ("attempts", db::Kind::Int),
    ],
)
.on_conflict("ON CONFLICT (product_id, url) DO NOTHING");

/// Notes images that are to be fetched, unless they are noted.
pub(super) async fn want(tx: &mut Tx, wishes: &[Wish<'_>]) -> Result<()> {
    let rows: Vec<_> = wishes.iter().map(row_of_wish).collect();
    tx.insert_many(&WANT, &rows).await?;
    Ok(())
}

fn row_of_wish<'w>(wish: &'w Wish<'_>) -> [Value<'w>; 8] {
    let Wish { product, place, image, import, column } = wish;
    let line = i64::try_from(image.line).unwrap_or(i64::MAX);
    [
        Value::Int(product.as_i64()),
        Value::Text(&image.url),
        Value::Int(*place),
        image.alt.as_deref().map_or(Value::Null, Value::Text),
        import.map_or(Value::Null, |import| Value::Int(import.as_i64())),
        Value::Int(line),
        Value::Text(column),
        Value::Int(0),
    ]
}

static WANTED: Stmt = Stmt::new(
    "SELECT url, alt, import_id, line, column_name, attempts FROM wanted_images
     WHERE product_id = $1 ORDER BY place, url LIMIT 50",
);

/// The images that a product is to get.
pub(super) async fn wanted(conn: &mut Conn, product: ProductId) -> Result<Vec<Wanted>> {
    Ok(conn.all(&WANTED, params![product]).await?)
}

static TRY_AGAIN: Stmt =
    Stmt::new("UPDATE wanted_images SET attempts = attempts + 1 WHERE product_id = $1 AND url = $2");

/// Counts an attempt that did not bring an image.
pub(super) async fn try_again(tx: &mut Tx, product: ProductId, url: &str) -> Result<()> {
    tx.exec(&TRY_AGAIN, params![product, url]).await?;
    Ok(())
}

static WANT_NO_MORE: Stmt = Stmt::new("DELETE FROM wanted_images WHERE product_id = $1 AND url = $2");

/// Forgets a wanted image; `false` when it is not wanted.
pub(super) async fn want_no_more(tx: &mut Tx, product: ProductId, url: &str) -> Result<bool> {
    Ok(tx.exec(&WANT_NO_MORE, params![product, url]).await? == 1)
}

static DROP_OLD_RUNS: Stmt = Stmt::new("DELETE FROM catalogue_imports WHERE advanced_at < $1");

/// Forgets the runs of catalogues that broke off before a moment.
pub(super) async fn drop_old_runs(tx: &mut Tx, before: Timestamp) -> Result<()> {
    tx.exec(&DROP_OLD_RUNS, params![before]).await?;
    Ok(())
}

static BEGIN_RUN: Stmt = Stmt::new(
    "INSERT INTO catalogue_imports (fingerprint, place, products_done, products_created, products_updated,
        error_count, advanced_at)
     VALUES ($1, 0, 0, 0, 0, 0, $2) ON CONFLICT (fingerprint) DO NOTHING",
);

static FIND_RUN: Stmt = Stmt::new(
    "SELECT place, products_done, products_created, products_updated, error_count
     FROM catalogue_imports WHERE fingerprint = $1",
);

/// Begins a run, or finds the one that broke off.
pub(super) async fn begin_run(tx: &mut Tx, fingerprint: [u8; 32], now: Timestamp) -> Result<Run> {
    let key: &[u8] = &fingerprint;
    tx.exec(&BEGIN_RUN, params![key, now]).await?;
    let (place, done, created, updated, errors): (i64, i64, i64, i64, i64) =
        tx.one(&FIND_RUN, params![key]).await?;
    let progress = Progress { done, created, updated, errors };
    Ok(Run { fingerprint, place, progress })
}

static ADVANCE_RUN: Stmt = Stmt::new(
    "UPDATE catalogue_imports SET place = $3, products_done = $4, products_created = $5,
        products_updated = $6, error_count = $7, advanced_at = $8
     WHERE fingerprint = $1 AND place = $2",
);

/// Notes how far a run is; `false` when it is not at the place where it was.
pub(super) async fn advance_run(tx: &mut Tx, was: i64, run: &Run, now: Timestamp) -> Result<bool> {
    let Run { fingerprint, place, progress: Progress { done, created, updated, errors } } = run;
    let key: &[u8] = fingerprint;
    let values = params![key, was, place, done, created, updated, errors, now];
    Ok(tx.exec(&ADVANCE_RUN, values).await? == 1)
}

static END_RUN: Stmt = Stmt::new("DELETE FROM catalogue_imports WHERE fingerprint = $1");

/// Forgets a run that is over.
pub(super) async fn end_run(tx: &mut Tx, fingerprint: [u8; 32]) -> Result<()> {
    let key: &[u8] = &fingerprint;
    tx.exec(&END_RUN, params![key]).await?;
    Ok(())
}
