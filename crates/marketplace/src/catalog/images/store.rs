//! SQL of the images.

use db::{Conn, Stmt, ToValue, Tx, Value, params};
use types::{ImageId, ProductId, Timestamp};

use super::model::Stored;
use super::{Image, NewImage};
use crate::Result;
use crate::batch::{self, in_batch};

pub(crate) const STATEMENTS: &[&Stmt] = &[
    &OF_PRODUCT,
    &OF_PRODUCTS,
    &INSERT,
    &SET_POSITION,
    &DESCRIBE,
    &WAS_SOLD,
    &MARK_REMOVED,
    &DELETE,
    &PRODUCTS_WITH,
    &NOTE_FILE,
    &FIND_FILE,
    &USE_FILE,
    &RELEASE_FILE,
    &UNHOLD_FILE,
    &DOOM_FILE,
    &FORGET_FILE,
    &MARK_RENDERED,
    &UNUSED_FILES,
];

macro_rules! image {
    ($rest:literal) => {
        concat!(
            "SELECT i.id, i.product_id, i.content_hash, i.format, i.width, i.height, i.alt, i.focal_x, i.focal_y,
                i.source, f.rendered_at
             FROM images i JOIN media_files f ON f.hash = i.content_hash ",
            $rest
        )
    };
}

static OF_PRODUCT: Stmt =
    Stmt::new(image!("WHERE i.product_id = $1 AND i.removed_at IS NULL ORDER BY i.position, i.id LIMIT 20"));

pub(super) async fn of_product(conn: &mut Conn, product: ProductId) -> Result<Vec<Image>> {
    Ok(conn.all(&OF_PRODUCT, params![product]).await?)
}

static OF_PRODUCTS: Stmt = Stmt::new(concat!(
    image!("WHERE i.product_id IN "),
    in_batch!("", " AND i.removed_at IS NULL ORDER BY i.product_id, i.position, i.id LIMIT 400")
));

pub(super) async fn of_products(conn: &mut Conn, products: &[ProductId]) -> Result<Vec<Image>> {
    batch::all(conn, &OF_PRODUCTS, products).await
}

static INSERT: Stmt = Stmt::new(
    "INSERT INTO images (id, product_id, position, content_hash, format, width, height, alt, source, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
);

pub(super) async fn insert(
    tx: &mut Tx,
    (id, product): (ImageId, ProductId),
    position: i64,
    new: &NewImage<'_>,
    now: Timestamp,
) -> Result<()> {
    let NewImage { picture: Stored { hash, format, width, height }, alt, source } = new;
    let values = params![id, product, position, hash, format, width, height, alt, source, now];
    tx.exec_n(1, &INSERT, values).await?;
    Ok(())
}

static SET_POSITION: Stmt = Stmt::new("UPDATE images SET position = $2 WHERE id = $1");

/// Numbers images from 0 in this order.
pub(super) async fn set_positions(tx: &mut Tx, order: &[ImageId]) -> Result<()> {
    let sets: Vec<_> = (0..).zip(order).map(|(position, id)| [id.to_value(), Value::Int(position)]).collect();
    tx.exec_each(&SET_POSITION, &sets).await?;
    Ok(())
}

static DESCRIBE: Stmt = Stmt::new("UPDATE images SET alt = $2, focal_x = $3, focal_y = $4 WHERE id = $1");

/// Writes what is said of an image.
pub(super) async fn describe(tx: &mut Tx, image: &Image) -> Result<()> {
    let Image { id, alt, focal_x, focal_y, .. } = image;
    tx.exec_n(1, &DESCRIBE, params![id, alt, focal_x, focal_y]).await?;
    Ok(())
}

static WAS_SOLD: Stmt = Stmt::new(
    "SELECT m.id FROM variants v JOIN stock_movements m ON m.variant_id = v.id
     WHERE v.product_id = $1 AND m.order_id IS NOT NULL LIMIT 1",
);

/// Whether an order of the product was ever made.
pub(super) async fn was_sold(conn: &mut Conn, product: ProductId) -> Result<bool> {
    let found: Option<(i64,)> = conn.opt(&WAS_SOLD, params![product]).await?;
    Ok(found.is_some())
}

static MARK_REMOVED: Stmt = Stmt::new("UPDATE images SET removed_at = $2 WHERE id = $1");

pub(super) async fn mark_removed(tx: &mut Tx, id: ImageId, now: Timestamp) -> Result<()> {
    tx.exec_n(1, &MARK_REMOVED, params![id, now]).await?;
    Ok(())
}

static DELETE: Stmt = Stmt::new("DELETE FROM images WHERE id = $1");

pub(super) async fn delete(tx: &mut Tx, id: ImageId) -> Result<()> {
    tx.exec_n(1, &DELETE, params![id]).await?;
    Ok(())
}

static PRODUCTS_WITH: Stmt = Stmt::new(
    "SELECT DISTINCT product_id FROM images
     WHERE content_hash = $1 AND removed_at IS NULL AND product_id > $2 ORDER BY product_id LIMIT 500",
);

/// The products that show a picture, after one.
pub(super) async fn products_with(conn: &mut Conn, hash: &str, after: ProductId) -> Result<Vec<ProductId>> {
    let rows: Vec<(ProductId,)> = conn.all(&PRODUCTS_WITH, params![hash, after]).await?;
    Ok(rows.into_iter().map(|(product,)| product).collect())
}

static NOTE_FILE: Stmt = Stmt::new(
    "INSERT INTO media_files (hash, format, width, height, uses, held_until, created_at)
     VALUES ($1, $2, $3, $4, 0, $5, $6)
     ON CONFLICT (hash) DO UPDATE SET held_until = excluded.held_until, doomed_until = NULL
     WHERE media_files.doomed_until IS NULL OR media_files.doomed_until <= excluded.created_at",
);

/// Notes a file that is about to be written, and holds it until `held_until`; `false` when one of the same
/// content is being removed at this moment.
pub(super) async fn note_file(
    tx: &mut Tx,
    picture: &Stored,
    held_until: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let Stored { hash, format, width, height } = picture;
    Ok(tx.exec(&NOTE_FILE, params![hash, format, width, height, held_until, now]).await? == 1)
}

static FIND_FILE: Stmt =
    Stmt::new("SELECT hash, format, width, height FROM media_files WHERE hash = $1 AND doomed_until IS NULL");

/// A stored picture that is not being removed.
pub(super) async fn find_file(conn: &mut Conn, hash: &str) -> Result<Option<Stored>> {
    Ok(conn.opt(&FIND_FILE, params![hash]).await?)
}

static USE_FILE: Stmt = Stmt::new(
    "UPDATE media_files SET uses = uses + 1, held_until = 0 WHERE hash = $1 AND doomed_until IS NULL
     RETURNING rendered_at",
);

/// Counts one more image of a file: whether it can be had in other widths; nothing when it is being removed.
pub(super) async fn use_file(tx: &mut Tx, hash: &str) -> Result<Option<bool>> {
    let row: Option<(Option<Timestamp>,)> = tx.opt(&USE_FILE, params![hash]).await?;
    Ok(row.map(|(rendered_at,)| rendered_at.is_some()))
}

static RELEASE_FILE: Stmt = Stmt::new("UPDATE media_files SET uses = uses - 1 WHERE hash = $1 AND uses > 0");

/// Counts one image of a file less.
pub(super) async fn release_file(tx: &mut Tx, hash: &str) -> Result<()> {
    tx.exec_n(1, &RELEASE_FILE, params![hash]).await?;
    Ok(())
}

static UNHOLD_FILE: Stmt = Stmt::new("UPDATE media_files SET held_until = 0 WHERE hash = $1 AND uses = 0");

/// Holds a file no longer that no image came of.
pub(super) async fn unhold_file(tx: &mut Tx, hash: &str) -> Result<()> {
    tx.exec(&UNHOLD_FILE, params![hash]).await?;
    Ok(())
}

static DOOM_FILE: Stmt = Stmt::new(
    "UPDATE media_files SET doomed_until = $3
     WHERE hash = $1 AND uses = 0 AND held_until <= $2 AND (doomed_until IS NULL OR doomed_until <= $2)",
);

/// Begins to remove a file that nothing uses: until `until` nobody else may use or remove it.
pub(super) async fn doom_file(tx: &mut Tx, hash: &str, now: Timestamp, until: Timestamp) -> Result<bool> {
    Ok(tx.exec(&DOOM_FILE, params![hash, now, until]).await? == 1)
}

static FORGET_FILE: Stmt = Stmt::new("DELETE FROM media_files WHERE hash = $1 AND doomed_until = $2");

/// Forgets a file that was doomed until `until` and is removed.
pub(super) async fn forget_file(tx: &mut Tx, hash: &str, until: Timestamp) -> Result<()> {
    tx.exec(&FORGET_FILE, params![hash, until]).await?;
    Ok(())
}

static MARK_RENDERED: Stmt = Stmt::new(
    "UPDATE media_files SET rendered_at = $2 WHERE hash = $1 AND doomed_until IS NULL AND rendered_at IS NULL",
);

/// Notes that a file can be had in other widths; `false` when it was noted, or the file goes.
pub(super) async fn mark_rendered(tx: &mut Tx, hash: &str, now: Timestamp) -> Result<bool> {
    Ok(tx.exec(&MARK_RENDERED, params![hash, now]).await? == 1)
}

static UNUSED_FILES: Stmt = Stmt::new(
    "SELECT hash, format, width, height FROM media_files
     WHERE uses = 0 AND held_until <= $1 AND (doomed_until IS NULL OR doomed_until <= $1)
     ORDER BY held_until LIMIT $2",
);

/// Files that nothing uses and nobody removes.
pub(super) async fn unused_files(conn: &mut Conn, now: Timestamp, most: i64) -> Result<Vec<Stored>> {
    Ok(conn.all(&UNUSED_FILES, params![now, most]).await?)
}
