//! Products, variants, stock, images, lists.

mod approval;
mod attributes;
mod bad_input;
mod bulk_edits;
mod hostile_images;
mod images;
mod kept_answers;
mod listing;
mod low_stock;
mod owners;
mod paging;
mod paging_properties;
pub(crate) mod pictures;
mod prices;
mod products;
mod renditions;
mod s3;
mod scheduling;
mod slugs;
mod stock;
mod variant_extras;
mod variants;
