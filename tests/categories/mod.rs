//! The tree of categories.

mod attributes;
mod deleting;
mod importing;
mod slugs;
mod taxonomy;
mod tree;

use testing::{Actor, Value, json};

/// A new category's view.
async fn create(admin: &Actor, name: &str, parent: Option<&Value>) -> Value {
    let parent = parent.map_or(Value::Null, |parent| parent["id"].clone());
    admin.post("/v1/admin/categories", json!({"name": name, "parent_id": parent})).await.expect(201)
}

/// The address at which admins change a category.
fn path(category: &Value) -> String {
    format!("/v1/admin/categories/{}", category["id"].as_str().expect("a category has an id"))
}
