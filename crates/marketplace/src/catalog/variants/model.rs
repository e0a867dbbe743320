//! What a variant is, and which variants fit a product's options.

use std::collections::{BTreeMap, BTreeSet};

use db::{Column, ColumnError, ColumnValue, FromRow, Row};
use serde::{Deserialize, Serialize, Serializer};
use types::{
    Discount, FieldError, FieldErrors, Grams, Gtin, ImageId, Line, Money, Patch, Present, ProductId, Sku,
    StockLevel, Timestamp, VariantId,
};

use super::super::discounts;

/// The most variants of a product that are not archived.
pub const MAX_VARIANTS: usize = 100;
/// The most options of a product.
pub const MAX_OPTIONS: usize = 10;
/// The most values of an option.
pub const MAX_VALUES: usize = 100;

/// The form of a product that has a price and a stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// Identifier.
    pub id: VariantId,
    /// The product.
    pub product: ProductId,
    /// Its place; the default variant is at 0.
    pub position: i64,
    /// The seller's own number.
    pub sku: Option<String>,
    /// The values of its options, such as `M / Blue`; empty without options.
    pub title: String,
    /// Its value of each option of the product.
    pub choice: Choice,
    /// List price of a unit.
    pub price: Money,
    /// What is taken off.
    pub discount: Option<Discount>,
    /// Units there are.
    pub stock: i64,
    /// Weight of a unit.
    pub weight: Option<Grams>,
    /// Its Global Trade Item Number.
    pub gtin: Option<Gtin>,
    /// The image of the product that shows it.
    pub image: Option<ImageId>,
    /// The seller is told when the stock falls to this; without, the shop's own number counts.
    pub low_stock: Option<StockLevel>,
    /// Since when it is no longer sold.
    pub archived_at: Option<Timestamp>,
}

impl Variant {
    /// What the audit log shows of a change.
    pub(super) fn noted(&self) -> serde_json::Value {
        let Self { sku, price, discount, weight, gtin, image, low_stock, .. } = self;
        serde_json::json!({
            "sku": sku, "price": price.minor(), "discount": discount, "weight_grams": weight.map(Grams::get),
            "gtin": gtin, "image_id": image, "low_stock_threshold": low_stock.map(StockLevel::units),
        })
    }

    /// What a unit costs at `now`.
    pub fn final_price(&self, now: Timestamp) -> Money {
        self.discount.map_or(self.price, |discount| discount.apply(self.price, now))
    }
}

impl FromRow for Variant {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let variant = Self {
            id: columns.read()?,
            product: columns.read()?,
            position: columns.read()?,
            sku: columns.read()?,
            title: columns.read()?,
            choice: columns.read()?,
            price: columns.read()?,
            discount: discounts::read(&mut columns)?,
            stock: columns.read()?,
            weight: columns.read()?,
            gtin: columns.read()?,
            image: columns.read()?,
            low_stock: columns.read()?,
            archived_at: columns.read()?,
        };
        columns.finish()?;
        Ok(variant)
    }
}

/// What makes a variant, beside its options.
#[derive(Debug, Clone)]
pub struct NewVariant {
    /// The seller's own number.
    pub sku: Option<Sku>,
    /// List price of a unit.
    pub price: Money,
    /// What is taken off.
    pub discount: Option<Discount>,
    /// Units there are to begin with.
    pub stock: StockLevel,
    /// Weight of a unit.
    pub weight: Option<Grams>,
    /// Its Global Trade Item Number.
    pub gtin: Option<Gtin>,
    /// The seller is told when the stock falls to this.
    pub low_stock: Option<StockLevel>,
}

/// Changes of a variant; the stock changes by movements.
#[derive(Debug, Clone, Default)]
pub struct VariantChanges {
    /// The seller's own number.
    pub sku: Patch<Sku>,
    /// List price of a unit.
    pub price: Present<Money>,
    /// What is taken off.
    pub discount: Patch<Discount>,
    /// Weight of a unit.
    pub weight: Patch<Grams>,
    /// Its Global Trade Item Number.
    pub gtin: Patch<Gtin>,
    /// The image of the product that shows it.
    pub image: Patch<ImageId>,
    /// The seller is told when the stock falls to this.
    pub low_stock: Patch<StockLevel>,
}

impl VariantChanges {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        let Self { sku, price, discount, weight, gtin, image, low_stock } = self;
        matches!(sku, Patch::Leave)
            && matches!(gtin, Patch::Leave)
            && matches!(image, Patch::Leave)
            && matches!(low_stock, Patch::Leave)
            && price.0.is_none()
            && matches!(discount, Patch::Leave)
            && matches!(weight, Patch::Leave)
    }
}

/// A property in which the variants of a product differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductOption {
    /// Such as `Size`.
    pub name: String,
    /// Such as `M`, in the seller's order.
    pub values: Vec<String>,
}

/// The options of a product: names that differ, each with values that differ.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Options(Vec<ProductOption>);

/// What a variant chooses, by the option's name, before it is checked.
pub type Wanted = BTreeMap<String, Line<50>>;

/// A variant's value of each option of its product, in the product's order. JSON: an object.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Choice(Vec<(String, String)>);

impl Options {
    /// Checks the options of a request; `pointer` is their place in it.
    pub fn new(given: Vec<(Line<50>, Vec<Line<50>>)>, pointer: &str) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        if given.len() > MAX_OPTIONS {
            errors.push(FieldError::new(pointer, "too_long", format!("at most {MAX_OPTIONS} options")));
        }
        let mut names = BTreeSet::new();
        let mut options = Vec::new();
        for (index, (name, values)) in given.into_iter().enumerate() {
            if !names.insert(name.clone()) {
                let place = format!("{pointer}/{index}/name");
                errors.push(FieldError::new(place, "not_allowed", "there is another option of this name"));
            }
            let distinct: BTreeSet<_> = values.iter().collect();
            let mistake = match values.len() {
                0 => Some(("required", "an option has at least one value".to_owned())),
                length if length > MAX_VALUES => Some(("too_long", format!("at most {MAX_VALUES} values"))),
                length if length > distinct.len() => {
                    Some(("not_allowed", "there is a value twice".to_owned()))
                }
                _ => None,
            };
            if let Some((code, detail)) = mistake {
                errors.push(FieldError::new(format!("{pointer}/{index}/values"), code, detail));
            }
            let values = values.into_iter().map(Line::into_string).collect();
            options.push(ProductOption { name: name.into_string(), values });
        }
        errors.into_result()?;
        Ok(Self(options))
    }

    /// Whether the product has none, and so one variant.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The options.
    pub fn as_slice(&self) -> &[ProductOption] {
        &self.0
    }

    /// What a variant chooses, when it names a known value of each option; `pointer` is the place of its
    /// choice in the request.
    pub fn choose(&self, wanted: &Wanted, pointer: &str) -> Result<Choice, FieldErrors> {
        let mut errors = FieldErrors::default();
        let mut choice = Vec::new();
        for option in &self.0 {
            let place = format!("{pointer}/{}", escape(&option.name));
            match wanted.get(&option.name) {
                None => errors.push(FieldError::new(place, "required", "choose a value of each option")),
                Some(value) if !option.values.iter().any(|known| known == value.as_str()) => {
                    let detail = format!("expected one of {}", option.values.join(", "));
                    errors.push(FieldError::new(place, "not_allowed", detail));
                }
                Some(value) => choice.push((option.name.clone(), value.to_string())),
            }
        }
        let known = |name: &&String| self.0.iter().any(|option| option.name == **name);
        for name in wanted.keys().filter(|name| !known(name)) {
            let place = format!("{pointer}/{}", escape(name));
            errors.push(FieldError::new(place, "unknown_field", "the product has no such option"));
        }
        errors.into_result()?;
        Ok(Choice(choice))
    }

    /// The same options with the values of `wanted` that are new.
    #[must_use]
    pub fn admitting(&self, wanted: &Wanted) -> Self {
        let mut options = self.0.clone();
        for option in &mut options {
            if let Some(value) = wanted.get(&option.name)
                && option.values.len() < MAX_VALUES
                && !option.values.iter().any(|known| known == value.as_str())
            {
                option.values.push(value.to_string());
            }
        }
        Self(options)
    }

    /// The same options without the values for which `keep` says no, given the option's name and the value.
    #[must_use]
    pub fn keeping(&self, keep: impl Fn(&str, &str) -> bool) -> Self {
        let mut options = self.0.clone();
        for ProductOption { name, values } in &mut options {
            values.retain(|value| keep(name, value));
        }
        Self(options)
    }

    pub(in super::super) fn to_json(&self) -> String {
        // Texts in arrays always serialise.
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}

/// A name as a part of a JSON pointer.
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

impl Choice {
    /// The name and the value of each option, in the product's order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The title of the variant: its values.
    pub fn title(&self) -> String {
        self.0.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(" / ")
    }

    pub(in super::super) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Serialize for Choice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl Column for Choice {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        let map: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(value.text()?).map_err(ColumnError::invalid)?;
        let pair = |(name, value): (String, serde_json::Value)| match value {
            serde_json::Value::String(value) => Ok((name, value)),
            other => Err(ColumnError::invalid(format_args!("{other} is no value of an option"))),
        };
        map.into_iter().map(pair).collect::<Result<_, _>>().map(Self)
    }
}

impl Column for Options {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        serde_json::from_str(value.text()?).map(Self).map_err(ColumnError::invalid)
    }
}

/// The variants that a product begins with: each with another choice and another SKU, and of options that the
/// product has.
#[derive(Debug, Clone)]
pub struct Assortment {
    options: Options,
    variants: Vec<(Choice, NewVariant)>,
}

impl Assortment {
    /// A product without options.
    pub fn simple(variant: NewVariant) -> Result<Self, FieldErrors> {
        let mistake = discounts::mistake(variant.price, variant.discount.as_ref(), "/discount/amount");
        match mistake {
            Some(error) => Err(error.into()),
            None => Ok(Self { options: Options::default(), variants: vec![(Choice::default(), variant)] }),
        }
    }

    /// A product with options, and the variants of a request's `/variants`.
    pub fn of(options: Options, variants: Vec<(Wanted, NewVariant)>) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        if options.is_empty() {
            errors.push(FieldError::new("/options", "required", "say in which options the variants differ"));
        }
        if variants.is_empty() {
            errors.push(FieldError::new("/variants", "required", "give a variant for each choice you sell"));
        }
        if variants.len() > MAX_VARIANTS {
            let detail = format!("at most {MAX_VARIANTS} variants");
            errors.push(FieldError::new("/variants", "too_long", detail));
        }
        errors.into_result()?;
        let mut errors = FieldErrors::default();
        let (mut seen, mut skus) = (BTreeSet::new(), BTreeSet::new());
        let mut chosen = Vec::with_capacity(variants.len());
        for (index, (wanted, variant)) in variants.into_iter().enumerate() {
            let place = format!("/variants/{index}");
            let discount = variant.discount.as_ref();
            if let Some(error) = discounts::mistake(variant.price, discount, &format!("{place}/discount")) {
                errors.push(error);
            }
            if variant.sku.as_ref().is_some_and(|sku| !skus.insert(sku.clone())) {
                let detail = "there is another variant with this SKU";
                errors.push(FieldError::new(format!("{place}/sku"), "not_allowed", detail));
            }
            match options.choose(&wanted, &format!("{place}/options")) {
                Ok(choice) if seen.insert(choice.clone()) => chosen.push((choice, variant)),
                Ok(_) => errors.push(FieldError::new(
                    format!("{place}/options"),
                    "not_allowed",
                    "there is another variant with these options",
                )),
                Err(more) => more.into_vec().into_iter().for_each(|error| errors.push(error)),
            }
        }
        errors.into_result()?;
        Ok(Self { options, variants: chosen })
    }

    pub(in super::super) const fn options(&self) -> &Options {
        &self.options
    }

    pub(in super::super) fn variants(&self) -> &[(Choice, NewVariant)] {
        &self.variants
    }

    /// The variant that lists show: the first.
    pub(in super::super) fn default_variant(&self) -> Option<&NewVariant> {
        self.variants.first().map(|(_, variant)| variant)
    }
}
