//! Images of products.

mod model;
mod store;

pub use model::{Format, Image, MAX_IMAGES, path};

pub(crate) use store::STATEMENTS;

use db::Conn;
use types::ProductId;

use crate::Result;

/// The images of a product in the seller's order.
pub async fn of_product(conn: &mut Conn, product: ProductId) -> Result<Vec<Image>> {
    store::of_product(conn, product).await
}
