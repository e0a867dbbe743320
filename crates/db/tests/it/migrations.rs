//! Schema changes: applied once, by whoever comes first.

use souk_db::{Db, Error, Migration, SchemaState, Stmt, params};

use crate::{
    on_both_engines,
    scratch::{SCHEMA, Scratch},
};

on_both_engines!(
    what_is_applied_is_not_applied_again,
    nodes_that_start_together_take_turns,
    a_newer_schema_is_refused,
    a_changed_migration_is_refused,
    a_failing_migration_leaves_nothing,
    a_list_out_of_order_is_refused,
    an_engine_can_have_its_own_text,
);

const TAGS: Migration = Migration::new(
    2,
    "tags",
    "CREATE TABLE tags (id {ID}, colour {BLOB}); INSERT INTO tags (id) VALUES (1), (2);",
);
static TAG_COUNT: Stmt = Stmt::new("SELECT COUNT(*) FROM tags");

async fn tags(db: &Db) -> Result<i64, Error> {
    Ok(db.read().await?.one::<(i64,)>(&TAG_COUNT, params![]).await?.0)
}

async fn what_is_applied_is_not_applied_again(scratch: &Scratch) {
    let db = &scratch.db;
    let list = [SCHEMA, TAGS];
    assert_eq!(db.schema_state(&list).await.unwrap(), SchemaState::Behind(vec![2]));
    let first = db.migrate(&list).await.unwrap();
    assert_eq!((first.applied, first.version), (vec![2], 2));
    let second = db.migrate(&list).await.unwrap();
    assert_eq!((second.applied, second.version), (vec![], 2));
    assert_eq!(db.schema_state(&list).await.unwrap(), SchemaState::Current);
    assert_eq!(tags(db).await.unwrap(), 2);
}

async fn nodes_that_start_together_take_turns(scratch: &Scratch) {
    let nodes = (0..6).map(|_| {
        let config = scratch.config.clone();
        tokio::spawn(async move {
            let db = Db::open(&config).await.unwrap();
            let applied = db.migrate(&[SCHEMA, TAGS]).await.unwrap().applied;
            db.close().await;
            applied
        })
    });
    let mut applied = Vec::new();
    for node in nodes.collect::<Vec<_>>() {
        applied.extend(node.await.unwrap());
    }
    assert_eq!(applied, [2]);
    assert_eq!(tags(&scratch.db).await.unwrap(), 2);
}

async fn a_newer_schema_is_refused(scratch: &Scratch) {
    scratch.db.migrate(&[SCHEMA, TAGS]).await.unwrap();
    let state = scratch.db.schema_state(&[SCHEMA]).await.unwrap();
    assert_eq!(state, SchemaState::Newer { found: 2, known: 1 });
    let refused = scratch.db.migrate(&[SCHEMA]).await;
    assert!(matches!(refused, Err(Error::NewerSchema { found: 2, known: 1 })), "{refused:?}");
}

async fn a_changed_migration_is_refused(scratch: &Scratch) {
    let changed = Migration::new(1, "scratch tables", "CREATE TABLE other (id {ID})");
    let refused = scratch.db.migrate(&[changed, TAGS]).await;
    assert!(matches!(refused, Err(Error::ChangedMigration { version: 1, .. })), "{refused:?}");
    assert!(tags(&scratch.db).await.is_err(), "nothing was applied");
    // Other line ends are no change.
    let text: &'static str = SCHEMA.sql.replace('\n', "\r\n").leak();
    assert!(scratch.db.migrate(&[Migration::new(1, "scratch tables", text)]).await.is_ok());
}

async fn a_failing_migration_leaves_nothing(scratch: &Scratch) {
    let failing = Migration::new(3, "failing", "CREATE TABLE half (id {ID}); INSERT INTO nowhere VALUES (1)");
    let failed = scratch.db.migrate(&[SCHEMA, TAGS, failing]).await;
    assert!(matches!(failed, Err(Error::Migration { version: 3, name: "failing", .. })), "{failed:?}");
    assert_eq!(tags(&scratch.db).await.unwrap(), 2, "the step before is applied");
    let mended = Migration::new(3, "mended", "CREATE TABLE half (id {ID})");
    assert_eq!(scratch.db.migrate(&[SCHEMA, TAGS, mended]).await.unwrap().applied, [3]);
}

async fn a_list_out_of_order_is_refused(scratch: &Scratch) {
    let refused = scratch.db.migrate(&[TAGS, SCHEMA]).await;
    assert!(matches!(refused, Err(Error::UnorderedMigrations { version: 1 })), "{refused:?}");
}

async fn an_engine_can_have_its_own_text(scratch: &Scratch) {
    let own = Migration::with_postgres(
        2,
        "own",
        "CREATE TABLE tags (id {ID}); INSERT INTO tags (id) VALUES (1)",
        "CREATE TABLE tags (id {ID}) WITH (fillfactor = 80); INSERT INTO tags (id) VALUES (1)",
    );
    scratch.db.migrate(&[SCHEMA, own]).await.unwrap();
    assert_eq!(tags(&scratch.db).await.unwrap(), 1);
    assert!(scratch.db.migrate(&[SCHEMA, own]).await.unwrap().applied.is_empty());
}
