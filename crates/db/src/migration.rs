//! The ordered list of schema changes, and which of them a database has.

use std::{collections::BTreeMap, time::SystemTime};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::{
    Conn, Db, Engine, Stmt, Tx,
    error::{Error, Result},
    params,
};

/// One step of the schema, in SQL that both engines take. Tokens stand for what they spell differently:
/// `{ID}` (`INTEGER PRIMARY KEY` or `BIGINT PRIMARY KEY`), `{BLOB}` (`BLOB` or `BYTEA`) and `{SORTED}`
/// (`TEXT` or `TEXT COLLATE "C"`, which sort alike).
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its place in the order; never changes once released.
    pub version: i64,
    /// A short name for people.
    pub name: &'static str,
    /// The statements for both engines, or for SQLite alone if there is a text for PostgreSQL.
    pub sql: &'static str,
    /// The statements for PostgreSQL, where they must differ.
    pub postgres: Option<&'static str>,
}

/// What [`Db::migrate`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// The versions applied by this call, in order.
    pub applied: Vec<i64>,
    /// The version that the schema has now; 0 without any migration.
    pub version: i64,
}

/// How a database's schema stands to a list of migrations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaState {
    /// It has all of them.
    Current,
    /// It lacks these versions.
    Behind(Vec<i64>),
    /// A newer program has migrated it.
    Newer {
        /// The newest version in the database.
        found: i64,
        /// The newest version in the list.
        known: i64,
    },
}

static CREATE_TABLE: Stmt = Stmt::new(
    "CREATE TABLE IF NOT EXISTS schema_migrations (
         version BIGINT PRIMARY KEY,
         name TEXT NOT NULL,
         checksum TEXT NOT NULL,
         applied_at BIGINT NOT NULL
     )",
);
static TABLE_EXISTS: Stmt = Stmt::with_postgres(
    "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'",
    "SELECT COUNT(*) FROM pg_catalog.pg_tables
     WHERE schemaname = current_schema() AND tablename = 'schema_migrations'",
);
static APPLIED: Stmt = Stmt::new("SELECT version, checksum FROM schema_migrations ORDER BY version");
static RECORD: Stmt =
    Stmt::new("INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)");

/// Nodes that start together take turns, one schema at a time. The lock ends with the transaction, and the
/// time-outs of ordinary statements do not hold for it nor for what follows.
const TAKE_TURNS: &str = "SET LOCAL statement_timeout = 0;
     SET LOCAL lock_timeout = 0;
     SELECT pg_advisory_xact_lock(hashtextextended('souk migrations of ' || current_schema(), 0))";

impl Migration {
    /// A step whose text serves both engines.
    pub const fn new(version: i64, name: &'static str, sql: &'static str) -> Self {
        Self { version, name, sql, postgres: None }
    }

    /// A step whose text must differ.
    pub const fn with_postgres(
        version: i64,
        name: &'static str,
        sqlite: &'static str,
        postgres: &'static str,
    ) -> Self {
        Self { version, name, sql: sqlite, postgres: Some(postgres) }
    }

    fn text_for(&self, engine: Engine) -> &'static str {
        match (engine, self.postgres) {
            (Engine::Postgres, Some(text)) => text,
            _ => self.sql,
        }
    }

    fn script_for(&self, engine: Engine) -> String {
        let (id, blob, sorted) = match engine {
            // Only this spelling makes the column SQLite's row id, without a second tree.
            Engine::Sqlite => ("INTEGER PRIMARY KEY", "BLOB", "TEXT"),
            // A database's own collation may skip characters, which no range of a prefix survives.
            Engine::Postgres => ("BIGINT PRIMARY KEY", "BYTEA", "TEXT COLLATE \"C\""),
        };
        self.text_for(engine).replace("{ID}", id).replace("{BLOB}", blob).replace("{SORTED}", sorted)
    }

    /// SHA-256 of the text as written, in hexadecimal; a checkout with other line ends is the same text.
    fn checksum(&self, engine: Engine) -> String {
        let text = self.text_for(engine).replace("\r\n", "\n");
        HEXLOWER.encode(&Sha256::digest(text))
    }
}

impl Db {
    /// Applies what the database lacks, each step in its own transaction. Safe when several nodes start at
    /// once: they take turns, and each step is applied by one of them.
    pub async fn migrate(&self, migrations: &[Migration]) -> Result<Migrated> {
        check_order(migrations)?;
        let known = newest(migrations);
        let missing = match self.schema_state(migrations).await? {
            SchemaState::Current => Vec::new(),
            SchemaState::Newer { found, known } => return Err(Error::NewerSchema { found, known }),
            SchemaState::Behind(versions) => versions,
        };
        let engine = self.engine();
        let mut applied = Vec::new();
        for migration in migrations.iter().filter(|migration| missing.contains(&migration.version)) {
            let migration = *migration;
            if self.write(async move |tx| apply(tx, engine, &migration, known).await).await? {
                tracing::info!(version = migration.version, name = migration.name, "migration applied");
                applied.push(migration.version);
            }
        }
        Ok(Migrated { applied, version: known })
    }

    /// Compares the database with a list of migrations and changes nothing.
    pub async fn schema_state(&self, migrations: &[Migration]) -> Result<SchemaState> {
        let recorded = recorded(&mut self.read().await?).await?;
        let known = newest(migrations);
        if let Some(found) = recorded.keys().next_back().copied().filter(|found| *found > known) {
            return Ok(SchemaState::Newer { found, known });
        }
        let engine = self.engine();
        let mut missing = Vec::new();
        for migration in migrations {
            if !is_recorded(&recorded, migration, engine)? {
                missing.push(migration.version);
            }
        }
        Ok(if missing.is_empty() { SchemaState::Current } else { SchemaState::Behind(missing) })
    }
}

/// Applies one step, unless another node was faster.
async fn apply(tx: &mut Tx, engine: Engine, migration: &Migration, known: i64) -> Result<bool> {
    if engine == Engine::Postgres {
        tx.script(TAKE_TURNS).await?;
    }
    tx.exec(&CREATE_TABLE, params![]).await?;
    let recorded = recorded(tx).await?;
    if let Some(found) = recorded.keys().next_back().copied().filter(|found| *found > known) {
        return Err(Error::NewerSchema { found, known });
    }
    if is_recorded(&recorded, migration, engine)? {
        return Ok(false);
    }
    let Migration { version, name, .. } = *migration;
    tx.script(&migration.script_for(engine)).await.map_err(|source| Error::Migration {
        version,
        name,
        source: Box::new(source),
    })?;
    tx.exec_n(1, &RECORD, params![version, name, migration.checksum(engine), now_us()]).await?;
    Ok(true)
}

/// The checksums of the applied steps, by version.
async fn recorded(conn: &mut Conn) -> Result<BTreeMap<i64, String>> {
    let (tables,): (i64,) = conn.one(&TABLE_EXISTS, params![]).await?;
    if tables == 0 {
        return Ok(BTreeMap::new());
    }
    Ok(conn.all::<(i64, String)>(&APPLIED, params![]).await?.into_iter().collect())
}

fn is_recorded(recorded: &BTreeMap<i64, String>, migration: &Migration, engine: Engine) -> Result<bool> {
    match recorded.get(&migration.version) {
        None => Ok(false),
        Some(checksum) if *checksum == migration.checksum(engine) => Ok(true),
        Some(_) => {
            Err(Error::ChangedMigration { version: migration.version, name: migration.name.to_owned() })
        }
    }
}

fn check_order(migrations: &[Migration]) -> Result<()> {
    let unordered = migrations.windows(2).find(|pair| pair[1].version <= pair[0].version);
    unordered.map_or(Ok(()), |pair| Err(Error::UnorderedMigrations { version: pair[1].version }))
}

fn newest(migrations: &[Migration]) -> i64 {
    migrations.iter().map(|migration| migration.version).max().unwrap_or(0)
}

#[expect(clippy::disallowed_methods, reason = "a note of when it happened; nothing decides by it")]
fn now_us() -> i64 {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX)
}
