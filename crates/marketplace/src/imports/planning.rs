//! What a file's description of a product changes of the product that is there.
//!
//! A variant is found by its SKU, else by its options. What the file does not mention stays: variants,
//! properties, a stock, a weight. A file can publish a draft, and never takes a product back.

use std::collections::{BTreeSet, HashSet};

use types::{CategoryId, FieldErrors, Patch, Present, Sku, StockLevel};

use super::model::{ColumnNames, Draft, DraftVariant, RowError};
use crate::catalog::bulk::Revision;
use crate::catalog::products::{Product, ProductChanges, ProductStatus, Specs, WantedStatus};
use crate::catalog::variants::{Choice, MAX_VALUES, MAX_VARIANTS, NewVariant, Options, Variant};

/// What a plan is made from, beside the file.
pub(super) struct Given<'a> {
    pub(super) product: &'a Product,
    /// Its variants that are sold.
    pub(super) variants: &'a [Variant],
    /// What the file's category is here.
    pub(super) category: Option<CategoryId>,
    pub(super) default_stock: StockLevel,
    pub(super) columns: &'a ColumnNames,
}

/// What is to be done, and the rows that can't be.
pub(super) fn plan(given: &Given<'_>, draft: &Draft) -> (Revision, Vec<RowError>) {
    let mut errors = Vec::new();
    let assortment = if same_options(given.product, draft) {
        Matching::new(given, draft, &mut errors)
    } else {
        Matching::by_sku_only(given, draft, &mut errors)
    };
    let mut revision = Revision { changes: changes(given, draft, &mut errors), ..Revision::default() };
    for (variant, place, choice) in &assortment.changed {
        let before = &given.variants[*place];
        let after = revised(before, variant, choice);
        if let Some(stock) = variant.stock.filter(|stock| stock.units() != before.stock) {
            revision.stocks.push((before.id, stock));
        }
        if after != *before {
            revision.variants.push(after);
        }
    }
    let added = assortment.added.iter();
    revision.additions =
        added.map(|(variant, choice)| (choice.clone(), new_variant(variant, given.default_stock))).collect();
    revision.options = assortment.options.filter(|options| *options != given.product.options);
    (revision, errors)
}

/// A variant that comes in.
pub(super) fn new_variant(variant: &DraftVariant, default_stock: StockLevel) -> NewVariant {
    NewVariant {
        sku: variant.sku.clone(),
        price: variant.price,
        discount: variant.discount,
        stock: variant.stock.unwrap_or(default_stock),
        weight: variant.weight,
        gtin: variant.gtin.clone(),
        low_stock: None,
    }
}

fn revised(before: &Variant, variant: &DraftVariant, choice: &Choice) -> Variant {
    Variant {
        sku: variant.sku.clone().map(Sku::into_string).or_else(|| before.sku.clone()),
        title: choice.title(),
        choice: choice.clone(),
        price: variant.price,
        discount: variant.discount,
        weight: variant.weight.or(before.weight),
        gtin: variant.gtin.clone().or_else(|| before.gtin.clone()),
        ..before.clone()
    }
}

fn changes(given: &Given<'_>, draft: &Draft, errors: &mut Vec<RowError>) -> ProductChanges {
    let product = given.product;
    let title = Some(&draft.title).filter(|title| title.as_str() != product.title);
    // What was exported as it stands here is not cleaned: it may be no HTML.
    let description = draft.description.as_ref().filter(|description| {
        description.written != product.description && description.clean.as_str() != product.description
    });
    let category = given.category.filter(|category| Some(*category) != product.category);
    let publishes = draft.is_published && product.status == ProductStatus::Draft;
    ProductChanges {
        title: Present(title.cloned()),
        description: Present(description.map(|description| description.clean.clone())),
        category: category.map_or(Patch::Leave, Patch::Set),
        specs: specs(product, draft).unwrap_or_else(|why| {
            errors.push(RowError::new(draft.line, "", format!("the properties: {why}")));
            Patch::Leave
        }),
        status: Present(publishes.then_some(WantedStatus::Published)),
        ..ProductChanges::default()
    }
}

/// The properties of the file over those that are there.
fn specs(product: &Product, draft: &Draft) -> Result<Patch<Specs>, String> {
    let mut merged = product.specs.as_map().clone();
    merged.extend(draft.specs.as_map().clone());
    if merged == *product.specs.as_map() {
        return Ok(Patch::Leave);
    }
    Specs::new(merged).map(Patch::Set).map_err(|(_, why)| why)
}

fn same_options(product: &Product, draft: &Draft) -> bool {
    let ours: BTreeSet<&str> = product.options.as_slice().iter().map(|option| option.name.as_str()).collect();
    let theirs: BTreeSet<&str> = draft.options.iter().map(types::Line::as_str).collect();
    ours == theirs
}

/// Which variant of the file is which of ours.
struct Matching<'d> {
    /// With the place of ours, and what it chooses from now on.
    changed: Vec<(&'d DraftVariant, usize, Choice)>,
    added: Vec<(&'d DraftVariant, Choice)>,
    options: Option<Options>,
}

impl<'d> Matching<'d> {
    /// Where the options are others, only an SKU tells which variant is meant, and none can come in.
    fn by_sku_only(given: &Given<'_>, draft: &'d Draft, errors: &mut Vec<RowError>) -> Self {
        let mut matching = Self { changed: Vec::new(), added: Vec::new(), options: None };
        for variant in &draft.variants {
            if let Some(place) = place_of_sku(given.variants, variant) {
                matching.changed.push((variant, place, given.variants[place].choice.clone()));
                continue;
            }
            let names = given.product.options.as_slice().iter().map(|option| option.name.as_str());
            let why = match names.collect::<Vec<_>>().join(", ") {
                names if names.is_empty() => "the product has no options here".to_owned(),
                names => format!("the product's options are {names} here"),
            };
            errors.push(RowError::new(variant.line, &given.columns.option, why));
        }
        matching
    }

    fn new(given: &Given<'_>, draft: &'d Draft, errors: &mut Vec<RowError>) -> Self {
        let option = &given.columns.option;
        let admit = |options: Options, variant| options.admitting(&draft.wanted(variant));
        let options = draft.variants.iter().fold(given.product.options.clone(), admit);
        let mut chosen = Vec::new();
        for variant in &draft.variants {
            if let Ok(choice) = options.choose(&draft.wanted(variant), "") {
                chosen.push((variant, choice));
            } else {
                // The names are the same, so it is a value too many.
                let why = format!("an option has at most {MAX_VALUES} values");
                errors.push(RowError::new(variant.line, option, why));
            }
        }
        let (mut changed, mut added) = pair(given.variants, chosen);
        let taken = settle(given.variants, &mut changed, option, errors);
        let room = MAX_VARIANTS.saturating_sub(given.variants.len());
        let mut admitted = 0;
        added.retain(|(variant, choice)| {
            let why = if taken.contains(choice) {
                "another variant has these options".to_owned()
            } else if admitted >= room {
                format!("a product has at most {MAX_VARIANTS} variants")
            } else {
                admitted += 1;
                return true;
            };
            errors.push(RowError::new(variant.line, option, why));
            false
        });
        let options = used(given, &options, &changed, &added);
        Self { changed, added, options: Some(options) }
    }
}

fn place_of_sku(variants: &[Variant], wanted: &DraftVariant) -> Option<usize> {
    let sku = wanted.sku.as_ref()?;
    variants.iter().position(|variant| variant.sku.as_deref() == Some(sku.as_str()))
}

type Changed<'d> = (&'d DraftVariant, usize, Choice);
type Added<'d> = (&'d DraftVariant, Choice);

/// Finds our variants by SKU, then by options among those that no SKU named.
fn pair<'d>(ours: &[Variant], theirs: Vec<Added<'d>>) -> (Vec<Changed<'d>>, Vec<Added<'d>>) {
    let named: HashSet<usize> =
        theirs.iter().filter_map(|(variant, _)| place_of_sku(ours, variant)).collect();
    let (mut changed, mut added) = (Vec::new(), Vec::new());
    for (variant, choice) in theirs {
        let place = place_of_sku(ours, variant).or_else(|| {
            let free = ours.iter().enumerate().filter(|(place, _)| !named.contains(place));
            free.filter(|(_, ours)| ours.choice == choice).map(|(place, _)| place).next()
        });
        match place {
            Some(place) => changed.push((variant, place, choice)),
            None => added.push((variant, choice)),
        }
    }
    (changed, added)
}

/// Takes out those that would get the options of a variant that stays as it is. Answers the choices of
/// the variants that stay.
fn settle(
    ours: &[Variant],
    changed: &mut Vec<Changed<'_>>,
    option: &str,
    errors: &mut Vec<RowError>,
) -> BTreeSet<Choice> {
    loop {
        let moved: HashSet<usize> = changed.iter().map(|(_, place, _)| *place).collect();
        let staying = ours.iter().enumerate().filter(|(place, _)| !moved.contains(place));
        let taken: BTreeSet<Choice> = staying.map(|(_, variant)| variant.choice.clone()).collect();
        let before = changed.len();
        changed.retain(|(variant, _, choice)| {
            let collides = taken.contains(choice);
            if collides {
                errors.push(RowError::new(variant.line, option, "another variant has these options"));
            }
            !collides
        });
        if changed.len() == before {
            return taken;
        }
    }
}

/// The options without the values that no variant has any more, and those of rows that did not get in. A
/// value that no variant had before either is the seller's own, and stays.
fn used(given: &Given<'_>, options: &Options, changed: &[Changed<'_>], added: &[Added<'_>]) -> Options {
    let moved: HashSet<usize> = changed.iter().map(|(_, place, _)| *place).collect();
    let staying = given.variants.iter().enumerate().filter(|(place, _)| !moved.contains(place));
    let after: HashSet<(&str, &str)> = staying
        .map(|(_, variant)| &variant.choice)
        .chain(changed.iter().map(|(_, _, choice)| choice))
        .chain(added.iter().map(|(_, choice)| choice))
        .flat_map(Choice::pairs)
        .collect();
    let before: HashSet<(&str, &str)> =
        given.variants.iter().flat_map(|variant| variant.choice.pairs()).collect();
    let known = |name: &str, value: &str| {
        let option = given.product.options.as_slice().iter().find(|option| option.name == name);
        option.is_some_and(|option| option.values.iter().any(|known| known == value))
    };
    options.keeping(|name, value| {
        after.contains(&(name, value)) || (known(name, value) && !before.contains(&(name, value)))
    })
}

/// The mistakes in words.
pub(super) fn sentence(mistakes: FieldErrors) -> String {
    mistakes.into_vec().into_iter().map(|mistake| mistake.detail).collect::<Vec<_>>().join("; ")
}
