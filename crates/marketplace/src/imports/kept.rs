//! Uploaded files where they are kept: in parts, so that none is ever in memory as a whole.
//!
//! A file comes in before its import is begun: its parts carry the identifier that the import will have. Those of
//! which no import came are swept away; those of an import go when it is over.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use db::Tx;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;
use types::{ImportId, kind};

use super::store;
use crate::{Error, Market, Result};

/// Bytes of a part: as many as are read at once.
const PART: usize = 64 * 1024;

/// Bytes that are written at once.
const WRITTEN: usize = 8 * PART;

/// Seconds after which no import will come any more for a file that began to come in.
const ABANDONED: i64 = 24 * 60 * 60;

/// A file that is coming in.
#[derive(Debug)]
pub struct Incoming {
    market: Market,
    import: ImportId,
    /// Parts that are kept.
    parts: i64,
    /// What is not kept yet.
    rest: Vec<u8>,
    bytes: i64,
    digest: Sha256,
}

/// A file that is kept and not yet imported.
#[derive(Debug, Clone)]
pub struct Received {
    /// The identifier of its import.
    pub(super) import: ImportId,
    /// How long it is.
    pub(super) bytes: i64,
    digest: [u8; 32],
}

impl Received {
    /// Its SHA-256.
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

impl Incoming {
    /// Begins with nothing.
    pub fn new(market: &Market) -> Self {
        let import = market.id::<kind::Import>();
        let rest = Vec::with_capacity(WRITTEN);
        Self { market: market.clone(), import, parts: 0, rest, bytes: 0, digest: Sha256::new() }
    }

    /// The identifier that the file's import will have.
    pub const fn import(&self) -> ImportId {
        self.import
    }

    /// Takes in what comes next.
    pub async fn take_in(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.digest.update(bytes);
        self.bytes += i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        while !bytes.is_empty() {
            let (some, others) = bytes.split_at(bytes.len().min(WRITTEN - self.rest.len()));
            self.rest.extend_from_slice(some);
            bytes = others;
            if self.rest.len() == WRITTEN {
                self.keep().await?;
            }
        }
        Ok(())
    }

    /// There is nothing more.
    pub async fn end(mut self) -> Result<Received> {
        self.keep().await?;
        let Self { import, bytes, digest, .. } = self;
        Ok(Received { import, bytes, digest: digest.finalize().into() })
    }

    async fn keep(&mut self) -> Result<()> {
        let (import, first) = (self.import, self.parts);
        let bytes = std::mem::replace(&mut self.rest, Vec::with_capacity(WRITTEN));
        self.parts += i64::try_from(bytes.len().div_ceil(PART)).unwrap_or(i64::MAX);
        let keep = async move |tx: &mut Tx| {
            let parts: Vec<(i64, &[u8])> = (first..).zip(bytes.chunks(PART)).collect();
            store::add_parts(tx, import, &parts).await
        };
        self.market.db.write(keep).await
    }
}

/// Drops what came of a file whose import was not begun.
pub async fn discard(market: &Market, import: ImportId) -> Result<()> {
    market.db.write(async move |tx: &mut Tx| store::discard_parts(tx, import).await).await
}

/// Drops the files of which no import came. Answers how many parts went.
pub(crate) async fn sweep(tx: &mut Tx, market: &Market) -> Result<u64> {
    store::sweep_parts(tx, ImportId::first_at(market.now().plus_seconds(-ABANDONED))).await
}

/// What went wrong with a file that is being read. Its readers only see that it ends: whoever gave it to them
/// looks here before anything is made of what they read.
#[derive(Debug, Clone, Default)]
pub(super) struct Trouble(Arc<Mutex<Option<Error>>>);

impl Trouble {
    /// Refuses when the file could not be read.
    pub(super) fn check(&self) -> Result<()> {
        self.0.lock().take().map_or(Ok(()), Err)
    }
}

/// The bytes of a kept file, a part at a time. Made on a thread of the runtime, read on one that may block.
pub(super) struct Kept {
    market: Market,
    runtime: Handle,
    import: ImportId,
    length: u64,
    at: u64,
    /// The part that was read last.
    part: (i64, Vec<u8>),
    trouble: Trouble,
}

impl Kept {
    pub(super) fn new(market: &Market, import: ImportId, bytes: i64) -> Self {
        Self {
            market: market.clone(),
            runtime: Handle::current(),
            import,
            length: bytes.unsigned_abs(),
            at: 0,
            part: (-1, Vec::new()),
            trouble: Trouble::default(),
        }
    }

    /// What will have gone wrong.
    pub(super) fn trouble(&self) -> Trouble {
        self.trouble.clone()
    }

    async fn load(&self, place: i64) -> Result<Vec<u8>> {
        let part = store::part(&mut self.market.db.read().await?, self.import, place).await?;
        part.ok_or_else(|| Error::internal("a part of an uploaded file is not there"))
    }
}

impl Read for Kept {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.length {
            return Ok(0);
        }
        let part = PART as u64;
        let place = i64::try_from(self.at / part).map_err(io::Error::other)?;
        if self.part.0 != place {
            match self.runtime.block_on(self.load(place)) {
                Ok(bytes) => self.part = (place, bytes),
                Err(error) => {
                    let why = io::Error::other(error.to_string());
                    self.trouble.0.lock().get_or_insert(error);
                    return Err(why);
                }
            }
        }
        let within = usize::try_from(self.at % part).map_err(io::Error::other)?;
        let rest = self.part.1.get(within..).unwrap_or_default();
        let read = rest.len().min(into.len());
        into[..read].copy_from_slice(&rest[..read]);
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Kept {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
