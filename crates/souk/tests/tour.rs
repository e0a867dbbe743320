//! The tour of the README, run step by step against a real server.

#![expect(clippy::expect_used, reason = "a test that can't be set up is to panic")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The program under test.
const SOUK: &str = env!("CARGO_BIN_EXE_souk");

/// A server that ends with the test.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(data: &Path) -> Self {
        let mut process = Command::new(SOUK)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("SOUK_DATA_DIR", data)
            .current_dir(data)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let lines = BufReader::new(process.stdout.take().expect("its output is piped")).lines();
        let url = lines
            .map_while(Result::ok)
            .find_map(|line| {
                line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned)
            })
            .expect("it prints its address");
        Self { process, url }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A server that has ended by itself can't be ended again.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The blocks of the README that are marked as steps of the tour.
fn steps() -> String {
    let readme = include_str!("../../../README.md");
    let blocks = readme.split("```sh tour\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap_or_default()).collect()
}

/// The last characters of an output: where it stopped.
fn end_of(output: &str) -> String {
    let start = output.char_indices().rev().nth(6_000).map_or(0, |(place, _)| place);
    output[start..].to_owned()
}

#[test]
fn the_readme_tells_the_truth() {
    let data = tempfile::tempdir().expect("a folder for the server");
    let server = Server::start(data.path());
    let bin = Path::new(SOUK).parent().expect("the program lies in a folder");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let ran = Command::new("bash")
        .args(["-c", &format!("exec 2>&1; set -euxo pipefail\n{}", steps())])
        .env("PATH", path)
        .env("SOUK", &server.url)
        .env("SOUK_DATA_DIR", data.path())
        .current_dir(data.path())
        .output()
        .expect("bash runs");
    assert!(ran.status.success(), "{}", end_of(&String::from_utf8_lossy(&ran.stdout)));
}
