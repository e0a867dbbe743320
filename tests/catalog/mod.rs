//! Products, variants, stock, images, lists.

mod bad_input;
mod hostile_images;
mod images;
mod listing;
mod owners;
mod paging;
mod pictures;
mod products;
mod renditions;
mod stock;
mod variants;
