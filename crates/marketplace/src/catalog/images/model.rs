//! What an image is.

use std::str::FromStr;

use types::{ImageId, ProductId};

use super::files;
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

/// A picture that lies in the media folder, whether a product has it or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    hash: String,
    format: Format,
    size: (u32, u32),
}

impl Stored {
    pub(super) const fn new(hash: String, format: Format, width: u32, height: u32) -> Self {
        Self { hash, format, size: (width, height) }
    }

    /// SHA-256 of the file, in hex.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Its form.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Pixels across and down; zero where only the name is known.
    pub(super) fn size(&self) -> (i64, i64) {
        (self.size.0.into(), self.size.1.into())
    }
}

/// A text that is not the name of a stored image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a stored image")]
pub struct NotAName;

impl FromStr for Stored {
    type Err = NotAName;

    /// Reads the name that a stored image is served under, such as `3a…f0.jpg`.
    fn from_str(name: &str) -> Result<Self, NotAName> {
        let (hash, format) = files::parse_name(name).ok_or(NotAName)?;
        Ok(Self::new(hash.to_owned(), format, 0, 0))
    }
}
