//! Periodic work: what has had its time goes, the rest stays.

use db::{Stmt, params};
use testing::TestApp;

static ADD_THROTTLE: Stmt =
    Stmt::new("INSERT INTO throttles (bucket, window_ends_at, hits) VALUES ($1, $2, 1)");
static ADD_KEY: Stmt = Stmt::new(
    "INSERT INTO idempotency_keys (owner, key, request_hash, status, body, created_at, expires_at)
     VALUES ('usr_x', $1, $2, 200, '{}', 0, $3)",
);
static ADD_MAIL: Stmt = Stmt::new(
    "INSERT INTO mailbox (id, recipient, subject, text_body, html_body, sent_at)
     VALUES ($1, 'ana@example.com', 'Hello', '', '', 0)",
);
static THROTTLES: Stmt = Stmt::new("SELECT bucket FROM throttles ORDER BY bucket");
static KEYS: Stmt = Stmt::new("SELECT key FROM idempotency_keys ORDER BY key");
static MAILS: Stmt = Stmt::new("SELECT COUNT(*), MIN(id) FROM mailbox");

#[tokio::test]
async fn what_has_had_its_time_goes() {
    let app = TestApp::start().await;
    let now = app.market.now();
    let add = async move |tx: &mut db::Tx| {
        for (name, seconds) in [("over", -1), ("runs", 60)] {
            let ends = now.plus_seconds(seconds);
            tx.exec_n(1, &ADD_THROTTLE, params![name, ends]).await?;
            tx.exec_n(1, &ADD_KEY, params![name, [0_u8; 32], ends]).await?;
        }
        tx.exec_n(1, &ADD_KEY, params!["for ever", [0_u8; 32], None::<i64>]).await
    };
    app.market.db.write(add).await.unwrap();
    app.worker().sweep().await;
    app.worker().sweep().await;
    let mut conn = app.market.db.read().await.unwrap();
    let throttles: Vec<(String,)> = conn.all(&THROTTLES, &[]).await.unwrap();
    let keys: Vec<(String,)> = conn.all(&KEYS, &[]).await.unwrap();
    drop(conn);
    assert_eq!(throttles, [("runs".to_owned(),)]);
    assert_eq!(keys, [("for ever".to_owned(),), ("runs".to_owned(),)]);
    app.stop().await;
}

/// The mailbox of a long test run does not fill the disk: the oldest mails go.
#[tokio::test]
async fn the_mailbox_keeps_the_newest_mails() {
    let app = TestApp::start().await;
    let most = marketplace::mail::mailbox::MOST;
    let add = async move |tx: &mut db::Tx| {
        let rows: Vec<_> = (0..most + 5).map(|id| [db::Value::Int(id)]).collect();
        tx.exec_each(&ADD_MAIL, &rows).await.map(drop)
    };
    app.market.db.write(add).await.unwrap();
    app.worker().sweep().await;
    let mut conn = app.market.db.read().await.unwrap();
    let (mails, oldest): (i64, i64) = conn.one(&MAILS, &[]).await.unwrap();
    drop(conn);
    assert_eq!((mails, oldest), (most, 5));
    app.stop().await;
}
