//! Images that a file names: noted with their product, fetched by a job behind it.
//!
//! A wanted image is a row until it is an image of its product, or an error of its line. One that is ours
//! already is not fetched.

use db::Tx;
use types::{ImportId, ProductId};

use super::model::{Draft, DraftImage, RowError};
use super::store;
use super::writing::Reading;
use crate::catalog::images::{self, FileName, Image, MAX_IMAGES, NewImage, Stored};
use crate::catalog::{CatalogError, products};
use crate::error::Refusal;
use crate::jobs::{self, Job};
use crate::outgoing::FetchError;
use crate::{Error, Kind, Market, Rejection, Result};

/// The most bytes of an image: as many as may be uploaded.
const MAX_BYTES: usize = 10 * 1024 * 1024;

/// How often a server is asked for an image that it does not give.
const TRIES: i64 = 4;

/// An image that a product is to get.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) url: String,
    pub(super) alt: Option<String>,
    pub(super) import: Option<ImportId>,
    pub(super) line: i64,
    pub(super) column: String,
    pub(super) attempts: i64,
}

db::from_row!(Wanted { url, alt, import, line, column, attempts });

/// Images that are to be fetched for several products: noted together.
#[derive(Debug, Default)]
pub(super) struct Wishes<'d> {
    images: Vec<Wish<'d>>,
    /// The products that they are for.
    jobs: Vec<Job>,
}

/// An image that is to be fetched.
#[derive(Debug)]
pub(super) struct Wish<'d> {
    pub(super) product: ProductId,
    pub(super) place: i64,
    pub(super) image: &'d DraftImage,
    pub(super) import: Option<ImportId>,
    pub(super) column: &'d str,
}

impl Wishes<'_> {
    /// Writes them down, and has them fetched.
    pub(super) async fn note(self, tx: &mut Tx, market: &Market) -> Result<()> {
        store::want(tx, &self.images).await?;
        let now = market.now();
        let jobs: Vec<_> = self.jobs.iter().map(|job| (job, now)).collect();
        jobs::enqueue_all(tx, market, &jobs).await
    }
}

/// Adds the images of a draft that its product does not have to those that are wanted; answers what of them
/// can't be had.
pub(super) async fn want<'d>(
    tx: &mut Tx,
    market: &Market,
    reading: &'d Reading,
    (product, draft, has): (ProductId, &'d Draft, &[Image]),
    wishes: &mut Wishes<'d>,
) -> Result<Vec<RowError>> {
    let own = |image: &DraftImage| own_file(market, &image.url);
    let is_there = |image: &DraftImage| {
        let file = own(image);
        has.iter().any(|ours| {
            ours.source.as_deref() == Some(image.url.as_str())
                || file.as_ref().is_some_and(|file| file.hash() == ours.hash)
        })
    };
    let missing: Vec<&DraftImage> = draft.images.iter().filter(|image| !is_there(image)).collect();
    let room = MAX_IMAGES.saturating_sub(has.len());
    let column = &reading.columns.image;
    let too_many = missing.iter().skip(room);
    let errors: Vec<RowError> = too_many
        .map(|image| RowError::new(image.line, column, CatalogError::TooManyImages.to_string()))
        .collect();
    let before = wishes.images.len();
    for (place, image) in (0_i64..).zip(missing.into_iter().take(room)) {
        let stored = match own(image) {
            Some(file) => images::find_stored(tx, file.hash()).await?,
            None => None,
        };
        if let Some(picture) = stored {
            let new = NewImage { picture: &picture, alt: image.alt.as_deref(), source: None };
            images::add(tx, market, product, &[new]).await?;
        } else if market.outgoing.is_on() {
            wishes.images.push(Wish { product, place, image, import: reading.import, column });
        }
    }
    if wishes.images.len() > before {
        wishes.jobs.push(Job::FetchImages { product: product.as_i64() });
    }
    Ok(errors)
}

/// The stored file that an address of our own names.
fn own_file(market: &Market, url: &str) -> Option<FileName> {
    let path = url.strip_prefix(market.settings.public_url.as_str())?;
    path.strip_prefix("/media/")?.parse().ok()
}

/// Fetches the wanted images of a product. Refused as long as one may still come.
pub(crate) async fn fetch(market: &Market, product: ProductId) -> Result<()> {
    let wanted = store::wanted(&mut market.db.read().await?, product).await?;
    let mut left = 0;
    for wanted in wanted {
        match one(market, product, &wanted).await {
            Ok(()) => {}
            Err(Trouble::Lasting(why)) => give_up(market, product, wanted, why).await?,
            Err(Trouble::Passing(why)) if wanted.attempts + 1 >= TRIES => {
                give_up(market, product, wanted, why).await?;
            }
            Err(Trouble::Passing(_)) => {
                left += 1;
                let put_back = async move |tx: &mut Tx| store::try_again(tx, product, &wanted.url).await;
                market.db.write(put_back).await?;
            }
            Err(Trouble::Ours(error)) => return Err(error),
        }
    }
    if left > 0 { Err(ComesLater(left).into()) } else { Ok(()) }
}

/// Why an image is not there.
enum Trouble {
    /// It never will be.
    Lasting(String),
    /// It may be another time.
    Passing(String),
    /// Something of ours is broken.
    Ours(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(mistakes) => Self::Lasting(super::planning::sentence(mistakes)),
            Error::Rejected(why) if matches!(why.kind(), Kind::Unavailable { .. }) => {
                Self::Ours(Error::Rejected(why))
            }
            Error::Rejected(why) => Self::Lasting(why.to_string()),
            other => Self::Ours(other),
        }
    }
}

impl From<FetchError> for Trouble {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Refused(why) => Self::Lasting(why),
            FetchError::Failed(why) => Self::Passing(why),
        }
    }
}

/// Fetches one image and puts it behind those of its product.
async fn one(market: &Market, product: ProductId, wanted: &Wanted) -> Result<(), Trouble> {
    let bytes = market.outgoing.fetch(&wanted.url, MAX_BYTES).await?;
    let picture = images::keep(market, bytes).await?;
    let added = add(market, product, wanted, picture.clone()).await;
    if added.is_err() {
        images::release(market, &picture).await?;
    }
    Ok(added?)
}

async fn add(market: &Market, product: ProductId, wanted: &Wanted, picture: Stored) -> Result<()> {
    let (shared, url, alt) = (market.clone(), wanted.url.clone(), wanted.alt.clone());
    let add = async move |tx: &mut Tx| -> Result<()> {
        products::open(tx, product).await?;
        // It was taken back, or another worker was faster.
        if !store::want_no_more(tx, product, &url).await? {
            return Err(Refusal::Gone.into());
        }
        let new = NewImage { picture: &picture, alt: alt.as_deref(), source: Some(&url) };
        images::add(tx, &shared, product, &[new]).await
    };
    market.db.write(add).await
}

/// Wants an image no more, and tells its import why.
async fn give_up(market: &Market, product: ProductId, wanted: Wanted, why: String) -> Result<()> {
    let Wanted { url, import, line, column, .. } = wanted;
    let error = RowError::new(line.unsigned_abs(), column, format!("the image can't be had: {why}"));
    let give_up = async move |tx: &mut Tx| {
        if store::want_no_more(tx, product, &url).await?
            && let Some(import) = import
        {
            store::add_errors(tx, import, std::slice::from_ref(&error)).await?;
        }
        Ok(())
    };
    market.db.write(give_up).await
}

/// Images are still to come: the job is to run again.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{0} images can't be had at the moment")]
struct ComesLater(usize);

impl Rejection for ComesLater {
    fn kind(&self) -> Kind {
        Kind::Unavailable { retry_after: 2 }
    }

    fn code(&self) -> &'static str {
        "unavailable"
    }
}
