//! Where the links of mails lead.

use std::fmt::Display;

use crate::Settings;

/// Makes links that begin with the marketplace's public address.
#[derive(Debug, Clone, Copy)]
pub(super) struct Links<'a> {
    base: &'a str,
}

impl<'a> Links<'a> {
    pub(super) fn new(settings: &'a Settings) -> Self {
        Self { base: settings.public_url.trim_end_matches('/') }
    }

    /// The marketplace.
    pub(super) fn home(self) -> String {
        format!("{}/", self.base)
    }

    /// The reader's account.
    pub(super) fn account(self) -> String {
        format!("{}/account", self.base)
    }

    /// A buyer's order.
    pub(super) fn order(self, order: impl Display) -> String {
        format!("{}/account/orders/{order}", self.base)
    }

    /// The reader's shop.
    pub(super) fn seller(self) -> String {
        format!("{}/seller", self.base)
    }

    /// A seller's order.
    pub(super) fn seller_order(self, order: impl Display) -> String {
        format!("{}/seller/orders/{order}", self.base)
    }

    /// The shop as everybody sees it.
    pub(super) fn shop(self, slug: &str) -> String {
        format!("{}/shops/{slug}", self.base)
    }
}
