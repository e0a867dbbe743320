//! The tree of categories: public, kept by admins.

mod attributes;
mod kept;
mod taxonomy;

pub(crate) use kept::{KeptTree, Present};

use axum::extract::State;
use marketplace::Error;
use marketplace::catalog::categories::{self, Category, CategoryRef, Changes, NewCategory, Tree};
use marketplace::error::Refusal;
use serde::Serialize;
use types::CategoryId;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::answers::{Kept, Key};
use crate::extract::{Admin, Body, IfMatch, Path};
use crate::freshness::Subject;
use crate::problem::Result;
use crate::respond::{Created, List, NoContent, Ready, Resource, check_if_match};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(create))
        .routes(routes!(change, remove))
        .merge(attributes::routes())
        .merge(taxonomy::routes())
}

/// A category with everything below it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = category)]
pub(crate) struct CategoryView {
    /// Identifier.
    id: CategoryId,
    /// Name in addresses.
    slug: String,
    /// Name.
    name: String,
    /// The category above; `null` for a root.
    parent_id: Option<CategoryId>,
    /// Place among its siblings, which are shown in this order.
    position: i64,
    /// The names from the root to this category, itself last.
    path: Vec<String>,
    /// The categories right below, in order, each with its own.
    #[schema(no_recursion)]
    children: Vec<CategoryView>,
}

impl CategoryView {
    /// A category without what is below it; `above` are the names from the root to its parent.
    fn leaf(category: &Category, above: &[String]) -> Self {
        let path = above.iter().chain([&category.name]).cloned().collect();
        Self {
            id: category.id,
            slug: category.slug.clone(),
            name: category.name.clone(),
            parent_id: category.parent,
            position: category.position,
            path,
            children: Vec::new(),
        }
    }

    fn below(tree: &Tree, category: &Category, above: &[String]) -> Self {
        let mut view = Self::leaf(category, above);
        view.children =
            tree.children(Some(category.id)).map(|child| Self::below(tree, child, &view.path)).collect();
        view
    }

    /// A category of the tree with everything below it.
    pub(crate) fn of(tree: &Tree, category: &Category) -> Self {
        let mut above: Vec<String> = tree.path(category.id).iter().map(|above| above.name.clone()).collect();
        above.pop();
        Self::below(tree, category, &above)
    }

    /// The whole tree: its roots.
    fn roots(tree: &Tree) -> Vec<Self> {
        tree.children(None).map(|root| Self::below(tree, root, &[])).collect()
    }
}

/// The whole tree: the roots, each with what is below it. Never paged.
#[utoipa::path(get, path = "/v1/categories", tag = "catalogue",
    responses((status = 200, body = List<CategoryView>)))]
async fn list(State(app): State<App>) -> Result<Ready> {
    let mut conn = app.read().await?;
    Ok(app.categories().at_present(&mut conn).await?.list.clone())
}

/// A category by identifier or slug, with everything below it.
#[utoipa::path(get, path = "/v1/categories/{id}", tag = "catalogue",
    params(("id" = String, Path, description = "Identifier or slug")),
    responses((status = 200, body = CategoryView), (status = 404, description = "`not_found`")))]
async fn show(State(app): State<App>, Path(named): Path<CategoryRef>, key: Key) -> Result<Ready> {
    if let Some(kept) = app.answers().find(&key) {
        return Ok(kept.answer.clone());
    }
    let since = app.answers().moment();
    let mut conn = app.read().await?;
    let present = app.categories().at_present(&mut conn).await?;
    let category = present.tree.find(&named).ok_or(Error::from(Refusal::NotFound))?;
    let answer = Ready::of(&CategoryView::of(&present.tree, category));
    let shows = vec![Subject::Categories];
    Ok(app.answers().keep(key, Kept { answer, vendor: None, shows, until: None, since }))
}

/// Add a category.
#[utoipa::path(post, path = "/v1/admin/categories", tag = "admin", security(("bearer" = [])),
    request_body = NewCategory,
    responses((status = 201, body = CategoryView), (status = 403, description = "`forbidden`")))]
async fn create(
    State(app): State<App>,
    _admin: Admin,
    body: Body<NewCategory>,
) -> Result<Created<CategoryView>> {
    let new = body.parse()?;
    let path = app
        .write(async move |tx, market| {
            let path = categories::create(tx, market, &new).await?;
            if let Some(category) = path.last() {
                market.journal.about(category.id);
                market.journal.with("name", &category.name);
            }
            Ok(path)
        })
        .await?;
    let (category, above) = path.split_last().ok_or_else(|| Error::internal("a new category has no path"))?;
    let above: Vec<String> = above.iter().map(|above| above.name.clone()).collect();
    Ok(Created(CategoryView::leaf(category, &above)))
}

/// Rename a category, move it, or give it another place among its siblings. A slug that is given up goes on
/// leading here.
#[utoipa::path(patch, path = "/v1/admin/categories/{id}", tag = "admin", security(("bearer" = [])),
    params(("id" = String, Path)), request_body = Changes,
    responses((status = 200, body = CategoryView), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`slug_taken`, `attribute_exists`"),
        (status = 412, description = "`precondition_failed`"), (status = 422, description = "`invalid`")))]
async fn change(
    State(app): State<App>,
    _admin: Admin,
    Path(id): Path<CategoryId>,
    if_match: IfMatch,
    body: Body<Changes>,
) -> Result<Resource<CategoryView>> {
    require_category(&app, id).await?;
    let changes = body.parse()?;
    let view = app
        .write(async move |tx, market| {
            let before = categories::open(tx).await?;
            let category = before.get(id).ok_or(Refusal::NotFound)?;
            check_if_match(if_match.0.as_deref(), &CategoryView::of(&before, category))?;
            let after = categories::update(tx, market, &before, (id, &changes)).await?;
            let (was, category) = before.get(id).zip(after.get(id)).ok_or(Refusal::NotFound)?;
            market.journal.changed("name", &was.name, &category.name);
            market.journal.changed("slug", &was.slug, &category.slug);
            market.journal.changed("parent_id", &was.parent, &category.parent);
            market.journal.changed("position", &was.position, &category.position);
            Ok(CategoryView::of(&after, category))
        })
        .await?;
    Ok(Resource(view))
}

/// Delete a category that has neither children nor products.
#[utoipa::path(delete, path = "/v1/admin/categories/{id}", tag = "admin", security(("bearer" = [])),
    params(("id" = String, Path)),
    responses((status = 204), (status = 403, description = "`forbidden`"),
        (status = 404, description = "`not_found`"), (status = 409, description = "`category_in_use`"),
        (status = 412, description = "`precondition_failed`")))]
async fn remove(
    State(app): State<App>,
    _admin: Admin,
    Path(id): Path<CategoryId>,
    if_match: IfMatch,
) -> Result<NoContent> {
    app.write(async move |tx, market| {
        if if_match.0.is_some() {
            let tree = categories::open(tx).await?;
            let category = tree.get(id).ok_or(Refusal::NotFound)?;
            check_if_match(if_match.0.as_deref(), &CategoryView::of(&tree, category))?;
        }
        categories::delete(tx, market, id).await
    })
    .await?;
    Ok(NoContent)
}

/// An unknown category is told before the body is looked at.
async fn require_category(app: &App, id: CategoryId) -> Result<()> {
    let mut conn = app.read().await?;
    match categories::find(&mut conn, id).await? {
        Some(_) => Ok(()),
        None => Err(Error::from(Refusal::NotFound).into()),
    }
}
