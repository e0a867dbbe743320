//! The access matrix: every operation that the server describes, asked for by everybody, with the answer that
//! each must get. An operation without a row fails the test: add one line to the table of its feature.

mod cell;
mod table_accounts;
mod table_admin;
mod table_catalogue;
mod table_orders;
mod table_pricing;
mod table_vendors;
mod who;
mod world;

use std::collections::BTreeSet;

use cell::{Row, check};
use testing::TestApp;
use world::World;

fn all_rows() -> Vec<Row> {
    [
        table_accounts::rows(),
        table_admin::rows(),
        table_catalogue::rows(),
        table_orders::rows(),
        table_pricing::rows(),
        table_vendors::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Every operation of `/openapi.json` has a row, and every row is an operation.
#[tokio::test]
async fn every_operation_has_a_row() {
    let app = TestApp::start().await;
    let description = app.anonymous().get("/openapi.json").await.expect(200);
    let paths = description["paths"].as_object().expect("there are paths");
    let described: BTreeSet<String> = paths
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("a path has methods");
            methods.keys().map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let rows: BTreeSet<String> = all_rows().into_iter().map(|row| row.operation.to_owned()).collect();
    let lacking: Vec<_> = described.difference(&rows).collect();
    let unknown: Vec<_> = rows.difference(&described).collect();
    assert!(
        lacking.is_empty(),
        "who may do this? Add a line to tests/access/table_….rs for each of these: {lacking:#?}"
    );
    assert!(unknown.is_empty(), "rows of operations that the server does not have: {unknown:#?}");
    app.stop().await;
}

async fn run(rows: Vec<Row>) {
    let world = World::make().await;
    let mut wrong = Vec::new();
    for row in &rows {
        check(&world, row, &mut wrong).await;
    }
    assert!(wrong.is_empty(), "{} cells are wrong:\n{}", wrong.len(), wrong.join("\n"));
    world.app.stop().await;
}

#[tokio::test]
async fn accounts() {
    run(table_accounts::rows()).await;
}

#[tokio::test]
async fn admin() {
    run(table_admin::rows()).await;
}

#[tokio::test]
async fn catalogue() {
    run(table_catalogue::rows()).await;
}

#[tokio::test]
async fn orders() {
    run(table_orders::rows()).await;
}

#[tokio::test]
async fn pricing() {
    run(table_pricing::rows()).await;
}

#[tokio::test]
async fn vendors() {
    run(table_vendors::rows()).await;
}
