//! From a product of a file to the catalogue: one transaction each.

use db::{Conn, ConstraintKind, Tx};
use types::{CategoryId, ProductId, StockLevel};

use super::model::{ColumnNames, Draft, DraftVariant, Outcome, RowError};
use super::planning::{Given, new_variant, plan, sentence};
use crate::catalog::attributes::GivenValues;
use crate::catalog::bulk;
use crate::catalog::categories::Tree;
use crate::catalog::products::{self, NewProduct, ProductStatus, WantedStatus};
use crate::catalog::variants::{self, Assortment};
use crate::vendors::Membership;
use crate::{Error, Market, Result};

/// For whom a file is read, and how.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) by: Membership,
    pub(super) columns: ColumnNames,
    pub(super) default_stock: StockLevel,
    /// The categories when the import began.
    pub(super) categories: Tree,
}

/// A product of a file as it meets the catalogue.
pub(super) struct Prepared {
    known: Option<ProductId>,
    /// With the variants that can go in.
    draft: Draft,
    pub(super) errors: Vec<RowError>,
}

/// Finds the product that the file means, and the variants that can't go in.
pub(super) async fn prepare(conn: &mut Conn, reading: &Reading, draft: &Draft) -> Result<Prepared> {
    let known = known(conn, reading, draft).await?;
    let (mut draft, mut errors) = (draft.clone(), Vec::new());
    draft.variants = with_free_skus(conn, reading, (draft.variants, known), &mut errors).await?;
    Ok(Prepared { known, draft, errors })
}

impl Prepared {
    /// What becomes of the product.
    pub(super) fn outcome(&self) -> Outcome {
        match self.known {
            _ if self.draft.variants.is_empty() => Outcome::Refused,
            Some(_) => Outcome::Updated,
            None => Outcome::Created,
        }
    }

    /// Makes or changes the product; answers what of it could not be done.
    pub(super) async fn write(
        self,
        tx: &mut Tx,
        market: &Market,
        reading: &Reading,
    ) -> Result<Vec<RowError>> {
        let Self { known, draft, mut errors } = self;
        if draft.variants.is_empty() {
            return Ok(errors);
        }
        let category = category_at(&reading.categories, &draft.category);
        let Some(product) = known else {
            products::create(tx, market, &reading.by, &new_product(reading, draft, category)?).await?;
            return Ok(errors);
        };
        let product = products::open(tx, product).await?;
        let ours = variants::of_product(tx, product.id).await?;
        let given = Given {
            product: &product,
            variants: &ours,
            category,
            default_stock: reading.default_stock,
            columns: &reading.columns,
        };
        let (revision, mut more) = plan(&given, &draft);
        errors.append(&mut more);
        bulk::revise(tx, market, reading.by.user, &product, revision).await?;
        Ok(errors)
    }
}

/// The product that the file means: the one it was exported from, or the one an import made of it.
async fn known(conn: &mut Conn, reading: &Reading, draft: &Draft) -> Result<Option<ProductId>> {
    let vendor = reading.by.vendor;
    if let Some(id) = draft.exported {
        let found = products::find(conn, &id.into()).await?;
        let is_ours = found
            .is_some_and(|product| product.vendor == vendor && product.status != ProductStatus::Archived);
        if is_ours {
            return Ok(Some(id));
        }
    }
    products::find_imported(conn, vendor, &draft.key).await
}

/// The variants without those whose SKU another product of the shop has.
async fn with_free_skus(
    conn: &mut Conn,
    reading: &Reading,
    (variants, product): (Vec<DraftVariant>, Option<ProductId>),
    errors: &mut Vec<RowError>,
) -> Result<Vec<DraftVariant>> {
    let mut free = Vec::with_capacity(variants.len());
    for variant in variants {
        let holder = match &variant.sku {
            Some(sku) => variants::with_sku(conn, reading.by.vendor, sku).await?,
            None => None,
        };
        if holder.is_none_or(|holder| Some(holder.product) == product) {
            free.push(variant);
        } else {
            let why = "another product of your shop has this SKU";
            errors.push(RowError::new(variant.line, &reading.columns.sku, why));
        }
    }
    Ok(free)
}

fn new_product(reading: &Reading, draft: Draft, category: Option<CategoryId>) -> Result<NewProduct> {
    let new = |variant| new_variant(variant, reading.default_stock);
    let variants = match draft.variants.as_slice() {
        [only] if draft.options.is_empty() => Assortment::simple(new(only))?,
        several => {
            let options = draft.options_of(several)?;
            let chosen = several.iter().map(|variant| (draft.wanted(variant), new(variant)));
            Assortment::of(options, chosen.collect())?
        }
    };
    Ok(NewProduct {
        title: draft.title,
        description: draft.description.map(|description| description.clean),
        category,
        specs: draft.specs,
        attributes: GivenValues::default(),
        status: if draft.is_published { WantedStatus::Published } else { WantedStatus::Draft },
        variants,
        import_key: Some(draft.key),
    })
}

/// The category at the end of a path of names from the root, when there is one.
fn category_at(tree: &Tree, path: &[String]) -> Option<CategoryId> {
    let same = |ours: &str, theirs: &str| ours.to_lowercase() == theirs.to_lowercase();
    let mut found = None;
    for name in path {
        found = Some(tree.children(found).find(|category| same(&category.name, name))?.id);
    }
    found
}

/// Whether what failed may go well when it is done again: another transaction came in between.
pub(super) fn came_in_between(error: &Error) -> bool {
    match error {
        Error::Rejected(rejection) => rejection.code() == "sku_taken",
        Error::Database(error) => error.is_constraint(ConstraintKind::Unique),
        Error::Invalid(_) | Error::Internal { .. } => false,
    }
}

/// What the seller is told of a refusal; `Err` where it is no refusal.
pub(super) fn refusal(error: Error, draft: &Draft) -> Result<RowError> {
    match error {
        Error::Rejected(rejection) => Ok(RowError::new(draft.line, "", rejection.to_string())),
        Error::Invalid(mistakes) => Ok(RowError::new(draft.line, "", sentence(mistakes))),
        other => Err(other),
    }
}
