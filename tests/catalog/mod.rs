//! Products, variants, stock, images, lists.

mod bad_input;
mod listing;
mod owners;
mod paging;
mod products;
mod stock;
mod variants;
