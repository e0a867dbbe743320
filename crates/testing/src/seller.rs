//! Somebody who sells.

use std::ops::Deref;

use types::VendorId;

use crate::Actor;

/// The owner of an accepted shop. Speaks to the app like any [`Actor`].
#[derive(Debug, Clone)]
pub struct Seller {
    /// The owner.
    pub actor: Actor,
    /// The shop.
    pub vendor: VendorId,
    /// The shop's slug.
    pub slug: String,
}

impl Deref for Seller {
    type Target = Actor;
    fn deref(&self) -> &Actor {
        &self.actor
    }
}
