//! The writer's thread: takes what is waiting, one durable commit for all of it, then answers.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    connection::{BUSY_TIMEOUT, LOG_LIMIT_BYTES, open_writer},
    link::Link,
    queue::{Job, Next, Queue},
};
use crate::{
    Config, Tx, conn,
    error::{Error, Result},
    operation::{Hook, run_hooks},
};

const SAVEPOINT: &str = "SAVEPOINT operation";
const KEEP: &str = "RELEASE operation";
const UNDO: &str = "ROLLBACK TO operation";

/// How often the log's size is looked at while there is no idle moment to empty it.
const LOG_CHECK: Duration = Duration::from_secs(5);

/// How often the planner's statistics are refreshed.
const OPTIMIZE: Duration = Duration::from_hours(24);

pub(super) struct Writer {
    /// Lent to one operation after the other; the connection never leaves it.
    tx: Tx,
    queue: Arc<Queue>,
    batch: usize,
    wait: Duration,
    idle: Duration,
    upkeep: Upkeep,
}

/// When the file was last looked after.
struct Upkeep {
    log: PathBuf,
    /// Whether something was committed since the log was emptied.
    dirty: bool,
    log_checked: Instant,
    optimized: Instant,
}

/// The callers of a batch that waits for its commit, and what follows it.
#[derive(Default)]
struct Batch {
    kept: Vec<Box<dyn Job>>,
    undone: Vec<Box<dyn Job>>,
    hooks: Vec<Hook>,
}

impl Writer {
    pub(super) fn open(path: &Path, config: &Config, queue: Arc<Queue>) -> Result<Self> {
        let link = Link::new(open_writer(path, config.wait)?, None);
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let now = Instant::now();
        Ok(Self {
            tx: Tx::new(conn::Link::Sqlite(link)),
            queue,
            batch: config.batch(),
            wait: config.wait,
            idle: config.idle_checkpoint,
            upkeep: Upkeep { log: log.into(), dirty: false, log_checked: now, optimized: now },
        })
    }

    /// Works until the queue is closed and empty.
    pub(super) fn run(mut self) {
        // However this ends, nobody may wait for ever.
        let _abandon = AbandonAtEnd(Arc::clone(&self.queue));
        loop {
            match self.queue.next(self.batch, self.idle) {
                Next::Batch(jobs) => {
                    self.run_batch(jobs);
                    self.watch_log();
                }
                Next::Idle => self.look_after_file(),
                Next::Closed => break,
            }
        }
        self.empty_log();
    }

    fn run_batch(&mut self, jobs: Vec<Box<dyn Job>>) {
        let mut waiting: VecDeque<_> = jobs.into_iter().filter(|job| job.is_wanted()).collect();
        while !waiting.is_empty() {
            for job in self.run_transaction(&mut waiting) {
                job.answer();
            }
        }
    }

    /// One transaction over the operations that wait. Returns those that are settled, at least one; the
    /// others stay, if the transaction was lost on the way.
    fn run_transaction(&mut self, waiting: &mut VecDeque<Box<dyn Job>>) -> Vec<Box<dyn Job>> {
        if let Err(error) = self.begin() {
            return fail_all(waiting.drain(..).collect(), &error);
        }
        let mut batch = Batch::default();
        let alone = waiting.len() == 1;
        while let Some(mut job) = waiting.pop_front() {
            let ran = if alone {
                self.run_alone(job.as_mut(), &mut batch.hooks)
            } else {
                self.run_in_savepoint(job.as_mut(), &mut batch.hooks)
            };
            match ran {
                Ok(true) => batch.kept.push(job),
                Ok(false) => batch.undone.push(job),
                Err(error) => {
                    self.roll_back();
                    tracing::warn!(error = %error, operations = batch.kept.len(), "a batch of writes runs again");
                    batch.kept.into_iter().rev().for_each(|mate| waiting.push_front(mate));
                    batch.undone.extend(fail_all(vec![job], &error));
                    return batch.undone;
                }
            }
        }
        self.settle(batch)
    }

    /// Commits, then runs what was registered for that. A failed commit fails every operation that it was
    /// to make durable.
    fn settle(&mut self, batch: Batch) -> Vec<Box<dyn Job>> {
        let Batch { mut kept, undone, hooks } = batch;
        if kept.is_empty() {
            self.roll_back();
            return undone;
        }
        self.upkeep.dirty = true;
        match self.control("COMMIT") {
            Ok(()) => run_hooks(hooks),
            Err(error) => {
                tracing::error!(error = %error, operations = kept.len(), "a commit failed");
                self.roll_back();
                kept = fail_all(kept, &error);
            }
        }
        kept.extend(undone);
        kept
    }

    /// Runs an operation in its savepoint and says whether it is kept. Fails if the transaction around it
    /// is gone: SQLite itself rolls back everything when the disk is full or broken.
    fn run_in_savepoint(&mut self, job: &mut dyn Job, hooks: &mut Vec<Hook>) -> Result<bool> {
        self.control(SAVEPOINT)?;
        let keep = self.run_operation(job, hooks);
        self.refuse_lost()?;
        if !keep {
            self.control(UNDO)?;
        }
        self.control(KEEP)?;
        Ok(keep)
    }

    /// Runs the only operation of a transaction. Undoing it is undoing the transaction.
    fn run_alone(&mut self, job: &mut dyn Job, hooks: &mut Vec<Hook>) -> Result<bool> {
        let keep = self.run_operation(job, hooks);
        if keep {
            self.refuse_lost()?;
        }
        Ok(keep)
    }

    fn run_operation(&mut self, job: &mut dyn Job, hooks: &mut Vec<Hook>) -> bool {
        self.tx.revive();
        let keep = job.run(&mut self.tx);
        let registered = self.tx.take_hooks();
        if keep {
            hooks.extend(registered);
        }
        keep
    }

    /// `BEGIN IMMEDIATE`: another process may be writing (`souk admin create`), so it is asked for again
    /// and again before the batch fails.
    fn begin(&self) -> Result<()> {
        self.roll_back();
        let deadline = Instant::now() + self.wait;
        loop {
            match self.control("BEGIN IMMEDIATE") {
                Err(Error::Busy(_)) if Instant::now() < deadline => {}
                other => return other,
            }
        }
    }

    fn roll_back(&self) {
        if self.is_in_transaction()
            && let Err(error) = self.control("ROLLBACK")
        {
            tracing::error!(error = %error, "a rollback failed");
        }
    }

    fn refuse_lost(&self) -> Result<()> {
        if self.is_in_transaction() { Ok(()) } else { Err(Error::Aborted) }
    }

    fn is_in_transaction(&self) -> bool {
        self.link().and_then(Link::connection).is_ok_and(|connection| !connection.is_autocommit())
    }

    fn control(&self, sql: &'static str) -> Result<()> {
        self.link()?.control(sql)
    }

    fn link(&self) -> Result<&Link> {
        match self.tx.link() {
            conn::Link::Sqlite(link) => Ok(link),
            conn::Link::Postgres(_) => Err(Error::Closed),
        }
    }
}

impl Writer {
    /// In an idle moment: empties the log and, once a day, refreshes the planner's statistics.
    fn look_after_file(&mut self) {
        if self.upkeep.dirty {
            self.empty_log();
        }
        if self.upkeep.optimized.elapsed() >= OPTIMIZE {
            self.upkeep.optimized = Instant::now();
            self.try_pragma("PRAGMA optimize");
        }
    }

    /// SQLite copies the log into the file by itself, but starts it anew only in a moment without readers;
    /// under constant load such a moment is made here, once the log has grown.
    fn watch_log(&mut self) {
        if self.upkeep.log_checked.elapsed() < LOG_CHECK {
            return;
        }
        self.upkeep.log_checked = Instant::now();
        let length = std::fs::metadata(&self.upkeep.log).map_or(0, |log| log.len());
        if length > LOG_LIMIT_BYTES {
            self.empty_log();
        }
    }

    /// Copies the log into the file and cuts it to nothing, unless a reader is in the way: then what can
    /// be copied is, and the rest waits for the next time.
    fn empty_log(&mut self) {
        let Ok(connection) = self.link().and_then(Link::connection) else { return };
        // Never wait for readers: operations would wait too.
        if connection.busy_timeout(Duration::ZERO).is_ok() {
            self.upkeep.dirty = !self.try_pragma("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        if let Ok(connection) = self.link().and_then(Link::connection)
            && let Err(error) = connection.busy_timeout(BUSY_TIMEOUT)
        {
            tracing::error!(error = %error, "the SQLite lock time-out could not be set");
        }
    }

    /// Runs it and says whether it worked; a checkpoint that met a reader answers 1 in its first column.
    fn try_pragma(&self, pragma: &str) -> bool {
        let Ok(connection) = self.link().and_then(Link::connection) else { return false };
        let mut complete = true;
        let ran = connection.prepare(pragma).and_then(|mut prepared| {
            let mut rows = prepared.raw_query();
            while let Some(row) = rows.next()? {
                complete &= !matches!(row.get_ref(0)?, rusqlite::types::ValueRef::Integer(1));
            }
            Ok(())
        });
        if let Err(error) = &ran {
            tracing::debug!(error = %error, pragma, "SQLite upkeep put off");
        }
        ran.is_ok() && complete
    }
}

/// Gives every operation this error for an outcome.
fn fail_all(mut jobs: Vec<Box<dyn Job>>, error: &Error) -> Vec<Box<dyn Job>> {
    for job in &mut jobs {
        job.fail(error.clone());
    }
    jobs
}

struct AbandonAtEnd(Arc<Queue>);

impl Drop for AbandonAtEnd {
    fn drop(&mut self) {
        self.0.abandon();
    }
}
