//! What the server says of itself.

use std::collections::BTreeSet;

use testing::{TestApp, Value};

/// Every value of the key `$ref`, wherever it stands.
fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_description_is_whole() {
    let app = TestApp::start().await;
    let description = app.anonymous().get("/openapi.json").await.expect(200);
    assert!(description["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    let schemas = description["components"]["schemas"].as_object().expect("there are schemas");
    let mut refers_to = BTreeSet::new();
    references(&description, &mut refers_to);
    let names = refers_to.iter().map(|reference| reference.trim_start_matches("#/components/schemas/"));
    let lacking: Vec<_> = names.filter(|name| !schemas.contains_key(*name)).collect();
    assert!(lacking.is_empty(), "referred to and not described: {lacking:?}");
    // One name for what differs in length or kind would describe all but one of them wrongly.
    for shared in ["Id", "Line", "Prose", "Present_Line", "Patch_Line"] {
        assert!(!schemas.contains_key(shared), "{shared} stands for many schemas");
    }
    assert_eq!(schemas["line_50"]["maxLength"], 50);
    assert!(schemas["usr_id"]["pattern"].as_str().is_some_and(|pattern| pattern.starts_with("^usr_")));
    app.stop().await;
}

#[tokio::test]
async fn every_operation_has_its_errors_and_an_example() {
    let app = TestApp::start().await;
    let description = app.anonymous().get("/openapi.json").await.expect(200);
    let paths = description["paths"].as_object().expect("there are paths");
    let mut lacking = Vec::new();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object().expect("a path has methods") {
            let responses = operation["responses"].as_object().expect("an operation has responses");
            if !responses.keys().any(|status| status.starts_with('4') || status.starts_with('5')) {
                lacking.push(format!("{method} {path}: no errors"));
            }
            if operation["security"].is_array() && !responses.contains_key("401") {
                lacking.push(format!("{method} {path}: no 401"));
            }
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
            if let Some(name) = schema.as_str().and_then(|name| name.rsplit('/').next()) {
                let body = &description["components"]["schemas"][name];
                if body["example"].is_null() && body["examples"].is_null() {
                    lacking.push(format!("{method} {path}: {name} has no example"));
                }
            }
        }
    }
    assert!(lacking.is_empty(), "{lacking:#?}");
    app.stop().await;
}
