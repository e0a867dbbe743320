//! Pictures to send.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

fn write(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A photograph, more or less: no two pixels alike.
pub(crate) fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let shade = |value: u32| u8::try_from(value % 256).unwrap_or(0);
    let image = RgbImage::from_fn(width, height, |x, y| Rgb([shade(x * 7), shade(y * 5), shade(x + y)]));
    write(&image.into(), ImageFormat::Jpeg)
}

/// A picture of one colour, as transparent as `alpha` says.
pub(crate) fn png(width: u32, height: u32, alpha: u8) -> Vec<u8> {
    write(&RgbaImage::from_pixel(width, height, Rgba([10, 200, 90, alpha])).into(), ImageFormat::Png)
}

/// A photograph whose metadata say that it has to be turned by a quarter.
pub(crate) fn sideways(width: u32, height: u32) -> Vec<u8> {
    let photo = jpeg(width, height);
    // TIFF, little-endian, with one entry: orientation (0x0112), a short, 6 (turn clockwise).
    let exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    let mut bytes = photo[..2].to_vec();
    bytes.extend([0xff, 0xe1]);
    bytes.extend(length);
    bytes.extend(exif);
    bytes.extend(&photo[2..]);
    bytes
}

/// A PNG that announces this size and holds next to nothing.
pub(crate) fn announcing(width: u32, height: u32) -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    // An empty stream of zlib as the pixels.
    let pixels = b"IDAT\x78\x9c\x03\x00\x00\x00\x00\x01".to_vec();
    for chunk in [header, pixels, b"IEND".to_vec()] {
        bytes.extend(u32::try_from(chunk.len() - 4).unwrap().to_be_bytes());
        bytes.extend(&chunk);
        bytes.extend(crc(&chunk).to_be_bytes());
    }
    bytes
}

/// CRC-32 as PNG wants it.
fn crc(bytes: &[u8]) -> u32 {
    let fold = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    };
    !bytes.iter().fold(u32::MAX, fold)
}
