//! The server that is measured: one of our own, in a process of its own, or one that runs already.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, ToSocketAddrs};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use tokio::time::{Instant, sleep};

use super::process;
use crate::config::Config;

/// A server is at rest that uses less than a tenth of a processor for so long.
const REST: Duration = Duration::from_millis(300);

/// How long a server may take to come to rest. A million products take longer, and are indexed beforehand.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process that is ended with its owner.
pub(super) struct Process(Child);

impl Process {
    /// Starts this program again with other arguments, and answers the address in the first line that it
    /// prints.
    pub(super) fn start(arguments: &[String]) -> Result<(Self, SocketAddr)> {
        let program = std::env::current_exe().context("this program's own file is unknown")?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
        // What the environment says of this command is not for the server.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SOUK_") {
                command.env_remove(name);
            }
        }
        let mut process = Self(command.spawn().context("the server can't be started")?);
        let stdout = process.0.stdout.take().context("the server prints nothing")?;
        let mut first = String::new();
        BufReader::new(stdout).read_line(&mut first)?;
        let address = address(first.trim()).context("the server did not start")?;
        Ok((process, address))
    }

    pub(super) fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has no client but this one, and its database is proved or dropped afterwards.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The address at the end of a line, or in a URL.
pub(super) fn address(line: &str) -> Result<SocketAddr> {
    let (_, host) = line.rsplit_once("http://").context("no address: only http:// can be measured")?;
    let host = host.trim_end_matches('/');
    let named = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
    named.to_socket_addrs()?.next().with_context(|| format!("{host} has no address"))
}

/// The server under measurement.
pub(super) struct Subject {
    pub(super) address: SocketAddr,
    own: Option<Process>,
    on_postgres: bool,
}

/// Processor time in microseconds: of the server, of this program, of the database's processes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Times {
    pub(super) server: Option<u64>,
    pub(super) client: Option<u64>,
    pub(super) database: Option<u64>,
}

impl Times {
    /// What was used since `before`.
    pub(super) fn since(self, before: Self) -> Self {
        let less = |now: Option<u64>, then: Option<u64>| Some(now?.saturating_sub(then?));
        Self {
            server: less(self.server, before.server),
            client: less(self.client, before.client),
            database: less(self.database, before.database),
        }
    }

    /// Both together.
    pub(super) fn plus(self, other: Self) -> Self {
        let sum = |one: Option<u64>, other: Option<u64>| Some(one? + other?);
        Self {
            server: sum(self.server, other.server),
            client: sum(self.client, other.client),
            database: sum(self.database, other.database),
        }
    }
}

impl Subject {
    /// A server of our own on the configuration's database.
    pub(super) fn start(config: &Config, public_url: &str) -> Result<Self> {
        let settings = [
            ("--listen", "127.0.0.1:0".to_owned()),
            ("--public-url", public_url.to_owned()),
            ("--data-dir", config.data_dir.path().to_string_lossy().into_owned()),
            ("--database-url", config.database_url()),
            ("--currency", config.currency.code().to_owned()),
            ("--throttle", "off".to_owned()),
            ("--log", "off".to_owned()),
        ];
        let mut arguments = vec!["serve".to_owned()];
        arguments.extend(settings.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value]));
        let (process, address) = Process::start(&arguments)?;
        Ok(Self { address, own: Some(process), on_postgres: config.sqlite_file().is_none() })
    }

    /// A bare route that answers the bytes in `file`.
    pub(super) fn bare(file: &std::path::Path) -> Result<Self> {
        let arguments = ["bench", "bare"].map(str::to_owned).to_vec();
        let (process, address) =
            Process::start(&[arguments, vec![file.to_string_lossy().into_owned()]].concat())?;
        Ok(Self { address, own: Some(process), on_postgres: false })
    }

    /// A server that runs already.
    pub(super) fn running(url: &str) -> Result<Self> {
        ensure!(url.starts_with("http://"), "only http:// can be measured");
        Ok(Self { address: address(url)?, own: None, on_postgres: false })
    }

    /// Waits until server and database have nothing to do: a server indexes after its start what was written
    /// shortly before, and follows what the bare loop writes as if it were another node. Both would be measured,
    /// too.
    pub(super) async fn come_to_rest(&self) {
        let idle = u64::try_from(REST.as_micros() / 10).unwrap_or(0);
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let before = self.times();
            sleep(REST).await;
            let used = self.times().since(before);
            if used.server.unwrap_or(0) + used.database.unwrap_or(0) < idle {
                return;
            }
        }
    }

    /// The processor time used so far.
    pub(super) fn times(&self) -> Times {
        Times {
            server: self.own.as_ref().and_then(|own| process::processor_time(own.id())),
            client: process::processor_time(std::process::id()),
            database: if self.on_postgres { process::postgres_time() } else { None },
        }
    }

    /// The server's memory in KiB: now, and at its most.
    pub(super) fn memory(&self) -> Option<(u64, u64)> {
        self.own.as_ref().and_then(|own| process::memory(own.id()))
    }
}
