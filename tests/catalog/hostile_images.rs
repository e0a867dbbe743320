//! Files that are no images, or images meant to do harm: refused, and nothing of them is kept.

use testing::{Response, Seller, TestApp};

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
    for bytes in [Vec::new(), page, svg, false_gif, cut, torn] {
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
