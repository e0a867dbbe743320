//! Opening the file, and what every connection to it is set to.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};

use crate::error::{Error, Result};

/// Statements kept prepared per connection: more than the whole program has.
const PREPARED_STATEMENTS: usize = 512;

/// How long SQLite itself waits for a lock before it answers "busy".
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(1);

/// The log is cut back to this many bytes after a checkpoint.
pub(super) const LOG_LIMIT_BYTES: u64 = 64 << 20;

/// The one connection that writes. `synchronous = FULL`: an answered write survives a power failure.
pub(crate) fn open_writer(path: &Path, wait: Duration) -> Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = open(path, flags)?;
    use_write_ahead_log(&connection, wait)?;
    let settings = format!(
        "PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -65536;
         PRAGMA wal_autocheckpoint = 8000;
         PRAGMA journal_size_limit = {LOG_LIMIT_BYTES};
         PRAGMA analysis_limit = 400;"
    );
    connection.execute_batch(&settings).map_err(opening)?;
    Ok(connection)
}

/// A connection that reads. The file is not mapped: SQLite would unmap it whenever somebody has written, so
/// that beside purchases each read had to fault its pages in anew.
pub(super) fn open_reader(path: &Path) -> Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection
        .execute_batch(
            "PRAGMA query_only = ON;
             PRAGMA temp_store = MEMORY;
             PRAGMA cache_size = -16384;",
        )
        .map_err(opening)?;
    Ok(connection)
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let connection = Connection::open_with_flags(path, flags).map_err(opening)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(opening)?;
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    // Without it, statistics (`PRAGMA optimize`) make SQLite plan a prepared statement again whenever its
    // values change: a fifth more processor time per checkout was measured.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(opening)?;
    Ok(connection)
}

/// Changing the journal needs the file alone for a moment, and SQLite does not always wait for that: two
/// programs that start together on a new file would collide.
fn use_write_ahead_log(connection: &Connection, wait: Duration) -> Result<()> {
    let deadline = Instant::now() + wait;
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error) if is_busy(&error) && Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(5));
            }
            other => return other.map_err(opening),
        }
    }
}

pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn opening(error: rusqlite::Error) -> Error {
    if is_busy(&error) {
        return Error::Busy("another process holds the file");
    }
    Error::engine("opening the SQLite file", error)
}
