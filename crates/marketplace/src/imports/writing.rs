//! From products of a file to the catalogue: many in one transaction, with few statements.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use db::{Conn, ConstraintKind, Tx};
use types::{CategoryId, ImportId, ProductId, Sku, StockLevel, VendorId};

use super::model::{ColumnNames, Draft, RowError};
use super::pictures::{self, Wishes};
use super::planning::{Given, new_variant, plan, sentence};
use crate::batch::by_parent;
use crate::catalog::attributes::GivenValues;
use crate::catalog::bulk::{self, Revision};
use crate::catalog::categories::Tree;
use crate::catalog::images;
use crate::catalog::products::{self, NewProduct, Product, SaleTerms, Schedule, WantedStatus};
use crate::catalog::variants::{self, Assortment, Variant};
use crate::vendors::Membership;
use crate::{Error, Market, Result};

/// For whom a file is read, and how.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) by: Membership,
    pub(super) columns: ColumnNames,
    pub(super) default_stock: StockLevel,
    /// The categories when the import began.
    pub(super) categories: Arc<Tree>,
    /// The import that is told of images that can't be had.
    pub(super) import: Option<ImportId>,
}

/// What became of some products of a file.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// Rows that they are made of.
    pub(super) rows: i64,
    pub(super) created: i64,
    pub(super) updated: i64,
    pub(super) errors: Vec<RowError>,
}

impl Written {
    /// A product that could not be written.
    pub(super) fn refused(draft: &Draft, error: RowError) -> Self {
        Self { rows: draft.rows, errors: vec![error], ..Self::default() }
    }

    /// Counts others with these.
    pub(super) fn add(&mut self, others: Self) {
        let Self { rows, created, updated, mut errors } = others;
        self.rows += rows;
        self.created += created;
        self.updated += updated;
        self.errors.append(&mut errors);
    }
}

/// Makes or changes products. What of them can't be done is an error of its row; what is refused in the
/// middle takes all of them back.
pub(super) async fn write(tx: &mut Tx, market: &Market, drafts: &[For<'_>]) -> Result<Written> {
    let known = known(tx, drafts).await?;
    let holders = sku_holders(tx, drafts).await?;
    let mut written =
        Written { rows: drafts.iter().map(|(_, draft)| draft.rows).sum(), ..Written::default() };
    let (mut new, mut there) = (Vec::new(), Vec::new());
    for ((reading, draft), known) in drafts.iter().zip(known) {
        let draft = with_free_skus(reading, (draft, known), &holders, &mut written.errors);
        match known {
            _ if draft.variants.is_empty() => {}
            Some(product) => there.push((*reading, product, draft)),
            None => new.push((*reading, draft)),
        }
    }
    create(tx, market, &new, &mut written).await?;
    revise(tx, market, &there, &mut written).await?;
    Ok(written)
}

/// A product of a file and for whom it is read.
pub(super) type For<'d> = (&'d Reading, &'d Draft);

/// The product that each draft means: the one it was exported from, or the one an import made of it.
async fn known(conn: &mut Conn, drafts: &[For<'_>]) -> Result<Vec<Option<ProductId>>> {
    let exported: Vec<_> =
        drafts.iter().filter_map(|(reading, draft)| Some((reading.by.vendor, draft.exported?))).collect();
    let ours = products::find_own(conn, &exported).await?;
    let ours: HashSet<ProductId> = ours.into_iter().map(|product| product.id).collect();
    let keys: Vec<_> =
        drafts.iter().map(|(reading, draft)| (reading.by.vendor, draft.key.as_str())).collect();
    let found = products::find_imported(conn, &keys).await?;
    let by_key: HashMap<(VendorId, String), ProductId> =
        found.into_iter().map(|(vendor, key, product)| ((vendor, key), product)).collect();
    let find = |(reading, draft): &For<'_>| {
        let exported = draft.exported.filter(|id| ours.contains(id));
        exported.or_else(|| by_key.get(&(reading.by.vendor, draft.key.clone())).copied())
    };
    Ok(drafts.iter().map(find).collect())
}

/// The products that have SKUs, by their shops.
type Holders = HashMap<(VendorId, String), ProductId>;

/// Which SKUs of the drafts the shops have already, each with its product.
async fn sku_holders(conn: &mut Conn, drafts: &[For<'_>]) -> Result<Holders> {
    let skus = drafts.iter().flat_map(|(reading, draft)| {
        draft.variants.iter().filter_map(|variant| Some((reading.by.vendor, variant.sku.as_ref()?)))
    });
    let found = variants::with_skus(conn, &skus.collect::<Vec<_>>()).await?;
    Ok(found.into_iter().map(|(vendor, sku, product)| ((vendor, sku), product)).collect())
}

/// The draft without the variants whose SKU another product of the shop has.
fn with_free_skus<'d>(
    reading: &Reading,
    (draft, product): (&'d Draft, Option<ProductId>),
    holders: &Holders,
    errors: &mut Vec<RowError>,
) -> Cow<'d, Draft> {
    let is_free = |sku: &Option<Sku>| {
        let holder = sku.as_ref().and_then(|sku| holders.get(&(reading.by.vendor, sku.to_string())));
        holder.is_none_or(|holder| Some(*holder) == product)
    };
    if draft.variants.iter().all(|variant| is_free(&variant.sku)) {
        return Cow::Borrowed(draft);
    }
    let mut draft = draft.clone();
    draft.variants.retain(|variant| {
        let free = is_free(&variant.sku);
        if !free {
            let why = "another product of your shop has this SKU";
            errors.push(RowError::new(variant.line, &reading.columns.sku, why));
        }
        free
    });
    Cow::Owned(draft)
}

/// Makes the products that are not there.
async fn create(
    tx: &mut Tx,
    market: &Market,
    drafts: &[(&Reading, Cow<'_, Draft>)],
    written: &mut Written,
) -> Result<()> {
    let (mut new, mut made_of) = (Vec::new(), Vec::new());
    for (reading, draft) in drafts {
        match new_product(reading, draft) {
            Ok(product) => {
                new.push(product);
                made_of.push((*reading, draft));
            }
            Err(error) => written.errors.push(refusal(error, draft)?),
        }
    }
    let by_member: Vec<_> = made_of.iter().zip(&new).map(|((reading, _), new)| (&reading.by, new)).collect();
    let made = products::create_many(tx, market, &by_member).await?;
    written.created += i64::try_from(made.len()).unwrap_or(i64::MAX);
    let mut wishes = Wishes::default();
    for (product, (reading, draft)) in made.into_iter().zip(made_of) {
        let mut errors = pictures::want(tx, market, reading, (product, draft, &[]), &mut wishes).await?;
        written.errors.append(&mut errors);
    }
    wishes.note(tx, market).await
}

/// Brings the products that are there up to date. One of which the file says nothing new is only read.
async fn revise(
    tx: &mut Tx,
    market: &Market,
    drafts: &[(&Reading, ProductId, Cow<'_, Draft>)],
    written: &mut Written,
) -> Result<()> {
    let own: Vec<_> = drafts.iter().map(|(reading, product, _)| (reading.by.vendor, *product)).collect();
    let ids: Vec<ProductId> = drafts.iter().map(|(_, product, _)| *product).collect();
    let found = products::find_own(tx, &own).await?;
    let found: HashMap<ProductId, Product> = found.into_iter().map(|product| (product.id, product)).collect();
    let ours = variants::of_products(tx, &ids).await?.into_iter();
    let mut ours = by_parent(ours.map(|variant| (variant.product, variant)));
    let pictured = images::of_products(tx, &ids).await?.into_iter();
    let mut pictured = by_parent(pictured.map(|image| (image.product, image)));
    let mut wishes = Wishes::default();
    for (reading, id, draft) in drafts {
        let Some(product) = found.get(id) else {
            let why = "the product was archived in this moment";
            written.errors.push(RowError::new(draft.line, "", why));
            continue;
        };
        let variants = ours.remove(id).unwrap_or_default();
        let (revision, mut errors) = planned(reading, product, &variants, draft);
        if !revision.is_empty() {
            errors = revise_locked(tx, market, reading, (*id, draft)).await?;
        }
        written.errors.append(&mut errors);
        written.updated += 1;
        let images = pictured.remove(id).unwrap_or_default();
        let wanted = pictures::want(tx, market, reading, (*id, draft, &images), &mut wishes);
        written.errors.append(&mut wanted.await?);
    }
    wishes.note(tx, market).await
}

/// Revises a product that nobody else changes meanwhile; answers what of it could not be done.
async fn revise_locked(
    tx: &mut Tx,
    market: &Market,
    reading: &Reading,
    (id, draft): (ProductId, &Draft),
) -> Result<Vec<RowError>> {
    let product = products::open(tx, id).await?;
    let ours = variants::of_product(tx, id).await?;
    let (revision, errors) = planned(reading, &product, &ours, draft);
    bulk::revise(tx, market, reading.by.user, &product, revision).await?;
    Ok(errors)
}

fn planned(
    reading: &Reading,
    product: &Product,
    variants: &[Variant],
    draft: &Draft,
) -> (Revision, Vec<RowError>) {
    let given = Given {
        product,
        variants,
        category: category_at(&reading.categories, &draft.category),
        default_stock: reading.default_stock,
        columns: &reading.columns,
    };
    plan(&given, draft)
}

fn new_product(reading: &Reading, draft: &Draft) -> Result<NewProduct> {
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
        title: draft.title.clone(),
        description: draft.description.as_ref().map(|description| description.clean.clone()),
        category: category_at(&reading.categories, &draft.category),
        specs: draft.specs.clone(),
        attributes: GivenValues::default(),
        terms: SaleTerms::default(),
        schedule: Schedule::default(),
        status: if draft.is_published { WantedStatus::Published } else { WantedStatus::Draft },
        variants,
        import_key: Some(draft.key.clone()),
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
        Error::Rejected(rejection) => matches!(rejection.code(), "sku_taken" | "gone"),
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
