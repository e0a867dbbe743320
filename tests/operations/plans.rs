//! How the statements are planned.

use std::collections::BTreeSet;

use db::Engine;
use rusqlite::Connection;
use testing::TestApp;

/// Tables that stay small: settings, and what is swept or given out by the operator alone.
const SMALL: [&str; 11] = [
    "catalogue_imports",
    "categories",
    "jobs",
    "mailbox",
    "nodes",
    "pending_registrations",
    "setting_values",
    "signing_keys",
    "tax_rates",
    "throttles",
    "vendor_invitations",
];

/// Statements that count everything, where that is what is asked: how long a list without a filter is, how much
/// a rebuild of the search has to read.
const COUNTING: [&str; 2] = ["catalog/search/statements.rs", "search/store.rs"];

/// No statement reads a table that grows from one end to the other: each finds its rows by an index, or takes
/// the first ones. Only the doctor looks at everything.
#[tokio::test]
async fn no_statement_scans_a_table_that_grows() {
    let app = TestApp::start().await;
    if app.market.db.engine() != Engine::Sqlite {
        return app.stop().await;
    }
    let file = Connection::open(app.data_dir().join("souk.db")).unwrap();
    let tables = growing_tables(&file);
    let mut scanning = Vec::new();
    for stmt in marketplace::statements() {
        let text = stmt.text_for(Engine::Sqlite);
        let file_name = stmt.location().file();
        let counts = text.contains("COUNT(*)") && COUNTING.iter().any(|name| file_name.ends_with(name));
        if text.contains("LIMIT") || counts || file_name.contains("/doctor/") {
            continue;
        }
        let names = scanned(&file, text).into_iter().filter(|name| is_one_of(&tables, name, text));
        scanning.extend(names.map(|name| format!("{}: {name}", stmt.location())));
    }
    assert_eq!(scanning, Vec::<String>::new());
    app.stop().await;
}

fn growing_tables(file: &Connection) -> BTreeSet<String> {
    let mut found = file.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").unwrap();
    let names = found.query_map([], |row| row.get::<_, String>(0)).unwrap();
    names.map(Result::unwrap).filter(|name| !SMALL.contains(&name.as_str())).collect()
}

/// What a statement's plan goes through from one end to the other, as the statement calls it.
fn scanned(file: &Connection, text: &str) -> Vec<String> {
    let mut explained = file.prepare(&format!("EXPLAIN QUERY PLAN {text}")).unwrap();
    for place in 1..=explained.parameter_count() {
        explained.raw_bind_parameter(place, 1).unwrap();
    }
    let mut steps = explained.raw_query();
    let mut scanned = Vec::new();
    while let Some(step) = steps.next().unwrap() {
        let step: String = step.get(3).unwrap();
        let name = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
        scanned.extend(name.map(str::to_owned));
    }
    scanned
}

/// Whether a name in a statement stands for one of the tables: it is one, or is written behind one.
fn is_one_of(tables: &BTreeSet<String>, name: &str, text: &str) -> bool {
    let words: Vec<&str> = text
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .filter(|w| !w.is_empty())
        .collect();
    let named = |pair: &[&str]| tables.contains(pair[0]) && pair[1] == name;
    let without_as: Vec<&str> = words.into_iter().filter(|word| *word != "AS").collect();
    tables.contains(name) || without_as.windows(2).any(named)
}
