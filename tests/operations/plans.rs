//! How the statements are planned.

use std::collections::BTreeSet;

use db::{Db, Engine, Stmt, Tx, params};
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
    let scanning = match app.market.db.engine() {
        Engine::Sqlite => scanning_on_sqlite(&Connection::open(app.data_dir().join("souk.db")).unwrap()),
        Engine::Postgres => scanning_on_postgres(&app.market.db).await,
    };
    assert_eq!(scanning, Vec::<String>::new());
    app.stop().await;
}

/// Statistics are of a moment at which hardly a job waited, and then a sale leaves ten thousand: whoever takes a few
/// of them must not look through all.
#[tokio::test]
async fn jobs_are_taken_by_their_ids_whatever_the_statistics_say() {
    let app = TestApp::start().await;
    if app.market.db.engine() == Engine::Sqlite {
        let file = Connection::open(app.data_dir().join("souk.db")).unwrap();
        let few =
            "INSERT INTO sqlite_stat1 VALUES ('jobs', 'jobs_by_due', '58 58 1 1'), ('jobs', NULL, '58')";
        let told = format!("ANALYZE; DELETE FROM sqlite_stat1; {few}; ANALYZE sqlite_schema");
        file.execute_batch(&told).unwrap();
        let texts = marketplace::statements().into_iter().map(|stmt| stmt.text_for(Engine::Sqlite));
        let takes: Vec<&str> = texts.filter(|text| text.contains("UPDATE jobs")).collect();
        assert!(takes.iter().any(|text| text.contains("LIMIT")), "{takes:?}");
        for text in takes {
            assert!(!scanned(&file, text).contains(&"jobs".to_owned()), "{text}");
        }
    }
    app.stop().await;
}

/// Those that neither stop early nor are meant to look at everything.
fn statements(engine: Engine) -> impl Iterator<Item = (&'static Stmt, &'static str)> {
    let all = marketplace::statements().into_iter().map(move |stmt| (stmt, stmt.text_for(engine)));
    all.filter(|(stmt, text)| {
        let file = stmt.location().file();
        let counts = text.contains("COUNT(*)") && COUNTING.iter().any(|name| file.ends_with(name));
        !text.contains("LIMIT") && !counts && !file.contains("/doctor/")
    })
}

fn scanning_on_sqlite(file: &Connection) -> Vec<String> {
    let tables = growing_tables(file);
    let mut scanning = Vec::new();
    for (stmt, text) in statements(Engine::Sqlite) {
        let names = scanned(file, text).into_iter().filter(|name| is_one_of(&tables, name, text));
        scanning.extend(names.map(|name| format!("{}: {name}", stmt.location())));
    }
    scanning
}

/// A plan lives as long as its connection, which may have made it when the tables were empty: what is right then
/// has to be right when they are full.
async fn scanning_on_postgres(db: &Db) -> Vec<String> {
    let mut conn = db.read().await.unwrap();
    // Not `pg_indexes`, which looks into the schemas of other tests while they go.
    let partial = "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                   WHERE i.indpred IS NOT NULL AND c.relnamespace = to_regnamespace(current_schema())";
    let partial: Vec<(String,)> = conn.all(leak(partial.to_owned()), params![]).await.unwrap();
    let mut scanning = Vec::new();
    for (stmt, text) in statements(Engine::Postgres) {
        let plan = plan_of_writer(db, text).await;
        let bare = bare_scans(&plan).into_iter().filter(|node| {
            let words: Vec<&str> = node.split_whitespace().collect();
            let is_small = words.iter().any(|word| SMALL.contains(word));
            !is_small && !partial.iter().any(|(index,)| words.contains(&index.as_str()))
        });
        scanning.extend(bare.map(|node| format!("{}: {node}", stmt.location())));
    }
    scanning
}

/// How a connection that writes plans a statement.
async fn plan_of_writer(db: &Db, text: &str) -> Vec<String> {
    let parameters = (1..=u16::MAX).take_while(|number| text.contains(&format!("${number}"))).count();
    let nothing = vec!["NULL"; parameters].join(", ");
    let given = if parameters == 0 { String::new() } else { format!("({nothing})") };
    let prepare = leak(format!("PREPARE examined AS {text}"));
    let explain = leak(format!("EXPLAIN (COSTS OFF) EXECUTE examined{given}"));
    let forget = leak("DEALLOCATE examined".to_owned());
    let examine = async move |tx: &mut Tx| {
        tx.exec(prepare, params![]).await?;
        let lines: Vec<(String,)> = tx.all(explain, params![]).await?;
        tx.exec(forget, params![]).await?;
        Ok::<_, db::Error>(lines)
    };
    db.write(examine).await.unwrap().into_iter().map(|(line,)| line).collect()
}

/// Statements are static: those that a test makes up live on.
fn leak(text: String) -> &'static Stmt {
    Box::leak(Box::new(Stmt::new(text.leak())))
}

/// The steps of a plan that go through a table or an index from one end to the other.
fn bare_scans(plan: &[String]) -> Vec<String> {
    let is_step = |line: &str| line.contains("-> ") || !line.starts_with(' ');
    let mut bare = Vec::new();
    for (at, line) in plan.iter().enumerate() {
        let by_index = line.contains("Index Scan using") || line.contains("Index Only Scan using");
        let mut own = plan[at + 1..].iter().take_while(|line| !is_step(line));
        if line.contains("Seq Scan on") || (by_index && !own.any(|line| line.contains("Index Cond:"))) {
            bare.push(line.trim().to_owned());
        }
    }
    bare
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
