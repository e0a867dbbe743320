//! The tree as this node keeps it: read and written out once per change, not once per request.

use std::sync::{Arc, PoisonError, RwLock};

use db::Conn;
use marketplace::Result;
use marketplace::catalog::categories::{self, Tree};

use super::CategoryView;
use crate::respond::{List, Ready};

/// The tree at one version.
#[derive(Debug)]
pub(crate) struct Present {
    version: i64,
    /// The categories.
    pub(crate) tree: Tree,
    /// The answer that lists them all.
    pub(crate) list: Ready,
}

/// The newest tree that this node has seen. Its version is compared with the database's on each use, so
/// that a change made by any node shows at once.
#[derive(Debug, Default)]
pub(crate) struct KeptTree(RwLock<Option<Arc<Present>>>);

impl KeptTree {
    /// The tree as it is now.
    pub(crate) async fn at_present(&self, conn: &mut Conn) -> Result<Arc<Present>> {
        // Before the tree: a change in between makes the copy newer than its version, never older.
        let version = categories::version(conn).await?;
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(kept) = kept.filter(|kept| kept.version == version) {
            return Ok(kept);
        }
        let tree = categories::tree(conn).await?;
        let list = Ready::of(&List { data: CategoryView::roots(&tree), next_cursor: None });
        let present = Arc::new(Present { version, tree, list });
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(present.clone());
        Ok(present)
    }
}
