//! Shops: applying, deciding, showing, editing, members.

mod applying;
mod choosing;
mod deciding;
mod editing;
mod inviting;
mod logos;
mod members;
mod profile;
mod transferring;

use testing::{Actor, Value, json};

/// A body for POST /v1/vendors.
fn application(name: &str) -> Value {
    json!({"name": name, "description": "Hand-made pots", "address": "12 Potters' Lane"})
}

/// A pending vendor.
async fn apply(actor: &Actor, name: &str) -> Value {
    actor.post("/v1/vendors", application(name)).await.expect(201)
}

fn id(vendor: &Value) -> &str {
    vendor["id"].as_str().expect("a vendor has an id")
}

/// Where an admin decides on a vendor: `decision(&vendor, "accept")`.
fn decision(vendor: &Value, name: &str) -> String {
    format!("/v1/admin/vendors/{}/{name}", id(vendor))
}
