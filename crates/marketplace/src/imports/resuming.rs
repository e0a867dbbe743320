//! How far imports of whole catalogues are, so that one that broke off goes on.

use std::io::{BufRead, Read};

use db::Tx;
use sha2::{Digest, Sha256};
use types::Timestamp;

use super::store;
use super::suppliers::{Manner, Progress, Survey};
use super::writing::Written;
use crate::{Error, Kind, Market, Rejection, Result};

/// Seconds in which an import that broke off goes on: a week.
const KEPT_SECONDS: i64 = 7 * 86_400;

/// Content whose digest is made while it is read.
pub(super) struct Digested<R> {
    content: R,
    digest: Sha256,
}

impl<R: BufRead> Digested<R> {
    pub(super) fn new(content: R) -> Self {
        Self { content, digest: Sha256::new() }
    }

    /// SHA-256 of what was read.
    pub(super) fn digest(self) -> [u8; 32] {
        self.digest.finalize().into()
    }
}

impl<R: BufRead> Read for Digested<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.content.read(into)?;
        self.digest.update(&into[..read]);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Digested<R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.content.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        // What is consumed is there: this reads nothing.
        if let Ok(buffered) = self.content.fill_buf() {
            self.digest.update(&buffered[..amount.min(buffered.len())]);
        }
        self.content.consume(amount);
    }
}

/// Tells imports of the same lines in the same manner from all others.
pub(super) fn fingerprint(survey: &Survey, manner: &Manner) -> [u8; 32] {
    let Manner { default_stock, copies, with_images, shop } = manner;
    let shop = shop.map(|shop| shop.vendor.to_string()).unwrap_or_default();
    let mut digest = Sha256::new_with_prefix(survey.digest);
    digest.update(format!("{} {copies} {with_images} {shop}", default_stock.units()));
    digest.finalize().into()
}

/// How far an import is, as it is kept.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) fingerprint: [u8; 32],
    /// Products and wrong lines that are dealt with, in the order of the file.
    pub(super) place: i64,
    pub(super) progress: Progress,
}

impl Run {
    /// The run behind a batch.
    pub(super) fn behind(&self, items: i64, written: &Written) -> Self {
        let Progress { done, created, updated, errors } = self.progress;
        let progress = Progress {
            done: done + written.rows,
            created: created + written.created,
            updated: updated + written.updated,
            errors: errors + i64::try_from(written.errors.len()).unwrap_or(i64::MAX),
        };
        Self { fingerprint: self.fingerprint, place: self.place + items, progress }
    }
}

/// A new run, or the one that broke off.
pub(super) async fn begin(market: &Market, fingerprint: [u8; 32]) -> Result<Run> {
    let (now, oldest) = (market.now(), market.now().plus_seconds(-KEPT_SECONDS));
    let begin = async move |tx: &mut Tx| {
        store::drop_old_runs(tx, oldest).await?;
        store::begin_run(tx, fingerprint, now).await
    };
    market.db.write(begin).await
}

/// Another process imports the same file at this moment.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("another import of this file is under way")]
struct UnderWay;

impl Rejection for UnderWay {
    fn kind(&self) -> Kind {
        Kind::Conflict
    }

    fn code(&self) -> &'static str {
        "import_under_way"
    }
}

pub(super) fn is_under_way(error: &Error) -> bool {
    error.code() == Some(UnderWay.code())
}

/// Notes how far a run is, which was at another place before.
pub(super) async fn advance(tx: &mut Tx, was: i64, run: &Run, now: Timestamp) -> Result<()> {
    if store::advance_run(tx, was, run, now).await? { Ok(()) } else { Err(UnderWay.into()) }
}
