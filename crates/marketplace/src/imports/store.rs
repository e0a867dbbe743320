//! SQL of the imports.

use std::collections::HashSet;

use db::{Conn, Stmt, Tx, params};
use types::{ImportId, Limit, Timestamp, VendorId};

use super::model::{Import, ImportStatus, MAX_ERRORS, Outcome, RowError, Upload, Work};
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
    &STEP,
    &STEPS,
    &ADD_ERROR,
    &FINISH,
    &FORGET_STEPS,
];

static INSERT: Stmt = Stmt::new(
    "INSERT INTO imports (id, vendor_id, user_id, file_name, content, default_stock, status, rows_done,
        rows_total, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, 'queued', 0, 0, $7)",
);

pub(super) async fn insert(
    tx: &mut Tx,
    id: ImportId,
    by: &Membership,
    upload: &Upload,
    now: Timestamp,
) -> Result<()> {
    let Upload { file_name, content, default_stock } = upload;
    tx.exec_n(1, &INSERT, params![id, by.vendor, by.user, file_name, content, default_stock, now]).await?;
    Ok(())
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
            "SELECT i.id, i.vendor_id, i.status, i.file_name,
                i.rows_done + COALESCE((SELECT CAST(SUM(s.line_count) AS BIGINT) FROM import_steps s
                    WHERE s.import_id = i.id), 0),
                i.rows_total, i.products_created, i.products_updated, i.created_at, i.finished_at
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

pub(super) async fn errors(conn: &mut Conn, id: ImportId) -> Result<Vec<RowError>> {
    Ok(conn.all(&ERRORS, params![id, MAX_ERRORS]).await?)
}

static WORK: Stmt =
    Stmt::new("SELECT vendor_id, user_id, status, content, default_stock FROM imports WHERE id = $1");

pub(super) async fn work(conn: &mut Conn, id: ImportId) -> Result<Option<Work>> {
    Ok(conn.opt(&WORK, params![id]).await?)
}

static BEGIN: Stmt = Stmt::new(
    "UPDATE imports SET status = 'running', rows_done = $2, rows_total = $3
     WHERE id = $1 AND status IN ('queued', 'running')",
);

/// Notes the rows of a file, and those of them that no product is made of; `false` when it is over.
pub(super) async fn begin(tx: &mut Tx, id: ImportId, done: i64, total: i64) -> Result<bool> {
    Ok(tx.exec(&BEGIN, params![id, done, total]).await? == 1)
}

static STEP: Stmt = Stmt::new(
    "INSERT INTO import_steps (import_id, position, line_count, outcome)
     SELECT i.id, CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS TEXT) FROM imports i
     WHERE i.id = $1 AND i.status = 'running'
     ON CONFLICT (import_id, position) DO NOTHING",
);

/// Notes that the product at `position` of a file is done; `false` when it was, or the import is over.
pub(super) async fn step(
    tx: &mut Tx,
    id: ImportId,
    (position, rows): (i64, i64),
    outcome: Outcome,
) -> Result<bool> {
    Ok(tx.exec(&STEP, params![id, position, rows, outcome]).await? == 1)
}

static STEPS: Stmt = Stmt::new("SELECT position FROM import_steps WHERE import_id = $1 LIMIT 300000");

/// The positions of the products that are done.
pub(super) async fn steps(conn: &mut Conn, id: ImportId) -> Result<HashSet<i64>> {
    let rows: Vec<(i64,)> = conn.all(&STEPS, params![id]).await?;
    Ok(rows.into_iter().map(|(position,)| position).collect())
}

static ADD_ERROR: Stmt = Stmt::new(
    "INSERT INTO import_errors (import_id, line, column_name, detail)
     SELECT i.id, CAST($2 AS BIGINT), CAST($3 AS TEXT), CAST($4 AS TEXT) FROM imports i
     WHERE i.id = $1 AND (SELECT COUNT(*) FROM import_errors e WHERE e.import_id = $1) < $5
     ON CONFLICT (import_id, line, column_name) DO NOTHING",
);

/// Keeps errors, until there are [`MAX_ERRORS`].
pub(super) async fn add_errors(tx: &mut Tx, id: ImportId, errors: &[RowError]) -> Result<()> {
    for RowError { line, column, detail } in errors {
        let line = i64::try_from(*line).unwrap_or(i64::MAX);
        tx.exec(&ADD_ERROR, params![id, line, column, detail, MAX_ERRORS]).await?;
    }
    Ok(())
}

static FINISH: Stmt = Stmt::new(
    "UPDATE imports SET status = $2, rows_done = rows_total, finished_at = $3, content = $4,
        products_created = (SELECT COUNT(*) FROM import_steps WHERE import_id = $1 AND outcome = 'created'),
        products_updated = (SELECT COUNT(*) FROM import_steps WHERE import_id = $1 AND outcome = 'updated')
     WHERE id = $1 AND status IN ('queued', 'running')",
);

static FORGET_STEPS: Stmt = Stmt::new("DELETE FROM import_steps WHERE import_id = $1");

/// Ends an import. Its file is dropped: it is of no more use.
pub(super) async fn finish(tx: &mut Tx, id: ImportId, status: ImportStatus, now: Timestamp) -> Result<()> {
    let nothing: &[u8] = &[];
    tx.exec(&FINISH, params![id, status, now, nothing]).await?;
    tx.exec(&FORGET_STEPS, params![id]).await?;
    Ok(())
}
