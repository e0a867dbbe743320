//! Taxes: the marketplace's rates, on top of prices or within them.

mod checkouts;
mod rates;

use testing::{Actor, Value, json};

/// Sets the marketplace's rates.
pub(crate) async fn rates(admin: &Actor, rates: Value) -> Value {
    admin.put("/v1/admin/tax-rates", json!({"rates": rates})).await.expect(200)
}
