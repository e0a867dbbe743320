//! Categories: the tree that admins keep and products hang from.
//!
//! Invariants: no category is its own ancestor, and none lies deeper than [`MAX_DEPTH`]; a category with
//! children or with products that are not archived stays. Whoever changes the tree first takes its one
//! version row, so that changes of the tree happen one after the other on every node; the version tells
//! those who keep a copy of the tree when it is stale.

mod error;
mod growing;
mod model;
mod store;

pub use error::CategoryError;
pub use growing::{Growing, Growth, NamePath};
pub use model::{Category, Changes, NewCategory, Tree};

pub(crate) use store::{INSERTS, STATEMENTS};

use db::{Conn, Tx};
use types::{CategoryId, IdOrSlug, Slug, kind};

use super::{attributes, products};
use crate::changes::{self, Change};
use crate::error::Refusal;
use crate::slugs::{self, Named, SlugTaken};
use crate::{Error, Market, Result};

/// Names a category by its identifier or its slug.
pub type CategoryRef = IdOrSlug<kind::Category>;

/// The deepest level; a root is on the first.
pub const MAX_DEPTH: usize = 16;

/// The most categories that are read: more than any known taxonomy has.
pub const MAX_CATEGORIES: i64 = 50_000;

/// Numbers that are tried behind a slug that is taken, before the category's identifier is.
const SLUG_NUMBERS: std::ops::Range<u32> = 2..10;

/// One category.
pub async fn find(conn: &mut Conn, id: CategoryId) -> Result<Option<Category>> {
    store::find(conn, id).await
}

/// One category, which stays until this transaction ends: for what is about to refer to it.
pub async fn hold(tx: &mut Tx, id: CategoryId) -> Result<Option<Category>> {
    store::hold(tx, id).await
}

/// The names of those of the categories that there are; they stay until this transaction ends. The
/// identifiers are sorted.
pub async fn hold_many(tx: &mut Tx, ids: &[CategoryId]) -> Result<Vec<(CategoryId, String)>> {
    store::hold_many(tx, ids).await
}

/// The category and those above it, the root first; empty when there is no such category.
pub async fn path(conn: &mut Conn, id: CategoryId) -> Result<Vec<Category>> {
    store::path(conn, id).await
}

/// The whole tree.
pub async fn tree(conn: &mut Conn) -> Result<Tree> {
    let nodes = store::all(conn).await?;
    let former = slugs::all(conn, Named::Category, MAX_CATEGORIES).await?;
    let former = former.into_iter().map(|(slug, id)| (slug, CategoryId::from_i64(id)));
    Ok(Tree::new(nodes).with_former(former.collect()))
}

/// A category with those above and below it, as a tree; without any where there is no such category.
pub async fn around(conn: &mut Conn, id: CategoryId) -> Result<Tree> {
    let mut nodes = store::path(conn, id).await?;
    nodes.append(&mut store::below(conn, id).await?);
    Ok(Tree::new(nodes))
}

/// Keeps the tree as it is until this transaction ends: for what goes by the path of a category.
pub(super) async fn hold_tree(tx: &mut Tx) -> Result<()> {
    store::hold_tree(tx).await
}

/// A number that is another one after every change of the tree. Read it before the tree itself: then a
/// copy of the tree is never older than its number says.
pub async fn version(conn: &mut Conn) -> Result<i64> {
    store::version(conn).await
}

/// Adds a category, after its siblings unless a position is given. Answers it with those above it, the
/// root first and itself last.
pub async fn create(tx: &mut Tx, market: &Market, new: &NewCategory) -> Result<Vec<Category>> {
    store::begin_change(tx).await?;
    let mut path = match new.parent_id {
        None => Vec::new(),
        Some(parent) => store::path(tx, parent).await?,
    };
    if new.parent_id.is_some() && path.is_empty() {
        return Err(no_such_parent());
    }
    if path.len() >= MAX_DEPTH {
        return Err(too_deep());
    }
    let id = market.id::<kind::Category>();
    let position = match new.position {
        Some(position) => position.get(),
        None => store::next_position(tx, new.parent_id).await?,
    };
    for slug in slugs(id, new.name.as_str(), path.last().map(|parent| parent.name.as_str())) {
        let category = Category {
            id,
            slug: slug.to_string(),
            name: new.name.to_string(),
            parent: new.parent_id,
            position,
        };
        let is_free = slugs::find(tx, Named::Category, &category.slug).await?.is_none();
        if is_free && store::insert(tx, &category, market.now()).await? {
            changes::record(tx, market, &[Change::Category(id)]).await?;
            path.push(category);
            return Ok(path);
        }
    }
    Err(Error::internal("no slug could be found for a category"))
}

/// Adds the categories that [`Growing`] found to be missing in an [`open`] tree.
pub async fn add(tx: &mut Tx, market: &Market, tree: &Tree, new: &[Category]) -> Result<()> {
    store::insert_many(tx, new, market.now()).await?;
    // What is told of one holds for all below it.
    let topmost = new.iter().filter(|new| new.parent.is_none_or(|parent| tree.get(parent).is_some()));
    let told: Vec<Change> = topmost.map(|new| Change::Category(new.id)).collect();
    changes::record(tx, market, &told).await
}

/// The slugs to try: of the name, of the parent's and the name, numbered, and one that can't be taken.
fn slugs(id: CategoryId, name: &str, parent: Option<&str>) -> impl Iterator<Item = Slug> + use<> {
    let base = Slug::from_title(name);
    let below_parent = parent.map(|parent| Slug::from_title(&format!("{parent} {name}")));
    let numbered_base = below_parent.clone().unwrap_or_else(|| base.clone());
    let last = base.with_suffix(&id.to_string().replace('_', "-"));
    let numbered = SLUG_NUMBERS.map(move |number| numbered_base.with_suffix(&number.to_string()));
    std::iter::once(base).chain(below_parent).chain(numbered).chain([last])
}

/// Opens the tree for a change: as nobody else changes it before this transaction ends.
pub async fn open(tx: &mut Tx) -> Result<Tree> {
    store::begin_change(tx).await?;
    tree(tx).await
}

/// Changes a category of an [`open`] tree: its name, its slug, its parent, its place among its siblings.
///
/// Its slug stays unless it is changed, and one that is given up goes on leading here. A slug that another
/// category has or had is refused as `slug_taken`. A parent below itself is a mistake of `/parent_id`.
pub async fn update(
    tx: &mut Tx,
    market: &Market,
    tree: &Tree,
    (id, changes): (CategoryId, &Changes),
) -> Result<Tree> {
    let before = tree.get(id).ok_or(Refusal::NotFound)?;
    let mut after = before.clone();
    after.name = changes.name.clone().0.map_or(after.name, types::Line::into_string);
    after.parent = changes.parent_id.clone().apply(after.parent);
    if let Some(parent) = after.parent.filter(|_| after.parent != before.parent) {
        let above = tree.path(parent);
        if above.is_empty() {
            return Err(no_such_parent());
        }
        if above.iter().any(|ancestor| ancestor.id == id) {
            return Err(Error::invalid("/parent_id", "cycle", "a category can't lie below itself"));
        }
        if above.len() + tree.levels(id) > MAX_DEPTH {
            return Err(too_deep());
        }
    }
    after.position = match changes.position.0 {
        Some(position) => position.get(),
        None if after.parent == before.parent => before.position,
        None => store::next_position(tx, after.parent).await?,
    };
    store::update(tx, &after).await?;
    if let Some(slug) = changes.slug.0.as_ref().filter(|slug| slug.as_str() != before.slug) {
        after.slug = rename_slug(tx, market, tree, (before, slug)).await?;
    }
    if after.name != before.name {
        products::category_renamed(tx, id, &after.name).await?;
    }
    changes::record(tx, market, &[Change::Category(id)]).await?;
    let has_new_parent = after.parent != before.parent;
    let grown = tree.with(after);
    if has_new_parent {
        attributes::moved(tx, id, (tree, &grown)).await?;
    }
    Ok(grown)
}

/// Gives a category of an open tree another slug; answers it.
async fn rename_slug(
    tx: &mut Tx,
    market: &Market,
    tree: &Tree,
    (before, slug): (&Category, &Slug),
) -> Result<String> {
    let (id, slug) = (before.id, slug.to_string());
    if tree.get_by_slug(&slug).is_some_and(|other| other.id != id) {
        return Err(SlugTaken.into());
    }
    slugs::claim(tx, Named::Category, &slug, id.as_i64()).await?;
    store::set_slug(tx, id, &slug).await?;
    slugs::retire(tx, market, Named::Category, (&before.slug, id.as_i64())).await?;
    Ok(slug)
}

/// Deletes a category that has neither children nor products; archived products lose it.
pub async fn delete(tx: &mut Tx, market: &Market, id: CategoryId) -> Result<()> {
    store::begin_change(tx).await?;
    store::lock(tx, id).await?.ok_or(Refusal::NotFound)?;
    if store::is_used(tx, id).await? {
        return Err(CategoryError::InUse.into());
    }
    attributes::forget(tx, id).await?;
    store::forget_archived_products(tx, id).await?;
    store::delete(tx, id).await?;
    changes::record(tx, market, &[Change::Category(id)]).await
}

fn no_such_parent() -> Error {
    Error::invalid("/parent_id", "not_found", "there is no such category")
}

fn too_deep() -> Error {
    Error::invalid("/parent_id", "too_deep", format!("at most {MAX_DEPTH} levels"))
}
