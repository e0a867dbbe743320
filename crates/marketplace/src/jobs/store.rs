//! SQL of the jobs.

use db::{Stmt, Tx, params};
use types::{JobId, Timestamp};

use crate::Result;

static INSERT: Stmt = Stmt::new(
    "INSERT INTO jobs (id, kind, payload, state, due_at, created_at) VALUES ($1, $2, $3, 'waiting', $4, $5)",
);

pub(crate) const STATEMENTS: &[&Stmt] = &[&INSERT];

pub(super) async fn insert(
    tx: &mut Tx,
    id: JobId,
    kind: &str,
    payload: &str,
    due: Timestamp,
    now: Timestamp,
) -> Result<()> {
    tx.exec_n(1, &INSERT, params![id, kind, payload, due, now]).await?;
    Ok(())
}
