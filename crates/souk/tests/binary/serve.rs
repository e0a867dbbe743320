//! Start and end of the server.

use std::net::TcpListener;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use db::{Config, Db, Tx};
use serde_json::json;

use crate::souk::{Place, Response, Server};

/// What the server answers, once it answers so; whoever connects too early is refused.
fn ask_until(server: &Server, path: &str, status: u16) -> Response {
    let began = Instant::now();
    loop {
        let answer = server.try_request("GET", path, &[], "");
        if let Some(answer) = answer.filter(|answer| answer.status == status) {
            return answer;
        }
        assert!(began.elapsed() < Duration::from_mins(1), "{path} is never answered {status}");
        std::thread::yield_now();
    }
}

/// While something else keeps the database, the server lives and says that it is not ready.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn until_it_is_ready_it_says_so() {
    let place = Place::new();
    place.run(&["migrate"]).expect_success();
    let db = Db::open(&Config::new(format!("sqlite://{}", place.database().display()))).await.unwrap();
    let (let_go, told) = mpsc::channel::<()>();
    let (holding, held) = mpsc::channel();
    let (told, holder) = (std::sync::Mutex::new(told), db.clone());
    let keeper = tokio::spawn(async move {
        let keep = async move |_: &mut Tx| {
            holding.send(()).unwrap();
            let _ = told.lock().unwrap().recv();
            Ok(())
        };
        let kept: db::Result<()> = holder.write(keep).await;
        kept
    });
    held.recv().unwrap();

    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = place.begin_to_serve(port);
    ask_until(&server, "/healthz", 200);
    for path in ["/readyz", "/v1/products"] {
        let answer = ask_until(&server, path, 503);
        let problem = answer.expect(503);
        assert_eq!(
            (problem["code"].as_str(), answer.header("retry-after")),
            (Some("unavailable"), Some("1"))
        );
        assert!(problem["request_id"].as_str().is_some_and(|id| id.starts_with("req_")), "{problem}");
        assert_eq!(problem["request_id"].as_str(), answer.header("x-request-id"));
    }
    let_go.send(()).unwrap();
    keeper.await.unwrap().unwrap();
    db.close().await;
    ask_until(&server, "/readyz", 200);
    ask_until(&server, "/v1/products", 200);
    server.stop();
}

#[test]
fn it_starts_says_where_everything_is_and_ends() {
    let place = Place::new();
    let server = place.serve(&[]);
    server.get("/readyz").expect(200);
    server.get("/openapi.json").expect(200);
    let address = server.address.clone();
    let printed = server.stop();
    for said in [
        format!("http://{address}/docs"),
        place.path().canonicalize().unwrap().join("souk-data").display().to_string(),
        format!("http://{address}/dev/mailbox"),
        "THE THROTTLE IS OFF".to_owned(),
    ] {
        assert!(printed.contains(&said), "{said} is not in {printed}");
    }
}

#[test]
fn an_interrupt_ends_it_as_well() {
    let place = Place::new();
    let server = place.serve(&[]);
    server.signal("INT");
    assert_eq!(server.wait().code(), Some(0));
}

/// The demo is made once, can be logged in to, and is sound.
#[test]
fn a_demo_can_be_looked_around_in() {
    let place = Place::new();
    let first = place.serve(&["--demo"]);
    let products = first.get("/v1/products?limit=100").expect(200);
    assert_eq!(products["data"].as_array().unwrap().len(), 30);
    let printed = first.stop();
    let again = place.serve(&["--demo"]);
    assert_eq!(again.get("/v1/products?limit=100").expect(200), products);
    assert_eq!(again.get("/v1/vendors").expect(200)["data"].as_array().unwrap().len(), 3);
    let accounts: Vec<&str> = printed.lines().filter(|line| line.contains("@souk.example")).collect();
    assert_eq!(accounts.len(), 5, "{printed}");
    for account in accounts {
        let words: Vec<&str> = account.split_whitespace().collect();
        let login = json!({ "email": words[2], "password": words[4] });
        again.post("/v1/auth/login", &login).expect(200);
    }
    place.run(&["doctor"]).expect_success();
}
