//! How the catalogue refuses.

use types::{FieldError, Sku, VariantId};

use super::products::ProductStatus;
use crate::{Kind, Rejection};

/// Why an operation of the catalogue was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// The vendor may not sell: it was not accepted, or is suspended.
    #[error("this shop is not accepted: it can't offer products")]
    VendorNotAccepted,
    /// The product is another vendor's.
    #[error("this product is another shop's")]
    NotOwner,
    /// The vendor has a variant with this SKU.
    #[error("your shop has a variant with the SKU {}", .0.as_str())]
    SkuTaken(Sku),
    /// Fewer units than are to be taken.
    #[error("there are only {available} units in stock")]
    InsufficientStock {
        /// Of which variant.
        variant: VariantId,
        /// The units that are there.
        available: i64,
    },
    /// The product's status does not allow the one that was asked for.
    #[error("the product is {status}; allowed from there: {}", .status.allowed())]
    InvalidTransition {
        /// Its status.
        status: ProductStatus,
    },
    /// A product has at least one variant.
    #[error("a product keeps its last variant; delete the product instead")]
    LastVariant,
    /// A product has that many variants at most.
    #[error("a product has at most {} variants", super::variants::MAX_VARIANTS)]
    TooManyVariants,
    /// A variant with these options is there already.
    #[error("the product has a variant with these options")]
    VariantExists,
    /// A product has that many images at most.
    #[error("a product has at most {} images", super::images::MAX_IMAGES)]
    TooManyImages,
}

impl Rejection for CatalogError {
    fn kind(&self) -> Kind {
        match self {
            Self::VendorNotAccepted | Self::NotOwner => Kind::Forbidden,
            Self::SkuTaken(_)
            | Self::InsufficientStock { .. }
            | Self::InvalidTransition { .. }
            | Self::LastVariant
            | Self::TooManyVariants
            | Self::VariantExists
            | Self::TooManyImages => Kind::Conflict,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::VendorNotAccepted => "vendor_not_accepted",
            Self::NotOwner => "not_owner",
            Self::SkuTaken(_) => "sku_taken",
            Self::InsufficientStock { .. } => "insufficient_stock",
            Self::InvalidTransition { .. } => "invalid_transition",
            Self::LastVariant => "last_variant",
            Self::TooManyVariants => "too_many_variants",
            Self::VariantExists => "variant_exists",
            Self::TooManyImages => "too_many_images",
        }
    }

    fn errors(&self) -> Vec<FieldError> {
        match self {
            Self::InsufficientStock { variant, available } => vec![FieldError {
                variant_id: Some(*variant),
                available: Some(*available),
                ..FieldError::new("/delta", self.code(), self.to_string())
            }],
            _ => Vec::new(),
        }
    }
}
