//! What coupons are made and changed with.

use deserr::Deserr;
use marketplace::coupons::{Benefit, Keeper, NAMED_MAX, NewCoupon, Terms, normal_code};
use marketplace::pricing::Funder;
use types::{
    Between, CategoryId, FieldError, FieldErrors, Line, Money, Patch, Present, ProductId, Timestamp, VendorId,
};
use utoipa::ToSchema;

/// How often something can be used.
type Times = Between<1, 1_000_000_000>;

/// A coupon to be made. It gives one of `percent`, `amount` and `free_shipping`.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = new_coupon, example = json!({"code": "SPRING10", "percent": 10, "min_total": 5000, "max_uses": 1000,
    "max_uses_per_user": 1, "ends_at": "2027-06-01T00:00:00Z"}))]
pub(crate) struct CreateCoupon {
    /// 3 to 50 letters, digits, `-` and `_`; case makes no difference.
    code: Line<50>,
    /// Hundredths of the goods that it is for.
    #[deserr(default)]
    percent: Option<Between<1, 100>>,
    /// Minor units off the goods that it is for, together.
    #[deserr(default)]
    amount: Option<Money>,
    /// `true`: the shipping.
    #[deserr(default)]
    free_shipping: Option<bool>,
    /// Who pays for it: the marketplace unless it is a shop's.
    #[deserr(default)]
    funded_by: Option<Funder>,
    /// The only shop whose goods it is for; the one that pays, where a shop does.
    #[deserr(default)]
    vendor_id: Option<VendorId>,
    /// The least that the goods it is for must cost, after offers.
    #[deserr(default)]
    min_total: Option<Money>,
    /// How often it can be used in all.
    #[deserr(default)]
    max_uses: Option<Times>,
    /// How often one buyer can use it.
    #[deserr(default)]
    max_uses_per_user: Option<Times>,
    /// The products it is for; all, where neither products nor categories are named. At most 100.
    #[deserr(default)]
    product_ids: Option<Vec<ProductId>>,
    /// The categories it is for, with those below them. At most 100.
    #[deserr(default)]
    category_ids: Option<Vec<CategoryId>>,
    /// Whether it can be used together with others that can; not unless said.
    #[deserr(default)]
    stackable: Option<bool>,
    /// When it begins to hold.
    #[deserr(default)]
    starts_at: Option<Timestamp>,
    /// When it no longer holds.
    #[deserr(default)]
    ends_at: Option<Timestamp>,
    /// Whether it can be used at the moment; it can unless said.
    #[deserr(default)]
    active: Option<bool>,
}

/// Changes of a coupon. Who pays, whose goods it is for and its code stay.
#[derive(Debug, Clone, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = coupon_changes, example = json!({"max_uses": 2000, "active": true}))]
pub(crate) struct UpdateCoupon {
    #[deserr(default)]
    #[schema(required = false)]
    percent: Present<Between<1, 100>>,
    #[deserr(default)]
    #[schema(required = false)]
    amount: Present<Money>,
    #[deserr(default)]
    #[schema(required = false)]
    free_shipping: Present<bool>,
    #[deserr(default)]
    #[schema(required = false)]
    min_total: Patch<Money>,
    #[deserr(default)]
    #[schema(required = false)]
    max_uses: Patch<Times>,
    #[deserr(default)]
    #[schema(required = false)]
    max_uses_per_user: Patch<Times>,
    #[deserr(default)]
    #[schema(required = false, value_type = Option<Vec<ProductId>>)]
    product_ids: Patch<Vec<ProductId>>,
    #[deserr(default)]
    #[schema(required = false, value_type = Option<Vec<CategoryId>>)]
    category_ids: Patch<Vec<CategoryId>>,
    #[deserr(default)]
    #[schema(required = false)]
    stackable: Present<bool>,
    #[deserr(default)]
    #[schema(required = false)]
    starts_at: Patch<Timestamp>,
    #[deserr(default)]
    #[schema(required = false)]
    ends_at: Patch<Timestamp>,
    #[deserr(default)]
    #[schema(required = false)]
    active: Present<bool>,
}

/// What is given, if anything is; two at once are a mistake.
fn benefit(
    percent: Option<Between<1, 100>>,
    amount: Option<Money>,
    free_shipping: Option<bool>,
    errors: &mut FieldErrors,
) -> Option<Benefit> {
    let percent = percent.map(|percent| Benefit::Percent(u8::try_from(percent.get()).unwrap_or(100)));
    let shipping = (free_shipping == Some(true)).then_some(Benefit::FreeShipping);
    let mut given =
        [("percent", percent), ("amount", amount.map(Benefit::Amount)), ("free_shipping", shipping)]
            .into_iter()
            .filter_map(|(name, benefit)| Some((name, benefit?)));
    let first = given.next();
    for (name, _) in given {
        let detail = "give one of `percent`, `amount` and `free_shipping`";
        errors.push(FieldError::new(format!("/{name}"), "not_allowed", detail));
    }
    first.map(|(_, benefit)| benefit)
}

/// The mistakes of rules that no single field shows.
fn check(terms: &Terms, errors: &mut FieldErrors) {
    if let (Some(start), Some(end)) = (terms.starts_at, terms.ends_at)
        && end <= start
    {
        errors.push(FieldError::new("/ends_at", "too_small", "must be after `starts_at`"));
    }
    for (name, count) in [("product_ids", terms.products.len()), ("category_ids", terms.categories.len())] {
        if count > NAMED_MAX {
            let detail = format!("at most {NAMED_MAX}");
            errors.push(FieldError::new(format!("/{name}"), "too_long", detail));
        }
    }
}

impl CreateCoupon {
    /// The coupon, or what of the request does not fit together.
    pub(super) fn into_coupon(self, keeper: Keeper) -> Result<NewCoupon, FieldErrors> {
        let mut errors = FieldErrors::default();
        let benefit = benefit(self.percent, self.amount, self.free_shipping, &mut errors);
        if benefit.is_none() {
            let detail = "give one of `percent`, `amount` and `free_shipping`";
            errors.push(FieldError::new("/percent", "required", detail));
        }
        let code = normal_code(self.code.as_str());
        if code.is_none() {
            let detail = "3 to 50 letters, digits, `-` and `_`";
            errors.push(FieldError::new("/code", "not_allowed", detail));
        }
        let (funded_by, vendor) = payer(keeper, self.funded_by, self.vendor_id, &mut errors);
        let times = |times: Option<Times>| times.map(Between::get);
        let terms = Terms {
            benefit: benefit.unwrap_or(Benefit::FreeShipping),
            min_total: self.min_total,
            max_uses: times(self.max_uses),
            max_uses_per_user: times(self.max_uses_per_user),
            products: self.product_ids.unwrap_or_default(),
            categories: self.category_ids.unwrap_or_default(),
            stackable: self.stackable.unwrap_or(false),
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            active: self.active.unwrap_or(true),
        };
        check(&terms, &mut errors);
        errors.into_result()?;
        Ok(NewCoupon { code: code.unwrap_or_default(), funded_by, vendor, terms })
    }
}

/// Who pays, and whose goods it is for: a shop's coupon is its own in both.
fn payer(
    keeper: Keeper,
    funded_by: Option<Funder>,
    vendor: Option<VendorId>,
    errors: &mut FieldErrors,
) -> (Funder, Option<VendorId>) {
    match keeper {
        Keeper::Marketplace => {
            let funded_by = funded_by.unwrap_or(Funder::Marketplace);
            if funded_by == Funder::Vendor && vendor.is_none() {
                let detail = "a shop that pays for a coupon is named";
                errors.push(FieldError::new("/vendor_id", "required", detail));
            }
            (funded_by, vendor)
        }
        Keeper::Vendor(own) => {
            if funded_by == Some(Funder::Marketplace) {
                let detail = "a shop pays for its own coupons";
                errors.push(FieldError::new("/funded_by", "not_allowed", detail));
            }
            if vendor.is_some_and(|vendor| vendor != own) {
                let detail = "a shop's coupons are for its own goods";
                errors.push(FieldError::new("/vendor_id", "not_allowed", detail));
            }
            (Funder::Vendor, Some(own))
        }
    }
}

impl UpdateCoupon {
    /// The rules after the change, or what of it does not fit together.
    pub(super) fn apply(self, before: Terms) -> Result<Terms, FieldErrors> {
        let mut errors = FieldErrors::default();
        let benefit = benefit(self.percent.0, self.amount.0, self.free_shipping.0, &mut errors);
        let times = |times: Patch<Times>| times.map(Between::get);
        let terms = Terms {
            benefit: benefit.unwrap_or(before.benefit),
            min_total: self.min_total.apply(before.min_total),
            max_uses: times(self.max_uses).apply(before.max_uses),
            max_uses_per_user: times(self.max_uses_per_user).apply(before.max_uses_per_user),
            products: self.product_ids.apply(Some(before.products)).unwrap_or_default(),
            categories: self.category_ids.apply(Some(before.categories)).unwrap_or_default(),
            stackable: self.stackable.or(before.stackable),
            starts_at: self.starts_at.apply(before.starts_at),
            ends_at: self.ends_at.apply(before.ends_at),
            active: self.active.or(before.active),
        };
        check(&terms, &mut errors);
        errors.into_result()?;
        Ok(terms)
    }
}
