//! Full-text search, facets and completions.

mod facets;
mod finding;
mod following;
mod interrupted;
mod paging;
mod quality;
mod suggesting;

use testing::{Actor, Value, json};

/// The titles that a query finds, best first.
async fn titles(actor: &Actor, query: &str) -> Vec<String> {
    let list = actor.get(&format!("/v1/products?{query}")).await.expect(200);
    list["data"].as_array().unwrap().iter().map(|card| card["title"].as_str().unwrap().to_owned()).collect()
}

async fn category(admin: &Actor, name: &str, parent: Option<&Value>) -> Value {
    let body = json!({"name": name, "parent_id": parent.map(|parent| parent["id"].clone())});
    admin.post("/v1/admin/categories", body).await.expect(201)
}
