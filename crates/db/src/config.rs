//! How a database is opened.

use std::{fmt, num::NonZeroUsize, path::PathBuf, str::FromStr as _, time::Duration};

use crate::error::{Error, Result};

/// The two engines. For messages, backups and the doctor only: features never ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// The embedded database.
    Sqlite,
    /// PostgreSQL, or an engine that speaks its protocol and its SQL.
    Postgres,
}

impl fmt::Display for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// Where the database is and how much of it is used. The defaults are measured on two cores.
#[derive(Clone)]
pub struct Config {
    /// `sqlite://relative/or/absolute.db` or `postgres://user:password@host:port/name?sslmode=…`.
    pub url: String,
    /// Most connections that read at the same time.
    pub readers: usize,
    /// PostgreSQL: connections that write. More than 8 on two cores only lose throughput.
    pub writers: usize,
    /// Most writes that wait for their turn; one more is [`Error::Busy`].
    pub queue: usize,
    /// SQLite: most operations that share one commit.
    pub batch: usize,
    /// Longest wait for a connection, and for another process that writes to the SQLite file.
    pub wait: Duration,
    /// PostgreSQL: longest wait for a new connection to be made.
    pub connect_timeout: Duration,
    /// PostgreSQL: longest run of one statement of a write or a plain read.
    pub statement_timeout: Duration,
    /// PostgreSQL: longest run of one statement in [`Db::read_snapshot`](crate::Db::read_snapshot).
    pub snapshot_timeout: Duration,
    /// PostgreSQL: longest wait for another transaction's lock.
    pub lock_timeout: Duration,
    /// PostgreSQL: how often an operation is run again after a deadlock or a conflict.
    pub retries: u32,
    /// SQLite: idle time after which the write-ahead log is emptied into the file.
    pub idle_checkpoint: Duration,
}

impl Config {
    /// The defaults for a URL.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            readers: 8,
            writers: 8,
            queue: 20_000,
            batch: 128,
            wait: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(15),
            snapshot_timeout: Duration::from_mins(10),
            lock_timeout: Duration::from_secs(5),
            retries: 8,
            idle_checkpoint: Duration::from_secs(2),
        }
    }

    pub(crate) fn target(&self) -> Result<Target> {
        if let Some(path) = self.url.strip_prefix("sqlite://") {
            let in_memory = path.starts_with(":memory:");
            if path.is_empty() || in_memory {
                return Err(Error::Config("sqlite:// needs the path of a file".to_owned()));
            }
            return Ok(Target::Sqlite(PathBuf::from(path)));
        }
        if self.url.starts_with("postgres://") || self.url.starts_with("postgresql://") {
            // The driver's message names the option or part that is wrong, never the password.
            return tokio_postgres::Config::from_str(&self.url)
                .map(|config| Target::Postgres(Box::new(config)))
                .map_err(|error| {
                    Error::Config(format!("the PostgreSQL URL is not valid: {}", chain(&error)))
                });
        }
        Err(Error::Config("the database URL must begin with sqlite:// or postgres://".to_owned()))
    }

    pub(crate) fn readers(&self) -> usize {
        at_least_one(self.readers)
    }

    pub(crate) fn writers(&self) -> usize {
        at_least_one(self.writers)
    }

    pub(crate) fn batch(&self) -> usize {
        at_least_one(self.batch)
    }
}

pub(crate) enum Target {
    Sqlite(PathBuf),
    Postgres(Box<tokio_postgres::Config>),
}

fn at_least_one(configured: usize) -> usize {
    NonZeroUsize::new(configured).map_or(1, NonZeroUsize::get)
}

/// An error and its causes on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

/// Without the password, so that a configuration can be logged.
impl fmt::Debug for Config {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, readers, writers, queue, batch, .. } = self;
        formatter
            .debug_struct("Config")
            .field("url", &without_password(url))
            .field("readers", readers)
            .field("writers", writers)
            .field("queue", queue)
            .field("batch", batch)
            .finish_non_exhaustive()
    }
}

/// `postgres://user:secret@host/db` with `***` for the secret; also for `?password=` among the options.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "***".to_owned() };
    if scheme == "sqlite" {
        return url.to_owned();
    }
    let (address, options) = rest.split_once('?').unwrap_or((rest, ""));
    let address = match address.rsplit_once('@') {
        Some((user, host)) => format!("{}:***@{host}", user.split(':').next().unwrap_or_default()),
        None => address.to_owned(),
    };
    let secret = if options.contains("password") { "?***" } else { "" };
    let shown = if options.is_empty() || !secret.is_empty() { String::new() } else { format!("?{options}") };
    format!("{scheme}://{address}{shown}{secret}")
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            ("postgres://souk:s3cr:et@db:5432/souk", "postgres://souk:***@db:5432/souk"),
            ("postgres://souk:p@ss@db/souk?sslmode=require", "postgres://souk:***@db/souk?sslmode=require"),
            ("postgres://db/souk?user=a&password=s3cret", "postgres://db/souk?***"),
            ("s3cret", "***"),
        ] {
            let text = format!("{:?}", Config::new(url));
            assert!(text.contains(shown), "{text}");
            assert!(!text.contains("s3cr") && !text.contains("p@ss"), "{text}");
        }
    }

    #[test]
    fn a_url_that_names_no_engine_is_refused() {
        for url in ["", "mysql://x", "sqlite://", "sqlite://:memory:", "postgres://h?nosuch=1"] {
            assert!(Config::new(url).target().is_err(), "{url}");
        }
    }
}
