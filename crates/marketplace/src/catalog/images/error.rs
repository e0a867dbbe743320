//! How images are refused.

use types::FieldErrors;

use crate::{Error, Kind, Rejection};

/// Why an image was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// No picture could be made of the bytes.
    #[error("this is not an image, or a damaged one")]
    NotAnImage,
    /// A picture, but of a kind that isn't taken.
    #[error("send JPEG, PNG, WebP or GIF")]
    Unsupported,
    /// More pixels than a product page can use, or than can be decoded safely.
    #[error("an image has at most {} megapixels", super::MAX_PIXELS / 1_000_000)]
    TooManyPixels,
    /// The stored file is being dropped in the moment in which it is wanted again.
    #[error("the image could not be kept; send it again")]
    Lost,
}

impl From<ImageError> for Error {
    /// A file that is no image is a mistake of the request's field.
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::NotAnImage => FieldErrors::one("/file", "not_an_image", error.to_string()).into(),
            other => Refused(other).into(),
        }
    }
}

/// A refusal that is not a mistake of a field.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Refused(ImageError);

impl Rejection for Refused {
    fn kind(&self) -> Kind {
        match self.0 {
            ImageError::NotAnImage => Kind::Invalid,
            ImageError::Unsupported => Kind::UnsupportedMedia,
            ImageError::TooManyPixels => Kind::TooLarge,
            ImageError::Lost => Kind::Unavailable { retry_after: 1 },
        }
    }

    fn code(&self) -> &'static str {
        match self.0 {
            ImageError::NotAnImage => "not_an_image",
            ImageError::Unsupported => "unsupported_media_type",
            ImageError::TooManyPixels => "too_large",
            ImageError::Lost => "unavailable",
        }
    }
}
