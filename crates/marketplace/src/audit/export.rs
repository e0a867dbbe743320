//! The log as a file, read a page at a time, so that its size does not matter.

use types::EventId;

use super::{Entry, Filter, store};
use crate::{Market, Result};

/// Entries that are read at a time.
const PAGE: i64 = 500;

/// An export under way.
#[derive(Debug)]
pub struct Export {
    market: Market,
    filter: Filter,
    after: Option<EventId>,
    is_over: bool,
}

impl Export {
    /// Begins an export of the entries that fit the filter, newest first: those that are written meanwhile are
    /// not in it.
    pub fn begin(market: &Market, filter: Filter) -> Self {
        Self { market: market.clone(), filter, after: None, is_over: false }
    }

    /// The next entries; nothing after the last.
    pub async fn next(&mut self) -> Result<Option<Vec<Entry>>> {
        if self.is_over {
            return Ok(None);
        }
        let mut conn = self.market.db.read().await?;
        let entries = store::list(&mut conn, &self.filter, PAGE, self.after).await?;
        self.is_over = i64::try_from(entries.len()).is_ok_and(|count| count < PAGE);
        self.after = entries.last().map(|entry| entry.id).or(self.after);
        Ok((!entries.is_empty()).then_some(entries))
    }
}
