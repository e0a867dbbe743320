//! Slugs that were given up: they go on leading to what they named.
//!
//! A slug that was ever given up belongs to its thing for ever: nothing else of the kind can have it, so
//! that no link comes to lead elsewhere. Its thing can take it back.

use std::collections::HashSet;

use db::{Conn, Many, Stmt, Tx, params};

use crate::states::states;
use crate::{Kind, Market, Rejection, Result};

pub(crate) const STATEMENTS: &[&Stmt] = &[&FIND, TAKEN.stmt(), &OF_KIND, &RETIRE, &TAKE_BACK];

states! {
    /// What slugs name.
    pub enum Named {
        /// A product.
        Product = "product",
        /// A category.
        Category = "category",
        /// A shop.
        Vendor = "vendor",
    }
}

/// Something else of the kind has this slug, or had it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this slug is taken, or was: its old links still lead somewhere")]
pub struct SlugTaken;

impl Rejection for SlugTaken {
    fn kind(&self) -> Kind {
        Kind::Conflict
    }
    fn code(&self) -> &'static str {
        "slug_taken"
    }
}

static FIND: Stmt = Stmt::new("SELECT target_id FROM former_slugs WHERE kind = $1 AND slug = $2");

/// The raw identifier of what had this slug before.
pub async fn find(conn: &mut Conn, kind: Named, slug: &str) -> Result<Option<i64>> {
    let found: Option<(i64,)> = conn.opt(&FIND, params![kind, slug]).await?;
    Ok(found.map(|(target,)| target))
}

static TAKEN: Many = Many::new(
    &[db::Kind::Text, db::Kind::Text],
    "SELECT slug FROM former_slugs WHERE kind = $1 AND slug = $2",
    "SELECT f.slug FROM unnest($1::TEXT[], $2::TEXT[]) AS w(kind, slug)
     CROSS JOIN LATERAL (
        SELECT slug FROM former_slugs WHERE kind = w.kind AND slug = w.slug LIMIT 1) AS f",
);

/// Those of the slugs that something had before.
pub(crate) async fn taken(conn: &mut Conn, kind: Named, slugs: &[&str]) -> Result<HashSet<String>> {
    let sets: Vec<_> = slugs.iter().map(|slug| *params![kind, *slug]).collect();
    let rows: Vec<(String,)> = conn.all_of(&TAKEN, &sets).await?;
    Ok(rows.into_iter().map(|(slug,)| slug).collect())
}

static OF_KIND: Stmt =
    Stmt::new("SELECT slug, target_id FROM former_slugs WHERE kind = $1 ORDER BY slug LIMIT $2");

/// All former slugs of a kind of which there are few, with the raw identifiers of what had them.
pub async fn all(conn: &mut Conn, kind: Named, most: i64) -> Result<Vec<(String, i64)>> {
    Ok(conn.all(&OF_KIND, params![kind, most]).await?)
}

/// Refuses a slug for `target` as `slug_taken` when something else had it before. Whether something has it
/// now is for the unique index of the kind's table to say.
pub async fn claim(tx: &mut Tx, kind: Named, slug: &str, target: i64) -> Result<()> {
    match find(tx, kind, slug).await? {
        Some(other) if other != target => Err(SlugTaken.into()),
        Some(_) => {
            tx.exec(&TAKE_BACK, params![kind, slug]).await?;
            Ok(())
        }
        None => Ok(()),
    }
}

static TAKE_BACK: Stmt = Stmt::new("DELETE FROM former_slugs WHERE kind = $1 AND slug = $2");

static RETIRE: Stmt = Stmt::new(
    "INSERT INTO former_slugs (kind, slug, target_id, retired_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (kind, slug) DO UPDATE SET target_id = excluded.target_id, retired_at = excluded.retired_at",
);

/// Keeps a slug that `target` gives up leading to it.
pub async fn retire(tx: &mut Tx, market: &Market, kind: Named, (slug, target): (&str, i64)) -> Result<()> {
    tx.exec_n(1, &RETIRE, params![kind, slug, target, market.now()]).await?;
    Ok(())
}
