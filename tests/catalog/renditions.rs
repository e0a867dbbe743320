//! Images in other widths, what is said of them, and parts of their files.

use testing::{Actor, TestApp, Value, json};

use super::pictures::{jpeg, png};

fn path(url: &str) -> String {
    url.strip_prefix("http://souk.test").unwrap().to_owned()
}

/// The addresses and widths in a `srcset`.
fn candidates(srcset: &Value) -> Vec<(String, u32)> {
    let split = |one: &str| {
        let (url, width) = one.rsplit_once(' ').unwrap();
        (path(url), width.trim_end_matches('w').parse().unwrap())
    };
    srcset.as_str().unwrap().split(", ").map(split).collect()
}

async fn upload(actor: &Actor, file: &[u8]) -> Value {
    let sent = actor.upload("/v1/products/vase/images", &[("file", Some("a"), file)]).await.expect(201);
    sent["images"].as_array().unwrap().last().unwrap().clone()
}

async fn shown(app: &TestApp, place: usize) -> Value {
    app.anonymous().get("/v1/products/vase").await.expect(200)["images"][place].clone()
}

#[tokio::test]
async fn other_widths_are_made_behind_the_answer() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    seller.product("Vase", 100, 1).await;
    let sent = upload(&seller, &jpeg(1_300, 130)).await;
    assert_eq!((&sent["width"], &sent["height"]), (&json!(1_300), &json!(130)));
    assert_eq!(candidates(&sent["srcset"]), [(path(sent["url"].as_str().unwrap()), 1_300)]);
    assert_eq!(sent["sources"], json!([]));
    app.run_jobs().await;

    let image = shown(&app, 0).await;
    assert_eq!(image["url"], sent["url"]);
    let widths = [160, 320, 640, 1_280];
    let srcset = candidates(&image["srcset"]);
    assert_eq!(srcset.iter().map(|(_, width)| *width).collect::<Vec<_>>(), [&widths[..], &[1_300]].concat());
    let [webp, jpeg] = image["sources"].as_array().unwrap().as_slice() else { panic!("two forms") };
    assert_eq!((&webp["type"], &jpeg["type"]), (&json!("image/webp"), &json!("image/jpeg")));
    for (source, kind) in [(webp, "image/webp"), (jpeg, "image/jpeg")] {
        for (url, width) in candidates(&source["srcset"]).into_iter().filter(|(_, width)| *width < 1_300) {
            let file = app.anonymous().get(&url).await;
            assert_eq!((file.status.as_u16(), file.header("content-type")), (200, kind));
            let decoded = image::load_from_memory(&file.body).unwrap();
            assert_eq!((decoded.width(), decoded.height()), (width, width / 10));
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn nothing_is_made_wider_than_it_is() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    seller.product("Vase", 100, 1).await;
    upload(&seller, &png(400, 100, 90)).await;
    upload(&seller, &jpeg(100, 900)).await;
    app.run_jobs().await;
    let wide = shown(&app, 0).await;
    let widths: Vec<u32> = candidates(&wide["srcset"]).into_iter().map(|(_, width)| width).collect();
    assert_eq!(widths, [160, 320, 400]);
    let jpeg = candidates(&wide["sources"][1]["srcset"]);
    assert_eq!(jpeg.iter().map(|(_, width)| *width).collect::<Vec<_>>(), [160, 320], "the file is WebP");
    let narrow = shown(&app, 1).await;
    assert_eq!((candidates(&narrow["srcset"]).len(), &narrow["sources"]), (1, &json!([])));
    app.stop().await;
}

/// All files of a picture go with the last image of it, whoever made them.
#[tokio::test]
async fn other_widths_go_with_their_picture() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    seller.product("Vase", 100, 1).await;
    upload(&seller, &jpeg(700, 70)).await;
    app.run_jobs().await;
    let image = shown(&app, 0).await;
    seller.delete(&format!("/v1/products/vase/images/{}", image["id"].as_str().unwrap())).await.expect(204);
    app.run_jobs().await;
    for (url, _) in candidates(&image["srcset"]) {
        app.anonymous().get(&url).await.expect_problem(404, "not_found");
    }
    // The same picture again is whole again.
    upload(&seller, &jpeg(700, 70)).await;
    app.run_jobs().await;
    for (url, _) in candidates(&shown(&app, 0).await["srcset"]) {
        assert_eq!(app.anonymous().get(&url).await.status, 200);
    }
    app.stop().await;
}

/// A server that dies between the file and its product leaves a file; the sweep finds it.
#[tokio::test]
async fn files_that_came_to_no_product_are_swept() {
    let app = TestApp::start().await;
    let kept = marketplace::catalog::images::keep(&app.market, jpeg(30, 30)).await.unwrap();
    let url = format!("/media/{}.jpg", kept.hash());
    app.worker().sweep().await;
    assert_eq!(app.anonymous().get(&url).await.status, 200, "its request may still run");
    app.advance(3_601);
    app.worker().sweep().await;
    app.anonymous().get(&url).await.expect_problem(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn images_are_described() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    seller.product("Vase", 100, 1).await;
    let sent = upload(&seller, &jpeg(20, 20)).await;
    assert_eq!((&sent["alt"], &sent["focal_point"]), (&json!("Vase"), &json!(null)));
    let one = format!("/v1/products/vase/images/{}", sent["id"].as_str().unwrap());
    let change = json!({"alt": "A blue vase", "focal_point": {"x": 50, "y": 30}});
    let changed = seller.patch(&one, change).await.expect(200);
    assert_eq!(changed["images"][0]["alt"], "A blue vase");
    assert_eq!(changed["images"][0]["focal_point"], json!({"x": 50, "y": 30}));
    let kept = seller.patch(&one, json!({"focal_point": null})).await.expect(200);
    assert_eq!(kept["images"][0]["alt"], "A blue vase");
    assert_eq!(kept["images"][0]["focal_point"], json!(null));
    assert_eq!(seller.patch(&one, json!({"alt": null})).await.expect(200)["images"][0]["alt"], "");

    for (change, mistakes) in [
        (json!({"alt": "x".repeat(251)}), vec!["/alt too_long"]),
        (json!({"alt": "a\u{0}b", "size": 1}), vec!["/alt not_allowed", "/size unknown_field"]),
        (
            json!({"focal_point": {"x": 101, "y": -1}}),
            vec!["/focal_point/x too_large", "/focal_point/y too_small"],
        ),
        (json!({"focal_point": {"x": 1}}), vec!["/focal_point/y required"]),
        (json!({"focal_point": 5}), vec!["/focal_point wrong_type"]),
    ] {
        assert_eq!(seller.patch(&one, change).await.expect_invalid(), mistakes);
    }
    let other = "/v1/products/vase/images/img_0AXS751X00W7C";
    seller.patch(other, json!({"alt": "x"})).await.expect_problem(404, "not_found");
    let stranger = app.seller("noor").await;
    stranger.patch(&one, json!({"alt": "x"})).await.expect_problem(403, "not_owner");
    let stale = seller.with_header("If-Match", "\"0\"").patch(&one, json!({"alt": "x"})).await;
    stale.expect_problem(412, "precondition_failed");
    app.stop().await;
}

#[tokio::test]
async fn a_part_of_a_file_can_be_had() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    seller.product("Vase", 100, 1).await;
    let url = path(upload(&seller, &jpeg(90, 90)).await["url"].as_str().unwrap());
    let public = app.anonymous();
    let whole = public.get(&url).await;
    let length = whole.body.len();
    assert_eq!(whole.header("content-length"), length.to_string());
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let last = length - 1;
    for (asked, from, to) in [
        ("bytes=0-9", 0, 9),
        ("bytes=10-", 10, last),
        ("bytes=-5", length - 5, last),
        ("bytes=5-999999", 5, last),
    ] {
        let part = public.with_header("Range", asked).get(&url).await;
        assert_eq!(part.status, 206, "{asked}");
        assert_eq!(part.header("content-range"), format!("bytes {from}-{to}/{length}"));
        assert_eq!(part.body, whole.body[from..=to]);
    }
    for ignored in ["bytes=0-1,4-5", "lines=1-2", "bytes=x", "bytes=9-3"] {
        let all = public.with_header("Range", ignored).get(&url).await;
        assert!(all.status == 200 || all.status == 416, "{ignored}: {}", all.status);
    }
    let beyond = public.with_header("Range", "bytes=99999999-").get(&url).await;
    assert_eq!(beyond.header("content-range"), format!("bytes */{length}"));
    beyond.expect_problem(416, "range_not_satisfiable");
    let tag = whole.header("etag");
    let same = public.with_header("Range", "bytes=0-1").with_header("If-Range", tag).get(&url).await;
    assert_eq!(same.status, 206);
    let other = public.with_header("Range", "bytes=0-1").with_header("If-Range", "\"old\"").get(&url).await;
    assert_eq!(other.status, 200);
    let known = public.with_header("Range", "bytes=0-1").with_header("If-None-Match", tag).get(&url).await;
    assert_eq!(known.status, 304);
    app.stop().await;
}
