//! SQL of the audit log: rows are inserted and read, nothing else.

use db::{Conn, Stmt, Tx, params};
use types::EventId;

use super::{Entry, Filter};
use crate::Result;

pub(crate) const STATEMENTS: &[&Stmt] = &[
    &LOCK,
    &INSERT,
    &ADVANCE,
    &LIST,
    &LIST_BY_VENDOR,
    &LIST_BY_ACTOR,
    &LIST_BY_ACTION,
    &LIST_BY_SUBJECT,
    &LINKS,
    &WALK,
];

/// The columns of an [`Entry`].
macro_rules! entry {
    () => {
        "chain, place, id, at, actor_id, role, action, subject, changes, request_id, address, user_agent, hash"
    };
}

/// The last link of a chain.
pub(super) struct Link {
    pub(super) chain: i64,
    pub(super) length: i64,
    pub(super) hash: [u8; 32],
}

db::from_row!(Link { chain, length, hash });

static LOCK: Stmt = Stmt::new(
    "INSERT INTO audit_chains (chain, length, hash) VALUES ($1, 0, $2)
     ON CONFLICT (chain) DO UPDATE SET length = audit_chains.length
     RETURNING chain, length, hash",
);

/// The last link of a chain, which nobody else can add to before this transaction ends.
pub(super) async fn lock(tx: &mut Tx, chain: i64) -> Result<Link> {
    Ok(tx.one(&LOCK, params![chain, [0_u8; 32]]).await?)
}

static INSERT: Stmt = Stmt::new(concat!(
    "INSERT INTO audit_entries (",
    entry!(),
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
));

static ADVANCE: Stmt = Stmt::new("UPDATE audit_chains SET length = $2, hash = $3 WHERE chain = $1");

/// Adds an entry behind the link that [`lock`] gave.
pub(super) async fn append(tx: &mut Tx, entry: &Entry) -> Result<()> {
    let Entry { chain, place, id, at, actor, role, action, subject, changes, .. } = entry;
    let Entry { request_id, address, user_agent, hash, .. } = entry;
    let values = params![
        chain, place, id, at, actor, role, action, subject, changes, request_id, address, user_agent, hash
    ];
    tx.exec_n(1, &INSERT, values).await?;
    tx.exec_n(1, &ADVANCE, params![chain, place, hash]).await?;
    Ok(())
}

/// A list that begins with the index of one filter; the others are looked at row by row.
macro_rules! list {
    ($lead:literal) => {
        concat!(
            "SELECT ",
            entry!(),
            " FROM audit_entries WHERE ",
            $lead,
            " id < $1 AND id >= $2
              AND (CAST($4 AS BIGINT) IS NULL OR chain = $4)
              AND (CAST($5 AS BIGINT) IS NULL OR actor_id = $5)
              AND (CAST($6 AS TEXT) IS NULL OR action = $6)
              AND (CAST($7 AS TEXT) IS NULL OR subject = $7)
              ORDER BY id DESC LIMIT $3"
        )
    };
}

static LIST: Stmt = Stmt::new(list!(""));
static LIST_BY_VENDOR: Stmt = Stmt::new(list!("chain = $4 AND"));
static LIST_BY_ACTOR: Stmt = Stmt::new(list!("actor_id = $5 AND"));
static LIST_BY_ACTION: Stmt = Stmt::new(list!("action = $6 AND"));
static LIST_BY_SUBJECT: Stmt = Stmt::new(list!("subject = $7 AND"));

/// At most `limit` entries, newest first. Identifiers are sorted by time, so that one index serves the
/// order and both ends.
pub(super) async fn list(
    conn: &mut Conn,
    filter: &Filter,
    limit: i64,
    after: Option<EventId>,
) -> Result<Vec<Entry>> {
    let Filter { actor, vendor, action, subject, from, to } = filter;
    let end = to.map_or(i64::MAX, |to| EventId::first_at(to).as_i64());
    let end = after.map_or(end, |after| end.min(after.as_i64()));
    let begin = from.map_or(0, |from| EventId::first_at(from).as_i64());
    let stmt = match (subject, actor, vendor, action) {
        (Some(_), ..) => &LIST_BY_SUBJECT,
        (_, Some(_), ..) => &LIST_BY_ACTOR,
        (_, _, Some(_), _) => &LIST_BY_VENDOR,
        (.., Some(_)) => &LIST_BY_ACTION,
        _ => &LIST,
    };
    Ok(conn.all(stmt, params![end, begin, limit, vendor, actor, action, subject]).await?)
}

static LINKS: Stmt =
    Stmt::new("SELECT chain, length, hash FROM audit_chains WHERE chain > $1 ORDER BY chain LIMIT $2");

/// The last links of the chains behind `after`, in order.
pub(super) async fn links(conn: &mut Conn, after: i64, limit: i64) -> Result<Vec<Link>> {
    Ok(conn.all(&LINKS, params![after, limit]).await?)
}

static WALK: Stmt = Stmt::new(concat!(
    "SELECT ",
    entry!(),
    " FROM audit_entries WHERE (chain, place) > ($1, $2) ORDER BY chain, place LIMIT $3"
));

/// The entries behind this place, chain by chain, in order.
pub(super) async fn walk(conn: &mut Conn, after: (i64, i64), limit: i64) -> Result<Vec<Entry>> {
    Ok(conn.all(&WALK, params![after.0, after.1, limit]).await?)
}
