//! The only crate that names a database driver: pools, transactions, group commit, migrations.
//!
//! One statement text and one operation serve both engines. A feature writes its statements once,
//! in the subset that SQLite and PostgreSQL share, and runs them inside [`Db::write`] or on the
//! [`Conn`] of [`Db::read`]:
//!
//! ```no_run
//! use souk_db::{Config, Db, Error, Stmt, Tx, params};
//!
//! static ADD_TAG: Stmt = Stmt::new("INSERT INTO tags (id, name) VALUES ($1, $2)");
//! static NAME_OF: Stmt = Stmt::new("SELECT name FROM tags WHERE id = $1");
//!
//! async fn add_tag(tx: &mut Tx, id: i64, name: &str) -> Result<(), Error> {
//!     tx.exec_n(1, &ADD_TAG, params![id, name]).await
//! }
//!
//! # async fn example() -> Result<(), Error> {
//! let db = Db::open(&Config::new("sqlite://souk.db")).await?;
//! let name = String::from("new");
//! db.write(async move |tx| add_tag(tx, 1, &name).await).await?;
//! let found: Option<(String,)> = db.read().await?.opt(&NAME_OF, params![1_i64]).await?;
//! # Ok(()) }
//! ```
//!
//! # Rules of an operation
//!
//! * It owns what it captures (`async move`) and may run more than once: PostgreSQL runs it again after
//!   a deadlock. Its only effect is the transaction, plus what it registers with [`Tx::on_commit`].
//! * It awaits the transaction and nothing else. On SQLite its future is polled once on the writer's
//!   thread; a foreign await is [`Error::Awaited`] on both engines, a `write` or `read` inside it is
//!   [`Error::Nested`].
//! * After a statement's error the transaction is dead: further statements answer [`Error::Aborted`],
//!   and an `Ok` from the operation becomes that error. Conflicts are met with `ON CONFLICT` and guards.
//! * On PostgreSQL bulk inserts, and what is [asked](Conn::ask) for, are sent and not waited for: what they fail
//!   of, a later statement or the commit tells. So nothing is decided by their failure.
//! * It is answered after the durable commit, never before. On SQLite a caller that goes away while its
//!   operation runs does not undo it; on PostgreSQL it does. Idempotency keys decide what a repeated
//!   request gets, not cancellation.
//!
//! # Rules of a statement
//!
//! `BIGINT`, `TEXT` and `BLOB`/`BYTEA` columns only; `$1` placeholders; explicit column lists;
//! `CAST($2 AS BIGINT) IS NULL OR …` for optional filters; `CAST(SUM(…) AS BIGINT)`, since PostgreSQL
//! sums `BIGINT` to `NUMERIC`; no `now()`, no booleans. [`Db::check_statements`] proves it on an engine.

mod asked;
mod column;
mod config;
mod conn;
mod database;
mod domain;
mod error;
mod insert;
pub mod limit;
mod many;
mod migration;
mod operation;
mod owned;
mod postgres;
mod row;
mod sqlite;
mod statement;
mod tx;
mod value;

pub use asked::Asked;
pub use column::{Column, ColumnError, ColumnValue};
pub use config::{Config, Engine};
pub use conn::Conn;
pub use database::Db;
pub use error::{Cause, ConstraintKind, Error, Result};
pub use insert::Insert;
pub use many::Many;
pub use migration::{Migrated, Migration, SchemaState};
pub use owned::Owned;
pub use row::{Columns, FromRow, Row};
pub use statement::Stmt;
pub use tx::Tx;
pub use value::{Kind, ToValue, Value};
