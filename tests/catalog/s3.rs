//! Images in an S3-compatible store: a real one, on a folder of the test.

use std::path::Path;

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use marketplace::media::{Bucket, MediaPlace};
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tempfile::TempDir;
use testing::{TestApp, Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::pictures::jpeg;

const KEY: (&str, &str) = ("souk-test", "a secret of this test");

/// A store with one bucket.
struct Store {
    folder: TempDir,
    endpoint: String,
    server: JoinHandle<()>,
}

impl Store {
    async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join("pictures")).unwrap();
        let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder.path()).unwrap());
        service.set_auth(SimpleAuth::from_single(KEY.0, KEY.1));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(serve(listener, service.build()));
        Self { folder, endpoint, server }
    }

    fn place(&self, secret: &str) -> MediaPlace {
        MediaPlace::S3(Bucket {
            name: "pictures".to_owned(),
            prefix: "shop/media".to_owned(),
            endpoint: Some(self.endpoint.clone()),
            region: "eu-central-1".to_owned(),
            key: Some((KEY.0.to_owned(), secret.to_owned())),
        })
    }

    /// The names of the objects in the bucket, below its prefix.
    fn objects(&self) -> Vec<String> {
        let mut names = Vec::new();
        gather(&self.folder.path().join("pictures/shop/media"), &mut names);
        names.sort();
        names
    }
}

async fn serve(listener: TcpListener, service: S3Service) {
    while let Ok((socket, _)) = listener.accept().await {
        let connection = http1::Builder::new().serve_connection(TokioIo::new(socket), service.clone());
        tokio::spawn(async move { drop(connection.await) });
    }
}

fn gather(folder: &Path, names: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, names);
        } else {
            names.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
}

/// The path of an address.
fn below(url: &str) -> &str {
    url.strip_prefix("http://souk.test").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_live_and_die_in_a_bucket() {
    let store = Store::start().await;
    let place = store.place(KEY.1);
    let app = TestApp::builder().with(|settings| settings.media = place).start().await;
    let (seller, public) = (app.seller("maya").await, app.anonymous());
    seller.product("Vase", 100, 1).await;
    let picture = jpeg(700, 70);
    let sent =
        seller.upload("/v1/products/vase/images", &[("file", Some("a.jpg"), &picture)]).await.expect(201);
    let image = sent["images"][0].clone();
    let url = image["url"].as_str().unwrap();
    assert_eq!(store.objects(), [url.rsplit('/').next().unwrap()]);

    // Other widths, made behind the answer; whole files and parts of them.
    app.run_jobs().await;
    assert_eq!(store.objects().len(), 7, "its own, and three widths in two forms");
    let shown = public.get("/v1/products/vase").await.expect(200)["images"][0].clone();
    for address in shown["srcset"].as_str().unwrap().split(", ") {
        let file = public.get(below(address.split(' ').next().unwrap())).await;
        assert_eq!(file.status, 200, "{address}");
        assert!(image::load_from_memory(&file.body).is_ok(), "{address}");
    }
    let whole = public.get(below(url)).await;
    assert_eq!((whole.status.as_u16(), whole.header("content-type")), (200, "image/jpeg"));
    assert!(whole.header("cache-control").contains("immutable"));
    let part = public.with_header("range", "bytes=10-19").get(below(url)).await;
    assert_eq!((part.status.as_u16(), &part.body[..]), (206, &whole.body[10..20]));
    assert_eq!(part.header("content-range"), format!("bytes 10-19/{}", whole.body.len()));
    let beyond = public.with_header("range", "bytes=99999999-").get(below(url)).await;
    beyond.expect_problem(416, "range_not_satisfiable");

    // The same picture for another product is one file, which stays until nothing shows it.
    seller.product("Bowl", 100, 1).await;
    seller.upload("/v1/products/bowl/images", &[("file", Some("b.jpg"), &picture)]).await.expect(201);
    let delete = format!("/v1/products/vase/images/{}", image["id"].as_str().unwrap());
    seller.delete(&delete).await.expect(204);
    app.run_jobs().await;
    assert_eq!(store.objects().len(), 7);
    let bowl: Value = public.get("/v1/products/bowl").await.expect(200);
    let delete = format!("/v1/products/bowl/images/{}", bowl["images"][0]["id"].as_str().unwrap());
    seller.delete(&delete).await.expect(204);
    app.run_jobs().await;
    assert_eq!(store.objects(), [""; 0], "nothing that is not shown is left");
    public.get(below(url)).await.expect_problem(404, "not_found");

    // What is refused leaves nothing.
    let files: [(&str, Option<&str>, &[u8]); 2] = [("file", Some("a"), &picture), ("file", Some("b"), b"x")];
    let refused = seller.upload("/v1/products/vase/images", &files).await;
    assert_eq!(refused.expect_invalid(), ["/file not_an_image"]);
    app.stop().await;
    store.server.abort();
}

/// A store that refuses, and one that is away: told as what may be mended, and nothing is kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_fails_is_told() {
    let store = Store::start().await;
    let place = store.place("another secret");
    let app = TestApp::builder().with(|settings| settings.media = place).start().await;
    let seller = app.seller("maya").await;
    seller.product("Vase", 100, 1).await;
    let path = "/v1/products/vase/images";
    let picture = jpeg(50, 50);
    let refused = seller.upload(path, &[("file", Some("a.jpg"), &picture)]).await;
    refused.expect_problem(503, "unavailable");
    store.server.abort();
    let away = seller.upload(path, &[("file", Some("a.jpg"), &picture)]).await;
    away.expect_problem(503, "unavailable");
    assert_eq!(seller.get("/v1/products/vase").await.expect(200)["images"], json!([]));
    assert_eq!(store.objects(), [""; 0]);
    app.stop().await;
}
