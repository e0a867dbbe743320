//! Health, the description, and what every address has in common.

mod description;
mod plans;
mod problems;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use testing::TestApp;

#[tokio::test]
async fn the_server_is_healthy_and_ready() {
    let app = TestApp::start().await;
    app.anonymous().get("/healthz").await.expect(200);
    app.anonymous().get("/readyz").await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_problems() {
    let app = TestApp::start().await;
    app.anonymous().get("/nowhere").await.expect_problem(404, "not_found");
    app.anonymous().delete("/healthz").await.expect_problem(405, "method_not_allowed");
    app.stop().await;
}

/// Each statement of each feature is in the subset that this engine takes, with the types it says.
#[tokio::test]
async fn every_statement_can_be_prepared() {
    let app = TestApp::start().await;
    let failures = app.market.db.check_statements(&marketplace::statements()).await;
    let failures: Vec<String> =
        failures.iter().map(|(stmt, error)| format!("{}: {error}", stmt.location())).collect();
    assert_eq!(failures, Vec::<String>::new());
    app.stop().await;
}

/// A statement that is missing from its feature's list would never be prepared by the test above. Counted by
/// file: what is written there against what is listed.
#[test]
fn every_statement_is_listed() {
    let mut listed = BTreeMap::<String, usize>::new();
    for stmt in marketplace::statements() {
        *listed.entry(stmt.location().file().to_owned()).or_default() += 1;
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let is_statement =
        |line: &&str| line.contains("static ") && (line.contains(": Stmt =") || line.contains(": Insert ="));
    for file in sources(&workspace.join("crates/marketplace/src")) {
        let written = std::fs::read_to_string(&file).unwrap().lines().filter(is_statement).count();
        let name = file.strip_prefix(workspace).unwrap().display().to_string();
        let listed = listed.get(&name).copied().unwrap_or(0);
        assert!(listed >= written, "{name} has {written} statements, {listed} are listed");
    }
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let files = files.into_iter().filter(|path| path.extension().is_some_and(|ext| ext == "rs"));
    files.chain(folders.iter().flat_map(|folder| sources(folder))).collect()
}

/// The tests that docs/SECURITY.md names as proof are there.
#[test]
fn the_proofs_of_the_security_page_exist() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let page = std::fs::read_to_string(workspace.join("docs/SECURITY.md")).unwrap();
    let named = page.split('`').skip(1).step_by(2).filter(|text| text.contains("::") && !text.contains('*'));
    for name in named {
        let parts: Vec<&str> = name.split("::").collect();
        if !workspace.join("tests").join(parts[0]).is_dir() {
            continue;
        }
        let path = |count: usize| workspace.join("tests").join(parts[..count].join("/")).with_extension("rs");
        let folder = workspace.join("tests").join(parts[0]).join("mod.rs");
        let is_there = match parts.as_slice() {
            [_, last] => path(2).is_file() || holds(&folder, last),
            [_, _, test] => holds(&path(2), test),
            _ => false,
        };
        assert!(is_there, "docs/SECURITY.md names `{name}`, and there is no such test");
    }
}

fn holds(file: &Path, test: &str) -> bool {
    std::fs::read_to_string(file).is_ok_and(|text| text.contains(&format!("fn {test}(")))
}
