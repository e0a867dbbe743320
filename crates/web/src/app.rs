//! What handlers share.

use db::{Conn, Tx};
use marketplace::{Error, Market};

use crate::problem::Problem;

/// The state of the router. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    market: Market,
}

impl App {
    /// The state for a marketplace.
    pub const fn new(market: Market) -> Self {
        Self { market }
    }

    /// The marketplace.
    pub const fn market(&self) -> &Market {
        &self.market
    }

    /// Runs `op` in one durable transaction; it may run again after a conflict with another.
    ///
    /// The closure owns what it captures: `app.write(async move |tx, market| …)`.
    pub async fn write<T, F>(&self, op: F) -> Result<T, Problem>
    where
        F: AsyncFn(&mut Tx, &Market) -> Result<T, Error> + Send + Sync + 'static,
        T: Send + 'static,
    {
        let market = self.market.clone();
        self.market.db.write(async move |tx: &mut Tx| op(tx, &market).await).await.map_err(Problem::from)
    }

    /// A connection to read with.
    pub async fn read(&self) -> Result<Conn, Problem> {
        self.market.db.read().await.map_err(|error| Problem::from(Error::from(error)))
    }
}
