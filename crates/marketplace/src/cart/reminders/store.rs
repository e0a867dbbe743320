//! SQL of the reminders.

use db::{Conn, Stmt, Tx, params};
use types::{CartId, Timestamp, UserId};

use crate::Result;
use crate::batch::{self, in_batch};

pub(crate) const STATEMENTS: &[&Stmt] =
    &[&PUT_OFF, &DUE, &FORGET, &WORTH_TELLING, &OWNER, &OPTED_OUT_SINCE, &OPT_OUT, &OPT_IN];

static PUT_OFF: Stmt = Stmt::new(
    "INSERT INTO cart_reminders (cart_id, due_at) VALUES ($1, $2)
     ON CONFLICT (cart_id) DO UPDATE SET due_at = excluded.due_at",
);

pub(super) async fn put_off(tx: &mut Tx, cart: CartId, until: Timestamp) -> Result<()> {
    Ok(tx.exec_n(1, &PUT_OFF, params![cart, until]).await?)
}

static DUE: Stmt = Stmt::with_postgres(
    "SELECT cart_id, due_at FROM cart_reminders
     WHERE CAST($1 AS BIGINT) IS NULL OR due_at <= $1 ORDER BY due_at, cart_id LIMIT $2",
    "SELECT cart_id, due_at FROM cart_reminders
     WHERE CAST($1 AS BIGINT) IS NULL OR due_at <= $1 ORDER BY due_at, cart_id LIMIT $2
     FOR UPDATE SKIP LOCKED",
);

/// The reminders that are due at `now`, or any, locked.
pub(super) async fn due(tx: &mut Tx, now: Option<Timestamp>, most: i64) -> Result<Vec<(CartId, Timestamp)>> {
    Ok(tx.all(&DUE, params![now, most]).await?)
}

static FORGET: Stmt = Stmt::new("DELETE FROM cart_reminders WHERE cart_id = $1");

pub(super) async fn forget(tx: &mut Tx, reminders: &[(CartId, Timestamp)]) -> Result<()> {
    let sets: Vec<_> = reminders.iter().map(|(cart, _)| *params![*cart]).collect();
    tx.exec_each(&FORGET, &sets).await?;
    Ok(())
}

static WORTH_TELLING: Stmt = Stmt::new(in_batch!(
    "SELECT c.id FROM carts c JOIN users u ON u.id = c.user_id
     WHERE u.suspended_at IS NULL AND u.erased_at IS NULL
        AND EXISTS (SELECT 1 FROM cart_items i WHERE i.cart_id = c.id)
        AND NOT EXISTS (SELECT 1 FROM reminder_opt_outs o WHERE o.user_id = u.id)
        AND c.id IN ",
    " LIMIT 20"
));

/// Those of the carts in which something is, and whose owners want to be told.
pub(super) async fn worth_telling(conn: &mut Conn, carts: &[CartId]) -> Result<Vec<CartId>> {
    let found: Vec<(CartId,)> = batch::all(conn, &WORTH_TELLING, carts).await?;
    Ok(found.into_iter().map(|(cart,)| cart).collect())
}

static OWNER: Stmt = Stmt::new("SELECT user_id FROM carts WHERE id = $1");

/// The user whose cart it is; a guest's has none.
pub(super) async fn owner(conn: &mut Conn, cart: CartId) -> Result<Option<UserId>> {
    let found: Option<(Option<UserId>,)> = conn.opt(&OWNER, params![cart]).await?;
    Ok(found.and_then(|(user,)| user))
}

static OPTED_OUT_SINCE: Stmt = Stmt::new("SELECT since FROM reminder_opt_outs WHERE user_id = $1");

pub(super) async fn opted_out_since(conn: &mut Conn, user: UserId) -> Result<Option<Timestamp>> {
    let since: Option<(Timestamp,)> = conn.opt(&OPTED_OUT_SINCE, params![user]).await?;
    Ok(since.map(|(since,)| since))
}

static OPT_OUT: Stmt = Stmt::new(
    "INSERT INTO reminder_opt_outs (user_id, since) VALUES ($1, $2) ON CONFLICT (user_id) DO NOTHING",
);

pub(super) async fn opt_out(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<()> {
    tx.exec(&OPT_OUT, params![user, now]).await?;
    Ok(())
}

static OPT_IN: Stmt = Stmt::new("DELETE FROM reminder_opt_outs WHERE user_id = $1");

pub(super) async fn opt_in(tx: &mut Tx, user: UserId) -> Result<()> {
    tx.exec(&OPT_IN, params![user]).await?;
    Ok(())
}
