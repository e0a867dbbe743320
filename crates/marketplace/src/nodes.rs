//! Node numbers: leased, so that the identifiers of several nodes never meet.

use db::{Db, Stmt, Tx, params};
use types::{Clock, Timestamp, id::MAX_NODES};

use crate::{Error, Result, secrets};

/// Seconds a lease lasts; it is renewed at a third of that.
pub const LEASE_SECONDS: i64 = 90;

/// The lease on a node number.
#[derive(Debug, Clone)]
pub struct Lease {
    /// The number.
    pub node: i64,
    owner: String,
}

static TAKEN: Stmt = Stmt::new("SELECT node FROM nodes WHERE leased_until > $1 ORDER BY node");

static TAKE: Stmt = Stmt::new(
    "INSERT INTO nodes (node, owner, leased_until) VALUES ($1, $2, $3)
     ON CONFLICT (node) DO UPDATE SET owner = excluded.owner, leased_until = excluded.leased_until
     WHERE nodes.leased_until <= $4
     RETURNING node",
);

static RENEW: Stmt = Stmt::new("UPDATE nodes SET leased_until = $3 WHERE node = $1 AND owner = $2");

static RELEASE: Stmt = Stmt::new("DELETE FROM nodes WHERE node = $1 AND owner = $2");

/// The statements of this module.
pub const STATEMENTS: &[&Stmt] = &[&TAKEN, &TAKE, &RENEW, &RELEASE];

/// Takes the lowest free number. A number is free again when its lease has run out.
pub async fn lease(db: &Db, clock: &Clock) -> Result<Lease> {
    let owner = secrets::token::<12>("node_")?;
    let clock = clock.clone();
    db.write(async move |tx| take(tx, clock.now(), &owner).await).await
}

async fn take(tx: &mut Tx, now: Timestamp, owner: &str) -> Result<Lease> {
    let taken: Vec<(i64,)> = tx.all(&TAKEN, params![now]).await?;
    // Another node may take the same number at this instant: then the next one is tried.
    for node in (0..MAX_NODES).filter(|node| !taken.contains(&(*node,))) {
        let until = now.plus_seconds(LEASE_SECONDS);
        let got: Option<(i64,)> = tx.opt(&TAKE, params![node, owner, until, now]).await?;
        if got.is_some() {
            return Ok(Lease { node, owner: owner.to_owned() });
        }
    }
    Err(Error::internal("all node numbers are leased"))
}

/// Keeps the number for another [`LEASE_SECONDS`]. `false` when it was lost, because the lease had run
/// out and somebody took it: then this node must stop making identifiers.
pub async fn renew(db: &Db, clock: &Clock, lease: &Lease) -> Result<bool> {
    let (clock, lease) = (clock.clone(), lease.clone());
    db.write(async move |tx| {
        let until = clock.now().plus_seconds(LEASE_SECONDS);
        Ok(tx.exec(&RENEW, params![lease.node, lease.owner, until]).await? == 1)
    })
    .await
}

/// Gives the number back.
pub async fn release(db: &Db, lease: &Lease) -> Result<()> {
    let lease = lease.clone();
    db.write(async move |tx| {
        tx.exec(&RELEASE, params![lease.node, lease.owner]).await?;
        Ok(())
    })
    .await
}
