//! Products, variants, stock, images, lists.

mod attributes;
mod bad_input;
mod hostile_images;
mod images;
mod kept_answers;
mod listing;
mod owners;
mod paging;
pub(crate) mod pictures;
mod products;
mod renditions;
mod slugs;
mod stock;
mod variants;
