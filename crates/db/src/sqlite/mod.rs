//! SQLite: one writer with group commit, a few readers, statements run inline.

mod connection;
mod link;
mod queue;
mod readers;
mod writer;

use std::{path::PathBuf, sync::Arc};

use tokio::sync::{oneshot, watch};

use crate::{
    Config, Tx,
    error::{Error, Result},
};

pub(crate) use connection::open_writer;
pub(crate) use link::{Link, column};
use queue::{Pending, Queue};
use readers::Readers;
use writer::Writer;

/// The open file: the queue to its writer and the pool of its readers.
pub(crate) struct Store {
    queue: Arc<Queue>,
    readers: Arc<Readers>,
    /// Ends when the writer's thread has ended.
    writer_ended: watch::Receiver<()>,
}

impl Store {
    pub(crate) fn open(path: PathBuf, config: &Config) -> Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|error| Error::engine("creating the database's folder", error))?;
        }
        let queue = Arc::new(Queue::new(config.queue));
        // The writer first: it creates the file and its log, which readers only find.
        let writer = Writer::open(&path, config, Arc::clone(&queue))?;
        let readers = Arc::new(Readers::open(path, config)?);
        let (ended, writer_ended) = watch::channel(());
        let runtime = tokio::runtime::Handle::current();
        std::thread::Builder::new()
            .name("souk-db-writer".to_owned())
            .spawn(move || {
                // Timers need a runtime to be created: a sleep in an operation must be found out as a
                // foreign await, not panic for the want of one.
                let _context = runtime.enter();
                writer.run();
                drop(ended);
            })
            .map_err(|error| Error::engine("starting the writer's thread", error))?;
        Ok(Self { queue, readers, writer_ended })
    }

    pub(crate) async fn write<T, E, F>(&self, op: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.queue.push(Box::new(Pending::new(op, reply)))?;
        // Without an answer the job was dropped: the writer has ended.
        answer.await.unwrap_or_else(|_| Err(Error::Closed.into()))
    }

    pub(crate) async fn reader(&self) -> Result<Link> {
        self.readers.get().await
    }

    pub(crate) async fn snapshot(&self) -> Result<Link> {
        let link = self.readers.get().await?;
        link.control("BEGIN DEFERRED")?;
        Ok(link)
    }

    pub(crate) async fn close(&self) {
        // Readers first, so that the writer is the last to leave and empties the log.
        self.readers.close();
        self.queue.close();
        let mut ended = self.writer_ended.clone();
        while ended.changed().await.is_ok() {}
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.queue.close();
    }
}
