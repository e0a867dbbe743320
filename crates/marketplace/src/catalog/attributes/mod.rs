//! Attributes: properties with a type that the products of a category have, and of those below it.
//!
//! Invariants: the attributes of a category and of those above it have different keys, which changes of
//! the tree keep; a product has values of those attributes only. Whoever changes attributes changes the
//! tree, and whoever gives products values holds it, so that the two follow one another.
//! The values are in `product_attributes`: `value_text` holds texts, choices, `true` and `false`;
//! `value_number` holds numbers in millionths.

mod error;
mod model;
mod number;
mod store;

pub use error::AttributeError;
pub use model::{
    Attribute, AttributeChanges, AttributeType, AttributeValue, Choices, GivenValues, NewAttribute,
};
pub use number::Decimal;

pub(crate) use store::{INSERTS, STATEMENTS};

use std::collections::HashMap;

use db::{Conn, Tx};
use types::{AttributeId, CategoryId, Line, Patch, ProductId, Slug, kind};

use super::categories::{self, Category, Tree};
use crate::batch::by_parent;
use crate::changes::{self, Change};
use crate::error::Refusal;
use crate::{Market, Result};

/// The most attributes of a category, those of the categories above it counted.
pub const MAX_ATTRIBUTES: usize = 100;

/// The value of a product, with what it says of its attribute.
#[derive(Debug, Clone)]
pub struct ProductValue {
    /// The attribute.
    pub id: AttributeId,
    /// What products and searches call it.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// What its values are.
    pub kind: AttributeType,
    /// What a number counts.
    pub unit: Option<String>,
    /// The value; none where the database holds another type's.
    pub value: Option<AttributeValue>,
}

/// The attributes of a category at the end of a path from the root: those of the root first.
pub async fn of_path(conn: &mut Conn, path: &[CategoryId]) -> Result<Vec<Attribute>> {
    let mut found = store::of_categories(conn, path).await?;
    found.sort_by_key(|attribute| path.iter().position(|category| *category == attribute.category));
    Ok(found)
}

/// The values of a product, in the order of the attributes.
pub async fn of_product(conn: &mut Conn, product: ProductId) -> Result<Vec<ProductValue>> {
    store::of_product(conn, product).await
}

/// Adds an attribute to a category of an open tree.
pub async fn create(
    tx: &mut Tx,
    market: &Market,
    tree: &Tree,
    (category, new): (CategoryId, &NewAttribute),
) -> Result<Attribute> {
    let path = path_of(tree, category)?;
    let unit = new.unit.as_ref().map(Line::as_str);
    let choices = model::check_terms(new.kind, unit, new.choices.as_deref())?;
    let key = Slug::from_title(new.name.as_str()).to_string();
    let above = of_path(tx, &path).await?;
    let below = store::keys_below(tx, category).await?;
    if above.iter().any(|other| other.key == key) || below.contains(&key) {
        return Err(AttributeError::Exists(key).into());
    }
    if above.len() >= MAX_ATTRIBUTES || above.len() + below.len() > 2 * MAX_ATTRIBUTES {
        return Err(AttributeError::TooMany.into());
    }
    let attribute = Attribute {
        id: market.id::<kind::Attribute>(),
        category,
        key,
        name: new.name.to_string(),
        kind: new.kind,
        unit: new.unit.as_ref().map(Line::to_string),
        choices,
        is_required: new.required,
        position: match new.position {
            Some(position) => position.get(),
            None => store::next_position(tx, category).await?,
        },
    };
    store::insert(tx, &attribute, market.now()).await?;
    changes::record(tx, market, &[Change::Category(category)]).await?;
    Ok(attribute)
}

/// The attribute that is kept at this category of an open tree.
pub async fn find(conn: &mut Conn, category: CategoryId, id: AttributeId) -> Result<Option<Attribute>> {
    let all = store::of_categories(conn, &[category]).await?;
    Ok(all.into_iter().find(|attribute| attribute.id == id))
}

/// Changes an attribute of an open tree. A choice that products have can't go.
pub async fn update(
    tx: &mut Tx,
    market: &Market,
    before: Attribute,
    wanted: &AttributeChanges,
) -> Result<Attribute> {
    let wanted = wanted.clone();
    let was = before.noted();
    let unit = match &wanted.unit {
        Patch::Set(unit) => Some(unit.as_str()),
        Patch::Leave | Patch::Clear => None,
    };
    let choices = match &wanted.choices.0 {
        None if unit.is_none() => before.choices.clone(),
        None if before.kind == AttributeType::Choice => model::check_terms(before.kind, unit, Some(&[]))?,
        given => model::check_terms(before.kind, unit, given.as_deref())?,
    };
    for gone in before.choices.0.iter().filter(|choice| !choices.0.contains(choice)) {
        if store::uses_choice(tx, before.id, gone).await? {
            return Err(AttributeError::ChoiceInUse(gone.clone()).into());
        }
    }
    let after = Attribute {
        name: wanted.name.0.map_or(before.name, Line::into_string),
        unit: wanted.unit.map(Line::into_string).apply(before.unit),
        choices,
        is_required: wanted.required.or(before.is_required),
        position: wanted.position.0.map_or(before.position, types::Position::get),
        ..before
    };
    store::update(tx, &after).await?;
    market.journal.compared(&was, &after.noted());
    changes::record(tx, market, &[Change::Category(after.category)]).await?;
    Ok(after)
}

/// Deletes an attribute of an open tree, with the values that products have of it.
pub async fn delete(tx: &mut Tx, market: &Market, attribute: &Attribute) -> Result<()> {
    store::delete(tx, attribute.id).await?;
    changes::record(tx, market, &[Change::Category(attribute.category)]).await
}

/// Gives a product of this category the values of a request's `/attributes`, and no others. What is required
/// has to be there when the product is published.
pub(super) async fn set(
    tx: &mut Tx,
    product: ProductId,
    path: &[Category],
    (given, is_published): (&GivenValues, bool),
) -> Result<()> {
    let ids: Vec<CategoryId> = path.iter().map(|category| category.id).collect();
    let attributes = if ids.is_empty() { Vec::new() } else { of_path(tx, &ids).await? };
    if attributes.is_empty() && given.is_empty() {
        return store::replace(tx, product, &[]).await;
    }
    let values = model::check_values(&attributes, given, ("/attributes", is_published))?;
    store::replace(tx, product, &values).await
}

/// A product that was just made: its category, the values it begins with, and whether it is published.
pub(super) type Beginning<'a> = (ProductId, Option<CategoryId>, &'a GivenValues, bool);

/// Gives products that were just made the values they begin with: like [`set`], with one look at each
/// category.
pub(super) async fn begin(tx: &mut Tx, products: &[Beginning<'_>]) -> Result<()> {
    let mut categories: Vec<CategoryId> = products.iter().filter_map(|(_, category, ..)| *category).collect();
    categories.sort_unstable();
    categories.dedup();
    if !categories.is_empty() {
        categories::hold_tree(tx).await?;
    }
    let known: HashMap<CategoryId, Vec<Attribute>> = by_parent(store::of_paths(tx, &categories).await?);
    for (product, category, given, is_published) in products {
        let attributes = category.and_then(|category| known.get(&category)).map_or(&[][..], Vec::as_slice);
        if attributes.is_empty() && given.is_empty() {
            continue;
        }
        let values = model::check_values(attributes, given, ("/attributes", *is_published))?;
        store::replace(tx, *product, &values).await?;
    }
    Ok(())
}

/// Checks that the product still has what its category wants, after it got another category or was
/// published: values of attributes that it no longer has go.
pub(super) async fn keep(
    tx: &mut Tx,
    product: ProductId,
    path: &[Category],
    is_published: bool,
) -> Result<()> {
    let ids: Vec<CategoryId> = path.iter().map(|category| category.id).collect();
    let attributes = if ids.is_empty() { Vec::new() } else { of_path(tx, &ids).await? };
    let before = store::of_product(tx, product).await?;
    if attributes.is_empty() && before.is_empty() {
        return Ok(());
    }
    let fits = |value: &&ProductValue| attributes.iter().any(|attribute| attribute.id == value.id);
    let kept = before.iter().filter(fits);
    let given =
        kept.filter_map(|kept| Some((kept.key.clone(), serde_json::to_value(kept.value.as_ref()?).ok()?)));
    let given = GivenValues::new(given.collect());
    let values = model::check_values(&attributes, &given, ("/attributes", is_published))?;
    store::replace(tx, product, &values).await
}

/// Keeps the attributes in step with a category that lies elsewhere now: refuses a key that would be there
/// twice, and takes values that no longer fit from the products at and below it.
pub(super) async fn moved(tx: &mut Tx, category: CategoryId, (before, after): (&Tree, &Tree)) -> Result<()> {
    let (left, joined) = (path_of(before, category)?, path_of(after, category)?);
    let joining: Vec<CategoryId> = joined.iter().filter(|above| !left.contains(above)).copied().collect();
    if !joining.is_empty() {
        let below = store::keys_below(tx, category).await?;
        let above = store::of_categories(tx, &joining).await?;
        if let Some(twice) = above.into_iter().find(|attribute| below.contains(&attribute.key)) {
            return Err(AttributeError::Exists(twice.key).into());
        }
    }
    for above in left.iter().filter(|above| !joined.contains(above)) {
        store::clear_below(tx, category, *above).await?;
    }
    Ok(())
}

/// Deletes the attributes of a category that goes; its archived products lose all their values.
pub(super) async fn forget(tx: &mut Tx, category: CategoryId) -> Result<()> {
    store::clear_archived(tx, category).await?;
    for attribute in store::of_categories(tx, &[category]).await? {
        store::delete(tx, attribute.id).await?;
    }
    Ok(())
}

/// The path from the root to a category of this tree.
fn path_of(tree: &Tree, category: CategoryId) -> Result<Vec<CategoryId>> {
    let path: Vec<CategoryId> = tree.path(category).iter().map(|above| above.id).collect();
    if path.is_empty() { Err(Refusal::NotFound.into()) } else { Ok(path) }
}

/// The path to the category of a product whose values are about to change: the tree stays as it is until
/// this transaction ends.
pub(super) async fn held_path(tx: &mut Tx, category: Option<CategoryId>) -> Result<Vec<Category>> {
    let Some(category) = category else { return Ok(Vec::new()) };
    categories::hold_tree(tx).await?;
    categories::path(tx, category).await
}
