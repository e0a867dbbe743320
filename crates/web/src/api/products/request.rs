//! What products are made and changed with.

use std::collections::BTreeMap;

use deserr::Deserr;
use marketplace::catalog::attributes::GivenValues;
use marketplace::catalog::products::{
    NewProduct, ProductChanges, SaleTerms, SaleTermsChanges, Schedule, ScheduleChanges, Specs, WantedStatus,
};
use marketplace::catalog::variants::{Assortment, NewVariant, Options, VariantChanges, Wanted};
use serde_json::Value;
use types::{
    Between, CategoryId, Discount, FieldError, FieldErrors, Grams, Gtin, Line, Money, Patch, Present, Prose,
    Sku, Slug, StockLevel, Timestamp, VendorId,
};
use utoipa::ToSchema;

/// A product to be made.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = new_product, example = json!({
    "title": "Ocean Blue Shirt", "description": "Cotton, woven in Porto.", "specs": {"material": "cotton"},
    "price": 4999, "discount": {"percent": 20}, "stock": 25, "sku": "SHIRT-BLUE", "status": "published"
}))]
pub(crate) struct CreateProduct {
    /// The shop, for members of several.
    #[deserr(default)]
    #[expect(dead_code, reason = "decides who may ask at all, and so is read before the rest")]
    vendor_id: Option<VendorId>,
    /// Title.
    title: Line<120>,
    /// Description.
    description: Prose<5000>,
    /// Its category.
    #[deserr(default)]
    category_id: Option<CategoryId>,
    /// Properties: a JSON object.
    #[deserr(default)]
    specs: Option<Specs>,
    /// Values of its category's attributes, by key; those that are required have to be there to publish it.
    #[deserr(default)]
    attributes: Option<GivenValues>,
    /// List price of a unit, for every variant that does not say its own.
    price: Money,
    /// What is taken off, for every variant that does not say its own.
    #[deserr(default)]
    discount: Option<Discount>,
    /// Units there are; required unless there are `variants`, which say their own.
    #[deserr(default)]
    stock: Option<StockLevel>,
    /// The seller's own number of the default variant.
    #[deserr(default)]
    sku: Option<Sku>,
    /// Weight of a unit, for every variant that does not say its own.
    #[deserr(default)]
    weight_grams: Option<Grams>,
    /// The Global Trade Item Number of the default variant: 8, 12, 13 or 14 digits.
    #[deserr(default)]
    gtin: Option<Gtin>,
    /// Members are told when a stock falls to this, for every variant that does not say its own.
    #[deserr(default)]
    low_stock_threshold: Option<StockLevel>,
    /// In what the variants differ; at most 10.
    #[deserr(default)]
    options: Option<Vec<OptionBody>>,
    /// The forms it is sold in; at most 100. The first is the default.
    #[deserr(default)]
    variants: Option<Vec<NewVariantBody>>,
    /// Which tax applies to it, where it is not the usual.
    #[deserr(default)]
    tax_class: Option<Line<50>>,
    /// How many units one buyer may have.
    #[deserr(default)]
    max_per_customer: Option<Between<1, 1_000_000>>,
    /// Before this moment nobody can buy it.
    #[deserr(default)]
    sale_starts_at: Option<Timestamp>,
    /// `draft` unless it is to be published at once.
    #[deserr(default)]
    status: Option<WantedStatus>,
    /// When a draft is published by itself.
    #[deserr(default)]
    publish_at: Option<Timestamp>,
    /// When it is archived by itself.
    #[deserr(default)]
    unpublish_at: Option<Timestamp>,
}

/// A property in which variants differ.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = new_option)]
pub(crate) struct OptionBody {
    /// Such as `Size`.
    name: Line<50>,
    /// Such as `M`; at most 100.
    values: Vec<Line<50>>,
}

/// A variant to be made.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = new_variant, example = json!({"options": {"Size": "L"}, "sku": "SHIRT-L", "price": 5299, "stock": 8}))]
pub(crate) struct NewVariantBody {
    /// Its value of each option.
    #[schema(value_type = BTreeMap<String, String>)]
    options: BTreeMap<String, Line<50>>,
    /// The seller's own number.
    #[deserr(default)]
    sku: Option<Sku>,
    /// List price of a unit.
    #[deserr(default)]
    price: Option<Money>,
    /// What is taken off.
    #[deserr(default)]
    discount: Option<Discount>,
    /// Units there are.
    stock: StockLevel,
    /// Weight of a unit.
    #[deserr(default)]
    weight_grams: Option<Grams>,
    /// Its Global Trade Item Number: 8, 12, 13 or 14 digits.
    #[deserr(default)]
    gtin: Option<Gtin>,
    /// Members are told when its stock falls to this.
    #[deserr(default)]
    low_stock_threshold: Option<StockLevel>,
}

impl CreateProduct {
    /// What the fields alone can't say: a stock is required where no variants bring theirs.
    pub(super) fn check(body: &Value) -> FieldErrors {
        let is_nothing = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        let given = |name| body.get(name).is_some_and(|value| !is_nothing(value));
        let mut errors = FieldErrors::default();
        if body.is_object() && !given("stock") && !given("variants") {
            errors.push(FieldError::new("/stock", "required", "`stock` is required"));
        }
        errors
    }

    /// The product, or what of the request does not fit together.
    pub(super) fn into_product(self) -> Result<NewProduct, FieldErrors> {
        let options = self.options.unwrap_or_default();
        let options = options.into_iter().map(|option| (option.name, option.values)).collect();
        let options = Options::new(options, "/options")?;
        let default = NewVariant {
            sku: self.sku,
            price: self.price,
            discount: self.discount,
            stock: self.stock.unwrap_or_default(),
            weight: self.weight_grams,
            gtin: self.gtin,
            low_stock: self.low_stock_threshold,
        };
        let variants = match self.variants.unwrap_or_default() {
            // What a simple product's answer shows may be sent, too.
            variants if variants.is_empty() && options.is_empty() => Assortment::simple(default)?,
            variants => {
                let bodies = variants.into_iter().enumerate();
                Assortment::of(options, bodies.map(|body| variant(body, &default)).collect())?
            }
        };
        Ok(NewProduct {
            title: self.title,
            description: Some(self.description),
            category: self.category_id,
            specs: self.specs.unwrap_or_default(),
            attributes: self.attributes.unwrap_or_default(),
            terms: SaleTerms {
                tax_class: self.tax_class.map(Line::into_string),
                max_per_customer: self.max_per_customer.map(Between::get),
                opens_at: self.sale_starts_at,
            },
            status: self.status.unwrap_or(WantedStatus::Draft),
            schedule: Schedule { publish_at: self.publish_at, unpublish_at: self.unpublish_at },
            variants,
            import_key: None,
        })
    }
}

impl NewVariantBody {
    /// The variant, at `price` unless it says its own.
    pub(crate) fn into_variant(self, price: Money) -> (Wanted, NewVariant) {
        let variant = NewVariant {
            sku: self.sku,
            price: self.price.unwrap_or(price),
            discount: self.discount,
            stock: self.stock,
            weight: self.weight_grams,
            gtin: self.gtin,
            low_stock: self.low_stock_threshold,
        };
        (self.options, variant)
    }
}

/// A variant of a new product, with the product's terms where it has none of its own.
fn variant((index, body): (usize, NewVariantBody), product: &NewVariant) -> (Wanted, NewVariant) {
    let (wanted, own) = body.into_variant(product.price);
    let product_sku = product.sku.clone().filter(|_| index == 0);
    let product_gtin = product.gtin.clone().filter(|_| index == 0);
    let variant = NewVariant {
        sku: own.sku.or(product_sku),
        discount: own.discount.or(product.discount),
        weight: own.weight.or(product.weight),
        gtin: own.gtin.or(product_gtin),
        low_stock: own.low_stock.or(product.low_stock),
        ..own
    };
    (wanted, variant)
}

/// Changes of a product; price, discount, SKU and weight are its default variant's.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = product_changes, example = json!({"price": 4499, "discount": null, "status": "published"}))]
pub(crate) struct UpdateProduct {
    /// Title.
    #[deserr(default)]
    title: Present<Line<120>>,
    /// Name in addresses; the old one goes on leading here.
    #[deserr(default)]
    slug: Present<Slug>,
    /// Description.
    #[deserr(default)]
    description: Present<Prose<5000>>,
    /// Its category; `null` takes it out.
    #[deserr(default)]
    category_id: Patch<CategoryId>,
    /// Properties; replaces all.
    #[deserr(default)]
    specs: Patch<Specs>,
    /// Values of its category's attributes; replaces all.
    #[deserr(default)]
    attributes: Patch<GivenValues>,
    /// `published` publishes it.
    #[deserr(default)]
    status: Present<WantedStatus>,
    /// Which tax applies to it; `null` for the usual.
    #[deserr(default)]
    tax_class: Patch<Line<50>>,
    /// How many units one buyer may have, counted from now on; `null` for no limit.
    #[deserr(default)]
    max_per_customer: Patch<Between<1, 1_000_000>>,
    /// Before this moment nobody can buy it; `null` opens the sale.
    #[deserr(default)]
    sale_starts_at: Patch<Timestamp>,
    /// When a draft is published by itself; `null` for never.
    #[deserr(default)]
    publish_at: Patch<Timestamp>,
    /// When it is archived by itself; `null` for never.
    #[deserr(default)]
    unpublish_at: Patch<Timestamp>,
    /// List price of a unit.
    #[deserr(default)]
    price: Present<Money>,
    /// What is taken off; `null` ends it.
    #[deserr(default)]
    discount: Patch<Discount>,
    /// The seller's own number.
    #[deserr(default)]
    sku: Patch<Sku>,
    /// Weight of a unit.
    #[deserr(default)]
    weight_grams: Patch<Grams>,
    /// The Global Trade Item Number.
    #[deserr(default)]
    gtin: Patch<Gtin>,
    /// Members are told when the stock falls to this.
    #[deserr(default)]
    low_stock_threshold: Patch<StockLevel>,
}

impl From<UpdateProduct> for ProductChanges {
    fn from(body: UpdateProduct) -> Self {
        let UpdateProduct {
            title,
            slug,
            description,
            category_id,
            specs,
            attributes,
            tax_class,
            max_per_customer,
            sale_starts_at,
            status,
            publish_at,
            unpublish_at,
            price,
            discount,
            sku,
            weight_grams,
            gtin,
            low_stock_threshold,
        } = body;
        let terms = SaleTermsChanges {
            tax_class: tax_class.map(Line::into_string),
            max_per_customer: max_per_customer.map(Between::get),
            opens_at: sale_starts_at,
        };
        let variant = VariantChanges {
            sku,
            price,
            discount,
            weight: weight_grams,
            gtin,
            image: Patch::Leave,
            low_stock: low_stock_threshold,
        };
        let schedule = ScheduleChanges { publish_at, unpublish_at };
        Self {
            title,
            slug,
            description,
            category: category_id,
            specs,
            attributes,
            terms,
            status,
            schedule,
            variant,
        }
    }
}
