//! The connections that read: opened on demand, kept, lent out one caller at a time.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError},
    time::timeout,
};

use super::{connection::open_reader, link::Link};
use crate::{
    Config,
    error::{Error, Result},
};

/// The pool. Last in, first out: the connection used last has the warmest cache.
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    turns: Arc<Semaphore>,
    /// How many wait for a turn, and how many may.
    waiting: AtomicUsize,
    queue: usize,
    wait: Duration,
}

/// Where a reader goes back to, and the turn that it gives up.
pub(super) struct Home {
    readers: Arc<Readers>,
    _turn: OwnedSemaphorePermit,
}

impl Readers {
    pub(super) fn open(path: PathBuf, config: &Config) -> Result<Self> {
        let first = open_reader(&path)?;
        Ok(Self {
            path,
            idle: Mutex::new(vec![first]),
            turns: Arc::new(Semaphore::new(config.readers())),
            waiting: AtomicUsize::new(0),
            queue: config.queue,
            wait: config.wait,
        })
    }

    pub(super) async fn get(self: &Arc<Self>) -> Result<Link> {
        let turn = self.turn().await?;
        let kept = self.idle.lock().pop();
        let connection = match kept {
            Some(connection) => connection,
            None => open_reader(&self.path)?,
        };
        Ok(Link::new(connection, Some(Home { readers: Arc::clone(self), _turn: turn })))
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        match Arc::clone(&self.turns).try_acquire_owned() {
            Ok(turn) => Ok(turn),
            Err(TryAcquireError::Closed) => Err(Error::Closed),
            Err(TryAcquireError::NoPermits) => self.wait_for_turn().await,
        }
    }

    async fn wait_for_turn(&self) -> Result<OwnedSemaphorePermit> {
        let _place = Place::take(&self.waiting, self.queue)?;
        match timeout(self.wait, Arc::clone(&self.turns).acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) => Err(Error::Closed),
            Err(_) => Err(Error::Busy("no connection for reading became free in time")),
        }
    }

    pub(super) fn close(&self) {
        self.turns.close();
        self.idle.lock().clear();
    }
}

/// A place among those that wait, given back however the waiting ends.
struct Place<'r>(&'r AtomicUsize);

impl<'r> Place<'r> {
    fn take(waiting: &'r AtomicUsize, most: usize) -> Result<Self> {
        let place = Self(waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) < most {
            return Ok(place);
        }
        Err(Error::Busy("too many reads are waiting"))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Home {
    /// Takes a connection back. One that is in a snapshot is brought out of it; if that fails, or the
    /// pool is closed, it is dropped.
    pub(super) fn welcome(self, connection: Connection) {
        let clean = connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok();
        if clean && !self.readers.turns.is_closed() {
            self.readers.idle.lock().push(connection);
        }
    }
}
