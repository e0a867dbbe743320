//! Files that are no images, or images meant to do harm: refused, and nothing of them is kept.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageBuffer, ImageFormat, Luma, Rgba, RgbaImage};
use testing::{Response, Seller, TestApp, json};

use super::pictures::{announcing, jpeg, png};

async fn upload(seller: &Seller, files: &[&[u8]]) -> Response {
    let parts: Vec<_> = files.iter().map(|bytes| ("file", Some("photo.jpg"), *bytes)).collect();
    seller.upload("/v1/products/vase/images", &parts).await
}

async fn nothing_was_kept(app: &TestApp, seller: &Seller) {
    let product = seller.get("/v1/products/vase").await.expect(200);
    assert_eq!(product["images"].as_array().unwrap().len(), 0);
    // Refused requests are cleaned up behind the answer.
    for _ in 0..200 {
        if count(&app.data_dir().join("media")) == 0 {
            return;
        }
        tokio::task::yield_now().await;
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("files of refused requests are left");
}

fn count(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
}

#[tokio::test]
async fn what_is_no_image_is_refused() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    seller.product("Vase", 100, 1).await;
    let mut cut = jpeg(300, 300);
    cut.truncate(40);
    let page = b"<html><script>alert(1)</script></html>".to_vec();
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec();
    let false_gif = b"GIF89a<script>".to_vec();
    let mut torn = png(200, 200, 10);
    torn.truncate(torn.len() / 2);
    let mut half = jpeg(300, 300);
    half.truncate(half.len() / 2);
    for bytes in [Vec::new(), page, svg, false_gif, cut, torn, half] {
        assert_eq!(upload(&seller, &[&bytes]).await.expect_invalid(), ["/file not_an_image"]);
    }
    for other in [&b"BM\0\0\0\0\0\0\0\0\0\0\0\0"[..], b"II*\0\0\0\0\0\0\0\0\0\0\0\0\0"] {
        upload(&seller, &[other]).await.expect_problem(415, "unsupported_media_type");
    }
    // The good one goes with the bad one.
    let answer = upload(&seller, &[&jpeg(10, 10), b"no image"]).await;
    assert_eq!(answer.expect_invalid(), ["/file not_an_image"]);
    nothing_was_kept(&app, &seller).await;
    app.stop().await;
}

#[tokio::test]
async fn bombs_are_refused_before_they_burst() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    seller.product("Vase", 100, 1).await;
    for (width, height) in [(65_000, 65_000), (40_000_001, 1), (7_000, 7_000), (2_000_000_000, 2_000_000_000)]
    {
        let answer = upload(&seller, &[&announcing(width, height)]).await;
        answer.expect_problem(413, "too_large");
    }
    assert_eq!(upload(&seller, &[&announcing(0, 10)]).await.expect_invalid(), ["/file not_an_image"]);
    // Pixels that were announced and do not come.
    let answer = upload(&seller, &[&announcing(5_000, 5_000)]).await;
    assert_eq!(answer.expect_invalid(), ["/file not_an_image"]);
    let big = vec![0; 10 * 1024 * 1024 + 1];
    upload(&seller, &[&big]).await.expect_problem(413, "too_large");
    nothing_was_kept(&app, &seller).await;
    app.stop().await;
}

#[tokio::test]
async fn forms_have_their_bounds() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    seller.product("Vase", 100, 1).await;
    let path = "/v1/products/vase/images";
    let photo = jpeg(8, 8);
    assert_eq!(upload(&seller, &[]).await.expect_invalid(), ["/file required"]);
    assert_eq!(upload(&seller, &[&photo[..]; 11]).await.expect_invalid(), ["/file too_long"]);
    let other = seller.upload(path, &[("picture", Some("a.jpg"), &photo[..])]).await;
    assert_eq!(other.expect_invalid(), ["/picture unknown_field"]);
    let raw = seller.send_bytes("POST".parse().unwrap(), path, "image/jpeg", photo.clone()).await;
    raw.expect_problem(415, "unsupported_media_type");
    seller.post_empty(path).await.expect_problem(415, "unsupported_media_type");
    let torn = b"--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nabc".to_vec();
    let torn =
        seller.send_bytes("POST".parse().unwrap(), path, "multipart/form-data; boundary=b", torn).await;
    torn.expect_problem(400, "malformed_multipart");
    nothing_was_kept(&app, &seller).await;

    for _ in 0..2 {
        upload(&seller, &[&photo[..]; 10]).await.expect(201);
    }
    upload(&seller, &[&photo[..]]).await.expect_problem(409, "too_many_images");
    app.stop().await;
}

#[tokio::test]
async fn names_of_files_lead_nowhere_else() {
    let app = TestApp::start().await;
    let public = app.anonymous();
    let hash = "a".repeat(64);
    for name in [
        "..%2Fsouk.db",
        "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "x.jpg",
        "%00.jpg",
        &format!("{hash}.php"),
        &hash,
        &format!("{hash}.jpg"),
        &format!("{}.jpg", "A".repeat(64)),
        &format!("{hash}.jpg%00"),
    ] {
        public.get(&format!("/media/{name}")).await.expect_problem(404, "not_found");
    }
    app.stop().await;
}

/// A JPEG of eight by eight grey pixels in four colours, as printers want it.
fn cmyk() -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xee, 0, 14];
    bytes.extend(b"Adobe\0\x64\0\0\0\0\0");
    bytes.extend([0xff, 0xdb, 0, 67, 0]);
    bytes.extend([1; 64]);
    bytes.extend([0xff, 0xc0, 0, 20, 8, 0, 8, 0, 8, 4]);
    bytes.extend((1..=4).flat_map(|component| [component, 0x11, 0]));
    for table in [0, 0x10] {
        bytes.extend([0xff, 0xc4, 0, 20, table, 1]);
        bytes.extend([0; 16]);
    }
    bytes.extend([0xff, 0xda, 0, 14, 4]);
    bytes.extend((1..=4).flat_map(|component| [component, 0]));
    bytes.extend([0, 63, 0, 0, 0xff, 0xd9]);
    bytes
}

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Unusual, but pictures: what is stored of them holds pixels and nothing else.
#[tokio::test]
async fn odd_pictures_are_taken_and_cleaned() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    seller.product("Vase", 100, 1).await;
    let deep = DynamicImage::ImageRgba16(ImageBuffer::from_pixel(9, 8, Rgba([40_000, 9, 60_000, 65_535])));
    let grey = DynamicImage::ImageLuma16(ImageBuffer::from_pixel(9, 8, Luma([40_000])));
    let mut moving = Vec::new();
    let mut frames = GifEncoder::new(&mut moving);
    for shade in [10, 250] {
        frames.encode_frame(Frame::new(RgbaImage::from_pixel(9, 8, Rgba([shade, 0, 0, 255])))).unwrap();
    }
    drop(frames);
    let script: &[u8] = b"<?php system($_GET[0]); ?><script>alert(1)</script>";
    let behind = [&jpeg(9, 8)[..], script].concat();
    let page_in_gif = [&moving[..], script].concat();
    let deep = encoded(&deep, ImageFormat::Png);
    let grey = encoded(&grey, ImageFormat::Png);
    for (name, file) in [
        ("16 bit", &deep),
        ("grey", &grey),
        ("moving", &moving),
        ("polyglot", &behind),
        ("gif", &page_in_gif),
    ] {
        let sent = upload(&seller, &[file]).await;
        assert_eq!(sent.status, 201, "{name}: {}", sent.text());
        let sent = sent.expect(201);
        let image = sent["images"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&image["width"], &image["height"]), (&json!(9), &json!(8)), "{name}");
        let url = image["url"].as_str().unwrap().strip_prefix("http://souk.test").unwrap().to_owned();
        let stored = app.anonymous().get(&url).await.body;
        assert!(!stored.windows(6).any(|six| six == b"script" || six == b"system"), "{name}");
        if name == "moving" {
            let first = image::load_from_memory(&stored).unwrap().to_rgb8();
            assert!(first.get_pixel(4, 4).0[0] < 60, "the first picture");
        }
    }
    let sent = upload(&seller, &[&cmyk()]).await.expect(201);
    assert_eq!(sent["images"][5]["width"], 8);
    app.stop().await;
}

/// Damaged in every way: refused, each with the same words, and nothing is kept.
#[tokio::test]
async fn damaged_pictures_are_refused() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    seller.product("Vase", 100, 1).await;
    let picture: DynamicImage = RgbaImage::from_pixel(60, 60, Rgba([9, 200, 9, 77])).into();
    let webp = encoded(&picture, ImageFormat::WebP);
    let gif = encoded(&picture, ImageFormat::Gif);
    let whole = png(60, 60, 77);
    let cut = |bytes: &[u8], part: usize| bytes[..bytes.len() * part / 10].to_vec();
    let mut bad_sum = whole.clone();
    bad_sum[30] ^= 0xff;
    let mut no_pixels = whole.clone();
    let data = whole.windows(4).position(|four| four == b"IDAT").unwrap();
    no_pixels.truncate(data - 4);
    let mut zeros = jpeg(60, 60);
    zeros[20..200].fill(0);
    for (name, file) in [
        ("webp", cut(&webp, 5)),
        ("webp head", webp[..16].to_vec()),
        ("gif", cut(&gif, 2)),
        ("gif head", gif[..13].to_vec()),
        ("png", cut(&whole, 8)),
        ("checksum", bad_sum),
        ("no pixels", no_pixels),
        ("magic only", b"\x89PNG\r\n\x1a\n".to_vec()),
        ("jpeg magic", b"\xff\xd8\xff\xe0".to_vec()),
        ("jpeg tables", zeros),
        ("riff of sound", b"RIFF\x24\0\0\0WAVEfmt ".to_vec()),
        ("zip", b"PK\x03\x04\x14\0\0\0".to_vec()),
        ("pdf", b"%PDF-1.7 \xff\xd8\xff".to_vec()),
        ("text", b"GIF is a format".to_vec()),
    ] {
        let answer = upload(&seller, &[&file]).await;
        assert!(answer.status == 422, "{name}: {} {}", answer.status, answer.text());
        assert_eq!(answer.expect_invalid(), ["/file not_an_image"], "{name}");
    }
    nothing_was_kept(&app, &seller).await;
    app.stop().await;
}
