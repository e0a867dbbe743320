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
