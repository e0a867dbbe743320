//! Images of products, and other pictures that are shown: checked by content, encoded anew, stored once whatever their names.
//!
//! Invariants: `media_files` knows every file, before it is written; a row that is there has its file, and
//! counts the images and logos that show it; a file that none shows is removed, by a job or by the sweep that makes
//! up for a crash. What was on a product that was ever sold stays, since orders show it. The other widths of
//! a picture are made by a job, and shown from then on.

mod error;
mod keeping;
mod model;
mod picture;
mod renditions;
mod store;

pub use error::ImageError;
pub use keeping::{find_stored, keep, open, release};
pub use model::{FileName, Format, Image, ImageChanges, MAX_IMAGES, NotAName, Picture, Stored, path};
pub use picture::MAX_PIXELS;

pub(crate) use keeping::{forget, render, sweep};
pub(crate) use store::STATEMENTS;

use db::{Conn, Tx};
use types::{FieldError, FieldErrors, ImageId, Patch, ProductId, kind};

use super::{CatalogError, products};
use crate::error::Refusal;
use crate::jobs::{self, Job};
use crate::{Market, Result};

/// A stored picture that becomes an image.
#[derive(Debug, Clone, Copy)]
pub struct NewImage<'a> {
    /// The picture.
    pub picture: &'a Stored,
    /// What it shows, in words; the product's title when nothing is said.
    pub alt: Option<&'a str>,
    /// Where an import found it.
    pub source: Option<&'a str>,
}

impl<'a> From<&'a Stored> for NewImage<'a> {
    fn from(picture: &'a Stored) -> Self {
        Self { picture, alt: None, source: None }
    }
}

/// The images of a product in the seller's order.
pub async fn of_product(conn: &mut Conn, product: ProductId) -> Result<Vec<Image>> {
    store::of_product(conn, product).await
}

/// The images of several products, by product, each in its seller's order.
pub async fn of_products(conn: &mut Conn, products: &[ProductId]) -> Result<Vec<Image>> {
    store::of_products(conn, products).await
}

/// Puts stored pictures behind the images of a product. One that is being removed at this moment is refused.
pub async fn add(tx: &mut Tx, market: &Market, product: ProductId, new: &[NewImage<'_>]) -> Result<()> {
    let product = products::open(tx, product).await?;
    let mut ids = ids_of_product(tx, product.id).await?;
    let (before, count) = (ids.clone(), ids.len());
    if count + new.len() > MAX_IMAGES {
        return Err(CatalogError::TooManyImages.into());
    }
    // In one order, so that two additions never wait for each other in a circle.
    let mut pictures: Vec<&Stored> = new.iter().map(|new| new.picture).collect();
    pictures.sort_unstable_by_key(|picture| picture.hash());
    for picture in pictures {
        show(tx, market, picture).await?;
    }
    for (position, new) in (count..).zip(new) {
        let id = market.id::<kind::Image>();
        let position = i64::try_from(position).unwrap_or(i64::MAX);
        let described = NewImage { alt: Some(new.alt.unwrap_or(&product.title)), ..*new };
        store::insert(tx, (id, product.id), position, &described, market.now()).await?;
        ids.push(id);
    }
    market.journal.changed("images", &before, &ids);
    products::refresh(tx, market, product.id).await
}

/// Counts one more place that shows a stored picture, and has it made in its other widths. One that is being
/// removed at this moment is refused.
pub(crate) async fn show(tx: &mut Tx, market: &Market, picture: &Stored) -> Result<()> {
    let is_rendered = store::use_file(tx, picture.hash()).await?.ok_or(ImageError::Lost)?;
    if is_rendered || !picture.has_renditions() {
        return Ok(());
    }
    let job = Job::RenderMedia { name: picture.name().to_string() };
    jobs::enqueue(tx, market, &job, market.now()).await
}

/// Counts one place less. The files go when it was the last.
pub(crate) async fn hide(tx: &mut Tx, market: &Market, picture: &Picture) -> Result<()> {
    store::release_file(tx, &picture.hash).await?;
    let job = Job::ForgetMedia { name: format!("{}.{}", picture.hash, picture.format) };
    jobs::enqueue(tx, market, &job, market.now()).await
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
    let before: Vec<ImageId> = images.iter().map(|image| image.id).collect();
    market.journal.changed("images", &before.as_slice(), &order);
    products::refresh(tx, market, product).await
}

/// Changes what is said of an image.
pub async fn describe(
    tx: &mut Tx,
    market: &Market,
    product: ProductId,
    id: ImageId,
    changes: ImageChanges,
) -> Result<()> {
    products::open(tx, product).await?;
    let image = of(tx, product, id).await?;
    let (focal_x, focal_y) = match changes.focal_point {
        Patch::Leave => (image.focal_x, image.focal_y),
        Patch::Clear => (None, None),
        Patch::Set((x, y)) => (Some(x), Some(y)),
    };
    let alt = match changes.alt {
        Patch::Leave => image.alt.clone(),
        Patch::Clear => String::new(),
        Patch::Set(alt) => alt.into_string(),
    };
    market.journal.changed("alt", &image.alt, &alt);
    market.journal.changed("focal_point", &(image.focal_x, image.focal_y), &(focal_x, focal_y));
    store::describe(tx, &Image { alt, focal_x, focal_y, ..image }).await?;
    products::refresh(tx, market, product).await
}

/// Takes an image off a product. Its file goes when nothing shows it any more.
pub async fn remove(tx: &mut Tx, market: &Market, product: ProductId, id: ImageId) -> Result<()> {
    products::open(tx, product).await?;
    let image = of(tx, product, id).await?;
    let before = ids_of_product(tx, product).await?;
    if store::was_sold(tx, product).await? {
        store::mark_removed(tx, id, market.now()).await?;
    } else {
        store::delete(tx, id).await?;
        hide(tx, market, &image.picture()).await?;
    }
    let left = ids_of_product(tx, product).await?;
    store::set_positions(tx, &left).await?;
    market.journal.changed("images", &before, &left);
    products::refresh(tx, market, product).await
}

/// The images of a product, in their order.
async fn ids_of_product(conn: &mut Conn, product: ProductId) -> Result<Vec<ImageId>> {
    Ok(store::of_product(conn, product).await?.into_iter().map(|image| image.id).collect())
}

async fn of(conn: &mut Conn, product: ProductId, id: ImageId) -> Result<Image> {
    let image = store::of_product(conn, product).await?.into_iter().find(|image| image.id == id);
    image.ok_or_else(|| Refusal::NotFound.into())
}
