//! What can't be is said in one line, with an exit code that is not 0.

use std::net::TcpListener;

use crate::souk::Place;

#[test]
fn a_port_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let place = Place::new();
    let line = place.run(&["serve", "--listen", &address]).expect_failure(1);
    assert!(line.contains(&address) && line.contains("in use"), "{line}");
    assert!(!place.database().exists(), "nothing was touched");
}

#[test]
fn a_wrong_setting_names_itself() {
    let place = Place::new();
    std::fs::write(place.path().join("souk.toml"), "[smtp]\nulr = \"smtp://mail\"\n").unwrap();
    let line = place.run(&["serve"]).expect_failure(1);
    assert!(line.contains("souk.toml:2") && line.contains("smtp.ulr"), "{line}");
    let line = place.run(&["config"]).expect_failure(1);
    assert!(line.contains("souk.toml:2"), "{line}");
}

#[test]
fn an_unknown_variable_names_itself() {
    let output = Place::new().souk(&["serve"]).env("SOUK_CURENCY", "EUR").output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("SOUK_CURENCY"), "{stderr}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_folder_that_is_a_file() {
    let place = Place::new();
    std::fs::write(place.path().join("souk-data"), "").unwrap();
    let line = place.run(&["serve", "--listen", "127.0.0.1:0"]).expect_failure(1);
    assert!(line.contains("souk-data"), "{line}");
}

#[test]
fn a_file_that_is_no_database() {
    let place = Place::new();
    std::fs::create_dir(place.path().join("souk-data")).unwrap();
    std::fs::write(
        place.database(),
        "not a database, but long enough to be read as the head of one".repeat(20),
    )
    .unwrap();
    let line = place.run(&["serve", "--listen", "127.0.0.1:0"]).expect_failure(1);
    assert!(line.contains("database"), "{line}");
}

#[test]
fn a_postgresql_that_is_not_there() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://souk:s3cret@127.0.0.1:{free}/souk");
    let line =
        Place::new().run(&["serve", "--listen", "127.0.0.1:0", "--database-url", &url]).expect_failure(1);
    assert!(line.contains("cannot be reached") && line.contains(&free.to_string()), "{line}");
    assert!(!line.contains("s3cret"), "{line}");
}

#[test]
fn a_damaged_key() {
    let place = Place::new();
    place.serve(&[]).stop();
    std::fs::write(place.path().join("souk-data/keys/signing.pkcs8"), "damaged").unwrap();
    let line = place.run(&["serve", "--listen", "127.0.0.1:0"]).expect_failure(1);
    assert!(line.contains("signing.pkcs8"), "{line}");
}
