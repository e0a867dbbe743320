//! A shop's products as a file that an import reads back without a difference.

use types::VendorId;

use super::shopify::{Terms, header, rows};
use crate::catalog::bulk::{self, Place};
use crate::catalog::categories::{self, Tree};
use crate::{Error, Market, Result};

/// An export under way: it reads a page of products at a time, so that its size does not matter.
#[derive(Debug)]
pub struct Export {
    market: Market,
    vendor: VendorId,
    categories: Tree,
    next: Option<Place>,
    has_begun: bool,
}

impl Export {
    /// Begins an export in Shopify's format of all products that are not archived.
    pub async fn begin(market: &Market, vendor: VendorId) -> Result<Self> {
        Ok(Self {
            market: market.clone(),
            vendor,
            categories: categories::tree(&mut market.db.read().await?).await?,
            next: Some(Place::START),
            has_begun: false,
        })
    }

    /// The next part of the file, the first with the header; nothing after the last.
    pub async fn part(&mut self) -> Result<Option<Vec<u8>>> {
        let mut file = csv::WriterBuilder::new().from_writer(Vec::new());
        let broken = |error| Error::failed("a row of an export could not be written", error);
        if !self.has_begun {
            file.write_record(header()).map_err(broken)?;
        } else if self.next.is_none() {
            return Ok(None);
        }
        self.has_begun = true;
        if let Some(place) = self.next {
            let (products, next) = bulk::read(&mut self.market.db.read().await?, self.vendor, place).await?;
            self.next = next;
            let terms = Terms {
                currency: self.market.settings.currency,
                public_url: &self.market.settings.public_url,
                now: self.market.now(),
            };
            for whole in &products {
                let path = whole.product.category.map(|id| self.categories.path(id)).unwrap_or_default();
                let names: Vec<&str> = path.iter().map(|category| category.name.as_str()).collect();
                for row in rows(whole, &names.join(" > "), &terms) {
                    file.write_record(row).map_err(broken)?;
                }
            }
        }
        let bytes = file.into_inner().map_err(|error| Error::internal(error.to_string()))?;
        Ok(Some(bytes))
    }
}
