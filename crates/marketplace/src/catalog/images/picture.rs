//! From the bytes that somebody sent to the picture that is stored. Pure work, no I/O.
//!
//! Whatever the bytes claim to be, they are decoded and encoded anew: what is stored holds pixels and
//! nothing else, no place where a photo was taken, no script behind an image's name. Hostile bytes are
//! met by limits on pixels and on the decoder's memory, checked before anything of that size is made.

use std::io::Cursor;

use data_encoding::HEXLOWER;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageFormat, ImageReader, Limits};
use sha2::{Digest, Sha256};

use super::{Format, ImageError, renditions};

/// The most pixels of an image that is sent.
pub const MAX_PIXELS: u64 = 40_000_000;

/// The longer side of what is stored; a smaller picture stays as it is.
const MAX_SIDE: u32 = 2_048;

/// The most bytes that a decoder may take: four for each of the most pixels, and room to work.
const MAX_MEMORY: u64 = 256 * 1024 * 1024;

/// Of 1 to 100: photographs look the same, at a third of the size of the best.
pub(super) const JPEG_QUALITY: u8 = 85;

/// A picture as it is stored.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) bytes: Vec<u8>,
    pub(super) format: Format,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Picture {
    /// SHA-256 of the bytes, in hex.
    pub(super) fn hash(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(&self.bytes))
    }
}

/// Whether a text can be the hash of a stored picture.
pub(super) fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The pixels that `bytes` announce, when they look like an image that may be decoded.
pub(super) fn pixels(bytes: &[u8]) -> Result<u64, ImageError> {
    let decoder = reader(bytes)?.into_decoder().map_err(|error| why(&error))?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS || decoder.total_bytes() > MAX_MEMORY {
        return Err(ImageError::TooManyPixels);
    }
    if pixels == 0 { Err(ImageError::NotAnImage) } else { Ok(pixels) }
}

/// Decodes, turns upright, scales down and encodes.
pub(super) fn make(bytes: &[u8]) -> Result<Picture, ImageError> {
    pixels(bytes)?;
    if is_torn_jpeg(bytes) {
        return Err(ImageError::NotAnImage);
    }
    let mut decoder = reader(bytes)?.into_decoder().map_err(|error| why(&error))?;
    let orientation = decoder.orientation().map_err(|error| why(&error))?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| why(&error))?;
    if image.width() > MAX_SIDE || image.height() > MAX_SIDE {
        let (width, height) = fitting(image.width(), image.height());
        image = renditions::scaled(&image, width, height).map_err(|_| ImageError::NotAnImage)?;
    }
    image.apply_orientation(orientation);
    encode(&image).map_err(|error| why(&error))
}

/// Whether the end of a JPEG is missing: its decoder would make what is missing grey.
fn is_torn_jpeg(bytes: &[u8]) -> bool {
    const END: [u8; 2] = [0xff, 0xd9];
    const SCAN: u8 = 0xda;
    // From segment to segment up to the picture itself: a preview in one of them has an end of its own.
    let mut rest = bytes.strip_prefix(&[0xff, 0xd8]).unwrap_or_default();
    while let [0xff, marker, segment @ ..] = rest {
        rest = match (marker, segment) {
            (0xff, _) => &rest[1..],
            (0x01 | 0xd0..=0xd7, _) => segment,
            (&SCAN, _) => return !segment.windows(2).any(|pair| pair == END),
            (_, &[high, low, ..]) => {
                segment.get(usize::from(u16::from_be_bytes([high, low]))..).unwrap_or_default()
            }
            _ => return false,
        };
    }
    false
}

/// The size of a picture of this size whose longer side is [`MAX_SIDE`].
fn fitting(width: u32, height: u32) -> (u32, u32) {
    if width >= height {
        (MAX_SIDE, renditions::in_proportion(height, MAX_SIDE, width))
    } else {
        (renditions::in_proportion(width, MAX_SIDE, height), MAX_SIDE)
    }
}

fn reader(bytes: &[u8]) -> Result<ImageReader<Cursor<&[u8]>>, ImageError> {
    let format = match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP | ImageFormat::Gif)) => format,
        Ok(_) => return Err(ImageError::Unsupported),
        Err(_) => return Err(ImageError::NotAnImage),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    Ok(reader)
}

/// Decodes a picture that is stored.
pub(super) fn decode(bytes: &[u8]) -> Result<DynamicImage, ImageError> {
    let decoder = reader(bytes)?.into_decoder().map_err(|error| why(&error))?;
    DynamicImage::from_decoder(decoder).map_err(|error| why(&error))
}

fn why(error: &image::ImageError) -> ImageError {
    match error {
        image::ImageError::Limits(_) => ImageError::TooManyPixels,
        _ => ImageError::NotAnImage,
    }
}

/// WebP without loss for what is transparent somewhere, JPEG for the rest.
fn encode(image: &DynamicImage) -> image::ImageResult<Picture> {
    let (width, height) = (image.width(), image.height());
    let mut bytes = Vec::new();
    let has_alpha = image.color().has_alpha();
    let rgba = has_alpha.then(|| image.to_rgba8());
    let transparent = rgba.filter(|rgba| rgba.pixels().any(|pixel| pixel.0[3] < u8::MAX));
    let format = if let Some(rgba) = transparent {
        WebPEncoder::new_lossless(&mut bytes).encode(&rgba, width, height, ExtendedColorType::Rgba8)?;
        Format::WebP
    } else {
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
        if image.color().has_color() {
            encoder.encode(&image.to_rgb8(), width, height, ExtendedColorType::Rgb8)?;
        } else {
            encoder.encode(&image.to_luma8(), width, height, ExtendedColorType::L8)?;
        }
        Format::Jpeg
    };
    Ok(Picture { bytes, format, width, height })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{ImageBuffer, Rgba, RgbaImage};
    use proptest::prelude::*;

    fn png(image: &RgbaImage) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    fn plain(width: u32, height: u32, alpha: u8) -> RgbaImage {
        ImageBuffer::from_pixel(width, height, Rgba([200, 30, 30, alpha]))
    }

    #[test]
    fn transparency_decides_the_form() {
        let opaque = make(&png(&plain(40, 20, 255))).unwrap();
        assert_eq!((opaque.format, opaque.width, opaque.height), (Format::Jpeg, 40, 20));
        let glass = make(&png(&plain(40, 20, 100))).unwrap();
        assert_eq!(glass.format, Format::WebP);
        let back = image::load_from_memory(&glass.bytes).unwrap().to_rgba8();
        assert_eq!(back.get_pixel(3, 3), &Rgba([200, 30, 30, 100]));
        assert_eq!(glass.hash().len(), 64);
    }

    #[test]
    fn a_long_side_is_scaled_down() {
        let wide = make(&png(&plain(5_000, 100, 255))).unwrap();
        assert_eq!((wide.width, wide.height), (2_048, 41));
    }

    #[test]
    fn what_is_no_image_is_told_apart() {
        assert_eq!(make(b"<svg/>").unwrap_err(), ImageError::NotAnImage);
        assert_eq!(make(b"").unwrap_err(), ImageError::NotAnImage);
        assert_eq!(make(b"BM\0\0\0\0\0\0\0\0\0\0\0\0\0\0").unwrap_err(), ImageError::Unsupported);
        let mut cut = png(&plain(300, 300, 77));
        cut.truncate(cut.len() / 2);
        assert_eq!(make(&cut).unwrap_err(), ImageError::NotAnImage);
    }

    #[test]
    fn a_torn_jpeg_is_no_image() {
        let whole = make(&png(&plain(64, 64, 255))).unwrap().bytes;
        assert!(make(&whole).is_ok());
        let torn = &whole[..whole.len() - 2];
        assert_eq!(make(torn).unwrap_err(), ImageError::NotAnImage);
        // The preview in a segment before the picture is whole; a byte more behind its end is no harm.
        let preview = [&[0xff, 0xd8, 0xff, 0xe1, 0, 6, 0xff, 0xd9, 0xff, 0xd9], &torn[2..]].concat();
        assert_eq!(make(&preview).unwrap_err(), ImageError::NotAnImage);
        assert!(make(&[&whole[..], b"more"].concat()).is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Damage anywhere gives an image or a refusal, never a panic.
        #[test]
        fn damaged_images_are_no_harm(place in 0_usize..2_000, byte in any::<u8>(), cut in 0_usize..2_000) {
            let mut bytes = png(&plain(60, 60, 90));
            let length = bytes.len();
            bytes[place % length] = byte;
            bytes.truncate(length - cut % length);
            let _ = make(&bytes);
        }
    }
}
