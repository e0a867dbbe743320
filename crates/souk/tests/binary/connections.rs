//! What becomes of a connection when an answer comes before the request's body was read.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::souk::Place;

/// All that the server still says.
fn rest(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_refused_body_does_not_stand_in_the_way_of_the_next_request() {
    let place = Place::new();
    let server = place.serve(&[]);
    for (path, status) in [("/v1/vendor/imports", 401), ("/v1/auth/login", 413), ("/nowhere", 404)] {
        let mut stream = server.connect();
        let body = "x".repeat(4 << 20);
        let length = body.len();
        let head = format!("POST {path} HTTP/1.1\r\nHost: souk.test\r\nContent-Length: {length}\r\n\r\n");
        let next = "GET /healthz HTTP/1.1\r\nHost: souk.test\r\nConnection: close\r\n\r\n";
        stream.write_all([&head, body.as_str(), next].concat().as_bytes()).unwrap();
        let answers = rest(stream);
        assert!(answers.starts_with(&format!("HTTP/1.1 {status} ")), "{path}: {answers}");
        assert!(answers.contains("HTTP/1.1 200 OK"), "{path}: {answers}");
    }
    server.stop();
}

#[test]
fn a_body_that_is_far_too_long_is_not_waited_for() {
    let place = Place::new();
    let server = place.serve(&[]);
    for more in ["Content-Length: 99999999999\r\n", "Content-Length: 9\r\nExpect: 100-continue\r\n"] {
        let mut stream = server.connect();
        write!(stream, "POST /v1/vendor/imports HTTP/1.1\r\nHost: souk.test\r\n{more}\r\n").unwrap();
        let answer = rest(stream);
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
        assert!(answer.to_ascii_lowercase().contains("connection: close"), "{answer}");
    }
    server.stop();
}

/// What is sent, and the status and the code of the answer.
fn unreadable() -> Vec<(String, u16, &'static str)> {
    let (long, many) = ("x".repeat(200_000), "a: b\r\n".repeat(101));
    let bad = |text: &str| (text.to_owned(), 400, "malformed_request");
    vec![
        bad("what is this\r\n\r\n"),
        bad("GET / HTTP/3.7\r\n\r\n"),
        bad("G@T / HTTP/1.1\r\n\r\n"),
        bad("GET /\u{1} HTTP/1.1\r\nHost: souk.test\r\n\r\n"),
        bad("GET / HTTP/1.1\r\nHost souk.test\r\n\r\n"),
        bad("GET / HTTP/1.1\r\nHost: souk.test\r\na: \u{1}\r\n\r\n"),
        bad("POST / HTTP/1.1\r\nHost: souk.test\r\nContent-Length: many\r\n\r\n"),
        bad("POST / HTTP/1.1\r\nHost: souk.test\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
        bad("POST / HTTP/1.1\r\nHost: souk.test\r\nTransfer-Encoding: gzip\r\n\r\n"),
        bad("\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}\r\n\r\n"),
        (format!("GET /{long} HTTP/1.1\r\nHost: souk.test\r\n\r\n"), 431, "headers_too_large"),
        (format!("GET / HTTP/1.1\r\nHost: souk.test\r\n{many}\r\n"), 431, "headers_too_large"),
        (format!("GET / HTTP/1.1\r\na: {long}\r\n\r\n"), 431, "headers_too_large"),
    ]
}

#[test]
fn who_cannot_be_read_is_answered_a_problem() {
    let place = Place::new();
    let server = place.serve(&[]);
    let good = "GET /healthz HTTP/1.1\r\nHost: souk.test\r\n\r\n";
    for (text, status, code) in unreadable() {
        for before in ["", good] {
            let mut stream = server.connect();
            stream.write_all([before, &text].concat().as_bytes()).unwrap();
            let answers = rest(stream);
            let shown = format!("{:?}: {answers}", &text[..text.len().min(80)]);
            let place = answers.find(&format!("HTTP/1.1 {status} ")).expect(&shown);
            assert_eq!(answers[..place].contains("HTTP/1.1 200 OK"), !before.is_empty(), "{shown}");
            let (head, body) = answers[place..].split_once("\r\n\r\n").expect(&shown);
            let head = head.to_ascii_lowercase();
            let problem: serde_json::Value = serde_json::from_str(body).expect(&shown);
            assert_eq!((&problem["code"], &problem["status"]), (&code.into(), &status.into()), "{shown}");
            assert_eq!(problem["type"], format!("http://{}/problems/{code}", server.address), "{shown}");
            let id = problem["request_id"].as_str().unwrap();
            for header in [
                "content-type: application/problem+json",
                "connection: close",
                "cache-control: no-store",
                &format!("content-length: {}", body.len()),
                &format!("x-request-id: {}", id.to_ascii_lowercase()),
            ] {
                assert_eq!(head.lines().filter(|line| *line == header).count(), 1, "{header} in {shown}");
            }
            assert!(head.contains("date: "), "{shown}");
        }
    }
    server.stop();
}

/// What routes answer is never taken for hyper's own, however it is asked for.
#[test]
fn answers_of_routes_stay_as_they_are() {
    let place = Place::new();
    let server = place.serve(&[]);
    let asked =
        ["GET /healthz", "HEAD /nowhere", "GET /nowhere", "HEAD /healthz", "OPTIONS *", "DELETE /healthz"];
    let mut stream = server.connect();
    for (number, what) in asked.iter().enumerate() {
        let last = if number + 1 == asked.len() { "Connection: close\r\n" } else { "" };
        write!(stream, "{what} HTTP/1.1\r\nHost: souk.test\r\n{last}\r\n").unwrap();
    }
    let answers = rest(stream);
    let heads: Vec<&str> = answers.split("HTTP/1.1 ").skip(1).collect();
    let statuses: Vec<&str> = heads.iter().map(|head| &head[..3]).collect();
    assert_eq!(statuses, ["200", "404", "404", "200", "404", "405"], "{answers}");
    for (what, head) in asked.iter().zip(&heads) {
        let body = head.split_once("\r\n\r\n").unwrap().1;
        assert_eq!(body.is_empty(), what.starts_with("HEAD"), "{what}: {head}");
        assert_eq!(head.matches("x-request-id: ").count(), 1, "{what}: {head}");
    }
    server.stop();
}
