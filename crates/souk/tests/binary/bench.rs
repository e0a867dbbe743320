//! `souk bench`, on small databases for the moment.

use serde_json::Value;

use crate::souk::Place;

/// Runs a scenario and answers its report.
fn report(arguments: &[&str]) -> Value {
    let place = Place::new();
    let small = ["--products", "60", "--shops", "5", "--warm-up", "0", "--rounds", "1", "--json"];
    let printed = place.run(&[&["bench"], arguments, &small].concat()).expect_success();
    assert!(!place.database().exists(), "it measures on a database of its own");
    let report: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(report["violations"], Value::Array(Vec::new()), "{report}");
    report
}

#[test]
fn checkouts_are_measured_beside_the_bare_loop() {
    let report = report(&["checkout", "-c", "4", "--seconds", "1", "--limit", "--orders", "200"]);
    let [souk, bare] = report["figures"].as_array().unwrap().as_slice() else { panic!("{report}") };
    assert!(souk["done"].as_u64() > Some(0) && bare["done"].as_u64() > Some(0), "{report}");
    assert!(souk["refused"].is_null(), "{report}");
    assert!(souk["percent_of_limit"].is_u64(), "{report}");
}

#[test]
fn a_flash_sale_sells_exactly_what_there_is() {
    let report = report(&["flash-sale", "--buyers", "20", "--units", "7", "--sellers", "3"]);
    assert_eq!(report["figures"][0]["done"], 7);
    assert_eq!(report["figures"][0]["refused"]["409 insufficient_stock"], 13);
}

#[test]
fn journeys_go_all_the_way() {
    let report = report(&["journey", "-c", "2", "--seconds", "2", "--extent", "deliver"]);
    assert!(report["figures"][0]["done"].as_u64() > Some(0), "{report}");
    assert!(report["figures"][0]["refused"].is_null(), "{report}");
}

#[test]
fn reads_are_measured_beside_a_bare_route() {
    let report = report(&["reads", "--what", "mix", "-c", "2", "--seconds", "1"]);
    assert!(report["figures"][1]["done"].as_u64() > Some(0), "{report}");
}

/// It fills databases with test data: not one that somebody lives in.
#[test]
fn somebodys_marketplace_is_left_alone() {
    let place = Place::new();
    place.serve(&["--demo"]).stop();
    let arguments = ["bench", "seed", "--products", "10", "--data-dir", "souk-data"];
    let refusal = place.run(&[&arguments[..], &["--log", "off"]].concat()).expect_failure(1);
    assert!(refusal.contains("a marketplace that the bench did not make"), "{refusal}");
}
