//! How a search is refused.

use crate::{Kind, Rejection};

/// Why a search can't be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// The index that it needs is being built.
    #[error("the search index is being built; try again in a moment")]
    NotReady,
}

impl Rejection for SearchError {
    fn kind(&self) -> Kind {
        Kind::Unavailable { retry_after: 2 }
    }
    fn code(&self) -> &'static str {
        "unavailable"
    }
}
