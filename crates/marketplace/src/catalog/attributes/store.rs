//! SQL of the attributes and of their values.

use db::{
    Column, ColumnError, ColumnValue, Columns, Conn, FromRow, Insert, Kind, Row, Stmt, Tx, Value, params,
};
use types::{AttributeId, CategoryId, ProductId, Timestamp};

use super::{Attribute, AttributeType, AttributeValue, Choices, ProductValue};
use crate::Result;
use crate::batch::{self, in_batch};

pub(crate) const STATEMENTS: &[&Stmt] = &[
    &OF_CATEGORIES,
    &OF_PATHS,
    &OF_PRODUCT,
    &INSERT,
    &UPDATE,
    &NEXT_POSITION,
    &KEYS_BELOW,
    &USES_CHOICE,
    &FORGET_VALUES,
    &DELETE,
    &CLEAR,
    &CLEAR_BELOW,
    &CLEAR_ARCHIVED,
];

pub(crate) const INSERTS: &[&Insert] = &[&INSERT_VALUES];

impl Column for Choices {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        serde_json::from_str(value.text()?).map(Self).map_err(ColumnError::invalid)
    }
}

impl FromRow for Attribute {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let attribute = attribute(&mut columns)?;
        columns.finish()?;
        Ok(attribute)
    }
}

/// The attribute in the next columns.
fn attribute(columns: &mut Columns<'_, '_>) -> db::Result<Attribute> {
    Ok(Attribute {
        id: columns.read()?,
        category: columns.read()?,
        key: columns.read()?,
        name: columns.read()?,
        kind: columns.read()?,
        unit: columns.read()?,
        choices: columns.read()?,
        is_required: columns.read::<i64>()? != 0,
        position: columns.read()?,
    })
}

static OF_CATEGORIES: Stmt = Stmt::new(concat!(
    "SELECT id, category_id, key, name, type, unit, choices, is_required, position FROM attributes
     WHERE category_id IN ",
    in_batch!("", " ORDER BY position, id LIMIT 2000")
));

/// The attributes that are kept at these categories.
pub(super) async fn of_categories(conn: &mut Conn, categories: &[CategoryId]) -> Result<Vec<Attribute>> {
    batch::all(conn, &OF_CATEGORIES, categories).await
}

static OF_PATHS: Stmt = Stmt::new(in_batch!(
    "WITH RECURSIVE up (start_id, id, parent_id, steps) AS (
        SELECT id, id, parent_id, CAST(0 AS BIGINT) FROM categories WHERE id IN ",
    "
        UNION ALL
        SELECT up.start_id, c.id, c.parent_id, up.steps + 1
        FROM categories c JOIN up ON c.id = up.parent_id WHERE up.steps < 100
     )
     SELECT up.start_id, a.id, a.category_id, a.key, a.name, a.type, a.unit, a.choices, a.is_required, a.position
     FROM up JOIN attributes a ON a.category_id = up.id
     ORDER BY up.start_id, up.steps DESC, a.position, a.id LIMIT 40000"
));

/// An attribute that products of a category have.
struct OfPath(CategoryId, Attribute);

impl FromRow for OfPath {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let found = Self(columns.read()?, attribute(&mut columns)?);
        columns.finish()?;
        Ok(found)
    }
}

/// The attributes that products of these categories have, each with the category, the root's first.
pub(super) async fn of_paths(
    conn: &mut Conn,
    categories: &[CategoryId],
) -> Result<Vec<(CategoryId, Attribute)>> {
    let found: Vec<OfPath> = batch::all(conn, &OF_PATHS, categories).await?;
    Ok(found.into_iter().map(|OfPath(category, attribute)| (category, attribute)).collect())
}

impl FromRow for ProductValue {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let (id, key, name) = (columns.read()?, columns.read()?, columns.read()?);
        let (kind, unit): (AttributeType, _) = (columns.read()?, columns.read()?);
        let value = AttributeValue::from_columns(kind, columns.read()?, columns.read()?);
        columns.finish()?;
        Ok(Self { id, key, name, kind, unit, value })
    }
}

static OF_PRODUCT: Stmt = Stmt::new(
    "SELECT a.id, a.key, a.name, a.type, a.unit, v.value_text, v.value_number
     FROM product_attributes v JOIN attributes a ON a.id = v.attribute_id
     WHERE v.product_id = $1 ORDER BY a.position, a.id LIMIT 200",
);

pub(super) async fn of_product(conn: &mut Conn, product: ProductId) -> Result<Vec<ProductValue>> {
    Ok(conn.all(&OF_PRODUCT, params![product]).await?)
}

static INSERT: Stmt = Stmt::new(
    "INSERT INTO attributes (id, category_id, key, name, type, unit, choices, is_required, position, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
);

pub(super) async fn insert(tx: &mut Tx, attribute: &Attribute, now: Timestamp) -> Result<()> {
    let Attribute { id, category, key, name, kind, unit, choices, is_required, position } = attribute;
    let (choices, required) = (choices.to_json(), i64::from(*is_required));
    let values = params![id, category, key, name, kind, unit, choices, required, position, now];
    tx.exec_n(1, &INSERT, values).await?;
    Ok(())
}

static UPDATE: Stmt = Stmt::new(
    "UPDATE attributes SET name = $2, unit = $3, choices = $4, is_required = $5, position = $6 WHERE id = $1",
);

pub(super) async fn update(tx: &mut Tx, attribute: &Attribute) -> Result<()> {
    let Attribute { id, name, unit, choices, is_required, position, .. } = attribute;
    let (choices, required) = (choices.to_json(), i64::from(*is_required));
    tx.exec_n(1, &UPDATE, params![id, name, unit, choices, required, position]).await?;
    Ok(())
}

static NEXT_POSITION: Stmt =
    Stmt::new("SELECT COALESCE(MAX(position) + 1, 0) FROM attributes WHERE category_id = $1");

pub(super) async fn next_position(conn: &mut Conn, category: CategoryId) -> Result<i64> {
    let (position,) = conn.one(&NEXT_POSITION, params![category]).await?;
    Ok(position)
}

static KEYS_BELOW: Stmt = Stmt::new(
    "WITH RECURSIVE below (id) AS (
        SELECT id FROM categories WHERE id = $1
        UNION ALL SELECT c.id FROM categories c JOIN below b ON c.parent_id = b.id
     )
     SELECT DISTINCT key FROM attributes WHERE category_id IN (SELECT id FROM below) ORDER BY key LIMIT 100000",
);

/// The keys of the attributes at a category and below it.
pub(super) async fn keys_below(conn: &mut Conn, category: CategoryId) -> Result<Vec<String>> {
    let rows: Vec<(String,)> = conn.all(&KEYS_BELOW, params![category]).await?;
    Ok(rows.into_iter().map(|(key,)| key).collect())
}

static USES_CHOICE: Stmt = Stmt::new(
    "SELECT product_id FROM product_attributes WHERE attribute_id = $1 AND value_text = $2 LIMIT 1",
);

/// Whether a product has this choice.
pub(super) async fn uses_choice(conn: &mut Conn, id: AttributeId, choice: &str) -> Result<bool> {
    let found: Option<(i64,)> = conn.opt(&USES_CHOICE, params![id, choice]).await?;
    Ok(found.is_some())
}

static FORGET_VALUES: Stmt = Stmt::new("DELETE FROM product_attributes WHERE attribute_id = $1");
static DELETE: Stmt = Stmt::new("DELETE FROM attributes WHERE id = $1");

/// Deletes an attribute with its values.
pub(super) async fn delete(tx: &mut Tx, id: AttributeId) -> Result<()> {
    tx.exec(&FORGET_VALUES, params![id]).await?;
    tx.exec_n(1, &DELETE, params![id]).await?;
    Ok(())
}

static CLEAR: Stmt = Stmt::new("DELETE FROM product_attributes WHERE product_id = $1");

static INSERT_VALUES: Insert = Insert::new(
    "product_attributes",
    &[
        ("product_id", Kind::Int),
        ("attribute_id", Kind::Int),
        ("value_text", Kind::Text),
        ("value_number", Kind::Int),
    ],
);

/// Gives a product these values and no others.
pub(super) async fn replace(
    tx: &mut Tx,
    product: ProductId,
    values: &[(AttributeId, AttributeValue)],
) -> Result<()> {
    tx.exec(&CLEAR, params![product]).await?;
    let mut rows = Vec::with_capacity(values.len());
    for (attribute, value) in values {
        let (text, number) = value.columns();
        rows.push([
            Value::Int(product.as_i64()),
            Value::Int(attribute.as_i64()),
            text.map_or(Value::Null, Value::Text),
            number.map_or(Value::Null, Value::Int),
        ]);
    }
    tx.insert_many(&INSERT_VALUES, &rows).await?;
    Ok(())
}

static CLEAR_BELOW: Stmt = Stmt::new(
    "WITH RECURSIVE below (id) AS (
        SELECT id FROM categories WHERE id = $1
        UNION ALL SELECT c.id FROM categories c JOIN below b ON c.parent_id = b.id
     )
     DELETE FROM product_attributes
     WHERE attribute_id IN (SELECT id FROM attributes WHERE category_id = $2)
       AND product_id IN (SELECT id FROM products WHERE category_id IN (SELECT id FROM below))",
);

/// Takes the values of one category's attributes from all products at or below another.
pub(super) async fn clear_below(tx: &mut Tx, below: CategoryId, of: CategoryId) -> Result<()> {
    tx.exec(&CLEAR_BELOW, params![below, of]).await?;
    Ok(())
}

static CLEAR_ARCHIVED: Stmt = Stmt::new(
    "DELETE FROM product_attributes
     WHERE product_id IN (SELECT id FROM products WHERE category_id = $1 AND status = 'archived')",
);

/// Takes all values from the archived products of a category.
pub(super) async fn clear_archived(tx: &mut Tx, category: CategoryId) -> Result<()> {
    tx.exec(&CLEAR_ARCHIVED, params![category]).await?;
    Ok(())
}
