//! Images of products: checked by content, encoded anew, stored once whatever their names.
//!
//! Invariants: a file is durable before a row names it; a row that is there has its file; a file that no
//! row names is removed, by a job that gives it back when a product took it in the same moment; what was
//! on a product that was ever sold stays, since orders show it.

mod error;
mod files;
mod model;
mod picture;
mod store;

pub use error::ImageError;
pub use model::{Format, Image, MAX_IMAGES, NotAName, Stored, path};
pub use picture::MAX_PIXELS;

pub(crate) use store::STATEMENTS;

use db::{Conn, Tx};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use types::{FieldError, FieldErrors, ImageId, ProductId, kind};

use super::{CatalogError, products};
use crate::error::Refusal;
use crate::jobs::{self, Job};
use crate::{Error, Market, Result};

/// Decoders that work at the same time: as many as small machines have cores. A big picture takes all.
static DECODERS: Semaphore = Semaphore::const_new(2);

/// More pixels than this make a picture big.
const BIG_PIXELS: u64 = 12_000_000;

/// Makes a picture of what somebody sent and stores it. It belongs to no product yet: [`add`] it, or
/// [`forget`] it.
pub async fn keep(market: &Market, bytes: Vec<u8>) -> Result<Stored> {
    let permits = if picture::pixels(&bytes)? > BIG_PIXELS { 2 } else { 1 };
    let permit = DECODERS.acquire_many(permits).await;
    let permit = permit.map_err(|_| Error::internal("no decoder is to be had any more"))?;
    let shared = market.clone();
    let work = spawn_blocking(move || {
        // Kept here, so that a caller who goes away doesn't let another decoder start beside this one.
        let _permit = permit;
        let picture = picture::make(&bytes)?;
        drop(bytes);
        files::write(&shared, &picture)
    });
    work.await.map_err(|error| Error::failed("an image decoder broke", error))?
}

/// The images of a product in the seller's order.
pub async fn of_product(conn: &mut Conn, product: ProductId) -> Result<Vec<Image>> {
    store::of_product(conn, product).await
}

/// Puts stored pictures behind the images of a product. Confirm with [`check_kept`] after the commit.
pub async fn add(tx: &mut Tx, market: &Market, product: ProductId, pictures: &[Stored]) -> Result<()> {
    let product = products::open(tx, product).await?;
    let count = store::of_product(tx, product.id).await?.len();
    if count + pictures.len() > MAX_IMAGES {
        return Err(CatalogError::TooManyImages.into());
    }
    for (position, picture) in (count..).zip(pictures) {
        let id = market.id::<kind::Image>();
        let position = i64::try_from(position).unwrap_or(i64::MAX);
        store::insert(tx, (id, product.id), position, (picture, &product.title), market.now()).await?;
    }
    products::refresh(tx, market, product.id).await
}

/// Makes sure that the files of images that were just added are there: one may have been removed as
/// unused before the addition was committed. Then its images go, and it has to be sent again.
pub async fn check_kept(market: &Market, product: ProductId, pictures: &[Stored]) -> Result<()> {
    let lost: Vec<Stored> =
        pictures.iter().filter(|picture| !files::is_there(market, picture)).cloned().collect();
    if lost.is_empty() {
        return Ok(());
    }
    let shared = market.clone();
    let undo = async move |tx: &mut Tx| -> Result<()> {
        products::open(tx, product).await?;
        for picture in &lost {
            store::delete_of(tx, product, picture.hash()).await?;
        }
        renumber(tx, product).await?;
        products::refresh(tx, &shared, product).await
    };
    market.db.write(undo).await?;
    Err(ImageError::Lost.into())
}

/// Puts the images of a product in another order: each of them once.
pub async fn reorder(tx: &mut Tx, market: &Market, product: ProductId, order: &[ImageId]) -> Result<()> {
    products::open(tx, product).await?;
    let images = store::of_product(tx, product).await?;
    let mut errors = FieldErrors::default();
    for (index, id) in order.iter().enumerate() {
        let place = format!("/order/{index}");
        if !images.iter().any(|image| image.id == *id) {
            errors.push(FieldError::new(place, "not_found", "the product has no such image"));
        } else if order[..index].contains(id) {
            errors.push(FieldError::new(place, "not_allowed", "this image is there already"));
        }
    }
    if images.iter().any(|image| !order.contains(&image.id)) {
        errors.push(FieldError::new("/order", "required", "name every image of the product"));
    }
    errors.into_result()?;
    store::set_positions(tx, order).await?;
    products::refresh(tx, market, product).await
}

/// Takes an image off a product. Its file goes when nothing shows it any more.
pub async fn remove(tx: &mut Tx, market: &Market, product: ProductId, id: ImageId) -> Result<()> {
    products::open(tx, product).await?;
    let image = store::of_product(tx, product).await?.into_iter().find(|image| image.id == id);
    let image = image.ok_or(Refusal::NotFound)?;
    if store::was_sold(tx, product).await? {
        store::mark_removed(tx, id, market.now()).await?;
    } else {
        store::delete(tx, id).await?;
        let job = Job::ForgetMedia { name: format!("{}.{}", image.hash, image.format) };
        jobs::enqueue(tx, market, &job, market.now()).await?;
    }
    renumber(tx, product).await?;
    products::refresh(tx, market, product).await
}

/// Closes the gaps between the positions of a product's images.
async fn renumber(tx: &mut Tx, product: ProductId) -> Result<()> {
    let left: Vec<ImageId> =
        store::of_product(tx, product).await?.into_iter().map(|image| image.id).collect();
    store::set_positions(tx, &left).await
}

/// The bytes of a stored image; nothing when there is none of this name.
pub async fn read(market: &Market, picture: Stored) -> Result<Option<Vec<u8>>> {
    blocking(market, move |market| files::read(market, &picture)).await
}

/// Removes the file of a picture that no product has.
///
/// It is put aside first and looked for again: a product that took it before that moment shows in the
/// second look and gets it back, and one that takes it later finds it gone in [`check_kept`].
pub async fn forget(market: &Market, picture: Stored) -> Result<()> {
    if store::is_used(&mut market.db.read().await?, picture.hash()).await? {
        return Ok(());
    }
    let aside = picture.clone();
    if !blocking(market, move |market| files::put_aside(market, &aside)).await? {
        return Ok(());
    }
    let is_used = store::is_used(&mut market.db.read().await?, picture.hash()).await?;
    blocking(market, move |market| {
        if is_used { files::take_back(market, &picture) } else { files::drop_aside(market, &picture) }
    })
    .await
}

/// Runs file work where it keeps nobody waiting.
async fn blocking<T: Send + 'static>(
    market: &Market,
    work: impl FnOnce(&Market) -> Result<T> + Send + 'static,
) -> Result<T> {
    let market = market.clone();
    let done = spawn_blocking(move || work(&market)).await;
    done.map_err(|error| Error::failed("work on a file broke", error))?
}
