//! Reading the children of several parents with one statement.
//!
//! The common subset of SQL has no arrays, so such a statement has a fixed list of [`SIZE`] places;
//! those that are left over repeat the first parent.

use std::collections::HashMap;
use std::hash::Hash;

use db::{Conn, FromRow, Stmt, ToValue};

use crate::Result;

/// Parents that one statement asks for: a page of the usual length.
const SIZE: usize = 20;

/// `in_batch!("SELECT … WHERE parent_id IN ", " ORDER BY …")`.
macro_rules! in_batch {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
            $after
        )
    };
}
pub(crate) use in_batch;

/// The children of all `parents`, by a statement made with [`in_batch!`].
pub(crate) async fn all<T: FromRow, P: ToValue>(
    conn: &mut Conn,
    stmt: &'static Stmt,
    parents: &[P],
) -> Result<Vec<T>> {
    let mut children = Vec::new();
    for chunk in parents.chunks(SIZE) {
        let mut values = [chunk[0].to_value(); SIZE];
        for (place, parent) in values.iter_mut().zip(chunk) {
            *place = parent.to_value();
        }
        children.append(&mut conn.all(stmt, &values).await?);
    }
    Ok(children)
}

/// Children by their parents, each parent's in the order in which they come.
pub(crate) fn by_parent<P: Eq + Hash, T>(children: impl IntoIterator<Item = (P, T)>) -> HashMap<P, Vec<T>> {
    let mut of: HashMap<P, Vec<T>> = HashMap::new();
    for (parent, child) in children {
        of.entry(parent).or_default().push(child);
    }
    of
}
