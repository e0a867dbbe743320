//! Images that files name: fetched behind the import, or an error of their line.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use marketplace::outgoing::Reach;
use testing::{TestApp, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{errors, import, products, show};
use crate::catalog::pictures::jpeg;

const HEADER: &str =
    "Handle,Title,Published,Variant SKU,Variant Price,Image Src,Image Position,Image Alt Text\n";

/// A server of images that counts what it is asked for; answers where it listens.
async fn server(asked: Arc<AtomicUsize>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let count = asked.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut request = vec![0; 4_096];
                let read = stream.read(&mut request).await.unwrap_or(0);
                let request = String::from_utf8_lossy(&request[..read]).into_owned();
                let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                let _ = stream.write_all(&answer(&path, count)).await;
            });
        }
    });
    address
}

fn answer(path: &str, count: usize) -> Vec<u8> {
    let head = |status: &str, more: &str| {
        format!("HTTP/1.1 {status}\r\nConnection: close\r\n{more}\r\n").into_bytes()
    };
    let image = |width: u32| {
        let body = jpeg(width, 20);
        let mut answer = head("200 OK", &format!("Content-Length: {}\r\n", body.len()));
        answer.extend(body);
        answer
    };
    match path {
        "/a.jpg" => image(31),
        "/b.jpg" => image(32),
        "/moved.jpg" => head("302 Found", "Location: /b.jpg\r\n"),
        "/round.jpg" => head("302 Found", "Location: /round.jpg\r\n"),
        "/file.jpg" => head("302 Found", "Location: file:///etc/passwd\r\n"),
        "/text.jpg" => [head("200 OK", ""), b"<html>".to_vec()].concat(),
        "/endless.jpg" => head("200 OK", "Content-Length: 99999999999\r\n"),
        "/busy.jpg" if count.is_multiple_of(2) => head("503 Busy", "Content-Length: 0\r\n"),
        "/busy.jpg" => image(33),
        "/broken.jpg" => head("500 No", "Content-Length: 0\r\n"),
        _ => head("404 Not Found", "Content-Length: 0\r\n"),
    }
}

async fn app(reach: Reach) -> TestApp {
    TestApp::builder().with(|settings| settings.fetch = reach).start().await
}

/// Runs the jobs until the ones that are tried again had their tries.
async fn run_all(app: &TestApp) {
    for _ in 0..6 {
        app.run_jobs().await;
        app.advance(3_600);
    }
}

fn images(product: &Value) -> Vec<(i64, &str)> {
    let of = |image: &'_ Value| image["width"].as_i64().unwrap();
    let images = product["images"].as_array().unwrap();
    images.iter().map(|image| (of(image), image["alt"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn images_of_rows_come_with_their_products() {
    let app = app(Reach::Anywhere).await;
    let seller = app.seller("maya").await;
    let asked = Arc::new(AtomicUsize::new(0));
    let at = server(asked.clone()).await;
    let file = format!(
        "{HEADER}cup,Cup,TRUE,C-1,5,{at}/moved.jpg,2,From behind\ncup,,,,,{at}/a.jpg,1,\ncup,,,,,{at}/a.jpg,3,\n\
         jar,Jar,TRUE,J-1,5,{at}/a.jpg,,\n"
    );
    let done = import(&app, &seller, file.as_bytes()).await;
    assert_eq!(done["errors"], json!([]));
    app.run_jobs().await;
    let found = products(&seller).await;
    assert_eq!(images(&found["Cup"]), [(31, "Cup"), (32, "From behind")]);
    assert_eq!(images(&found["Jar"]), [(31, "Jar")]);
    assert_eq!(found["Cup"]["images"][0]["url"], found["Jar"]["images"][0]["url"]);

    // Again: what is there is not asked for again.
    let before = asked.load(Ordering::SeqCst);
    import(&app, &seller, file.as_bytes()).await;
    assert_eq!((products(&seller).await, asked.load(Ordering::SeqCst)), (found, before));
    app.stop().await;
}

#[tokio::test]
async fn images_that_cannot_be_had_are_errors_of_their_rows() {
    let app = app(Reach::Anywhere).await;
    let seller = app.seller("maya").await;
    let at = server(Arc::default()).await;
    let names = ["none", "text", "endless", "round", "file", "broken"];
    let rows = names.map(|name| format!("{name},{name},TRUE,,5,{at}/{name}.jpg,,\n")).concat();
    let file = format!("{HEADER}{rows}bad,bad,TRUE,,5,javascript:alert(1),,\n");
    let begun = import(&app, &seller, file.as_bytes()).await;
    assert_eq!(errors(&begun)[..1], ["2 Image Src"]);
    run_all(&app).await;
    let seller_again = app.login_again(&seller).await;
    let done = show(&seller_again, &begun).await;
    let lines: Vec<String> = (2..=8).map(|line| format!("{line} Image Src")).collect();
    assert_eq!(errors(&done), lines, "{done:#}");
    assert!(done["errors"][1]["detail"].as_str().unwrap().contains("not an image"));
    assert_eq!(done["products_created"], 7, "the products are there all the same");
    app.stop().await;
}

#[tokio::test]
async fn a_busy_server_is_asked_again() {
    let app = app(Reach::Anywhere).await;
    let seller = app.seller("maya").await;
    let at = server(Arc::default()).await;
    import(&app, &seller, format!("{HEADER}cup,Cup,TRUE,,5,{at}/busy.jpg,,\n").as_bytes()).await;
    run_all(&app).await;
    let seller = app.login_again(&seller).await;
    assert_eq!(images(&products(&seller).await["Cup"]), [(33, "Cup")]);
    app.stop().await;
}

/// Who can make the server fetch looks through its eyes: addresses of its own network are not fetched.
#[tokio::test]
async fn addresses_of_our_network_are_refused() {
    let app = app(Reach::Public).await;
    let seller = app.seller("maya").await;
    let asked = Arc::new(AtomicUsize::new(0));
    let at = server(asked.clone()).await;
    let port = at.rsplit_once(':').unwrap().1.to_owned();
    let hosts = ["127.0.0.1", "localhost", "127.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"];
    let rows: String = hosts
        .iter()
        .enumerate()
        .map(|(n, host)| format!("cup-{n},Cup {n},TRUE,,5,http://{host}:{port}/a.jpg,,\n"))
        .chain(["meta,Meta,TRUE,,5,http://169.254.169.254/latest/meta-data/,,\n".to_owned()])
        .collect();
    let begun = import(&app, &seller, format!("{HEADER}{rows}").as_bytes()).await;
    run_all(&app).await;
    let seller = app.login_again(&seller).await;
    let done = show(&seller, &begun).await;
    assert_eq!(done["errors"].as_array().unwrap().len(), 8, "{done:#}");
    for error in done["errors"].as_array().unwrap() {
        assert!(error["detail"].as_str().unwrap().contains("not of the public internet"), "{error}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    app.stop().await;
}

/// Images of our own are there already: an export fills another shop with them, and changes nothing at home.
#[tokio::test]
async fn exported_images_are_not_fetched() {
    let app = TestApp::start().await;
    let (maya, omar) = (app.seller("maya").await, app.seller("omar").await);
    maya.product("Cup", 500, 1).await;
    let (a, b) = (jpeg(41, 20), jpeg(42, 20));
    maya.upload("/v1/products/cup/images", &[("file", Some("a"), &a), ("file", Some("b"), &b)])
        .await
        .expect(201);
    let export = maya.get("/v1/vendor/exports/products.csv").await;
    let before = products(&maya).await;
    let done = import(&app, &maya, &export.body).await;
    assert_eq!((&done["errors"], products(&maya).await), (&json!([]), before.clone()));
    let done = import(&app, &omar, &export.body).await;
    assert_eq!(done["errors"], json!([]));
    let theirs = products(&omar).await;
    assert_eq!(images(&theirs["Cup"]), images(&before["Cup"]));
    assert_eq!(theirs["Cup"]["images"][1]["url"], before["Cup"]["images"][1]["url"]);
    app.stop().await;
}
