//! How imports refuse.

use super::MAX_UNFINISHED;
use crate::{Kind, Rejection};

/// Why an import was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// The shop has imports that are not over.
    #[error("{MAX_UNFINISHED} imports of your shop are not over; wait for them")]
    TooMany,
}

impl Rejection for ImportError {
    fn kind(&self) -> Kind {
        Kind::Conflict
    }

    fn code(&self) -> &'static str {
        "too_many_imports"
    }
}
