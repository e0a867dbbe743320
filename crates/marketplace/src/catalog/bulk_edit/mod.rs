//! Editing many variants of a shop at once: all of them or none.

mod model;
mod store;

pub use model::{Edit, EditedStatus, MAX_EDITS, StockEdit};

pub(crate) use store::STATEMENTS;

use std::collections::{BTreeMap, HashMap, HashSet};

use db::Tx;
use types::{FieldError, FieldErrors, ProductId, VariantId};

use super::products::{self, ProductChanges, ProductStatus, WantedStatus};
use super::stock;
use super::variants::{self, Variant};
use crate::vendors::Membership;
use crate::{Error, Market, Result};

/// Changes the variants of a shop as `edits` say, and answers them with their products' statuses, in the
/// order of the request.
///
/// Every mistake is told at once, at its place below `/variants`; then nothing is changed.
pub async fn apply(
    tx: &mut Tx,
    market: &Market,
    by: &Membership,
    edits: &[Edit],
) -> Result<Vec<(Variant, ProductStatus)>> {
    let ids: Vec<VariantId> = edits.iter().map(|edit| edit.id).collect();
    store::lock_products(tx, by.vendor, &ids).await?;
    let found = store::lock_variants(tx, by.vendor, &ids).await?;
    let before: HashMap<VariantId, Variant> =
        found.into_iter().map(|variant| (variant.id, variant)).collect();
    let mut errors = FieldErrors::default();
    let after = model::plan(edits, &before, &mut errors);
    let statuses = wanted_statuses(edits, &before, &mut errors);
    write(tx, market, by, (&before, &after)).await?;
    let products: Vec<ProductId> =
        after.iter().map(|variant| variant.product).collect::<HashSet<_>>().into_iter().collect();
    products::refresh_prices(tx, market, &products).await?;
    for (product, (place, status)) in statuses {
        if let Err(error) = set_status(tx, market, product, status).await {
            errors.push(told_at(&format!("/variants/{place}/status"), error)?);
        }
    }
    errors.into_result()?;
    store::read(tx, &ids).await
}

/// The status that each product is to get, with the place of the first edit that asks for it.
fn wanted_statuses(
    edits: &[Edit],
    before: &HashMap<VariantId, Variant>,
    errors: &mut FieldErrors,
) -> BTreeMap<ProductId, (usize, EditedStatus)> {
    let mut wanted = BTreeMap::new();
    for (place, edit) in edits.iter().enumerate() {
        let (Some(status), Some(variant)) = (edit.status, before.get(&edit.id)) else { continue };
        let (_, first) = *wanted.entry(variant.product).or_insert((place, status));
        if first != status {
            let detail = "another variant of the product asks for another status";
            errors.push(FieldError::new(format!("/variants/{place}/status"), "not_allowed", detail));
        }
    }
    wanted
}

/// Writes prices, discounts and stocks, each with its history.
async fn write(
    tx: &mut Tx,
    market: &Market,
    by: &Membership,
    (before, after): (&HashMap<VariantId, Variant>, &[Variant]),
) -> Result<()> {
    let was = |variant: &Variant| before.get(&variant.id);
    let new_terms = |variant: &&Variant| {
        was(variant).is_some_and(|was| (was.price, was.discount) != (variant.price, variant.discount))
    };
    let repriced: Vec<&Variant> = after.iter().filter(new_terms).collect();
    variants::write_terms(tx, market, &repriced).await?;
    let stock_move = |variant: &Variant| {
        let delta = variant.stock - was(variant)?.stock;
        (delta != 0).then_some((variant.id, variant.stock, delta))
    };
    let moves: Vec<_> = after.iter().filter_map(stock_move).collect();
    stock::move_locked(tx, market, by.user, &moves).await
}

async fn set_status(tx: &mut Tx, market: &Market, product: ProductId, status: EditedStatus) -> Result<()> {
    let wanted = match status {
        EditedStatus::Draft => WantedStatus::Draft,
        EditedStatus::Published => WantedStatus::Published,
        EditedStatus::Archived => return products::archive(tx, market, product).await,
    };
    let changes = ProductChanges { status: types::Present(Some(wanted)), ..ProductChanges::default() };
    products::update(tx, market, product, changes).await.map(drop)
}

/// What the seller is told at `pointer` of a refusal; `Err` where it is no refusal.
fn told_at(pointer: &str, error: Error) -> Result<FieldError> {
    match error {
        Error::Rejected(why) => Ok(FieldError::new(pointer, why.code(), why.to_string())),
        Error::Invalid(mistakes) => {
            let details: Vec<String> = mistakes
                .into_vec()
                .into_iter()
                .map(|one| format!("{}: {}", one.pointer, one.detail))
                .collect();
            Ok(FieldError::new(pointer, "not_allowed", details.join("; ")))
        }
        other => Err(other),
    }
}
