//! The connections that read: opened on demand, kept, lent out one caller at a time.

use std::{path::PathBuf, sync::Arc, time::Duration};

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
            Err(TryAcquireError::NoPermits) => {
                match timeout(self.wait, Arc::clone(&self.turns).acquire_owned()).await {
                    Ok(Ok(turn)) => Ok(turn),
                    Ok(Err(_)) => Err(Error::Closed),
                    Err(_) => Err(Error::Busy("no connection for reading became free in time")),
                }
            }
        }
    }

    pub(super) fn close(&self) {
        self.turns.close();
        self.idle.lock().clear();
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
