//! Whoever touches the audit log in the database is found out by the doctor.

use db::{Stmt, params};
use testing::{TestApp, json};

static ALTER: Stmt = Stmt::new("UPDATE audit_entries SET actor_id = 7 WHERE place = 2");
static REMOVE: Stmt = Stmt::new("DELETE FROM audit_entries WHERE place = 2");
static REMOVE_LAST: Stmt = Stmt::new("DELETE FROM audit_entries WHERE place = 3");
static REMOVE_ALL: Stmt = Stmt::new("DELETE FROM audit_entries");
static INSERT: Stmt = Stmt::new(
    "INSERT INTO audit_entries (chain, place, id, at, actor_id, role, action, changes, hash)
     SELECT chain, 4, id + 1, at, actor_id, role, action, changes, hash FROM audit_entries WHERE place = 3",
);
static SWAP: Stmt = Stmt::new(
    "UPDATE audit_entries SET changes = '{}', hash = (SELECT hash FROM audit_entries e WHERE e.place = 1)
     WHERE place = 3",
);

#[tokio::test]
async fn every_kind_of_tampering_is_named() {
    let cases: [(&'static Stmt, &str); 6] = [
        (&ALTER, "entry 2 "),
        (&REMOVE, "the entries 2 to 2 were removed"),
        (&REMOVE_LAST, "the entries 3 to 3 were removed"),
        (&REMOVE_ALL, "all 3 entries were removed"),
        (&INSERT, "entry 4 "),
        (&SWAP, "entry 3 "),
    ];
    for (tamper, expected) in cases {
        let app = TestApp::start().await;
        let admin = app.admin().await;
        for name in ["A", "B", "C"] {
            admin.post("/v1/admin/categories", json!({"name": name})).await.expect(201);
        }
        assert_eq!(app.violations().await, [""; 0]);
        let done: db::Result<u64> =
            app.market.db.write(async move |tx| tx.exec(tamper, params![]).await).await;
        assert!(done.unwrap() > 0);
        let found = app.violations().await;
        assert!(
            found
                .iter()
                .any(|violation| violation.starts_with("audit_log_is_unbroken: the operators' log: ")
                    && violation.contains(expected)),
            "{expected}: {found:?}"
        );
        app.stop_unexamined().await;
    }
}
