//! How categories refuse.

use crate::{Kind, Rejection};

/// Why a category operation was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CategoryError {
    /// It has children or products.
    #[error("the category has subcategories or products")]
    InUse,
}

impl Rejection for CategoryError {
    fn kind(&self) -> Kind {
        Kind::Conflict
    }

    fn code(&self) -> &'static str {
        "category_in_use"
    }
}
