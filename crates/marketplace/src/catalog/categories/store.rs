//! SQL of the categories.

use db::{Conn, Insert, Kind, Stmt, Tx, Value, params};
use types::{CategoryId, Timestamp};

use super::{Category, MAX_CATEGORIES, MAX_DEPTH};
use crate::batch::{self, in_batch};
use crate::{Error, Result};

pub(crate) const STATEMENTS: &[&Stmt] = &[
    &BEGIN_CHANGE,
    &VERSION,
    &FIND,
    &HOLD,
    &HOLD_MANY,
    &LOCK,
    &PATH,
    &ALL,
    &NEXT_POSITION,
    &INSERT,
    &UPDATE,
    &SET_SLUG,
    &BELOW,
    &HOLD_TREE,
    &CHILD,
    &PRODUCT,
    &FORGET_ARCHIVED_PRODUCTS,
    &DELETE,
];

pub(crate) const INSERTS: &[&Insert] = &[&INSERT_MANY];

static BEGIN_CHANGE: Stmt = Stmt::new(
    "INSERT INTO category_tree (id, version) VALUES (1, 1)
     ON CONFLICT (id) DO UPDATE SET version = category_tree.version + 1",
);

/// Takes the tree's row, which whoever changes the tree next waits for, and counts its version up.
pub(super) async fn begin_change(tx: &mut Tx) -> Result<()> {
    tx.exec_n(1, &BEGIN_CHANGE, params![]).await?;
    Ok(())
}

static VERSION: Stmt = Stmt::new("SELECT version FROM category_tree WHERE id = 1");

pub(super) async fn version(conn: &mut Conn) -> Result<i64> {
    let found: Option<(i64,)> = conn.opt(&VERSION, params![]).await?;
    Ok(found.map_or(0, |(version,)| version))
}

static FIND: Stmt = Stmt::new("SELECT id, slug, name, parent_id, position FROM categories WHERE id = $1");

pub(super) async fn find(conn: &mut Conn, id: CategoryId) -> Result<Option<Category>> {
    Ok(conn.opt(&FIND, params![id]).await?)
}

static HOLD: Stmt = Stmt::with_postgres(
    "SELECT id, slug, name, parent_id, position FROM categories WHERE id = $1",
    "SELECT id, slug, name, parent_id, position FROM categories WHERE id = $1 FOR KEY SHARE",
);

pub(super) async fn hold(tx: &mut Tx, id: CategoryId) -> Result<Option<Category>> {
    Ok(tx.opt(&HOLD, params![id]).await?)
}

static HOLD_MANY: Stmt = Stmt::with_postgres(
    in_batch!("SELECT id, name FROM categories WHERE id IN ", " ORDER BY id LIMIT 20"),
    in_batch!("SELECT id, name FROM categories WHERE id IN ", " ORDER BY id LIMIT 20 FOR KEY SHARE"),
);

/// The names of categories, which stay; in the order of their ids, so that nobody waits in a circle.
pub(super) async fn hold_many(tx: &mut Tx, ids: &[CategoryId]) -> Result<Vec<(CategoryId, String)>> {
    batch::all(tx, &HOLD_MANY, ids).await
}

static LOCK: Stmt = Stmt::with_postgres(
    "SELECT id, slug, name, parent_id, position FROM categories WHERE id = $1",
    "SELECT id, slug, name, parent_id, position FROM categories WHERE id = $1 FOR UPDATE",
);

/// The category after everybody has finished who was about to refer to it.
pub(super) async fn lock(tx: &mut Tx, id: CategoryId) -> Result<Option<Category>> {
    Ok(tx.opt(&LOCK, params![id]).await?)
}

static PATH: Stmt = Stmt::new(
    "WITH RECURSIVE up (id, slug, name, parent_id, position, steps) AS (
        SELECT id, slug, name, parent_id, position, CAST(0 AS BIGINT) FROM categories WHERE id = $1
        UNION ALL
        SELECT c.id, c.slug, c.name, c.parent_id, c.position, up.steps + 1
        FROM categories c JOIN up ON c.id = up.parent_id WHERE up.steps < $2
     )
     SELECT id, slug, name, parent_id, position FROM up ORDER BY steps DESC LIMIT $2",
);

/// From the root down to the category.
pub(super) async fn path(conn: &mut Conn, id: CategoryId) -> Result<Vec<Category>> {
    let most = i64::try_from(MAX_DEPTH).map_err(|error| Error::failed("a depth is no number", error))?;
    Ok(conn.all(&PATH, params![id, most]).await?)
}

static BELOW: Stmt = Stmt::new(
    "WITH RECURSIVE below (id, slug, name, parent_id, position, steps) AS (
        SELECT id, slug, name, parent_id, position, CAST(1 AS BIGINT) FROM categories WHERE parent_id = $1
        UNION ALL
        SELECT c.id, c.slug, c.name, c.parent_id, c.position, b.steps + 1
        FROM categories c JOIN below b ON c.parent_id = b.id WHERE b.steps < $2
     )
     SELECT id, slug, name, parent_id, position FROM below LIMIT $3",
);

/// All categories below one, in any order.
pub(super) async fn below(conn: &mut Conn, id: CategoryId) -> Result<Vec<Category>> {
    let most = i64::try_from(MAX_DEPTH).map_err(|error| Error::failed("a depth is no number", error))?;
    Ok(conn.all(&BELOW, params![id, most, MAX_CATEGORIES]).await?)
}

static HOLD_TREE: Stmt = Stmt::with_postgres(
    "SELECT version FROM category_tree WHERE id = 1",
    "SELECT version FROM category_tree WHERE id = 1 FOR SHARE",
);

/// Keeps everybody from changing the tree before this transaction ends.
pub(super) async fn hold_tree(tx: &mut Tx) -> Result<()> {
    let _: Option<(i64,)> = tx.opt(&HOLD_TREE, params![]).await?;
    Ok(())
}

static ALL: Stmt = Stmt::new(
    "SELECT id, slug, name, parent_id, position FROM categories ORDER BY parent_id, position, id LIMIT $1",
);

pub(super) async fn all(conn: &mut Conn) -> Result<Vec<Category>> {
    Ok(conn.all(&ALL, params![MAX_CATEGORIES]).await?)
}

static NEXT_POSITION: Stmt = Stmt::new(
    "SELECT COALESCE(MAX(position) + 1, 0) FROM categories
     WHERE parent_id = $1 OR (parent_id IS NULL AND CAST($1 AS BIGINT) IS NULL)",
);

/// The position behind all the children of `parent`, or behind all roots.
pub(super) async fn next_position(conn: &mut Conn, parent: Option<CategoryId>) -> Result<i64> {
    let (position,) = conn.one(&NEXT_POSITION, params![parent]).await?;
    Ok(position)
}

static INSERT: Stmt = Stmt::new(
    "INSERT INTO categories (id, slug, name, parent_id, position, created_at)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (slug) DO NOTHING",
);

/// `false` when the slug is taken.
pub(super) async fn insert(tx: &mut Tx, category: &Category, now: Timestamp) -> Result<bool> {
    let Category { id, slug, name, parent, position } = category;
    Ok(tx.exec(&INSERT, params![id, slug, name, parent, position, now]).await? == 1)
}

static INSERT_MANY: Insert = Insert::new(
    "categories",
    &[
        ("id", Kind::Int),
        ("slug", Kind::Text),
        ("name", Kind::Text),
        ("parent_id", Kind::Int),
        ("position", Kind::Int),
        ("created_at", Kind::Int),
    ],
);

/// Inserts categories whose slugs are free, each behind the one above it.
pub(super) async fn insert_many(tx: &mut Tx, categories: &[Category], now: Timestamp) -> Result<()> {
    let rows: Vec<_> = categories.iter().map(|category| row_of(category, now)).collect();
    tx.insert_many(&INSERT_MANY, &rows).await?;
    Ok(())
}

fn row_of(category: &Category, now: Timestamp) -> [Value<'_>; 6] {
    let Category { id, slug, name, parent, position } = category;
    [
        Value::Int(id.as_i64()),
        Value::Text(slug),
        Value::Text(name),
        parent.map_or(Value::Null, |parent| Value::Int(parent.as_i64())),
        Value::Int(*position),
        Value::Int(now.as_micros()),
    ]
}

static UPDATE: Stmt =
    Stmt::new("UPDATE categories SET name = $2, parent_id = $3, position = $4 WHERE id = $1");

pub(super) async fn update(tx: &mut Tx, category: &Category) -> Result<()> {
    let Category { id, name, parent, position, .. } = category;
    tx.exec_n(1, &UPDATE, params![id, name, parent, position]).await?;
    Ok(())
}

static SET_SLUG: Stmt = Stmt::new("UPDATE categories SET slug = $2 WHERE id = $1");

pub(super) async fn set_slug(tx: &mut Tx, id: CategoryId, slug: &str) -> Result<()> {
    tx.exec_n(1, &SET_SLUG, params![id, slug]).await?;
    Ok(())
}

static CHILD: Stmt = Stmt::new("SELECT id FROM categories WHERE parent_id = $1 LIMIT 1");

static PRODUCT: Stmt =
    Stmt::new("SELECT id FROM products WHERE category_id = $1 AND status <> 'archived' LIMIT 1");

/// Whether there is a child, or a product that is not archived.
pub(super) async fn is_used(conn: &mut Conn, id: CategoryId) -> Result<bool> {
    let child: Option<(i64,)> = conn.opt(&CHILD, params![id]).await?;
    let product: Option<(i64,)> = conn.opt(&PRODUCT, params![id]).await?;
    Ok(child.is_some() || product.is_some())
}

static FORGET_ARCHIVED_PRODUCTS: Stmt =
    Stmt::new("UPDATE products SET category_id = NULL WHERE category_id = $1 AND status = 'archived'");

pub(super) async fn forget_archived_products(tx: &mut Tx, id: CategoryId) -> Result<()> {
    tx.exec(&FORGET_ARCHIVED_PRODUCTS, params![id]).await?;
    Ok(())
}

static DELETE: Stmt = Stmt::new("DELETE FROM categories WHERE id = $1");

pub(super) async fn delete(tx: &mut Tx, id: CategoryId) -> Result<()> {
    tx.exec_n(1, &DELETE, params![id]).await?;
    Ok(())
}
