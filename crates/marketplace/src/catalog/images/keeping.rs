//! The files of pictures: written, read, made in other widths, and removed when nothing shows them.

use std::time::Duration;

use db::{Conn, Tx};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use types::{ProductId, VendorId};

use super::model::FileName;
use super::{Format, ImageError, Stored, picture, renditions, store};
use crate::changes::{self, Change};
use crate::error::with_causes;
use crate::media::File;
use crate::{Error, Market, Result, vendors};

/// Decoders that work at the same time: as many as small machines have cores. A big picture takes all.
static DECODERS: Semaphore = Semaphore::const_new(2);

/// More pixels than this make a picture big.
const BIG_PIXELS: u64 = 12_000_000;

/// Seconds that a stored picture may wait for its product: longer than any request takes.
const HELD_SECONDS: i64 = 3_600;

/// Seconds in which a file is removed by whoever began to.
const REMOVAL_SECONDS: i64 = 600;

/// How often a picture looks whether one of the same content is removed at last, and how long it waits
/// between.
const REMOVAL_LOOKS: usize = 40;
const REMOVAL_LOOK: Duration = Duration::from_millis(50);

/// Files that one sweep removes.
const SWEPT: i64 = 500;

/// Makes a picture of what somebody sent and stores it. It belongs to no product yet: add it to one, or
/// [`release`] it.
pub async fn keep(market: &Market, bytes: Vec<u8>) -> Result<Stored> {
    let permits = if picture::pixels(&bytes)? > BIG_PIXELS { 2 } else { 1 };
    let made = decoding(permits, move || picture::make(&bytes)).await??;
    let stored = Stored {
        hash: made.hash(),
        format: made.format,
        width: made.width.into(),
        height: made.height.into(),
    };
    for _ in 0..REMOVAL_LOOKS {
        if note(market, &stored).await? {
            market.media.put(&stored.name().to_string(), made.bytes.into()).await?;
            return Ok(stored);
        }
        sleep(REMOVAL_LOOK).await;
    }
    Err(ImageError::Lost.into())
}

/// Notes a file that is about to be written; `false` while one of the same content is being removed.
async fn note(market: &Market, picture: &Stored) -> Result<bool> {
    let (noted, now) = (picture.clone(), market.now());
    let held_until = now.plus_seconds(HELD_SECONDS);
    market.db.write(async move |tx: &mut Tx| store::note_file(tx, &noted, held_until, now).await).await
}

/// Does work of a decoder, when its turn comes.
async fn decoding<T: Send + 'static>(permits: u32, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let permit: SemaphorePermit<'static> = DECODERS
        .acquire_many(permits)
        .await
        .map_err(|_| Error::internal("no decoder is to be had any more"))?;
    let work = spawn_blocking(move || {
        // Kept here, so that a caller who goes away doesn't let another decoder start beside this one.
        let _permit = permit;
        work()
    });
    work.await.map_err(|error| Error::failed("an image decoder broke", error))
}

/// The stored picture of this content.
pub async fn find_stored(conn: &mut Conn, hash: &str) -> Result<Option<Stored>> {
    store::find_file(conn, hash).await
}

/// Opens a stored file, or a part of it; nothing when there is none of this name.
pub async fn open(
    market: &Market,
    name: &FileName,
    part: Option<std::ops::Range<u64>>,
) -> Result<Option<File>> {
    market.media.get(&name.to_string(), part).await
}

/// Removes a picture that was kept and came to no product.
pub async fn release(market: &Market, picture: &Stored) -> Result<()> {
    let hash = picture.hash.clone();
    market.db.write(async move |tx: &mut Tx| store::unhold_file(tx, &hash).await).await?;
    forget(market, &picture.name()).await
}

/// Removes the files of a picture that nothing shows.
///
/// Whoever removes marks the picture first, so that nobody takes it for an image meanwhile; a removal that
/// was broken off is done again by the [`sweep`].
pub(crate) async fn forget(market: &Market, name: &FileName) -> Result<()> {
    let (hash, now) = (name.hash.clone(), market.now());
    let until = now.plus_seconds(REMOVAL_SECONDS);
    let doom = async move |tx: &mut Tx| store::doom_file(tx, &hash, now, until).await;
    if !market.db.write(doom).await? {
        return Ok(());
    }
    for width in renditions::WIDTHS {
        for format in [Format::WebP, Format::Jpeg] {
            let name = FileName { width: Some(width), format, ..name.clone() };
            market.media.delete(&name.to_string()).await?;
        }
    }
    market.media.delete(&name.to_string()).await?;
    let hash = name.hash.clone();
    market.db.write(async move |tx: &mut Tx| store::forget_file(tx, &hash, until).await).await
}

/// Makes a stored picture in its other widths, and shows them from then on. Harmless to do twice.
pub(crate) async fn render(market: &Market, name: &FileName) -> Result<()> {
    let Some(bytes) = market.media.read(&name.to_string()).await? else { return Ok(()) };
    for rendition in decoding(1, move || renditions::make(&bytes)).await?? {
        let name =
            FileName { width: Some(rendition.width), format: rendition.format, hash: name.hash.clone() };
        market.media.put(&name.to_string(), rendition.bytes.into()).await?;
    }
    let (hash, shared) = (name.hash.clone(), market.clone());
    let show = async move |tx: &mut Tx| {
        if !store::mark_rendered(tx, &hash, shared.now()).await? {
            return Ok(());
        }
        tell_products(tx, &shared, &hash).await?;
        tell_shops(tx, &shared, &hash).await
    };
    market.db.write(show).await
}

/// Says that the products which show a picture look different now.
async fn tell_products(tx: &mut Tx, market: &Market, hash: &str) -> Result<()> {
    let mut after = ProductId::from_i64(0);
    loop {
        let shown = store::products_with(tx, hash, after).await?;
        let Some(last) = shown.last() else { return Ok(()) };
        after = *last;
        let shown: Vec<Change> = shown.into_iter().map(Change::Product).collect();
        changes::record(tx, market, &shown).await?;
    }
}

/// The same of the shops whose logo it is.
async fn tell_shops(tx: &mut Tx, market: &Market, hash: &str) -> Result<()> {
    let mut after = VendorId::from_i64(0);
    loop {
        let shown = vendors::with_logo(tx, hash, after).await?;
        let Some(last) = shown.last() else { return Ok(()) };
        after = *last;
        let shown: Vec<Change> = shown.into_iter().map(Change::Vendor).collect();
        changes::record(tx, market, &shown).await?;
    }
}

/// Removes the files that nothing shows: those of requests and removals that a crash broke off.
pub(crate) async fn sweep(market: &Market) -> Result<()> {
    let found = store::unused_files(&mut market.db.read().await?, market.now(), SWEPT).await?;
    for picture in found {
        if let Err(error) = forget(market, &picture.name()).await {
            tracing::warn!(error = with_causes(&error), "an unused media file could not be removed");
            return Err(error);
        }
    }
    Ok(())
}
