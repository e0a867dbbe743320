//! What an image is.

use types::{ImageId, ProductId};

use crate::states::states;

/// The most images of a product.
pub const MAX_IMAGES: usize = 20;

states! {
    /// In which form an image is stored.
    pub enum Format {
        /// Photographs.
        Jpeg = "jpg",
        /// Pictures with transparent parts.
        WebP = "webp",
    }
}

impl Format {
    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::WebP => "image/webp",
        }
    }
}

/// An image of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Identifier.
    pub id: ImageId,
    /// The product.
    pub product: ProductId,
    /// SHA-256 of the stored file, in hex.
    pub hash: String,
    /// Its form.
    pub format: Format,
    /// Pixels across.
    pub width: i64,
    /// Pixels down.
    pub height: i64,
    /// What it shows, in words.
    pub alt: String,
}

db::from_row!(Image { id, product, hash, format, width, height, alt });

impl Image {
    /// Where it is served, below the marketplace's address.
    pub fn path(&self) -> String {
        path(&self.hash, self.format)
    }
}

/// Where a stored image is served, below the marketplace's address.
pub fn path(hash: &str, format: Format) -> String {
    format!("/media/{hash}.{format}")
}
