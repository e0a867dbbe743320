//! What an image is, and what its files are called.

use std::fmt;
use std::str::FromStr;

use types::{ImageId, Line, Patch, ProductId, Timestamp};

use super::{picture, renditions};
use crate::states::states;

/// The most images of a product.
pub const MAX_IMAGES: usize = 20;

states! {
    /// In which form an image is stored.
    pub enum Format {
        /// Photographs.
        Jpeg = "jpg",
        /// Pictures with transparent parts, and the smaller form of photographs.
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
    /// What must stay visible where the image is cut: percent from the left.
    pub focal_x: Option<i64>,
    /// And percent from the top.
    pub focal_y: Option<i64>,
    /// Where an import found it, when one did.
    pub source: Option<String>,
    /// When it could first be had in other widths.
    pub rendered_at: Option<Timestamp>,
}

db::from_row!(Image { id, product, hash, format, width, height, alt, focal_x, focal_y, source, rendered_at });

impl Image {
    /// Where it is served, below the marketplace's address.
    pub fn path(&self) -> String {
        path(&self.hash, self.format)
    }

    /// What it shows, without what is said of it.
    pub fn picture(&self) -> Picture {
        let Self { hash, format, width, height, rendered_at, .. } = self;
        let (hash, format) = (hash.clone(), *format);
        Picture { hash, format, width: *width, height: *height, rendered_at: *rendered_at }
    }
}

/// A picture that is shown somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// SHA-256 of the stored file, in hex.
    pub hash: String,
    /// Its form.
    pub format: Format,
    /// Pixels across.
    pub width: i64,
    /// Pixels down.
    pub height: i64,
    /// When it could first be had in other widths.
    pub rendered_at: Option<Timestamp>,
}

impl Picture {
    /// Where it is served, below the marketplace's address.
    pub fn path(&self) -> String {
        path(&self.hash, self.format)
    }

    /// The widths it can be had in beside its own, each with where it is served, the smallest first; none
    /// until they are made.
    pub fn renditions(&self, format: Format) -> Vec<(u32, String)> {
        if self.rendered_at.is_none() {
            return Vec::new();
        }
        let name = |width| FileName { hash: self.hash.clone(), width: Some(width), format };
        renditions::widths(self.width).map(|width| (width, name(width).path())).collect()
    }
}

/// Where a stored image is served, below the marketplace's address.
pub fn path(hash: &str, format: Format) -> String {
    format!("/media/{hash}.{format}")
}

/// Changes of what is said of an image.
#[derive(Debug, Clone, Default)]
pub struct ImageChanges {
    /// What it shows, in words; nothing for one that only decorates.
    pub alt: Patch<Line<250>>,
    /// What must stay visible where it is cut: percent from the left and from the top.
    pub focal_point: Patch<(i64, i64)>,
}

/// A picture that is stored, whether a product has it or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub(super) hash: String,
    pub(super) format: Format,
    pub(super) width: i64,
    pub(super) height: i64,
}

db::from_row!(Stored { hash, format, width, height });

impl Stored {
    /// SHA-256 of the file, in hex.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    pub(super) fn name(&self) -> FileName {
        FileName { hash: self.hash.clone(), width: None, format: self.format }
    }

    pub(super) fn has_renditions(&self) -> bool {
        renditions::widths(self.width).next().is_some()
    }
}

/// The name that a stored picture is served under, such as `3a…f0.jpg`, or in another width
/// `3a…f0-640.webp`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileName {
    pub(super) hash: String,
    pub(super) width: Option<u32>,
    pub(super) format: Format,
}

impl FileName {
    /// Its form.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// SHA-256 of the picture that it is, or was made of, in hex.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    fn path(&self) -> String {
        format!("/media/{self}")
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { hash, width, format } = self;
        match width {
            Some(width) => write!(f, "{hash}-{width}.{format}"),
            None => write!(f, "{hash}.{format}"),
        }
    }
}

/// A text that is not the name of a stored image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a stored image")]
pub struct NotAName;

impl FromStr for FileName {
    type Err = NotAName;

    fn from_str(name: &str) -> Result<Self, NotAName> {
        let (stem, extension) = name.split_once('.').ok_or(NotAName)?;
        let format = extension.parse().map_err(|_| NotAName)?;
        let (hash, width) = match stem.split_once('-') {
            Some((hash, width)) => (hash, Some(width)),
            None => (stem, None),
        };
        let known = |text: &str| renditions::WIDTHS.into_iter().find(|width| width.to_string() == text);
        let width = width.map(|text| known(text).ok_or(NotAName)).transpose()?;
        if !picture::is_hash(hash) {
            return Err(NotAName);
        }
        Ok(Self { hash: hash.to_owned(), width, format })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        let hash = "ab".repeat(32);
        for name in [format!("{hash}.jpg"), format!("{hash}.webp"), format!("{hash}-640.webp")] {
            assert_eq!(name.parse::<FileName>().unwrap().to_string(), name);
        }
        for bad in [
            format!("{hash}-641.webp"),
            format!("{hash}-+640.jpg"),
            format!("{hash}-.jpg"),
            format!("{hash}.png"),
            hash.to_uppercase() + ".jpg",
            "../x.jpg".to_owned(),
        ] {
            assert!(bad.parse::<FileName>().is_err(), "{bad}");
        }
    }
}
