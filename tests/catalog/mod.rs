//! Products, variants, stock, images, lists.

mod products;
