//! The search index on the disk: it outlives a kill, heals, and is built anew beside a server.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::souk::{Place, Server};

impl Place {
    /// The generation of the index that counts, once there is one.
    fn generation(&self) -> PathBuf {
        let folder = self.path().join("souk-data/search");
        let name = std::fs::read_to_string(folder.join("current")).unwrap();
        folder.join(name)
    }
}

/// A word of the demo with a slip.
const SLIP: &str = "lantren";

/// Waits until a word with a slip is found, which only the index forgives.
fn wait_for_index(server: &Server, slip: &str) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while Instant::now() < deadline {
        let list = server.get(&format!("/v1/products?q={slip}")).expect(200);
        if list["total"].as_i64().unwrap() > 0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("{slip} was never found");
}

#[test]
fn it_outlives_a_kill_and_heals() {
    let place = Place::new();
    let first = place.serve(&["--demo"]);
    wait_for_index(&first, SLIP);
    let generation = place.generation();
    first.signal("KILL");
    first.wait();

    let again = place.serve(&[]);
    wait_for_index(&again, SLIP);
    assert_eq!(place.generation(), generation, "it goes on with the same index");
    again.signal("KILL");
    again.wait();

    for entry in std::fs::read_dir(&generation).unwrap() {
        let path = entry.unwrap().path();
        let length = std::fs::metadata(&path).unwrap().len();
        if length > 8 && path.extension().is_some_and(|extension| extension != "json") {
            std::fs::write(&path, vec![0x5A; usize::try_from(length / 2).unwrap()]).unwrap();
        }
    }
    let healed = place.serve(&[]);
    wait_for_index(&healed, SLIP);
    assert_ne!(place.generation(), generation, "another one was made");
    healed.stop();
}

#[test]
fn it_is_built_anew_beside_a_server() {
    let place = Place::new();
    let server = place.serve(&["--demo"]);
    wait_for_index(&server, SLIP);
    let generation = place.generation();
    let said = place.run(&["search", "rebuild"]).expect_success();
    assert!(said.contains("30 products"), "{said}");
    assert_ne!(place.generation(), generation);
    wait_for_index(&server, SLIP);
    server.stop();
    place.run(&["search", "rebuild"]).expect_success();
}
