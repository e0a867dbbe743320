//! Images of a product: uploads, order, removal, files.

use testing::{Actor, Response, TestApp, Value, json};

use super::pictures::{jpeg, png, sideways};

async fn upload(actor: &Actor, path: &str, files: &[&[u8]]) -> Response {
    let parts: Vec<_> = files.iter().map(|bytes| ("file", Some("../../etc/passwd.php"), *bytes)).collect();
    actor.upload(path, &parts).await
}

fn stored_files(app: &TestApp) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![app.data_dir().join("media")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.file_name().into_string().unwrap());
            }
        }
    }
    found.sort();
    found
}

/// The part of an image's address below the marketplace's.
fn path(image: &Value) -> String {
    image["url"].as_str().unwrap().strip_prefix("http://souk.test").unwrap().to_owned()
}

#[tokio::test]
async fn images_are_stored_anew_and_served_for_ever() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    seller.product("Vase", 100, 1).await;
    let photo = jpeg(640, 400);
    let sent = upload(&seller, "/v1/products/vase/images", &[&photo, &png(30, 20, 128)]).await.expect(201);
    let images = sent["images"].as_array().unwrap();
    assert_eq!(images.len(), 2);
    assert_eq!((&images[0]["width"], &images[0]["height"]), (&json!(640), &json!(400)));
    assert_eq!(images[0]["alt"], "Vase");
    assert_eq!(images[0]["srcset"], format!("{} 640w", images[0]["url"].as_str().unwrap()));

    let public = app.anonymous();
    for (image, kind, magic) in
        [(&images[0], "image/jpeg", &b"\xff\xd8\xff"[..]), (&images[1], "image/webp", &b"RIFF"[..])]
    {
        let file = public.get(&path(image)).await;
        assert_eq!(file.status, 200);
        assert!(file.body.starts_with(magic));
        assert_eq!(file.header("content-type"), kind);
        assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(file.header("x-content-type-options"), "nosniff");
        let known = public.with_header("If-None-Match", file.header("etag")).get(&path(image)).await;
        assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
    }
    assert_ne!(public.get(&path(&images[0])).await.body, photo, "encoded anew");
    let list = public.get("/v1/products").await.expect(200);
    assert_eq!(list["data"][0]["image"], images[0]["url"]);
    app.stop().await;
}

/// A phone's photo lies on its side and says so in its metadata: it is turned, and says nothing any more.
#[tokio::test]
async fn a_photo_is_turned_upright_and_tells_nothing() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    seller.product("Vase", 100, 1).await;
    let photo = sideways(60, 40);
    assert!(photo.windows(4).any(|four| four == b"Exif"));
    let sent = upload(&seller, "/v1/products/vase/images", &[&photo]).await.expect(201);
    assert_eq!((&sent["images"][0]["width"], &sent["images"][0]["height"]), (&json!(40), &json!(60)));
    let file = app.anonymous().get(&path(&sent["images"][0])).await;
    assert!(!file.body.windows(4).any(|four| four == b"Exif"));
    app.stop().await;
}

#[tokio::test]
async fn images_are_put_in_order_and_taken_off() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    seller.product("Vase", 100, 1).await;
    let sent =
        upload(&seller, "/v1/products/vase/images", &[&jpeg(10, 10), &jpeg(20, 20), &jpeg(30, 30)]).await;
    let sent = sent.expect(201);
    let ids: Vec<Value> =
        sent["images"].as_array().unwrap().iter().map(|image| image["id"].clone()).collect();
    let order = json!({"order": [ids[2], ids[0], ids[1]]});
    let changed = seller.patch("/v1/products/vase/images", order).await.expect(200);
    assert_eq!(changed["images"][0]["id"], ids[2]);
    let list = app.anonymous().get("/v1/products").await.expect(200);
    assert_eq!(list["data"][0]["image"], changed["images"][0]["url"]);

    for (order, mistakes) in [
        (json!([ids[0], ids[1]]), vec!["/order required"]),
        (json!([ids[0], ids[1], ids[1]]), vec!["/order required", "/order/2 not_allowed"]),
        (json!([ids[0], ids[1], ids[2], "img_0AXS751X00W7C"]), vec!["/order/3 not_found"]),
        (json!(["x", ids[1], ids[2]]), vec!["/order/0 malformed_id"]),
        (json!("x"), vec!["/order wrong_type"]),
    ] {
        let answer = seller.patch("/v1/products/vase/images", json!({"order": order})).await;
        assert_eq!(answer.expect_invalid(), mistakes);
    }

    let first = format!("/v1/products/vase/images/{}", ids[2].as_str().unwrap());
    seller.delete(&first).await.expect(204);
    seller.delete(&first).await.expect_problem(404, "not_found");
    seller.delete("/v1/products/vase/images/img_x").await.expect_problem(404, "not_found");
    let list = app.anonymous().get("/v1/products").await.expect(200);
    assert_eq!(list["data"][0]["image"], sent["images"][0]["url"]);
    app.stop().await;
}

/// The same picture on two products is one file, which goes with the last of them.
#[tokio::test]
async fn a_file_stays_for_as_long_as_a_product_shows_it() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let photo = jpeg(50, 50);
    let mut images = Vec::new();
    for name in ["vase", "bowl"] {
        seller.product(name, 100, 1).await;
        let sent = upload(&seller, &format!("/v1/products/{name}/images"), &[&photo]).await.expect(201);
        images.push(sent["images"][0].clone());
    }
    assert_eq!(images[0]["url"], images[1]["url"]);
    assert_eq!(stored_files(&app).len(), 1);
    for (name, image, left) in [("vase", &images[0], 1), ("bowl", &images[1], 0)] {
        let id = image["id"].as_str().unwrap();
        seller.delete(&format!("/v1/products/{name}/images/{id}")).await.expect(204);
        app.run_jobs().await;
        assert_eq!(stored_files(&app).len(), left);
    }
    app.anonymous().get(&path(&images[0])).await.expect_problem(404, "not_found");
    let again = upload(&seller, "/v1/products/vase/images", &[&photo]).await.expect(201);
    assert_eq!(app.anonymous().get(&path(&again["images"][0])).await.status, 200);
    app.stop().await;
}

/// Removed and sent again at the same time, often: what a product shows is there in the end.
#[tokio::test]
async fn reuse_and_removal_at_once_lose_nothing() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    seller.product("Vase", 100, 1).await;
    seller.product("Bowl", 100, 1).await;
    let photo = jpeg(20, 20);
    for _ in 0..15 {
        let sent = upload(&seller, "/v1/products/vase/images", &[&photo]).await.expect(201);
        let id = sent["images"][0]["id"].as_str().unwrap();
        seller.delete(&format!("/v1/products/vase/images/{id}")).await.expect(204);
        let files = [&photo[..]];
        let (_, sent) = tokio::join!(app.run_jobs(), upload(&seller, "/v1/products/bowl/images", &files));
        let bowl = seller.get("/v1/products/bowl").await.expect(200);
        for image in bowl["images"].as_array().unwrap() {
            assert_eq!(app.anonymous().get(&path(image)).await.status, 200);
        }
        match sent.status.as_u16() {
            201 => {
                let id = bowl["images"][0]["id"].as_str().unwrap();
                seller.delete(&format!("/v1/products/bowl/images/{id}")).await.expect(204);
            }
            _ => drop(sent.expect_problem(503, "unavailable")),
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn strangers_change_no_images() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    seller.product("Vase", 100, 1).await;
    let sent = upload(&seller, "/v1/products/vase/images", &[&jpeg(10, 10)]).await.expect(201);
    let image = format!("/v1/products/vase/images/{}", sent["images"][0]["id"].as_str().unwrap());
    app.run_jobs().await;
    let files = stored_files(&app);
    for (actor, status, code) in [
        (app.anonymous(), 401, "unauthenticated"),
        (app.buyer("ben").await, 403, "forbidden"),
        ((*app.seller("noor").await).clone(), 403, "not_owner"),
    ] {
        let sent = upload(&actor, "/v1/products/vase/images", &[&jpeg(12, 12)]).await;
        sent.expect_problem(status, code);
        let order = json!({"order": []});
        actor.patch("/v1/products/vase/images", order).await.expect_problem(status, code);
        actor.delete(&image).await.expect_problem(status, code);
    }
    upload(&seller, "/v1/products/none/images", &[&jpeg(9, 9)]).await.expect_problem(404, "not_found");
    assert_eq!(stored_files(&app), files);
    app.stop().await;
}
