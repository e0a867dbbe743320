//! The other widths of a stored picture. Pure work, no I/O.

use fast_image_resize::{ResizeError, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::{ColorType, DynamicImage, ExtendedColorType, Rgb, RgbImage};

use super::picture::{self, JPEG_QUALITY};
use super::{Format, ImageError};

/// The widths that a picture is made in, unless it is no wider itself: a place in the cart, a card of a list,
/// the same on a dense screen, a product page.
pub(super) const WIDTHS: [u32; 4] = [160, 320, 640, 1_280];

/// Of 1 to 100. Small widths are shown on dense screens: the eye forgives more than in the whole picture.
const WEBP_QUALITY: f32 = 72.0;

/// The same of JPEG.
const SMALL_JPEG_QUALITY: u8 = JPEG_QUALITY - 9;

/// A picture in another width.
#[derive(Debug)]
pub(super) struct Rendition {
    pub(super) width: u32,
    pub(super) format: Format,
    pub(super) bytes: Vec<u8>,
}

/// The widths in which a picture of this width is made.
pub(super) fn widths(own: i64) -> impl Iterator<Item = u32> {
    WIDTHS.into_iter().filter(move |width| i64::from(*width) < own)
}

/// Makes a stored picture in all its widths, each as WebP and as JPEG.
pub(super) fn make(stored: &[u8]) -> Result<Vec<Rendition>, ImageError> {
    let whole = picture::decode(stored)?;
    let (width, height) = (whole.width(), whole.height());
    let opaque = !whole.color().has_alpha();
    let whole = DynamicImage::ImageRgba8(whole.into_rgba8());
    let mut made = Vec::new();
    for wanted in widths(width.into()) {
        let small = scaled(&whole, wanted, in_proportion(height, wanted, width));
        let small = small.map_err(|_| ImageError::NotAnImage)?;
        let small = if opaque { DynamicImage::ImageRgb8(small.into_rgb8()) } else { small };
        made.push(Rendition { width: wanted, format: Format::WebP, bytes: webp(&small)? });
        made.push(Rendition { width: wanted, format: Format::Jpeg, bytes: jpeg(&small)? });
    }
    Ok(made)
}

/// `side` × `numerator` / `denominator`, rounded to at least one pixel.
pub(super) fn in_proportion(side: u32, numerator: u32, denominator: u32) -> u32 {
    let (side, numerator, denominator) = (u64::from(side), u64::from(numerator), u64::from(denominator));
    let rounded = (side * numerator + denominator / 2) / denominator.max(1);
    u32::try_from(rounded).unwrap_or(u32::MAX).max(1)
}

/// The picture in another size, with a byte for each colour and for the transparency: the resizer is built for
/// these pixels alone, as each kind of them adds to the program.
pub(super) fn scaled(image: &DynamicImage, width: u32, height: u32) -> Result<DynamicImage, ResizeError> {
    let converted = (image.color() != ColorType::Rgba8).then(|| DynamicImage::ImageRgba8(image.to_rgba8()));
    let mut small = DynamicImage::new(width, height, ColorType::Rgba8);
    Resizer::new().resize(converted.as_ref().unwrap_or(image), &mut small, None)?;
    Ok(small)
}

fn webp(image: &DynamicImage) -> Result<Vec<u8>, ImageError> {
    let (width, height) = (image.width(), image.height());
    let encoder = match image {
        DynamicImage::ImageRgba8(rgba) => webp::Encoder::from_rgba(rgba, width, height),
        DynamicImage::ImageRgb8(rgb) => webp::Encoder::from_rgb(rgb, width, height),
        _ => return Err(ImageError::NotAnImage),
    };
    let bytes = encoder.encode_simple(false, WEBP_QUALITY).map_err(|_| ImageError::NotAnImage)?;
    Ok(bytes.to_vec())
}

/// JPEG knows nothing transparent: that is white.
fn jpeg(image: &DynamicImage) -> Result<Vec<u8>, ImageError> {
    let flat = match image {
        DynamicImage::ImageRgba8(rgba) => RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
            let [red, green, blue, alpha] = rgba.get_pixel(x, y).0;
            Rgb([red, green, blue].map(|value| over_white(value, alpha)))
        }),
        other => other.to_rgb8(),
    };
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, SMALL_JPEG_QUALITY);
    let (width, height) = (flat.width(), flat.height());
    encoder.encode(&flat, width, height, ExtendedColorType::Rgb8).map_err(|_| ImageError::NotAnImage)?;
    Ok(bytes)
}

fn over_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u16::from(value), u16::from(alpha));
    let mixed = (value * alpha + 255 * (255 - alpha) + 127) / 255;
    u8::try_from(mixed).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageFormat, Rgba, RgbaImage};

    use super::*;

    #[test]
    fn each_width_below_its_own_is_made_in_both_forms() {
        let image = DynamicImage::ImageRgba8(RgbaImage::from_pixel(700, 350, Rgba([200, 10, 10, 100])));
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, ImageFormat::WebP).unwrap();
        let made = make(bytes.get_ref()).unwrap();
        let sizes: Vec<_> = made
            .iter()
            .map(|rendition| {
                let image = image::load_from_memory(&rendition.bytes).unwrap();
                (rendition.width, image.width(), image.height(), image.color().has_alpha())
            })
            .collect();
        let of = |width: u32, height: u32| [(width, width, height, true), (width, width, height, false)];
        assert_eq!(sizes, [of(160, 80), of(320, 160), of(640, 320)].concat());
        let flat = image::load_from_memory(&made[1].bytes).unwrap().to_rgb8();
        let [red, green, blue] = flat.get_pixel(9, 9).0.map(i16::from);
        assert!((red - 233).abs() < 6 && (green - 159).abs() < 6 && (blue - 159).abs() < 6, "over white");
    }

    #[test]
    fn proportions_are_kept_down_to_one_pixel() {
        assert_eq!(in_proportion(1_067, 640, 1_600), 427);
        assert_eq!(in_proportion(1, 160, 40_000), 1);
    }
}
