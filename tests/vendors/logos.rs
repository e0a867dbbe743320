//! The logos of shops.

use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use testing::{Actor, Method, Response, TestApp, Value, json};

/// A picture in one colour.
fn picture(width: u32, shade: u8) -> Vec<u8> {
    let picture: DynamicImage = RgbaImage::from_pixel(width, 40, Rgba([shade, 20, 90, 120])).into();
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

async fn put(actor: &Actor, path: &str, files: &[&[u8]]) -> Response {
    let parts: Vec<_> = files.iter().map(|bytes| ("file", Some("logo.png"), *bytes)).collect();
    actor.send_form(Method::PUT, path, &parts).await
}

/// The path of an address.
fn below(url: &Value) -> String {
    url.as_str().unwrap().strip_prefix("http://souk.test").unwrap().to_owned()
}

fn files(app: &TestApp) -> usize {
    fn count(folder: &std::path::Path) -> usize {
        let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
        entries.map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
    }
    count(&app.data_dir().join("media"))
}

#[tokio::test]
async fn a_logo_comes_changes_and_goes() {
    let app = TestApp::start().await;
    let (seller, public) = (app.seller("maya").await, app.anonymous());
    let shop = format!("/v1/vendors/{}", seller.vendor);
    let logo = format!("{shop}/logo");
    assert_eq!(public.get(&shop).await.expect(200)["logo_url"], Value::Null);
    let given = put(&seller, &logo, &[&picture(400, 10)]).await.expect(200);
    assert_eq!((&given["logo"]["width"], &given["logo"]["height"]), (&json!(400), &json!(40)));
    assert_eq!(given["logo"]["url"], given["logo_url"]);
    let file = public.get(&below(&given["logo_url"])).await;
    assert_eq!((file.status.as_u16(), file.header("content-type")), (200, "image/webp"));
    assert!(file.header("cache-control").contains("immutable"), "{}", file.header("cache-control"));

    app.run_jobs().await;
    let shown = public.get(&shop).await.expect(200);
    let srcset = shown["logo"]["srcset"].as_str().unwrap();
    assert_eq!(srcset.split(", ").count(), 3, "160, 320 and its own: {srcset}");
    let smallest = json!(srcset.split(' ').next().unwrap());
    assert_eq!(public.get(&below(&smallest)).await.status, 200);
    assert_eq!(public.get("/v1/vendors").await.expect(200)["data"][0]["logo_url"], shown["logo_url"]);

    // Another one takes its place, and its files go.
    let other = put(&seller, &logo, &[&picture(100, 200)]).await.expect(200);
    assert_ne!(other["logo_url"], given["logo_url"]);
    app.run_jobs().await;
    assert_eq!(files(&app), 1);
    // The same once more is no change.
    let same = put(&seller, &logo, &[&picture(100, 200)]).await.expect(200);
    assert_eq!(same["logo_url"], other["logo_url"]);
    assert_eq!(files(&app), 1);

    seller.delete(&logo).await.expect(204);
    seller.delete(&logo).await.expect_problem(404, "not_found");
    assert_eq!(public.get(&shop).await.expect(200)["logo"], Value::Null);
    app.run_jobs().await;
    assert_eq!(files(&app), 0);
    app.stop().await;
}

/// A picture that a product shows as well stays for it.
#[tokio::test]
async fn a_picture_of_a_product_stays() {
    let app = TestApp::start().await;
    let (seller, other) = (app.seller("maya").await, app.seller("noor").await);
    seller.product("Vase", 100, 1).await;
    let picture = picture(200, 10);
    let shown =
        seller.upload("/v1/products/vase/images", &[("file", Some("a.png"), &picture)]).await.expect(201);
    for shop in [&seller, &other] {
        put(shop, &format!("/v1/vendors/{}/logo", shop.vendor), &[&picture]).await.expect(200);
    }
    app.run_jobs().await;
    let address = below(&shown["images"][0]["url"]);
    for shop in [&seller, &other] {
        shop.delete(&format!("/v1/vendors/{}/logo", shop.vendor)).await.expect(204);
        app.run_jobs().await;
        assert_eq!(app.anonymous().get(&address).await.status, 200);
    }
    app.stop().await;
}

#[tokio::test]
async fn what_is_no_logo_is_refused() {
    let app = TestApp::start().await;
    let (seller, stranger) = (app.seller("maya").await, app.user("ana").await);
    let logo = format!("/v1/vendors/{}/logo", seller.vendor);
    let good = picture(50, 1);
    assert_eq!(put(&seller, &logo, &[b"<svg/>"]).await.expect_invalid(), ["/file not_an_image"]);
    assert_eq!(put(&seller, &logo, &[]).await.expect_invalid(), ["/file required"]);
    assert_eq!(put(&seller, &logo, &[&good, &good]).await.expect_invalid(), ["/file too_long"]);
    put(&seller, &logo, &[&vec![0; 10 * 1024 * 1024 + 1]]).await.expect_problem(413, "too_large");
    seller.put(&logo, json!({})).await.expect_problem(415, "unsupported_media_type");
    put(&stranger, &logo, &[&good]).await.expect_problem(403, "forbidden");
    put(&app.anonymous(), &logo, &[&good]).await.expect_problem(401, "unauthenticated");
    let nobodys = "/v1/vendors/ven_0AXS751X00W7C/logo";
    put(&seller, nobodys, &[&good]).await.expect_problem(404, "not_found");
    stranger.delete(nobodys).await.expect_problem(404, "not_found");
    app.stop().await;
}

/// An application's logo goes with the account of who applied.
#[tokio::test]
async fn erasing_takes_the_logo() {
    let app = TestApp::start().await;
    let user = app.user("ana").await;
    let applied = user.post("/v1/vendors", super::application("Pots")).await.expect(201);
    let logo = format!("/v1/vendors/{}/logo", applied["id"].as_str().unwrap());
    put(&user, &logo, &[&picture(50, 1)]).await.expect(200);
    assert_eq!(files(&app), 1);
    user.delete("/v1/me").await.expect(204);
    app.run_jobs().await;
    assert_eq!(files(&app), 0);
    app.stop().await;
}
