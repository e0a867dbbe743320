//! How attributes refuse.

use crate::{Kind, Rejection};

/// Why an operation on an attribute was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttributeError {
    /// The category, one above it or one below it has an attribute of this key.
    #[error("the category has an attribute `{0}`, or one above or below it has")]
    Exists(String),
    /// A category has that many attributes at most, the inherited ones counted.
    #[error(
        "a category has at most {} attributes, those of the categories above it counted",
        super::MAX_ATTRIBUTES
    )]
    TooMany,
    /// Products have this choice.
    #[error("there are products with the choice `{0}`")]
    ChoiceInUse(String),
}

impl Rejection for AttributeError {
    fn kind(&self) -> Kind {
        Kind::Conflict
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Exists(_) => "attribute_exists",
            Self::TooMany => "too_many_attributes",
            Self::ChoiceInUse(_) => "choice_in_use",
        }
    }
}
