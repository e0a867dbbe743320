//! The attributes of a category: public, kept by admins.

use axum::extract::State;
use db::Conn;
use marketplace::Error;
use marketplace::catalog::attributes::{self, Attribute, AttributeChanges, AttributeType, NewAttribute};
use marketplace::catalog::categories::{self, CategoryRef};
use marketplace::error::Refusal;
use serde::Serialize;
use types::{AttributeId, CategoryId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::require_category;
use crate::App;
use crate::extract::{Admin, Body, IfMatch, Path};
use crate::problem::Result;
use crate::respond::{Created, List, NoContent, Resource, check_if_match};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(list_own, create))
        .routes(routes!(change, remove))
}

/// A property that products of a category, and of those below it, have.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = attribute)]
struct AttributeView {
    /// Identifier.
    id: AttributeId,
    /// The category that it is kept at.
    category_id: CategoryId,
    /// What products and searches call it.
    key: String,
    /// What people call it.
    name: String,
    /// What its values are.
    #[serde(rename = "type")]
    kind: AttributeType,
    /// What a number counts.
    unit: Option<String>,
    /// What can be chosen; empty for the other types.
    choices: Vec<String>,
    /// Whether a product needs it to be published.
    required: bool,
    /// Place among the attributes of its category.
    position: i64,
}

impl From<Attribute> for AttributeView {
    fn from(attribute: Attribute) -> Self {
        let Attribute { id, category, key, name, kind, unit, choices, is_required, position } = attribute;
        Self {
            id,
            category_id: category,
            key,
            name,
            kind,
            unit,
            choices: choices.0,
            required: is_required,
            position,
        }
    }
}

/// The attributes of the products of a category: its own and those it inherits, the root's first. Never
/// paged: a category has at most 100.
#[utoipa::path(get, path = "/v1/categories/{id}/attributes", tag = "catalogue",
    params(("id" = String, Path, description = "Identifier or slug")),
    responses((status = 200, body = List<AttributeView>), (status = 404, description = "`not_found`")))]
async fn list(State(app): State<App>, Path(named): Path<CategoryRef>) -> Result<List<AttributeView>> {
    let mut conn = app.read().await?;
    let present = app.categories().at_present(&mut conn).await?;
    let category = present.tree.find(&named).ok_or(Error::from(Refusal::NotFound))?;
    let path: Vec<CategoryId> = present.tree.path(category.id).iter().map(|above| above.id).collect();
    let found = attributes::of_path(&mut conn, &path).await?;
    Ok(List { data: found.into_iter().map(AttributeView::from).collect(), next_cursor: None })
}

/// The attributes that are kept at a category, without those that it inherits.
#[utoipa::path(get, path = "/v1/admin/categories/{id}/attributes", tag = "admin", security(("bearer" = [])),
    params(("id" = CategoryId, Path)),
    responses((status = 200, body = List<AttributeView>), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`")))]
async fn list_own(
    State(app): State<App>,
    _admin: Admin,
    Path(id): Path<CategoryId>,
) -> Result<List<AttributeView>> {
    require_category(&app, id).await?;
    let found = attributes::of_path(&mut app.read().await?, &[id]).await?;
    Ok(List { data: found.into_iter().map(AttributeView::from).collect(), next_cursor: None })
}

/// Give the products of a category, and of those below it, another property.
#[utoipa::path(post, path = "/v1/admin/categories/{id}/attributes", tag = "admin", security(("bearer" = [])),
    params(("id" = CategoryId, Path)), request_body = NewAttribute,
    responses((status = 201, body = AttributeView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"),
        (status = 409, description = "`attribute_exists`, `too_many_attributes`"),
        (status = 422, description = "`invalid`")))]
async fn create(
    State(app): State<App>,
    _admin: Admin,
    Path(id): Path<CategoryId>,
    body: Body<NewAttribute>,
) -> Result<Created<AttributeView>> {
    require_category(&app, id).await?;
    let new = body.parse()?;
    let attribute = app
        .write(async move |tx, market| {
            let tree = categories::open(tx).await?;
            attributes::create(tx, market, &tree, (id, &new)).await
        })
        .await?;
    Ok(Created(attribute.into()))
}

/// The attribute that is kept at this category.
async fn expect(
    conn: &mut Conn,
    (category, id): (CategoryId, AttributeId),
) -> std::result::Result<Attribute, Error> {
    attributes::find(conn, category, id).await?.ok_or_else(|| Refusal::NotFound.into())
}

/// Change an attribute; its key and its type stay. A choice that products have can't go.
#[utoipa::path(patch, path = "/v1/admin/categories/{id}/attributes/{attribute_id}", tag = "admin",
    security(("bearer" = [])),
    params(("id" = CategoryId, Path), ("attribute_id" = AttributeId, Path)), request_body = AttributeChanges,
    responses((status = 200, body = AttributeView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`choice_in_use`"),
        (status = 412, description = "`precondition_failed`"), (status = 422, description = "`invalid`")))]
async fn change(
    State(app): State<App>,
    _admin: Admin,
    Path(place): Path<(CategoryId, AttributeId)>,
    if_match: IfMatch,
    body: Body<AttributeChanges>,
) -> Result<Resource<AttributeView>> {
    expect(&mut app.read().await?, place).await?;
    let changes = body.parse()?;
    let attribute = app
        .write(async move |tx, market| {
            categories::open(tx).await?;
            let before = expect(tx, place).await?;
            check_if_match(if_match.0.as_deref(), &AttributeView::from(before.clone()))?;
            attributes::update(tx, market, before, &changes).await
        })
        .await?;
    Ok(Resource(attribute.into()))
}

/// Delete an attribute, with the values that products have of it.
#[utoipa::path(delete, path = "/v1/admin/categories/{id}/attributes/{attribute_id}", tag = "admin",
    security(("bearer" = [])), params(("id" = CategoryId, Path), ("attribute_id" = AttributeId, Path)),
    responses((status = 204), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 412, description = "`precondition_failed`")))]
async fn remove(
    State(app): State<App>,
    _admin: Admin,
    Path(place): Path<(CategoryId, AttributeId)>,
    if_match: IfMatch,
) -> Result<NoContent> {
    app.write(async move |tx, market| {
        categories::open(tx).await?;
        let before = expect(tx, place).await?;
        check_if_match(if_match.0.as_deref(), &AttributeView::from(before.clone()))?;
        attributes::delete(tx, market, &before).await
    })
    .await?;
    Ok(NoContent)
}
